//! What an analysis gives.

use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use skep_metastore::model::{HiveType, Table};
use skep_udf::text::Padding;

/// A column of a result, as users see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputColumn {
    /// Name: the alias, the column's own name, or `_c0`, `_c1`, … by position for other expressions.
    pub name: String,
    /// Hive type.
    pub ty: HiveType,
    /// Alias of the relation it came from, where it came from one as it is (`t` in `select t.*`).
    pub qualifier: Option<String>,
}

impl OutputColumn {
    /// The column with the name that is shown where names are to be unique: `table.column`.
    #[must_use]
    pub fn qualified(mut self) -> Self {
        if let Some(qualifier) = self.qualifier.take() {
            self.name = format!("{qualifier}.{}", self.name);
        }
        self
    }
}

/// Where a type has `char` in it.
pub fn padding(ty: &HiveType) -> Padding {
    let members: Vec<Padding> = match ty {
        HiveType::Char(length) => return Padding::Char(*length as usize),
        HiveType::Array(item) => vec![padding(item)],
        HiveType::Map(key, value) => vec![padding(key), padding(value)],
        HiveType::Struct(fields) => fields.iter().map(|field| padding(&field.ty)).collect(),
        HiveType::Union(branches) => branches.iter().map(padding).collect(),
        _ => return Padding::None,
    };
    if members.iter().all(|member| *member == Padding::None) { Padding::None } else { Padding::Members(members) }
}

/// A planned query.
#[derive(Debug, Clone)]
pub struct AnalyzedQuery {
    /// The plan; its output columns have unique ids for names.
    pub plan: LogicalPlan,
    /// What users see, one for each output column of the plan, in its order.
    pub columns: Vec<OutputColumn>,
}

/// A planned `INSERT`, one plan for each branch.
#[derive(Debug, Clone)]
pub struct AnalyzedInsert {
    /// What several branches read, where there are several; they have [`SharedRows`](super::nodes::SharedRows) in its place.
    pub source: Option<LogicalPlan>,
    /// In the order of the text.
    pub branches: Vec<InsertPlan>,
}

/// One branch of an `INSERT`.
#[derive(Debug, Clone)]
pub enum InsertPlan {
    /// `INSERT INTO|OVERWRITE TABLE`.
    Table {
        /// Gives the target's stored columns in its order and of its types, then the dynamic partition columns.
        plan: LogicalPlan,
        /// Where the rows go.
        target: TableInsert,
    },
    /// `INSERT OVERWRITE [LOCAL] DIRECTORY`; where and how is in the syntax tree.
    Directory {
        /// Gives the rows, under the names of `query.columns`.
        query: AnalyzedQuery,
        /// Position of the branch in the statement.
        branch: usize,
    },
}

impl InsertPlan {
    /// Gives the rows.
    pub fn plan_mut(&mut self) -> &mut LogicalPlan {
        match self {
            Self::Table { plan, .. } => plan,
            Self::Directory { query, .. } => &mut query.plan,
        }
    }
}

/// The target of an insert into a table.
#[derive(Debug, Clone)]
pub struct TableInsert {
    /// The table.
    pub table: Arc<Table>,
    /// For each partition column its static value in Hive's text form, or `None` where it is dynamic.
    pub partition: Vec<Option<String>>,
    /// `OVERWRITE`?
    pub overwrite: bool,
    /// `IF NOT EXISTS`?
    pub if_not_exists: bool,
}

/// What `CREATE VIEW` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewDefinition {
    /// The view's columns, with the names given in `CREATE VIEW v (a, b)` where there are any.
    pub columns: Vec<OutputColumn>,
    /// The query with all names written out.
    pub expanded_text: String,
}

/// A planned `UPDATE`, `DELETE` or `MERGE`.
#[derive(Debug, Clone)]
pub struct AnalyzedChange {
    /// The table that is changed.
    pub table: Arc<Table>,
    /// Gives what `skep_warehouse::acid::write_changes` takes: the operation, the row's id, the stored columns, the
    /// partition columns. The operation is NULL for a row that only counts in the check.
    pub plan: LogicalPlan,
    /// Must no row of the target be matched twice (`hive.merge.cardinality.check`)?
    pub check_cardinality: bool,
}
