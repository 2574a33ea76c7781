//! The forecast itself: the method that was best, and its intervals.

use super::day_model::Terms;
use super::history::History;
use super::method::{Forecaster, Method};
use super::score::{Score, scores};
use super::trial::{Choice, Width, trials};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use std::collections::BTreeSet;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Weeks to come, from the day after the last count on.
    pub weeks: u32,
    /// Dates to come on which nobody will come.
    pub closed: BTreeSet<Date>,
}

/// An interval to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalAhead {
    /// When it begins, local time.
    pub start: DateTime,
    /// Contacts to expect.
    pub count: f64,
    /// Ends of the 90 % prediction interval, contacts.
    pub interval: [f64; 2],
}

/// A day to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayAhead {
    /// The date.
    pub date: Date,
    /// Contacts to expect.
    pub total: f64,
    /// Ends of the 90 % prediction interval, contacts.
    pub interval: [f64; 2],
}

/// Counts of the weeks to come.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The method that was used.
    pub method: Method,
    /// Scores of all methods on weeks held out, in the order of [`Method::ALL`]; none where
    /// the history is too short to hold any out.
    pub scores: Option<[Score; 3]>,
    /// Number of moments at which they were asked.
    pub trials: usize,
    /// Terms of the regression.
    pub terms: Terms,
    /// Intervals to come in which anybody is expected, in their order.
    pub intervals: Vec<IntervalAhead>,
    /// Open days to come.
    pub days: Vec<DayAhead>,
    /// Past days that were special and left out of the fit: date, what came to what was expected.
    pub special: Vec<(Date, f64)>,
    /// Standard deviation of a day's total to its mean, as forecasts so far ahead missed it.
    pub day_cv: f64,
    /// Variance of a count to its mean where the total of the day is known.
    pub dispersion: f64,
}

impl Forecast {
    /// The score of the method that was used.
    #[must_use]
    pub fn score(&self) -> Option<&Score> {
        self.scores.iter().flatten().find(|s| s.method == self.method)
    }

    /// Whether the regression was better than both plain methods; none where nothing says.
    #[must_use]
    pub fn regression_is_best(&self) -> Option<bool> {
        self.scores.as_ref().map(|scores| best(scores) == Method::Regression)
    }
}

fn best(scores: &[Score; 3]) -> Method {
    let least = scores.iter().min_by(|a, b| a.wmape.total_cmp(&b.wmape));
    least.map_or(Method::FourWeeks, |s| s.method)
}

/// Forecasts. Where no weeks can be held out, the mean of the last four same weekdays is
/// used: nothing says that more is better.
#[must_use]
pub fn forecast(history: &History, ask: &Ask) -> Forecast {
    let mut history = history.clone();
    history.closed_ahead = ask.closed.clone();
    let choice = Choice::of(&history, ask.weeks);
    let trials = trials(&history, ask.weeks, &choice);
    let scores = scores(&trials);
    let method = scores.as_ref().map_or(Method::FourWeeks, best);
    let from = history.next_date();
    let terms = choice.at(from);
    let forecaster = Forecaster::at(&history, from, terms);
    let number = Method::ALL.iter().position(|m| *m == method).unwrap_or(0);
    let (dispersion, fit_sd) = (forecaster.dispersion(), forecaster.fit_sd());
    let width = Width::at(number, from, &trials, dispersion, fit_sd);
    let (mut intervals, mut days) = (Vec::new(), Vec::new());
    let dates = from.series(1.day()).take(7 * ask.weeks as usize);
    for date in dates.filter(|date| history.is_open(*date)) {
        let counts = forecaster.day(method, date);
        let total = counts.iter().sum();
        days.push(DayAhead { date, total, interval: width.of_day(total) });
        for (slot, count) in counts.into_iter().enumerate().filter(|(_, c)| *c > 0.0) {
            let seconds = slot as i64 * i64::from(history.step_s);
            let start = date.to_datetime(Time::midnight()).saturating_add(seconds.seconds());
            intervals.push(IntervalAhead { start, count, interval: width.of_count(count) });
        }
    }
    Forecast {
        method,
        scores,
        trials: trials.len(),
        terms,
        intervals,
        days,
        special: forecaster.special().to_vec(),
        day_cv: width.day_cv,
        dispersion,
    }
}
