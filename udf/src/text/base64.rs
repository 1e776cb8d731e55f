//! Base 64 as Apache commons-codec has it, which Hive uses for `base64` and for binary values in text files.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Adds bytes in base 64 to a text: with padding, in one line.
pub fn write_base64(bytes: &[u8], out: &mut String) {
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..4 {
            if digit <= chunk.len() {
                out.push(ALPHABET[(word >> (18 - 6 * digit)) as usize & 63] as char);
            } else {
                out.push('=');
            }
        }
    }
}

/// Adds the bytes that a text in base 64 stands for. Both alphabets (plain and URL-safe) are read, other characters are
/// skipped, the first `=` ends it, and an incomplete last group is cut: no text is an error.
pub fn parse_base64(text: &[u8], out: &mut Vec<u8>) {
    let (mut word, mut digits) = (0_u32, 0);
    for byte in text {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        word = word << 6 | u32::from(digit);
        digits += 1;
        if digits == 4 {
            out.extend_from_slice(&word.to_be_bytes()[1..]);
            (word, digits) = (0, 0);
        }
    }
    match digits {
        2 => out.push((word >> 4) as u8),
        3 => out.extend_from_slice(&((word >> 2) as u16).to_be_bytes()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_round() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"abcd", b"\x00\xff\x80\x01"] {
            let (mut text, mut back) = (String::new(), Vec::new());
            write_base64(bytes, &mut text);
            parse_base64(text.as_bytes(), &mut back);
            assert_eq!(back, bytes);
        }
        let mut text = String::new();
        write_base64(b"Facebook", &mut text);
        assert_eq!(text, "RmFjZWJvb2s=");
    }

    #[test]
    fn reads_leniently() {
        let mut bytes = Vec::new();
        parse_base64(b"Y W\nJ-_j==ignored", &mut bytes);
        assert_eq!(bytes, [0x61, 0x62, 0x7e, 0xfe]);
    }
}
