//! Interval series over replications.

use super::cells::{Cell, cells};
use super::{Point, QueueSeries, Series, TeamSeries};
use crate::event::{Header, QueueFacts};
use crate::projection::{QueueInterval, Replication, TeamInterval};
use crate::scenario::target::{self, Target};
use crate::time::SimDuration;
use std::borrow::Cow;

/// Sums for the mean of a ratio and its standard error.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) xx: f64,
    pub(super) xy: f64,
    pub(super) yy: f64,
}

impl Sums {
    pub(super) fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// The numerator alone, counted once in each of `n` replications.
    pub(super) fn of_numerator(&self, n: f64) -> Self {
        Self { x: self.x, y: n, xx: self.xx, xy: self.x, yy: n }
    }

    /// Ratio of sums and its delta-method standard error over `n` replications.
    pub(super) fn point(&self, n: f64) -> Point {
        let mean = self.x / self.y;
        if n < 2.0 || !mean.is_finite() {
            return Point { mean, se: 0.0 };
        }
        let residual = (self.xx - 2.0 * mean * self.xy + mean * mean * self.yy).max(0.0);
        let se = (residual * n / (n - 1.0)).sqrt() / self.y;
        Point { mean, se }
    }
}

pub(super) const QUEUE_SERIES: [&str; 13] = [
    "offered",
    "waited",
    "answered",
    "abandoned",
    "service_level",
    "wait_s",
    "waiting",
    "waiting_at_end",
    "abandonment_rate",
    "asa_s",
    "target_held",
    "agent_hours",
    "occupancy",
];
pub(super) const TEAM_SERIES: [&str; 7] = [
    "staffed",
    "busy",
    "in_service",
    "in_service_at_end",
    "full_at_end",
    "agent_hours",
    "occupancy",
];
const QUEUE_COLUMNS: usize = QUEUE_SERIES.len();
const TEAM_COLUMNS: usize = TEAM_SERIES.len();
const HOUR_US: f64 = 3.6e9;

/// What a sum of the series is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesName {
    /// Local start of the interval, date of a day, `2026-W10` of a week.
    pub interval: String,
    /// The queue.
    pub queue: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// Name of the series.
    pub series: &'static str,
}

/// Sums of the series.
#[derive(Clone, Debug)]
pub(super) struct SeriesPool {
    pub(super) replications: f64,
    interval_us: f64,
    /// Number of intervals: the first cells.
    intervals: usize,
    pub(super) cells: Vec<Cell>,
    /// For each queue what is promised of it, and the teams that serve it.
    promises: Vec<(Option<Target>, Vec<u8>)>,
    /// `queues[cell][queue][column]`.
    pub(super) queues: Vec<Vec<[Sums; QUEUE_COLUMNS]>>,
    /// `teams[cell][team][column]`.
    pub(super) teams: Vec<Vec<[Sums; TEAM_COLUMNS]>>,
    arrivals: Vec<Sums>,
    in_bot: Vec<Sums>,
}

/// What is promised of the service level of each queue.
pub(super) fn promises(header: &Header) -> Vec<Option<Target>> {
    let targets: Vec<Target> =
        header.targets.iter().filter_map(|text| target::parse(text).ok()).collect();
    let promise = |q: &QueueFacts| {
        let found = target::promise_of(&targets, &q.name)?;
        let own = q.watched_threshold().map(SimDuration::as_s);
        let same = found.which.threshold_s.is_none_or(|s| Some(s) == own);
        same.then(|| found.clone())
    };
    header.queues.iter().map(promise).collect()
}

impl SeriesPool {
    pub(super) fn new(header: &Header) -> Self {
        let intervals = header.interval_labels.len();
        let cells = cells(header);
        let teams = header.queues.iter().map(|q| q.teams.clone());
        Self {
            replications: 0.0,
            interval_us: header.interval.0 as f64,
            intervals,
            promises: promises(header).into_iter().zip(teams).collect(),
            queues: vec![vec![Default::default(); header.queues.len()]; cells.len()],
            teams: vec![vec![Default::default(); header.teams.len()]; cells.len()],
            cells,
            arrivals: vec![Sums::default(); intervals],
            in_bot: vec![Sums::default(); intervals],
        }
    }

    pub(super) fn add(&mut self, r: &Replication) {
        self.replications += 1.0;
        for (place, cell) in self.cells.iter().enumerate() {
            let length = self.interval_us * cell.intervals.len() as f64;
            let teams = whole(&r.teams, cell, self.teams[place].len(), |sum, last| {
                (sum.in_service_at_end, sum.full_at_end) =
                    (last.in_service_at_end, last.full_at_end);
            });
            let queues = whole(&r.queues, cell, self.queues[place].len(), |sum, last| {
                sum.waiting_at_end = last.waiting_at_end;
            });
            for (t, sums) in teams.iter().zip(&mut self.teams[place]) {
                put(sums, team_columns(t, length));
            }
            let each = queues.iter().zip(&self.promises).zip(&mut self.queues[place]);
            for ((q, (promise, serving)), sums) in each {
                let serving = serving.iter().filter_map(|t| teams.get(usize::from(*t)));
                let people =
                    serving.fold((0.0, 0.0), |sum, t| (sum.0 + t.staffed_us, sum.1 + t.busy_us));
                put(sums, queue_columns(q, promise.as_ref(), people, length));
            }
        }
        for (sum, x) in self.arrivals.iter_mut().zip(&r.arrivals) {
            sum.add(*x, 1.0);
        }
        for (sum, x) in self.in_bot.iter_mut().zip(&r.in_bot_us) {
            sum.add(x / self.interval_us, 1.0);
        }
    }

    /// All sums in a fixed order: by interval the queues, the teams, all together.
    pub(super) fn sums(&mut self) -> impl Iterator<Item = &mut Sums> {
        let queues = self.queues.iter_mut().flatten().flatten();
        let teams = self.teams.iter_mut().flatten().flatten();
        queues.chain(teams).chain(&mut self.arrivals).chain(&mut self.in_bot)
    }

    /// A series of a queue, interval by interval.
    pub(super) fn column(
        &self,
        header: &Header,
        queue: Option<&str>,
        series: &str,
    ) -> Option<Vec<Sums>> {
        let queue = queue?;
        let number = header.queues.iter().position(|q| q.name == queue)?;
        let place = QUEUE_SERIES.iter().position(|name| *name == series)?;
        Some(self.queues[..self.intervals].iter().map(|row| row[number][place]).collect())
    }

    /// What each of the sums is, in their order: interval, queue or team, series.
    pub(super) fn names(&self, header: &Header) -> Vec<SeriesName> {
        let mut names = Vec::new();
        let queues = header.queues.iter().map(|q| &q.name);
        let queues: Vec<_> = queues.map(|name| (Some(name.clone()), None)).collect();
        let teams = header.teams.iter().map(|t| &t.name);
        let teams: Vec<_> = teams.map(|name| (None, Some(name.clone()))).collect();
        let all: Vec<&String> = self.cells.iter().map(|c| &c.label).collect();
        let intervals = &all[..self.intervals];
        let mut group =
            |of: &[&String], who: &[(Option<String>, Option<String>)], series: &[&'static str]| {
                for label in of {
                    for (queue, team) in who {
                        names.extend(series.iter().map(|series| SeriesName {
                            interval: (*label).clone(),
                            queue: queue.clone(),
                            team: team.clone(),
                            series,
                        }));
                    }
                }
            };
        group(&all, &queues, &QUEUE_SERIES);
        group(&all, &teams, &TEAM_SERIES);
        group(intervals, &[(None, None)], &["arrivals"]);
        group(intervals, &[(None, None)], &["in_bot"]);
        names
    }

    pub(super) fn set_replications(&mut self, replications: u32) {
        self.replications = f64::from(replications);
    }

    pub(super) fn finish(&self, header: &Header) -> Series {
        let n = self.replications;
        let queue = |(number, facts): (usize, &crate::event::QueueFacts)| {
            let all = &self.queues[..self.intervals];
            let column = |c: usize| all.iter().map(|row| row[number][c].point(n)).collect();
            QueueSeries {
                queue: facts.name.clone(),
                offered: column(0),
                waited: column(1),
                answered: column(2),
                abandoned: column(3),
                service_level: column(4),
                wait_s: column(5),
                waiting: column(6),
                waiting_at_end: column(7),
            }
        };
        let team = |(number, facts): (usize, &crate::event::TeamFacts)| {
            let all = &self.teams[..self.intervals];
            let column = |c: usize| all.iter().map(|row| row[number][c].point(n)).collect();
            TeamSeries {
                team: facts.name.clone(),
                staffed: column(0),
                busy: column(1),
                in_service: column(2),
                in_service_at_end: column(3),
                full_at_end: column(4),
            }
        };
        Series {
            labels: header.interval_labels.clone(),
            queues: header.queues.iter().enumerate().map(queue).collect(),
            teams: header.teams.iter().enumerate().map(team).collect(),
            arrivals: self.arrivals.iter().map(|s| s.point(n)).collect(),
            in_bot: self.in_bot.iter().map(|s| s.point(n)).collect(),
        }
    }
}

/// What happened in a cell: one interval as it is, several added up. `last` puts what is
/// the level at the end.
fn whole<'r, T: Copy + Default + Added>(
    rows: &'r [Vec<T>],
    cell: &Cell,
    count: usize,
    last: impl Fn(&mut T, &T),
) -> Cow<'r, [T]> {
    let of = rows.get(cell.intervals.clone()).unwrap_or_default();
    match of {
        [] => Cow::Owned(vec![T::default(); count]),
        [one] => Cow::Borrowed(one),
        [first, rest @ ..] => {
            let mut sums = first.clone();
            for row in rest {
                for (sum, one) in sums.iter_mut().zip(row) {
                    sum.put(one);
                    last(sum, one);
                }
            }
            Cow::Owned(sums)
        }
    }
}

/// Counters of intervals, which add up.
trait Added {
    fn put(&mut self, other: &Self);
}

impl Added for QueueInterval {
    fn put(&mut self, other: &Self) {
        self.add(other);
    }
}

impl Added for TeamInterval {
    fn put(&mut self, other: &Self) {
        self.add(other);
    }
}

fn put<const N: usize>(sums: &mut [Sums; N], columns: [(f64, f64); N]) {
    for (sum, (x, y)) in sums.iter_mut().zip(columns) {
        sum.add(x, y);
    }
}

/// Numerator and denominator of each of [`QUEUE_SERIES`].
fn queue_columns(
    q: &QueueInterval,
    promise: Option<&Target>,
    (staffed_us, busy_us): (f64, f64),
    length: f64,
) -> [(f64, f64); QUEUE_COLUMNS] {
    let judged = q.waits - q.undecided;
    let held = promise.filter(|_| judged > 0.0).map_or((0.0, 0.0), |t| {
        let holds = t.comparison.holds(q.answered_within / judged, t.value);
        (f64::from(u8::from(holds)), 1.0)
    });
    [
        (q.offered, 1.0),
        (q.waited, q.offered),
        (q.answered, 1.0),
        (q.abandoned, 1.0),
        (q.answered_within, judged),
        (q.wait_us * 1e-6, q.waits),
        (q.waiting_us / length, 1.0),
        (q.waiting_at_end, 1.0),
        (q.lost, q.answered + q.lost),
        (q.wait_answered_us * 1e-6, q.answered),
        held,
        (staffed_us / HOUR_US, 1.0),
        (busy_us / HOUR_US, staffed_us / HOUR_US),
    ]
}

/// Numerator and denominator of each of [`TEAM_SERIES`].
fn team_columns(t: &TeamInterval, length: f64) -> [(f64, f64); TEAM_COLUMNS] {
    [
        (t.staffed_us / length, 1.0),
        (t.busy_us / length, 1.0),
        (t.in_service_us / length, 1.0),
        (t.in_service_at_end, 1.0),
        (t.full_at_end, 1.0),
        (t.staffed_us / HOUR_US, 1.0),
        (t.busy_us / HOUR_US, t.staffed_us / HOUR_US),
    ]
}
