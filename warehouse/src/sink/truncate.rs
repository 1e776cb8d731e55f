//! `TRUNCATE TABLE`.

use skep_metastore::model::{Partition, Table};
use skep_metastore::store::MetaStore;

use super::commit::content;
use super::now;
use super::stats::{Added, after_write};
use crate::error::Result;
use crate::layout::commit::{Change, CommitJournal, Delete, commit, complete_pending, merge};
use crate::store::Stores;

/// Removes all rows of a table, or of these partitions of it. A table with partitions loses the rows of those that
/// are given and keeps the partitions.
pub async fn truncate(
    table: &Table,
    partitions: &[Partition],
    metastore: &dyn MetaStore,
    stores: &Stores,
) -> Result<()> {
    complete_pending(metastore, stores, &table.database, &table.name).await?;
    let mut journal = CommitJournal::default();
    if table.is_partitioned() {
        let mut changed = Vec::new();
        for partition in partitions {
            let gone = content(stores, &partition.storage.location).await?;
            journal.deletes.extend(gone.iter().map(Delete::from));
            let mut partition = partition.clone();
            merge(&mut partition.parameters, &after_write(&Default::default(), &[], &Added::default(), now()));
            changed.push(partition);
        }
        journal.changes.push(Change::PutPartitions(changed));
    } else {
        let gone = content(stores, &table.storage.location).await?;
        journal.deletes.extend(gone.iter().map(Delete::from));
        let changes = after_write(&Default::default(), &[], &Added::default(), now());
        journal.changes.push(Change::TableParameters(changes));
    }
    commit(metastore, stores, &table.database, &table.name, journal, None).await
}
