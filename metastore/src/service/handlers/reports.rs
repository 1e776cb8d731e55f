//! What clients report of their runs: row counts of operators, and how far replications came.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Answer, need, with};
use crate::model::{Defined, ReplicationMetric, RuntimeStatistics};
use crate::service::convert::authorization::seconds;
use crate::service::{Service, now};
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::AddRuntimeStats>(with(service, add_statistics))
        .on::<m::GetRuntimeStats>(with(service, statistics))
        .on::<m::AddReplicationMetrics>(with(service, add_metrics))
        .on::<m::GetReplicationMetrics>(with(service, metrics))
}

fn add_statistics(service: &Service, _: &Call, args: m::AddRuntimeStatsArgs) -> Answer<()> {
    let reported = need(args.stat, "stat")?;
    let last = definitions::all::<RuntimeStatistics>(service.store())?.last().map_or(0, |last| last.value.id);
    let new = RuntimeStatistics {
        id: last + 1,
        create_time: reported.create_time.map_or_else(now, i64::from),
        weight: reported.weight,
        payload: reported.payload,
    };
    Ok(service.store().change_definitions(&[definitions::created(&new)?])?)
}

/// The latest ones, until their weights come to the one that is asked for.
fn statistics(service: &Service, _: &Call, args: m::GetRuntimeStatsArgs) -> Answer<Vec<t::RuntimeStat>> {
    let request = need(args.rqst, "rqst")?;
    let mut all = definitions::all::<RuntimeStatistics>(service.store())?;
    all.sort_by_key(|one| std::cmp::Reverse((one.value.create_time, one.value.id)));
    let mut total = 0_i64;
    let mut listed = Vec::new();
    let before = i64::from(request.max_create_time);
    for one in all.into_iter().map(|one| one.value).filter(|one| before <= 0 || one.create_time < before) {
        total += i64::from(one.weight);
        listed.push(t::RuntimeStat {
            create_time: Some(seconds(one.create_time)),
            weight: one.weight,
            payload: one.payload,
        });
        if request.max_weight >= 0 && total >= i64::from(request.max_weight) {
            break;
        }
    }
    Ok(listed)
}

/// A later report of an execution takes the place of what it changes.
fn add_metrics(service: &Service, _: &Call, args: m::AddReplicationMetricsArgs) -> Answer<()> {
    for reported in need(args.replication_metric_list, "replicationMetricList")?.replication_metric_list {
        let new = ReplicationMetric {
            execution: reported.scheduled_execution_id,
            policy: reported.policy,
            dump_execution: reported.dump_execution_id,
            metadata: reported.metadata,
            progress: reported.progress,
            format: reported.message_format,
            create_time: now(),
        };
        let changes = match definitions::find::<ReplicationMetric>(service.store(), &new.key())? {
            None => vec![definitions::created(&new)?],
            Some(old) => {
                let new = ReplicationMetric {
                    metadata: new.metadata.or_else(|| old.value.metadata.clone()),
                    progress: new.progress.or_else(|| old.value.progress.clone()),
                    format: new.format.or_else(|| old.value.format.clone()),
                    create_time: old.value.create_time,
                    ..new
                };
                definitions::replaced(&old, &new)?
            }
        };
        service.store().change_definitions(&changes)?;
    }
    Ok(())
}

/// Of one execution, or of a policy (and, if one is named, of one dump of it), the latest first.
fn metrics(service: &Service, _: &Call, args: m::GetReplicationMetricsArgs) -> Answer<t::ReplicationMetricList> {
    let request = need(args.rqst, "rqst")?;
    let mut all = definitions::all::<ReplicationMetric>(service.store())?;
    all.retain(|one| match (request.scheduled_execution_id, &request.policy) {
        (Some(id), _) => one.value.execution == id,
        (None, Some(policy)) => {
            one.value.policy == *policy && request.dump_execution_id.is_none_or(|id| one.value.dump_execution == id)
        }
        (None, None) => false,
    });
    let shown = |one: ReplicationMetric| t::ReplicationMetrics {
        scheduled_execution_id: one.execution,
        policy: one.policy,
        dump_execution_id: one.dump_execution,
        metadata: one.metadata,
        progress: one.progress,
        message_format: one.format,
    };
    let list = all.into_iter().rev().map(|one| shown(one.value)).collect();
    Ok(t::ReplicationMetricList { replication_metric_list: list })
}
