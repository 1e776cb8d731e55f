//! Resource plans, with their pools, triggers and mappings.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{InvalidOperationException, MetaException};

use super::{Answer, need, with};
use crate::model::{Mapping, PlanStatus, Pool, ResourcePlan, Trigger};
use crate::service::Service;
use crate::workload::{self as rules, PlanChange, Plans, PoolChange, plain};

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

/// The namespace of a request; clients of Hive 3 name none.
fn namespace(text: Option<&str>) -> String {
    text.map_or_else(|| ResourcePlan::NAMESPACE.to_string(), plain)
}

fn plans<'s>(service: &'s Service, ns: &Option<String>) -> Plans<'s> {
    Plans::new(service.store(), ns.as_deref())
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
    plans(service, &wanted.ns).create(&wanted.name, wanted.query_parallelism, request.copy_from.as_deref())?;
    Ok(t::WMCreateResourcePlanResponse {})
}

fn get(service: &Service, _: &Call, args: m::GetResourcePlanArgs) -> Answer<t::WMGetResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let found = plans(service, &request.ns).get(&need(request.resource_plan_name, "resourcePlanName")?)?;
    Ok(t::WMGetResourcePlanResponse { resource_plan: Some(whole(&found)) })
}

fn get_active(
    service: &Service,
    _: &Call,
    args: m::GetActiveResourcePlanArgs,
) -> Answer<t::WMGetActiveResourcePlanResponse> {
    let ns = args.request.and_then(|request| request.ns);
    let resource_plan = plans(service, &ns).active()?.as_ref().map(whole);
    Ok(t::WMGetActiveResourcePlanResponse { resource_plan })
}

fn list(service: &Service, _: &Call, args: m::GetAllResourcePlansArgs) -> Answer<t::WMGetAllResourcePlanResponse> {
    let all = plans(service, &args.request.and_then(|request| request.ns)).all()?;
    Ok(t::WMGetAllResourcePlanResponse { resource_plans: Some(all.iter().map(shown).collect()) })
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
    let plans = plans(service, &request.ns);
    let active = match replace {
        true => self::replace(&plans, name, changes)?,
        false => {
            if let Some(ns) = changes.ns.as_deref().filter(|ns| namespace(Some(ns)) != namespace(request.ns.as_deref()))
            {
                return refused(format!("Cannot change ns; from {} to {ns}", namespace(request.ns.as_deref())));
            }
            let is_set = |told: Option<bool>| told == Some(true);
            let change = PlanChange {
                name: changes.name,
                parallelism: is_set(changes.is_set_query_parallelism).then_some(changes.query_parallelism),
                default_pool: is_set(changes.is_set_default_pool_path).then_some(changes.default_pool_path),
                status: changes.status.map(to_status).transpose()?,
                activate_disabled: activate,
                deactivate,
            };
            plans.alter(name, &change)?
        }
    };
    Ok(t::WMAlterResourcePlanResponse { full_resource_plan: active.as_ref().map(whole) })
}

/// The plan takes the name and the state of another one.
fn replace(plans: &Plans<'_>, name: Option<&str>, changes: t::WMNullableResourcePlan) -> Answer<Option<ResourcePlan>> {
    let Some(name) = name else { return refused("Cannot replace without specifying the source plan") };
    if changes.query_parallelism.is_some() || changes.default_pool_path.is_some() {
        return refused("Cannot change values during replace.");
    }
    let takes_active = changes.status == Some(t::WMResourcePlanStatus::ACTIVE);
    if changes.name.is_some() == takes_active {
        let status = changes.status.and_then(t::WMResourcePlanStatus::name).unwrap_or("null");
        let target = changes.name.as_deref().unwrap_or("null");
        return refused(format!("Must specify a name, or the active plan; received {target}, {status}"));
    }
    Ok(plans.replace(name, changes.name.as_deref())?)
}

fn validate(
    service: &Service,
    _: &Call,
    args: m::ValidateResourcePlanArgs,
) -> Answer<t::WMValidateResourcePlanResponse> {
    let request = need(args.request, "request")?;
    let found = plans(service, &request.ns).validate(&need(request.resource_plan_name, "resourcePlanName")?)?;
    Ok(t::WMValidateResourcePlanResponse { errors: Some(found.errors), warnings: Some(found.warnings) })
}

fn drop_plan(service: &Service, _: &Call, args: m::DropResourcePlanArgs) -> Answer<t::WMDropResourcePlanResponse> {
    let request = need(args.request, "request")?;
    plans(service, &request.ns).drop(&need(request.resource_plan_name, "resourcePlanName")?)?;
    Ok(t::WMDropResourcePlanResponse {})
}

fn create_trigger(service: &Service, _: &Call, args: m::CreateWmTriggerArgs) -> Answer<t::WMCreateTriggerResponse> {
    let told = need(need(args.request, "request")?.trigger, "trigger")?;
    let new = Trigger {
        name: plain(&told.trigger_name),
        condition: told.trigger_expression.unwrap_or_default(),
        action: told.action_expression.unwrap_or_default(),
        in_unmanaged: told.is_in_unmanaged.unwrap_or(false),
        pools: Vec::new(),
    };
    plans(service, &told.ns).edit(&told.resource_plan_name, |plan| rules::add_trigger(plan, new))?;
    Ok(t::WMCreateTriggerResponse {})
}

fn alter_trigger(service: &Service, _: &Call, args: m::AlterWmTriggerArgs) -> Answer<t::WMAlterTriggerResponse> {
    let told = need(need(args.request, "request")?.trigger, "trigger")?;
    plans(service, &told.ns).edit(&told.resource_plan_name, |plan| {
        let trigger = rules::trigger(plan, &plain(&told.trigger_name))?;
        trigger.condition = told.trigger_expression.unwrap_or_else(|| trigger.condition.clone());
        trigger.action = told.action_expression.unwrap_or_else(|| trigger.action.clone());
        trigger.in_unmanaged = told.is_in_unmanaged.unwrap_or(trigger.in_unmanaged);
        Ok(())
    })?;
    Ok(t::WMAlterTriggerResponse {})
}

fn drop_trigger(service: &Service, _: &Call, args: m::DropWmTriggerArgs) -> Answer<t::WMDropTriggerResponse> {
    let request = need(args.request, "request")?;
    let trigger = plain(&need(request.trigger_name, "triggerName")?);
    let plan = need(request.resource_plan_name, "resourcePlanName")?;
    plans(service, &request.ns).edit(&plan, |plan| rules::drop_trigger(plan, &trigger))?;
    Ok(t::WMDropTriggerResponse {})
}

fn triggers(
    service: &Service,
    _: &Call,
    args: m::GetTriggersForResourceplanArgs,
) -> Answer<t::WMGetTriggersForResourePlanResponse> {
    let request = need(args.request, "request")?;
    let plan = plans(service, &request.ns).get(&need(request.resource_plan_name, "resourcePlanName")?)?;
    let triggers = plan.triggers.iter().map(|trigger| shown_trigger(&plan, trigger)).collect();
    Ok(t::WMGetTriggersForResourePlanResponse { triggers: Some(triggers) })
}

fn create_pool(service: &Service, _: &Call, args: m::CreateWmPoolArgs) -> Answer<t::WMCreatePoolResponse> {
    let told = need(need(args.request, "request")?.pool, "pool")?;
    let new = Pool {
        path: plain(&told.pool_path),
        fraction: need(told.alloc_fraction, "allocFraction")?,
        parallelism: need(told.query_parallelism, "queryParallelism")?,
        policy: told.scheduling_policy,
    };
    plans(service, &told.ns).edit(&told.resource_plan_name, |plan| rules::add_pool(plan, new))?;
    Ok(t::WMCreatePoolResponse {})
}

fn alter_pool(service: &Service, _: &Call, args: m::AlterWmPoolArgs) -> Answer<t::WMAlterPoolResponse> {
    let request = need(args.request, "request")?;
    let told = need(request.pool, "pool")?;
    let path = plain(&need(request.pool_path, "poolPath")?);
    let change = PoolChange {
        path: Some(plain(&told.pool_path)).filter(|path| !path.is_empty()),
        fraction: told.alloc_fraction,
        parallelism: told.query_parallelism,
        policy: (told.is_set_scheduling_policy == Some(true)).then_some(told.scheduling_policy),
    };
    plans(service, &told.ns).edit(&told.resource_plan_name, |plan| rules::change_pool(plan, &path, change))?;
    Ok(t::WMAlterPoolResponse {})
}

fn drop_pool(service: &Service, _: &Call, args: m::DropWmPoolArgs) -> Answer<t::WMDropPoolResponse> {
    let request = need(args.request, "request")?;
    let path = plain(&need(request.pool_path, "poolPath")?);
    let plan = need(request.resource_plan_name, "resourcePlanName")?;
    plans(service, &request.ns).edit(&plan, |plan| rules::drop_pool(plan, &path))?;
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
        entity: told.entity_name,
        pool: told.pool_path.as_deref().map(plain),
        order: told.ordering,
    };
    let update = request.update.unwrap_or(false);
    plans(service, &told.ns).edit(&told.resource_plan_name, |plan| rules::put_mapping(plan, new, update))?;
    Ok(t::WMCreateOrUpdateMappingResponse {})
}

fn drop_mapping(service: &Service, _: &Call, args: m::DropWmMappingArgs) -> Answer<t::WMDropMappingResponse> {
    let told = need(need(args.request, "request")?.mapping, "mapping")?;
    let kind = entity_type(&told.entity_type)?;
    plans(service, &told.ns)
        .edit(&told.resource_plan_name, |plan| rules::drop_mapping(plan, &kind, &told.entity_name))?;
    Ok(t::WMDropMappingResponse {})
}

fn bind(
    service: &Service,
    _: &Call,
    args: m::CreateOrDropWmTriggerToPoolMappingArgs,
) -> Answer<t::WMCreateOrDropTriggerToPoolMappingResponse> {
    let request = need(args.request, "request")?;
    let trigger = plain(&need(request.trigger_name, "triggerName")?);
    let pool = plain(&need(request.pool_path, "poolPath")?);
    let holds = !request.drop.unwrap_or(false);
    let plan = need(request.resource_plan_name, "resourcePlanName")?;
    plans(service, &request.ns).edit(&plan, |plan| rules::bind(plan, &trigger, &pool, holds))?;
    Ok(t::WMCreateOrDropTriggerToPoolMappingResponse {})
}
