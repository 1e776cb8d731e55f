//! A catalog in memory, and running of statements.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use chrono::{DateTime, TimeZone, Utc};
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use skep_metastore::model::{Constraint, FieldSchema, StorageDescriptor, Table, TableKind};
use skep_udf::text::{TextFormatter, TextStyle};

use crate::analyzer::nodes::SharedRows;
use crate::analyzer::{
    AnalyzeError, AnalyzedInsert, AnalyzedQuery, Analyzer, AnalyzerContext, AnalyzerSettings, InsertPlan, ResolvedTable,
};
use crate::parser::ast::Statement;

/// A catalog of tables and views in memory.
pub struct Catalog {
    pub tables: HashMap<String, ResolvedTable>,
    pub settings: AnalyzerSettings,
    /// Of every table.
    pub constraints: Vec<Constraint>,
}

impl AnalyzerContext for Catalog {
    fn constraints(&self, _: &Table) -> Result<Vec<Constraint>, AnalyzeError> {
        Ok(self.constraints.clone())
    }

    fn table(&self, database: Option<&str>, name: &str) -> Result<Option<ResolvedTable>, AnalyzeError> {
        let key = format!("{}.{}", database.unwrap_or("default"), name).to_lowercase();
        Ok(self.tables.get(&key).cloned())
    }

    fn table_names(&self, _: Option<&str>) -> Vec<String> {
        self.tables.keys().filter_map(|key| key.split('.').nth(1)).map(str::to_string).collect()
    }

    fn database_exists(&self, name: &str) -> bool {
        name == "default"
    }

    fn settings(&self) -> &AnalyzerSettings {
        &self.settings
    }

    fn current_database(&self) -> &str {
        "default"
    }

    fn current_user(&self) -> &str {
        "hive"
    }

    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2024, 2, 29, 23, 30, 0).unwrap()
    }

    fn time_zone(&self) -> chrono_tz::Tz {
        chrono_tz::Europe::Berlin
    }
}

pub fn table(name: &str, columns: &[(&str, &str)]) -> Table {
    let columns = columns
        .iter()
        .map(|(name, ty)| FieldSchema { name: name.to_string(), ty: ty.parse().unwrap(), comment: None })
        .collect();
    Table {
        database: "default".into(),
        name: name.into(),
        owner: "hive".into(),
        create_time: 0,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: StorageDescriptor { columns, ..StorageDescriptor::default() },
        partition_keys: Vec::new(),
        parameters: Default::default(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    }
}

impl Catalog {
    pub fn empty() -> Self {
        Self { tables: HashMap::new(), settings: AnalyzerSettings::default(), constraints: Vec::new() }
    }

    /// A table whose rows are given by a query over what there is already; its columns are the query's.
    pub fn with(mut self, name: &str, columns: &[(&str, &str)], rows: &str) -> Self {
        let types: Vec<String> =
            columns.iter().enumerate().map(|(i, (n, ty))| format!("cast(col{} as {ty}) as {n}", i + 1)).collect();
        let names: Vec<String> = (1..=columns.len()).map(|i| format!("col{i}")).collect();
        let text = format!("select {} from (select {} from (values {rows}) v) w", types.join(", "), names.join(", "));
        let batches = collect(&self.analyze(&text).unwrap());
        let entry = table(name, columns);
        let schema = Arc::new(Schema::new(
            entry.storage.columns.iter().map(skep_warehouse::types::arrow_field).collect::<Vec<_>>(),
        ));
        let batches = batches
            .into_iter()
            .map(|batch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).unwrap())
            .collect();
        let source = provider_as_source(Arc::new(MemTable::try_new(schema, vec![batches]).unwrap()));
        self.tables.insert(format!("default.{name}"), ResolvedTable::Table { table: Arc::new(entry), source });
        self
    }

    pub fn with_partition_keys(mut self, name: &str, keys: usize) -> Self {
        let Some(ResolvedTable::Table { table, .. }) = self.tables.get_mut(&format!("default.{name}")) else {
            panic!("no table {name}");
        };
        let table = Arc::make_mut(table);
        let stored = table.storage.columns.len() - keys;
        table.partition_keys = table.storage.columns.split_off(stored);
        self
    }

    fn entry(&mut self, name: &str) -> &mut Table {
        match self.tables.get_mut(&format!("default.{name}")) {
            Some(ResolvedTable::Table { table, .. }) => Arc::make_mut(table),
            _ => panic!("no table {name}"),
        }
    }

    /// Makes the last column of a table a virtual one.
    pub fn hide_last_column(&mut self, name: &str) {
        self.entry(name).storage.columns.pop();
    }

    pub fn set_parameter(&mut self, name: &str, key: &str, value: &str) {
        self.entry(name).parameters.insert(key.into(), value.into());
    }

    pub fn with_view(mut self, name: &str, columns: &[(&str, &str)], text: &str) -> Self {
        let mut entry = table(name, columns);
        entry.kind = TableKind::View;
        let view = ResolvedTable::View { table: Arc::new(entry), query_text: text.to_string() };
        self.tables.insert(format!("default.{name}"), view);
        self
    }

    pub fn analyze(&self, text: &str) -> Result<AnalyzedQuery, AnalyzeError> {
        match crate::parser::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")) {
            Statement::Query(source) => Analyzer::new(self).analyze_query(&source.query),
            other => panic!("no query: {other:?}"),
        }
    }

    /// The rows as text, fields separated by `|`, rows by `;`.
    pub fn rows(&self, text: &str) -> String {
        let query = self.analyze(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
        check_types(&query);
        lines(&collect(&query)).join("; ")
    }

    /// The same, sorted.
    pub fn sorted(&self, text: &str) -> String {
        let query = self.analyze(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
        check_types(&query);
        let mut lines = lines(&collect(&query));
        lines.sort();
        lines.join("; ")
    }

    /// `name type, name type`
    pub fn columns(&self, text: &str) -> String {
        let query = self.analyze(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
        let columns: Vec<String> = query.columns.iter().map(|c| format!("{} {}", c.name, c.ty)).collect();
        columns.join(", ")
    }

    /// The rows of every branch of an `INSERT`, the partition before them.
    pub fn inserted(&self, text: &str) -> String {
        let analyzed = self.insert(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
        let source = analyzed.source;
        let branch = |branch: InsertPlan| {
            let InsertPlan::Table { plan, target } = branch else { panic!("no table") };
            let plan = source.iter().fold(plan, reading);
            let values: Vec<String> =
                target.partition.iter().map(|value| value.clone().unwrap_or_else(|| "*".to_string())).collect();
            let prefix = if values.is_empty() { String::new() } else { format!("[{}] ", values.join(",")) };
            format!("{prefix}{}", lines(&collect(&AnalyzedQuery { plan, columns: Vec::new() })).join("; "))
        };
        analyzed.branches.into_iter().map(branch).collect::<Vec<_>>().join(" / ")
    }

    pub fn insert(&self, text: &str) -> Result<AnalyzedInsert, AnalyzeError> {
        match crate::parser::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")) {
            Statement::Insert(insert) => Analyzer::new(self).analyze_insert(&insert),
            other => panic!("no insert: {other:?}"),
        }
    }

    pub fn insert_error(&self, text: &str) -> String {
        match self.insert(text) {
            Ok(_) => panic!("no error: {text}"),
            Err(error) => error.to_string(),
        }
    }

    pub fn error(&self, text: &str) -> String {
        match self.analyze(text) {
            Ok(_) => panic!("no error: {text}"),
            Err(error) => error.to_string(),
        }
    }
}

/// The plan with the source in the place of the shared rows.
fn reading(plan: LogicalPlan, source: &LogicalPlan) -> LogicalPlan {
    let in_place = plan.transform_down_with_subqueries(|node| match node {
        LogicalPlan::TableScan(scan) if scan.source.is::<SharedRows>() => {
            let source = LogicalPlanBuilder::from(source.clone()).alias(SharedRows::NAME)?.build()?;
            Ok(Transformed::new(source, true, TreeNodeRecursion::Jump))
        }
        node => Ok(Transformed::no(node)),
    });
    in_place.unwrap().data
}

/// The plan's Arrow types are those of the Hive types.
pub fn check_types(query: &AnalyzedQuery) {
    assert_eq!(query.plan.schema().fields().len(), query.columns.len());
    for (field, column) in query.plan.schema().fields().iter().zip(&query.columns) {
        assert_eq!(*field.data_type(), skep_warehouse::types::arrow_type(&column.ty), "{}", column.name);
    }
}

pub fn collect(query: &AnalyzedQuery) -> Vec<RecordBatch> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut config = SessionConfig::new().with_target_partitions(1);
    crate::analyzer::configure(config.options_mut());
    config.options_mut().execution.time_zone = Some("Europe/Berlin".to_string());
    let planner = crate::executor::operators::query_planner(Arc::default(), u64::MAX);
    let state =
        SessionStateBuilder::new_with_default_features().with_config(config).with_query_planner(planner).build();
    let context = SessionContext::new_with_state(state);
    let batches = runtime.block_on(async {
        let frame = context.execute_logical_plan(query.plan.clone()).await.unwrap();
        frame.collect().await
    });
    batches.unwrap_or_else(|error| panic!("{error}\n{}", query.plan.display_indent()))
}

pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let style = TextStyle::cli("Europe/Berlin".parse().unwrap());
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayRef> = batch.columns().to_vec();
        let formatters: Vec<TextFormatter<'_>> =
            columns.iter().map(|column| TextFormatter::new(column.as_ref(), style).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let mut line = String::new();
            for (i, formatter) in formatters.iter().enumerate() {
                if i > 0 {
                    line.push('|');
                }
                formatter.write(row, &mut line);
            }
            lines.push(line);
        }
    }
    lines
}

/// People and their pets.
pub fn catalog() -> Catalog {
    Catalog::empty()
        .with(
            "people",
            &[("id", "int"), ("name", "string"), ("age", "int"), ("city", "varchar(10)")],
            "(1, 'ann', 30, 'rome'), (2, 'bob', 20, 'oslo'), (3, 'cid', null, 'rome'), (4, null, 40, null)",
        )
        .with(
            "pets",
            &[("owner", "int"), ("pet", "string"), ("weight", "double")],
            "(1, 'cat', 4.5), (1, 'dog', 9), (2, 'cat', 3), (9, 'fox', 6), (null, 'owl', 1)",
        )
}
