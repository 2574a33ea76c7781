//! The grid: what happened in each interval, day or week, queue by queue and team by
//! team, with how far each number can be trusted. The one computation behind the tables by
//! interval of terminal, page, JSON, CSV and spreadsheet.

use crate::domain::{Grain, words};
use serde::Serialize;
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

impl Figure {
    /// Its standard error: a quarter of the interval is near enough for a band; 0 without one.
    #[must_use]
    pub fn se(&self) -> f64 {
        self.ci.map_or(0.0, |[low, high]| (high - low) / 4.0)
    }
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
    pub(super) intervals: Range<usize>,
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
