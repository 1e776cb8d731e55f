//! `parse_url`, and URLs as `java.net.URL` takes them apart.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::java_regex::JavaRegex;
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::overload;
use crate::scalar::kernel::strings;
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "parse_url",
            |_, types| {
                use DataType::Utf8;
                overload("UDFParseUrl", types, &[&[Utf8, Utf8], &[Utf8, Utf8, Utf8]])
            },
            |_| Ok(DataType::Utf8),
            parse_url,
        )
        .entry(
            "_FUNC_(url, partToExtract[, key]) - extracts a part from a URL",
            "Parts: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE, USERINFO\nkey specifies which query to \
             extract\nExample:\n  > SELECT _FUNC_('http://facebook.com/path/p1.php?query=1', 'HOST') FROM src LIMIT \
             1;\n  'facebook.com'\n  > SELECT _FUNC_('http://facebook.com/path/p1.php?query=1', 'QUERY') FROM src \
             LIMIT 1;\n  'query=1'\n  > SELECT _FUNC_('http://facebook.com/path/p1.php?query=1', 'QUERY', 'query') \
             FROM src LIMIT 1;\n  '1'",
        ),
    ]
}

/// The parts of a URL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct UrlParts {
    protocol: String,
    authority: Option<String>,
    user_info: Option<String>,
    host: String,
    path: String,
    query: Option<String>,
    file: String,
    reference: Option<String>,
}

/// Protocols that Java has a handler for; a URL of another is malformed.
const PROTOCOLS: [&str; 7] = ["http", "https", "ftp", "file", "jar", "mailto", "netdoc"];

impl UrlParts {
    /// Takes a URL apart; `None` where `new java.net.URL(text)` throws.
    pub(crate) fn parse(text: &str) -> Option<UrlParts> {
        let text = text.trim_matches(|character: char| character <= ' ');
        let text = match text.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("url:") => &text[4..],
            _ => text,
        };
        let colon = text.find([':', '/']).filter(|at| text.as_bytes()[*at] == b':')?;
        let protocol = text[..colon].to_lowercase();
        if !PROTOCOLS.contains(&protocol.as_str()) {
            return None;
        }
        let rest = &text[colon + 1..];
        let (rest, reference) = match rest.split_once('#') {
            Some((rest, reference)) => (rest, Some(reference.to_string())),
            None => (rest, None),
        };
        let mut parts = UrlParts { protocol, reference, ..UrlParts::default() };
        let (before, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query.to_string())),
            None => (rest, None),
        };
        parts.query = query;
        let path = match before.strip_prefix("//") {
            Some(after) if !before.starts_with("////") => {
                let end = after.find('/').unwrap_or(after.len());
                parts.set_authority(&after[..end])?;
                &after[end..]
            }
            _ => before,
        };
        parts.path = without_dots(path);
        parts.file = match &parts.query {
            Some(query) => format!("{}?{query}", parts.path),
            None => parts.path.clone(),
        };
        Some(parts)
    }

    fn set_authority(&mut self, authority: &str) -> Option<()> {
        self.authority = Some(authority.to_string());
        let host = match authority.split_once('@') {
            Some((_, rest)) if rest.contains('@') => "",
            Some((user, rest)) => {
                self.user_info = Some(user.to_string());
                rest
            }
            None => authority,
        };
        let (host, port) = if host.starts_with('[') {
            let end = host.find(']')?;
            (&host[..=end], host[end + 1..].strip_prefix(':'))
        } else {
            match host.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (host, None),
            }
        };
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            port.parse::<i32>().ok().filter(|port| *port >= -1)?;
        }
        self.host = host.to_string();
        Some(())
    }

    /// The value of a key of the query, the key being part of a regular expression as in Hive.
    pub(crate) fn query_value(&self, key: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        if key.chars().all(|character| character.is_alphanumeric() || character == '_') {
            return query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')).map(str::to_string);
        }
        let regex = JavaRegex::cached(&format!("(&|^){key}=([^&]*)")).ok()?;
        let groups = regex.find_at(query, 0).ok()??;
        let (start, end) = (*groups.get(2)?)?;
        Some(query[start..end].to_string())
    }
}

/// A path without `/./` and `/../`.
fn without_dots(path: &str) -> String {
    let mut path = path.to_string();
    while let Some(at) = path.find("/./") {
        path.replace_range(at..at + 2, "");
    }
    let mut from = 0;
    while let Some(at) = path.get(from..).and_then(|rest| rest.find("/../")).map(|at| at + from) {
        match path[..at].rfind('/') {
            Some(parent) if path.get(parent..at) != Some("/..") => {
                path.replace_range(parent..at + 3, "");
                from = 0;
            }
            _ => from = at + 3,
        }
    }
    while path.ends_with("/..") {
        let at = path.len() - 3;
        match path[..at].rfind('/') {
            Some(parent) => path.truncate(parent + 1),
            None => break,
        }
    }
    if path.ends_with("/.") {
        path.pop();
    }
    path
}

/// A part of a URL by the name that `parse_url` gives it.
pub(crate) fn url_part<'a>(url: &'a UrlParts, part: &str) -> Option<&'a str> {
    match part {
        "HOST" => Some(&url.host),
        "PATH" => Some(&url.path),
        "QUERY" => url.query.as_deref(),
        "REF" => url.reference.as_deref(),
        "PROTOCOL" => Some(&url.protocol),
        "FILE" => Some(&url.file),
        "AUTHORITY" => url.authority.as_deref(),
        "USERINFO" => url.user_info.as_deref(),
        _ => None,
    }
}

fn parse_url(call: &Call) -> Result<ArrayRef> {
    let (url, part) = (call.strings(0)?, call.strings(1)?);
    let key = if call.len() > 2 { Some(call.strings(2)?) } else { None };
    strings(call.rows(), |row, out| {
        let part = part.get(row)?;
        let url = UrlParts::parse(url.get(row)?)?;
        match &key {
            None => out.push_str(url_part(&url, part)?),
            Some(key) if part == "QUERY" => out.push_str(&url.query_value(key.get(row)?)?),
            Some(_) => return None,
        }
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_as_java_has_them() {
        let url = UrlParts::parse("http://user@facebook.com:80/path/../p1.php?query=1&k=v#Ref").unwrap();
        for (part, value) in [
            ("HOST", Some("facebook.com")),
            ("PATH", Some("/p1.php")),
            ("QUERY", Some("query=1&k=v")),
            ("REF", Some("Ref")),
            ("PROTOCOL", Some("http")),
            ("FILE", Some("/p1.php?query=1&k=v")),
            ("AUTHORITY", Some("user@facebook.com:80")),
            ("USERINFO", Some("user")),
            ("host", None),
        ] {
            assert_eq!(url_part(&url, part), value, "{part}");
        }
        assert_eq!(url.query_value("k"), Some("v".into()));
        assert_eq!(url.query_value("[kq]"), Some("v".into()));
        assert_eq!(UrlParts::parse("bogus://x/y"), None);
        assert_eq!(UrlParts::parse("http://x:y/z"), None);
        assert_eq!(url_part(&UrlParts::parse("http://x").unwrap(), "QUERY"), None);
    }
}
