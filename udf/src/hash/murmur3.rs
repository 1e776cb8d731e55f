//! Murmur3, 32 bits, as Hive's `org.apache.hive.common.util.Murmur3` computes it.

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
