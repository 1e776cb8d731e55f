//! Constraints: a list of each kind, with a row for each column.

use skep_thrift_hms::methods::*;
use skep_thrift_hms::{
    AddCheckConstraintRequest, AddDefaultConstraintRequest, AddForeignKeyRequest, AddNotNullConstraintRequest,
    AddPrimaryKeyRequest, AddUniqueConstraintRequest, CheckConstraintsRequest, DefaultConstraintsRequest,
    DropConstraintRequest, ForeignKeysRequest, NotNullConstraintsRequest, PrimaryKeysRequest, UniqueConstraintsRequest,
};

use super::{CATALOG, HiveServer};
use crate::error::{MetastoreError, Result};
use crate::model::{Constraint, ConstraintKind, Table};
use crate::service::convert::{self, Constraints};
use crate::store::{MetaStore, reference};

/// Sorts the constraints of a table by kind.
pub(super) fn sort(table: &Table, constraints: &[Constraint]) -> Constraints {
    convert::to_constraints(&table.database, &table.name, constraints.to_vec(), |_, _| None)
}

impl HiveServer {
    /// Is this a server of Hive 2.1 or 2.3, which have primary and foreign keys alone?
    pub(super) fn has_keys_only(&self) -> Result<bool> {
        if self.servers.lacks::<GetUniqueConstraints>() {
            return Ok(true);
        }
        // A table that is not there has no constraints.
        Ok(self.unique("default", "_")?.is_none())
    }

    /// Does the server keep constraints of the kinds of these?
    pub(super) fn check_kinds(&self, table: &Table, rows: &Constraints) -> Result<()> {
        let kinds = [
            ("UNIQUE", rows.unique.len()),
            ("NOT NULL", rows.not_null.len()),
            ("DEFAULT", rows.default.len()),
            ("CHECK", rows.check.len()),
        ];
        match kinds.iter().find(|(_, count)| *count > 0) {
            Some((kind, _)) if self.has_keys_only()? => Err(MetastoreError::InvalidOperation(format!(
                "{} cannot have {kind} constraints: the metastore server {} keeps primary and foreign keys only \
                 (UNIQUE, NOT NULL, DEFAULT and CHECK take Hive 3.0 or later)",
                table.qualified_name(),
                self.servers.address()
            ))),
            _ => Ok(()),
        }
    }

    /// Do foreign keys refer to keys? Hive 2's server does not look.
    pub(super) fn check_references(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        for constraint in constraints {
            if let ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } =
                &constraint.kind
                && self.has_keys_only()?
            {
                let parent = match self.a_table(parent_database, parent_table) {
                    Err(MetastoreError::NoSuchObject(_)) => {
                        return Err(MetastoreError::InvalidObject(format!("Parent table not found: {parent_table}")));
                    }
                    other => other?,
                };
                let mut keys = Vec::new();
                for constraint in self.all_constraints(parent_database, parent_table)? {
                    if let ConstraintKind::PrimaryKey { columns } = constraint.kind {
                        keys.push(columns);
                    }
                }
                reference::known(table, columns, "Child")?;
                reference::check(table, columns, &parent, parent_columns, &keys)?;
            }
        }
        Ok(())
    }

    fn unique(&self, database: &str, table: &str) -> Result<Option<Vec<skep_thrift_hms::SQLUniqueConstraint>>> {
        let request = UniqueConstraintsRequest {
            cat_name: CATALOG.to_string(),
            db_name: database.to_string(),
            tbl_name: table.to_string(),
            ..UniqueConstraintsRequest::default()
        };
        let args = GetUniqueConstraintsArgs { request: Some(request) };
        Ok(self.ask_if_known::<GetUniqueConstraints>(args)?.map(|found| found.unique_constraints))
    }

    /// The constraints of a table. Kinds that the server has no method for are kinds that it has none of.
    pub(super) fn all_constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>> {
        let (db_name, tbl_name, cat_name) = (database.to_string(), table.to_string(), CATALOG.to_string());
        let mut rows = Constraints { unique: self.unique(database, table)?.unwrap_or_default(), ..Default::default() };
        let request = PrimaryKeysRequest {
            db_name: db_name.clone(),
            tbl_name: tbl_name.clone(),
            ..PrimaryKeysRequest::default()
        };
        if let Some(found) = self.ask_if_known::<GetPrimaryKeys>(GetPrimaryKeysArgs { request: Some(request) })? {
            rows.primary_keys = found.primary_keys;
        }
        let request = ForeignKeysRequest {
            foreign_db_name: Some(db_name.clone()),
            foreign_tbl_name: Some(tbl_name.clone()),
            ..ForeignKeysRequest::default()
        };
        if let Some(found) = self.ask_if_known::<GetForeignKeys>(GetForeignKeysArgs { request: Some(request) })? {
            rows.foreign_keys = found.foreign_keys;
        }
        let request = NotNullConstraintsRequest {
            cat_name: cat_name.clone(),
            db_name: db_name.clone(),
            tbl_name: tbl_name.clone(),
            ..NotNullConstraintsRequest::default()
        };
        let args = GetNotNullConstraintsArgs { request: Some(request) };
        if let Some(found) = self.ask_if_known::<GetNotNullConstraints>(args)? {
            rows.not_null = found.not_null_constraints;
        }
        let request = DefaultConstraintsRequest {
            cat_name: cat_name.clone(),
            db_name: db_name.clone(),
            tbl_name: tbl_name.clone(),
            ..DefaultConstraintsRequest::default()
        };
        let args = GetDefaultConstraintsArgs { request: Some(request) };
        if let Some(found) = self.ask_if_known::<GetDefaultConstraints>(args)? {
            rows.default = found.default_constraints;
        }
        let request = CheckConstraintsRequest { cat_name, db_name, tbl_name, ..CheckConstraintsRequest::default() };
        let args = GetCheckConstraintsArgs { request: Some(request) };
        if let Some(found) = self.ask_if_known::<GetCheckConstraints>(args)? {
            rows.check = found.check_constraints;
        }
        Ok(convert::constraints(rows, table))
    }

    pub(super) fn change_all_constraints(
        &self,
        database: &str,
        table: &str,
        remove: &[String],
        add: &[Constraint],
    ) -> Result<()> {
        // Hive 2's server has no answer for a constraint that is not there.
        if !remove.is_empty() && self.has_keys_only()? {
            let there = self.all_constraints(database, table)?;
            if let Some(name) = remove.iter().find(|name| there.iter().all(|one| one.name != **name)) {
                return Err(reference::missing(name, database, table));
            }
        }
        for name in remove {
            let request = DropConstraintRequest {
                dbname: database.to_string(),
                tablename: table.to_string(),
                constraintname: name.clone(),
                cat_name: None,
            };
            self.tell::<DropConstraint>(DropConstraintArgs { req: Some(request) })?;
        }
        if add.is_empty() {
            return Ok(());
        }
        // The API adds one kind at a time.
        let table = self.table(database, table)?;
        let rows = sort(&table, add);
        self.check_kinds(&table, &rows)?;
        self.check_references(&table, add)?;
        if !rows.primary_keys.is_empty() {
            let req = Some(AddPrimaryKeyRequest { primary_key_cols: rows.primary_keys });
            self.tell::<AddPrimaryKey>(AddPrimaryKeyArgs { req })?;
        }
        if !rows.foreign_keys.is_empty() {
            let req = Some(AddForeignKeyRequest { foreign_key_cols: rows.foreign_keys });
            self.tell::<AddForeignKey>(AddForeignKeyArgs { req })?;
        }
        if !rows.unique.is_empty() {
            let req = Some(AddUniqueConstraintRequest { unique_constraint_cols: rows.unique });
            self.tell::<AddUniqueConstraint>(AddUniqueConstraintArgs { req })?;
        }
        if !rows.not_null.is_empty() {
            let req = Some(AddNotNullConstraintRequest { not_null_constraint_cols: rows.not_null });
            self.tell::<AddNotNullConstraint>(AddNotNullConstraintArgs { req })?;
        }
        if !rows.default.is_empty() {
            let req = Some(AddDefaultConstraintRequest { default_constraint_cols: rows.default });
            self.tell::<AddDefaultConstraint>(AddDefaultConstraintArgs { req })?;
        }
        if !rows.check.is_empty() {
            let req = Some(AddCheckConstraintRequest { check_constraint_cols: rows.check });
            self.tell::<AddCheckConstraint>(AddCheckConstraintArgs { req })?;
        }
        Ok(())
    }
}
