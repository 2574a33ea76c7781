//! The shifts that a roster may use, and what each of them covers.

use crate::id::TeamId;
use crate::scenario::{Away, Duty, KindRule, Scenario, ShiftHours};
use jiff::civil::Date;

/// Shorter shifts keep their times: they are there for a purpose (closing time), and
/// half-hour agents everywhere would make any roster look cheap.
const SLIDING_S: u32 = 2 * 3600;
/// Shifts begin at steps of this length where no rule says otherwise, seconds.
const STEP_S: u32 = 1800;
/// Seconds of a day on the clock.
pub(super) const DAY_S: u32 = 86_400;

/// Days that have the same roster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayGroup {
    /// Days of the run, from 0.
    pub days: Vec<usize>,
    /// As the field `days` of a shift: `mon-fri`, `daily`, or dates.
    pub label: String,
    /// Whether the label names the day before the run: its shifts over midnight are
    /// there when the run begins.
    pub eve: bool,
}

/// A break of a shift.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShiftBreak {
    /// Seconds after the start of the shift; `None` where the agent chooses.
    pub after_s: Option<u32>,
    /// Length, seconds.
    pub length_s: u32,
}

/// A shift that agents can have: one column of the covering problem.
#[derive(Clone, PartialEq, Debug)]
pub struct ShiftColumn {
    /// Place in the catalogue's groups of days.
    pub group: usize,
    /// Local start, seconds after midnight.
    pub start_s: u32,
    /// Local end, seconds after the same midnight: past 86,400 on the next day.
    pub end_s: u32,
    /// Breaks.
    pub breaks: Vec<ShiftBreak>,
    /// Agents at most on a day of the group; `None` without limit.
    pub most: Option<u32>,
    /// What an agent on the shift costs a day; `None` = paid hours times the wage.
    pub cost_per_day: Option<f64>,
}

/// A shift to choose from: of a length, at one time or at any step of the day.
#[derive(Clone, PartialEq, Debug)]
pub struct ShiftKind {
    /// Local start, seconds after midnight; `None` = at every step of the day.
    pub start_s: Option<u32>,
    /// From start to end, seconds, above 0.
    pub length_s: u32,
    /// Breaks.
    pub breaks: Vec<ShiftBreak>,
    /// Agents at most on a day; `None` without limit.
    pub most: Option<u32>,
    /// What an agent on the shift costs a day; `None` = paid hours times the wage.
    pub cost_per_day: Option<f64>,
}

impl ShiftKind {
    fn sliding(length_s: u32, breaks: Vec<ShiftBreak>) -> Self {
        Self { start_s: None, length_s, breaks, most: None, cost_per_day: None }
    }
}

/// How many people a roster takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heads {
    /// Agents on the day that has most.
    pub most: u32,
    /// Shifts in the run: agents times days.
    pub shifts: u64,
}

/// Shifts of a team to choose from.
#[derive(Clone, PartialEq, Debug)]
pub struct Catalogue {
    /// Groups of days with one roster each.
    pub groups: Vec<DayGroup>,
    /// The shifts.
    pub columns: Vec<ShiftColumn>,
    /// Wage of an hour; 1 where the scenario gives none, so that cost is hours.
    pub wage: f64,
    /// What keeps the team's agents off the queue, beside breaks.
    pub away: Away,
    /// Length of an interval, seconds.
    pub interval_s: u32,
}

impl Catalogue {
    /// The shifts that the team has now, and each of their lengths at every step from
    /// its earliest start to its latest end, or what the rules of its plan say. `by_day` makes a roster for each
    /// day; else days of equal hours and shifts have one.
    #[must_use]
    pub fn of_team(scenario: &Scenario, team: TeamId, by_day: bool) -> Self {
        let mut groups = Vec::new();
        let mut columns: Vec<ShiftColumn> = Vec::new();
        for days in day_groups(scenario, team, by_day) {
            let group = groups.len();
            let now = shapes(scenario, team, &days, group);
            let sliding = |s: &&ShiftColumn| s.end_s - s.start_s >= SLIDING_S;
            let kinds = now
                .iter()
                .filter(sliding)
                .map(|s| ShiftKind::sliding(s.end_s - s.start_s, s.breaks.clone()));
            let rules = scenario.teams[team.index()].plan.as_ref();
            let ruled = rules.map_or(&[][..], |r| &r.kinds);
            let mut distinct: Vec<ShiftKind> = ruled.iter().map(kind_of).collect();
            let kinds = kinds.filter(|_| ruled.is_empty());
            for kind in kinds {
                if !distinct.contains(&kind) {
                    distinct.push(kind);
                }
            }
            let first = now.iter().filter(sliding).map(|s| s.start_s).min();
            let last = now.iter().filter(sliding).map(|s| s.end_s).max();
            let first = rules.and_then(|r| r.from_s).or(first);
            let last = rules.and_then(|r| r.to_s).or(last);
            let step_s = rules.map_or(STEP_S, |r| r.start_every.as_s() as u32);
            let mut add = |column: ShiftColumn| {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            };
            // Shifts of the team stay to be chosen, except where rules give others.
            let stays = |s: &&ShiftColumn| ruled.is_empty() || !sliding(s);
            now.iter().filter(stays).cloned().for_each(&mut add);
            if let (Some(first), Some(last)) = (first, last) {
                slide(&distinct, group, (first, last), step_s).for_each(add);
            }
            groups.push(days);
        }
        columns.sort_by_key(|c| (c.group, c.start_s, c.end_s));
        let of_team = &scenario.teams[team.index()];
        let wage = scenario.header.teams[team.index()].wage_per_hour;
        Self {
            groups,
            columns,
            wage: if wage > 0.0 { wage } else { 1.0 },
            away: of_team.away.clone(),
            interval_s: scenario.header.interval.as_s() as u32,
        }
    }

    /// The same days with these shifts. One without a start begins at every step of
    /// `step_s` seconds within the span that the team's shifts have on those days.
    pub fn offer(&mut self, kinds: &[ShiftKind], step_s: u32) {
        let of_group = |group: usize| {
            let mine = self.columns.iter().filter(|c| c.group == group);
            let first = mine.clone().map(|c| c.start_s).min().unwrap_or(0);
            let last = mine.map(|c| c.end_s).max().unwrap_or(0);
            slide(kinds, group, (first, last), step_s)
        };
        let mut columns: Vec<_> = (0..self.groups.len()).flat_map(of_group).collect();
        columns.sort_by_key(|c| (c.group, c.start_s, c.end_s));
        self.columns = columns;
    }

    /// Whether one agent more may be on a shift.
    #[must_use]
    pub fn has_room(&self, counts: &[u32], column: usize) -> bool {
        self.columns[column].most.is_none_or(|most| counts[column] < most)
    }

    /// Paid hours of the team's shifts in the run as they are now.
    #[must_use]
    pub fn hours_now(scenario: &Scenario, team: TeamId) -> f64 {
        let agents = scenario.agents.iter().filter(|a| a.team == team);
        let duties = agents.flat_map(|a| &a.duties);
        duties.map(|d| d.paid(scenario.horizon).as_s() / 3600.0).sum()
    }

    /// Size of the team as it is now.
    #[must_use]
    pub fn heads_now(scenario: &Scenario, team: TeamId) -> Heads {
        let mut of_day = vec![0; scenario.header.day_starts.len()];
        let mut shifts = 0;
        for agent in scenario.agents.iter().filter(|a| a.team == team) {
            let mut days: Vec<i32> = agent.duties.iter().map(|d| d.clock.day).collect();
            shifts += days.len() as u64;
            days.dedup();
            let inside = days.iter().filter_map(|d| usize::try_from(*d).ok());
            inside.for_each(|d| of_day[d] += 1);
        }
        Heads { most: of_day.into_iter().max().unwrap_or(0), shifts }
    }

    /// Size of a team with a roster.
    #[must_use]
    pub fn heads(&self, counts: &[u32]) -> Heads {
        let mut of_group = vec![0_u32; self.groups.len()];
        for (column, count) in self.columns.iter().zip(counts) {
            of_group[column.group] += count;
        }
        let days = self.groups.iter().map(|g| g.days.len() as u64);
        let shifts = of_group.iter().zip(days).map(|(n, d)| u64::from(*n) * d);
        Heads { shifts: shifts.sum(), most: of_group.iter().copied().max().unwrap_or(0) }
    }

    /// Paid hours of one agent on a shift, over all days of its group.
    #[must_use]
    pub fn hours(&self, column: usize) -> f64 {
        let c = &self.columns[column];
        f64::from(c.end_s - c.start_s) / 3600.0 * self.groups[c.group].days.len() as f64
    }

    /// What one agent on a shift costs in the run.
    #[must_use]
    pub fn cost(&self, column: usize) -> f64 {
        let c = &self.columns[column];
        let days = self.groups[c.group].days.len() as f64;
        let own = c.cost_per_day.map(|cost| cost * days);
        own.unwrap_or_else(|| self.hours(column) * self.wage)
    }

    /// What a roster costs in the run.
    #[must_use]
    pub fn cost_of(&self, counts: &[u32]) -> f64 {
        let each = counts.iter().enumerate();
        each.map(|(c, n)| f64::from(*n) * self.cost(c)).sum()
    }

    /// Intervals of a day.
    #[must_use]
    pub fn slots(&self) -> usize {
        DAY_S.div_ceil(self.interval_s.max(1)) as usize
    }

    /// Agents on the queue, on average, that one agent on the shift gives an interval
    /// of a group's day: the shift's part of it, less breaks, shrinkage and absence.
    /// What lies after midnight is there on the days after those of the shift.
    #[must_use]
    pub fn coverage(&self, column: usize, group: usize, slot: usize) -> f64 {
        let c = &self.columns[column];
        let from_s = slot as u32 * self.interval_s;
        let mut on_s = 0.0;
        if c.group == group {
            on_s += self.on_queue_s(c, from_s);
        }
        if c.end_s > DAY_S {
            let evenings = &self.groups[c.group].days;
            let days = &self.groups[group].days;
            let after = |d: &&usize| match d.checked_sub(1) {
                Some(evening) => evenings.contains(&evening),
                None => self.groups[c.group].eve,
            };
            let share = days.iter().filter(after).count() as f64 / days.len().max(1) as f64;
            on_s += self.on_queue_s(c, from_s + DAY_S) * share;
        }
        on_s / f64::from(self.interval_s.max(1))
    }

    /// Whether a shift can be there on days of a group: on its own, or after midnight.
    #[must_use]
    pub fn meets(&self, column: usize, group: usize) -> bool {
        let c = &self.columns[column];
        c.group == group || c.end_s > DAY_S
    }

    /// Time on the queue of one agent in an interval that begins so long after the
    /// midnight before the shift.
    fn on_queue_s(&self, column: &ShiftColumn, from_s: u32) -> f64 {
        let breaks = column.breaks.iter();
        let fixed = breaks.clone().filter_map(|b| {
            let at_s = f64::from(column.start_s + b.after_s?);
            Some((at_s, at_s + f64::from(b.length_s)))
        });
        let fixed_s: Vec<(f64, f64)> = fixed.collect();
        let free = breaks.filter(|b| b.after_s.is_none());
        let shift = ShiftHours {
            from_s: column.start_s.into(),
            to_s: column.end_s.into(),
            fixed_s: &fixed_s,
            free_s: free.map(|b| f64::from(b.length_s)).sum(),
        };
        let window = (from_s.into(), (from_s + self.interval_s).into());
        self.away.on_queue_s(&shift, window)
    }

    /// Agents on the queue by interval of a group's day.
    #[must_use]
    pub fn on_duty(&self, counts: &[u32], group: usize, slot: usize) -> f64 {
        let used = (0..self.columns.len()).filter(|c| counts[*c] > 0);
        used.map(|c| f64::from(counts[c]) * self.coverage(c, group, slot)).sum()
    }
}

fn kind_of(rule: &KindRule) -> ShiftKind {
    let pause =
        rule.pause.map(|length| ShiftBreak { after_s: None, length_s: length.as_s() as u32 });
    ShiftKind::sliding(rule.length.as_s() as u32, pause.into_iter().collect())
}

/// Every kind at its time, or at every step of the span in which the team works.
fn slide(
    kinds: &[ShiftKind],
    group: usize,
    (first, last): (u32, u32),
    step_s: u32,
) -> impl Iterator<Item = ShiftColumn> {
    kinds.iter().flat_map(move |kind| {
        let steps = (first..).step_by(step_s.max(60) as usize);
        let steps = steps.take_while(move |s| s + kind.length_s <= last);
        let steps = steps.filter(|_| kind.start_s.is_none());
        kind.start_s.into_iter().chain(steps).map(move |start_s| {
            // In a plan over midnight a shift may begin after it: on its own day.
            let start_s = start_s % DAY_S;
            ShiftColumn {
                group,
                start_s,
                end_s: start_s + kind.length_s,
                breaks: kind.breaks.clone(),
                most: kind.most,
                cost_per_day: kind.cost_per_day,
            }
        })
    })
}

/// The distinct shifts of the team on a group's days.
fn shapes(scenario: &Scenario, team: TeamId, days: &DayGroup, group: usize) -> Vec<ShiftColumn> {
    let mut found: Vec<ShiftColumn> = Vec::new();
    let agents = scenario.agents.iter().filter(|a| a.team == team);
    for duty in agents.flat_map(|a| &a.duties) {
        let mine = |day: &usize| i32::try_from(*day) == Ok(duty.clock.day);
        if days.days.iter().any(mine) {
            let shape = shape(duty, group);
            if !found.contains(&shape) {
                found.push(shape);
            }
        }
    }
    found
}

/// A duty as a shift, by the clock: a night on which it changes is as any other.
fn shape(duty: &Duty, group: usize) -> ShiftColumn {
    let clock = &duty.clock;
    let lengths = duty.breaks.iter().map(|b| b.end.since(b.start).as_s() as u32);
    let fixed = clock.breaks_s.iter().zip(lengths);
    let fixed =
        fixed.map(|(at_s, length_s)| ShiftBreak { after_s: Some(at_s - clock.from_s), length_s });
    let free =
        duty.free_breaks.iter().map(|b| ShiftBreak { after_s: None, length_s: b.as_s() as u32 });
    ShiftColumn {
        group,
        start_s: clock.from_s,
        end_s: clock.to_s,
        breaks: fixed.chain(free).collect(),
        most: None,
        cost_per_day: None,
    }
}

/// Days on which the team works, those with the same hours and shifts together.
fn day_groups(scenario: &Scenario, team: TeamId, by_day: bool) -> Vec<DayGroup> {
    let whole = |day: usize| DayGroup { days: vec![day], label: String::new(), eve: false };
    let mut groups: Vec<(Vec<ShiftColumn>, Vec<usize>)> = Vec::new();
    for day in 0..scenario.header.day_starts.len() - 1 {
        let mut shifts = shapes(scenario, team, &whole(day), 0);
        shifts.sort_by_key(|c| (c.start_s, c.end_s));
        if shifts.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|(s, _)| !by_day && *s == shifts) {
            Some((_, days)) => days.push(day),
            None => groups.push((shifts, vec![day])),
        }
    }
    let all: Vec<usize> = groups.iter().flat_map(|(_, days)| days).copied().collect();
    let every_day = groups.len() == 1 && all.len() + 1 == scenario.header.day_starts.len();
    groups
        .into_iter()
        .map(|(shifts, days)| {
            // Whoever works each night works the one before the run too.
            let nights = shifts.iter().any(|c| c.end_s > DAY_S);
            if nights && every_day {
                return DayGroup { days, label: "daily".to_owned(), eve: true };
            }
            let (label, eve) = label(&scenario.header.start_date, &days, &all);
            DayGroup { days, label, eve }
        })
        .collect()
}

/// `mon-fri` where the group has every such day among `all`; else its dates. And
/// whether that names the day before the run.
fn label(start: &str, days: &[usize], all: &[usize]) -> (String, bool) {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let Ok(first) = start.parse::<Date>() else {
        return (String::new(), false);
    };
    let weekday = |d: usize| (first.weekday().to_monday_zero_offset() as usize + d) % 7;
    let mut of_week = [false; 7];
    days.iter().for_each(|d| of_week[weekday(*d)] = true);
    let whole = all.iter().all(|d| !of_week[weekday(*d)] || days.contains(d));
    if !whole {
        let date = |d: &usize| first.saturating_add(jiff::Span::new().days(*d as i64));
        let dates: Vec<_> = days.iter().map(|d| date(d).to_string()).collect();
        return (dates.join(","), false);
    }
    let mut parts = Vec::new();
    let mut day = 0;
    while day < 7 {
        let run = of_week[day..].iter().take_while(|there| **there).count();
        match run {
            0 => {}
            1 => parts.push(NAMES[day].to_owned()),
            _ => parts.push(format!("{}-{}", NAMES[day], NAMES[day + run - 1])),
        }
        day += run.max(1);
    }
    (parts.join(","), of_week[weekday(6)])
}
