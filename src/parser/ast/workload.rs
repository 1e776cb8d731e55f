//! Resource plans.

use super::Ident;

/// A statement about resource plans and what is in them.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkloadStatement {
    /// `CREATE RESOURCE PLAN [IF NOT EXISTS] name [LIKE other | WITH assignments]`
    CreatePlan {
        /// Name.
        name: Ident,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// `LIKE`
        like: Option<Ident>,
        /// `WITH`
        settings: PlanSettings,
    },
    /// `ALTER RESOURCE PLAN name …`
    AlterPlan {
        /// Name.
        name: Ident,
        /// What is changed.
        action: AlterPlanAction,
    },
    /// `DROP RESOURCE PLAN [IF EXISTS] name`
    DropPlan {
        /// Name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `REPLACE ACTIVE RESOURCE PLAN WITH source` (no target), `REPLACE RESOURCE PLAN target WITH source`
    ReplacePlan {
        /// The plan that goes; none for the active one.
        target: Option<Ident>,
        /// The plan that takes its place.
        source: Ident,
    },
    /// `ENABLE WORKLOAD MANAGEMENT`
    Enable,
    /// `DISABLE WORKLOAD MANAGEMENT`
    Disable,
    /// `SHOW RESOURCE PLANS`, `SHOW RESOURCE PLAN name`
    Show(Option<Ident>),
    /// `CREATE TRIGGER plan.trigger WHEN condition DO action` and `ALTER TRIGGER … WHEN …`
    PutTrigger {
        /// `CREATE`? else `ALTER`.
        new: bool,
        /// Plan.
        plan: Ident,
        /// Name.
        name: Ident,
        /// The condition, written plainly.
        condition: String,
        /// `KILL` or `MOVE TO pool`.
        action: String,
    },
    /// `DROP TRIGGER plan.trigger`
    DropTrigger {
        /// Plan.
        plan: Ident,
        /// Name.
        name: Ident,
    },
    /// `ALTER TRIGGER plan.trigger ADD TO …`, `ALTER POOL plan.pool ADD TRIGGER …` and the same with `DROP`
    BindTrigger {
        /// `ADD`? else `DROP`.
        add: bool,
        /// Plan.
        plan: Ident,
        /// Trigger.
        trigger: Ident,
        /// Path of the pool; none for `UNMANAGED`.
        pool: Option<String>,
    },
    /// `CREATE POOL plan.path WITH assignments`, `ALTER POOL plan.path SET assignments`
    PutPool {
        /// `CREATE`? else `ALTER`.
        new: bool,
        /// Plan.
        plan: Ident,
        /// Path.
        path: String,
        /// What is set.
        settings: PoolSettings,
    },
    /// `DROP POOL plan.path`
    DropPool {
        /// Plan.
        plan: Ident,
        /// Path.
        path: String,
    },
    /// `CREATE|ALTER USER|GROUP|APPLICATION MAPPING 'name' IN plan TO pool|UNMANAGED [WITH ORDER n]`
    PutMapping {
        /// `CREATE`? else `ALTER`.
        new: bool,
        /// `USER`, `GROUP` or `APPLICATION`.
        kind: String,
        /// Who.
        entity: String,
        /// Plan.
        plan: Ident,
        /// Path of the pool; none for `UNMANAGED`.
        pool: Option<String>,
        /// `WITH ORDER`
        order: Option<i32>,
    },
    /// `DROP USER|GROUP|APPLICATION MAPPING 'name' IN plan`
    DropMapping {
        /// `USER`, `GROUP` or `APPLICATION`.
        kind: String,
        /// Who.
        entity: String,
        /// Plan.
        plan: Ident,
    },
}

/// Assignments of a resource plan; for each the outer option says whether it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanSettings {
    /// `QUERY_PARALLELISM`
    pub parallelism: Option<Option<i32>>,
    /// `DEFAULT POOL`
    pub default_pool: Option<Option<String>>,
}

/// What `ALTER RESOURCE PLAN` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlterPlanAction {
    /// `VALIDATE`
    Validate,
    /// `DISABLE`
    Disable,
    /// `ENABLE`
    Enable,
    /// `ACTIVATE [WITH REPLACE]`, perhaps with `ENABLE`
    Activate {
        /// `ENABLE`
        enable: bool,
        /// `WITH REPLACE`
        replace: bool,
    },
    /// `SET`, `UNSET`
    Set(PlanSettings),
    /// `RENAME TO`
    Rename(Ident),
}

/// Assignments of a pool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PoolSettings {
    /// `ALLOC_FRACTION`
    pub fraction: Option<f64>,
    /// `QUERY_PARALLELISM`
    pub parallelism: Option<i32>,
    /// `SCHEDULING_POLICY`; the inner option is none for `UNSET`
    pub policy: Option<Option<String>>,
    /// `PATH`: the pool is moved
    pub path: Option<String>,
}
