//! Arrivals: which customers come, and when.
//!
//! For each source and interval a keyed uniform gives the count and a keyed
//! uniform per customer the position. More volume keeps every
//! customer who came before and adds new ones; nothing else in a scenario
//! moves any of them.

use super::seen::{Seen, SeenSource, next_score, prior_factor, score_probability};
use super::state::issue_key;
use crate::distribution::{Distribution, poisson_quantile};
use crate::random::{Purpose, Streams, combine};
use crate::scenario::{Arrivals, BurstSize, Busyness, Piece, Scenario, Source, Volume};
use crate::time::{SimDuration, SimTime};

/// A customer who will come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// Number within the interval.
    pub index: u32,
    /// The interval of the source.
    pub interval: u32,
}

/// The customers of one source, in time order.
#[derive(Clone, Debug)]
struct Flow {
    source: usize,
    /// Customers ready to come, latest first.
    ready: Vec<Arrival>,
    next_piece: usize,
    /// The latest day, and the normal score of its latest interval.
    day: Option<(u32, f64)>,
    /// What a fork into another future has seen.
    seen: Option<SeenSource>,
}

/// The customers of all sources, in time order; ties go to the source named first.
#[derive(Clone, Debug)]
pub struct ArrivalFlows {
    flows: Vec<Flow>,
    streams: Streams,
    next: Option<(SimTime, usize)>,
    seen: Option<Seen>,
}

impl ArrivalFlows {
    /// All customers of the run; after a fork into another future, those who are
    /// still to come.
    #[must_use]
    pub fn new(scenario: &Scenario, streams: Streams, seen: Option<Seen>) -> Self {
        let flow = |source: usize| {
            let seen = seen.as_ref().map(|s| s.of(source));
            let key = scenario.sources[source].key;
            Flow {
                source,
                ready: Vec::new(),
                next_piece: 0,
                day: seen.as_ref().and_then(|s| s.score(key, streams)),
                seen,
            }
        };
        let mut flows = Self {
            flows: (0..scenario.sources.len()).map(flow).collect(),
            streams,
            next: None,
            seen: None,
        };
        for flow in &mut flows.flows {
            flow.refill(&scenario.sources[flow.source], streams);
        }
        flows.find_next();
        flows.seen = seen;
        flows
    }

    /// What a fork into another future has seen, if there was one.
    #[must_use]
    pub fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()
    }

    /// Nobody comes any more.
    pub(super) fn stop(&mut self) {
        self.flows.clear();
        self.next = None;
    }

    /// When the next customer comes.
    #[must_use]
    #[inline]
    pub fn next_due(&self) -> SimTime {
        self.next.map_or(SimTime::NEVER, |(at, _)| at)
    }

    /// Takes the next customer and the source's number.
    #[inline]
    pub fn pop(&mut self, scenario: &Scenario) -> Option<(usize, Arrival)> {
        let (_, number) = self.next?;
        let flow = &mut self.flows[number];
        let arrival = flow.ready.pop()?;
        if flow.ready.is_empty() {
            flow.refill(&scenario.sources[flow.source], self.streams);
        }
        self.find_next();
        Some((number, arrival))
    }

    fn find_next(&mut self) {
        let first = |(i, f): (usize, &Flow)| f.ready.last().map(|a| (a.at, i));
        self.next = self.flows.iter().enumerate().filter_map(first).min();
    }
}

impl Flow {
    /// Prepares the next interval that has customers.
    fn refill(&mut self, source: &Source, streams: Streams) {
        match &source.arrivals {
            Arrivals::Intervals { pieces, busyness } => {
                while self.ready.is_empty() {
                    let Some(piece) = pieces.get(self.next_piece) else {
                        return;
                    };
                    self.next_piece += 1;
                    self.fill_piece(source, piece, *busyness, streams);
                }
            }
            Arrivals::Burst { at, size, delay } => {
                if self.next_piece == 0 {
                    self.next_piece = 1;
                    self.fill_burst(source, *at, *size, delay, streams);
                }
            }
            Arrivals::Recorded { times, .. } => {
                if let Some(&at) = times.get(self.next_piece) {
                    let index = self.next_piece as u32;
                    self.ready.push(Arrival { at, index, interval: 0 });
                    self.next_piece += 1;
                }
            }
        }
    }

    /// Everyone who answers to a campaign or an outage, and has not come yet.
    fn fill_burst(
        &mut self,
        source: &Source,
        start: SimTime,
        size: BurstSize,
        delay: &Distribution,
        streams: Streams,
    ) {
        let (candidates, contact) = match size {
            BurstSize::Expected(mean) => {
                let u = streams.unit(Purpose::ArrivalCount, combine(source.key, 0));
                (poisson_quantile(mean, u), 1.0)
            }
            BurstSize::Recipients { recipients, contact } => (recipients, contact),
        };
        let counted = matches!(size, BurstSize::Recipients { .. });
        let seen = self.seen.as_ref().filter(|s| s.at > start);
        let elapsed_s = seen.map_or(0.0, |s| s.at.since(start).as_s());
        // Of a number given, those who have not come so far come with a smaller
        // probability; of a Poisson number those who come later are independent of them.
        let silent = contact * delay.survival(elapsed_s);
        let contact = match seen {
            Some(_) if counted => silent / (1.0 - contact + silent),
            _ => contact,
        };
        let first = match seen {
            Some(seen) if !counted => seen.came_in(0).1,
            _ => 0,
        };
        for index in first..first.saturating_add(candidates) {
            let key = issue_key(source.key, 0, index);
            let mut arrival = Arrival { at: start, index, interval: 0 };
            if seen.is_some_and(|s| s.has(arrival.interval, arrival.index))
                || !streams.happens(Purpose::CampaignContact, key, contact)
            {
                continue;
            }
            let mut stream = streams.of(Purpose::CampaignDelay, key);
            arrival.at = match seen {
                Some(seen) if counted => {
                    let rest_s = delay.conditional_residual_s(elapsed_s, stream.unit());
                    seen.at + SimDuration(1) + SimDuration::from_s(rest_s)
                }
                _ => start + delay.sample(&mut stream),
            };
            self.ready.push(arrival);
        }
        self.ready.sort_unstable_by(|a, b| b.cmp(a));
    }

    fn fill_piece(
        &mut self,
        source: &Source,
        piece: &Piece,
        busyness: Option<Busyness>,
        streams: Streams,
    ) {
        let seen = self.seen.as_ref().filter(|s| s.at > piece.span.start);
        let over = seen.map_or(0.0, |s| s.share_over(piece));
        if over >= 1.0 {
            return;
        }
        let (came, first) = seen.map_or((0, 0), |s| s.came_in(piece.number));
        // What comes at the moment of the fork belongs to the past.
        let from = seen.map_or(piece.span.start, |s| s.at + SimDuration(1));
        let count = match piece.volume {
            Volume::Given(count) => count.saturating_sub(came),
            Volume::Expected(mean) => {
                let factor = busyness.map_or(1.0, |b| self.busy_factor(source, piece, b, streams));
                let entity = combine(source.key, u64::from(piece.number));
                let u = streams.unit(Purpose::ArrivalCount, entity);
                poisson_quantile(mean * (1.0 - over) * factor, u)
            }
        };
        let length = piece.span.end.since(from).0 as f64;
        self.ready.extend((first..first + count).map(|index| {
            let key = issue_key(source.key, piece.number, index);
            let offset = streams.unit(Purpose::ArrivalPosition, key) * length;
            Arrival { at: from + SimDuration(offset as u64), index, interval: piece.number }
        }));
        self.ready.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The gamma factor of a day or, with a correlation below 1, of an interval:
    /// normal scores of first-order autoregression give each its gamma quantile.
    fn busy_factor(
        &mut self,
        source: &Source,
        piece: &Piece,
        b: Busyness,
        streams: Streams,
    ) -> f64 {
        let day = combine(source.key, u64::from(piece.day));
        if b.correlation >= 1.0 {
            let known = self.seen.as_ref();
            let known = known.and_then(|s| s.factor(source.key, piece.day, streams));
            return known.unwrap_or_else(|| prior_factor(b, streams.unit(Purpose::BusyDay, day)));
        }
        let last = self.day.filter(|(number, _)| *number == piece.day);
        let begun = self.seen.as_ref().is_some_and(|s| s.at > piece.span.start);
        let score = match last {
            Some((_, score)) if begun => score,
            last => {
                let u = streams.unit(Purpose::BusyDay, combine(day, u64::from(piece.number)));
                next_score(b, last.map(|(_, score)| score), u)
            }
        };
        self.day = Some((piece.day, score));
        prior_factor(b, score_probability(score))
    }
}
