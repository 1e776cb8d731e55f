//! `ALTER TABLE … RENAME TO`

use skep_metastore::model::{PartitionFilter, Table, TableKind};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::archive::relocate;
use skep_warehouse::store::{fs, url};

use super::super::create_table::already_exists;
use super::super::database::table_location;
use crate::error::{Result, SkepError};
use crate::executor::names;
use crate::parser::ast::ObjectName;
use crate::session::Session;

/// Gives a table or view another name. The folder of a managed table that lies where its name says is moved with it, and
/// with it the locations of the partitions in it.
pub async fn rename(session: &Session, table: Table, name: &ObjectName) -> Result<()> {
    names::check_new_name(session, name)?;
    names::settle(session, &table).await?;
    let (old_database, old_name) = (table.database.clone(), table.name.clone());
    let to = match &name.database {
        Some(_) => names::database_of(session, name)?,
        None => session.catalog().database(&old_database)?,
    };
    let new_name = name.name.lower();
    // A temporary table hides one of the same name that stays, and may get that name.
    let taken = session.catalog().table(&to.name, &new_name);
    if taken.is_ok_and(|taken| taken.temporary == table.temporary) {
        let taken = format!("{}.{new_name}", to.name);
        return Err(SkepError::exception("InvalidOperationException", format!("new table {taken} already exists"))
            .with_source(already_exists(&taken)));
    }
    let from = session.catalog().database(&old_database)?;
    let mut renamed = table.clone();
    renamed.database = to.name.clone();
    renamed.name = new_name.clone();
    super::note_change(session, &mut renamed.parameters);
    let old_folder = &table.storage.location;
    let moves = table.kind == TableKind::Managed
        && !table.temporary
        && url::normalize(old_folder)? == url::normalize(&table_location(session, &from, &old_name, table.kind)?)?;
    if !moves {
        session.catalog().alter_table(&old_database, &old_name, &renamed)?;
        return Ok(());
    }
    let new_folder = table_location(session, &to, &new_name, table.kind)?;
    if fs::exists(session.stores(), &new_folder).await? {
        let text = format!("New location for this table {} already exists : {new_folder}", renamed.qualified_name());
        return Err(SkepError::exception("InvalidOperationException", text));
    }
    renamed.storage.location = new_folder.clone();
    let had_folder = fs::exists(session.stores(), old_folder).await?;
    if had_folder {
        fs::rename(session.stores(), old_folder, &new_folder).await?;
    }
    if let Err(error) = change_catalog(session, &table, &renamed) {
        if had_folder {
            fs::rename(session.stores(), &new_folder, old_folder).await?;
        }
        return Err(error);
    }
    Ok(())
}

fn change_catalog(session: &Session, table: &Table, renamed: &Table) -> Result<()> {
    let catalog = session.catalog();
    let mut partitions = match table.is_partitioned() {
        true => catalog.partitions(&table.database, &table.name, &PartitionFilter::All, None)?,
        false => Vec::new(),
    };
    let (from, to) = (&table.storage.location, &renamed.storage.location);
    partitions.retain_mut(|partition| relocate(partition, from, to).unwrap_or(false));
    catalog.alter_table(&table.database, &table.name, renamed)?;
    if !partitions.is_empty() {
        catalog.alter_partitions(&renamed.database, &renamed.name, &partitions)?;
    }
    Ok(())
}
