//! Constraints in `DESCRIBE` and `SHOW CREATE TABLE`.

use skep_metastore::model::{Constraint, ConstraintKind, Table};
use skep_metastore::store::MetaStore;

use super::layout::Lines;
use crate::error::Result;
use crate::executor::names::quoted;
use crate::session::Session;

/// Is a constraint of one kind?
type IsKind = fn(&ConstraintKind) -> bool;

/// The constraints of a table, each kind in order of the names.
struct Kinds {
    of: String,
    all: Vec<Constraint>,
}

impl Kinds {
    /// Those that `DESCRIBE` shows.
    fn new(session: &Session, table: &Table) -> Result<Self> {
        let catalog = session.catalog();
        let mut all = catalog.constraints(&table.database, &table.name)?;
        let mut unfounded = Vec::new();
        for constraint in &all {
            // As in Hive, a foreign key is shown while the other table has the primary key that it refers to.
            if let ConstraintKind::ForeignKey { parent_database, parent_table, parent_columns, .. } = &constraint.kind {
                let is_key = |other: &Constraint| match &other.kind {
                    ConstraintKind::PrimaryKey { columns } => columns.iter().all(|key| parent_columns.contains(key)),
                    _ => false,
                };
                if !catalog.constraints(parent_database, parent_table)?.iter().any(is_key) {
                    unfounded.push(constraint.name.clone());
                }
            }
        }
        all.retain(|constraint| !unfounded.contains(&constraint.name));
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { of: table.qualified_name(), all })
    }

    fn of_kind(&self, wanted: IsKind) -> Vec<&Constraint> {
        self.all.iter().filter(|constraint| wanted(&constraint.kind)).collect()
    }
}

fn is_primary(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::PrimaryKey { .. })
}

fn is_foreign(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::ForeignKey { .. })
}

fn is_unique(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::Unique { .. })
}

fn is_not_null(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::NotNull { .. })
}

fn is_default(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::Default { .. })
}

fn is_check(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::Check { .. })
}

/// `# Constraints` of `DESCRIBE FORMATTED` (`MetaDataFormatUtils.getConstraintsInformation` of Hive).
pub fn formatted(session: &Session, lines: &mut Lines, table: &Table) -> Result<()> {
    let kinds = Kinds::new(session, table)?;
    if kinds.all.is_empty() {
        return Ok(());
    }
    lines.heading("# Constraints");
    let groups: [(&str, IsKind); 6] = [
        ("# Primary Key", is_primary),
        ("# Foreign Keys", is_foreign),
        ("# Unique Constraints", is_unique),
        ("# Not Null Constraints", is_not_null),
        ("# Default Constraints", is_default),
        ("# Check Constraints", is_check),
    ];
    for (title, wanted) in groups {
        let found = kinds.of_kind(wanted);
        if found.is_empty() {
            continue;
        }
        lines.heading(title);
        lines.pair("Table:", &kinds.of);
        for constraint in found {
            lines.pair("Constraint Name:", &constraint.name);
            one(lines, &constraint.kind);
            if !is_primary(&constraint.kind) {
                lines.plain("");
            }
        }
    }
    Ok(())
}

fn one(lines: &mut Lines, kind: &ConstraintKind) {
    match kind {
        ConstraintKind::PrimaryKey { columns } => {
            columns.iter().for_each(|column| lines.pair("Column Name:", column));
        }
        ConstraintKind::NotNull { column } => lines.pair("Column Name:", column),
        ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } => {
            for (i, (column, parent)) in columns.iter().zip(parent_columns).enumerate() {
                let parent = format!("Parent Column Name:{parent_database}.{parent_table}.{parent}");
                let column = format!("Column Name:{column}");
                lines.row("", &[&parent, &column, &format!("Key Sequence:{}", i + 1)]);
            }
        }
        ConstraintKind::Unique { columns } => {
            for (i, column) in columns.iter().enumerate() {
                lines.row("", &[&format!("Column Name:{column}"), &format!("Key Sequence:{}", i + 1)]);
            }
        }
        ConstraintKind::Default { column, value } => {
            lines.row("", &[&format!("Column Name:{column}"), &format!("Default Value:{value}")]);
        }
        ConstraintKind::Check { column, expression } => {
            let column = column.as_deref().unwrap_or("null");
            lines.row("", &[&format!("Column Name:{column}"), &format!("Check Value:{expression}")]);
        }
    }
}

/// `Constraints` of `DESCRIBE EXTENDED`: a line for each kind.
pub fn extended(session: &Session, lines: &mut Lines, table: &Table) -> Result<()> {
    let kinds = Kinds::new(session, table)?;
    let mut texts = Vec::new();
    for key in kinds.of_kind(is_primary) {
        if let ConstraintKind::PrimaryKey { columns } = &key.kind {
            let columns = columns.join(",");
            texts.push(format!("Primary Key for {}:[{columns}], Constraint Name: {}", kinds.of, key.name));
        }
    }
    let groups: [(&str, IsKind); 5] = [
        ("Foreign Keys", is_foreign),
        ("Unique Constraints", is_unique),
        ("Not Null Constraints", is_not_null),
        ("Default Constraints", is_default),
        ("Check Constraints", is_check),
    ];
    for (title, wanted) in groups {
        let found = kinds.of_kind(wanted);
        if found.is_empty() {
            continue;
        }
        let parts: Vec<String> =
            found.iter().map(|one| format!(" {{Constraint Name: {}, {}}}", one.name, text(one))).collect();
        texts.push(format!("{title} for {}:[{}]", kinds.of, parts.join(",")));
    }
    for (i, text) in texts.iter().enumerate() {
        let start = if i == 0 { "Constraints\t" } else { "" };
        lines.plain(format!("{start}{text}\t"));
    }
    Ok(())
}

fn text(constraint: &Constraint) -> String {
    let parts: Vec<String> = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns } => columns
            .iter()
            .enumerate()
            .map(|(i, column)| format!("(Column Name: {column}, Key Sequence: {})", i + 1))
            .collect(),
        ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } => columns
            .iter()
            .zip(parent_columns)
            .enumerate()
            .map(|(i, (column, parent))| {
                format!(
                    "(Parent Column Name: {parent_database}.{parent_table}.{parent}, Column Name: {column}, Key \
                     Sequence: {})",
                    i + 1
                )
            })
            .collect(),
        ConstraintKind::NotNull { column } => vec![format!("Column Name: {column}")],
        ConstraintKind::Default { column, value } => {
            vec![format!("(Column Name: {column}, Default Value: {value})")]
        }
        ConstraintKind::Check { column, expression } => {
            let column = column.as_deref().unwrap_or("null");
            vec![format!("(Column Name: {column}, Check Expression : {expression})")]
        }
    };
    parts.join(", ")
}

/// The statements behind `CREATE TABLE` that make its constraints: those that are enabled or relied on.
pub fn statements(session: &Session, table: &Table) -> Result<Vec<String>> {
    let kinds = Kinds::new(session, table)?;
    let groups = [is_primary, is_foreign, is_unique, is_default, is_check, is_not_null];
    let shown = groups.iter().flat_map(|wanted| kinds.of_kind(*wanted)).filter(|one| one.enable || one.rely);
    Ok(shown.filter_map(|constraint| statement(table, constraint)).collect())
}

fn statement(table: &Table, constraint: &Constraint) -> Option<String> {
    let list = |columns: &[String], between: &str| {
        columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(between)
    };
    let name = quoted(&constraint.name);
    let change = |column: &str, what: String| {
        let field = table.storage.columns.iter().find(|field| field.name == column)?;
        let column = quoted(column);
        Some(format!("CHANGE COLUMN {column} {column} {} CONSTRAINT {name} {what}", field.ty))
    };
    let action = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => format!("ADD CONSTRAINT {name} PRIMARY KEY ({})", list(columns, ",")),
        ConstraintKind::Unique { columns } => format!("ADD CONSTRAINT {name} UNIQUE ({})", list(columns, ",")),
        ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } => format!(
            "ADD CONSTRAINT {name} FOREIGN KEY ({}) REFERENCES {}.{}({})",
            list(columns, ", "),
            quoted(parent_database),
            quoted(parent_table),
            list(parent_columns, ", ")
        ),
        ConstraintKind::Check { expression, .. } => format!("ADD CONSTRAINT {name} CHECK ({expression})"),
        ConstraintKind::NotNull { column } => change(column, "NOT NULL".into())?,
        ConstraintKind::Default { column, value } => change(column, format!("DEFAULT {value}"))?,
    };
    let enable = if constraint.enable { "ENABLE" } else { "DISABLE" };
    let rely = if constraint.rely { "RELY" } else { "NORELY" };
    let of = format!("{}.{}", quoted(&table.database), quoted(&table.name));
    Some(format!("ALTER TABLE {of} {action} {enable} NOVALIDATE {rely};"))
}
