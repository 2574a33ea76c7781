//! Durations as distributions: waits, first responses, handling, time to resolution.

use super::service::queue_wait;
use super::turns::TurnDuration;
use super::{Book, Projection};
use crate::domain::Party;
use crate::event::{Envelope, Event, Header};
use crate::id::{QueueId, SegmentId};
use crate::time::SimDuration;
use hdrhistogram::Histogram;

/// The statistics of a duration that reports show.
pub const STATS: [(&str, f64); 5] = [
    ("p50", 0.50),
    ("p90", 0.90),
    ("p95", 0.95),
    ("p99", 0.99),
    ("max", 1.0),
];

/// Which duration a histogram holds. Values are microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistogramKey {
    /// Waits in a queue that ended with an agent.
    WaitAnswered(QueueId, SegmentId),
    /// Waits in a queue that ended with the customer leaving.
    WaitAbandoned(QueueId, SegmentId),
    /// From the start of the contact to the first answer.
    FirstResponse(Party, SegmentId),
    /// Time of the bot, or of agents, on a contact.
    Handling(Party, SegmentId),
    /// From the start of the contact to its being closed.
    ToResolution(Party, SegmentId),
    /// A duration of turns with a real bot, wall clock (load tests only).
    Turn(TurnDuration, SegmentId),
}

/// All histograms, three significant digits, found by number.
#[derive(Clone, Debug)]
pub struct Distributions {
    /// What each histogram holds.
    pub keys: Vec<HistogramKey>,
    /// The histograms, in the order of `keys`.
    pub histograms: Vec<Histogram<u64>>,
    segments: usize,
    queues: usize,
}

const PARTIES: [Party; 2] = [Party::Bot, Party::Human];

impl Distributions {
    /// Without values.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let (queues, segments) = (header.queues.len(), header.segments.len());
        let mut keys = Vec::new();
        let segment_ids = || (0..segments).map(|s| SegmentId(s as u8));
        for queue in (0..queues).map(|q| QueueId(q as u8)) {
            keys.extend(segment_ids().map(|s| HistogramKey::WaitAnswered(queue, s)));
        }
        for queue in (0..queues).map(|q| QueueId(q as u8)) {
            keys.extend(segment_ids().map(|s| HistogramKey::WaitAbandoned(queue, s)));
        }
        for party in PARTIES {
            keys.extend(segment_ids().map(|s| HistogramKey::FirstResponse(party, s)));
        }
        for party in PARTIES {
            keys.extend(segment_ids().map(|s| HistogramKey::Handling(party, s)));
        }
        for party in PARTIES {
            keys.extend(segment_ids().map(|s| HistogramKey::ToResolution(party, s)));
        }
        let histograms = keys.iter().map(|_| new_histogram()).collect();
        Self {
            keys,
            histograms,
            segments,
            queues,
        }
    }

    #[inline]
    fn record(&mut self, number: usize, duration: SimDuration) {
        // Grows by itself, so that recording cannot fail.
        let _ = self.histograms[number].record(duration.0);
    }

    fn wait(&self, queue: QueueId, segment: SegmentId) -> usize {
        queue.index() * self.segments + segment.index()
    }

    fn party(&self, group: usize, party: Party, segment: SegmentId) -> usize {
        let before = 2 * self.queues + 2 * group + usize::from(party == Party::Human);
        before * self.segments + segment.index()
    }
}

/// An empty histogram that grows as far as 400 days.
#[must_use]
pub fn new_histogram() -> Histogram<u64> {
    // Valid by construction: 3 digits and this range are within the crate's limits.
    let mut histogram = Histogram::new(3).unwrap_or_else(|_| unreachable!("3 digits are allowed"));
    histogram.auto(true);
    histogram
}

impl Projection for Distributions {
    #[inline]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        match env.event {
            Event::Assigned { .. } => {
                let r = book.get(env.slot);
                if r.measured && !r.gone && !r.handed_back {
                    self.record(self.wait(r.queue, r.segment), queue_wait(header, r, env.at));
                }
            }
            Event::Abandoned { .. } => {
                let r = book.get(env.slot);
                if r.measured {
                    let number = self.queues * self.segments + self.wait(r.queue, r.segment);
                    self.record(number, queue_wait(header, r, env.at));
                }
            }
            Event::BotReplied { .. } => {
                let r = book.get(env.slot);
                if r.measured && r.bot_answers == 0 {
                    self.record(
                        self.party(0, Party::Bot, r.segment),
                        env.at.since(r.started),
                    );
                }
            }
            Event::FirstHumanReply => {
                let r = book.get(env.slot);
                if r.measured && !r.replied {
                    self.record(
                        self.party(0, Party::Human, r.segment),
                        env.at.since(r.started),
                    );
                }
            }
            Event::BotClosed { .. } | Event::BotEscalated { .. } | Event::BotGivenUp { .. } => {
                let r = book.get(env.slot);
                if r.measured && r.bot_answers > 0 {
                    self.record(
                        self.party(1, Party::Bot, r.segment),
                        env.at.since(r.bot_since),
                    );
                }
            }
            Event::HandlingEnded {
                left_s, wrap_up_s, ..
            } => {
                let r = book.get(env.slot);
                if r.measured
                    && !r.gone
                    && !r.wrong
                    && left_s <= 0.0
                    && !header.queues[r.queue.index()].triage
                {
                    let wrap_up = SimDuration::from_s(wrap_up_s);
                    let handling = SimDuration(env.at.since(r.assigned).0 + r.handled_us) + wrap_up;
                    self.record(self.party(1, Party::Human, r.segment), handling);
                }
            }
            Event::Resolved { party, .. } => {
                let r = book.get(env.slot);
                if r.measured {
                    self.record(self.party(2, party, r.segment), env.at.since(r.started));
                }
            }
            _ => {}
        }
    }
}
