//! Where values lie on an axis, and which are written beside it.

/// An axis from one value to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// An axis that holds these values, from one round number to another, with about so many steps.
    pub fn of(values: impl Iterator<Item = f64>, steps: f64) -> Self {
        let (low, high) = values.filter(|value| value.is_finite()).fold((f64::MAX, f64::MIN), |(low, high), value| {
            // Beyond this, spans are infinite.
            let value = value.clamp(-1e300, 1e300);
            (low.min(value), high.max(value))
        });
        let (low, high) = match low.partial_cmp(&high) {
            Some(std::cmp::Ordering::Less) => (low, high),
            // One value, or none.
            Some(std::cmp::Ordering::Equal) => (low - low.abs().max(1.0) / 2.0, high + low.abs().max(1.0) / 2.0),
            _ => (0.0, 1.0),
        };
        let step = round_step((high - low) / steps);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper.
    pub fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The values that are written.
    pub fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 100.0) as usize;
        (0..=count).map(|at| self.low + self.step * at as f64).collect()
    }

    /// A value as it is written at this axis.
    pub fn text(&self, value: f64) -> String {
        let size = self.low.abs().max(self.high.abs());
        let (divisor, unit) = match size {
            _ if size >= 1e15 => return format!("{value:.1e}"),
            _ if size >= 1e12 => (1e12, "T"),
            _ if size >= 1e9 => (1e9, "G"),
            _ if size >= 1e6 => (1e6, "M"),
            _ if size >= 1e4 => (1e3, "k"),
            _ => (1.0, ""),
        };
        let digits = (-(self.step / divisor).log10().floor()).clamp(0.0, 12.0) as usize;
        let text = format!("{:.digits$}", value / divisor);
        let text = if text.trim_matches(['-', '0', '.']).is_empty() { "0".to_string() } else { text };
        if text == "0" { text } else { format!("{text}{unit}") }
    }
}

/// The next of 1, 2, 5, 10, 20, …
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let part = step / power;
    let rounded = [1.0, 2.0, 5.0].into_iter().find(|round| part <= *round * 1.000_001).unwrap_or(10.0);
    rounded * power
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn ticks_are_round() {
        let texts = |values: &[f64]| {
            let scale = Scale::of(values.iter().copied(), 4.0);
            scale.ticks().into_iter().map(|tick| scale.text(tick)).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[0.0, 93.0]), ["0", "50", "100"]);
        assert_eq!(texts(&[0.0, 0.31]), ["0", "0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(texts(&[-3.0, 4.0]), ["-4", "-2", "0", "2", "4"]);
        assert_eq!(texts(&[0.0, 41_000.0]), ["0", "20k", "40k", "60k"]);
        assert_eq!(texts(&[5.0, 5.0]), ["2", "4", "6", "8"]);
        assert_eq!(texts(&[]), ["0", "0.5", "1.0"]);
    }

    #[test]
    fn odd_values_have_a_place() {
        for values in [vec![f64::NAN], vec![f64::MAX, f64::MIN], vec![1e-300, 2e-300], vec![f64::INFINITY, 1.0]] {
            let scale = Scale::of(values.iter().copied(), 4.0);
            assert!(scale.ticks().len() < 110);
            for value in values.into_iter().filter(|value| !value.is_nan()) {
                assert!((0.0..=1.0).contains(&scale.place(value)), "{value}: {scale:?}");
            }
        }
    }
}
