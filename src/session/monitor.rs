//! What others may see of a statement while it runs: how far it has come, and the plans that it runs.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::resources::Resources;
use crate::error::Result;

/// Watches one statement from any thread.
#[derive(Debug)]
pub struct Monitor {
    begun: Instant,
    query_id: Option<String>,
    plans: Mutex<Vec<Arc<dyn ExecutionPlan>>>,
    /// The memory and the spill folder that it runs on, which are given back when its plans end.
    runtime: Mutex<Weak<RuntimeEnv>>,
    /// How long it took until the first plan was there; `None` before.
    compiled: watch::Sender<Option<Duration>>,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            query_id: None,
            plans: Mutex::default(),
            runtime: Mutex::default(),
            compiled: watch::Sender::new(None),
        }
    }
}

impl Monitor {
    /// Watches the statement of this name (`hive.query.id`).
    pub fn named(query_id: String) -> Self {
        Self { query_id: Some(query_id), ..Self::default() }
    }

    /// The statement's name, if whoever runs it has given it one.
    pub fn query_id(&self) -> Option<&str> {
        self.query_id.as_deref()
    }

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

    /// Bytes of memory that its plans have reserved for sorting, grouping and joining.
    pub fn memory(&self) -> usize {
        self.runtime.lock().upgrade().map_or(0, |runtime| runtime.memory_pool.reserved())
    }

    /// What the statement runs on: one pool of memory for all of its plans.
    pub(crate) fn runtime(&self, resources: &Resources) -> Result<Arc<RuntimeEnv>> {
        let mut runtime = self.runtime.lock();
        if let Some(runtime) = runtime.upgrade() {
            return Ok(runtime);
        }
        let made = resources.statement()?;
        *runtime = Arc::downgrade(&made);
        Ok(made)
    }

    /// The statement is about to run this plan.
    pub(crate) fn planned(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.plans.lock().push(Arc::clone(plan));
        let time = self.begun.elapsed();
        self.compiled.send_if_modified(|compiled| compiled.is_none() && compiled.replace(time).is_none());
    }
}
