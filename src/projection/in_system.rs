//! How many contacts wait for a team or are with its agents, at equal moments.

use crate::event::{Envelope, Event, Header};
use crate::id::{QueueId, SlotId, TeamId};
use crate::time::{SimDuration, SimTime};
use std::collections::BTreeSet;

/// Contacts in a queue, and work in the hands of a team: contacts and wrap-ups.
#[derive(Clone, Debug)]
pub struct InSystem {
    queue: QueueId,
    team: TeamId,
    step: SimDuration,
    next: SimTime,
    end: SimTime,
    waiting: BTreeSet<SlotId>,
    in_hand: u32,
    seen: Vec<u32>,
}

impl InSystem {
    /// Looks every `step` from half a step after the start on, until the last day ends.
    #[must_use]
    pub fn new(header: &Header, queue: QueueId, team: TeamId, step: SimDuration) -> Self {
        Self {
            queue,
            team,
            step: SimDuration(step.0.max(1)),
            next: SimTime(step.0 / 2),
            end: header.day_starts.last().copied().unwrap_or(SimTime::ZERO),
            waiting: BTreeSet::new(),
            in_hand: 0,
            seen: Vec::new(),
        }
    }

    /// Takes in the next events of a replication.
    pub fn apply_all(&mut self, header: &Header, envelopes: &[Envelope]) {
        for envelope in envelopes {
            self.look_until(envelope.at);
            self.apply(header, envelope);
        }
    }

    /// The numbers at all moments, when the replication has ended.
    #[must_use]
    pub fn finish(mut self) -> Vec<u32> {
        self.look_until(self.end);
        self.seen
    }

    fn look_until(&mut self, at: SimTime) {
        while self.next < at.min(self.end) {
            self.seen.push(self.waiting.len() as u32 + self.in_hand);
            self.next = self.next + self.step;
        }
    }

    fn apply(&mut self, header: &Header, envelope: &Envelope) {
        let team = self.team.0;
        let of_team = |agent: crate::id::AgentId| header.agent_teams[agent.index()] == team;
        let slot = envelope.slot;
        match envelope.event {
            Event::Queued { queue, .. } if queue == self.queue => _ = self.waiting.insert(slot),
            // Nobody knows yet, and the contact keeps its place.
            Event::Abandoned { silent: true } => {}
            Event::Assigned { agent, .. } => {
                self.waiting.remove(&slot);
                self.in_hand += u32::from(of_team(agent));
            }
            Event::HandlingEnded { agent, wrap_up_s, .. } if wrap_up_s <= 0.0 => {
                self.in_hand -= u32::from(of_team(agent))
            }
            Event::WrapUpEnded { agent, .. } => self.in_hand -= u32::from(of_team(agent)),
            Event::Abandoned { .. } | Event::Transferred { .. } | Event::ContactEnded { .. } => {
                self.waiting.remove(&slot);
            }
            _ => {}
        }
    }
}
