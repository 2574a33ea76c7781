//! How good forecasts were, once what they spoke of had come.

use super::method::Method;
use super::trial::{CONFIDENCE, Trial, Width};

/// How good a method was on weeks that it had not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The method.
    pub method: Method,
    /// Sum of absolute errors of intervals by the sum of counts (wMAPE).
    pub wmape: f64,
    /// The same of totals of days.
    pub wmape_day: f64,
    /// Sum of errors by the sum of counts; above 0 where too many were forecast.
    pub bias: f64,
    /// Mean Winkler score of the 90 % intervals, contacts: their width, and twenty times
    /// by how far what came lies outside.
    pub winkler: f64,
    /// Share of intervals whose count lies in the 90 % interval.
    pub coverage: f64,
    /// Share of days whose total does.
    pub coverage_day: f64,
}

/// Sums of a method.
#[derive(Clone, Copy, Default)]
struct Sums {
    came: f64,
    off: f64,
    off_day: f64,
    signed: f64,
    winkler: f64,
    counts: f64,
    held: f64,
    days: f64,
    held_days: f64,
}

impl Sums {
    fn add(&mut self, came: &[f64], said: &[f64], width: &Width) {
        for (came, said) in came.iter().zip(said).filter(|(c, s)| **c > 0.0 || **s > 0.0) {
            let [low, high] = width.of_count(*said);
            let outside = (low - came).max(came - high).max(0.0);
            self.came += came;
            self.off += (said - came).abs();
            self.signed += said - came;
            self.winkler += high - low + 2.0 / (1.0 - CONFIDENCE) * outside;
            self.counts += 1.0;
            self.held += f64::from(u8::from(outside <= 0.0));
        }
        let (came, said): (f64, f64) = (came.iter().sum(), said.iter().sum());
        let [low, high] = width.of_day(said);
        self.off_day += (said - came).abs();
        self.days += 1.0;
        self.held_days += f64::from(u8::from((low..=high).contains(&came)));
    }
}

/// The score of each method over all trials, each with intervals of what was known at its
/// moment; none where the history is too short for a trial.
pub(super) fn scores(trials: &[Trial<'_>]) -> Option<[Score; 3]> {
    let mut sums = [Sums::default(); 3];
    for trial in trials {
        for (n, sum) in sums.iter_mut().enumerate() {
            let width = Width::at(n, trial.origin, trials, trial.dispersion, trial.fit_sd);
            trial.days.iter().for_each(|(day, said)| sum.add(&day.counts, &said[n], &width));
        }
    }
    let score = |n: usize| {
        let s = &sums[n];
        Score {
            method: Method::ALL[n],
            wmape: s.off / s.came,
            wmape_day: s.off_day / s.came,
            bias: s.signed / s.came,
            winkler: s.winkler / s.counts,
            coverage: s.held / s.counts,
            coverage_day: s.held_days / s.days,
        }
    };
    (sums[0].days > 0.0).then(|| [score(0), score(1), score(2)])
}
