//! `x > ANY (query)`, `x <= ALL (query)` as values: from the number of the query's rows and their least and greatest
//! value. (As conditions DataFusion plans them itself.)

use datafusion::common::ScalarValue;
use datafusion::functions::core::get_field;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, Operator, lit};
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;

use super::Clause;
use super::subquery::wrap;
use crate::analyzer::error::AnalyzeError;
use crate::analyzer::planner::{Planned, Result};
use crate::analyzer::query::project;
use crate::analyzer::scope::column;
use crate::analyzer::types::Typed;

impl Clause<'_> {
    /// `value op ANY|ALL (query)`; the query's one column is of the value's type.
    pub(super) fn quantified_value(&self, value: Typed, op: Operator, planned: Planned, all: bool) -> Result<Typed> {
        if let (Operator::Eq, true) | (Operator::NotEq, false) = (op, all) {
            return self.all_equal(value, planned, all);
        }
        let least = match (op, all) {
            (Operator::Gt | Operator::GtEq, all) => !all,
            (Operator::Lt | Operator::LtEq, all) => all,
            _ => return Err(AnalyzeError::unsupported(format!("{op} ANY|ALL as a value"), None)),
        };
        let summary = self.summary(planned, if least { "min" } else { "max" })?;
        let part = |name: &str| {
            let key = Expr::Literal(ScalarValue::Utf8(Some(name.to_string())), None);
            get_field().call(vec![summary.clone(), key])
        };
        let bound = Typed::new(part("bound"), value.ty.clone());
        let holds = self.compare(value.clone(), op, bound)?.expr;
        let empty = Expr::IsNull(Box::new(part("rows"))).or(part("rows").eq(lit(0i64)));
        let open = Expr::IsNull(Box::new(value.expr)).or(part("known").lt(part("rows")));
        let branch = |when: Expr, then: Option<bool>| {
            (Box::new(when), Box::new(Expr::Literal(ScalarValue::Boolean(then), None)))
        };
        let branches = if all {
            vec![branch(empty, Some(true)), branch(Expr::Not(Box::new(holds)), Some(false)), branch(open, None)]
        } else {
            vec![branch(holds, Some(true)), branch(empty, Some(false)), branch(open, None)]
        };
        Ok(Typed::boolean(Expr::Case(Case::new(None, branches, Some(Box::new(lit(all)))))))
    }

    /// `value = ALL (query)`, and its negation `value <> ANY (query)`: the least and the greatest value are the value.
    fn all_equal(&self, value: Typed, planned: Planned, all: bool) -> Result<Typed> {
        let least = self.quantified_value(value.clone(), Operator::LtEq, planned.clone(), true)?;
        let greatest = self.quantified_value(value, Operator::GtEq, planned, true)?;
        let equal = least.expr.and(greatest.expr);
        Ok(Typed::boolean(if all { equal } else { Expr::Not(Box::new(equal)) }))
    }

    /// One row for a query: how many rows it has, how many that are not NULL, and the least or greatest value.
    fn summary(&self, planned: Planned, bound: &str) -> Result<Expr> {
        let [found] = planned.columns.as_slice() else {
            return Err(AnalyzeError::unsupported("ANY|ALL over several columns", None));
        };
        let (Some(count), Some(bound)) = (registry().aggregate("count"), registry().aggregate(bound)) else {
            return Err(AnalyzeError::unsupported("ANY|ALL as a value", None));
        };
        let id = || column(&found.id);
        let aggregates = [count.call(vec![lit(1i64)]), count.call(vec![id()]), bound.call(vec![id()])];
        let output = |index: usize, ty: HiveType| Typed::of_id(&aggregates[index].schema_name().to_string(), ty);
        let fields = vec![
            Typed::string("rows"),
            output(0, HiveType::BigInt),
            Typed::string("known"),
            output(1, HiveType::BigInt),
            Typed::string("bound"),
            output(2, found.ty.clone()),
        ];
        let row = self.call("named_struct", fields)?;
        let plan =
            LogicalPlanBuilder::from(planned.plan).aggregate(Vec::<Expr>::new(), aggregates.to_vec())?.build()?;
        let plan = project(plan, vec![row.expr.alias(self.planner.fresh_id())])?;
        Ok(Expr::ScalarSubquery(wrap(plan)))
    }
}
