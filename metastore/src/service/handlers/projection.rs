//! What of tables and partitions a client wants to be told (`GetProjectionsSpec`).

use regex::Regex;
use skep_thrift_hms as wire;

use super::Answer;
use crate::model::Parameters;
use crate::service::exception::meta;
use crate::service::expression::regex::compile_like;

/// Names of fields such as `values`, `createTime`, `sd.location`, `sd.serdeInfo.name`.
pub(super) struct Fields<'a>(pub(super) &'a [String]);

impl Fields<'_> {
    /// Is the field wanted itself?
    pub(super) fn wants(&self, name: &str) -> bool {
        self.0.iter().any(|field| field == name)
    }

    /// Is the field wanted, or something in it?
    pub(super) fn wants_below(&self, name: &str) -> bool {
        self.0.iter().any(|field| field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }
}

/// Leaves the properties whose names are wanted; the patterns are those of SQL's `LIKE`.
pub(super) fn keep_parameters<'p>(
    all: impl Iterator<Item = &'p mut Parameters>,
    projection: &wire::GetProjectionsSpec,
) -> Answer<()> {
    let compile = |pattern: &Option<String>| -> Answer<Option<Regex>> {
        let pattern = pattern.as_deref().filter(|pattern| !pattern.is_empty());
        pattern.map(compile_like).transpose().map_err(meta)
    };
    let include = compile(&projection.include_param_key_pattern)?;
    let exclude = compile(&projection.exclude_param_key_pattern)?;
    for parameters in all {
        parameters.retain(|key, _| {
            include.as_ref().is_none_or(|pattern| pattern.is_match(key))
                && !exclude.as_ref().is_some_and(|pattern| pattern.is_match(key))
        });
    }
    Ok(())
}

/// Leaves of a storage descriptor what is wanted.
pub(super) fn keep_storage(sd: &mut Option<wire::StorageDescriptor>, fields: &Fields<'_>) {
    if !fields.wants_below("sd") {
        *sd = None;
    } else if !fields.wants("sd")
        && let Some(sd) = sd
    {
        keep(&mut sd.cols, fields.wants_below("sd.cols"));
        keep(&mut sd.location, fields.wants("sd.location"));
        keep(&mut sd.input_format, fields.wants("sd.inputFormat"));
        keep(&mut sd.output_format, fields.wants("sd.outputFormat"));
        keep(&mut sd.compressed, fields.wants("sd.compressed"));
        keep(&mut sd.num_buckets, fields.wants("sd.numBuckets"));
        keep(&mut sd.serde_info, fields.wants_below("sd.serdeInfo"));
        keep(&mut sd.bucket_cols, fields.wants("sd.bucketCols"));
        keep(&mut sd.sort_cols, fields.wants_below("sd.sortCols"));
        keep(&mut sd.parameters, fields.wants("sd.parameters"));
        keep(&mut sd.skewed_info, fields.wants_below("sd.skewedInfo"));
        keep(&mut sd.stored_as_sub_directories, fields.wants("sd.storedAsSubDirectories"));
    }
}

/// Leaves of tables the fields that are wanted; all of them where none is named. Their names are always told.
pub(super) fn of_tables(tables: &mut [wire::Table], fields: &[String]) {
    if fields.is_empty() {
        return;
    }
    let fields = Fields(fields);
    for table in tables {
        keep_storage(&mut table.sd, &fields);
        keep(&mut table.owner, fields.wants("owner"));
        keep(&mut table.owner_type, fields.wants("ownerType"));
        keep(&mut table.create_time, fields.wants("createTime"));
        keep(&mut table.last_access_time, fields.wants("lastAccessTime"));
        keep(&mut table.retention, fields.wants("retention"));
        keep(&mut table.partition_keys, fields.wants_below("partitionKeys"));
        keep(&mut table.parameters, fields.wants("parameters"));
        keep(&mut table.view_original_text, fields.wants("viewOriginalText"));
        keep(&mut table.view_expanded_text, fields.wants("viewExpandedText"));
        keep(&mut table.table_type, fields.wants("tableType"));
        keep(&mut table.rewrite_enabled, fields.wants("rewriteEnabled"));
        keep(&mut table.creation_metadata, fields.wants_below("creationMetadata"));
        keep(&mut table.write_id, fields.wants("writeId"));
    }
}

/// Leaves a field where it is wanted.
pub(super) fn keep<T>(field: &mut Option<T>, wanted: bool) {
    if !wanted {
        *field = None;
    }
}
