//! Any bytes, taken for messages of the metastore's API: reading them neither panics nor takes more memory than they back;
//! what was read is written and read again as the same; and a message's end is found at the same place whatever the
//! pieces in which it comes.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use skep_thrift::{
    Kind, MessageHeader, Method, MethodVisitor, Peer, Protocol, ReadLimits, Reader, Router, Scanner, Value, Writer,
};
use skep_thrift_hms::{HmsException, methods};

const LIMITS: ReadLimits = ReadLimits { depth: 64, memory: 64 << 20, memory_per_byte: 32 };

/// A service whose methods check their arguments and give nothing.
struct Checking(Router);

impl MethodVisitor<HmsException> for Checking {
    fn visit<M: Method<Exception = HmsException>>(&mut self) {
        self.0 = std::mem::take(&mut self.0).on::<M>(|_, args| {
            check(&args);
            Ok(M::Success::default())
        });
    }
}

/// What was read is written and read as the same, by the bytes: numbers that are none differ from themselves.
fn check<T: Value>(value: &T) {
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let bytes = written(value, protocol);
        let limits = ReadLimits { memory_per_byte: usize::MAX, ..LIMITS };
        let again = T::read(&mut Reader::with_limits(&bytes, protocol, &limits)).expect("it was written by us");
        assert_eq!(written(&again, protocol), bytes);
    }
}

fn written<T: Value>(value: &T, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::new(protocol);
    value.write(&mut writer);
    writer.finish().expect("it is short")
}

/// Reads bytes as what one method gives.
struct Result<'a> {
    bytes: &'a [u8],
    /// How many methods are left up to it, it among them.
    before: usize,
}

impl MethodVisitor<HmsException> for Result<'_> {
    fn visit<M: Method<Exception = HmsException>>(&mut self) {
        let Some(before) = self.before.checked_sub(1) else { return };
        self.before = before;
        if before > 0 {
            return;
        }
        for protocol in [Protocol::Binary, Protocol::Compact] {
            if let Ok(value) = M::Success::read(&mut Reader::with_limits(self.bytes, protocol, &LIMITS)) {
                check(&value);
            }
        }
    }
}

static SERVICE: LazyLock<(Router, Arc<Peer>)> = LazyLock::new(|| {
    let mut service = Checking(Router::new());
    methods::visit(&mut service);
    (service.0, Peer::local())
});

fn scanned(data: &[u8], protocol: Protocol, step: usize) -> Option<usize> {
    let mut scanner = Scanner::new(protocol, 1 << 20, LIMITS.depth);
    (step..).step_by(step).map(|there| there.min(data.len())).find_map(|there| match scanner.scan(&data[..there]) {
        Ok(Some(end)) => Some(Some(end)),
        Ok(None) if there < data.len() => None,
        _ => Some(None),
    })?
}

fuzz_target!(|data: &[u8]| {
    let (router, peer) = &*SERVICE;
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let end = scanned(data, protocol, data.len().max(1));
        assert_eq!(scanned(data, protocol, 7), end);
        let mut reader = Reader::with_limits(data, protocol, &LIMITS);
        if MessageHeader::read(&mut reader).is_ok() && reader.skip(Kind::Struct).is_ok() {
            assert!(end.is_none_or(|end| end == reader.position()));
        }
        if let Ok(answer) = router.answer(peer, data, protocol, &LIMITS)
            && let Some(bytes) = answer.bytes
        {
            assert_eq!(scanned(&bytes, protocol, bytes.len()), Some(bytes.len()));
        }
    }
    if let Some((method, bytes)) = data.split_first_chunk::<2>() {
        let before = 1 + usize::from(u16::from_be_bytes(*method)) % methods::NAMES.len();
        methods::visit(&mut Result { bytes, before });
    }
});
