//! Against a real directory: OpenLDAP's slapd.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::super::configuration;
use super::*;

const ENTRIES: &str = "\
dn: dc=example,dc=org
objectClass: domain
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: ou=guests,dc=example,dc=org
objectClass: organizationalUnit
ou: guests

dn: ou=groups,dc=example,dc=org
objectClass: organizationalUnit
ou: groups

dn: cn=finder,dc=example,dc=org
objectClass: person
cn: finder
sn: finder
userPassword: find

dn: uid=ann,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A
title: cn=admins,ou=groups,dc=example,dc=org
userPassword: ann-secret

dn: uid=bob,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: B
userPassword: bob-secret

dn: uid=gus,ou=guests,dc=example,dc=org
objectClass: inetOrgPerson
uid: gus
cn: Gus
sn: G
userPassword: gus-secret

dn: cn=admins,ou=groups,dc=example,dc=org
objectClass: groupOfNames
objectClass: uidObject
cn: admins
uid: admins
member: uid=ann,ou=people,dc=example,dc=org

dn: cn=staff,ou=groups,dc=example,dc=org
objectClass: groupOfNames
cn: staff
member: uid=ann,ou=people,dc=example,dc=org
member: uid=bob,ou=people,dc=example,dc=org
";

/// A directory that ends with this.
struct Slapd {
    process: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Slapd {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display().to_string();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let schemas: String = ["core", "cosine", "inetorgperson"]
            .iter()
            .map(|name| format!("include /etc/ldap/schema/{name}.schema\n"))
            .collect();
        let settings = format!(
            "{schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {place}/pid\n\
             database mdb\nsuffix dc=example,dc=org\ndirectory {place}/data\nmaxsize 10485760\n\
             access to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none\n"
        );
        let (settings_file, entries_file) = (folder.path().join("slapd.conf"), folder.path().join("entries.ldif"));
        std::fs::write(&settings_file, settings).unwrap();
        std::fs::write(&entries_file, ENTRIES).unwrap();
        let program = |name: &str| {
            let installed = Path::new("/usr/sbin").join(name);
            Command::new(if installed.exists() { installed } else { name.into() })
        };
        let added = program("slapadd").arg("-f").arg(&settings_file).arg("-l").arg(&entries_file).output().unwrap();
        assert!(added.status.success(), "{added:?}");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("ldap://127.0.0.1:{port}");
        let mut starting = program("slapd");
        // It stays a child of this process, so that it can be ended.
        starting.args(["-d", "0", "-h", &url, "-f"]).arg(&settings_file);
        let process = starting.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "slapd does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, url, _folder: folder }
    }

    /// Whether a user may come, with keys behind `hive.server2.authentication.ldap.`.
    fn lets_in(&self, settings: &[(&str, &str)], user: &str, password: &str) -> bool {
        let mut all = vec![(key_of("url"), self.url.clone())];
        all.extend(settings.iter().map(|(key, value)| (key_of(key), value.to_string())));
        let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        Directory::of(&configuration(&all)).unwrap().check(user, password)
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const BASE: (&str, &str) = ("baseDN", "ou=people,dc=example,dc=org");
const USERS: (&str, &str) = ("userDNPattern", "uid=%s,ou=people,dc=example,dc=org:uid=%s,ou=guests,dc=example,dc=org");
const GROUPS: (&str, &str) = ("groupDNPattern", "cn=%s,ou=groups,dc=example,dc=org");
const FINDER: [(&str, &str); 2] = [("binddn", "cn=finder,dc=example,dc=org"), ("bindpw", "find")];

#[test]
fn passwords_prove_users() {
    let slapd = Slapd::start();
    assert!(slapd.lets_in(&[BASE], "ann", "ann-secret"));
    assert!(slapd.lets_in(&[], "uid=ann,ou=people,dc=example,dc=org", "ann-secret"));
    // Of several patterns one is enough.
    assert!(slapd.lets_in(&[USERS], "gus", "gus-secret"));
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
        assert!(!slapd.lets_in(&[BASE], user, password), "{user} {password}");
    }
}

#[test]
fn filters_say_who_may_come() {
    let slapd = Slapd::start();
    let may = |settings: &[(&str, &str)]| -> Vec<&str> {
        let settings: Vec<(&str, &str)> = [USERS, GROUPS].iter().chain(settings).copied().collect();
        let users = [("ann", "ann-secret"), ("bob", "bob-secret"), ("gus", "gus-secret")];
        let let_in = users.into_iter().filter(|(user, password)| slapd.lets_in(&settings, user, password));
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
    assert!(slapd.lets_in(&settings, "ann", "ann-secret"));
    assert!(slapd.lets_in(&settings, "ann@example.org", "ann-secret"));
    for (user, password) in
        [("ann", "find"), ("ann", "wrong"), ("ann", ""), ("gus", "gus-secret"), ("a*", "ann-secret")]
    {
        assert!(!slapd.lets_in(&settings, user, password), "{user}");
    }
    let staff = [&settings[..], &[GROUPS, ("groupFilter", "admins")]].concat();
    assert!(slapd.lets_in(&staff, "ann", "ann-secret"));
    assert!(!slapd.lets_in(&staff, "bob", "bob-secret"));
    let wrong = [BASE, FINDER[0], ("bindpw", "wrong")];
    assert!(!slapd.lets_in(&wrong, "ann", "ann-secret"));
}

#[test]
fn the_next_server_is_asked_where_one_does_not_answer() {
    let slapd = Slapd::start();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let urls = format!("ldap://{nobody} {}", slapd.url);
    assert!(slapd.lets_in(&[BASE, ("url", &urls)], "ann", "ann-secret"));
    assert!(!slapd.lets_in(&[BASE, ("url", &format!("ldap://{nobody}"))], "ann", "ann-secret"));
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
