//! A warehouse in a temporary folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use skep_metastore::model::{Database, FieldSchema, Parameters, PrincipalType, StorageDescriptor, Table, TableKind};
use skep_metastore::store::MetaStore;
use skep_metastore::store::sqlite::SqliteStore;

use crate::error::Result;
use crate::format::{LAZY_SIMPLE_SERDE, stored_as};
use crate::sink::{WriteOptions, WriteSummary, WriteTarget, write_table};
use crate::store::Stores;

pub struct Warehouse {
    pub folder: PathBuf,
    pub metastore: Arc<dyn MetaStore>,
    pub stores: Arc<Stores>,
}

impl Warehouse {
    pub fn open(folder: &Path) -> Self {
        let store = SqliteStore::open(&folder.join("catalog.db")).unwrap();
        let database = Database {
            name: "default".into(),
            comment: None,
            location: format!("file:{}", folder.display()),
            managed_location: None,
            owner: None,
            owner_type: PrincipalType::User,
            parameters: Parameters::new(),
            create_time: 0,
        };
        let _ = store.create_database(&database);
        Self { folder: folder.to_path_buf(), metastore: Arc::new(store), stores: Arc::new(Stores::new()) }
    }

    /// A text table that is not in the catalog yet.
    pub fn new_table(&self, name: &str, columns: &[(&str, &str)], keys: &[(&str, &str)]) -> Table {
        let fields = |columns: &[(&str, &str)]| -> Vec<FieldSchema> {
            columns
                .iter()
                .map(|(name, ty)| FieldSchema { name: name.to_string(), ty: ty.parse().unwrap(), comment: None })
                .collect()
        };
        let format = stored_as("textfile").unwrap();
        let mut storage = StorageDescriptor {
            columns: fields(columns),
            location: format!("file:{}/{name}", self.folder.display()),
            input_format: format.input_format.into(),
            output_format: format.output_format.into(),
            num_buckets: -1,
            ..Default::default()
        };
        storage.serde.library = LAZY_SIMPLE_SERDE.into();
        storage.serde.parameters.insert("field.delim".into(), ",".into());
        Table {
            database: "default".into(),
            name: name.into(),
            owner: "me".into(),
            create_time: 0,
            last_access_time: 0,
            retention: 0,
            kind: TableKind::Managed,
            temporary: false,
            storage,
            partition_keys: fields(keys),
            parameters: Parameters::new(),
            view_original_text: None,
            view_expanded_text: None,
            extras: Default::default(),
        }
    }

    pub fn create(&self, table: Table) -> Arc<Table> {
        self.metastore.create_table(&table).unwrap();
        std::fs::create_dir_all(self.folder.join(&table.name)).unwrap();
        Arc::new(table)
    }

    pub fn table(&self, name: &str) -> Arc<Table> {
        Arc::new(self.metastore.table("default", name).unwrap())
    }

    pub async fn write(&self, target: WriteTarget, partitions: Vec<Vec<RecordBatch>>) -> Result<WriteSummary> {
        self.write_with(target, partitions, SessionContext::new().task_ctx()).await
    }

    pub async fn write_with(
        &self,
        target: WriteTarget,
        partitions: Vec<Vec<RecordBatch>>,
        context: Arc<TaskContext>,
    ) -> Result<WriteSummary> {
        let plan = plan(partitions);
        write_table(target, plan, context, Arc::clone(&self.metastore), Arc::clone(&self.stores)).await
    }

    /// Files of a table by their path below its folder, with their lines; hidden ones, too.
    pub fn files(&self, table: &str) -> BTreeMap<String, Vec<String>> {
        let root = self.folder.join(table);
        let found = crate::store::local::walk(&root).unwrap();
        found
            .into_iter()
            .map(|status| {
                let path = status.path.trim_start_matches("file:").to_string();
                let name = path.strip_prefix(&format!("{}/", root.display())).unwrap().to_string();
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                (name, text.lines().map(str::to_string).collect())
            })
            .collect()
    }

    /// All lines of a table, sorted.
    pub fn lines(&self, table: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.files(table).into_values().flatten().collect();
        lines.sort();
        lines
    }
}

pub fn plan(partitions: Vec<Vec<RecordBatch>>) -> Arc<dyn ExecutionPlan> {
    let schema = partitions.iter().flatten().next().unwrap().schema();
    let source = MemorySourceConfig::try_new(&partitions, schema, None).unwrap();
    Arc::new(DataSourceExec::new(Arc::new(source)))
}

pub fn target(table: &Arc<Table>, partition: &[Option<&str>], overwrite: bool) -> WriteTarget {
    WriteTarget {
        table: Arc::clone(table),
        partition: partition.iter().map(|value| value.map(str::to_string)).collect(),
        overwrite,
        if_not_exists: false,
        create_table: false,
        options: WriteOptions::default(),
    }
}

/// Rows of an int and texts.
pub fn rows(rows: &[(i32, &[Option<&str>])]) -> RecordBatch {
    use arrow::array::{ArrayRef, Int32Array, StringArray};
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(rows.iter().map(|(id, _)| *id)));
    let mut columns = vec![("id".to_string(), ids, true)];
    for i in 0..rows.first().map_or(0, |(_, texts)| texts.len()) {
        let texts: ArrayRef = Arc::new(rows.iter().map(|(_, texts)| texts[i]).collect::<StringArray>());
        columns.push((format!("t{i}"), texts, true));
    }
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}
