//! Which keys a draw has: those of the run, or of another future that began at a fork.

use crate::random::Streams;
use crate::time::SimTime;

/// The keys of a replication by the moment at which the thing drawn began.
///
/// What began before a fork into another future keeps the keys it began with;
/// what begins later has those of that future.
#[derive(Clone, Debug)]
pub struct Eras {
    first: Streams,
    /// Moments of forks, ascending, each with the keys from then on.
    later: Vec<(SimTime, Streams)>,
}

impl Eras {
    /// A replication with one future.
    #[must_use]
    pub fn new(streams: Streams) -> Self {
        Self { first: streams, later: Vec::new() }
    }

    /// Goes into another future at a moment.
    pub(super) fn turn(&mut self, at: SimTime, number: u32) {
        let streams = self.latest().future(number);
        self.later.push((at, streams));
    }

    /// The keys of what began at a moment.
    #[must_use]
    pub fn of(&self, began: SimTime) -> Streams {
        let era = self.later.iter().rev().find(|(from, _)| *from < began);
        era.map_or(self.first, |(_, streams)| *streams)
    }

    /// The keys of what begins now.
    #[must_use]
    pub fn latest(&self) -> Streams {
        self.later.last().map_or(self.first, |(_, s)| *s)
    }
}
