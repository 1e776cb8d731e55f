//! Tables, views and CTEs by name.

use std::sync::Arc;

use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, TableSource};
use skep_metastore::model::Table;
use skep_warehouse::types::{arrow_type, hive_type};
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Spanned, TableAlias, TableFactor};
use sqlparser::tokenizer::Span;

use super::From;
use super::plan::project;
use crate::analyzer::context::ResolvedTable;
use crate::analyzer::dml::quoted;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, ExpandedCte, Planned, Planner, Result, ViewFrame};
use crate::analyzer::scope::{Relation, Scope, ScopeColumn, did_you_mean};
use crate::parser::ast::Statement;

/// The parts of a table's name: database and name.
fn name_parts(name: &ObjectName) -> Result<(Option<&Ident>, &Ident)> {
    let idents: Vec<&Ident> = name
        .0
        .iter()
        .filter_map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(ident),
            ObjectNamePart::Function(_) => None,
        })
        .collect();
    match idents.as_slice() {
        [table] if name.0.len() == 1 => Ok((None, table)),
        [database, table] if name.0.len() == 2 => Ok((Some(database), table)),
        _ => Err(AnalyzeError::unsupported(format!("the table name {name}"), Some(name.span()))),
    }
}

impl Planner<'_> {
    /// `name [TABLESAMPLE …] [alias]`
    pub(super) fn plan_table(&self, env: &Env<'_>, factor: &TableFactor) -> Result<From> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample,
            index_hints,
        } = factor
        else {
            return Err(AnalyzeError::unsupported(format!("{factor} in FROM"), Some(factor.span())));
        };
        let properties = table_properties(with_hints).filter(|_| partitions.is_empty() && index_hints.is_empty());
        let Some(properties) = properties else {
            return Err(AnalyzeError::unsupported(format!("{factor} in FROM"), Some(factor.span())));
        };
        let (database, table) = name_parts(name)?;
        if database.is_none()
            && let Some((cte, around)) = env.find_cte(&table.value).map_err(|error| error.with_span(table.span))?
        {
            let expanded = ExpandedCte { cte, parent: around.expanded };
            let planned = self.plan_query(&Env { expanded: Some(&expanded), ..around }, &cte.query)?;
            let inner = self.named(planned, Some(&cte.alias), None)?;
            let source = aliased(inner, alias.as_ref(), &table.value)?;
            return self.sampled(env, source, sample.as_ref(), None);
        }
        if let Some(expansion) = self.expansion(env) {
            let of = database.map_or(self.context.current_database(), |ident| ident.value.as_str()).to_lowercase();
            let text = || format!("{}.{}", quoted(&of), quoted(&table.value.to_lowercase()));
            expansion.note(name.span(), text);
        }
        let database = database.map(|ident| ident.value.to_lowercase());
        let resolved = self.resolve(env, database.as_deref(), &table.value, table.span)?;
        match resolved {
            ResolvedTable::Table { table: entry, mut source } => {
                if !properties.is_empty() {
                    let changed = self.context.table_with(&entry, &properties);
                    source = changed.map_err(|error| error.with_span(table.span))?;
                }
                let from = self.scan(&entry, source, alias.as_ref())?;
                self.sampled(env, from, sample.as_ref(), Some(&entry))
            }
            ResolvedTable::View { table: entry, query_text } => {
                let from = self.plan_view(env, &entry, &query_text, alias.as_ref(), table.span)?;
                self.sampled(env, from, sample.as_ref(), None)
            }
        }
    }

    /// Looks a table up, or makes Hive's error of it.
    pub fn resolve(&self, env: &Env<'_>, database: Option<&str>, name: &str, span: Span) -> Result<ResolvedTable> {
        let database = database.or(env.database);
        if let Some(found) = self.context.table(database, name).map_err(|error| error.with_span(span))? {
            if env.views.is_none() {
                let (ResolvedTable::Table { table, .. } | ResolvedTable::View { table, .. }) = &found;
                self.context.named(table);
            }
            return Ok(found);
        }
        if let Some(database) = database
            && !self.context.database_exists(database)
        {
            let message = format!("Database does not exist: {database}");
            return Err(AnalyzeError::at(ErrorCode::DatabaseDoesNotExist, span, message));
        }
        let error = AnalyzeError::at(ErrorCode::InvalidTable, span, format!("Table not found '{name}'"));
        let names = self.context.table_names(database);
        Err(match did_you_mean(&name.to_lowercase(), names.iter().map(String::as_str)) {
            Some(hint) => error.with_hint(hint),
            None => error,
        })
    }

    /// Reads a table; its columns get ids.
    fn scan(&self, table: &Table, source: Arc<dyn TableSource>, alias: Option<&TableAlias>) -> Result<From> {
        let reference = TableReference::partial(table.database.as_str(), table.name.as_str());
        let schema = source.schema();
        let declared: Vec<_> = table.all_columns().collect();
        let mut columns = Vec::with_capacity(schema.fields().len());
        let mut exprs = Vec::with_capacity(schema.fields().len());
        for (i, field) in schema.fields().iter().enumerate() {
            let (name, ty, is_virtual) = match declared.get(i) {
                Some(column) => (column.name.clone(), column.ty.clone(), false),
                None => (field.name().to_lowercase(), hive_type(field.data_type()), true),
            };
            if arrow_type(&ty) != *field.data_type() {
                return Err(AnalyzeError::new(
                    ErrorCode::Internal,
                    format!("the column {}.{name} of type {ty} is read as {}", table.name, field.data_type()),
                ));
            }
            let id = self.fresh_id();
            exprs.push(Expr::Column(Column::new(Some(reference.clone()), field.name())).alias(&id));
            columns.push(ScopeColumn { name, id, ty, is_virtual, merged: false, shadowed: false });
        }
        let plan = LogicalPlanBuilder::scan(reference, source, None)?.build()?;
        let database = alias.is_none().then(|| table.database.clone());
        let relation = Relation { database, alias: Some(table.name.clone()), columns };
        let from = From { plan: project(plan, exprs)?, scope: Scope::of(relation) };
        match alias {
            Some(alias) => aliased(from, Some(alias), &table.name),
            None => Ok(from),
        }
    }

    fn plan_view(
        &self,
        env: &Env<'_>,
        view: &Table,
        text: &str,
        alias: Option<&TableAlias>,
        span: Span,
    ) -> Result<From> {
        let frame = ViewFrame { name: view.qualified_name(), parent: env.views };
        self.check_cycle(&frame, span)?;
        let broken = |reason: String| {
            let message = format!("the view {} cannot be read: {reason}", view.qualified_name());
            AnalyzeError::at(ErrorCode::Semantic, span, message)
        };
        let statement = crate::parser::parse(text).map_err(|error| broken(error.to_string()))?;
        let Statement::Query(source) = statement else {
            return Err(broken("its text is no query".to_string()));
        };
        let inside = Env { database: Some(&view.database), views: Some(&frame), ..Env::default() };
        let planned = self.plan_query(&inside, &source.query).map_err(|error| {
            // The position is one of the view's text.
            broken(error.to_string()).with_source(error)
        })?;
        let planned = self.as_view(planned, view).map_err(|error| error.with_span(span))?;
        let mut from = self.named(planned, alias, Some(&view.name))?;
        if alias.is_none() {
            for relation in &mut from.scope.relations {
                relation.database = Some(view.database.clone());
            }
        }
        Ok(from)
    }

    /// The query of a view with the view's column names and types.
    fn as_view(&self, mut planned: Planned, view: &Table) -> Result<Planned> {
        let declared: Vec<_> = view.all_columns().collect();
        if declared.is_empty() {
            return Ok(planned);
        }
        if declared.len() != planned.columns.len() {
            return Err(AnalyzeError::new(
                ErrorCode::ViewColumnMismatch,
                format!(
                    "the view {} has {} columns but its query gives {}",
                    view.qualified_name(),
                    declared.len(),
                    planned.columns.len()
                ),
            ));
        }
        for (column, declared) in planned.columns.iter_mut().zip(&declared) {
            column.name = declared.name.clone();
        }
        let types: Vec<_> = declared.iter().map(|column| column.ty.clone()).collect();
        self.cast_columns(planned, &types)
    }

    fn check_cycle(&self, frame: &ViewFrame<'_>, span: Span) -> Result<()> {
        let mut path = vec![frame.name.clone()];
        let mut around = frame.parent;
        while let Some(outer) = around {
            path.push(outer.name.clone());
            if outer.name == frame.name || path.len() > self.settings().max_view_depth {
                path.reverse();
                let message = format!("Recursive view {} detected (cycle: {})", frame.name, path.join(" -> "));
                return Err(AnalyzeError::at(ErrorCode::Semantic, span, message));
            }
            around = outer.parent;
        }
        Ok(())
    }
}

/// The properties that a query gives a table: `t('key'='value', …)`. `None` where they are anything else.
fn table_properties(hints: &[sqlparser::ast::Expr]) -> Option<Vec<(String, String)>> {
    use sqlparser::ast::{BinaryOperator, Expr, Value};
    let text = |expr: &Expr| match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    let pair = |hint: &Expr| match hint {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => Some((text(left)?, text(right)?)),
        _ => None,
    };
    hints.iter().map(pair).collect()
}

/// A relation under another name, and its columns under those that stand behind it.
fn aliased(mut from: From, alias: Option<&TableAlias>, name: &str) -> Result<From> {
    let new_name = alias.map_or(name, |alias| &alias.name.value).to_lowercase();
    for relation in &mut from.scope.relations {
        relation.alias = Some(new_name.clone());
        if let Some(alias) = alias {
            relation.database = None;
            let visible = relation.columns.iter().filter(|column| !column.is_virtual).count();
            if !alias.columns.is_empty() && alias.columns.len() != visible {
                return Err(AnalyzeError::at(
                    ErrorCode::ViewColumnMismatch,
                    alias.name.span,
                    format!("{} column names are given for {visible} columns", alias.columns.len()),
                ));
            }
            for (column, name) in relation.columns.iter_mut().zip(&alias.columns) {
                column.name = name.name.value.to_lowercase();
            }
        }
    }
    Ok(from)
}
