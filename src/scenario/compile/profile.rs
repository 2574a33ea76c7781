//! How a day's demand differs from other days and spreads over the day.

use crate::scenario::file::{Demand, Profile, Scalar, SpecialDay, Weekdays};
use crate::scenario::units::{self, Wrong};

use super::at::{At, at};
use super::calendar::weekdays;
use super::cx::Cx;
use super::table::Table;

/// Part of a local day, in seconds since midnight, and its share of the day's demand.
pub type Share = (u32, u32, f64);

impl Cx<'_> {
    /// The factor of each day of the week, where one is given.
    pub(super) fn weekday_factors(&mut self, given: At<Option<Weekdays>>) -> [Option<f64>; 7] {
        let mut factors = [None; 7];
        let path = &given.path;
        match given.value {
            None => {}
            Some(Weekdays::List(list)) => {
                if list.len() > 7 {
                    let message = format!("{} factors for 7 days", list.len());
                    self.error("E0211", path, message, "give one to seven, from Monday");
                }
                for (day, factor) in factors.iter_mut().zip(list) {
                    *day = Some(factor.0);
                }
            }
            Some(Weekdays::Map(map)) => {
                for (days, factor) in At::new(map, path).each() {
                    if let Some(set) = self.right(&days.path, weekdays(&days)) {
                        (0..7).filter(|d| set[*d]).for_each(|d| factors[d] = Some(factor.0));
                    }
                }
            }
        }
        factors
    }

    pub(super) fn special_days(
        &mut self,
        demand: &At<Demand>,
    ) -> Vec<(u32, f64, Option<Vec<Share>>)> {
        let mut days = Vec::new();
        for (date, special) in at!(demand.special_days).each() {
            let (factor, profile) = match special.value {
                SpecialDay::Factor(factor) => (factor.0, None),
                SpecialDay::Full(fields) => {
                    let profile = special.within(&fields.profile, ".profile").given();
                    (fields.factor.0, profile.map(|p| self.profile(&p)))
                }
            };
            let numbers = self.calendar.parse_days(&date);
            let numbers = self.right(&date.path, numbers).into_iter().flatten();
            days.extend(numbers.map(|d| (d, factor, profile.clone())));
        }
        days
    }

    pub(super) fn profile(&mut self, profile: &At<Profile>) -> Vec<Share> {
        let path = &profile.path;
        let shares = match (at!(profile.csv).given(), at!(profile.shares).given()) {
            (Some(file), None) => self.csv_profile(profile, &file),
            (None, Some(list)) if self.are_counts(list.iter().map(|s| &s.0), path) => None,
            (None, Some(list)) => {
                let shares: Vec<f64> = list
                    .each()
                    .map(|share| self.right(&share.path, share.share()).unwrap_or(0.0))
                    .collect();
                self.even_profile(profile, &shares)
            }
            _ => {
                let help = "give `csv` and `column`, or `shares`";
                self.refuse("E0105", path, "a profile comes from a file or stands here", help)
            }
        };
        let mut shares = shares.unwrap_or_else(|| vec![(0, 86_400, 1.0)]);
        let sum: f64 = shares.iter().map(|s| s.2).sum();
        if self.check_sum(sum, "shares of the profile", path) {
            shares.iter_mut().for_each(|s| s.2 /= sum);
        }
        shares
    }

    /// Whether what should be shares are counts; then the error says so once.
    fn are_counts<'v>(&mut self, values: impl Iterator<Item = &'v Scalar>, path: &str) -> bool {
        let numbers: Vec<f64> = values.filter_map(|v| v.to_string().trim().parse().ok()).collect();
        let sum: f64 = numbers.iter().sum();
        // 25 and 75 are percentages without their sign; anything beyond 100 is none.
        if numbers.iter().all(|n| *n <= 1.0) || sum <= 101.0 {
            return false;
        }
        let message = format!("the shares of the profile sum to {sum}: these are counts");
        let help = format!(
            "divide each by {sum}, so that they sum to 1; or leave `per_day` out and give the counts themselves, as `counts: {{values: [...]}}`"
        );
        self.error("E0210", path, message, help);
        true
    }

    /// Shares that follow each other from midnight.
    fn even_profile(&mut self, profile: &At<Profile>, shares: &[f64]) -> Option<Vec<Share>> {
        let n = shares.len() as u32;
        let step = match &profile.interval {
            Some(interval) => interval.0.as_s() as u32,
            None => 86_400 / n.max(1),
        };
        if n == 0 || step * n != 86_400 {
            if !self.clean(&at!(profile.interval).path) {
                return None;
            }
            let message = format!("{n} shares do not fill a day");
            let help = format!("{n} shares of {step}s make {} hours", f64::from(step * n) / 3600.0);
            return self.refuse("E0602", &profile.path, message, help);
        }
        Some(shares.iter().zip(0..n).map(|(s, k)| (k * step, (k + 1) * step, *s)).collect())
    }

    fn csv_profile(&mut self, profile: &At<Profile>, file: &At<String>) -> Option<Vec<Share>> {
        let table = self.table(file)?;
        let column = self.column_of(&table, at!(profile.column), "shares")?;
        let cells: Vec<Scalar> = table.cells(column).map(Scalar::from).collect();
        if self.are_counts(cells.iter(), &profile.path) {
            return None;
        }
        let shares = table.read(column, |cell| units::probability(&cell.into()));
        let shares = self.right(&profile.path, shares)?;
        if profile.time.is_none() {
            return self.even_profile(profile, &shares);
        }
        let time = self.column_of(&table, at!(profile.time), "times")?;
        let starts = self.right(&profile.path, row_starts(&table, time))?;
        // The last row lasts as long as the one before it.
        let step = starts.windows(2).next_back().map_or(86_400, |w| w[1] - w[0]);
        let ends =
            starts.iter().skip(1).copied().chain(starts.last().map(|s| (s + step).min(86_400)));
        Some(starts.iter().zip(ends).zip(shares).map(|((a, b), s)| (*a, b, s)).collect())
    }
}

/// Local times at which the rows of a profile begin, ascending.
fn row_starts(table: &Table, column: usize) -> Result<Vec<u32>, Wrong> {
    let mut last = None;
    table.read(column, |cell| {
        let at = units::clock(&cell.into())?;
        if last.is_some_and(|last| last >= at) || at >= 86_400 {
            return Err(Wrong::new("E0604", "times do not ascend", "sort the rows by time"));
        }
        last = Some(at);
        Ok(at)
    })
}
