//! Data connectors (`DataConnector` of the metastore API).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds, Parameters, PrincipalType};

/// How another database is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataConnector {
    /// Name in lower case.
    pub name: String,
    /// What is reached, e.g. `mysql`, `postgres`, `derby`.
    pub kind: String,
    /// Where it is, e.g. `jdbc:mysql://host:3306/db`.
    pub url: String,
    /// `COMMENT`.
    pub comment: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// What kind of principal the owner is.
    pub owner_type: PrincipalType,
    /// `DCPROPERTIES`.
    pub parameters: Parameters,
    /// When it was made.
    pub create_time: EpochSeconds,
}

impl Default for DataConnector {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: String::new(),
            url: String::new(),
            comment: None,
            owner: None,
            owner_type: PrincipalType::User,
            parameters: Parameters::new(),
            create_time: 0,
        }
    }
}

impl Defined for DataConnector {
    const KIND: DefinitionKind = DefinitionKind::Connector;

    fn key(&self) -> String {
        self.name.clone()
    }
}
