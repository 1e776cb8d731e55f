//! Who asks for a page, and whether they may have it.
//!
//! Users prove who they are with the passwords of the Thrift endpoints (HTTP's Basic authentication); where these ask
//! nobody, neither does the page. What changes something is a POST with a token that only our own pages have.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use parking_lot::Mutex;
use sha2::Sha256;
use skep_thrift::PasswordCheck;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::listen::Place;
use super::{Page, Shared};
use crate::server::settings::ServerSettings;

/// A password that was right is not checked again for so long: checks are slow by design, and a page asks often.
const REMEMBERED: Duration = Duration::from_secs(60);
/// So many right passwords are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// Whoever gives a wrong password waits so long for the answer.
const WRONG_WAITS: Duration = Duration::from_secs(1);
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
    passwords: Option<Arc<dyn PasswordCheck>>,
    /// Signs tokens; another one each time the server begins.
    key: Vec<u8>,
    remembered: Mutex<HashMap<Vec<u8>, Instant>>,
    checks: Semaphore,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard that asks for the passwords of these settings.
    pub fn new(settings: &ServerSettings) -> Self {
        let key = [Uuid::new_v4(), Uuid::new_v4()].iter().flat_map(|part| *part.as_bytes()).collect();
        Self {
            passwords: settings.access.passwords.clone().filter(|_| settings.web.login),
            key,
            remembered: Mutex::default(),
            checks: Semaphore::new(CHECKS),
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

    /// The user who asks; `None` for one who must say first who it is.
    async fn user(&self, headers: &HeaderMap, address: SocketAddr) -> Option<String> {
        let Some(passwords) = &self.passwords else { return Some(ANYONE.to_string()) };
        let (user, password) = credentials(headers)?;
        let signature = self.sign(&["login", &user, &password])?;
        if self.remembered.lock().get(&signature).is_some_and(|until| *until > Instant::now()) {
            return Some(user);
        }
        let permit = self.checks.acquire().await.ok()?;
        let (passwords, asked) = (Arc::clone(passwords), user.clone());
        let checked = tokio::task::spawn_blocking(move || passwords.check(&asked, &password)).await;
        drop(permit);
        if !checked.unwrap_or(false) {
            tracing::warn!(user, %address, "a login to the web page failed");
            tokio::time::sleep(WRONG_WAITS).await;
            return None;
        }
        let mut remembered = self.remembered.lock();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(signature, Instant::now() + REMEMBERED);
        Some(user)
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
    ConnectInfo(Place(address)): ConnectInfo<Place>,
    mut request: Request,
    next: Next,
) -> Response {
    let guard = &web.guard;
    let Some(user) = guard.user(request.headers(), address).await else {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"Skep\", charset=\"UTF-8\"")];
        return (StatusCode::UNAUTHORIZED, challenge, "Who are you? Log in with a user and a password.\n")
            .into_response();
    };
    let known = cookie(request.headers()).filter(|value| Uuid::try_parse(value).is_ok());
    let browser = known.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let visitor = Visitor {
        token: guard.token(&user, &browser),
        everything: guard.passwords.is_none() || web.sessions.engine().is_administrator(&user),
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
    let set = known.is_none().then(|| format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", visitor.browser));
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

/// The name and the password of the header `Authorization: Basic …`.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_string(), password.to_string())).filter(|(user, _)| !user.is_empty())
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
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
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
    fn credentials_may_have_colons_in_the_password() {
        let found = credentials(&headers(&[("authorization", "basic YTpiOmM=")]));
        assert_eq!(found, Some(("a".to_string(), "b:c".to_string())));
        for bad in ["Bearer x", "Basic !", "Basic YQ==", "Basic OmI="] {
            assert_eq!(credentials(&headers(&[("authorization", bad)])), None, "{bad}");
        }
    }

    #[test]
    fn the_browsers_cookie_is_found_among_others() {
        assert_eq!(cookie(&headers(&[("cookie", "a=1; skep_browser=x; b=2")])), Some("x".to_string()));
        assert_eq!(cookie(&headers(&[("cookie", "xskep_browser=x")])), None);
    }
}
