//! `SHOW CREATE TABLE`, in Hive's layout.

use skep_metastore::model::{FieldSchema, HiveType, Materialization, StorageDescriptor, Table, TableKind};

use crate::error::Result;
use crate::executor::names;
use crate::parser::ast::ObjectName;
use crate::session::{Outcome, Session};

/// Properties that say nothing about how the table is made.
const LEFT_OUT: [&str; 12] = [
    skep_metastore::model::Materialization::PROPERTY,
    "TEMPORARY",
    "EXTERNAL",
    "comment",
    "SORTBUCKETCOLSPREFIX",
    "COLUMN_STATS_ACCURATE",
    "numFiles",
    "totalSize",
    "numRows",
    "rawDataSize",
    "numFilesErasureCoded",
    "storage_handler",
];

/// Runs the statement.
pub fn run(session: &Session, name: &ObjectName) -> Result<Outcome> {
    let table = names::table(session, name)?;
    // The database is shown where it was named.
    let shown = match &name.database {
        Some(_) => format!("{}.{}", names::quoted(&table.database), names::quoted(&table.name)),
        None => names::quoted(&table.name),
    };
    let mut lines = if table.is_view() { view(&table, &shown) } else { create_table(&table, &shown) };
    lines.extend(crate::executor::describe::constraints::statements(session, &table)?);
    Outcome::lines("createtab_stmt", lines)
}

fn view(table: &Table, name: &str) -> Vec<String> {
    let text = table.view_expanded_text.as_deref().unwrap_or_default();
    format!("CREATE VIEW {name} AS {text}").lines().map(str::to_string).collect()
}

/// The statement that makes the table anew, line by line.
pub fn create_table(table: &Table, name: &str) -> Vec<String> {
    let temporary = if table.temporary { "TEMPORARY " } else { "" };
    let external = if table.kind == TableKind::External { "EXTERNAL " } else { "" };
    let mut lines = vec![format!("CREATE {temporary}{external}TABLE {name}(")];
    let materialized = table.kind == TableKind::MaterializedView;
    if materialized {
        lines = vec![format!("CREATE MATERIALIZED VIEW {name}")];
        if Materialization::of(table).is_some_and(|kept| !kept.rewrite) {
            lines.push("DISABLE REWRITE".into());
        }
    } else {
        list_fields(&mut lines, &table.storage.columns);
    }
    if let Some(comment) = table.parameters.get("comment") {
        lines.push(format!("COMMENT '{}'", escape(comment)));
    }
    if materialized && table.is_partitioned() {
        let names: Vec<String> = table.partition_keys.iter().map(|key| names::quoted(&key.name)).collect();
        lines.push(format!("PARTITIONED ON ({})", names.join(", ")));
    } else if table.is_partitioned() {
        lines.push("PARTITIONED BY ( ".into());
        list_fields(&mut lines, &table.partition_keys);
    }
    buckets(&mut lines, &table.storage);
    skewed(&mut lines, &table.storage);
    row_format(&mut lines, &table.storage, table.parameters.get("storage_handler"));
    lines.push("LOCATION".into());
    lines.push(format!("  '{}'", escape(&table.storage.location)));
    lines.push("TBLPROPERTIES (".into());
    let kept = table.parameters.iter().filter(|(key, _)| !LEFT_OUT.contains(&key.as_str()));
    list_properties(&mut lines, kept);
    if materialized {
        lines.push(format!("AS {}", table.view_expanded_text.as_deref().unwrap_or_default()));
    }
    lines
}

fn list_fields(lines: &mut Vec<String>, fields: &[FieldSchema]) {
    for (at, field) in fields.iter().enumerate() {
        let end = if at + 1 == fields.len() { ")" } else { ", " };
        let comment = match &field.comment {
            Some(comment) if !comment.is_empty() => format!(" COMMENT '{}'", escape(comment)),
            _ => String::new(),
        };
        lines.push(format!("  {} {}{comment}{end}", names::quoted(&field.name), type_text(&field.ty)));
    }
    if fields.is_empty()
        && let Some(last) = lines.last_mut()
    {
        last.push(')');
    }
}

/// `  'key'='value', ` and so on, in name order, the last with `)`.
pub fn list_properties<'a>(lines: &mut Vec<String>, pairs: impl Iterator<Item = (&'a String, &'a String)>) {
    let mut texts: Vec<String> = pairs.map(|(key, value)| format!("  '{}'='{}'", escape(key), escape(value))).collect();
    if let Some(last) = texts.pop() {
        lines.extend(texts.into_iter().map(|text| format!("{text}, ")));
        lines.push(format!("{last})"));
    } else {
        lines.push(")".into());
    }
}

/// A type with the names of struct fields in back quotes.
fn type_text(ty: &HiveType) -> String {
    match ty {
        HiveType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("`{}`:{}", field.name, type_text(&field.ty))).collect();
            format!("struct<{}>", fields.join(", "))
        }
        HiveType::Array(element) => format!("array<{}>", type_text(element)),
        HiveType::Map(key, value) => format!("map<{key},{}>", type_text(value)),
        HiveType::Union(types) => {
            let types: Vec<String> = types.iter().map(type_text).collect();
            format!("uniontype<{}>", types.join(", "))
        }
        other => other.to_string(),
    }
}

fn buckets(lines: &mut Vec<String>, storage: &StorageDescriptor) {
    if storage.bucket_columns.is_empty() {
        return;
    }
    lines.push("CLUSTERED BY (".into());
    let last = storage.bucket_columns.len() - 1;
    for (at, column) in storage.bucket_columns.iter().enumerate() {
        lines.push(format!("  `{column}`{}", if at == last { ")" } else { "," }));
    }
    if !storage.sort_columns.is_empty() {
        lines.push("SORTED BY ( ".into());
        let last = storage.sort_columns.len() - 1;
        for (at, order) in storage.sort_columns.iter().enumerate() {
            let direction = if order.ascending { "ASC" } else { "DESC" };
            lines.push(format!("  `{}` {direction}{}", order.column, if at == last { ") " } else { ", " }));
        }
    }
    lines.push(format!("INTO {} BUCKETS", storage.num_buckets));
}

fn skewed(lines: &mut Vec<String>, storage: &StorageDescriptor) {
    if storage.skewed.columns.is_empty() {
        return;
    }
    let values: Vec<String> = storage.skewed.values.iter().map(|row| format!("('{}')", row.join("','"))).collect();
    let columns: Vec<String> = storage.skewed.columns.iter().map(|column| format!("`{column}`")).collect();
    lines.push(format!("SKEWED BY ({})", columns.join(",")));
    lines.push(format!("  ON ({})", values.join(",")));
    if storage.stored_as_sub_directories {
        lines.push("  STORED AS DIRECTORIES".into());
    }
}

fn row_format(lines: &mut Vec<String>, storage: &StorageDescriptor, handler: Option<&String>) {
    lines.push("ROW FORMAT SERDE ".into());
    lines.push(format!("  '{}' ", escape(&storage.serde.library)));
    if let Some(handler) = handler {
        lines.push("STORED BY ".into());
        lines.push(format!("  '{}' ", escape(handler)));
    }
    let parameters: Vec<_> = storage
        .serde
        .parameters
        .iter()
        .filter(|(key, value)| !(key.as_str() == "serialization.format" && value.as_str() == "1"))
        .collect();
    if !parameters.is_empty() {
        lines.push("WITH SERDEPROPERTIES ( ".into());
        list_properties(lines, parameters.into_iter());
        if let Some(last) = lines.last_mut() {
            last.push(' ');
        }
    }
    if handler.is_some() {
        return;
    }
    lines.push("STORED AS INPUTFORMAT ".into());
    lines.push(format!("  '{}' ", escape(&storage.input_format)));
    lines.push("OUTPUTFORMAT ".into());
    lines.push(format!("  '{}'", escape(&storage.output_format)));
}

/// A constant of text.
pub fn literal(text: &str) -> String {
    format!("'{}'", escape(text))
}

/// Text within quotes, as Hive's `escapeHiveCommand`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | ';' | '\\' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            c if u32::from(c) < 32 => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
