//! Expressions.

mod aggregate;
mod case;
mod cast;
mod column;
mod comparison;
mod function;
mod hypothetical;
mod interval;
mod list_field;
mod literal;
mod map_key;
mod operator;
mod predicate;
mod quantified;
mod session;
mod subquery;
mod syntax;
mod window;

use std::cell::RefCell;

use datafusion::logical_expr::Expr;
use sqlparser::ast::{Expr as SqlExpr, Ident, NamedWindowDefinition, Spanned};
use sqlparser::tokenizer::Span;

use case::case_expr as case_of;
pub(crate) use cast::castable;
pub(crate) use column::Reference;
pub(crate) use function::{arguments, coerced, function_name, invalid_function};
pub(crate) use literal::signed_number;
pub(crate) use map_key::{entries_of, map_of};
pub(crate) use session::expression;

use super::dml::quoted;
use super::error::{AnalyzeError, ErrorCode};
use super::planner::{Env, Planner, Result};
use super::query::GroupBy;
use super::scope::Scope;
use super::types::Typed;
use skep_metastore::model::HiveType;

/// The surroundings of an expression: what its names can mean and what may stand in it.
pub(crate) struct Clause<'c> {
    pub planner: &'c Planner<'c>,
    pub env: &'c Env<'c>,
    /// The relations of `FROM`.
    pub scope: &'c Scope,
    /// Aliases of the select list; they come first.
    pub aliases: &'c [Alias],
    /// May aggregates stand here?
    pub aggregates: bool,
    /// May window functions stand here?
    pub windows: bool,
    /// The `WINDOW` clause.
    pub named_windows: &'c [NamedWindowDefinition],
    /// The `GROUP BY` clause, for `grouping()` and `GROUPING__ID`.
    pub group_by: Option<&'c GroupBy>,
    /// Is this the select list or an `ORDER BY`, and no condition on rows?
    pub values: bool,
    /// Aliases of the select list that a window's keys may use where no column has the name.
    pub window_aliases: &'c [Alias],
    /// Are these the keys of a window?
    pub window_keys: bool,
    /// The window whose function's arguments these are: `lag` and `lead` in them look along its rows.
    pub shifts: Option<&'c sqlparser::ast::WindowSpec>,
    /// Parameters of a macro whose body this is.
    pub parameters: &'c [(String, Typed)],
    /// The columns used.
    pub references: RefCell<Vec<Reference>>,
}

/// An alias of the select list.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    /// In lower case.
    pub name: String,
    pub value: Typed,
}

impl<'c> Clause<'c> {
    /// A clause that sees the columns of a scope and may hold neither aggregates nor windows.
    pub fn new(planner: &'c Planner<'c>, env: &'c Env<'c>, scope: &'c Scope) -> Self {
        Self {
            planner,
            env,
            scope,
            aliases: &[],
            aggregates: false,
            windows: false,
            named_windows: &[],
            group_by: None,
            values: false,
            window_aliases: &[],
            window_keys: false,
            shifts: None,
            parameters: &[],
            references: RefCell::default(),
        }
    }

    /// The same for the arguments of an aggregate or a window function: no aliases.
    fn arguments(&self, aggregates: bool) -> Clause<'_> {
        Clause {
            planner: self.planner,
            env: self.env,
            scope: self.scope,
            aliases: &[],
            aggregates,
            windows: false,
            named_windows: self.named_windows,
            group_by: self.group_by,
            values: self.values,
            window_aliases: &[],
            window_keys: false,
            shifts: None,
            parameters: self.parameters,
            references: RefCell::default(),
        }
    }

    /// The same where windows see these aliases.
    pub fn with_window_aliases<'w>(&'w self, aliases: &'w [Alias]) -> Clause<'w> {
        Clause {
            aggregates: self.aggregates,
            windows: self.windows,
            aliases: self.aliases,
            window_aliases: aliases,
            ..self.arguments(false)
        }
    }

    /// Takes over the columns that a part has used.
    fn absorb(&self, part: Clause<'_>) {
        self.references.borrow_mut().extend(part.references.into_inner());
    }

    /// The alias of the select list, or the macro parameter, of that name.
    fn alias(&self, name: &str, ident: &Ident) -> Result<Option<Typed>> {
        if let Some((_, value)) = self.parameters.iter().find(|(parameter, _)| parameter == name) {
            return Ok(Some(value.clone()));
        }
        let mut found: Option<&Typed> = None;
        for alias in self.aliases.iter().filter(|alias| alias.name == name) {
            match found {
                Some(other) if *other != alias.value => {
                    let message = format!("Ambiguous column reference {name}");
                    return Err(AnalyzeError::at(ErrorCode::AmbiguousColumn, ident.span, message));
                }
                _ => found = Some(&alias.value),
            }
        }
        if let Some(value) = found {
            self.write_out_alias(name, value, ident);
        }
        Ok(found.cloned())
    }

    /// In a view's text an alias stands in back quotes; one that is a column's own name stands as the column does.
    fn write_out_alias(&self, name: &str, value: &Typed, ident: &Ident) {
        if let Expr::Column(column) = &value.expr
            && let Some(known) = self.scope.by_id(&column.name)
            && known.name == name
        {
            self.write_out(self.scope, known, ident.span);
        } else if let Some(expansion) = self.planner.expansion(self.env) {
            expansion.note(ident.span, || quoted(&ident.value));
        }
    }

    /// An expression.
    ///
    /// # Errors
    /// It has no meaning here.
    pub fn expr(&self, expr: &SqlExpr) -> Result<Typed> {
        self.any(expr).map_err(|error| error.with_span(expr.span()))
    }

    /// Several.
    ///
    /// # Errors
    /// As [`Clause::expr`].
    pub fn exprs<'s>(&self, exprs: impl IntoIterator<Item = &'s SqlExpr>) -> Result<Vec<Typed>> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    /// A condition: `WHERE`, `HAVING`, `ON`, an operand of `AND`.
    ///
    /// # Errors
    /// As [`Clause::expr`], and it is no boolean.
    pub fn condition(&self, expr: &SqlExpr) -> Result<Typed> {
        let value = self.expr(expr)?;
        self.as_boolean(value, expr.span())
    }

    /// A condition that is no boolean is cast to one, as Hive does: text holds but for `''`, `'false'`, `'no'`, `'off'` and
    /// `'0'`, numbers but for zero.
    fn as_boolean(&self, value: Typed, span: Span) -> Result<Typed> {
        match &value.ty {
            HiveType::Boolean => Ok(value),
            HiveType::Binary | HiveType::IntervalDayTime | HiveType::IntervalYearMonth => {
                Err(no_condition(&value.ty, span))
            }
            ty if ty.is_primitive() => value.cast_to(&HiveType::Boolean),
            other => Err(no_condition(other, span)),
        }
    }

    #[recursive::recursive]
    fn any(&self, expr: &SqlExpr) -> Result<Typed> {
        match expr {
            SqlExpr::Identifier(ident) => self.identifier(ident),
            SqlExpr::CompoundIdentifier(parts) => self.compound(parts),
            SqlExpr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            SqlExpr::Nested(inner) => self.expr(inner),
            SqlExpr::Value(value) => literal::value(value),
            SqlExpr::TypedString(literal) => self.typed_string(literal),
            SqlExpr::Interval(interval) => self.interval(interval),
            SqlExpr::BinaryOp { left, op, right } => self.binary(left, op, right),
            SqlExpr::UnaryOp { op, expr } => self.unary(*op, expr),
            SqlExpr::IsNull(_)
            | SqlExpr::IsNotNull(_)
            | SqlExpr::IsTrue(_)
            | SqlExpr::IsNotTrue(_)
            | SqlExpr::IsFalse(_)
            | SqlExpr::IsNotFalse(_)
            | SqlExpr::IsUnknown(_)
            | SqlExpr::IsNotUnknown(_)
            | SqlExpr::IsDistinctFrom(..)
            | SqlExpr::IsNotDistinctFrom(..) => self.is(expr),
            SqlExpr::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            SqlExpr::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            SqlExpr::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(*negated, expr, pattern, escape_char.as_ref())
            }
            SqlExpr::RLike { negated, expr, pattern, .. } => self.rlike(*negated, expr, pattern),
            SqlExpr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            SqlExpr::Function(function) => self.function(function),
            SqlExpr::InSubquery { .. }
            | SqlExpr::Exists { .. }
            | SqlExpr::Subquery(_)
            | SqlExpr::AnyOp { .. }
            | SqlExpr::AllOp { .. } => self.subquery_expr(expr),
            other => self.syntax(other),
        }
    }
}

fn no_condition(ty: &HiveType, span: Span) -> AnalyzeError {
    let message = format!("Argument type mismatch: a condition must be of type boolean, not {ty}");
    AnalyzeError::at(ErrorCode::ArgumentType, span, message)
}
