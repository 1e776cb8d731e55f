//! Roles and what principals have.

use std::collections::BTreeMap;

use super::rows::Row;
use super::{PostgresSource, principal_type};
use crate::error::Result;
use crate::model::{Grant, Granted, PrivilegeObject, Role};

impl PostgresSource {
    /// All rows of a table of the schema; none where there is no such table.
    fn all(&self, table: &str) -> Result<Vec<Row>> {
        match self.has_table(table)? {
            true => self.rows(&format!("SELECT to_jsonb(t)::text FROM \"{table}\" t"), &[]),
            false => Ok(Vec::new()),
        }
    }

    /// Roles, with their numbers.
    pub(super) fn roles_by_number(&self) -> Result<BTreeMap<i64, Role>> {
        let role = |row: &Row| Role {
            name: row.string("ROLE_NAME").to_lowercase(),
            owner: row.text("OWNER_NAME"),
            create_time: row.number("CREATE_TIME"),
        };
        Ok(self.all("ROLES")?.iter().map(|row| (row.number("ROLE_ID"), role(row))).collect())
    }

    /// All memberships in roles, and all privileges.
    pub(super) fn all_grants(&self) -> Result<Vec<Grant>> {
        let mut found = Vec::new();
        let roles = self.roles_by_number()?;
        for row in self.all("ROLE_MAP")? {
            if let Some(role) = roles.get(&row.number("ROLE_ID")) {
                found.push(grant(&row, "ADD_TIME", Granted::Role(role.name.clone())));
            }
        }
        let databases: BTreeMap<i64, String> =
            self.all("DBS")?.iter().map(|row| (row.number("DB_ID"), row.string("NAME").to_lowercase())).collect();
        let mut privilege = |rows: Vec<Row>, name: &str, object: &dyn Fn(&Row) -> Result<Option<PrivilegeObject>>| {
            for row in rows {
                // Other authorizers keep theirs here for their own eyes.
                let own = row.text("AUTHORIZER").is_none_or(|by| matches!(by.as_str(), "" | "SQL" | "DEFAULT"));
                if let (true, Some(object)) = (own, object(&row)?) {
                    let privilege = row.string(name).to_uppercase();
                    found.push(grant(&row, "CREATE_TIME", Granted::Privilege { privilege, object }));
                }
            }
            Ok::<(), crate::error::MetastoreError>(())
        };
        let of_table = |row: &Row| -> Result<Option<PrivilegeObject>> {
            let name = row.int("TBL_ID").map_or(Ok(None), |id| self.name_of(id))?;
            Ok(name.map(|(database, table)| PrivilegeObject {
                database: Some(database),
                table: Some(table),
                column: row.text("COLUMN_NAME").map(|column| column.to_lowercase()),
                ..PrivilegeObject::default()
            }))
        };
        let of_partition = |row: &Row| -> Result<Option<PrivilegeObject>> {
            let Some(id) = row.int("PART_ID") else { return Ok(None) };
            let rows = self.rows_of("PARTITIONS", "PART_ID", &[id], None)?;
            let Some(partition) = rows.get(&id).and_then(|rows| rows.first()) else { return Ok(None) };
            let values = self.rows_of("PARTITION_KEY_VALS", "PART_ID", &[id], Some("INTEGER_IDX"))?;
            let values = values.get(&id).map(|rows| rows.iter().map(|row| row.string("PART_KEY_VAL")).collect());
            let name = partition.int("TBL_ID").map_or(Ok(None), |id| self.name_of(id))?;
            Ok(name.map(|(database, table)| PrivilegeObject {
                database: Some(database),
                table: Some(table),
                partition: values,
                column: row.text("COLUMN_NAME").map(|column| column.to_lowercase()),
                ..PrivilegeObject::default()
            }))
        };
        let of_database = |row: &Row| {
            let name = row.int("DB_ID").and_then(|id| databases.get(&id).cloned());
            Ok(name.map(|database| PrivilegeObject { database: Some(database), ..PrivilegeObject::default() }))
        };
        privilege(self.all("GLOBAL_PRIVS")?, "USER_PRIV", &|_| Ok(Some(PrivilegeObject::default())))?;
        privilege(self.all("DB_PRIVS")?, "DB_PRIV", &of_database)?;
        privilege(self.all("TBL_PRIVS")?, "TBL_PRIV", &of_table)?;
        privilege(self.all("TBL_COL_PRIVS")?, "TBL_COL_PRIV", &of_table)?;
        privilege(self.all("PART_PRIVS")?, "PART_PRIV", &of_partition)?;
        privilege(self.all("PART_COL_PRIVS")?, "PART_COL_PRIV", &of_partition)?;
        Ok(found)
    }
}

fn grant(row: &Row, time: &str, granted: Granted) -> Grant {
    Grant {
        principal: row.string("PRINCIPAL_NAME"),
        principal_type: principal_type(row.text("PRINCIPAL_TYPE").as_deref()),
        granted,
        grant_option: row.flag("GRANT_OPTION"),
        grantor: row.string("GRANTOR"),
        grantor_type: principal_type(row.text("GRANTOR_TYPE").as_deref()),
        create_time: row.number(time),
        authorizer: row.text("AUTHORIZER"),
    }
}
