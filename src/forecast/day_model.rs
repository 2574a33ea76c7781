//! Totals of days: a regression of their logarithm on what the calendar says of them.

use super::history::{History, days_between, weekday};
use super::linear::ridge;
use jiff::civil::Date;
use std::f64::consts::TAU;

/// Ridge on the effects of the calendar, in days of weight 1.
const RIDGE: f64 = 0.1;
/// Ridge on the trend, which is in logarithms per hundred days: it must be well seen.
const TREND_RIDGE: f64 = 3.0;
/// How much of a trend is left a day later.
const DAMPING: f64 = 0.98;
/// Days this many robust standard deviations off, and more than a tenth, are special.
const SPECIAL_SDS: f64 = 4.0;
const SPECIAL_LOG: f64 = 0.1;
/// A year must be seen at least so long before it is a term, days.
const YEARLY_DAYS: i64 = 540;
/// A month likewise.
const MONTHLY_DAYS: i64 = 70;
/// Days whose mean error moves the level, and by which part of it: totals drift.
const LEVEL_DAYS: i64 = 28;
const LEVEL_PART: f64 = 0.5;
/// Pairs of waves over a year.
const YEAR_WAVES: u8 = 2;

/// What a total of a day depends on, besides weekday and a closed day before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Pairs of waves over the month.
    pub month: u8,
    /// Pairs of waves over the year.
    pub year: u8,
    /// A trend that fades out.
    pub trend: bool,
    /// A day so many days ago counts half; all days count alike without it.
    pub half_life_days: Option<u16>,
}

impl Terms {
    /// Those to choose from for a history of so many days. The first is what is used as long
    /// as errors do not clearly speak for another: paydays and bills come by the month in
    /// most trades, and a trend is seen where there is none more often than missed.
    pub(super) fn candidates(days: i64) -> Vec<Self> {
        let mut all = Vec::new();
        let months: &[u8] = if days >= MONTHLY_DAYS { &[2, 0, 3] } else { &[0] };
        let years: &[u8] = if days >= YEARLY_DAYS { &[0, YEAR_WAVES] } else { &[0] };
        for &year in years {
            for &month in months {
                for trend in [false, true] {
                    for half_life_days in [None, Some(42)] {
                        all.push(Self { month, year, trend, half_life_days });
                    }
                }
            }
        }
        all
    }

    /// Without the waves of which a history of so many days has not seen enough.
    fn seen_in(self, days: i64) -> Self {
        let month = if days < MONTHLY_DAYS { 0 } else { self.month };
        let year = if days < YEARLY_DAYS { 0 } else { self.year };
        Self { month, year, ..self }
    }

    /// In words, as `weekday, day of the month`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = vec!["weekday", "the day after a closed one"];
        words.extend((self.month > 0).then_some("day of the month"));
        words.extend((self.year > 0).then_some("day of the year"));
        words.extend(self.trend.then_some("a fading trend"));
        words.extend(self.half_life_days.map(|_| "recent weeks count more"));
        words.join(", ")
    }

    fn ridges(&self) -> Vec<f64> {
        let calendar = 8 + 2 * usize::from(self.month) + 2 * usize::from(self.year);
        let mut ridges = vec![0.0];
        ridges.extend(vec![RIDGE; calendar]);
        ridges.extend(self.trend.then_some(TREND_RIDGE));
        ridges
    }

    /// What the calendar says of a date, seen from the day after the last known one.
    fn row(&self, history: &History, date: Date, origin: Date) -> Vec<f64> {
        let mut row = vec![1.0];
        row.extend((0..7).map(|w| f64::from(u8::from(w == weekday(date)))));
        row.push(f64::from(u8::from(history.follows_closed(date))));
        let month = (f64::from(date.day()) - 0.5) / f64::from(date.days_in_month());
        let year = f64::from(date.day_of_year()) / f64::from(date.days_in_year());
        for (waves, phase) in [(self.month, month), (self.year, year)] {
            for wave in 1..=waves {
                let angle = TAU * f64::from(wave) * phase;
                row.extend([libm::cos(angle), libm::sin(angle)]);
            }
        }
        row.extend(self.trend.then(|| {
            let days = days_between(origin, date);
            let ahead = |days: i64| (1.0 - libm::pow(DAMPING, days as f64)) / (1.0 - DAMPING);
            if days <= 0 { days as f64 / 100.0 } else { ahead(days) / 100.0 }
        }));
        row
    }
}

/// A fitted regression.
pub(super) struct DayModel<'h> {
    history: &'h History,
    terms: Terms,
    origin: Date,
    coefficients: Vec<f64>,
    /// What the last weeks were off by, in part, in logarithms.
    level: f64,
    /// Days that are left out of the fit, with what they were to what was expected.
    pub(super) special: Vec<(Date, f64)>,
    /// Standard deviation of the logarithms about the fit, special days left out.
    pub(super) sd: f64,
}

impl<'h> DayModel<'h> {
    /// Fits the days before `origin`, of which there is at least one. Days far off are
    /// found by a first fit and left out of the second.
    pub(super) fn fit(history: &'h History, terms: Terms, origin: Date) -> Self {
        let days = &history.days[..history.before(origin)];
        let terms = terms.seen_in(days.first().map_or(0, |d| days_between(d.date, origin)));
        let rows: Vec<_> = days.iter().map(|d| terms.row(history, d.date, origin)).collect();
        let y: Vec<f64> = days.iter().map(|d| libm::log(d.total())).collect();
        let mut weights: Vec<f64> = days
            .iter()
            .map(|d| match terms.half_life_days {
                None => 1.0,
                Some(half) => libm::exp2(days_between(origin, d.date) as f64 / f64::from(half)),
            })
            .collect();
        let mut model = Self {
            history,
            terms,
            origin,
            coefficients: Vec::new(),
            level: 0.0,
            special: vec![],
            sd: 0.0,
        };
        for round in 0..3 {
            model.coefficients = ridge(&rows, &y, &weights, &terms.ridges());
            let off: Vec<f64> = rows.iter().zip(&y).map(|(row, y)| y - model.log_of(row)).collect();
            let mut sizes: Vec<f64> = off.iter().map(|r| r.abs()).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            let robust = 1.4826 * sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
            let special = |r: f64| r.abs() > SPECIAL_SDS * robust && r.abs() > SPECIAL_LOG;
            let usual = || days.iter().zip(&off).filter(|(_, r)| !special(**r));
            model.sd = mean(usual().map(|(_, r)| r * r)).sqrt();
            let late = usual().filter(|(d, _)| days_between(d.date, origin) <= LEVEL_DAYS);
            model.level = LEVEL_PART * mean(late.map(|(_, r)| *r));
            let found = days.iter().zip(&off).filter(|(_, r)| special(**r));
            model.special = found.map(|(d, r)| (d.date, libm::exp(*r))).collect();
            if round < 2 {
                weights
                    .iter_mut()
                    .zip(&off)
                    .filter(|(_, r)| special(**r))
                    .for_each(|(w, _)| *w = 0.0);
            }
        }
        model
    }

    fn log_of(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.coefficients).map(|(x, b)| x * b).sum()
    }

    /// Contacts to expect on a date.
    pub(super) fn total(&self, date: Date) -> f64 {
        let row = self.terms.row(self.history, date, self.origin);
        libm::exp(self.log_of(&row) + self.level)
    }
}

/// The mean; 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}
