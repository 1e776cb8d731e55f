//! Resource plans: checked, kept and shown. Nothing limits queries by them yet.

mod check;
mod show;

use skep_metastore::model::{DefinitionChange, Mapping, PlanStatus, Pool, ResourcePlan, Trigger};
use skep_metastore::store::MetaStore;
use skep_metastore::store::definitions::{self, Stored};

use crate::error::{ErrorKind, Result, SkepError};
use crate::parser::ast::{AlterPlanAction, Ident, PlanSettings, PoolSettings, WorkloadStatement as Workload};
use crate::session::{Outcome, Session};

/// Name of the pool of a new plan.
const DEFAULT_POOL: &str = "default";

/// Runs the statement.
pub fn run(session: &Session, statement: &Workload) -> Result<Outcome> {
    match statement {
        Workload::CreatePlan { name, if_not_exists, like, settings } => {
            create(session, name, *if_not_exists, like.as_ref(), settings)?;
        }
        Workload::AlterPlan { name, action } => return alter(session, name, action),
        Workload::DropPlan { name, if_exists } => match find(session, name)? {
            None if *if_exists => {}
            None => return Err(no_plan(name)),
            Some(old) if old.value.status == PlanStatus::Active => {
                return Err(SkepError::exception("MetaException", "Cannot drop an active resource plan"));
            }
            Some(old) => session.catalog().change_definitions(&[definitions::removed(&old)])?,
        },
        Workload::ReplacePlan { target, source } => replace(session, target.as_ref(), source)?,
        Workload::Enable => {
            if active(session)?.is_none() {
                let text = "Activate a resource plan to enable workload management!";
                return Err(SkepError::new(ErrorKind::Command, text));
            }
        }
        Workload::Disable => {
            if let Some(old) = active(session)? {
                let new = ResourcePlan { status: PlanStatus::Enabled, ..old.value.clone() };
                session.catalog().change_definitions(&definitions::replaced(&old, &new)?)?;
            }
        }
        Workload::Show(None) => return show::list(&plans(session)?),
        Workload::Show(Some(name)) => return show::plan(&existing(session, name)?.value),
        Workload::PutTrigger { new, plan, name, condition, action } => {
            check::trigger(condition)?;
            edit(session, plan, |plan| put_trigger(plan, *new, name, condition, action))?;
        }
        Workload::DropTrigger { plan, name } => edit(session, plan, |plan| {
            let before = plan.triggers.len();
            plan.triggers.retain(|trigger| trigger.name != name.lower());
            if plan.triggers.len() == before { Err(missing("trigger", &name.lower())) } else { Ok(()) }
        })?,
        Workload::BindTrigger { add, plan, trigger, pool } => {
            edit(session, plan, |plan| bind(plan, &trigger.lower(), pool.as_deref(), *add))?;
        }
        Workload::PutPool { new, plan, path, settings } => {
            edit(session, plan, |plan| put_pool(plan, *new, path, settings))?;
        }
        Workload::DropPool { plan, path } => edit(session, plan, |plan| drop_pool(plan, path))?,
        Workload::PutMapping { new, kind, entity, plan, pool, order } => {
            edit(session, plan, |plan| put_mapping(plan, *new, kind, entity, pool.as_ref(), *order))?;
        }
        Workload::DropMapping { kind, entity, plan } => edit(session, plan, |plan| {
            let before = plan.mappings.len();
            plan.mappings.retain(|mapping| !(mapping.entity_type == *kind && mapping.entity == *entity));
            if plan.mappings.len() == before { Err(missing("mapping", entity)) } else { Ok(()) }
        })?,
        Workload::Kill(ids) => {
            let text = format!("no query with the id {} runs in this process", ids.join(", "));
            return Err(SkepError::new(ErrorKind::Command, text));
        }
    }
    Ok(Outcome::done())
}

fn plans(session: &Session) -> Result<Vec<Stored<ResourcePlan>>> {
    Ok(definitions::all(session.catalog().as_ref())?)
}

fn find(session: &Session, name: &Ident) -> Result<Option<Stored<ResourcePlan>>> {
    Ok(definitions::find(session.catalog().as_ref(), &name.lower())?)
}

fn existing(session: &Session, name: &Ident) -> Result<Stored<ResourcePlan>> {
    find(session, name)?.ok_or_else(|| no_plan(name))
}

fn active(session: &Session) -> Result<Option<Stored<ResourcePlan>>> {
    Ok(plans(session)?.into_iter().find(|plan| plan.value.status == PlanStatus::Active))
}

fn no_plan(name: &Ident) -> SkepError {
    SkepError::new(ErrorKind::Command, format!("Resource plan {} does not exist", name.lower()))
        .with_code(10418, "42000")
        .with_span(Some(name.span.into()))
}

fn missing(what: &str, name: &str) -> SkepError {
    SkepError::exception("NoSuchObjectException", format!("Cannot find {what}: {name}"))
}

fn refused(text: impl std::fmt::Display) -> SkepError {
    SkepError::exception("InvalidOperationException", text)
}

fn taken(text: &str) -> SkepError {
    SkepError::exception("AlreadyExistsException", text)
}

fn create(
    session: &Session,
    name: &Ident,
    if_not_exists: bool,
    like: Option<&Ident>,
    settings: &PlanSettings,
) -> Result<()> {
    if find(session, name)?.is_some() {
        if if_not_exists {
            return Ok(());
        }
        let error = SkepError::new(ErrorKind::Command, format!("Resource plan {} already exists", name.lower()));
        return Err(error.with_code(10417, "42000").with_span(Some(name.span.into())));
    }
    if settings.default_pool.is_some() {
        let text = "the default pool of a new resource plan cannot be chosen; ALTER RESOURCE PLAN … SET DEFAULT POOL";
        return Err(SkepError::invalid(text).with_span(Some(name.span.into())));
    }
    let new = match like {
        Some(like) => {
            ResourcePlan { name: name.lower(), status: PlanStatus::Disabled, ..existing(session, like)?.value }
        }
        None => {
            let parallelism = settings.parallelism.flatten();
            if parallelism.is_some_and(|number| number <= 0) {
                return Err(SkepError::invalid("QUERY_PARALLELISM must be above 0"));
            }
            let pool =
                Pool { path: DEFAULT_POOL.into(), fraction: 1.0, parallelism: parallelism.unwrap_or(4), policy: None };
            ResourcePlan {
                name: name.lower(),
                namespace: ResourcePlan::NAMESPACE.to_string(),
                status: PlanStatus::Disabled,
                parallelism,
                default_pool: Some(DEFAULT_POOL.into()),
                pools: vec![pool],
                triggers: Vec::new(),
                mappings: Vec::new(),
            }
        }
    };
    Ok(session.catalog().change_definitions(&[definitions::created(&new)?])?)
}

/// Changes what is in a plan, which must be disabled.
fn edit(session: &Session, name: &Ident, change: impl FnOnce(&mut ResourcePlan) -> Result<()>) -> Result<()> {
    let old = existing(session, name)?;
    if old.value.status != PlanStatus::Disabled {
        return Err(refused("Resource plan must be disabled to edit it."));
    }
    let mut new = old.value.clone();
    change(&mut new)?;
    Ok(session.catalog().change_definitions(&definitions::replaced(&old, &new)?)?)
}

fn alter(session: &Session, name: &Ident, action: &AlterPlanAction) -> Result<Outcome> {
    match action {
        AlterPlanAction::Validate => {
            return Outcome::lines("error", check::problems(&existing(session, name)?.value));
        }
        AlterPlanAction::Set(settings) => edit(session, name, |plan| set(plan, settings))?,
        AlterPlanAction::Rename(to) => {
            if find(session, to)?.is_some() {
                return Err(taken("Resource plan name should be unique: "));
            }
            edit(session, name, |plan| {
                plan.name = to.lower();
                Ok(())
            })?;
        }
        AlterPlanAction::Disable | AlterPlanAction::Enable => {
            let old = existing(session, name)?;
            let to = if *action == AlterPlanAction::Enable { PlanStatus::Enabled } else { PlanStatus::Disabled };
            if old.value.status == PlanStatus::Active {
                return Err(refused(format!(
                    "Resource plan {} is active; activate another plan first, or disable workload management.",
                    old.value.name
                )));
            }
            if to == PlanStatus::Enabled {
                check_valid(&old.value)?;
            }
            let new = ResourcePlan { status: to, ..old.value.clone() };
            session.catalog().change_definitions(&definitions::replaced(&old, &new)?)?;
        }
        AlterPlanAction::Activate { enable, replace: replaces } => {
            let old = existing(session, name)?;
            if old.value.status == PlanStatus::Active {
                return Ok(Outcome::done());
            }
            if old.value.status == PlanStatus::Disabled && !enable {
                return Err(refused(format!(
                    "Resource plan {} is disabled and should be enabled before activation (or in the same command)",
                    old.value.name
                )));
            }
            check_valid(&old.value)?;
            if *replaces {
                replace(session, None, name)?;
                return Ok(Outcome::done());
            }
            let new = ResourcePlan { status: PlanStatus::Active, ..old.value.clone() };
            let mut changes = definitions::replaced(&old, &new)?;
            if let Some(before) = active(session)? {
                let rested = ResourcePlan { status: PlanStatus::Enabled, ..before.value.clone() };
                changes.extend(definitions::replaced(&before, &rested)?);
            }
            session.catalog().change_definitions(&changes)?;
        }
    }
    Ok(Outcome::done())
}

fn check_valid(plan: &ResourcePlan) -> Result<()> {
    let problems = check::problems(plan);
    if problems.is_empty() {
        return Ok(());
    }
    Err(refused(format!("ResourcePlan: {} is invalid: [{}]", plan.name, problems.join(", "))))
}

/// The source takes the name and the place of the target, which stays under a name of its own, disabled.
fn replace(session: &Session, target: Option<&Ident>, source: &Ident) -> Result<()> {
    let new = existing(session, source)?;
    let old = match target {
        Some(target) => Some(existing(session, target)?),
        None => active(session)?,
    };
    let Some(old) = old else { return Err(refused("There is no active resource plan to be replaced")) };
    if old.value.status == PlanStatus::Active {
        check_valid(&new.value)?;
    }
    let names: Vec<String> = plans(session)?.into_iter().map(|plan| plan.value.name).collect();
    let free = (0..).map(|number| format!("{}_old_{number}", old.value.name)).find(|name| !names.contains(name));
    let kept = ResourcePlan { name: free.unwrap_or_default(), status: PlanStatus::Disabled, ..old.value.clone() };
    let taking = ResourcePlan { name: old.value.name.clone(), status: old.value.status, ..new.value.clone() };
    let mut changes: Vec<DefinitionChange> = vec![definitions::removed(&new)];
    changes.extend(definitions::replaced(&old, &taking)?);
    changes.push(definitions::created(&kept)?);
    Ok(session.catalog().change_definitions(&changes)?)
}

fn set(plan: &mut ResourcePlan, settings: &PlanSettings) -> Result<()> {
    if let Some(parallelism) = settings.parallelism {
        if parallelism.is_some_and(|number| number <= 0) {
            return Err(SkepError::invalid("QUERY_PARALLELISM must be above 0"));
        }
        plan.parallelism = parallelism;
    }
    if let Some(pool) = &settings.default_pool {
        if let Some(path) = pool {
            check::pool(plan, path)?;
        }
        plan.default_pool.clone_from(pool);
    }
    Ok(())
}

fn put_trigger(plan: &mut ResourcePlan, new: bool, name: &Ident, condition: &str, action: &str) -> Result<()> {
    let key = name.lower();
    let known = plan.triggers.iter_mut().find(|trigger| trigger.name == key);
    match known {
        Some(_) if new => return Err(taken("Trigger already exists, use alter: ")),
        Some(trigger) => {
            trigger.condition = condition.into();
            trigger.action = action.into();
        }
        None if !new => return Err(missing("trigger", &key)),
        None => plan.triggers.push(Trigger {
            name: key,
            condition: condition.into(),
            action: action.into(),
            in_unmanaged: false,
            pools: Vec::new(),
        }),
    }
    Ok(())
}

fn bind(plan: &mut ResourcePlan, name: &str, pool: Option<&str>, add: bool) -> Result<()> {
    if let Some(path) = pool {
        check::pool(plan, path)?;
    }
    let Some(trigger) = plan.triggers.iter_mut().find(|trigger| trigger.name == name) else {
        return Err(missing("trigger", name));
    };
    let Some(path) = pool else {
        trigger.in_unmanaged = add;
        return Ok(());
    };
    let bound = trigger.pools.iter().any(|known| known == path);
    match (bound, add) {
        (true, true) => return Err(taken("Pool already has that trigger")),
        (false, false) => return Err(missing("trigger in the pool", name)),
        (false, true) => trigger.pools.push(path.to_string()),
        (true, false) => trigger.pools.retain(|known| known != path),
    }
    Ok(())
}

fn put_pool(plan: &mut ResourcePlan, new: bool, path: &str, settings: &PoolSettings) -> Result<()> {
    check::settings(settings)?;
    let at = plan.pools.iter().position(|pool| pool.path == path);
    if new {
        if at.is_some() {
            return Err(taken("Pool already exists"));
        }
        if let Some((parent, _)) = path.rsplit_once('.') {
            check::pool(plan, parent)?;
        }
        let (Some(fraction), Some(parallelism)) = (settings.fraction, settings.parallelism) else {
            let what = if settings.fraction.is_none() { "ALLOC_FRACTION" } else { "QUERY_PARALLELISM" };
            return Err(SkepError::invalid(format!("{what} should be specified for a pool")));
        };
        let policy = settings.policy.clone().flatten();
        plan.pools.push(Pool { path: path.into(), fraction, parallelism, policy });
        return Ok(());
    }
    let Some(at) = at else { return Err(missing("pool", path)) };
    let pool = &mut plan.pools[at];
    pool.fraction = settings.fraction.unwrap_or(pool.fraction);
    pool.parallelism = settings.parallelism.unwrap_or(pool.parallelism);
    if let Some(policy) = &settings.policy {
        pool.policy.clone_from(policy);
    }
    match &settings.path {
        Some(to) if to != path => move_pool(plan, path, to),
        _ => Ok(()),
    }
}

/// Gives a pool and those in it another path; what speaks of them follows.
fn move_pool(plan: &mut ResourcePlan, from: &str, to: &str) -> Result<()> {
    if plan.pools.iter().any(|pool| pool.path == to) {
        return Err(taken("Pool already exists"));
    }
    if let Some((parent, _)) = to.rsplit_once('.') {
        check::pool(plan, parent)?;
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

fn drop_pool(plan: &mut ResourcePlan, path: &str) -> Result<()> {
    check::pool(plan, path)?;
    let below = format!("{path}.");
    let inside = |pool: &str| pool == path || pool.starts_with(&below);
    if plan.default_pool.as_deref().is_some_and(inside) {
        return Err(refused("Cannot drop default pool of a resource plan"));
    }
    if plan.mappings.iter().any(|mapping| mapping.pool.as_deref().is_some_and(inside)) {
        return Err(refused(format!("Cannot drop pool {path}: mappings lead to it")));
    }
    plan.pools.retain(|pool| !inside(&pool.path));
    plan.triggers.iter_mut().for_each(|trigger| trigger.pools.retain(|pool| !inside(pool)));
    Ok(())
}

fn put_mapping(
    plan: &mut ResourcePlan,
    new: bool,
    kind: &str,
    entity: &str,
    pool: Option<&String>,
    order: Option<i32>,
) -> Result<()> {
    if let Some(path) = pool {
        check::pool(plan, path)?;
    }
    let known = plan.mappings.iter_mut().find(|mapping| mapping.entity_type == kind && mapping.entity == entity);
    match known {
        Some(_) if new => return Err(taken("WM mapping already exists")),
        Some(mapping) => {
            mapping.pool = pool.cloned();
            mapping.order = order.or(mapping.order);
        }
        None if !new => return Err(missing("mapping", entity)),
        None => {
            plan.mappings.push(Mapping { entity_type: kind.into(), entity: entity.into(), pool: pool.cloned(), order })
        }
    }
    Ok(())
}
