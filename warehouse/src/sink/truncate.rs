//! `TRUNCATE TABLE`.

use std::sync::Arc;

use skep_metastore::model::{Partition, Table};
use skep_metastore::store::MetaStore;

use super::commit::Folders;
use super::now;
use super::stats::{Added, after_write};
use crate::acid::AcidWrite;
use crate::error::Result;
use crate::layout::commit::{Change, CommitJournal, Delete, commit, complete_pending, merge};
use crate::store::Stores;

/// Removes all rows of a table, or of these partitions of it. A table with partitions loses the rows of those that
/// are given and keeps the partitions. `user` is who does it, for a transaction.
pub async fn truncate(
    table: &Table,
    partitions: &[Partition],
    metastore: &Arc<dyn MetaStore>,
    stores: &Stores,
    user: &str,
) -> Result<()> {
    complete_pending(metastore.as_ref(), stores, &table.database, &table.name).await?;
    let acid = AcidWrite::begin(metastore, table, true, user)?;
    let folders = Folders::new(table, acid.as_ref(), stores)?;
    let mut journal = CommitJournal::default();
    if table.is_partitioned() {
        let mut changed = Vec::new();
        for partition in partitions {
            let there = folders.content(&partition.storage.location, true, &mut journal).await?;
            journal.deletes.extend(there.gone.iter().map(Delete::from));
            let mut partition = partition.clone();
            merge(&mut partition.parameters, &after_write(&Default::default(), &[], &Added::default(), &[], now()));
            changed.push(partition);
        }
        journal.changes.push(Change::PutPartitions(changed));
    } else {
        let there = folders.content(&table.storage.location, true, &mut journal).await?;
        journal.deletes.extend(there.gone.iter().map(Delete::from));
        let changes = after_write(&Default::default(), &[], &Added::default(), &[], now());
        journal.changes.push(Change::TableParameters(changes));
    }
    if let Some(acid) = &acid {
        journal.changes.push(Change::CommitTransaction(acid.transaction()));
    }
    commit(metastore.as_ref(), stores, &table.database, &table.name, journal, None).await?;
    if let Some(acid) = acid {
        acid.committed();
    }
    Ok(())
}
