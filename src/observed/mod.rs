//! What could be seen of a run: each contact, stay in a queue and piece of work as a system
//! of the real operation would have recorded it.
//!
//! Simulated and imported runs give the same records, so that whatever is fitted to an
//! export can be tested on a run whose truth is known. Hidden facts stay out: nobody sees
//! how much work a contact holds, when its customer would have given up, or when one left
//! without a sign. Of such a one is seen only that an agent found nobody there.

mod fold;

pub use fold::Observer;

use crate::domain::{EscalationReason, Outcome, ReturnReason};
use crate::id::{AgentId, ChannelId, ConversationId, IntentId, LanguageId, QueueId};
use crate::id::{SegmentId, SourceId, TierId};
use crate::time::{SimDuration, SimTime, Span};

/// All that was seen of one replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Contacts, in the order in which they began.
    pub contacts: Vec<Contact>,
    /// Stays in queues, in the order in which they ended; those that did not end come last.
    pub stays: Vec<Stay>,
    /// Work on contacts, in the order in which agents took it.
    pub parts: Vec<Part>,
    /// Agents at work, in the order in which they came.
    pub duties: Vec<Duty>,
    /// From a message to the bot to its answer.
    pub bot_latencies: Vec<SimDuration>,
    /// From an answer of the bot to the customer's next message.
    pub thinks: Vec<SimDuration>,
    /// Until when it was looked at: what has not ended by then is open.
    pub until: SimTime,
}

/// A contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its number in the run.
    pub number: ConversationId,
    /// When it began.
    pub started: SimTime,
    /// Where it came from.
    pub source: SourceId,
    /// The customer's segment.
    pub segment: SegmentId,
    /// The channel.
    pub channel: ChannelId,
    /// What the customer wants.
    pub intent: IntentId,
    /// The customer's tier.
    pub tier: TierId,
    /// The customer's language.
    pub language: LanguageId,
    /// Which contact it follows, where it is a return or another try.
    pub follows: Option<Follows>,
    /// What the bot did with it.
    pub bot: BotPart,
    /// Its first stay in a queue, through all queues that it went on to while it waited.
    pub stay: Option<Stay>,
    /// Moves from one queue to another.
    pub transfers: u16,
    /// The agent who had it last.
    pub agent: Option<AgentId>,
    /// When that agent took it.
    pub assigned: SimTime,
    /// How many contacts that agent had then, this one included.
    pub concurrency: u16,
    /// Time of agents on it up to its end, without sorting, wrong turns, empty contacts and
    /// wrap-up.
    pub handled: SimDuration,
    /// Wrap-up after it, as far as it is over.
    pub wrap_up: SimDuration,
    /// When and how it ended; none if it was open.
    pub ended: Option<(SimTime, Outcome)>,
}

/// Which contact another one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follows {
    /// Place of the earlier contact in [`Observed::contacts`].
    pub place: usize,
    /// Why the customer came again.
    pub reason: ReturnReason,
    /// From the end of the earlier contact to the beginning of this one; none if that one was
    /// not over, as when nobody had noticed yet that its customer had left.
    pub after: Option<SimDuration>,
}

/// What the bot did with a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BotPart {
    /// Whether a session began.
    pub engaged: bool,
    /// Answers of the bot.
    pub answers: u16,
    /// What came of it.
    pub end: Option<BotEnd>,
}

/// What came of a contact at the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotEnd {
    /// It went past the bot.
    Skipped(EscalationReason),
    /// The bot gave it to people, or had to turn it away.
    Escalated(EscalationReason),
    /// The session ended, and no person was asked for.
    Closed {
        /// Whether the customer said that it helped.
        confirmed: bool,
    },
    /// The customer gave the bot up and left.
    GivenUp,
}

/// A stay in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Place of the contact in [`Observed::contacts`].
    pub contact: usize,
    /// The queue.
    pub queue: QueueId,
    /// When the contact began to wait; one that goes on to another queue has waited since
    /// it joined the first.
    pub joined: SimTime,
    /// When the stay ended.
    pub ended: SimTime,
    /// How long it was, on the queue's clock.
    pub wait: SimDuration,
    /// How it ended.
    pub end: StayEnd,
}

impl Stay {
    /// How long the customer waited, by the calendar: what patience is measured by.
    #[must_use]
    pub fn waited(&self) -> SimDuration {
        self.ended.since(self.joined)
    }
}

/// How a stay in a queue ended, as far as was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StayEnd {
    /// An agent took the contact, and the customer was there.
    Answered,
    /// The customer was seen to leave.
    Left,
    /// An agent took the contact and found nobody there.
    FoundEmpty,
    /// The customer did not join.
    Balked,
    /// There was no place.
    Refused,
    /// It went on to another queue after waiting.
    FlowedOut,
    /// The operation closed, and the customer was turned away.
    TurnedAway,
    /// It was not over.
    Open,
}

/// Work of one agent on one contact, from taking it to letting it go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Place of the contact in [`Observed::contacts`].
    pub contact: usize,
    /// The queue it was taken from.
    pub queue: QueueId,
    /// The agent.
    pub agent: AgentId,
    /// When the agent took it.
    pub assigned: SimTime,
    /// How many contacts the agent had then, this one included.
    pub concurrency: u16,
    /// When the agent let it go; none if that was not seen.
    pub ended: Option<SimTime>,
    /// How it ended.
    pub end: PartEnd,
    /// Whether a wrap-up followed in its place.
    pub wraps_up: bool,
    /// When that wrap-up ended; none if there is none, or that was not seen.
    pub wrapped_up: Option<SimTime>,
}

/// How a piece of work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartEnd {
    /// The agent closed the contact.
    Closed,
    /// Nobody was there.
    FoundEmpty,
    /// The agent sorted it, or passed it on to another queue.
    PassedOn,
    /// The agent's shift ended before the work did.
    HandedBack,
    /// It was not over.
    Open,
}

/// An agent at work, from coming to leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The agent.
    pub agent: AgentId,
    /// From when to when; to the end of what was looked at, if the agent was still there.
    pub span: Span,
    /// Spans of it in which the agent was off the queue.
    pub off: Vec<Span>,
}
