//! What the analyzer is told about the world around a statement.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::logical_expr::TableSource;
use skep_metastore::model::{Constraint, Table};

use super::{AnalyzeError, Result};

/// A name in `FROM` or in an `INSERT`, looked up.
#[derive(Clone)]
pub enum ResolvedTable {
    /// Something with rows of its own.
    Table {
        /// Its catalog entry.
        table: Arc<Table>,
        /// Where its rows come from. Its schema is the stored columns, then the partition columns, then perhaps
        /// hidden virtual columns (`skep_warehouse::scan::virtual_columns`).
        source: Arc<dyn TableSource>,
    },
    /// A stored query.
    View {
        /// Its catalog entry; the view's column names are those of its storage descriptor.
        table: Arc<Table>,
        /// The query (`view_expanded_text`, or what there is of it). Unqualified names in it are looked up in the
        /// view's database.
        query_text: String,
    },
}

/// The configuration that bears on meaning. The session fills it from its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzerSettings {
    /// `hive.groupby.position.alias` (or `hive.groupby.orderby.position.alias`): `GROUP BY 1` means the first column.
    pub group_by_position_alias: bool,
    /// `hive.orderby.position.alias`: `ORDER BY 1` means the first column.
    pub order_by_position_alias: bool,
    /// `hive.default.nulls.last`: ascending order puts NULL last, descending order first.
    pub default_nulls_last: bool,
    /// `hive.support.quoted.identifiers=none`: back-quoted names in a select list are regular expressions.
    pub regex_column_names: bool,
    /// `hive.exec.dynamic.partition`.
    pub dynamic_partition: bool,
    /// `hive.exec.dynamic.partition.mode=strict`: an `INSERT` needs at least one static partition value.
    pub strict_dynamic_partition: bool,
    /// `hive.exec.default.partition.name`.
    pub default_partition_name: String,
    /// `hive.resultset.use.unique.column.names`: a query's header shows `alias.column` where the columns are not
    /// all named by the query. The analyzer only fills [`super::OutputColumn::qualifier`]; the front doors use it.
    pub unique_column_names: bool,
    /// `hive.strict.checks.cartesian.product`.
    pub strict_cartesian_product: bool,
    /// `hive.strict.checks.orderby.no.limit`.
    pub strict_order_by_without_limit: bool,
    /// `hive.strict.checks.type.safety`: comparing `bigint` with `string` or `double` is an error.
    pub strict_type_safety: bool,
    /// Over how many streams `DISTRIBUTE BY` and `SORT BY` spread the rows (`mapreduce.job.reduces`); `None` leaves that
    /// to the size of the input.
    pub reducers: Option<usize>,
    /// `hive.transform.escape.input`: tabs and line ends in values are escaped for scripts.
    pub script_escapes: bool,
    /// `hive.script.serde`: the SerDe that reads what scripts write.
    pub script_serde: String,
    /// `hive.script.recordreader`.
    pub script_record_reader: String,
    /// `hive.script.recordwriter`.
    pub script_record_writer: String,
    /// `hive.int.timestamp.conversion.in.seconds`: an integer cast to timestamp is seconds, not milliseconds.
    pub int_timestamp_in_seconds: bool,
    /// How deep views may nest.
    pub max_view_depth: usize,
    /// `hive.constraint.notnull.enforce`: rows that break an enabled `NOT NULL` are refused.
    pub enforce_not_null: bool,
    /// `hive.merge.cardinality.check`: no row of a `MERGE`'s target may be matched twice.
    pub merge_cardinality_check: bool,
}

impl Default for AnalyzerSettings {
    /// Hive 4's defaults, with `hive.exec.dynamic.partition.mode=nonstrict` as Hive 4 has it.
    fn default() -> Self {
        Self {
            group_by_position_alias: false,
            order_by_position_alias: true,
            default_nulls_last: true,
            int_timestamp_in_seconds: false,
            regex_column_names: false,
            dynamic_partition: true,
            strict_dynamic_partition: false,
            default_partition_name: "__HIVE_DEFAULT_PARTITION__".to_string(),
            unique_column_names: true,
            strict_cartesian_product: false,
            strict_order_by_without_limit: false,
            strict_type_safety: false,
            reducers: None,
            script_escapes: false,
            script_serde: skep_warehouse::format::LAZY_SIMPLE_SERDE.to_string(),
            script_record_reader: "org.apache.hadoop.hive.ql.exec.TextRecordReader".to_string(),
            script_record_writer: "org.apache.hadoop.hive.ql.exec.TextRecordWriter".to_string(),
            max_view_depth: 100,
            enforce_not_null: true,
            merge_cardinality_check: true,
        }
    }
}

/// The surroundings of a statement: catalog, session, clock.
pub trait AnalyzerContext: Send + Sync {
    /// The table or view of that name; `database` is `None` where the text names none and then means the current
    /// one. Names come as typed; they are case-insensitive. `Ok(None)`: there is none (the analyzer makes Hive's
    /// error of it, with the position).
    ///
    /// # Errors
    /// The catalog cannot be read, or the table cannot be opened.
    fn table(&self, database: Option<&str>, name: &str) -> Result<Option<ResolvedTable>>;

    /// The rows of a table as a query wants them that gives it properties: `FROM t('acid.fetch.deleted.rows'='true')`. An
    /// error names those that are not known.
    fn table_with(
        &self,
        table: &Arc<Table>,
        properties: &[(String, String)],
    ) -> Result<Arc<dyn TableSource>, AnalyzeError> {
        let names: Vec<&str> = properties.iter().map(|(name, _)| name.as_str()).collect();
        let what = format!("the property {} of {} in FROM", names.join(", "), table.name);
        Err(AnalyzeError::unsupported(what, None))
    }

    /// Names of the tables and views of a database (`None`: the current one), for "did you mean" hints.
    fn table_names(&self, database: Option<&str>) -> Vec<String> {
        let _ = database;
        Vec::new()
    }

    /// Does the database exist? Used to tell `Database does not exist` from `Table not found`.
    fn database_exists(&self, name: &str) -> bool {
        let _ = name;
        true
    }

    /// The constraints of a table.
    ///
    /// # Errors
    /// The catalog cannot be read.
    fn constraints(&self, table: &Table) -> Result<Vec<Constraint>> {
        let _ = table;
        Ok(Vec::new())
    }

    /// Is told of each table and view that the statement itself names, and not a view in it.
    fn named(&self, table: &Table) {
        let _ = table;
    }

    /// Why a function may not be called, where it may not.
    fn refuses_function(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Why `TRANSFORM`, `MAP` and `REDUCE` may not run scripts, where they may not.
    fn refuses_scripts(&self) -> Option<String> {
        None
    }

    /// Parameters and body of a temporary macro of that name, as text.
    fn macro_definition(&self, name: &str) -> Option<MacroDefinition> {
        let _ = name;
        None
    }

    /// Configuration.
    fn settings(&self) -> &AnalyzerSettings;

    /// Name of the current database, in lower case.
    fn current_database(&self) -> &str;

    /// Name of the user (`current_user()`, `logged_in_user()`).
    fn current_user(&self) -> &str;

    /// When the statement began; `current_timestamp` and `current_date` are this moment in the session's zone.
    fn now(&self) -> DateTime<Utc>;

    /// The session's time zone (`hive.local.time.zone`).
    fn time_zone(&self) -> chrono_tz::Tz;
}

/// A temporary macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroDefinition {
    /// Names and types of the parameters.
    pub parameters: Vec<(String, skep_metastore::model::HiveType)>,
    /// The expression, as text.
    pub body: String,
}

impl std::fmt::Debug for ResolvedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, table) = match self {
            Self::Table { table, .. } => ("Table", table),
            Self::View { table, .. } => ("View", table),
        };
        write!(f, "{kind}({})", table.qualified_name())
    }
}

/// A plan cannot be made of this by DataFusion.
impl From<datafusion::error::DataFusionError> for AnalyzeError {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        AnalyzeError::from_datafusion(error)
    }
}
