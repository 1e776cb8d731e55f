//! Families of statements that are recognised by their first words only, so that the error can name them.

/// A family of statements that Skep does not parse yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedFamily {
    /// `START TRANSACTION`, `COMMIT`, `ROLLBACK`
    Transaction,
    /// `REPL DUMP`, `REPL LOAD`, `REPL STATUS`
    Replication,
}
