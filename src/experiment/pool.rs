//! The pool: replications added up, in their order.

use super::series::SeriesPool;
use crate::event::Header;
use crate::projection::{
    Distributions, Durations, HistogramKey, Measure, MetricKey, Replication, Turns,
};

/// Largest number of groups for intervals of quantiles.
const GROUPS: usize = 20;

/// Replications added up.
#[derive(Debug)]
pub struct Pool<'h> {
    pub(super) header: &'h Header,
    pub(super) planned: u32,
    groups: usize,
    /// Replications so far.
    pub replications: u32,
    /// The metrics, in their order.
    pub keys: Vec<MetricKey>,
    /// `measures[metric][replication]`.
    pub measures: Vec<Vec<Measure>>,
    /// What each histogram holds.
    pub histogram_keys: Vec<HistogramKey>,
    /// `histograms[group][number]`.
    pub histograms: Vec<Vec<Durations>>,
    pub(super) series: SeriesPool,
    pub(super) violations: Vec<String>,
    pub(super) violation_count: u64,
    pub(super) open: u64,
    /// Events of all replications.
    pub events: u64,
}

impl<'h> Pool<'h> {
    /// For so many replications.
    #[must_use]
    pub fn new(header: &'h Header, planned: u32) -> Self {
        let groups = (planned as usize).clamp(1, GROUPS);
        let mut histogram_keys = Distributions::new(header).keys;
        histogram_keys.extend(Turns::new(header).keys);
        let empty = vec![Durations::default(); histogram_keys.len()];
        Self {
            header,
            planned,
            groups,
            replications: 0,
            keys: Vec::new(),
            measures: Vec::new(),
            histogram_keys,
            histograms: vec![empty; groups],
            series: SeriesPool::new(header),
            violations: Vec::new(),
            violation_count: 0,
            open: 0,
            events: 0,
        }
    }

    /// Adds the next replication. The order is that of the replications' numbers,
    /// whoever computed them: sums of floats depend on it.
    pub fn add(&mut self, replication: &Replication) {
        if self.keys.is_empty() {
            self.keys = replication.measures.iter().map(|(key, _)| *key).collect();
            self.measures = vec![Vec::new(); self.keys.len()];
        }
        debug_assert!(self.keys.len() == replication.measures.len());
        for (column, (_, measure)) in self.measures.iter_mut().zip(&replication.measures) {
            column.push(*measure);
        }
        let group = self.replications as usize % self.groups;
        for (sum, histogram) in self.histograms[group].iter_mut().zip(&replication.histograms) {
            sum.add(histogram);
        }
        self.series.add(replication);
        self.violation_count += replication.violations.1;
        if self.violations.is_empty() {
            self.violations.clone_from(&replication.violations.0);
        }
        self.open += replication.open;
        self.events += replication.events;
        self.replications += 1;
    }

    /// Whether a law of conservation was violated.
    #[must_use]
    pub fn audit_failed(&self) -> bool {
        self.violation_count > 0
    }

    /// Each metric with its replications, for targets over single days.
    pub(super) fn target_pairs(&self) -> Vec<(MetricKey, &[Measure])> {
        self.keys.iter().copied().zip(self.measures.iter().map(Vec::as_slice)).collect()
    }
}
