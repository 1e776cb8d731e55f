//! Constraints, statistics of columns and write ids of tables.

use std::collections::BTreeMap;

use super::PostgresSource;
use super::rows::Row;
use crate::error::Result;
use crate::model::{ColumnStatistics, ColumnStatisticsData, Constraint, ConstraintKind, Table, ValidWriteIds};

/// Hive's numbers of kinds of constraints.
const PRIMARY_KEY: i64 = 0;
const FOREIGN_KEY: i64 = 1;
const UNIQUE: i64 = 2;
const NOT_NULL: i64 = 3;
const DEFAULT: i64 = 4;
const CHECK: i64 = 5;

impl PostgresSource {
    /// Constraints of a table. Those that name columns which are not there any more are left out.
    pub(super) fn constraints_of(&self, table: i64) -> Result<Vec<Constraint>> {
        if !self.has_table("KEY_CONSTRAINTS")? {
            return Ok(Vec::new());
        }
        // The table that a foreign key is on is the child, that of any other constraint the parent.
        let query = "SELECT to_jsonb(t)::text FROM \"KEY_CONSTRAINTS\" t
            WHERE CASE WHEN \"CONSTRAINT_TYPE\" = 1 THEN \"CHILD_TBL_ID\" ELSE \"PARENT_TBL_ID\" END = $1
            ORDER BY \"CONSTRAINT_NAME\", \"POSITION\"";
        let rows = self.rows(query, &[&table])?;
        let mut columns = Columns { source: self, lists: BTreeMap::new(), keys: BTreeMap::new() };
        let mut found: Vec<Constraint> = Vec::new();
        for row in &rows {
            let own = match row.number("CONSTRAINT_TYPE") {
                FOREIGN_KEY => columns.name(row, "CHILD")?,
                _ => columns.name(row, "PARENT")?,
            };
            let name = row.string("CONSTRAINT_NAME").to_lowercase();
            if let Some(constraint) = found.iter_mut().find(|constraint| constraint.name == name) {
                let parent = columns.name(row, "PARENT")?;
                extend(&mut constraint.kind, own, parent);
                continue;
            }
            if let Some(kind) = self.constraint(row, own, &mut columns)? {
                let flags = row.number("ENABLE_VALIDATE_RELY");
                let (enable, validate, rely) = (flags & 4 != 0, flags & 2 != 0, flags & 1 != 0);
                found.push(Constraint { name, kind, enable, validate, rely });
            }
        }
        Ok(found)
    }

    fn constraint(&self, row: &Row, own: Option<String>, columns: &mut Columns<'_>) -> Result<Option<ConstraintKind>> {
        let text = row.text("DEFAULT_VALUE").unwrap_or_default();
        Ok(match (row.number("CONSTRAINT_TYPE"), own) {
            (PRIMARY_KEY, Some(column)) => Some(ConstraintKind::PrimaryKey { columns: vec![column] }),
            (UNIQUE, Some(column)) => Some(ConstraintKind::Unique { columns: vec![column] }),
            (NOT_NULL, Some(column)) => Some(ConstraintKind::NotNull { column }),
            (DEFAULT, Some(column)) => Some(ConstraintKind::Default { column, value: text }),
            (CHECK, column) => Some(ConstraintKind::Check { column, expression: text }),
            (FOREIGN_KEY, Some(column)) => {
                let parent = row.int("PARENT_TBL_ID").map_or(Ok(None), |id| self.name_of(id))?;
                match (parent, columns.name(row, "PARENT")?) {
                    (Some((parent_database, parent_table)), Some(referenced)) => Some(ConstraintKind::ForeignKey {
                        columns: vec![column],
                        parent_database,
                        parent_table,
                        parent_columns: vec![referenced],
                    }),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// Database and name of a table.
    pub(super) fn name_of(&self, table: i64) -> Result<Option<(String, String)>> {
        let query = "SELECT json_build_object('d', d.\"NAME\", 't', t.\"TBL_NAME\")::text
            FROM \"TBLS\" t JOIN \"DBS\" d ON d.\"DB_ID\" = t.\"DB_ID\" WHERE t.\"TBL_ID\" = $1";
        let rows = self.rows(query, &[&table])?;
        Ok(rows.first().map(|row| (row.string("d").to_lowercase(), row.string("t").to_lowercase())))
    }

    /// Statistics of columns in one of the two tables of them, by the number of the table or the partition.
    pub(super) fn statistics_of(
        &self,
        table: &str,
        key: &str,
        ids: &[i64],
    ) -> Result<BTreeMap<i64, Vec<ColumnStatistics>>> {
        let mut found: BTreeMap<i64, Vec<ColumnStatistics>> = BTreeMap::new();
        for (id, rows) in self.rows_of(table, key, ids, Some("CS_ID"))? {
            // Hive 4 may have those of several engines; other engines count otherwise.
            let of_hive = rows.iter().filter(|row| row.text("ENGINE").is_none_or(|engine| engine == "hive"));
            found.insert(id, of_hive.filter_map(statistics).collect());
        }
        Ok(found)
    }

    /// Which write ids of a transactional table are seen: all that were given away, but for those of transactions that
    /// are open or aborted.
    pub(super) fn valid_write_ids(&self, table: &Table) -> Result<ValidWriteIds> {
        let [next, given, transactions] = ["NEXT_WRITE_ID", "TXN_TO_WRITE_ID", "TXNS"].map(|name| self.spelled(name));
        let (Some(next), Some(given), Some(transactions)) = (next?, given?, transactions?) else {
            return Ok(ValidWriteIds::default());
        };
        let names: [&(dyn postgres::types::ToSql + Sync); 2] = [&table.database, &table.name];
        let column =
            |name: &str, text: &str| if name.starts_with('"') { format!("\"{text}\"") } else { text.to_string() };
        let query = format!(
            "SELECT json_build_object('n', {})::text FROM {next} WHERE lower({}) = $1 AND lower({}) = $2",
            column(&next, "NWI_NEXT"),
            column(&next, "NWI_DATABASE"),
            column(&next, "NWI_TABLE"),
        );
        let rows = self.rows(&query, &names)?;
        let mut valid = ValidWriteIds::up_to(rows.first().map_or(0, |row| row.number("n") - 1).max(0));
        let query = format!(
            "SELECT json_build_object('w', g.{}, 's', t.{})::text FROM {given} g JOIN {transactions} t ON t.{} = g.{}
             WHERE lower(g.{}) = $1 AND lower(g.{}) = $2 AND t.{} IN ('o', 'a') ORDER BY g.{}",
            column(&given, "T2W_WRITEID"),
            column(&transactions, "TXN_STATE"),
            column(&transactions, "TXN_ID"),
            column(&given, "T2W_TXNID"),
            column(&given, "T2W_DATABASE"),
            column(&given, "T2W_TABLE"),
            column(&transactions, "TXN_STATE"),
            column(&given, "T2W_WRITEID"),
        );
        for row in self.rows(&query, &names)? {
            let list = if row.string("s") == "o" { &mut valid.open } else { &mut valid.aborted };
            list.push(row.number("w"));
        }
        Ok(valid)
    }

    /// How a table of transactions is called: Hive 4's scripts write its name in quotes, older ones without.
    fn spelled(&self, name: &str) -> Result<Option<String>> {
        if self.has_table(name)? {
            return Ok(Some(format!("\"{name}\"")));
        }
        Ok(self.has_table(&name.to_lowercase())?.then(|| name.to_lowercase()))
    }
}

/// Names of columns by the list and the place that a constraint names.
struct Columns<'a> {
    source: &'a PostgresSource,
    lists: BTreeMap<i64, Vec<Row>>,
    keys: BTreeMap<i64, Vec<Row>>,
}

impl Columns<'_> {
    fn name(&mut self, row: &Row, side: &str) -> Result<Option<String>> {
        let Some(place) = row.int(&format!("{side}_INTEGER_IDX")) else { return Ok(None) };
        let (list, table) = (row.int(&format!("{side}_CD_ID")), row.int(&format!("{side}_TBL_ID")));
        let at = |rows: Option<&Vec<Row>>, column: &str| {
            let row = rows?.iter().find(|row| row.int("INTEGER_IDX") == Some(place))?;
            Some(row.string(column).to_lowercase())
        };
        if let Some(list) = list {
            if !self.lists.contains_key(&list) {
                let rows = self.source.rows_of("COLUMNS_V2", "CD_ID", &[list], None)?.remove(&list);
                self.lists.insert(list, rows.unwrap_or_default());
            }
            return Ok(at(self.lists.get(&list), "COLUMN_NAME"));
        }
        // Without a list it is a partition column.
        let Some(table) = table else { return Ok(None) };
        if !self.keys.contains_key(&table) {
            let rows = self.source.rows_of("PARTITION_KEYS", "TBL_ID", &[table], None)?.remove(&table);
            self.keys.insert(table, rows.unwrap_or_default());
        }
        Ok(at(self.keys.get(&table), "PKEY_NAME"))
    }
}

/// Adds the next column of a constraint of several.
fn extend(kind: &mut ConstraintKind, own: Option<String>, parent: Option<String>) {
    match kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns } => columns.extend(own),
        ConstraintKind::ForeignKey { columns, parent_columns, .. } => {
            columns.extend(own);
            parent_columns.extend(parent);
        }
        ConstraintKind::NotNull { .. } | ConstraintKind::Check { .. } | ConstraintKind::Default { .. } => {}
    }
}

/// The statistics in a row; none where their kind is not known.
fn statistics(row: &Row) -> Option<ColumnStatistics> {
    use ColumnStatisticsData as Data;
    let ty = row.string("COLUMN_TYPE").parse().ok()?;
    let text: String = row.string("COLUMN_TYPE").to_lowercase();
    let (nulls, distinct) = (row.number("NUM_NULLS"), row.number("NUM_DISTINCTS"));
    let (low, high) = (row.int("LONG_LOW_VALUE"), row.int("LONG_HIGH_VALUE"));
    let base = text.split(['(', '<', ' ']).next().unwrap_or_default();
    let data = match base {
        "boolean" => Data::Boolean { trues: row.number("NUM_TRUES"), falses: row.number("NUM_FALSES"), nulls },
        "tinyint" | "smallint" | "int" | "integer" | "bigint" | "timestamp" => {
            Data::Long { low, high, nulls, distinct }
        }
        "date" => Data::Date { low, high, nulls, distinct },
        "float" | "double" => {
            let (low, high) = (row.float("DOUBLE_LOW_VALUE"), row.float("DOUBLE_HIGH_VALUE"));
            Data::Double { low, high, nulls, distinct }
        }
        "decimal" => {
            let (low, high) = (row.text("BIG_DECIMAL_LOW_VALUE"), row.text("BIG_DECIMAL_HIGH_VALUE"));
            Data::Decimal { low, high, nulls, distinct }
        }
        "string" | "varchar" | "char" => Data::String {
            max_length: row.number("MAX_COL_LEN"),
            average_length: row.float("AVG_COL_LEN").unwrap_or_default(),
            nulls,
            distinct,
        },
        "binary" => Data::Binary {
            max_length: row.number("MAX_COL_LEN"),
            average_length: row.float("AVG_COL_LEN").unwrap_or_default(),
            nulls,
        },
        _ => return None,
    };
    let column = row.string("COLUMN_NAME").to_lowercase();
    Some(ColumnStatistics {
        column,
        ty,
        data,
        last_analyzed: row.number("LAST_ANALYZED"),
        sketch: None,
        foreign: Default::default(),
    })
}
