//! People's work on a contact, and which of it counts: as with the stay in a queue, what
//! folds add up of handling comes from here.

use crate::id::{QueueId, SegmentId};
use crate::time::SimTime;

/// What an agent has done for a contact in one visit, its parts together.
#[derive(Clone, Copy, Debug)]
pub struct Handled {
    /// The queue that the contact came from.
    pub queue: QueueId,
    /// Index of the contact's segment, channel and intent among all combinations.
    pub cell: u32,
    /// The contact's segment.
    pub segment: SegmentId,
    /// When it joined the queue.
    pub joined: SimTime,
    /// Whether the contact began in the measured window: reports count only these.
    pub measured: bool,
    /// Whether the agent found an empty chat.
    pub gone: bool,
    /// Whether a handle time counts it: the last visit of a contact, neither triage nor a
    /// wrong turn nor an empty chat.
    pub last: bool,
    /// Time of agents in this visit, microseconds.
    pub visit_us: u64,
    /// The same of all visits that were not triage or a wrong turn.
    pub handled_us: u64,
}

impl Handled {
    /// With the wrap-up that follows.
    pub(super) fn with(mut self, wrap_up_us: u64) -> Self {
        self.visit_us += wrap_up_us;
        self.handled_us += wrap_up_us;
        self
    }
}
