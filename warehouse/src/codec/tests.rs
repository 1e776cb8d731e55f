use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use super::*;
use crate::store::OutputFile;

const ALL: [TextCodec; 8] = [
    TextCodec::Deflate,
    TextCodec::Gzip,
    TextCodec::Bzip2,
    TextCodec::Snappy,
    TextCodec::Lz4,
    TextCodec::Lzo,
    TextCodec::Lzop,
    TextCodec::Zstd,
];

struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputFile for Memory {
    fn close(self: Box<Self>) -> Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn url(&self) -> &str {
        "memory:"
    }
}

fn pack(codec: TextCodec, data: &[u8]) -> Vec<u8> {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let mut encoder = encoder(Some(codec), Box::new(Memory(Arc::clone(&bytes)))).unwrap();
    for part in data.chunks(100_000) {
        encoder.write_all(part).unwrap();
    }
    encoder.finish().unwrap().close().unwrap();
    std::mem::take(&mut bytes.lock().unwrap())
}

/// Gives a few bytes at a time.
struct Drops(Cursor<Vec<u8>>, usize);

impl Read for Drops {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.1);
        self.0.read(&mut buffer[..count])
    }
}

fn unpack_in(codec: TextCodec, bytes: &[u8], step: usize) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    let input = Drops(Cursor::new(bytes.to_vec()), step);
    decoder(codec, Box::new(input)).take(1 << 30).read_to_end(&mut data)?;
    Ok(data)
}

fn unpack(codec: TextCodec, bytes: &[u8]) -> io::Result<Vec<u8>> {
    unpack_in(codec, bytes, usize::MAX)
}

/// Bytes that look like chance.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn text(lines: usize) -> Vec<u8> {
    (0..lines).flat_map(|n| format!("{n}\x01row {}\x01{}\n", n * n, "abcdef".repeat(n % 7)).into_bytes()).collect()
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples = vec![Vec::new(), b"x".to_vec(), b"hello\n".to_vec(), vec![0; 600_000], text(12_000)];
    samples.extend([noise(300_000, 1), [text(5000), noise(50_000, 2), text(5000)].concat()]);
    // Few kinds of bytes: many short matches at all distances.
    samples.push(noise(120_000, 3).into_iter().map(|byte| b'a' + byte % 3).collect());
    samples.extend((0..600).step_by(19).map(|length| noise(length, length as u64)));
    samples.extend((0..600).step_by(19).map(|length| [noise(20, 9), vec![7; length], noise(20, 9)].concat()));
    samples
}

#[test]
fn what_is_packed_is_unpacked() {
    for codec in ALL {
        for sample in samples() {
            let bytes = pack(codec, &sample);
            assert!(unpack(codec, &bytes).unwrap() == sample, "{codec:?}, {} bytes", sample.len());
            if sample.len() < 10_000 {
                assert!(unpack_in(codec, &bytes, 1).unwrap() == sample, "{codec:?}, {} bytes", sample.len());
            }
        }
        let bytes = pack(codec, &text(12_000));
        assert!(bytes.len() < text(12_000).len() / 2, "{codec:?} makes {} bytes", bytes.len());
    }
}

#[test]
fn members_behind_one_another_are_one_file() {
    for codec in ALL {
        let parts = [b"one\n".to_vec(), Vec::new(), text(20_000), b"four".to_vec()];
        let bytes: Vec<u8> = parts.iter().flat_map(|part| pack(codec, part)).collect();
        assert!(unpack(codec, &bytes).unwrap() == parts.concat(), "{codec:?}");
        assert!(unpack_in(codec, &bytes, 13).unwrap() == parts.concat(), "{codec:?}");
    }
}

#[test]
fn an_empty_file_has_no_data() {
    for codec in ALL {
        assert_eq!(unpack(codec, b"").unwrap(), b"", "{codec:?}");
    }
}

#[test]
fn what_ends_too_early_is_an_error() {
    for codec in ALL {
        let bytes = pack(codec, &text(80));
        for length in 1..bytes.len() {
            let error = unpack(codec, &bytes[..length]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{codec:?} {length} of {}: {error}", bytes.len());
        }
    }
}

#[test]
fn corrupt_data_is_an_error_or_other_data() {
    for codec in ALL {
        let data = text(60);
        let bytes = pack(codec, &data);
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                match unpack(codec, &bytes) {
                    Ok(unpacked) => {
                        // Those with checksums see all changes but those of fields that nobody needs.
                        let checked = !matches!(codec, TextCodec::Snappy | TextCodec::Lz4 | TextCodec::Lzo);
                        assert!(!checked || unpacked == data, "{codec:?} at {at}");
                    }
                    Err(error) => assert!(
                        matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof),
                        "{codec:?} at {at}: {error:?}"
                    ),
                }
            }
        }
    }
}

#[test]
fn noise_is_an_error() {
    for codec in ALL {
        for seed in 0..40 {
            let noise = noise(200 + seed as usize * 10, seed);
            let whole = pack(codec, &text(50));
            let _ = unpack(codec, &noise);
            // Behind a good start.
            for keep in [2, 4, 8, 9, 20, 40] {
                let _ = unpack(codec, &[&whole[..keep], &noise[..]].concat());
            }
        }
        assert!(unpack(codec, &text(100)).is_err(), "{codec:?}");
        assert!(unpack(codec, b"plain text\n").is_err(), "{codec:?}");
    }
}

#[test]
fn claimed_lengths_take_no_memory() {
    for codec in [TextCodec::Snappy, TextCodec::Lz4, TextCodec::Lzo] {
        for (raw, chunk) in [(0x7fff_ffff, 0x7fff_ffff), (0xffff_ffff, 10), (0x7fff_ffff, 0x0400_0000), (100, 0)] {
            let bytes = [u32::to_be_bytes(raw), u32::to_be_bytes(chunk), [0xff; 4], [0xff; 4]].concat();
            assert!(unpack(codec, &bytes).is_err(), "{codec:?}");
        }
    }
    let error = unpack(TextCodec::Lz4, &[4, 0x22, 0x4d, 0x18, 0, 0, 0, 0]).unwrap_err();
    assert!(error.to_string().contains("lz4 tool"), "{error}");
}

/// What another implementation of LZO makes of our streams, and we of its.
#[test]
fn lzo_is_what_others_take_for_lzo() {
    let mut compressor = lzo1x::Compressor::default();
    for sample in samples().into_iter().filter(|sample| !sample.is_empty()) {
        let mut ours = Vec::new();
        compressor.compress(&sample, &mut ours);
        assert!(ours.len() <= sample.len() + sample.len() / 16 + 67);
        assert!(lzokay_native::decompress_all(&ours, None).unwrap() == sample, "{} bytes", sample.len());
        let theirs = lzokay_native::compress(&sample).unwrap();
        let mut unpacked = Vec::new();
        lzo1x::decompress(&theirs, sample.len(), &mut unpacked).unwrap();
        assert!(unpacked == sample, "{} bytes", sample.len());
    }
}

#[test]
fn lzo_repeats_and_refuses() {
    let unpack = |stream: &[u8], limit| {
        let mut out = Vec::new();
        lzo1x::decompress(stream, limit, &mut out).map(|()| out)
    };
    assert_eq!(unpack(&[17, 0, 0], 10).unwrap(), b"");
    // "ab", then a match of 6 at the distance 2.
    assert_eq!(unpack(&[19, b'a', b'b', 0xa4, 0, 17, 0, 0], 10).unwrap(), b"abababab");
    assert!(unpack(&[19, b'a', b'b', 0xa4, 0, 17, 0, 0], 7).is_err());
    assert!(unpack(&[19, b'a', b'b', 0xa8, 0, 17, 0, 0], 10).is_err(), "before the start");
    assert!(unpack(&[19, b'a', b'b', 17, 0, 0, 1], 10).is_err(), "more behind the end");
    assert!(unpack(&[0; 1000], 10).is_err());
    assert!(unpack(&[], 10).is_err());
}

/// Files that Hive wrote; how, says `tests/data/codec/make.hql`.
#[test]
fn files_of_hive() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/codec");
    let rows = std::fs::read(folder.join("rows/000000_0")).unwrap();
    for codec in ALL {
        for (table, expected) in [("rows", &rows[..]), ("none", b"")] {
            let file = folder.join(format!("{table}/000000_0{}", codec.extension()));
            if table == "none" && !file.exists() {
                continue;
            }
            let bytes = std::fs::read(file).unwrap();
            assert!(unpack(codec, &bytes).unwrap() == expected, "{codec:?} {table}");
        }
    }
    // What Hadoop writes where there are no rows is what we write.
    for codec in [TextCodec::Deflate, TextCodec::Bzip2, TextCodec::Snappy, TextCodec::Lz4] {
        let theirs = std::fs::read(folder.join(format!("none/000000_0{}", codec.extension()))).unwrap();
        assert_eq!(pack(codec, b""), theirs, "{codec:?}");
    }
}

#[test]
fn names_and_classes() {
    for codec in ALL {
        assert_eq!(TextCodec::from_file_name(&format!("000000_0{}", codec.extension())), Some(codec));
    }
    assert_eq!(TextCodec::from_file_name("000000_0"), None);
    assert_eq!(TextCodec::from_file_name("a.lzo.index"), None);
    assert_eq!(TextCodec::from_class("org.apache.hadoop.io.compress.DefaultCodec").unwrap(), TextCodec::Deflate);
    assert_eq!(TextCodec::from_class("com.hadoop.compression.lzo.LzopCodec").unwrap().extension(), ".lzo");
    let error = TextCodec::from_class("org.example.MyCodec").unwrap_err().to_string();
    assert!(error.contains("org.example.MyCodec") && error.contains("GzipCodec"), "{error}");
}
