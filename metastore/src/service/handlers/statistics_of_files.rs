//! `numFiles` and `totalSize` of tables and partitions, and whether the other figures among their properties hold
//! (`MetaStoreUtils.updateTableStatsFast`, `StatsSetupConst`).

use skep_thrift_hms::EnvironmentContext;

use super::Answer;
use crate::model::{Parameters, Table};
use crate::service::Service;

/// Property: which figures hold, as JSON.
const ACCURATE: &str = "COLUMN_STATS_ACCURATE";
/// In it: those of the table as a whole hold.
const BASIC: &str = "BASIC_STATS";
/// Property and key of a context: leave the figures alone.
const DO_NOT_UPDATE: &str = "DO_NOT_UPDATE_STATS";
/// Key of a context: who made the figures.
const GENERATED: &str = "STATS_GENERATED";
/// The figures that the server counts itself.
const COUNTED: [&str; 2] = ["numFiles", "totalSize"];
/// All figures of a table or a partition.
pub(super) const FIGURES: [&str; 5] = ["numFiles", "numRows", "totalSize", "rawDataSize", "numFilesErasureCoded"];
/// Property: when it was last changed.
pub(super) const DDL_TIME: &str = "transient_lastDdlTime";

/// A key of a call's context.
pub(super) fn told<'c>(context: Option<&'c EnvironmentContext>, key: &str) -> Option<&'c str> {
    context?.properties.as_ref()?.get(key).map(String::as_str)
}

fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Does the caller say that the figures are made by the task that wrote the rows?
fn by_task(context: Option<&EnvironmentContext>) -> bool {
    told(context, GENERATED) == Some("TASK")
}

/// Has it both figures that the server counts?
pub(super) fn has_counts(parameters: &Parameters) -> bool {
    COUNTED.iter().all(|figure| parameters.contains_key(*figure))
}

/// Are the two figures that the server counts the same in both?
fn same_counts(one: &Parameters, other: &Parameters) -> bool {
    has_counts(one) && COUNTED.iter().all(|figure| one.get(*figure) == other.get(*figure))
}

/// Says that the table's figures as a whole hold, or that they do not.
pub(super) fn set_accurate(parameters: &mut Parameters, accurate: bool) {
    if !accurate {
        parameters.remove(ACCURATE);
        return;
    }
    let known = parameters.get(ACCURATE).and_then(|text| serde_json::from_str(text).ok());
    let mut known: serde_json::Map<String, serde_json::Value> = known.unwrap_or_default();
    known.insert(BASIC.to_string(), "true".into());
    parameters.insert(ACCURATE.to_string(), serde_json::Value::Object(known).to_string());
}

/// Counts the files of a folder for its table or partition, where that is wanted: when the figures are not there, or
/// `always`. A folder that was just made is not counted. Says whether it did.
pub(super) fn count(
    service: &Service,
    parameters: &mut Parameters,
    location: &str,
    just_made: bool,
    always: bool,
    context: Option<&EnvironmentContext>,
) -> Answer<bool> {
    let leave = parameters.remove(DO_NOT_UPDATE);
    if is_true(leave.as_deref()) || (!always && has_counts(parameters)) {
        return Ok(false);
    }
    if !just_made && !location.is_empty() {
        let contents = service.folders.measure(location)?;
        parameters.insert("numFiles".to_string(), contents.files.to_string());
        parameters.insert("totalSize".to_string(), contents.bytes.to_string());
        set_accurate(parameters, by_task(context));
    }
    Ok(true)
}

/// Are the files of a table or partition to be counted after a change (`requireCalStats`)? `old` are the properties of the
/// partition before and `new` those after it; neither is given for a table.
pub(super) fn wants_count(
    partition: Option<(&Parameters, &Parameters)>,
    table: &Table,
    context: Option<&EnvironmentContext>,
) -> bool {
    if is_true(told(context, DO_NOT_UPDATE)) || table.is_view() {
        return false;
    }
    let Some((old, new)) = partition else { return true };
    !has_counts(new) || matches!(told(context, GENERATED), Some("TASK" | "USER")) || !same_counts(old, new)
}

/// Puts the time of the change where it is not said.
pub(super) fn stamp(parameters: &mut Parameters) {
    parameters.entry(DDL_TIME.to_string()).or_insert_with(|| crate::service::now().to_string());
}

/// The figures of a table or partition without rows.
pub(super) fn clear(parameters: &mut Parameters) {
    for figure in FIGURES {
        if let Some(value) = parameters.get_mut(figure) {
            *value = "0".to_string();
        }
    }
    set_accurate(parameters, true);
    parameters.insert(DDL_TIME.to_string(), crate::service::now().to_string());
}
