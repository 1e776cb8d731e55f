//! `${…}` in statements, as Hive's `VariableSubstitution` and `SystemVariables` replace it.

use std::collections::BTreeMap;

use super::config::SessionConfig;
use super::policy::Outside;
use crate::error::{ErrorKind, Result, SkepError, shortened};

/// Substitution makes a text at most so much longer: a few variables that contain one another twice would make it
/// endless.
const MAX_GROWTH: usize = 4 << 20;

/// The variables of one session beside its configuration.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// `hivevar:` variables, set by `--hivevar`, `-d` and `SET hivevar:x=…`.
    pub hivevar: BTreeMap<String, String>,
    /// `system:` variables (Java's system properties); some stand for what they would be in Java.
    pub system: BTreeMap<String, String>,
    /// `metaconf:` variables.
    pub metaconf: BTreeMap<String, String>,
}

impl Variables {
    /// Variables with the `system:` ones that scripts use.
    pub fn new(hivevar: BTreeMap<String, String>, user: &str) -> Self {
        let mut system = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            system.insert(name.to_string(), value);
        };
        put("user.name", user.to_string());
        put("user.home", std::env::var("HOME").unwrap_or_default());
        put("user.dir", std::env::current_dir().map(|dir| dir.display().to_string()).unwrap_or_default());
        put("java.io.tmpdir", std::env::temp_dir().display().to_string());
        put("file.separator", "/".into());
        put("path.separator", ":".into());
        put("line.separator", "\n".into());
        put("os.name", "Linux".into());
        put("os.arch", std::env::consts::ARCH.into());
        Self { hivevar, system, metaconf: BTreeMap::new() }
    }

    /// The value of a variable named as inside `${…}`: `hiveconf:x`, `hivevar:x`, `env:X`, `system:x`, `metaconf:x`,
    /// or a bare name, which is looked for among `hivevar:` and then the configuration.
    /// What users may not see has none.
    pub fn value(&self, name: &str, config: &SessionConfig) -> Option<String> {
        if config.policy().hides_variable(name) {
            return None;
        }
        if let Some(name) = name.strip_prefix("system:") {
            return self.system.get(name).cloned();
        }
        if let Some(name) = name.strip_prefix("env:") {
            return std::env::var(name).ok();
        }
        if let Some(name) = name.strip_prefix("hiveconf:") {
            return config.get(name).filter(|_| !config.policy().hides(name)).map(str::to_string);
        }
        if let Some(name) = name.strip_prefix("metaconf:") {
            return self.metaconf.get(name).cloned();
        }
        if let Some(name) = name.strip_prefix("hivevar:") {
            return self.hivevar.get(name).cloned();
        }
        self.hivevar.get(name).cloned()
    }

    /// Replaces every `${…}` that has a value, again in the result, up to `hive.variable.substitute.depth` times;
    /// those without a value stay as they are.
    pub fn substitute(&self, text: &str, config: &SessionConfig) -> Result<String> {
        if !text.contains("${") || !config.bool("hive.variable.substitute") {
            return Ok(text.to_string());
        }
        let depth = config.int("hive.variable.substitute.depth");
        let longest = text.len() + MAX_GROWTH;
        let mut current = text.to_string();
        for _ in 0..=depth {
            if current.contains("${env:") {
                config.policy().check(Outside::Environment)?;
            }
            let Some(next) = self.substitute_once(&current, config, longest)? else { return Ok(current) };
            current = next;
        }
        let problem = format!("variable substitution goes deeper than {depth} levels: {}", shortened(text));
        Err(SkepError::new(ErrorKind::Configuration, problem)
            .with_hint("a variable may contain itself; see hive.variable.substitute.depth"))
    }

    /// Replaces each `${name}` of the text that has a value; `None` if there is none. The error is that of a result of
    /// more than `longest` bytes.
    fn substitute_once(&self, text: &str, config: &SessionConfig, longest: usize) -> Result<Option<String>> {
        let mut result = String::with_capacity(text.len());
        let mut found = false;
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let name_end = rest[start + 2..].find(['}', '$', ' ']).map(|end| start + 2 + end);
            let value = name_end
                .filter(|&end| rest[end..].starts_with('}') && end > start + 2)
                .and_then(|end| Some((self.value(&rest[start + 2..end], config)?, end + 1)));
            match value {
                Some((value, end)) => {
                    if result.len() + start + value.len() > longest {
                        let problem = format!("variable substitution makes the text longer than {longest} bytes");
                        return Err(SkepError::new(ErrorKind::Configuration, problem));
                    }
                    result.push_str(&rest[..start]);
                    result.push_str(&value);
                    rest = &rest[end..];
                    found = true;
                }
                None => {
                    result.push_str(&rest[..start + 2]);
                    rest = &rest[start + 2..];
                }
            }
        }
        result.push_str(rest);
        Ok(found.then_some(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let hivevar = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Variables::new(hivevar, "sam")
    }

    #[test]
    fn every_namespace_is_looked_up() {
        let mut config = SessionConfig::default();
        config.set("my.key", "5").unwrap();
        let text = "${hivevar:t} ${t} ${hiveconf:my.key} ${system:user.name} ${hivevar:none} ${t";
        let result = variables(&[("t", "sales")]).substitute(text, &config).unwrap();
        assert_eq!(result, "sales sales 5 sam ${hivevar:none} ${t");
    }

    #[test]
    fn values_are_searched_again() {
        let vars = variables(&[("a", "x${b}"), ("b", "y"), ("name", "a")]);
        assert_eq!(vars.substitute("${${name}}", &SessionConfig::default()).unwrap(), "xy");
    }

    #[test]
    fn a_variable_that_contains_itself_is_an_error() {
        let error = variables(&[("a", "${a}")]).substitute("${a}", &SessionConfig::default()).unwrap_err();
        assert!(error.message().contains("deeper than 40"));
    }

    #[test]
    fn variables_that_double_are_stopped_early() {
        let laughs = variables(&[("a", "${b}${b}"), ("b", "${a}${a}")]);
        let error = laughs.substitute("select ${a}", &SessionConfig::default()).unwrap_err();
        assert_eq!(error.message(), "variable substitution makes the text longer than 4194315 bytes");
        let long = variables(&[("a", &"x".repeat(1 << 20))]);
        assert_eq!(long.substitute(&"${a}".repeat(4), &SessionConfig::default()).unwrap().len(), 4 << 20);
        assert!(long.substitute(&"${a}".repeat(5), &SessionConfig::default()).is_err());
    }
}
