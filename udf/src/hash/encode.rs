//! The byte forms of decimals and timestamps that Hive's version 2 hash is taken over.

/// A decimal without the trailing zeros of its fraction, as `HiveDecimal` holds it: (unscaled value, scale).
pub(super) fn trimmed_decimal(mut value: i128, scale: i8) -> (i128, i32) {
    let mut scale = i32::from(scale);
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    (value, if value == 0 { 0 } else { scale })
}

/// The shortest big-endian two's complement form (`BigInteger.toByteArray`).
pub(super) fn big_integer_bytes(value: i128) -> ([u8; 16], usize) {
    let bytes = value.to_be_bytes();
    let fill = if value < 0 { 0xff } else { 0 };
    let mut start = 0;
    while start < 15 && bytes[start] == fill && (bytes[start + 1] & 0x80) == (fill & 0x80) {
        start += 1;
    }
    (bytes, start)
}

/// A timestamp as `TimestampWritableV2` stores it: the low 31 bits of the seconds with a flag, the reversed decimal
/// digits of the nanoseconds, and the high bits of the seconds where there are any.
pub(super) fn timestamp_bytes(micros: i64, out: &mut Vec<u8>) {
    out.clear();
    let seconds = micros.div_euclid(1_000_000);
    let nanos = micros.rem_euclid(1_000_000) * 1000;
    let wide = seconds < 0 || seconds > i64::from(i32::MAX);
    let reversed = reversed_nanos(nanos);
    let mut first = seconds as u32;
    if reversed != 0 || wide {
        first |= 0x8000_0000;
    } else {
        first &= 0x7fff_ffff;
    }
    out.extend_from_slice(&first.to_be_bytes());
    if wide || reversed != 0 {
        write_vlong(if wide { -reversed - 1 } else { reversed }, out);
    }
    if wide {
        write_vlong(seconds >> 31, out);
    }
}

fn reversed_nanos(mut nanos: i64) -> i64 {
    let mut reversed = 0;
    for _ in 0..9 {
        reversed = reversed * 10 + nanos % 10;
        nanos /= 10;
    }
    reversed
}

/// Hadoop's variable-length long (`LazyBinaryUtils.writeVLongToByteArray`).
fn write_vlong(value: i64, out: &mut Vec<u8>) {
    if (-112..=127).contains(&value) {
        out.push(value as u8);
        return;
    }
    let (base, magnitude) = if value < 0 { (-120_i32, !value) } else { (-112_i32, value) };
    let bytes = magnitude.to_be_bytes();
    let start = (magnitude.leading_zeros() / 8) as usize;
    let length = 8 - start;
    out.push((base - length as i32) as u8);
    out.extend_from_slice(&bytes[start..]);
}
