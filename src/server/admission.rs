//! Which statements may run now, and which wait for their turn.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failure::Failure;

/// How many statements may run and wait.
#[derive(Debug, Clone, Copy)]
pub struct AdmissionLimits {
    /// How many run at the same time.
    pub running: usize,
    /// How many of them may be one user's; `None` for all.
    pub running_of_user: Option<usize>,
    /// How many wait; more are refused.
    pub waiting: usize,
}

/// The queue of statements. It is served in the order of coming, but a user who has as many running as he may does not
/// hold up others.
#[derive(Debug)]
pub struct Admission {
    limits: AdmissionLimits,
    server: Arc<Semaphore>,
    users: Mutex<HashMap<String, Weak<Semaphore>>>,
    waiting: AtomicUsize,
}

/// A statement's turn; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _user: Option<OwnedSemaphorePermit>,
    _server: OwnedSemaphorePermit,
}

impl Admission {
    /// A queue with these limits.
    pub fn new(limits: AdmissionLimits) -> Self {
        let places = limits.running.clamp(1, Semaphore::MAX_PERMITS);
        Self { limits, server: Arc::new(Semaphore::new(places)), users: Mutex::default(), waiting: AtomicUsize::new(0) }
    }

    /// How many statements wait now.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for the turn of a statement of this user.
    ///
    /// # Errors
    /// Too many statements wait already.
    pub async fn enter(&self, user: &str) -> Result<Turn, Failure> {
        let _waiter = Waiter::new(self)?;
        let own = match self.limits.running_of_user {
            // A semaphore is never closed here.
            Some(places) => self.of_user(user, places).acquire_owned().await.ok(),
            None => None,
        };
        let server = Arc::clone(&self.server).acquire_owned().await;
        let server = server.map_err(|error| Failure::refused(error.to_string()))?;
        Ok(Turn { _user: own, _server: server })
    }

    fn of_user(&self, user: &str, places: usize) -> Arc<Semaphore> {
        let mut users = self.users.lock();
        users.retain(|_, places| places.strong_count() > 0);
        if let Some(known) = users.get(user).and_then(Weak::upgrade) {
            return known;
        }
        let made = Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)));
        users.insert(user.to_string(), Arc::downgrade(&made));
        made
    }
}

/// A statement that waits.
struct Waiter<'a>(&'a Admission);

impl<'a> Waiter<'a> {
    fn new(admission: &'a Admission) -> Result<Self, Failure> {
        let full = admission.server.available_permits() == 0;
        let before = admission.waiting.fetch_add(1, Ordering::Relaxed);
        let waiter = Self(admission);
        if full && before >= admission.limits.waiting {
            let text = format!(
                "The server runs {} statements and {before} wait for their turn: no more are taken, please retry the operation",
                admission.limits.running
            );
            return Err(Failure { sqlstate: "53300".into(), ..Failure::refused(text) });
        }
        Ok(waiter)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Admission, AdmissionLimits};

    async fn turn(admission: &Admission, user: &str) -> Option<super::Turn> {
        tokio::time::timeout(Duration::from_millis(20), admission.enter(user)).await.ok().map(Result::unwrap)
    }

    #[tokio::test]
    async fn turns_are_given_to_the_server_and_to_each_user() {
        let admission = Admission::new(AdmissionLimits { running: 3, running_of_user: Some(2), waiting: 9 });
        let first = turn(&admission, "a").await.unwrap();
        let _second = turn(&admission, "a").await.unwrap();
        assert!(turn(&admission, "a").await.is_none(), "a has two");
        let _third = turn(&admission, "b").await.unwrap();
        assert!(turn(&admission, "c").await.is_none(), "three run");
        drop(first);
        assert!(turn(&admission, "c").await.is_some());
        assert_eq!(admission.waiting(), 0);
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let admission = Admission::new(AdmissionLimits { running: 1, running_of_user: None, waiting: 0 });
        let running = admission.enter("a").await.unwrap();
        let refused = admission.enter("a").await.unwrap_err();
        assert_eq!(refused.sqlstate, "53300");
        drop(running);
        assert!(admission.enter("a").await.is_ok());
    }
}
