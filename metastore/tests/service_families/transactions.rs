//! Compactions, and how what is sent about transactions is read.

use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Server, some};

fn compact(partition: Option<&str>) -> t::CompactionRequest {
    t::CompactionRequest {
        dbname: "d".into(),
        tablename: "T".into(),
        partitionname: partition.map(str::to_string),
        r#type: t::CompactionType::MAJOR,
        properties: Some([("a".to_string(), "bc".to_string())].into()),
        ..Default::default()
    }
}

#[test]
fn compactions_go_to_workers() {
    let s = Server::new();
    let ask = |partition| m::Compact2Args { rqst: Some(compact(partition)) };
    let first = s.ok::<m::Compact2>(ask(Some("p=1")));
    assert_eq!((first.accepted, first.state.as_str()), (true, "initiated"));
    let again = s.ok::<m::Compact2>(ask(Some("p=1")));
    assert_eq!((again.accepted, again.id), (false, first.id));
    let second = s.ok::<m::Compact2>(ask(None));
    let next = || s.ok::<m::FindNextCompact>(m::FindNextCompactArgs { worker_id: some("w") }).ci;
    let taken = next().unwrap();
    assert_eq!((taken.id, taken.state.as_deref(), taken.worker_id.as_deref()), (first.id, Some("w"), Some("w")));
    assert_eq!(taken.properties.as_deref(), Some("1:1:a2:bc"));
    let ids = t::AbortCompactionRequest { compaction_ids: vec![first.id, second.id, 99], ..Default::default() };
    let answers = s.ok::<m::AbortCompactions>(m::AbortCompactionsArgs { rqst: Some(ids) }).abortedcompacts;
    let status: Vec<_> = answers.values().filter_map(|one| one.status.as_deref()).collect();
    assert_eq!(status, ["Error", "Success", "Error"]);
    assert_eq!(next(), None);
    s.ok::<m::MarkFailed>(m::MarkFailedArgs {
        cr: Some(t::CompactionInfoStruct { error_message: some("no"), ..taken.clone() }),
    });
    let shown = s.ok::<m::ShowCompact>(m::ShowCompactArgs { rqst: Some(Default::default()) }).compacts;
    let states: Vec<_> = shown.iter().map(|one| (one.state.as_str(), one.error_message.as_deref())).collect();
    assert_eq!(states[0], ("failed", Some("no")));
    assert_eq!(states[1].0, "aborted");
    let only = t::ShowCompactRequest { state: some("failed"), limit: Some(5), ..Default::default() };
    assert_eq!(s.ok::<m::ShowCompact>(m::ShowCompactArgs { rqst: Some(only) }).compacts.len(), 1);
}
