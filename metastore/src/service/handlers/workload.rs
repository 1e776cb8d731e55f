//! Resource plans, with their pools, triggers and mappings.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{AlreadyExistsException, InvalidOperationException, MetaException, NoSuchObjectException};

use super::{Answer, need, with};
use crate::model::{DefinitionChange, Mapping, PlanStatus, Pool, ResourcePlan, Trigger};
use crate::service::{Service, now};
use crate::store::definitions::{self, Stored};
use crate::workload::{self as rules, PoolChange};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateResourcePlan>(with(service, create))
        .on::<m::GetResourcePlan>(with(service, get))
        .on::<m::GetActiveResourcePlan>(with(service, get_active))
        .on::<m::GetAllResourcePlans>(with(service, list))
        .on::<m::AlterResourcePlan>(with(service, alter))
        .on::<m::ValidateResourcePlan>(with(service, validate))
        .on::<m::DropResourcePlan>(with(service, drop_plan))
        .on::<m::CreateWmTrigger>(with(service, create_trigger))
        .on::<m::AlterWmTrigger>(with(service, alter_trigger))
        .on::<m::DropWmTrigger>(with(service, drop_trigger))
        .on::<m::GetTriggersForResourceplan>(with(service, triggers))
        .on::<m::CreateWmPool>(with(service, create_pool))
        .on::<m::AlterWmPool>(with(service, alter_pool))
        .on::<m::DropWmPool>(with(service, drop_pool))
        .on::<m::CreateOrUpdateWmMapping>(with(service, put_mapping))
        .on::<m::DropWmMapping>(with(service, drop_mapping))
        .on::<m::CreateOrDropWmTriggerToPoolMapping>(with(service, bind))
}

fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The namespace of a request; clients of Hive 3 name none.
fn namespace(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| ResourcePlan::NAMESPACE.to_string(), lower)
}

fn find(service: &Service, name: &str, ns: &Option<String>) -> Answer<Option<Stored<ResourcePlan>>> {
    Ok(definitions::find(service.store(), &ResourcePlan::key_of(&namespace(ns), &lower(name)))?)
}

fn existing(service: &Service, name: &str, ns: &Option<String>) -> Answer<Stored<ResourcePlan>> {
    find(service, name, ns)?.ok_or_else(|| {
        let text = format!("There is no resource plan named: {} in {}", lower(name), namespace(ns));
        NoSuchObjectException::new(text).into()
    })
}

fn active(service: &Service, ns: &Option<String>) -> Answer<Option<Stored<ResourcePlan>>> {
    let wanted = namespace(ns);
    let all = definitions::all::<ResourcePlan>(service.store())?;
    Ok(all.into_iter().find(|plan| plan.value.status == PlanStatus::Active && plan.value.namespace == wanted))
}

/// Changes what is in a plan.
fn edit(
    service: &Service,
    name: &str,
    ns: &Option<String>,
    change: impl FnOnce(&mut ResourcePlan) -> crate::Result<()>,
) -> Answer<()> {
    let old = existing(service, name, ns)?;
    rules::check_editable(&old.value)?;
    let mut new = old.value.clone();
    change(&mut new)?;
    Ok(service.store().change_definitions(&definitions::replaced(&old, &new)?)?)
}

fn status(status: PlanStatus) -> t::WMResourcePlanStatus {
    match status {
        PlanStatus::Active => t::WMResourcePlanStatus::ACTIVE,
        PlanStatus::Enabled => t::WMResourcePlanStatus::ENABLED,
        PlanStatus::Disabled => t::WMResourcePlanStatus::DISABLED,
    }
}

fn to_status(status: t::WMResourcePlanStatus) -> Answer<PlanStatus> {
    match status {
        t::WMResourcePlanStatus::ACTIVE => Ok(PlanStatus::Active),
        t::WMResourcePlanStatus::ENABLED => Ok(PlanStatus::Enabled),
        t::WMResourcePlanStatus::DISABLED => Ok(PlanStatus::Disabled),
        other => Err(InvalidOperationException::new(format!("Invalid status: {}", other.0)).into()),
    }
}

fn shown(plan: &ResourcePlan) -> t::WMResourcePlan {
    t::WMResourcePlan {
        name: plan.name.clone(),
        status: Some(status(plan.status)),
        query_parallelism: plan.parallelism,
        default_pool_path: plan.default_pool.clone(),
        ns: Some(plan.namespace.clone()),
    }
}

fn shown_trigger(plan: &ResourcePlan, trigger: &Trigger) -> t::WMTrigger {
    t::WMTrigger {
        resource_plan_name: plan.name.clone(),
        trigger_name: trigger.name.clone(),
        trigger_expression: Some(trigger.condition.clone()),
        action_expression: Some(trigger.action.clone()),
        is_in_unmanaged: Some(trigger.in_unmanaged),
        ns: Some(plan.namespace.clone()),
    }
}

fn whole(plan: &ResourcePlan) -> t::WMFullResourcePlan {
    let pool = |pool: &Pool| t::WMPool {
        resource_plan_name: plan.name.clone(),
        pool_path: pool.path.clone(),
        alloc_fraction: Some(pool.fraction),
        query_parallelism: Some(pool.parallelism),
        scheduling_policy: pool.policy.clone(),
        ns: Some(plan.namespace.clone()),
    };
    let mapping = |mapping: &Mapping| t::WMMapping {
        resource_plan_name: plan.name.clone(),
        entity_type: mapping.entity_type.clone(),
        entity_name: mapping.entity.clone(),
        pool_path: mapping.pool.clone(),
        ordering: mapping.order,
        ns: Some(plan.namespace.clone()),
    };
    let in_pools = plan.triggers.iter().flat_map(|trigger| {
        trigger.pools.iter().map(|pool| t::WMPoolTrigger {
            pool: pool.clone(),
            trigger: trigger.name.clone(),
            ns: None,
        })
    });
    // Hive leaves out lists without an entry.
    fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
        Some(list).filter(|list| !list.is_empty())
    }
    t::WMFullResourcePlan {
        plan: shown(plan),
        pools: plan.pools.iter().map(pool).collect(),
        mappings: some(plan.mappings.iter().map(mapping).collect()),
        triggers: some(plan.triggers.iter().map(|trigger| shown_trigger(plan, trigger)).collect()),
        pool_triggers: some(in_pools.collect()),
    }
}

fn create(service: &Service, _: &Call, args: m::CreateResourcePlanArgs) -> Answer<t::WMCreateResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let wanted = need(request.resource_plan, "resourcePlan")?;
    let (name, ns) = (lower(&wanted.name), namespace(&wanted.ns));
    let mut new = rules::new_plan(&ns, &name, wanted.query_parallelism)?;
    if let Some(source) = request.copy_from {
        let Some(source) = find(service, &source, &wanted.ns)? else {
            return Err(NoSuchObjectException::new(format!("{source} in {ns}")).into());
        };
        new = ResourcePlan { name: name.clone(), status: PlanStatus::Disabled, ..source.value };
    }
    if find(service, &name, &wanted.ns)?.is_some() {
        return Err(AlreadyExistsException::new("Resource plan already exists: ").into());
    }
    service.store().change_definitions(&[definitions::created(&new)?])?;
    Ok(t::WMCreateResourcePlanResponse {})
}

fn get(service: &Service, _: &Call, args: m::GetResourcePlanArgs) -> Answer<t::WMGetResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let found = existing(service, &need(request.resource_plan_name, "resourcePlanName")?, &request.ns)?;
    Ok(t::WMGetResourcePlanResponse { resource_plan: Some(whole(&found.value)) })
}

fn get_active(
    service: &Service,
    _: &Call,
    args: m::GetActiveResourcePlanArgs,
) -> Answer<t::WMGetActiveResourcePlanResponse> {
    let ns = args.request.and_then(|request| request.ns);
    let resource_plan = active(service, &ns)?.map(|found| whole(&found.value));
    Ok(t::WMGetActiveResourcePlanResponse { resource_plan })
}

fn list(service: &Service, _: &Call, args: m::GetAllResourcePlansArgs) -> Answer<t::WMGetAllResourcePlanResponse> {
    let wanted = namespace(&args.request.and_then(|request| request.ns));
    let all = definitions::all::<ResourcePlan>(service.store())?;
    let plans = all.iter().filter(|plan| plan.value.namespace == wanted).map(|plan| shown(&plan.value)).collect();
    Ok(t::WMGetAllResourcePlanResponse { resource_plans: Some(plans) })
}

fn refused<T>(text: impl Into<String>) -> Answer<T> {
    Err(InvalidOperationException::new(text).into())
}

fn alter(service: &Service, _: &Call, args: m::AlterResourcePlanArgs) -> Answer<t::WMAlterResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let [activate, replace, deactivate] =
        [request.is_enable_and_activate, request.is_replace, request.is_force_deactivate]
            .map(Option::unwrap_or_default);
    if u8::from(activate) + u8::from(replace) + u8::from(deactivate) > 1 {
        return Err(MetaException::new("Invalid request; multiple flags are set").into());
    }
    let changes = need(request.resource_plan, "resourcePlan")?;
    let name = request.resource_plan_name.as_deref();
    let full_resource_plan = match replace {
        true => self::replace(service, name, &request.ns, changes)?,
        false => change(service, name, &request.ns, changes, activate, deactivate)?,
    };
    Ok(t::WMAlterResourcePlanResponse { full_resource_plan })
}

/// Changes the properties of a plan, or its state. A plan that becomes active is returned.
fn change(
    service: &Service,
    name: Option<&str>,
    ns: &Option<String>,
    changes: t::WMNullableResourcePlan,
    activate: bool,
    deactivate: bool,
) -> Answer<Option<t::WMFullResourcePlan>> {
    let old = match name {
        Some(name) => existing(service, name, ns)?,
        None => match active(service, ns)? {
            Some(old) => old,
            None => return Err(NoSuchObjectException::new("There is no active resource plan").into()),
        },
    };
    let mut new = old.value.clone();
    if changes.ns.as_deref().is_some_and(|ns| lower(ns) != new.namespace) {
        let text = format!("Cannot change ns; from {} to {}", new.namespace, changes.ns.unwrap_or_default());
        return refused(text);
    }
    let renamed = changes.name.as_deref().map(lower).filter(|name| *name != new.name);
    if changes.is_set_query_parallelism.is_some() || changes.is_set_default_pool_path.is_some() || renamed.is_some() {
        if changes.status.is_some() {
            return refused("Cannot change values during status switch.");
        }
        rules::check_editable(&new)?;
    }
    if let Some(name) = renamed {
        if name.is_empty() {
            return refused("Cannot rename to empty value.");
        }
        if find(service, &name, ns)?.is_some() {
            return Err(AlreadyExistsException::new("Resource plan name should be unique: ").into());
        }
        new.name = name;
    }
    if changes.is_set_query_parallelism == Some(true) {
        if changes.query_parallelism.is_some_and(|number| number <= 0) {
            return refused("queryParallelism should be positive.");
        }
        new.parallelism = changes.query_parallelism;
    }
    if changes.is_set_default_pool_path == Some(true) {
        let path = changes.default_pool_path.as_deref().map(lower);
        if let Some(path) = &path {
            rules::check_pool(&new, path)?;
        }
        new.default_pool = path;
    }
    let mut steps: Vec<DefinitionChange> = Vec::new();
    let mut activated = None;
    if let Some(to) = changes.status.map(to_status).transpose()? {
        let Some(switched) = rules::switch(&new, to, activate, deactivate)? else { return Ok(None) };
        if to == PlanStatus::Active {
            if let Some(before) = active(service, ns)? {
                let rested = ResourcePlan { status: PlanStatus::Enabled, ..before.value.clone() };
                steps.extend(definitions::replaced(&before, &rested)?);
            }
            activated = Some(whole(&switched));
        }
        new = switched;
    }
    steps.extend(definitions::replaced(&old, &new)?);
    service.store().change_definitions(&steps)?;
    Ok(activated)
}

/// The plan takes the name and the state of another one, which stays under a name of its own, disabled.
fn replace(
    service: &Service,
    name: Option<&str>,
    ns: &Option<String>,
    changes: t::WMNullableResourcePlan,
) -> Answer<Option<t::WMFullResourcePlan>> {
    let Some(name) = name else { return refused("Cannot replace without specifying the source plan") };
    if changes.query_parallelism.is_some() || changes.default_pool_path.is_some() {
        return refused("Cannot change values during replace.");
    }
    let takes_active = changes.status == Some(t::WMResourcePlanStatus::ACTIVE);
    let old = match (&changes.name, takes_active) {
        (Some(target), false) => existing(service, target, ns)?,
        (None, true) => match active(service, ns)? {
            Some(old) => old,
            None => return refused("There is no active resource plan to be replaced"),
        },
        (target, _) => {
            let status = changes.status.and_then(t::WMResourcePlanStatus::name).unwrap_or("null");
            let target = target.as_deref().unwrap_or("null");
            return refused(format!("Must specify a name, or the active plan; received {target}, {status}"));
        }
    };
    let new = existing(service, name, ns)?;
    if new.value.name == old.value.name {
        return refused("A plan cannot replace itself");
    }
    let all = definitions::all::<ResourcePlan>(service.store())?;
    let free =
        |name: &String| !all.iter().any(|plan| plan.value.namespace == old.value.namespace && plan.value.name == *name);
    let base = format!("{}_old_{}", old.value.name, now());
    let names = std::iter::once(base.clone()).chain((1..=all.len()).map(|number| format!("{base}_{number}")));
    let kept = names.into_iter().find(free).unwrap_or(base);
    let kept = ResourcePlan { name: kept, status: PlanStatus::Disabled, ..old.value.clone() };
    let taking = ResourcePlan { name: old.value.name.clone(), status: old.value.status, ..new.value.clone() };
    let mut steps = vec![definitions::removed(&new)];
    steps.extend(definitions::replaced(&old, &taking)?);
    steps.push(definitions::created(&kept)?);
    service.store().change_definitions(&steps)?;
    Ok((taking.status == PlanStatus::Active).then(|| whole(&taking)))
}

fn validate(
    service: &Service,
    _: &Call,
    args: m::ValidateResourcePlanArgs,
) -> Answer<t::WMValidateResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let name = need(request.resource_plan_name, "resourcePlanName")?;
    let Some(found) = find(service, &name, &request.ns)? else {
        let text = format!("Cannot find resourcePlan: {} in {}", lower(&name), namespace(&request.ns));
        return Err(NoSuchObjectException::new(text).into());
    };
    let found = rules::validate(&found.value);
    Ok(t::WMValidateResourcePlanResponse { errors: Some(found.errors), warnings: Some(found.warnings) })
}

fn drop_plan(service: &Service, _: &Call, args: m::DropResourcePlanArgs) -> Answer<t::WMDropResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let old = existing(service, &need(request.resource_plan_name, "resourcePlanName")?, &request.ns)?;
    if old.value.status == PlanStatus::Active {
        return Err(MetaException::new("Cannot drop an active resource plan").into());
    }
    service.store().change_definitions(&[definitions::removed(&old)])?;
    Ok(t::WMDropResourcePlanResponse {})
}

fn create_trigger(service: &Service, _: &Call, args: m::CreateWmTriggerArgs) -> Answer<t::WMCreateTriggerResponse> {
    let told = need(need(args.request, "request")?.trigger, "trigger")?;
    let new = Trigger {
        name: lower(&told.trigger_name),
        condition: told.trigger_expression.unwrap_or_default(),
        action: told.action_expression.unwrap_or_default(),
        in_unmanaged: told.is_in_unmanaged.unwrap_or(false),
        pools: Vec::new(),
    };
    edit(service, &told.resource_plan_name, &told.ns, |plan| rules::add_trigger(plan, new))?;
    Ok(t::WMCreateTriggerResponse {})
}

fn alter_trigger(service: &Service, _: &Call, args: m::AlterWmTriggerArgs) -> Answer<t::WMAlterTriggerResponse> {
    let told = need(need(args.request, "request")?.trigger, "trigger")?;
    edit(service, &told.resource_plan_name, &told.ns, |plan| {
        let trigger = rules::trigger(plan, &lower(&told.trigger_name))?;
        trigger.condition = told.trigger_expression.unwrap_or_else(|| trigger.condition.clone());
        trigger.action = told.action_expression.unwrap_or_else(|| trigger.action.clone());
        trigger.in_unmanaged = told.is_in_unmanaged.unwrap_or(trigger.in_unmanaged);
        Ok(())
    })?;
    Ok(t::WMAlterTriggerResponse {})
}

fn drop_trigger(service: &Service, _: &Call, args: m::DropWmTriggerArgs) -> Answer<t::WMDropTriggerResponse> {
    let request = need(args.request, "request")?;
    let trigger = lower(&need(request.trigger_name, "triggerName")?);
    let plan = need(request.resource_plan_name, "resourcePlanName")?;
    edit(service, &plan, &request.ns, |plan| rules::drop_trigger(plan, &trigger))?;
    Ok(t::WMDropTriggerResponse {})
}

fn triggers(
    service: &Service,
    _: &Call,
    args: m::GetTriggersForResourceplanArgs,
) -> Answer<t::WMGetTriggersForResourePlanResponse> {
    let request = need(args.request, "request")?;
    let plan = existing(service, &need(request.resource_plan_name, "resourcePlanName")?, &request.ns)?.value;
    let triggers = plan.triggers.iter().map(|trigger| shown_trigger(&plan, trigger)).collect();
    Ok(t::WMGetTriggersForResourePlanResponse { triggers: Some(triggers) })
}

fn create_pool(service: &Service, _: &Call, args: m::CreateWmPoolArgs) -> Answer<t::WMCreatePoolResponse> {
    let told = need(need(args.request, "request")?.pool, "pool")?;
    let new = Pool {
        path: lower(&told.pool_path),
        fraction: need(told.alloc_fraction, "allocFraction")?,
        parallelism: need(told.query_parallelism, "queryParallelism")?,
        policy: told.scheduling_policy,
    };
    edit(service, &told.resource_plan_name, &told.ns, |plan| rules::add_pool(plan, new))?;
    Ok(t::WMCreatePoolResponse {})
}

fn alter_pool(service: &Service, _: &Call, args: m::AlterWmPoolArgs) -> Answer<t::WMAlterPoolResponse> {
    let request = need(args.request, "request")?;
    let told = need(request.pool, "pool")?;
    let path = lower(&need(request.pool_path, "poolPath")?);
    let change = PoolChange {
        path: Some(lower(&told.pool_path)).filter(|path| !path.is_empty()),
        fraction: told.alloc_fraction,
        parallelism: told.query_parallelism,
        policy: (told.is_set_scheduling_policy == Some(true)).then_some(told.scheduling_policy),
    };
    edit(service, &told.resource_plan_name, &told.ns, |plan| rules::change_pool(plan, &path, change))?;
    Ok(t::WMAlterPoolResponse {})
}

fn drop_pool(service: &Service, _: &Call, args: m::DropWmPoolArgs) -> Answer<t::WMDropPoolResponse> {
    let request = need(args.request, "request")?;
    let path = lower(&need(request.pool_path, "poolPath")?);
    let plan = need(request.resource_plan_name, "resourcePlanName")?;
    edit(service, &plan, &request.ns, |plan| rules::drop_pool(plan, &path))?;
    Ok(t::WMDropPoolResponse {})
}

fn entity_type(text: &str) -> Answer<String> {
    let name = text.trim().to_uppercase();
    match name.as_str() {
        "USER" | "GROUP" | "APPLICATION" => Ok(name),
        _ => Err(MetaException::new(format!("{text} is no kind of entity of a mapping")).into()),
    }
}

fn put_mapping(
    service: &Service,
    _: &Call,
    args: m::CreateOrUpdateWmMappingArgs,
) -> Answer<t::WMCreateOrUpdateMappingResponse> {
    let request = need(args.request, "request")?;
    let told = need(request.mapping, "mapping")?;
    let new = Mapping {
        entity_type: entity_type(&told.entity_type)?,
        entity: lower(&told.entity_name),
        pool: told.pool_path.as_deref().map(lower),
        order: told.ordering,
    };
    let update = request.update.unwrap_or(false);
    edit(service, &told.resource_plan_name, &told.ns, |plan| rules::put_mapping(plan, new, update))?;
    Ok(t::WMCreateOrUpdateMappingResponse {})
}

fn drop_mapping(service: &Service, _: &Call, args: m::DropWmMappingArgs) -> Answer<t::WMDropMappingResponse> {
    let told = need(need(args.request, "request")?.mapping, "mapping")?;
    let (kind, entity) = (entity_type(&told.entity_type)?, lower(&told.entity_name));
    edit(service, &told.resource_plan_name, &told.ns, |plan| rules::drop_mapping(plan, &kind, &entity))?;
    Ok(t::WMDropMappingResponse {})
}

fn bind(
    service: &Service,
    _: &Call,
    args: m::CreateOrDropWmTriggerToPoolMappingArgs,
) -> Answer<t::WMCreateOrDropTriggerToPoolMappingResponse> {
    let request = need(args.request, "request")?;
    let trigger = lower(&need(request.trigger_name, "triggerName")?);
    let pool = lower(&need(request.pool_path, "poolPath")?);
    let holds = !request.drop.unwrap_or(false);
    let plan = need(request.resource_plan_name, "resourcePlanName")?;
    edit(service, &plan, &request.ns, |plan| rules::bind(plan, &trigger, &pool, holds))?;
    Ok(t::WMCreateOrDropTriggerToPoolMappingResponse {})
}
