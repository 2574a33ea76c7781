//! How a day's demand differs from other days and spreads over the day.

use crate::scenario::file::{Demand, Profile, Scalar, SpecialDay, Weekdays};
use crate::scenario::units;

use super::calendar::weekdays;
use super::cx::{Cx, text};
use super::table::Table;

/// Part of a local day, in seconds since midnight, and its share of the day's demand.
pub type Share = (u32, u32, f64);

impl Cx<'_> {
    /// The factor of each day of the week, where one is given.
    pub(super) fn weekday_factors(
        &mut self,
        given: Option<&Weekdays>,
        path: &str,
    ) -> [Option<f64>; 7] {
        let mut factors = [None; 7];
        match given {
            None => {}
            Some(Weekdays::List(list)) => {
                if list.len() > 7 {
                    self.error(
                        "E0211",
                        path,
                        format!("{} factors for 7 days", list.len()),
                        "give one to seven, from Monday",
                    );
                }
                for (day, factor) in factors.iter_mut().zip(list) {
                    *day = Some(factor.0);
                }
            }
            Some(Weekdays::Map(map)) => {
                for (days, factor) in &map.0 {
                    let at = format!("{path}.{days}");
                    if let Some(set) = self.right(&at, weekdays(days)) {
                        (0..7).filter(|d| set[*d]).for_each(|d| factors[d] = Some(factor.0));
                    }
                }
            }
        }
        factors
    }

    pub(super) fn special_days(
        &mut self,
        demand: &Demand,
        path: &str,
    ) -> Vec<(u32, f64, Option<Vec<Share>>)> {
        let mut days = Vec::new();
        for (date, special) in &demand.special_days.0 {
            let at = format!("{path}.special_days.{date}");
            let (factor, profile) = match special {
                SpecialDay::Factor(factor) => (factor.0, None),
                SpecialDay::Full(fields) => {
                    let profile = fields.profile.as_ref();
                    let at = format!("{at}.profile");
                    (fields.factor.0, profile.map(|p| self.profile(p, &at)))
                }
            };
            let numbers = self.calendar.parse_days(date);
            let numbers = self.right(&at, numbers).into_iter().flatten();
            days.extend(numbers.map(|d| (d, factor, profile.clone())));
        }
        days
    }

    pub(super) fn profile(&mut self, profile: &Profile, path: &str) -> Vec<Share> {
        let shares = match (&profile.csv, &profile.shares) {
            (Some(file), None) => self.csv_profile(profile, file, path),
            (None, Some(list)) if self.are_counts(list.iter().map(|s| &s.0), path) => None,
            (None, Some(list)) => {
                let shares: Vec<f64> = list
                    .iter()
                    .enumerate()
                    .map(|(n, s)| {
                        let at = format!("{path}.shares[{n}]");
                        self.right(&at, s.share()).unwrap_or(0.0)
                    })
                    .collect();
                self.even_profile(profile, &shares, path)
            }
            _ => self.refuse(
                "E0105",
                path,
                "a profile comes from a file or stands here",
                "give `csv` and `column`, or `shares`",
            ),
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
    fn even_profile(
        &mut self,
        profile: &Profile,
        shares: &[f64],
        path: &str,
    ) -> Option<Vec<Share>> {
        let n = shares.len() as u32;
        let step = match &profile.interval {
            Some(interval) => interval.0.as_s() as u32,
            None => 86_400 / n.max(1),
        };
        if n == 0 || step * n != 86_400 {
            if !self.clean(&format!("{path}.interval")) {
                return None;
            }
            let message = format!("{n} shares do not fill a day");
            return self.refuse(
                "E0602",
                path,
                message,
                format!("{n} shares of {step}s make {} hours", f64::from(step * n) / 3600.0),
            );
        }
        Some(shares.iter().zip(0..n).map(|(s, k)| (k * step, (k + 1) * step, *s)).collect())
    }

    fn csv_profile(&mut self, profile: &Profile, file: &str, path: &str) -> Option<Vec<Share>> {
        let table = self.table(file, &format!("{path}.csv"))?;
        let column =
            self.column(&table, profile.column.as_deref(), "shares", &format!("{path}.column"))?;
        let cells: Vec<Scalar> =
            table.rows.iter().map(|row| text(row.get(column).unwrap_or_default())).collect();
        if self.are_counts(cells.iter(), path) {
            return None;
        }
        let mut shares = Vec::new();
        for (n, row) in table.rows.iter().enumerate() {
            match units::probability(&text(row.get(column).unwrap_or_default())) {
                Ok(p) => shares.push(p),
                Err(e) => {
                    return self.refuse(
                        "E0604",
                        path,
                        format!("{}: {}", table.place(n), e.message),
                        e.help,
                    );
                }
            }
        }
        if profile.time.is_none() {
            return self.even_profile(profile, &shares, path);
        }
        let time =
            self.column(&table, profile.time.as_deref(), "times", &format!("{path}.time"))?;
        let starts = self.row_starts(&table, time, path)?;
        // The last row lasts as long as the one before it.
        let step = starts.windows(2).next_back().map_or(86_400, |w| w[1] - w[0]);
        let ends =
            starts.iter().skip(1).copied().chain(starts.last().map(|s| (s + step).min(86_400)));
        Some(starts.iter().zip(ends).zip(shares).map(|((a, b), s)| (*a, b, s)).collect())
    }

    /// Local times at which the rows of a profile begin, ascending.
    fn row_starts(&mut self, table: &Table, column: usize, path: &str) -> Option<Vec<u32>> {
        let mut starts: Vec<u32> = Vec::new();
        for (n, row) in table.rows.iter().enumerate() {
            match units::clock(&text(row.get(column).unwrap_or_default())) {
                Ok(at) if starts.last().is_none_or(|last| *last < at) && at < 86_400 => {
                    starts.push(at);
                }
                Ok(_) => {
                    let message = format!("{}: times do not ascend", table.place(n));
                    return self.refuse("E0604", path, message, "sort the rows by time");
                }
                Err(e) => {
                    return self.refuse(
                        "E0604",
                        path,
                        format!("{}: {}", table.place(n), e.message),
                        e.help,
                    );
                }
            }
        }
        Some(starts)
    }
}
