//! A metastore server over a catalog of its own: `cargo run -p skep-metastore --example serve -- FOLDER PORT [METRICS_PORT [KEY=VALUE …]]`.
//! Hive, Spark and Python use it by `hive.metastore.uris=thrift://127.0.0.1:PORT`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use skep_metastore::server::{self, Settings, logs};
use skep_metastore::store::sqlite::SqliteStore;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(port)) = (arguments.next(), arguments.next()) else {
        return Err("FOLDER PORT [METRICS_PORT]".into());
    };
    logs::start(logs::LogFormat::Text, "info")?;
    let folder = std::path::absolute(PathBuf::from(folder))?;
    let store = SqliteStore::open(&folder.join("metastore.db"))?;
    let warehouse = format!("file:{}", folder.join("warehouse").display());
    let mut settings = Settings::new(BTreeMap::new(), warehouse);
    settings.set("hive.metastore.port", port);
    if let Some(port) = arguments.next() {
        settings.set("hive.metastore.metrics.port", port);
    }
    for setting in arguments {
        let (key, value) = setting.split_once('=').ok_or("KEY=VALUE")?;
        settings.set(key, value);
    }
    server::run(Arc::new(store), &settings, |at| println!("listening at {}", at.address))?;
    Ok(())
}
