//! `GROUP BY`, its grouping sets, `GROUPING__ID`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Aggregate, Expr, GroupingSet, lit};
use skep_metastore::model::HiveType;
use sqlparser::ast::{Expr as SqlExpr, GroupByExpr, GroupByWithModifier, SelectItem, Spanned, Value, ValueWithSpan};

use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Clause, entries_of};
use crate::analyzer::planner::Result;
use crate::analyzer::scope::column;
use crate::analyzer::types::Typed;

/// Most keys of grouping sets (`GROUPING__ID` is a `bigint`).
const MAX_KEYS: usize = 63;
/// Most grouping sets: a cube of 12 keys.
const MAX_SETS: usize = 4096;

/// The keys of a `GROUP BY`.
#[derive(Debug, Default)]
pub(crate) struct GroupBy {
    pub keys: Vec<Typed>,
    /// For each grouping set the positions of its keys; `None` for a plain `GROUP BY`.
    pub sets: Option<Vec<Vec<usize>>>,
}

/// Analyzes a `GROUP BY`.
pub(super) fn group_by(clause: Clause<'_>, group_by: &GroupByExpr, items: &[SelectItem]) -> Result<GroupBy> {
    let GroupByExpr::Expressions(exprs, modifiers) = group_by else {
        return Err(AnalyzeError::unsupported("GROUP BY ALL", None));
    };
    let mut builder = Builder { clause: &clause, items, keys: Vec::new() };
    let sets = builder.sets(exprs, modifiers)?;
    let keys = builder.keys;
    if let Some(sets) = &sets
        && (keys.len() > MAX_KEYS || sets.len() > MAX_SETS)
    {
        return Err(AnalyzeError::new(
            ErrorCode::Semantic,
            format!(
                "An additional MR job is introduced: {} grouping sets over {} keys are too many",
                sets.len(),
                keys.len()
            ),
        ));
    }
    Ok(GroupBy { keys, sets })
}

struct Builder<'b> {
    clause: &'b Clause<'b>,
    items: &'b [SelectItem],
    keys: Vec<Typed>,
}

impl Builder<'_> {
    fn sets(&mut self, exprs: &[SqlExpr], modifiers: &[GroupByWithModifier]) -> Result<Option<Vec<Vec<usize>>>> {
        match (exprs, modifiers) {
            ([SqlExpr::Rollup(parts)], []) => {
                let parts = self.parts(parts)?;
                return Ok(Some(rollup(&parts)));
            }
            ([SqlExpr::Cube(parts)], []) => {
                let parts = self.parts(parts)?;
                return Ok(Some(cube(&parts)?));
            }
            ([SqlExpr::GroupingSets(sets)], []) => {
                let sets = self.parts(sets)?;
                return Ok(Some(deduplicated(sets)));
            }
            _ => {}
        }
        let mut positions = Vec::with_capacity(exprs.len());
        for expr in exprs {
            match expr {
                SqlExpr::Rollup(_) | SqlExpr::Cube(_) | SqlExpr::GroupingSets(_) => {
                    return Err(AnalyzeError::unsupported(
                        "a grouping set beside other GROUP BY expressions",
                        Some(expr.span()),
                    ));
                }
                SqlExpr::Tuple(values) if values.is_empty() => {}
                expr => positions.push(self.key(expr)?),
            }
        }
        let singles = || positions.iter().map(|position| vec![*position]).collect::<Vec<_>>();
        match modifiers {
            [] => Ok(None),
            [GroupByWithModifier::Rollup] => Ok(Some(rollup(&singles()))),
            [GroupByWithModifier::Cube] => Ok(Some(cube(&singles())?)),
            [GroupByWithModifier::GroupingSets(SqlExpr::GroupingSets(sets))] => {
                let count = self.keys.len();
                let sets = self.parts(sets)?;
                if self.keys.len() > count {
                    return Err(AnalyzeError::new(
                        ErrorCode::Semantic,
                        "Grouping sets expression is not in GROUP BY key",
                    ));
                }
                Ok(Some(deduplicated(sets)))
            }
            [other, ..] => Err(AnalyzeError::unsupported(format!("GROUP BY … {other}"), None)),
        }
    }

    fn parts(&mut self, parts: &[Vec<SqlExpr>]) -> Result<Vec<Vec<usize>>> {
        let mut result = Vec::with_capacity(parts.len());
        for part in parts {
            let mut positions = Vec::new();
            for expr in part {
                match expr {
                    SqlExpr::Tuple(values) => {
                        for value in values {
                            positions.push(self.key(value)?);
                        }
                    }
                    SqlExpr::Nested(inner) => positions.push(self.key(inner)?),
                    expr => positions.push(self.key(expr)?),
                }
            }
            result.push(positions);
        }
        Ok(result)
    }

    /// The position of a key, which is added where it is new.
    fn key(&mut self, expr: &SqlExpr) -> Result<usize> {
        let key = self.clause.expr(self.selected(expr)?)?;
        if !groups(&key.ty) {
            return Err(AnalyzeError::at(
                ErrorCode::Semantic,
                expr.span(),
                format!("a key of GROUP BY cannot be of type {}", key.ty),
            ));
        }
        if let Some(position) = self.keys.iter().position(|other| other.expr == key.expr) {
            return Ok(position);
        }
        self.keys.push(key);
        Ok(self.keys.len() - 1)
    }

    /// The expression meant by a position in the select list, where positions are on.
    fn selected<'s>(&'s self, expr: &'s SqlExpr) -> Result<&'s SqlExpr> {
        let SqlExpr::Value(ValueWithSpan { value: Value::Number(text, _), span }) = expr else {
            return Ok(expr);
        };
        if !self.clause.planner.settings().group_by_position_alias {
            return Ok(expr);
        }
        let position: usize = text.parse().unwrap_or(0);
        match position.checked_sub(1).and_then(|index| self.items.get(index)) {
            Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => Ok(expr),
            Some(_) => {
                Err(AnalyzeError::unsupported("a position in GROUP BY that stands for several columns", Some(*span)))
            }
            None => Err(AnalyzeError::at(
                ErrorCode::Semantic,
                *span,
                format!(
                    "Invalid position alias in Group By: Position alias: {text} does not exist. The Select List is indexed from 1 to {}",
                    self.items.len()
                ),
            )),
        }
    }
}

/// Can values of the type be grouped by? Maps can by themselves, not inside of other values.
fn groups(ty: &HiveType) -> bool {
    match ty {
        HiveType::Map(key, value) => !holds_map(key) && !holds_map(value),
        other => !holds_map(other),
    }
}

fn holds_map(ty: &HiveType) -> bool {
    match ty {
        HiveType::Map(..) => true,
        HiveType::Array(item) => holds_map(item),
        HiveType::Struct(fields) => fields.iter().any(|field| holds_map(&field.ty)),
        _ => false,
    }
}

/// What is grouped by for a key.
pub(super) fn group_expr(key: &Typed) -> Expr {
    match key.ty {
        HiveType::Map(..) => entries_of(key.expr.clone()),
        _ => key.expr.clone(),
    }
}

fn rollup(parts: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let sets = (0..=parts.len()).rev().map(|length| parts[..length].concat()).collect();
    deduplicated(sets)
}

fn cube(parts: &[Vec<usize>]) -> Result<Vec<Vec<usize>>> {
    if parts.len() > 12 {
        return Err(AnalyzeError::unsupported("a CUBE of more than 12 expressions", None));
    }
    let sets = (0..1usize << parts.len())
        .rev()
        .map(|mask| {
            let chosen = parts.iter().enumerate().filter(|(i, _)| mask >> (parts.len() - 1 - i) & 1 == 1);
            chosen.flat_map(|(_, part)| part.iter().copied()).collect()
        })
        .collect();
    Ok(deduplicated(sets))
}

/// Hive computes a grouping set that is written twice once.
fn deduplicated(sets: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut result: Vec<Vec<usize>> = Vec::with_capacity(sets.len());
    for mut set in sets {
        set.sort_unstable();
        set.dedup();
        if !result.contains(&set) {
            result.push(set);
        }
    }
    result
}

impl GroupBy {
    /// Is there a `GROUP BY` at all?
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.sets.is_none()
    }

    /// The group expressions of DataFusion's aggregation.
    pub fn group_exprs(&self) -> Vec<Expr> {
        let key = |position: &usize| group_expr(&self.keys[*position]);
        match &self.sets {
            None => self.keys.iter().map(group_expr).collect(),
            Some(sets) => {
                let sets = sets.iter().map(|set| set.iter().map(key).collect()).collect();
                vec![Expr::GroupingSet(GroupingSet::GroupingSets(sets))]
            }
        }
    }

    /// Positions of the keys that are in a set, in the order in which DataFusion numbers them: by first appearance.
    pub fn used_keys(&self) -> Vec<usize> {
        let mut used = Vec::new();
        for position in self.sets.iter().flatten().flatten() {
            if !used.contains(position) {
                used.push(*position);
            }
        }
        used
    }

    /// `GROUPING__ID`: a bit for each key, the first one's the highest, set where the row is totalled over it (Hive
    /// from 2.3 on).
    pub fn grouping_id(&self) -> Typed {
        let all: Vec<usize> = (0..self.keys.len()).collect();
        self.grouping(&all)
    }

    /// The same for some of the keys.
    pub fn grouping(&self, positions: &[usize]) -> Typed {
        let bits = |set: &[usize]| {
            positions.iter().fold(0i64, |bits, position| bits << 1 | i64::from(!set.contains(position)))
        };
        let Some(sets) = &self.sets else {
            return Typed::literal(ScalarValue::Int64(Some(0)), HiveType::BigInt);
        };
        let used = self.used_keys();
        let ty = Aggregate::grouping_id_type(used.len(), 0);
        let branches = sets
            .iter()
            .map(|set| {
                let id = used.iter().fold(0u64, |id, key| id << 1 | u64::from(!set.contains(key)));
                let id = ScalarValue::UInt64(Some(id)).cast_to(&ty)?;
                Ok((Box::new(Expr::Literal(id, None)), Box::new(lit(bits(set)))))
            })
            .collect::<Result<Vec<_>>>();
        let id = column(Aggregate::INTERNAL_GROUPING_ID);
        let expr = match branches {
            Ok(branches) => Expr::Case(Case::new(Some(Box::new(id)), branches, None)),
            // An id always fits the type that was chosen for it.
            Err(_) => lit(0i64),
        };
        Typed::new(expr, HiveType::BigInt)
    }
}
