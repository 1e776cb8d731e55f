//! A connection to a directory and what it is asked (`LdapSearch`, `QueryFactory` of Hive). What users type is escaped in
//! all that is asked.

use std::sync::Arc;
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions, ldap_escape};

use super::{Refused, Settings, names};

/// How long a server may take to be connected to, or to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The result code of a search with more entries than were asked for.
const SIZE_LIMIT_EXCEEDED: u32 = 4;
/// The classes of which users' entries are.
const USERS: &str = "(|(objectClass=person)(objectClass=user)(objectClass=inetOrgPerson))";

/// A connection as somebody.
pub struct Search {
    ldap: Ldap,
    settings: Arc<Settings>,
}

impl Search {
    /// Connects to the first of the servers that answers and proves a name there.
    ///
    /// # Errors
    /// [`Refused::Bind`] where the password is wrong; [`Refused::Unreachable`] where none answers.
    pub async fn bind(settings: &Arc<Settings>, principal: &str, password: &str) -> Result<Self, Refused> {
        let mut why = String::new();
        for url in &settings.urls {
            let options = LdapConnSettings::new().set_conn_timeout(PATIENCE);
            let mut ldap = match LdapConnAsync::with_settings(options, url).await {
                Ok((connection, ldap)) => {
                    ldap3::drive!(connection);
                    ldap
                }
                Err(error) => {
                    tracing::warn!(url, %error, "an LDAP server does not answer");
                    why = format!("{url}: {error}");
                    continue;
                }
            };
            return match ldap.with_timeout(PATIENCE).simple_bind(principal, password).await.and_then(|r| r.success()) {
                Ok(_) => Ok(Self { ldap, settings: Arc::clone(settings) }),
                Err(LdapError::LdapResult { result }) => Err(Refused::Bind(format!("{principal}: {result}"))),
                Err(error) => {
                    why = format!("{url}: {error}");
                    continue;
                }
            };
        }
        Err(Refused::Unreachable(why))
    }

    /// Ends the connection.
    pub async fn close(mut self) {
        // The server may have ended it.
        let _ = self.ldap.unbind().await;
    }

    /// The entry of a user, if there is exactly one. The name may be that of the entry.
    pub async fn user(&mut self, user: &str) -> Option<String> {
        let found = if names::is_entry(user) {
            let base = names::above(user)?.to_string();
            self.names(&[base], &format!("(&{USERS}({}))", condition(names::first_part(user)))).await
        } else {
            match self.user_by_patterns(user).await {
                found if found.is_empty() => {
                    let name = ldap_escape(user);
                    let filter = format!("(&{USERS}(|(uid={name})(sAMAccountName={name})))");
                    let bases = names::bases(&self.settings.user_patterns);
                    self.names(&bases, &filter).await
                }
                found => found,
            }
        };
        single(found)
    }

    /// What the first of the patterns gives that gives anything.
    async fn user_by_patterns(&mut self, user: &str) -> Vec<String> {
        for pattern in self.settings.user_patterns.clone() {
            let Some(base) = names::above(&pattern) else { continue };
            let filter = format!("({})", names::first_part(&pattern).replace("%s", &ldap_escape(user)));
            let found = self.names(&[base.to_string()], &filter).await;
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The entry of a group, if there is exactly one.
    pub async fn group(&mut self, group: &str) -> Option<String> {
        let Settings { group_class, guid, .. } = &*self.settings;
        let filter = format!("(&(objectClass={group_class})({guid}={}))", ldap_escape(group));
        let bases = names::bases(&self.settings.group_patterns);
        single(self.names(&bases, &filter).await)
    }

    /// Whether a user's entry says that he is in a group, by the attribute `userMembershipKey`.
    pub async fn is_member(&mut self, user: &str, group: &str, attribute: &str) -> bool {
        let (guid, user) = (&self.settings.guid, ldap_escape(names::user_name(user)));
        let filter = format!("(&{USERS}({attribute}={})({guid}={user}))", ldap_escape(group));
        let bases = names::bases(&self.settings.user_patterns);
        self.names(&bases, &filter).await.len() == 1
    }

    /// The groups whose entries name a user's entry, or his name, in the attribute `groupMembershipKey`.
    pub async fn groups(&mut self, entry: &str) -> Vec<String> {
        let Settings { group_class, group_membership, .. } = &*self.settings;
        let (name, entry) = (ldap_escape(names::user_name(entry)), ldap_escape(entry));
        let filter =
            format!("(&(objectClass={group_class})(|({group_membership}={entry})({group_membership}={name})))");
        let bases = names::bases(&self.settings.group_patterns);
        let found = self.find(&bases, &filter, Vec::new(), 0).await;
        found.into_iter().map(|entry| entry.dn).collect()
    }

    /// The entries of `customLDAPQuery`, and whom they name as members.
    pub async fn custom(&mut self, query: &str) -> Vec<String> {
        let bases: Vec<String> = self.settings.base.clone().into_iter().collect();
        let attributes = vec![self.settings.group_membership.clone()];
        let mut found = Vec::new();
        for entry in self.find(&bases, query, attributes, 0).await {
            found.push(entry.dn);
            found.extend(entry.attrs.into_values().flatten());
        }
        found
    }

    /// At most two names, for one is what is looked for.
    async fn names(&mut self, bases: &[String], filter: &str) -> Vec<String> {
        self.find(bases, filter, Vec::new(), 2).await.into_iter().map(|entry| entry.dn).collect()
    }

    /// Searches below all of the bases. One that cannot be searched has nothing, as in Hive.
    async fn find(&mut self, bases: &[String], filter: &str, attributes: Vec<String>, limit: i32) -> Vec<SearchEntry> {
        // "1.1" asks for no attribute.
        let attributes = if attributes.is_empty() { vec!["1.1".to_string()] } else { attributes };
        let mut found = Vec::new();
        for base in bases {
            let options = SearchOptions::new().sizelimit(limit);
            let ldap = self.ldap.with_timeout(PATIENCE).with_search_options(options);
            match ldap.search(base, Scope::Subtree, filter, attributes.clone()).await {
                Ok(result) if matches!(result.1.rc, 0 | SIZE_LIMIT_EXCEEDED) => {
                    found.extend(result.0.into_iter().map(SearchEntry::construct));
                }
                Ok(result) => tracing::debug!(base, filter, code = result.1.rc, "a search in the directory failed"),
                Err(error) => tracing::warn!(base, filter, %error, "a search in the directory failed"),
            }
        }
        found
    }
}

/// `uid=joe` as a condition of a filter.
fn condition(part: &str) -> String {
    match part.split_once('=') {
        Some((attribute, value)) => format!("{}={}", ldap_escape(attribute), ldap_escape(value)),
        None => ldap_escape(part).into_owned(),
    }
}

fn single(found: Vec<String>) -> Option<String> {
    match <[String; 1]>::try_from(found) {
        Ok([one]) => Some(one),
        Err(found) => {
            tracing::info!(count = found.len(), "exactly one entry was expected of the directory");
            None
        }
    }
}
