//! `LIKE`, `LIKE ANY`, `LIKE ALL`: `%` any text, `_` any character, `\%` and `\_` these characters.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, groups, length_error, overload};
use crate::scalar::kernel::booleans;
use crate::scalar::{Call, Scalar, Strings};

pub(super) fn functions() -> Vec<FunctionEntry> {
    use DataType::{Boolean, Utf8};
    vec![
        Scalar::new("like", |_, types| overload("UDFLike", types, &[&[Utf8, Utf8]]), |_| Ok(Boolean), like).entry(
            "_FUNC_(str, pattern) - Checks if str matches pattern",
            "Example:\n  > SELECT a.* FROM srcpart a WHERE a.hr _FUNC_ '%2' LIMIT 1;\n  27      val_27  2008-04-08      12",
        ),
        Scalar::new("likeany", |name, types| quantified(name, "any", types), |_| Ok(Boolean), |call| {
            like_quantified(call, true)
        })
        .entry(
            "test _FUNC_(pattern1, pattern2...) - returns true if test matches any patterns patternN. Returns NULL if \
             the expression on the left hand side is NULL or if one of the patterns in the list is NULL. ",
            "",
        ),
        Scalar::new("likeall", |name, types| quantified(name, "all", types), |_| Ok(Boolean), |call| {
            like_quantified(call, false)
        })
        .entry(
            "test _FUNC_(pattern1, pattern2...) - returns true if test matches all patterns patternN.  Returns NULL \
             if the expression on the left hand side is NULL or if one of the patterns in the list is NULL. ",
            "",
        ),
    ]
}

/// A compiled pattern.
#[derive(Debug, PartialEq, Eq)]
enum LikePattern {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    Complex(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(char),
    AnyOne,
    AnyText,
}

impl LikePattern {
    fn new(pattern: &str) -> LikePattern {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(character) = chars.next() {
            tokens.push(match character {
                '\\' if matches!(chars.peek(), Some('%' | '_')) => Token::Text(chars.next().unwrap_or('\\')),
                '%' => Token::AnyText,
                '_' => Token::AnyOne,
                other => Token::Text(other),
            });
        }
        tokens.dedup_by(|next, previous| *next == Token::AnyText && *previous == Token::AnyText);
        let text = |tokens: &[Token]| -> Option<String> {
            tokens
                .iter()
                .map(|token| if let Token::Text(character) = token { Some(*character) } else { None })
                .collect()
        };
        let simple = match tokens.as_slice() {
            [Token::AnyText] => Some(LikePattern::Contains(String::new())),
            [Token::AnyText, middle @ .., Token::AnyText] => text(middle).map(LikePattern::Contains),
            [Token::AnyText, end @ ..] => text(end).map(LikePattern::Suffix),
            [start @ .., Token::AnyText] => text(start).map(LikePattern::Prefix),
            all => text(all).map(LikePattern::Exact),
        };
        simple.unwrap_or(LikePattern::Complex(tokens))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            LikePattern::Exact(wanted) => text == wanted,
            LikePattern::Prefix(wanted) => text.starts_with(wanted.as_str()),
            LikePattern::Suffix(wanted) => text.ends_with(wanted.as_str()),
            LikePattern::Contains(wanted) => text.contains(wanted.as_str()),
            LikePattern::Complex(tokens) => glob(tokens, text),
        }
    }
}

/// Matches with one place to come back to: the last `%`.
fn glob(tokens: &[Token], text: &str) -> bool {
    let (mut rest, mut token) = (text.chars(), 0);
    let mut retry: Option<(std::str::Chars, usize)> = None;
    loop {
        let before = rest.clone();
        match (tokens.get(token), rest.next()) {
            (Some(Token::AnyText), _) => {
                token += 1;
                if token == tokens.len() {
                    return true;
                }
                rest = before;
                retry = Some((rest.clone(), token));
                continue;
            }
            (None, None) => return true,
            (Some(Token::AnyOne), Some(_)) => {
                token += 1;
                continue;
            }
            (Some(Token::Text(wanted)), Some(found)) if *wanted == found => {
                token += 1;
                continue;
            }
            (Some(_), None) => return false,
            _ => {}
        }
        match &mut retry {
            Some((from, after)) => {
                if from.next().is_none() {
                    return false;
                }
                (rest, token) = (from.clone(), *after);
            }
            None => return false,
        }
    }
}

/// The patterns of an argument: compiled once where they are constant.
struct Patterns {
    texts: Strings,
    constant: Option<LikePattern>,
}

impl Patterns {
    fn new(call: &Call, index: usize) -> Result<Patterns> {
        Ok(Patterns { texts: call.strings(index)?, constant: call.constant_str(index).map(LikePattern::new) })
    }

    fn matches(&self, row: usize, text: &str) -> Option<bool> {
        match &self.constant {
            Some(pattern) => Some(pattern.matches(text)),
            None => Some(LikePattern::new(self.texts.get(row)?).matches(text)),
        }
    }
}

fn like(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let pattern = Patterns::new(call, 1)?;
    booleans(call.rows(), |row| pattern.matches(row, text.get(row)?))
}

fn quantified(name: &str, word: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        let patterns = types.len().saturating_sub(1);
        return length_error(format!(
            "The like {word} operator requires at least one pattern for matching, got {patterns}"
        ));
    }
    (0..types.len()).try_for_each(|index| groups(name, types, index, &[Group::String, Group::Void]))?;
    Ok(vec![DataType::Utf8; types.len()])
}

/// NULL where the text or any of the patterns is NULL.
fn like_quantified(call: &Call, any: bool) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let patterns = (1..call.len()).map(|index| Patterns::new(call, index)).collect::<Result<Vec<_>>>()?;
    booleans(call.rows(), |row| {
        let text = text.get(row)?;
        patterns.iter().try_fold(!any, |result, pattern| {
            let matches = pattern.matches(row, text)?;
            Some(if any { result || matches } else { result && matches })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of Hive's tests `udf_like` and `TestUDFLike`.
    #[test]
    fn patterns() {
        for (text, pattern, answer) in [
            ("_%_", r"%\_\%\_%", true),
            ("__", r"%\_\%\_%", false),
            ("%%_%_", r"%\_\%\_%", true),
            ("%_%_%", r"%\%\_\%", true),
            ("_%_", r"\%\_%", false),
            ("%__", r"__\%%", false),
            ("_%", r"\_\%\_\%%", false),
            ("_%", r"\_\%_%", false),
            ("%_", r"\%\_", true),
            ("ab", r"\%\_", false),
            ("ab", "_a%", false),
            ("ab", "a", false),
            ("abc", "a%c", true),
            ("a\nc", "a%c", true),
            ("1+2", "1+_", true),
            (r"a\b", r"a\b", true),
            ("", "%", true),
            ("abcabd", "%ab_", true),
            ("ä", "_", true),
        ] {
            assert_eq!(LikePattern::new(pattern).matches(text), answer, "{text} like {pattern}");
        }
    }
}
