//! What can be wrong with a statement's meaning.

use std::fmt;

use datafusion::error::DataFusionError;
use skep_udf::UdfError;
use sqlparser::tokenizer::Span;

/// A place in the statement's text: line from 1, character in the line from 0, as Hive prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u64,
    /// Character of the line, from 0.
    pub column: u64,
}

impl Position {
    /// The start of a span; `None` for the empty span, which stands for "not in the text".
    pub fn of(span: Span) -> Option<Self> {
        (span.start.line > 0).then(|| Self { line: span.start.line, column: span.start.column.saturating_sub(1) })
    }
}

macro_rules! error_codes {
    ($($name:ident = $number:literal,)*) => {
        /// Hive's numbers for what is wrong (`ErrorMsg` of Hive), and Skep's own kinds without a number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorCode {
            /// A `SemanticException` that has no number of its own.
            Semantic,
            /// Something Hive knows and Skep does not do.
            Unsupported,
            /// The catalog failed while names were looked up.
            Catalog,
            /// DataFusion refused the plan: a fault of the analyzer.
            Internal,
            $(#[doc = concat!("Hive's error ", $number, ".")] $name,)*
        }

        impl ErrorCode {
            /// Hive's number; 40000, its number for errors without one, for the kinds without one.
            pub fn number(self) -> u32 {
                match self {
                    Self::Semantic | Self::Unsupported | Self::Catalog | Self::Internal => 40000,
                    $(Self::$name => $number,)*
                }
            }
        }
    };
}

error_codes! {
    InvalidTable = 10001,
    InvalidColumn = 10002,
    InvalidTableOrColumn = 10004,
    AmbiguousTableOrColumn = 10005,
    InvalidPartition = 10006,
    AmbiguousColumn = 10007,
    AmbiguousTableAlias = 10008,
    InvalidTableAlias = 10009,
    InvalidFunction = 10011,
    InvalidArguments = 10014,
    ArgumentLength = 10015,
    ArgumentType = 10016,
    NoSubqueryAlias = 10023,
    NotInGroupByKey = 10025,
    InvalidNumber = 10029,
    InvalidMapIndexType = 10032,
    NonCollectionType = 10033,
    DuplicateColumn = 10036,
    NoPartitionPredicate = 10041,
    InvalidDot = 10042,
    TargetTableColumnMismatch = 10044,
    ClusterByDistributeBy = 10046,
    OrderByDistributeBy = 10047,
    ClusterBySortBy = 10048,
    OrderBySortBy = 10049,
    ClusterByOrderBy = 10050,
    OrderByWithoutLimit = 10051,
    NonBucketedTable = 10060,
    SampleNumerator = 10061,
    NeedPartition = 10062,
    DatabaseDoesNotExist = 10072,
    UdtfMultipleExpressions = 10075,
    UdtfGroupBy = 10077,
    UdtfSortBy = 10078,
    UdtfClusterBy = 10079,
    UdtfDistributeBy = 10080,
    UdtfInvalidLocation = 10081,
    UdtfLateralView = 10082,
    UdtfAliasMismatch = 10083,
    LinesTerminated = 10064,
    ColumnAliasExists = 10074,
    OutputSpecifiedTwice = 10087,
    InvalidAs = 10088,
    ViewColumnMismatch = 10089,
    DmlAgainstView = 10090,
    StaticAfterDynamicPartition = 10094,
    DynamicPartitionDisabled = 10095,
    DynamicPartitionStrict = 10096,
    NonPartitionColumn = 10098,
    DynamicPartitionIfNotExists = 10127,
    UnsupportedAggregatePlace = 10128,
    PartitionSpecForNonPartitioned = 10148,
    InvalidPartitionSpec = 10214,
    MissingOverClause = 10247,
    PartitionTypeMismatch = 10248,
    UnsupportedSubquery = 10249,
    InvalidSubquery = 10250,
    DistinctNotSupported = 10285,
    UpdatePartitionColumn = 10292,
    AcidOnNonAcid = 10297,
    UpdateBucketColumn = 10302,
    CtasVoidColumn = 10305,
    InvalidConstraintSyntax = 10326,
    UnsupportedSetOperator = 10329,
    UpdateDeleteView = 10402,
    MergePredicateRequired = 10404,
    MergeManyDeletes = 10405,
    MergeManyUpdates = 10406,
    InvalidJoinCondition = 10407,
    InvalidSetColumn = 10408,
    GroupingNotInGroupBy = 10409,
    AcidOnInsertOnly = 10414,
    OffsetInExists = 10424,
}

impl ErrorCode {
    /// SQLSTATE: Hive's (`ErrorMsg`) where it has the error.
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::InvalidTable | Self::ColumnAliasExists => "42S02",
            Self::ArgumentLength => "21000",
            Self::Unsupported => "0A000",
            Self::Catalog => "58030",
            Self::Internal => "XX000",
            _ => "42000",
        }
    }
}

/// An error of the analyzer. Its [`fmt::Display`] is the line that Hive prints behind `FAILED: `;
/// [`AnalyzeError::render`] adds the line of the statement, a caret and the hint.
#[derive(Debug)]
pub struct AnalyzeError {
    /// What kind of error.
    pub code: ErrorCode,
    /// What is wrong, in Hive's words, without number and position.
    pub message: String,
    /// The text it is about.
    pub span: Option<Span>,
    /// What might help.
    pub hint: Option<String>,
    /// What caused it.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl AnalyzeError {
    /// An error without a position.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span: None, hint: None, source: None }
    }

    /// An error about a piece of the text.
    pub fn at(code: ErrorCode, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, message).with_span(span)
    }

    /// A construct that Skep does not support.
    pub fn unsupported(what: impl fmt::Display, span: Option<Span>) -> Self {
        let mut error = Self::new(ErrorCode::Unsupported, format!("{what} is not supported"));
        error.span = span.filter(|span| span.start.line > 0);
        error
    }

    /// What DataFusion says about a plan or what a function says about its arguments.
    pub fn from_datafusion(error: DataFusionError) -> Self {
        if let Some(function) = find_udf_error(&error) {
            let code = match function {
                UdfError::ArgumentLength(_) => ErrorCode::ArgumentLength,
                UdfError::ArgumentType { .. } => ErrorCode::ArgumentType,
                UdfError::Argument(_) | UdfError::Cast { .. } => ErrorCode::InvalidArguments,
                UdfError::Unsupported(_) => ErrorCode::Unsupported,
                _ => ErrorCode::Semantic,
            };
            let message = function.to_string();
            return Self { code, message, span: None, hint: None, source: Some(Box::new(error)) };
        }
        let code = match &error {
            DataFusionError::Plan(_) => ErrorCode::Semantic,
            DataFusionError::NotImplemented(_) => ErrorCode::Unsupported,
            _ => ErrorCode::Internal,
        };
        let message = match &error {
            DataFusionError::Plan(message) | DataFusionError::NotImplemented(message) => message.clone(),
            other => other.strip_backtrace(),
        };
        Self { code, message, span: None, hint: None, source: Some(Box::new(error)) }
    }

    /// Says where in the text; the empty span is ignored, and so is a second call.
    #[must_use]
    pub fn with_span(mut self, span: Span) -> Self {
        if self.span.is_none() && span.start.line > 0 {
            self.span = Some(span);
        }
        self
    }

    /// Says what might help.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Hive's error number.
    pub fn number(&self) -> u32 {
        self.code.number()
    }

    /// SQLSTATE: Hive's (`ErrorMsg`) where it has the error.
    pub fn sqlstate(&self) -> &'static str {
        self.code.sqlstate()
    }

    /// Where in the text.
    pub fn position(&self) -> Option<Position> {
        self.span.and_then(Position::of)
    }

    /// The whole message: `FAILED: SemanticException …`, then the line of `statement` it is about with a caret
    /// under the place, then the hint.
    pub fn render(&self, statement: &str) -> String {
        let mut text = format!("FAILED: {self}");
        if let Some(position) = self.position()
            && let Some(line) = statement.lines().nth((position.line - 1) as usize)
        {
            let width = self.caret_width(line, position);
            let indent: String =
                line.chars().take(position.column as usize).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            text.push_str(&format!("\n  {line}\n  {indent}{}", "^".repeat(width)));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\nHint: {hint}"));
        }
        text
    }

    fn caret_width(&self, line: &str, position: Position) -> usize {
        let rest = line.chars().count().saturating_sub(position.column as usize);
        match self.span {
            Some(span) if span.end.line == span.start.line => {
                (span.end.column.saturating_sub(span.start.column) as usize).clamp(1, rest.max(1))
            }
            Some(_) => rest.max(1),
            None => 1,
        }
    }
}

/// The error of a function inside an error of DataFusion.
fn find_udf_error(error: &DataFusionError) -> Option<&UdfError> {
    match error {
        DataFusionError::External(inner) => inner.downcast_ref::<UdfError>(),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => find_udf_error(inner),
        _ => None,
    }
}

impl From<UdfError> for AnalyzeError {
    fn from(error: UdfError) -> Self {
        Self::from_datafusion(error.into())
    }
}

impl fmt::Display for AnalyzeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SemanticException ")?;
        if self.number() != 40000 {
            write!(f, "[Error {}]: ", self.number())?;
        }
        if let Some(position) = self.position() {
            write!(f, "Line {}:{} ", position.line, position.column)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for AnalyzeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
