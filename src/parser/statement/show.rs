//! `SHOW`.

use crate::parser::ast::{Ident, Show, ShowLocksTarget, ShowPartitions, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn show(&mut self) -> Parsed<Statement> {
        if let Some(error) = self.unsupported_statement() {
            return Err(error);
        }
        self.within("show statement", |p| {
            p.expect("SHOW")?;
            Ok(Statement::Show(p.shown()?))
        })
    }

    fn shown(&mut self) -> Parsed<Show> {
        const WORDS: &[&str] = &[
            "DATABASES",
            "SCHEMAS",
            "TABLES",
            "VIEWS",
            "COLUMNS",
            "FUNCTIONS",
            "PARTITIONS",
            "CREATE",
            "TABLE",
            "TBLPROPERTIES",
            "LOCKS",
            "COMPACTIONS",
            "TRANSACTIONS",
            "CONF",
            "PROCESSLIST",
            "EXTENDED",
            "MATERIALIZED",
            "SORTED",
        ];
        match self.eat_one_of(WORDS) {
            Some("DATABASES" | "SCHEMAS") => {
                let pattern = if self.eat("LIKE") { Some(self.pattern()?) } else { self.optional_pattern()? };
                Ok(Show::Databases { pattern })
            }
            Some("TABLES") => self.show_tables(false),
            Some("EXTENDED") => {
                self.expect("TABLES")?;
                self.show_tables(true)
            }
            Some("VIEWS") => {
                let database = self.in_database()?;
                Ok(Show::Views { database, pattern: self.optional_pattern()? })
            }
            Some("MATERIALIZED") => {
                self.expect("VIEWS")?;
                let database = self.in_database()?;
                Ok(Show::MaterializedViews { database, pattern: self.optional_pattern()? })
            }
            Some("COLUMNS") => self.show_columns(false),
            Some("SORTED") => {
                self.expect("COLUMNS")?;
                self.show_columns(true)
            }
            Some("FUNCTIONS") => Ok(Show::Functions { pattern: self.optional_pattern()? }),
            Some("PARTITIONS") => self.show_partitions(),
            Some("CREATE") => self.show_create(),
            Some("TABLE") => {
                self.expect("EXTENDED")?;
                let database = self.in_database()?;
                self.expect("LIKE")?;
                let pattern = self.pattern()?;
                Ok(Show::TableExtended { database, pattern, partition: self.optional_partition_spec()? })
            }
            Some("TBLPROPERTIES") => {
                let table = self.object_name()?;
                let key = if self.eat_symbol("(") {
                    let key = self.string()?;
                    self.expect_symbol(")")?;
                    Some(key)
                } else {
                    None
                };
                Ok(Show::TableProperties { table, key })
            }
            Some("LOCKS") => self.show_locks(),
            Some("COMPACTIONS") => Ok(Show::Compactions(Box::new(self.show_compactions()?))),
            Some("TRANSACTIONS") => Ok(Show::Transactions),
            Some("CONF") => Ok(Show::Conf(self.string()?)),
            Some("PROCESSLIST") => Ok(Show::Processes),
            _ => Err(self.unrecognized()),
        }
    }

    fn show_columns(&mut self, sorted: bool) -> Parsed<Show> {
        if self.eat_one_of(&["FROM", "IN"]).is_none() {
            return Err(self.unrecognized());
        }
        let mut table = self.object_name()?;
        if let Some(database) = self.in_database()? {
            if table.database.is_some() {
                return Err(self.error_at(database.span, "Duplicates declaration for database name"));
            }
            table.database = Some(database);
        }
        Ok(Show::Columns { table, sorted, pattern: self.optional_pattern()? })
    }

    fn show_tables(&mut self, extended: bool) -> Parsed<Show> {
        let database = self.in_database()?;
        if !self.eat("WHERE") {
            return Ok(Show::Tables { database, pattern: self.optional_pattern()?, table_type: None, extended });
        }
        let column = self.ident()?;
        if column.lower() != "table_type" {
            return Err(self.error_at(column.span, "SHOW TABLES can be filtered by table_type only"));
        }
        self.expect_symbol("=")?;
        Ok(Show::Tables { database, pattern: None, table_type: Some(self.string()?), extended })
    }

    fn show_partitions(&mut self) -> Parsed<Show> {
        let table = self.object_name()?;
        let partition = self.optional_partition_spec()?;
        let filter = if self.eat("WHERE") { Some(Box::new(self.deeper_expr()?)) } else { None };
        let order_by = if self.are(&["ORDER", "BY"]) {
            let order = self.order_by_clause()?;
            order.into_iter().map(|by| (by.expr, by.options.asc.unwrap_or(true))).collect()
        } else {
            Vec::new()
        };
        let limit = if self.eat("LIMIT") { Some(self.integer()?) } else { None };
        Ok(Show::Partitions(ShowPartitions { table, partition, filter, order_by, limit }))
    }

    fn show_create(&mut self) -> Parsed<Show> {
        match self.eat_one_of(&["DATABASE", "SCHEMA", "TABLE"]) {
            Some("TABLE") => Ok(Show::CreateTable(self.object_name()?)),
            Some(_) => Ok(Show::CreateDatabase(self.ident()?)),
            None => Err(self.unrecognized()),
        }
    }

    fn show_locks(&mut self) -> Parsed<Show> {
        let target = if self.is("DATABASE") || self.is("SCHEMA") && self.name_at(1) {
            self.advance();
            Some(ShowLocksTarget::Database(self.ident()?))
        } else if self.name_at(0) {
            let table = self.object_name()?;
            Some(ShowLocksTarget::Table(table, self.optional_partition_spec()?))
        } else {
            None
        };
        Ok(Show::Locks { target, extended: self.eat("EXTENDED") })
    }

    /// `FROM db`, `IN db`
    fn in_database(&mut self) -> Parsed<Option<Ident>> {
        match self.eat_one_of(&["FROM", "IN"]) {
            Some(_) => Ok(Some(self.ident()?)),
            None => Ok(None),
        }
    }

    /// `[LIKE] pattern`, if it is there
    fn optional_pattern(&mut self) -> Parsed<Option<String>> {
        if self.eat("LIKE") {
            return Ok(Some(self.pattern()?));
        }
        if self.at_end() || self.is_symbol(";") { Ok(None) } else { Ok(Some(self.pattern()?)) }
    }

    /// A string or a name, for functions with a database
    fn pattern(&mut self) -> Parsed<String> {
        if let Some(pattern) = self.eat_string() {
            return Ok(pattern);
        }
        let name = self.object_name()?;
        Ok(name.to_string())
    }
}
