//! Any text that parses goes through the analyzer over a small catalog without a panic, and a query that it takes has
//! as many columns as its plan, of the types that it tells.
#![no_main]

use std::sync::{Arc, LazyLock};

use arrow::datatypes::Schema;
use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use datafusion::datasource::{MemTable, provider_as_source};
use libfuzzer_sys::fuzz_target;
use skep::analyzer::{AnalyzeError, Analyzer, AnalyzerContext, AnalyzerSettings, ResolvedTable};
use skep::parser::ast::Statement;
use skep_metastore::model::{FieldSchema, HiveType, StorageDescriptor, Table, TableKind};
use skep_warehouse::types::{arrow_field, arrow_type};

/// Tables of all types, without rows.
struct Catalog {
    tables: Vec<(&'static str, ResolvedTable)>,
    settings: AnalyzerSettings,
}

const TABLES: &[(&str, &[(&str, &str)], usize)] = &[
    (
        "t",
        &[
            ("a", "int"),
            ("b", "string"),
            ("c", "double"),
            ("d", "decimal(10,2)"),
            ("e", "date"),
            ("f", "timestamp"),
            ("g", "boolean"),
            ("h", "binary"),
            ("i", "varchar(10)"),
            ("j", "char(5)"),
        ],
        0,
    ),
    ("n", &[("l", "array<int>"), ("m", "map<string,int>"), ("s", "struct<x:int,y:string>"), ("k", "bigint")], 0),
    ("p", &[("a", "int"), ("b", "string"), ("ds", "string"), ("hr", "int")], 2),
];

fn table(name: &str, columns: &[(&str, &str)], keys: usize) -> Option<ResolvedTable> {
    let columns: Option<Vec<FieldSchema>> = columns
        .iter()
        .map(|(name, ty)| Some(FieldSchema { name: name.to_string(), ty: ty.parse().ok()?, comment: None }))
        .collect();
    let mut columns = columns?;
    let schema = Arc::new(Schema::new(columns.iter().map(arrow_field).collect::<Vec<_>>()));
    let partition_keys = columns.split_off(columns.len() - keys);
    let table = Table {
        database: "default".into(),
        name: name.into(),
        owner: "hive".into(),
        create_time: 0,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: StorageDescriptor { columns, ..StorageDescriptor::default() },
        partition_keys,
        parameters: Default::default(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    };
    let source = provider_as_source(Arc::new(MemTable::try_new(schema, vec![Vec::new()]).ok()?));
    Some(ResolvedTable::Table { table: Arc::new(table), source })
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog {
    tables: TABLES.iter().filter_map(|(name, columns, keys)| Some((*name, table(name, columns, *keys)?))).collect(),
    settings: AnalyzerSettings::default(),
});

impl AnalyzerContext for Catalog {
    fn table(&self, database: Option<&str>, name: &str) -> Result<Option<ResolvedTable>, AnalyzeError> {
        let found = self.tables.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Ok(found.filter(|_| database.is_none_or(|database| database == "default")).map(|(_, table)| table.clone()))
    }

    fn table_names(&self, _: Option<&str>) -> Vec<String> {
        self.tables.iter().map(|(name, _)| name.to_string()).collect()
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
        Utc.timestamp_opt(1_709_249_400, 0).single().unwrap_or_default()
    }

    fn time_zone(&self) -> Tz {
        Tz::Europe__Berlin
    }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Ok(statement) = skep::parser::parse(&text) else { return };
    let analyzer = Analyzer::new(&*CATALOG);
    match statement {
        Statement::Query(source) => match analyzer.analyze_query(&source.query) {
            Ok(query) => {
                let fields = query.plan.schema().fields();
                assert_eq!(fields.len(), query.columns.len());
                for (field, column) in fields.iter().zip(&query.columns) {
                    if column.ty != HiveType::Void {
                        assert_eq!(*field.data_type(), arrow_type(&column.ty), "{}", column.name);
                    }
                }
            }
            Err(error) => drop(error.render(&text)),
        },
        Statement::Insert(insert) => {
            if let Err(error) = analyzer.analyze_insert(&insert) {
                drop(error.render(&text));
            }
        }
        _ => {}
    }
});
