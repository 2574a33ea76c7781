//! Shifts: who works when.

use crate::id::TeamId;
use crate::random::hash_name;
use crate::scenario::file;
use crate::scenario::file::{Break, CountOrColumn, File, Shift};
use crate::scenario::units;
use crate::scenario::{Agent, Duty, Hours, Span};
use crate::time::SimDuration;

use super::cx::Cx;

/// Largest number of agents of one shift: more is a slip of the keyboard.
pub const AGENTS_MAX: u32 = 100_000;

/// Duties of the agents of one shift; agent `n` has the duties at place `n`.
pub type Roster = Vec<Vec<Duty>>;

impl Cx<'_> {
    /// All agents of all teams.
    pub fn agents(&mut self, file: &File, open: &Hours) -> Vec<Agent> {
        let mut agents = Vec::new();
        for (t, (name, given)) in file.teams.0.iter().enumerate() {
            let path = format!("teams.{name}");
            let before = agents.len();
            let errors = self.problems.len();
            if let Some(count) = given.agents {
                let roster = self.all_day(count, open, &format!("{path}.agents"));
                add(&mut agents, t, name, "agents", roster);
            }
            for (n, shift) in given.shifts.iter().enumerate() {
                let roster = self
                    .shift(shift, open, &format!("{path}.shifts[{n}]"))
                    .unwrap_or_default();
                let label = shift.name.clone().unwrap_or_else(|| n.to_string());
                add(&mut agents, t, name, &label, roster);
            }
            self.check_names(given, &path);
            if agents.len() == before && self.problems.len() == errors && self.clean("time") {
                self.error(
                    "E0304",
                    &path,
                    format!("the team `{name}` has no agents"),
                    "give `agents`, or `shifts` with agents",
                );
            }
        }
        self.stay_for_the_drain(&mut agents);
        agents
    }

    /// Two shifts of one name would share their random draws.
    fn check_names(&mut self, given: &file::Team, path: &str) {
        for (n, shift) in given.shifts.iter().enumerate() {
            if shift.name.is_some() && given.shifts[..n].iter().any(|s| s.name == shift.name) {
                let help = "give each shift of a team its own name, or none";
                self.error(
                    "E0302",
                    &format!("{path}.shifts[{n}].name"),
                    "two shifts of one name",
                    help,
                );
            }
        }
    }

    /// Whoever is on duty at the end of the last day finishes the contacts in progress.
    fn stay_for_the_drain(&self, agents: &mut [Agent]) {
        for duty in agents.iter_mut().flat_map(|a| a.duties.last_mut()) {
            if duty.span.end == self.calendar.horizon {
                duty.span.end = self.calendar.end;
            }
        }
    }

    fn all_day(&mut self, count: u32, open: &Hours, path: &str) -> Roster {
        self.check_count(count, path);
        let duties = open.0.iter().map(|span| Duty {
            span: *span,
            breaks: Vec::new(),
            free_breaks: Vec::new(),
        });
        let duties: Vec<Duty> = duties.collect();
        (0..count.min(AGENTS_MAX)).map(|_| duties.clone()).collect()
    }

    pub(super) fn check_count(&mut self, count: u32, path: &str) {
        if count > AGENTS_MAX {
            self.error(
                "E0309",
                path,
                format!("{count} agents are too many"),
                format!("the largest number is {AGENTS_MAX}"),
            );
        }
    }

    fn shift(&mut self, shift: &Shift, open: &Hours, path: &str) -> Option<Roster> {
        match (&shift.csv, &shift.agents_by_interval) {
            (Some(file), None) => self.csv_shift(shift, file, path),
            (None, Some(curve)) => self.curve(shift, curve, open, path),
            (None, None) => self.plain_shift(shift, open, path),
            _ => {
                self.error(
                    "E0105",
                    path,
                    "a shift comes from a file or from a headcount",
                    "give `csv` or `agents_by_interval`",
                );
                None
            }
        }
    }

    fn plain_shift(&mut self, shift: &Shift, open: &Hours, path: &str) -> Option<Roster> {
        let count = match &shift.agents {
            Some(CountOrColumn::Count(count)) => *count,
            Some(CountOrColumn::Column(_)) => {
                self.error(
                    "E0102",
                    &format!("{path}.agents"),
                    "a whole number is expected here",
                    "a column goes with `csv`",
                );
                return None;
            }
            None => {
                self.error(
                    "E0103",
                    path,
                    "the field `agents` is missing",
                    "write `agents: 18`",
                );
                return None;
            }
        };
        self.check_count(count, &format!("{path}.agents"));
        let (Some(from), Some(to)) = (&shift.from, &shift.to) else {
            self.error(
                "E0103",
                path,
                "the field `from` or `to` is missing",
                "write `from: \"08:00\", to: \"16:00\"`",
            );
            return None;
        };
        let from = self.unit("E0205", &format!("{path}.from"), units::clock(&from.0));
        let to = self.unit("E0205", &format!("{path}.to"), units::clock(&to.0));
        let (from, to) = (from?, to?);
        let days = self.shift_days(shift, open, path)?;
        let breaks = self.breaks(shift, path);
        let mut duties = Vec::new();
        for day in days {
            duties.extend(self.duty(day, from, to, &breaks, path)?);
        }
        Some((0..count.min(AGENTS_MAX)).map(|_| duties.clone()).collect())
    }

    /// The days of a shift: those given, or those on which the operation is open.
    pub(super) fn shift_days(
        &mut self,
        shift: &Shift,
        open: &Hours,
        path: &str,
    ) -> Option<Vec<u32>> {
        let Some(days) = &shift.days else {
            let starts = &self.calendar.starts;
            let is_open = |d: &u32| {
                open.open_between(starts[*d as usize], starts[*d as usize + 1]) > SimDuration::ZERO
            };
            return Some((0..self.calendar.days()).filter(is_open).collect());
        };
        let mut list = Vec::new();
        for part in days.as_slice() {
            match self.calendar.parse_days(&part.0.to_string()) {
                Ok(days) => list.extend(days),
                Err((code, e)) => {
                    self.error(code, &format!("{path}.days"), e.message, e.help);
                    return None;
                }
            }
        }
        list.sort_unstable();
        list.dedup();
        Some(list)
    }

    /// Breaks: seconds since midnight where fixed, and the length.
    pub(super) fn breaks(&mut self, shift: &Shift, path: &str) -> Vec<(Option<u32>, SimDuration)> {
        let mut list = Vec::new();
        if let Some(length) = &shift.one_break {
            list.push((None, self.dur(length, &format!("{path}.break"))));
        }
        for (n, given) in shift.breaks.iter().enumerate() {
            let at = format!("{path}.breaks[{n}]");
            match given {
                Break::Free(length) => list.push((None, self.dur(length, &at))),
                Break::Fixed(fixed) => {
                    let start = self.unit("E0205", &format!("{at}.at"), units::clock(&fixed.at.0));
                    let length = self.dur(&fixed.length, &format!("{at}.for"));
                    list.extend(start.map(|s| (Some(s), length)));
                }
            }
        }
        list.retain(|(_, length)| *length > SimDuration::ZERO);
        list
    }

    /// One duty; `None` after a problem.
    pub(super) fn duty(
        &mut self,
        day: u32,
        from: u32,
        to: u32,
        breaks: &[(Option<u32>, SimDuration)],
        path: &str,
    ) -> Option<Option<Duty>> {
        if to <= from {
            let help = "for a night shift end at 24:00 and begin another at 00:00";
            self.error("E0305", path, "a shift that ends before it starts", help);
            return None;
        }
        let (start, end) = match (self.calendar.local(day, from), self.calendar.local(day, to)) {
            (Ok(start), Ok(end)) => (start, end),
            (Err((code, e)), _) | (_, Err((code, e))) => {
                self.error(code, path, e.message, e.help);
                return None;
            }
        };
        let span = Span { start, end };
        let (mut fixed, mut free, mut off) = (Vec::new(), Vec::new(), SimDuration::ZERO);
        for (at, length) in breaks {
            off += *length;
            match at {
                None => free.push(*length),
                Some(at) => {
                    let start = self.calendar.lenient(day, *at);
                    let part = Span {
                        start,
                        end: start + *length,
                    };
                    if part.start < span.start || part.end > span.end {
                        self.error(
                            "E0305",
                            path,
                            "a break outside of its shift",
                            "choose a time within `from` and `to`",
                        );
                        return None;
                    }
                    fixed.push(part);
                }
            }
        }
        fixed.sort_by_key(|b| b.start);
        if off >= span.end.since(span.start) {
            self.error(
                "E0305",
                path,
                "the breaks are as long as the shift",
                "shorten the breaks",
            );
            return None;
        }
        Some(Some(Duty {
            span,
            breaks: fixed,
            free_breaks: free,
        }))
    }
}

/// Adds the agents of a shift; one without duties is nobody.
fn add(agents: &mut Vec<Agent>, team: usize, team_name: &str, shift: &str, roster: Roster) {
    for (n, duties) in roster
        .into_iter()
        .enumerate()
        .filter(|(_, duties)| !duties.is_empty())
    {
        let key = hash_name(&format!("{team_name}/{shift}/{n}"));
        agents.push(Agent {
            key,
            team: TeamId(team as u8),
            duties,
        });
    }
}
