//! `TRUNCATE TABLE`

use skep_metastore::model::{StorageDescriptor, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::archive::archiving_level;
use skep_warehouse::sink::truncate;

use super::alter_table::{refuse_archived, rewrite};
use super::drop_table::owns_files;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{Ident, TruncateTable};
use crate::session::{Outcome, Session};

/// Removes all rows of a table or of the partitions named, in one commit.
pub async fn run(session: &Session, statement: &TruncateTable) -> Result<Outcome> {
    let table = names::table(session, &statement.name)?;
    let span = Some(statement.name.span().into());
    if table.is_view() || !(owns_files(&table) || statement.force) {
        let text = format!("Cannot truncate non-managed table {}.", table.name);
        let error = HiveError::TRUNCATE_UNMANAGED;
        return Err(SkepError::invalid(text).with_code(error.code, error.sqlstate).with_span(span));
    }
    if table.parameters.contains_key("storage_handler") {
        let text = format!("Cannot truncate non-native table {}.", table.name);
        return Err(SkepError::invalid(text).with_code(10147, "42000").with_span(span));
    }
    if !table.is_partitioned() && statement.partition.is_some() {
        return Err(SkepError::semantic(HiveError::SPEC_FOR_UNPARTITIONED, format!("{}.", table.name)).with_span(span));
    }
    if !statement.columns.is_empty() {
        return columns(session, &table, statement).await;
    }
    if !table.is_partitioned() {
        truncate(&table, &[], &session.metastore(), session.stores(), session.user()).await?;
        return Ok(Outcome::done());
    }
    let values = match &statement.partition {
        Some(spec) => partition_spec::partial_values(session, &table, spec)?,
        None => vec![None; table.partition_keys.len()],
    };
    let filter = partition_spec::filter_of(&table, &values);
    let partitions = session.catalog().partitions(&table.database, &table.name, &filter, None)?;
    if partitions.is_empty() && statement.partition.is_some() {
        return Err(SkepError::semantic(HiveError::PARTITION_NOT_FOUND, format!("in {}", table.name)).with_span(span));
    }
    for partition in &partitions {
        refuse_archived(partition, "Truncating")?;
    }
    truncate(&table, &partitions, &session.metastore(), session.stores(), session.user()).await?;
    Ok(Outcome::done())
}

/// `TRUNCATE TABLE … COLUMNS`: the files are written anew with NULL in the columns. As in Hive it is for RCFiles.
async fn columns(session: &Session, table: &Table, statement: &TruncateTable) -> Result<Outcome> {
    let partitions = match &statement.partition {
        Some(spec) => {
            let values = partition_spec::full_values(session, table, spec)?;
            vec![Some(session.catalog().partition(&table.database, &table.name, &values)?)]
        }
        None if table.is_partitioned() => {
            let text = format!("{} table is partitioned but partition spec is not specified", table.qualified_name());
            return Err(SkepError::invalid(text).with_span(Some(statement.name.span().into())));
        }
        None => vec![None],
    };
    names::settle(session, table).await?;
    for partition in partitions {
        let storage = partition.as_ref().map_or(&table.storage, |partition| &partition.storage);
        if partition.as_ref().is_some_and(|partition| archiving_level(partition).is_some()) {
            return Err(SkepError::semantic(HiveError::TRUNCATE_COLUMN_ARCHIVED, ""));
        }
        let emptied = checked(storage, &statement.columns)?;
        rewrite(session, table, partition.as_ref(), &emptied).await?;
    }
    Ok(Outcome::done())
}

/// The names of the columns; Hive's errors for those that cannot be emptied.
fn checked(storage: &StorageDescriptor, columns: &[Ident]) -> Result<Vec<String>> {
    if !storage.input_format.ends_with(".RCFileInputFormat") {
        return Err(SkepError::invalid("Only RCFileFormat supports column truncation.").with_code(10185, "42000"));
    }
    let mut names = Vec::with_capacity(columns.len());
    for column in columns {
        let name = column.lower();
        let error = if !storage.columns.iter().any(|known| known.name == name) {
            SkepError::semantic(HiveError::COLUMN_NOT_FOUND, &name)
        } else if storage.bucket_columns.contains(&name) {
            let text = format!("A column on which a partition/table is bucketed cannot be truncated. {name}");
            SkepError::invalid(text).with_code(10187, "42000")
        } else if storage.stored_as_sub_directories && storage.skewed.columns.contains(&name) {
            let text = format!("A column on which a partition/table is list bucketed cannot be truncated. {name}");
            SkepError::invalid(text).with_code(10188, "42000")
        } else {
            names.push(name);
            continue;
        };
        return Err(error.with_span(Some(column.span.into())));
    }
    Ok(names)
}
