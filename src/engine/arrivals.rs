//! Arrivals: which customers come, and when.
//!
//! For each source and interval a keyed uniform gives the count and a keyed
//! uniform per customer the position. More volume keeps every
//! customer who came before and adds new ones; nothing else in a scenario
//! moves any of them.

use super::state::issue_key;
use crate::distribution::{gamma_quantile, normal_quantile, poisson_quantile};
use crate::random::{Purpose, Streams, combine};
use crate::scenario::{Arrivals, BurstSize, Busyness, Piece, Scenario, Source, Volume};
use crate::time::{SimDuration, SimTime};
use statrs::distribution::{ContinuousCDF, Normal};

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
    /// The day that `score` belongs to, and the normal score of its latest interval.
    day: Option<(u32, f64)>,
}

/// The customers of all sources, in time order; ties go to the source named first.
#[derive(Clone, Debug)]
pub struct ArrivalFlows {
    flows: Vec<Flow>,
    streams: Streams,
    next: Option<(SimTime, usize)>,
}

impl ArrivalFlows {
    /// All customers of the run.
    #[must_use]
    pub fn new(scenario: &Scenario, streams: Streams) -> Self {
        let flow = |source| Flow {
            source,
            ready: Vec::new(),
            next_piece: 0,
            day: None,
        };
        let mut flows = Self {
            flows: (0..scenario.sources.len()).map(flow).collect(),
            streams,
            next: None,
        };
        for flow in &mut flows.flows {
            flow.refill(&scenario.sources[flow.source], streams);
        }
        flows.find_next();
        flows
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
                if self.next_piece > 0 {
                    return;
                }
                self.next_piece = 1;
                let (candidates, contact) = match *size {
                    BurstSize::Expected(mean) => {
                        let u = streams.unit(Purpose::ArrivalCount, combine(source.key, 0));
                        (poisson_quantile(mean, u), 1.0)
                    }
                    BurstSize::Recipients {
                        recipients,
                        contact,
                    } => (recipients, contact),
                };
                for index in 0..candidates {
                    let key = issue_key(source.key, 0, index);
                    if streams.happens(Purpose::CampaignContact, key, contact) {
                        let mut stream = streams.of(Purpose::CampaignDelay, key);
                        let at = *at + delay.sample(&mut stream);
                        self.ready.push(Arrival {
                            at,
                            index,
                            interval: 0,
                        });
                    }
                }
                self.ready.sort_unstable_by(|a, b| b.cmp(a));
            }
            Arrivals::Recorded { times } => {
                if let Some(&at) = times.get(self.next_piece) {
                    let index = self.next_piece as u32;
                    self.ready.push(Arrival {
                        at,
                        index,
                        interval: 0,
                    });
                    self.next_piece += 1;
                }
            }
        }
    }

    fn fill_piece(
        &mut self,
        source: &Source,
        piece: &Piece,
        busyness: Option<Busyness>,
        streams: Streams,
    ) {
        let count = match piece.volume {
            Volume::Given(count) => count,
            Volume::Expected(mean) => {
                let factor = busyness.map_or(1.0, |b| self.busy_factor(source, piece, b, streams));
                let entity = combine(source.key, u64::from(piece.number));
                poisson_quantile(mean * factor, streams.unit(Purpose::ArrivalCount, entity))
            }
        };
        let (start, length) = (
            piece.span.start,
            piece.span.end.since(piece.span.start).0 as f64,
        );
        self.ready.extend((0..count).map(|index| {
            let key = issue_key(source.key, piece.number, index);
            let offset = streams.unit(Purpose::ArrivalPosition, key) * length;
            Arrival {
                at: start + SimDuration(offset as u64),
                index,
                interval: piece.number,
            }
        }));
        self.ready.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The gamma factor of a day or, with a correlation below 1, of an interval:
    /// normal scores of first-order autoregression give each its gamma quantile
    ///.
    fn busy_factor(
        &mut self,
        source: &Source,
        piece: &Piece,
        b: Busyness,
        streams: Streams,
    ) -> f64 {
        let shape = 1.0 / (b.cv * b.cv);
        let day = combine(source.key, u64::from(piece.day));
        if b.correlation >= 1.0 {
            let u = streams.unit(Purpose::BusyDay, day);
            return gamma_quantile(shape, 1.0 / shape, u);
        }
        let fresh =
            normal_quantile(streams.unit(Purpose::BusyDay, combine(day, u64::from(piece.number))));
        let score = match self.day {
            Some((number, last)) if number == piece.day => {
                b.correlation * last + (1.0 - b.correlation * b.correlation).sqrt() * fresh
            }
            _ => fresh,
        };
        self.day = Some((piece.day, score));
        gamma_quantile(shape, 1.0 / shape, Normal::standard().cdf(score))
    }
}
