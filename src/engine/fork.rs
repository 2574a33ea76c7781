//! A fork: the same past, another scenario or another future from a moment on.
//!
//! The fork is a second beginning. The event [`Event::Forked`] marks it, and where a
//! log says `Forked` the state passes from one scenario to the next here: lists get
//! the sizes of the new scenario, and in another future what is hidden and not over is
//! drawn anew. On either side of it `State::apply` is the only mutation, so that a
//! fork can be folded and forked like any run.

use super::people::{self, TeamState};
use super::{
    Agenda, AgentState, ArrivalFlows, Desk, Engine, RosterItem, RosterKind, Seen, State, roster,
    staffing,
};
use crate::event::{Envelope, Event};
use crate::id::{AgentId, ChannelId, FaultId, SlotId, TeamId};
use crate::scenario::{Scenario, Team};
use crate::time::SimTime;

/// What a fork changes at once in the plan of a line of the roster.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// The agent of the line comes to this duty.
    Comes(AgentId, u16),
    /// The duty is over.
    Goes(AgentId),
    /// The duty ends at another time.
    EndsAt(AgentId, SimTime),
}

impl<'s> Engine<'s> {
    /// Passes to a changed scenario at a moment, and into another future where
    /// `future` is not 0. `past` holds all events until then. The agents of the scenario
    /// begin with those of the one before, in their order.
    ///
    /// [`Engine::catch_up`] follows, unless the events of the fork are there already.
    #[must_use]
    pub fn fork<'t>(
        mut self,
        scenario: &'t Scenario,
        future: u32,
        past: &[Envelope],
        at: SimTime,
    ) -> Engine<'t> {
        let before = self.desk.scenario;
        let planned = on_duty(before, &self.roster, at);
        let mut seen = self.arrivals.seen().cloned();
        let mut desk = self.desk;
        let seq = desk.state.next_seq;
        (desk.cause, desk.now) = (None, at);
        desk.emit_run(Event::Forked { future });
        if future > 0 {
            self.eras.turn(at, future);
            desk.draws = self.eras.latest();
            self.redrawn = Some((seq, at));
            desk.redraw(past, at);
            seen = Some(Seen::new(before, past, at));
        }
        desk.state.adopt(before, scenario, at);
        let mut items = roster(scenario, &self.eras);
        let turns = turns(&planned, &on_duty(scenario, &items, at), before, scenario);
        let away = staffing::kept_away(scenario, &self.eras, &items);
        let own_speed = staffing::own_speeds(scenario, self.seed);
        items.retain(|item| item.at > at);
        let mut engine = Engine {
            agenda: Agenda::new(scenario.agents.len() + desk.state.contacts.places() + 64),
            arrivals: ArrivalFlows::new(scenario, desk.draws, seen),
            roster: items,
            roster_next: 0,
            replies: Vec::new(),
            turns,
            desk: Desk { scenario, away, own_speed, cause: None, touched: Vec::new(), ..desk },
            ..self
        };
        while engine.arrivals.next_due() <= at {
            engine.arrivals.pop(scenario);
        }
        engine.ask_again(past);
        engine.desk.touch_all();
        engine.flush();
        engine
    }

    /// Does what the changed scenario says of this moment: faults begin and end,
    /// agents come and go, and whoever has room now takes what waits.
    pub fn catch_up(&mut self) {
        self.desk.catch_up(&std::mem::take(&mut self.turns));
        self.flush();
    }
}

impl Desk<'_> {
    fn catch_up(&mut self, turns: &[Turn]) {
        let scenario = self.scenario;
        for fault in &scenario.faults {
            let acts = fault.span.contains(self.now);
            if acts != self.state.faults[fault.id.index()] {
                self.cause = None;
                self.turn_fault(fault.id, acts);
            }
        }
        for turn in turns {
            self.cause = None;
            self.turn_duty(*turn);
        }
        for number in 0..self.state.agents.len() {
            self.cause = None;
            self.take_waiting(AgentId(number as u32));
        }
        self.cause = None;
        self.fill_sessions();
    }

    fn turn_fault(&mut self, fault: FaultId, acts: bool) {
        if acts {
            self.start_fault(fault);
        } else {
            self.end_fault(fault);
        }
    }

    fn turn_duty(&mut self, turn: Turn) {
        let now = self.now;
        match turn {
            Turn::Comes(line, duty) => {
                let span = self.scenario.agents[line.index()].duties[duty as usize].span;
                let paid = span.end.min(self.scenario.horizon).since(now);
                let agent = self.state.lines[line.index()];
                self.start_shift(agent, duty, paid);
            }
            Turn::Goes(line) => {
                let paid = now.since(now);
                self.emit_agent(line, Event::DutyChanged { agent: line, paid });
                let back = self.end_shift(self.state.lines[line.index()]);
                self.take_back(back);
            }
            Turn::EndsAt(line, end) => {
                let paid = end.min(self.scenario.horizon).since(now);
                self.emit_agent(line, Event::DutyChanged { agent: line, paid });
            }
        }
    }

    /// More sessions than before: those who wait for one get it.
    fn fill_sessions(&mut self) {
        let Some(bot) = &self.scenario.bot else {
            return;
        };
        while bot.sessions.is_none_or(|most| self.state.bot.sessions < most)
            && self.state.bot.waiting.head != SlotId::NONE
        {
            self.engage_bot(self.state.bot.waiting.head);
        }
    }
}

/// Each line's duty at a moment by the plan: lateness and absence counted in.
fn on_duty(scenario: &Scenario, items: &[RosterItem], at: SimTime) -> Vec<Option<u16>> {
    let mut now = vec![None; scenario.agents.len()];
    for item in items.iter().filter(|i| i.at <= at) {
        let line = item.line.index();
        match item.kind {
            RosterKind::Start(duty) | RosterKind::GoesOn(duty) => now[line] = Some(duty),
            RosterKind::End => {
                // The next duty may begin where this one ends.
                let ends =
                    |duty: &u16| scenario.agents[line].duties[*duty as usize].span.end <= item.at;
                now[line] = now[line].filter(|duty| !ends(duty));
            }
            _ => {}
        }
    }
    now
}

fn turns(
    planned: &[Option<u16>],
    changed: &[Option<u16>],
    before: &Scenario,
    after: &Scenario,
) -> Vec<Turn> {
    let end = |s: &Scenario, line: usize, duty: u16| s.agents[line].duties[duty as usize].span.end;
    let mut turns = Vec::new();
    for (number, duty) in changed.iter().enumerate() {
        let line = AgentId(number as u32);
        match (planned.get(number).copied().flatten(), *duty) {
            (None, Some(duty)) => turns.push(Turn::Comes(line, duty)),
            (Some(_), None) => turns.push(Turn::Goes(line)),
            (Some(old), Some(new)) => {
                let ends = end(after, number, new);
                if end(before, number, old) != ends {
                    turns.push(Turn::EndsAt(line, ends));
                }
            }
            (None, None) => {}
        }
    }
    // Who comes is there before somebody leaves.
    turns.sort_by_key(|turn| matches!(turn, Turn::Goes(_)));
    turns
}

impl State {
    /// Gives the lists the sizes of another scenario. What agents and contacts have
    /// stays theirs: an agent with more than the new scenario allows takes no more
    /// until there is room.
    fn adopt(&mut self, before: &Scenario, after: &Scenario, at: SimTime) {
        self.faults.resize(after.faults.len(), false);
        for (number, agent) in after.agents.iter().enumerate().skip(self.agents.len()) {
            let id = AgentId(number as u32);
            self.agents.push(AgentState::new(id, agent.team));
            self.lines.push(id);
        }
        for (number, (old, new)) in before.teams.iter().zip(&after.teams).enumerate() {
            let team = TeamId(number as u8);
            if old.speed != new.speed {
                // The clock reads what was done at the old speed.
                let busy = |a: &&mut AgentState| a.team == team && !a.tasks.is_empty();
                for agent in self.agents.iter_mut().filter(busy) {
                    agent.advance(at, &old.speed);
                }
            }
            if old.capacity != new.capacity || old.channel_units != new.channel_units {
                self.rescale(team, old, new);
            }
        }
    }

    /// Counts attention in the units of another scenario.
    fn rescale(&mut self, team: TeamId, old: &Team, new: &Team) {
        let listed = people::listed(&self.agents, &self.teams[team.index()]);
        for agent in &listed {
            people::unlist(&mut self.agents, &mut self.teams, *agent);
        }
        for agent in self.agents.iter_mut().filter(|a| a.team == team) {
            for task in &mut agent.tasks {
                let channel = match task.slot {
                    // The channel of a wrap-up is one that takes as much.
                    SlotId::NONE => old.channel_units.iter().position(|u| *u == task.units),
                    slot => Some(self.contacts.get(slot).channel.index()),
                };
                let units = channel.map_or(task.units, |c| units_of(old, new, ChannelId(c as u8)));
                task.units = units;
            }
            agent.used = agent.tasks.iter().map(|t| t.units).sum();
        }
        let fresh = TeamState::new(new.capacity);
        let owed = std::mem::replace(&mut self.teams[team.index()], fresh).owed;
        self.teams[team.index()].owed = owed;
        for agent in listed {
            people::list(&mut self.agents, &mut self.teams, agent);
        }
    }
}

/// Units of a contact of a channel; of one that the team serves no longer as much
/// of its attention as before.
fn units_of(old: &Team, new: &Team, channel: ChannelId) -> u16 {
    match new.channel_units[channel.index()] {
        0 => {
            let was = u32::from(old.channel_units[channel.index()]);
            let scaled = was * u32::from(new.capacity) / u32::from(old.capacity.max(1));
            scaled.max(1) as u16
        }
        units => units,
    }
}
