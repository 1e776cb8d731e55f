//! What can go wrong in a function or a conversion.

use arrow::error::ArrowError;
use datafusion_common::DataFusionError;

/// Result of this crate.
pub type Result<T, E = UdfError> = std::result::Result<T, E>;

/// An error of a function or a conversion. The texts are the part behind Hive's own prefix
/// (`Error 10014: Line 1:7 Wrong arguments 'x': ` for instance), which the analyzer writes.
#[derive(Debug, thiserror::Error)]
pub enum UdfError {
    /// The number of arguments does not fit (Hive's `UDFArgumentLengthException`).
    #[error("{0}")]
    ArgumentLength(String),
    /// The type of one argument does not fit (Hive's `UDFArgumentTypeException`).
    #[error("{message}")]
    ArgumentType {
        /// Position of the argument, from 0.
        index: usize,
        /// Hive's message.
        message: String,
    },
    /// Anything else wrong with the arguments (Hive's `UDFArgumentException`).
    #[error("{0}")]
    Argument(String),
    /// No conversion leads from one type to the other.
    #[error("Cannot cast {from} to {to}")]
    Cast {
        /// Hive's name of the source type.
        from: String,
        /// Hive's name of the target type.
        to: String,
    },
    /// Something failed while rows were computed (`assert_true`, a bad pattern…).
    #[error("{0}")]
    Execution(String),
    /// Hive has it, Skep does not.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// A failure below, in Arrow.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// A failure below, in DataFusion.
    #[error(transparent)]
    DataFusion(#[from] Box<DataFusionError>),
}

impl UdfError {
    /// The SQLSTATE of the error.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            UdfError::ArgumentLength(_) => "21000",
            UdfError::ArgumentType { .. } | UdfError::Argument(_) | UdfError::Cast { .. } => "42000",
            UdfError::Unsupported(_) => "0A000",
            UdfError::Execution(_) => "22000",
            UdfError::Arrow(_) | UdfError::DataFusion(_) => "08S01",
        }
    }

    /// Hive's error code (`ErrorMsg`).
    pub fn hive_code(&self) -> u32 {
        match self {
            UdfError::ArgumentLength(_) => 10015,
            UdfError::ArgumentType { .. } => 10016,
            UdfError::Argument(_) | UdfError::Cast { .. } => 10014,
            UdfError::Unsupported(_) | UdfError::Execution(_) | UdfError::Arrow(_) | UdfError::DataFusion(_) => 40000,
        }
    }
}

impl From<DataFusionError> for UdfError {
    fn from(error: DataFusionError) -> UdfError {
        UdfError::DataFusion(Box::new(error))
    }
}

impl From<UdfError> for DataFusionError {
    fn from(error: UdfError) -> DataFusionError {
        match error {
            UdfError::DataFusion(inner) => *inner,
            UdfError::Arrow(inner) => DataFusionError::from(inner),
            other => DataFusionError::External(Box::new(other)),
        }
    }
}
