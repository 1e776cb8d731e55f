//! `ALTER TABLE`: all but partitions.

use crate::parser::ast::{AlterTable, AlterTableAction, ColumnPosition, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn alter_table(&mut self) -> Parsed<Statement> {
        self.within("alter table statement", |p| {
            p.expect_all(&["ALTER", "TABLE"])?;
            let name = p.object_name()?;
            if p.eat_all(&["PARTITION", "COLUMN"]) {
                p.expect_symbol("(")?;
                let column = p.column_def()?;
                p.expect_symbol(")")?;
                let action = AlterTableAction::PartitionColumnType(column);
                return Ok(Statement::AlterTable(AlterTable { name, partition: None, action }));
            }
            let partition = p.optional_partition_spec()?;
            let action = p.alter_table_action(partition.is_some())?;
            Ok(Statement::AlterTable(AlterTable { name, partition, action }))
        })
    }

    fn alter_table_action(&mut self, of_partition: bool) -> Parsed<AlterTableAction> {
        if self.is("RENAME") {
            return self.rename(of_partition);
        }
        if !of_partition && let Some(action) = self.table_only_action()? {
            return Ok(action);
        }
        match self.eat_one_of(&[
            "ADD",
            "REPLACE",
            "CHANGE",
            "SET",
            "UNSET",
            "NOT",
            "INTO",
            "CONCATENATE",
            "COMPACT",
            "UPDATE",
        ]) {
            Some("ADD") => {
                self.expect("COLUMNS")?;
                let columns = self.in_brackets(Self::column_def)?;
                Ok(AlterTableAction::AddColumns { columns, behavior: self.drop_behavior() })
            }
            Some("REPLACE") => {
                self.expect("COLUMNS")?;
                let columns = self.in_brackets(Self::column_def)?;
                Ok(AlterTableAction::ReplaceColumns { columns, behavior: self.drop_behavior() })
            }
            Some("CHANGE") => self.change_column(),
            Some("SET") => self.set_action(of_partition),
            Some("UNSET") => {
                self.expect("SERDEPROPERTIES")?;
                Ok(AlterTableAction::UnsetSerDeProperties(self.property_keys()?))
            }
            Some("NOT") => match self.eat_one_of(&["CLUSTERED", "SORTED"]) {
                Some("CLUSTERED") => Ok(AlterTableAction::NotClustered),
                Some(_) => Ok(AlterTableAction::NotSorted),
                None => Err(self.unrecognized()),
            },
            Some("INTO") => {
                let buckets = self.integer()?;
                self.expect("BUCKETS")?;
                Ok(AlterTableAction::IntoBuckets(buckets))
            }
            Some("CONCATENATE") => Ok(AlterTableAction::Concatenate),
            Some("COMPACT") => {
                let kind = self.string()?;
                let wait = self.eat_all(&["AND", "WAIT"]);
                let pool = self.string_behind("POOL")?;
                let properties =
                    if self.eat_all(&["WITH", "OVERWRITE", "TBLPROPERTIES"]) { self.properties()? } else { Vec::new() };
                Ok(AlterTableAction::Compact { kind, wait, pool, properties })
            }
            Some(_) => self.update_action(),
            None if self.is("CLUSTERED") => Ok(AlterTableAction::ClusteredBy(self.clustered_by()?)),
            None => Err(self.unrecognized()),
        }
    }

    fn rename(&mut self, of_partition: bool) -> Parsed<AlterTableAction> {
        self.expect_all(&["RENAME", "TO"])?;
        if of_partition {
            return Ok(AlterTableAction::RenamePartition(self.partition_spec()?));
        }
        Ok(AlterTableAction::Rename(self.object_name()?))
    }

    /// Actions that Hive does not take with a `PARTITION` in front.
    fn table_only_action(&mut self) -> Parsed<Option<AlterTableAction>> {
        if let Some(action) = self.partition_action()? {
            return Ok(Some(action));
        }
        if self.eat_all(&["SET", "TBLPROPERTIES"]) {
            return Ok(Some(AlterTableAction::SetProperties(self.properties()?)));
        }
        if self.eat_all(&["UNSET", "TBLPROPERTIES"]) {
            let if_exists = self.if_exists();
            return Ok(Some(AlterTableAction::UnsetProperties { keys: self.property_keys()?, if_exists }));
        }
        if self.is("SKEWED") {
            return Ok(Some(AlterTableAction::SkewedBy(self.skewed_by()?)));
        }
        if self.eat_all(&["NOT", "SKEWED"]) {
            return Ok(Some(AlterTableAction::NotSkewed));
        }
        if self.eat_all(&["NOT", "STORED", "AS", "DIRECTORIES"]) {
            return Ok(Some(AlterTableAction::NotStoredAsDirectories));
        }
        if self.eat_all(&["DROP", "CONSTRAINT"]) {
            return Ok(Some(AlterTableAction::DropConstraint(self.ident()?)));
        }
        if self.is("ADD") && self.word_at(1, "CONSTRAINT") {
            self.advance();
            return Ok(Some(AlterTableAction::AddConstraint(self.table_constraint()?)));
        }
        if self.eat_all(&["CONVERT", "TO"]) {
            let kind = self.ident()?;
            return Ok(Some(AlterTableAction::Convert { kind, properties: self.table_properties()? }));
        }
        if self.eat_all(&["SET", "OWNER"]) {
            return Ok(Some(AlterTableAction::SetOwner(self.principal()?)));
        }
        Ok(None)
    }

    fn change_column(&mut self) -> Parsed<AlterTableAction> {
        self.eat("COLUMN");
        let old = self.ident()?;
        let column = self.column_def()?;
        let position = if self.eat("FIRST") {
            Some(ColumnPosition::First)
        } else if self.eat("AFTER") {
            Some(ColumnPosition::After(self.ident()?))
        } else {
            None
        };
        Ok(AlterTableAction::ChangeColumn { old, column, position, behavior: self.drop_behavior() })
    }

    fn set_action(&mut self, of_partition: bool) -> Parsed<AlterTableAction> {
        match self.eat_one_of(&["FILEFORMAT", "LOCATION", "SERDE", "SERDEPROPERTIES", "SKEWED"]) {
            Some("FILEFORMAT") => Ok(AlterTableAction::SetFileFormat(self.format_name_or_classes(true)?)),
            Some("LOCATION") => Ok(AlterTableAction::SetLocation(self.string()?)),
            Some("SERDE") => {
                let class = self.string()?;
                Ok(AlterTableAction::SetSerDe { class, properties: self.serde_properties()? })
            }
            Some("SERDEPROPERTIES") => Ok(AlterTableAction::SetSerDeProperties(self.properties()?)),
            Some(_) => {
                self.expect("LOCATION")?;
                let locations = self.in_brackets(|p| {
                    let values = p.skewed_value()?;
                    p.expect_symbol("=")?;
                    Ok((values, p.string()?))
                })?;
                Ok(AlterTableAction::SetSkewedLocation(locations))
            }
            None if of_partition && self.is("TBLPROPERTIES") => {
                Err(self.unrecognized().with_hint("HiveQL sets properties of tables, not of partitions"))
            }
            None => Err(self.unrecognized()),
        }
    }

    /// `UPDATE COLUMNS`, `UPDATE STATISTICS`
    fn update_action(&mut self) -> Parsed<AlterTableAction> {
        if self.eat("COLUMNS") {
            return Ok(AlterTableAction::UpdateColumns { behavior: self.drop_behavior() });
        }
        self.expect("STATISTICS")?;
        if self.eat("SET") {
            return Ok(AlterTableAction::UpdateStatistics(self.properties()?));
        }
        self.expect("FOR")?;
        self.eat("COLUMN");
        let column = self.ident()?;
        self.expect("SET")?;
        let properties = self.properties()?;
        self.string_behind("COMMENT")?;
        Ok(AlterTableAction::UpdateColumnStatistics { column, properties })
    }
}
