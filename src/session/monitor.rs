//! What others may see of a statement while it runs: how far it has come, and the plans that it runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use tokio::sync::watch;

/// Watches one statement from any thread.
#[derive(Debug)]
pub struct Monitor {
    begun: Instant,
    plans: Mutex<Vec<Arc<dyn ExecutionPlan>>>,
    /// How long it took until the first plan was there; `None` before.
    compiled: watch::Sender<Option<Duration>>,
}

impl Default for Monitor {
    fn default() -> Self {
        Self { begun: Instant::now(), plans: Mutex::default(), compiled: watch::Sender::new(None) }
    }
}

impl Monitor {
    /// When the statement began.
    pub fn begun(&self) -> Instant {
        self.begun
    }

    /// How long it took to analyze and plan the statement; `None` before that is done, and for a statement without a plan.
    pub fn compile_time(&self) -> Option<Duration> {
        *self.compiled.borrow()
    }

    /// Waits until the statement is analyzed and planned: what fails later fails while it runs. For a statement without a
    /// plan this waits for ever.
    pub async fn compiled(&self) {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.compiled.subscribe().wait_for(Option::is_some).await;
    }

    /// The plans that the statement has run or is running, in the order of their beginning. Their metrics tell rows and
    /// times at each operator.
    pub fn plans(&self) -> Vec<Arc<dyn ExecutionPlan>> {
        self.plans.lock().clone()
    }

    /// The statement is about to run this plan.
    pub(crate) fn planned(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.plans.lock().push(Arc::clone(plan));
        let time = self.begun.elapsed();
        self.compiled.send_if_modified(|compiled| compiled.is_none() && compiled.replace(time).is_none());
    }
}
