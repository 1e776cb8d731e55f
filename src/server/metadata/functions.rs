//! `GetFunctions`: the functions that a session may call.

use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;

use super::{OperationKind, Question, authorize_databases, databases, pattern};
use crate::Session;
use crate::error::Result;

/// `java.sql.DatabaseMetaData.functionNoTable`
const NO_TABLE: i32 = 1;
/// `java.sql.DatabaseMetaData.functionReturnsTable`
const RETURNS_TABLE: i32 = 2;

/// `GetFunctionsOperation`. Functions are of no catalog and no database: one that asks for those of any gets none.
#[derive(Debug)]
pub struct Functions {
    /// The catalog.
    pub catalog: Option<String>,
    /// The database.
    pub schema: Option<String>,
    /// A pattern of names.
    pub function: String,
}

impl Question for Functions {
    const NAME: &'static str = "GetFunctions";
    const KIND: OperationKind = OperationKind::Functions;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[
        ("FUNCTION_CAT", HiveType::String),
        ("FUNCTION_SCHEM", HiveType::String),
        ("FUNCTION_NAME", HiveType::String),
        ("REMARKS", HiveType::String),
        ("FUNCTION_TYPE", HiveType::Int),
        ("SPECIFIC_NAME", HiveType::String),
    ];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        authorize_databases(session, "GET_FUNCTIONS", &databases(session, "GET_FUNCTIONS", self.schema.as_deref())?)?;
        let named = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
        if named(&self.catalog) || named(&self.schema) {
            return Ok(Vec::new());
        }
        let names =
            crate::executor::function_names(session, "GET_FUNCTIONS", Some(&pattern::of_request(&self.function)?))?;
        Ok(names.into_iter().map(row).collect())
    }
}

fn row(name: String) -> Vec<ScalarValue> {
    let registry = registry();
    let kind = if registry.table(&name).is_some() { RETURNS_TABLE } else { NO_TABLE };
    // Hive tells the class of what it knows of the function.
    let over_rows = registry.aggregate(&name).is_some() || registry.window(&name).is_some();
    let info = if over_rows { "WindowFunctionInfo" } else { "FunctionInfo" };
    let specific = format!("org.apache.hadoop.hive.ql.exec.{info}");
    vec![ScalarValue::Null, ScalarValue::Null, name.into(), "".into(), kind.into(), specific.into()]
}
