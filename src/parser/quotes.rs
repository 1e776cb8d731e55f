//! Names in double quotes (`hive.support.quoted.identifiers=standard`) put in back quotes.

use super::ParseOptions;
use super::error::ParseError;
use super::lexer::{TokenKind, tokenize};

/// The statement with its names in double quotes put in back quotes, so that its text, and every piece of it that is
/// kept (a view's query), means the same under every setting.
///
/// # Errors
/// A name or string that is not closed, and what else is no token of HiveQL.
pub fn double_to_back_quotes(text: &str) -> Result<String, ParseError> {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for token in tokenize(text, ParseOptions { double_quotes_are_names: true })? {
        let TokenKind::QuotedName(name) = &token.kind else { continue };
        if token.span.text(text).starts_with('"') {
            let range = token.span.range();
            result.push_str(&text[done..range.start]);
            result.push('`');
            result.push_str(&name.replace('`', "``"));
            result.push('`');
            done = range.end;
        }
    }
    result.push_str(&text[done..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::double_to_back_quotes;

    #[test]
    fn names_change_and_strings_do_not() {
        let text = "select \"a b\", 'it \"is\"', `x\"y`, \"p\"\"q\", \"r`s\" -- \"c\"\nfrom \"t\"";
        assert_eq!(
            double_to_back_quotes(text).unwrap(),
            "select `a b`, 'it \"is\"', `x\"y`, `p\"q`, `r``s` -- \"c\"\nfrom `t`"
        );
        assert!(double_to_back_quotes("select \"a").is_err());
    }
}
