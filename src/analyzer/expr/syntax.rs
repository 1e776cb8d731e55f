//! Syntax of its own that stands for a function call, and the expressions that are not HiveQL's.

use sqlparser::ast::{CeilFloorKind, DateTimeField, Expr as SqlExpr, Spanned, TrimWhereField};

use super::{Clause, literal};
use crate::analyzer::error::AnalyzeError;
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;

impl Clause<'_> {
    /// `CAST`, `EXTRACT`, `SUBSTRING`, `TRIM`, `FLOOR(x TO unit)`, …
    pub(super) fn syntax(&self, expr: &SqlExpr) -> Result<Typed> {
        match expr {
            SqlExpr::Cast { kind, expr, data_type, array: false, format } => {
                self.cast(kind, expr, data_type, format.as_ref())
            }
            SqlExpr::Extract { field, expr, .. } => self.extract(field, expr),
            SqlExpr::Substring { expr, substring_from, substring_for, .. } => {
                let mut arguments = vec![self.expr(expr)?];
                for argument in [substring_from, substring_for].into_iter().flatten() {
                    arguments.push(self.expr(argument)?);
                }
                self.call("substring", arguments)
            }
            SqlExpr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let name = match trim_where {
                    None | Some(TrimWhereField::Both) => "trim",
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                };
                let mut arguments = vec![self.expr(expr)?];
                if let Some(what) = trim_what {
                    arguments.push(self.expr(what)?);
                }
                arguments.extend(self.exprs(trim_characters.iter().flatten())?);
                self.call(name, arguments)
            }
            SqlExpr::Ceil { expr, field } => self.rounded("ceil", expr, field),
            SqlExpr::Floor { expr, field } => self.rounded("floor", expr, field),
            SqlExpr::Position { expr, r#in } => {
                let arguments = vec![self.expr(expr)?, self.expr(r#in)?];
                self.call("locate", arguments)
            }
            SqlExpr::Struct { values, fields } if fields.is_empty() => {
                let arguments = self.exprs(values)?;
                self.call("struct", arguments)
            }
            SqlExpr::Tuple(values) => {
                let arguments = self.exprs(values)?;
                self.call("struct", arguments)
            }
            SqlExpr::Array(array) => {
                let arguments = self.exprs(&array.elem)?;
                self.call("array", arguments)
            }
            other => Err(AnalyzeError::unsupported(format!("the expression {other}"), Some(other.span()))),
        }
    }

    /// `EXTRACT(unit FROM x)`
    fn extract(&self, field: &DateTimeField, expr: &SqlExpr) -> Result<Typed> {
        let name = match field {
            DateTimeField::Year | DateTimeField::Years => "year",
            DateTimeField::Quarter => "quarter",
            DateTimeField::Month | DateTimeField::Months => "month",
            DateTimeField::Week(None) | DateTimeField::Weeks => "weekofyear",
            DateTimeField::Day | DateTimeField::Days => "day",
            DateTimeField::DayOfWeek | DateTimeField::Dow => "dayofweek",
            DateTimeField::Hour | DateTimeField::Hours => "hour",
            DateTimeField::Minute | DateTimeField::Minutes => "minute",
            DateTimeField::Second | DateTimeField::Seconds => "second",
            other => return Err(AnalyzeError::unsupported(format!("EXTRACT({other} …)"), Some(expr.span()))),
        };
        let value = self.expr(expr)?;
        self.call(name, vec![value])
    }

    /// `CEIL(x)`, `FLOOR(x)`, `FLOOR(x TO unit)`
    fn rounded(&self, name: &str, expr: &SqlExpr, field: &CeilFloorKind) -> Result<Typed> {
        let value = self.expr(expr)?;
        match field {
            CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => self.call(name, vec![value]),
            CeilFloorKind::DateTimeField(unit) if name == "floor" => {
                self.call(&format!("floor_{}", unit.to_string().to_lowercase()), vec![value])
            }
            CeilFloorKind::DateTimeField(unit) => {
                Err(AnalyzeError::unsupported(format!("CEIL(… TO {unit})"), Some(expr.span())))
            }
            CeilFloorKind::Scale(scale) => self.call(name, vec![value, literal::value(scale)?]),
        }
    }
}
