//! The contract: the head of a run and its events.
//!
//! Events are past-tense facts. They carry times, ids and choices, never
//! averages or prose; `declared.rs` declares each of them. A fact that no
//! real system could show (whether an answer was right, how much work a contact
//! holds, when a customer would give up) is marked *hidden* here and appears in
//! simulated events only.

mod declared;
mod fact;
mod header;
mod kinds;

pub(crate) use declared::each_event;
pub use fact::{Cell, Kind};
pub use header::{
    Costs, GeneratorFacts, Header, LoadFacts, QueueFacts, TeamFacts, TimeSaved, TurnLimits,
};
pub use kinds::{Declared, DeclaredField, EachKind, Event, EventKind};

use crate::id::{ConversationId, SlotId, SourceId};
use crate::time::{SimDuration, SimTime};

/// Version of the events. A change of meaning raises it.
pub const SCHEMA_VERSION: u16 = 1;

/// So many events at one moment are a run that does not go on: no operation has them.
pub const EVENTS_AT_ONE_MOMENT: u64 = 50_000_000;

/// An event with its place in the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    /// Number of the event in its replication, gapless from 0.
    pub seq: u64,
    /// When it happened.
    pub at: SimTime,
    /// The event that caused it: an earlier `seq`, or its own for a first cause.
    pub cause: u64,
    /// The contact, or [`ConversationId::NONE`].
    pub conversation: ConversationId,
    /// Place of the contact among the live ones: a number that is small and used
    /// again, so that folds need no hashing. A reader of a log derives it anew.
    pub slot: SlotId,
    /// What happened.
    pub event: Event,
}

/// Who came, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The source of demand.
    pub source: SourceId,
    /// The interval of the source; with `index` the identity of the issue.
    pub interval: u32,
    /// Number within the interval.
    pub index: u32,
}

/// What an agent does when the running contacts are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Leaves work.
    Leave,
    /// Goes off the queue for so long.
    Break(SimDuration),
    /// Leaves, after those too who came in opening hours and still wait.
    ClearLine,
    /// Goes on taking contacts: whoever of the team is free first leaves for the
    /// shift that has ended (headcount rule).
    LeaveByHeadcount,
}

impl Closing {
    /// All words, in the order of their numbers in a log.
    pub const NAMES: [&'static str; 4] = ["leave", "break", "leave_by_headcount", "clear_line"];

    /// Number of its word.
    #[must_use]
    #[inline]
    pub fn number(self) -> u16 {
        match self {
            Closing::Leave => 0,
            Closing::Break(_) => 1,
            Closing::LeaveByHeadcount => 2,
            Closing::ClearLine => 3,
        }
    }

    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self.number() as usize]
    }
}
