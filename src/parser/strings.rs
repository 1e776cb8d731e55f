//! Hive's string literals.

/// Reads the source of a string literal, quotes included (`'a\tb'`, `"a"`, or several without a gap: `'x''y'`), as
/// `BaseSemanticAnalyzer.unescapeSQLString` does: octal and `\u` escapes, `\0 \b \n \r \t \Z`, and `\%` `\_` kept as
/// they are, for `LIKE`.
pub(super) fn unescape(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = Vec::with_capacity(source.len());
    let mut quote = None;
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        match quote {
            None => quote = Some(c),
            Some(q) if c == q => quote = None,
            Some(_) if c == '\\' => i += escape(&chars[i + 1..], &mut out),
            Some(_) => push(&mut out, c),
        }
        i += 1;
    }
    String::from_utf16_lossy(&out)
}

fn push(out: &mut Vec<u16>, c: char) {
    out.extend_from_slice(c.encode_utf16(&mut [0; 2]));
}

/// Reads what follows a backslash; gives how many characters it took.
fn escape(rest: &[char], out: &mut Vec<u16>) -> usize {
    let digit = |i: usize, radix: u32| rest.get(i).and_then(|c| c.to_digit(radix)).map(|d| d as u16);
    if rest.first() == Some(&'u')
        && let (Some(a), Some(b), Some(c), Some(d)) = (digit(1, 16), digit(2, 16), digit(3, 16), digit(4, 16))
    {
        out.push(a << 12 | b << 8 | c << 4 | d);
        return 5;
    }
    if let (Some(a @ 0..=1), Some(b), Some(c)) = (digit(0, 8), digit(1, 8), digit(2, 8)) {
        out.push(a << 6 | b << 3 | c);
        return 3;
    }
    let Some(c) = rest.first() else { return 0 };
    match c {
        '0' => out.push(0),
        'b' => out.push(8),
        'n' => out.push(10),
        'r' => out.push(13),
        't' => out.push(9),
        'Z' => out.push(26),
        '%' | '_' => {
            push(out, '\\');
            push(out, *c);
        }
        other => push(out, *other),
    }
    1
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn reads_escapes_as_hive_does() {
        for (source, value) in [
            (r"'abc'", "abc"),
            (r#""it's""#, "it's"),
            (r"'it\'s'", "it's"),
            (r"'x''y'", "xy"),
            (r#"'x'"y'z""#, "xy'z"),
            (r"'a\tb\n'", "a\tb\n"),
            (r"'\001\0021'", "\u{1}\u{2}1"),
            (r"'\0'", "\0"),
            (r"'\u0041\u00e9'", "Aé"),
            (r"'\ud83d\ude00'", "😀"),
            (r"'50\%\_'", r"50\%\_"),
            (r"'\\d\w'", r"\dw"),
        ] {
            assert_eq!(unescape(source), value, "{source}");
        }
    }
}
