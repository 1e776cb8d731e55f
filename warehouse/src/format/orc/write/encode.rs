//! The gathered values of a column as ORC's streams, with the place at which each row group begins in them.

use std::collections::HashMap;
use std::ops::Range;

use orc_rust::proto;
use orc_rust::proto::column_encoding::Kind as Encoding;
use orc_rust::proto::stream::Kind;
use skep_metastore::model::HiveType;

use super::column::{ColumnWriter, Values};
use super::runs::{BitWriter, encode_bytes, encode_integers, signed_varint_128};

/// Text is put into a dictionary when at most so many of 100 values differ (Hive's
/// `hive.exec.orc.dictionary.key.size.threshold` is 0.8).
const DICTIONARY_PERCENT: usize = 80;

/// A column of a stripe, encoded.
pub(super) struct EncodedColumn {
    pub encoding: proto::ColumnEncoding,
    pub streams: Vec<EncodedStream>,
}

/// A stream before it is compressed.
pub(super) struct EncodedStream {
    pub kind: Kind,
    pub bytes: Vec<u8>,
    /// For each row group where it begins; none for streams that are read as a whole.
    pub positions: Vec<Position>,
}

/// A place in a stream.
pub(super) struct Position {
    /// Byte of the stream before compression.
    pub offset: usize,
    /// What comes after the offset: values to skip in a run, then bits to skip in a byte.
    pub within: &'static [u64],
    /// Bits to skip in a byte, for streams of bits.
    pub bits: Option<u8>,
}

/// Runs begin anew at each row group, so there is never a value of a run to skip.
const RUN: &[u64] = &[0];
const NO_RUN: &[u64] = &[];

/// Encodes the values of a stripe.
pub(super) fn encode(column: &ColumnWriter) -> EncodedColumn {
    let mut streams = Vec::new();
    if column.has_null {
        let groups = ranges(column.group_starts.iter().map(|start| start.0), column.present.len());
        streams.push(bits(Kind::Present, &column.present, &groups));
    }
    let values = |len| ranges(column.group_starts.iter().map(|start| start.1), len);
    let mut encoding = proto::ColumnEncoding { kind: Some(Encoding::Direct as i32), ..Default::default() };
    let version_2 = Some(Encoding::DirectV2 as i32);
    match &column.values {
        Values::Struct => {}
        Values::Booleans(all) => streams.push(bits(Kind::Data, all, &values(all.len()))),
        Values::Bytes(all) => {
            let runs = |range: Range<usize>, out: &mut Vec<u8>| encode_bytes(&all[range], out);
            streams.push(grouped(Kind::Data, &values(all.len()), RUN, runs));
        }
        Values::Integers(all) => {
            encoding.kind = version_2;
            streams.push(integers(Kind::Data, all, true, &values(all.len())));
        }
        Values::Lengths(all) => {
            encoding.kind = version_2;
            streams.push(integers(Kind::Length, all, false, &values(all.len())));
        }
        Values::Floats(all) => {
            let plain = |range: Range<usize>, out: &mut Vec<u8>| {
                all[range].iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            };
            streams.push(grouped(Kind::Data, &values(all.len()), NO_RUN, plain));
        }
        Values::Doubles(all) => {
            let plain = |range: Range<usize>, out: &mut Vec<u8>| {
                all[range].iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            };
            streams.push(grouped(Kind::Data, &values(all.len()), NO_RUN, plain));
        }
        Values::Decimals(all) => {
            encoding.kind = version_2;
            let groups = values(all.len());
            let digits = |range: Range<usize>, out: &mut Vec<u8>| {
                all[range].iter().for_each(|value| signed_varint_128(*value, out));
            };
            streams.push(grouped(Kind::Data, &groups, NO_RUN, digits));
            let scale = if let HiveType::Decimal { scale, .. } = column.ty { i64::from(scale) } else { 0 };
            streams.push(integers(Kind::Secondary, &vec![scale; all.len()], true, &groups));
        }
        Values::Timestamps { seconds, nanos } => {
            encoding.kind = version_2;
            let groups = values(seconds.len());
            streams.push(integers(Kind::Data, seconds, true, &groups));
            streams.push(integers(Kind::Secondary, nanos, false, &groups));
        }
        Values::Text { bytes, ends } => {
            let groups = values(ends.len());
            let dictionary = (column.ty != HiveType::Binary).then(|| Dictionary::new(bytes, ends)).flatten();
            match dictionary {
                Some(dictionary) => {
                    encoding.kind = Some(Encoding::DictionaryV2 as i32);
                    encoding.dictionary_size = Some(dictionary.words.len() as u32);
                    dictionary.encode(&groups, &mut streams);
                }
                None => {
                    encoding.kind = version_2;
                    let start = |at: usize| if at == 0 { 0 } else { ends[at - 1] };
                    let plain = |range: Range<usize>, out: &mut Vec<u8>| {
                        out.extend_from_slice(&bytes[start(range.start)..start(range.end)]);
                    };
                    streams.push(grouped(Kind::Data, &groups, NO_RUN, plain));
                    let lengths: Vec<i64> = (0..ends.len()).map(|at| (ends[at] - start(at)) as i64).collect();
                    streams.push(integers(Kind::Length, &lengths, false, &groups));
                }
            }
        }
    }
    EncodedColumn { encoding, streams }
}

fn ranges(starts: impl Iterator<Item = usize>, end: usize) -> Vec<Range<usize>> {
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// A stream that is encoded one row group after the other.
fn grouped(
    kind: Kind,
    groups: &[Range<usize>],
    within: &'static [u64],
    encode: impl Fn(Range<usize>, &mut Vec<u8>),
) -> EncodedStream {
    let mut bytes = Vec::new();
    let mut positions = Vec::with_capacity(groups.len());
    for group in groups {
        positions.push(Position { offset: bytes.len(), within, bits: None });
        encode(group.clone(), &mut bytes);
    }
    EncodedStream { kind, bytes, positions }
}

fn integers(kind: Kind, values: &[i64], signed: bool, groups: &[Range<usize>]) -> EncodedStream {
    grouped(kind, groups, RUN, |range, out| encode_integers(&values[range], signed, out))
}

fn bits(kind: Kind, values: &[bool], groups: &[Range<usize>]) -> EncodedStream {
    let mut writer = BitWriter::default();
    let mut bytes = Vec::new();
    let mut positions = Vec::with_capacity(groups.len());
    for group in groups {
        positions.push(Position { offset: bytes.len(), within: RUN, bits: Some(writer.waiting) });
        writer.encode(&values[group.clone()], &mut bytes);
    }
    writer.finish(&mut bytes);
    EncodedStream { kind, bytes, positions }
}

/// Text of which much repeats.
struct Dictionary<'a> {
    /// The words in order.
    words: Vec<&'a [u8]>,
    /// Number of the word that each value is.
    values: Vec<i64>,
}

impl<'a> Dictionary<'a> {
    /// `None` when too many values differ.
    fn new(bytes: &'a [u8], ends: &[usize]) -> Option<Self> {
        let most = ends.len() * DICTIONARY_PERCENT / 100;
        let mut numbers: HashMap<&[u8], i64> = HashMap::new();
        let mut values = Vec::with_capacity(ends.len());
        let mut start = 0;
        for end in ends {
            let next = numbers.len() as i64;
            values.push(*numbers.entry(&bytes[start..*end]).or_insert(next));
            if numbers.len() > most {
                return None;
            }
            start = *end;
        }
        let mut words: Vec<(&[u8], i64)> = numbers.into_iter().collect();
        words.sort_unstable();
        let mut order = vec![0; words.len()];
        for (place, (_, number)) in words.iter().enumerate() {
            order[*number as usize] = place as i64;
        }
        values.iter_mut().for_each(|value| *value = order[*value as usize]);
        Some(Self { words: words.into_iter().map(|(word, _)| word).collect(), values })
    }

    fn encode(&self, groups: &[Range<usize>], streams: &mut Vec<EncodedStream>) {
        streams.push(integers(Kind::Data, &self.values, false, groups));
        let lengths: Vec<i64> = self.words.iter().map(|word| word.len() as i64).collect();
        let mut bytes = Vec::new();
        encode_integers(&lengths, false, &mut bytes);
        streams.push(EncodedStream { kind: Kind::Length, bytes, positions: Vec::new() });
        streams.push(EncodedStream { kind: Kind::DictionaryData, bytes: self.words.concat(), positions: Vec::new() });
    }
}
