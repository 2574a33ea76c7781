//! What one replication leaves behind for the experiment.

use super::{Durations, Everything, Measure, MetricKey, QueueInterval, TeamInterval, measures};
use crate::event::Header;

/// The numbers of one replication.
#[derive(Clone, Debug)]
pub struct Replication {
    /// Every metric that is a ratio or a count. The keys are the same in every replication.
    pub measures: Vec<(MetricKey, Measure)>,
    /// Durations, in the order of `Distributions::keys` and then `Turns::keys`.
    pub histograms: Vec<Durations>,
    /// `queues[interval][queue]`.
    pub queues: Vec<Vec<QueueInterval>>,
    /// `teams[interval][team]`.
    pub teams: Vec<Vec<TeamInterval>>,
    /// Contacts that begin, by interval.
    pub arrivals: Vec<f64>,
    /// Contacts in bot sessions, integral by interval in microseconds.
    pub in_bot_us: Vec<f64>,
    /// Violations of the audit: the first in words, and how many.
    pub violations: (Vec<String>, u64),
    /// Contacts open at the end.
    pub open: u64,
    /// Events.
    pub events: u64,
}

impl Replication {
    /// Closes the projections of a replication.
    #[must_use]
    pub fn finish(header: &Header, everything: Everything, events: u64) -> Self {
        let measures = measures(header, &everything);
        let mut histograms = everything.speed.histograms;
        histograms.extend(everything.turns.histograms);
        Self {
            measures,
            histograms,
            queues: everything.service.intervals,
            teams: everything.staffing.intervals,
            arrivals: everything.resolution.arrivals,
            in_bot_us: everything.resolution.in_bot_us,
            violations: (everything.audit.violations, everything.audit.count),
            open: everything.audit.open,
            events,
        }
    }
}
