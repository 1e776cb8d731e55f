//! Families of statements that are recognised by their first words only, so that the error can name them.

/// A family of statements that Skep does not parse yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedFamily {
    /// `START TRANSACTION`, `COMMIT`, `ROLLBACK`
    Transaction,
    /// `GRANT`, `REVOKE`, `CREATE ROLE`, `SET ROLE`, `SHOW GRANT`…
    Authorization,
    /// `REPL DUMP`, `REPL LOAD`, `REPL STATUS`
    Replication,
    /// `CREATE|ALTER|DROP SCHEDULED QUERY`
    ScheduledQuery,
    /// `CREATE|ALTER|DROP RESOURCE PLAN`, `POOL`, `TRIGGER`, `MAPPING`; `KILL QUERY`
    WorkloadManagement,
    /// `LOCK`, `UNLOCK`
    Lock,
    /// `CREATE|ALTER|DROP CONNECTOR`, `CREATE REMOTE DATABASE`
    DataConnector,
    /// `PREPARE`, `EXECUTE`
    PreparedStatement,
}
