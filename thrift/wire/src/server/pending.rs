//! Bytes of messages that have not come whole, of all connections together.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Shared;

/// How many bytes a second a peer must send or take, beyond the time that it has for any message.
const RATE: usize = 16 << 10;
/// Parts of messages up to this size are not counted against [`super::ServerOptions::max_pending`].
const SMALL: usize = 64 << 10;

/// What one connection keeps of a message that has not come whole; nothing any more when this is dropped.
pub(super) struct Pending {
    shared: Arc<Shared>,
    charged: usize,
}

impl Pending {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Pending { shared: Arc::clone(shared), charged: 0 }
    }

    /// Counts `part` bytes that wait for the rest of their message; whether there may be so many.
    pub(super) fn charge(&mut self, part: usize) -> bool {
        let part = if part > SMALL { part } else { 0 };
        let pending = &self.shared.pending;
        if part > self.charged {
            let more = part - self.charged;
            if pending.fetch_add(more, Ordering::Relaxed) + more > self.shared.options.max_pending {
                pending.fetch_sub(more, Ordering::Relaxed);
                return false;
            }
        } else {
            pending.fetch_sub(self.charged - part, Ordering::Relaxed);
        }
        self.charged = part;
        true
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.charge(0);
    }
}

/// The time for so many bytes.
pub(super) fn allowed(timeout: Duration, bytes: usize) -> Duration {
    timeout + Duration::from_secs((bytes / RATE) as u64)
}
