use super::*;
use crate::model::{ColumnStatistics, ColumnStatisticsData as Data};

fn of(column: &str, ty: &str, data: Data) -> ColumnStatistics {
    ColumnStatistics {
        column: column.into(),
        ty: ty.parse().unwrap(),
        data,
        last_analyzed: 9,
        sketch: None,
        foreign: Default::default(),
    }
}

fn samples() -> Vec<ColumnStatistics> {
    vec![
        of("a", "boolean", Data::Boolean { trues: 1, falses: 2, nulls: 3 }),
        of("b", "bigint", Data::Long { low: Some(i64::MIN), high: None, nulls: 0, distinct: 7 }),
        of("c", "double", Data::Double { low: Some(0.1 + 0.2), high: Some(f64::INFINITY), nulls: 0, distinct: 7 }),
        of("d", "decimal(38,2)", Data::Decimal { low: Some("-1.10".into()), high: None, nulls: 0, distinct: 7 }),
        of("e", "date", Data::Date { low: None, high: Some(19_000), nulls: 0, distinct: 7 }),
        of("f", "varchar(3)", Data::String { max_length: 3, average_length: 1.0 / 3.0, nulls: 0, distinct: 7 }),
        of("g", "binary", Data::Binary { max_length: 3, average_length: 2.0, nulls: 0 }),
    ]
}

fn are_kept_as_given_for_tables_and_partitions(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let values = strings(&["1"]);
    s.store.add_partitions("default", "t", &[partition(&table("t", &["ds string"]), &["1"])], false).unwrap();
    for owner in [None, Some(values.as_slice())] {
        assert_eq!(s.store.column_statistics("default", "t", owner, &[]).unwrap(), []);
        s.store.set_column_statistics("default", "t", owner, &samples()).unwrap();
        assert_eq!(s.store.column_statistics("default", "t", owner, &[]).unwrap(), samples());
        let some = s.store.column_statistics("default", "t", owner, &strings(&["b", "x", "f"])).unwrap();
        assert_eq!(some, [samples()[1].clone(), samples()[5].clone()]);
        let again = of("b", "string", Data::String { max_length: 0, average_length: 0.0, nulls: 5, distinct: 0 });
        s.store.set_column_statistics("default", "t", owner, std::slice::from_ref(&again)).unwrap();
        assert_eq!(s.store.column_statistics("default", "t", owner, &strings(&["b"])).unwrap(), [again]);
        s.store.delete_column_statistics("default", "t", owner, &strings(&["a", "b"])).unwrap();
        assert_eq!(s.store.column_statistics("default", "t", owner, &[]).unwrap(), samples()[2..]);
    }
    s.store.delete_column_statistics("default", "t", None, &[]).unwrap();
    assert_eq!(s.store.column_statistics("default", "t", None, &[]).unwrap(), []);
    s.store.drop_partitions("default", "t", std::slice::from_ref(&values)).unwrap();
    assert_eq!(s.count("partition_statistics"), 0);
    is_missing(s.store.column_statistics("default", "t", Some(&values), &[]));
    is_missing(s.store.set_column_statistics("default", "x", None, &[]));
}

fn what_is_no_number_is_not_known(on: Kind) {
    let s = Scratch::with_table(on, &[]);
    let odd = of("c", "double", Data::Double { low: Some(f64::NAN), high: Some(-0.0), nulls: 0, distinct: 1 });
    s.store.set_column_statistics("default", "t", None, &[odd]).unwrap();
    let back = s.store.column_statistics("default", "t", None, &[]).unwrap();
    assert_eq!(back[0].data, Data::Double { low: None, high: Some(-0.0), nulls: 0, distinct: 1 });
}

on_every_store!(are_kept_as_given_for_tables_and_partitions, what_is_no_number_is_not_known);
