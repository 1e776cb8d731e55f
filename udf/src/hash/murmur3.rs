//! Murmur3 of 32 and of 64 bits, as Hive's `org.apache.hive.common.util.Murmur3` computes them.

const SEED: i32 = 104_729;
const C1: i32 = 0xcc9e_2d51_u32 as i32;
const C2: i32 = 0x1b87_3593;

/// The hash of some bytes with Hive's seed. Bytes of the unfinished last block are sign-extended, as Java's `byte` is.
pub fn hash32(data: &[u8]) -> i32 {
    let mut hash = SEED;
    let mut blocks = data.chunks_exact(4);
    for block in blocks.by_ref() {
        let word = block.iter().rev().fold(0_i32, |word, byte| (word << 8) | i32::from(*byte));
        hash ^= scramble(word);
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64_u32 as i32);
    }
    let tail = blocks.remainder();
    if !tail.is_empty() {
        let word = tail.iter().enumerate().fold(0_i32, |word, (at, byte)| word ^ (i32::from(*byte as i8) << (8 * at)));
        hash ^= scramble(word);
    }
    finish(hash ^ data.len() as i32)
}

fn scramble(word: i32) -> i32 {
    word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

fn finish(hash: i32) -> i32 {
    let mut hash = hash as u32;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^= hash >> 16;
    hash as i32
}

const LONG_C1: u64 = 0x87c3_7b91_1142_53d5;
const LONG_C2: u64 = 0x4cf5_ad43_2745_937f;

/// The 64-bit hash of some bytes with Hive's seed.
pub fn hash64(data: &[u8]) -> u64 {
    let mut hash = SEED as u64;
    let (blocks, tail) = data.as_chunks::<8>();
    for block in blocks {
        hash ^= scramble_long(u64::from_le_bytes(*block));
        hash = hash.rotate_left(27).wrapping_mul(5).wrapping_add(0x52dc_e729);
    }
    if !tail.is_empty() {
        hash ^= scramble_long(tail.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
    }
    finish_long(hash ^ data.len() as u64)
}

/// The 64-bit hash of a `bigint`: that of its eight bytes, the highest first.
pub fn hash64_long(value: i64) -> u64 {
    hash64(&value.to_be_bytes())
}

/// The 64-bit hash of an `int`: that of its four bytes, the highest first.
pub fn hash64_int(value: i32) -> u64 {
    hash64(&value.to_be_bytes())
}

fn scramble_long(word: u64) -> u64 {
    word.wrapping_mul(LONG_C1).rotate_left(31).wrapping_mul(LONG_C2)
}

fn finish_long(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
