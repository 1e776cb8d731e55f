//! `soundex`, `levenshtein`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Int32Type};

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, groups, length_error};
use crate::scalar::kernel::{primitives, strings};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "soundex",
            |name, types| {
                if types.len() != 1 {
                    return length_error(format!("{name} requires 1 argument, got {}", types.len()));
                }
                if let Some(Group::String | Group::Void) = Group::of(&types[0]) {
                    return Ok(vec![DataType::Utf8]);
                }
                groups(name, types, 0, &[Group::String])?;
                Ok(vec![DataType::Utf8])
            },
            |_| Ok(DataType::Utf8),
            soundex,
        )
        .entry(
            "_FUNC_(string) - Returns soundex code of the string.",
            "The soundex code consist of the first letter of the name followed by three digits.\nExample:\n > SELECT \
             _FUNC_('Miller');\n M460",
        ),
        Scalar::new(
            "levenshtein",
            |name, types| {
                args_size(name, types, 2, 2)?;
                (0..2).try_for_each(|index| groups(name, types, index, &[Group::String, Group::Void]))?;
                Ok(vec![DataType::Utf8; 2])
            },
            |_| Ok(DataType::Int32),
            levenshtein,
        )
        .entry(
            "_FUNC_(str1, str2) - This function calculates the Levenshtein distance between two strings.",
            "Levenshtein distance is a string metric for measuring the difference between two sequences. Informally, \
             the Levenshtein distance between two words is the minimum number of single-character edits (i.e. \
             insertions, deletions or substitutions) required to change one word into the other. It is named after \
             Vladimir Levenshtein, who considered this distance in 1965.Example:\n  > SELECT _FUNC_('kitten', \
             'sitting');\n 3",
        ),
    ]
}

const CODES: &[u8; 26] = b"01230120022455012623010202";

/// The code of a name as commons-codec computes it; `None` for letters outside A to Z.
fn soundex_code(name: &str) -> Option<String> {
    let letters: Vec<char> =
        name.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_uppercase).collect();
    let code = |at: usize| -> Option<u8> {
        let letter = letters.get(at).copied().filter(char::is_ascii_uppercase)?;
        CODES.get(letter as usize - 'A' as usize).copied()
    };
    let Some(first) = letters.first() else { return Some(String::new()) };
    let mut result = String::from(*first);
    let mut last = code(0)?;
    for at in 1..letters.len() {
        if result.len() == 4 {
            break;
        }
        let mapped = code(at)?;
        // A letter of the same code as one before H or W counts as one with it.
        if at > 1 && mapped != b'0' && matches!(letters[at - 1], 'H' | 'W') {
            let before = letters[at - 2];
            if code(at - 2)? == mapped || matches!(before, 'H' | 'W') {
                continue;
            }
        }
        if mapped != b'0' && mapped != last {
            result.push(mapped as char);
        }
        last = mapped;
    }
    while result.len() < 4 {
        result.push('0');
    }
    Some(result)
}

fn soundex(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    strings(call.rows(), |row, out| {
        out.push_str(&soundex_code(text.get(row)?)?);
        Some(())
    })
}

fn edits(left: &str, right: &str) -> i32 {
    let right: Vec<char> = right.chars().collect();
    let mut costs: Vec<i32> = (0..=right.len() as i32).collect();
    for (row, from) in left.chars().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = row as i32 + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + i32::from(from != *to);
            diagonal = costs[column + 1];
            costs[column + 1] = replaced.min(diagonal + 1).min(costs[column] + 1);
        }
    }
    costs[right.len()]
}

fn levenshtein(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (call.strings(0)?, call.strings(1)?);
    primitives::<Int32Type>(call.rows(), |row| Some(edits(left.get(row)?, right.get(row)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_as_in_hives_tests() {
        for (name, code) in [
            ("Miller", "M460"),
            ("miler", "M460"),
            ("Peterson", "P362"),
            ("Honeyman", "H555"),
            ("Ashcraft", "A261"),
            ("Tymczak", "T522"),
            ("", ""),
        ] {
            assert_eq!(soundex_code(name).as_deref(), Some(code), "{name}");
        }
        assert_eq!(soundex_code("Ашкрофт"), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
