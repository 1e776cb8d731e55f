//! How many connections there may be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::Refusal;

/// Counts connections, all together and by address.
pub(super) struct Gate {
    max: usize,
    max_per_address: usize,
    state: Arc<Mutex<HashMap<IpAddr, usize>>>,
    count: Arc<watch::Sender<usize>>,
}

/// A connection's place; it is free again when this is dropped.
pub(super) struct Place {
    address: IpAddr,
    state: Arc<Mutex<HashMap<IpAddr, usize>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Gate {
    pub(super) fn new(max: usize, max_per_address: usize) -> Self {
        Gate { max, max_per_address, state: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }

    /// A place for a connection from this address.
    pub(super) fn enter(&self, address: IpAddr) -> Result<Place, Refusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *self.count.borrow() >= self.max {
            return Err(Refusal::TooMany);
        }
        let here = state.entry(address).or_default();
        if *here >= self.max_per_address {
            return Err(Refusal::TooManyFromAddress);
        }
        *here += 1;
        self.count.send_modify(|count| *count += 1);
        Ok(Place { address, state: Arc::clone(&self.state), count: Arc::clone(&self.count) })
    }

    /// Waits until there is no connection.
    pub(super) async fn empty(&self) {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = state.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                state.remove(&self.address);
            }
        }
        self.count.send_modify(|count| *count -= 1);
    }
}
