//! Roles and privileges.

use skep_metastore::model::{Grant, Role};
use skep_metastore::store::{MetaStore, definitions};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Server, some};

fn create(name: &str) -> m::CreateRoleArgs {
    m::CreateRoleArgs { role: Some(t::Role { role_name: some(name), owner_name: some("o"), ..Default::default() }) }
}

fn give(role: &str, to: &str, kind: t::PrincipalType) -> m::GrantRoleArgs {
    m::GrantRoleArgs {
        role_name: some(role),
        principal_name: some(to),
        principal_type: Some(kind),
        grantor: some("g"),
        grantor_type: Some(t::PrincipalType::USER),
        grant_option: Some(true),
    }
}

const USER: t::PrincipalType = t::PrincipalType::USER;
const ROLE: t::PrincipalType = t::PrincipalType::ROLE;

#[test]
fn roles() {
    let s = Server::new();
    assert!(s.ok::<m::CreateRole>(create("R1")));
    assert!(s.ok::<m::CreateRole>(create("r2")));
    assert_eq!(
        s.refused::<m::CreateRole>(create("r1")),
        "Meta: Got exception: org.apache.hadoop.hive.metastore.api.InvalidObjectException Role r1 already exists."
    );
    assert_eq!(
        s.refused::<m::CreateRole>(create("public")),
        "Meta: public role implicitly exists. It can't be created."
    );
    assert_eq!(s.ok::<m::GetRoleNames>(m::GetRoleNamesArgs {}), ["admin", "public", "r1", "r2"]);
    // What SQL statements see is the same.
    assert_eq!(definitions::all::<Role>(s.store.as_ref()).unwrap().len(), 2);

    assert!(s.ok::<m::GrantRole>(give("r1", "u", USER)));
    assert!(s.ok::<m::GrantRole>(give("r2", "r1", ROLE)));
    assert!(s.refused::<m::GrantRole>(give("r1", "u", USER)).ends_with("Principal u already has the role r1"));
    assert!(s.refused::<m::GrantRole>(give("r9", "u", USER)).ends_with("r9 role can not be found."));
    assert_eq!(
        s.refused::<m::GrantRole>(give("r1", "r2", ROLE)),
        "Meta: Cannot grant role r2 to r1 as r1 already belongs to the role r2. (no cycles allowed)"
    );
    let listed = s.ok::<m::ListRoles>(m::ListRolesArgs { principal_name: some("u"), principal_type: Some(USER) });
    let names: Vec<String> = listed.into_iter().filter_map(|role| role.role_name).collect();
    assert_eq!(names, ["r1", "public"]);
    let members =
        m::GetPrincipalsInRoleArgs { request: Some(t::GetPrincipalsInRoleRequest { role_name: "r2".into() }) };
    let members = s.ok::<m::GetPrincipalsInRole>(members).principal_grants;
    assert_eq!(members.len(), 1);
    assert_eq!((members[0].principal_name.as_deref(), members[0].principal_type), (Some("r1"), Some(ROLE)));

    let option_only = t::GrantRevokeRoleRequest {
        request_type: Some(t::GrantRevokeType::REVOKE),
        role_name: some("r1"),
        principal_name: some("u"),
        principal_type: Some(USER),
        grant_option: Some(true),
        ..Default::default()
    };
    s.ok::<m::GrantRevokeRole>(m::GrantRevokeRoleArgs { request: Some(option_only.clone()) });
    assert_eq!(
        s.refused::<m::GrantRevokeRole>(m::GrantRevokeRoleArgs { request: Some(option_only) }),
        "Meta: User u does not have grant option with role r1"
    );
    assert!(s.ok::<m::DropRole>(m::DropRoleArgs { role_name: some("r1") }));
    assert!(definitions::all::<Grant>(s.store.as_ref()).unwrap().is_empty());
}

fn on_table(kind: t::HiveObjectType) -> t::HiveObjectRef {
    t::HiveObjectRef {
        object_type: Some(kind),
        db_name: some("@hive#D"),
        object_name: some("T"),
        column_name: (kind == t::HiveObjectType::COLUMN).then(|| "a".to_string()),
        ..Default::default()
    }
}

fn bag(object: t::HiveObjectRef, privileges: &str, grantor: &str) -> t::PrivilegeBag {
    let grant_info = t::PrivilegeGrantInfo {
        privilege: some(privileges),
        create_time: Some(0),
        grantor: some(grantor),
        grantor_type: Some(USER),
        grant_option: Some(false),
    };
    let privilege = t::HiveObjectPrivilege {
        hive_object: Some(object),
        principal_name: some("u"),
        principal_type: Some(USER),
        grant_info: Some(grant_info),
        authorizer: some("SQL"),
    };
    t::PrivilegeBag { privileges: Some(vec![privilege]) }
}

fn change(s: &Server, kind: t::GrantRevokeType, privileges: t::PrivilegeBag) -> Result<(), String> {
    let request = t::GrantRevokePrivilegeRequest {
        request_type: Some(kind),
        privileges: Some(privileges),
        revoke_grant_option: None,
    };
    let args = m::GrantRevokePrivilegesArgs { request: Some(request) };
    s.router.call::<m::GrantRevokePrivileges>(&s.peer, &args).map(drop).map_err(|error| error.to_string())
}

#[test]
fn privileges() {
    use t::GrantRevokeType as G;
    use t::HiveObjectType as O;
    let s = Server::new();
    change(&s, G::GRANT, bag(on_table(O::TABLE), "SELECT,INSERT", "g")).unwrap();
    change(&s, G::GRANT, bag(on_table(O::TABLE), "SELECT", "other")).unwrap();
    change(&s, G::GRANT, bag(on_table(O::COLUMN), "SELECT", "g")).unwrap();
    let again = change(&s, G::GRANT, bag(on_table(O::TABLE), "SELECT", "G")).unwrap_err();
    assert!(again.contains("InvalidObjectException SELECT is already granted on table [d,t] by G"), "{again}");
    // Hive says nothing where the table is not there.
    let nowhere = t::HiveObjectRef { object_name: some("x"), ..on_table(O::TABLE) };
    change(&s, G::GRANT, bag(nowhere, "SELECT", "g")).unwrap();

    let list = |principal: Option<&str>, object: t::HiveObjectRef| -> Vec<(i32, String)> {
        let args = m::ListPrivilegesArgs {
            principal_name: principal.map(str::to_string),
            principal_type: Some(USER),
            hive_object: Some(object),
        };
        let listed = s.ok::<m::ListPrivileges>(args).into_iter();
        listed
            .map(|one| {
                let kind = one.hive_object.and_then(|object| object.object_type).unwrap();
                (kind.0, one.grant_info.and_then(|info| info.privilege).unwrap())
            })
            .collect()
    };
    assert_eq!(list(Some("u"), on_table(O::TABLE)).len(), 3);
    assert_eq!(list(None, on_table(O::COLUMN)), [(5, "SELECT".to_string())]);
    assert_eq!(list(Some("nobody"), on_table(O::TABLE)), []);
    assert_eq!(list(Some("u"), t::HiveObjectRef::default()).len(), 4);

    let set = m::GetPrivilegeSetArgs {
        hive_object: Some(on_table(O::TABLE)),
        user_name: some("u"),
        group_names: Some(vec!["g".into()]),
    };
    let set = s.ok::<m::GetPrivilegeSet>(set);
    assert_eq!(set.user_privileges.unwrap()["u"].len(), 3);
    assert!(set.group_privileges.unwrap()["g"].is_empty());
    assert!(set.role_privileges.unwrap().contains_key("public"));

    change(&s, G::REVOKE, bag(on_table(O::TABLE), "insert", "g")).unwrap();
    let none = change(&s, G::REVOKE, bag(on_table(O::TABLE), "INSERT", "g")).unwrap_err();
    assert!(none.contains("No grant (INSERT) found  on table t, database is d"), "{none}");

    // The privileges of one authorizer become those that are told.
    let refresh = m::RefreshPrivilegesArgs {
        obj_to_refresh: Some(on_table(O::TABLE)),
        authorizer: some("SQL"),
        grant_request: Some(t::GrantRevokePrivilegeRequest {
            request_type: Some(G::GRANT),
            privileges: Some(bag(on_table(O::TABLE), "DELETE", "g")),
            revoke_grant_option: None,
        }),
    };
    s.ok::<m::RefreshPrivileges>(refresh);
    assert_eq!(list(Some("u"), on_table(O::TABLE)), [(3, "DELETE".to_string())]);
    assert_eq!(list(Some("u"), on_table(O::COLUMN)).len(), 1);
}

/// The privileges on a table that is renamed or dropped go with it; a new table comes with its owner's.
#[test]
fn privileges_go_with_their_table() {
    let s = Server::new();
    change(&s, t::GrantRevokeType::GRANT, bag(on_table(t::HiveObjectType::TABLE), "SELECT", "g")).unwrap();
    let on = |name: &str| {
        let object = t::HiveObjectRef { object_name: some(name), ..on_table(t::HiveObjectType::TABLE) };
        let args = m::ListPrivilegesArgs { hive_object: Some(object), ..Default::default() };
        s.ok::<m::ListPrivileges>(args).len()
    };
    let renamed = skep_metastore::model::Table { name: "n".into(), ..super::table("d", "t") };
    s.store.alter_table("d", "t", &renamed).unwrap();
    assert_eq!((on("t"), on("n")), (0, 1));
    s.store.drop_table("d", "n").unwrap();
    assert_eq!(on("n"), 0);
    assert!(definitions::all::<Grant>(s.store.as_ref()).unwrap().is_empty());

    let info = t::PrivilegeGrantInfo { privilege: some("INSERT"), grantor: some("u"), ..Default::default() };
    let privileges = t::PrincipalPrivilegeSet {
        user_privileges: Some([("u".to_string(), vec![info])].into()),
        ..Default::default()
    };
    let made = t::Table {
        table_name: some("v"),
        db_name: some("d"),
        table_type: some("VIRTUAL_VIEW"),
        view_original_text: some("select 1"),
        view_expanded_text: some("select 1"),
        sd: Some(t::StorageDescriptor {
            cols: Some(vec![t::FieldSchema { name: some("a"), r#type: some("int"), comment: None }]),
            ..Default::default()
        }),
        privileges: Some(privileges),
        ..Default::default()
    };
    s.ok::<m::CreateTable>(m::CreateTableArgs { tbl: Some(made) });
    assert_eq!(on("v"), 1);
}
