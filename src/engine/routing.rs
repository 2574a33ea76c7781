//! The way to people: rules, triage and wrong turns; queues, announced waits,
//! balking, blocking and overflow.

use super::{Engine, Outbox};
use crate::domain::{Outcome, TransferReason};
use crate::event::Event;
use crate::id::{QueueId, SlotId};
use crate::random::Purpose;
use crate::scenario::{AfterHours, Announcement, Balk, Takes};
use crate::time::{SimDuration, SimTime};

impl Engine<'_> {
    /// The contact needs a person: finds its queue.
    pub(super) fn send_to_people(&mut self, slot: SlotId, out: &mut Outbox) {
        let c = self.state.contacts.get(slot);
        let channel = &self.scenario.channels[c.channel.index()];
        if channel.after_hours == AfterHours::BotOnly && !channel.open.contains(self.state.now) {
            self.end_contact(slot, Outcome::TurnedAway, out);
            return;
        }
        let key = c.key;
        let right = self.right_queue(slot);
        let routing = &self.scenario.routing;
        if let Some(triage) = &routing.triage
            && !self
                .streams
                .happens(Purpose::RouteRule, key, routing.rules_cover)
        {
            self.enter_queue(slot, triage.queue, false, out);
        } else if self
            .streams
            .happens(Purpose::RouteRight, key, routing.right_first_try)
        {
            self.enter_queue(slot, right, false, out);
        } else {
            let wrong = self.wrong_queue(slot, right);
            self.enter_queue(slot, wrong, true, out);
        }
    }

    /// The queue that takes the contact: the first in the scenario's order.
    pub(super) fn right_queue(&self, slot: SlotId) -> QueueId {
        if self.scenario.queues.len() == 1 {
            return QueueId(0);
        }
        let c = self.state.contacts.get(slot);
        let takes = |takes: &Takes| {
            let any = |list_empty: bool, has: bool| list_empty || has;
            !takes.nothing
                && any(
                    takes.channels.is_empty(),
                    takes.channels.contains(&c.channel),
                )
                && any(
                    takes.segments.is_empty(),
                    takes.segments.contains(&c.segment),
                )
                && any(takes.intents.is_empty(), takes.intents.contains(&c.intent))
                && any(takes.tiers.is_empty(), takes.tiers.contains(&c.tier))
                && any(
                    takes.languages.is_empty(),
                    takes.languages.contains(&c.language),
                )
        };
        let found = self.scenario.queues.iter().position(|q| takes(&q.takes));
        QueueId(found.unwrap_or(0) as u8)
    }

    /// A queue that a wrong assignment reaches; the right one where there is no
    /// other (a colleague who has to pass the contact on).
    pub(super) fn wrong_queue(&self, slot: SlotId, right: QueueId) -> QueueId {
        let others = &self.scenario.queues[right.index()].mistaken_for;
        if others.is_empty() {
            return right;
        }
        let u = self
            .streams
            .unit(Purpose::RouteWrong, self.state.contacts.get(slot).key);
        others[(u * others.len() as f64) as usize]
    }

    /// The contact comes to a queue: an agent with room takes it at once, or it
    /// waits, balks, overflows or is blocked.
    pub(super) fn enter_queue(
        &mut self,
        slot: SlotId,
        queue: QueueId,
        wrong: bool,
        out: &mut Outbox,
    ) {
        let level = self.level_in(slot, queue);
        if let Some(agent) = self.agent_with_room(slot, queue) {
            let deadline = SimTime::NEVER;
            let joined = Event::Queued {
                queue,
                level,
                deadline,
                silent: false,
                wrong,
            };
            self.emit(slot, joined, out);
            self.assign(slot, agent, out);
            return;
        }
        let q = &self.scenario.queues[queue.index()];
        if q.capacity
            .is_some_and(|places| self.state.queues[queue.index()].len >= places)
        {
            match q.full_to {
                Some(other) if other != queue => self.enter_queue(slot, other, wrong, out),
                _ => {
                    self.emit(slot, Event::Refused { queue }, out);
                    self.end_contact(slot, Outcome::Blocked, out);
                }
            }
            return;
        }
        self.wait_in(slot, queue, level, wrong, out);
    }

    fn wait_in(&mut self, slot: SlotId, queue: QueueId, level: u8, wrong: bool, out: &mut Outbox) {
        let c = self.state.contacts.get(slot);
        let (key, joins) = (c.key, c.joins);
        let channel = &self.scenario.channels[c.channel.index()];
        let mut patience = self.patience(slot);
        if let Some(announcement) = channel.announcement {
            let wait = self.expected_wait(queue);
            self.emit(slot, Event::WaitAnnounced { wait }, out);
            if self.balks(key, announcement, wait, patience) {
                self.emit(slot, Event::Balked { queue }, out);
                self.end_contact(slot, Outcome::Balked, out);
                return;
            }
            if let Some(patience) = &mut patience {
                *patience = SimDuration::from_s(patience.as_s() * announcement.patience_factor);
            }
        }
        let deadline = match patience {
            None => SimTime::NEVER,
            Some(p) if channel.open_hours_clock => channel.open.advance(self.state.now, p),
            Some(p) => self.state.now + p,
        };
        let silent = self
            .streams
            .happens(Purpose::Silent, key, channel.silent_abandonment);
        debug_assert!(joins < u16::MAX);
        self.emit(
            slot,
            Event::Queued {
                queue,
                level,
                deadline,
                silent,
                wrong,
            },
            out,
        );
    }

    fn balks(
        &self,
        key: u64,
        announcement: Announcement,
        wait: SimDuration,
        patience: Option<SimDuration>,
    ) -> bool {
        match announcement.balk {
            Balk::Rational => patience.is_some_and(|p| p < wait),
            Balk::Probability(p) => self.streams.happens(Purpose::Balk, key, p),
        }
    }

    fn patience(&self, slot: SlotId) -> Option<SimDuration> {
        let c = self.state.contacts.get(slot);
        let intent = &self.scenario.intents[c.intent.index()];
        let channel = &self.scenario.channels[c.channel.index()];
        let law = intent.patience.as_ref().or(channel.patience.as_ref())?;
        let factor = self.scenario.tiers[c.tier.index()].patience_factor;
        let s = law.sample_s(&mut self.streams.sub(Purpose::Patience, c.key, c.joins));
        Some(SimDuration::from_s(s * factor))
    }

    /// Contacts ahead and this one, times mean work, over the productivity of
    /// the agents who are there: the queue-length announcement of Whitt (1999).
    fn expected_wait(&self, queue: QueueId) -> SimDuration {
        let q = &self.scenario.queues[queue.index()];
        let ahead = f64::from(self.state.queues[queue.index()].len) + 1.0;
        let mut productivity = 0.0;
        for team in &q.teams {
            let facts = &self.scenario.teams[team.index()];
            let most = facts.speed.len() - 1;
            let each = facts.speed[most] * most as f64;
            productivity += f64::from(self.state.teams[team.index()].open) * each;
        }
        if productivity <= 0.0 {
            return SimDuration::from_s(86_400.0);
        }
        SimDuration::from_s(ahead * q.mean_work_s / productivity)
    }

    fn level_in(&self, slot: SlotId, queue: QueueId) -> u8 {
        let tier = self.state.contacts.get(slot).tier;
        let tier = self.scenario.tiers[tier.index()].priority;
        (self.scenario.queues[queue.index()].priority + tier).min(7)
    }

    /// The contact has waited to the end of the customer's patience, or to the overflow.
    pub(super) fn waited_long(&mut self, slot: SlotId, out: &mut Outbox) {
        let c = self.state.contacts.get(slot);
        let from = c.queue;
        if c.deadline <= self.state.now {
            let silent = c.silent;
            self.emit(slot, Event::Abandoned { silent }, out);
            if !silent {
                self.end_contact(slot, Outcome::Abandoned, out);
            }
        } else if let Some(overflow) = self.scenario.queues[from.index()].overflow {
            let to = overflow.to;
            self.emit(
                slot,
                Event::Transferred {
                    from,
                    to,
                    reason: TransferReason::Overflow,
                },
                out,
            );
            if let Some(agent) = self.agent_with_room(slot, to) {
                self.assign(slot, agent, out);
            }
        }
    }
}
