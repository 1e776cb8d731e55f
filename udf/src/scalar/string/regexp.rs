//! `regexp_replace`, `regexp_extract`, `rlike`, `split`, `str_to_map`.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapBuilder, MapFieldNames, StringBuilder};
use arrow::datatypes::{DataType, Int32Type};

use super::java_regex::{Groups, JavaRegex};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, argument_error, groups, length_error, overload};
use crate::scalar::collection::map_of;
use crate::scalar::kernel::{list_of, string_lists, try_booleans, try_strings};
use crate::scalar::{Call, Scalar, Strings};

pub(super) fn functions() -> Vec<FunctionEntry> {
    use DataType::{Boolean, Int32, Utf8};
    vec![
        Scalar::new(
            "regexp_replace",
            |_, types| overload("UDFRegExpReplace", types, &[&[Utf8, Utf8, Utf8]]),
            |_| Ok(Utf8),
            regexp_replace,
        )
        .entry(
            "_FUNC_(str, regexp, rep) - replace all substrings of str that match regexp with rep",
            "Example:\n  > SELECT _FUNC_('100-200', '(\\d+)', 'num') FROM src LIMIT 1;\n  'num-num'",
        ),
        Scalar::new(
            "regexp_extract",
            |_, types| overload("UDFRegExpExtract", types, &[&[Utf8, Utf8], &[Utf8, Utf8, Int32]]),
            |_| Ok(Utf8),
            regexp_extract,
        )
        .entry(
            "_FUNC_(str, regexp[, idx]) - extracts a group that matches regexp",
            "Example:\n  > SELECT _FUNC_('100-200', '(\\d+)-(\\d+)', 1) FROM src LIMIT 1;\n  '100'",
        ),
        Scalar::new(
            "rlike",
            |_, types| {
                args_size("regexp", types, 2, 2)?;
                (0..2).try_for_each(|index| groups("regexp", types, index, &[Group::String, Group::Void]))?;
                Ok(vec![Utf8, Utf8])
            },
            |_| Ok(Boolean),
            rlike,
        )
        .aliases(&["regexp"])
        .entry(
            "str _FUNC_ regexp - Returns true if str matches regexp and false otherwise",
            "Example:\n  > SELECT 'fb' _FUNC_ '.*' FROM src LIMIT 1;\n  true",
        ),
        Scalar::new(
            "split",
            |_, types| match types.len() {
                2 => Ok(vec![Utf8, Utf8]),
                _ => length_error("The function SPLIT(s, regexp) takes exactly 2 arguments."),
            },
            |_| Ok(list_of(Utf8)),
            split,
        )
        .entry(
            "_FUNC_(str, regex) - Splits str around occurances that match regex",
            "Example:\n  > SELECT _FUNC_('oneAtwoBthreeC', '[ABC]') FROM src LIMIT 1;\n  [\"one\", \"two\", \"three\"]",
        ),
        Scalar::new("str_to_map", str_to_map_types, |_| Ok(map_of(Utf8, Utf8)), str_to_map).entry(
            "_FUNC_(text, delimiter1, delimiter2) - Creates a map by parsing text ",
            "Split text into key-value pairs using two delimiters. The first delimiter separates pairs, and the second \
             delimiter sperates key and value. If only one parameter is given, default delimiters are used: ',' as \
             delimiter1 and ':' as delimiter2.",
        ),
    ]
}

/// The pattern of a row: compiled once where it is a constant.
struct Patterns {
    texts: Strings,
    constant: Option<Arc<JavaRegex>>,
}

impl Patterns {
    fn new(call: &Call, index: usize) -> Result<Patterns> {
        let constant = call.constant_str(index).filter(|pattern| !pattern.is_empty());
        Ok(Patterns { texts: call.strings(index)?, constant: constant.map(JavaRegex::cached).transpose()? })
    }

    fn get(&self, row: usize) -> Result<Option<Arc<JavaRegex>>> {
        match (&self.constant, self.texts.get(row)) {
            (Some(regex), _) => Ok(Some(Arc::clone(regex))),
            (None, Some(pattern)) => JavaRegex::cached(pattern).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// A piece of a replacement text.
enum Piece {
    Text(String),
    Group(usize),
}

/// Reads a replacement as `Matcher.appendReplacement` does: `$n`, `${name}`, `\` before a character as it is.
fn replacement_pieces(regex: &JavaRegex, text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '\\' => match chars.next() {
                Some(next) => literal.push(next),
                None => return Err(UdfError::Execution("character to be escaped is missing".into())),
            },
            '$' => {
                let group = if chars.next_if_eq(&'{').is_some() {
                    let name: String = chars.by_ref().take_while(|character| *character != '}').collect();
                    regex
                        .group_number(&name)
                        .ok_or_else(|| UdfError::Execution(format!("No group with name {{{name}}}")))?
                } else {
                    let Some(first) = chars.next().and_then(|digit| digit.to_digit(10)) else {
                        return Err(UdfError::Execution("Illegal group reference".into()));
                    };
                    let mut group = first as usize;
                    if group > regex.group_count() {
                        return Err(UdfError::Execution(format!("No group {group}")));
                    }
                    while let Some(digit) = chars.peek().and_then(|digit| digit.to_digit(10)) {
                        let longer = group * 10 + digit as usize;
                        if longer > regex.group_count() {
                            break;
                        }
                        group = longer;
                        chars.next();
                    }
                    group
                };
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
                pieces.push(Piece::Group(group));
            }
            other => literal.push(other),
        }
    }
    pieces.push(Piece::Text(literal));
    Ok(pieces)
}

fn regexp_replace(call: &Call) -> Result<ArrayRef> {
    let (text, replacement) = (call.strings(0)?, call.strings(2)?);
    let patterns = Patterns::new(call, 1)?;
    let constant = match (&patterns.constant, call.constant_str(2)) {
        (Some(regex), Some(replacement)) => Some(replacement_pieces(regex, replacement)),
        _ => None,
    };
    try_strings(call.rows(), |row, out| {
        let (Some(text), Some(replacement)) = (text.get(row), replacement.get(row)) else { return Ok(None) };
        let Some(regex) = patterns.get(row)? else { return Ok(None) };
        let own;
        let mut end = 0;
        let pieces = match &constant {
            Some(Ok(pieces)) => pieces,
            // A bad replacement is an error only where something is replaced.
            Some(Err(_)) | None => {
                if !regex.is_match(text)? {
                    out.push_str(text);
                    return Ok(Some(()));
                }
                own = replacement_pieces(&regex, replacement)?;
                &own
            }
        };
        regex.find_all(text, |groups: &Groups| {
            let Some(Some((from, to))) = groups.first().copied() else { return Ok(()) };
            out.push_str(&text[end..from]);
            for piece in pieces {
                match piece {
                    Piece::Text(literal) => out.push_str(literal),
                    Piece::Group(group) => {
                        if let Some(Some((from, to))) = groups.get(*group) {
                            out.push_str(&text[*from..*to]);
                        }
                    }
                }
            }
            end = to;
            Ok(())
        })?;
        out.push_str(&text[end..]);
        Ok(Some(()))
    })
}

fn regexp_extract(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let patterns = Patterns::new(call, 1)?;
    let group = if call.len() > 2 { Some(call.primitives::<Int32Type>(2)?) } else { None };
    try_strings(call.rows(), |row, out| {
        let Some(text) = text.get(row) else { return Ok(None) };
        let Some(regex) = patterns.get(row)? else { return Ok(None) };
        let Some(groups) = regex.find_at(text, 0)? else { return Ok(Some(())) };
        let wanted = match &group {
            None => 1,
            Some(group) => group.get(row).unwrap_or(0),
        };
        match usize::try_from(wanted).ok().and_then(|wanted| groups.get(wanted)) {
            Some(Some((from, to))) => {
                out.push_str(&text[*from..*to]);
                Ok(Some(()))
            }
            Some(None) => Ok(None),
            None => Err(UdfError::Execution(format!("No group {wanted}"))),
        }
    })
}

fn rlike(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let patterns = Patterns::new(call, 1)?;
    try_booleans(call.rows(), |row| {
        let (Some(text), Some(pattern)) = (text.get(row), patterns.texts.get(row)) else { return Ok(None) };
        // Nothing is like the empty expression.
        if pattern.is_empty() {
            return Ok(Some(false));
        }
        match patterns.get(row)? {
            Some(regex) => regex.is_match(text).map(Some),
            None => Ok(None),
        }
    })
}

/// The pieces between matches, as `Pattern.split` gives them: at most `limit` (0 for any number), an empty match at the
/// start does not split.
fn split_pieces<'a>(regex: &JavaRegex, text: &'a str, limit: usize) -> Result<Vec<&'a str>> {
    let mut pieces = Vec::new();
    let mut end = 0;
    regex.find_all(text, |groups| {
        let Some(Some((from, to))) = groups.first().copied() else { return Ok(()) };
        if (limit > 0 && pieces.len() + 1 >= limit) || to == 0 || (from == to && from == text.len()) {
            return Ok(());
        }
        pieces.push(&text[end..from]);
        end = to;
        Ok(())
    })?;
    pieces.push(&text[end..]);
    Ok(pieces)
}

fn split(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let patterns = Patterns::new(call, 1)?;
    // A separator without meaning in regular expressions needs none.
    let plain = call.constant_str(1).filter(|pattern| {
        !pattern.is_empty() && !pattern.contains(|character: char| r"\.[]{}()*+-?^$|&".contains(character))
    });
    string_lists(call.rows(), |row, items| {
        let Some(text) = text.get(row) else { return Ok(false) };
        if let Some(separator) = plain {
            text.split(separator).for_each(|piece| items.append_value(piece));
            return Ok(true);
        }
        let Some(regex) = patterns.get(row)? else { return Ok(false) };
        let mut pieces = split_pieces(&regex, text, 0)?;
        // An empty match at the end leaves an empty piece there (a limit of -1 keeps it).
        if !text.is_empty()
            && matches!(regex.find_at(text, text.len())?.as_deref(), Some([Some((from, to)), ..]) if from == to && *from == text.len())
        {
            pieces.push("");
        }
        pieces.into_iter().for_each(|piece| items.append_value(piece));
        Ok(true)
    })
}

fn str_to_map_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.is_empty() || types.len() > 3 {
        return length_error(format!("str_to_map requires 1..3 argument(s), got {}", types.len()));
    }
    if types.iter().any(|ty| !matches!(ty, DataType::Utf8)) {
        return argument_error("All argument should be string/character type");
    }
    Ok(types.to_vec())
}

fn str_to_map(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let delimiters = (1..call.len()).map(|index| call.strings(index)).collect::<Result<Vec<_>>>()?;
    let delimiter = |nth: usize, row: usize, default: &'static str| -> Result<Arc<JavaRegex>> {
        JavaRegex::cached(delimiters.get(nth).and_then(|delimiter| delimiter.get(row)).unwrap_or(default))
    };
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in 0..call.rows() {
        // Of NULL the map is empty.
        let Some(text) = text.get(row) else {
            builder.append(true)?;
            continue;
        };
        let (between_pairs, within_pair) = (delimiter(0, row, ",")?, delimiter(1, row, ":")?);
        let mut pairs = split_pieces(&between_pairs, text, 0)?;
        while pairs.len() > 1 && pairs.last().is_some_and(|pair| pair.is_empty()) {
            pairs.pop();
        }
        let mut entries: Vec<(&str, Option<&str>)> = Vec::new();
        for pair in pairs {
            let sides = split_pieces(&within_pair, pair, 2)?;
            let (key, value) = match sides.as_slice() {
                [key, value] => (*key, Some(*value)),
                _ => (pair, None),
            };
            match entries.iter_mut().find(|(known, _)| *known == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        for (key, value) in entries {
            builder.keys().append_value(key);
            builder.values().append_option(value);
        }
        builder.append(true)?;
    }
    Ok(Arc::new(builder.finish()))
}
