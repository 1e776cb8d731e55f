//! Configuration: Hive's keys and Skep's own, as `SET` shows and changes them.
//!
//! A value is looked for in the session's own settings (`SET`), then in those the program was started with
//! (`hive-site.xml`, `--hiveconf`), then in the table of [`super::keys`]. Keys that are not in the table are kept and
//! echoed, for scripts set hundreds that no engine reads any more; those of the table are checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::timezone::Tz;

use super::keys::{self, KEYS};
use super::policy::Policy;
use crate::error::{ErrorKind, Result, SkepError};

/// What values a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KeyKind {
    /// `true` or `false`.
    Bool,
    /// A whole number in this range.
    Int(i64, i64),
    /// A number.
    Float,
    /// Any text.
    Text,
    /// One of these words, in any case.
    OneOf(&'static [&'static str]),
    /// A number of bytes, with an optional suffix `k`, `m`, `g`, `t`; or a percentage of the machine's memory.
    Memory,
    /// An IANA time zone, an offset, or `LOCAL`.
    TimeZone,
}

/// One key of the table.
#[derive(Debug, Clone, Copy)]
pub struct ConfigKey {
    /// Name, e.g. `hive.exec.dynamic.partition.mode`.
    pub name: &'static str,
    /// What values it takes.
    pub kind: KeyKind,
    /// Its value where nothing is set; `None` is "undefined".
    pub default: Option<&'static str>,
    /// What it does, in one line.
    pub doc: &'static str,
}

/// The configuration of one session.
#[derive(Debug, Clone, Default)]
pub struct SessionConfig {
    base: Arc<BTreeMap<String, String>>,
    set: BTreeMap<String, String>,
    /// Keys that `RESET -d` put back to the table's default although the program was started with another value.
    unset: std::collections::BTreeSet<String>,
    policy: Arc<Policy>,
}

impl SessionConfig {
    /// A configuration over the settings that the program was started with.
    pub fn new(base: Arc<BTreeMap<String, String>>) -> Self {
        Self { base, ..Self::default() }
    }

    /// The value of a key, or `None` if it is undefined.
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.set.get(name) {
            return Some(value);
        }
        if !self.unset.contains(name)
            && let Some(value) = self.base.get(name)
        {
            return Some(value);
        }
        keys::find(name).and_then(|key| key.default)
    }

    /// What users of this configuration may do.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Says what users may do from now on.
    pub fn set_policy(&mut self, policy: Arc<Policy>) {
        self.policy = policy;
    }

    /// Sets a key for this session. A value that the key does not take is an error in Hive's words, and so is a key that
    /// users may not change.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        self.policy.check_set(name)?;
        check(name, value)?;
        self.set.insert(name.to_string(), value.to_string());
        Ok(())
    }

    /// Puts one key back to what it was in `before`, an earlier copy of this configuration.
    pub(crate) fn restore(&mut self, name: &str, before: &Self) {
        match before.set.get(name) {
            Some(value) => drop(self.set.insert(name.to_string(), value.clone())),
            None => drop(self.set.remove(name)),
        }
        if before.unset.contains(name) {
            self.unset.insert(name.to_string());
        } else {
            self.unset.remove(name);
        }
    }

    /// `RESET`: puts all keys back to what the session began with.
    pub fn reset_all(&mut self) {
        self.set.clear();
        self.unset.clear();
    }

    /// `RESET key`, or with `to_default` `RESET -d key`: puts one key back to what the session began with, or to the
    /// table's default.
    pub fn reset(&mut self, name: &str, to_default: bool) {
        self.set.remove(name);
        if to_default {
            self.unset.insert(name.to_string());
        } else {
            self.unset.remove(name);
        }
    }

    /// What was set by the user in any way (`SET` without arguments), in name order.
    pub fn overrides(&self) -> BTreeMap<&str, &str> {
        let base = self.base.iter().filter(|(name, _)| !self.unset.contains(*name));
        base.chain(&self.set).map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Everything that has a value (`SET -v`), in name order.
    pub fn all(&self) -> BTreeMap<&str, &str> {
        let mut all: BTreeMap<&str, &str> =
            KEYS.iter().filter_map(|key| key.default.map(|value| (key.name, value))).collect();
        all.extend(self.overrides());
        all
    }

    /// A `true`/`false` key; `false` where it is undefined.
    pub fn bool(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Whether one of the `hive.strict.checks.*` is on. `hive.mapred.mode`, where it is set, decides for all of them:
    /// `strict` turns them on, `nonstrict` off (`HiveConf.StrictChecks`).
    pub fn strict(&self, name: &str) -> bool {
        match self.text("hive.mapred.mode").trim() {
            "" => self.bool(name),
            mode => mode.eq_ignore_ascii_case("strict"),
        }
    }

    /// A whole number, or the table's default where the value is none.
    pub fn int(&self, name: &str) -> i64 {
        let default = || keys::find(name).and_then(|key| key.default?.parse().ok());
        self.get(name).and_then(|value| value.trim().parse().ok()).or_else(default).unwrap_or(0)
    }

    /// A text; empty where it is undefined.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// A number of bytes; a percentage is one of `total`.
    pub fn memory(&self, name: &str, total: u64) -> Option<u64> {
        parse_memory(self.get(name)?, total)
    }

    /// The session's time zone (`hive.local.time.zone`) as an IANA name.
    pub fn time_zone(&self) -> String {
        let value = self.get("hive.local.time.zone").unwrap_or("LOCAL");
        if value.eq_ignore_ascii_case("LOCAL") { local_time_zone() } else { value.to_string() }
    }

    /// The session's time zone as Arrow's functions take it.
    pub fn arrow_time_zone(&self) -> Result<Tz> {
        let name = self.time_zone();
        let problem = |_| SkepError::new(ErrorKind::Configuration, format!("there is no time zone '{name}'"));
        name.parse().map_err(problem)
    }
}

/// The time zone of the process: `TZ`, else the machine's, else UTC.
pub fn local_time_zone() -> String {
    let zone = std::env::var("TZ").ok().filter(|zone| is_time_zone(zone.trim_start_matches(':')));
    zone.map(|zone| zone.trim_start_matches(':').to_string())
        .or_else(|| iana_time_zone::get_timezone().ok())
        .unwrap_or_else(|| "UTC".to_string())
}

fn is_time_zone(text: &str) -> bool {
    text.parse::<Tz>().is_ok()
}

/// `1024`, `64k`, `2g`, `60%` as bytes.
fn parse_memory(text: &str, total: u64) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.trim().parse().ok().filter(|p| (0.0..=100.0).contains(p))?;
        return Some((total as f64 * percent / 100.0) as u64);
    }
    let text = text.strip_suffix('b').unwrap_or(&text);
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 10),
        b'm' => (&text[..text.len() - 1], 20),
        b'g' => (&text[..text.len() - 1], 30),
        b't' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    let number: f64 = digits.trim().parse().ok().filter(|n: &f64| *n >= 0.0)?;
    Some((number * (1u64 << shift) as f64) as u64)
}

/// Checks a value against its key as `HiveConf.verifyAndSet` does.
pub fn check(name: &str, value: &str) -> Result<()> {
    let Some(key) = keys::find(name) else { return Ok(()) };
    let trimmed = value.trim();
    let problem = match key.kind {
        KeyKind::Text => None,
        // Hive reads any other word as false; a typo is better told.
        KeyKind::Bool => (!["true", "false", ""].contains(&trimmed.to_ascii_lowercase().as_str()))
            .then(|| "expects BOOL type value".to_string()),
        KeyKind::Int(low, high) => match trimmed.parse::<i64>() {
            Err(_) => Some("expects INT type value".to_string()),
            Ok(number) if number < low || number > high => {
                Some(format!("Value {number} is not in the range of {low} to {high}"))
            }
            Ok(_) => None,
        },
        KeyKind::Float => trimmed.parse::<f64>().is_err().then(|| "expects FLOAT type value".to_string()),
        KeyKind::OneOf(words) => (!words.iter().any(|word| word.eq_ignore_ascii_case(trimmed)))
            .then(|| format!("Invalid value.. expects one of [{}]", words.join(", "))),
        KeyKind::Memory => parse_memory(trimmed, 1 << 30)
            .is_none()
            .then(|| "expects a number of bytes such as 4g, or a percentage such as 60%".to_string()),
        KeyKind::TimeZone => (!trimmed.eq_ignore_ascii_case("LOCAL") && !is_time_zone(trimmed))
            .then(|| "expects a time zone such as Europe/Berlin, +01:00 or LOCAL".to_string()),
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(SkepError::new(
            ErrorKind::Configuration,
            format!("'SET {name}={value}' FAILED because {name} {problem}"),
        )),
    }
}
