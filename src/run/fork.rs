//! Forks: a past, and what follows it.

use super::replications::replicate_played;
use super::{Logging, Plan, play_on};
use crate::engine::Engine;
use crate::event::{Envelope, Event, Header};
use crate::experiment::Pool;
use crate::scenario::Scenario;
use crate::time::SimTime;
use std::sync::atomic::AtomicBool;

/// The past of a replication until a moment, and the scenarios it was played under.
#[derive(Debug)]
pub struct Past {
    /// Seed of the run.
    pub seed: u64,
    /// The replication, as the run that began it numbered it.
    pub replication: u32,
    /// The scenario of its beginning, then one for each of its forks.
    pub scenarios: Vec<Scenario>,
    /// All events until the moment, those of the moment included.
    pub events: Vec<Envelope>,
    /// The moment.
    pub at: SimTime,
}

/// What follows a past.
#[derive(Clone, Copy, Debug)]
pub struct Continuation<'p> {
    /// The past.
    pub past: &'p Past,
    /// The scenario from now on, which continues the latest of the past; `None` for
    /// that one itself.
    pub changed: Option<&'p Scenario>,
    /// Whether each replication is another future; else there is one, the run's own.
    pub futures: bool,
}

impl Past {
    /// The engine at the moment; questions to the bot that are open are in its outbox.
    ///
    /// There must be a scenario for each fork of the past: `None` where one is missing.
    #[must_use]
    pub fn engine(&self) -> Option<Engine<'_>> {
        let events = &self.events;
        let mut scenarios = self.scenarios.iter();
        let mut engine = Engine::new(scenarios.next()?, self.seed, self.replication);
        for (number, envelope) in events.iter().enumerate() {
            if let Event::Forked { future } = envelope.event {
                engine.follow(&events[..number], envelope.at);
                engine = engine.fork(scenarios.next()?, future, &events[..number], envelope.at);
            }
        }
        engine.out().events.clear(); // of the forks, which the past holds
        engine.follow(events, self.at);
        Some(engine)
    }

    /// Whether the run had ended by the moment.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.events.last().is_some_and(|e| e.event == Event::RunEnded)
    }
}

impl Continuation<'_> {
    /// Plays the past and then the future of this number, from 0. Nothing is played
    /// where the past lacks a scenario of one of its forks.
    pub fn play(&self, number: u32, mut sink: impl FnMut(&[Envelope])) {
        if let Some(base) = self.past.engine() {
            self.play_from(&base, number, &mut sink);
        }
    }

    fn play_from(&self, base: &Engine<'_>, number: u32, sink: &mut dyn FnMut(&[Envelope])) {
        let past = self.past;
        sink(&past.events);
        let own = past.scenarios.last();
        let Some(scenario) = self.changed.or(own) else {
            return;
        };
        if self.changed.is_none() && !self.futures {
            return play_on(scenario, base.clone(), sink);
        }
        let future = if self.futures { number + 1 } else { 0 };
        let mut engine = base.clone().fork(scenario, future, &past.events, past.at);
        engine.catch_up();
        play_on(scenario, engine, sink);
    }
}

/// Plays all futures of a plan. `header` is what the projections know of them.
/// Nothing is played where the past lacks a scenario of one of its forks.
pub fn fork_logged<'h>(
    continuation: Continuation<'_>,
    header: &'h Header,
    plan: Plan,
    logging: Option<Logging<'_>>,
    stop: &AtomicBool,
    progress: impl FnMut(&Pool<'h>),
) -> Pool<'h> {
    let Some(base) = continuation.past.engine() else {
        return Pool::new(header, plan.replications.get());
    };
    let player = |number: u32, sink: &mut dyn FnMut(&[Envelope])| {
        continuation.play_from(&base, number, sink);
    };
    replicate_played(header, &player, plan, None, logging, stop, progress)
}
