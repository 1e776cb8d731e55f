//! Names of users and of entries (`LdapUtils` of Hive).

use ldap3::dn_escape;

use super::Settings;

/// Whether a name is that of an entry.
pub fn is_entry(name: &str) -> bool {
    name.contains('=')
}

/// The name before its domain: `joe` of `joe@example.org` or `joe/host@realm`.
pub fn without_domain(name: &str) -> &str {
    match name.find(['/', '@']) {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    }
}

/// The user's own name: without a domain, or out of the name of an entry.
pub fn user_name(name: &str) -> &str {
    let short = without_domain(name);
    if short.len() < name.len() || !is_entry(name) {
        return short;
    }
    value_of(name)
}

/// The value of an entry's first part: `joe` of `uid=joe,ou=users`.
pub fn value_of(entry: &str) -> &str {
    let first = first_part(entry);
    first.split_once('=').map_or(first, |(_, value)| value)
}

/// The first part of an entry's name: `uid=joe` of `uid=joe,ou=users`.
pub fn first_part(entry: &str) -> &str {
    split(entry).0
}

/// What is above an entry: `ou=users` of `uid=joe,ou=users`.
pub fn above(entry: &str) -> Option<&str> {
    split(entry).1
}

/// A comma behind a backslash is a part's own.
fn split(entry: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (at, c) in entry.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            ',' if !escaped => return (&entry[..at], Some(&entry[at + 1..])),
            _ => escaped = false,
        }
    }
    (entry, None)
}

/// Where the entries of patterns are: what stands behind the part with the name.
pub fn bases(patterns: &[String]) -> Vec<String> {
    let base = |pattern: &String| match pattern.contains("=%s") {
        true => above(pattern).unwrap_or_default().to_string(),
        false => pattern.clone(),
    };
    patterns.iter().map(base).collect()
}

/// The names that a user may bind with.
pub fn principals(settings: &Settings, user: &str) -> Vec<String> {
    if without_domain(user).len() < user.len() || is_entry(user) {
        return vec![user.to_string()];
    }
    if let Some(domain) = &settings.domain {
        return vec![format!("{user}@{domain}")];
    }
    if settings.user_patterns.is_empty() {
        return vec![user.to_string()];
    }
    settings.user_patterns.iter().map(|pattern| pattern.replace("%s", &dn_escape(user))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        assert_eq!(without_domain("joe@example.org"), "joe");
        assert_eq!(without_domain("joe/host@REALM"), "joe");
        assert_eq!(without_domain("@x"), "@x");
        assert_eq!(user_name("uid=joe,ou=users"), "joe");
        assert_eq!(user_name("uid=joe"), "joe");
        assert_eq!(user_name("joe"), "joe");
        assert_eq!((first_part("cn=a\\,b,dc=x"), above("cn=a\\,b,dc=x")), ("cn=a\\,b", Some("dc=x")));
        assert_eq!(above("uid=joe"), None);
        let patterns = ["uid=%s,ou=users,dc=org".to_string(), "ou=others,dc=org".to_string()];
        assert_eq!(bases(&patterns), ["ou=users,dc=org", "ou=others,dc=org"]);
    }
}
