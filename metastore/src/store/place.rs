//! Opening a catalog wherever it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::MetaStore;
use super::postgres::{Address, Credentials, PostgresOptions, PostgresStore};
use super::sqlite::{SqliteOptions, SqliteStore};
use crate::error::{MetastoreError, Result};

/// How a catalog behaves, whatever keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// How long a call waits for others that write, before it is [`crate::MetastoreError::Busy`]
    /// (`skep.metastore.busy.timeout`).
    pub busy_timeout: Duration,
    /// How many connections to a PostgreSQL server are open at most (`skep.metastore.connections`).
    pub connections: usize,
    /// Are changes told as notification events? (Hive: is its `DbNotificationListener` among
    /// `hive.metastore.transactional.event.listeners`?)
    pub events: bool,
    /// How long events are kept (`hive.metastore.event.db.listener.timetolive`).
    pub event_time_to_live: Duration,
    /// How long a client's transaction or lock lives without a heartbeat (`hive.txn.timeout`).
    pub transaction_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(60),
            connections: 16,
            events: false,
            event_time_to_live: Duration::from_secs(86_400),
            transaction_timeout: Duration::from_secs(300),
        }
    }
}

/// A setting by its name; none where it is not set.
pub type Setting<'s> = dyn Fn(&str) -> Option<String> + 's;

impl StoreOptions {
    /// The options that settings say; those that are not set are as usual.
    ///
    /// # Errors
    /// [`MetastoreError::InvalidOperation`] where a value is none of its key.
    pub fn of_settings(setting: &Setting<'_>) -> Result<Self> {
        let usual = Self::default();
        let time = |name: &str, usual: Duration| match setting(name).filter(|text| !text.is_empty()) {
            None => Ok(usual),
            Some(text) => read_duration(&text).ok_or_else(|| wrong(name, &text, "a time as 300s, 5min or 1d")),
        };
        let listeners = setting("hive.metastore.transactional.event.listeners").unwrap_or_default();
        Ok(Self {
            busy_timeout: time("skep.metastore.busy.timeout", usual.busy_timeout)?,
            connections: match setting("skep.metastore.connections").filter(|text| !text.is_empty()) {
                None => usual.connections,
                Some(text) => match text.trim().parse() {
                    Ok(count) if count > 0 => count,
                    _ => return Err(wrong("skep.metastore.connections", &text, "a number from 1")),
                },
            },
            events: listeners.split(',').any(|class| class.trim().ends_with("DbNotificationListener")),
            event_time_to_live: time("hive.metastore.event.db.listener.timetolive", usual.event_time_to_live)?,
            transaction_timeout: time("hive.txn.timeout", usual.transaction_timeout)?,
        })
    }
}

fn wrong(name: &str, text: &str, wanted: &str) -> MetastoreError {
    MetastoreError::InvalidOperation(format!("{name} cannot be {text}: it is {wanted}"))
}

/// A time as Hive's settings write it: a number with a unit (`d`, `h`, `m` or `min`, `s`, `ms`, also written out), or
/// seconds.
fn read_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    let of_seconds = |seconds: u64| number.checked_mul(seconds).map(Duration::from_secs);
    match unit.trim().to_ascii_lowercase().as_str() {
        "d" | "day" | "days" => of_seconds(86_400),
        "h" | "hour" | "hours" => of_seconds(3600),
        "m" | "min" | "minute" | "minutes" => of_seconds(60),
        "" | "s" | "sec" | "second" | "seconds" => of_seconds(1),
        "ms" | "msec" | "millisecond" | "milliseconds" => Some(Duration::from_millis(number)),
        _ => None,
    }
}

/// Where settings say that the catalog is: `skep.metastore.db` (a path, or the URL of a PostgreSQL database) or
/// `skep.metastore.path`; else the PostgreSQL database of `javax.jdo.option.ConnectionURL`; else beside the folder that
/// an absolute Derby URL there names. None where they do not say.
pub fn place_of_settings(setting: &Setting<'_>) -> Option<String> {
    let named = ["skep.metastore.db", "skep.metastore.path"].into_iter().filter_map(setting).find(|p| !p.is_empty());
    named.or_else(|| {
        let url = setting("javax.jdo.option.ConnectionURL")?;
        if Address::is_url(&url) {
            return Some(url);
        }
        derby_folder(&url).map(|folder| format!("{folder}.skep.db"))
    })
}

/// The user and the password of `javax.jdo.option.ConnectionUserName` and `…ConnectionPassword`.
pub fn credentials_of_settings(setting: &Setting<'_>) -> Credentials {
    Credentials {
        user: setting("javax.jdo.option.ConnectionUserName"),
        password: setting("javax.jdo.option.ConnectionPassword"),
    }
}

/// The folder of `jdbc:derby:;databaseName=/folder;create=true` or `jdbc:derby:/folder;create=true`, if absolute.
fn derby_folder(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("jdbc:derby:")?;
    let mut parts = rest.split(';');
    let direct = parts.next().filter(|path| path.starts_with('/'));
    let named = parts.find_map(|part| part.strip_prefix("databaseName="));
    direct.or(named).filter(|path| path.starts_with('/')).map(|path| path.trim_end_matches('/'))
}

/// A place without what is secret in it: the URL of a PostgreSQL database without user and password.
pub fn shown_place(place: &str) -> String {
    match Address::parse(place, &Credentials::default()) {
        Ok(address) => address.shown().to_string(),
        Err(_) if Address::is_url(place) => "postgresql://…".to_string(),
        Err(_) => place.to_string(),
    }
}

/// Opens the catalog at a place: the URL of a PostgreSQL database ([`Address::parse`]) or the path of a SQLite file.
/// `credentials` are for URLs that name no user.
///
/// # Errors
/// Those of [`SqliteStore::open_with`] and [`PostgresStore::open_with`].
pub fn open(place: &str, credentials: &Credentials, options: &StoreOptions) -> Result<Arc<dyn MetaStore>> {
    if Address::is_url(place) {
        let address = Address::parse(place, credentials)?;
        let own = PostgresOptions { busy_timeout: options.busy_timeout, connections: options.connections };
        return Ok(Arc::new(PostgresStore::open_with(&address, &own)?.with_options(options.clone())));
    }
    let own = SqliteOptions { busy_timeout: options.busy_timeout, ..SqliteOptions::default() };
    let path = place.strip_prefix("sqlite:").unwrap_or(place);
    Ok(Arc::new(SqliteStore::open_with(Path::new(path), &own)?.with_options(options.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derby_url_says_where_the_catalog_is() {
        assert_eq!(derby_folder("jdbc:derby:;databaseName=/w/metastore_db;create=true"), Some("/w/metastore_db"));
        assert_eq!(derby_folder("jdbc:derby:/w/db;create=true"), Some("/w/db"));
        assert_eq!(derby_folder("jdbc:derby:;databaseName=metastore_db;create=true"), None);
        assert_eq!(derby_folder("jdbc:mysql://host/hive"), None);
    }

    fn settings<'s>(pairs: &'s [(&'s str, &'s str)]) -> impl Fn(&str) -> Option<String> + 's {
        |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
    }

    #[test]
    fn settings_say_where_the_catalog_is_and_how_it_behaves() {
        let url = "jdbc:postgresql://db/hive";
        let place = |pairs: &[(&str, &str)]| place_of_settings(&settings(pairs));
        assert_eq!(place(&[("javax.jdo.option.ConnectionURL", url)]).as_deref(), Some(url));
        assert_eq!(
            place(&[("javax.jdo.option.ConnectionURL", url), ("skep.metastore.db", "/c.db")]).as_deref(),
            Some("/c.db")
        );
        assert_eq!(place(&[("javax.jdo.option.ConnectionURL", "jdbc:mysql://h/d")]), None);

        let options = StoreOptions::of_settings(&settings(&[
            ("hive.txn.timeout", "5min"),
            ("skep.metastore.busy.timeout", "1500ms"),
            ("hive.metastore.event.db.listener.timetolive", "86400"),
            (
                "hive.metastore.transactional.event.listeners",
                "x.Y, org.apache.hive.hcatalog.listener.DbNotificationListener",
            ),
        ]))
        .unwrap();
        assert_eq!(options.transaction_timeout, Duration::from_secs(300));
        assert_eq!(options.busy_timeout, Duration::from_millis(1500));
        assert_eq!(options.event_time_to_live, Duration::from_secs(86_400));
        assert!(options.events);
        let error = StoreOptions::of_settings(&settings(&[("hive.txn.timeout", "soon")])).unwrap_err();
        assert!(error.to_string().contains("hive.txn.timeout cannot be soon"), "{error}");
        assert_eq!(shown_place("postgresql://u:geheim@h/d"), "postgresql://h/d, schema skep");
        assert_eq!(shown_place("/a/b.db"), "/a/b.db");
    }
}
