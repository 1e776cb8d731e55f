//! What is other in the target than in the source.
//!
//! Figures of what is in a table change with every write on either side. Where things are only named they do not count;
//! where they are to become as in the source they do, as the source's are those of its files.

use crate::model::{Database, Function, Parameters, Partition, Table};

/// Properties that say what is in a table or a partition, and when it was changed.
const FIGURES: [&str; 9] = [
    "COLUMN_STATS_ACCURATE",
    "last_modified_by",
    "last_modified_time",
    "numFiles",
    "numFilesErasureCoded",
    "numRows",
    "rawDataSize",
    "totalSize",
    "transient_lastDdlTime",
];

/// Names of fields, of those that are other.
fn named<const N: usize>(fields: [(&str, bool); N]) -> String {
    let other: Vec<&str> = fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect();
    other.join(", ")
}

fn same_properties(one: &Parameters, other: &Parameters, figures: bool) -> bool {
    let counts = |(key, _): &(&String, &String)| figures || !FIGURES.contains(&key.as_str());
    one.iter().filter(counts).eq(other.iter().filter(counts))
}

/// What is other of two databases; empty where nothing is.
pub(super) fn database(there: &Database, source: &Database) -> String {
    named([
        ("comment", there.comment == source.comment),
        ("location", there.location == source.location && there.managed_location == source.managed_location),
        ("owner", there.owner == source.owner && there.owner_type == source.owner_type),
        ("properties", there.parameters == source.parameters),
        ("time of creation", there.create_time == source.create_time),
    ])
}

/// What is other of two tables; empty where nothing is. With `figures`, figures of what is in them count.
pub(super) fn table(there: &Table, source: &Table, figures: bool) -> String {
    let (one, other) = (&there.storage, &source.storage);
    let storage = one == other;
    let (columns, location) = (one.columns == other.columns, one.location == other.location);
    named([
        ("kind", there.kind == source.kind),
        ("owner", there.owner == source.owner && there.extras.owner_type == source.extras.owner_type),
        ("columns", columns),
        ("partition columns", there.partition_keys == source.partition_keys),
        ("location", location),
        ("format", storage || !columns || !location),
        ("properties", same_properties(&there.parameters, &source.parameters, figures)),
        ("query", view(there) == view(source)),
        ("rewriting", there.extras.rewrite_enabled == source.extras.rewrite_enabled),
    ])
}

/// What a view says.
fn view(table: &Table) -> (Option<&str>, Option<&str>) {
    (table.view_original_text.as_deref(), table.view_expanded_text.as_deref())
}

/// What is other of two partitions; empty where nothing is. With `figures`, figures of what is in them count.
pub(super) fn partition(there: &Partition, source: &Partition, figures: bool) -> String {
    let (one, other) = (&there.storage, &source.storage);
    let storage = one == other;
    let (columns, location) = (one.columns == other.columns, one.location == other.location);
    named([
        ("columns", columns),
        ("location", location),
        ("format", storage || !columns || !location),
        ("properties", same_properties(&there.parameters, &source.parameters, figures)),
    ])
}

/// What is other of two functions; empty where nothing is.
pub(super) fn function(there: &Function, source: &Function) -> String {
    named([
        ("class", there.class_name == source.class_name),
        ("files", there.resources == source.resources),
        ("owner", there.owner == source.owner && there.owner_type == source.owner_type),
    ])
}
