//! Agents take contacts, work on them and end them.

use super::{Contact, Desk, Presence};
use crate::domain::{Outcome, Party, TransferReason};
use crate::event::{Closing, Event};
use crate::id::{AgentId, ChannelId, ConversationId, QueueId, SlotId, TeamId};
use crate::random::Purpose;
use crate::scenario::{AgentChoice, AtClosing, RecordedContact};
use crate::time::SimTime;

impl Desk<'_> {
    /// The agent who takes a contact that comes to a queue, if one has room.
    pub(super) fn agent_with_room(&self, slot: SlotId, queue: QueueId) -> Option<AgentId> {
        let c = self.state.contacts.get(slot);
        let teams = &self.scenario.queues[queue.index()].teams;
        if self.scenario.routing.sticky && c.attempt > 0 && c.agent != AgentId::NONE {
            let team = self.state.agents[c.agent.index()].team;
            if teams.contains(&team) && self.has_room(c.agent, c.channel) {
                return Some(c.agent);
            }
        }
        let has_room = self.first_agent(teams, c.channel, false);
        has_room.or_else(|| self.first_agent(teams, c.channel, true))
    }

    /// The agent with room who comes first by the scenario's rule; or, where the contact
    /// pauses other work, the one whose work it would pause.
    #[inline]
    fn first_agent(&self, teams: &[TeamId], channel: ChannelId, pausing: bool) -> Option<AgentId> {
        let order = |rank, load| order(self.scenario.routing.agent_choice, pausing, rank, load);
        let fullest_first = order(0, 1.0) < order(0, 0.0);
        let of_team = |team: TeamId| {
            let facts = &self.scenario.teams[team.index()];
            let units = match (pausing, facts.channel_units[channel.index()]) {
                (true, _) if facts.pauses[channel.index()] => 0,
                (true, _) | (false, 0) => return None,
                (false, units) => units,
            };
            let may = |used| self.keeps_reserve(team, used, channel);
            self.state.teams[team.index()].first_with_room(units, fullest_first, may)
        };
        if let [team] = teams[..] {
            return of_team(team).map(|(_, agent)| agent);
        }
        let mut first = None;
        for (rank, &team) in teams.iter().enumerate() {
            let Some((used, agent)) = of_team(team) else {
                continue;
            };
            let load = f64::from(used) / f64::from(self.scenario.teams[team.index()].capacity);
            // The clock was last read when the agent's contacts last changed.
            let since = self.state.agents[agent.index()].read;
            let key = (order(rank, load), since, agent);
            if first.is_none_or(|other| key < other) {
                first = Some(key);
            }
        }
        first.map(|(_, _, agent)| agent)
    }

    /// Whether an agent with so much in use may take a contact of a channel: agents kept
    /// for another channel are not used up.
    #[inline]
    fn keeps_reserve(&self, team: TeamId, used: u16, channel: ChannelId) -> bool {
        let facts = &self.scenario.teams[team.index()];
        let more = facts.channel_units[channel.index()];
        facts.reserves.iter().all(|reserve| {
            let units = facts.channel_units[reserve.channel.index()];
            let loses = used + units <= facts.capacity && used + more + units > facts.capacity;
            reserve.channel == channel
                || !loses
                || self.state.teams[team.index()].with_room(units) > reserve.agents
        })
    }

    fn has_room(&self, agent: AgentId, channel: ChannelId) -> bool {
        let a = &self.state.agents[agent.index()];
        let team = &self.scenario.teams[a.team.index()];
        let units = team.channel_units[channel.index()];
        a.presence == Presence::Open
            && units > 0
            && !a.paused
            && a.used + units <= team.capacity
            && self.keeps_reserve(a.team, a.used, channel)
    }

    /// The agent takes the waiting contact.
    pub(super) fn assign(&mut self, slot: SlotId, agent: AgentId) {
        let work_s = self.work_s(slot, agent);
        let concurrency = self.state.agents[agent.index()].tasks.len() as u16 + 1;
        let c = self.state.contacts.get(slot);
        let channel = &self.scenario.channels[c.channel.index()];
        // A live channel answers at once; an asynchronous one when the work is done.
        let answers_now =
            !channel.open_hours_clock && !c.gone && !self.is_triage(c.queue) && !c.wrong;
        self.emit(slot, Event::Assigned { agent, concurrency, work_s });
        if answers_now {
            self.emit(slot, Event::FirstHumanReply);
        }
        self.touch_agent(agent);
    }

    fn is_triage(&self, queue: QueueId) -> bool {
        self.scenario.routing.triage.as_ref().is_some_and(|t| t.queue == queue)
    }

    /// Work that the contact holds for this agent: what a shift end left over,
    /// the time to notice that nobody is there, to sort, to pass on, or to solve.
    fn work_s(&self, slot: SlotId, agent: AgentId) -> f64 {
        let c = self.state.contacts.get(slot);
        if c.gone {
            return self.scenario.channels[c.channel.index()].silent_hold.as_s();
        }
        let (draws, key) = (self.draws, c.key);
        let standard_s = if c.left_s > 0.0 {
            c.left_s
        } else if let Some(triage) =
            self.scenario.routing.triage.as_ref().filter(|t| t.queue == c.queue)
        {
            triage.work.sample_s(&mut draws.sub(Purpose::TriageWork, key, c.joins))
        } else if c.wrong {
            let work = &self.scenario.routing.misroute_work;
            work.sample_s(&mut draws.sub(Purpose::TriageWork, key, c.joins))
        } else if let Some(work_s) = self.recorded(c).and_then(|r| r.work_s) {
            work_s
        } else {
            let work = &self.scenario.intents[c.intent.index()].work;
            let factor = self.scenario.tiers[c.tier.index()].work_factor;
            work.sample_s(&mut draws.of(Purpose::HumanWork, key)) * factor
        };
        (standard_s / self.agent_speed(agent, c.queue)).max(1e-6)
    }

    /// What is recorded of a contact: of the first of its issue, where anything is.
    pub(super) fn recorded(&self, c: &Contact) -> Option<&RecordedContact> {
        let source = &self.scenario.sources[c.origin.source.index()];
        source.recorded(c.origin.index).filter(|_| c.attempt == 0)
    }

    pub(super) fn agent_speed(&self, agent: AgentId, queue: QueueId) -> f64 {
        let team = &self.scenario.teams[self.state.agents[agent.index()].team.index()];
        let served = team.serves.iter().find(|s| s.queue == queue);
        served.map_or(1.0, |s| s.speed) * self.own_speed[agent.index()]
    }

    /// The agent ends a task or a break.
    pub(super) fn agent_due(&mut self, agent: AgentId) {
        self.touch_agent(agent);
        let state = &self.state.agents[agent.index()];
        self.cause = Some(state.last_seq);
        let speed = &self.scenario.teams[state.team.index()].speed;
        let Some((_, place)) = state.first_task(speed) else {
            self.end_break(agent);
            return;
        };
        let goes_on = self.end_task(agent, place);
        // The agent is free for the next before this one comes to its new queue.
        self.room_made(agent);
        if let Some(slot) = goes_on {
            self.pass_on(slot);
        }
    }

    /// The agent ends a piece of work. Returns the contact if it is to be passed on.
    #[must_use]
    pub(super) fn end_task(&mut self, agent: AgentId, place: usize) -> Option<SlotId> {
        let slot = self.state.agents[agent.index()].tasks[place].slot;
        if slot == SlotId::NONE {
            self.emit_agent(agent, Event::WrapUpEnded { agent, place: place as u16 });
        } else {
            self.cause = Some(self.state.contacts.get(slot).last_seq);
            return self.end_handling(slot, agent);
        }
        None
    }

    fn end_handling(&mut self, slot: SlotId, agent: AgentId) -> Option<SlotId> {
        let c = self.state.contacts.get(slot);
        let (key, queue, gone, wrong) = (c.key, c.queue, c.gone, c.wrong);
        let asynchronous = self.scenario.channels[c.channel.index()].open_hours_clock;
        if gone || wrong || self.is_triage(queue) {
            let ended = Event::HandlingEnded { agent, wrap_up_s: 0.0, left_s: 0.0 };
            self.emit(slot, ended);
            if gone {
                let outcome = Outcome::AbandonedSilently;
                self.emit(slot, Event::ContactEnded { outcome });
                return None;
            }
            return Some(slot);
        }
        if asynchronous {
            self.emit(slot, Event::FirstHumanReply);
        }
        let intent = &self.scenario.intents[self.state.contacts.get(slot).intent.index()];
        let wrap_up = intent.wrap_up.as_ref();
        let recorded = self.recorded(self.state.contacts.get(slot)).and_then(|r| r.wrap_up_s);
        let wrap_up_s = recorded.unwrap_or_else(|| {
            wrap_up.map_or(0.0, |w| w.sample_s(&mut self.draws.of(Purpose::WrapUp, key)))
        });
        let truly = self.draws.happens(Purpose::HumanSolves, key, intent.human_solves);
        self.emit(slot, Event::HandlingEnded { agent, wrap_up_s, left_s: 0.0 });
        self.close_contact(slot, Party::Human, truly);
        None
    }

    /// Triage or a wrong agent sends the contact on.
    pub(super) fn pass_on(&mut self, slot: SlotId) {
        let c = self.state.contacts.get(slot);
        self.cause = Some(c.last_seq);
        let (from, key, wrong) = (c.queue, c.key, c.wrong);
        let right = self.right_queue(slot);
        let sorted_right = self.scenario.routing.triage.as_ref().is_none_or(|triage| {
            triage.queue != from || self.draws.happens(Purpose::RouteRight, key, triage.right)
        });
        let to = if sorted_right { right } else { self.wrong_queue(slot, right) };
        let reason = if wrong { TransferReason::Misrouted } else { TransferReason::Triaged };
        self.emit(slot, Event::Transferred { from, to, reason });
        self.enter_queue(slot, to, !sorted_right);
    }

    /// The agent has room again: takes waiting contacts, or leaves if that was to come.
    pub(super) fn room_made(&mut self, agent: AgentId) {
        if self.leave_when_free(agent) {
            return;
        }
        self.take_waiting(agent);
    }

    /// The agent takes what waits while there is room.
    pub(super) fn take_waiting(&mut self, agent: AgentId) {
        while let Some(slot) = self.next_waiting(agent) {
            self.assign(slot, agent);
        }
    }

    /// The waiting contact that the agent takes next: the first of the order for which
    /// there is room.
    pub(super) fn next_waiting(&self, agent: AgentId) -> Option<SlotId> {
        match self.state.agents[agent.index()].presence {
            Presence::Open => self.first_waiting(agent, |_| true),
            Presence::Closing(Closing::ClearLine) => {
                self.first_waiting(agent, |slot| self.is_to_be_cleared(slot))
            }
            _ => None,
        }
    }

    /// Whether somebody still waits whom this agent is to serve after closing.
    pub(super) fn has_line_to_clear(&self, agent: AgentId) -> bool {
        let team = &self.scenario.teams[self.state.agents[agent.index()].team.index()];
        let mut lines = team.serves.iter().map(|s| &self.state.queues[s.queue.index()]);
        lines.any(|line| {
            let mut heads = line.heads(|channel| team.channel_units[channel.index()] > 0);
            heads.any(|slot| self.is_to_be_cleared(slot))
        })
    }

    /// Whether a contact waits since opening hours that are over, and is to be served.
    pub(super) fn is_to_be_cleared(&self, slot: SlotId) -> bool {
        let c = self.state.contacts.get(slot);
        let channel = &self.scenario.channels[c.channel.index()];
        channel.at_closing == AtClosing::Serve
            && channel.open.contains(c.since)
            && !channel.open.contains(self.now)
    }

    fn first_waiting(&self, agent: AgentId, takes: impl Fn(SlotId) -> bool) -> Option<SlotId> {
        let a = &self.state.agents[agent.index()];
        let team = &self.scenario.teams[a.team.index()];
        let fits = |channel: ChannelId| {
            let units = team.channel_units[channel.index()];
            units > 0
                && !a.paused
                && (a.used + units <= team.capacity || team.pauses[channel.index()])
                && self.keeps_reserve(a.team, a.used, channel)
        };
        let lines = team.serves.iter().map(|s| &self.state.queues[s.queue.index()]);
        let heads = lines.flat_map(|line| line.heads(fits));
        let heads = heads.filter(|slot| takes(*slot));
        heads.min_by_key(|slot| self.place_in_line(*slot))
    }

    /// Where a waiting contact stands: whom a shift end took from an agent, then by
    /// priority level, then by the time of joining, then by number. With ageing, waiting
    /// time counts for levels.
    fn place_in_line(&self, slot: SlotId) -> (bool, u8, SimTime, SimTime, ConversationId) {
        let c = self.state.contacts.get(slot);
        let below = 7 - c.level;
        let (level, aged) = match self.scenario.routing.ageing {
            None => (below, c.since),
            Some(worth) => {
                // Shifted by the largest bonus, so that it stays above zero.
                let handicap_us = worth.0.saturating_mul(u64::from(below));
                (0, SimTime(c.since.0.saturating_add(handicap_us)))
            }
        };
        (!c.handed_back, level, aged, c.since, c.id)
    }
}

/// Who takes a contact: of the agents with room the one with the least key, and of equal
/// ones the one longest in that state. `rank` is the place of the agent's team among those
/// of the queue, `load` the share of the agent's attention in use. A contact that pauses
/// other work pauses as little of it as can be.
#[inline]
fn order(choice: AgentChoice, pausing: bool, rank: usize, load: f64) -> (usize, f64) {
    match choice {
        AgentChoice::MostLoaded if !pausing => (0, -load),
        AgentChoice::LongestIdle | AgentChoice::LeastLoaded | AgentChoice::MostLoaded => (0, load),
        AgentChoice::SkillRank => (rank, load),
    }
}
