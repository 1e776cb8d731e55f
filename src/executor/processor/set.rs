//! `SET` and `RESET`, as Hive's `SetProcessor` and `ResetProcessor` do them.

use crate::error::{ErrorKind, Result, SkepError};
use crate::session::{Outcome, Session};

/// `SET`: without arguments what was set, `-v` everything, `key` one value, `key=value` sets it.
pub fn set(session: &mut Session, arguments: &str) -> Result<Outcome> {
    if arguments.is_empty() {
        return Outcome::lines("set", listing(session, false));
    }
    if arguments == "-v" {
        return Outcome::lines("set", listing(session, true));
    }
    if let Some(zone) = time_zone(arguments) {
        session.config_mut().set("hive.local.time.zone", zone)?;
        return Ok(Outcome::done());
    }
    match arguments.split_once('=') {
        None => Outcome::lines("set", [show(session, arguments.trim())]),
        Some((name, value)) => {
            assign(session, name.trim(), value.trim())?;
            Ok(Outcome::done())
        }
    }
}

/// Whether a `SET` with these arguments shows something and sets nothing.
pub fn shows(arguments: &str) -> bool {
    time_zone(arguments).is_none() && !arguments.contains('=')
}

/// The zone of `SET TIME ZONE 'zone'`.
fn time_zone(arguments: &str) -> Option<&str> {
    let (first, rest) = super::split_word(arguments);
    let (second, zone) = super::split_word(rest);
    let matches = first.eq_ignore_ascii_case("time") && second.eq_ignore_ascii_case("zone") && !zone.is_empty();
    matches.then(|| zone.trim_matches(['\'', '"']))
}

fn listing(session: &Session, all: bool) -> Vec<String> {
    let config = session.config();
    let variables = session.variables();
    let keys = if all { config.all() } else { config.overrides() };
    let policy = config.policy();
    let keys = keys.iter().filter(|(name, _)| !policy.hides(name));
    let mut lines: Vec<String> = keys.map(|(name, value)| format!("{name}={value}")).collect();
    lines.extend(variables.hivevar.iter().map(|(name, value)| format!("hivevar:{name}={value}")));
    let system = variables.system.iter().map(|(name, value)| (format!("system:{name}"), value.replace('\n', "\\n")));
    let mut others: Vec<(String, String)> = system.collect();
    if all {
        let mut environment: Vec<(String, String)> =
            std::env::vars().map(|(name, value)| (format!("env:{name}"), value)).collect();
        environment.sort();
        others.extend(environment);
    }
    others.retain(|(name, _)| !policy.hides_variable(name));
    lines.extend(others.into_iter().map(|(name, value)| format!("{name}={value}")));
    lines
}

fn show(session: &Session, name: &str) -> String {
    let variables = session.variables();
    let config = session.config();
    if config.policy().hides(name.strip_prefix("hiveconf:").unwrap_or(name)) || config.policy().hides_variable(name) {
        return format!("{name} is a hidden config");
    }
    let known = |value: Option<String>, what: &str| match value {
        Some(value) => format!("{name}={value}"),
        None => format!("{name} is undefined{what}"),
    };
    if name.starts_with("system:") {
        known(variables.value(name, config), " as a system property")
    } else if name.starts_with("env:") {
        known(variables.value(name, config), " as an environmental variable")
    } else if name.starts_with("hivevar:") {
        known(variables.value(name, config), " as a hive variable")
    } else if name.starts_with("metaconf:") {
        known(variables.value(name, config), " as a metastore configuration")
    } else if name.starts_with("hiveconf:") {
        known(variables.value(name, config), " as a hive configuration variable")
    } else {
        let value = config.get(name).map(str::to_string).or_else(|| variables.hivevar.get(name).cloned());
        known(value, "")
    }
}

fn assign(session: &mut Session, name: &str, value: &str) -> Result<()> {
    let refused = |text: &str| Err(SkepError::new(ErrorKind::Configuration, text));
    if name.is_empty() {
        return refused("SET needs a name before '='");
    }
    if let Some(name) = name.strip_prefix("hivevar:") {
        session.variables_mut().hivevar.insert(name.to_string(), value.to_string());
    } else if let Some(name) = name.strip_prefix("system:") {
        session.variables_mut().system.insert(name.to_string(), value.to_string());
    } else if let Some(name) = name.strip_prefix("metaconf:") {
        session.variables_mut().metaconf.insert(name.to_string(), value.to_string());
    } else if name.starts_with("env:") {
        return refused("env:* variables can not be set.");
    } else {
        let name = name.strip_prefix("hiveconf:").unwrap_or(name);
        session.config_mut().set(name, value)?;
    }
    Ok(())
}

/// `RESET`: all keys, or those named; `-d` puts them back to the built-in default.
///
/// # Errors
/// A key may not be changed.
pub fn reset(session: &mut Session, arguments: &str) -> Result<Outcome> {
    let mut names: Vec<&str> = arguments.split_whitespace().collect();
    let to_default = names.first() == Some(&"-d");
    if to_default {
        names.remove(0);
    }
    if names.is_empty() {
        session.config_mut().reset_all();
    }
    for name in names {
        session.config().policy().check_set(name)?;
        session.config_mut().reset(name, to_default);
    }
    Ok(Outcome::done())
}
