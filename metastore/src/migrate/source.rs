//! What definitions are copied from.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{
    ColumnStatistics, Constraint, Database, Function, Grant, Partition, PartitionFilter, Role, Table, ValidWriteIds,
};
use crate::store::{MetaStore, definitions};

/// Partitions that are read and written at a time.
pub const PAGE: usize = 1000;

/// What is done with a page of partitions and the statistics of their columns.
pub type PartitionPage<'a> = dyn FnMut(Vec<(Partition, Vec<ColumnStatistics>)>) -> Result<()> + 'a;

/// A metastore that definitions are copied from. Nothing is ever changed in it.
pub trait Source {
    /// What it is, for the report.
    fn describe(&self) -> String;
    /// All databases, in order of their names.
    fn databases(&self) -> Result<Vec<Database>>;
    /// Names of the tables and views of a database.
    fn table_names(&self, database: &str) -> Result<Vec<String>>;
    /// A table.
    fn table(&self, database: &str, name: &str) -> Result<Table>;
    /// Constraints of a table.
    fn constraints(&self, table: &Table) -> Result<Vec<Constraint>>;
    /// Statistics of a table's columns.
    fn statistics(&self, table: &Table) -> Result<Vec<ColumnStatistics>>;
    /// Gives all partitions of a table, [`PAGE`] at a time. Returns how many there are.
    fn partitions(&self, table: &Table, page: &mut PartitionPage<'_>) -> Result<usize>;
    /// Which write ids of a transactional table are seen.
    fn write_ids(&self, table: &Table) -> Result<ValidWriteIds>;
    /// Functions of a database.
    fn functions(&self, database: &str) -> Result<Vec<Function>>;
    /// Roles.
    fn roles(&self) -> Result<Vec<Role>>;
    /// Roles and privileges in the hands of principals.
    fn grants(&self) -> Result<Vec<Grant>>;
}

/// A store as a source, be it a file or a server far away.
#[derive(Debug)]
pub struct StoreSource {
    /// The store.
    pub store: Arc<dyn MetaStore>,
    /// What it is.
    pub name: String,
}

impl Source for StoreSource {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn databases(&self) -> Result<Vec<Database>> {
        self.store.database_names(None)?.iter().map(|name| self.store.database(name)).collect()
    }

    fn table_names(&self, database: &str) -> Result<Vec<String>> {
        self.store.table_names(database, None, None)
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        self.store.table(database, name)
    }

    fn constraints(&self, table: &Table) -> Result<Vec<Constraint>> {
        self.store.constraints(&table.database, &table.name)
    }

    fn statistics(&self, table: &Table) -> Result<Vec<ColumnStatistics>> {
        self.store.column_statistics(&table.database, &table.name, None, &[])
    }

    fn partitions(&self, table: &Table, page: &mut PartitionPage<'_>) -> Result<usize> {
        let all = self.store.partition_values(&table.database, &table.name, &PartitionFilter::All, None)?;
        for values in all.chunks(PAGE) {
            let mut found = Vec::with_capacity(values.len());
            for partition in self.store.partitions_of(&table.database, &table.name, values)? {
                let statistics = match has_statistics(&partition) {
                    true => self.store.column_statistics(&table.database, &table.name, Some(&partition.values), &[])?,
                    false => Vec::new(),
                };
                found.push((partition, statistics));
            }
            page(found)?;
        }
        Ok(all.len())
    }

    fn write_ids(&self, table: &Table) -> Result<ValidWriteIds> {
        self.store.valid_write_ids(&table.database, &table.name)
    }

    fn functions(&self, database: &str) -> Result<Vec<Function>> {
        self.store.function_names(database, None)?.iter().map(|name| self.store.function(database, name)).collect()
    }

    fn roles(&self) -> Result<Vec<Role>> {
        Ok(definitions::all::<Role>(self.store.as_ref())?.into_iter().map(|stored| stored.value).collect())
    }

    fn grants(&self) -> Result<Vec<Grant>> {
        Ok(definitions::all::<Grant>(self.store.as_ref())?.into_iter().map(|stored| stored.value).collect())
    }
}

/// Do the properties of a partition say that there are statistics of its columns? Those of many partitions without any
/// need not be asked for one by one.
fn has_statistics(partition: &Partition) -> bool {
    partition.parameters.get("COLUMN_STATS_ACCURATE").is_some_and(|value| value.contains("COLUMN_STATS"))
}
