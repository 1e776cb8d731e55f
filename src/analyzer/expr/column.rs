//! Column references, struct fields, array elements and map values.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::{Column, ScalarValue};
use datafusion::functions::core::get_field;
use datafusion::logical_expr::Expr;
use skep_metastore::model::HiveType;
use skep_warehouse::types::arrow_type;
use sqlparser::ast::{AccessExpr, Expr as SqlExpr, Ident, Subscript};
use sqlparser::tokenizer::Span;

use super::Clause;
use crate::analyzer::dml::quoted;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Outer, Result};
use crate::analyzer::scope::{Found, Relation, Scope, ScopeColumn, did_you_mean};
use crate::analyzer::types::Typed;

/// Where a bare column is used, for errors about `GROUP BY`.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub id: String,
    pub name: String,
    pub span: Span,
}

impl Clause<'_> {
    /// A bare name.
    pub(super) fn identifier(&self, ident: &Ident) -> Result<Typed> {
        let name = ident.value.to_lowercase();
        if let Some(found) = self.alias(&name, ident)? {
            return Ok(found);
        }
        match self.scope.find(&name) {
            Found::Column(column) => {
                // Above a GROUP BY only its keys are columns; any other name is that of an aggregate.
                if let Some(alias) = self.window_alias(&name)
                    && self.is_no_group_key(column)
                {
                    return Ok(alias);
                }
                self.write_out(self.scope, column, ident.span);
                return Ok(self.reference(column, &ident.value, ident.span));
            }
            Found::Ambiguous => {
                if let Some(column) = self.group_key_named(&name) {
                    return Ok(self.reference(column, &ident.value, ident.span));
                }
                let message = format!("Ambiguous column reference {name}");
                return Err(AnalyzeError::at(ErrorCode::AmbiguousColumn, ident.span, message));
            }
            Found::Nothing => {}
        }
        if let Some(alias) = self.window_alias(&name) {
            return Ok(alias);
        }
        if let Some(special) = self.bare_function(&name) {
            return Ok(special);
        }
        let mut outer = self.env.outer;
        while let Some(around) = outer {
            match around.scope.find(&name) {
                Found::Column(column) => {
                    self.write_out(around.scope, column, ident.span);
                    return Ok(outer_reference(column));
                }
                Found::Ambiguous => {
                    let message = format!("Ambiguous column reference {name}");
                    return Err(AnalyzeError::at(ErrorCode::AmbiguousColumn, ident.span, message));
                }
                Found::Nothing => outer = around.parent,
            }
        }
        Err(self.unknown(&ident.value, ident.span))
    }

    /// In a view's text a column stands with the name of its relation, as Hive's `UnparseTranslator` writes it.
    pub(super) fn write_out(&self, scope: &Scope, column: &ScopeColumn, span: Span) {
        let Some(expansion) = self.planner.expansion(self.env) else { return };
        expansion.note(span, || match scope.alias_of(&column.id) {
            Some(alias) => format!("{}.{}", quoted(alias), quoted(&column.name)),
            None => quoted(&column.name),
        });
    }

    /// The alias of the select list that a window's key may mean.
    fn window_alias(&self, name: &str) -> Option<Typed> {
        let found = self.window_aliases.iter().filter(|_| self.window_keys).find(|alias| alias.name == name);
        found.map(|alias| alias.value.clone())
    }

    fn is_no_group_key(&self, column: &ScopeColumn) -> bool {
        let group_by = self.group_by.filter(|group_by| !group_by.is_empty());
        group_by.is_some_and(|group_by| group_by.keys.iter().all(|key| key.expr != column.expr()))
    }

    /// The one column of that name that is a key of the `GROUP BY`.
    fn group_key_named(&self, name: &str) -> Option<&ScopeColumn> {
        let group_by = self.group_by.filter(|group_by| !group_by.is_empty())?;
        let columns = self.scope.relations.iter().flat_map(|relation| &relation.columns);
        let mut keys = columns.filter(|column| {
            column.name == name && !column.merged && group_by.keys.iter().any(|key| key.expr == column.expr())
        });
        keys.next().filter(|_| keys.next().is_none())
    }

    fn reference(&self, column: &ScopeColumn, name: &str, span: Span) -> Typed {
        let reference = Reference { id: column.id.clone(), name: name.to_lowercase(), span };
        self.references.borrow_mut().push(reference);
        Typed::column(column)
    }

    fn unknown(&self, name: &str, span: Span) -> AnalyzeError {
        let mut names = self.scope.possible_names();
        for alias in self.aliases {
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(&alias.name);
        }
        let message = format!("Invalid table alias or column reference '{name}': (possible column names are: {names})");
        let error = AnalyzeError::at(ErrorCode::InvalidTableOrColumn, span, message);
        let candidates = self.scope.star().map(|(_, column)| column.name.as_str());
        let relations = self.scope.relations.iter().filter_map(|relation| relation.alias.as_deref());
        match did_you_mean(&name.to_lowercase(), candidates.chain(relations)) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// `a.b`, `a.b.c`, …: a relation's column, a database's table's column, or fields of a struct.
    pub(super) fn compound(&self, parts: &[Ident]) -> Result<Typed> {
        let [first, rest @ ..] = parts else {
            return Err(AnalyzeError::new(ErrorCode::Internal, "a name without parts"));
        };
        let name = first.value.to_lowercase();
        if let Some(second) = rest.first() {
            if let Some((relation, outer)) = self.find_relation(None, &name, &second.value.to_lowercase()) {
                let column = self.column_of(relation, outer, second)?;
                self.write_out_qualified(&name, second, first.span.union(&second.span));
                return self.fields(column, &rest[1..]);
            }
            if let Some(third) = rest.get(1)
                && let Some((relation, outer)) =
                    self.find_relation(Some(&name), &second.value.to_lowercase(), &third.value.to_lowercase())
            {
                let column = self.column_of(relation, outer, third)?;
                self.write_out_qualified(&second.value.to_lowercase(), third, first.span.union(&third.span));
                return self.fields(column, &rest[2..]);
            }
        }
        let column = self.identifier(first)?;
        self.fields(column, rest)
    }

    fn write_out_qualified(&self, relation: &str, column: &Ident, span: Span) {
        if let Some(expansion) = self.planner.expansion(self.env) {
            expansion.note(span, || format!("{}.{}", quoted(relation), quoted(&column.value.to_lowercase())));
        }
    }

    /// The relation of that name, and whether it is one of a query around.
    fn find_relation(&self, database: Option<&str>, alias: &str, column: &str) -> Option<(&Relation, bool)> {
        if let Some(relation) = self.scope.relation_with(database, alias, column) {
            return Some((relation, false));
        }
        // A column of that name is nearer than a relation of a query around.
        if !matches!(self.scope.find(alias), Found::Nothing) {
            return None;
        }
        let mut outer: Option<&Outer<'_>> = self.env.outer;
        while let Some(around) = outer {
            if let Some(relation) = around.scope.relation_with(database, alias, column) {
                return Some((relation, true));
            }
            outer = around.parent;
        }
        None
    }

    fn column_of(&self, relation: &Relation, outer: bool, ident: &Ident) -> Result<Typed> {
        let name = ident.value.to_lowercase();
        if relation.columns.iter().filter(|column| column.name == name && !column.shadowed).count() > 1 {
            let message = format!("Ambiguous column reference {name}");
            return Err(AnalyzeError::at(ErrorCode::AmbiguousColumn, ident.span, message));
        }
        match relation.find(&name) {
            Some(column) if outer => Ok(outer_reference(column)),
            Some(column) => Ok(self.reference(column, &ident.value, ident.span)),
            None => {
                let error = AnalyzeError::at(
                    ErrorCode::InvalidColumn,
                    ident.span,
                    format!("Invalid column reference '{}'", ident.value),
                );
                let names = relation.columns.iter().map(|column| column.name.as_str());
                Err(match did_you_mean(&name, names) {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                })
            }
        }
    }

    fn fields(&self, mut value: Typed, names: &[Ident]) -> Result<Typed> {
        for name in names {
            value = self.field(value, name)?;
        }
        Ok(value)
    }

    /// `value.name`: a field of a struct, or of every struct of an array.
    pub(super) fn field(&self, value: Typed, name: &Ident) -> Result<Typed> {
        let wanted = name.value.to_lowercase();
        if let Some(expansion) = self.planner.expansion(self.env) {
            expansion.note(name.span, || quoted(&name.value));
        }
        let fields = match &value.ty {
            HiveType::Struct(fields) => fields,
            HiveType::Array(element) => return self.field_of_elements(&value, element, name),
            other => {
                let message =
                    format!(". Operator is only supported on struct or list of struct types '{wanted}' (not {other})");
                return Err(AnalyzeError::at(ErrorCode::InvalidDot, name.span, message));
            }
        };
        let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(&wanted)) else {
            return Err(no_field(&wanted, &value.ty, name.span));
        };
        let key = Expr::Literal(ScalarValue::Utf8(Some(field.name.clone())), None);
        Ok(Typed::new(get_field().call(vec![value.expr, key]), field.ty.clone()))
    }

    fn field_of_elements(&self, value: &Typed, element: &HiveType, name: &Ident) -> Result<Typed> {
        let HiveType::Struct(fields) = element else {
            let message = format!(". Operator is only supported on struct or list of struct types '{}'", name.value);
            return Err(AnalyzeError::at(ErrorCode::InvalidDot, name.span, message));
        };
        let wanted = name.value.to_lowercase();
        let Some(field) = fields.iter().find(|field| field.name == wanted) else {
            return Err(no_field(&wanted, element, name.span));
        };
        let function = super::list_field::list_field();
        let key = Expr::Literal(ScalarValue::Utf8(Some(field.name.clone())), None);
        let ty = HiveType::Array(Box::new(field.ty.clone()));
        Ok(Typed::new(function.call(vec![value.expr.clone(), key]), ty))
    }

    /// `root[…].name[…]…`
    pub(super) fn access(&self, root: &SqlExpr, chain: &[AccessExpr]) -> Result<Typed> {
        let mut chain = chain;
        // `t.a[0]` comes as root `t` with the chain `.a`, `[0]`: the names belong together.
        let mut value = match root {
            SqlExpr::Identifier(first) => {
                let mut names = vec![first.clone()];
                while let [AccessExpr::Dot(SqlExpr::Identifier(name)), rest @ ..] = chain {
                    names.push(name.clone());
                    chain = rest;
                }
                if names.len() == 1 { self.identifier(first)? } else { self.compound(&names)? }
            }
            other => self.expr(other)?,
        };
        for access in chain {
            value = match access {
                AccessExpr::Dot(SqlExpr::Identifier(name)) => self.field(value, name)?,
                AccessExpr::Subscript(Subscript::Index { index }) => self.element(value, self.expr(index)?)?,
                other => return Err(AnalyzeError::unsupported(format!("the access {other}"), None)),
            };
        }
        Ok(value)
    }

    /// `array[index]`, `map[key]`
    fn element(&self, value: Typed, index: Typed) -> Result<Typed> {
        match value.ty.clone() {
            HiveType::Array(element) => {
                if !index.ty.is_integer() {
                    return Err(AnalyzeError::new(
                        ErrorCode::InvalidMapIndexType,
                        "MAP key type does not match index expression type",
                    ));
                }
                let index = index.cast_to(&HiveType::Int)?;
                self.index_call(value, index, *element)
            }
            HiveType::Map(key, element) => {
                if !skep_udf::coercion::implicitly_converts(&index.arrow(), &arrow_type(&key)) && index.ty != *key {
                    return Err(AnalyzeError::new(
                        ErrorCode::InvalidMapIndexType,
                        "MAP key type does not match index expression type",
                    ));
                }
                let index = index.cast_to(&key)?;
                self.index_call(value, index, *element)
            }
            _ => Err(AnalyzeError::new(ErrorCode::NonCollectionType, "[] not valid on non-collection types")),
        }
    }

    fn index_call(&self, value: Typed, index: Typed, ty: HiveType) -> Result<Typed> {
        let function = self.scalar_function("index")?;
        Ok(Typed::new(function.call(vec![value.expr, index.expr]), ty))
    }
}

fn no_field(name: &str, ty: &HiveType, span: Span) -> AnalyzeError {
    let error = AnalyzeError::at(ErrorCode::Semantic, span, format!("No such field '{name}' in {ty}"));
    let HiveType::Struct(fields) = ty else { return error };
    match did_you_mean(name, fields.iter().map(|field| field.name.as_str())) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// A column of a query around the subquery.
pub(super) fn outer_reference(column: &ScopeColumn) -> Typed {
    let field = Arc::new(Field::new(&column.id, arrow_type(&column.ty), true));
    Typed::new(Expr::OuterReferenceColumn(field, Column::new_unqualified(&column.id)), column.ty.clone())
}
