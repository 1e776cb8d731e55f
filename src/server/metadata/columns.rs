//! `GetColumns`: columns of tables and views, partition columns last.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::ScalarValue;
use skep_metastore::model::pattern::Pattern;
use skep_metastore::model::{Constraint, ConstraintKind, HiveType, Table};
use skep_metastore::store::MetaStore;

use super::types::{JdbcType, column_size, decimal_digits, type_name};
use super::{OperationKind, Question, authorize_tables, databases, pattern, still_there, text};
use crate::Session;
use crate::error::Result;
use crate::executor::column_comment;

/// `java.sql.DatabaseMetaData.columnNoNulls`
const NO_NULLS: i32 = 0;
/// `java.sql.DatabaseMetaData.columnNullable`
const NULLABLE: i32 = 1;

/// `GetColumnsOperation`. The catalog of a request says nothing: there is one.
#[derive(Debug)]
pub struct Columns {
    /// A pattern of databases; all where it is empty or not there.
    pub schema: Option<String>,
    /// A pattern of tables; all where it is not there.
    pub table: Option<String>,
    /// A pattern of columns; all where it is not there.
    pub column: Option<String>,
}

impl Question for Columns {
    const NAME: &'static str = "GetColumns";
    const KIND: OperationKind = OperationKind::Columns;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[
        ("TABLE_CAT", HiveType::String),
        ("TABLE_SCHEM", HiveType::String),
        ("TABLE_NAME", HiveType::String),
        ("COLUMN_NAME", HiveType::String),
        ("DATA_TYPE", HiveType::Int),
        ("TYPE_NAME", HiveType::String),
        ("COLUMN_SIZE", HiveType::Int),
        ("BUFFER_LENGTH", HiveType::TinyInt),
        ("DECIMAL_DIGITS", HiveType::Int),
        ("NUM_PREC_RADIX", HiveType::Int),
        ("NULLABLE", HiveType::Int),
        ("REMARKS", HiveType::String),
        ("COLUMN_DEF", HiveType::String),
        ("SQL_DATA_TYPE", HiveType::Int),
        ("SQL_DATETIME_SUB", HiveType::Int),
        ("CHAR_OCTET_LENGTH", HiveType::Int),
        ("ORDINAL_POSITION", HiveType::Int),
        ("IS_NULLABLE", HiveType::String),
        ("SCOPE_CATALOG", HiveType::String),
        ("SCOPE_SCHEMA", HiveType::String),
        ("SCOPE_TABLE", HiveType::String),
        ("SOURCE_DATA_TYPE", HiveType::SmallInt),
        ("IS_AUTO_INCREMENT", HiveType::String),
    ];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        let wanted = self.table.as_deref().map(pattern::of_request).transpose()?;
        let columns = pattern::to_compare(self.column.as_deref())?;
        let mut found = Vec::new();
        for database in databases(session, "GET_COLUMNS", self.schema.as_deref())? {
            let names = session.catalog().table_names(&database, wanted.as_deref(), None)?;
            found.extend(names.into_iter().map(|name| (database.clone(), name)));
        }
        let tables = session.visible_tables("GET_COLUMNS", found)?;
        authorize_tables(session, "GET_COLUMNS", &tables)?;
        let mut rows = Vec::new();
        for (database, name) in tables {
            let Some(table) = still_there(session, &database, &name)? else { continue };
            let facts = Facts::of(&session.catalog().constraints(&database, &name)?);
            add_columns(&table, columns.as_ref(), &facts, &mut rows);
        }
        Ok(rows)
    }
}

/// The rows of a table's columns that are wanted.
fn add_columns(table: &Table, wanted: Option<&Pattern>, facts: &Facts, rows: &mut Vec<Vec<ScalarValue>>) {
    let stored = table.storage.columns.len();
    for (position, column) in (1i32..).zip(table.all_columns()) {
        if wanted.is_some_and(|wanted| !wanted.matches(&column.name)) {
            continue;
        }
        let jdbc = JdbcType::of(&column.ty);
        let no_nulls = facts.no_nulls.contains(&column.name);
        let at = usize::try_from(position).unwrap_or(usize::MAX);
        let comment = if at <= stored { column_comment(table, column) } else { column.comment.as_deref() };
        rows.push(vec![
            ScalarValue::Null,
            table.database.as_str().into(),
            table.name.as_str().into(),
            column.name.as_str().into(),
            jdbc.number.into(),
            type_name(&column.ty).into(),
            column_size(&column.ty).into(),
            ScalarValue::Null,
            decimal_digits(&column.ty).into(),
            jdbc.radix().into(),
            if no_nulls { NO_NULLS } else { NULLABLE }.into(),
            text(comment),
            text(facts.defaults.get(&column.name).map(String::as_str)),
            ScalarValue::Null,
            ScalarValue::Null,
            ScalarValue::Null,
            position.into(),
            if no_nulls { "NO" } else { "YES" }.into(),
            ScalarValue::Null,
            ScalarValue::Null,
            ScalarValue::Null,
            ScalarValue::Null,
            "NO".into(),
        ]);
    }
}

/// What the constraints of a table say of its columns.
#[derive(Debug, Default)]
struct Facts {
    /// Those of the primary key, and those where new rows are checked for NULL.
    no_nulls: BTreeSet<String>,
    /// What rows have that say nothing, by column.
    defaults: BTreeMap<String, String>,
}

impl Facts {
    fn of(constraints: &[Constraint]) -> Self {
        let mut facts = Self::default();
        for constraint in constraints {
            match &constraint.kind {
                ConstraintKind::PrimaryKey { columns } => facts.no_nulls.extend(columns.iter().cloned()),
                ConstraintKind::NotNull { column } if constraint.enable => {
                    facts.no_nulls.insert(column.clone());
                }
                ConstraintKind::Default { column, value } if constraint.enable => {
                    facts.defaults.insert(column.clone(), value.clone());
                }
                _ => {}
            }
        }
        facts
    }
}
