//! A real directory for tests: OpenLDAP's slapd with a few people and groups. `tests/interop` has this file, too.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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
pub struct Slapd {
    process: Child,
    /// `ldap://…`, where it answers.
    pub url: String,
    _folder: tempfile::TempDir,
}

impl Slapd {
    /// Starts one with the entries above.
    pub fn start() -> Self {
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
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "slapd does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, url, _folder: folder }
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
