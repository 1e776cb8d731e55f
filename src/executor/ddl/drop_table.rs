//! `DROP TABLE`.

use skep_metastore::model::{PartitionFilter, Table, TableKind};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::archive::folder_of;
use skep_warehouse::store::{fs, url};

use crate::error::{ErrorKind, Result, SkepError};
use crate::executor::names;
use crate::parser::ast::DropTable;
use crate::session::{Outcome, Session};

/// `DROP TABLE`. One that is not there is no error with `IF EXISTS` or `hive.exec.drop.ignorenonexistent`.
pub async fn run(session: &mut Session, statement: &DropTable) -> Result<Outcome> {
    let Some(table) = names::find_table(session, &statement.name)? else {
        let quiet = statement.if_exists || session.config().bool("hive.exec.drop.ignorenonexistent");
        return if quiet {
            Ok(Outcome::done())
        } else {
            names::table(session, &statement.name).map(|_| Outcome::done())
        };
    };
    if table.is_view() {
        let text = "Cannot drop a view with DROP TABLE";
        return Err(SkepError::new(ErrorKind::Semantic, text)
            .with_span(Some(statement.name.span().into()))
            .with_hint(format!("DROP VIEW {}", table.qualified_name())));
    }
    if table.kind == TableKind::MaterializedView {
        let text = "Cannot drop a materialized view with DROP TABLE";
        return Err(SkepError::new(ErrorKind::Command, text)
            .with_span(Some(statement.name.span().into()))
            .with_hint(format!("DROP MATERIALIZED VIEW {}", table.qualified_name())));
    }
    let readers = super::materialized_view::readers_of(session, &table)?;
    if !readers.is_empty() {
        let text = format!("Cannot drop table as it is used in the following materialized views {readers:?}");
        return Err(SkepError::exception("MetaException", text.replace('"', "")));
    }
    drop_one(session, &table).await?;
    Ok(Outcome::done())
}

/// Drops a table or view by its name in the catalog.
pub async fn drop_named(session: &Session, database: &str, name: &str) -> Result<()> {
    let table = session.catalog().table(database, name)?;
    drop_one(session, &table).await
}

/// Takes the table out of the catalog, then removes the files that belong to it: a crash in between leaves files, never a
/// table without its files.
async fn drop_one(session: &Session, table: &Table) -> Result<()> {
    names::settle(session, table).await?;
    let mut folders = Vec::new();
    if owns_files(table) {
        let catalog = session.catalog();
        if table.is_partitioned() {
            let partitions = catalog.partitions(&table.database, &table.name, &PartitionFilter::All, None)?;
            let outside = partitions.iter().map(|partition| folder_of(partition).to_string());
            folders.extend(outside.filter(|folder| !is_below(folder, &table.storage.location)));
        }
        folders.push(table.storage.location.clone());
    }
    session.catalog().drop_table(&table.database, &table.name)?;
    for folder in folders.iter().filter(|folder| !folder.is_empty()) {
        fs::delete(session.stores(), folder, true).await?;
    }
    Ok(())
}

/// Do the files go with the table? Those of an external one only with `external.table.purge`.
pub fn owns_files(table: &Table) -> bool {
    let purge = table.parameters.get("external.table.purge").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match table.kind {
        TableKind::Managed | TableKind::MaterializedView => true,
        TableKind::External => purge,
        TableKind::View => false,
    }
}

fn is_below(folder: &str, parent: &str) -> bool {
    let clean = |text: &str| url::normalize(text).unwrap_or_else(|_| text.to_string());
    let (folder, parent) = (clean(folder), clean(parent));
    folder == parent || folder.starts_with(&format!("{parent}/"))
}
