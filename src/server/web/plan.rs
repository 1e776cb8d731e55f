//! Plans as trees, with rows, bytes and time at each operator.

use std::time::Duration;

use maud::{Markup, html};

use super::format;
use super::layout::nothing;
use crate::server::plan::PlanNode;

/// Of what an operator does so much is shown before one looks closer.
const DETAILS: usize = 220;

/// The plans of a statement.
pub fn trees(plans: &[PlanNode]) -> Markup {
    html! {
        @if plans.is_empty() {
            (nothing("This statement has no plan, or none yet."))
        }
        @for (number, plan) in plans.iter().enumerate() {
            @if plans.len() > 1 { h3 { "Plan " (number + 1) } }
            div.plan {
                div.operator.head aria-hidden="true" {
                    span { "Operator" } span.number { "Rows" } span.number { "Bytes" } span.number { "Time" }
                }
                ul { (operator(plan, plan.longest(), &number.to_string())) }
            }
        }
    }
}

/// An operator above those that it reads. `place` tells it from all others.
fn operator(node: &PlanNode, longest: Duration, place: &str) -> Markup {
    let share = node.time.unwrap_or_default().as_secs_f64() / longest.as_secs_f64().max(f64::MIN_POSITIVE);
    html! {
        li {
            div.operator {
                div.what {
                    strong { (words(&node.name)) }
                    @if node.details.chars().count() > DETAILS || !node.others.is_empty() {
                        details id={ "o" (place) } {
                            summary { @if node.details.is_empty() { "more" } @else { (format::cut(&node.details, DETAILS)) } }
                            @if node.details.chars().count() > DETAILS { p { (node.details) } }
                            @if let Some(rows) = node.expected_rows { p { "Expected rows: " (format::count(rows)) } }
                            @if !node.others.is_empty() {
                                dl.others { @for (name, value) in &node.others { div { dt { (name) } dd { (value) } } } }
                            }
                        }
                    } @else if !node.details.is_empty() {
                        p.does { (node.details) }
                    }
                }
                span.number data-name="rows" { @match node.rows { Some(rows) => (format::count(rows)), None => "–" } }
                span.number data-name="bytes" { @match node.bytes { Some(bytes) => (format::bytes(bytes)), None => "–" } }
                span.number.time data-name="time" {
                    @match node.time {
                        Some(time) => {
                            (format::span(time))
                            svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
                                rect.back width="100" height="4" {}
                                rect.front width=(format!("{:.1}", share.clamp(0.0, 1.0) * 100.0)) height="4" {}
                            }
                        }
                        None => "–",
                    }
                }
            }
            @if !node.inputs.is_empty() {
                ul {
                    @for (number, input) in node.inputs.iter().enumerate() {
                        (operator(input, longest, &format!("{place}-{number}")))
                    }
                }
            }
            @if node.cut { p.nothing { "More operators are not shown." } }
        }
    }
}

/// An operator's name in words: `HashJoin` is a `Hash join`.
fn words(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut before_is_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && before_is_lower {
            text.push(' ');
            text.extend(c.to_lowercase());
        } else {
            text.push(c);
        }
        before_is_lower = c.is_lowercase();
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_in_words() {
        assert_eq!(
            ["TableScan", "HashJoin", "Filter", "TopK"].map(super::words),
            ["Table scan", "Hash join", "Filter", "Top k"]
        );
    }
}
