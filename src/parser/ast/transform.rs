//! Scripts in queries.

use skep_metastore::model::HiveType;
use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value};

use super::query::TRANSFORM;
use super::{Ident, RowFormat};
use crate::parser::ParseOptions;
use crate::parser::cursor::Parser;
use crate::parser::error::ParseError;

/// What stands behind the inputs of `SELECT TRANSFORM (…)`, `MAP …` or `REDUCE …`.
///
/// In the query's tree a script is the only item of the projection, a call of [`TRANSFORM`] with the inputs as
/// arguments and the text of the clauses behind them as its one parameter; [`Transform::of`] reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Transform {
    /// `ROW FORMAT` of the rows that the script reads
    pub input_format: Option<RowFormat>,
    /// `RECORDWRITER`: Java class that writes rows to the script
    pub record_writer: Option<String>,
    /// `USING`: the command
    pub script: String,
    /// `AS`: the columns it writes; `key` and `value` if empty
    pub columns: Vec<ScriptColumn>,
    /// `ROW FORMAT` of the rows that the script writes
    pub output_format: Option<RowFormat>,
    /// `RECORDREADER`: Java class that reads rows from the script
    pub record_reader: Option<String>,
}

/// A column that a script writes.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptColumn {
    /// Name.
    pub name: Ident,
    /// Type; string if none is given.
    pub ty: Option<HiveType>,
}

impl Transform {
    /// The script of a call of [`TRANSFORM`]; none if `function` is another one.
    ///
    /// # Errors
    /// If the parameter is not what the parser put there.
    pub fn of(function: &Function) -> Result<Option<Transform>, ParseError> {
        if function.name.to_string() != TRANSFORM {
            return Ok(None);
        }
        let FunctionArguments::List(parameters) = &function.parameters else { return Ok(None) };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(text)))] = parameters.args.as_slice() else {
            return Ok(None);
        };
        let Value::SingleQuotedString(text) = &text.value else { return Ok(None) };
        let mut parser = Parser::new(text, ParseOptions::default())?;
        let transform = parser.script_clauses()?;
        parser.expect_end()?;
        Ok(Some(transform))
    }
}
