//! The log of an operation: the lines that clients show while it runs.

use parking_lot::Mutex;

/// A log keeps so many bytes of lines; what comes later is not kept.
const MAX_BYTES: usize = 1 << 20;

/// The lines of an operation, and how many of them its client has read.
#[derive(Debug, Default)]
pub struct OperationLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    bytes: usize,
    read: usize,
}

impl OperationLog {
    /// Adds what Hive's log has at level `INFO`. A text of several lines becomes several.
    pub fn info(&self, text: &str) {
        self.add("INFO  : ", text);
    }

    /// Adds what Hive's log has at level `WARN`.
    pub fn warn(&self, text: &str) {
        self.add("WARN  : ", text);
    }

    /// Adds what Hive's log has at level `ERROR`.
    pub fn error(&self, text: &str) {
        self.add("ERROR : ", text);
    }

    fn add(&self, level: &str, text: &str) {
        let mut state = self.state.lock();
        for (number, line) in text.lines().enumerate() {
            if state.bytes > MAX_BYTES {
                return;
            }
            let line = crate::error::shortened(line);
            let line = if number == 0 { format!("{level}{line}") } else { line.into_owned() };
            state.bytes += line.len();
            state.lines.push(line);
        }
    }

    /// The next lines, at most `max`, that were not read before; `from_first` begins at the first again.
    pub fn read(&self, from_first: bool, max: usize) -> Vec<String> {
        let mut state = self.state.lock();
        if from_first {
            state.read = 0;
        }
        let end = state.lines.len().min(state.read.saturating_add(max));
        let lines = state.lines[state.read..end].to_vec();
        state.read = end;
        lines
    }

    /// All lines so far.
    pub fn all(&self) -> Vec<String> {
        self.state.lock().lines.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::OperationLog;

    #[test]
    fn lines_are_read_once_and_again_from_the_first() {
        let log = OperationLog::default();
        log.info("one\ntwo");
        log.error("three");
        assert_eq!(log.read(false, 2), ["INFO  : one", "two"]);
        assert_eq!(log.read(false, 9), ["ERROR : three"]);
        assert!(log.read(false, 9).is_empty());
        assert_eq!(log.read(true, 1), ["INFO  : one"]);
    }

    #[test]
    fn a_log_does_not_grow_without_bounds() {
        let log = OperationLog::default();
        for _ in 0..100 {
            log.info(&"x".repeat(10_000));
        }
        assert!(log.all().len() < 130);
        let log = OperationLog::default();
        log.info(&"x".repeat(100 << 20));
        assert!(log.all()[0].ends_with("x… (104857600 bytes)") && log.all()[0].len() < 11_000);
    }
}
