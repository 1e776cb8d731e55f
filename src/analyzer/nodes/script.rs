//! `TRANSFORM … USING 'script'` as a node of a plan.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use skep_metastore::model::{FieldSchema, StorageDescriptor};

/// A script and the form in which rows go to it and come from it (`ScriptDesc` of Hive).
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptSpec {
    /// The command of `USING`.
    pub command: String,
    /// The values that each row written to the script has.
    pub input_columns: Vec<FieldSchema>,
    /// SerDe that writes them.
    pub input: StorageDescriptor,
    /// SerDe that reads the script's rows, and their columns.
    pub output: StorageDescriptor,
    /// Is each piece of at most `hive.binary.record.max.length` bytes one record (`BinaryRecordReader`), not each line?
    pub binary_records: bool,
}

/// Rows through a script: the input's columns go in, the columns of `spec.output` come out.
#[derive(Debug, Clone)]
pub struct ScriptNode {
    /// What is written to the script.
    pub input: Arc<LogicalPlan>,
    /// The script.
    pub spec: Arc<ScriptSpec>,
    /// The columns of the script's rows under their ids.
    pub schema: DFSchemaRef,
}

impl ScriptNode {
    /// The node; `ids` name the output columns in the plan.
    ///
    /// # Errors
    /// Two ids are the same.
    pub fn try_new(input: LogicalPlan, spec: ScriptSpec, ids: &[String]) -> Result<Self> {
        let fields = spec.output.columns.iter().zip(ids);
        let fields = fields.map(|(column, id)| skep_warehouse::types::arrow_field(column).with_name(id)).collect();
        let schema = DFSchema::from_unqualified_fields(fields, Default::default())?;
        Ok(Self { input: Arc::new(input), spec: Arc::new(spec), schema: Arc::new(schema) })
    }
}

impl PartialEq for ScriptNode {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input && self.spec == other.spec && self.schema == other.schema
    }
}

impl Eq for ScriptNode {}

impl Hash for ScriptNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.spec.command.hash(state);
        self.schema.hash(state);
    }
}

impl PartialOrd for ScriptNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.spec.command.partial_cmp(&other.spec.command)
    }
}

impl UserDefinedLogicalNodeCore for ScriptNode {
    fn name(&self) -> &str {
        "Script"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script: {}", self.spec.command)
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let [input] = <[LogicalPlan; 1]>::try_from(inputs)
            .map_err(|_| DataFusionError::Internal("a script has one input".to_string()))?;
        Ok(Self { input: Arc::new(input), ..self.clone() })
    }
}
