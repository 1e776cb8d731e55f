//! Structs made at random are written and read as the same, whole and in the answer of a call.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use skep_thrift::{Method, MethodVisitor, Peer, Protocol, ReadLimits, Reader, Router, Value, Writer};
use skep_thrift_hms::methods::{self, GetPartitions, GetPartitionsArgs};
use skep_thrift_hms::*;

/// A generator of values, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| make(self))
    }

    fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(5)).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> String {
        let chars = ['a', '0', ' ', '\0', '"', 'ß', '蜂', '🐝', '\n', '='];
        let length = if self.below(20) == 0 { 300 } else { self.below(9) };
        (0..length).map(|_| chars[self.below(chars.len() as u64) as usize]).collect()
    }

    fn number(&mut self) -> i64 {
        match self.below(4) {
            0 => 0,
            1 => -1,
            2 => self.below(1000) as i64,
            _ => self.0 as i64,
        }
    }

    fn parameters(&mut self) -> BTreeMap<String, String> {
        self.list(|r| (r.text(), r.text())).into_iter().collect()
    }

    fn columns(&mut self) -> Vec<FieldSchema> {
        self.list(|r| FieldSchema {
            name: r.maybe(Self::text),
            r#type: r.maybe(Self::text),
            comment: r.maybe(Self::text),
        })
    }

    fn storage(&mut self) -> StorageDescriptor {
        StorageDescriptor {
            cols: self.maybe(Self::columns),
            location: self.maybe(Self::text),
            compressed: self.maybe(|r| r.below(2) == 0),
            num_buckets: self.maybe(|r| r.number() as i32),
            serde_info: self.maybe(|r| SerDeInfo {
                name: r.maybe(Self::text),
                parameters: r.maybe(Self::parameters),
                serde_type: r.maybe(|r| SerdeType(r.below(4) as i32)),
                ..Default::default()
            }),
            sort_cols: self
                .maybe(|r| r.list(|r| Order { col: r.maybe(Self::text), order: r.maybe(|r| r.number() as i32) })),
            skewed_info: self.maybe(|r| SkewedInfo {
                skewed_col_values: r.maybe(|r| r.list(|r| r.list(Self::text))),
                skewed_col_value_location_maps: r
                    .maybe(|r| r.list(|r| (r.list(Self::text), r.text())).into_iter().collect()),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn statistics(&mut self) -> ColumnStatisticsObj {
        let stats_data = match self.below(4) {
            0 => ColumnStatisticsData::Unset,
            1 => ColumnStatisticsData::DecimalStats(DecimalColumnStatsData {
                low_value: self.maybe(|r| Decimal { scale: r.number() as i16, unscaled: r.text().into_bytes() }),
                num_dvs: self.number(),
                ..Default::default()
            }),
            2 => ColumnStatisticsData::StringStats(StringColumnStatsData {
                avg_col_len: self.number() as f64 / 7.0,
                bit_vectors: self.maybe(|r| r.list(|r| r.below(256) as u8)),
                ..Default::default()
            }),
            _ => ColumnStatisticsData::DateStats(DateColumnStatsData {
                high_value: self.maybe(|r| Date { days_since_epoch: r.number() }),
                ..Default::default()
            }),
        };
        ColumnStatisticsObj { col_name: self.text(), col_type: self.text(), stats_data }
    }

    fn partition(&mut self) -> Partition {
        Partition {
            values: self.maybe(|r| r.list(Self::text)),
            db_name: self.maybe(Self::text),
            create_time: self.maybe(|r| r.number() as i32),
            sd: self.maybe(Self::storage),
            parameters: self.maybe(Self::parameters),
            write_id: self.maybe(Self::number),
            col_stats: self.maybe(|r| ColumnStatistics {
                stats_desc: ColumnStatisticsDesc { table_name: r.text(), ..Default::default() },
                stats_obj: r.list(Self::statistics),
                ..Default::default()
            }),
            file_metadata: self.maybe(|r| FileMetadata {
                r#type: r.maybe(|r| r.number() as i8),
                data: r.maybe(|r| r.list(|r| r.text().into_bytes())),
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}

#[test]
fn what_is_written_is_read() {
    let mut random = Random(0x5eed);
    for _ in 0..2000 {
        let partition = random.partition();
        for protocol in [Protocol::Binary, Protocol::Compact] {
            let mut writer = Writer::new(protocol);
            partition.write(&mut writer);
            let bytes = writer.finish().unwrap();
            let mut reader = Reader::new(&bytes, protocol);
            assert_eq!(Partition::read(&mut reader).as_ref(), Ok(&partition));
            assert_eq!(reader.remaining(), 0);
        }
    }
}

#[test]
fn what_a_handler_gives_is_what_a_caller_gets() {
    let mut random = Random(0xcafe);
    let partitions: Vec<Partition> = (0..300).map(|_| random.partition()).collect();
    let answer = partitions.clone();
    let router = Router::new().on::<GetPartitions>(move |_, _| Ok(answer.clone()));
    let got = router.call::<GetPartitions>(&Peer::local(), &GetPartitionsArgs::default()).unwrap();
    assert_eq!(got, partitions);
}

/// Calls every method with nothing in its arguments.
struct Everything {
    router: Router,
    seen: Vec<&'static str>,
}

impl MethodVisitor<HmsException> for Everything {
    fn visit<M: Method<Exception = HmsException>>(&mut self) {
        self.router = std::mem::take(&mut self.router).on::<M>(|_, args| {
            assert_eq!(args, M::Args::default());
            Ok(M::Success::default())
        });
        let result = self.router.call::<M>(&Peer::local(), &M::Args::default());
        assert_eq!(result.unwrap(), M::Success::default(), "{}", M::NAME);
        self.seen.push(M::NAME);
    }
}

#[test]
fn every_method_can_be_called() {
    let mut everything = Everything { router: Router::new(), seen: Vec::new() };
    methods::visit(&mut everything);
    assert_eq!(everything.seen, methods::NAMES);
    assert!(methods::NAMES.len() > 290);
}

#[test]
fn partitions_take_less_memory_than_their_bytes_back() {
    // Many small partitions, as a call that adds ten thousand of them has.
    let partition = |i: usize| Partition {
        values: Some(vec![i.to_string()]),
        sd: Some(StorageDescriptor { location: Some(format!("/w/t/p={i}")), ..Default::default() }),
        ..Default::default()
    };
    let partitions: Vec<Partition> = (0..10_000).map(partition).collect();
    let mut writer = Writer::new(Protocol::Compact);
    partitions.write(&mut writer);
    let bytes = writer.finish().unwrap();
    let mut reader = Reader::with_limits(&bytes, Protocol::Compact, &ReadLimits::default());
    assert_eq!(reader.value::<Vec<Partition>>().unwrap().len(), 10_000);
}
