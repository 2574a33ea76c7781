//! Projections: every number is a fold over events.
//!
//! A projection reads the header and the events and nothing else. [`Everything`]
//! folds all of them in one pass over a shared [`Book`] of live contacts.

mod audit;
mod book;
mod counts;
mod durations;
mod fit;
mod gauges;
mod handled;
mod histogram_key;
mod in_system;
mod interval;
mod measure;
mod resolution;
mod satisfaction;
mod service;
mod speed;
mod staffing;
mod tables;
mod turns;
mod visit;

pub use audit::Audit;
pub use book::{Book, Issue, Record};
pub use counts::{Dims, add_counts};
pub use durations::{Durations, new_histogram};
pub use fit::{BotFit, TurnCounts};
pub use gauges::Gauge;
pub use handled::Handled;
pub use histogram_key::{BY_PARTY, Clock, HistogramKey, PartyTime, TURN_DURATIONS, TurnDuration};
pub use in_system::InSystem;
pub use interval::IntervalClock;
pub use measure::{Measure, MetricKey, measures};
pub use resolution::{DemandCell, Resolution};
pub use satisfaction::{PartyScores, Satisfaction};
pub use service::{QueueInterval, Service, ServiceCell, THRESHOLDS};
pub use speed::Distributions;
pub use staffing::{Staffing, TeamInterval, TeamTotals};
pub use tables::Replication;
pub use turns::{TurnCell, Turns, turn_durations};
pub use visit::{Visit, VisitEnd};

use crate::event::{EachKind, Envelope, Header};

/// A fold over the events of one replication.
pub trait Projection {
    /// Takes in the next event. The book stands as it was before the event;
    /// [`Book::apply`] follows.
    fn apply(&mut self, header: &Header, book: &Book, envelope: &Envelope);
}

/// All projections of a run.
#[derive(Clone, Debug)]
pub struct Everything {
    /// Live contacts.
    pub book: Book,
    /// Waits, handling and response times as distributions.
    pub speed: Distributions,
    /// Queues: service level, waits, abandonment.
    pub service: Service,
    /// Bot, articles, outcomes, returns.
    pub resolution: Resolution,
    /// Surveys.
    pub satisfaction: Satisfaction,
    /// Agents.
    pub staffing: Staffing,
    /// Turns with a real bot, in load tests.
    pub turns: Turns,
    /// Conservation laws.
    pub audit: Audit,
}

impl Everything {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self {
            book: Book::new(header),
            speed: Distributions::new(header),
            service: Service::new(header),
            resolution: Resolution::new(header),
            satisfaction: Satisfaction::new(header),
            staffing: Staffing::new(header),
            turns: Turns::new(header),
            audit: Audit::new(header),
        }
    }

    /// Takes in the next events.
    pub fn apply_all(&mut self, header: &Header, envelopes: &[Envelope]) {
        for envelope in envelopes {
            envelope.event.in_own_arm(&mut Fold { all: self, header, envelope });
        }
    }
}

/// An event on its way into all projections.
struct Fold<'a> {
    all: &'a mut Everything,
    header: &'a Header,
    envelope: &'a Envelope,
}

impl EachKind for Fold<'_> {
    #[inline(always)]
    fn of_kind(&mut self) {
        let Self { all, header, envelope } = self;
        all.audit.apply(header, &all.book, envelope);
        all.speed.apply(header, &all.book, envelope);
        all.service.apply(header, &all.book, envelope);
        all.resolution.apply(header, &all.book, envelope);
        all.satisfaction.apply(header, &all.book, envelope);
        all.staffing.apply(header, &all.book, envelope);
        all.audit.agree(header, envelope, &all.service, &all.resolution, &all.staffing);
        if header.load.is_some() {
            all.turns.apply(header, &all.book, envelope);
        }
        all.book.apply(header, envelope);
    }
}
