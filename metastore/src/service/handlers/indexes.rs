//! Indexes of Hive 2 and before. Hive 3 took them out, and this server has none: clients that ask find none, and those
//! that make one are told.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{InvalidOperationException, MetaException, NoSuchObjectException};

use super::{Answer, need, with};
use crate::service::Service;
use crate::service::names::stored_database;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::AddIndex>(|_, _| Err(MetaException::new(NONE).into()))
        .on::<m::AlterIndex>(|_, _| Err(InvalidOperationException::new(NONE).into()))
        .on::<m::DropIndexByName>(with(service, |service, _, args: m::DropIndexByNameArgs| {
            missing(service, args.db_name, args.tbl_name, args.index_name)
        }))
        .on::<m::GetIndexByName>(with(service, |service, _, args: m::GetIndexByNameArgs| {
            missing(service, args.db_name, args.tbl_name, args.index_name)
        }))
        .on::<m::GetIndexes>(with(service, list))
        .on::<m::GetIndexNames>(with(service, names))
}

const NONE: &str = "Indexes are not supported: Hive has none since 3.0; use a materialized view, or ORC or Parquet";

fn missing<T>(_: &Service, database: Option<String>, table: Option<String>, name: Option<String>) -> Answer<T> {
    let text = format!(
        "{}.{} index={} not found",
        need(database, "db_name")?,
        need(table, "tbl_name")?,
        need(name, "index_name")?
    );
    Err(NoSuchObjectException::new(text).into())
}

fn list(service: &Service, _: &Call, args: m::GetIndexesArgs) -> Answer<Vec<t::Index>> {
    let database = stored_database(None, &need(args.db_name, "db_name")?);
    let table = need(args.tbl_name, "tbl_name")?.to_lowercase();
    service.store().table(&database, &table)?;
    Ok(Vec::new())
}

fn names(_: &Service, _: &Call, _: m::GetIndexNamesArgs) -> Answer<Vec<String>> {
    Ok(Vec::new())
}
