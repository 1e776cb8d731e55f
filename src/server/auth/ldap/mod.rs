//! `LDAP`: a directory knows the users, and filters say which of them may come (`LdapAuthenticationProviderImpl` of Hive
//! and its filters).
//!
//! * `names`: users' names and the names of entries made of them.
//! * `search`: a connection and what it asks.
//! * `filter`: who may come.

mod filter;
mod names;
mod search;
#[cfg(test)]
mod slapd;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use skep_thrift::PasswordCheck;

use super::{value, wrong};
use crate::error::Result;
use crate::session::config::SessionConfig;
use filter::Filter;
pub use names::without_domain;
use search::Search;

/// Why a user is not let in. It is told to the log alone: clients hear that the login is wrong.
#[derive(Debug, thiserror::Error)]
enum Refused {
    /// The name or the password cannot be any.
    #[error("Error validating LDAP user: a null or blank {0} has been provided")]
    Blank(&'static str),
    /// No name of an entry took the password.
    #[error("Error validating LDAP user: {0}")]
    Bind(String),
    /// No server answers.
    #[error("no LDAP server answers: {0}")]
    Unreachable(String),
    /// The directory has no such user, or several.
    #[error("Authentication failed: User search failed")]
    NotFound,
    /// A filter.
    #[error("Authentication failed: {0}")]
    Filter(String),
}

/// The keys, `hive.server2.authentication.ldap.*`.
#[derive(Debug, Clone)]
struct Settings {
    /// `url`, tried in this order.
    urls: Vec<String>,
    /// `baseDN`
    base: Option<String>,
    /// `Domain`
    domain: Option<String>,
    /// `userDNPattern`, or what `baseDN` and `guidKey` make.
    user_patterns: Vec<String>,
    /// `groupDNPattern`, the same.
    group_patterns: Vec<String>,
    /// `userFilter`
    users: Vec<String>,
    /// `groupFilter`
    groups: Vec<String>,
    /// `guidKey`
    guid: String,
    /// `groupMembershipKey`
    group_membership: String,
    /// `userMembershipKey`
    user_membership: Option<String>,
    /// `groupClassKey`
    group_class: String,
    /// `customLDAPQuery`
    custom_query: Option<String>,
    /// `binddn` and `bindpw`
    binding: Option<(String, String)>,
}

/// Users and groups of a directory.
#[derive(Debug)]
pub struct Directory {
    settings: Arc<Settings>,
    filters: Vec<Filter>,
}

impl Directory {
    /// The directory that the configuration tells of.
    ///
    /// # Errors
    /// There is no URL, or one is of another kind; a pattern is none.
    pub fn of(config: &SessionConfig) -> Result<Self> {
        let settings = Settings::of(config)?;
        let filters = Filter::of(&settings);
        Ok(Self { settings: Arc::new(settings), filters })
    }

    /// Proves a name by a password. With `binddn`, that entry looks the user up first; without, users must be able to
    /// look themselves up.
    async fn authenticate(&self, user: &str, password: &str) -> std::result::Result<(), Refused> {
        if user.trim().is_empty() {
            return Err(Refused::Blank("user name"));
        }
        // A directory takes a name with no password for nobody, and lets that in.
        if password.trim().is_empty() || password.starts_with('\0') {
            return Err(Refused::Blank("password"));
        }
        let short = names::without_domain(user);
        let Some((bind_user, bind_password)) = &self.settings.binding else {
            let mut search = self.bind(user, password).await?;
            self.filter(&mut search, short).await?;
            search.close().await;
            return Ok(());
        };
        let mut search = self.bind(bind_user, bind_password).await?;
        self.filter(&mut search, short).await?;
        let found = search.user(short).await.ok_or(Refused::NotFound)?;
        search.close().await;
        self.bind(&found, password).await?.close().await;
        Ok(())
    }

    /// A connection as this user, by one of the names that the patterns make of his.
    async fn bind(&self, user: &str, password: &str) -> std::result::Result<Search, Refused> {
        let mut last = Refused::Bind(format!("No candidate principals for {user} was found."));
        for principal in names::principals(&self.settings, user) {
            match Search::bind(&self.settings, &principal, password).await {
                Err(refused @ Refused::Bind(_)) => last = refused,
                bound => return bound,
            }
        }
        Err(last)
    }

    async fn filter(&self, search: &mut Search, user: &str) -> std::result::Result<(), Refused> {
        for filter in &self.filters {
            filter.apply(search, user).await?;
        }
        Ok(())
    }
}

impl PasswordCheck for Directory {
    fn check(&self, user: &str, password: &str) -> bool {
        // This thread is one that may block; the connection lives as long as the question.
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "the directory cannot be asked");
                return false;
            }
        };
        match runtime.block_on(self.authenticate(user, password)) {
            Ok(()) => true,
            Err(refused @ Refused::Unreachable(_)) => {
                tracing::error!(?user, %refused, "the directory cannot be asked");
                false
            }
            Err(refused) => {
                tracing::info!(?user, %refused, "the directory does not let the user in");
                false
            }
        }
    }
}

impl Settings {
    fn of(config: &SessionConfig) -> Result<Self> {
        let get = |key: &str| value(config, &key_of(key));
        let text = |key: &str| get(key).map(str::to_string);
        let list = |key: &str| -> Vec<String> {
            let items = get(key).unwrap_or_default().split(',').map(str::trim);
            items.filter(|item| !item.is_empty()).map(str::to_string).collect()
        };
        let urls: Vec<String> = get("url").unwrap_or_default().split_whitespace().map(str::to_string).collect();
        if urls.is_empty() {
            return Err(wrong(format!("hive.server2.authentication=LDAP needs {}", key_of("url"))));
        }
        if let Some(other) = urls.iter().find(|url| !url.starts_with("ldap://") && !url.starts_with("ldaps://")) {
            return Err(wrong(format!("{}: {other} is neither ldap://… nor ldaps://…", key_of("url"))));
        }
        let binding = match (text("binddn"), text("bindpw")) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => return Err(wrong(format!("{} needs {}", key_of("binddn"), key_of("bindpw")))),
            (None, Some(_)) => return Err(wrong(format!("{} needs {}", key_of("bindpw"), key_of("binddn")))),
        };
        let (base, guid) = (text("baseDN"), config.text(&key_of("guidKey")).trim().to_string());
        let patterns = |key: &str| -> Result<Vec<String>> {
            let Some(given) = get(key) else {
                return Ok(base.iter().map(|base| format!("{guid}=%s,{base}")).collect());
            };
            let patterns: Vec<String> = given.split(':').map(|pattern| pattern.trim().to_string()).collect();
            match patterns.iter().find(|pattern| !(pattern.contains(',') && pattern.contains('='))) {
                None => Ok(patterns),
                Some(other) => {
                    Err(wrong(format!("{}: {other} is no pattern such as uid=%s,ou=users,dc=org", key_of(key))))
                }
            }
        };
        Ok(Self {
            urls,
            domain: text("Domain"),
            user_patterns: patterns("userDNPattern")?,
            group_patterns: patterns("groupDNPattern")?,
            users: list("userFilter"),
            groups: list("groupFilter"),
            group_membership: config.text(&key_of("groupMembershipKey")).trim().to_string(),
            user_membership: text("userMembershipKey"),
            group_class: config.text(&key_of("groupClassKey")).trim().to_string(),
            custom_query: text("customLDAPQuery"),
            binding,
            base,
            guid,
        })
    }
}

fn key_of(name: &str) -> String {
    format!("hive.server2.authentication.ldap.{name}")
}
