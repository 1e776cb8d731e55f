//! Lines of Rust with their indentation.

/// Text that is being written.
#[derive(Default)]
pub(crate) struct Text {
    out: String,
    depth: usize,
}

impl Text {
    /// Adds a line. One that begins with a closing bracket stands further left, what follows one that ends with an
    /// opening bracket further right.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if line.starts_with(['}', ')', ']']) {
            self.depth = self.depth.saturating_sub(1);
        }
        for _ in 0..if line.is_empty() { 0 } else { self.depth } {
            self.out.push_str("    ");
        }
        self.out.push_str(line);
        self.out.push('\n');
        if line.ends_with(['{', '(', '[']) {
            self.depth += 1;
        }
    }

    /// Adds a doc comment, a line of it for each line of `text`.
    pub(crate) fn doc(&mut self, text: &str) {
        for line in text.lines() {
            self.line(format!("/// {line}").trim_end());
        }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_indent() {
        let mut text = Text::default();
        for line in ["fn f() {", "g(", "1,", ");", "}"] {
            text.line(line);
        }
        assert_eq!(text.finish(), "fn f() {\n    g(\n        1,\n    );\n}\n");
    }
}
