//! The shared vocabulary: the words that scenarios, events and reports use.

/// A closed list of choices, each with what it means and its word in reports, exports and logs.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $type:ident {
        $($(#[doc = $about:literal])+ $name:ident = $word:literal,)+
    })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
        #[repr(u8)]
        pub enum $type {
            $($(#[doc = $about])+ #[serde(rename = $word)] $name,)+
        }

        impl $type {
            /// How many there are.
            pub const COUNT: usize = [$($word),+].len();

            /// All, in the order of their numbers.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$name),+];

            /// What each means, in the same order.
            pub const ABOUT: [&'static str; Self::COUNT] = [$(concat!($($about),+)),+];

            /// Its word.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The one of this word.
            #[must_use]
            pub fn find(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == word)
            }
        }
    )+};
}
pub(crate) use words;

words! {
    /// Who dealt with a contact.
    Party {
        /// The bot that answers first.
        Bot = "bot",
        /// The people behind it.
        Human = "human",
    }

    /// Stretches of time that a grid has a row for.
    Grain {
        /// Each interval of the scenario, as half an hour.
        Interval = "interval",
        /// Each local day.
        Day = "day",
        /// Each week from Monday on (ISO 8601).
        Week = "week",
    }

    /// What a number can be narrowed to one of.
    Dimension {
        /// The queue in which contacts wait for people.
        Queue = "queue",
        /// The segment of the customers.
        Segment = "segment",
        /// The channel of the contacts.
        Channel = "channel",
        /// What the customers want.
        Intent = "intent",
        /// The bot or people.
        Party = "party",
        /// The team of the agents.
        Team = "team",
    }

    /// How a contact ended. Every contact ends in exactly one of them or is open.
    Outcome {
        /// The bot closed it: the customer confirmed, or left without asking more.
        ClosedByBot = "closed_by_bot",
        /// An agent closed it.
        ClosedByHuman = "closed_by_human",
        /// The customer left the queue, or the bot while it was answering.
        Abandoned = "abandoned",
        /// The customer left the queue unnoticed and an agent found nobody there; one whom nobody
        /// finds counts too.
        AbandonedSilently = "abandoned_silently",
        /// The customer did not join the queue.
        Balked = "balked",
        /// There was no room in the queue or in the bot.
        Blocked = "blocked",
        /// The contact came outside opening hours and was not taken.
        TurnedAway = "turned_away",
        /// An agent had it, a shift end gave it back, and the customer left the queue.
        BrokenOff = "broken_off",
    }

    /// Why a contact came to people past the bot, or left it.
    EscalationReason {
        /// A rule sends such contacts to people (never-automate list).
        HumanOnly = "human_only",
        /// The customer asked for a person before any answer.
        Bypass = "bypass",
        /// The bot has no content for the intent.
        NoContent = "no_content",
        /// The bot was not sure enough to answer.
        LowConfidence = "low_confidence",
        /// The customer asked for a person after an answer.
        AskedHuman = "asked_human",
        /// The conversation reached the largest number of bot turns.
        MaxTurns = "max_turns",
        /// The bot failed: outage, error or time-out.
        Failure = "failure",
        /// No bot session was free, or the rate limit was exceeded.
        NoCapacity = "no_capacity",
        /// The bot does not serve this channel or language, or is closed.
        NotServed = "not_served",
        /// A real bot gave the conversation to people (load tests only).
        HandedOff = "handed_off",
        /// The customer asked for a person because the bot's answer took too long.
        TooSlow = "too_slow",
        /// The bot failed the customer before, and the customer goes past it.
        Distrust = "distrust",
    }

    /// Why a customer came again.
    ReturnReason {
        /// The bot's answer was right, and the customer came back all the same.
        AfterTrue = "after_true",
        /// The bot's answer was wrong: false containment coming back.
        AfterFalse = "after_false",
        /// After an agent had closed the contact.
        AfterHuman = "after_human",
        /// After an article had seemed to solve the issue.
        AfterArticle = "after_article",
        /// A retrial after leaving the queue.
        AfterAbandon = "after_abandon",
        /// A retrial after not joining the queue.
        AfterBalk = "after_balk",
        /// A retrial after finding no room.
        AfterBlocked = "after_blocked",
        /// A retrial after coming outside opening hours.
        AfterClosed = "after_closed",
    }

    /// Why a contact moved from one queue to another.
    TransferReason {
        /// A triage agent read it and sent it on.
        Triaged = "triaged",
        /// It had reached the wrong queue.
        Misrouted = "misrouted",
        /// It waited longer than the overflow limit.
        Overflow = "overflow",
        /// Its agent's shift ended.
        ShiftEnd = "shift_end",
    }

    /// How a turn of a load test ended: one message to a real bot and its reply. Every
    /// turn ends in exactly one of them.
    TurnClass {
        /// An answer came, and nothing is wrong with it.
        Ok = "ok",
        /// An answer came that misses a soft expectation.
        OkPartial = "ok_partial",
        /// An answer came that was cut off at its limit of tokens.
        OkCut = "ok_cut",
        /// The bot replied without saying anything.
        EmptyReply = "empty_reply",
        /// The bot gave the conversation to people.
        Handoff = "handoff",
        /// An answer came that is not what it must be.
        AssertionFailed = "assertion_failed",
        /// The bot's filter of contents kept the answer back.
        ContentFilter = "content_filter",
        /// HTTP status 400 to 499, except 429.
        Http4xx = "http_4xx",
        /// HTTP status 429.
        RateLimited = "rate_limited",
        /// HTTP status 500 to 599, except that the bot is not ready.
        Http5xx = "http_5xx",
        /// HTTP status 503: the bot is still loading.
        NotReady = "not_ready",
        /// The name of the host has no address.
        Dns = "dns",
        /// The host refused the connection.
        ConnectRefused = "connect_refused",
        /// No connection within the limit.
        ConnectTimeout = "connect_timeout",
        /// The TLS handshake failed.
        Tls = "tls",
        /// The connection was closed or reset before the reply was complete.
        Reset = "reset",
        /// Nothing of the reply came within the limit.
        FirstEventTimeout = "first_event_timeout",
        /// The reply paused for longer than the limit.
        IdleTimeout = "idle_timeout",
        /// The reply was not complete within the limit.
        TurnTimeout = "turn_timeout",
        /// The stream ended without saying that it was complete.
        StreamTruncated = "stream_truncated",
        /// The stream said that something failed, whatever the HTTP status.
        StreamErrorEvent = "stream_error_event",
        /// The reply is not JSON where it must be.
        MalformedJson = "malformed_json",
        /// The reply is not what the protocol says.
        Protocol = "protocol",
        /// The WebSocket was closed before the reply was complete.
        WsClose = "ws_close",
        /// The customer lost patience and left while the bot was answering.
        CancelledByCustomer = "cancelled_by_customer",
        /// Not sent: too many requests were under way.
        DroppedInFlight = "dropped_in_flight",
        /// The run ended before the reply was complete.
        CensoredAtEnd = "censored_at_end",
        /// It never left this machine: others were before it until its customer gave up or the run
        /// ended.
        NotSent = "not_sent",
        /// It never left this machine, which had no port, file descriptor or memory left for it.
        GeneratorLimit = "generator_limit",
    }

    /// What a real bot's reply means, by the rules of the load test.
    Meaning {
        /// It answered. Whether the answer is right is not seen.
        Answered = "answered",
        /// It gave the conversation to people.
        Handoff = "handoff",
        /// It said that it did not understand.
        Fallback = "fallback",
        /// It said that the issue is resolved.
        Resolved = "resolved",
        /// It failed.
        Failed = "failed",
    }
}

impl ReturnReason {
    /// Whether this is a retrial of a contact that was never served.
    #[must_use]
    pub fn is_retrial(self) -> bool {
        self >= ReturnReason::AfterAbandon
    }
}

impl TurnClass {
    /// Whether the load generator kept it: no part of it left this machine.
    #[must_use]
    pub fn stayed_here(self) -> bool {
        matches!(self, TurnClass::DroppedInFlight | TurnClass::NotSent | TurnClass::GeneratorLimit)
    }

    /// Whether the bot did its part: it answered, or gave the conversation to people.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, TurnClass::Ok | TurnClass::OkPartial | TurnClass::OkCut | TurnClass::Handoff)
    }
}
