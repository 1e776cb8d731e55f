//! `TRUNCATE TABLE`

use skep_metastore::store::MetaStore;
use skep_warehouse::sink::truncate;

use super::drop_table::owns_files;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::TruncateTable;
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
    if !statement.columns.is_empty() {
        return Err(SkepError::unsupported("TRUNCATE TABLE … COLUMNS"));
    }
    if !table.is_partitioned() {
        if statement.partition.is_some() {
            return Err(SkepError::semantic(HiveError::SPEC_FOR_UNPARTITIONED, &table.name).with_span(span));
        }
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
    truncate(&table, &partitions, &session.metastore(), session.stores(), session.user()).await?;
    Ok(Outcome::done())
}
