//! A contact's stay in a queue, and which stays count.
//!
//! What folds add up of queues comes from here, so that a report and the tables of an
//! export cannot differ in what they count. A part that a shift end took from an agent is
//! no new stay: the contact was offered and answered before. An empty contact, whose
//! customer has left without a sign, stays nowhere.

use super::{Book, Record};
use crate::domain::TransferReason;
use crate::event::{Envelope, Event, Header};
use crate::id::{QueueId, SegmentId};
use crate::time::{SimDuration, SimTime};

/// How a stay ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VisitEnd {
    /// An agent took the contact while the customer was there.
    Answered,
    /// The customer left before any agent had the contact.
    Left {
        /// Without a sign.
        silent: bool,
    },
    /// The customer left after a shift end had taken the contact from its agent: the one
    /// end of a stay that is not offered.
    BrokenOff,
    /// The customer did not join.
    Balked,
    /// There was no place.
    Refused,
    /// It went on to another queue after waiting.
    FlowedOut,
    /// It waits for its first agent when the run ends.
    Open,
}

/// A contact's stay in a queue.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// The queue.
    pub queue: QueueId,
    /// Index of the contact's segment, channel and intent among all combinations.
    pub cell: u32,
    /// The contact's segment.
    pub segment: SegmentId,
    /// Whether the contact began in the measured window: reports count only these.
    pub measured: bool,
    /// When it began.
    pub joined: SimTime,
    /// How long it was, on the queue's clock.
    pub wait: SimDuration,
    /// Whether no agent had room.
    pub waited: bool,
    /// How it ended.
    pub end: VisitEnd,
}

impl Book {
    /// The queue that an event offers a contact to.
    #[must_use]
    #[inline]
    pub fn offered(&self, env: &Envelope) -> Option<QueueId> {
        match env.event {
            Event::Queued { queue, .. } => (!self.get(env.slot).handed_back).then_some(queue),
            // A contact that waits and is refused found no place to go on to: it stays.
            Event::Balked { queue } | Event::Refused { queue } => {
                (!self.get(env.slot).waiting).then_some(queue)
            }
            Event::Transferred { to, reason: TransferReason::Overflow, .. } => {
                let r = self.get(env.slot);
                (!r.gone && !r.handed_back).then_some(to)
            }
            _ => None,
        }
    }

    /// The moment at which a contact counts as offered: who goes on to another queue keeps
    /// the place in time, so it is where it first joined.
    #[must_use]
    #[inline]
    pub fn offered_at(&self, env: &Envelope) -> SimTime {
        match env.event {
            Event::Transferred { .. } => self.get(env.slot).joined,
            _ => env.at,
        }
    }

    /// The stay that an event ends.
    #[must_use]
    #[inline]
    pub fn visit(&self, header: &Header, env: &Envelope) -> Option<Visit> {
        let at = env.at;
        match env.event {
            Event::Assigned { .. } => {
                let r = self.get(env.slot);
                (!r.gone && !r.handed_back).then(|| Visit::of(header, r, at, VisitEnd::Answered))
            }
            Event::Abandoned { silent } => {
                let r = self.get(env.slot);
                let end =
                    if r.handed_back { VisitEnd::BrokenOff } else { VisitEnd::Left { silent } };
                Some(Visit::of(header, r, at, end))
            }
            Event::Balked { queue } => self.at_door(env, queue, VisitEnd::Balked),
            Event::Refused { queue } => self.at_door(env, queue, VisitEnd::Refused),
            Event::Transferred { reason: TransferReason::Overflow, .. } => {
                let r = self.get(env.slot);
                (!r.gone && !r.handed_back).then(|| Visit::of(header, r, at, VisitEnd::FlowedOut))
            }
            _ => None,
        }
    }

    /// The stays that are not over at a moment.
    pub fn open_visits(&self, header: &Header, at: SimTime) -> impl Iterator<Item = Visit> {
        let new = self.waiting().filter(|r| !r.handed_back);
        new.map(move |r| Visit::of(header, r, at, VisitEnd::Open))
    }

    /// A stay that is over before it begins.
    fn at_door(&self, env: &Envelope, queue: QueueId, end: VisitEnd) -> Option<Visit> {
        let r = self.get(env.slot);
        (!r.waiting).then_some(Visit {
            queue,
            cell: r.cell,
            segment: r.segment,
            measured: r.measured,
            joined: env.at,
            wait: SimDuration::ZERO,
            waited: false,
            end,
        })
    }
}

impl Visit {
    /// The stay of a contact in its queue that is over at a moment.
    #[must_use]
    #[inline]
    pub fn of(header: &Header, r: &Record, at: SimTime, end: VisitEnd) -> Self {
        let facts = &header.queues[r.queue.index()];
        let wait = match facts.open_hours_clock {
            false => at.since(r.joined),
            true => header.channel_hours[facts.clock_channel as usize].open_between(r.joined, at),
        };
        Self {
            queue: r.queue,
            cell: r.cell,
            segment: r.segment,
            measured: r.measured,
            joined: r.joined,
            wait,
            waited: at > r.joined || matches!(end, VisitEnd::Left { .. }),
            end,
        }
    }

    /// Whether the wait is within a threshold.
    #[must_use]
    #[inline]
    pub fn within(&self, threshold: &SimDuration) -> bool {
        self.wait <= *threshold
    }
}
