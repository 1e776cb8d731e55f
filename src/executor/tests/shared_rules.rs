//! Roles, privileges and resource plans.

use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Both, some};

fn on_table(name: &str) -> t::HiveObjectRef {
    t::HiveObjectRef {
        object_type: Some(t::HiveObjectType::TABLE),
        db_name: some("default"),
        object_name: some(name),
        ..Default::default()
    }
}

fn give(privilege: &str, grantor: &str) -> m::GrantPrivilegesArgs {
    let info = t::PrivilegeGrantInfo { privilege: some(privilege), grantor: some(grantor), ..Default::default() };
    let privilege = t::HiveObjectPrivilege {
        hive_object: Some(on_table("t")),
        principal_name: some("bob"),
        principal_type: Some(t::PrincipalType::USER),
        grant_info: Some(info),
        authorizer: some("SQL"),
    };
    m::GrantPrivilegesArgs { privileges: Some(t::PrivilegeBag { privileges: Some(vec![privilege]) }) }
}

#[tokio::test]
async fn grants() {
    let mut both = Both::new();
    both.sql("create table t (a int)").await;
    both.sql("create role readers").await;
    both.sql("grant role readers to user bob").await;
    both.sql("grant select on table t to user bob").await;
    // A client sees what SQL gave, and is refused as SQL is.
    assert_eq!(both.call::<m::GetRoleNames>(m::GetRoleNamesArgs {}), ["admin", "public", "readers"]);
    let again = both.call_refused::<m::GrantPrivileges>(give("select", "ann"));
    assert!(both.sql_refused("grant select on table t to user bob").await.ends_with(&again), "{again}");
    let role = t::Role { role_name: some("Readers"), ..Default::default() };
    let taken = both.call_refused::<m::CreateRole>(m::CreateRoleArgs { role: Some(role) });
    assert!(both.sql_refused("create role readers").await.ends_with(&taken), "{taken}");
    let args = m::GrantRoleArgs {
        role_name: some("readers"),
        principal_name: some("bob"),
        principal_type: Some(t::PrincipalType::USER),
        ..Default::default()
    };
    let has_it = both.call_refused::<m::GrantRole>(args);
    assert!(both.sql_refused("grant readers to user bob").await.ends_with(&has_it), "{has_it}");
    // SQL sees what a client gives and takes.
    both.call::<m::GrantPrivileges>(give("insert", "ann"));
    let privileges: Vec<String> =
        both.sql("show grant user bob on table t").await.into_iter().map(|row| row[6].clone()).collect();
    assert_eq!(privileges, ["INSERT", "SELECT"]);
    both.call::<m::RevokeRole>(m::RevokeRoleArgs {
        role_name: some("readers"),
        principal_name: some("bob"),
        principal_type: Some(t::PrincipalType::USER),
    });
    assert_eq!(both.sql("show principals readers").await, Vec::<Vec<String>>::new());
    both.sql("revoke insert on table t from user bob").await;
    both.sql("drop table t").await;
    let args = m::ListPrivilegesArgs { hive_object: Some(t::HiveObjectRef::default()), ..Default::default() };
    assert_eq!(both.call::<m::ListPrivileges>(args), []);
}

#[tokio::test]
async fn resource_plans() {
    let mut both = Both::new();
    both.sql("create resource plan p").await;
    let pool = |path: &str| m::CreateWmPoolArgs {
        request: Some(t::WMCreatePoolRequest {
            pool: Some(t::WMPool {
                resource_plan_name: "P".into(),
                pool_path: path.into(),
                alloc_fraction: Some(0.5),
                query_parallelism: Some(1),
                ..Default::default()
            }),
        }),
    };
    both.call::<m::CreateWmPool>(pool("a"));
    for (path, statement) in [
        ("a", "create pool p.a with alloc_fraction = 0.5, query_parallelism = 1"),
        ("x.y", "create pool p.x.y with alloc_fraction = 0.5, query_parallelism = 1"),
    ] {
        let refused = both.call_refused::<m::CreateWmPool>(pool(path));
        assert!(both.sql_refused(statement).await.contains(&refused), "{refused}");
    }
    let enable = m::AlterResourcePlanArgs {
        request: Some(t::WMAlterResourcePlanRequest {
            resource_plan_name: some("p"),
            resource_plan: Some(t::WMNullableResourcePlan {
                status: Some(t::WMResourcePlanStatus::ENABLED),
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    let refused = both.call_refused::<m::AlterResourcePlan>(enable.clone());
    assert!(both.sql_refused("alter resource plan p enable").await.contains(&refused), "{refused}");
    both.sql("alter pool p.`default` set alloc_fraction = 0.5").await;
    both.call::<m::AlterResourcePlan>(enable);
    both.sql("alter resource plan p activate").await;
    let args = m::GetActiveResourcePlanArgs { request: Some(Default::default()) };
    assert_eq!(both.call::<m::GetActiveResourcePlan>(args).resource_plan.unwrap().pools.len(), 2);
    let drop = m::DropResourcePlanArgs {
        request: Some(t::WMDropResourcePlanRequest { resource_plan_name: some("p"), ns: None }),
    };
    let refused = both.call_refused::<m::DropResourcePlan>(drop);
    assert!(both.sql_refused("drop resource plan p").await.contains(&refused), "{refused}");
}
