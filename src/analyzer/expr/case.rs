//! `CASE`, and the functions that are one: `if`, `nvl`, `coalesce`, `nullif`, `nvl2`.

use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, Operator};
use skep_metastore::model::HiveType;
use sqlparser::ast::{CaseWhen, Expr as SqlExpr, Spanned};

use super::Clause;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::{Typed, common_type_of};

impl Clause<'_> {
    /// `CASE [x] WHEN … THEN … [ELSE …] END`
    pub(super) fn case(
        &self,
        operand: Option<&SqlExpr>,
        conditions: &[CaseWhen],
        otherwise: Option<&SqlExpr>,
    ) -> Result<Typed> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        let mut branches = Vec::with_capacity(conditions.len());
        for when in conditions {
            let condition = match &operand {
                Some(operand) => self.compare(operand.clone(), Operator::Eq, self.expr(&when.condition)?)?,
                None => {
                    let condition = self.expr(&when.condition)?;
                    if !matches!(condition.ty, HiveType::Boolean | HiveType::Void) {
                        return Err(AnalyzeError::at(
                            ErrorCode::ArgumentType,
                            when.condition.span(),
                            format!(
                                "Argument type mismatch: \"boolean\" is expected after WHEN, but \"{}\" is found",
                                condition.ty
                            ),
                        ));
                    }
                    condition.cast_to(&HiveType::Boolean)?
                }
            };
            branches.push((condition, self.expr(&when.result)?));
        }
        let otherwise = otherwise.map(|otherwise| self.expr(otherwise)).transpose()?;
        case_expr(branches, otherwise)
    }

    /// The functions that choose between their arguments; `None` for any other function.
    pub(super) fn conditional(&self, name: &str, arguments: &[Typed]) -> Result<Option<Typed>> {
        let is_not_null = |value: &Typed| Typed::boolean(Expr::IsNotNull(Box::new(value.expr.clone())));
        Ok(Some(match (name, arguments) {
            ("if", [condition, yes, no]) => {
                if !matches!(condition.ty, HiveType::Boolean | HiveType::Void) {
                    return Err(AnalyzeError::new(
                        ErrorCode::ArgumentType,
                        format!(
                            "Argument type mismatch: The first argument of function IF should be \"boolean\", but \"{}\" is \
                             found",
                            condition.ty
                        ),
                    ));
                }
                let condition = condition.clone().cast_to(&HiveType::Boolean)?;
                case_expr(vec![(condition, yes.clone())], Some(no.clone()))?
            }
            ("nvl", [value, default]) => case_expr(vec![(is_not_null(value), value.clone())], Some(default.clone()))?,
            ("nvl2", [value, yes, no]) => case_expr(vec![(is_not_null(value), yes.clone())], Some(no.clone()))?,
            ("coalesce", [values @ .., last]) => {
                let branches = values.iter().map(|value| (is_not_null(value), value.clone())).collect();
                case_expr(branches, Some(last.clone()))?
            }
            ("nullif", [value, other]) => {
                let equal = self.compare(value.clone(), Operator::Eq, other.clone())?;
                case_expr(vec![(equal, Typed::null())], Some(value.clone()))?
            }
            ("if" | "nvl" | "nvl2" | "coalesce" | "nullif", _) => {
                return Err(AnalyzeError::new(
                    ErrorCode::ArgumentLength,
                    format!("Arguments length mismatch: {name} does not take {} arguments", arguments.len()),
                ));
            }
            _ => return Ok(None),
        }))
    }
}

/// A `CASE` of conditions and results, the results brought to their common type.
pub(super) fn case_expr(branches: Vec<(Typed, Typed)>, otherwise: Option<Typed>) -> Result<Typed> {
    let types = || branches.iter().map(|(_, result)| &result.ty).chain(otherwise.iter().map(|o| &o.ty));
    let Some(ty) = common_type_of(types()) else {
        let names: Vec<String> = types().map(ToString::to_string).collect();
        return Err(AnalyzeError::new(
            ErrorCode::ArgumentType,
            format!(
                "Argument type mismatch: The expressions after THEN should have the same type: \"{}\" are found",
                names.join("\", \"")
            ),
        ));
    };
    if branches.is_empty() {
        return otherwise.unwrap_or_else(Typed::null).cast_to(&ty);
    }
    if ty == HiveType::Void {
        return Ok(Typed::null());
    }
    let otherwise = otherwise.map(|value| value.cast_to(&ty)).transpose()?.map(|value| Box::new(value.expr));
    let branches = branches
        .into_iter()
        .map(|(condition, result)| Ok((Box::new(condition.expr), Box::new(result.cast_to(&ty)?.expr))))
        .collect::<Result<Vec<_>>>()?;
    Ok(Typed::new(Expr::Case(Case::new(None, branches, otherwise)), ty))
}
