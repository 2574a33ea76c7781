//! Shifts, breaks, absence and faults: who is there to take contacts.

use super::{Desk, Eras, Presence, RosterItem, RosterKind, Task};
use crate::distribution::Distribution;
use crate::domain::TransferReason;
use crate::event::{Closing, Event};
use crate::id::{AgentId, FaultId, SlotId};
use crate::random::{Purpose, Streams, combine};
use crate::scenario::{Agent, Fault, FaultKind, Scenario, ShiftEnd};
use crate::time::{SimDuration, SimTime};

/// Speed of each agent against the team's: lognormal with mean 1, the same in
/// every replication, because agents are the same people every day.
pub(super) fn own_speeds(scenario: &Scenario, seed: u64) -> Vec<f64> {
    let streams = Streams::new(seed, 0);
    let speed = |agent: &Agent| {
        let cv = scenario.teams[agent.team.index()].speed_cv;
        if cv <= 0.0 {
            return 1.0;
        }
        let law = Distribution::lognormal_mean_cv(1.0, cv);
        law.sample_s(&mut streams.of(Purpose::AgentSpeed, agent.key))
    };
    scenario.agents.iter().map(speed).collect()
}

impl Desk<'_> {
    /// Does what the roster says: one thing, or the end of the shifts that end at a moment.
    pub(super) fn follow_roster(&mut self, items: &[RosterItem]) {
        match items {
            [RosterItem { kind: RosterKind::FaultStarts(fault), .. }] => self.start_fault(*fault),
            [RosterItem { kind: RosterKind::FaultEnds(fault), .. }] => self.end_fault(*fault),
            [item] if item.kind != RosterKind::End => self.follow_line(*item),
            ends => self.end_shifts(ends),
        }
    }

    /// All who leave at this moment leave before anybody is offered what they hand back.
    fn end_shifts(&mut self, ends: &[RosterItem]) {
        let mut back = Vec::new();
        for item in ends {
            let agent = self.state.lines[item.line.index()];
            self.cause = Some(self.state.agents[agent.index()].last_seq);
            back.extend(self.end_shift(agent));
        }
        self.take_back(back);
    }

    /// Contacts that shift ends took from their agents wait again, in the order of lines;
    /// then those come that were to be passed on.
    pub(super) fn take_back(&mut self, mut back: Vec<SlotId>) {
        let order = |slot: &SlotId| {
            let c = self.state.contacts.get(*slot);
            (c.left_s <= 0.0, 7 - c.level, c.id)
        };
        back.sort_by_key(order);
        for slot in back {
            let c = self.state.contacts.get(slot);
            if c.left_s > 0.0 {
                let queue = c.queue;
                self.cause = Some(c.last_seq);
                self.wait_again(slot, queue);
            } else {
                self.pass_on(slot);
            }
        }
    }

    fn follow_line(&mut self, item: RosterItem) {
        let agent = self.state.lines[item.line.index()];
        self.cause = Some(self.state.agents[agent.index()].last_seq);
        match item.kind {
            RosterKind::Start(duty) => {
                let paid = self.paid(item.line, duty);
                self.start_shift(agent, duty, paid);
            }
            RosterKind::GoesOn(duty) => {
                let paid = self.paid(item.line, duty);
                self.begin_duty(agent, duty, paid);
            }
            RosterKind::Absent(duty) => {
                let paid = self.paid(item.line, duty);
                self.emit_agent(agent, Event::AgentAbsent { agent, paid });
            }
            RosterKind::Off(length) => self.go_off(agent, length),
            RosterKind::End | RosterKind::FaultStarts(_) | RosterKind::FaultEnds(_) => {}
        }
    }

    fn paid(&self, line: AgentId, duty: u16) -> SimDuration {
        self.scenario.agents[line.index()].duties[duty as usize].paid(self.scenario.horizon)
    }

    /// The agent comes to work, unless still there.
    pub(super) fn start_shift(&mut self, agent: AgentId, duty: u16, paid: SimDuration) {
        let state = &self.state.agents[agent.index()];
        let owed = &self.state.teams[state.team.index()].owed;
        // Whoever still finishes the shift before goes straight on; others are there already.
        let comes = match state.presence {
            Presence::Off | Presence::Closing(Closing::Leave | Closing::ClearLine) => true,
            _ => owed.contains(&state.line),
        };
        if comes {
            self.begin_duty(agent, duty, paid);
        }
    }

    /// Begins a duty. Whoever goes straight on from another is owed what is left of
    /// its last break.
    fn begin_duty(&mut self, agent: AgentId, duty: u16, paid: SimDuration) {
        let owed = match self.state.agents[agent.index()].presence {
            Presence::Break(until) => until.since(self.now),
            Presence::Closing(Closing::Break(length)) => length,
            _ => SimDuration::ZERO,
        };
        self.emit_agent(agent, Event::ShiftStarted { agent, duty, paid });
        self.go_off(agent, owed);
        if let Some(until) = self.absent_until(agent) {
            self.go_away(agent, until);
        }
        if self.state.agents[agent.index()].presence == Presence::Open {
            self.room_made(agent);
        }
    }

    /// Goes off the queue now, or when the running contacts are done. Whoever is off
    /// or about to go stays off for so much longer: no break is lost.
    fn go_off(&mut self, agent: AgentId, length: SimDuration) {
        if length == SimDuration::ZERO {
            return;
        }
        let state = &self.state.agents[agent.index()];
        let free = state.tasks.is_empty();
        match state.presence {
            Presence::Open if free => self.start_break(agent, self.now + length),
            Presence::Open => self.close_for_break(agent, length),
            Presence::Break(until) => self.start_break(agent, until + length),
            Presence::Closing(Closing::Break(before)) => {
                self.close_for_break(agent, SimDuration(before.0 + length.0));
            }
            Presence::Off | Presence::Closing(_) => {}
        }
    }

    /// A fault keeps the agent off the queue until it ends. Whoever has contacts open
    /// takes no more, and goes for what is left of the fault when they are done.
    fn go_away(&mut self, agent: AgentId, until: SimTime) {
        let state = &self.state.agents[agent.index()];
        match state.presence {
            Presence::Open if state.tasks.is_empty() => self.start_break(agent, until),
            Presence::Open => self.close_for_break(agent, SimDuration::ZERO),
            Presence::Break(back) if back < until => self.start_break(agent, until),
            _ => {}
        }
    }

    fn start_break(&mut self, agent: AgentId, until: SimTime) {
        self.emit_agent(agent, Event::BreakStarted { agent, until });
    }

    fn close_for_break(&mut self, agent: AgentId, length: SimDuration) {
        let then = Closing::Break(length);
        self.emit_agent(agent, Event::AgentClosing { agent, then });
    }

    pub(super) fn end_break(&mut self, agent: AgentId) {
        self.emit_agent(agent, Event::BreakEnded { agent });
        self.room_made(agent);
    }

    /// The duty is over: the agent leaves by the team's rule. Returns the contacts that
    /// this takes from the agent.
    #[must_use]
    pub(super) fn end_shift(&mut self, agent: AgentId) -> Vec<SlotId> {
        let state = &self.state.agents[agent.index()];
        if state.presence == Presence::Off {
            return Vec::new();
        }
        if state.tasks.is_empty() {
            self.emit_agent(agent, Event::ShiftEnded { agent });
            return Vec::new();
        }
        match self.scenario.teams[state.team.index()].shift_end {
            _ if self.has_line_to_clear(agent) => {
                let then = Closing::ClearLine;
                self.emit_agent(agent, Event::AgentClosing { agent, then });
            }
            ShiftEnd::HandBack => return self.hand_back(agent),
            ShiftEnd::FirstFree if self.swap_with_idle(agent) => {}
            rule => {
                let headcount = rule == ShiftEnd::FirstFree;
                let then = if headcount { Closing::LeaveByHeadcount } else { Closing::Leave };
                self.emit_agent(agent, Event::AgentClosing { agent, then });
            }
        }
        Vec::new()
    }

    /// An idle colleague leaves instead, if there is one.
    fn swap_with_idle(&mut self, stays: AgentId) -> bool {
        let team = self.state.agents[stays.index()].team;
        let Some(leaves) = self.state.teams[team.index()].longest_at(0) else {
            return false;
        };
        self.emit_agent(stays, Event::DutySwapped { stays, leaves });
        self.emit_agent(leaves, Event::ShiftEnded { agent: leaves });
        true
    }

    /// Running contacts go back to the head of their queue. The agent leaves at once,
    /// or when the own wrap-ups are done: those cannot be handed on. What is done by now
    /// is done, and an empty chat ends with the shift. At closing agents keep those who are
    /// still to be served.
    fn hand_back(&mut self, agent: AgentId) -> Vec<SlotId> {
        let mut back = Vec::new();
        while let Some(place) = self.contact_to_hand_on(agent) {
            let state = &self.state.agents[agent.index()];
            let team = &self.scenario.teams[state.team.index()];
            let task = state.tasks[place];
            let left_s = state.left_s(&task, self.now, &team.speed);
            if left_s <= 0.0 || self.state.contacts.get(task.slot).gone {
                back.extend(self.end_task(agent, place));
            } else {
                self.hand_on(agent, task.slot, left_s);
                back.push(task.slot);
            }
        }
        let event = if self.state.agents[agent.index()].tasks.is_empty() {
            Event::ShiftEnded { agent }
        } else {
            Event::AgentClosing { agent, then: Closing::Leave }
        };
        self.emit_agent(agent, event);
        back
    }

    /// The first piece of the agent's work that does not stay with the agent.
    fn contact_to_hand_on(&self, agent: AgentId) -> Option<usize> {
        let state = &self.state.agents[agent.index()];
        let speed = &self.scenario.teams[state.team.index()].speed;
        let is_over = |task: &Task| {
            self.state.contacts.get(task.slot).gone || state.left_s(task, self.now, speed) <= 0.0
        };
        state.tasks.iter().position(|task| {
            task.slot != SlotId::NONE && (is_over(task) || !self.is_to_be_cleared(task.slot))
        })
    }

    /// A shift end takes a contact from its agent, with so much of the agent's work left.
    fn hand_on(&mut self, agent: AgentId, slot: SlotId, rest_s: f64) {
        let queue = self.state.contacts.get(slot).queue;
        let ended = Event::HandlingEnded {
            agent,
            wrap_up_s: 0.0,
            left_s: (rest_s * self.agent_speed(agent, queue)).max(1e-6),
        };
        self.emit(slot, ended);
        let moved = Event::Transferred { from: queue, to: queue, reason: TransferReason::ShiftEnd };
        self.emit(slot, moved);
    }

    /// Leaves, or goes on the break that was to come, if nothing is open any more.
    pub(super) fn leave_when_free(&mut self, agent: AgentId) -> bool {
        let state = &self.state.agents[agent.index()];
        if !state.tasks.is_empty() {
            return false;
        }
        match state.presence {
            Presence::Closing(Closing::ClearLine) if self.next_waiting(agent).is_some() => false,
            Presence::Closing(Closing::Leave | Closing::ClearLine) => {
                self.emit_agent(agent, Event::ShiftEnded { agent });
                true
            }
            Presence::Closing(Closing::Break(length)) => {
                let now = self.now;
                let until = self.absent_until(agent).unwrap_or(now).max(now + length);
                if until > now {
                    self.start_break(agent, until);
                    return true;
                }
                self.emit_agent(agent, Event::BreakEnded { agent });
                false
            }
            Presence::Open | Presence::Closing(Closing::LeaveByHeadcount) => {
                self.leave_for_owed(agent)
            }
            Presence::Off | Presence::Break(_) => false,
        }
    }

    /// Headcount rule: whoever of the team becomes free first leaves for the
    /// shift that has ended.
    fn leave_for_owed(&mut self, agent: AgentId) -> bool {
        let team = self.state.agents[agent.index()].team;
        let Some(&line) = self.state.teams[team.index()].owed.first() else {
            return false;
        };
        let stays = self.state.lines[line.index()];
        if stays != agent {
            self.emit_agent(stays, Event::DutySwapped { stays, leaves: agent });
        }
        self.emit_agent(agent, Event::ShiftEnded { agent });
        true
    }

    pub(super) fn start_fault(&mut self, fault: FaultId) {
        self.emit_run(Event::FaultStarted { fault });
        for place in 0..self.away[fault.index()].len() {
            let agent = self.away[fault.index()][place];
            if let Some(until) = self.absent_until(agent) {
                self.go_away(agent, until);
            }
        }
    }

    /// Nobody is away because of a fault that has ended: whoever was to go stays.
    pub(super) fn end_fault(&mut self, fault: FaultId) {
        self.emit_run(Event::FaultEnded { fault });
        for place in 0..self.away[fault.index()].len() {
            let agent = self.away[fault.index()][place];
            let closing = Presence::Closing(Closing::Break(SimDuration::ZERO));
            if self.state.agents[agent.index()].presence == closing
                && self.absent_until(agent).is_none()
            {
                self.end_break(agent);
            }
        }
    }

    /// Until when faults keep this agent away, if one does now.
    fn absent_until(&self, agent: AgentId) -> Option<SimTime> {
        let acts = self.scenario.faults.iter().zip(&self.away);
        acts.filter(|(f, away)| f.span.contains(self.now) && away.contains(&agent))
            .map(|(f, _)| f.span.end)
            .max()
    }
}

/// Whom each fault keeps away: of those of its team who come to a duty in its span
/// as many as its share says, rounded to the nearest.
pub(super) fn kept_away(
    scenario: &Scenario,
    eras: &Eras,
    roster: &[RosterItem],
) -> Vec<Vec<AgentId>> {
    let away = |fault: &Fault| {
        let FaultKind::AgentsAbsent { team, share } = fault.kind else {
            return Vec::new();
        };
        let mut there: Vec<AgentId> = Vec::new();
        for item in roster {
            let (RosterKind::Start(duty) | RosterKind::GoesOn(duty)) = item.kind else {
                continue;
            };
            let agent = &scenario.agents[item.line.index()];
            let span = agent.duties[duty as usize].span;
            let meets = span.start < fault.span.end && span.end > fault.span.start;
            if agent.team == team && meets {
                there.push(item.line);
            }
        }
        there.sort_unstable();
        there.dedup();
        let number = (share * there.len() as f64 + 0.5).floor() as usize;
        let streams = eras.of(fault.span.start);
        let draw = |agent: &AgentId| {
            let key = scenario.agents[agent.index()].key;
            streams.unit(Purpose::Fault, combine(key, u64::from(fault.id.0)))
        };
        there.sort_by(|a, b| draw(a).total_cmp(&draw(b)));
        there.truncate(number);
        there
    };
    scenario.faults.iter().map(away).collect()
}
