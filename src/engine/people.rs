//! Agents, their open work under the virtual clock, and who has room.
//!
//! While an agent has `k` contacts open, each of them advances at `speed[k]`
//! seconds of work per second. The agent's virtual clock counts the work that
//! any one of them has had; a contact ends when the clock reaches its tag
//!. A change of `k` moves all completions at once by moving the
//! clock's speed, without touching the contacts.

use crate::event::Closing;
use crate::id::{AgentId, SlotId, TeamId};
use crate::time::{SECOND_US, SimTime};

/// One piece of open work: a contact, or its wrap-up.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Reading of the agent's virtual clock at which it is done, seconds.
    pub tag_s: f64,
    /// The contact; [`SlotId::NONE`] for a wrap-up.
    pub slot: SlotId,
    /// Units of the agent's attention that it takes.
    pub units: u16,
    /// Until when it holds its units by the clock on the wall, where that ends it: an
    /// empty chat, which is no work and slows nothing, or a contact that pauses others.
    pub held_until: Option<SimTime>,
    /// Whether all other work of the agent stands still until it is done.
    pub pauses: bool,
}

/// The moment `s` seconds after another, rounded up to a whole microsecond.
#[inline]
pub(super) fn after_s(from: SimTime, s: f64) -> SimTime {
    let us = s * SECOND_US as f64;
    let whole_us = us as u64;
    let rounded_up = whole_us.saturating_add(u64::from((whole_us as f64) < us));
    SimTime(from.0.saturating_add(rounded_up))
}

/// Where an agent is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// Not at work.
    Off,
    /// Takes contacts.
    Open,
    /// Finishes the running contacts and takes no more.
    Closing(Closing),
    /// Off the queue until a known time.
    Break(SimTime),
}

/// An agent at a moment.
#[derive(Clone, Debug)]
pub struct AgentState {
    /// The agent's team.
    pub team: TeamId,
    /// Where the agent is.
    pub presence: Presence,
    /// Open work.
    pub tasks: Vec<Task>,
    /// Units of attention in use.
    pub used: u16,
    /// Open pieces that end by the clock on the wall.
    pub held: u16,
    /// Whether one of the pieces pauses the others.
    pub paused: bool,
    /// Virtual clock: work that one contact has had, seconds.
    pub clock_s: f64,
    /// When the clock was last read: since when the agent has just these contacts, or is
    /// there without any.
    pub read: SimTime,
    /// Which roster line the agent follows: the own one, unless duties were swapped.
    pub line: AgentId,
    /// Latest event of the agent.
    pub last_seq: u64,
    before: AgentId,
    after: AgentId,
    listed: bool,
}

impl AgentState {
    pub(super) fn new(id: AgentId, team: TeamId) -> Self {
        Self {
            team,
            presence: Presence::Off,
            tasks: Vec::new(),
            used: 0,
            held: 0,
            paused: false,
            clock_s: 0.0,
            read: SimTime::ZERO,
            line: id,
            last_seq: 0,
            before: AgentId::NONE,
            after: AgentId::NONE,
            listed: false,
        }
    }

    /// Pieces that the virtual clock moves on.
    #[must_use]
    #[inline]
    pub fn working(&self) -> usize {
        if self.paused {
            return 0;
        }
        self.tasks.len() - self.held as usize
    }

    /// Whether a piece of work refers to the virtual clock, running or paused.
    #[inline]
    pub(super) fn needs_clock(&self) -> bool {
        self.tasks.len() > self.held as usize
    }

    /// Work that is left of a piece at `at`, seconds of this agent alone; of an empty
    /// chat what is left of the time for which it is held.
    #[must_use]
    pub fn left_s(&self, task: &Task, at: SimTime, speed: &[f64]) -> f64 {
        match task.held_until {
            Some(until) => until.since(at).as_s(),
            None => task.tag_s - self.clock_at(at, speed),
        }
    }

    /// Gives a piece so much work from `at` on, when the clock was last read.
    pub(super) fn set_left_s(&mut self, place: usize, left_s: f64, at: SimTime) {
        let task = &mut self.tasks[place];
        match &mut task.held_until {
            Some(until) => *until = after_s(at, left_s),
            None => task.tag_s = self.clock_s + left_s,
        }
    }

    /// A piece is done. Its moment was rounded up to a whole microsecond; the clock is not.
    pub(super) fn settle(&mut self, place: usize) {
        let task = &self.tasks[place];
        if task.held_until.is_none() {
            self.clock_s = self.clock_s.min(task.tag_s);
        }
    }

    /// Reading of the virtual clock at `at`, seconds.
    #[must_use]
    #[inline]
    pub fn clock_at(&self, at: SimTime, speed: &[f64]) -> f64 {
        match self.working() {
            0 => self.clock_s,
            k => self.clock_s + speed[k] * (at.0 - self.read.0) as f64 * 1e-6,
        }
    }

    /// Brings the virtual clock to `at`.
    #[inline]
    pub(super) fn advance(&mut self, at: SimTime, speed: &[f64]) {
        self.clock_s = self.clock_at(at, speed);
        self.read = at;
    }

    /// Takes on a piece.
    pub(super) fn begin(&mut self, task: Task) {
        self.used += task.units;
        self.held += u16::from(task.held_until.is_some());
        self.paused |= task.pauses;
        self.tasks.push(task);
    }

    /// Is done with a piece.
    pub(super) fn finish(&mut self, place: usize) {
        let task = self.tasks.remove(place);
        self.used -= task.units;
        self.held -= u16::from(task.held_until.is_some());
        self.paused &= !task.pauses;
    }

    /// The piece that is done first, and when; ties go to the lower place.
    #[must_use]
    #[inline]
    pub fn first_task(&self, speed: &[f64]) -> Option<(SimTime, usize)> {
        let mut work: Option<usize> = None;
        let mut held: Option<(SimTime, usize)> = None;
        for (place, task) in self.tasks.iter().enumerate() {
            match task.held_until {
                Some(until) if held.is_none_or(|(first, _)| until < first) => {
                    held = Some((until, place));
                }
                Some(_) => {}
                None if self.paused => {}
                None if work.is_none_or(|f| task.tag_s < self.tasks[f].tag_s) => work = Some(place),
                None => {}
            }
        }
        let work = work.map(|place| (self.done_at(self.tasks[place].tag_s, speed), place));
        match (work, held) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// When the virtual clock will reach a tag.
    #[inline]
    fn done_at(&self, tag_s: f64, speed: &[f64]) -> SimTime {
        let left_s = tag_s - self.clock_s;
        after_s(self.read, left_s / speed[self.working()])
    }

    /// The next moment at which the agent ends something: a task or a break.
    #[must_use]
    #[inline]
    pub fn due(&self, speed: &[f64]) -> SimTime {
        match (self.first_task(speed), self.presence) {
            (Some((at, _)), _) => at,
            (None, Presence::Break(until)) => until,
            (None, _) => SimTime::NEVER,
        }
    }
}

/// Agents of one team who take contacts, listed by the attention they have in use; those
/// whose work is paused, and who take nothing more, are listed behind the full ones.
#[derive(Clone, Debug)]
pub struct TeamState {
    levels: Vec<(AgentId, AgentId)>,
    /// Agents in the list of each level.
    counts: Vec<u32>,
    /// Agents who take contacts.
    pub open: u32,
    /// Roster lines whose shift has ended but which are still worked (headcount rule).
    pub owed: Vec<AgentId>,
}

impl TeamState {
    pub(super) fn new(capacity: u16) -> Self {
        Self {
            levels: vec![(AgentId::NONE, AgentId::NONE); capacity as usize + 2],
            counts: vec![0; capacity as usize + 2],
            open: 0,
            owed: Vec::new(),
        }
    }

    /// The list in which an agent stands. Whoever has more than the capacity, after a fork
    /// lowered it, is as full as can be.
    #[inline]
    fn level(&self, agent: &AgentState) -> usize {
        let paused = self.levels.len() - 1;
        if agent.paused {
            return paused;
        }
        (agent.used as usize).min(paused - 1)
    }

    /// How many lists are of agents with room for `units`.
    #[inline]
    fn levels_with_room(&self, units: u16) -> u16 {
        self.levels.len() as u16 - 1 - units
    }

    /// The agent longest at this level of attention in use.
    #[must_use]
    #[inline]
    pub fn longest_at(&self, used: u16) -> Option<AgentId> {
        let head = self.levels[used as usize].0;
        (head != AgentId::NONE).then_some(head)
    }

    /// Agents with room for `units`.
    #[must_use]
    pub fn with_room(&self, units: u16) -> u32 {
        self.counts[..self.levels_with_room(units) as usize].iter().sum()
    }

    /// The least or the most loaded agent with room for `units`, longest in that state
    /// first; `may` says whether one with so much in use may take more.
    #[inline]
    pub(super) fn first_with_room(
        &self,
        units: u16,
        fullest: bool,
        may: impl Fn(u16) -> bool,
    ) -> Option<(u16, AgentId)> {
        let at = |used| self.longest_at(used).filter(|_| may(used)).map(|agent| (used, agent));
        let mut levels = 0..self.levels_with_room(units);
        if fullest { levels.rev().find_map(at) } else { levels.find_map(at) }
    }
}

/// Those who take contacts, by the attention in use, longest in that state first.
pub(super) fn listed(agents: &[AgentState], team: &TeamState) -> Vec<AgentId> {
    let mut all = Vec::new();
    for (head, _) in &team.levels {
        let mut next = *head;
        while next != AgentId::NONE {
            all.push(next);
            next = agents[next.index()].after;
        }
    }
    all
}

/// Puts the agent in the list of its level, if it takes contacts: behind all whose
/// contacts changed before, and at one moment behind the lower numbers.
#[inline]
pub(super) fn list(agents: &mut [AgentState], teams: &mut [TeamState], id: AgentId) {
    let agent = &agents[id.index()];
    if agent.presence != Presence::Open {
        return;
    }
    let since = agent.read;
    let team = &mut teams[agent.team.index()];
    let level = team.level(agent);
    let (head, tail) = &mut team.levels[level];
    let (mut before, mut after) = (*tail, AgentId::NONE);
    while before != AgentId::NONE && (since, id) < (agents[before.index()].read, before) {
        (after, before) = (before, agents[before.index()].before);
    }
    match before {
        AgentId::NONE => *head = id,
        _ => agents[before.index()].after = id,
    }
    match after {
        AgentId::NONE => *tail = id,
        _ => agents[after.index()].before = id,
    }
    let agent = &mut agents[id.index()];
    agent.listed = true;
    (agent.before, agent.after) = (before, after);
    team.counts[level] += 1;
    team.open += 1;
}

/// Takes the agent off the list of its level.
#[inline]
pub(super) fn unlist(agents: &mut [AgentState], teams: &mut [TeamState], id: AgentId) {
    let agent = &mut agents[id.index()];
    if !agent.listed {
        return;
    }
    agent.listed = false;
    let (before, after) = (agent.before, agent.after);
    let team = &mut teams[agent.team.index()];
    let level = team.level(agent);
    let (head, tail) = &mut team.levels[level];
    if before == AgentId::NONE {
        *head = after;
    }
    if after == AgentId::NONE {
        *tail = before;
    }
    if before != AgentId::NONE {
        agents[before.index()].after = after;
    }
    if after != AgentId::NONE {
        agents[after.index()].before = before;
    }
    team.counts[level] -= 1;
    team.open -= 1;
}
