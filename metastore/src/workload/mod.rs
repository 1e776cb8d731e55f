//! The rules of resource plans: what may be changed in one, and when one is sound (`ObjectStore` of Hive). [`Plans`] are the
//! plans of a store under these rules; the service's methods and the statements of SQL both work on them.

mod plans;

pub use plans::{PlanChange, Plans};

use std::collections::BTreeMap;

use crate::error::{MetastoreError, Result};
use crate::model::{Mapping, PlanStatus, Pool, ResourcePlan, Trigger};

/// How many queries run at a time in the pool of a new plan (`hive.metastore.wm.default.pool.size`).
pub const DEFAULT_POOL_SIZE: i32 = 4;

fn missing<T>(text: impl Into<String>) -> Result<T> {
    Err(MetastoreError::NoSuchObject(text.into()))
}

fn refused<T>(text: impl Into<String>) -> Result<T> {
    Err(MetastoreError::InvalidOperation(text.into()))
}

fn taken<T>(text: &str) -> Result<T> {
    Err(MetastoreError::AlreadyExists(text.to_string()))
}

/// A name as it is kept (`StringUtils.normalizeIdentifier`).
pub(crate) fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A new plan with one pool, `default`.
///
/// # Errors
/// [`MetastoreError::InvalidObject`] for an empty name, or where no query may run.
pub fn new_plan(namespace: &str, name: &str, parallelism: Option<i32>) -> Result<ResourcePlan> {
    if name.is_empty() {
        return Err(MetastoreError::InvalidObject("Resource name cannot be empty.".to_string()));
    }
    if parallelism.is_some_and(|number| number <= 0) {
        return Err(MetastoreError::InvalidObject("Query parallelism should be positive.".to_string()));
    }
    let pool = Pool {
        path: "default".to_string(),
        fraction: 1.0,
        parallelism: parallelism.unwrap_or(DEFAULT_POOL_SIZE),
        policy: None,
    };
    Ok(ResourcePlan {
        name: name.to_string(),
        namespace: namespace.to_string(),
        status: PlanStatus::Disabled,
        parallelism,
        default_pool: Some(pool.path.clone()),
        pools: vec![pool],
        triggers: Vec::new(),
        mappings: Vec::new(),
    })
}

/// Only a plan that is disabled can be changed.
///
/// # Errors
/// [`MetastoreError::InvalidOperation`]
pub fn check_editable(plan: &ResourcePlan) -> Result<()> {
    match plan.status {
        PlanStatus::Disabled => Ok(()),
        _ => refused("Resource plan must be disabled to edit it."),
    }
}

/// The pool must be there.
///
/// # Errors
/// [`MetastoreError::NoSuchObject`]
pub fn check_pool(plan: &ResourcePlan, path: &str) -> Result<()> {
    if plan.pools.iter().any(|pool| pool.path == path) { Ok(()) } else { missing(format!("Cannot find pool: {path}")) }
}

fn check_policy(policy: Option<&str>) -> Result<()> {
    match policy {
        Some(name) if !["default", "fair", "fifo"].contains(&name.to_ascii_lowercase().as_str()) => {
            refused(format!("Invalid scheduling policy {name}"))
        }
        _ => Ok(()),
    }
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(parent, _)| parent)
}

fn check_parent(plan: &ResourcePlan, path: &str) -> Result<()> {
    match parent(path) {
        Some(parent) if check_pool(plan, parent).is_err() => missing("Pool path is invalid, the parent does not exist"),
        _ => Ok(()),
    }
}

/// Adds a pool.
///
/// # Errors
/// [`MetastoreError::AlreadyExists`]; [`MetastoreError::NoSuchObject`] where the pool above is not there;
/// [`MetastoreError::InvalidOperation`] for a policy that there is not.
pub fn add_pool(plan: &mut ResourcePlan, pool: Pool) -> Result<()> {
    check_parent(plan, &pool.path)?;
    check_policy(pool.policy.as_deref())?;
    if check_pool(plan, &pool.path).is_ok() {
        return taken("Pool already exists: ");
    }
    plan.pools.push(pool);
    Ok(())
}

/// What of a pool is to be changed; none stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PoolChange {
    /// Another path.
    pub path: Option<String>,
    /// Another share.
    pub fraction: Option<f64>,
    /// Another number of queries.
    pub parallelism: Option<i32>,
    /// Another policy, or none.
    pub policy: Option<Option<String>>,
}

/// Changes a pool. With another path those in it move, too, and what speaks of them follows.
///
/// # Errors
/// As [`add_pool`].
pub fn change_pool(plan: &mut ResourcePlan, path: &str, change: PoolChange) -> Result<()> {
    let Some(pool) = plan.pools.iter_mut().find(|pool| pool.path == path) else {
        return missing(format!("Cannot find pool: {path}"));
    };
    pool.fraction = change.fraction.unwrap_or(pool.fraction);
    pool.parallelism = change.parallelism.unwrap_or(pool.parallelism);
    if let Some(policy) = change.policy {
        check_policy(policy.as_deref())?;
        pool.policy = policy;
    }
    match change.path {
        Some(to) if to != path => move_pool(plan, path, &to),
        _ => Ok(()),
    }
}

fn move_pool(plan: &mut ResourcePlan, from: &str, to: &str) -> Result<()> {
    check_parent(plan, to)?;
    if check_pool(plan, to).is_ok() {
        return taken("Pool already exists: ");
    }
    let below = format!("{from}.");
    let moved = |path: &mut String| {
        if path == from {
            *path = to.to_string();
        } else if let Some(rest) = path.strip_prefix(&below) {
            *path = format!("{to}.{rest}");
        }
    };
    plan.pools.iter_mut().for_each(|pool| moved(&mut pool.path));
    plan.triggers.iter_mut().flat_map(|trigger| &mut trigger.pools).for_each(moved);
    plan.mappings.iter_mut().filter_map(|mapping| mapping.pool.as_mut()).for_each(moved);
    plan.default_pool.iter_mut().for_each(moved);
    Ok(())
}

/// Removes a pool without pools in it.
///
/// # Errors
/// [`MetastoreError::NoSuchObject`]; [`MetastoreError::InvalidOperation`] where something needs it.
pub fn drop_pool(plan: &mut ResourcePlan, path: &str) -> Result<()> {
    if plan.default_pool.as_deref() == Some(path) {
        return refused("Cannot drop default pool of a resource plan");
    }
    let below = format!("{path}.");
    if plan.pools.iter().any(|pool| pool.path.starts_with(&below)) {
        return refused("Cannot drop a pool that has child pools");
    }
    if check_pool(plan, path).is_err() {
        return missing(format!("Cannot delete pool: {path}"));
    }
    if plan.mappings.iter().any(|mapping| mapping.pool.as_deref() == Some(path)) {
        return refused("Please remove all mappings for this pool.");
    }
    plan.pools.retain(|pool| pool.path != path);
    plan.triggers.iter_mut().for_each(|trigger| trigger.pools.retain(|pool| pool != path));
    Ok(())
}

/// Adds a trigger.
///
/// # Errors
/// [`MetastoreError::AlreadyExists`]
pub fn add_trigger(plan: &mut ResourcePlan, trigger: Trigger) -> Result<()> {
    if plan.triggers.iter().any(|known| known.name == trigger.name) {
        return taken("Trigger already exists, use alter: ");
    }
    plan.triggers.push(trigger);
    Ok(())
}

/// The trigger of a name.
///
/// # Errors
/// [`MetastoreError::NoSuchObject`]
pub fn trigger<'p>(plan: &'p mut ResourcePlan, name: &str) -> Result<&'p mut Trigger> {
    let found = plan.triggers.iter_mut().find(|trigger| trigger.name == name);
    found.map_or_else(|| missing(format!("Cannot find trigger with name: {name}")), Ok)
}

/// Removes a trigger.
///
/// # Errors
/// [`MetastoreError::NoSuchObject`]
pub fn drop_trigger(plan: &mut ResourcePlan, name: &str) -> Result<()> {
    let before = plan.triggers.len();
    plan.triggers.retain(|trigger| trigger.name != name);
    if plan.triggers.len() == before { missing(format!("Cannot delete trigger: {name}")) } else { Ok(()) }
}

/// Says that a trigger holds, or does not hold, in a pool.
///
/// # Errors
/// [`MetastoreError::NoSuchObject`] where one of both is not there.
pub fn bind(plan: &mut ResourcePlan, name: &str, path: &str, holds: bool) -> Result<()> {
    check_pool(plan, path)?;
    let trigger = trigger(plan, name)?;
    trigger.pools.retain(|known| known != path);
    if holds {
        trigger.pools.push(path.to_string());
    }
    Ok(())
}

/// Adds a mapping, or (`update`) gives the one that is there another pool, and another place if one is told. Names of
/// entities know no case.
///
/// # Errors
/// [`MetastoreError::AlreadyExists`]; [`MetastoreError::NoSuchObject`] also for a pool that is not there.
pub fn put_mapping(plan: &mut ResourcePlan, mut mapping: Mapping, update: bool) -> Result<()> {
    mapping.entity = plain(&mapping.entity);
    if let Some(path) = &mapping.pool {
        check_pool(plan, path)?;
    }
    let same = |known: &&mut Mapping| known.entity_type == mapping.entity_type && known.entity == mapping.entity;
    match (plan.mappings.iter_mut().find(same), update) {
        (Some(_), false) => return taken("WM mapping already exists"),
        (None, true) => return missing(format!("Cannot find mapping: {}", mapping.entity)),
        (Some(known), true) => {
            known.pool = mapping.pool;
            known.order = mapping.order.or(known.order);
        }
        (None, false) => plan.mappings.push(mapping),
    }
    Ok(())
}

/// Removes a mapping.
///
/// # Errors
/// [`MetastoreError::NoSuchObject`]
pub fn drop_mapping(plan: &mut ResourcePlan, entity_type: &str, entity: &str) -> Result<()> {
    let (before, entity) = (plan.mappings.len(), plain(entity));
    plan.mappings.retain(|known| !(known.entity_type == entity_type && known.entity == entity));
    if plan.mappings.len() == before { missing("Cannot delete mapping.") } else { Ok(()) }
}

/// What is wrong with a plan, and what is odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validation {
    /// What keeps it from being enabled.
    pub errors: Vec<String>,
    /// What does not.
    pub warnings: Vec<String>,
}

/// Is a plan sound?
pub fn validate(plan: &ResourcePlan) -> Validation {
    let mut found = Validation::default();
    let mut total = 0_i64;
    // Path of a pool, or nothing for the root: is it there, and the shares of those right in it.
    let mut pools: BTreeMap<&str, (bool, Option<f64>)> = BTreeMap::from([("", (true, None))]);
    if plan.parallelism.is_some_and(|number| number < 1) {
        let number = plan.parallelism.unwrap_or(0);
        found.errors.push(format!("Query parallelism should for resource plan be positive. Got: {number}"));
    }
    for pool in &plan.pools {
        pools.entry(&pool.path).or_default().0 = true;
        let shares = &mut pools.entry(parent(&pool.path).unwrap_or("")).or_default().1;
        *shares = Some(shares.unwrap_or(0.0) + pool.fraction);
        if pool.parallelism < 1 {
            found.errors.push(format!("Invalid query parallelism for pool: {}", pool.path));
        } else {
            total += i64::from(pool.parallelism);
        }
        if check_policy(pool.policy.as_deref()).is_err() {
            let policy = pool.policy.as_deref().unwrap_or_default();
            found.errors.push(format!("Invalid scheduling policy {policy} for pool: {}", pool.path));
        }
    }
    if let Some(limit) = plan.parallelism.map(i64::from) {
        let sum = format!("Sum of all pools' query parallelism: {total}");
        if limit < total {
            found.errors.push(format!("{sum} exceeds resource plan query parallelism: {limit}"));
        } else if limit != total {
            found.warnings.push(format!("{sum} is less than resource plan query parallelism: {limit}"));
        }
    }
    for (path, (there, shares)) in pools {
        match shares {
            None if path.is_empty() => found.errors.push("Root has no children".to_string()),
            Some(sum) if path.is_empty() && (1.0 - sum).abs() > 0.000_01 => found.errors.push(format!(
                "Sum of root children pools' alloc fraction should be 1.0 got: {sum:?} for pool: {path}"
            )),
            Some(sum) if !path.is_empty() && sum - 1.0 > 0.000_01 => found.errors.push(format!(
                "Sum of children pools' alloc fraction should be less than 1 got: {sum:?} for pool: {path}"
            )),
            _ => {}
        }
        if !there {
            found.errors.push(format!("Pool does not exists but has children: {path}"));
        }
    }
    found
}

/// The plans as a change of the state of one leaves them: the plan itself, and the one that was active so far.
///
/// # Errors
/// [`MetastoreError::InvalidOperation`] where it cannot change so.
pub fn switch(
    plan: &ResourcePlan,
    to: PlanStatus,
    activate_disabled: bool,
    deactivate: bool,
) -> Result<Option<ResourcePlan>> {
    if plan.status == to {
        return Ok(None);
    }
    match plan.status {
        PlanStatus::Active if !deactivate => {
            return refused(format!(
                "Resource plan {} is active; activate another plan first, or disable workload management.",
                plan.name
            ));
        }
        PlanStatus::Disabled => {
            if to == PlanStatus::Active && !activate_disabled {
                return refused(format!(
                    "Resource plan {} is disabled and should be enabled before activation (or in the same command)",
                    plan.name
                ));
            }
            let errors = validate(plan).errors;
            if !errors.is_empty() {
                return refused(format!("ResourcePlan: {} is invalid: [{}]", plan.name, errors.join(", ")));
            }
        }
        PlanStatus::Active | PlanStatus::Enabled => {}
    }
    Ok(Some(ResourcePlan { status: to, ..plan.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(path: &str, fraction: f64, parallelism: i32) -> Pool {
        Pool { path: path.to_string(), fraction, parallelism, policy: None }
    }

    #[test]
    fn a_plan_is_sound_or_not() {
        let mut plan = new_plan("default", "p", Some(4)).unwrap();
        assert_eq!(validate(&plan), Validation::default());
        add_pool(&mut plan, pool("default.c", 1.5, 1)).unwrap();
        add_pool(&mut plan, pool("b", 0.5, 0)).unwrap();
        assert_eq!(
            validate(&plan).errors,
            [
                "Invalid query parallelism for pool: b",
                "Sum of all pools' query parallelism: 5 exceeds resource plan query parallelism: 4",
                "Sum of root children pools' alloc fraction should be 1.0 got: 1.5 for pool: ",
                "Sum of children pools' alloc fraction should be less than 1 got: 1.5 for pool: default",
            ]
        );
        assert!(switch(&plan, PlanStatus::Enabled, false, false).is_err());
    }

    #[test]
    fn what_speaks_of_a_pool_follows_it() {
        let mut plan = new_plan("default", "p", None).unwrap();
        add_pool(&mut plan, pool("a", 0.5, 1)).unwrap();
        add_pool(&mut plan, pool("a.b", 0.5, 1)).unwrap();
        assert!(add_pool(&mut plan, pool("x.y", 0.5, 1)).is_err());
        let mapping = Mapping { entity_type: "USER".into(), entity: "u".into(), pool: Some("a.b".into()), order: None };
        put_mapping(&mut plan, mapping, false).unwrap();
        change_pool(&mut plan, "a", PoolChange { path: Some("c".into()), ..Default::default() }).unwrap();
        assert_eq!(plan.mappings[0].pool.as_deref(), Some("c.b"));
        assert!(drop_pool(&mut plan, "c").is_err() && drop_pool(&mut plan, "c.b").is_err());
        drop_mapping(&mut plan, "USER", "u").unwrap();
        drop_pool(&mut plan, "c.b").unwrap();
        drop_pool(&mut plan, "c").unwrap();
    }
}
