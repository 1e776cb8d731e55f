//! What the analyzer is told about the session.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use datafusion::datasource::{DefaultTableSource, TableProvider};
use datafusion::logical_expr::TableSource;
use parking_lot::Mutex;
use skep_metastore::MetastoreError;
use skep_metastore::model::{Constraint, Lock, Parameters, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::scan::{HiveTable, ScanOptions};

use crate::analyzer::{AnalyzeError, AnalyzerContext, AnalyzerSettings, ErrorCode, MacroDefinition, ResolvedTable};
use crate::session::Session;
use crate::session::config::SessionConfig;
use crate::session::policy::Outside;

/// The surroundings of one statement.
pub struct StatementContext<'a> {
    session: &'a Session,
    settings: AnalyzerSettings,
    now: DateTime<Utc>,
    time_zone: chrono_tz::Tz,
    read: Mutex<Vec<Arc<Table>>>,
    named: Mutex<BTreeSet<String>>,
    locks: OnceLock<Vec<Lock>>,
}

impl<'a> StatementContext<'a> {
    /// The session as it is now.
    pub fn new(session: &'a Session) -> Self {
        let config = session.config();
        let time_zone = config.time_zone().parse().unwrap_or(chrono_tz::UTC);
        let now = fixed_now(config, time_zone).unwrap_or_else(Utc::now);
        Self {
            session,
            settings: settings(config),
            now,
            time_zone,
            read: Mutex::default(),
            named: Mutex::default(),
            locks: OnceLock::new(),
        }
    }

    /// A table that another session has locked for itself cannot be read.
    fn check_lock(&self, table: &Table) -> Result<(), AnalyzeError> {
        let locks = match self.locks.get() {
            Some(locks) => locks,
            None => {
                let found = super::lock::held_by_others(self.session)
                    .map_err(|error| AnalyzeError::new(ErrorCode::Catalog, error.to_string()).with_source(error))?;
                self.locks.get_or_init(|| found)
            }
        };
        if let Some(lock) = super::lock::hides(locks, table) {
            let text = format!("{}: {}", table.qualified_name(), super::lock::UNAVAILABLE);
            return Err(AnalyzeError::new(ErrorCode::Catalog, text).with_hint(super::lock::told(Some(lock))));
        }
        Ok(())
    }

    /// Those of them that the statement itself names, and not a view in it.
    pub fn named_tables(&self) -> BTreeSet<String> {
        self.named.lock().clone()
    }

    /// The tables and views that the analyzer asked for, each once, in the order of asking.
    pub fn read_tables(&self) -> Vec<Arc<Table>> {
        self.read.lock().clone()
    }
}

/// The time that `hive.test.currenttimestamp` fixes, a local time of the session's zone.
fn fixed_now(config: &SessionConfig, time_zone: chrono_tz::Tz) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(config.text("hive.test.currenttimestamp").trim(), "%Y-%m-%d %H:%M:%S%.f");
    Some(time_zone.from_local_datetime(&local.ok()?).earliest()?.with_timezone(&Utc))
}

fn settings(config: &SessionConfig) -> AnalyzerSettings {
    AnalyzerSettings {
        group_by_position_alias: config.bool("hive.groupby.position.alias")
            || config.bool("hive.groupby.orderby.position.alias"),
        order_by_position_alias: config.bool("hive.orderby.position.alias")
            || config.bool("hive.groupby.orderby.position.alias"),
        default_nulls_last: config.bool("hive.default.nulls.last"),
        int_timestamp_in_seconds: config.bool("hive.int.timestamp.conversion.in.seconds"),
        regex_column_names: config.text("hive.support.quoted.identifiers").eq_ignore_ascii_case("none"),
        dynamic_partition: config.bool("hive.exec.dynamic.partition"),
        strict_dynamic_partition: config.text("hive.exec.dynamic.partition.mode").eq_ignore_ascii_case("strict"),
        default_partition_name: config.text("hive.exec.default.partition.name").to_string(),
        unique_column_names: config.bool("hive.resultset.use.unique.column.names"),
        strict_cartesian_product: config.strict("hive.strict.checks.cartesian.product"),
        strict_order_by_without_limit: config.strict("hive.strict.checks.orderby.no.limit"),
        // Hive's default forbids comparing bigint with string; whoever asks for it in the session gets the error.
        strict_type_safety: config.strict("hive.strict.checks.type.safety"),
        reducers: reducers(config),
        script_escapes: config.bool("hive.transform.escape.input"),
        script_serde: config.text("hive.script.serde").to_string(),
        script_record_reader: config.text("hive.script.recordreader").to_string(),
        script_record_writer: config.text("hive.script.recordwriter").to_string(),
        enforce_not_null: config.bool("hive.constraint.notnull.enforce"),
        merge_cardinality_check: config.bool("hive.merge.cardinality.check"),
        ..AnalyzerSettings::default()
    }
}

/// `mapreduce.job.reduces`, or the older `mapred.reduce.tasks`, where it is a number of them.
fn reducers(config: &SessionConfig) -> Option<usize> {
    ["mapreduce.job.reduces", "mapred.reduce.tasks"]
        .iter()
        .filter_map(|name| config.get(name)?.trim().parse().ok())
        .find(|count| *count > 0)
}

fn catalog_failed(error: MetastoreError) -> AnalyzeError {
    AnalyzeError::new(ErrorCode::Catalog, error.to_string()).with_source(error)
}

impl AnalyzerContext for StatementContext<'_> {
    fn table(&self, database: Option<&str>, name: &str) -> Result<Option<ResolvedTable>, AnalyzeError> {
        let database = database.unwrap_or(self.session.current_database()).to_lowercase();
        let table = match self.session.catalog().table(&database, &name.to_lowercase()) {
            Ok(table) => Arc::new(table),
            Err(MetastoreError::NoSuchObject(_)) => return Ok(None),
            Err(error) => return Err(catalog_failed(error)),
        };
        self.check_lock(&table)?;
        let mut read = self.read.lock();
        if !read.iter().any(|known| known.qualified_name() == table.qualified_name()) {
            read.push(Arc::clone(&table));
        }
        drop(read);
        if table.is_view() {
            let query_text = table.view_expanded_text.clone().or_else(|| table.view_original_text.clone());
            return Ok(Some(ResolvedTable::View { query_text: query_text.unwrap_or_default(), table }));
        }
        let provider = provider(self.session, &table);
        Ok(Some(ResolvedTable::Table { table, source: Arc::new(DefaultTableSource::new(provider)) }))
    }

    fn table_with(
        &self,
        table: &Arc<Table>,
        properties: &[(String, String)],
    ) -> Result<Arc<dyn TableSource>, AnalyzeError> {
        let mut options = scan_options(self.session);
        for (name, value) in properties {
            let is = value.eq_ignore_ascii_case("true");
            match name.to_ascii_lowercase().as_str() {
                "acid.fetch.deleted.rows" => options.show_deleted_rows = is,
                "insertonly.fetch.bucketid" => options.insert_only_ids = is,
                _ => {
                    let what = format!("the property {name} of {} in FROM", table.name);
                    return Err(AnalyzeError::unsupported(what, None));
                }
            }
        }
        let stores = Arc::clone(self.session.stores());
        let provider = HiveTable::new(self.session.metastore(), stores, Arc::clone(table), Arc::new(options));
        Ok(Arc::new(DefaultTableSource::new(Arc::new(provider))))
    }

    fn table_names(&self, database: Option<&str>) -> Vec<String> {
        let database = database.unwrap_or(self.session.current_database()).to_lowercase();
        let names = self.session.catalog().table_names(&database, None, None).unwrap_or_default();
        self.session.visible_tables_of("SHOWTABLES", &database, names).unwrap_or_default()
    }

    fn database_exists(&self, name: &str) -> bool {
        self.session.catalog().database(&name.to_lowercase()).is_ok()
    }

    fn constraints(&self, table: &Table) -> Result<Vec<Constraint>, AnalyzeError> {
        self.session.catalog().constraints(&table.database, &table.name).map_err(catalog_failed)
    }

    fn named(&self, table: &Table) {
        self.named.lock().insert(table.qualified_name());
    }

    fn refuses_function(&self, name: &str) -> Option<String> {
        let allowed = self.session.config().policy().allows_function(name);
        (!allowed).then(|| format!("UDF {name} is not allowed"))
    }

    fn refuses_scripts(&self) -> Option<String> {
        self.session.config().policy().check(Outside::Script).err().map(|error| error.message().to_string())
    }

    fn macro_definition(&self, name: &str) -> Option<MacroDefinition> {
        self.session.macros().get(&name.to_lowercase()).cloned()
    }

    fn settings(&self) -> &AnalyzerSettings {
        &self.settings
    }

    fn current_database(&self) -> &str {
        self.session.current_database()
    }

    fn current_user(&self) -> &str {
        self.session.user()
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn time_zone(&self) -> chrono_tz::Tz {
        self.time_zone
    }
}

/// Keys that say how files are read where the table does not.
const READER_KEYS: [&str; 6] = [
    "hive.avro.timestamp.legacy.conversion.enabled",
    "orc.force.positional.evolution",
    "orc.schema.evolution.case.sensitive",
    "hive.avro.timestamp.skip.conversion",
    "hive.avro.proleptic.gregorian.default",
    "hive.lazysimple.extended_boolean_literal",
];

/// The rows of a table.
pub fn provider(session: &Session, table: &Arc<Table>) -> Arc<dyn TableProvider> {
    let stores = Arc::clone(session.stores());
    Arc::new(HiveTable::new(session.metastore(), stores, Arc::clone(table), Arc::new(scan_options(session))))
}

/// How the session reads tables.
fn scan_options(session: &Session) -> ScanOptions {
    let config = session.config();
    let mut reader_properties = Parameters::new();
    for name in READER_KEYS {
        if let Some(value) = config.get(name) {
            reader_properties.insert(name.to_string(), value.to_string());
        }
    }
    let recursive = ["mapred.input.dir.recursive", "mapreduce.input.fileinputformat.input.dir.recursive"];
    ScanOptions {
        answer_from_statistics: config.bool("hive.compute.query.using.stats"),
        show_deleted_rows: false,
        insert_only_ids: false,
        folders: config.policy().folders().cloned(),
        recursive: recursive.iter().any(|name| config.bool(name)),
        default_partition_name: config.text("hive.exec.default.partition.name").to_string(),
        time_zone: config.time_zone(),
        reader_properties,
    }
}
