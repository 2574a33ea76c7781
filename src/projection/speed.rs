//! Durations as distributions: waits, first responses, handling, time to resolution.

use super::histogram_key::{BY_PARTY, ByParty, HistogramKey};
use super::{Book, Durations, Projection, Record, VisitEnd};
use crate::domain::Party;
use crate::event::{Envelope, Event, Header};
use crate::id::{QueueId, SegmentId};
use crate::time::{Hours, SimDuration, SimTime};

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
