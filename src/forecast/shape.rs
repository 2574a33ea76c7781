//! How the contacts of a day spread over its intervals.

use super::history::{Day, History, weekday};
use jiff::civil::Date;

/// Days of which the shape is the mean, at most: half a year.
const RECENT_DAYS: usize = 130;
/// A weekday's share of an interval is pulled to that of all days as by so many contacts.
const COMMON_CONTACTS: f64 = 20.0;

/// Shares of the intervals of a day, by weekday; each sums to 1.
pub(super) struct Shape {
    shares: Vec<Vec<f64>>,
    /// Variance of a count to its mean where the total of the day is known; 1 for Poisson.
    pub(super) dispersion: f64,
}

impl Shape {
    /// The shape of the last days before a date, special ones left out.
    pub(super) fn of(history: &History, origin: Date, special: &[(Date, f64)]) -> Self {
        let known = &history.days[..history.before(origin)];
        let recent = &known[known.len().saturating_sub(RECENT_DAYS)..];
        let usual = || recent.iter().filter(|d| !special.iter().any(|(s, _)| *s == d.date));
        let slots = recent.first().map_or(0, |d| d.counts.len());
        let mut sums = vec![vec![0.0; slots]; 8];
        for day in usual() {
            for (slot, count) in day.counts.iter().enumerate() {
                sums[weekday(day.date)][slot] += count;
                sums[7][slot] += count;
            }
        }
        let all: f64 = sums[7].iter().sum();
        let open = sums[7].iter().filter(|s| **s > 0.0).count() as f64;
        let pull = COMMON_CONTACTS * open;
        let shares: Vec<Vec<f64>> = (0..7)
            .map(|w| {
                let own: f64 = sums[w].iter().sum();
                let share = |slot: usize| {
                    let common = if all > 0.0 { sums[7][slot] / all } else { 0.0 };
                    (sums[w][slot] + pull * common) / (own + pull).max(f64::MIN_POSITIVE)
                };
                (0..slots).map(share).collect()
            })
            .collect();
        let mut shape = Self { shares, dispersion: 1.0 };
        shape.dispersion = shape.dispersion_of(usual());
        shape
    }

    /// Pearson's statistic by its degrees of freedom: each day takes one, each share of a
    /// weekday another. At least 1: counts are not more even than chance.
    fn dispersion_of<'d>(&self, days: impl Iterator<Item = &'d Day>) -> f64 {
        let (mut squares, mut terms) = (0.0, 0.0);
        let mut seen = [false; 7];
        for day in days {
            let total = day.total();
            let shares = &self.shares[weekday(day.date)];
            seen[weekday(day.date)] = true;
            for (count, share) in day.counts.iter().zip(shares).filter(|(_, s)| **s > 0.0) {
                squares += (count - total * share).powi(2) / (total * share);
                terms += 1.0;
            }
            terms -= 1.0;
        }
        let of_shares = |w: usize| self.shares[w].iter().filter(|s| **s > 0.0).count() as f64;
        let taken: f64 = (0..7).filter(|w| seen[*w]).map(of_shares).sum();
        if terms - taken < 1.0 { 1.0 } else { (squares / (terms - taken)).max(1.0) }
    }

    /// A total spread over the intervals of a date.
    pub(super) fn spread(&self, date: Date, total: f64) -> Vec<f64> {
        self.shares[weekday(date)].iter().map(|share| share * total).collect()
    }
}
