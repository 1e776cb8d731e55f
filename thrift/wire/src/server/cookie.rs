//! Cookies that stand for a login over HTTP, as Hive's servlet gives them (`ThriftHttpServlet`, `CookieSigner`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::CookieOptions;
use crate::base64;
use crate::random::random;

/// The name of the cookie.
const NAME: &str = "hive.server2.auth";

/// Makes cookies and knows its own again. The key is a new one in each process, so that no cookie outlives it.
pub(super) struct Cookies {
    options: CookieOptions,
    key: [u8; 32],
}

impl Cookies {
    /// `None` where the system gives no random bytes: then there are no cookies.
    pub(super) fn new(options: CookieOptions) -> Option<Self> {
        Some(Self { options, key: random()? })
    }

    /// The header `Set-Cookie` for a user who has logged in now.
    pub(super) fn header(&self, user: &str) -> Option<String> {
        let expires = seconds(SystemTime::now()).saturating_add(self.options.max_age.as_secs());
        let value = self.value(user, expires)?;
        let mut header = format!("{NAME}={value}; Max-Age={}", self.options.max_age.as_secs());
        let mut add = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                header.push_str(&format!("; {name}={value}"));
            }
        };
        add("Path", &self.options.path);
        add("Domain", &self.options.domain);
        if self.options.secure {
            header.push_str("; Secure");
        }
        if self.options.http_only {
            header.push_str("; HttpOnly");
        }
        Some(header)
    }

    /// The user of a header `Cookie`, if one of its cookies is of here and has not expired. Some clients send back all
    /// that `Set-Cookie` had, attributes included.
    pub(super) fn user(&self, header: &str) -> Option<String> {
        let now = seconds(SystemTime::now());
        let mut values = header.split(';').filter_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='));
        values.find_map(|value| self.user_of(value.trim_matches('"'), now))
    }

    fn value(&self, user: &str, expires: u64) -> Option<String> {
        let nonce = u64::from_be_bytes(random()?);
        let token = format!("cu={}&rn={nonce}&ex={expires}", base64::encode(user.as_bytes()));
        let signature = base64::encode(&self.signer(&token)?.finalize().into_bytes());
        Some(format!("{token}&s={signature}"))
    }

    fn user_of(&self, value: &str, now: u64) -> Option<String> {
        let (token, signature) = value.rsplit_once("&s=")?;
        self.signer(token)?.verify_slice(&base64::decode(signature)?).ok()?;
        let field = |name: &str| token.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let expires: u64 = field("ex")?.parse().ok()?;
        if expires <= now {
            return None;
        }
        String::from_utf8(base64::decode(field("cu")?)?).ok()
    }

    fn signer(&self, token: &str) -> Option<Hmac<Sha256>> {
        let mut signer = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        signer.update(token.as_bytes());
        Some(signer)
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies() -> Cookies {
        let path = Some("/cliservice".to_owned());
        let options = CookieOptions { path, domain: Some("d.org".to_owned()), ..CookieOptions::default() };
        Cookies::new(options).unwrap()
    }

    #[test]
    fn a_cookie_stands_for_its_user_until_it_expires() {
        let cookies = cookies();
        for user in ["joe", "a&b=c;d", "żółw \"x\""] {
            let header = cookies.header(user).unwrap();
            assert!(header.ends_with("; Max-Age=86400; Path=/cliservice; Domain=d.org; HttpOnly"), "{header}");
            // As Python's clients send it back, and as Java's do.
            assert_eq!(cookies.user(&header).as_deref(), Some(user));
            let pair = header.split(';').next().unwrap();
            assert_eq!(cookies.user(&format!("a=b; {pair}")).as_deref(), Some(user));
        }
        let value = cookies.value("joe", 1000).unwrap();
        assert_eq!(cookies.user_of(&value, 999).as_deref(), Some("joe"));
        assert_eq!(cookies.user_of(&value, 1000), None);
    }

    #[test]
    fn no_other_cookie_does() {
        let (cookies, others) = (cookies(), cookies());
        let value = cookies.value("joe", u64::MAX).unwrap();
        assert_eq!(others.user_of(&value, 0), None);
        assert_eq!(cookies.user_of(&value.replace("am9l", "YW5u"), 0), None);
        assert_eq!(cookies.user_of(&value.replace("&ex=", "&ex=9"), 0), None);
        assert_eq!(cookies.user_of(&value[..value.len() - 4], 0), None);
        for header in ["", "hive.server2.auth", "hive.server2.auth=", "hive.server2.auth=cu=&s=", "x=y"] {
            assert_eq!(cookies.user(header), None);
        }
    }
}
