//! Which rates a search tries, one after the other.

use super::rate_per_s;

/// A search ends when the bounds are so close: 5 % of the upper one.
const CLOSE: f64 = 0.05;
/// Rates of a search, at most.
const MOST: usize = 20;

/// Which rates to try.
#[derive(Clone, Debug, PartialEq)]
pub enum Rates {
    /// These, until one misses a target.
    Steps(Vec<f64>),
    /// Between these.
    Between(f64, f64),
}

impl Rates {
    /// The next rate to try after so many, with the largest that held and the smallest
    /// that did not.
    #[must_use]
    pub fn next(&self, done: usize, low: Option<f64>, high: Option<f64>) -> Option<f64> {
        match self {
            Rates::Steps(_) if high.is_some() => None,
            Rates::Steps(list) => list.get(done).copied(),
            Rates::Between(from, to) => match (low, high) {
                (None, None) => Some(*from),
                (None, Some(_)) => None, // the lowest already fails
                // From below: a bot that was overloaded needs long to recover.
                (Some(l), None) if l < *to => Some((2.0 * l).min(*to)),
                (Some(_), None) => None, // the highest holds
                (Some(l), Some(h)) if h - l <= CLOSE * h || done >= MOST => None,
                // Rates matter by their ratio.
                (Some(l), Some(h)) => Some((l * h).sqrt()),
            },
        }
    }

    /// `A..B:C`: steps of equal size.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn steps(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').map(|(range, by)| (range.split_once(".."), by));
        let Some((Some((from, to)), by)) = parts else {
            return Err("write `10/s..200/s:10/s`".into());
        };
        let (from, to, by) = (rate_per_s(from)?, rate_per_s(to)?, rate_per_s(by)?);
        if by <= 0.0 || from <= 0.0 || to < from || (to - from) / by > 1000.0 {
            return Err("needs rising rates, at most a thousand".into());
        }
        let count = ((to - from) / by + 1e-9) as usize;
        Ok(Self::Steps((0..=count).map(|n| from + by * n as f64).collect()))
    }

    /// `A..B`: whatever is between.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn between(text: &str) -> Result<Self, String> {
        let Some((from, to)) = text.split_once("..") else {
            return Err("write `10/s..500/s`".into());
        };
        let (from, to) = (rate_per_s(from)?, rate_per_s(to)?);
        if from <= 0.0 || to <= from {
            return Err("needs two rising rates".into());
        }
        Ok(Self::Between(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_doubles_until_it_fails_and_then_halves_the_ratio_until_the_bounds_are_close() {
        let rates = Rates::Between(10.0, 1000.0);
        for carries in [11.0, 137.0, 900.0] {
            let (mut low, mut high, mut done): (Option<f64>, Option<f64>, _) = (None, None, 0);
            while let Some(rate) = rates.next(done, low, high) {
                done += 1;
                if rate <= carries {
                    low = Some(rate);
                } else {
                    assert!(rate <= 2.0 * carries, "no more than twice what it carries");
                    high = Some(rate);
                }
            }
            let (low, high) = (low.unwrap(), high.unwrap());
            assert!(low <= carries && carries < high && high - low <= CLOSE * high);
            // As often as 10 is doubled, and ln 2 halved for a ratio of 0.95.
            assert!(done <= 8 + 4, "{done}, and at most {MOST}");
        }
    }

    #[test]
    fn a_bot_that_carries_all_or_nothing_is_tried_up_to_the_ends() {
        let rates = Rates::Between(10.0, 35.0);
        assert_eq!(rates.next(0, None, None), Some(10.0));
        assert_eq!(rates.next(1, None, Some(10.0)), None);
        assert_eq!(rates.next(2, Some(20.0), None), Some(35.0));
        assert_eq!(rates.next(3, Some(35.0), None), None);
    }
}
