//! Against a real directory: OpenLDAP's slapd.

use std::net::TcpListener;

use super::super::configuration;
use super::slapd::Slapd;
use super::*;

/// Whether a user may come, with keys behind `hive.server2.authentication.ldap.`.
fn lets_in(slapd: &Slapd, settings: &[(&str, &str)], user: &str, password: &str) -> bool {
    let mut all = vec![(key_of("url"), slapd.url.clone())];
    all.extend(settings.iter().map(|(key, value)| (key_of(key), value.to_string())));
    let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    Directory::of(&configuration(&all)).unwrap().check(user, password)
}

const BASE: (&str, &str) = ("baseDN", "ou=people,dc=example,dc=org");
const USERS: (&str, &str) = ("userDNPattern", "uid=%s,ou=people,dc=example,dc=org:uid=%s,ou=guests,dc=example,dc=org");
const GROUPS: (&str, &str) = ("groupDNPattern", "cn=%s,ou=groups,dc=example,dc=org");
const FINDER: [(&str, &str); 2] = [("binddn", "cn=finder,dc=example,dc=org"), ("bindpw", "find")];

#[test]
fn passwords_prove_users() {
    let slapd = Slapd::start();
    assert!(lets_in(&slapd, &[BASE], "ann", "ann-secret"));
    assert!(lets_in(&slapd, &[], "uid=ann,ou=people,dc=example,dc=org", "ann-secret"));
    // Of several patterns one is enough.
    assert!(lets_in(&slapd, &[USERS], "gus", "gus-secret"));
    for (user, password) in [
        ("ann", "wrong"),
        ("ann", "bob-secret"),
        ("nobody", "x"),
        // Directories let in whoever has no password, as nobody.
        ("ann", ""),
        ("ann", "  "),
        ("ann", "\0ann-secret"),
        ("", "x"),
        ("gus", "gus-secret"),
        ("*", "ann-secret"),
        ("ann,ou=people,dc=example,dc=org", "ann-secret"),
    ] {
        assert!(!lets_in(&slapd, &[BASE], user, password), "{user} {password}");
    }
}

#[test]
fn filters_say_who_may_come() {
    let slapd = Slapd::start();
    let may = |settings: &[(&str, &str)]| -> Vec<&str> {
        let settings: Vec<(&str, &str)> = [USERS, GROUPS].iter().chain(settings).copied().collect();
        let users = [("ann", "ann-secret"), ("bob", "bob-secret"), ("gus", "gus-secret")];
        let let_in = users.into_iter().filter(|(user, password)| lets_in(&slapd, &settings, user, password));
        let_in.map(|(user, _)| user).collect()
    };
    assert_eq!(may(&[]), ["ann", "bob", "gus"]);
    assert_eq!(may(&[("userFilter", "BOB, gus")]), ["bob", "gus"]);
    assert_eq!(may(&[("groupFilter", "Staff")]), ["ann", "bob"]);
    assert_eq!(may(&[("groupFilter", "admins,none")]), ["ann"]);
    assert_eq!(may(&[("groupFilter", "staff"), ("userFilter", "ann,gus")]), ["ann"]);
    assert_eq!(may(&[("groupFilter", "staff"), ("groupClassKey", "groupOfUniqueNames")]), [""; 0]);
    // The user's own entry names the group.
    let member = ("userMembershipKey", "title");
    assert_eq!(may(&[("groupFilter", "admins"), member]), ["ann"]);
    assert_eq!(may(&[("groupFilter", "no-such"), member]), [""; 0]);
    let admins = "(&(objectClass=groupOfNames)(cn=admins))";
    assert_eq!(may(&[("customLDAPQuery", admins), ("baseDN", "dc=example,dc=org")]), ["ann"]);
    let people = "(&(objectClass=inetOrgPerson)(uid=b*))";
    assert_eq!(may(&[("customLDAPQuery", people), ("baseDN", "dc=example,dc=org")]), ["bob"]);
}

#[test]
fn another_entry_may_look_users_up() {
    let slapd = Slapd::start();
    let settings = [&FINDER[..], &[BASE]].concat();
    assert!(lets_in(&slapd, &settings, "ann", "ann-secret"));
    assert!(lets_in(&slapd, &settings, "ann@example.org", "ann-secret"));
    for (user, password) in
        [("ann", "find"), ("ann", "wrong"), ("ann", ""), ("gus", "gus-secret"), ("a*", "ann-secret")]
    {
        assert!(!lets_in(&slapd, &settings, user, password), "{user}");
    }
    let staff = [&settings[..], &[GROUPS, ("groupFilter", "admins")]].concat();
    assert!(lets_in(&slapd, &staff, "ann", "ann-secret"));
    assert!(!lets_in(&slapd, &staff, "bob", "bob-secret"));
    let wrong = [BASE, FINDER[0], ("bindpw", "wrong")];
    assert!(!lets_in(&slapd, &wrong, "ann", "ann-secret"));
}

#[test]
fn the_next_server_is_asked_where_one_does_not_answer() {
    let slapd = Slapd::start();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let urls = format!("ldap://{nobody} {}", slapd.url);
    assert!(lets_in(&slapd, &[BASE, ("url", &urls)], "ann", "ann-secret"));
    assert!(!lets_in(&slapd, &[BASE, ("url", &format!("ldap://{nobody}"))], "ann", "ann-secret"));
}

#[test]
fn keys() {
    let url = ("hive.server2.authentication.ldap.url", "ldap://x");
    let refused = |settings: &[(&str, &str)]| Directory::of(&configuration(settings)).unwrap_err().to_string();
    for (settings, says) in [
        (&[][..], "hive.server2.authentication.ldap.url"),
        (&[("hive.server2.authentication.ldap.url", "http://x")], "neither"),
        (&[url, ("hive.server2.authentication.ldap.binddn", "cn=x,dc=y")], "bindpw"),
        (&[url, ("hive.server2.authentication.ldap.bindpw", "x")], "binddn"),
        (&[url, ("hive.server2.authentication.ldap.userDNPattern", "users")], "no pattern"),
    ] {
        let refused = refused(settings);
        assert!(refused.contains(says), "{refused}");
    }
}
