//! The memory that all statements of a process share for sorting, grouping and joining.
//!
//! Each statement is assured of a little, may have no more than its share, and gets what is free in between. So a statement
//! that wants too much spills or fails by itself, and cannot take from others what they are assured of.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};
use parking_lot::Mutex;

/// The memory of all statements.
#[derive(Debug)]
pub struct SharedMemory {
    total: usize,
    /// The most that one statement may have.
    share: usize,
    /// What each of the statements that run may have in any case.
    assured: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// What each statement that runs has.
    used: HashMap<u64, usize>,
}

impl SharedMemory {
    /// `total` bytes, of which one statement has at most `share`; of `statements` at a time, half of the memory is
    /// assured to all of them in equal parts.
    pub fn new(total: usize, share: usize, statements: usize) -> Arc<Self> {
        let share = share.clamp(1, total);
        let assured = (total / 2 / statements.max(1)).min(share);
        Arc::new(Self { total, share, assured, state: Mutex::default() })
    }

    /// Memory for a statement that begins; it is free again when this is dropped.
    pub fn statement(self: &Arc<Self>) -> StatementMemory {
        let mut state = self.state.lock();
        let id = state.next;
        state.next += 1;
        state.used.insert(id, 0);
        StatementMemory { id, shared: Arc::clone(self), own: FairSpillPool::new(self.share) }
    }

    /// Bytes in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Bytes that statements have now.
    pub fn used(&self) -> usize {
        self.state.lock().used.values().sum()
    }

    /// Gives bytes to a statement, if others keep what they are assured of; else how many it could have.
    fn take(&self, id: u64, bytes: usize) -> std::result::Result<(), usize> {
        let mut state = self.state.lock();
        let others: usize =
            state.used.iter().filter(|(other, _)| **other != id).map(|(_, used)| (*used).max(self.assured)).sum();
        let own = state.used.entry(id).or_default();
        let free = self.total.saturating_sub(others).max(self.assured).saturating_sub(*own);
        if bytes > free {
            return Err(free);
        }
        *own += bytes;
        Ok(())
    }

    fn change(&self, id: u64, change: impl FnOnce(usize) -> usize) {
        let mut state = self.state.lock();
        let own = state.used.entry(id).or_default();
        *own = change(*own);
    }
}

/// The memory of one statement: DataFusion's pool for its operators.
#[derive(Debug)]
pub struct StatementMemory {
    id: u64,
    shared: Arc<SharedMemory>,
    /// Divides the statement's share among its operators.
    own: FairSpillPool,
}

impl Drop for StatementMemory {
    fn drop(&mut self) {
        self.shared.state.lock().used.remove(&self.id);
    }
}

impl fmt::Display for StatementMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(share: {})", self.name(), human_readable_size(self.shared.share))
    }
}

impl MemoryPool for StatementMemory {
    fn name(&self) -> &str {
        "statement"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.own.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.own.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.own.grow(reservation, additional);
        self.shared.change(self.id, |used| used + additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.own.shrink(reservation, shrink);
        self.shared.change(self.id, |used| used.saturating_sub(shrink));
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.own.try_grow(reservation, additional)?;
        self.shared.take(self.id, additional).map_err(|free| {
            self.own.shrink(reservation, additional);
            DataFusionError::ResourcesExhausted(format!(
                "{} wants {} more than the {} that it has; {} of the {} that all statements share are free for it",
                reservation.consumer().name(),
                human_readable_size(additional),
                human_readable_size(reservation.size()),
                human_readable_size(free),
                human_readable_size(self.shared.total),
            ))
        })
    }

    fn reserved(&self) -> usize {
        self.own.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.shared.share)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool};

    use super::SharedMemory;

    #[test]
    fn a_statement_has_its_share_and_leaves_others_what_they_are_assured_of() {
        let shared = SharedMemory::new(1000, 800, 5);
        let (first, second) = (Arc::new(shared.statement()), Arc::new(shared.statement()));
        let pool = |memory: &Arc<super::StatementMemory>| Arc::clone(memory) as Arc<dyn MemoryPool>;
        let greedy = MemoryConsumer::new("greedy").register(&pool(&first));
        greedy.try_grow(800).unwrap();
        assert!(greedy.try_grow(1).is_err(), "its share is 800");
        let modest = MemoryConsumer::new("modest").register(&pool(&second));
        modest.try_grow(200).unwrap();
        let text = modest.try_grow(1).unwrap_err().to_string();
        assert!(text.contains("0.0 B of the 1000.0 B that all statements share are free"), "{text}");
        assert_eq!((shared.used(), shared.total()), (1000, 1000));
        greedy.shrink(500);
        modest.try_grow(300).unwrap();
        // A third one is there and has 100 in any case.
        let third = Arc::new(shared.statement());
        assert!(modest.try_grow(150).is_err());
        let late = MemoryConsumer::new("late").register(&pool(&third));
        late.try_grow(100).unwrap();
        drop((greedy, first));
        modest.try_grow(250).unwrap();
    }

    #[test]
    fn what_a_statement_had_is_free_when_it_ends() {
        let shared = SharedMemory::new(1000, 1000, 1);
        let statement = Arc::new(shared.statement());
        let own = MemoryConsumer::new("sort").with_can_spill(true).register(&(Arc::clone(&statement) as _));
        own.try_grow(900).unwrap();
        drop(own);
        assert_eq!((statement.reserved(), shared.used()), (0, 0));
    }
}
