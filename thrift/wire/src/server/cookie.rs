//! Cookies that stand for a login over HTTP, as Hive's servlet gives them (`ThriftHttpServlet`, `CookieSigner`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::CookieOptions;
use crate::base64;
use crate::random::random;

/// The name of the cookie.
const NAME: &str = "hive.server2.auth";
/// The attribute that says how long a cookie lasts.
const AGE: &str = "Max-Age";

/// Makes cookies and knows its own again. The key is a new one in each process, so that no cookie outlives it.
pub(super) struct Cookies {
    options: CookieOptions,
    key: [u8; 32],
}

/// A login that a cookie stands for.
pub(super) struct Known {
    /// Who has logged in.
    pub(super) user: String,
    /// The header `Set-Cookie` with the same cookie once more, for a client that needs it: Apache Thrift's for Python sends
    /// what the last answer has set, attributes included, and nothing where that has set nothing. Node's hive-driver, which
    /// sends attributes too, collects what it is given: it is not given more when it has two.
    pub(super) again: Option<String>,
}

impl Cookies {
    /// `None` where the system gives no random bytes: then there are no cookies.
    pub(super) fn new(options: CookieOptions) -> Option<Self> {
        Some(Self { options, key: random()? })
    }

    /// The header `Set-Cookie` for a user who has logged in now.
    pub(super) fn header(&self, user: &str) -> Option<String> {
        let age = self.options.max_age.as_secs();
        let value = self.value(user, seconds(SystemTime::now()).saturating_add(age))?;
        Some(self.header_of(&value, age))
    }

    fn header_of(&self, value: &str, age: u64) -> String {
        let mut header = format!("{NAME}={value}; {AGE}={age}");
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
        header
    }

    /// The login that a header `Cookie` stands for, if one of its cookies is of here and has not expired. Some clients send
    /// back all that `Set-Cookie` had, attributes included.
    pub(super) fn known(&self, header: &str) -> Option<Known> {
        let now = seconds(SystemTime::now());
        let cookies = || header.split(';').filter_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='));
        let (value, (user, expires)) = cookies().find_map(|value| {
            let value = value.trim_matches('"');
            Some((value, self.login_of(value, now)?))
        })?;
        let attributes = header.split(';').any(|part| part.trim().split('=').next() == Some(AGE));
        let forgets = attributes && cookies().count() == 1;
        Some(Known { user, again: forgets.then(|| self.header_of(value, expires - now)) })
    }

    fn value(&self, user: &str, expires: u64) -> Option<String> {
        let nonce = u64::from_be_bytes(random()?);
        let token = format!("cu={}&rn={nonce}&ex={expires}", base64::encode(user.as_bytes()));
        let signature = base64::encode(&self.signer(&token)?.finalize().into_bytes());
        Some(format!("{token}&s={signature}"))
    }

    /// The user of a cookie's value, and when it expires.
    fn login_of(&self, value: &str, now: u64) -> Option<(String, u64)> {
        let (token, signature) = value.rsplit_once("&s=")?;
        self.signer(token)?.verify_slice(&base64::decode(signature)?).ok()?;
        let field = |name: &str| token.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let expires: u64 = field("ex")?.parse().ok()?;
        if expires <= now {
            return None;
        }
        Some((String::from_utf8(base64::decode(field("cu")?)?).ok()?, expires))
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

    fn user(cookies: &Cookies, header: &str) -> Option<String> {
        cookies.known(header).map(|known| known.user)
    }

    #[test]
    fn a_cookie_stands_for_its_user_until_it_expires() {
        let cookies = cookies();
        for name in ["joe", "a&b=c;d", "żółw \"x\""] {
            let header = cookies.header(name).unwrap();
            assert!(header.ends_with("; Max-Age=86400; Path=/cliservice; Domain=d.org; HttpOnly"), "{header}");
            // As Python's clients send it back, and as Java's do.
            assert_eq!(user(&cookies, &header).as_deref(), Some(name));
            let pair = header.split(';').next().unwrap();
            assert_eq!(user(&cookies, &format!("a=b; {pair}")).as_deref(), Some(name));
        }
        let value = cookies.value("joe", 1000).unwrap();
        assert_eq!(cookies.login_of(&value, 999), Some(("joe".to_owned(), 1000)));
        assert_eq!(cookies.login_of(&value, 1000), None);
    }

    #[test]
    fn who_forgets_a_cookie_is_given_it_again() {
        let cookies = cookies();
        let expires = seconds(SystemTime::now()) + 5;
        let header = cookies.header_of(&cookies.value("joe", expires).unwrap(), 5);
        let again = cookies.known(&header).unwrap().again.unwrap();
        let pair = header.split(';').next().unwrap();
        // The same, and no longer than it was.
        assert!(again.starts_with(&format!("{pair}; Max-Age=")), "{again}");
        let left: u64 = again.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
        assert!((1..=5).contains(&left), "{again}");
        assert!(again.ends_with("; Path=/cliservice; Domain=d.org; HttpOnly"), "{again}");
        for kept in [pair.to_owned(), format!("a=b; {pair}"), format!("{header};{again}")] {
            assert!(cookies.known(&kept).unwrap().again.is_none(), "{kept}");
        }
    }

    #[test]
    fn no_other_cookie_does() {
        let (cookies, others) = (cookies(), cookies());
        let value = cookies.value("joe", u64::MAX).unwrap();
        assert_eq!(others.login_of(&value, 0), None);
        assert_eq!(cookies.login_of(&value.replace("am9l", "YW5u"), 0), None);
        assert_eq!(cookies.login_of(&value.replace("&ex=", "&ex=9"), 0), None);
        assert_eq!(cookies.login_of(&value[..value.len() - 4], 0), None);
        for header in ["", "hive.server2.auth", "hive.server2.auth=", "hive.server2.auth=cu=&s=", "x=y"] {
            assert_eq!(user(&cookies, header), None);
        }
    }
}
