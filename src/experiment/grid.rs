//! The grid: what happened in each interval, day or week, queue by queue and team by
//! team, with how far each number can be trusted. The one computation behind the tables by
//! interval of terminal, page, JSON, CSV and spreadsheet.

use super::cells::{Cell, first_measured};
use super::series::{QUEUE_SERIES, Sums, TEAM_SERIES, promises};
use super::{Pool, clopper_pearson, t_quantile, upper};
use crate::domain::{Grain, words};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Name and version of the JSON of a grid.
pub const GRID_SCHEMA: &str = "convoq.grid/1";

words! {
    /// A number of a row of the grid.
    GridColumn {
        /// Contacts that joined the queue in this time or were lost at its door.
        Offered = "offered",
        /// Of those who joined in this time: answered, whenever that was.
        Answered = "answered",
        /// Of those who joined in this time: left the queue, with or without a sign.
        Abandoned = "abandoned",
        /// Share of the answered and the abandoned that abandoned.
        AbandonmentRate = "abandonment_rate",
        /// Share of those who joined in this time that were answered within the threshold of
        /// the queue's target (SL3).
        ServiceLevel = "service_level",
        /// Share of replications in which the service level of this time alone meets the
        /// target.
        TargetHeld = "target_held",
        /// Mean wait of the answered, seconds.
        Asa = "asa_s",
        /// Contacts waiting, on average over this time.
        Waiting = "waiting",
        /// Agents that a formula needs on the queue for the target; agent hours of a day or
        /// week. See `convoq erlang day`.
        Required = "required",
        /// Agents with a shift, on or off the queue; agent hours of a day or week.
        Scheduled = "scheduled",
        /// Agents on the queue: those of all its teams; agent hours of a day or week.
        OnQueue = "on_queue",
        /// On the queue less required: below zero there are too few.
        Net = "net",
        /// Share of the time on the queue with at least one contact.
        Occupancy = "occupancy",
    }
}

impl GridColumn {
    /// Unit of its values: `count ratio s agents`; of a day or a week `h` instead of `agents`.
    #[must_use]
    pub fn unit(self, by: Grain) -> &'static str {
        match self {
            Self::Offered | Self::Answered | Self::Abandoned | Self::Waiting => "count",
            Self::AbandonmentRate | Self::ServiceLevel | Self::TargetHeld | Self::Occupancy => {
                "ratio"
            }
            Self::Asa => "s",
            Self::Required | Self::Scheduled | Self::OnQueue | Self::Net => match by {
                Grain::Interval => "agents",
                Grain::Day | Grain::Week => "h",
            },
        }
    }

    /// The series that a queue has it of; none of what no run measures.
    fn of_queue(self) -> Option<&'static str> {
        Some(match self {
            Self::Offered => "offered",
            Self::Answered => "answered",
            Self::Abandoned | Self::AbandonmentRate => "abandonment_rate",
            Self::ServiceLevel => "service_level",
            Self::TargetHeld => "target_held",
            Self::Asa => "asa_s",
            Self::Waiting => "waiting",
            Self::OnQueue => "agent_hours",
            Self::Occupancy => "occupancy",
            Self::Required | Self::Scheduled | Self::Net => return None,
        })
    }

    /// The series that a team has it of.
    fn of_team(self) -> Option<&'static str> {
        match self {
            Self::OnQueue | Self::Occupancy => self.of_queue(),
            _ => None,
        }
    }
}

/// A number of the grid. All is empty where nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// Mean over replications, or ratio of their sums.
    pub value: Option<f64>,
    /// Confidence interval of the value; `None` with one replication.
    pub ci: Option<[f64; 2]>,
    /// Standard deviation of single replications around it, by the delta method for ratios.
    pub sd: Option<f64>,
    /// Sum over replications; `None` of what was not measured in them.
    pub numerator: Option<f64>,
    /// What the numerator is divided by: the number of replications, or another sum.
    pub denominator: Option<f64>,
}

/// A row of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct GridRow {
    /// Local start of the interval, date of the day, or week as `2026-W10`; `later` for
    /// those who join after all intervals.
    pub start: String,
    /// The queue; `None` in the row of a team.
    pub queue: Option<String>,
    /// The team; `None` in the row of a queue.
    pub team: Option<String>,
    /// Threshold of the service level, seconds.
    pub threshold_s: Option<f64>,
    /// Share that the target promises; `None` where nothing is promised.
    pub target: Option<f64>,
    /// The numbers, in the order of [`GridColumn::ALL`].
    pub figures: [Figure; GridColumn::COUNT],
    /// The intervals in it.
    intervals: Range<usize>,
}

impl GridRow {
    /// One of its numbers.
    #[must_use]
    pub fn figure(&self, column: GridColumn) -> Figure {
        self.figures[column as usize]
    }

    /// The value of one of its numbers.
    #[must_use]
    pub fn value(&self, column: GridColumn) -> Option<f64> {
        self.figure(column).value
    }

    /// Whether anybody came, was there, or is needed.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let some = |column| self.value(column).is_some_and(|v| v > 0.0);
        [GridColumn::Offered, GridColumn::OnQueue, GridColumn::Required, GridColumn::Scheduled]
            .into_iter()
            .any(some)
    }
}

/// What a plan says of a queue or a team, interval by interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// The queue; `None` of a team.
    pub queue: Option<String>,
    /// The team; `None` of a queue.
    pub team: Option<String>,
    /// Agents needed on the queue; `None` where no number is enough or nothing is asked.
    pub required: Vec<Option<f64>>,
    /// Agents with a shift, on average.
    pub scheduled: Vec<f64>,
}

/// The grid of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// What a row is.
    pub by: Grain,
    /// Length of an interval, seconds.
    pub interval_s: f64,
    /// Queue by queue, then team by team, each in the order of time.
    pub rows: Vec<GridRow>,
}

impl Grid {
    /// Puts in what is needed and scheduled, and the difference to what is there.
    pub fn set_plan(&mut self, plan: &[Planned]) {
        let hours = match self.by {
            Grain::Interval => 1.0, // of one interval: agents
            Grain::Day | Grain::Week => self.interval_s / 3600.0,
        };
        for row in &mut self.rows {
            let same = |p: &&Planned| p.queue == row.queue && p.team == row.team;
            let Some(planned) = plan.iter().find(same) else {
                continue;
            };
            let scheduled = planned.scheduled.get(row.intervals.clone());
            let scheduled = scheduled.map(|all| all.iter().sum::<f64>() * hours);
            let required = planned.required.get(row.intervals.clone());
            let required = required.and_then(|all| {
                all.iter().try_fold(0.0, |sum, agents| Some(sum + (*agents)? * hours))
            });
            let there = row.figure(GridColumn::OnQueue);
            let bare = |value| Figure { value, ..Figure::default() };
            let less = |v: f64| required.map(|required| v - required);
            row.figures[GridColumn::Required as usize] = bare(required);
            row.figures[GridColumn::Scheduled as usize] = bare(scheduled);
            row.figures[GridColumn::Net as usize] = Figure {
                value: there.value.and_then(less),
                ci: there.ci.and_then(|[low, high]| Some([less(low)?, less(high)?])),
                sd: there.sd.filter(|_| required.is_some()),
                ..Figure::default()
            };
        }
    }
}

impl Pool<'_> {
    /// What happened by interval, day or week.
    #[must_use]
    pub fn grid(&self, by: Grain, confidence: f64) -> Grid {
        let (header, series) = (self.header, &self.series);
        let mut made = Maker {
            n: f64::from(self.replications),
            t: t_quantile(f64::from(self.replications) - 1.0, upper(confidence)),
            confidence,
            agents_an_hour: match by {
                Grain::Interval => 3.6e9 / header.interval.0.max(1) as f64,
                Grain::Day | Grain::Week => 1.0,
            },
            known: BTreeMap::new(),
        };
        let first = first_measured(header);
        let cells = || {
            let all = series.cells.iter().enumerate();
            all.filter(|(_, c)| c.grain == by && c.intervals.start >= first)
        };
        // Those who join after all intervals have a row of their own in each grid.
        let last = series.cells.iter().enumerate();
        let later = last.filter(|(_, c)| by != Grain::Interval && is_later(c));
        let cells: Vec<(usize, &Cell)> = cells().chain(later).collect();
        let promises = promises(header);
        let mut rows = Vec::new();
        for (number, (facts, promise)) in header.queues.iter().zip(&promises).enumerate() {
            for (place, cell) in &cells {
                let sums = |name: &str| column(&QUEUE_SERIES, &series.queues[*place][number], name);
                // Nobody knows the teams of a queue of an older run.
                let known = |c: &GridColumn| {
                    (!facts.teams.is_empty() && !is_later(cell))
                        || !matches!(c, GridColumn::OnQueue | GridColumn::Occupancy)
                };
                let figures = GridColumn::ALL.map(|c| {
                    let found = c.of_queue().filter(|_| known(&c)).and_then(sums);
                    found.map_or_else(Figure::default, |s| made.figure(c, &s))
                });
                rows.push(GridRow {
                    start: cell.label.clone(),
                    queue: Some(facts.name.clone()),
                    team: None,
                    threshold_s: facts.watched_threshold().map(|t| t.as_s()),
                    target: promise.as_ref().map(|t| t.value),
                    figures,
                    intervals: cell.intervals.clone(),
                });
            }
        }
        for (number, facts) in header.teams.iter().enumerate() {
            for (place, cell) in cells.iter().filter(|(_, c)| !is_later(c)) {
                let sums = |name: &str| column(&TEAM_SERIES, &series.teams[*place][number], name);
                let figures = GridColumn::ALL.map(|c| {
                    let found = c.of_team().and_then(sums);
                    found.map_or_else(Figure::default, |s| made.figure(c, &s))
                });
                rows.push(GridRow {
                    start: cell.label.clone(),
                    queue: None,
                    team: Some(facts.name.clone()),
                    threshold_s: None,
                    target: None,
                    figures,
                    intervals: cell.intervals.clone(),
                });
            }
        }
        // A row that is there for those who come late says nothing where nobody does.
        rows.retain(|row| row.start != super::cells::LATER || row.is_live());
        Grid { by, interval_s: header.interval.as_s(), rows }
    }
}

fn is_later(cell: &Cell) -> bool {
    cell.label == super::cells::LATER
}

fn column<const N: usize>(names: &[&str; N], sums: &[Sums; N], name: &str) -> Option<Sums> {
    names.iter().position(|n| *n == name).map(|place| sums[place])
}

/// Makes figures of sums.
struct Maker {
    /// Replications.
    n: f64,
    /// Quantile of Student's t for the intervals; NaN with one replication.
    t: f64,
    confidence: f64,
    /// Agents on average for each agent hour of a cell.
    agents_an_hour: f64,
    /// Intervals of shares of replications: the same few again and again.
    known: BTreeMap<[u64; 2], [f64; 2]>,
}

impl Maker {
    fn figure(&mut self, column: GridColumn, sums: &Sums) -> Figure {
        match column {
            // The numerator of the rate, counted by replication.
            GridColumn::Abandoned => self.estimate(&sums.of_numerator(self.n), 1.0, None),
            GridColumn::OnQueue => self.estimate(sums, self.agents_an_hour, None),
            GridColumn::TargetHeld if sums.y > 0.0 => {
                let key = [sums.x.to_bits(), sums.y.to_bits()];
                let confidence = self.confidence;
                let interval = || clopper_pearson(sums.x, sums.y, confidence);
                let ci = *self.known.entry(key).or_insert_with(interval);
                Figure {
                    value: Some(sums.x / sums.y),
                    ci: (self.n > 1.0).then_some(ci),
                    sd: None,
                    numerator: Some(sums.x),
                    denominator: Some(sums.y),
                }
            }
            _ => {
                let is_share = column.unit(Grain::Interval) == "ratio";
                self.estimate(sums, 1.0, is_share.then_some(1.0))
            }
        }
    }

    /// The ratio of sums in another unit, with its interval: nothing is below zero, no share
    /// above one.
    fn estimate(&self, sums: &Sums, scale: f64, most: Option<f64>) -> Figure {
        if sums.y == 0.0 {
            return Figure::default();
        }
        let point = sums.point(self.n);
        let (value, se) = (point.mean * scale, point.se * scale);
        let most = most.unwrap_or(f64::INFINITY);
        let ends = [value - self.t * se, value + self.t * se].map(|v| v.clamp(0.0, most));
        let several = self.n > 1.0;
        Figure {
            value: Some(value),
            ci: Some(ends).filter(|_| several),
            sd: Some(se * self.n.sqrt()).filter(|_| several),
            numerator: Some(sums.x),
            denominator: Some(sums.y),
        }
    }
}
