//! The past of a run: folded, and gone on from.

use super::{Engine, Stage};
use crate::event::{Envelope, Event};
use crate::time::{SimDuration, SimTime};

impl Engine<'_> {
    /// Takes in what has happened until a moment. `past` holds all events of the
    /// replication until then, those included that the engine knows already.
    /// Questions that the bot has not answered are put in the outbox.
    pub fn follow(&mut self, past: &[Envelope], at: SimTime) {
        let known = past.partition_point(|e| e.seq < self.desk.state.next_seq);
        for envelope in &past[known..] {
            self.desk.state.apply(self.desk.scenario, envelope);
            self.desk.now = envelope.at;
        }
        if past.is_empty() {
            return; // not even its start: nothing of it is over
        }
        self.roster_next = self.roster.partition_point(|item| item.at <= at);
        while self.arrivals.next_due() <= at {
            self.arrivals.pop(self.desk.scenario);
        }
        self.ask_again(past);
        self.desk.touch_all();
        self.flush();
    }

    /// Puts the questions that are open in the outbox, and no others.
    pub(super) fn ask_again(&mut self, past: &[Envelope]) {
        self.desk.out.requests.clear();
        let open = |e: &&Envelope| {
            matches!(e.event, Event::BotAsked { .. }) && {
                let c = self.desk.state.contacts.get(e.slot);
                c.stage == Stage::BotAsked && c.id == e.conversation && c.last_seq == e.seq
            }
        };
        let asked: Vec<Envelope> = past.iter().filter(open).copied().collect();
        for envelope in asked {
            if let Event::BotAsked { turn, held, .. } = envelope.event {
                let at = envelope.at + held;
                self.desk.request(envelope.slot, turn, at);
                if let (Some((seq, redrawn)), Some(request)) =
                    (self.redrawn, self.desk.out.requests.last_mut())
                    && envelope.seq < seq
                {
                    request.elapsed = redrawn.since(at);
                }
            }
        }
    }
}

/// How long something had lasted at a moment.
pub(super) fn elapsed_s(since: SimTime, at: SimTime) -> f64 {
    at.since(since).max(SimDuration::ZERO).as_s()
}
