//! The histogram behind `percentile_approx` and `histogram_numeric`: Hive's `NumericHistogram`, after Yael Ben-Haim
//! and Elad Tom-Tov, "A streaming parallel decision tree algorithm", J. Machine Learning Research 11 (2010).

use crate::sketch::JavaRandom;

/// One bin: `y` values around `x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bin {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Bins in the order of `x`, no more than a fixed number.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    limit: usize,
    bins: Vec<Bin>,
    random: JavaRandom,
}

impl Histogram {
    /// An empty histogram of at most `limit` bins; 0 until the number is known.
    pub(super) fn new(limit: usize) -> Histogram {
        Histogram { limit, bins: Vec::new(), random: JavaRandom::new(31183) }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn bins(&self) -> &[Bin] {
        &self.bins
    }

    pub(super) fn add(&mut self, value: f64) {
        let at = self.bins.partition_point(|bin| bin.x < value);
        match self.bins.get_mut(at) {
            Some(bin) if bin.x == value => bin.y += 1.0,
            _ => {
                self.bins.insert(at, Bin { x: value, y: 1.0 });
                self.trim();
            }
        }
    }

    /// Adds the bins of another histogram. An empty one takes over their number too.
    pub(super) fn merge(&mut self, limit: usize, bins: impl IntoIterator<Item = Bin>) {
        if self.limit == 0 || self.bins.is_empty() {
            self.limit = limit;
            self.bins = bins.into_iter().collect();
            return;
        }
        self.bins.extend(bins);
        self.bins.sort_by(|left, right| left.x.total_cmp(&right.x));
        self.trim();
    }

    /// Joins the closest bins until there are few enough.
    fn trim(&mut self) {
        while self.bins.len() > self.limit.max(1) {
            let (mut smallest, mut place, mut ties) = (f64::NAN, 0, 1_u32);
            for (position, pair) in self.bins.windows(2).enumerate() {
                let difference = pair[1].x - pair[0].x;
                if position == 0 || difference < smallest {
                    (smallest, place, ties) = (difference, position, 1);
                } else if difference == smallest {
                    ties += 1;
                    if self.random.next_double() <= 1.0 / f64::from(ties) {
                        place = position;
                    }
                }
            }
            let next = self.bins.remove(place + 1);
            if let Some(bin) = self.bins.get_mut(place) {
                let height = bin.y + next.y;
                bin.x = bin.x * (bin.y / height) + next.x / height * next.y;
                bin.y = height;
            }
        }
    }

    /// The value below which the fraction `q` of all values lies; `None` of an empty histogram.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let total: f64 = self.bins.iter().map(|bin| bin.y).sum();
        let mut below = 0.0;
        let mut previous: Option<&Bin> = None;
        for bin in &self.bins {
            if (below + bin.y) / total >= q {
                let Some(previous) = previous else { return Some(bin.x) };
                return Some(previous.x + (q * total - below) * (bin.x - previous.x) / bin.y);
            }
            below += bin.y;
            previous = Some(bin);
        }
        self.bins.last().map(|_| -1.0)
    }

    pub(super) fn size(&self) -> usize {
        size_of_val(self) + self.bins.capacity() * size_of::<Bin>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_join_when_there_are_too_many() {
        let mut histogram = Histogram::new(2);
        [1.0, 2.0, 10.0, 1.0].into_iter().for_each(|value| histogram.add(value));
        let total: f64 = histogram.bins().iter().map(|bin| bin.y).sum();
        assert_eq!((histogram.bins().len(), total), (2, 4.0));
    }

    #[test]
    fn quantiles_interpolate() {
        let mut histogram = Histogram::new(10);
        (1..=4).for_each(|value| histogram.add(f64::from(value)));
        assert_eq!(histogram.quantile(0.5), Some(2.0));
        assert_eq!(histogram.quantile(0.1), Some(1.0));
        assert_eq!(Histogram::new(3).quantile(0.5), None);
    }
}
