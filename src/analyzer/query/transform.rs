//! `SELECT TRANSFORM (…) USING 'script'`, `MAP … USING …`, `REDUCE … USING …` (`SemanticAnalyzer.genScriptPlan`).

use std::sync::Arc;

use datafusion::logical_expr::{Extension, LogicalPlan};
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};
use skep_warehouse::format::LAZY_SIMPLE_SERDE;
use sqlparser::ast::{
    Expr as SqlExpr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, OrderByExpr, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Spanned, WildcardAdditionalOptions,
};
use sqlparser::tokenizer::Span;

use super::From;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::nodes::{ScriptNode, ScriptSpec};
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};
use crate::parser::ast::{RowFormat, RowFormatDelimited, Transform};

/// Hive's SerDe for the rows that go to a script where the query names none.
const DELIMITED_JSON_SERDE: &str = "org.apache.hadoop.hive.serde2.DelimitedJSONSerDe";
const CLASSES: &str = "org.apache.hadoop.hive.ql.exec.";

/// A script that is all of a select list.
pub(super) struct Script<'s> {
    function: &'s Function,
    clauses: Transform,
}

/// The script that the select list consists of, if it does.
pub(super) fn script(select: &Select) -> Result<Option<Script<'_>>> {
    let [SelectItem::UnnamedExpr(SqlExpr::Function(function))] = select.projection.as_slice() else {
        return Ok(None);
    };
    let clauses = Transform::of(function).map_err(|error| AnalyzeError::new(ErrorCode::Semantic, error.message))?;
    Ok(clauses.map(|clauses| Script { function, clauses }))
}

impl Planner<'_> {
    /// The rows of the select's `FROM`, `WHERE` and `GROUP BY` through the script; `ORDER BY`, `SORT BY` and the like
    /// are over what it writes.
    pub(super) fn plan_script_select(
        &self,
        env: &Env<'_>,
        from: From,
        select: &Select,
        script: Script<'_>,
        order_by: &[OrderByExpr],
    ) -> Result<Planned> {
        let span = script.function.name.span();
        if let Some(refusal) = self.context.refuses_scripts() {
            return Err(AnalyzeError::at(ErrorCode::Semantic, span, refusal));
        }
        let inputs = Select {
            projection: inputs(script.function)?,
            sort_by: Vec::new(),
            cluster_by: Vec::new(),
            distribute_by: Vec::new(),
            ..select.clone()
        };
        let given = self.plan_projection(env, &from, &inputs, &[])?;
        let spec = self.script_spec(&script.clauses, &given, span)?;
        let columns: Vec<PlannedColumn> = spec
            .output
            .columns
            .iter()
            .map(|column| PlannedColumn {
                id: self.fresh_id(),
                name: column.name.clone(),
                ty: column.ty.clone(),
                qualifier: None,
                starred: false,
            })
            .collect();
        let ids: Vec<String> = columns.iter().map(|column| column.id.clone()).collect();
        let node = ScriptNode::try_new(given.plan, spec, &ids)?;
        let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        self.spread_output(env, Planned { plan, columns }, select, order_by)
    }

    fn script_spec(&self, clauses: &Transform, given: &Planned, span: Span) -> Result<ScriptSpec> {
        let settings = self.settings();
        let separator = if settings.script_escapes { "1" } else { "9" };
        let input_columns: Vec<FieldSchema> = given
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| column_of(format!("_col{i}"), column.ty.clone()))
            .collect();
        let output_columns = output_columns(clauses)?;
        let input = match &clauses.input_format {
            Some(format) => serde(format)?,
            None => storage(DELIMITED_JSON_SERDE, &[("field.delim", separator)]),
        };
        let mut output = match &clauses.output_format {
            Some(format) => serde(format)?,
            None => {
                let mut output = storage(&settings.script_serde, &[("field.delim", separator)]);
                if clauses.columns.is_empty() {
                    // `key` is all up to the first separator, `value` all behind it.
                    put(&mut output, "serialization.last.column.takes.rest", "true");
                }
                output
            }
        };
        output.columns = output_columns;
        let unsupported = |what: &str, class: &str| {
            let error = AnalyzeError::unsupported(format!("{what} '{class}'"), Some(span));
            error.with_hint(format!("there is {CLASSES}TextRecord{}", &what["RECORD".len()..].to_lowercase()))
        };
        let writer = clauses.record_writer.as_deref().unwrap_or(&settings.script_record_writer);
        if writer != format!("{CLASSES}TextRecordWriter") && writer != format!("{CLASSES}BinaryRecordWriter") {
            return Err(unsupported("RECORDWRITER", writer));
        }
        let reader = clauses.record_reader.as_deref().unwrap_or(&settings.script_record_reader);
        let binary_records = reader == format!("{CLASSES}BinaryRecordReader");
        if !binary_records && reader != format!("{CLASSES}TextRecordReader") {
            return Err(unsupported("RECORDREADER", reader));
        }
        Ok(ScriptSpec { command: clauses.script.clone(), input_columns, input, output, binary_records })
    }
}

/// The values written to the script, as a select list.
fn inputs(function: &Function) -> Result<Vec<SelectItem>> {
    let FunctionArguments::List(list) = &function.args else {
        return Err(AnalyzeError::unsupported(function, None));
    };
    if list.duplicate_treatment.is_some() {
        return Err(AnalyzeError::unsupported("DISTINCT or ALL in TRANSFORM", Some(function.name.span())));
    }
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(SelectItem::UnnamedExpr(expr.clone())),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => {
                Ok(SelectItem::Wildcard(WildcardAdditionalOptions::default()))
            }
            FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)) => Ok(SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name.clone()),
                WildcardAdditionalOptions::default(),
            )),
            other => Err(AnalyzeError::unsupported(format!("the argument {other}"), None)),
        })
        .collect()
}

/// The columns the script writes: strings where no type is given, `key` and `value` where no columns are.
fn output_columns(clauses: &Transform) -> Result<Vec<FieldSchema>> {
    if clauses.columns.is_empty() {
        return Ok(["key", "value"].map(|name| column_of(name, HiveType::String)).to_vec());
    }
    let mut columns: Vec<FieldSchema> = Vec::with_capacity(clauses.columns.len());
    for column in &clauses.columns {
        let name = column.name.lower();
        if columns.iter().any(|other| other.name == name) {
            let message = format!("Column alias already exists: {name}");
            return Err(AnalyzeError::new(ErrorCode::ColumnAliasExists, message));
        }
        columns.push(column_of(name, column.ty.clone().unwrap_or(HiveType::String)));
    }
    Ok(columns)
}

/// `ROW FORMAT` of one side (`SemanticAnalyzer.getTableDescFromSerDe`).
fn serde(format: &RowFormat) -> Result<StorageDescriptor> {
    match format {
        RowFormat::SerDe { class, properties } => {
            let mut storage = storage(class, &[("field.delim", "9")]);
            for property in properties {
                put(&mut storage, &property.key, &property.value);
            }
            Ok(storage)
        }
        RowFormat::Delimited(delimited) => {
            let RowFormatDelimited { fields, escape, collection_items, map_keys, lines, null } = delimited;
            if lines.as_deref().is_some_and(|lines| lines != "\n" && lines != "10") {
                let message = "LINES TERMINATED BY only supports newline '\\n' right now";
                return Err(AnalyzeError::new(ErrorCode::LinesTerminated, message));
            }
            let mut storage = storage(LAZY_SIMPLE_SERDE, &[("serialization.format", "1")]);
            let given = [
                ("field.delim", fields),
                ("serialization.format", fields),
                ("escape.delim", escape),
                ("collection.delim", collection_items),
                ("mapkey.delim", map_keys),
                ("serialization.null.format", null),
            ];
            for (key, value) in given {
                if let Some(value) = value {
                    put(&mut storage, key, value);
                }
            }
            Ok(storage)
        }
    }
}

fn storage(class: &str, properties: &[(&str, &str)]) -> StorageDescriptor {
    let mut storage = StorageDescriptor::default();
    storage.serde.library = class.to_string();
    let properties = properties.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string()));
    storage.serde.parameters = properties.collect::<Parameters>();
    storage
}

fn column_of(name: impl Into<String>, ty: HiveType) -> FieldSchema {
    FieldSchema { name: name.into(), ty, comment: None }
}

fn put(storage: &mut StorageDescriptor, key: &str, value: &str) {
    storage.serde.parameters.insert(key.to_string(), value.to_string());
}
