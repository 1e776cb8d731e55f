//! Ctrl-C: the first stops the statement, a second one the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::CancelHandle;

/// Listens for Ctrl-C for as long as the program runs.
#[derive(Debug, Clone)]
pub struct Interrupt {
    /// How often it was pressed since the statement began.
    pressed: Arc<AtomicU32>,
}

impl Interrupt {
    /// Begins to listen; Ctrl-C stops the statements of this handle. The listener has a thread and a runtime of its own,
    /// for the threads that run a query may all be busy.
    pub fn listen(cancel: CancelHandle) -> std::io::Result<Self> {
        let pressed = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&pressed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("skep-interrupt".into()).spawn(move || {
            runtime.block_on(async {
                while tokio::signal::ctrl_c().await.is_ok() {
                    if count.fetch_add(1, Ordering::SeqCst) > 0 {
                        std::process::exit(130);
                    }
                    cancel.cancel();
                }
            });
        })?;
        Ok(Self { pressed })
    }

    /// A statement begins.
    pub fn reset(&self) {
        self.pressed.store(0, Ordering::SeqCst);
    }

    /// Has Ctrl-C been pressed since the statement began?
    pub fn pressed(&self) -> bool {
        self.pressed.load(Ordering::SeqCst) > 0
    }
}
