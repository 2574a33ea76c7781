//! The past of a run: folded, and gone on from.

use super::{Engine, Outbox, Stage};
use crate::event::{Envelope, Event};
use crate::id::{AgentId, SlotId};
use crate::time::{SimDuration, SimTime};

impl Engine<'_> {
    /// Takes in what has happened until a moment. `past` holds all events of the
    /// replication until then, those included that the engine knows already.
    /// Questions that the bot has not answered are put in the outbox.
    pub fn follow(&mut self, past: &[Envelope], at: SimTime, out: &mut Outbox) {
        let known = past.partition_point(|e| e.seq < self.state.next_seq);
        for envelope in &past[known..] {
            self.state.apply(self.scenario, envelope);
        }
        if past.is_empty() {
            return; // not even its start: nothing of it is over
        }
        self.roster_next = self.roster.partition_point(|item| item.at <= at);
        while self.arrivals.next_due() <= at {
            self.arrivals.pop(self.scenario);
        }
        self.ask_again(past, out);
        self.touch_all();
        self.flush();
    }

    /// Puts the questions that are open in the outbox, and no others.
    pub(super) fn ask_again(&mut self, past: &[Envelope], out: &mut Outbox) {
        out.requests.clear();
        let open = |e: &&Envelope| {
            matches!(e.event, Event::BotAsked { .. }) && {
                let c = self.state.contacts.get(e.slot);
                c.stage == Stage::BotAsked && c.id == e.conversation && c.last_seq == e.seq
            }
        };
        let asked: Vec<Envelope> = past.iter().filter(open).copied().collect();
        for envelope in asked {
            if let Event::BotAsked { turn, held, .. } = envelope.event {
                let at = envelope.at + held;
                self.request(envelope.slot, turn, at, out);
                if let (Some((seq, redrawn)), Some(request)) =
                    (self.redrawn, out.requests.last_mut())
                    && envelope.seq < seq
                {
                    request.elapsed = redrawn.since(at);
                }
            }
        }
    }

    pub(super) fn touch_all(&mut self) {
        for agent in 0..self.state.agents.len() {
            self.touch_agent(AgentId(agent as u32));
        }
        for slot in 0..self.state.contacts.places() {
            self.touch_contact(SlotId(slot as u32));
        }
    }
}

/// How long something had lasted at a moment.
pub(super) fn elapsed_s(since: SimTime, at: SimTime) -> f64 {
    at.since(since).max(SimDuration::ZERO).as_s()
}
