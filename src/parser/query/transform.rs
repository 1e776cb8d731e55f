//! Scripts in queries: `SELECT TRANSFORM (…) USING …`, `MAP … USING …`, `REDUCE … USING …`
//! (`trfmClause` of `SelectClauseParser.g`).

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, SelectItem, Value};

use super::object_name_of;
use crate::parser::ast::query::TRANSFORM;
use crate::parser::ast::{ScriptColumn, Transform};
use crate::parser::cursor::{Parsed, Parser, sql_span};
use crate::parser::expr::call;

impl Parser<'_> {
    /// `TRANSFORM (a, b) … USING 'script' …`
    pub(super) fn transform(&mut self) -> Parsed<SelectItem> {
        self.within("transform clause", |p| {
            p.expect("TRANSFORM")?;
            let inputs = p.function_arguments()?;
            p.script(inputs.args)
        })
    }

    /// `MAP a, b … USING 'script' …`, `REDUCE a, b … USING 'script' …`
    pub(super) fn map_or_reduce(&mut self) -> Parsed<SelectItem> {
        self.within("transform clause", |p| {
            p.advance();
            let inputs = p.separated(|p| {
                if p.eat_symbol("*") {
                    return Ok(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
                }
                if let Some(name) = p.qualified_wildcard()? {
                    return Ok(FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)));
                }
                Ok(FunctionArg::Unnamed(FunctionArgExpr::Expr(p.deeper_expr()?)))
            })?;
            p.script(inputs)
        })
    }

    fn script(&mut self, inputs: Vec<FunctionArg>) -> Parsed<SelectItem> {
        let start = self.span();
        self.script_clauses()?;
        let span = self.span_from(start);
        let text = Value::SingleQuotedString(span.text(self.text).to_string()).with_span(sql_span(span));
        let list =
            |args| FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: vec![] });
        let mut expr = call(object_name_of(TRANSFORM), Vec::new());
        if let Expr::Function(function) = &mut expr {
            function.args = list(inputs);
            function.parameters = list(vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(text)))]);
        }
        Ok(SelectItem::UnnamedExpr(expr))
    }

    /// What stands behind the inputs of a script.
    pub(in crate::parser) fn script_clauses(&mut self) -> Parsed<Transform> {
        let input_format = self.row_format()?;
        let record_writer = if self.eat("RECORDWRITER") { Some(self.string()?) } else { None };
        self.expect("USING")?;
        let script = self.string()?;
        let columns = if !self.eat("AS") {
            Vec::new()
        } else if self.is_symbol("(") {
            self.in_brackets(Self::script_column)?
        } else {
            self.separated(Self::script_column)?
        };
        let output_format = self.row_format()?;
        let record_reader = if self.eat("RECORDREADER") { Some(self.string()?) } else { None };
        Ok(Transform { input_format, record_writer, script, columns, output_format, record_reader })
    }

    fn script_column(&mut self) -> Parsed<ScriptColumn> {
        let name = self.ident()?;
        let ends = self.is_symbol(",") || self.is_symbol(")") || self.is_symbol(";") || self.at_end();
        let clause = ["FROM", "ROW", "RECORDREADER", "WHERE", "GROUP", "UNION", "INSERT", "LATERAL", "HAVING"];
        let ty = if ends || self.is_one_of(&clause) || self.tail_at(0) { None } else { Some(self.hive_type()?) };
        if ty.is_some() && self.eat("COMMENT") {
            self.string()?;
        }
        Ok(ScriptColumn { name, ty })
    }
}
