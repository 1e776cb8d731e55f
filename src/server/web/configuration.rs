//! The server's configuration.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::Shared;
use super::guard::Visitor;
use super::layout::Page;
use crate::session::keys;

/// Words in the name of a key whose value is nobody's business.
const SECRET: [&str; 7] = ["password", "passwd", "secret", "token", "credential", "accesskey", "access.key"];

/// `GET /configuration`
pub async fn page(State(web): State<Shared>, Extension(visitor): Extension<Visitor>) -> Response {
    let session = web.sessions.engine().session();
    let config = session.config();
    let set = config.overrides();
    let rows: Vec<(&str, &str, bool)> =
        config.all().into_iter().map(|(key, value)| (key, value, set.contains_key(key))).collect();
    Page::new(&visitor, "Settings").at("/configuration").with(html! {
        h1 { "Settings" }
        p.lead { "What sessions begin with. " (set.len()) " of these keys are set by the configuration of the server, the others have their defaults." }
        input.filter type="search" placeholder="Find a key" aria-label="Find a key" data-filter="#keys tbody tr";
        div.scroll {
            table.list.keys #keys {
                thead { tr { th { "Key" } th { "Value" } th { "From" } th { "Meaning" } } }
                tbody {
                    @for (key, value, set) in rows {
                        tr {
                            td { code { (key) } }
                            td.text { (shown_value(key, value)) }
                            td.nowrap { @if set { span.state.run { "Set" } } @else { span.quiet { "Default" } } }
                            td.text.quiet { (keys::find(key).map_or("", |key| key.doc)) }
                        }
                    }
                }
            }
        }
    })
}

/// The value of a key, unless it is a secret.
pub fn shown_value(key: &str, value: &str) -> Markup {
    html! {
        @if is_secret(key) && !value.is_empty() {
            span.quiet { "hidden" }
        } @else if value.is_empty() {
            span.quiet { "empty" }
        } @else {
            code { (without_login(value)) }
        }
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // A file of passwords is not a password.
    SECRET.iter().any(|word| key.contains(word)) && !key.ends_with(".file") && !key.ends_with(".path")
}

/// A value that may have addresses in it, without the logins in these.
fn without_login(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find("://") {
        let (scheme, behind) = rest.split_at(at + 3);
        shown.push_str(scheme);
        let end = behind.find(['/', ',', ' ', '?']).unwrap_or(behind.len());
        let login = behind[..end].rfind('@').map_or(0, |at| at + 1);
        if login > 0 {
            shown.push_str("…@");
        }
        rest = &behind[login..];
    }
    shown.push_str(rest);
    for word in ["password=", "pwd="] {
        if let Some(at) = shown.to_ascii_lowercase().find(word) {
            shown.truncate(at + word.len());
            shown.push('…');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        for key in ["javax.jdo.option.ConnectionPassword", "fs.s3.awsSecretAccessKey", "hive.server2.keystore.password"]
        {
            assert!(is_secret(key), "{key}");
        }
        assert!(!is_secret("skep.metastore.client.password.file"));
        assert_eq!(without_login("postgresql://u:p@h/d, http://h2/a@b"), "postgresql://…@h/d, http://h2/a@b");
        assert_eq!(without_login("jdbc:x://h/d?user=a&password=b&c=d"), "jdbc:x://h/d?user=a&password=…");
        assert_eq!(without_login("60%"), "60%");
        assert_eq!(shown_value("a.password", "geheim").into_string(), "<span class=\"quiet\">hidden</span>");
    }
}
