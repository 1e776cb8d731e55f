//! The syntax tree of HiveQL statements.
//!
//! Statements that are not queries have a struct of their own each; the query part is sqlparser's tree, normalised
//! (see [`query`]). Names keep the case they were typed in; Hive compares them without case, so catalogs are asked
//! with [`Ident::lower`].

mod alter_table;
mod analyze;
mod authorization;
mod common;
mod connector;
mod database;
mod describe;
mod dml;
mod explain;
mod export_import;
mod function;
mod lock;
mod materialized_view;
mod prepare;
pub mod query;
mod row_change;
mod scheduled;
mod show;
mod storage;
mod table;
mod transaction;
mod transform;
mod unsupported;
mod view;
mod workload;

pub use alter_table::*;
pub use analyze::*;
pub use authorization::*;
pub use common::*;
pub use connector::*;
pub use database::*;
pub use describe::*;
pub use dml::*;
pub use explain::*;
pub use export_import::*;
pub use function::*;
pub use lock::*;
pub use materialized_view::*;
pub use prepare::*;
pub use row_change::*;
pub use scheduled::*;
pub use show::*;
pub use storage::*;
pub use table::*;
pub use transaction::ShowCompactions;
pub use transform::*;
pub use unsupported::*;
pub use view::*;
pub use workload::*;

/// One HiveQL statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `SELECT`, `WITH … SELECT`, `FROM … SELECT`, `VALUES`
    Query(SourceQuery),
    /// `INSERT`, also `FROM … INSERT … INSERT …`
    Insert(Insert),
    /// `UPDATE`
    Update(Update),
    /// `DELETE`
    Delete(Delete),
    /// `MERGE`
    Merge(Merge),
    /// `LOAD DATA`
    LoadData(LoadData),
    /// `EXPLAIN`
    Explain(Explain),
    /// `CREATE DATABASE`
    CreateDatabase(CreateDatabase),
    /// `DROP DATABASE`
    DropDatabase(DropDatabase),
    /// `ALTER DATABASE`
    AlterDatabase(AlterDatabase),
    /// `USE name`
    UseDatabase(Ident),
    /// `CREATE TABLE`
    CreateTable(CreateTable),
    /// `CREATE TABLE … LIKE …`
    CreateTableLike(CreateTableLike),
    /// `DROP TABLE`
    DropTable(DropTable),
    /// `TRUNCATE TABLE`
    TruncateTable(TruncateTable),
    /// `ALTER TABLE`
    AlterTable(AlterTable),
    /// `CREATE VIEW`
    CreateView(CreateView),
    /// `CREATE MATERIALIZED VIEW`
    CreateMaterializedView(Box<CreateMaterializedView>),
    /// `DROP MATERIALIZED VIEW`
    DropMaterializedView(DropMaterializedView),
    /// `ALTER MATERIALIZED VIEW`
    AlterMaterializedView(AlterMaterializedView),
    /// `DROP VIEW`
    DropView(DropView),
    /// `ALTER VIEW`
    AlterView(AlterView),
    /// `CREATE FUNCTION`
    CreateFunction(CreateFunction),
    /// `DROP FUNCTION`
    DropFunction(DropFunction),
    /// `RELOAD FUNCTIONS`
    ReloadFunctions,
    /// `CREATE TEMPORARY MACRO`
    CreateMacro(CreateMacro),
    /// `DROP TEMPORARY MACRO`
    DropMacro(DropMacro),
    /// `SHOW …`
    Show(Show),
    /// `DESCRIBE …`
    Describe(Describe),
    /// `ANALYZE TABLE`
    AnalyzeTable(AnalyzeTable),
    /// `MSCK`
    Msck(Msck),
    /// `LOCK`
    Lock(Lock),
    /// `UNLOCK`
    Unlock(LockTarget),
    /// `PREPARE`
    Prepare(Prepare),
    /// `EXECUTE`
    Execute(Execute),
    /// Data connectors
    Connector(ConnectorStatement),
    /// Roles and privileges
    Authorization(AuthorizationStatement),
    /// Resource plans
    Workload(WorkloadStatement),
    /// Scheduled queries
    ScheduledQuery(ScheduledQueryStatement),
    /// `EXPORT TABLE`
    Export(Export),
    /// `ABORT TRANSACTIONS id…`
    AbortTransactions(Vec<i64>),
    /// `ABORT COMPACTIONS id…`
    AbortCompactions(Vec<i64>),
    /// `KILL QUERY 'id'…`: ids or tags of queries
    KillQueries(Vec<String>),
    /// `IMPORT`
    Import(Import),
}
