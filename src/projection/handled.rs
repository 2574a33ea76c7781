//! People's work on a contact, and which of it counts: as with the stay in a queue, what
//! folds add up of handling comes from here.

use super::{Book, Record};
use crate::event::{Envelope, Event, Header};
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
    /// What has been done by a moment at which an agent ends the contact.
    #[inline]
    pub(super) fn until(header: &Header, r: &Record, at: SimTime) -> Self {
        let part_us = at.since(r.assigned).0;
        let triage = header.queues.get(r.queue.index()).is_some_and(|queue| queue.triage);
        let last = !r.gone && !r.wrong && !triage;
        Self {
            queue: r.queue,
            cell: r.cell,
            segment: r.segment,
            joined: r.joined,
            measured: r.measured,
            gone: r.gone,
            last,
            visit_us: r.visit_us + part_us,
            handled_us: r.handled_us + if last { part_us } else { 0 },
        }
    }

    /// With the wrap-up that follows.
    fn with(mut self, wrap_up_us: u64) -> Self {
        self.visit_us += wrap_up_us;
        self.handled_us += wrap_up_us;
        self
    }
}

impl Book {
    /// The visit that an event ends for its agent too: nothing follows it, neither a wrap-up
    /// nor, after the end of a shift, another part.
    #[must_use]
    #[inline]
    pub fn handled(&self, header: &Header, env: &Envelope) -> Option<Handled> {
        match env.event {
            Event::HandlingEnded { left_s, wrap_up_s, .. } => (left_s <= 0.0 && wrap_up_s <= 0.0)
                .then(|| Handled::until(header, self.get(env.slot), env.at)),
            Event::WrapUpEnded { agent, place } => {
                let (handled, since) = self.wrap_up(agent, place)?;
                Some(handled.with(env.at.since(*since).0))
            }
            _ => None,
        }
    }
}
