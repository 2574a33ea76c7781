//! Interval series over replications.

use super::{Point, QueueSeries, Series, TeamSeries};
use crate::event::Header;
use crate::projection::Replication;

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
    fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Ratio of sums and its delta-method standard error over `n` replications.
    fn point(&self, n: f64) -> Point {
        let mean = self.x / self.y;
        if n < 2.0 || !mean.is_finite() {
            return Point { mean, se: 0.0 };
        }
        let residual = (self.xx - 2.0 * mean * self.xy + mean * mean * self.yy).max(0.0);
        let se = (residual * n / (n - 1.0)).sqrt() / self.y;
        Point { mean, se }
    }
}

const QUEUE_SERIES: [&str; 8] = [
    "offered",
    "waited",
    "answered",
    "abandoned",
    "service_level",
    "wait_s",
    "waiting",
    "waiting_at_end",
];
const TEAM_SERIES: [&str; 5] =
    ["staffed", "busy", "in_service", "in_service_at_end", "full_at_end"];
const QUEUE_COLUMNS: usize = QUEUE_SERIES.len();
const TEAM_COLUMNS: usize = TEAM_SERIES.len();

/// What a sum of the series is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesName {
    /// Local start of the interval.
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
    replications: f64,
    interval_us: f64,
    /// `queues[interval][queue][column]`.
    queues: Vec<Vec<[Sums; QUEUE_COLUMNS]>>,
    teams: Vec<Vec<[Sums; TEAM_COLUMNS]>>,
    arrivals: Vec<Sums>,
    in_bot: Vec<Sums>,
}

impl SeriesPool {
    pub(super) fn new(header: &Header) -> Self {
        let intervals = header.interval_labels.len();
        Self {
            replications: 0.0,
            interval_us: header.interval.0 as f64,
            queues: vec![vec![Default::default(); header.queues.len()]; intervals],
            teams: vec![vec![Default::default(); header.teams.len()]; intervals],
            arrivals: vec![Sums::default(); intervals],
            in_bot: vec![Sums::default(); intervals],
        }
    }

    pub(super) fn add(&mut self, r: &Replication) {
        self.replications += 1.0;
        let length = self.interval_us;
        for (rows, sums) in r.queues.iter().zip(&mut self.queues) {
            for (q, sums) in rows.iter().zip(sums) {
                let columns = [
                    (q.offered, 1.0),
                    (q.waited, q.offered),
                    (q.answered, 1.0),
                    (q.abandoned, 1.0),
                    (q.answered_within, q.waits - q.undecided),
                    (q.wait_us * 1e-6, q.waits),
                    (q.waiting_us / length, 1.0),
                    (q.waiting_at_end, 1.0),
                ];
                for (sum, (x, y)) in sums.iter_mut().zip(columns) {
                    sum.add(x, y);
                }
            }
        }
        for (rows, sums) in r.teams.iter().zip(&mut self.teams) {
            for (t, sums) in rows.iter().zip(sums) {
                let columns = [
                    t.staffed_us / length,
                    t.busy_us / length,
                    t.in_service_us / length,
                    t.in_service_at_end,
                    t.full_at_end,
                ];
                for (sum, x) in sums.iter_mut().zip(columns) {
                    sum.add(x, 1.0);
                }
            }
        }
        for (sum, x) in self.arrivals.iter_mut().zip(&r.arrivals) {
            sum.add(*x, 1.0);
        }
        for (sum, x) in self.in_bot.iter_mut().zip(&r.in_bot_us) {
            sum.add(x / length, 1.0);
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
        Some(self.queues.iter().map(|row| row[number][place]).collect())
    }

    /// What each of the sums is, in their order: interval, queue or team, series.
    pub(super) fn names(&self, header: &Header) -> Vec<SeriesName> {
        let mut names = Vec::new();
        let queues = header.queues.iter().map(|q| &q.name);
        let queues: Vec<_> = queues.map(|name| (Some(name.clone()), None)).collect();
        let teams = header.teams.iter().map(|t| &t.name);
        let teams: Vec<_> = teams.map(|name| (None, Some(name.clone()))).collect();
        let mut group = |who: &[(Option<String>, Option<String>)], series: &[&'static str]| {
            for label in &header.interval_labels {
                for (queue, team) in who {
                    names.extend(series.iter().map(|series| SeriesName {
                        interval: label.clone(),
                        queue: queue.clone(),
                        team: team.clone(),
                        series,
                    }));
                }
            }
        };
        group(&queues, &QUEUE_SERIES);
        group(&teams, &TEAM_SERIES);
        group(&[(None, None)], &["arrivals"]);
        group(&[(None, None)], &["in_bot"]);
        names
    }

    pub(super) fn set_replications(&mut self, replications: u32) {
        self.replications = f64::from(replications);
    }

    pub(super) fn finish(&self, header: &Header) -> Series {
        let n = self.replications;
        let queue = |(number, facts): (usize, &crate::event::QueueFacts)| {
            let column = |c: usize| self.queues.iter().map(|row| row[number][c].point(n)).collect();
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
            let column = |c: usize| self.teams.iter().map(|row| row[number][c].point(n)).collect();
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
