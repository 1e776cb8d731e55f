//! Resource plans.

use skep_metastore::model::ResourcePlan;
use skep_metastore::store::definitions;
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Server, some};

fn create(name: &str) -> m::CreateResourcePlanArgs {
    let plan = t::WMResourcePlan { name: name.into(), query_parallelism: Some(4), ..Default::default() };
    m::CreateResourcePlanArgs {
        request: Some(t::WMCreateResourcePlanRequest { resource_plan: Some(plan), copy_from: None }),
    }
}

fn alter(name: &str, change: t::WMNullableResourcePlan, activate: bool) -> m::AlterResourcePlanArgs {
    m::AlterResourcePlanArgs {
        request: Some(t::WMAlterResourcePlanRequest {
            resource_plan_name: some(name),
            resource_plan: Some(change),
            is_enable_and_activate: Some(activate),
            ..Default::default()
        }),
    }
}

fn to(status: t::WMResourcePlanStatus) -> t::WMNullableResourcePlan {
    t::WMNullableResourcePlan { status: Some(status), ..Default::default() }
}

fn pool(path: &str, fraction: f64) -> m::CreateWmPoolArgs {
    let pool = t::WMPool {
        resource_plan_name: "p".into(),
        pool_path: path.into(),
        alloc_fraction: Some(fraction),
        query_parallelism: Some(1),
        ..Default::default()
    };
    m::CreateWmPoolArgs { request: Some(t::WMCreatePoolRequest { pool: Some(pool) }) }
}

#[test]
fn plans() {
    let s = Server::new();
    s.ok::<m::CreateResourcePlan>(create("P"));
    assert_eq!(s.refused::<m::CreateResourcePlan>(create("p")), "AlreadyExists: Resource plan already exists: ");
    s.ok::<m::CreateWmPool>(pool("a", 0.0));
    s.ok::<m::CreateWmPool>(pool("a.b", 0.5));
    assert_eq!(
        s.refused::<m::CreateWmPool>(pool("x.y", 0.5)),
        "NoSuchObject: Pool path is invalid, the parent does not exist"
    );
    let trigger = t::WMTrigger {
        resource_plan_name: "p".into(),
        trigger_name: "T".into(),
        trigger_expression: some("BYTES_READ > 1"),
        action_expression: some("KILL"),
        ..Default::default()
    };
    let args = m::CreateWmTriggerArgs { request: Some(t::WMCreateTriggerRequest { trigger: Some(trigger) }) };
    s.ok::<m::CreateWmTrigger>(args.clone());
    assert_eq!(s.refused::<m::CreateWmTrigger>(args), "AlreadyExists: Trigger already exists, use alter: ");
    let bind = t::WMCreateOrDropTriggerToPoolMappingRequest {
        resource_plan_name: some("p"),
        trigger_name: some("t"),
        pool_path: some("a.b"),
        drop: Some(false),
        ns: None,
    };
    s.ok::<m::CreateOrDropWmTriggerToPoolMapping>(m::CreateOrDropWmTriggerToPoolMappingArgs { request: Some(bind) });
    let mapping = t::WMMapping {
        resource_plan_name: "p".into(),
        entity_type: "user".into(),
        entity_name: "u".into(),
        pool_path: some("a"),
        ..Default::default()
    };
    let request = t::WMCreateOrUpdateMappingRequest { mapping: Some(mapping), update: Some(false) };
    s.ok::<m::CreateOrUpdateWmMapping>(m::CreateOrUpdateWmMappingArgs { request: Some(request) });
    let drop = t::WMDropPoolRequest { resource_plan_name: some("p"), pool_path: some("a"), ns: None };
    assert_eq!(
        s.refused::<m::DropWmPool>(m::DropWmPoolArgs { request: Some(drop) }),
        "InvalidOperation: Cannot drop a pool that has child pools"
    );

    let get = m::GetResourcePlanArgs {
        request: Some(t::WMGetResourcePlanRequest { resource_plan_name: some("p"), ns: None }),
    };
    let plan = s.ok::<m::GetResourcePlan>(get).resource_plan.unwrap();
    assert_eq!(plan.pools.len(), 3);
    assert_eq!(plan.pool_triggers.unwrap()[0].pool, "a.b");
    assert_eq!(plan.plan.status, Some(t::WMResourcePlanStatus::DISABLED));
    // What SQL statements see is the same.
    assert!(definitions::find::<ResourcePlan>(s.store.as_ref(), "p").unwrap().is_some());

    // default (1.0, 4 queries), a (1 query), a.b (1 query): more queries than the plan has.
    assert_eq!(
        s.refused::<m::AlterResourcePlan>(alter("p", to(t::WMResourcePlanStatus::ENABLED), false)),
        "InvalidOperation: ResourcePlan: p is invalid: [Sum of all pools' query parallelism: 6 exceeds resource plan query \
         parallelism: 4]"
    );
    let more = t::WMNullableResourcePlan {
        is_set_query_parallelism: Some(true),
        query_parallelism: Some(8),
        ..Default::default()
    };
    s.ok::<m::AlterResourcePlan>(alter("p", more, false));
    let validate = m::ValidateResourcePlanArgs {
        request: Some(t::WMValidateResourcePlanRequest { resource_plan_name: some("p"), ns: None }),
    };
    let validated = s.ok::<m::ValidateResourcePlan>(validate);
    assert_eq!((validated.errors.unwrap().len(), validated.warnings.unwrap().len()), (0, 1));
    let active = s.ok::<m::AlterResourcePlan>(alter("p", to(t::WMResourcePlanStatus::ACTIVE), true));
    assert!(active.full_resource_plan.is_some());
    assert_eq!(
        s.refused::<m::CreateWmPool>(pool("c", 0.1)),
        "Meta: InvalidOperationException: Resource plan must be disabled to edit it."
    );
    // Another one takes its place.
    s.ok::<m::CreateResourcePlan>(create("q"));
    s.ok::<m::AlterResourcePlan>(alter("q", to(t::WMResourcePlanStatus::ACTIVE), true));
    let args = m::GetActiveResourcePlanArgs { request: Some(Default::default()) };
    let now_active = s.ok::<m::GetActiveResourcePlan>(args).resource_plan.unwrap();
    assert_eq!(now_active.plan.name, "q");
    let drop = |name: &str| m::DropResourcePlanArgs {
        request: Some(t::WMDropResourcePlanRequest { resource_plan_name: some(name), ns: None }),
    };
    assert_eq!(s.refused::<m::DropResourcePlan>(drop("q")), "Meta: Cannot drop an active resource plan");
    s.ok::<m::DropResourcePlan>(drop("p"));
    assert!(
        s.refused::<m::DropResourcePlan>(drop("p")).starts_with("NoSuchObject: There is no resource plan named: p")
    );
}
