//! Ctrl-C: the first stops the statement, a second one the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::CancelHandle;

/// Listens for Ctrl-C while a statement runs; dropping it stops listening.
pub struct Interrupt {
    pressed: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Interrupt {
    /// Begins to listen. Must be called inside a runtime.
    pub fn listen(cancel: CancelHandle) -> Self {
        let pressed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&pressed);
        let task = tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if flag.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
                cancel.cancel();
            }
        });
        Self { pressed, task }
    }

    /// Has Ctrl-C been pressed since?
    pub fn pressed(&self) -> bool {
        self.pressed.load(Ordering::SeqCst)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.task.abort();
    }
}
