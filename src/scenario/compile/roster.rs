//! Shifts from CSV files and from headcounts.

use crate::scenario::Duty;
use crate::scenario::file::{ClockOrColumn, CountOrColumn, Shift};
use crate::scenario::units;
use crate::time::{Hours, SimDuration, Span};

use super::at::{At, at};
use super::cx::Cx;
use super::shifts::{AGENTS_MAX, DAY_S, Roster};
use super::table::Table;

impl Cx<'_> {
    /// Rows of a file: rows of equal times are one group of agents, who work on each date as many as it says.
    pub(super) fn csv_shift(&mut self, shift: &At<Shift>, file: &At<String>) -> Option<Roster> {
        let table = self.table(file)?;
        let clocks = |c: &Option<ClockOrColumn>| c.as_ref().map(|c| c.0.to_string());
        let agents = match &shift.agents {
            Some(CountOrColumn::Column(column)) => Some(column.clone()),
            _ => None,
        };
        let mut columns = [0; 4];
        for (column, (name, what, path)) in columns.iter_mut().zip([
            (shift.date.clone(), "dates", at!(shift.date).path),
            (clocks(&shift.from), "starts", at!(shift.from).path),
            (clocks(&shift.to), "ends", at!(shift.to).path),
            (agents, "numbers of agents", at!(shift.agents).path),
        ]) {
            *column = self.column(&table, name.as_deref(), what, &path)?;
        }
        let breaks = self.breaks(shift);
        let mut groups: Vec<(String, Roster)> = Vec::new();
        for (n, row) in table.rows.iter().enumerate() {
            let cells = columns.map(|c| row.get(c).unwrap_or_default());
            let key = format!("{}-{}", cells[1], cells[2]);
            let Some((day, start, end, count)) = self.csv_row(&table, n, cells, &shift.path)?
            else {
                continue;
            };
            let Some(duty) = self.duty(day, start, end, &breaks, &shift.path)? else {
                continue;
            };
            let place = groups.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
                groups.push((key, Vec::new()));
                groups.len() - 1
            });
            add_duty(&mut groups[place].1, &duty, count);
        }
        let mut all: Roster = groups.into_iter().flat_map(|(_, roster)| roster).collect();
        all.iter_mut().for_each(|duties| duties.sort_by_key(|d| d.span.start));
        Some(all)
    }

    /// Day, start, end and number of agents of a row; inner `None` for a date outside the run.
    fn csv_row(
        &mut self,
        table: &Table,
        n: usize,
        cells: [&str; 4],
        path: &str,
    ) -> Option<Option<(i32, u32, u32, u32)>> {
        let [date, from, to, agents] = cells;
        let (from, to) = (units::clock(&from.into()), units::clock(&to.into()));
        match (date.parse::<jiff::civil::Date>(), from, to, agents.parse::<u32>()) {
            (Ok(date), Ok(from), Ok(to), Ok(agents)) if agents <= AGENTS_MAX => {
                let eve = to < from && self.calendar.names_eve(&date.to_string());
                let day = match self.calendar.day_of_date(date) {
                    Ok(day) => Some(day as i32),
                    Err(_) => eve.then_some(-1),
                };
                Some(day.map(|day| (day, from, to, agents)))
            }
            _ => {
                let help = "a row has a date `2026-03-02`, times `08:00` and a whole number";
                self.refuse("E0604", path, format!("{}: not a shift", table.place(n)), help)
            }
        }
    }

    /// A headcount curve: a run of intervals with more than `i` heads is a duty of agent `i`.
    pub(super) fn curve(
        &mut self,
        shift: &At<Shift>,
        curve: &At<Vec<u32>>,
        open: &Hours,
    ) -> Option<Roster> {
        let step = shift.interval.as_ref().map_or(self.calendar.interval, |i| i.0);
        let from = match at!(shift.from).given() {
            Some(from) => self.right(&from.path, from.clock())?,
            None => 0,
        };
        let most = curve.iter().copied().max().unwrap_or(0);
        self.check_count(most, &curve.path);
        let step_s = step.as_s() as u32;
        let one_day = u64::from(from) + curve.len() as u64 * u64::from(step_s) <= 86_400;
        // A curve of one day repeats; a longer one runs through from the first day.
        let starts: Vec<u32> = if one_day { self.shift_days(shift, open)? } else { vec![0] };
        let second = |n: usize| u64::from(from) + n as u64 * u64::from(step_s);
        let mut real: Vec<(Span, usize)> = Vec::new();
        for day in &starts {
            for n in 0..curve.len() {
                let spans = self.real_spans(*day, second(n), second(n + 1));
                real.extend(spans.into_iter().map(|span| (span, n)));
            }
        }
        real.sort_by_key(|(span, _)| span.start);
        let mut roster: Roster = Vec::new();
        for agent in 0..most.min(AGENTS_MAX) {
            let mut spans: Vec<Span> = Vec::new();
            for (span, _) in real.iter().filter(|(_, n)| curve[*n] > agent) {
                match spans.last_mut() {
                    Some(last) if last.end == span.start => last.end = span.end,
                    _ => spans.push(*span),
                }
            }
            roster.push(spans.into_iter().map(|s| self.plain_duty(s)).collect());
        }
        let free: Vec<SimDuration> =
            self.breaks(shift).into_iter().filter(|b| b.0.is_none()).map(|b| b.1).collect();
        roster.iter_mut().flatten().for_each(|d| d.free_breaks.clone_from(&free));
        Some(roster)
    }

    /// When clocks show the times between two, counted in seconds from the midnight of
    /// a day on: never, where they skip them, or twice.
    fn real_spans(&self, day: u32, from: u64, to: u64) -> Vec<Span> {
        let day_s = u64::from(DAY_S);
        let mut spans = Vec::new();
        let mut at = from;
        while at < to {
            let midnight = at / day_s * day_s;
            let until = to.min(midnight + day_s);
            let (begins, ends) = ((at - midnight) as u32, (until - midnight) as u32);
            at = until;
            let number = u64::from(day) + midnight / day_s;
            let Some(number) = u32::try_from(number).ok().filter(|d| *d < self.calendar.days())
            else {
                break;
            };
            spans.extend(self.calendar.shown_between(number, begins, ends));
        }
        spans
    }
}

/// Gives a duty to `count` agents. Each agent works once at a time: agents who
/// have a duty of that time already are passed over.
fn add_duty(roster: &mut Roster, duty: &Duty, count: u32) {
    let mut left = count;
    let mut agent = 0;
    while left > 0 {
        if roster.len() <= agent {
            roster.push(Vec::new());
        }
        if roster[agent].iter().all(|d| d.span.start != duty.span.start) {
            roster[agent].push(duty.clone());
            left -= 1;
        }
        agent += 1;
    }
}
