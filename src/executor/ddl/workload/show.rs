//! `SHOW RESOURCE PLAN`, in Hive's layout.

use skep_metastore::model::{Pool, ResourcePlan, Trigger};

use crate::error::Result;
use crate::session::Outcome;

/// `SHOW RESOURCE PLANS`
pub fn list(plans: &[ResourcePlan]) -> Result<Outcome> {
    let row = |plan: &ResourcePlan| {
        let parallelism = plan.parallelism.map_or(" ".to_string(), |number| number.to_string());
        vec![Some(plan.name.clone()), Some(plan.status.name().to_string()), Some(parallelism)]
    };
    Outcome::text(&["rp_name", "status", "query_parallelism"], plans.iter().map(row).collect())
}

/// `SHOW RESOURCE PLAN name`: the tree of pools, the larger share first.
pub fn plan(plan: &ResourcePlan) -> Result<Outcome> {
    let null = || "null".to_string();
    let mut lines = vec![format!(
        "{}[status={},parallelism={},defaultPool={}]",
        plan.name,
        plan.status.name(),
        plan.parallelism.map_or_else(null, |number| number.to_string()),
        plan.default_pool.clone().unwrap_or_else(null),
    )];
    let mut top: Vec<&Pool> = plan.pools.iter().filter(|pool| !pool.path.contains('.')).collect();
    sort(&mut top);
    top.iter().for_each(|pool| pool_lines(plan, pool, 0, &mut lines));
    let unmanaged: Vec<&Trigger> = plan.triggers.iter().filter(|trigger| trigger.in_unmanaged).collect();
    let mapped = mappings(plan, None);
    if !unmanaged.is_empty() || !mapped.is_empty() {
        lines.push(" +  <unmanaged queries>".into());
        trigger_lines(&unmanaged, 1, &mut lines);
        lines.extend(mapped.into_iter().map(|text| format!("{}|  {text}", " ".repeat(5))));
    }
    let unused: Vec<&Trigger> =
        plan.triggers.iter().filter(|trigger| !trigger.in_unmanaged && trigger.pools.is_empty()).collect();
    if !unused.is_empty() {
        lines.push(" +  <unused triggers>".into());
        trigger_lines(&unused, 1, &mut lines);
    }
    Outcome::lines("line", lines)
}

fn sort(pools: &mut [&Pool]) {
    pools.sort_by(|a, b| b.fraction.total_cmp(&a.fraction).then_with(|| a.path.cmp(&b.path)));
}

fn pool_lines(plan: &ResourcePlan, pool: &Pool, depth: usize, lines: &mut Vec<String>) {
    let indent = " ".repeat(1 + depth * 4);
    let name = pool.path.rsplit('.').next().unwrap_or_default();
    lines.push(format!(
        "{indent}+  {name}[allocFraction={:?},schedulingPolicy={},parallelism={}]",
        pool.fraction,
        pool.policy.as_deref().unwrap_or("null"),
        pool.parallelism
    ));
    let triggers: Vec<&Trigger> = plan.triggers.iter().filter(|trigger| trigger.pools.contains(&pool.path)).collect();
    trigger_lines(&triggers, depth + 1, lines);
    let inner = " ".repeat(1 + (depth + 1) * 4);
    lines.extend(mappings(plan, Some(&pool.path)).into_iter().map(|text| format!("{inner}|  {text}")));
    if plan.default_pool.as_ref() == Some(&pool.path) {
        lines.push(format!("{inner}|  mapped for default"));
    }
    let prefix = format!("{}.", pool.path);
    let below = |other: &&Pool| other.path.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('.'));
    let mut children: Vec<&Pool> = plan.pools.iter().filter(below).collect();
    sort(&mut children);
    children.iter().for_each(|child| pool_lines(plan, child, depth + 1, lines));
}

fn trigger_lines(triggers: &[&Trigger], depth: usize, lines: &mut Vec<String>) {
    let indent = " ".repeat(1 + depth * 4);
    let mut sorted = triggers.to_vec();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    lines.extend(sorted.iter().map(|trigger| {
        format!("{indent}|  trigger {}: if ({}) {{ {} }}", trigger.name, trigger.condition, trigger.action)
    }));
}

/// Whose queries go to a pool (to none: those that nobody manages), a line for each kind of entity.
fn mappings(plan: &ResourcePlan, pool: Option<&String>) -> Vec<String> {
    let mut lines = Vec::new();
    for (kind, word) in [("USER", "users"), ("GROUP", "groups"), ("APPLICATION", "applications")] {
        let mut names: Vec<(Option<i32>, &str)> = plan
            .mappings
            .iter()
            .filter(|mapping| mapping.entity_type == kind && mapping.pool.as_ref() == pool)
            .map(|mapping| (mapping.order, mapping.entity.as_str()))
            .collect();
        names.sort();
        if !names.is_empty() {
            let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
            lines.push(format!("mapped for {word}: {}", names.join(", ")));
        }
    }
    lines
}
