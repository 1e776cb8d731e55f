//! `sentences`: text taken apart into sentences of words, by the rules of Java's `BreakIterator` for English.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use arrow::datatypes::DataType;

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::length_error;
use crate::scalar::kernel::list_of;
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "sentences",
            |_, types| match types.len() {
                1..=3 => Ok(vec![DataType::Utf8; types.len()]),
                _ => length_error("The function sentences takes between 1 and 3 arguments."),
            },
            |_| Ok(list_of(list_of(DataType::Utf8))),
            sentences,
        )
        .entry(
            "_FUNC_(str, lang, country) - Splits str into arrays of sentences, where each sentence is an array of words. \
             The 'lang' and'country' arguments are optional, and if omitted, the default locale is used.",
            "Example:\n  > SELECT _FUNC_('Hello there! I am a UDF.') FROM src LIMIT 1;\n  [ [\"Hello\", \"there\"], \
             [\"I\", \"am\", \"a\", \"UDF\"] ]\n  > SELECT _FUNC_(review, language) FROM movies;\nUnnecessary \
             punctuation, such as periods and commas in English, is automatically stripped.",
        ),
    ]
}

/// Where sentences end: behind `?` or `!`, and behind `.` where space and no small letter follow.
fn split_sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, character)) = chars.next() {
        let strict = matches!(character, '!' | '?' | '\u{3002}' | '\u{ff01}' | '\u{ff1f}' | '\u{2029}');
        if !strict && character != '.' {
            continue;
        }
        let mut end = at + character.len_utf8();
        let mut certain = strict;
        while let Some((at, next)) = chars.peek().copied() {
            if !matches!(next, '.' | '!' | '?' | '"' | '\'' | ')' | ']' | '}' | '\u{201d}' | '\u{2019}') {
                break;
            }
            certain |= matches!(next, '!' | '?');
            end = at + next.len_utf8();
            chars.next();
        }
        let rest = &text[end..];
        let after = rest.trim_start();
        let spaced = after.len() < rest.len() || after.is_empty();
        let opens = after.trim_start_matches(|next: char| !next.is_alphanumeric());
        if !certain && (!spaced || opens.starts_with(char::is_lowercase)) {
            continue;
        }
        end = text.len() - after.len();
        sentences.push(&text[start..end]);
        start = end;
        while chars.peek().is_some_and(|(at, _)| *at < end) {
            chars.next();
        }
    }
    if start < text.len() {
        sentences.push(&text[start..]);
    }
    sentences
}

/// Runs of letters and digits; some signs hold the letters, others the digits, on both sides together.
fn words(sentence: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = sentence.char_indices().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (start, first) = chars[at];
        if !first.is_alphanumeric() {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < chars.len() {
            let (_, character) = chars[end];
            let (before, after) = (chars[end - 1].1, chars.get(end + 1).map(|(_, next)| *next));
            let joins = match (before, after) {
                _ if character.is_alphanumeric() || character == '_' => true,
                (before, Some(after)) if before.is_alphabetic() && after.is_alphabetic() => {
                    matches!(character, '-' | '\'' | '"' | '.' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2027}')
                }
                (before, Some(after)) if before.is_numeric() && after.is_numeric() => {
                    matches!(character, '.' | ',' | '\'' | '"' | '\u{66b}')
                }
                _ => false,
            };
            if !joins {
                break;
            }
            end += 1;
        }
        let stop = chars.get(end).map_or(sentence.len(), |(offset, _)| *offset);
        words.push(&sentence[start..stop]);
        at = end;
    }
    words
}

fn sentences(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let mut builder = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
    for row in 0..call.rows() {
        let Some(text) = text.get(row) else {
            builder.append(false);
            continue;
        };
        for sentence in split_sentences(text) {
            for word in words(sentence) {
                builder.values().values().append_value(word);
            }
            builder.values().append(true);
        }
        builder.append(true);
    }
    Ok(Arc::new(builder.finish()))
}
