//! Durations as distributions: waits, first responses, handling, time to resolution.

use super::turns::TurnDuration;
use super::{Book, Durations, Projection, Record, VisitEnd};
use crate::domain::Party;
use crate::event::{Envelope, Event, Header};
use crate::id::{QueueId, SegmentId};
use crate::metric::{Definition, Metric};
use crate::time::{Hours, SimDuration, SimTime};

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

/// All histograms, three significant digits, found by number, with exact sums.
#[derive(Clone, Debug)]
pub struct Distributions {
    /// What each histogram holds.
    pub keys: Vec<HistogramKey>,
    /// The histograms, in the order of `keys`.
    pub histograms: Vec<Durations>,
    /// The sum of the values of each, which its buckets know by three digits only.
    pub sums_us: Vec<f64>,
    segments: usize,
    queues: usize,
    /// Whether a channel is closed at some time of the run.
    has_hours: bool,
}

/// Durations by party, in the order of their histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByParty {
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
    fn key(self, segment: SegmentId) -> HistogramKey {
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

impl Distributions {
    /// Without values.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let (queues, segments) = (header.queues.len(), header.segments.len());
        let mut keys = Vec::new();
        let segment_ids = || (0..segments).map(|s| SegmentId(s as u8));
        let queue_ids = || (0..queues).map(|q| QueueId(q as u8));
        for queue in queue_ids() {
            keys.extend(segment_ids().map(|s| HistogramKey::WaitAnswered(queue, s)));
        }
        for queue in queue_ids() {
            keys.extend(segment_ids().map(|s| HistogramKey::WaitAbandoned(queue, s)));
        }
        for time in BY_PARTY {
            keys.extend(segment_ids().map(|s| time.key(s)));
        }
        for queue in queue_ids() {
            keys.extend(segment_ids().map(|s| HistogramKey::WaitOpen(queue, s)));
        }
        let histograms = vec![Durations::default(); keys.len()];
        let closed = |hours: &Hours| hours.open_between(SimTime::ZERO, header.end).0 < header.end.0;
        Self {
            sums_us: vec![0.0; histograms.len()],
            keys,
            histograms,
            segments,
            queues,
            has_hours: header.channel_hours.iter().any(closed),
        }
    }

    #[inline]
    fn record(&mut self, number: usize, duration: SimDuration) {
        self.sums_us[number] += duration.0 as f64;
        self.histograms[number].record(duration.0);
    }

    fn wait(&self, queue: QueueId, segment: SegmentId) -> usize {
        queue.index() * self.segments + segment.index()
    }

    fn party(&self, what: ByParty, party: Party, segment: SegmentId) -> usize {
        let before = 2 * self.queues + 2 * what as usize + usize::from(party == Party::Human);
        before * self.segments + segment.index()
    }

    /// Waits that have no end when the run ends.
    fn close(&mut self, header: &Header, book: &Book, env: &Envelope) {
        let first = (2 * self.queues + BY_PARTY.len()) * self.segments;
        for v in book.open_visits(header, env.at).filter(|v| v.measured) {
            self.record(first + self.wait(v.queue, v.segment), v.wait);
        }
    }

    fn first_response(&mut self, header: &Header, r: &Record, at: SimTime, party: Party) {
        if !r.measured {
            return;
        }
        let number = self.party(ByParty::FirstResponse, party, r.segment);
        self.record(number, at.since(r.started));
        if self.has_hours {
            let number = self.party(ByParty::FirstResponseOpen, party, r.segment);
            let hours = &header.channel_hours[r.channel.index()];
            self.record(number, hours.open_between(r.started, at));
        }
    }

    fn resolved(&mut self, header: &Header, r: &Record, at: SimTime, party: Party) {
        if !r.measured {
            return;
        }
        let number = self.party(ByParty::ToResolution, party, r.segment);
        self.record(number, at.since(r.started));
        if self.has_hours {
            let number = self.party(ByParty::ToResolutionOpen, party, r.segment);
            let hours = &header.channel_hours[r.channel.index()];
            self.record(number, hours.open_between(r.started, at));
        }
        if header.has_bot || header.has_returns {
            let number = self.party(ByParty::ToResolutionPaused, party, r.segment);
            self.record(number, Book::desk_time(r, at));
        }
    }
}

impl Projection for Distributions {
    #[inline(always)]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        match env.event {
            Event::Assigned { .. } | Event::Abandoned { .. } => {
                if let Some(v) = book.visit(header, env).filter(|v| v.measured) {
                    let number = self.wait(v.queue, v.segment);
                    match v.end {
                        VisitEnd::Answered => self.record(number, v.wait),
                        VisitEnd::Left { .. } => {
                            self.record(self.queues * self.segments + number, v.wait);
                        }
                        _ => {}
                    }
                }
            }
            Event::BotReplied { .. } => {
                let r = book.get(env.slot);
                if r.bot_answers == 0 {
                    self.first_response(header, r, env.at, Party::Bot);
                }
            }
            Event::FirstHumanReply => {
                let r = book.get(env.slot);
                if !r.replied {
                    self.first_response(header, r, env.at, Party::Human);
                }
            }
            Event::BotClosed { .. } | Event::BotEscalated { .. } | Event::BotGivenUp { .. } => {
                let r = book.get(env.slot);
                if r.measured && r.bot_answers > 0 {
                    self.record(
                        self.party(ByParty::Handling, Party::Bot, r.segment),
                        env.at.since(r.bot_since),
                    );
                }
            }
            Event::HandlingEnded { .. } | Event::WrapUpEnded { .. } => {
                if let Some(h) = book.handled(header, env).filter(|h| h.measured && h.last) {
                    let number = self.party(ByParty::Handling, Party::Human, h.segment);
                    self.record(number, SimDuration(h.handled_us));
                }
            }
            Event::Resolved { party, .. } => {
                self.resolved(header, book.get(env.slot), env.at, party);
            }
            Event::RunEnded => self.close(header, book, env),
            _ => {}
        }
    }
}
