//! The select list: expressions, aliases, stars, regular expressions over column names.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::Expr;
use sqlparser::ast::{
    AccessExpr, Expr as SqlExpr, Ident, ObjectName, ObjectNamePart, SelectItem, SelectItemQualifiedWildcardKind,
    Spanned, WildcardAdditionalOptions,
};
use sqlparser::tokenizer::Span;

use super::window::WindowNames;
use crate::analyzer::dml::quoted;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Alias, Clause, Reference};
use crate::analyzer::planner::Result;
use crate::analyzer::scope::{Relation, ScopeColumn};
use crate::analyzer::types::Typed;

/// An output column of a select list.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub value: Typed,
    pub name: String,
    /// Alias of the relation, for a column that a star stands for.
    pub qualifier: Option<String>,
    /// Does a star stand for it?
    pub starred: bool,
    /// Where the columns it uses stand.
    pub references: Vec<Reference>,
}

/// Analyzes a select list.
pub(super) fn items(clause: &Clause<'_>, projection: &[SelectItem]) -> Result<Vec<Item>> {
    let mut parts: Vec<Result<Vec<Item>>> = projection.iter().map(|item| part(clause, item)).collect();
    let grouped = clause.group_by.is_some_and(|group_by| !group_by.is_empty());
    let is_later = |part: &Result<Vec<Item>>| is_unknown_name(part) || grouped && is_window(part);
    if parts.iter().any(is_later) {
        // A window may be ordered or partitioned by the alias of another column.
        let known: Vec<Alias> =
            parts.iter().filter(|part| !is_window(part)).flatten().flat_map(|items| aliases(items)).collect();
        let clause = clause.with_window_aliases(&known);
        for (position, item) in projection.iter().enumerate() {
            if is_later(&parts[position]) {
                parts[position] = part(&clause, item);
            }
        }
    }
    let mut items: Vec<Item> = Vec::with_capacity(projection.len());
    // Hive counts the entries of the list. In the text of a view that is being made columns stand in place of stars, so
    // there the columns are counted: that is what the entries are when the text is read.
    let stars_written_out = clause.planner.expansion.is_some();
    let windows = WindowNames::of(parts.iter().flatten().flatten().map(|item| &item.value.expr))?;
    for (position, part) in parts.into_iter().enumerate() {
        for mut item in part? {
            if item.name.is_empty() {
                let of_window = match &projection[position] {
                    SelectItem::UnnamedExpr(expr) => windows.name(expr, &item.value.expr)?,
                    _ => None,
                };
                let place = if stars_written_out { items.len() } else { position };
                item.name = of_window.unwrap_or_else(|| format!("_c{place}"));
            }
            items.push(item);
        }
    }
    Ok(items)
}

fn is_window(part: &Result<Vec<Item>>) -> bool {
    let window = |expr: &Expr| Ok(matches!(expr, Expr::WindowFunction(_)));
    matches!(part, Ok(items) if items.iter().any(|item| item.value.expr.exists(window).unwrap_or(false)))
}

fn is_unknown_name(part: &Result<Vec<Item>>) -> bool {
    matches!(part, Err(error) if error.code == ErrorCode::InvalidTableOrColumn)
}

/// The columns of one entry of the list.
fn part(clause: &Clause<'_>, item: &SelectItem) -> Result<Vec<Item>> {
    let mut items = Vec::with_capacity(1);
    match item {
        SelectItem::UnnamedExpr(expr) => match pattern(clause, expr)? {
            Some(columns) => items.extend(columns),
            None => {
                let mut item = expression(clause, expr, column_name(expr))?;
                item.qualifier = qualifier(clause, expr);
                items.push(item);
            }
        },
        SelectItem::ExprWithAlias { expr, alias } => {
            if let Some(expansion) = clause.planner.expansion(clause.env) {
                expansion.note(alias.span, || quoted(&alias.value));
            }
            items.push(expression(clause, expr, alias.value.to_lowercase())?);
        }
        SelectItem::ExprWithAliases { expr, .. } => {
            return Err(AnalyzeError::at(
                ErrorCode::InvalidAs,
                expr.span(),
                "AS clause has an invalid number of aliases",
            ));
        }
        SelectItem::Wildcard(options) => {
            refuse(options)?;
            star(clause, None, options.wildcard_token.0.span, &mut items)?;
        }
        SelectItem::QualifiedWildcard(kind, options) => {
            refuse(options)?;
            let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                return Err(AnalyzeError::unsupported(format!("{kind}"), Some(item.span())));
            };
            star(clause, Some(name), name.span().union(&options.wildcard_token.0.span), &mut items)?;
        }
    }
    Ok(items)
}

/// The aliases that `ORDER BY` and `HAVING` can see.
pub(super) fn aliases(items: &[Item]) -> Vec<Alias> {
    items.iter().map(|item| Alias { name: item.name.to_lowercase(), value: item.value.clone() }).collect()
}

fn expression(clause: &Clause<'_>, expr: &SqlExpr, name: String) -> Result<Item> {
    let start = clause.references.borrow().len();
    let value = clause.expr(expr)?;
    let references = clause.references.borrow_mut().split_off(start);
    Ok(Item { value, name, qualifier: None, starred: false, references })
}

/// The relation that a qualified column without an alias is taken from, `a` in `a.x`.
fn qualifier(clause: &Clause<'_>, expr: &SqlExpr) -> Option<String> {
    let SqlExpr::CompoundIdentifier(parts) = expr else { return None };
    let [relation, _] = parts.as_slice() else { return None };
    let name = relation.value.to_lowercase();
    clause.scope.relation(None, &name).is_some().then_some(name)
}

/// Hive's name for a column without an alias: the column's or field's own; empty for those that are named `_c` and their
/// place in the result.
pub(super) fn column_name(expr: &SqlExpr) -> String {
    match expr {
        SqlExpr::Identifier(ident) => ident.value.to_lowercase(),
        SqlExpr::CompoundIdentifier(parts) => parts.last().map(|last| last.value.to_lowercase()).unwrap_or_default(),
        SqlExpr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
            Some(AccessExpr::Dot(SqlExpr::Identifier(last))) => last.value.to_lowercase(),
            _ => String::new(),
        },
        SqlExpr::Nested(inner) => column_name(inner),
        _ => String::new(),
    }
}

fn refuse(options: &WildcardAdditionalOptions) -> Result<()> {
    let WildcardAdditionalOptions {
        wildcard_token,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let foreign = opt_ilike.is_some()
        || opt_exclude.is_some()
        || opt_except.is_some()
        || opt_replace.is_some()
        || opt_rename.is_some()
        || opt_alias.is_some();
    if foreign {
        return Err(AnalyzeError::unsupported(format!("*{options}"), Some(wildcard_token.0.span)));
    }
    Ok(())
}

/// `*`, `t.*`, `db.t.*`
fn star(clause: &Clause<'_>, name: Option<&ObjectName>, span: Span, items: &mut Vec<Item>) -> Result<()> {
    let count = items.len();
    match name {
        None => {
            let columns = clause.scope.star().map(|(alias, column)| taken(alias, column, span));
            items.extend(columns);
        }
        Some(name) => {
            let relation = relation(clause, name, span)?;
            let columns = relation.columns.iter().filter(|column| !column.is_virtual);
            items.extend(columns.map(|column| taken(relation.alias.as_deref(), column, span)));
        }
    }
    if let Some(expansion) = clause.planner.expansion(clause.env) {
        expansion.note(span, || written_out(clause, &items[count..]));
    }
    if items.len() == count {
        return Err(AnalyzeError::at(
            ErrorCode::InvalidColumn,
            span,
            "Invalid column reference '*': there are no columns",
        ));
    }
    Ok(())
}

/// The columns of a star, as text.
fn written_out(clause: &Clause<'_>, items: &[Item]) -> String {
    let alias_of = |item: &Item| item.references.first().and_then(|reference| clause.scope.alias_of(&reference.id));
    let names: Vec<String> = items
        .iter()
        .map(|item| match item.qualifier.as_deref().or_else(|| alias_of(item)) {
            Some(alias) => format!("{}.{}", quoted(alias), quoted(&item.name)),
            None => quoted(&item.name),
        })
        .collect();
    names.join(", ")
}

fn relation<'c>(clause: &'c Clause<'_>, name: &ObjectName, span: Span) -> Result<&'c Relation> {
    let parts: Vec<&Ident> = name
        .0
        .iter()
        .filter_map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(ident),
            ObjectNamePart::Function(_) => None,
        })
        .collect();
    let found = match parts.as_slice() {
        [alias] => clause.scope.relation(None, &alias.value.to_lowercase()),
        [database, alias] => clause.scope.relation(Some(&database.value.to_lowercase()), &alias.value.to_lowercase()),
        _ => None,
    };
    found.ok_or_else(|| AnalyzeError::at(ErrorCode::InvalidTableAlias, span, format!("Invalid table alias '{name}'")))
}

fn taken(alias: Option<&str>, column: &ScopeColumn, span: Span) -> Item {
    let reference = Reference { id: column.id.clone(), name: column.name.clone(), span };
    Item {
        value: Typed::column(column),
        name: column.name.clone(),
        qualifier: alias.map(str::to_string),
        starred: true,
        references: vec![reference],
    }
}

/// The columns that a back-quoted name matches as a regular expression, where
/// `hive.support.quoted.identifiers=none`; `None` for every other expression.
fn pattern(clause: &Clause<'_>, expr: &SqlExpr) -> Result<Option<Vec<Item>>> {
    if !clause.planner.settings().regex_column_names {
        return Ok(None);
    }
    let (relation, ident) = match expr {
        SqlExpr::Identifier(ident) => (None, ident),
        SqlExpr::CompoundIdentifier(parts) => match parts.as_slice() {
            [alias, ident] => (Some(alias), ident),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let plain = ident.value.chars().all(|c| c.is_alphanumeric() || c == '_');
    if ident.quote_style != Some('`') || plain {
        return Ok(None);
    }
    let regex = fancy_regex::Regex::new(&format!("(?i)^(?:{})$", ident.value)).map_err(|error| {
        AnalyzeError::at(
            ErrorCode::InvalidColumn,
            ident.span,
            format!("Invalid column reference '{}': {error}", ident.value),
        )
    })?;
    let alias = relation.map(|alias| alias.value.to_lowercase());
    let columns: Vec<Item> = clause
        .scope
        .star()
        .filter(|(of, _)| alias.is_none() || *of == alias.as_deref())
        .filter(|(_, column)| regex.is_match(&column.name).unwrap_or(false))
        .map(|(of, column)| taken(of, column, ident.span))
        .collect();
    if columns.is_empty() {
        return Err(AnalyzeError::at(
            ErrorCode::InvalidColumn,
            ident.span,
            format!("Invalid column reference '{}'", ident.value),
        ));
    }
    Ok(Some(columns))
}
