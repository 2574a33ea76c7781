//! Staff: shifts, breaks and absence, as the roster says.

use super::model::{Contact, Desk, Presence, Stage, Task};
use convoq::engine::{RosterItem, RosterKind};
use convoq::id::FaultId;
use convoq::random::{Purpose, Streams, combine};
use convoq::scenario::{Fault, FaultKind, Scenario, ShiftEnd};
use convoq::time::{SimDuration, SimTime};

impl Desk<'_> {
    /// Who follows a line of the roster: its own agent, unless duties were swapped.
    fn agent_of(&self, line: usize) -> Option<usize> {
        self.agents.iter().position(|a| a.line == line)
    }

    fn set_presence(&mut self, agent: usize, presence: Presence) {
        let a = &mut self.agents[agent];
        a.presence = presence;
        if a.tasks.is_empty() {
            (a.read, a.so_since) = (self.now, self.now);
        }
    }

    /// The agent comes to work, or goes straight on who still finishes the shift before.
    pub fn start_shift(&mut self, line: usize) {
        let Some(agent) = self.agent_of(line) else {
            return;
        };
        let still_there = self.owed.contains(&line);
        self.owed.retain(|owed| *owed != line);
        if still_there
            || matches!(
                self.agents[agent].presence,
                Presence::Off | Presence::Leaving | Presence::Clearing
            )
        {
            self.be_there(agent);
        }
    }

    /// The agent goes straight on from one duty to the next.
    pub fn go_on(&mut self, line: usize) {
        if let Some(agent) = self.agent_of(line) {
            self.be_there(agent);
        }
    }

    /// A duty begins. What is left of a break of the duty before is taken, and a fault
    /// keeps whom it keeps.
    fn be_there(&mut self, agent: usize) {
        let owed = match self.agents[agent].presence {
            Presence::Break(until) => until.since(self.now),
            Presence::BreakDue(length) => length,
            _ => SimDuration::ZERO,
        };
        self.set_presence(agent, Presence::Open);
        self.go_off(agent, owed);
        if let Some(until) = self.absent_until(agent) {
            self.go_away(agent, until);
        }
        if self.agents[agent].presence == Presence::Open {
            self.room_made(agent);
        }
    }

    /// A break or a block of shrinkage is due.
    pub fn off_due(&mut self, line: usize, length: SimDuration) {
        if let Some(agent) = self.agent_of(line) {
            self.go_off(agent, length);
        }
    }

    /// Off the queue now, or when the running contacts are done. Whoever is off or about
    /// to be is off so much longer.
    fn go_off(&mut self, agent: usize, length: SimDuration) {
        let a = &self.agents[agent];
        let presence = match a.presence {
            _ if length == SimDuration::ZERO => return,
            Presence::Open if a.tasks.is_empty() => Presence::Break(self.now + length),
            Presence::Open => Presence::BreakDue(length),
            Presence::Break(until) => Presence::Break(until + length),
            Presence::BreakDue(before) => Presence::BreakDue(before + length),
            Presence::Off | Presence::Leaving | Presence::Clearing => return,
        };
        self.set_presence(agent, presence);
    }

    /// A fault keeps the agent away until it ends. Whoever is busy takes no more,
    /// finishes, and is away for what is left of it.
    fn go_away(&mut self, agent: usize, until: SimTime) {
        let a = &self.agents[agent];
        let presence = match a.presence {
            Presence::Open if a.tasks.is_empty() => Presence::Break(until),
            Presence::Open => Presence::BreakDue(SimDuration::ZERO),
            Presence::Break(back) => Presence::Break(back.max(until)),
            _ => return,
        };
        self.set_presence(agent, presence);
    }

    pub fn end_break(&mut self, agent: usize) {
        self.set_presence(agent, Presence::Open);
        self.room_made(agent);
    }

    /// The agent has room again: leaves if that was to come, or takes waiting contacts.
    pub fn room_made(&mut self, agent: usize) {
        if self.agents[agent].tasks.is_empty() && self.leaves(agent) {
            return;
        }
        self.take_waiting(agent);
    }

    /// What an agent does who has nothing open any more: whoever of a team is free
    /// first leaves for a shift that has ended (headcount rule).
    fn leaves(&mut self, agent: usize) -> bool {
        match self.agents[agent].presence {
            Presence::Leaving => self.leave(agent),
            Presence::Clearing if self.next_waiting(agent).is_some() => return false,
            Presence::Clearing => self.leave(agent),
            Presence::BreakDue(length) => {
                let fault = self.absent_until(agent).unwrap_or(self.now);
                let until = fault.max(self.now + length);
                if until == self.now {
                    self.set_presence(agent, Presence::Open);
                    return false;
                }
                self.set_presence(agent, Presence::Break(until));
            }
            Presence::Open => {
                let team = self.agents[agent].team;
                let of_team = |line: &&usize| self.scenario.agents[**line].team == team;
                let Some(&line) = self.owed.iter().find(of_team) else {
                    return false;
                };
                if let Some(stays) = self.agent_of(line) {
                    self.swap(stays, agent);
                }
                self.leave(agent);
            }
            Presence::Off | Presence::Break(_) => return false,
        }
        true
    }

    fn leave(&mut self, agent: usize) {
        let line = self.agents[agent].line;
        self.owed.retain(|owed| *owed != line);
        self.set_presence(agent, Presence::Off);
    }

    /// Two agents exchange the rest of their duties.
    fn swap(&mut self, a: usize, b: usize) {
        let (of_a, of_b) = (self.agents[a].line, self.agents[b].line);
        (self.agents[a].line, self.agents[b].line) = (of_b, of_a);
    }

    /// Duties end. All who leave at one moment leave before anybody is offered what
    /// they hand back, in the order of a line; then come those who are passed on.
    pub fn end_shifts(&mut self, lines: &[usize]) {
        let mut back = Vec::new();
        for line in lines {
            if let Some(agent) = self.agent_of(*line) {
                back.extend(self.end_shift(agent, *line));
            }
        }
        let goes_back = |c: &Contact| c.left_s > 0.0;
        back.sort_by_key(|contact| (7 - self.contacts[*contact].level, *contact));
        let (back, passed_on): (Vec<usize>, Vec<usize>) =
            back.into_iter().partition(|contact| goes_back(&self.contacts[*contact]));
        for contact in back {
            self.wait_again(contact);
        }
        for contact in passed_on {
            self.pass_on(contact);
        }
    }

    /// The duty is over: the agent leaves by the team's rule.
    fn end_shift(&mut self, agent: usize, line: usize) -> Vec<usize> {
        let a = &self.agents[agent];
        if a.presence != Presence::Off && a.tasks.is_empty() {
            self.leave(agent);
        } else if a.presence != Presence::Off {
            match self.scenario.teams[a.team.index()].shift_end {
                _ if self.has_line_to_clear(agent) => {
                    self.set_presence(agent, Presence::Clearing);
                }
                ShiftEnd::Finish => self.set_presence(agent, Presence::Leaving),
                ShiftEnd::HandBack => return self.hand_back(agent),
                ShiftEnd::FirstFree => self.leave_by_headcount(agent, line),
            }
        }
        Vec::new()
    }

    /// As many agents leave as shifts end: an idle one now, or whoever is free first.
    fn leave_by_headcount(&mut self, agent: usize, line: usize) {
        let (team, agents) = (self.agents[agent].team, 0..self.agents.len());
        let idle = agents.filter(|i| {
            let a = &self.agents[*i];
            a.team == team && a.presence == Presence::Open && a.tasks.is_empty()
        });
        match idle.min_by_key(|i| (self.agents[*i].so_since, *i)) {
            Some(leaves) => {
                self.swap(agent, leaves);
                self.leave(leaves);
            }
            None => self.owed.push(line),
        }
    }

    /// What is done by now is done, and empty chats end; other contacts are taken from
    /// the agent, who leaves at once or when the own wrap-ups are done. Those who came in
    /// opening hours that are over are not taken where such are served.
    fn hand_back(&mut self, agent: usize) -> Vec<usize> {
        let now = self.now;
        let mut back = Vec::new();
        let left_s = |desk: &Self, task: &Task| match task.held_until {
            _ if desk.contacts[task.contact].gone => 0.0,
            Some(until) => until.since(now).as_s(),
            None => task.done_s - desk.clock_s(agent),
        };
        let goes = |desk: &Self, t: &Task| {
            !t.wraps_up
                && (left_s(desk, t) <= 0.0 || !desk.is_to_be_served_after_closing(t.contact))
        };
        while let Some(place) = self.agents[agent].tasks.iter().position(|t| goes(self, t)) {
            let task = self.agents[agent].tasks[place];
            let contact = task.contact;
            let left_s = left_s(self, &task);
            self.read_clock(agent);
            let a = &mut self.agents[agent];
            if left_s <= 0.0 {
                if self.end_handling(contact, agent, place) {
                    back.push(contact);
                }
                continue;
            }
            a.tasks.remove(place);
            let speed = self.speed(agent, self.contacts[contact].queue);
            let c = &mut self.contacts[contact];
            c.stage = Stage::Moving;
            c.left_s = (left_s * speed).max(1e-6);
            if let Some(visit) = c.story.visits.last_mut() {
                (visit.handled, visit.done) = (Some(now), Some(now));
                visit.handed_back = true;
            }
            back.push(contact);
        }
        if self.agents[agent].tasks.is_empty() {
            self.leave(agent);
        } else {
            self.set_presence(agent, Presence::Leaving);
        }
        back
    }

    /// A fault begins: a share of a team is away.
    pub fn start_fault(&mut self, fault: FaultId) {
        for agent in self.away[fault.index()].clone() {
            if let Some(until) = self.absent_until(agent) {
                self.go_away(agent, until);
            }
        }
    }

    /// A fault ends: whoever was to go for it, and for nothing else, stays.
    pub fn end_fault(&mut self, fault: FaultId) {
        for agent in self.away[fault.index()].clone() {
            if self.agents[agent].presence == Presence::BreakDue(SimDuration::ZERO)
                && self.absent_until(agent).is_none()
            {
                self.end_break(agent);
            }
        }
    }

    /// Until when faults keep this agent away.
    fn absent_until(&self, agent: usize) -> Option<SimTime> {
        let faults = self.scenario.faults.iter().zip(&self.away);
        let acts = faults.filter(|(f, away)| f.span.contains(self.now) && away.contains(&agent));
        acts.map(|(fault, _)| fault.span.end).max()
    }
}

/// Whom each fault keeps away: its share of those of the team who come to a shift in its
/// span, rounded to the nearest (half up): those with the smallest draws.
pub fn kept_away(scenario: &Scenario, draws: Streams, roster: &[RosterItem]) -> Vec<Vec<usize>> {
    let away = |fault: &Fault| {
        let FaultKind::AgentsAbsent { team, share } = fault.kind else {
            return Vec::new();
        };
        let comes = |line: &usize| {
            let agent = &scenario.agents[*line];
            let here = |item: &RosterItem| match item.kind {
                RosterKind::Start(duty) | RosterKind::GoesOn(duty) => {
                    let span = agent.duties[duty as usize].span;
                    span.start < fault.span.end && fault.span.start < span.end
                }
                _ => false,
            };
            let mut own = roster.iter().filter(|item| item.line.index() == *line);
            agent.team == team && own.any(here)
        };
        let mut there: Vec<usize> = (0..scenario.agents.len()).filter(comes).collect();
        let number = (share * there.len() as f64 + 0.5).floor() as usize;
        let draw = |agent: &usize| {
            let entity = combine(scenario.agents[*agent].key, u64::from(fault.id.0));
            draws.unit(Purpose::Fault, entity)
        };
        there.sort_by(|a, b| draw(a).total_cmp(&draw(b)));
        there.truncate(number);
        there
    };
    scenario.faults.iter().map(away).collect()
}
