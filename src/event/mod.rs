//! The contract: the head of a run and its events.
//!
//! Events are past-tense facts. They carry times, ids and choices, never
//! averages or prose; `docs/events.md` describes each of them. A fact that no
//! real system could show (whether an answer was right, how much work a contact
//! holds, when a customer would give up) is marked *hidden* here and appears in
//! simulated events only.

mod header;

pub use header::{Costs, GeneratorFacts, Header, LoadFacts, QueueFacts, TeamFacts, TimeSaved};

use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::id::{
    AgentId, ChannelId, ConversationId, FaultId, IntentId, LanguageId, QueueId, SegmentId, SlotId,
    SourceId, TierId,
};
use crate::time::{SimDuration, SimTime};
use std::num::NonZeroU32;

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

/// What happened. One variant for each kind of fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The run began. The header goes with it.
    RunStarted,
    /// A customer about to make contact was shown articles.
    ArticleViewed {
        /// Who.
        origin: Origin,
        /// The customer's segment.
        segment: SegmentId,
        /// The channel the customer was about to use.
        channel: ChannelId,
        /// What the customer wants.
        intent: IntentId,
    },
    /// The article solved the issue as far as anyone can see: no contact followed.
    ArticleSolved,
    /// A customer made contact.
    ContactStarted {
        /// Who.
        origin: Origin,
        /// The customer's segment.
        segment: SegmentId,
        /// The channel.
        channel: ChannelId,
        /// What the customer wants.
        intent: IntentId,
        /// The customer's tier.
        tier: TierId,
        /// The customer's language.
        language: LanguageId,
        /// Number of the contact among those of its issue, from 0.
        attempt: u16,
    },
    /// The contact is a return or a retrial of an earlier one. Follows its `ContactStarted`.
    ContactReturned {
        /// The contact before it of the same issue.
        of: ConversationId,
        /// The first contact of the issue.
        chain: ConversationId,
        /// Why the customer came again.
        reason: ReturnReason,
        /// When the contact before it ended.
        ended: SimTime,
    },
    /// The contact did not come to the bot.
    BotSkipped {
        /// Why.
        reason: EscalationReason,
    },
    /// No bot session was free, and the contact waits for one.
    BotQueued,
    /// A bot session began.
    BotEngaged,
    /// The customer sent a message to the bot.
    BotAsked {
        /// Number of the message, from 1.
        turn: u16,
        /// How long the rate limit holds it back.
        held: SimDuration,
        /// When the customer will no longer wait for the answer. Hidden.
        deadline: SimTime,
    },
    /// A real bot's reply to the message was measured (load tests only).
    TurnMeasured {
        /// Number of the message.
        turn: u16,
        /// How the turn ended.
        class: TurnClass,
        /// What the reply means.
        meaning: Meaning,
        /// HTTP status or WebSocket close code; 0 for none.
        status: u16,
        /// How late the request went out, wall-clock microseconds.
        lag_us: u32,
        /// From the intended moment to the first part that says something, wall-clock microseconds.
        first_us: Option<NonZeroU32>,
        /// From the intended moment to the first part that is an answer, not reasoning, wall-clock
        /// microseconds; logs of older versions do not have it.
        answer_us: Option<NonZeroU32>,
        /// From the intended moment to the last part that says something, or to the failure, wall-clock microseconds.
        latency_us: u32,
        /// Of that, spent on making a connection; 0 where one was used again.
        connect_us: u32,
        /// Parts that say something.
        parts: u16,
    },
    /// The customer gave the bot up and left: would not wait longer for its answer, or found
    /// no way on. Ends its session.
    BotGivenUp {
        /// Number of the message.
        turn: u16,
    },
    /// The bot answered the message.
    BotReplied {
        /// Number of the message.
        turn: u16,
        /// Whether the answer is right. Hidden.
        right: bool,
    },
    /// The bot failed: outage, error, time-out.
    BotFailed {
        /// Number of the message.
        turn: u16,
    },
    /// The customer will write again at a known time.
    CustomerThinking {
        /// When. Hidden until then.
        until: SimTime,
    },
    /// The bot gave the contact to people. Ends its session.
    BotEscalated {
        /// Why.
        reason: EscalationReason,
    },
    /// The bot's session ended and no person is needed, as far as anyone can see.
    BotClosed {
        /// The customer said that it helped (else: left without asking more).
        confirmed: bool,
    },
    /// The contact joined a queue for people.
    Queued {
        /// The queue.
        queue: QueueId,
        /// Its priority level there.
        level: u8,
        /// When the customer gives up. Hidden.
        deadline: SimTime,
        /// Whether the customer would give up without a sign. Hidden.
        silent: bool,
        /// Whether the queue is the wrong one. Hidden.
        wrong: bool,
    },
    /// A wait was announced.
    WaitAnnounced {
        /// The announced wait.
        wait: SimDuration,
    },
    /// The customer did not join a queue.
    Balked {
        /// The queue.
        queue: QueueId,
    },
    /// The contact found a queue full.
    Refused {
        /// The queue.
        queue: QueueId,
    },
    /// The customer left the queue.
    Abandoned {
        /// Without a sign: nobody knows yet, and the contact keeps its place. Hidden if so.
        silent: bool,
    },
    /// An agent took the contact.
    Assigned {
        /// The agent.
        agent: AgentId,
        /// How many contacts the agent has now.
        concurrency: u16,
        /// Work that the contact holds for this agent, seconds alone. Hidden.
        work_s: f64,
    },
    /// An agent wrote or spoke first to the customer of this contact.
    FirstHumanReply,
    /// The contact left one queue for another.
    Transferred {
        /// The queue it leaves.
        from: QueueId,
        /// The queue it goes to.
        to: QueueId,
        /// Why.
        reason: TransferReason,
    },
    /// The agent ended the contact, or this part of it.
    HandlingEnded {
        /// The agent.
        agent: AgentId,
        /// Wrap-up that follows in the same slot, seconds alone; 0 for none. Hidden.
        wrap_up_s: f64,
        /// Work that was left when a shift end took the contact from the agent, seconds; else 0. Hidden.
        left_s: f64,
    },
    /// The agent ended the wrap-up.
    WrapUpEnded {
        /// The agent.
        agent: AgentId,
        /// Place of the finished work among the agent's open ones.
        place: u16,
    },
    /// The issue was resolved, as far as the party that closed it can say.
    Resolved {
        /// Who.
        party: Party,
        /// Whether it is so. Hidden.
        truly: bool,
    },
    /// The contact ended.
    ContactEnded {
        /// How.
        outcome: Outcome,
    },
    /// The customer will come again.
    ReturnPlanned {
        /// When. Hidden until then.
        at: SimTime,
        /// Why.
        reason: ReturnReason,
        /// The channel of the next contact.
        channel: ChannelId,
    },
    /// The customer answered a survey.
    SurveyAnswered {
        /// Who served the customer last.
        party: Party,
        /// Satisfaction, 1 to 5.
        csat: u8,
        /// Effort, 1 (hard) to 7 (easy).
        ces: u8,
        /// Would recommend, 0 to 10.
        nps: u8,
    },
    /// An agent came to work, or goes straight on from one duty to the next.
    ShiftStarted {
        /// The agent.
        agent: AgentId,
        /// Which duty of the agent.
        duty: u16,
        /// Time of the duty that is paid.
        paid: SimDuration,
    },
    /// An agent takes no more contacts and leaves, or goes on a break, when the running ones are done.
    AgentClosing {
        /// The agent.
        agent: AgentId,
        /// What follows.
        then: Closing,
    },
    /// An agent left work.
    ShiftEnded {
        /// The agent.
        agent: AgentId,
    },
    /// Two agents exchanged the rest of their duties (headcount rule at the end of shifts).
    DutySwapped {
        /// The agent who should have left.
        stays: AgentId,
        /// The agent who leaves instead.
        leaves: AgentId,
    },
    /// An agent went off the queue for a while.
    BreakStarted {
        /// The agent.
        agent: AgentId,
        /// When the agent is back.
        until: SimTime,
    },
    /// An agent came back to the queue.
    BreakEnded {
        /// The agent.
        agent: AgentId,
    },
    /// An agent did not come to a duty.
    AgentAbsent {
        /// The agent.
        agent: AgentId,
        /// Time of the duty that is paid all the same.
        paid: SimDuration,
    },
    /// The duty of an agent ends at another time than was planned (forks only).
    DutyChanged {
        /// The agent whose duty it is.
        agent: AgentId,
        /// Time that is paid from now on, in place of what was left of the duty.
        paid: SimDuration,
    },
    /// A fault began.
    FaultStarted {
        /// Which.
        fault: FaultId,
    },
    /// A fault ended.
    FaultEnded {
        /// Which.
        fault: FaultId,
    },
    /// The run was forked here: what follows belongs to a changed scenario, or to another future.
    Forked {
        /// Number of the future, from 1: what was hidden and not yet over was drawn
        /// anew. 0 = the run's own future.
        future: u32,
    },
    /// The run ended. Contacts without an end are open.
    RunEnded,
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
