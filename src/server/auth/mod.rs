//! Who users are (`hive.server2.authentication`).
//!
//! * `access`: all of it together, for the transports.
//! * `none`: they are who they say they are.
//! * `custom`: a file with their passwords, kept by `skep passwd`.
//! * `ldap`: a directory knows them.
//! * `tls`: the certificate that they know the server by.
//! * `proxy`: who may act for whom.
//! * `passwd`: the command that writes password files.

mod access;
#[cfg(test)]
mod clients;
mod custom;
mod ldap;
mod none;
pub(crate) mod passwd;
mod proxy;
mod tls;

use std::sync::Arc;

use skep_thrift::PasswordCheck;

pub use access::Access;
pub use proxy::ProxyRules;
use tls::tls;
pub use tls::web_tls;

use crate::error::{ErrorKind, Result, SkepError};
use crate::session::config::SessionConfig;

/// What says whether a password is right, as `hive.server2.authentication` chooses it; `None` where nobody is asked.
///
/// # Errors
/// The way is not known or not supported, or the keys that it needs are not set.
fn passwords(config: &SessionConfig) -> Result<Option<Arc<dyn PasswordCheck>>> {
    let later = |way: &str| {
        let text = format!("hive.server2.authentication={way} is not supported yet: NONE, NOSASL, LDAP and CUSTOM are");
        Err(SkepError::new(ErrorKind::Configuration, text))
    };
    let way = config.text("hive.server2.authentication").trim().to_ascii_uppercase();
    Ok(match way.as_str() {
        "NOSASL" => None,
        "NONE" => Some(Arc::new(none::Anyone)),
        "LDAP" => Some(Arc::new(ldap::Directory::of(config)?)),
        "CUSTOM" => Some(Arc::new(custom::password_file(config)?)),
        "PAM" => {
            let text = "hive.server2.authentication=PAM is not supported: this program is not linked with the system's \
                        PAM library. LDAP asks a directory, CUSTOM a file of passwords";
            return Err(SkepError::new(ErrorKind::Configuration, text));
        }
        "KERBEROS" | "JWT" | "SAML" => return later(&way),
        // As Hive has it, several ways may be listed where one of them is SAML or JWT.
        list if list.contains(',') => return later(list),
        other => {
            let text =
                format!("hive.server2.authentication={other} is not supported: NONE, NOSASL, LDAP and CUSTOM are");
            return Err(SkepError::new(ErrorKind::Configuration, text));
        }
    })
}

/// The value of a key that has one.
fn value<'c>(config: &'c SessionConfig, key: &str) -> Option<&'c str> {
    config.get(key).map(str::trim).filter(|value| !value.is_empty())
}

/// An error about a key.
fn wrong(text: impl Into<String>) -> SkepError {
    SkepError::new(ErrorKind::Configuration, text)
}

#[cfg(test)]
pub(crate) fn configuration(settings: &[(&str, &str)]) -> SessionConfig {
    let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    SessionConfig::new(Arc::new(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways() {
        let with = |way: &str| passwords(&configuration(&[("hive.server2.authentication", way)]));
        assert!(with("nosasl").unwrap().is_none());
        assert!(with("NONE").unwrap().is_some_and(|check| check.check("joe", "")));
        for (way, says) in [
            ("KERBEROS", "not supported yet"),
            ("JWT", "not supported yet"),
            ("SAML,LDAP", "not supported yet"),
            ("PAM", "PAM library"),
            ("CUSTOM", "skep.server.password.file"),
            ("LDAP", "hive.server2.authentication.ldap.url"),
            ("FINGERPRINT", "is not supported: NONE"),
        ] {
            let refused = with(way).err().unwrap().to_string();
            assert!(refused.contains(says), "{way}: {refused}");
        }
    }
}
