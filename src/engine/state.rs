//! The state of a run, and its only mutation: applying an event.
//!
//! The state holds nothing that the events do not say, so folding a prefix of a
//! log rebuilds it, floats included: the same operations happen in the same order.

use super::contact::{Contact, Contacts, Stage};
use super::people::{self, AgentState, Presence, Task, TeamState};
use super::waiting_line::{Line, Waiting};
use crate::event::{Closing, Envelope, Event};
use crate::id::{AgentId, QueueId, SlotId};
use crate::random;
use crate::scenario::{FaultKind, Scenario};
use crate::time::{SimDuration, SimTime};

/// The bot at a moment.
#[derive(Clone, Debug, Default)]
pub struct BotState {
    /// Conversations in a session.
    pub sessions: u32,
    /// Contacts that wait for a session.
    pub waiting: Line,
    /// When the bucket of the rate limit is full again, if nothing more is asked.
    pub bucket_full: SimTime,
}

/// The state of a run at a moment.
#[derive(Clone, Debug)]
pub struct State {
    /// Number of the next event.
    pub next_seq: u64,
    /// Number of the next contact.
    pub next_conversation: u32,
    /// Live contacts.
    pub contacts: Contacts,
    /// Silent leavers who will come again and whose empty chat is still there.
    pub ghosts: Vec<SlotId>,
    /// Queues.
    pub queues: Vec<Waiting>,
    /// Agents.
    pub agents: Vec<AgentState>,
    /// Teams.
    pub teams: Vec<TeamState>,
    /// The bot.
    pub bot: BotState,
    /// Which faults act.
    pub faults: Vec<bool>,
    /// The agent who follows each roster line.
    pub lines: Vec<AgentId>,
    /// Whether the run has ended.
    pub ended: bool,
}

/// Identity of the issue that a source brought.
#[must_use]
#[inline]
pub fn issue_key(source_key: u64, interval: u32, index: u32) -> u64 {
    random::combine(source_key, u64::from(interval) << 32 | u64::from(index))
}

impl State {
    /// The state before the first event.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let agent =
            |(i, a): (usize, &crate::scenario::Agent)| AgentState::new(AgentId(i as u32), a.team);
        Self {
            next_seq: 0,
            next_conversation: 0,
            contacts: Contacts::default(),
            ghosts: Vec::new(),
            queues: vec![Waiting::new(scenario.channels.len()); scenario.queues.len()],
            agents: scenario.agents.iter().enumerate().map(agent).collect(),
            teams: scenario.teams.iter().map(|t| TeamState::new(t.capacity)).collect(),
            bot: BotState::default(),
            faults: vec![false; scenario.faults.len()],
            lines: (0..scenario.agents.len()).map(|i| AgentId(i as u32)).collect(),
            ended: false,
        }
    }

    /// Whether a fault acts that the test accepts.
    #[must_use]
    pub fn fault(&self, scenario: &Scenario, test: impl Fn(FaultKind) -> bool) -> bool {
        scenario.faults.iter().any(|f| self.faults[f.id.index()] && test(f.kind))
    }

    /// Applies an event.
    #[inline(always)]
    pub fn apply(&mut self, scenario: &Scenario, env: &Envelope) {
        self.next_seq = env.seq + 1;
        let (at, slot) = (env.at, env.slot);
        match env.event {
            Event::ArticleViewed { origin, segment, channel, intent } => {
                self.open_place(scenario, env, origin, segment, channel, intent);
            }
            Event::ContactStarted { origin, segment, channel, intent, tier, language, attempt } => {
                self.open_place(scenario, env, origin, segment, channel, intent);
                let c = self.contacts.get_mut(slot);
                c.tier = tier;
                c.language = language;
                c.attempt = attempt;
                c.key = if attempt == 0 {
                    c.issue
                } else {
                    random::combine(c.issue, u64::from(attempt))
                };
            }
            Event::BotQueued
            | Event::BotEngaged
            | Event::BotAsked { .. }
            | Event::BotReplied { .. }
            | Event::BotFailed { .. }
            | Event::BotGivenUp { .. }
            | Event::CustomerThinking { .. }
            | Event::BotEscalated { .. }
            | Event::BotClosed { .. } => self.apply_bot(scenario, env),
            Event::Queued { queue, level, deadline, silent, wrong } => {
                let c = self.contacts.get_mut(slot);
                c.handed_back = c.left_s > 0.0;
                (c.since, c.first_queue) = (at, queue);
                c.silent = silent;
                c.wrong = wrong;
                c.deadline = deadline;
                self.join(scenario, env, queue, level);
            }
            Event::Balked { queue } | Event::Refused { queue } => {
                let c = self.contacts.get_mut(slot);
                match c.stage {
                    // Its overflow found no place: it waits on where it is.
                    Stage::Queued => c.due = c.deadline,
                    _ => c.queue = queue,
                }
            }
            Event::Abandoned { silent } => {
                let c = self.contacts.get_mut(slot);
                c.due = SimTime::NEVER;
                if silent {
                    c.stage = Stage::Ghost;
                    (c.gone, c.ended) = (true, at);
                } else {
                    self.leave_queue(slot, Stage::Moving);
                }
            }
            Event::Transferred { to, .. } => self.transfer(scenario, env, to),
            Event::Assigned { agent, work_s, .. } => self.assign(scenario, env, agent, work_s),
            Event::HandlingEnded { agent, wrap_up_s, left_s } => {
                self.end_handling(scenario, env, agent, wrap_up_s, left_s);
            }
            Event::ReturnPlanned { at: due, reason, channel } => {
                let c = self.contacts.get_mut(slot);
                c.planned = true;
                c.due = due;
                c.reason = reason;
                c.next_channel = channel;
                if c.gone {
                    self.ghosts.push(slot);
                }
            }
            Event::ContactReturned { of, chain, .. } => self.leave_ghost(slot, of, chain),
            Event::ContactEnded { .. } | Event::ArticleSolved => self.close_place(slot, at),
            Event::WrapUpEnded { agent, place } => {
                self.change_tasks(scenario, agent, at, |a| {
                    a.settle(place as usize);
                    a.finish(place as usize);
                });
            }
            Event::ShiftStarted { .. }
            | Event::ShiftEnded { .. }
            | Event::AgentClosing { .. }
            | Event::DutySwapped { .. }
            | Event::BreakStarted { .. }
            | Event::BreakEnded { .. } => self.apply_staffing(env),
            Event::FaultStarted { fault } => self.faults[fault.index()] = true,
            Event::FaultEnded { fault } => self.faults[fault.index()] = false,
            Event::RunEnded => self.ended = true,
            Event::RunStarted
            | Event::BotSkipped { .. }
            | Event::TurnMeasured { .. }
            | Event::WaitAnnounced { .. }
            | Event::FirstHumanReply
            | Event::Resolved { .. }
            | Event::SurveyAnswered { .. }
            | Event::AgentAbsent { .. }
            | Event::DutyChanged { .. }
            | Event::Forked { .. } => {}
        }
        if slot != SlotId::NONE {
            self.contacts.get_mut(slot).last_seq = env.seq;
        }
    }

    /// Number of the next contact.
    #[must_use]
    pub fn next_conversation(&self) -> u32 {
        self.next_conversation
    }

    #[inline(always)]
    fn apply_bot(&mut self, scenario: &Scenario, env: &Envelope) {
        let c = self.contacts.get_mut(env.slot);
        c.due = SimTime::NEVER;
        match env.event {
            Event::BotQueued => {
                c.stage = Stage::BotQueued;
                self.bot.waiting.push_back(&mut self.contacts, env.slot);
            }
            Event::BotEngaged => {
                let waited = c.stage == Stage::BotQueued;
                c.stage = Stage::Moving;
                self.bot.sessions += 1;
                if waited {
                    self.bot.waiting.remove(&mut self.contacts, env.slot);
                }
            }
            Event::BotAsked { turn, held, deadline } => {
                c.stage = Stage::BotAsked;
                c.turn = turn;
                c.due = deadline;
                if let Some(limit) = scenario.bot.as_ref().and_then(|b| b.rate) {
                    self.bot.bucket_full = limit.full_after(self.bot.bucket_full, env.at + held);
                }
            }
            Event::CustomerThinking { until } => {
                c.stage = Stage::Thinking;
                c.due = until;
            }
            Event::BotEscalated { .. } | Event::BotClosed { .. } | Event::BotGivenUp { .. } => {
                c.stage = Stage::Moving;
                c.failed |= !matches!(env.event, Event::BotClosed { confirmed: true });
                self.bot.sessions -= 1;
            }
            _ => c.stage = Stage::Moving,
        }
    }

    fn join(&mut self, scenario: &Scenario, env: &Envelope, queue: QueueId, level: u8) {
        let c = self.contacts.get_mut(env.slot);
        c.stage = Stage::Queued;
        c.queue = queue;
        c.level = level;
        c.entered = env.at;
        c.due = c.deadline.min(overflow_due(scenario, queue, env.at));
        c.joins += 1;
        self.queues[queue.index()].insert(&mut self.contacts, env.slot);
    }

    fn leave_queue(&mut self, slot: SlotId, stage: Stage) {
        let c = self.contacts.get_mut(slot);
        let queue = c.queue;
        c.stage = stage;
        if !c.gone {
            c.due = SimTime::NEVER; // a silent leaver may have planned to come again
        }
        self.queues[queue.index()].remove(&mut self.contacts, slot);
    }

    /// A waiting contact keeps its place in time, and takes the level of the line that it
    /// goes to; `Queued` follows for one that was handled.
    fn transfer(&mut self, scenario: &Scenario, env: &Envelope, to: QueueId) {
        if self.contacts.get(env.slot).stage != Stage::Queued {
            return;
        }
        self.leave_queue(env.slot, Stage::Moving);
        let level = level_in(scenario, self.contacts.get(env.slot), to);
        self.join(scenario, env, to, level);
    }

    fn assign(&mut self, scenario: &Scenario, env: &Envelope, agent: AgentId, work_s: f64) {
        self.leave_queue(env.slot, Stage::Serving);
        let c = self.contacts.get_mut(env.slot);
        let gone = c.gone;
        if !gone {
            c.agent = agent;
            c.waited_us += env.at.since(c.since).0;
        }
        c.left_s = 0.0;
        c.handed_back = false;
        let channel = c.channel;
        let team = &scenario.teams[self.agents[agent.index()].team.index()];
        let units = team.channel_units[channel.index()];
        let pauses = team.pauses[channel.index()];
        let held_until = match (gone, pauses) {
            (true, _) => Some(env.at + SimDuration::from_s(work_s)),
            (false, true) => Some(people::after_s(env.at, work_s)),
            (false, false) => None,
        };
        self.change_tasks(scenario, agent, env.at, |a| {
            if !a.needs_clock() {
                a.clock_s = 0.0; // no task refers to the clock: keep its digits for the work to come
            }
            a.begin(Task { tag_s: a.clock_s + work_s, slot: env.slot, units, held_until, pauses });
        });
    }

    fn end_handling(
        &mut self,
        scenario: &Scenario,
        env: &Envelope,
        agent: AgentId,
        wrap_up_s: f64,
        left_s: f64,
    ) {
        let c = self.contacts.get_mut(env.slot);
        c.stage = Stage::Moving;
        c.left_s = left_s;
        self.change_tasks(scenario, agent, env.at, |a| {
            let Some(place) = a.tasks.iter().position(|t| t.slot == env.slot) else {
                return;
            };
            if left_s <= 0.0 {
                a.settle(place);
            }
            if wrap_up_s > 0.0 {
                a.set_left_s(place, wrap_up_s, env.at);
                a.tasks[place].slot = SlotId::NONE;
            } else {
                a.finish(place);
            }
        });
    }

    /// Changes an agent's tasks: reads the clock first, lists the agent anew after.
    #[inline]
    fn change_tasks(
        &mut self,
        scenario: &Scenario,
        id: AgentId,
        at: SimTime,
        change: impl FnOnce(&mut AgentState),
    ) {
        let team = self.agents[id.index()].team;
        self.agents[id.index()].advance(at, &scenario.teams[team.index()].speed);
        people::unlist(&mut self.agents, &mut self.teams, id);
        let agent = &mut self.agents[id.index()];
        change(agent);
        agent.last_seq = self.next_seq - 1;
        people::list(&mut self.agents, &mut self.teams, id);
    }

    #[inline(always)]
    fn apply_staffing(&mut self, env: &Envelope) {
        match env.event {
            Event::ShiftStarted { agent, .. } => {
                self.pay_back(agent);
                self.set_presence(agent, env, Presence::Open);
            }
            Event::BreakEnded { agent } => self.set_presence(agent, env, Presence::Open),
            Event::ShiftEnded { agent } => {
                self.set_presence(agent, env, Presence::Off);
                self.pay_back(agent);
            }
            Event::AgentClosing { agent, then: Closing::LeaveByHeadcount } => {
                let (team, line) = {
                    let a = &self.agents[agent.index()];
                    (a.team, a.line)
                };
                self.teams[team.index()].owed.push(line);
            }
            Event::AgentClosing { agent, then } => {
                self.set_presence(agent, env, Presence::Closing(then));
            }
            Event::DutySwapped { stays, leaves } => {
                let (a, b) = (self.agents[stays.index()].line, self.agents[leaves.index()].line);
                self.agents[stays.index()].line = b;
                self.agents[leaves.index()].line = a;
                self.lines[a.index()] = leaves;
                self.lines[b.index()] = stays;
            }
            Event::BreakStarted { agent, until } => {
                self.set_presence(agent, env, Presence::Break(until));
            }
            _ => {}
        }
    }

    /// Nobody has to leave any more for the line that the agent follows.
    fn pay_back(&mut self, agent: AgentId) {
        let agent = &self.agents[agent.index()];
        let owed = &mut self.teams[agent.team.index()].owed;
        owed.retain(|owed| *owed != agent.line);
    }

    /// Whoever goes on as before keeps the place among the colleagues.
    fn set_presence(&mut self, id: AgentId, env: &Envelope, to: Presence) {
        let agent = &mut self.agents[id.index()];
        agent.last_seq = env.seq;
        if agent.presence == to {
            return;
        }
        people::unlist(&mut self.agents, &mut self.teams, id);
        let agent = &mut self.agents[id.index()];
        agent.presence = to;
        if agent.tasks.is_empty() {
            agent.read = env.at; // idle since now
        }
        people::list(&mut self.agents, &mut self.teams, id);
    }
}

/// The priority level of a contact in a queue.
pub(super) fn level_in(scenario: &Scenario, c: &Contact, queue: QueueId) -> u8 {
    let tier = scenario.tiers[c.tier.index()].priority;
    (scenario.queues[queue.index()].priority + tier).min(7)
}

pub(super) fn overflow_due(scenario: &Scenario, queue: QueueId, entered: SimTime) -> SimTime {
    let overflow = scenario.queues[queue.index()].overflow;
    overflow.map_or(SimTime::NEVER, |o| entered + o.after)
}
