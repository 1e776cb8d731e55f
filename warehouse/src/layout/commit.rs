//! Files become part of a table at once or not at all.
//!
//! ```text
//! 1. stage    files are made in a hidden folder                a death here leaves the table as it was
//! 2. record   MetaStore::record_commits(journals)              the point of no return
//! 3. do       rename the files to their places, delete old ones  whoever comes next goes on from here
//! 4. finish   MetaStore::finish_commit(catalog changes)        the journal goes with the same transaction
//! ```
//!
//! Every step of 3 can be done again, by several processes at once, and does nothing then: a file that is not in its
//! old place was moved; a file to be deleted is known by its length and time, so that a newer one of the same name is
//! left alone.
//!
//! A statement that writes into several tables has a journal for each; they are recorded together.

use serde::{Deserialize, Serialize};
use skep_metastore::MetastoreError;
use skep_metastore::model::{ColumnStatistics, Parameters, Partition, Table};
use skep_metastore::store::{CatalogChange, MetaStore, NewCommit};

use super::staging::Staging;
use crate::error::{Result, WarehouseError};
use crate::store::{FileStatus, Stores, fs, url};

/// What one commit does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CommitJournal {
    /// Folders that must be there.
    pub mkdirs: Vec<String>,
    /// Files that get their places.
    pub moves: Vec<Move>,
    /// Files and folders that go.
    pub deletes: Vec<Delete>,
    /// Folders that go in the end, whatever is in them.
    pub cleanup: Vec<String>,
    /// What the catalog learns.
    pub changes: Vec<Change>,
}

/// A file that gets its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where it is.
    pub from: String,
    /// Where it is to be.
    pub to: String,
    /// Takes the place of a file of that name; else it gets the next free name with Hive's `_copy_N`.
    pub replace: bool,
}

/// A file or a folder that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// Where it is.
    pub path: String,
    /// Its last change when the commit was decided, in milliseconds since 1970.
    pub modified: i64,
    /// Its length then.
    pub len: u64,
}

impl From<&FileStatus> for Delete {
    fn from(status: &FileStatus) -> Self {
        Self { path: status.path.clone(), modified: status.modified, len: status.len }
    }
}

/// What the catalog learns with a commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// There is a new table.
    CreateTable(Box<Table>),
    /// The table's parameters change: `None` removes one.
    TableParameters(Vec<(String, Option<String>)>),
    /// Partitions are added, or get another storage or other parameters.
    PutPartitions(Vec<Partition>),
    /// Statistics of columns of the table, or of the partition with these values.
    ColumnStatistics(Option<Vec<String>>, Vec<ColumnStatistics>),
    /// What this transaction wrote is seen.
    CommitTransaction(i64),
}

/// What stands in the place of a table's database and name where a commit is about folders that are no table's.
pub const DIRECTORIES: (&str, &str) = ("", "");

/// Carries out the commits of a table that were decided and not finished. To be called before a table is read or
/// written; harmless at any time.
pub async fn complete_pending(metastore: &dyn MetaStore, stores: &Stores, db: &str, table: &str) -> Result<()> {
    let mut found = metastore.pending_commits(db, table)?;
    if !found.is_empty() && (db, table) != DIRECTORIES {
        // The same statement may have written into folders, too.
        found.extend(metastore.pending_commits(DIRECTORIES.0, DIRECTORIES.1)?);
    }
    for commit in found {
        let (db, table) = (&commit.database, &commit.table);
        let journal: CommitJournal = serde_json::from_str(&commit.journal)
            .map_err(|e| WarehouseError::Record(format!("commit {} of {db}.{table}: {e}", commit.id)))?;
        carry_out(&journal, stores).await?;
        finish(metastore, commit.id, db, table, &journal)?;
    }
    Ok(())
}

/// What is to be done with one table.
#[derive(Debug)]
pub struct Decision {
    /// Its database.
    pub database: String,
    /// Its name.
    pub table: String,
    /// What is done.
    pub journal: CommitJournal,
    /// The folders that the files are in until then. They go in the end.
    pub staging: Vec<Staging>,
}

/// Decides a commit and carries it out, as [`commit_all`] does.
pub async fn commit(
    metastore: &dyn MetaStore,
    stores: &Stores,
    db: &str,
    table: &str,
    journal: CommitJournal,
    staging: Option<Staging>,
) -> Result<()> {
    let staging = staging.into_iter().collect();
    commit_all(metastore, stores, vec![Decision { database: db.into(), table: table.into(), journal, staging }]).await
}

/// Decides commits, all or none, and carries them out. When this fails before the decision, nothing has happened and the
/// staging folders go; afterwards the next one who looks at a table goes on.
///
/// # Errors
/// A folder cannot be written, or the store fails. What was decided is carried out as far as it goes all the same.
pub async fn commit_all(metastore: &dyn MetaStore, stores: &Stores, mut decisions: Vec<Decision>) -> Result<()> {
    let mut commits = Vec::with_capacity(decisions.len());
    for Decision { database, table, journal, staging } in &mut decisions {
        journal.cleanup.extend(staging.iter().map(|staging| staging.url().to_string()));
        for folder in &journal.mkdirs {
            fs::create_dir(stores, folder).await?;
        }
        check_writable(journal)?;
        let journal = serde_json::to_string(journal).map_err(|e| WarehouseError::Record(e.to_string()))?;
        commits.push(NewCommit { database: database.clone(), table: table.clone(), journal });
    }
    fail_point("before_record");
    let ids = metastore.record_commits(&commits)?;
    decisions.iter_mut().flat_map(|decision| &mut decision.staging).for_each(Staging::keep);
    fail_point("after_record");
    let mut failed = None;
    for (id, Decision { database, table, journal, .. }) in ids.into_iter().zip(&decisions) {
        let done = async {
            carry_out(journal, stores).await?;
            fail_point("before_finish");
            finish(metastore, id, database, table, journal)
        };
        if let Err(error) = done.await {
            failed = failed.or(Some(error));
        }
        fail_point("after_first_finish");
    }
    failed.map_or(Ok(()), Err)
}

/// Looks for folders that cannot be written before anything is decided.
fn check_writable(journal: &CommitJournal) -> Result<()> {
    let places = journal.moves.iter().map(|m| m.to.as_str()).chain(journal.deletes.iter().map(|d| d.path.as_str()));
    let mut folders: Vec<&str> = places.filter_map(url::parent).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let path = url::local_path(folder)?;
        rustix::fs::access(&path, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
            .map_err(|e| WarehouseError::io("write into", folder, e.into()))?;
    }
    Ok(())
}

async fn carry_out(journal: &CommitJournal, stores: &Stores) -> Result<()> {
    for folder in &journal.mkdirs {
        fs::create_dir(stores, folder).await?;
    }
    for (i, step) in journal.moves.iter().enumerate() {
        match step.replace {
            true => fs::move_replacing(stores, &step.from, &step.to).await?,
            false => fs::move_beside(stores, &step.from, &step.to).await?,
        }
        if i == 0 {
            fail_point("after_first_move");
        }
    }
    fail_point("after_moves");
    for (i, step) in journal.deletes.iter().enumerate() {
        if let Some(there) = fs::status(stores, &step.path).await?.filter(|now| Delete::from(now) == *step) {
            delete(stores, &there, journal.cleanup.first(), i).await?;
        }
        if i == 0 {
            fail_point("after_first_delete");
        }
    }
    for folder in &journal.cleanup {
        fs::delete(stores, folder, true).await?;
    }
    Ok(())
}

/// Removes a file or a folder. A folder is first put where it goes in any case, so that whoever dies leaves none that has
/// lost only some of its files.
async fn delete(stores: &Stores, there: &FileStatus, doomed: Option<&String>, number: usize) -> Result<()> {
    let mut path = there.path.clone();
    if let Some(folder) = doomed.filter(|_| there.is_dir) {
        let aside = url::join(folder, &format!("gone-{number}"));
        fs::create_dir(stores, folder).await?;
        fs::rename(stores, &path, &aside).await?;
        path = aside;
    }
    fs::delete(stores, &path, true).await.map(|_| ())
}

fn finish(metastore: &dyn MetaStore, id: i64, db: &str, table: &str, journal: &CommitJournal) -> Result<()> {
    let mut changes = Vec::new();
    for change in &journal.changes {
        let known = match metastore.table(db, table) {
            Ok(known) => Some(known),
            Err(MetastoreError::NoSuchObject(_)) => None,
            Err(error) => return Err(error.into()),
        };
        match (change, known) {
            (Change::CreateTable(new), None) => changes.push(CatalogChange::CreateTable(new.clone())),
            (Change::TableParameters(parameters), Some(mut known)) => {
                merge(&mut known.parameters, parameters);
                changes.push(CatalogChange::AlterTable(Box::new(known)));
            }
            (Change::PutPartitions(partitions), known) if known.is_some() || makes_table(&changes) => {
                changes.push(CatalogChange::PutPartitions {
                    database: db.to_string(),
                    table: table.to_string(),
                    partitions: partitions.clone(),
                })
            }
            (Change::ColumnStatistics(partition, statistics), known) if known.is_some() || makes_table(&changes) => {
                changes.push(CatalogChange::SetColumnStatistics {
                    database: db.to_string(),
                    table: table.to_string(),
                    partition: partition.clone(),
                    statistics: statistics.clone(),
                });
            }
            (Change::CommitTransaction(transaction), _) => {
                changes.push(CatalogChange::CommitTransaction(*transaction));
            }
            // The table was made by someone who finished this commit before us, or it is gone meanwhile.
            _ => {}
        }
    }
    Ok(metastore.finish_commit(id, &changes)?)
}

/// Does one of the changes make the table?
fn makes_table(changes: &[CatalogChange]) -> bool {
    changes.iter().any(|change| matches!(change, CatalogChange::CreateTable(_)))
}

/// Sets parameters, removes those without a value.
pub fn merge(parameters: &mut Parameters, changes: &[(String, Option<String>)]) {
    for (key, value) in changes {
        match value {
            Some(value) => parameters.insert(key.clone(), value.clone()),
            None => parameters.remove(key),
        };
    }
}

/// Dies here when a test says so.
#[cfg(test)]
fn fail_point(name: &str) {
    if std::env::var("SKEP_TEST_DIE_AT").is_ok_and(|at| at == name) {
        // As `kill -9` does: no destructor runs.
        let pid = rustix::process::getpid();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        std::thread::park();
    }
}

#[cfg(not(test))]
fn fail_point(_name: &str) {}
