//! Resource plans (`WMFullResourcePlan` of the metastore API).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind};

/// State of a resource plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanStatus {
    /// Being worked on; only such a plan can be changed.
    Disabled,
    /// Checked, and may become the active one.
    Enabled,
    /// The one in force; at most one is.
    Active,
}

impl PlanStatus {
    /// Hive's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::Enabled => "ENABLED",
            Self::Active => "ACTIVE",
        }
    }
}

/// A pool of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Names from the top, separated by dots.
    pub path: String,
    /// Share of the pool above that it has, 0 to 1.
    pub fraction: f64,
    /// How many queries may run in it at a time.
    pub parallelism: i32,
    /// `fair` or `fifo`.
    pub policy: Option<String>,
}

/// A condition on running queries and what happens to those that fulfil it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Name in lower case.
    pub name: String,
    /// The condition, as normalised text.
    pub condition: String,
    /// `KILL` or `MOVE TO pool`.
    pub action: String,
    /// Does it hold for queries outside of all pools?
    pub in_unmanaged: bool,
    /// Paths of the pools it holds in.
    pub pools: Vec<String>,
}

/// Who runs in which pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// `USER`, `GROUP` or `APPLICATION`.
    pub entity_type: String,
    /// Name of the entity.
    pub entity: String,
    /// Path of the pool; none for unmanaged queries.
    pub pool: Option<String>,
    /// Which mapping is looked at first: the lowest number.
    pub order: Option<i32>,
}

/// A resource plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourcePlan {
    /// Name in lower case.
    pub name: String,
    /// Which servers it concerns (`hive.server2.wm.namespace`).
    #[serde(default = "default_namespace", skip_serializing_if = "is_default")]
    pub namespace: String,
    /// Its state.
    pub status: PlanStatus,
    /// How many queries may run at a time.
    pub parallelism: Option<i32>,
    /// Path of the pool of queries that no mapping speaks of.
    pub default_pool: Option<String>,
    /// Its pools.
    pub pools: Vec<Pool>,
    /// Its triggers.
    pub triggers: Vec<Trigger>,
    /// Its mappings.
    pub mappings: Vec<Mapping>,
}

impl Defined for ResourcePlan {
    const KIND: DefinitionKind = DefinitionKind::ResourcePlan;

    fn key(&self) -> String {
        Self::key_of(&self.namespace, &self.name)
    }
}

impl ResourcePlan {
    /// The namespace of servers that name none.
    pub const NAMESPACE: &str = "default";

    /// The key of a plan.
    pub fn key_of(namespace: &str, name: &str) -> String {
        match namespace {
            Self::NAMESPACE => name.to_string(),
            _ => serde_json::json!([namespace, name]).to_string(),
        }
    }
}

fn default_namespace() -> String {
    ResourcePlan::NAMESPACE.to_string()
}

fn is_default(namespace: &String) -> bool {
    namespace == ResourcePlan::NAMESPACE
}
