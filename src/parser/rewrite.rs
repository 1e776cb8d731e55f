//! Tokens of a statement's text put in other words before it is parsed.

use super::ParseOptions;
use super::ast::Statement;
use super::error::ParseError;
use super::lexer::{Token, TokenKind, tokenize};

/// Parses a statement by whoever does not know which `hive.support.quoted.identifiers` it will run under, e.g. because
/// another statement has the session: in the usual way, or else with names in double quotes.
///
/// # Errors
/// The statement cannot be read in either way.
pub fn parse_with_any_quotes(text: &str) -> Result<Statement, ParseError> {
    super::parse(text)
        .or_else(|error| double_to_back_quotes(text).and_then(|text| super::parse(&text)).map_err(|_| error))
}

/// The statement with its names in double quotes (`hive.support.quoted.identifiers=standard`) put in back quotes, so that
/// its text, and every piece of it that is kept (a view's query), means the same under every setting.
///
/// # Errors
/// A name or string that is not closed, and what else is no token of HiveQL.
pub fn double_to_back_quotes(text: &str) -> Result<String, ParseError> {
    rewritten(text, ParseOptions { double_quotes_are_names: true }, |token| match &token.kind {
        TokenKind::QuotedName(name) if token.span.text(text).starts_with('"') => {
            Some(format!("`{}`", name.replace('`', "``")))
        }
        _ => None,
    })
}

/// The text with values in the places of its parameters `?`, one after the other; parameters that are left stay.
///
/// # Errors
/// What is no token of HiveQL.
pub fn with_values(text: &str, values: &[&str]) -> Result<String, ParseError> {
    let mut values = values.iter();
    rewritten(text, ParseOptions::default(), |token| match token.kind {
        TokenKind::Symbol("?") => values.next().map(ToString::to_string),
        _ => None,
    })
}

/// The text with the tokens replaced that `other_words` gives other words for.
fn rewritten(
    text: &str,
    options: ParseOptions,
    mut other_words: impl FnMut(&Token) -> Option<String>,
) -> Result<String, ParseError> {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for token in tokenize(text, options)? {
        if let Some(words) = other_words(&token) {
            let range = token.span.range();
            result.push_str(&text[done..range.start]);
            result.push_str(&words);
            done = range.end;
        }
    }
    result.push_str(&text[done..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::{double_to_back_quotes, with_values};

    #[test]
    fn names_change_and_strings_do_not() {
        let text = "select \"a b\", 'it \"is\"', `x\"y`, \"p\"\"q\", \"r`s\" -- \"c\"\nfrom \"t\"";
        assert_eq!(
            double_to_back_quotes(text).unwrap(),
            "select `a b`, 'it \"is\"', `x\"y`, `p\"q`, `r``s` -- \"c\"\nfrom `t`"
        );
        assert!(double_to_back_quotes("select \"a").is_err());
    }

    #[test]
    fn values_take_the_places_of_parameters() {
        let text = "select '?' from t where a = ? and b <?";
        assert_eq!(with_values(text, &["'x'", "-1"]).unwrap(), "select '?' from t where a = 'x' and b <-1");
    }
}
