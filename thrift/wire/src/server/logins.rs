//! Whether a name and a password go together.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Throttle;
use crate::{PasswordCheck, base64};

/// Checks passwords: so many at a time, and where logins have failed this takes its time. The log is told of those that
/// fail. All that takes passwords asks one of these, whatever its transport, and all of a server's have one [`Throttle`].
pub struct Logins {
    passwords: Arc<dyn PasswordCheck>,
    throttle: Arc<Throttle>,
    workers: Arc<Semaphore>,
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").field("throttle", &self.throttle).finish_non_exhaustive()
    }
}

impl Logins {
    /// Logins with these passwords. A check takes a place of `workers` while it runs; the semaphore must not be closed.
    pub fn new(passwords: Arc<dyn PasswordCheck>, throttle: Arc<Throttle>, workers: Arc<Semaphore>) -> Self {
        Self { passwords, throttle, workers }
    }

    /// Whether the password is the user's. Who has failed often waits, or is refused without a look at the password.
    pub async fn check(&self, user: &str, password: String, address: IpAddr) -> bool {
        // Who waits for a turn comes behind the attempts that are looked at already.
        let Ok(mut permit) = Arc::clone(&self.workers).acquire_owned().await else { return false };
        let Some(wait) = self.throttle.wait(user, address) else {
            tracing::warn!(%address, ?user, "a login is refused: too many have failed");
            return false;
        };
        if !wait.is_zero() {
            drop(permit);
            tokio::time::sleep(wait).await;
            let Ok(again) = Arc::clone(&self.workers).acquire_owned().await else { return false };
            permit = again;
        }
        let (passwords, name) = (Arc::clone(&self.passwords), user.to_owned());
        let work = move || {
            let right = passwords.check(&name, &password);
            drop(permit);
            right
        };
        let right = tokio::task::spawn_blocking(work).await.unwrap_or(false);
        if right {
            self.throttle.succeeded(user, address);
        } else {
            tracing::warn!(%address, ?user, "a login failed");
            self.throttle.failed(user, address);
        }
        right
    }
}

/// The name and the password of the value of a header `Authorization: Basic …` (RFC 7617); `None` where it is none.
pub fn basic_credentials(value: &str) -> Option<(String, String)> {
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(base64::decode(token.trim())?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_may_have_colons_in_the_password() {
        assert_eq!(basic_credentials("basic YTpiOmM="), Some(("a".to_owned(), "b:c".to_owned())));
        for bad in ["Bearer x", "Basic !", "Basic YQ==", "Basic", ""] {
            assert_eq!(basic_credentials(bad), None, "{bad}");
        }
    }
}
