//! What the properties of a table or a partition say of its figures.

use serde_json::{Map, Value};

use super::Parameters;

/// Property: which figures hold, as JSON.
const ACCURATE: &str = "COLUMN_STATS_ACCURATE";
/// In it: the columns whose statistics hold.
const COLUMNS: &str = "COLUMN_STATS";

/// Says in `COLUMN_STATS_ACCURATE` that the statistics of columns hold, or no more
/// (`StatsSetupConst.setColumnStatsState`, `removeColumnStatsState`).
pub fn note_column_statistics(parameters: &mut Parameters, columns: &[String], hold: bool) {
    let text = parameters.get(ACCURATE);
    if text.is_none() && !hold {
        return;
    }
    let mut all: Map<String, Value> = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut known = all.get(COLUMNS).and_then(|known| known.as_object()).cloned().unwrap_or_default();
    for column in columns {
        if hold {
            known.insert(column.clone(), "true".into());
        } else {
            known.remove(column);
        }
    }
    if known.is_empty() {
        all.remove(COLUMNS);
    } else {
        all.insert(COLUMNS.to_string(), known.into());
    }
    if all.is_empty() {
        parameters.remove(ACCURATE);
    } else {
        parameters.insert(ACCURATE.to_string(), Value::Object(all).to_string());
    }
}
