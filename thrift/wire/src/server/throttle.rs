//! Failed logins are slowed down.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many counts are kept; the lowest goes when there are more.
const ENTRIES: usize = 10_000;
/// The wait for the first failure that is counted.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait of one attempt for another. An attempt that would wait behind several others is refused at once.
const LONGEST: Duration = Duration::from_secs(8);

/// How failures of one kind count.
#[derive(Clone, Copy)]
struct Rule {
    /// So many are free.
    free: f64,
    /// So many are forgotten in a second.
    forgotten: f64,
}

/// Of a user from an address.
const PAIR: Rule = Rule { free: 3.0, forgotten: 1.0 / 30.0 };
/// Of anybody from an address: whoever tries many names is slowed down, too.
const ADDRESS: Rule = Rule { free: 50.0, forgotten: 1.0 };

/// Counts failed logins by user and address and by address, in a table that does not grow beyond 10,000 of them, and
/// says how long the next attempt must wait: the more have failed lately, the longer, up to eight seconds. Attempts
/// wait one behind the other, so that many at a time are no quicker.
///
/// Servers of several transports may have one in common.
#[derive(Debug, Default)]
pub struct Throttle {
    entries: Mutex<HashMap<u64, Entry>>,
    /// Names are not kept: they may be long.
    keys: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    failures: f64,
    at: Instant,
    /// When the next attempt may be.
    next: Instant,
}

impl Entry {
    fn level(&self, rule: Rule, now: Instant) -> f64 {
        self.failures - now.saturating_duration_since(self.at).as_secs_f64() * rule.forgotten
    }
}

impl Throttle {
    /// How long an attempt that comes now must wait before its password is looked at; `None` if it is to be refused
    /// without a look, because others wait already.
    pub fn wait(&self, user: &str, address: IpAddr) -> Option<Duration> {
        self.wait_at(user, address, Instant::now())
    }

    /// A login has failed.
    pub fn failed(&self, user: &str, address: IpAddr) {
        self.failed_at(user, address, Instant::now());
    }

    /// A login has succeeded: what the user failed at before is forgotten. What others did from the address is not.
    pub fn succeeded(&self, user: &str, address: IpAddr) {
        let [(pair, _), _] = self.counted(user, address);
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(&pair);
    }

    fn counted(&self, user: &str, address: IpAddr) -> [(u64, Rule); 2] {
        let pair = self.keys.hash_one((user.to_lowercase(), address));
        [(pair, PAIR), (self.keys.hash_one(address), ADDRESS)]
    }

    fn wait_at(&self, user: &str, address: IpAddr, now: Instant) -> Option<Duration> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut longest = Duration::ZERO;
        for (key, rule) in self.counted(user, address) {
            let Some(entry) = entries.get_mut(&key) else { continue };
            let over = entry.level(rule, now) - rule.free;
            if over < 0.0 {
                continue;
            }
            let step = FIRST.mul_f64(over.min(16.0).exp2()).min(LONGEST);
            let turn = entry.next.max(now + step);
            if turn > now + 2 * LONGEST {
                return None;
            }
            entry.next = turn + step;
            longest = longest.max(turn - now);
        }
        Some(longest)
    }

    fn failed_at(&self, user: &str, address: IpAddr, now: Instant) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, rule) in self.counted(user, address) {
            if entries.len() >= ENTRIES && !entries.contains_key(&key) {
                make_room(&mut entries, now);
            }
            let entry = entries.entry(key).or_insert(Entry { failures: 0.0, at: now, next: now });
            // No wait grows beyond the longest, so that more failures need not be known.
            entry.failures = (entry.level(rule, now).max(0.0) + 1.0).min(rule.free + 16.0);
            entry.at = now;
        }
    }
}

/// Removes what is forgotten, or else the entry that has failed longest ago.
fn make_room(entries: &mut HashMap<u64, Entry>, now: Instant) {
    // By the rule that forgets last: those of the other have no more to say then, either.
    entries.retain(|_, entry| entry.level(PAIR, now) > 0.0);
    if entries.len() >= ENTRIES
        && let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.at).map(|(key, _)| *key)
    {
        entries.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn failures_slow_down_the_next_attempt() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(throttle.wait_at("joe", address(1), now), Some(Duration::ZERO));
            throttle.failed_at("joe", address(1), now);
        }
        assert_eq!(throttle.wait_at("joe", address(1), now), Some(FIRST));
        // The next one waits for that one; names are the same whatever their case.
        assert_eq!(throttle.wait_at("JOE", address(1), now), Some(FIRST * 2));
        for _ in 0..20 {
            throttle.failed_at("joe", address(1), now);
        }
        assert_eq!(throttle.wait_at("joe", address(1), now), Some(LONGEST));
        assert_eq!(throttle.wait_at("joe", address(1), now), Some(LONGEST * 2));
        assert_eq!(throttle.wait_at("joe", address(1), now), None);
        // Neither another user nor another address is slowed down.
        assert_eq!(throttle.wait_at("ann", address(1), now), Some(Duration::ZERO));
        assert_eq!(throttle.wait_at("joe", address(2), now), Some(Duration::ZERO));
        // Time heals.
        let later = now + Duration::from_secs(3600);
        assert_eq!(throttle.wait_at("joe", address(1), later), Some(Duration::ZERO));
    }

    #[test]
    fn success_forgets_the_users_failures_but_not_those_of_the_address() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for user in 0..60 {
            throttle.failed_at(&format!("user{user}"), address(1), now);
        }
        assert!(throttle.wait_at("joe", address(1), now).is_some_and(|wait| wait > Duration::ZERO));
        for _ in 0..5 {
            throttle.failed_at("joe", address(2), now);
        }
        throttle.succeeded("joe", address(2));
        throttle.succeeded("joe", address(1));
        assert_eq!(throttle.wait_at("joe", address(2), now), Some(Duration::ZERO));
        assert!(throttle.wait_at("joe", address(1), now).is_some_and(|wait| wait > Duration::ZERO));
    }

    #[test]
    fn the_table_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for user in 0..ENTRIES + 500 {
            throttle.failed_at(&user.to_string(), address(1), now);
        }
        assert!(throttle.entries.lock().unwrap().len() <= ENTRIES);
    }
}
