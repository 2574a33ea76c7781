//! Durations to three significant digits: as they are while they are few, in a histogram
//! when they are many. A day has dozens of distributions with some hundred values each, and
//! as many empty histograms of 400 days to three digits would cost more than the day.

use hdrhistogram::Histogram;
use std::borrow::Cow;

/// From how many on a histogram is smaller than the values and sums faster.
const MANY: usize = 1024;

/// Durations in microseconds, to three significant digits. What is read of them does not
/// depend on the order in which they came, nor on whether they are few or many.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    /// All values while there are fewer than [`MANY`]; sorted where `sorted` says so.
    few: Vec<u64>,
    sorted: bool,
    many: Option<Box<Histogram<u64>>>,
}

impl Durations {
    /// Adds a value.
    #[inline]
    pub fn record(&mut self, us: u64) {
        match &mut self.many {
            Some(histogram) => {
                let _ = histogram.record(us); // grows by itself
            }
            None => self.record_few(us),
        }
    }

    fn record_few(&mut self, us: u64) {
        self.few.push(us);
        self.sorted = false;
        if self.few.len() >= MANY {
            self.spread();
        }
    }

    /// Adds a value so many times.
    pub fn record_n(&mut self, us: u64, count: u64) {
        if self.many.is_none() && count < (MANY - self.few.len()) as u64 {
            self.few.extend(std::iter::repeat_n(us, count as usize));
            self.sorted = false;
        } else {
            let _ = self.spread().record_n(us, count); // grows by itself
        }
    }

    /// From now on in a histogram.
    fn spread(&mut self) -> &mut Histogram<u64> {
        let few = std::mem::take(&mut self.few);
        let histogram = self.many.get_or_insert_with(|| Box::new(new_histogram()));
        for us in few {
            let _ = histogram.record(us); // grows by itself
        }
        histogram
    }

    /// Adds all values of another.
    pub fn add(&mut self, other: &Self) {
        match &other.many {
            Some(theirs) => {
                let _ = self.spread().add(&**theirs); // grows by itself
            }
            None if self.many.is_none() && self.few.len() + other.few.len() < MANY => {
                self.few.extend_from_slice(&other.few);
                self.sorted = false;
            }
            None => {
                let histogram = self.spread();
                for us in &other.few {
                    let _ = histogram.record(*us); // grows by itself
                }
            }
        }
    }

    /// The sum of others, which is then read fast.
    #[must_use]
    pub fn sum<'a>(others: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for other in others {
            sum.add(other);
        }
        sum.few.sort_unstable();
        sum.sorted = true;
        sum
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.many.as_ref().map_or(self.few.len() as u64, |h| h.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value below which this share of all lies, rounded up to three digits. 0 of none.
    #[must_use]
    pub fn value_at_quantile(&self, q: f64) -> u64 {
        if let Some(histogram) = &self.many {
            return histogram.value_at_quantile(q);
        }
        let few = self.in_order();
        let rank = (q.min(1.0) * few.len() as f64).ceil() as usize;
        let found = few.get(rank.saturating_sub(1)).copied().unwrap_or_default();
        let (lowest, highest) = equivalent(found);
        if q == 0.0 { lowest } else { highest }
    }

    /// Each value, rounded up to three digits, and how many have it, in ascending order.
    #[must_use]
    pub fn counts(&self) -> Vec<(u64, u64)> {
        if let Some(histogram) = &self.many {
            let steps = histogram.iter_recorded();
            return steps.map(|v| (v.value_iterated_to(), v.count_at_value())).collect();
        }
        let few = self.in_order();
        let alike = few.chunk_by(|a, b| equivalent(*a) == equivalent(*b));
        alike.map(|of| (equivalent(of[0]).1, of.len() as u64)).collect()
    }

    /// Their mean, of values to three digits. 0 of none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if let Some(histogram) = &self.many {
            return histogram.mean();
        }
        let total = self.few.len() as f64;
        // In the order and by the roundings of the histogram, so that the bits are the same.
        let middle = |us: u64| {
            let (lowest, highest) = equivalent(us);
            (lowest + (highest - lowest).div_ceil(2)) as f64
        };
        let steps = self.counts().into_iter();
        steps.fold(0.0, |sum, (us, count)| sum + middle(us) * count as f64 / total)
    }

    fn in_order(&self) -> Cow<'_, [u64]> {
        if self.sorted {
            return Cow::Borrowed(&self.few);
        }
        let mut few = self.few.clone();
        few.sort_unstable();
        Cow::Owned(few)
    }
}

/// The least and the greatest value that a histogram of three digits counts together with
/// this one: 1,024 steps to each power of two.
fn equivalent(us: u64) -> (u64, u64) {
    let shift = (us | 1).ilog2().saturating_sub(10);
    let lowest = us >> shift << shift;
    (lowest, lowest | ((1 << shift) - 1))
}

/// An empty histogram that grows as far as 400 days.
#[must_use]
pub fn new_histogram() -> Histogram<u64> {
    // Valid by construction: 3 digits and this range are within the crate's limits.
    let mut histogram = Histogram::new(3).unwrap_or_else(|_| unreachable!("3 digits are allowed"));
    histogram.auto(true);
    histogram
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::mix64;

    /// Values of all sizes up to 2 to the 41 (25 days), with repetitions.
    fn some(count: u64, salt: u64) -> Vec<u64> {
        (0..count).map(|i| mix64(i ^ salt << 32) >> 23 >> (mix64(i + salt) % 42)).collect()
    }

    fn same(of: &Durations, as_in: &Histogram<u64>) {
        assert_eq!(of.len(), as_in.len());
        for q in [0.0, 1e-9, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0, 1.5] {
            assert_eq!(of.value_at_quantile(q), as_in.value_at_quantile(q), "{q} of {}", of.len());
        }
        let steps = as_in.iter_recorded();
        let counts: Vec<_> = steps.map(|v| (v.value_iterated_to(), v.count_at_value())).collect();
        assert_eq!(of.counts(), counts);
        assert_eq!(of.mean().to_bits(), as_in.mean().to_bits());
    }

    #[test]
    fn few_and_many_durations_read_as_a_histogram_of_three_digits_to_the_bit() {
        for count in [0, 1, 2, 3, 10, 100, MANY as u64 - 1, MANY as u64, 5000] {
            let (mut durations, mut histogram) = (Durations::default(), new_histogram());
            for us in some(count, count) {
                durations.record(us);
                histogram.record(us).unwrap();
            }
            same(&durations, &histogram);
            same(&Durations::sum([&durations]), &histogram);
        }
    }

    #[test]
    fn sums_of_few_and_many_are_those_of_their_histograms() {
        let sizes = [(0, 0), (3, 0), (0, 3), (700, 700), (10, 2000), (2000, 10), (2000, 3000)];
        for (a, b) in sizes {
            let (mut durations, mut histogram) = (Durations::default(), new_histogram());
            let mut other = Durations::default();
            some(a, 1).into_iter().for_each(|us| durations.record(us));
            some(b, 2).into_iter().for_each(|us| other.record_n(us, us % 3));
            some(a, 1).into_iter().for_each(|us| histogram.record(us).unwrap());
            some(b, 2).into_iter().for_each(|us| histogram.record_n(us, us % 3).unwrap());
            durations.add(&other);
            same(&durations, &histogram);
        }
    }
}
