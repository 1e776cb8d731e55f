//! Which tables are transactional, and what that takes.
//!
//! Hive's rules, with the words of its metastore's `TransactionalValidationListener`.

use skep_metastore::model::{AcidKind, Compaction, Parameters, Table, TableKind};

use skep_metastore::store::MetaStore;

use crate::error::{Result, SkepError};
use crate::session::{Outcome, Session};

/// Table property that makes a table transactional.
const TRANSACTIONAL: &str = "transactional";
/// Table property that says in which of the two ways.
const PROPERTIES: &str = "transactional_properties";
/// Value of the latter for tables whose rows have ids.
const DEFAULT: &str = "default";
const INSERT_ONLY: &str = "insert_only";
const ORC_INPUT: &str = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat";

/// Makes a new table transactional where its properties, `CREATE TRANSACTIONAL TABLE` (`asked`), or the session's defaults
/// say so, and checks that it can be.
pub fn settle(session: &Session, table: &mut Table, asked: bool) -> Result<()> {
    if asked && table.kind == TableKind::External {
        let text = format!("{} cannot be declared transactional because it's an external table", table.name);
        return Err(SkepError::invalid(text));
    }
    let given = take(&mut table.parameters, TRANSACTIONAL);
    let kind = take(&mut table.parameters, PROPERTIES);
    if given.is_none() && kind.is_some() {
        return Err(SkepError::invalid(format!("Cannot specify {PROPERTIES} without {TRANSACTIONAL}")));
    }
    let kind = match given {
        Some(value) => match value.to_ascii_lowercase().as_str() {
            "false" => return Ok(()),
            "true" => kind.unwrap_or_else(|| DEFAULT.to_string()),
            _ => return Err(only_true()),
        },
        None => match by_default(session, table, asked) {
            Some(kind) => kind.to_string(),
            None => return Ok(()),
        },
    };
    table.parameters.insert(TRANSACTIONAL.into(), "true".into());
    table.parameters.insert(PROPERTIES.into(), kind.to_ascii_lowercase());
    if table.acid_kind() == Some(AcidKind::Full) {
        // Hive gives all other tables this property of their SerDe.
        table.storage.serde.parameters.remove("serialization.format");
    }
    check(table)
}

/// What a table becomes of which nothing is said.
fn by_default(session: &Session, table: &Table, asked: bool) -> Option<&'static str> {
    let config = session.config();
    let acid = ["hive.create.as.acid", "metastore.create.as.acid"].iter().any(|key| config.bool(key));
    let insert_only = config.bool("hive.create.as.insert.only");
    let takes_default = table.kind == TableKind::Managed && !table.temporary;
    if !asked && !((acid || insert_only) && takes_default) {
        return None;
    }
    let can_be_full = is_orc(table) && table.storage.sort_columns.is_empty();
    match (can_be_full && (asked || acid), asked || insert_only) {
        (true, _) => Some(DEFAULT),
        (false, true) => Some(INSERT_ONLY),
        (false, false) => None,
    }
}

/// `ABORT COMPACTIONS`: those that wait are taken back; says for each what became of it (`TxnHandler.abortCompactions`).
pub fn abort_compactions(session: &Session, ids: &[i64]) -> Result<Outcome> {
    let catalog = session.catalog();
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let (status, message) = loop {
            let known = catalog.compactions()?.into_iter().find(|compaction| compaction.id == *id);
            match known {
                None => break ("Error", "No Such Compaction Id Available".to_string()),
                Some(compaction) if compaction.state == "initiated" => {
                    let ended = Some(super::now());
                    let aborted = Compaction { state: "aborted".to_string(), ended, ..compaction.clone() };
                    // Where a worker has taken it meanwhile, it is looked at again.
                    if catalog.replace_compaction(&compaction, &aborted)? {
                        break ("Success", "Successfully aborted compaction".to_string());
                    }
                }
                Some(Compaction { state, .. }) => {
                    break ("Error", format!("Error while aborting compaction as compaction is in state-{state}"));
                }
            }
        };
        rows.push([id.to_string(), status.to_string(), message].map(Some).to_vec());
    }
    Outcome::text(&["CompactionId", "Status", "Message"], rows)
}

/// `ABORT TRANSACTIONS`: what they wrote is never seen. One that is not there is passed over, as in Hive.
pub fn abort(session: &Session, ids: &[i64]) -> Result<Outcome> {
    let known = session.catalog().transactions()?;
    let ids: Vec<i64> = ids.iter().copied().filter(|id| known.iter().any(|known| known.id == *id)).collect();
    session.catalog().abort_transactions(&ids)?;
    Ok(Outcome::done())
}

/// Is a table that says it is transactional fit for it?
fn check(table: &Table) -> Result<()> {
    let name = table.qualified_name();
    if table.kind == TableKind::External {
        return Err(refused(format!("{name} cannot be declared transactional because it's an external table")));
    }
    let kind = table.parameters.get(PROPERTIES).map(String::as_str).unwrap_or(DEFAULT);
    if ![DEFAULT, INSERT_ONLY].contains(&kind) {
        return Err(refused(format!("Unknown value {kind} for {PROPERTIES} of the table {name}"))
            .with_hint(format!("the values are {DEFAULT} and {INSERT_ONLY}")));
    }
    if table.acid_kind() == Some(AcidKind::Full) {
        if !is_orc(table) {
            let text = format!("The table must be stored using an ACID compliant format (such as ORC): {name}");
            return Err(refused(text));
        }
        if !table.storage.sort_columns.is_empty() {
            let text = format!("Table {name} cannot support full ACID functionality since it is sorted.");
            return Err(refused(text));
        }
    }
    Ok(())
}

/// Checks a change of table properties; `new` is the table after it, whose properties take their usual form.
pub fn check_change(old: &Table, new: &mut Table) -> Result<()> {
    let value = take(&mut new.parameters, TRANSACTIONAL);
    let kind = take(&mut new.parameters, PROPERTIES);
    let is = match value.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(only_true()),
    };
    if !is {
        if old.acid_kind().is_some() {
            let text = format!("TBLPROPERTIES with 'transactional'='true' cannot be unset: {}", old.qualified_name());
            return Err(refused(text));
        }
        if kind.is_some() {
            return Err(SkepError::invalid(format!("Cannot specify {PROPERTIES} without {TRANSACTIONAL}")));
        }
        if let Some(value) = value {
            new.parameters.insert(TRANSACTIONAL.into(), value);
        }
        return Ok(());
    }
    new.parameters.insert(TRANSACTIONAL.into(), "true".into());
    let kind = kind.unwrap_or_else(|| DEFAULT.to_string()).to_ascii_lowercase();
    new.parameters.insert(PROPERTIES.into(), kind);
    if old.acid_kind() == Some(AcidKind::Full) && new.acid_kind() != old.acid_kind() {
        let text = "TBLPROPERTIES with 'transactional_properties' cannot be altered after the table is created";
        return Err(refused(text));
    }
    check(new)
}

/// Takes a property out of others, in whatever case it is written.
fn take(parameters: &mut Parameters, wanted: &str) -> Option<String> {
    let key = parameters.keys().find(|key| key.eq_ignore_ascii_case(wanted)).cloned()?;
    parameters.remove(&key)
}

fn is_orc(table: &Table) -> bool {
    table.storage.input_format == ORC_INPUT
}

fn only_true() -> SkepError {
    refused("'transactional' property of TBLPROPERTIES should only have value 'true'")
}

fn refused(text: impl Into<String>) -> SkepError {
    SkepError::exception("MetaException", text.into())
}
