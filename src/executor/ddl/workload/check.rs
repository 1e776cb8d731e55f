//! Whether a resource plan makes sense.

use skep_metastore::model::{Pool, ResourcePlan};

use super::missing;
use crate::error::{Result, SkepError};
use crate::parser::ast::PoolSettings;

/// The pool must be there.
pub fn pool(plan: &ResourcePlan, path: &str) -> Result<()> {
    if plan.pools.iter().any(|pool| pool.path == path) { Ok(()) } else { Err(missing("pool", path)) }
}

/// Assignments of a pool must be within their bounds.
pub fn settings(settings: &PoolSettings) -> Result<()> {
    if settings.fraction.is_some_and(|fraction| !(0.0..=1.0).contains(&fraction)) {
        return Err(SkepError::invalid("ALLOC_FRACTION must be between 0 and 1"));
    }
    if settings.parallelism.is_some_and(|number| number <= 0) {
        return Err(SkepError::invalid("QUERY_PARALLELISM must be above 0"));
    }
    match &settings.policy {
        Some(Some(policy)) if !["default", "fair", "fifo"].contains(&policy.to_ascii_lowercase().as_str()) => {
            Err(SkepError::invalid(format!("Invalid scheduling policy {policy}")).with_hint("fair, fifo or default"))
        }
        _ => Ok(()),
    }
}

/// The limit of a condition must be a number, or one with a unit of bytes or of time.
pub fn trigger(condition: &str) -> Result<()> {
    let Some((counter, limit)) = condition.split_once(" > ") else { return Ok(()) };
    let limit = limit.trim_matches('\'').trim().to_ascii_lowercase();
    let digits = limit.len() - limit.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit = limit[digits..].trim();
    const BYTES: &[&str] = &["b", "kb", "mb", "gb", "tb", "pb"];
    const TIMES: &[&str] = &[
        "ns",
        "nanos",
        "nanosecond",
        "nanoseconds",
        "us",
        "micros",
        "microsecond",
        "microseconds",
        "ms",
        "msec",
        "msecs",
        "millis",
        "millisecond",
        "milliseconds",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "m",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hr",
        "hour",
        "hours",
        "d",
        "day",
        "days",
    ];
    let of_bytes = counter.to_ascii_uppercase().contains("BYTES");
    let of_time = counter.to_ascii_uppercase().ends_with("_TIME");
    let known = unit.is_empty() || (of_bytes && BYTES.contains(&unit)) || (of_time && TIMES.contains(&unit));
    if digits == 0 || !known {
        return Err(SkepError::invalid(format!("Invalid trigger expression: {condition}"))
            .with_hint("counter > number, or a text such as '10GB', '30sec'"));
    }
    Ok(())
}

/// The pools right below one, or at the top.
fn children<'a>(plan: &'a ResourcePlan, path: &'a str) -> impl Iterator<Item = &'a Pool> {
    plan.pools.iter().filter(move |pool| match pool.path.rsplit_once('.') {
        Some((parent, _)) => parent == path,
        None => path.is_empty(),
    })
}

/// What keeps a plan from being enabled, in Hive's words.
pub fn problems(plan: &ResourcePlan) -> Vec<String> {
    let mut found = Vec::new();
    let mut all = vec![("", 1.0, plan.parallelism)];
    all.extend(plan.pools.iter().map(|pool| (pool.path.as_str(), 1.0, Some(pool.parallelism))));
    for (path, whole, limit) in all {
        let name = if path.is_empty() { "root" } else { path };
        let fractions: f64 = children(plan, path).map(|pool| pool.fraction).sum();
        if fractions > whole + 1e-5 {
            found.push(format!("Sum of alloc fractions of pool {name} is {fractions}, which is above 1.0"));
        }
        let parallelism: i64 = children(plan, path).map(|pool| i64::from(pool.parallelism)).sum();
        if let Some(limit) = limit
            && parallelism > i64::from(limit)
        {
            found.push(format!("Sum of query parallelism of pool {name} is {parallelism}, which is above {limit}"));
        }
    }
    let there = |path: &str| plan.pools.iter().any(|pool| pool.path == path);
    for trigger in &plan.triggers {
        if let Some(path) = trigger.action.strip_prefix("MOVE TO ")
            && !there(path)
        {
            found.push(format!("Cannot find pool {path} of the trigger {}", trigger.name));
        }
    }
    found
}
