//! The way to people: rules, triage and wrong turns; queues, announced waits,
//! balking, blocking and overflow.

use super::Desk;
use super::state::level_in;
use crate::domain::{Outcome, TransferReason};
use crate::event::Event;
use crate::id::{AgentId, QueueId, SlotId};
use crate::random::Purpose;
use crate::scenario::{AfterHours, Announcement, AtClosing, Balk, Takes};
use crate::time::{SimDuration, SimTime};

impl Desk<'_> {
    /// The contact needs a person: finds its queue.
    pub(super) fn send_to_people(&mut self, slot: SlotId) {
        let c = self.state.contacts.get(slot);
        let channel = &self.scenario.channels[c.channel.index()];
        if channel.after_hours == AfterHours::BotOnly && !channel.open.contains(self.now) {
            self.end_contact(slot, Outcome::TurnedAway);
            return;
        }
        let key = c.key;
        let right = self.right_queue(slot);
        let routing = &self.scenario.routing;
        if let Some(triage) = &routing.triage
            && !self.draws.happens(Purpose::RouteRule, key, routing.rules_cover)
        {
            self.enter_queue(slot, triage.queue, false);
        } else if self.draws.happens(Purpose::RouteRight, key, routing.right_first_try) {
            self.enter_queue(slot, right, false);
        } else {
            let wrong = self.wrong_queue(slot, right);
            self.enter_queue(slot, wrong, true);
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
                && any(takes.channels.is_empty(), takes.channels.contains(&c.channel))
                && any(takes.segments.is_empty(), takes.segments.contains(&c.segment))
                && any(takes.intents.is_empty(), takes.intents.contains(&c.intent))
                && any(takes.tiers.is_empty(), takes.tiers.contains(&c.tier))
                && any(takes.languages.is_empty(), takes.languages.contains(&c.language))
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
        let u = self.draws.unit(Purpose::RouteWrong, self.state.contacts.get(slot).key);
        others[(u * others.len() as f64) as usize]
    }

    /// The contact comes to a queue: an agent with room takes it at once, or it
    /// waits, balks, overflows or is blocked.
    pub(super) fn enter_queue(&mut self, slot: SlotId, queue: QueueId, wrong: bool) {
        if let Some((to, agent)) = self.line_with_room(slot, queue, queue) {
            match agent {
                Some(agent) => {
                    self.join_line(slot, to, SimTime::NEVER, false, wrong);
                    self.assign(slot, agent);
                }
                None => self.wait_in(slot, to, wrong),
            }
        } else {
            self.emit(slot, Event::Refused { queue });
            self.end_contact(slot, Outcome::Blocked);
        }
    }

    /// The contact goes back to its line, ahead of all who wait there and whatever the
    /// line's capacity: it has been answered already. Its patience begins anew.
    pub(super) fn wait_again(&mut self, slot: SlotId, queue: QueueId) {
        let wrong = self.state.contacts.get(slot).wrong;
        if let Some(agent) = self.agent_with_room(slot, queue) {
            self.join_line(slot, queue, SimTime::NEVER, false, wrong);
            self.assign(slot, agent);
            return;
        }
        let deadline = self.deadline(slot, self.patience(slot));
        self.join_line(slot, queue, deadline, false, wrong);
    }

    /// The first queue from `queue` on, by way of the overflow of full ones, that has an
    /// agent for the contact or a place to wait. `first` is the queue that it joined
    /// first: it comes to none twice.
    fn line_with_room(
        &self,
        slot: SlotId,
        first: QueueId,
        queue: QueueId,
    ) -> Option<(QueueId, Option<AgentId>)> {
        let mut to = queue;
        loop {
            let agent = self.agent_with_room(slot, to);
            let line = &self.scenario.queues[to.index()];
            let waiting = self.state.queues[to.index()].len;
            if agent.is_some() || line.capacity.is_none_or(|places| waiting < places) {
                return Some((to, agent));
            }
            let next = line.full_to?;
            if self.has_come_by(first, to, next) {
                return None;
            }
            to = next;
        }
    }

    /// Whether `next` lies on the way of overflows from `first` to `last`.
    fn has_come_by(&self, first: QueueId, last: QueueId, next: QueueId) -> bool {
        let mut at = first;
        // A way has each queue once; a fork may have cut it.
        for _ in 0..self.scenario.queues.len() {
            if at == next {
                return true;
            }
            let queue = &self.scenario.queues[at.index()];
            match queue.overflow.map(|o| o.to).or(queue.full_to) {
                Some(to) if at != last => at = to,
                _ => return false,
            }
        }
        true
    }

    fn wait_in(&mut self, slot: SlotId, queue: QueueId, wrong: bool) {
        let c = self.state.contacts.get(slot);
        let key = c.key;
        let channel = &self.scenario.channels[c.channel.index()];
        let mut patience = self.patience(slot);
        if let Some(announcement) = channel.announcement {
            let wait = self.expected_wait(queue);
            self.emit(slot, Event::WaitAnnounced { wait });
            if self.balks(key, announcement, wait, patience) {
                self.emit(slot, Event::Balked { queue });
                self.end_contact(slot, Outcome::Balked);
                return;
            }
            if let Some(patience) = &mut patience {
                *patience = SimDuration::from_s(patience.as_s() * announcement.patience_factor);
            }
        }
        let deadline = self.deadline(slot, patience);
        let silent = self.draws.happens(Purpose::Silent, key, channel.silent_abandonment);
        self.join_line(slot, queue, deadline, silent, wrong);
    }

    /// When a customer who begins to wait now gives up.
    fn deadline(&self, slot: SlotId, patience: Option<SimDuration>) -> SimTime {
        let channel = &self.scenario.channels[self.state.contacts.get(slot).channel.index()];
        let now = self.now;
        let own = match patience {
            None => SimTime::NEVER,
            Some(p) if channel.open_hours_clock => channel.open.advance(now, p),
            Some(p) => now + p,
        };
        // What is open until the end of the run does not close.
        let closing = channel.open.next_end(now).filter(|end| *end < self.scenario.horizon);
        match (channel.at_closing, closing) {
            (AtClosing::TurnAway, Some(closing)) => own.min(closing),
            (AtClosing::CallBack, Some(closing)) if own >= closing => SimTime::NEVER,
            _ => own,
        }
    }

    fn join_line(
        &mut self,
        slot: SlotId,
        queue: QueueId,
        deadline: SimTime,
        silent: bool,
        wrong: bool,
    ) {
        let level = level_in(self.scenario, self.state.contacts.get(slot), queue);
        let joined = Event::Queued { queue, level, deadline, silent, wrong };
        self.emit(slot, joined);
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
            Balk::Probability(p) => self.draws.happens(Purpose::Balk, key, p),
        }
    }

    fn patience(&self, slot: SlotId) -> Option<SimDuration> {
        let c = self.state.contacts.get(slot);
        let intent = &self.scenario.intents[c.intent.index()];
        let channel = &self.scenario.channels[c.channel.index()];
        // A record tells of the first wait: the others are as long as they would be.
        let recorded = self.recorded(c).filter(|_| c.joins == 0);
        if let Some(patience_s) = recorded.and_then(|r| r.patience_s) {
            return Some(SimDuration::from_s(patience_s));
        }
        let law = intent.patience.as_ref().or(channel.patience.as_ref())?;
        let factor = self.scenario.tiers[c.tier.index()].patience_factor;
        let waited_s = recorded.map_or(0.0, |r| r.waited_s);
        if waited_s > 0.0 && factor > 0.0 {
            let u = self.draws.pair(Purpose::Patience, c.key, c.joins).0;
            let rest_s = law.conditional_residual_s(waited_s / factor, u) * factor;
            return Some(SimDuration::from_s(waited_s + rest_s));
        }
        let s = law.sample_s(&mut self.draws.sub(Purpose::Patience, c.key, c.joins));
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

    /// The contact has waited to the end of the customer's patience, or to the overflow.
    pub(super) fn waited_long(&mut self, slot: SlotId) {
        let c = self.state.contacts.get(slot);
        if c.deadline <= self.now {
            self.give_up(slot);
        } else {
            self.overflow(slot);
        }
    }

    fn give_up(&mut self, slot: SlotId) {
        let c = self.state.contacts.get(slot);
        let channel = &self.scenario.channels[c.channel.index()];
        let turned_away =
            channel.at_closing == AtClosing::TurnAway && channel.open.ends_at(self.now);
        let (silent, handed_back) = (c.silent && !turned_away, c.handed_back);
        self.emit(slot, Event::Abandoned { silent });
        if handed_back {
            self.end_contact(slot, Outcome::BrokenOff);
        } else if turned_away {
            self.end_contact(slot, Outcome::TurnedAway);
        } else if silent {
            self.plan_retry(slot, Outcome::AbandonedSilently);
        } else {
            self.end_contact(slot, Outcome::Abandoned);
        }
    }

    /// The contact goes on to the next queue that has an agent or a place for it; where
    /// none has, it stays.
    fn overflow(&mut self, slot: SlotId) {
        let c = self.state.contacts.get(slot);
        let (from, first) = (c.queue, c.first_queue);
        let Some(overflow) = self.scenario.queues[from.index()].overflow else {
            return;
        };
        let found = match self.has_come_by(first, from, overflow.to) {
            true => None,
            false => self.line_with_room(slot, first, overflow.to),
        };
        let Some((to, agent)) = found else {
            self.emit(slot, Event::Refused { queue: overflow.to });
            return;
        };
        let reason = TransferReason::Overflow;
        self.emit(slot, Event::Transferred { from, to, reason });
        if let Some(agent) = agent {
            self.assign(slot, agent);
        }
    }
}
