//! Notification events: what changed, in the order of the changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{InvalidObjectException, MetaException};

use super::{Answer, need, partition_values, with};
use crate::model::{
    DEFAULT_CATALOG, Defined, Event, EventFilter, NewEvent, Partition, Table, WriteReport, partition_name, thrift_json,
};
use crate::service::convert::authorization::seconds;
use crate::service::names::{shown_database, stored_database};
use crate::service::{Service, message, now};
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::GetNextNotification>(with(service, next))
        .on::<m::GetCurrentNotificationEventId>(with(service, |service, _, _| {
            Ok(t::CurrentNotificationEventId { event_id: service.store().last_event()? })
        }))
        .on::<m::GetNotificationEventsCount>(with(service, count))
        .on::<m::FireListenerEvent>(with(service, fire))
        .on::<m::AddWriteNotificationLog>(with(service, |service, _, args: m::AddWriteNotificationLogArgs| {
            keep(service, &[report(service, None, need(args.rqst, "rqst")?)?])?;
            Ok(t::WriteNotificationLogResponse {})
        }))
        .on::<m::AddWriteNotificationLogInBatch>(with(service, keep_writes))
        .on::<m::GetAllWriteEventInfo>(with(service, writes))
        // Copies of replaced files for replications that are behind (`hive.repl.cm.enabled`), which is off.
        .on::<m::CmRecycle>(|_, _| Ok(t::CmRecycleResponse {}))
}

fn shown(event: Event) -> t::NotificationEvent {
    t::NotificationEvent {
        event_id: event.id,
        event_time: seconds(event.time),
        event_type: event.kind,
        db_name: event.database.map(|database| shown_database(&database).1.to_string()),
        table_name: event.table,
        message: event.message,
        message_format: Some(Event::FORMAT.to_string()),
        cat_name: event.catalog,
    }
}

fn next(service: &Service, _: &Call, args: m::GetNextNotificationArgs) -> Answer<t::NotificationEventResponse> {
    let request = need(args.rqst, "rqst")?;
    let filter = EventFilter {
        after: request.last_event,
        limit: request.max_events.and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0),
        skip_kinds: request.event_type_skip_list.unwrap_or_default(),
        ..Default::default()
    };
    let events = service.store().events(&filter)?.into_iter().map(shown).collect();
    Ok(t::NotificationEventResponse { events })
}

fn count(
    service: &Service,
    _: &Call,
    args: m::GetNotificationEventsCountArgs,
) -> Answer<t::NotificationEventsCountResponse> {
    let request = need(args.rqst, "rqst")?;
    let limit = request.limit.and_then(|most| usize::try_from(most).ok());
    let filter = EventFilter {
        after: request.from_event_id,
        up_to: request.to_event_id.filter(|last| *last > 0),
        limit,
        catalog: request.cat_name.map(|name| name.to_lowercase()),
        database: Some(stored_database(None, &request.db_name)),
        ..Default::default()
    };
    let count = service.store().count_events(&filter)?;
    let count = limit.map_or(count, |limit| count.min(limit));
    Ok(t::NotificationEventsCountResponse { events_count: i64::try_from(count).unwrap_or(i64::MAX) })
}

/// A table and one of its partitions, both of which must be there.
fn place(
    service: &Service,
    database: &str,
    table: &str,
    values: Option<&Vec<String>>,
) -> Answer<(Table, Option<Partition>)> {
    let store = service.store();
    let table = store.table(database, &table.to_lowercase())?;
    let partition = match values.filter(|values| table.is_partitioned() && !values.is_empty()) {
        Some(values) => Some(store.partition(database, &table.name, values)?),
        None => None,
    };
    Ok((table, partition))
}

/// A client tells that it has put rows into a table, or into partitions of it.
fn fire(service: &Service, _: &Call, args: m::FireListenerEventArgs) -> Answer<t::FireEventResponse> {
    let request = need(args.rqst, "rqst")?;
    let inserts = match request.data {
        t::FireEventRequestData::InsertData(data) => {
            let values = request.partition_vals;
            vec![(values, data)]
        }
        t::FireEventRequestData::InsertDatas(list) => {
            let with_values = |data: t::InsertEventRequestData| match data.partition_val.clone() {
                Some(values) => Ok((Some(values), data)),
                None => {
                    let text = "Partition values must be set when firing multiple insert events";
                    Err(MetaException::new(text).into())
                }
            };
            list.into_iter().map(with_values).collect::<Answer<_>>()?
        }
        t::FireEventRequestData::Unset => {
            return Err(MetaException::new("Event type null not currently supported.").into());
        }
    };
    let name = request.db_name.unwrap_or_default();
    let table_name = need(request.table_name, "tableName")?;
    let database = stored_database(request.cat_name.as_deref(), &name);
    let mut events = Vec::new();
    for (values, data) in &inserts {
        let (table, partition) =
            place(service, &database, &table_name, values.as_ref()).map_err(|error| match error {
                t::HmsException::NoSuchObject(_) => {
                    let text = format!("{DEFAULT_CATALOG}.{name}.{table_name} table not found");
                    InvalidObjectException::new(text).into()
                }
                other => other,
            })?;
        events.push(NewEvent {
            kind: "INSERT".to_string(),
            catalog: Some(shown_database(&database).0.to_string()),
            database: Some(database.clone()),
            table: Some(table.name.clone()),
            message: message::insert(&table, partition.as_ref(), data),
        });
    }
    // Of what failed nobody is told.
    let event_ids = if request.successful { service.store().add_events(&events)? } else { Vec::new() };
    Ok(t::FireEventResponse { event_ids: Some(event_ids) })
}

/// What a transaction wrote.
fn report(service: &Service, catalog: Option<&str>, request: t::WriteNotificationLogRequest) -> Answer<WriteReport> {
    let database = stored_database(catalog, &request.db);
    let (table, partition) = place(service, &database, &request.table, request.partition_vals.as_ref())?;
    Ok(WriteReport {
        transaction: request.txn_id,
        write_id: request.write_id,
        database,
        table: table.name.clone(),
        partition: partition.as_ref().map(|partition| partition_name(&table.partition_keys, &partition.values)),
        table_text: thrift_json::table(&table).to_string(),
        partition_text: partition.as_ref().map(|partition| thrift_json::partition(&table, partition).to_string()),
        files: message::files(&request.file_info).join(","),
        create_time: now(),
    })
}

/// Keeps what was written, all or none. A later report of the same place takes the place of an earlier one.
fn keep(service: &Service, reports: &[WriteReport]) -> Answer<()> {
    let latest: BTreeMap<String, &WriteReport> = reports.iter().map(|report| (report.key(), report)).collect();
    let mut changes = vec![];
    for (key, report) in latest {
        match definitions::find::<WriteReport>(service.store(), &key)? {
            Some(old) => changes.extend(definitions::replaced(&old, report)?),
            None => changes.push(definitions::created(report)?),
        }
    }
    Ok(service.store().change_definitions(&changes)?)
}

fn keep_writes(
    service: &Service,
    _: &Call,
    args: m::AddWriteNotificationLogInBatchArgs,
) -> Answer<t::WriteNotificationLogBatchResponse> {
    let request = need(args.rqst, "rqst")?;
    let reports = request.request_list.into_iter().map(|one| report(service, Some(&request.catalog), one));
    keep(service, &reports.collect::<Answer<Vec<_>>>()?)?;
    Ok(t::WriteNotificationLogBatchResponse {})
}

/// Keeps what a replicated transaction wrote, as told when it commits.
pub(super) fn keep_replicated(service: &Service, transaction: i64, written: Vec<t::WriteEventInfo>) -> Answer<()> {
    let reports = written.into_iter().map(|written| replicated(service, transaction, written));
    keep(service, &reports.collect::<Answer<Vec<_>>>()?)
}

fn replicated(service: &Service, transaction: i64, written: t::WriteEventInfo) -> Answer<WriteReport> {
    let database = stored_database(None, &written.database);
    let partition = written.partition.filter(|name| !name.is_empty());
    let values = partition.as_deref().map(partition_values).transpose()?;
    let (table, object) = place(service, &database, &written.table, values.as_ref())?;
    Ok(WriteReport {
        transaction,
        write_id: written.write_id,
        database,
        table: table.name.clone(),
        partition,
        table_text: thrift_json::table(&table).to_string(),
        partition_text: object.as_ref().map(|object| thrift_json::partition(&table, object).to_string()),
        files: written.files,
        create_time: now(),
    })
}

fn writes(service: &Service, _: &Call, args: m::GetAllWriteEventInfoArgs) -> Answer<Vec<t::WriteEventInfo>> {
    let request = need(args.request, "request")?;
    let database = request.db_name.map(|name| stored_database(None, &name));
    let table = request.table_name.map(|name| name.to_lowercase());
    let prefix = WriteReport::key_of_transaction(request.txn_id);
    let mut reports = definitions::under::<WriteReport>(service.store(), &prefix)?;
    reports.retain(|report| {
        database.as_ref().is_none_or(|name| *name == report.value.database)
            && table.as_ref().is_none_or(|name| *name == report.value.table)
    });
    let shown = |report: WriteReport| t::WriteEventInfo {
        write_id: report.write_id,
        database: shown_database(&report.database).1.to_string(),
        table: report.table,
        files: report.files,
        partition: Some(report.partition.unwrap_or_default()),
        table_obj: Some(report.table_text),
        partition_obj: report.partition_text,
    };
    Ok(reports.into_iter().map(|report| shown(report.value)).collect())
}
