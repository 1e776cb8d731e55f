//! Joins.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, JoinType, LogicalPlanBuilder, Operator};
use sqlparser::ast::{
    Expr as SqlExpr, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Spanned, TableFactor, Value,
};
use sqlparser::tokenizer::Span;

use super::From;
use super::plan::{filter, project};
use crate::analyzer::dml::quoted;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planner, Result};
use crate::analyzer::scope::{Found, Relation, Scope, ScopeColumn, column};
use crate::analyzer::types::{Typed, common_type};

impl Planner<'_> {
    /// The source joined with one more relation.
    pub fn plan_join(&self, env: &Env<'_>, left: From, join: &Join) -> Result<From> {
        if join.global {
            return Err(AnalyzeError::unsupported("GLOBAL JOIN", Some(join.span())));
        }
        if matches!(join.relation, TableFactor::Function { lateral: true, .. }) {
            return self.plan_lateral(env, left, &join.relation, is_outer_view(join)?);
        }
        if let TableFactor::Derived { lateral: true, subquery, alias, .. } = &join.relation {
            return self.plan_lateral_table(env, left, subquery, alias.as_ref());
        }
        let (join_type, constraint) = kind(join)?;
        let right = self.plan_factor(env, &join.relation)?;
        match constraint {
            JoinConstraint::None if join_type == JoinType::Inner => self.cross_join(left, right, join.span()),
            JoinConstraint::None => {
                let always = datafusion::logical_expr::lit(true);
                self.join_on(left, right, join_type, always, join.span())
            }
            JoinConstraint::On(condition) => {
                let mut scope = left.scope.clone();
                scope.extend(right.scope.clone(), join.span())?;
                let clause = Clause::new(self, env, &scope);
                let condition = match join_type {
                    JoinType::Inner => clause.filter_condition(condition)?,
                    _ => clause.condition(condition)?,
                };
                if join_type == JoinType::Inner && must_be_filter(&condition.expr)? {
                    let plan = LogicalPlanBuilder::from(left.plan).cross_join(right.plan)?.build()?;
                    return Ok(From { plan: filter(plan, condition.expr)?, scope });
                }
                self.join_on(left, right, join_type, condition.expr, join.span())
            }
            JoinConstraint::Using(names) => {
                if let Some(expansion) = self.expansion(env) {
                    for name in names {
                        expansion.note(name.span(), || quoted(&name.to_string().replace('`', "")));
                    }
                }
                let names = names.iter().map(simple_name).collect::<Result<Vec<_>>>()?;
                self.join_using(env, left, right, join_type, names, join.span())
            }
            JoinConstraint::Natural => {
                let names = common_names(&left.scope, &right.scope);
                if names.is_empty() {
                    return self.cross_join(left, right, join.span());
                }
                self.join_using(env, left, right, join_type, names, join.span())
            }
        }
    }

    fn join_on(&self, left: From, right: From, join_type: JoinType, condition: Expr, span: Span) -> Result<From> {
        let mut scope = left.scope;
        if !matches!(join_type, JoinType::LeftSemi | JoinType::LeftAnti) {
            scope.extend(right.scope, span)?;
        }
        let plan = LogicalPlanBuilder::from(left.plan).join_on(right.plan, join_type, [condition])?.build()?;
        Ok(From { plan, scope })
    }

    /// `USING (a, b)`: the columns are compared and seen once; under its relation's name each is there still.
    fn join_using(
        &self,
        env: &Env<'_>,
        left: From,
        right: From,
        join_type: JoinType,
        names: Vec<String>,
        span: Span,
    ) -> Result<From> {
        let nothing = Scope::default();
        let clause = Clause::new(self, env, &nothing);
        let mut condition: Option<Expr> = None;
        let mut pairs = Vec::with_capacity(names.len());
        for name in &names {
            let l = match left.scope.find(name) {
                // Several relations before have it: the first one's is meant, as in Hive.
                Found::Ambiguous => first_named(&left.scope, name),
                _ => None,
            };
            let l = match l {
                Some(column) => column.clone(),
                None => using_column(&left.scope, name, span)?.clone(),
            };
            let r = using_column(&right.scope, name, span)?.clone();
            let equal = clause.compare(Typed::column(&l), Operator::Eq, Typed::column(&r))?.expr;
            condition = Some(condition.map_or(equal.clone(), |all| all.and(equal)));
            pairs.push((l, r));
        }
        let condition = condition.unwrap_or_else(|| datafusion::logical_expr::lit(true));
        let mut from = self.join_on(left, right, join_type, condition, span)?;
        if matches!(join_type, JoinType::LeftSemi | JoinType::LeftAnti) {
            return Ok(from);
        }
        // A star shows the columns of the last `USING` once; those of the ones before are there as they were.
        for relation in &mut from.scope.relations {
            let is_merged = relation.alias.is_none();
            for column in &mut relation.columns {
                if is_merged {
                    column.is_virtual = true;
                    column.shadowed |= names.contains(&column.name);
                } else if column.merged {
                    (column.merged, column.shadowed) = (false, true);
                }
            }
        }
        let mut merged = Vec::with_capacity(names.len());
        for (name, (l, r)) in names.iter().zip(pairs) {
            let source = match join_type {
                JoinType::Right => r,
                JoinType::Full => {
                    let (joined, column) = self.coalesced(from, &l, &r)?;
                    from = joined;
                    column
                }
                _ => l,
            };
            for column in from.scope.relations.iter_mut().flat_map(|relation| &mut relation.columns) {
                column.merged |= column.name == *name;
            }
            let visible = ScopeColumn { is_virtual: false, merged: false, shadowed: false, ..source };
            merged.push(ScopeColumn { name: name.clone(), ..visible });
        }
        from.scope.relations.insert(0, Relation { database: None, alias: None, columns: merged });
        Ok(from)
    }

    /// The plan with one more column: the left one's value, or the right one's where there is none.
    fn coalesced(&self, from: From, left: &ScopeColumn, right: &ScopeColumn) -> Result<(From, ScopeColumn)> {
        let ty = common_type(&left.ty, &right.ty).unwrap_or_else(|| left.ty.clone());
        let l = Typed::column(left).cast_to(&ty)?.expr;
        let r = Typed::column(right).cast_to(&ty)?.expr;
        let there = Expr::IsNotNull(Box::new(left.expr()));
        let value = Expr::Case(Case::new(None, vec![(Box::new(there), Box::new(l))], Some(Box::new(r))));
        let id = self.fresh_id();
        let mut exprs: Vec<Expr> = from.plan.schema().fields().iter().map(|field| column(field.name())).collect();
        exprs.push(value.alias(&id));
        let plan = project(from.plan, exprs)?;
        Ok((From { plan, scope: from.scope }, ScopeColumn { id, ty, ..left.clone() }))
    }
}

/// Must the condition of an inner join stand above it? Subqueries and columns of a query around are only taken apart
/// there.
fn must_be_filter(condition: &Expr) -> Result<bool> {
    let subquery = |expr: &Expr| {
        Ok(matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_)))
    };
    Ok(condition.contains_outer() || condition.exists(subquery)?)
}

/// Is the lateral view an `OUTER` one? It is written as a cross join, or as a left outer join on `TRUE`.
fn is_outer_view(join: &Join) -> Result<bool> {
    match &join.join_operator {
        JoinOperator::CrossJoin(JoinConstraint::None)
        | JoinOperator::Inner(JoinConstraint::None)
        | JoinOperator::Join(JoinConstraint::None) => Ok(false),
        JoinOperator::LeftOuter(JoinConstraint::On(SqlExpr::Value(value)))
        | JoinOperator::Left(JoinConstraint::On(SqlExpr::Value(value)))
            if value.value == Value::Boolean(true) =>
        {
            Ok(true)
        }
        _ => Err(AnalyzeError::unsupported("a condition of a join with a table function", Some(join.span()))),
    }
}

fn kind(join: &Join) -> Result<(JoinType, &JoinConstraint)> {
    Ok(match &join.join_operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) | JoinOperator::CrossJoin(constraint) => {
            (JoinType::Inner, constraint)
        }
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (JoinType::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (JoinType::Right, constraint),
        JoinOperator::FullOuter(constraint) => (JoinType::Full, constraint),
        JoinOperator::LeftSemi(constraint) | JoinOperator::Semi(constraint) => (JoinType::LeftSemi, constraint),
        JoinOperator::LeftAnti(constraint) | JoinOperator::Anti(constraint) => (JoinType::LeftAnti, constraint),
        _ => return Err(AnalyzeError::unsupported("this kind of JOIN", Some(join.span()))),
    })
}

fn simple_name(name: &ObjectName) -> Result<String> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => Ok(ident.value.to_lowercase()),
        _ => Err(AnalyzeError::at(ErrorCode::InvalidColumn, name.span(), format!("Invalid column reference '{name}'"))),
    }
}

fn first_named<'s>(scope: &'s Scope, name: &str) -> Option<&'s ScopeColumn> {
    let mut columns = scope.relations.iter().flat_map(|relation| &relation.columns);
    columns.find(|column| column.name == name && !column.merged && !column.shadowed)
}

fn using_column<'s>(scope: &'s Scope, name: &str, span: Span) -> Result<&'s ScopeColumn> {
    match scope.find(name) {
        Found::Column(column) => Ok(column),
        Found::Nothing => Err(AnalyzeError::at(
            ErrorCode::InvalidTableOrColumn,
            span,
            format!(
                "Invalid table alias or column reference '{name}': (possible column names are: {})",
                scope.possible_names()
            ),
        )),
        Found::Ambiguous => {
            Err(AnalyzeError::at(ErrorCode::AmbiguousColumn, span, format!("Ambiguous column reference {name}")))
        }
    }
}

fn common_names(left: &Scope, right: &Scope) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, column) in left.star() {
        let there = right.star().any(|(_, other)| other.name == column.name);
        if there && !names.contains(&column.name) {
            names.push(column.name.clone());
        }
    }
    names
}
