//! Resource plans: checked, kept and shown. Nothing limits queries by them yet. Their rules are those of the metastore's
//! service ([`skep_metastore::workload`]); here is what Hive's statements say of their own.

mod show;
mod trigger;

use skep_metastore::MetastoreError;
use skep_metastore::model::{Mapping, PlanStatus, Pool, ResourcePlan, Trigger};
use skep_metastore::workload::{self as rules, PlanChange, Plans, PoolChange};

use crate::error::{ErrorKind, Result, SkepError};
use crate::parser::ast::{AlterPlanAction, Ident, PlanSettings, PoolSettings, WorkloadStatement as Workload};
use crate::session::{Outcome, Session};

/// Runs the statement.
pub fn run(session: &Session, statement: &Workload) -> Result<Outcome> {
    let namespace = session.config().get("hive.server2.wm.namespace");
    let plans = Plans::new(session.catalog().as_ref(), namespace);
    let edit = |plan: &Ident, change: &dyn Fn(&mut ResourcePlan) -> skep_metastore::Result<()>| -> Result<()> {
        Ok(plans.edit(&plan.value, change)?)
    };
    match statement {
        Workload::CreatePlan { name, if_not_exists, like, settings } => {
            create(&plans, name, *if_not_exists, like.as_ref(), settings)?;
        }
        Workload::AlterPlan { name, action } => return alter(&plans, name, action),
        Workload::DropPlan { name, if_exists } => match plans.drop(&name.value) {
            Err(MetastoreError::NoSuchObject(_)) if *if_exists => {}
            Err(MetastoreError::NoSuchObject(_)) => return Err(no_plan(name)),
            done => done?,
        },
        Workload::ReplacePlan { target, source } => {
            plans.replace(&source.value, target.as_ref().map(|target| target.value.as_str()))?;
        }
        Workload::Enable => {
            if plans.active()?.is_none() {
                let text = "Activate a resource plan to enable workload management!";
                return Err(SkepError::new(ErrorKind::Command, text));
            }
        }
        Workload::Disable => {
            if plans.active()?.is_some() {
                let status = Some(PlanStatus::Enabled);
                plans.alter(None, &PlanChange { status, deactivate: true, ..PlanChange::default() })?;
            }
        }
        Workload::Show(None) => return show::list(&plans.all()?),
        Workload::Show(Some(name)) => {
            return show::plan(&plans.find(&name.value)?.ok_or_else(|| no_plan(name))?);
        }
        Workload::PutTrigger { new, plan, name, condition, action } => {
            trigger::check(condition)?;
            edit(plan, &|plan| put_trigger(plan, *new, name, condition, action))?;
        }
        Workload::DropTrigger { plan, name } => edit(plan, &|plan| rules::drop_trigger(plan, &name.lower()))?,
        Workload::BindTrigger { add, plan, trigger, pool: Some(pool) } => {
            edit(plan, &|plan| rules::bind(plan, &trigger.lower(), pool, *add))?;
        }
        Workload::BindTrigger { add, plan, trigger, pool: None } => edit(plan, &|plan| {
            rules::trigger(plan, &trigger.lower())?.in_unmanaged = *add;
            Ok(())
        })?,
        Workload::PutPool { new: true, plan, path, settings } => {
            let pool = pool(path, settings)?;
            edit(plan, &|plan| rules::add_pool(plan, pool.clone()))?;
        }
        Workload::PutPool { new: false, plan, path, settings } => {
            let PoolSettings { fraction, parallelism, policy, path: to } = settings.clone();
            let change = PoolChange { path: to, fraction, parallelism, policy };
            edit(plan, &|plan| rules::change_pool(plan, path, change.clone()))?;
        }
        Workload::DropPool { plan, path } => edit(plan, &|plan| rules::drop_pool(plan, path))?,
        Workload::PutMapping { new, kind, entity, plan, pool, order } => {
            let mapping =
                Mapping { entity_type: kind.clone(), entity: entity.clone(), pool: pool.clone(), order: *order };
            edit(plan, &|plan| rules::put_mapping(plan, mapping.clone(), !new))?;
        }
        Workload::DropMapping { kind, entity, plan } => edit(plan, &|plan| rules::drop_mapping(plan, kind, entity))?,
    }
    Ok(Outcome::done())
}

fn no_plan(name: &Ident) -> SkepError {
    SkepError::new(ErrorKind::Command, format!("Resource plan {} does not exist", name.lower()))
        .with_code(10418, "42000")
        .with_span(Some(name.span.into()))
}

fn create(
    plans: &Plans<'_>,
    name: &Ident,
    if_not_exists: bool,
    like: Option<&Ident>,
    settings: &PlanSettings,
) -> Result<()> {
    if settings.default_pool.is_some() {
        let text = "the default pool of a new resource plan cannot be chosen; ALTER RESOURCE PLAN … SET DEFAULT POOL";
        return Err(SkepError::invalid(text).with_span(Some(name.span.into())));
    }
    let like = like.map(|like| like.value.as_str());
    match plans.create(&name.value, settings.parallelism.flatten(), like) {
        Err(MetastoreError::AlreadyExists(_)) if if_not_exists => Ok(()),
        Err(MetastoreError::AlreadyExists(_)) => {
            let error = SkepError::new(ErrorKind::Command, format!("Resource plan {} already exists", name.lower()));
            Err(error.with_code(10417, "42000").with_span(Some(name.span.into())))
        }
        done => Ok(done?),
    }
}

fn alter(plans: &Plans<'_>, name: &Ident, action: &AlterPlanAction) -> Result<Outcome> {
    let nothing = PlanChange::default;
    let change = match action {
        AlterPlanAction::Validate => {
            let found = plans.validate(&name.value)?;
            let warnings = found.warnings.into_iter().map(|text| format!("warn: {text}"));
            return Outcome::lines("error", found.errors.into_iter().chain(warnings).collect::<Vec<_>>());
        }
        AlterPlanAction::Activate { replace: true, .. } => {
            plans.replace(&name.value, None)?;
            return Ok(Outcome::done());
        }
        AlterPlanAction::Set(settings) => {
            PlanChange { parallelism: settings.parallelism, default_pool: settings.default_pool.clone(), ..nothing() }
        }
        AlterPlanAction::Rename(to) => PlanChange { name: Some(to.value.clone()), ..nothing() },
        AlterPlanAction::Disable => PlanChange { status: Some(PlanStatus::Disabled), ..nothing() },
        AlterPlanAction::Enable => PlanChange { status: Some(PlanStatus::Enabled), ..nothing() },
        AlterPlanAction::Activate { enable, replace: false } => {
            PlanChange { status: Some(PlanStatus::Active), activate_disabled: *enable, ..nothing() }
        }
    };
    plans.alter(Some(&name.value), &change)?;
    Ok(Outcome::done())
}

fn put_trigger(
    plan: &mut ResourcePlan,
    new: bool,
    name: &Ident,
    condition: &str,
    action: &str,
) -> skep_metastore::Result<()> {
    let (name, condition, action) = (name.lower(), condition.to_string(), action.to_string());
    if new {
        let trigger = Trigger { name, condition, action, in_unmanaged: false, pools: Vec::new() };
        return rules::add_trigger(plan, trigger);
    }
    let known = rules::trigger(plan, &name)?;
    (known.condition, known.action) = (condition, action);
    Ok(())
}

/// What a new pool must be told.
fn pool(path: &str, settings: &PoolSettings) -> Result<Pool> {
    let needed = |what: &str| SkepError::invalid(format!("{what} should be specified for a pool"));
    Ok(Pool {
        path: path.to_string(),
        fraction: settings.fraction.ok_or_else(|| needed("alloc_fraction"))?,
        parallelism: settings.parallelism.ok_or_else(|| needed("query_parallelism"))?,
        policy: settings.policy.clone().flatten(),
    })
}
