use super::*;
use crate::model::{DEFAULT_PARTITION, PartitionFilter};

fn all(s: &Scratch) -> Vec<Partition> {
    s.store.partitions("default", "t", &PartitionFilter::All, None).unwrap()
}

fn are_kept_as_given_and_listed_by_name(on: Kind) {
    let s = Scratch::with_table(on, &["ds string", "hr int"]);
    let t = table("t", &["ds string", "hr int"]);
    let mut elsewhere = partition(&t, &["b", "2"]);
    elsewhere.storage.location = "hdfs://n/elsewhere".into();
    let mut other_columns = partition(&t, &["a/=%", "10"]);
    other_columns.storage.columns.pop();
    let mut nowhere = partition(&t, &["é", "9"]);
    nowhere.storage.location = String::new();
    let plain = partition(&t, &["a/=%", "9"]);
    let parts = [elsewhere.clone(), plain.clone(), other_columns.clone(), nowhere.clone()];
    assert_eq!(s.store.add_partitions("default", "t", &parts, false).unwrap(), 4);
    assert_eq!(all(&s), [other_columns.clone(), plain, elsewhere.clone(), nowhere]);
    assert_eq!(s.store.partition("default", "t", &elsewhere.values).unwrap(), elsewhere);
    let values = s.store.partition_values("default", "t", &PartitionFilter::All, Some(1)).unwrap();
    assert_eq!(values, [other_columns.values]);
    assert_eq!(s.store.partitions("default", "t", &PartitionFilter::All, Some(0)).unwrap(), []);
    let some = [elsewhere.values.clone(), strings(&["x", "1"]), parts[3].values.clone(), elsewhere.values.clone()];
    let found = s.store.partitions_of("default", "t", &some).unwrap();
    assert_eq!(found, [elsewhere, parts[3].clone()]);
}

fn share_their_descriptor(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    let mut parts: Vec<_> = (0..50).map(|i| partition(&t, &[&i.to_string()])).collect();
    s.store.add_partitions("default", "t", &parts, false).unwrap();
    assert_eq!(s.count("descriptors"), 1);
    for part in &mut parts[..10] {
        part.storage.columns.push(field("c string"));
    }
    s.store.alter_partitions("default", "t", &parts).unwrap();
    assert_eq!(s.count("descriptors"), 2);
    s.store.drop_partitions("default", "t", &parts[..10].iter().map(|p| p.values.clone()).collect::<Vec<_>>()).unwrap();
    assert_eq!(s.count("descriptors"), 1);
    assert_eq!(s.count("partitions"), 40);
}

fn are_added_all_or_none(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    let parts = [partition(&t, &["1"]), partition(&t, &["2"])];
    s.store.add_partitions("default", "t", &parts[..1], false).unwrap();
    let message = is_there(s.store.add_partitions("default", "t", &[parts[1].clone(), parts[0].clone()], false));
    assert_eq!(message, "Partition already exists: hive.default.t partition (ds=1)");
    assert_eq!(all(&s).len(), 1);
    assert_eq!(s.store.add_partitions("default", "t", &parts, true).unwrap(), 1);
    assert_eq!(all(&s), parts);
    let twice = [partition(&t, &["3"]), partition(&t, &["3"])];
    is_there(s.store.add_partitions("default", "t", &twice, false));
    assert_eq!(s.store.add_partitions("default", "t", &twice, true).unwrap(), 1);
}

fn say_what_is_wrong(on: Kind) {
    let s = Scratch::with_table(on, &["ds string", "hr int"]);
    s.store.create_table(&table("u", &[])).unwrap();
    let t = table("t", &["ds string", "hr int"]);
    is_missing(s.store.add_partitions("default", "x", &[], false));
    let mut short = partition(&t, &["1", "2"]);
    short.values.pop();
    let message = is_refused(s.store.add_partitions("default", "t", &[short], false));
    assert_eq!(message, "Invalid partition key & values; keys [ds, hr, ], values [\"1\"]");
    is_refused(s.store.add_partitions("default", "u", &[partition(&table("u", &[]), &[])], false));
    let message = is_missing(s.store.partition("default", "t", &strings(&["1", "2"])));
    assert_eq!(message, "hive.default.t partition (ds=1/hr=2) not found");
    is_missing(s.store.alter_partitions("default", "t", &[partition(&t, &["1", "2"])]));
    is_missing(s.store.drop_partitions("default", "t", &[strings(&["1", "2"])]));
}

fn are_dropped_all_or_none(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    s.store.add_partitions("default", "t", &[partition(&t, &["1"])], false).unwrap();
    is_missing(s.store.drop_partitions("default", "t", &[strings(&["1"]), strings(&["2"])]));
    assert_eq!(all(&s).len(), 1);
    s.store.drop_partitions("default", "t", &[strings(&["1"]), strings(&["1"])]).unwrap();
    assert_eq!(all(&s), []);
}

fn are_renamed(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    s.store.add_partitions("default", "t", &[partition(&t, &["1"]), partition(&t, &["2"])], false).unwrap();
    let to = partition(&t, &["3"]);
    s.store.rename_partition("default", "t", &strings(&["1"]), &to).unwrap();
    assert_eq!(all(&s), [partition(&t, &["2"]), to.clone()]);
    is_there(s.store.rename_partition("default", "t", &strings(&["2"]), &to));
    is_missing(s.store.rename_partition("default", "t", &strings(&["1"]), &to));
    // A new name with the old folder.
    let mut stays = partition(&t, &["2"]);
    stays.values = strings(&["4"]);
    s.store.rename_partition("default", "t", &strings(&["2"]), &stays).unwrap();
    assert_eq!(s.store.partition("default", "t", &stays.values).unwrap(), stays);
}

fn an_empty_value_is_the_default_partition(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    s.store.add_partitions("default", "t", &[partition(&t, &[""])], false).unwrap();
    assert_eq!(all(&s), [partition(&t, &[DEFAULT_PARTITION])]);
    is_there(s.store.add_partitions("default", "t", &[partition(&t, &[DEFAULT_PARTITION])], false));
}

on_every_store!(
    are_kept_as_given_and_listed_by_name,
    share_their_descriptor,
    are_added_all_or_none,
    say_what_is_wrong,
    are_dropped_all_or_none,
    are_renamed,
    an_empty_value_is_the_default_partition
);
