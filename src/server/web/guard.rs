//! Who asks for a page, and whether they may have it.
//!
//! Users prove who they are with the passwords of the Thrift endpoints (HTTP's Basic authentication), and are called and
//! slowed down as there; where these ask nobody, neither does the page. What changes something is a POST with a token that only our own pages have.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, Mac};
use parking_lot::Mutex;
use sha2::Sha256;
use skep_thrift::{Logins, basic_credentials};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::listen::Place;
use super::{Page, Shared};
use crate::server::auth::Access;
use crate::server::settings::WebSettings;

/// A password that was right is not checked again for so long: checks are slow by design, and a page asks often.
const REMEMBERED: Duration = Duration::from_secs(60);
/// So many right passwords are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// So many passwords are checked at once.
const CHECKS: usize = 4;
/// The cookie that tells browsers of one user apart.
const COOKIE: &str = "skep_browser";
/// The header with which a page asks for its changing parts alone.
const LIVE: &str = "x-skep-live";
/// Who everyone is where nobody is asked.
const ANYONE: &str = "anonymous";

/// Nothing but the page's own files, and no page in a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Who asks for a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The user.
    pub user: String,
    /// Which of the user's browsers it is.
    pub browser: String,
    /// What forms must send back.
    pub token: String,
    /// Where the browser is.
    pub address: SocketAddr,
    /// Whether it asks for the changing parts of a page alone.
    pub live: bool,
    /// Sees what everyone does.
    everything: bool,
}

impl Visitor {
    /// Whether what this user does is for the visitor's eyes.
    pub fn sees(&self, user: &str) -> bool {
        self.everything || self.user == user
    }

    /// Whether the visitor sees what everyone does.
    pub fn sees_everything(&self) -> bool {
        self.everything
    }
}

/// Finds out who asks.
pub struct Guard {
    /// How users prove who they are; `None` where they need not.
    logins: Option<Logins>,
    access: Access,
    /// Whether cookies may go over TLS alone.
    secure: bool,
    /// Signs tokens; another one each time the server begins.
    key: Vec<u8>,
    /// Right passwords of browsers.
    remembered: Mutex<HashMap<Vec<u8>, Instant>>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard that lets those in who may come to the server.
    pub fn new(access: &Access, web: &WebSettings) -> Self {
        let key = [Uuid::new_v4(), Uuid::new_v4()].iter().flat_map(|part| *part.as_bytes()).collect();
        let access = access.clone();
        let passwords = access.passwords.clone().filter(|_| web.login);
        let checks = || Arc::new(Semaphore::new(CHECKS));
        Self {
            logins: passwords.map(|passwords| Logins::new(passwords, Arc::clone(&access.throttle), checks())),
            access,
            secure: web.tls.is_some(),
            key,
            remembered: Mutex::default(),
        }
    }

    fn sign(&self, parts: &[&str]) -> Option<Vec<u8>> {
        // A key of any length will do.
        let mut signature = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        for part in parts {
            signature.update(&(part.len() as u64).to_be_bytes());
            signature.update(part.as_bytes());
        }
        Some(signature.finalize().into_bytes().to_vec())
    }

    /// The user who asks from this browser, if it is one that is known; `None` for one who must say first who it is.
    async fn user(&self, headers: &HeaderMap, browser: Option<&str>, address: IpAddr) -> Option<String> {
        let Some(logins) = &self.logins else { return Some(ANYONE.to_string()) };
        let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (user, password) = basic_credentials(header).filter(|(user, _)| !user.is_empty())?;
        let name = self.access.session_name(&user).to_string();
        // Only for the browser that it came from: whoever guesses passwords would find this one at any speed.
        let signature = browser.and_then(|browser| self.sign(&["login", browser, &user, &password]));
        let known =
            |signature: &Vec<u8>| self.remembered.lock().get(signature).is_some_and(|until| *until > Instant::now());
        if signature.as_ref().is_some_and(known) {
            return Some(name);
        }
        if !logins.check(&user, password, address).await {
            return None;
        }
        if let Some(signature) = signature {
            let mut remembered = self.remembered.lock();
            if remembered.len() >= MAX_REMEMBERED {
                remembered.clear();
            }
            remembered.insert(signature, Instant::now() + REMEMBERED);
        }
        Some(name)
    }

    fn token(&self, user: &str, browser: &str) -> String {
        let signature = self.sign(&["token", user, browser]).unwrap_or_default();
        signature.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a form's token is the visitor's; how long the comparison takes tells nothing of it.
    pub fn accepts(&self, visitor: &Visitor, token: &str) -> bool {
        let differences = visitor.token.bytes().zip(token.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
        !visitor.token.is_empty() && visitor.token.len() == token.len() && differences == 0
    }
}

/// Lets those through who may have a page, and tells the page who they are.
pub async fn check(
    State(web): State<Shared>,
    ConnectInfo(Place { address, .. }): ConnectInfo<Place>,
    mut request: Request,
    next: Next,
) -> Response {
    let guard = &web.guard;
    let known = cookie(request.headers()).filter(|value| Uuid::try_parse(value).is_ok());
    let Some(user) = guard.user(request.headers(), known.as_deref(), address.ip()).await else {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"Skep\", charset=\"UTF-8\"")];
        return (StatusCode::UNAUTHORIZED, challenge, "Who are you? Log in with a user and a password.\n")
            .into_response();
    };
    let browser = known.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let visitor = Visitor {
        token: guard.token(&user, &browser),
        everything: guard.logins.is_none() || web.sessions.engine().is_administrator(&user),
        live: request.headers().contains_key(LIVE),
        user,
        browser,
        address,
    };
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !is_own(request.headers()) {
        let text = "This was sent by the page of another site. Nothing was done.";
        return Page::new(&visitor, "Refused").problem(StatusCode::FORBIDDEN, text);
    }
    let secure = if guard.secure { "; Secure" } else { "" };
    let set =
        known.is_none().then(|| format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict{secure}", visitor.browser));
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(value) = set.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Adds to each answer what browsers are to be careful with.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_string())
}

/// Whether a browser says that a request comes from a page of ours. Programs that are no browsers say nothing.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = text("origin").is_none_or(|origin| {
        let place = origin.split_once("://").map(|(_, place)| place);
        place.is_some() && place == text("host")
    });
    site && origin
}

#[cfg(test)]
mod tests {
    use skep_thrift::PasswordCheck;

    use super::*;
    use crate::server::auth::configuration;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    /// Whose password is `secret`.
    struct Directory;

    impl PasswordCheck for Directory {
        fn check(&self, _: &str, password: &str) -> bool {
            password == "secret"
        }
    }

    fn guard() -> Guard {
        let config = configuration(&[
            ("hive.server2.authentication", "LDAP"),
            ("hive.server2.authentication.ldap.url", "ldap://localhost:1"),
        ]);
        let mut access = Access::of(&config).unwrap();
        access.passwords = Some(Arc::new(Directory));
        let web = WebSettings::of(&config, &access).unwrap();
        Guard::new(&access, &web)
    }

    #[tokio::test]
    async fn users_are_called_as_over_thrift() {
        let guard = guard();
        // `ann@example.org:secret`
        let login = headers(&[("authorization", "Basic YW5uQGV4YW1wbGUub3JnOnNlY3JldA==")]);
        let here = IpAddr::from([127, 0, 0, 1]);
        for browser in [None, Some("b"), Some("b")] {
            assert_eq!(guard.user(&login, browser, here).await.as_deref(), Some("ann"));
        }
        assert_eq!(guard.user(&headers(&[]), Some("b"), here).await, None);
    }

    #[tokio::test]
    async fn a_password_is_remembered_for_the_browser_that_it_came_from() {
        let guard = guard();
        let login = headers(&[("authorization", "Basic YW5uOnNlY3JldA==")]);
        let here = IpAddr::from([127, 0, 0, 1]);
        assert!(guard.user(&login, Some("b"), here).await.is_some());
        (0..30).for_each(|_| guard.access.throttle.failed("ann", here));
        while guard.access.throttle.wait("ann", here).is_some() {}
        assert!(guard.user(&login, Some("b"), here).await.is_some());
        for other in [None, Some("c")] {
            assert_eq!(guard.user(&login, other, here).await, None, "{other:?}");
        }
    }

    #[test]
    fn other_sites_change_nothing() {
        assert!(is_own(&headers(&[])));
        assert!(is_own(&headers(&[("host", "h:1"), ("origin", "http://h:1"), ("sec-fetch-site", "same-origin")])));
        assert!(!is_own(&headers(&[("host", "h:1"), ("origin", "http://evil:1")])));
        assert!(!is_own(&headers(&[("host", "h:1"), ("origin", "null")])));
        assert!(!is_own(&headers(&[("host", "h:1"), ("sec-fetch-site", "cross-site")])));
    }

    #[test]
    fn the_browsers_cookie_is_found_among_others() {
        assert_eq!(cookie(&headers(&[("cookie", "a=1; skep_browser=x; b=2")])), Some("x".to_string()));
        assert_eq!(cookie(&headers(&[("cookie", "xskep_browser=x")])), None);
    }
}
