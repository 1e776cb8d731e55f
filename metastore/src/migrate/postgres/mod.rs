//! Hive's own schema of a metastore in PostgreSQL, read as it lies there.
//!
//! Rows are fetched as JSON objects, whole: a column that a version of the schema does not have is absent then, and the
//! same queries read all of them (1.2 to 4.0).

mod descriptors;
mod grants;
mod rows;
mod tables;

use std::collections::BTreeMap;

use parking_lot::Mutex;
use postgres::Client;

use self::rows::{Row, Rows};
use super::source::{PAGE, PartitionPage, Source};
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Constraint, Database, Function, FunctionResource, Grant, Partition, PrincipalType, ResourceType,
    Role, Table, TableExtras, TableKind, ValidWriteIds,
};
use crate::store::postgres::{Address, Credentials};

/// A metastore of Hive in a PostgreSQL database. Not to be used on a thread of an async runtime.
pub struct PostgresSource {
    client: Mutex<Client>,
    name: String,
    version: String,
    /// Numbers of databases by their names.
    databases: Mutex<BTreeMap<String, i64>>,
    /// Numbers of tables by their databases and names.
    tables: Mutex<BTreeMap<(String, String), i64>>,
}

impl std::fmt::Debug for PostgresSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresSource").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PostgresSource {
    /// Opens the database of a URL as Hive has it in `javax.jdo.option.ConnectionURL`:
    /// `jdbc:postgresql://host:port/name?user=…&password=…`; see [`Address::parse`]. `login` is the user and the password
    /// where they are not in it. Without `currentSchema` the tables are looked for where PostgreSQL looks for them.
    ///
    /// # Errors
    /// [`MetastoreError::InvalidObject`] where it is no such URL; [`MetastoreError::Store`] where the database cannot be
    /// reached or holds no metastore.
    pub fn open(url: &str, login: Option<(&str, &str)>) -> Result<Self> {
        let credentials = Credentials {
            user: login.map(|(user, _)| user.to_string()),
            password: login.map(|(_, password)| password.to_string()),
        };
        let address = Address::parse(url, &credentials)?;
        let mut source = Self {
            client: Mutex::new(address.open()?),
            name: address.shown().split(',').next().unwrap_or_default().to_string(),
            version: "unknown".to_string(),
            databases: Mutex::default(),
            tables: Mutex::default(),
        };
        if url.split(['?', '&']).any(|option| option.starts_with("currentSchema=") || option.starts_with("schema=")) {
            source.run(&format!("SET search_path = \"{}\"", address.schema().replace('"', "\"\"")))?;
        }
        // All is read from one state of the catalog, and nothing can be changed by mistake.
        source.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        if !source.has_table("TBLS")? {
            return Err(source.failed("there are no tables of a Hive metastore in it".to_string()));
        }
        if source.has_table("VERSION")? {
            let rows = source.rows("SELECT to_jsonb(t)::text FROM \"VERSION\" t", &[])?;
            source.version = rows.first().map_or_else(String::new, |row| row.string("SCHEMA_VERSION"));
        }
        Ok(source)
    }

    fn run(&self, statement: &str) -> Result<()> {
        self.client.lock().batch_execute(statement).map_err(|error| self.failed(rows::reason(&error)))
    }
}

/// What kind of principal a word of the schema names.
fn principal_type(word: Option<&str>) -> PrincipalType {
    match word {
        Some("ROLE") => PrincipalType::Role,
        Some("GROUP") => PrincipalType::Group,
        _ => PrincipalType::User,
    }
}

impl Source for PostgresSource {
    fn describe(&self) -> String {
        format!("{} (Hive's schema {})", self.name, self.version)
    }

    fn databases(&self) -> Result<Vec<Database>> {
        let rows = self.rows("SELECT to_jsonb(t)::text FROM \"DBS\" t ORDER BY \"NAME\"", &[])?;
        // Catalogs other than `hive` are no part of what HiveQL sees.
        let rows: Vec<Row> = rows.into_iter().filter(|row| row.text("CTLG_NAME").is_none_or(|c| c == "hive")).collect();
        let ids: Vec<i64> = rows.iter().map(|row| row.number("DB_ID")).collect();
        let mut parameters = self.parameters_of("DATABASE_PARAMS", "DB_ID", &ids)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let name = row.string("NAME").to_lowercase();
            self.databases.lock().insert(name.clone(), row.number("DB_ID"));
            found.push(Database {
                name,
                comment: row.text("DESC"),
                location: row.string("DB_LOCATION_URI"),
                managed_location: row.text("DB_MANAGED_LOCATION_URI"),
                owner: row.text("OWNER_NAME"),
                owner_type: principal_type(row.text("OWNER_TYPE").as_deref()),
                parameters: parameters.remove(&row.number("DB_ID")).unwrap_or_default(),
                create_time: row.number("CREATE_TIME"),
            });
        }
        Ok(found)
    }

    fn table_names(&self, database: &str) -> Result<Vec<String>> {
        let id = self.database_id(database)?;
        let query = "SELECT json_build_object('n', \"TBL_NAME\")::text FROM \"TBLS\" WHERE \"DB_ID\" = $1
            ORDER BY \"TBL_NAME\"";
        Ok(self.rows(query, &[&id])?.iter().map(|row| row.string("n").to_lowercase()).collect())
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        let missing = || MetastoreError::NoSuchObject(format!("{database}.{name} table not found"));
        let id = self.database_id(database)?;
        let query = "SELECT to_jsonb(t)::text FROM \"TBLS\" t WHERE \"DB_ID\" = $1 AND lower(\"TBL_NAME\") = $2";
        let rows = self.rows(query, &[&id, &name])?;
        let row = rows.first().ok_or_else(missing)?;
        let table_id = row.number("TBL_ID");
        let descriptor = match row.int("SD_ID") {
            Some(sd) => self.descriptors(&[sd])?.remove(&sd),
            None => None,
        };
        self.tables.lock().insert((database.to_string(), name.to_string()), table_id);
        let keys = self.rows_of("PARTITION_KEYS", "TBL_ID", &[table_id], Some("INTEGER_IDX"))?.remove(&table_id);
        let mut extras = TableExtras {
            owner_type: row.text("OWNER_TYPE").map(|word| principal_type(Some(&word))),
            rewrite_enabled: row.flag("IS_REWRITE_ENABLED"),
            write_id: row.int("WRITE_ID").filter(|id| *id > 0),
            ..TableExtras::default()
        };
        let partition_keys = keys
            .unwrap_or_default()
            .iter()
            .map(|key| descriptors::field(key, ["PKEY_NAME", "PKEY_TYPE", "PKEY_COMMENT"], &mut extras.type_texts))
            .collect();
        let kind = match row.string("TBL_TYPE").as_str() {
            "EXTERNAL_TABLE" => TableKind::External,
            "VIRTUAL_VIEW" => TableKind::View,
            "MATERIALIZED_VIEW" => TableKind::MaterializedView,
            "MANAGED_TABLE" => TableKind::Managed,
            other => return Err(MetastoreError::InvalidObject(format!("a table of the kind {other}"))),
        };
        Ok(Table {
            database: database.to_string(),
            name: name.to_string(),
            owner: row.string("OWNER"),
            create_time: row.number("CREATE_TIME"),
            last_access_time: row.number("LAST_ACCESS_TIME"),
            retention: i32::try_from(row.number("RETENTION")).unwrap_or(0),
            kind,
            temporary: false,
            storage: descriptor.unwrap_or_default(),
            partition_keys,
            parameters: self
                .parameters_of("TABLE_PARAMS", "TBL_ID", &[table_id])?
                .remove(&table_id)
                .unwrap_or_default(),
            view_original_text: row.text("VIEW_ORIGINAL_TEXT"),
            view_expanded_text: row.text("VIEW_EXPANDED_TEXT"),
            extras,
        })
    }

    fn constraints(&self, table: &Table) -> Result<Vec<Constraint>> {
        self.constraints_of(self.table_id(table)?)
    }

    fn statistics(&self, table: &Table) -> Result<Vec<ColumnStatistics>> {
        let id = self.table_id(table)?;
        Ok(self.statistics_of("TAB_COL_STATS", "TBL_ID", &[id])?.remove(&id).unwrap_or_default())
    }

    fn partitions(&self, table: &Table, page: &mut PartitionPage<'_>) -> Result<usize> {
        let id = self.table_id(table)?;
        let (mut after, mut count) = (-1, 0);
        loop {
            let query = format!(
                "SELECT to_jsonb(t)::text FROM \"PARTITIONS\" t WHERE \"TBL_ID\" = $1 AND \"PART_ID\" > $2
                 ORDER BY \"PART_ID\" LIMIT {PAGE}"
            );
            let rows = self.rows(&query, &[&id, &after])?;
            let Some(last) = rows.last() else { return Ok(count) };
            after = last.number("PART_ID");
            count += rows.len();
            page(self.page(&rows)?)?;
        }
    }

    fn write_ids(&self, table: &Table) -> Result<ValidWriteIds> {
        self.valid_write_ids(table)
    }

    fn functions(&self, database: &str) -> Result<Vec<Function>> {
        if !self.has_table("FUNCS")? {
            return Ok(Vec::new());
        }
        let id = self.database_id(database)?;
        let query = "SELECT to_jsonb(t)::text FROM \"FUNCS\" t WHERE \"DB_ID\" = $1 ORDER BY \"FUNC_NAME\"";
        let rows = self.rows(query, &[&id])?;
        let ids: Vec<i64> = rows.iter().map(|row| row.number("FUNC_ID")).collect();
        let mut resources = self.rows_of("FUNC_RU", "FUNC_ID", &ids, Some("INTEGER_IDX"))?;
        let resource = |row: &Row| FunctionResource {
            kind: match row.number("RESOURCE_TYPE") {
                2 => ResourceType::File,
                3 => ResourceType::Archive,
                _ => ResourceType::Jar,
            },
            uri: row.string("RESOURCE_URI"),
        };
        let function = |row: Row| Function {
            database: database.to_string(),
            name: row.string("FUNC_NAME").to_lowercase(),
            class_name: row.string("CLASS_NAME"),
            owner: row.text("OWNER_NAME"),
            owner_type: principal_type(row.text("OWNER_TYPE").as_deref()),
            create_time: row.number("CREATE_TIME"),
            resources: resources.remove(&row.number("FUNC_ID")).unwrap_or_default().iter().map(resource).collect(),
        };
        Ok(rows.into_iter().map(function).collect())
    }

    fn roles(&self) -> Result<Vec<Role>> {
        Ok(self.roles_by_number()?.into_values().collect())
    }

    fn grants(&self) -> Result<Vec<Grant>> {
        self.all_grants()
    }
}

impl PostgresSource {
    fn database_id(&self, name: &str) -> Result<i64> {
        let known = || self.databases.lock().get(name).copied();
        if known().is_none() {
            self.databases()?;
        }
        known().ok_or_else(|| MetastoreError::NoSuchObject(name.to_string()))
    }

    fn table_id(&self, table: &Table) -> Result<i64> {
        let key = (table.database.clone(), table.name.clone());
        let known = self.tables.lock().get(&key).copied();
        match known {
            Some(id) => Ok(id),
            None => {
                self.table(&table.database, &table.name)?;
                let known = self.tables.lock().get(&key).copied();
                known.ok_or_else(|| MetastoreError::NoSuchObject(format!("{} table not found", table.qualified_name())))
            }
        }
    }

    /// Partitions with all that belongs to them.
    fn page(&self, rows: &[Row]) -> Result<Vec<(Partition, Vec<ColumnStatistics>)>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.number("PART_ID")).collect();
        let storages: Vec<i64> = rows.iter().filter_map(|row| row.int("SD_ID")).collect();
        let mut descriptors = self.descriptors(&storages)?;
        let mut parameters = self.parameters_of("PARTITION_PARAMS", "PART_ID", &ids)?;
        let mut values = self.rows_of("PARTITION_KEY_VALS", "PART_ID", &ids, Some("INTEGER_IDX"))?;
        let mut statistics = self.statistics_of("PART_COL_STATS", "PART_ID", &ids)?;
        let page = rows.iter().map(|row| {
            let id = row.number("PART_ID");
            let descriptor = row.int("SD_ID").and_then(|sd| descriptors.remove(&sd));
            let values = values.remove(&id).unwrap_or_default();
            let partition = Partition {
                values: values.iter().map(|row| row.string("PART_KEY_VAL")).collect(),
                create_time: row.number("CREATE_TIME"),
                last_access_time: row.number("LAST_ACCESS_TIME"),
                storage: descriptor.unwrap_or_default(),
                parameters: parameters.remove(&id).unwrap_or_default(),
                write_id: row.int("WRITE_ID").filter(|id| *id > 0),
            };
            (partition, statistics.remove(&id).unwrap_or_default())
        });
        Ok(page.collect())
    }
}
