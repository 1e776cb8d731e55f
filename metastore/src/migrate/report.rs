//! What became of the things that were to be copied.

use std::collections::BTreeMap;
use std::fmt;

/// Kinds of things that are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Databases.
    Databases,
    /// Managed tables.
    ManagedTables,
    /// External tables.
    ExternalTables,
    /// Views.
    Views,
    /// Materialized views.
    MaterializedViews,
    /// Partitions.
    Partitions,
    /// Constraints.
    Constraints,
    /// Statistics of columns, of tables and of partitions.
    Statistics,
    /// Functions.
    Functions,
    /// Roles.
    Roles,
    /// Memberships in roles, and privileges.
    Grants,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Databases => "databases",
            Self::ManagedTables => "managed tables",
            Self::ExternalTables => "external tables",
            Self::Views => "views",
            Self::MaterializedViews => "materialized views",
            Self::Partitions => "partitions",
            Self::Constraints => "constraints",
            Self::Statistics => "column statistics",
            Self::Functions => "functions",
            Self::Roles => "roles",
            Self::Grants => "grants",
        }
    }
}

/// How many of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the source.
    pub found: usize,
    /// Copied, or to be copied where it is only tried.
    pub copied: usize,
    /// In the target already.
    pub there: usize,
    /// Was in the target already, but other than in the source; now as there.
    pub replaced: usize,
    /// In the target already, but other than in the source; left alone.
    pub different: usize,
    /// Not copied.
    pub failed: usize,
}

/// What a copy did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What was copied from.
    pub source: String,
    /// What was copied into.
    pub target: String,
    /// Nothing was changed.
    pub dry_run: bool,
    /// How many of each kind.
    pub counts: BTreeMap<Kind, Counts>,
    /// What Skep lacks, and the tables that need it.
    pub lacking: BTreeMap<String, Vec<String>>,
    /// Functions in Java, and what is to be said about them.
    pub functions: Vec<(String, String)>,
    /// Transactional tables, and what is to be said about them.
    pub transactional: Vec<(String, String)>,
    /// Things that are other in the target.
    pub different: Vec<String>,
    /// Things that could not be copied, and why.
    pub failures: Vec<(String, String)>,
    /// What is to be known beside that.
    pub notes: Vec<String>,
}

impl Report {
    pub(super) fn count(&mut self, kind: Kind) -> &mut Counts {
        self.counts.entry(kind).or_default()
    }

    pub(super) fn fail(&mut self, kind: Kind, what: String, why: impl fmt::Display) {
        self.count(kind).failed += 1;
        self.failures.push((what, why.to_string()));
    }

    /// Was everything copied that there is?
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Names listed one by one; more are counted.
const SHOWN: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "From: {}\nTo:   {}", self.source, self.target)?;
        if self.dry_run {
            writeln!(f, "Dry run: nothing was changed. \"copied\" and \"replaced\" are what would be.")?;
        }
        let titles = ["found", "copied", "replaced", "there", "different", "failed"];
        writeln!(f, "\n{:<20}{}", "", titles.map(|title| format!("{title:>11}")).concat())?;
        for (kind, n) in &self.counts {
            let counts = [n.found, n.copied, n.replaced, n.there, n.different, n.failed];
            writeln!(f, "{:<20}{}", kind.words(), counts.map(|count| format!("{count:>11}")).concat())?;
        }
        let of = |kind: Kind| self.counts.get(&kind).map_or(0, |counts| counts.found);
        let tables = of(Kind::ManagedTables) + of(Kind::ExternalTables);
        let mut stuck: Vec<&String> = self.lacking.values().flatten().collect();
        stuck.sort();
        stuck.dedup();
        writeln!(f, "\n{} of {tables} tables can be read as they are.", tables.saturating_sub(stuck.len()))?;
        if !self.lacking.is_empty() {
            writeln!(f, "\nSkep lacks:")?;
            for (what, tables) in &self.lacking {
                writeln!(f, "  {what}: {}", many(tables.len(), "table", "tables"))?;
                list(f, "    ", tables)?;
            }
        }
        for (title, pairs) in [
            ("Functions in Java:", &self.functions),
            ("Transactional tables:", &self.transactional),
            ("Not copied:", &self.failures),
        ] {
            if !pairs.is_empty() {
                writeln!(f, "\n{title}")?;
                pairs.iter().try_for_each(|(what, about)| writeln!(f, "  {what}: {about}"))?;
            }
        }
        if !self.different.is_empty() {
            writeln!(f, "\nOther in the target, and left alone there (--overwrite makes it as in the source):")?;
            list(f, "  ", &self.different)?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "\nNotes:")?;
            self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))?;
        }
        Ok(())
    }
}

fn list(f: &mut fmt::Formatter<'_>, indent: &str, names: &[String]) -> fmt::Result {
    names.iter().take(SHOWN).try_for_each(|name| writeln!(f, "{indent}{name}"))?;
    match names.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "{indent}and {more} more"),
    }
}

fn many(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
