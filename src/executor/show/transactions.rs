//! `SHOW TRANSACTIONS` and `SHOW COMPACTIONS`

use std::cmp::Ordering;

use skep_metastore::model::{Compaction, TransactionState};
use skep_metastore::store::MetaStore;

use crate::error::{Result, SkepError};
use crate::executor::names;
use crate::parser::ast::ShowCompactions;
use crate::session::{Outcome, Session};

/// What stands where there is no value.
const NONE: &str = " --- ";

/// The transactions that are not committed.
pub fn transactions(session: &Session) -> Result<Outcome> {
    let header = ["Transaction ID", "Transaction State", "Started Time", "Last Heartbeat Time", "User", "Hostname"];
    let rows = session.catalog().transactions()?.into_iter().map(|transaction| {
        let state = match transaction.state {
            TransactionState::Open => "OPEN",
            TransactionState::Aborted => "ABORTED",
        };
        let started = (transaction.started * 1000).to_string();
        let owner = transaction.owner;
        [transaction.id.to_string(), state.to_string(), started.clone(), started, owner.user, owner.host]
            .map(Some)
            .to_vec()
    });
    Outcome::text(&header, rows.collect())
}

const COLUMNS: [&str; 20] = [
    "CompactionId",
    "Database",
    "Table",
    "Partition",
    "Type",
    "State",
    "Worker host",
    "Worker",
    "Enqueue Time",
    "Start Time",
    "Duration(ms)",
    "HadoopJobId",
    "Error message",
    "Initiator host",
    "Initiator",
    "Pool name",
    "TxnId",
    "Next TxnId",
    "Commit Time",
    "Highest WriteId",
];

/// The compactions that were asked for, the latest first where nothing else is said, as in Hive.
pub fn compactions(session: &Session, statement: &ShowCompactions) -> Result<Outcome> {
    let database = match (&statement.database, &statement.table) {
        (Some(database), _) => Some(names::database(session, database)?.name),
        (None, Some(table)) => {
            let database = table.database.as_ref().map(|database| database.lower());
            Some(database.unwrap_or_else(|| session.current_database().to_string()))
        }
        (None, None) => None,
    };
    let table = statement.table.as_ref().map(|table| table.name.lower());
    let partition = match &statement.partition {
        None => None,
        Some(spec) => {
            let part = |part: &crate::parser::ast::PartitionValue| {
                let value = part.value.as_ref().and_then(|value| value.value.text()).unwrap_or_default();
                format!("{}={value}", part.column.lower())
            };
            Some(spec.values.iter().map(part).collect::<Vec<_>>().join("/"))
        }
    };
    let same = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w.eq_ignore_ascii_case(value));
    let mut found = session.catalog().compactions()?;
    found.retain(|compaction| {
        statement.id.is_none_or(|id| id == compaction.id)
            && same(&database, &compaction.database)
            && same(&table, &compaction.table)
            && (partition.is_none() || partition == compaction.partition)
            && same(&statement.kind, &compaction.kind)
            && same(&statement.state, &compaction.state)
            && same(&statement.pool, "default")
    });
    found.sort_by_key(|compaction| -compaction.id);
    let mut rows: Vec<Vec<String>> = found.iter().map(row).collect();
    for (column, ascending) in statement.order_by.iter().rev() {
        let wanted: String = column.chars().filter(|c| c.is_alphanumeric()).collect();
        let at = COLUMNS.iter().position(|name| {
            name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().eq_ignore_ascii_case(&wanted)
        });
        let Some(at) = at else {
            return Err(SkepError::invalid(format!("SHOW COMPACTIONS has no column {column}")));
        };
        rows.sort_by(|a, b| {
            let ordering = match (a[at].parse::<i64>(), b[at].parse::<i64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => a[at].cmp(&b[at]),
            };
            if *ascending { ordering } else { Ordering::reverse(ordering) }
        });
    }
    rows.truncate(statement.limit.unwrap_or(usize::MAX));
    Outcome::text(&COLUMNS, rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect())
}

fn row(compaction: &Compaction) -> Vec<String> {
    let millis = |seconds: Option<i64>| seconds.map_or(NONE.to_string(), |seconds| (seconds * 1000).to_string());
    let duration = match (compaction.started, compaction.ended) {
        (Some(started), Some(ended)) => ((ended - started) * 1000).to_string(),
        _ => NONE.to_string(),
    };
    let highest = compaction.highest_write_id;
    vec![
        compaction.id.to_string(),
        compaction.database.clone(),
        compaction.table.clone(),
        compaction.partition.clone().unwrap_or_else(|| NONE.to_string()),
        compaction.kind.clone(),
        compaction.state.clone(),
        compaction.owner.host.clone(),
        compaction.owner.process.to_string(),
        millis(Some(compaction.enqueued)),
        millis(compaction.started),
        duration,
        NONE.to_string(),
        compaction.error.clone().unwrap_or_else(|| NONE.to_string()),
        compaction.owner.host.clone(),
        "manual".to_string(),
        "default".to_string(),
        "0".to_string(),
        "0".to_string(),
        "0".to_string(),
        if highest > 0 { highest.to_string() } else { NONE.to_string() },
    ]
}
