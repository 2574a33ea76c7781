//! Demand by interval: volumes of days, counts and rates.

use crate::scenario::file::{Counts, Demand, OneOrMany, RateDemand};
use crate::scenario::{Piece, Volume};
use crate::time::{DAY_US, Hours, SimDuration, SimTime, Span};

use super::at::{At, at};
use super::cx::Cx;
use super::profile::Share;

/// The number of a piece: its day and its place in the day, readable in decimal.
fn number(day: u32, place: u32, nominal: SimDuration) -> u32 {
    let fine = nominal.0.saturating_mul(900) < DAY_US;
    if fine { day * 100_000 + place } else { day * 1000 + place }
}

/// An expected volume, left out when nobody comes.
fn expected(pieces: &mut Vec<Piece>, span: Span, number: u32, day: u32, mean: f64) {
    if mean > 0.0 && span.end > span.start {
        pieces.push(Piece { span, number, day, volume: Volume::Expected(mean) });
    }
}

impl Cx<'_> {
    /// Pieces of a mean number of contacts per day. On a day on which the channel is
    /// closed nobody comes, unless `weekday` or `special_days` gives the day a factor.
    pub fn per_day(&mut self, demand: &At<Demand>, open: &Hours) -> Vec<Piece> {
        let per_day = at!(demand.per_day).given().map_or(0.0, |n| self.not_negative(&n));
        let weekday = self.weekday_factors(at!(demand.weekday));
        let profile = at!(demand.profile).given().map(|p| self.profile(&p));
        let special = self.special_days(demand);
        let mut pieces = Vec::new();
        for day in 0..self.calendar.days() {
            let found = special.iter().find(|(d, ..)| *d == day);
            let factor = found.map_or(1.0, |(_, factor, _)| *factor);
            let of_week = weekday[self.calendar.weekday(day)];
            let Span { start, end } = self.calendar.day(day);
            let closed = open.open_between(start, end) == SimDuration::ZERO;
            if closed && found.is_none() && of_week.is_none() {
                continue;
            }
            let volume = per_day * of_week.unwrap_or(1.0) * factor;
            match found.and_then(|(.., p)| p.as_ref()).or(profile.as_ref()) {
                Some(shares) => self.by_profile(&mut pieces, day, volume, shares),
                None => self.over_opening(&mut pieces, day, volume, open),
            }
        }
        pieces
    }

    /// Spreads a day by a profile. A share belongs to what the clock shows: what clocks
    /// skip is missing from the day, and what they show twice comes twice.
    fn by_profile(&self, pieces: &mut Vec<Piece>, day: u32, volume: f64, shares: &[Share]) {
        let nominal = SimDuration(DAY_US / (shares.len() as u64).max(1));
        let mut parts: Vec<(Span, u32, f64)> = Vec::new();
        let mut next = shares.len() as u32;
        for (place, (from, to, share)) in (0..).zip(shares) {
            let per_s = volume * share / f64::from(to - from);
            for (n, span) in self.calendar.shown_between(day, *from, *to).into_iter().enumerate() {
                // What comes again has a number past those of the shares.
                let place = if n == 0 { place } else { next };
                next += u32::from(n > 0);
                let mean = per_s * span.length().as_s();
                parts.push((span, number(day, place, nominal), mean));
            }
        }
        parts.sort_by_key(|(span, ..)| span.start);
        for (span, number, mean) in parts {
            expected(pieces, span, number, day, mean);
        }
    }

    /// Spreads a day evenly over opening hours, cut by the reporting interval.
    fn over_opening(&self, pieces: &mut Vec<Piece>, day: u32, volume: f64, open: &Hours) {
        let Span { start, end } = self.calendar.day(day);
        let total = open.open_between(start, end).as_s();
        let step = self.calendar.interval;
        let mut place = 0;
        let mut at = start;
        while at < end && total > 0.0 {
            let next = (at + step).min(end);
            for span in open.0.iter().filter(|s| s.start < next && s.end > at) {
                let span = Span { start: span.start.max(at), end: span.end.min(next) };
                let mean = volume * span.length().as_s() / total;
                // Two openings within one interval are rare; the second borrows a number past the day's last.
                let taken = pieces
                    .last()
                    .is_some_and(|p| p.day == day && p.number == number(day, place, step));
                let free = if taken { place + 500 } else { place };
                expected(pieces, span, number(day, free, step), day, mean);
            }
            place += 1;
            at = next;
        }
    }

    /// Pieces of a rate around the clock.
    pub fn rate(&mut self, rate: &At<RateDemand>) -> Vec<Piece> {
        let step = rate.interval.as_ref().map_or(self.calendar.interval, |i| i.0);
        let per_hour = at!(rate.per_hour);
        let rates: Vec<f64> = match per_hour.value {
            OneOrMany::One(r) => vec![self.not_negative(&per_hour.within(r, ""))],
            OneOrMany::Many(list) => {
                per_hour.within(list, "").each().map(|r| self.not_negative(&r)).collect()
            }
        };
        let mut pieces = Vec::new();
        let mut at = SimTime::ZERO;
        for rate in rates.iter().cycle() {
            if at >= self.calendar.horizon {
                break;
            }
            let span = Span { start: at, end: (at + step).min(self.calendar.horizon) };
            let (day, number) = self.number_at(span.start, step);
            expected(&mut pieces, span, number, day, rate * (span.length().as_s() / 3600.0));
            at = span.end;
        }
        pieces
    }

    /// The day of a moment, and the number of a piece by its place in that day.
    fn number_at(&self, at: SimTime, step: SimDuration) -> (u32, u32) {
        let day = self.calendar.day_of(at);
        let place = at.since(self.calendar.starts[day as usize]).0 / step.0.max(1);
        (day, number(day, place as u32, step))
    }

    /// Pieces of counts by interval.
    pub fn counts(&mut self, counts: &At<Counts>) -> Vec<Piece> {
        let path = &counts.path;
        let found = match (at!(counts.csv).given(), at!(counts.values).given()) {
            (Some(file), None) => self.csv_counts(counts, &file),
            (None, Some(values)) => self.inline_counts(counts, &values),
            _ => {
                let help = "give `csv`, `time` and `count`, or `values`";
                self.refuse("E0105", path, "counts come from a file or stand here", help)
            }
        };
        let Some((step, rows)) = found else {
            return Vec::new();
        };
        let scale = counts.scale.0;
        let mut pieces = Vec::new();
        for (at, count) in rows {
            if at >= self.calendar.horizon || count <= 0.0 {
                continue;
            }
            let (day, number) = self.number_at(at, step);
            let span = Span { start: at, end: (at + step).min(self.calendar.horizon) };
            let volume = match counts.given {
                true => Volume::Given(libm::rint(count * scale) as u32),
                false => Volume::Expected(count * scale),
            };
            if volume != Volume::Given(0) {
                pieces.push(Piece { span, number, day, volume });
            }
        }
        if pieces.is_empty() && self.clean(path) {
            let help = "check the dates, `rows` and `time.start`";
            self.error("E0601", path, "no count above zero lies in the run", help);
        }
        pieces
    }

    fn inline_counts(
        &mut self,
        counts: &At<Counts>,
        values: &At<Vec<f64>>,
    ) -> Option<(SimDuration, Vec<(SimTime, f64)>)> {
        let step = counts.interval.as_ref().map_or(self.calendar.interval, |i| i.0);
        let from = match at!(counts.from).given() {
            Some(from) => self.moment(&from)?,
            None => SimTime::ZERO,
        };
        let starts = (0..).map(|n| from + SimDuration(step.0 * n));
        Some((step, starts.zip(values.each().map(|value| self.not_negative(&value))).collect()))
    }
}
