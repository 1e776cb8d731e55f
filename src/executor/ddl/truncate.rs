//! `TRUNCATE TABLE`

use skep_metastore::model::{Parameters, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::store::{fs, url};

use super::create_table::set_empty_statistics;
use super::drop_table::owns_files;
use super::touch;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::TruncateTable;
use crate::session::{Outcome, Session};

/// Removes all rows of a table or of the partitions named. Each folder is emptied by one rename, so that a reader sees
/// its rows or none.
pub async fn run(session: &Session, statement: &TruncateTable) -> Result<Outcome> {
    let mut table = names::table(session, &statement.name)?;
    let span = Some(statement.name.span().into());
    if table.is_view() || !(owns_files(&table) || statement.force) {
        let text = format!("Cannot truncate non-managed table {}.", table.name);
        let error = HiveError::TRUNCATE_UNMANAGED;
        return Err(SkepError::invalid(text).with_code(error.code, error.sqlstate).with_span(span));
    }
    if !statement.columns.is_empty() {
        return Err(SkepError::unsupported("TRUNCATE TABLE … COLUMNS"));
    }
    if !table.is_partitioned() {
        if statement.partition.is_some() {
            return Err(SkepError::semantic(HiveError::SPEC_FOR_UNPARTITIONED, &table.name).with_span(span));
        }
        empty(session, &table.storage.location).await?;
        reset_statistics(session, &table.clone(), &mut table.parameters);
        session.catalog().alter_table(&table.database, &table.name, &table)?;
        return Ok(Outcome::done());
    }
    let values = match &statement.partition {
        Some(spec) => partition_spec::partial_values(session, &table, spec)?,
        None => vec![None; table.partition_keys.len()],
    };
    let filter = partition_spec::filter_of(&table, &values);
    let mut partitions = session.catalog().partitions(&table.database, &table.name, &filter, None)?;
    if partitions.is_empty() && statement.partition.is_some() {
        return Err(SkepError::semantic(HiveError::PARTITION_NOT_FOUND, format!("in {}", table.name)).with_span(span));
    }
    for partition in &mut partitions {
        empty(session, &partition.storage.location).await?;
        reset_statistics(session, &table, &mut partition.parameters);
    }
    session.catalog().alter_partitions(&table.database, &table.name, &partitions)?;
    Ok(Outcome::done())
}

fn reset_statistics(session: &Session, table: &Table, parameters: &mut Parameters) {
    if session.config().bool("hive.stats.autogather") {
        let columns: Vec<String> = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        set_empty_statistics(parameters, &columns);
    }
    touch(parameters);
}

/// Puts an empty folder where this one is.
async fn empty(session: &Session, location: &str) -> Result<()> {
    if !fs::exists(session.stores(), location).await? {
        fs::create_dir(session.stores(), location).await?;
        return Ok(());
    }
    let aside = match url::parent(location) {
        // Beside the folder, under a name that scans pass over.
        Some(parent) => url::join(parent, &format!(".skep-truncated-{}", uuid::Uuid::new_v4().simple())),
        None => return Err(SkepError::invalid(format!("{location} cannot be emptied"))),
    };
    fs::rename(session.stores(), location, &aside).await?;
    let made = fs::create_dir(session.stores(), location).await;
    if made.is_err() {
        fs::rename(session.stores(), &aside, location).await?;
        return Ok(made?);
    }
    fs::delete(session.stores(), &aside, true).await?;
    Ok(())
}
