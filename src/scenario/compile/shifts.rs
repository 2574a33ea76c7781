//! Shifts: who works when.

use std::collections::BTreeSet;

use crate::id::TeamId;
use crate::random::hash_name;
use crate::safe_text::grouped;
use crate::scenario::file::{Break, CountOrColumn, File, Shift};
use crate::scenario::{Agent, Away, Duty, ShiftClock, Team};
use crate::time::{Hours, SECOND_US, SimDuration, SimTime, Span};

use super::at::{At, at};
use super::cx::Cx;

/// Largest number of agents of one shift: more is a slip of the keyboard.
pub const AGENTS_MAX: u32 = 100_000;

/// Largest number of shifts of all agents together: they are in memory at once.
const DUTIES_MAX: usize = 2_000_000;

/// Seconds of a day on the clock.
pub const DAY_S: u32 = 86_400;

/// Duties of the agents of one shift; agent `n` has the duties at place `n`.
pub type Roster = Vec<Vec<Duty>>;

impl Cx<'_> {
    /// All agents of all teams.
    pub fn agents(&mut self, file: &At<File>, open: &Hours, teams: &[Team]) -> Vec<Agent> {
        let mut agents = Vec::new();
        for (t, (name, given)) in at!(file.teams).each().enumerate() {
            let before = agents.len();
            let errors = self.problems.len();
            if let Some(count) = at!(given.agents).given() {
                let roster = self.all_day(*count.value, open, &count.path);
                add(&mut agents, t, &name, "agents", roster);
            }
            let shifts = at!(given.shifts);
            for (n, shift) in shifts.each().enumerate() {
                let roster = self.shift(&shift, open).unwrap_or_default();
                self.check_time_on_queue(&roster, &teams[t].away, &shift.path);
                let label = shift.name.clone().unwrap_or_else(|| n.to_string());
                add(&mut agents, t, &name, &label, roster);
            }
            let of_team = agents.split_off(before);
            agents.extend(self.joined_at_midnight(of_team));
            self.check_names(&shifts);
            if agents.len() == before && self.problems.len() == errors && self.clean("time") {
                let message = format!("the team `{}` has no agents", name.value);
                let help = "give `agents`, or `shifts` with agents";
                self.error("E0304", &given.path, message, help);
            }
        }
        agents
    }

    /// Two shifts of one name would share their random draws.
    fn check_names(&mut self, shifts: &At<Vec<Shift>>) {
        let mut names = BTreeSet::new();
        for name in shifts.each().filter_map(|shift| at!(shift.name).given()) {
            if !names.insert(name.value) {
                let help = "give each shift of a team its own name, or none";
                self.error("E0302", &name.path, "two shifts of one name", help);
            }
        }
    }

    /// Shrinkage is a share of the whole shift, and breaks come beside it: together
    /// they leave some of it for the queue.
    fn check_time_on_queue(&mut self, roster: &Roster, away: &Away, path: &str) {
        let full = |d: &&Duty| !d.has_time_on_queue(away);
        let Some(duty) = roster.iter().flatten().find(full) else {
            return;
        };
        let breaks = duty.breaks.iter().map(|b| b.length().0);
        let breaks_us = breaks.sum::<u64>() + duty.free_breaks.iter().map(|b| b.0).sum::<u64>();
        let hours = |us: f64| us / 3.6e9;
        let whole_us = duty.span.length().0 as f64;
        let message = format!(
            "breaks of {:.2} h and shrinkage of {:.0}% are as long as the shift of {:.2} h",
            hours(breaks_us as f64),
            away.planned * 100.0,
            hours(whole_us)
        );
        let help = "shorten the breaks, or lower `shrinkage`: it is a share of the whole shift, and breaks come beside it";
        self.error("E0305", path, message, help);
    }

    fn all_day(&mut self, count: u32, open: &Hours, path: &str) -> Roster {
        self.check_count(count, path);
        let horizon = self.calendar.horizon;
        let spans =
            open.0.iter().map(|span| Span { start: span.start, end: span.end.min(horizon) });
        let duties: Vec<Duty> = spans.map(|span| self.plain_duty(span)).collect();
        self.each(count, &duties, path)
    }

    pub(super) fn check_count(&mut self, count: u32, path: &str) {
        self.at_most("agents", count as usize, AGENTS_MAX as usize, path);
    }

    fn shift(&mut self, shift: &At<Shift>, open: &Hours) -> Option<Roster> {
        match (at!(shift.csv).given(), at!(shift.agents_by_interval).given()) {
            (Some(file), None) => self.csv_shift(shift, &file),
            (None, Some(curve)) => self.curve(shift, &curve, open),
            (None, None) => self.plain_shift(shift, open),
            _ => {
                let message = "a shift comes from a file or from a headcount";
                self.refuse("E0105", &shift.path, message, "give `csv` or `agents_by_interval`")
            }
        }
    }

    fn plain_shift(&mut self, shift: &At<Shift>, open: &Hours) -> Option<Roster> {
        let (path, agents) = (&shift.path, at!(shift.agents));
        let count = match agents.value {
            Some(CountOrColumn::Count(count)) => *count,
            Some(CountOrColumn::Column(_)) => {
                let message = "a whole number is expected here";
                return self.refuse("E0102", &agents.path, message, "a column goes with `csv`");
            }
            None => {
                let message = "the field `agents` is missing";
                return self.refuse("E0103", path, message, "write `agents: 18`");
            }
        };
        self.check_count(count, &agents.path);
        let (Some(from), Some(to)) = (at!(shift.from).given(), at!(shift.to).given()) else {
            let help = "write `from: \"08:00\", to: \"16:00\"`";
            return self.refuse("E0103", path, "the field `from` or `to` is missing", help);
        };
        let from = self.right(&from.path, from.clock());
        let to = self.right(&to.path, to.clock());
        let (from, to) = (from?, to?);
        let days = self.shift_days(shift, open)?;
        let breaks = self.breaks(shift);
        let mut duties = Vec::new();
        if to < from && self.works_eve(shift, open) {
            duties.extend(self.duty(-1, from, to, &breaks, path)?);
        }
        for day in days {
            duties.extend(self.duty(day as i32, from, to, &breaks, path)?);
        }
        Some(self.each(count, &duties, path))
    }

    /// The same duties for each of so many agents.
    fn each(&mut self, count: u32, duties: &[Duty], path: &str) -> Roster {
        let count = count.min(AGENTS_MAX) as usize;
        self.duties += count * duties.len();
        if self.duties > DUTIES_MAX {
            let message = format!("{} shifts of agents are too many", grouped(self.duties));
            let help =
                format!("the largest number is {}: take fewer agents or days", grouped(DUTIES_MAX));
            self.error("E0309", path, message, help);
            return Vec::new();
        }
        (0..count).map(|_| duties.to_vec()).collect()
    }

    /// The days of a shift: those given, or those on which the operation is open.
    pub(super) fn shift_days(&mut self, shift: &At<Shift>, open: &Hours) -> Option<Vec<u32>> {
        let days = at!(shift.days);
        let Some(given) = days.value else {
            let is_open = |d: &u32| {
                let Span { start, end } = self.calendar.day(*d);
                open.open_between(start, end) > SimDuration::ZERO
            };
            return Some((0..self.calendar.days()).filter(is_open).collect());
        };
        let mut list = Vec::new();
        for part in given.as_slice() {
            let numbers = self.calendar.parse_days(&part.0.to_string());
            list.extend(self.right(&days.path, numbers)?);
        }
        list.sort_unstable();
        list.dedup();
        Some(list)
    }

    /// Whether a shift over midnight is worked in the night before the run: on the days
    /// that it names, or where the operation is open when the run begins.
    fn works_eve(&self, shift: &Shift, open: &Hours) -> bool {
        match &shift.days {
            Some(days) => {
                let mut names = days.as_slice().iter();
                names.any(|part| self.calendar.names_eve(&part.0.to_string()))
            }
            None => open.0.first().is_some_and(|s| s.start == SimTime::ZERO),
        }
    }

    /// Breaks: seconds since midnight where fixed, and the length.
    pub(super) fn breaks(&mut self, shift: &At<Shift>) -> Vec<(Option<u32>, SimDuration)> {
        let one = shift.one_break.iter().map(|length| (None, length.0));
        let mut list: Vec<(Option<u32>, SimDuration)> = one.collect();
        for given in at!(shift.breaks).each() {
            match given.value {
                Break::Free(length) => list.push((None, length.0)),
                Break::Fixed(fixed) if self.clean(&given.path) => {
                    list.push((Some(fixed.at.0), fixed.length.0));
                }
                Break::Fixed(_) => {}
            }
        }
        list.retain(|(_, length)| *length > SimDuration::ZERO);
        list
    }

    /// One duty; `None` after a problem. A shift that ends before it starts ends on the
    /// next day. Of the night before the run (day -1) what lies in the run is worked.
    pub(super) fn duty(
        &mut self,
        day: i32,
        from: u32,
        to: u32,
        breaks: &[(Option<u32>, SimDuration)],
        path: &str,
    ) -> Option<Option<Duty>> {
        if to == from {
            let help = "for a shift of a whole day write `from: \"00:00\", to: \"24:00\"`";
            return self.refuse("E0305", path, "a shift that ends when it starts", help);
        }
        let to = if to < from { to + DAY_S } else { to };
        let span = self.shift_span(day, from, to, path)?;
        if span.end <= span.start {
            return Some(None);
        }
        let mut clock = ShiftClock { day, from_s: from, to_s: to, breaks_s: Vec::new() };
        // What is left of the night before the run has its part of the free breaks.
        let whole_us = f64::from(to - from) * SECOND_US as f64;
        let part = if day < 0 { span.length().0 as f64 / whole_us } else { 1.0 };
        let free = breaks.iter().filter(|b| b.0.is_none());
        let free: Vec<SimDuration> =
            free.map(|(_, length)| SimDuration((length.0 as f64 * part) as u64)).collect();
        let fixed = self.fixed_breaks(&mut clock, breaks, span, path)?;
        let off =
            free.iter().map(|f| f.0).sum::<u64>() + fixed.iter().map(|b| b.length().0).sum::<u64>();
        if off >= span.length().0 {
            let message = "the breaks are as long as the shift";
            return self.refuse("E0305", path, message, "shorten the breaks");
        }
        Some(Some(Duty { span, breaks: fixed, free_breaks: free, clock }))
    }

    /// From the start of a shift to its end, which may lie after the horizon.
    fn shift_span(&mut self, day: i32, from: u32, to: u32, path: &str) -> Option<Span> {
        let calendar = &self.calendar;
        let moment = |seconds: u32| match u32::try_from(day + (seconds / DAY_S) as i32) {
            // 24:00 is the end of its own day.
            _ if seconds == DAY_S && day >= 0 => calendar.local(day as u32, DAY_S),
            Ok(day) => calendar.local(day, seconds % DAY_S),
            Err(_) => Ok(SimTime::ZERO),
        };
        let span = moment(from).and_then(|start| Ok(Span { start, end: moment(to)? }));
        self.right(path, span)
    }

    /// The breaks with fixed times, in order; those before the run are left out.
    fn fixed_breaks(
        &mut self,
        clock: &mut ShiftClock,
        breaks: &[(Option<u32>, SimDuration)],
        span: Span,
        path: &str,
    ) -> Option<Vec<Span>> {
        let mut list: Vec<(u32, SimDuration)> = Vec::new();
        for (at, length) in breaks {
            let Some(at) = at else { continue };
            let at = if *at < clock.from_s { at + DAY_S } else { *at };
            list.push((at, *length));
        }
        list.sort_by_key(|b| b.0);
        let mut fixed: Vec<Span> = Vec::new();
        let mut free_from = u64::from(clock.from_s) * SECOND_US;
        for (at, length) in list {
            let from_us = u64::from(at) * SECOND_US;
            let (what, help) = if from_us + length.0 > u64::from(clock.to_s) * SECOND_US {
                let help = "choose a time within `from` and `to`";
                ("a break outside of its shift", help)
            } else if from_us < free_from {
                ("two breaks at one time", "move one of them, or write one")
            } else {
                free_from = from_us + length.0;
                clock.breaks_s.push(at);
                let day = clock.day + (at / DAY_S) as i32;
                // Where clocks go forward over a break it comes after the one before.
                let after = fixed.last().map_or(span.start, |b: &Span| b.end);
                if let Ok(day) = u32::try_from(day) {
                    let start = self.calendar.lenient(day, at % DAY_S).max(after);
                    let end = (start + length).min(span.end);
                    fixed.extend((start < end).then_some(Span { start, end }));
                }
                continue;
            };
            return self.refuse("E0305", path, what, help);
        }
        Some(fixed)
    }

    /// A duty without breaks.
    pub(super) fn plain_duty(&self, span: Span) -> Duty {
        let day = self.calendar.day_of(span.start);
        let from_s = self.calendar.clock_s(day, span.start);
        let to_s = self.calendar.clock_s(day, span.end);
        Duty {
            span,
            breaks: Vec::new(),
            free_breaks: Vec::new(),
            clock: ShiftClock { day: day as i32, from_s, to_s, breaks_s: Vec::new() },
        }
    }
}

/// Adds the agents of a shift; one without duties is nobody.
fn add(agents: &mut Vec<Agent>, team: usize, team_name: &str, shift: &str, roster: Roster) {
    for (n, duties) in roster.into_iter().enumerate().filter(|(_, duties)| !duties.is_empty()) {
        let key = hash_name(&format!("{team_name}/{shift}/{n}"));
        agents.push(Agent { key, team: TeamId(team as u8), duties });
    }
}
