//! Changes that are made together.

use super::*;
use crate::model::{ColumnStatistics, ColumnStatisticsData, EventFilter, ForeignSketches, HiveType, PartitionFilter};
use crate::store::{Change, ExpectedParameter};

fn statistics(bit_vector: &[u8]) -> ColumnStatistics {
    ColumnStatistics {
        column: "a".into(),
        ty: HiveType::Int,
        data: ColumnStatisticsData::Long { low: Some(1), high: None, nulls: 0, distinct: 1 },
        last_analyzed: 5,
        sketch: None,
        foreign: ForeignSketches { bit_vector: Some(bit_vector.to_vec()), histogram: Some(vec![9, 0, 9]) },
    }
}

fn setting(partition: Option<Vec<String>>) -> Change {
    Change::SetColumnStatistics {
        database: "default".into(),
        table: "t".into(),
        partition,
        statistics: vec![statistics(b"HLL\x01")],
        merge: false,
        write_id: None,
    }
}

fn alter(table: &Table, expected: Option<(&str, &str)>) -> Change {
    Change::AlterTable {
        database: "default".into(),
        name: "t".into(),
        table: Box::new(table.clone()),
        expected: expected.map(|(key, value)| ExpectedParameter { key: key.into(), value: value.into() }),
        emptied: false,
    }
}

fn all_are_made_or_none(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]).with(StoreOptions { events: true, ..Default::default() });
    let t = s.store.table("default", "t").unwrap();
    s.store.create_table(&table("u", &["ds string"])).unwrap();
    s.store.add_partitions("default", "t", &[partition(&t, &["1"])], false).unwrap();
    let before = s.store.last_event().unwrap();
    let move_to = |values: &str| {
        [
            Change::AddPartitions {
                database: "default".into(),
                table: "u".into(),
                partitions: vec![partition(&t, &["1"])],
            },
            setting(Some(strings(&["1"]))),
            Change::DropPartitions { database: "default".into(), table: "t".into(), values: vec![strings(&[values])] },
        ]
    };
    is_missing(s.store.change(&move_to("nix")));
    assert_eq!(s.store.count_partitions("default", "u", &PartitionFilter::All).unwrap(), 0);
    assert!(s.store.column_statistics("default", "t", Some(&strings(&["1"])), &[]).unwrap().is_empty());
    assert_eq!(s.store.last_event().unwrap(), before);
    s.store.change(&move_to("1")).unwrap();
    assert_eq!(s.store.count_partitions("default", "u", &PartitionFilter::All).unwrap(), 1);
    assert_eq!(s.store.count_partitions("default", "t", &PartitionFilter::All).unwrap(), 0);
    let events = s.store.events(&EventFilter { after: before, ..Default::default() }).unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["ADD_PARTITION", "UPDATE_PART_COL_STAT_EVENT", "DROP_PARTITION"]);
}

fn what_hive_keeps_beside_the_figures_comes_back(on: Kind) {
    let s = Scratch::with_table(on, &[]);
    s.store.change(&[setting(None)]).unwrap();
    let kept = s.store.column_statistics("default", "t", None, &[]).unwrap();
    assert_eq!(kept, [statistics(b"HLL\x01")]);
    let accurate = &s.store.table("default", "t").unwrap().parameters["COLUMN_STATS_ACCURATE"];
    assert_eq!(accurate, r#"{"COLUMN_STATS":{"a":"true"}}"#);
    let (database, table) = ("default".to_string(), "t".to_string());
    s.store.change(&[Change::DeleteColumnStatistics { database, table, partition: None, columns: vec![] }]).unwrap();
    assert!(!s.store.table("default", "t").unwrap().parameters.contains_key("COLUMN_STATS_ACCURATE"));
    assert!(s.store.column_statistics("default", "t", None, &[]).unwrap().is_empty());
}

fn of_many_that_saw_the_same_one_changes_it(on: Kind) {
    let s = Scratch::with_table(on, &[]);
    let mut first = s.store.table("default", "t").unwrap();
    first.parameters.insert("metadata_location".into(), "v0".into());
    s.store.alter_table("default", "t", &first).unwrap();
    let wins: Vec<bool> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..6)
            .map(|writer| {
                let (store, mut table) = (s.other(), first.clone());
                table.parameters.insert("metadata_location".into(), format!("v1-{writer}"));
                scope.spawn(move || match store.change(&[alter(&table, Some(("metadata_location", "v0")))]) {
                    Ok(()) => true,
                    Err(MetastoreError::Meta(text)) => {
                        assert!(text.starts_with(
                            "The table has been modified. The parameter value for key 'metadata_location' is 'v1-"
                        ));
                        false
                    }
                    Err(error) => panic!("{error}"),
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(wins.iter().filter(|won| **won).count(), 1);
}

on_every_store!(
    all_are_made_or_none,
    what_hive_keeps_beside_the_figures_comes_back,
    of_many_that_saw_the_same_one_changes_it,
);
