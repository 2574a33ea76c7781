//! The three ways to forecast, asked at any moment of a history.

use super::day_model::{DayModel, Terms};
use super::history::{Day, History, weekday};
use super::shape::Shape;
use jiff::civil::Date;

/// A way to forecast counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A regression for totals of days, and shapes of weekdays.
    Regression,
    /// The same weekday of the last week: seasonal-naive.
    LastWeek,
    /// The mean of the last four same weekdays.
    FourWeeks,
}

impl Method {
    /// All of them, the ambitious one first.
    pub const ALL: [Method; 3] = [Method::Regression, Method::LastWeek, Method::FourWeeks];

    /// Its name in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Regression => "regression",
            Method::LastWeek => "seasonal_naive",
            Method::FourWeeks => "mean_of_four",
        }
    }

    /// What it does, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Method::Regression => "regression on the calendar",
            Method::LastWeek => "same weekday of the last week",
            Method::FourWeeks => "mean of the last four same weekdays",
        }
    }
}

/// What is known at a moment of the history, made ready to forecast.
pub(super) struct Forecaster<'h> {
    history: &'h History,
    known: &'h [Day],
    model: DayModel<'h>,
    shape: Shape,
}

impl<'h> Forecaster<'h> {
    /// With the days before `origin` and these terms.
    pub(super) fn at(history: &'h History, origin: Date, terms: Terms) -> Self {
        let model = DayModel::fit(history, terms, origin);
        let shape = Shape::of(history, origin, &model.special);
        Self { history, known: &history.days[..history.before(origin)], model, shape }
    }

    /// Counts of a date by interval.
    pub(super) fn day(&self, method: Method, date: Date) -> Vec<f64> {
        let slots = self.known.first().map_or(0, |d| d.counts.len());
        if !self.history.is_open(date) {
            return vec![0.0; slots];
        }
        let weeks = match method {
            Method::Regression => return self.shape.spread(date, self.model.total(date)),
            Method::LastWeek => 1,
            Method::FourWeeks => 4,
        };
        let like = self.known.iter().rev().filter(|d| weekday(d.date) == weekday(date));
        let like: Vec<&Day> = like.take(weeks).collect();
        let mean = |slot: usize| {
            like.iter().map(|d| d.counts[slot]).sum::<f64>() / like.len().max(1) as f64
        };
        (0..slots).map(mean).collect()
    }

    /// Variance of a count to its mean where the total of the day is known.
    pub(super) fn dispersion(&self) -> f64 {
        self.shape.dispersion
    }

    /// Days that are special, and what they were to what was expected.
    pub(super) fn special(&self) -> &[(Date, f64)] {
        &self.model.special
    }

    /// Standard deviation of logarithms of totals about the regression.
    pub(super) fn fit_sd(&self) -> f64 {
        self.model.sd
    }
}
