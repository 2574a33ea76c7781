//! From the series of a pool to the grid: ratios of sums by interval, day and week, with
//! their intervals.

use super::cells::{Cell, LATER, first_measured};
use super::series::{QUEUE_SERIES, Sums, TEAM_SERIES, promises};
use super::{Figure, Grid, GridColumn, GridRow, Pool, clopper_pearson, t_quantile, upper};
use crate::domain::Grain;
use std::collections::BTreeMap;

impl GridColumn {
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
        rows.retain(|row| row.start != LATER || row.is_live());
        Grid { by, interval_s: header.interval.as_s(), rows }
    }
}

fn is_later(cell: &Cell) -> bool {
    cell.label == LATER
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
