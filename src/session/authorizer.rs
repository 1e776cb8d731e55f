//! Whether a user may do what a statement does: asked once for each statement, when it is known what it reads and
//! writes, and before it does anything (Hive's `HiveAuthorizer.checkPrivileges`).
//!
//! Without an authorizer ([`crate::EngineOptions::authorizer`]) everything is allowed.

use std::fmt;

/// Decides.
pub trait Authorizer: fmt::Debug + Send + Sync {
    /// Whether the user may do it.
    ///
    /// # Errors
    /// What the user may not do; nothing is done then, and the user gets Hive's `HiveAccessControlException`.
    fn check(&self, request: &AccessRequest<'_>) -> Result<(), AccessDenied>;

    /// Which of the objects in `request.inputs` a list may show to the user: one answer for each, in their order
    /// (`HiveAuthorizer.filterListCmdObjects`). Asked once for the databases, tables, functions or connectors of a list, after
    /// [`Authorizer::check`] has allowed the operation that makes it. Without this, all are shown.
    ///
    /// # Errors
    /// The user may not see such a list at all.
    fn visible(&self, request: &AccessRequest<'_>) -> Result<Vec<bool>, AccessDenied> {
        Ok(vec![true; request.inputs.len()])
    }
}

/// What a statement wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest<'a> {
    /// Whose session it is.
    pub user: &'a str,
    /// Hive's name of the operation (`HiveOperationType`).
    pub operation: &'static str,
    /// What is read.
    pub inputs: Vec<PrivilegeObject>,
    /// What is written, made or removed.
    pub outputs: Vec<PrivilegeObject>,
}

/// A thing that privileges are about (Hive's `HivePrivilegeObject`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivilegeObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its database, in lower case.
    pub database: Option<String>,
    /// Its name; the words of a command.
    pub name: String,
    /// The one partition that is meant, as `ds=1/hr=2`.
    pub partition: Option<String>,
    /// The columns of a table that are read; empty for all, or none.
    pub columns: Vec<String>,
    /// What is done to it.
    pub action: ObjectAction,
    /// Whether the statement names it; else it is read through a view.
    pub direct: bool,
}

/// What an object is (`HivePrivilegeObjectType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// `DATABASE`
    Database,
    /// `TABLE_OR_VIEW`
    Table,
    /// `LOCAL_URI`: a file of the server.
    LocalUri,
    /// `DFS_URI`: any other.
    Uri,
    /// `COMMAND_PARAMS`: the words of `SET`, `DFS` and the like.
    Command,
    /// `FUNCTION`
    Function,
    /// `SERVICE_NAME`: the server itself.
    Service,
    /// `SCHEDULED_QUERY`
    ScheduledQuery,
    /// `DATACONNECTOR`
    Connector,
}

impl ObjectKind {
    /// Hive's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "DATABASE",
            Self::Table => "TABLE_OR_VIEW",
            Self::LocalUri => "LOCAL_URI",
            Self::Uri => "DFS_URI",
            Self::Command => "COMMAND_PARAMS",
            Self::Function => "FUNCTION",
            Self::Service => "SERVICE_NAME",
            Self::ScheduledQuery => "SCHEDULED_QUERY",
            Self::Connector => "DATACONNECTOR",
        }
    }
}

/// What is done to an object (`HivePrivObjectActionType`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ObjectAction {
    /// What the operation says.
    #[default]
    Other,
    /// Rows are added.
    Insert,
    /// Rows are put in the place of others.
    InsertOverwrite,
    /// Rows are changed.
    Update,
    /// Rows are removed.
    Delete,
}

impl PrivilegeObject {
    /// An object of this kind.
    pub fn new(kind: ObjectKind, database: Option<String>, name: impl Into<String>) -> Self {
        let (columns, action) = (Vec::new(), ObjectAction::Other);
        Self { kind, database, name: name.into(), partition: None, columns, action, direct: true }
    }

    /// A database.
    pub fn database(name: &str) -> Self {
        Self::new(ObjectKind::Database, None, name)
    }

    /// A table or view.
    pub fn table(database: &str, name: &str) -> Self {
        Self::new(ObjectKind::Table, Some(database.to_string()), name)
    }
}

/// As Hive's `HivePrivilegeObject` shows itself.
impl fmt::Display for PrivilegeObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object [type={}, name=", self.kind.name())?;
        if let Some(database) = &self.database {
            write!(f, "{database}.")?;
        }
        f.write_str(&self.name)?;
        match self.action {
            ObjectAction::Insert => f.write_str(", action=INSERT")?,
            ObjectAction::InsertOverwrite => f.write_str(", action=INSERT_OVERWRITE")?,
            ObjectAction::Other | ObjectAction::Update | ObjectAction::Delete => {}
        }
        f.write_str("]")
    }
}

/// What a user lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessDenied {
    /// Privileges on objects.
    Missing(Vec<MissingPrivileges>),
    /// Something else, in these words.
    Because(String),
}

/// The privileges that a user lacks on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPrivileges {
    /// `SELECT`, `INSERT`, `OBJECT OWNERSHIP` …
    pub privileges: Vec<&'static str>,
    /// The object.
    pub object: PrivilegeObject,
}

impl AccessDenied {
    /// Hive's text (`SQLAuthorizationUtils.assertNoDeniedPermissions`).
    pub fn message(&self, request: &AccessRequest<'_>) -> String {
        let missing = match self {
            Self::Because(text) => return format!("Permission denied: {text}"),
            Self::Missing(missing) => missing,
        };
        let mut denied: Vec<String> =
            missing.iter().map(|item| format!("[{}] on {}", item.privileges.join(", "), item.object)).collect();
        denied.sort();
        format!(
            "Permission denied: Principal [name={}, type=USER] does not have following privileges for operation {} [{}]",
            request.user,
            request.operation,
            denied.join(", ")
        )
    }
}
