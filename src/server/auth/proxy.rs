//! Who may act for whom: Hadoop's rules for proxy users (`hadoop.proxyuser.*` of `core-site.xml`, read as its
//! `DefaultImpersonationProvider` and `MachineList` do).

use std::net::IpAddr;
use std::process::Stdio;

use super::value;
use crate::server::failure::Failure;
use crate::session::config::SessionConfig;

/// The rules.
#[derive(Debug, Clone, Default)]
pub struct ProxyRules {
    /// `hive.server2.allow.user.substitution`
    allowed: bool,
    /// Nobody has proved who he is (`hive.server2.authentication=NONE`): anybody may be anybody.
    open: bool,
    /// What follows `hadoop.proxyuser.` in a key, and its value.
    rules: Vec<(String, String)>,
}

impl ProxyRules {
    /// The rules of a configuration.
    pub fn of(config: &SessionConfig) -> Self {
        let rules = config.overrides().into_iter();
        let rules = rules.filter_map(|(key, rule)| Some((key.strip_prefix("hadoop.proxyuser.")?, rule)));
        Self {
            allowed: config.bool("hive.server2.allow.user.substitution"),
            open: value(config, "hive.server2.authentication").is_some_and(|way| way.eq_ignore_ascii_case("NONE")),
            rules: rules.map(|(key, rule)| (key.to_string(), rule.to_string())).collect(),
        }
    }

    /// Whether a user may act for another from an address.
    ///
    /// # Errors
    /// He may not, in the words of Hive and Hadoop.
    pub async fn check(&self, user: &str, wanted: &str, address: Option<IpAddr>) -> Result<(), Failure> {
        if !self.allowed {
            return Err(Failure::refused("Proxy user substitution is not allowed"));
        }
        if self.open || user.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        let refused = |why: String| {
            tracing::warn!(?user, ?wanted, ?address, why, "acting for another user is refused");
            Failure {
                message: format!("Failed to validate proxy privilege of {user} for {wanted}: {why}"),
                sqlstate: "08S01".into(),
                code: 0,
            }
        };
        if !self.lists(user, "users").any(|name| name == "*" || name == wanted) && !self.in_groups(user, wanted).await {
            return Err(refused(format!("User: {user} is not allowed to impersonate {wanted}")));
        }
        if !self.is_at_host(user, address).await {
            let shown = address.map_or_else(|| "nowhere".to_string(), |address| address.to_string());
            return Err(refused(format!("Unauthorized connection for super-user: {user} from IP {shown}")));
        }
        Ok(())
    }

    /// The items of a user's rule.
    fn lists<'r>(&'r self, user: &'r str, what: &'r str) -> impl Iterator<Item = &'r str> {
        let of = move |key: &str| key.strip_suffix(what).and_then(|key| key.strip_suffix('.')) == Some(user);
        let rules = self.rules.iter().filter(move |(key, _)| of(key));
        rules.flat_map(|(_, rule)| rule.split(',')).map(str::trim).filter(|item| !item.is_empty())
    }

    async fn in_groups(&self, user: &str, wanted: &str) -> bool {
        let allowed: Vec<&str> = self.lists(user, "groups").collect();
        if allowed.contains(&"*") {
            return true;
        }
        if allowed.is_empty() {
            return false;
        }
        groups_of(wanted).await.iter().any(|group| allowed.contains(&group.as_str()))
    }

    async fn is_at_host(&self, user: &str, address: Option<IpAddr>) -> bool {
        let mut named = Vec::new();
        for host in self.lists(user, "hosts") {
            if host == "*" || address.is_some_and(|address| matches_address(host, address)) {
                return true;
            }
            named.push(host);
        }
        let Some(address) = address else { return false };
        for host in named.into_iter().filter(|host| host.parse::<IpAddr>().is_err() && !host.contains('/')) {
            let found = tokio::net::lookup_host((host, 0)).await;
            if found.is_ok_and(|mut found| found.any(|found| found.ip().to_canonical() == address.to_canonical())) {
                return true;
            }
        }
        false
    }
}

/// The groups that the system knows a user in, as Hadoop asks for them (`ShellBasedUnixGroupsMapping`).
async fn groups_of(user: &str) -> Vec<String> {
    if user.is_empty() || user.starts_with('-') {
        return Vec::new();
    }
    let asked = tokio::process::Command::new("id").args(["-Gn", user]).stdin(Stdio::null()).output().await;
    match asked {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_string).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an item of a list of hosts is this address, or a range with it (`10.0.0.0/8`).
fn matches_address(item: &str, address: IpAddr) -> bool {
    let address = address.to_canonical();
    let Some((network, length)) = item.split_once('/') else {
        return item.parse::<IpAddr>().is_ok_and(|item| item.to_canonical() == address);
    };
    let Ok(length) = length.parse::<u32>() else { return false };
    match (network.parse(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) if length <= 32 => {
            let differs = u32::from(network) ^ u32::from(address);
            differs.checked_shr(32 - length).unwrap_or(0) == 0
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) if length <= 128 => {
            let differs = u128::from(network) ^ u128::from(address);
            differs.checked_shr(128 - length).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::configuration;
    use super::*;

    const LDAP: (&str, &str) = ("hive.server2.authentication", "LDAP");

    async fn may(settings: &[(&str, &str)], user: &str, wanted: &str, address: &str) -> Result<(), String> {
        let rules = ProxyRules::of(&configuration(settings));
        rules.check(user, wanted, Some(address.parse().unwrap())).await.map_err(|failure| failure.message)
    }

    #[tokio::test]
    async fn rules() {
        let settings = [
            LDAP,
            ("hadoop.proxyuser.hue.users", "ann, bob"),
            ("hadoop.proxyuser.hue.hosts", "10.0.0.0/8,192.168.1.5, localhost"),
            ("hadoop.proxyuser.knox.my.groups", "*"),
            ("hadoop.proxyuser.knox.my.hosts", "*"),
            ("hadoop.proxyuser.boss.groups", "root"),
            ("hadoop.proxyuser.boss.hosts", "*"),
        ];
        assert_eq!(may(&settings, "hue", "ann", "10.1.2.3").await, Ok(()));
        assert_eq!(may(&settings, "hue", "bob", "192.168.1.5").await, Ok(()));
        assert_eq!(may(&settings, "hue", "bob", "127.0.0.1").await, Ok(()));
        assert_eq!(may(&settings, "knox.my", "anyone", "1.2.3.4").await, Ok(()));
        assert_eq!(may(&settings, "boss", "root", "1.2.3.4").await, Ok(()));
        assert_eq!(may(&settings, "joe", "JOE", "1.2.3.4").await, Ok(()));
        let refused = may(&settings, "hue", "eve", "10.1.2.3").await.unwrap_err();
        assert!(refused.ends_with("User: hue is not allowed to impersonate eve"), "{refused}");
        assert!(refused.starts_with("Failed to validate proxy privilege of hue for eve"), "{refused}");
        let refused = may(&settings, "hue", "ann", "11.0.0.1").await.unwrap_err();
        assert!(refused.ends_with("Unauthorized connection for super-user: hue from IP 11.0.0.1"), "{refused}");
        for (user, wanted) in [("joe", "ann"), ("knox", "ann"), ("my", "ann"), ("boss", "no-such-user"), ("boss", "-u")]
        {
            assert!(may(&settings, user, wanted, "10.1.2.3").await.is_err(), "{user} {wanted}");
        }
    }

    #[tokio::test]
    async fn without_authentication_anybody_may_be_anybody_unless_it_is_not_allowed() {
        assert_eq!(may(&[], "joe", "ann", "1.2.3.4").await, Ok(()));
        let never = ("hive.server2.allow.user.substitution", "false");
        assert_eq!(may(&[never], "joe", "ann", "1.2.3.4").await.unwrap_err(), "Proxy user substitution is not allowed");
        assert!(may(&[("hive.server2.authentication", "NOSASL")], "joe", "ann", "1.2.3.4").await.is_err());
    }

    #[test]
    fn addresses() {
        let is = |item: &str, address: &str| matches_address(item, address.parse().unwrap());
        assert!(is("0.0.0.0/0", "1.2.3.4") && is("1.2.3.4/32", "1.2.3.4") && is("1.2.3.4", "::ffff:1.2.3.4"));
        assert!(is("fd00::/8", "fd12::1") && is("::/0", "fd12::1") && is("::1", "::1"));
        assert!(!is("1.2.3.4/32", "1.2.3.5") && !is("1.2.3.4/33", "1.2.3.4") && !is("10.0.0.0/8", "fd12::1"));
        assert!(!is("host", "1.2.3.4") && !is("1.2.3.4/x", "1.2.3.4"));
    }
}
