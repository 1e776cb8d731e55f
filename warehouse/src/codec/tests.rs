//! Packed, unpacked, and damaged.

use std::io::{Read, Write};

use super::{CODECS, TextCodec, decoder, encoder};
use crate::store::LocalOutput;

fn pack(codec: TextCodec, bytes: &[u8]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    let output = Box::new(LocalOutput::create(path.to_str().unwrap()).unwrap());
    let mut encoder = encoder(Some(codec), output).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().close().unwrap();
    std::fs::read(path).unwrap()
}

fn unpack(codec: TextCodec, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    decoder(codec, Box::new(std::io::Cursor::new(bytes.to_vec()))).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Numbers as random as is needed, the same every time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u8
    })
    .take(length)
    .collect()
}

#[test]
fn round_trips() {
    let text: Vec<u8> = (0..100_000).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
    for (codec, ..) in CODECS {
        for bytes in [&b""[..], b"x", &text, &noise(700_000)] {
            assert_eq!(unpack(*codec, &pack(*codec, bytes)).unwrap(), bytes, "{codec:?}");
        }
    }
}

#[test]
fn several_streams_are_one() {
    for codec in [TextCodec::Gzip, TextCodec::Bzip2, TextCodec::Zstd, TextCodec::Snappy, TextCodec::Lz4] {
        let both = [pack(codec, b"one\n"), pack(codec, b"two\n")].concat();
        assert_eq!(unpack(codec, &both).unwrap(), b"one\ntwo\n", "{codec:?}");
    }
}

#[test]
fn damage_is_an_error() {
    let text: Vec<u8> = (0..5_000).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
    for (codec, ..) in CODECS {
        let packed = pack(*codec, &text);
        assert!(unpack(*codec, b"this is no compressed file, it is plain text\n").is_err(), "{codec:?}");
        for cut in [1, packed.len() / 2, packed.len() - 1] {
            assert!(unpack(*codec, &packed[..cut]).is_err(), "{codec:?} cut at {cut}");
        }
        // Whatever is changed: no panic, and no room for lengths that are not true.
        for i in (0..packed.len()).step_by(packed.len() / 300 + 1) {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = packed.clone();
                damaged[i] ^= flip;
                let _ = unpack(*codec, &damaged);
            }
        }
        let _ = unpack(*codec, &noise(10_000));
        let _ = unpack(*codec, &[0xff; 64]);
    }
}

#[test]
fn names() {
    assert_eq!(TextCodec::from_file_name("a/000000_0.deflate"), Some(TextCodec::Deflate));
    assert_eq!(TextCodec::from_file_name("x.lzo_deflate"), Some(TextCodec::Lzo));
    assert_eq!(TextCodec::from_file_name("x.lzo"), Some(TextCodec::Lzop));
    assert_eq!(TextCodec::from_file_name("000000_0"), None);
    assert_eq!(TextCodec::from_class("org.apache.hadoop.io.compress.GzipCodec").unwrap(), TextCodec::Gzip);
    assert!(TextCodec::from_class("com.example.Codec").unwrap_err().to_string().contains("com.example.Codec"));
}
