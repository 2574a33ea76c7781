//! Which durations a run keeps as distributions.

use crate::domain::Party;
use crate::id::{QueueId, SegmentId};
use crate::metric::{Definition, Metric};

/// Which time a duration counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clock {
    /// All of it.
    Wall,
    /// That within the opening hours of the contact's channel.
    OpenHours,
    /// That for which the customer waits for the desk, over all contacts of the issue.
    CustomerPaused,
}

/// A duration of a party, by the names that it has in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartyTime {
    /// Metric.
    pub metric: Metric,
    /// Which of several definitions.
    pub definition: Option<Definition>,
    /// Bot or people.
    pub party: Party,
    what: ByParty,
}

/// Which duration a histogram holds. Values are microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HistogramKey {
    /// Waits in a queue that ended with an agent.
    WaitAnswered(QueueId, SegmentId),
    /// Waits in a queue that ended with the customer leaving.
    WaitAbandoned(QueueId, SegmentId),
    /// From the start of the contact to the first answer.
    FirstResponse(Clock, Party, SegmentId),
    /// Time of the bot, or of agents, on a contact.
    Handling(Party, SegmentId),
    /// From the start of the contact to its being closed.
    ToResolution(Clock, Party, SegmentId),
    /// Waits in a queue that had not ended when the run did: as long as they were.
    WaitOpen(QueueId, SegmentId),
    /// A duration of turns with a real bot, wall clock (load tests only).
    Turn(TurnDuration, SegmentId),
}

/// Durations by party, in the order of their histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByParty {
    FirstResponse,
    Handling,
    ToResolution,
    FirstResponseOpen,
    ToResolutionOpen,
    ToResolutionPaused,
}

const fn party_time(
    metric: Metric,
    definition: Option<Definition>,
    what: ByParty,
    party: Party,
) -> PartyTime {
    PartyTime { metric, definition, party, what }
}

/// The durations by party, in the order of their histograms.
pub const BY_PARTY: [PartyTime; 12] = [
    party_time(Metric::Frt, None, ByParty::FirstResponse, Party::Bot),
    party_time(Metric::Frt, None, ByParty::FirstResponse, Party::Human),
    party_time(Metric::Aht, None, ByParty::Handling, Party::Bot),
    party_time(Metric::Aht, None, ByParty::Handling, Party::Human),
    party_time(Metric::Ttr, None, ByParty::ToResolution, Party::Bot),
    party_time(Metric::Ttr, None, ByParty::ToResolution, Party::Human),
    party_time(Metric::Frt, OPEN_HOURS, ByParty::FirstResponseOpen, Party::Bot),
    party_time(Metric::Frt, OPEN_HOURS, ByParty::FirstResponseOpen, Party::Human),
    party_time(Metric::Ttr, OPEN_HOURS, ByParty::ToResolutionOpen, Party::Bot),
    party_time(Metric::Ttr, OPEN_HOURS, ByParty::ToResolutionOpen, Party::Human),
    party_time(Metric::Ttr, PAUSED, ByParty::ToResolutionPaused, Party::Bot),
    party_time(Metric::Ttr, PAUSED, ByParty::ToResolutionPaused, Party::Human),
];

const OPEN_HOURS: Option<Definition> = Some(Definition::OpenHours);
const PAUSED: Option<Definition> = Some(Definition::CustomerPaused);

impl PartyTime {
    pub(super) fn key(self, segment: SegmentId) -> HistogramKey {
        use HistogramKey::{FirstResponse, Handling, ToResolution};
        let party = self.party;
        match self.what {
            ByParty::FirstResponse => FirstResponse(Clock::Wall, party, segment),
            ByParty::Handling => Handling(party, segment),
            ByParty::ToResolution => ToResolution(Clock::Wall, party, segment),
            ByParty::FirstResponseOpen => FirstResponse(Clock::OpenHours, party, segment),
            ByParty::ToResolutionOpen => ToResolution(Clock::OpenHours, party, segment),
            ByParty::ToResolutionPaused => ToResolution(Clock::CustomerPaused, party, segment),
        }
    }
}

impl HistogramKey {
    /// The duration of a party that it holds, and of which segment.
    #[must_use]
    pub fn by_party(self) -> Option<(PartyTime, SegmentId)> {
        let segment = match self {
            HistogramKey::FirstResponse(_, _, segment)
            | HistogramKey::Handling(_, segment)
            | HistogramKey::ToResolution(_, _, segment) => segment,
            _ => return None,
        };
        let found = BY_PARTY.into_iter().find(|time| time.key(segment) == self);
        Some((found?, segment))
    }
}

/// Which duration of a turn, or of a conversation's turns. All are wall-clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TurnDuration {
    /// From the intended moment to the last part of an answer.
    Latency,
    /// From the intended moment to the first part of an answer.
    ToFirst,
    /// From the intended moment to the first part of an answer that is no reasoning.
    ToAnswer,
    /// From the moment the request was sent to the last part of an answer.
    Service,
    /// From the intended moment to the moment the request was sent.
    Lag,
    /// From the intended moment to the failure, of turns that failed.
    Failed,
    /// From the intended moment until the customer gave up or the run ended, of messages
    /// that had no answer by then.
    Unanswered,
    /// The longest latency of a conversation.
    Worst,
    /// All latencies of a conversation together.
    Waited,
    /// From token to token of an answer.
    PerToken,
    /// The whole answer shared out over its tokens.
    PerOutputToken,
    /// The longest pause within an answer.
    Pause,
    /// The longest of a conversation with a message without an answer: no less than that.
    WorstOpen,
    /// All of such a conversation together: no less than that.
    WaitedOpen,
}

/// The durations and their metrics.
pub const TURN_DURATIONS: [(TurnDuration, Metric); 12] = [
    (TurnDuration::Latency, Metric::TurnLatency),
    (TurnDuration::ToFirst, Metric::Ttft),
    (TurnDuration::ToAnswer, Metric::FirstAnswer),
    (TurnDuration::Service, Metric::ServiceTime),
    (TurnDuration::Lag, Metric::DispatchLag),
    (TurnDuration::Failed, Metric::FailedAfter),
    (TurnDuration::Unanswered, Metric::Unanswered),
    (TurnDuration::Worst, Metric::WorstTurn),
    (TurnDuration::Waited, Metric::BotWait),
    (TurnDuration::PerToken, Metric::Itl),
    (TurnDuration::PerOutputToken, Metric::Tpot),
    (TurnDuration::Pause, Metric::Pause),
];

/// Those that are only the least of what a metric of conversations would be.
pub(super) const OPEN_DURATIONS: [TurnDuration; 2] =
    [TurnDuration::WorstOpen, TurnDuration::WaitedOpen];
