//! Do statistics hold for what a query sees? (`ObjectStore.isCurrentStatsValidForTheQuery`.)

use super::Answer;
use crate::model::{Parameters, Table, ValidWriteIds};
use crate::service::exception::meta;

/// Property that says which figures hold.
const ACCURATE: &str = "COLUMN_STATS_ACCURATE";

/// What a query sees of a transactional table, by the `validWriteIdList` of its request.
pub(super) struct Snapshot(ValidWriteIds);

impl Snapshot {
    /// The snapshot of a request; none where it names none, or where the table is not transactional.
    pub(super) fn of(table: &Table, list: Option<&str>) -> Answer<Option<Self>> {
        match list.filter(|list| !list.is_empty() && table.acid_kind().is_some()) {
            Some(list) => {
                ValidWriteIds::parse(list).map(|seen| Some(Self(seen))).map_err(|error| meta(error.to_string()))
            }
            None => Ok(None),
        }
    }

    /// Do the figures of a table or a partition hold for the query? They do where the write that they are of is one that
    /// the query sees, and they are said to hold.
    pub(super) fn covers(&self, parameters: &Parameters, write_id: Option<i64>) -> bool {
        match write_id.filter(|id| *id > 0) {
            // They are of no transaction.
            None => true,
            Some(id) => is_accurate(parameters) && self.0.is_valid(id),
        }
    }

    /// Says of a table without partitions whether its figures hold for the query; where not, they are not said to. Those of
    /// a partitioned table are its partitions'.
    pub(super) fn mark(&self, table: &mut Table) -> Option<bool> {
        if table.is_partitioned() {
            return None;
        }
        let holds = self.covers(&table.parameters, table.extras.write_id);
        if !holds {
            table.parameters.remove(ACCURATE);
        }
        Some(holds)
    }
}

/// `StatsSetupConst.areBasicStatsUptoDate`; Hive before 2.1 wrote `true` and no JSON.
fn is_accurate(parameters: &Parameters) -> bool {
    let Some(text) = parameters.get(ACCURATE) else { return false };
    if text.eq_ignore_ascii_case("true") {
        return true;
    }
    let figures: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let basic = figures.as_ref().and_then(|figures| figures.get("BASIC_STATS")?.as_str());
    basic.is_some_and(|basic| basic.eq_ignore_ascii_case("true"))
}
