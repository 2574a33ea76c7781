//! What a load test says of a real bot, in the scenario's own terms.

use super::{Book, Durations};
use crate::domain::Meaning;
use crate::event::{Envelope, Event, Header};
use crate::id::IntentId;

/// Turns of one kind, by what they mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnCounts {
    /// Turns that ended.
    pub finished: u64,
    /// Of those, with an answer, whatever it says.
    pub answered: u64,
    /// The bot gave the conversation to people.
    pub handoff: u64,
    /// The bot said that it did not understand; answered too.
    pub fallback: u64,
    /// The bot failed.
    pub failed: u64,
}

/// What was measured of a bot.
#[derive(Clone, Debug)]
pub struct BotFit {
    /// First messages of conversations, by intent.
    pub first: Vec<TurnCounts>,
    /// Later messages.
    pub later: TurnCounts,
    /// Latency of answered turns, wall-clock microseconds.
    pub latency_us: Durations,
    book: Book,
    intents: Vec<IntentId>,
}

impl BotFit {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self {
            first: vec![TurnCounts::default(); header.intents.len()],
            later: TurnCounts::default(),
            latency_us: Durations::default(),
            book: Book::new(header),
            intents: Vec::new(),
        }
    }

    /// Takes in the next events.
    pub fn apply_all(&mut self, header: &Header, events: &[Envelope]) {
        for env in events {
            self.apply(env);
            self.book.apply(header, env);
        }
    }

    fn apply(&mut self, env: &Envelope) {
        match env.event {
            Event::ContactStarted { intent, .. } => {
                let place = env.slot.index();
                if self.intents.len() <= place {
                    self.intents.resize(place + 1, IntentId(0));
                }
                self.intents[place] = intent;
            }
            Event::TurnMeasured { turn, class, meaning, latency_us, .. }
                if self.book.get(env.slot).measured && !class.stayed_here() =>
            {
                let intent = self.intents[env.slot.index()];
                let counts = match turn {
                    0 | 1 => &mut self.first[intent.index()],
                    _ => &mut self.later,
                };
                counts.put(meaning);
                if class.is_success() {
                    self.latency_us.record(latency_us.into());
                }
            }
            _ => {}
        }
    }

    /// First messages of all intents.
    #[must_use]
    pub fn all_first(&self) -> TurnCounts {
        let mut sum = TurnCounts::default();
        self.first.iter().for_each(|c| sum.add(c));
        sum
    }
}

impl TurnCounts {
    fn put(&mut self, meaning: Meaning) {
        self.finished += 1;
        match meaning {
            Meaning::Answered | Meaning::Resolved => self.answered += 1,
            Meaning::Fallback => {
                self.answered += 1;
                self.fallback += 1;
            }
            Meaning::Handoff => self.handoff += 1,
            Meaning::Failed => self.failed += 1,
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.finished += other.finished;
        self.answered += other.answered;
        self.handoff += other.handoff;
        self.fallback += other.fallback;
        self.failed += other.failed;
    }
}
