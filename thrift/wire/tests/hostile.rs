//! Bytes that are not what they should be.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use skep_thrift::{
    ApplicationException, ApplicationExceptionKind, Kind, MessageHeader, MessageKind, Protocol, ReadError, ReadLimits,
    Reader, Scanner, Value, Writer,
};

const BOTH: [Protocol; 2] = [Protocol::Binary, Protocol::Compact];

fn bytes<T: Value>(value: &T, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::new(protocol);
    value.write(&mut writer);
    writer.finish().unwrap()
}

fn read<T: Value>(bytes: &[u8], protocol: Protocol) -> Result<T, ReadError> {
    T::read(&mut Reader::new(bytes, protocol))
}

#[test]
fn lengths_are_checked_before_they_are_believed() {
    let long = |length: i32| [length.to_be_bytes().as_slice(), b"abc"].concat();
    assert_eq!(read::<String>(&long(3), Protocol::Binary).as_deref(), Ok("abc"));
    let too_long = |length| Err(ReadError::TooLong { length, remaining: 3 });
    assert_eq!(read::<String>(&long(4), Protocol::Binary), too_long(4));
    assert_eq!(read::<Vec<u8>>(&long(i32::MAX), Protocol::Binary), too_long(i32::MAX as u64).map(String::into_bytes));
    assert_eq!(read::<String>(&long(-1), Protocol::Binary), Err(ReadError::NegativeLength(-1)));
    assert_eq!(read::<String>(&[0xff, 0xff, 0xff, 0xff, 7, b'a'], Protocol::Compact), too_long_at(0x7fff_ffff, 1));
    let negative = [vec![0xff; 9], vec![1]].concat();
    assert_eq!(read::<String>(&negative, Protocol::Compact), Err(ReadError::NumberTooLarge));
    assert_eq!(read::<i64>(&[0xff; 11], Protocol::Compact), Err(ReadError::NumberTooLarge));
    assert_eq!(read::<i16>(&bytes(&i64::from(i16::MAX), Protocol::Compact), Protocol::Compact), Ok(i16::MAX));
    assert_eq!(read::<i16>(&bytes(&40_000i64, Protocol::Compact), Protocol::Compact), Err(ReadError::NumberTooLarge));
}

fn too_long_at(length: u64, remaining: u64) -> Result<String, ReadError> {
    Err(ReadError::TooLong { length, remaining })
}

#[test]
fn counts_are_bounded_by_the_bytes_that_remain() {
    let list = |kind: u8, count: i32, rest: usize| [vec![kind], count.to_be_bytes().to_vec(), vec![0; rest]].concat();
    assert_eq!(read::<Vec<i64>>(&list(10, 2, 16), Protocol::Binary), Ok(vec![0, 0]));
    let error = read::<Vec<i64>>(&list(10, 3, 16), Protocol::Binary);
    assert_eq!(error, Err(ReadError::TooLong { length: 3, remaining: 16 }));
    assert!(matches!(read::<Vec<String>>(&list(11, i32::MAX, 100), Protocol::Binary), Err(ReadError::TooLong { .. })));
    assert!(matches!(read::<BTreeSet<i64>>(&list(10, -5, 16), Protocol::Binary), Err(ReadError::NegativeLength(-5))));
    let map = [vec![11, 11], 9i32.to_be_bytes().to_vec(), vec![0; 71]].concat();
    assert!(matches!(
        read::<BTreeMap<String, String>>(&map, Protocol::Binary),
        Err(ReadError::TooLong { length: 9, .. })
    ));
}

#[test]
fn memory_is_bounded_by_the_bytes_of_the_message() {
    // A million empty structs in a megabyte: an exception of 32 bytes in memory for each byte of the wire.
    let empty = [vec![12], 1_000_000i32.to_be_bytes().to_vec(), vec![0; 1_000_000]].concat();
    let limits = ReadLimits { memory_per_byte: 8, ..ReadLimits::default() };
    let mut reader = Reader::with_limits(&empty, Protocol::Binary, &limits);
    assert!(matches!(reader.value::<Vec<ApplicationException>>(), Err(ReadError::TooMuchMemory(_))));
    let limits = ReadLimits { memory: 1 << 20, ..ReadLimits::default() };
    let mut reader = Reader::with_limits(&empty, Protocol::Binary, &limits);
    assert!(matches!(reader.value::<Vec<ApplicationException>>(), Err(ReadError::TooMuchMemory(_))));
    // Maps take more memory than their bytes tell: a node has room for eleven entries.
    let maps = vec![BTreeMap::from([(1i8, vec![String::new()])]); 100_000];
    let maps = bytes(&maps, Protocol::Compact);
    let limits = ReadLimits { memory_per_byte: 8, ..ReadLimits::default() };
    let mut reader = Reader::with_limits(&maps, Protocol::Compact, &limits);
    assert!(matches!(reader.value::<Vec<BTreeMap<i8, Vec<String>>>>(), Err(ReadError::TooMuchMemory(_))));
}

#[test]
fn text_is_utf8() {
    for protocol in BOTH {
        for wrong in [&[0xffu8][..], &[0xc3], &[0xed, 0xa0, 0x80], &[b'a', 0xc0, 0x80]] {
            let message = bytes(&wrong.to_vec(), protocol);
            assert_eq!(read::<String>(&message, protocol), Err(ReadError::NotUtf8));
            assert_eq!(read::<Vec<u8>>(&message, protocol).as_deref(), Ok(wrong));
        }
    }
}

#[test]
fn nesting_is_bounded() {
    for (protocol, begin) in [(Protocol::Binary, vec![12u8, 0, 1]), (Protocol::Compact, vec![0x1c])] {
        let nested = |depth: usize| [begin.repeat(depth), vec![0; depth + 1]].concat();
        let skip = |depth: usize| {
            let bytes = nested(depth);
            let mut reader = Reader::new(&bytes, protocol);
            reader.skip(Kind::Struct).map(|()| reader.remaining())
        };
        assert_eq!(skip(63), Ok(0));
        assert_eq!(skip(64), Err(ReadError::TooDeep(64)));
        assert_eq!(skip(1_000_000), Err(ReadError::TooDeep(64)));
    }
    // Lists of lists of lists.
    let lists = [15u8, 0, 0, 0, 1].repeat(100_000);
    let lists = [lists, vec![0; 5]].concat();
    assert_eq!(Reader::new(&lists, Protocol::Binary).skip(Kind::List), Err(ReadError::TooDeep(64)));
}

#[test]
fn fields_of_another_type_are_passed_over_and_elements_of_another_type_are_errors() {
    for protocol in BOTH {
        let mut writer = Writer::new(protocol);
        let scope = writer.begin_struct();
        writer.field(1, &7i32);
        writer.field(2, &true);
        writer.field(-3, &vec![BTreeMap::from([("a".to_owned(), vec![1.5f64])])]);
        writer.field(300, &BTreeSet::from([1i16]));
        writer.field(1, &"said".to_owned());
        writer.field(4, &false);
        writer.end_struct(scope);
        let bytes = writer.finish().unwrap();
        let expected = ApplicationException::new(ApplicationExceptionKind::UNKNOWN, "said");
        assert_eq!(read::<ApplicationException>(&bytes, protocol), Ok(expected));
        for end in 0..bytes.len() {
            assert!(read::<ApplicationException>(&bytes[..end], protocol).is_err());
        }
    }
    for protocol in BOTH {
        let numbers = bytes(&vec![1i32], protocol);
        assert_eq!(read::<Vec<String>>(&numbers, protocol), Err(ReadError::UnexpectedElements));
        let none = bytes(&Vec::<i32>::new(), protocol);
        assert_eq!(read::<Vec<String>>(&none, protocol), Ok(vec![]));
        let map = bytes(&BTreeMap::from([(1i32, 2i32)]), protocol);
        assert_eq!(read::<BTreeMap<i32, String>>(&map, protocol), Err(ReadError::UnexpectedElements));
    }
}

#[test]
fn headers() {
    for protocol in BOTH {
        for sequence in [0, 1, -1, i32::MIN, i32::MAX] {
            let header = MessageHeader { name: "größe".to_owned(), kind: MessageKind::Oneway, sequence };
            let mut writer = Writer::new(protocol);
            header.write(&mut writer);
            let bytes = writer.finish().unwrap();
            assert_eq!(MessageHeader::read(&mut Reader::new(&bytes, protocol)), Ok(header));
        }
        for wrong in [&b"GET / HTTP/1.1\r\n"[..], &[0x80, 2, 0, 1], &[0x82, 0x22, 0], &[0x82, 0xe1, 0, 0]] {
            assert!(MessageHeader::read(&mut Reader::new(wrong, protocol)).is_err());
        }
    }
    // As old clients write it, without a version.
    let old = [&[0, 0, 0, 4][..], b"ping", &[1, 0, 0, 0, 9]].concat();
    let header = MessageHeader { name: "ping".to_owned(), kind: MessageKind::Call, sequence: 9 };
    assert_eq!(MessageHeader::read(&mut Reader::new(&old, Protocol::Binary)), Ok(header));
}

/// A generator of numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// A struct of fields of every kind.
    fn structure(&mut self, writer: &mut Writer, depth: usize) {
        let scope = writer.begin_struct();
        for _ in 0..self.below(6) {
            let id = self.below(400) as i16 - 100;
            match self.below(11) {
                0 => writer.field(id, &(self.below(2) == 0)),
                1 => writer.field(id, &(self.below(256) as i8)),
                2 => writer.field(id, &(self.below(1 << 16) as i16)),
                3 => writer.field(id, &(self.0 as i32)),
                4 => writer.field(id, &(self.0 as i64)),
                5 => writer.field(id, &f64::from_bits(self.0)),
                6 => writer.field(id, &"ä".repeat(self.below(300))),
                7 => writer.field(id, &vec![self.below(2) == 0; self.below(40)]),
                8 => writer.field(id, &vec![vec![self.0 as i32; self.below(4)]; self.below(4)]),
                9 => {
                    let entries = (0..self.below(4)).map(|i| (i as i64, vec!["v".to_owned(); self.below(3)]));
                    writer.field(id, &entries.collect::<BTreeMap<_, _>>());
                }
                _ if depth > 0 => {
                    // A struct in a struct: an exception's bytes do as well as any.
                    let text = "x".repeat(self.below(20));
                    writer.field(id, &vec![ApplicationException::new(ApplicationExceptionKind(3), text); 2]);
                }
                _ => {}
            }
        }
        writer.end_struct(scope);
    }

    fn message(&mut self, protocol: Protocol) -> Vec<u8> {
        let mut writer = Writer::new(protocol);
        let name = "m".repeat(1 + self.below(40));
        MessageHeader { name, kind: MessageKind::Call, sequence: self.0 as i32 }.write(&mut writer);
        self.structure(&mut writer, 3);
        writer.finish().unwrap()
    }
}

/// Where the reader finds the message's end.
fn end_by_reader(bytes: &[u8], protocol: Protocol) -> Result<usize, ReadError> {
    let mut reader = Reader::new(bytes, protocol);
    MessageHeader::read(&mut reader)?;
    reader.skip(Kind::Struct)?;
    Ok(reader.position())
}

#[test]
fn the_scanner_finds_the_end_whatever_the_pieces() {
    let mut random = Random(0x5eed);
    for protocol in BOTH {
        for _ in 0..500 {
            let message = random.message(protocol);
            let rest = random.message(protocol);
            let both = [message.as_slice(), &rest].concat();
            assert_eq!(end_by_reader(&both, protocol), Ok(message.len()));
            let mut scanner = Scanner::new(protocol, 1 << 20, 64);
            let mut there = 0;
            loop {
                there = (there + random.below(30)).min(both.len());
                match scanner.scan(&both[..there]).unwrap() {
                    Some(end) => {
                        assert_eq!(end, message.len());
                        break;
                    }
                    None => assert!(there < message.len()),
                }
            }
            let mut small = Scanner::new(protocol, message.len() - 1, 64);
            assert!(small.scan(&both).is_err());
        }
    }
}

#[test]
fn the_scanner_and_the_reader_agree_on_broken_messages() {
    let mut random = Random(0xb0de);
    let (mut good, mut bad) = (0, 0);
    for protocol in BOTH {
        for _ in 0..5000 {
            let mut message = random.message(protocol);
            for _ in 0..=random.below(3) {
                let at = random.below(message.len());
                match random.below(3) {
                    0 => message[at] = random.0 as u8,
                    1 => drop(message.remove(at)),
                    _ => message.insert(at, random.0 as u8),
                }
            }
            // With enough behind it the reader does not miss bytes that the scanner would wait for.
            let length = message.len();
            message.extend([0; 64]);
            match (Scanner::new(protocol, message.len(), 64).scan(&message), end_by_reader(&message, protocol)) {
                (Ok(Some(scanned)), Ok(read)) => {
                    assert_eq!(scanned, read);
                    good += usize::from(read <= length + 64);
                }
                (Ok(None) | Err(_), Err(_)) => bad += 1,
                // Numbers that are too large for their type are passed over by the scanner: it keeps none.
                (Ok(Some(_)), Err(ReadError::NumberTooLarge)) => bad += 1,
                (scanned, read) => panic!("{protocol:?}: {scanned:?} {read:?} {message:?}"),
            }
        }
    }
    assert!(good > 100 && bad > 100);
}
