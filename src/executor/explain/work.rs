//! What a statement does.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use skep_metastore::model::{Table, partition_name};
use skep_warehouse::scan::HiveTable;

use crate::analyzer::{AnalyzedQuery, Analyzer, InsertPlan, OutputColumn};
use crate::error::Result;
use crate::executor::context::StatementContext;
use crate::executor::multi_insert::Shared;
use crate::executor::{names, query};
use crate::parser::ast::{ObjectName, Statement};
use crate::session::Session;

/// A query of the statement.
pub struct Part {
    /// What is done with the rows.
    pub title: String,
    /// Gives the rows.
    pub plan: LogicalPlan,
    /// What users see, for the plan's output columns; empty where the rows go into a table.
    pub columns: Vec<OutputColumn>,
}

/// How a thing that is changed is kept from others meanwhile (Hive's `LockType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// `SHARED_READ`
    SharedRead,
    /// `SHARED_WRITE`
    SharedWrite,
    /// `EXCL_WRITE`
    ExclusiveWrite,
    /// `EXCLUSIVE`
    Exclusive,
}

impl Hold {
    /// Hive's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SharedRead => "SHARED_READ",
            Self::SharedWrite => "SHARED_WRITE",
            Self::ExclusiveWrite => "EXCL_WRITE",
            Self::Exclusive => "EXCLUSIVE",
        }
    }
}

/// A thing that is changed.
pub struct Write {
    /// Database.
    pub database: String,
    /// Table; none if the database itself is meant.
    pub table: Option<String>,
    /// Name of the one partition that is meant.
    pub partition: Option<String>,
    /// Its lock.
    pub hold: Hold,
}

impl Write {
    /// `database.table`
    pub fn name(&self) -> String {
        match &self.table {
            Some(table) => format!("{}.{table}", self.database),
            None => self.database.clone(),
        }
    }

    /// As Hive writes entities of hooks: `database:d`, `d@t`, `d@t@ds=1`.
    pub fn entity(&self) -> String {
        match (&self.table, &self.partition) {
            (Some(table), Some(partition)) => format!("{}@{table}@{partition}", self.database),
            (Some(table), None) => format!("{}@{table}", self.database),
            (None, _) => format!("database:{}", self.database),
        }
    }
}

/// What a statement does.
pub struct Work {
    /// Its first words.
    pub command: String,
    /// Hive's name of the operation (`HiveOperation`).
    pub operation: String,
    /// Its queries.
    pub parts: Vec<Part>,
    /// The first of its queries is read by all others.
    pub shared: Option<Shared>,
    /// Tables and views that are read, in the order of their names.
    pub reads: Vec<Arc<Table>>,
    /// What is changed.
    pub writes: Vec<Write>,
}

impl Work {
    /// Analyzes the statement.
    pub fn of(session: &Session, statement: &Statement, text: &str) -> Result<Work> {
        let (command, operation) = words(text);
        let (parts, reads, writes) = (Vec::new(), Vec::new(), Vec::new());
        let mut work = Work { command, operation, parts, shared: None, reads, writes };
        let context = StatementContext::new(session);
        let analyzer = Analyzer::new(&context);
        work.analyze(session, &analyzer, statement)?;
        work.reads = context.read_tables();
        if !work.writes.is_empty() && !work.parts.is_empty() {
            // The analyzer looks targets up, too.
            let scanned = scanned(&work.parts)?;
            work.reads.retain(|table| table.is_view() || scanned.contains(&table.qualified_name()));
        }
        work.named_reads(session, statement)?;
        work.reads.sort_by_key(|table| table.qualified_name());
        Ok(work)
    }

    fn query(&mut self, title: impl Into<String>, query: AnalyzedQuery) {
        self.parts.push(Part { title: title.into(), plan: query.plan, columns: query.columns });
    }

    fn rows(&mut self, title: String, plan: LogicalPlan) {
        self.parts.push(Part { title, plan, columns: Vec::new() });
    }

    fn analyze(&mut self, session: &Session, analyzer: &Analyzer<'_>, statement: &Statement) -> Result<()> {
        match statement {
            Statement::Query(source) => {
                self.operation = "QUERY".into();
                self.query("Query", analyzer.analyze_query(&source.query)?);
            }
            Statement::CreateTable(create) => {
                let write = target(session, &create.name, Hold::ExclusiveWrite);
                if let Some(source) = &create.query {
                    self.operation = "CREATETABLE_AS_SELECT".into();
                    let title = format!("Create Table {} As", write.name());
                    self.query(title, analyzer.analyze_query(&source.query)?);
                }
                self.database_of(&write, Hold::SharedRead);
                self.writes.push(write);
            }
            Statement::CreateView(create) => {
                self.operation = "CREATEVIEW".into();
                let write = target(session, &create.name, Hold::Exclusive);
                self.query(format!("Create View {} As", write.name()), analyzer.analyze_query(&create.query.query)?);
                self.database_of(&write, Hold::SharedRead);
                self.writes.push(write);
            }
            Statement::Insert(insert) => {
                self.operation = "QUERY".into();
                let mut analyzed = analyzer.analyze_insert(insert)?;
                if let Some(source) = analyzed.source {
                    let plans = analyzed.branches.iter_mut().map(|branch| branch.plan_mut().clone()).collect();
                    let shared = Shared::new(&query::state(session)?, source, plans)?;
                    for (branch, plan) in analyzed.branches.iter_mut().zip(&shared.branches) {
                        *branch.plan_mut() = plan.clone();
                    }
                    self.rows("Shared Source".into(), shared.source.clone());
                    self.shared = Some(shared);
                }
                analyzed.branches.into_iter().for_each(|branch| self.insert(branch));
            }
            Statement::Update(update) => {
                let change = analyzer.analyze_update(update)?;
                self.change("Update", &change.table, change.plan);
            }
            Statement::Delete(delete) => {
                let change = analyzer.analyze_delete(delete)?;
                self.change("Delete From", &change.table, change.plan);
            }
            Statement::Merge(merge) => {
                let change = analyzer.analyze_merge(merge)?;
                self.change("Merge Into", &change.table, change.plan);
            }
            Statement::CreateTableLike(create) => {
                let write = target(session, &create.name, Hold::ExclusiveWrite);
                self.database_of(&write, Hold::SharedRead);
                self.writes.push(write);
            }
            Statement::LoadData(load) => {
                self.operation = "LOAD".into();
                self.writes.push(target(session, &load.table, Hold::ExclusiveWrite));
            }
            Statement::CreateDatabase(create) => self.database(&create.name.lower(), Hold::SharedRead),
            Statement::DropDatabase(drop) => self.database(&drop.name.lower(), Hold::Exclusive),
            Statement::AlterDatabase(alter) => self.database(&alter.name.lower(), Hold::ExclusiveWrite),
            Statement::DropTable(drop) => self.writes.push(target(session, &drop.name, Hold::Exclusive)),
            Statement::TruncateTable(truncate) => {
                self.writes.push(target(session, &truncate.name, Hold::ExclusiveWrite));
            }
            Statement::AlterTable(alter) => self.writes.push(target(session, &alter.name, Hold::Exclusive)),
            Statement::DropView(drop) => self.writes.push(target(session, &drop.name, Hold::Exclusive)),
            Statement::AlterView(alter) => self.writes.push(target(session, &alter.name, Hold::Exclusive)),
            Statement::AnalyzeTable(analyze) => {
                self.operation = "ANALYZE_TABLE".into();
                self.writes.push(target(session, &analyze.table, Hold::SharedRead));
            }
            Statement::Msck(msck) => {
                self.operation = "MSCK".into();
                self.writes.push(target(session, &msck.table, Hold::Exclusive));
            }
            Statement::UseDatabase(_) => self.operation = "SWITCHDATABASE".into(),
            Statement::Describe(_) => self.operation = "DESCTABLE".into(),
            _ => {}
        }
        Ok(())
    }

    fn insert(&mut self, branch: InsertPlan) {
        match branch {
            InsertPlan::Table { plan, target } => {
                let table = &target.table;
                let word = if target.overwrite { "Overwrite" } else { "Into" };
                let values: Option<Vec<String>> = target.partition.iter().cloned().collect();
                let keys = &table.partition_keys;
                let partition = values.filter(|_| !keys.is_empty()).map(|values| partition_name(keys, &values));
                let title = match &partition {
                    Some(partition) => format!("Insert {word} {} Partition {partition}", table.qualified_name()),
                    None => format!("Insert {word} {}", table.qualified_name()),
                };
                self.writes.push(Write {
                    database: table.database.clone(),
                    table: Some(table.name.clone()),
                    partition,
                    hold: if target.overwrite { Hold::ExclusiveWrite } else { Hold::SharedRead },
                });
                self.rows(title, plan);
            }
            InsertPlan::Directory { query, .. } => self.query("Insert Overwrite Directory", query),
        }
    }

    fn change(&mut self, what: &str, table: &Arc<Table>, plan: LogicalPlan) {
        self.operation = "QUERY".into();
        self.writes.push(Write {
            database: table.database.clone(),
            table: Some(table.name.clone()),
            partition: None,
            hold: Hold::SharedWrite,
        });
        self.rows(format!("{what} {}", table.qualified_name()), plan);
    }

    fn database(&mut self, name: &str, hold: Hold) {
        self.writes.push(Write { database: name.to_string(), table: None, partition: None, hold });
    }

    fn database_of(&mut self, write: &Write, hold: Hold) {
        self.database(&write.database, hold);
    }

    /// Tables that a statement without a query reads, if they are there.
    fn named_reads(&mut self, session: &Session, statement: &Statement) -> Result<()> {
        let name = match statement {
            Statement::DropTable(drop) => &drop.name,
            Statement::TruncateTable(truncate) => &truncate.name,
            Statement::AlterTable(alter) => &alter.name,
            Statement::DropView(drop) => &drop.name,
            Statement::AlterView(alter) => &alter.name,
            Statement::AnalyzeTable(analyze) => &analyze.table,
            _ => return Ok(()),
        };
        if let Some(table) = names::find_table(session, name)? {
            self.reads.push(Arc::new(table));
        }
        Ok(())
    }
}

/// The tables that the plans scan.
fn scanned(parts: &[Part]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for part in parts {
        part.plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && let Ok(provider) = source_as_provider(&scan.source)
                && let Some(table) = provider.downcast_ref::<HiveTable>()
            {
                found.insert(table.table().qualified_name());
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok(found)
}

fn target(session: &Session, name: &ObjectName, hold: Hold) -> Write {
    let (database, table) = names::resolve(session, name);
    Write { database, table: Some(table), partition: None, hold }
}

/// The words that name a command, and Hive's operation of that name.
fn words(text: &str) -> (String, String) {
    const MODIFIERS: [&str; 6] = ["TEMPORARY", "EXTERNAL", "TRANSACTIONAL", "MANAGED", "OR", "REPLACE"];
    let all = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let named: Vec<String> =
        all.map(str::to_uppercase).filter(|word| !MODIFIERS.contains(&word.as_str())).take(2).collect();
    (named.join(" "), named.concat())
}
