//! Databases, tables, functions, and what a commit changes.

use skep_thrift_hms::methods::*;
use skep_thrift_hms::{AlterTableRequest, ClientCapabilities, ClientCapability, CreateTableRequest, GetTableRequest};

use super::{HiveServer, IDENTIFIER, abilities, constraints, matching, statistics_are_known};
use crate::client::pool::Effect;
use crate::error::{MetastoreError, Result};
use crate::model::{Constraint, Database, Function, Table, TableKind};
use crate::service::convert::{
    database_from_wire, database_to_wire, function_from_wire, function_to_wire, table_from_wire, table_to_wire,
};
use crate::store::{CatalogChange, Feature, MetaStore};

/// A list that is not sent where it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn is_transactional(table: &Table) -> bool {
    table.parameters.get("transactional").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

impl HiveServer {
    pub(super) fn create_a_database(&self, database: &Database) -> Result<()> {
        self.tell::<CreateDatabase>(CreateDatabaseArgs { database: Some(database_to_wire(database.clone())) })
    }

    pub(super) fn a_database(&self, name: &str) -> Result<Database> {
        let args = GetDatabaseArgs { name: Some(name.to_string()) };
        Ok(database_from_wire(self.ask::<GetDatabase>(args)?))
    }

    pub(super) fn names_of_databases(&self, pattern: Option<&str>) -> Result<Vec<String>> {
        Ok(matching(self.ask::<GetAllDatabases>(GetAllDatabasesArgs {})?, pattern))
    }

    pub(super) fn alter_a_database(&self, database: &Database) -> Result<()> {
        let args =
            AlterDatabaseArgs { dbname: Some(database.name.clone()), db: Some(database_to_wire(database.clone())) };
        self.tell::<AlterDatabase>(args)
    }

    pub(super) fn drop_a_database(&self, name: &str, cascade: bool) -> Result<()> {
        let name = Some(name.to_string());
        self.tell::<DropDatabase>(DropDatabaseArgs { name, delete_data: Some(false), cascade: Some(cascade) })
    }

    pub(super) fn create_a_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        if is_transactional(table) && !self.keeps(Feature::TransactionalTables)? {
            return Err(self.no_write_ids(&table.database, &table.name));
        }
        let thrift = table_to_wire(table.clone());
        let sorted = constraints::sort(table, constraints);
        let request = CreateTableRequest {
            table: thrift.clone(),
            env_context: Some(statistics_are_known()),
            primary_keys: some(sorted.primary_keys.clone()),
            foreign_keys: some(sorted.foreign_keys.clone()),
            unique_constraints: some(sorted.unique.clone()),
            not_null_constraints: some(sorted.not_null.clone()),
            default_constraints: some(sorted.default.clone()),
            check_constraints: some(sorted.check.clone()),
            processor_capabilities: abilities(),
            processor_identifier: Some(IDENTIFIER.to_string()),
        };
        let new = CreateTableReqArgs { request: Some(request) };
        if constraints.is_empty() {
            return self.either::<CreateTableReq, CreateTableWithEnvironmentContext, ()>(
                Effect::Write,
                new,
                Ok,
                || CreateTableWithEnvironmentContextArgs {
                    tbl: Some(thrift),
                    environment_context: Some(statistics_are_known()),
                },
                Ok,
            );
        }
        self.check_kinds(table, &sorted)?;
        self.check_references(table, constraints)?;
        self.either::<CreateTableReq, CreateTableWithConstraints, ()>(
            Effect::Write,
            new,
            Ok,
            || CreateTableWithConstraintsArgs {
                tbl: Some(thrift),
                primary_keys: Some(sorted.primary_keys),
                foreign_keys: Some(sorted.foreign_keys),
                unique_constraints: some(sorted.unique),
                not_null_constraints: some(sorted.not_null),
                default_constraints: some(sorted.default),
                check_constraints: some(sorted.check),
            },
            Ok,
        )
    }

    pub(super) fn a_table(&self, database: &str, name: &str) -> Result<Table> {
        let request = GetTableRequest {
            db_name: database.to_string(),
            tbl_name: name.to_string(),
            capabilities: Some(ClientCapabilities { values: vec![ClientCapability::INSERT_ONLY_TABLES] }),
            processor_capabilities: abilities(),
            processor_identifier: Some(IDENTIFIER.to_string()),
            ..GetTableRequest::default()
        };
        let found = self.either::<GetTableReq, GetTable, _>(
            Effect::Read,
            GetTableReqArgs { req: Some(request) },
            |found| Ok(found.table),
            || GetTableArgs { dbname: Some(database.to_string()), tbl_name: Some(name.to_string()) },
            Ok,
        )?;
        Ok(table_from_wire(found))
    }

    pub(super) fn names_of_tables(
        &self,
        database: &str,
        pattern: Option<&str>,
        kinds: Option<&[TableKind]>,
    ) -> Result<Vec<String>> {
        let all = match kinds {
            None => self.ask::<GetAllTables>(GetAllTablesArgs { db_name: Some(database.to_string()) })?,
            Some(kinds) => {
                let mut all = Vec::new();
                for kind in kinds {
                    let args = GetTablesByTypeArgs {
                        db_name: Some(database.to_string()),
                        pattern: Some(".*".to_string()),
                        table_type: Some(kind.name().to_string()),
                    };
                    all.extend(self.ask::<GetTablesByType>(args)?);
                }
                all
            }
        };
        if all.is_empty() {
            // Hive says of a database that is not there that it has no tables.
            self.a_database(database)?;
        }
        Ok(matching(all, pattern))
    }

    /// Changes a table's definition. Where its name changes, statistics of its partitions are taken away before and put
    /// back after: Hive 2.3 leaves them under the old name, and a partition that has such cannot be dropped ever after.
    pub(super) fn alter_a_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        if table.is_partitioned() && (database, name) != (&table.database, &table.name) {
            let old = self.a_table(database, name)?;
            let statistics = self.statistics_of_partitions(&old)?;
            for (values, _) in &statistics {
                self.delete_statistics(&old, Some(values), &[])?;
            }
            let changed = self.change_a_table(database, name, table);
            self.set_statistics_of_partitions(if changed.is_ok() { table } else { &old }, &statistics)?;
            return changed;
        }
        self.change_a_table(database, name, table)
    }

    fn change_a_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        if is_transactional(table)
            && !self.keeps(Feature::TransactionalTables)?
            && !is_transactional(&self.a_table(database, name)?)
        {
            return Err(self.no_write_ids(database, name));
        }
        let thrift = table_to_wire(table.clone());
        let changed = self.either::<AlterTableWithEnvironmentContext, AlterTableReq, ()>(
            Effect::Write,
            AlterTableWithEnvironmentContextArgs {
                dbname: Some(database.to_string()),
                tbl_name: Some(name.to_string()),
                new_tbl: Some(thrift.clone()),
                environment_context: Some(statistics_are_known()),
            },
            Ok,
            || {
                let request = AlterTableRequest {
                    db_name: database.to_string(),
                    table_name: name.to_string(),
                    table: thrift,
                    environment_context: Some(statistics_are_known()),
                    processor_capabilities: abilities(),
                    processor_identifier: Some(IDENTIFIER.to_string()),
                    ..AlterTableRequest::default()
                };
                AlterTableReqArgs { req: Some(request) }
            },
            |_| Ok(()),
        );
        match changed {
            // Hive has one exception for all that is wrong.
            Err(MetastoreError::InvalidOperation(message)) => match self.a_table(database, name) {
                Err(missing @ MetastoreError::NoSuchObject(_)) => Err(missing),
                _ => Err(MetastoreError::InvalidOperation(message)),
            },
            other => other,
        }
    }

    pub(super) fn drop_a_table(&self, database: &str, name: &str) -> Result<()> {
        let args = DropTableArgs {
            dbname: Some(database.to_string()),
            name: Some(name.to_string()),
            delete_data: Some(false),
        };
        self.tell::<DropTable>(args)
    }

    pub(super) fn create_a_function(&self, function: &Function) -> Result<()> {
        self.tell::<CreateFunction>(CreateFunctionArgs { func: Some(function_to_wire(function.clone())) })
    }

    pub(super) fn a_function(&self, database: &str, name: &str) -> Result<Function> {
        let args = GetFunctionArgs { db_name: Some(database.to_string()), func_name: Some(name.to_string()) };
        Ok(function_from_wire(self.ask::<GetFunction>(args)?))
    }

    pub(super) fn names_of_functions(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>> {
        let args = GetFunctionsArgs { db_name: Some(database.to_string()), pattern: Some("*".to_string()) };
        let all = self.ask::<GetFunctions>(args)?;
        if all.is_empty() {
            self.a_database(database)?;
        }
        Ok(matching(all, pattern))
    }

    pub(super) fn drop_a_function(&self, database: &str, name: &str) -> Result<()> {
        let args = DropFunctionArgs { db_name: Some(database.to_string()), func_name: Some(name.to_string()) };
        self.tell::<DropFunction>(args)
    }

    /// Makes the changes of a commit one after the other, and forgets its journal then. Where a process dies in between,
    /// the next one makes all of them again, which does no harm.
    pub(super) fn finish(&self, id: i64, changes: &[CatalogChange]) -> Result<()> {
        let Some(claim) = self.journals.claim(id)? else { return Ok(()) };
        for change in changes {
            if let CatalogChange::CommitTransaction(transaction) = change
                && let Err(error) = self.commit_changes(*transaction, changes)
            {
                // What an aborted transaction wrote is not seen: there is nothing more to be done for the commit.
                if matches!(error, MetastoreError::NoSuchTransaction(_) | MetastoreError::TransactionAborted(_)) {
                    claim.forget()?;
                }
                return Err(error);
            }
        }
        for change in changes {
            match change {
                CatalogChange::CreateTable(table) => match self.create_a_table(table, &[]) {
                    // Someone who began to finish this commit has made it.
                    Err(MetastoreError::AlreadyExists(_)) => {}
                    other => other?,
                },
                CatalogChange::AlterTable(table) => self.alter_a_table(&table.database, &table.name, table)?,
                CatalogChange::PutPartitions { database, table, partitions } => {
                    self.put_partitions(&self.table(database, table)?, partitions)?;
                }
                CatalogChange::SetColumnStatistics { database, table, partition, statistics } => {
                    self.set_statistics(&self.table(database, table)?, partition.as_deref(), statistics)?;
                }
                CatalogChange::CommitTransaction(_) => {}
            }
        }
        claim.forget()
    }
}
