//! `ALTER TABLE … ADD|REPLACE COLUMNS`, `CHANGE COLUMN`, `PARTITION COLUMN`

use std::collections::HashSet;

use skep_metastore::model::{FieldSchema, HiveType, StorageDescriptor, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::format::avro;

use super::super::{constraints, create_table};
use super::{alter, save};
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{AlterTableAction, ColumnDef, ColumnPosition, DropBehavior, Ident, PartitionSpec};
use crate::session::Session;

/// Runs the action.
pub fn run(session: &Session, table: Table, spec: Option<&PartitionSpec>, action: &AlterTableAction) -> Result<()> {
    let cascades = |behavior: &Option<DropBehavior>| *behavior == Some(DropBehavior::Cascade);
    match action {
        AlterTableAction::AddColumns { columns, behavior } => {
            let added = create_table::columns(columns)?;
            refuse_partition_names(&table, columns)?;
            refuse_told_columns(&table)?;
            alter(session, table, spec, cascades(behavior), |storage, _| {
                storage.columns.extend(added.iter().cloned());
                check_unique(&storage.columns)
            })
        }
        AlterTableAction::ReplaceColumns { columns, behavior } => {
            let all = create_table::columns(columns)?;
            if !can_replace(&table.storage) {
                let text = format!(
                    "Replace columns is not supported for table {}. SerDe may be incompatible.",
                    table.qualified_name()
                );
                return Err(SkepError::invalid(text).with_code(10243, "42000"));
            }
            if all.len() < table.storage.columns.len()
                && super::evolves(session, &table)
                && keeps_columns(&table, cascades(behavior))
            {
                let text = format!(
                    "Replacing columns cannot drop columns for table {}. SerDe may be incompatible.",
                    table.qualified_name()
                );
                return Err(SkepError::invalid(text).with_code(10313, "42000"));
            }
            refuse_partition_names(&table, columns)?;
            check_types(session, &table.storage.columns, &all)?;
            let before = table.clone();
            alter(session, table, spec, cascades(behavior), |storage, parameters| {
                storage.columns = all.clone();
                parameters.remove("COLUMN_STATS_ACCURATE");
                Ok(())
            })?;
            constraints::follow_columns(session, &before, None, Vec::new())
        }
        AlterTableAction::ChangeColumn { old, column, position, behavior } => {
            change(session, table, spec, old, column, position.as_ref(), cascades(behavior))
        }
        AlterTableAction::PartitionColumnType(column) => partition_column(session, table, column),
        _ => Ok(()),
    }
}

/// Tables whose old files would not be read rightly by fewer columns.
fn keeps_columns(table: &Table, cascade: bool) -> bool {
    let serde = &table.storage.serde.library;
    serde.ends_with(".OrcSerde") || (serde.ends_with(".ParquetHiveSerDe") && table.is_partitioned() && !cascade)
}

/// SerDes whose columns can be replaced.
fn can_replace(storage: &StorageDescriptor) -> bool {
    const SERDES: [&str; 7] = [
        "LazySimpleSerDe",
        "ColumnarSerDe",
        "DynamicSerDe",
        "MetadataTypedColumnsetSerDe",
        "ParquetHiveSerDe",
        "OrcSerde",
        "LazyBinaryColumnarSerDe",
    ];
    storage.serde.library.rsplit('.').next().is_some_and(|name| SERDES.contains(&name))
}

/// The columns of an Avro table with a schema of its own are that schema's.
fn refuse_told_columns(table: &Table) -> Result<()> {
    let told = [avro::SCHEMA_LITERAL, avro::SCHEMA_URL].iter().any(|key| table.parameters.contains_key(*key));
    if table.storage.serde.library == avro::SERDE && told {
        return Err(SkepError::invalid(
            "Not allowed to alter schema of Avro stored table having external schema. Consider removing \
             avro.schema.literal or avro.schema.url from table properties.",
        ));
    }
    Ok(())
}

fn refuse_partition_names(table: &Table, columns: &[ColumnDef]) -> Result<()> {
    for column in columns {
        if table.partition_keys.iter().any(|known| known.name == column.name.lower()) {
            return Err(duplicate(&column.name));
        }
    }
    Ok(())
}

fn duplicate(name: &Ident) -> SkepError {
    SkepError::semantic(HiveError::DUPLICATE_COLUMN, name.lower()).with_span(Some(name.span.into()))
}

fn check_unique(columns: &[FieldSchema]) -> Result<()> {
    let mut seen = HashSet::new();
    match columns.iter().find(|column| !seen.insert(&column.name)) {
        Some(column) => Err(SkepError::semantic(HiveError::DUPLICATE_COLUMN, &column.name)),
        None => Ok(()),
    }
}

fn change(
    session: &Session,
    table: Table,
    spec: Option<&PartitionSpec>,
    old: &Ident,
    column: &ColumnDef,
    position: Option<&ColumnPosition>,
    cascade: bool,
) -> Result<()> {
    let (from, to) = (old.lower(), column.name.lower());
    let missing =
        |name: &Ident| SkepError::semantic(HiveError::COLUMN_NOT_FOUND, name.lower()).with_span(Some(name.span.into()));
    let mut made = create_table::columns(std::slice::from_ref(column))?;
    let Some(new) = made.pop() else { return Ok(()) };
    if from != to && table.partition_keys.iter().any(|known| known.name == to) {
        return Err(duplicate(&column.name));
    }
    let storage_of_orc = table.storage.serde.library.ends_with(".OrcSerde");
    if storage_of_orc && position.is_some() {
        let text = format!(
            "Reordering columns is not supported for table {}. SerDe may be incompatible",
            table.qualified_name()
        );
        return Err(SkepError::invalid(text).with_code(10311, "42000"));
    }
    let known_type = table.storage.columns.iter().find(|known| known.name == from).map(|known| &known.ty);
    if table.storage.skewed.columns.contains(&from) && (from != to || known_type.is_some_and(|ty| *ty != new.ty)) {
        let text = format!(
            "{from} is a skewed column. It's not allowed to rename skewed column or change skewed column type."
        );
        return Err(SkepError::invalid(text).with_span(Some(old.span.into())));
    }
    let (database, name) = (table.database.clone(), table.name.clone());
    let added = constraints::of_changed_column(session, &table, old, column)?;
    let before = table.clone();
    let check = table.storage.columns.iter().find(|known| known.name == from).cloned();
    // Hive's metastore looks at the columns of tables only.
    if let Some(known) = check.filter(|_| spec.is_none()) {
        check_types(session, &[known], std::slice::from_ref(&new))?;
    }
    refuse_told_columns(&table)?;
    alter(session, table, spec, cascade, |storage, parameters| {
        let Some(at) = storage.columns.iter().position(|known| known.name == from) else { return Err(missing(old)) };
        if from != to && storage.columns.iter().any(|known| known.name == to) {
            return Err(duplicate(&column.name));
        }
        let known = storage.columns.remove(at);
        let at = match position {
            None => at,
            Some(ColumnPosition::First) => 0,
            Some(ColumnPosition::After(after)) => {
                let found = storage.columns.iter().position(|known| known.name == after.lower());
                found.map(|at| at + 1).ok_or_else(|| missing(after))?
            }
        };
        let mut new = new.clone();
        new.comment = new.comment.or(known.comment);
        let changed = from != to || known.ty != new.ty;
        storage.columns.insert(at, new);
        let renamed = |name: &mut String| {
            if *name == from {
                *name = to.clone();
            }
        };
        storage.bucket_columns.iter_mut().for_each(renamed);
        storage.sort_columns.iter_mut().for_each(|order| renamed(&mut order.column));
        storage.skewed.columns.iter_mut().for_each(renamed);
        if changed {
            forget_column_statistics(parameters);
        }
        Ok(())
    })?;
    if spec.is_none() {
        constraints::follow_columns(session, &before, Some((&from, &to)), added)?;
        session.catalog().delete_column_statistics(&database, &name, None, &[from])?;
    }
    Ok(())
}

/// Column statistics that the parameters call accurate are no longer.
fn forget_column_statistics(parameters: &mut skep_metastore::model::Parameters) {
    if let Some(state) = parameters.get_mut("COLUMN_STATS_ACCURATE")
        && state.contains("BASIC_STATS")
    {
        *state = "{\"BASIC_STATS\":\"true\"}".into();
    }
}

/// `hive.metastore.disallow.incompatible.col.type.changes`: columns at the same position must have types that old data
/// can be read as.
fn check_types(session: &Session, old: &[FieldSchema], new: &[FieldSchema]) -> Result<()> {
    let config = session.config();
    let named = "metastore.disallow.incompatible.col.type.changes";
    // The metastore's own setting (metaconf:) comes before what the session asks for.
    let own = session.variables().metaconf.get("hive.metastore.disallow.incompatible.col.type.changes");
    let checked = match (own, config.get(named)) {
        (Some(own), _) => own.eq_ignore_ascii_case("true"),
        (None, Some(_)) => config.bool(named),
        (None, None) => config.bool("hive.metastore.disallow.incompatible.col.type.changes"),
    };
    if !checked {
        return Ok(());
    }
    let bad: Vec<&str> = old
        .iter()
        .zip(new)
        .filter(|(old, new)| !readable_as(&old.ty, &new.ty))
        .map(|(_, new)| new.name.as_str())
        .collect();
    if bad.is_empty() {
        return Ok(());
    }
    let text = format!(
        "Unable to alter table. The following columns have types incompatible with the existing columns in their \
         respective positions :\n{}",
        bad.join(",")
    );
    Err(SkepError::exception("InvalidOperationException", text)
        .with_hint("SET hive.metastore.disallow.incompatible.col.type.changes=false allows it"))
}

/// Hive's `ColumnType.areColTypesCompatible`: numbers widen, everything primitive becomes text.
fn readable_as(old: &HiveType, new: &HiveType) -> bool {
    let rank = |ty: &HiveType| match ty {
        HiveType::TinyInt => Some(0),
        HiveType::SmallInt => Some(1),
        HiveType::Int => Some(2),
        HiveType::BigInt => Some(3),
        HiveType::Decimal { .. } => Some(4),
        HiveType::Float => Some(5),
        HiveType::Double => Some(6),
        HiveType::String => Some(7),
        _ => None,
    };
    if old == new {
        return true;
    }
    match (old, new) {
        (HiveType::Array(old), HiveType::Array(new)) => return readable_as(old, new),
        (HiveType::Map(old_key, old_value), HiveType::Map(new_key, new_value)) => {
            return readable_as(old_key, new_key) && readable_as(old_value, new_value);
        }
        (HiveType::Struct(old), HiveType::Struct(new)) => {
            let mut pairs = old.iter().zip(new);
            return old.len() <= new.len() && pairs.all(|(old, new)| readable_as(&old.ty, &new.ty));
        }
        _ => {}
    }
    if !old.is_primitive() || !new.is_primitive() {
        return false;
    }
    if new.is_character() {
        return !matches!(old, HiveType::Binary) || matches!(new, HiveType::String);
    }
    match (rank(old), rank(new)) {
        (Some(old_rank), Some(new_rank)) => old_rank <= new_rank,
        // Text becomes numbers, dates and times when it is read.
        _ => old.is_character() && (new.is_numeric() || matches!(new, HiveType::Date | HiveType::Timestamp)),
    }
}

fn partition_column(session: &Session, mut table: Table, column: &ColumnDef) -> Result<()> {
    let name = column.name.lower();
    let Some(key) = table.partition_keys.iter_mut().find(|key| key.name == name) else {
        let error = SkepError::semantic(HiveError::NOT_A_PARTITION_COLUMN, &name);
        return Err(error.with_span(Some(column.name.span.into())));
    };
    if !column.ty.is_primitive() {
        let error = SkepError::semantic(HiveError::PARTITION_COLUMN_TYPE, "");
        return Err(error.with_span(Some(column.type_span.into())));
    }
    key.ty = column.ty.clone();
    if column.comment.is_some() {
        key.comment = column.comment.clone();
    }
    save(session, table)
}
