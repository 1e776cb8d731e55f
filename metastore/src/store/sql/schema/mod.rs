//! The tables of a catalog, and how an older catalog becomes a newer one: one list for all databases.

use super::connection::{Connection, values};
use super::fault::{Attempt, Fault};

/// As many partition columns as have typed, indexed columns; see the `partitions` table.
pub const INDEXED_VALUES: usize = 8;

/// The steps from nothing to the schema of today, in order: step i makes version i + 1 of version i. A step that has
/// been released is never changed; a new version is a new step, at the end.
const MIGRATIONS: &[&str] = &[
    include_str!("v1.sql"),
    include_str!("definitions.sql"),
    include_str!("transactions.sql"),
    include_str!("constraints.sql"),
    include_str!("sketches.sql"),
    include_str!("values.sql"),
    include_str!("compactions.sql"),
    include_str!("service.sql"),
    include_str!("extras.sql"),
    include_str!("histograms.sql"),
    include_str!("locks.sql"),
];

/// The version of today.
pub fn current() -> usize {
    MIGRATIONS.len()
}

/// Is the schema that of today? An error where it is newer than this program.
pub fn is_current(connection: &mut Connection<'_>) -> Attempt<bool> {
    Ok(version(connection)? == MIGRATIONS.len())
}

/// Brings the schema up to date.
pub fn migrate(connection: &mut Connection<'_>) -> Attempt<()> {
    let dialect = connection.dialect();
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(version(connection)?) {
        connection.batch(&dialect.definitions(sql))?;
        let (version, now) = (i64::try_from(step + 1).unwrap_or(i64::MAX), connection.now()? / 1000);
        connection.execute("INSERT INTO skep_schema (version, applied_at) VALUES (?1, ?2)", values![version, now])?;
        tracing::debug!(version, "catalog schema migrated");
    }
    Ok(())
}

/// The version of the schema, 0 for an empty catalog; an error where it is newer than this program.
fn version(connection: &mut Connection<'_>) -> Attempt<usize> {
    if !connection.exists(connection.dialect().has_table(), values!["skep_schema"])? {
        return Ok(0);
    }
    let version = connection.number("SELECT coalesce(max(version), 0) FROM skep_schema", &[])?;
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(Fault::record(
            "its schema version",
            format!(
                "the catalog has schema version {version}, written by a newer Skep; this one knows versions up to {}",
                MIGRATIONS.len()
            ),
        )),
    }
}
