//! The shared vocabulary: the words that scenarios, events and reports use.

use serde::Serialize;

/// Who dealt with a contact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The bot that answers first.
    Bot,
    /// The people behind it.
    Human,
}

impl Party {
    /// Both, in the order of their numbers.
    pub const ALL: [Party; 2] = [Party::Bot, Party::Human];

    /// The name in reports and targets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Party::Bot => "bot",
            Party::Human => "human",
        }
    }
}

/// How a contact ended. Every contact ends in exactly one of them or is open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// The bot closed it: the customer confirmed, or left without asking more.
    ClosedByBot,
    /// An agent closed it.
    ClosedByHuman,
    /// The customer left the queue, or the bot while it was answering.
    Abandoned,
    /// The customer left the queue unnoticed and an agent found nobody there.
    AbandonedSilently,
    /// The customer did not join the queue.
    Balked,
    /// There was no room in the queue or in the bot.
    Blocked,
    /// The contact came outside opening hours and was not taken.
    TurnedAway,
    /// An agent had it, a shift end gave it back, and the customer left the queue.
    BrokenOff,
}

impl Outcome {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All outcomes, in the order of their numbers.
    pub const ALL: [Outcome; Outcome::COUNT] = [
        Outcome::ClosedByBot,
        Outcome::ClosedByHuman,
        Outcome::Abandoned,
        Outcome::AbandonedSilently,
        Outcome::Balked,
        Outcome::Blocked,
        Outcome::TurnedAway,
        Outcome::BrokenOff,
    ];

    /// The name in reports and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::ClosedByBot => "closed_by_bot",
            Outcome::ClosedByHuman => "closed_by_human",
            Outcome::Abandoned => "abandoned",
            Outcome::AbandonedSilently => "abandoned_silently",
            Outcome::Balked => "balked",
            Outcome::Blocked => "blocked",
            Outcome::TurnedAway => "turned_away",
            Outcome::BrokenOff => "broken_off",
        }
    }
}

/// Why a contact came to people past the bot, or left it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum EscalationReason {
    /// A rule sends such contacts to people (never-automate list).
    HumanOnly,
    /// The customer asked for a person before any answer.
    Bypass,
    /// The bot has no content for the intent.
    NoContent,
    /// The bot was not sure enough to answer.
    LowConfidence,
    /// The customer asked for a person after an answer.
    AskedHuman,
    /// The conversation reached the largest number of bot turns.
    MaxTurns,
    /// The bot failed: outage, error or time-out.
    Failure,
    /// No bot session was free, or the rate limit was exceeded.
    NoCapacity,
    /// The bot does not serve this channel or language, or is closed.
    NotServed,
    /// A real bot gave the conversation to people (load tests only).
    HandedOff,
    /// The customer asked for a person because the bot's answer took too long.
    TooSlow,
    /// The bot failed the customer before, and the customer goes past it.
    Distrust,
}

impl EscalationReason {
    /// All reasons, in the order of their numbers.
    pub const ALL: [EscalationReason; 12] = [
        EscalationReason::HumanOnly,
        EscalationReason::Bypass,
        EscalationReason::NoContent,
        EscalationReason::LowConfidence,
        EscalationReason::AskedHuman,
        EscalationReason::MaxTurns,
        EscalationReason::Failure,
        EscalationReason::NoCapacity,
        EscalationReason::NotServed,
        EscalationReason::HandedOff,
        EscalationReason::TooSlow,
        EscalationReason::Distrust,
    ];

    /// The name in reports and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EscalationReason::HumanOnly => "human_only",
            EscalationReason::Bypass => "bypass",
            EscalationReason::NoContent => "no_content",
            EscalationReason::LowConfidence => "low_confidence",
            EscalationReason::AskedHuman => "asked_human",
            EscalationReason::MaxTurns => "max_turns",
            EscalationReason::Failure => "failure",
            EscalationReason::NoCapacity => "no_capacity",
            EscalationReason::NotServed => "not_served",
            EscalationReason::HandedOff => "handed_off",
            EscalationReason::TooSlow => "too_slow",
            EscalationReason::Distrust => "distrust",
        }
    }
}

/// Why a customer came again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum ReturnReason {
    /// The bot's answer was right, and the customer came back all the same.
    AfterTrue,
    /// The bot's answer was wrong: false containment coming back.
    AfterFalse,
    /// After an agent had closed the contact.
    AfterHuman,
    /// After an article had seemed to solve the issue.
    AfterArticle,
    /// A retrial after leaving the queue.
    AfterAbandon,
    /// A retrial after not joining the queue.
    AfterBalk,
    /// A retrial after finding no room.
    AfterBlocked,
    /// A retrial after coming outside opening hours.
    AfterClosed,
}

impl ReturnReason {
    /// Whether this is a retrial of a contact that was never served.
    #[must_use]
    pub fn is_retrial(self) -> bool {
        self >= ReturnReason::AfterAbandon
    }
    /// The name in reports and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ReturnReason::AfterTrue => "after_true",
            ReturnReason::AfterFalse => "after_false",
            ReturnReason::AfterHuman => "after_human",
            ReturnReason::AfterArticle => "after_article",
            ReturnReason::AfterAbandon => "after_abandon",
            ReturnReason::AfterBalk => "after_balk",
            ReturnReason::AfterBlocked => "after_blocked",
            ReturnReason::AfterClosed => "after_closed",
        }
    }
}

/// Why a contact moved from one queue to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum TransferReason {
    /// A triage agent read it and sent it on.
    Triaged,
    /// It had reached the wrong queue.
    Misrouted,
    /// It waited longer than the overflow limit.
    Overflow,
    /// Its agent's shift ended.
    ShiftEnd,
}

impl TransferReason {
    /// The name in reports and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TransferReason::Triaged => "triaged",
            TransferReason::Misrouted => "misrouted",
            TransferReason::Overflow => "overflow",
            TransferReason::ShiftEnd => "shift_end",
        }
    }
}

/// How a turn of a load test ended: one message to a real bot and its reply. Every
/// turn ends in exactly one of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum TurnClass {
    /// An answer came, and nothing is wrong with it.
    Ok,
    /// An answer came that misses a soft expectation.
    OkPartial,
    /// The bot replied without saying anything.
    EmptyReply,
    /// The bot gave the conversation to people.
    Handoff,
    /// An answer came that is not what it must be.
    AssertionFailed,
    /// HTTP status 400 to 499, except 429.
    Http4xx,
    /// HTTP status 429.
    RateLimited,
    /// HTTP status 500 to 599, except that the bot is not ready.
    Http5xx,
    /// HTTP status 503: the bot is still loading.
    NotReady,
    /// The name of the host has no address.
    Dns,
    /// The host refused the connection.
    ConnectRefused,
    /// No connection within the limit.
    ConnectTimeout,
    /// The TLS handshake failed.
    Tls,
    /// The connection was closed or reset before the reply was complete.
    Reset,
    /// Nothing of the reply came within the limit.
    FirstEventTimeout,
    /// The reply paused for longer than the limit.
    IdleTimeout,
    /// The reply was not complete within the limit.
    TurnTimeout,
    /// The stream ended without saying that it was complete.
    StreamTruncated,
    /// The stream said that something failed, whatever the HTTP status.
    StreamErrorEvent,
    /// The reply is not JSON where it must be.
    MalformedJson,
    /// The reply is not what the protocol says.
    Protocol,
    /// The WebSocket was closed before the reply was complete.
    WsClose,
    /// The customer lost patience and left while the bot was answering.
    CancelledByCustomer,
    /// Not sent: too many requests were under way.
    DroppedInFlight,
    /// The run ended before the reply was complete.
    CensoredAtEnd,
    /// It never left this machine: others were before it until its customer gave up or the run ended.
    NotSent,
    /// It never left this machine, which had no port, file descriptor or memory left for it.
    GeneratorLimit,
}

impl TurnClass {
    /// All classes, in the order of their numbers.
    pub const ALL: [TurnClass; 27] = [
        TurnClass::Ok,
        TurnClass::OkPartial,
        TurnClass::EmptyReply,
        TurnClass::Handoff,
        TurnClass::AssertionFailed,
        TurnClass::Http4xx,
        TurnClass::RateLimited,
        TurnClass::Http5xx,
        TurnClass::NotReady,
        TurnClass::Dns,
        TurnClass::ConnectRefused,
        TurnClass::ConnectTimeout,
        TurnClass::Tls,
        TurnClass::Reset,
        TurnClass::FirstEventTimeout,
        TurnClass::IdleTimeout,
        TurnClass::TurnTimeout,
        TurnClass::StreamTruncated,
        TurnClass::StreamErrorEvent,
        TurnClass::MalformedJson,
        TurnClass::Protocol,
        TurnClass::WsClose,
        TurnClass::CancelledByCustomer,
        TurnClass::DroppedInFlight,
        TurnClass::CensoredAtEnd,
        TurnClass::NotSent,
        TurnClass::GeneratorLimit,
    ];

    /// The name in reports and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TurnClass::Ok => "ok",
            TurnClass::OkPartial => "ok_partial",
            TurnClass::EmptyReply => "empty_reply",
            TurnClass::Handoff => "handoff",
            TurnClass::AssertionFailed => "assertion_failed",
            TurnClass::Http4xx => "http_4xx",
            TurnClass::RateLimited => "rate_limited",
            TurnClass::Http5xx => "http_5xx",
            TurnClass::NotReady => "not_ready",
            TurnClass::Dns => "dns",
            TurnClass::ConnectRefused => "connect_refused",
            TurnClass::ConnectTimeout => "connect_timeout",
            TurnClass::Tls => "tls",
            TurnClass::Reset => "reset",
            TurnClass::FirstEventTimeout => "first_event_timeout",
            TurnClass::IdleTimeout => "idle_timeout",
            TurnClass::TurnTimeout => "turn_timeout",
            TurnClass::StreamTruncated => "stream_truncated",
            TurnClass::StreamErrorEvent => "stream_error_event",
            TurnClass::MalformedJson => "malformed_json",
            TurnClass::Protocol => "protocol",
            TurnClass::WsClose => "ws_close",
            TurnClass::CancelledByCustomer => "cancelled_by_customer",
            TurnClass::DroppedInFlight => "dropped_in_flight",
            TurnClass::CensoredAtEnd => "censored_at_end",
            TurnClass::NotSent => "not_sent",
            TurnClass::GeneratorLimit => "generator_limit",
        }
    }

    /// Whether the load generator kept it: no part of it left this machine.
    #[must_use]
    pub fn stayed_here(self) -> bool {
        matches!(self, TurnClass::DroppedInFlight | TurnClass::NotSent | TurnClass::GeneratorLimit)
    }

    /// Whether the bot did its part: it answered, or gave the conversation to people.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, TurnClass::Ok | TurnClass::OkPartial | TurnClass::Handoff)
    }
}

/// What a real bot's reply means, by the rules of the load test.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Meaning {
    /// It answered. Whether the answer is right is not seen.
    Answered,
    /// It gave the conversation to people.
    Handoff,
    /// It said that it did not understand.
    Fallback,
    /// It said that the issue is resolved.
    Resolved,
    /// It failed.
    Failed,
}

impl Meaning {
    /// All meanings, in the order of their numbers.
    pub const ALL: [Meaning; 5] = [
        Meaning::Answered,
        Meaning::Handoff,
        Meaning::Fallback,
        Meaning::Resolved,
        Meaning::Failed,
    ];

    /// The name in reports and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Meaning::Answered => "answered",
            Meaning::Handoff => "handoff",
            Meaning::Fallback => "fallback",
            Meaning::Resolved => "resolved",
            Meaning::Failed => "failed",
        }
    }
}

/// Where a fact comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum Provenance {
    /// Made by the simulator.
    #[default]
    Simulated,
    /// Measured on a real system.
    Measured,
    /// Taken from a foreign log.
    Imported,
}
