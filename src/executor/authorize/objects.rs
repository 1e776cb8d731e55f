//! What a statement reads and writes, as Hive's `ReadEntity` and `WriteEntity` have it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use skep_metastore::model::{Table, partition_name};
use skep_warehouse::scan::HiveTable;

use crate::analyzer::{Analyzer, InsertPlan};
use crate::error::Result;
use crate::executor::context::StatementContext;
use crate::executor::{names, prepare, query};
use crate::parser::ast::query::Query;
use crate::parser::ast::{CreateTable, Describe, Ident, Insert, InsertTarget, LikeSource, ObjectName, Show, Statement};
use crate::session::Session;
use crate::session::authorizer::{ObjectAction, ObjectKind, PrivilegeObject};

/// What a statement does.
#[derive(Debug)]
pub struct Seen {
    pub operation: &'static str,
    pub inputs: Vec<PrivilegeObject>,
    pub outputs: Vec<PrivilegeObject>,
}

impl Seen {
    pub fn new(operation: &'static str) -> Self {
        Self { operation, inputs: Vec::new(), outputs: Vec::new() }
    }

    /// What the statement does. `None` for one that only runs another, which is asked about itself.
    pub fn of(session: &Session, statement: &Statement) -> Result<Option<Self>> {
        let mut seen = Self::new("QUERY");
        match statement {
            Statement::Query(source) => seen.query(session, &source.query)?,
            Statement::Insert(insert) => seen.insert(session, insert)?,
            Statement::Update(update) => {
                let context = StatementContext::new(session);
                let change = Analyzer::new(&context).analyze_update(update)?;
                seen.reads(session, &context, [&change.plan])?;
                seen.writes(&change.table, ObjectAction::Update, None);
            }
            Statement::Delete(delete) => {
                let context = StatementContext::new(session);
                let change = Analyzer::new(&context).analyze_delete(delete)?;
                seen.reads(session, &context, [&change.plan])?;
                seen.writes(&change.table, ObjectAction::Delete, None);
            }
            Statement::Merge(merge) => {
                let context = StatementContext::new(session);
                let change = Analyzer::new(&context).analyze_merge(merge)?;
                seen.reads(session, &context, [&change.plan])?;
                seen.writes(&change.table, ObjectAction::Update, None);
            }
            Statement::LoadData(load) => {
                seen.operation = "LOAD";
                seen.input_uri(if load.local { ObjectKind::LocalUri } else { ObjectKind::Uri }, &load.path);
                let action = if load.overwrite { ObjectAction::InsertOverwrite } else { ObjectAction::Insert };
                let table = table_of(session, &load.table);
                seen.outputs.push(PrivilegeObject { action, ..table });
            }
            Statement::Explain(explain) => {
                let replaced = prepare::explained(session, explain)?;
                let inner = replaced.as_ref().unwrap_or(explain).statement.as_ref();
                return Ok(Self::of(session, inner)?.map(|inner| Self { operation: "EXPLAIN", ..inner }));
            }
            // What is prepared is asked about when it is executed, and then as the statement that it is.
            Statement::Prepare(_) | Statement::Execute(_) => return Ok(None),
            Statement::KillQueries(_) => seen.operation = "KILL_QUERY",
            Statement::CreateDatabase(create) => {
                seen.operation = "CREATEDATABASE";
                seen.outputs.push(database(&create.name));
                seen.location(create.location.as_deref());
            }
            Statement::DropDatabase(drop) => {
                seen.operation = "DROPDATABASE";
                seen.both(database(&drop.name));
            }
            Statement::AlterDatabase(alter) => seen.alter_database(alter),
            Statement::UseDatabase(name) => {
                seen.operation = "SWITCHDATABASE";
                seen.inputs.push(database(name));
            }
            Statement::CreateTable(create) => seen.create_table(session, create)?,
            Statement::CreateTableLike(create) => {
                seen.operation = "CREATETABLE";
                match &create.source {
                    LikeSource::Table(name) => seen.inputs.push(table_of(session, name)),
                    LikeSource::File { path, .. } => seen.input_uri(ObjectKind::Uri, path),
                }
                seen.new_table(session, &create.name, create.location.as_deref());
            }
            Statement::DropTable(drop) => seen.change(session, "DROPTABLE", &drop.name),
            Statement::TruncateTable(truncate) => {
                seen.operation = "TRUNCATETABLE";
                seen.outputs.push(table_of(session, &truncate.name));
            }
            Statement::AlterTable(alter) => seen.alter_table(session, alter),
            Statement::CreateView(create) => {
                seen.operation = "CREATEVIEW";
                seen.query(session, &create.query.query)?;
                seen.new_table(session, &create.name, None);
            }
            Statement::CreateMaterializedView(create) => {
                seen.operation = "CREATE_MATERIALIZED_VIEW";
                seen.query(session, &create.query.query)?;
                seen.new_table(session, &create.name, create.location.as_deref());
            }
            Statement::DropMaterializedView(drop) => seen.change(session, "DROP_MATERIALIZED_VIEW", &drop.name),
            Statement::AlterMaterializedView(alter) => seen.alter_materialized_view(session, alter)?,
            Statement::DropView(drop) => seen.change(session, "DROPVIEW", &drop.name),
            Statement::AlterView(alter) => seen.alter_view(session, alter)?,
            Statement::CreateFunction(create) => {
                seen.operation = "CREATEFUNCTION";
                seen.outputs.push(function(session, &create.name, create.temporary));
                for resource in &create.resources {
                    seen.input_uri(ObjectKind::Uri, &resource.uri);
                }
            }
            Statement::DropFunction(drop) => {
                seen.operation = "DROPFUNCTION";
                seen.both(function(session, &drop.name, drop.temporary));
            }
            Statement::ReloadFunctions => seen.operation = "RELOADFUNCTION",
            Statement::CreateMacro(create) => {
                seen.operation = "CREATEMACRO";
                seen.outputs.push(PrivilegeObject::new(ObjectKind::Function, None, create.name.lower()));
            }
            Statement::DropMacro(drop) => {
                seen.operation = "DROPMACRO";
                seen.outputs.push(PrivilegeObject::new(ObjectKind::Function, None, drop.name.lower()));
            }
            Statement::Show(show) => seen.show(session, show),
            Statement::Describe(describe) => match describe {
                Describe::Database { name, .. } => {
                    seen.operation = "DESCDATABASE";
                    seen.inputs.push(database(name));
                }
                Describe::Function { .. } => seen.operation = "DESCFUNCTION",
                Describe::Table(describe) => {
                    seen.operation = "DESCTABLE";
                    seen.inputs.push(table_of(session, &describe.table));
                }
            },
            Statement::AnalyzeTable(analyze) => seen.change(session, "ANALYZE_TABLE", &analyze.table),
            Statement::Msck(msck) => {
                seen.operation = "MSCK";
                seen.outputs.push(table_of(session, &msck.table));
            }
            Statement::Lock(lock) => seen.lock(session, &lock.target, "LOCKDB", "LOCKTABLE"),
            Statement::Unlock(target) => seen.lock(session, target, "UNLOCKDB", "UNLOCKTABLE"),
            Statement::Connector(statement) => seen.connector(statement),
            Statement::Authorization(statement) => seen.authorization(session, statement),
            Statement::Workload(statement) => seen.workload(statement),
            Statement::ScheduledQuery(statement) => seen.scheduled(session, statement),
            Statement::Export(export) => {
                seen.operation = "EXPORT";
                seen.inputs.push(table_of(session, &export.table));
                seen.outputs.push(PrivilegeObject::new(ObjectKind::Uri, None, &export.path));
            }
            Statement::Import(import) => {
                seen.operation = "IMPORT";
                seen.input_uri(ObjectKind::Uri, &import.path);
                match &import.table {
                    Some(name) => seen.new_table(session, name, import.location.as_deref()),
                    None => seen.outputs.push(current_database(session)),
                }
            }
            Statement::AbortTransactions(_) => seen.server("ABORT_TRANSACTIONS"),
            Statement::AbortCompactions(_) => seen.server("ABORT_COMPACTION"),
        }
        Ok(Some(seen))
    }

    /// The tables of a query.
    pub fn query(&mut self, session: &Session, query: &Query) -> Result<()> {
        let context = StatementContext::new(session);
        let plan = Analyzer::new(&context).analyze_query(query)?.plan;
        self.reads(session, &context, [&plan])
    }

    fn insert(&mut self, session: &Session, insert: &Insert) -> Result<()> {
        let context = StatementContext::new(session);
        let mut analyzed = Analyzer::new(&context).analyze_insert(insert)?;
        let mut plans: Vec<LogicalPlan> = analyzed.source.iter().cloned().collect();
        plans.extend(analyzed.branches.iter_mut().map(|branch| branch.plan_mut().clone()));
        self.reads(session, &context, &plans)?;
        for branch in &analyzed.branches {
            match branch {
                InsertPlan::Table { target, .. } => {
                    let overwrite = target.overwrite;
                    let action = if overwrite { ObjectAction::InsertOverwrite } else { ObjectAction::Insert };
                    let keys = &target.table.partition_keys;
                    let values: Option<Vec<String>> = target.partition.iter().cloned().collect();
                    let partition = values.filter(|_| !keys.is_empty()).map(|values| partition_name(keys, &values));
                    self.writes(&target.table, action, partition);
                }
                InsertPlan::Directory { branch, .. } => {
                    let target = insert.branches.get(*branch).map(|branch| &branch.target);
                    if let Some(InsertTarget::Directory(directory)) = target {
                        let kind = if directory.local { ObjectKind::LocalUri } else { ObjectKind::Uri };
                        self.outputs.push(PrivilegeObject::new(kind, None, &directory.path));
                    }
                }
            }
        }
        Ok(())
    }

    fn create_table(&mut self, session: &Session, create: &CreateTable) -> Result<()> {
        self.operation = "CREATETABLE";
        if let Some(source) = &create.query {
            self.operation = "CREATETABLE_AS_SELECT";
            self.query(session, &source.query)?;
        }
        if create.kind.temporary {
            self.location(create.location.as_deref());
        } else {
            self.new_table(session, &create.name, create.location.as_deref());
        }
        Ok(())
    }

    fn show(&mut self, session: &Session, show: &Show) {
        let mut of_database = |operation: &'static str, name: &Option<Ident>| {
            self.operation = operation;
            self.inputs.push(name.as_ref().map_or_else(|| current_database(session), database));
        };
        let mut of_table = None;
        match show {
            Show::Databases { .. } => self.operation = "SHOWDATABASES",
            Show::Tables { database, .. } => of_database("SHOWTABLES", database),
            Show::Views { database, .. } => of_database("SHOWVIEWS", database),
            Show::MaterializedViews { database, .. } => of_database("SHOWMATERIALIZEDVIEWS", database),
            Show::TableExtended { database, .. } => of_database("SHOW_TABLESTATUS", database),
            Show::CreateDatabase(name) => of_database("SHOW_CREATEDATABASE", &Some(name.clone())),
            Show::Columns { table, .. } => of_table = Some(("SHOWCOLUMNS", table)),
            Show::Partitions(show) => of_table = Some(("SHOWPARTITIONS", &show.table)),
            Show::CreateTable(table) => of_table = Some(("SHOW_CREATETABLE", table)),
            Show::TableProperties { table, .. } => of_table = Some(("SHOW_TBLPROPERTIES", table)),
            Show::Functions { .. } => self.operation = "SHOWFUNCTIONS",
            Show::Locks { target, .. } => self.show_locks(session, target.as_ref()),
            Show::Compactions(_) => self.operation = "SHOW_COMPACTIONS",
            Show::Transactions => self.operation = "SHOW_TRANSACTIONS",
            Show::Conf(_) => self.operation = "SHOWCONF",
            Show::Processes => self.operation = "SHOW_PROCESSLIST",
        }
        if let Some((operation, table)) = of_table {
            self.operation = operation;
            self.inputs.push(table_of(session, table));
        }
    }

    /// The tables and views that plans read, with the columns of tables that are used.
    pub fn reads<'p>(
        &mut self,
        session: &Session,
        context: &StatementContext<'_>,
        plans: impl IntoIterator<Item = &'p LogicalPlan>,
    ) -> Result<()> {
        let state = query::state(session)?;
        let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut scanned = BTreeSet::new();
        for plan in plans {
            scans(plan, &mut |table, _| {
                scanned.insert(table.qualified_name());
            })?;
            scans(&state.optimize(plan)?, &mut |table, used| {
                columns.entry(table.qualified_name()).or_default().extend(used);
            })?;
        }
        let named = context.named_tables();
        for table in context.read_tables() {
            let name = table.qualified_name();
            // The analyzer looks targets up, too.
            if !table.is_view() && !scanned.contains(&name) {
                continue;
            }
            let mut object = of_table(&table);
            object.direct = named.contains(&name);
            object.columns = columns.remove(&name).unwrap_or_default().into_iter().collect();
            self.inputs.push(object);
        }
        Ok(())
    }

    fn writes(&mut self, table: &Table, action: ObjectAction, partition: Option<String>) {
        self.outputs.push(PrivilegeObject { action, partition, ..of_table(table) });
    }

    /// A table that is made, in its database.
    pub fn new_table(&mut self, session: &Session, name: &ObjectName, location: Option<&str>) {
        let table = table_of(session, name);
        let database = table.database.clone().unwrap_or_default();
        self.outputs.push(PrivilegeObject::new(ObjectKind::Database, None, database));
        self.outputs.push(table);
        self.location(location);
    }

    /// A table or view that is changed or removed.
    pub fn change(&mut self, session: &Session, operation: &'static str, name: &ObjectName) {
        self.operation = operation;
        self.both(table_of(session, name));
    }

    /// What is looked at and changed.
    pub fn both(&mut self, object: PrivilegeObject) {
        self.inputs.push(object.clone());
        self.outputs.push(object);
    }

    pub fn location(&mut self, location: Option<&str>) {
        if let Some(location) = location {
            self.input_uri(ObjectKind::Uri, location);
        }
    }

    fn input_uri(&mut self, kind: ObjectKind, path: &str) {
        self.inputs.push(PrivilegeObject::new(kind, None, path));
    }

    /// What concerns all of the server.
    pub fn server(&mut self, operation: &'static str) {
        self.operation = operation;
        self.outputs.push(PrivilegeObject::new(ObjectKind::Service, None, "hiveserver2"));
    }
}

/// Calls `work` for each table that is scanned, with the columns that are read.
fn scans(plan: &LogicalPlan, work: &mut impl FnMut(&Arc<Table>, Vec<String>)) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = provider.downcast_ref::<HiveTable>()
        {
            let table = table.table();
            let mut used: Vec<String> = scan.projected_schema.fields().iter().map(|f| f.name().clone()).collect();
            let conditions = scan.filters.iter().flat_map(|filter| filter.column_refs());
            used.extend(conditions.map(|column| column.name.clone()));
            used.retain(|name| table.all_columns().any(|column| column.name == *name));
            work(table, used);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn of_table(table: &Table) -> PrivilegeObject {
    PrivilegeObject::table(&table.database, &table.name)
}

/// The table of a name, be it there or not.
pub fn table_of(session: &Session, name: &ObjectName) -> PrivilegeObject {
    let (database, table) = names::resolve(session, name);
    PrivilegeObject::table(&database, &table)
}

/// A database.
pub fn database(name: &Ident) -> PrivilegeObject {
    PrivilegeObject::database(&name.lower())
}

/// The current one.
pub fn current_database(session: &Session) -> PrivilegeObject {
    PrivilegeObject::database(session.current_database())
}

fn function(session: &Session, name: &ObjectName, temporary: bool) -> PrivilegeObject {
    let (database, function) = names::resolve(session, name);
    PrivilegeObject::new(ObjectKind::Function, Some(database).filter(|_| !temporary), function)
}
