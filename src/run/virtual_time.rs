//! Virtual time: the next due thing happens at once, and the scenario's bot answers.

use crate::engine::{Engine, answer};
use crate::event::Envelope;
use crate::scenario::Scenario;

/// Events are handed on in blocks of about this many: they stay in the cache.
const BLOCK: usize = 1024;

/// Plays one replication from its start to its end, handing on its events in order.
pub fn play(scenario: &Scenario, seed: u64, replication: u32, sink: impl FnMut(&[Envelope])) {
    let engine = Engine::new(scenario, seed, replication);
    play_on(scenario, engine, sink);
}

/// Plays a replication on from where the engine stands.
pub fn play_on(scenario: &Scenario, mut engine: Engine<'_>, mut sink: impl FnMut(&[Envelope])) {
    let streams = engine.streams();
    while !engine.state().ended {
        while let Some(request) = engine.out().requests.pop() {
            let (at, reply) = answer(scenario, streams, &request);
            engine.deliver(request.slot, request.conversation, at, reply);
        }
        engine.step();
        let out = engine.out();
        if out.events.len() >= BLOCK {
            sink(&out.events);
            out.events.clear();
        }
    }
    sink(&engine.out().events);
}
