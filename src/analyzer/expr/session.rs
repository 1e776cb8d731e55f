//! Functions of the session and of the statement: constants while the statement runs. And macros.

use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;
use sqlparser::ast::{Expr as SqlExpr, SelectItem, SetExpr};

use super::Clause;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;
use crate::parser::ast::Statement;

impl Clause<'_> {
    /// A name without brackets that is a call: `current_date`, `GROUPING__ID`.
    pub(super) fn bare_function(&self, name: &str) -> Option<Typed> {
        match name {
            "current_date" => Some(self.current_date()),
            "current_timestamp" => Some(self.current_timestamp()),
            "grouping__id" => self.group_by.filter(|group_by| group_by.sets.is_some()).map(|g| g.grouping_id()),
            _ => None,
        }
    }

    /// A call without arguments of a function that is constant for the statement.
    pub(super) fn session_function(&self, name: &str) -> Option<Typed> {
        let context = self.planner.context;
        Some(match name {
            "current_date" => self.current_date(),
            "current_timestamp" => self.current_timestamp(),
            "current_database" | "current_schema" => Typed::string(context.current_database()),
            "current_user" | "logged_in_user" | "user" | "session_user" => Typed::string(context.current_user()),
            "unix_timestamp" => Typed::literal(ScalarValue::Int64(Some(context.now().timestamp())), HiveType::BigInt),
            "grouping__id" => return self.bare_function(name),
            _ => return None,
        })
    }

    /// `grouping(a, b)`: for each argument whether the row is totalled over it, as bits.
    pub(super) fn grouping(&self, exprs: &[&SqlExpr]) -> Result<Typed> {
        let Some(group_by) = self.group_by.filter(|group_by| !group_by.keys.is_empty()) else {
            return Err(AnalyzeError::new(
                ErrorCode::GroupingNotInGroupBy,
                "Expression in GROUPING function not present in GROUP BY",
            ));
        };
        let mut positions = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let value = self.arguments(false).expr(expr)?;
            match group_by.keys.iter().position(|key| key.expr == value.expr) {
                Some(position) => positions.push(position),
                None => {
                    return Err(AnalyzeError::new(
                        ErrorCode::GroupingNotInGroupBy,
                        "Expression in GROUPING function not present in GROUP BY",
                    ));
                }
            }
        }
        Ok(group_by.grouping(&positions))
    }
}

/// The expression of a macro.
pub(super) fn macro_body(name: &str, text: &str) -> Result<SqlExpr> {
    expression(&format!("the macro {name}"), text)
}

/// An expression that is kept as text; `what` names it in errors.
///
/// # Errors
/// The text is no expression.
pub(crate) fn expression(what: &str, text: &str) -> Result<SqlExpr> {
    let failed = |reason: String| AnalyzeError::new(ErrorCode::Semantic, format!("{what} cannot be read: {reason}"));
    let statement = crate::parser::parse(&format!("SELECT {text}")).map_err(|error| failed(error.to_string()))?;
    if let Statement::Query(source) = statement
        && let SetExpr::Select(select) = *source.query.body
        && let [SelectItem::UnnamedExpr(expr)] = select.projection.as_slice()
    {
        return Ok(expr.clone());
    }
    Err(failed("it is no expression".to_string()))
}
