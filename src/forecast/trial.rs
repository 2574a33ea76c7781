//! Forecasts made at earlier moments of the history, and how wide intervals must be that
//! hold what came.

use super::day_model::{DayModel, Terms};
use super::history::{Day, History};
use super::method::{Forecaster, Method};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// Confidence of the intervals.
pub(super) const CONFIDENCE: f64 = 0.9;
/// Days that must be known before the first moment at which a forecast is tried, where
/// the history is long and where it is not.
const KNOWN_DAYS: [i64; 2] = [56, 28];
/// Moments at which forecasts are tried, at most: one a week.
const MOST_TRIALS: i64 = 32;
/// Trials of which the errors make the intervals: the latest.
const RECENT_TRIALS: usize = 8;
/// Fewest days of errors from which quantiles are taken.
const ENOUGH_DAYS: usize = 10;
/// Days of errors, and how much less of them, that speak for other terms than the first.
const CLEAR_DAYS: usize = 30;
const CLEARLY_LESS: f64 = 0.95;
/// The normal law's quantile of 95 %.
const NORMAL_Z: f64 = 1.644_853_626_951_472_7;

/// A forecast made when only what came before `origin` was known.
pub(super) struct Trial<'h> {
    pub(super) origin: Date,
    /// What came, and what each method of [`Method::ALL`] said, by interval.
    pub(super) days: Vec<(&'h Day, [Vec<f64>; 3])>,
    pub(super) dispersion: f64,
    pub(super) fit_sd: f64,
}

/// Weekly moments, the earliest first; the last lies a week before the end.
fn origins(history: &History, weeks: u32) -> Vec<Date> {
    let span = history.span_days();
    let [long, short] = KNOWN_DAYS;
    let known = if span >= long + 7 * i64::from(weeks) { long } else { short };
    let count = ((span - known) / 7).clamp(0, MOST_TRIALS + i64::from(weeks));
    (1..=count).rev().map(|k| history.next_date().saturating_sub((7 * k).days())).collect()
}

/// Days of the history from a date on, for so many weeks.
fn came(history: &History, origin: Date, weeks: u32) -> &[Day] {
    let until = origin.saturating_add((7 * i64::from(weeks)).days());
    &history.days[history.before(origin)..history.before(until)]
}

/// What the terms of [`Terms::candidates`] missed by, at each moment.
pub(super) struct Choice {
    candidates: Vec<Terms>,
    /// `(date, error by candidate)` of totals.
    errors: Vec<(Date, Vec<f64>)>,
}

impl Choice {
    /// Tries all candidates at all moments.
    pub(super) fn of(history: &History, weeks: u32) -> Self {
        let candidates = Terms::candidates(history.span_days());
        let mut errors = Vec::new();
        for origin in origins(history, weeks) {
            let fit = |terms: &Terms| DayModel::fit(history, *terms, origin);
            let models: Vec<_> = candidates.iter().map(fit).collect();
            for day in came(history, origin, weeks) {
                let off = |m: &DayModel<'_>| (m.total(day.date) - day.total()).abs();
                errors.push((day.date, models.iter().map(off).collect()));
            }
        }
        Self { candidates, errors }
    }

    /// The terms that had missed clearly less than the first by a date; the first where
    /// none had, or too little was known.
    pub(super) fn at(&self, date: Date) -> Terms {
        let mut sums = vec![0.0; self.candidates.len()];
        let known = self.errors.iter().filter(|(day, _)| *day < date);
        let mut days = 0;
        for (_, errors) in known {
            sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
            days += 1;
        }
        let best = sums.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        let clearly = |error: f64| days >= CLEAR_DAYS && error < CLEARLY_LESS * sums[0];
        let place = best.filter(|(_, error)| clearly(**error)).map_or(0, |(n, _)| n);
        self.candidates.get(place).copied().unwrap_or_default()
    }
}

/// The trials of all methods; terms are chosen by what was known at the moment.
pub(super) fn trials<'h>(history: &'h History, weeks: u32, choice: &Choice) -> Vec<Trial<'h>> {
    let trial = |origin: Date| {
        let forecaster = Forecaster::at(history, origin, choice.at(origin));
        let said = |date: Date| Method::ALL.map(|method| forecaster.day(method, date));
        Trial {
            origin,
            days: came(history, origin, weeks).iter().map(|d| (d, said(d.date))).collect(),
            dispersion: forecaster.dispersion(),
            fit_sd: forecaster.fit_sd(),
        }
    };
    origins(history, weeks).into_iter().map(trial).collect()
}

/// How far counts lie from what a method says, as its earlier errors show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    /// Standard deviation of the logarithm of a day's total about what is said.
    pub(super) day_cv: f64,
    dispersion: f64,
    /// Quantiles of standardised errors of intervals.
    z: [f64; 2],
    /// Quantiles of errors of days, in logarithms.
    day: [f64; 2],
}

impl Width {
    /// Of a method (its place in [`Method::ALL`]) at a moment: from the errors of trials
    /// before it, of days before it.
    pub(super) fn at(
        method: usize,
        date: Date,
        trials: &[Trial<'_>],
        dispersion: f64,
        fit_sd: f64,
    ) -> Self {
        let earlier: Vec<&Trial<'_>> = trials.iter().filter(|t| t.origin < date).collect();
        let recent = &earlier[earlier.len().saturating_sub(RECENT_TRIALS)..];
        let pairs: Vec<(&[f64], &[f64])> = recent
            .iter()
            .flat_map(|t| t.days.iter())
            .filter(|(day, _)| day.date < date)
            .map(|(day, said)| (day.counts.as_slice(), said[method].as_slice()))
            .collect();
        let total = |counts: &[f64]| counts.iter().sum::<f64>().max(1e-9);
        let mut logs: Vec<f64> =
            pairs.iter().map(|(came, said)| libm::log(total(came) / total(said))).collect();
        let squares: f64 = logs.iter().map(|e| e * e).sum();
        let enough = logs.len() >= ENOUGH_DAYS;
        let seen = (squares / logs.len().max(1) as f64).sqrt();
        // Before anything was tried: what the fit itself misses by, and half as much again.
        let day_cv = if enough { seen } else { fit_sd * 1.5 };
        let normal = [-NORMAL_Z, NORMAL_Z];
        let mut width = Self { day_cv, dispersion, z: normal, day: normal.map(|z| z * day_cv) };
        if enough {
            let counts = pairs.iter().flat_map(|(came, said)| came.iter().zip(*said));
            let counts = counts.filter(|(_, said)| **said > 0.0);
            let mut z: Vec<f64> =
                counts.map(|(came, said)| (came - said) / width.sd(*said)).collect();
            width.z = ends(&mut z).unwrap_or(normal);
            width.day = ends(&mut logs).unwrap_or(width.day);
        }
        width
    }

    /// Standard deviation of a count about its mean.
    fn sd(&self, mean: f64) -> f64 {
        (self.dispersion * mean + (self.day_cv * mean).powi(2)).sqrt()
    }

    /// The interval of a count.
    pub(super) fn of_count(&self, mean: f64) -> [f64; 2] {
        self.z.map(|z| (mean + z * self.sd(mean)).max(0.0))
    }

    /// The interval of a day's total.
    pub(super) fn of_day(&self, total: f64) -> [f64; 2] {
        self.day.map(|log| total * libm::exp(log))
    }
}

/// The quantiles between which [`CONFIDENCE`] of the values lie.
fn ends(values: &mut [f64]) -> Option<[f64; 2]> {
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let at = |p: f64| {
        // Between the order statistics, at (n + 1) p: unbiased for a uniform law.
        let place = ((values.len() + 1) as f64 * p - 1.0).clamp(0.0, (values.len() - 1) as f64);
        let low = place.floor() as usize;
        let high = (low + 1).min(values.len() - 1);
        values[low] + (values[high] - values[low]) * (place - low as f64)
    };
    (!values.is_empty()).then(|| [at(tail), at(1.0 - tail)])
}
