//! The reference: a second simulator of the bot stage and of the people behind it.
//!
//! It is slow and plain on purpose: lists that are searched from one end to the other,
//! one function for each rule of docs/scenario.md and docs/events.md. It shares with
//! the engine what is not under test (who comes when, the roster's blocks) and the keyed
//! draws, so that its contacts must end identically.

use super::staff::kept_away;
use super::story::Story;
use convoq::distribution::Distribution;
use convoq::engine::{ArrivalFlows, Eras, RosterItem, RosterKind, roster};
use convoq::event::Origin;
use convoq::id::{AgentId, ChannelId, IntentId, LanguageId, QueueId, SegmentId, TeamId, TierId};
use convoq::random::{Purpose, Streams};
use convoq::scenario::Scenario;
use convoq::time::{SimDuration, SimTime};

/// A contact, or a customer who reads articles before making one.
#[derive(Clone, Debug)]
pub struct Contact {
    pub story: Story,
    /// Identity of the issue and of the contact in keyed draws.
    pub issue: u64,
    pub key: u64,
    pub segment: SegmentId,
    pub channel: ChannelId,
    pub intent: IntentId,
    pub tier: TierId,
    pub language: LanguageId,
    pub stage: Stage,
    /// Number among the things that are due "by place".
    pub place: usize,
    /// Bot turn.
    pub turn: u16,
    /// Waiting lines joined so far: each has a patience of its own.
    pub joins: u16,
    pub queue: QueueId,
    pub level: u8,
    pub wrong: bool,
    pub silent: bool,
    /// The customer has left without a sign.
    pub gone: bool,
    pub handed_back: bool,
    /// When it joined the first line that it has kept.
    pub since: SimTime,
    pub deadline: SimTime,
    /// When it goes on to the next queue.
    pub overflow_at: SimTime,
    /// Queues that it has come by since the first line that it has kept.
    pub been_in: Vec<QueueId>,
    /// Work that a shift end left over, seconds of standard work.
    pub left_s: f64,
    /// The agent who had the customer last.
    pub agent: Option<AgentId>,
    pub waited_us: u64,
    /// The bot has failed the customer in this issue.
    pub failed: bool,
    /// The customer comes again then, by that channel.
    pub again: Option<(SimTime, ChannelId)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Between two of the others.
    Moving,
    WaitsForBot,
    Asked {
        replied: SimTime,
        reply: convoq::engine::BotReply,
        deadline: SimTime,
    },
    Thinks(SimTime),
    Waits,
    WithAgent,
    Over,
}

/// A piece of open work of an agent.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub contact: usize,
    /// The contact has ended, and this is the work after it.
    pub wraps_up: bool,
    /// Reading of the agent's clock at which it is done.
    pub done_s: f64,
    /// When it ends by the clock on the wall: an empty chat, which is no work, or a piece
    /// for which all others stand still.
    pub held_until: Option<SimTime>,
    /// All other work of the agent stands still until it is done.
    pub pauses: bool,
    pub units: u16,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Presence {
    Off,
    Open,
    /// Takes no more, and then leaves.
    Leaving,
    /// Serves those too who came in opening hours and still wait, and then leaves.
    Clearing,
    /// Takes no more, and then is off the queue for so long; for nothing if it is due to
    /// a fault alone.
    BreakDue(SimDuration),
    Break(SimTime),
}

#[derive(Clone, Debug)]
pub struct Agent {
    pub team: TeamId,
    pub speed: f64,
    pub presence: Presence,
    pub tasks: Vec<Task>,
    /// Seconds of work that each open piece has had.
    pub clock_s: f64,
    pub read: SimTime,
    /// Since when the agent has so much attention in use.
    pub so_since: SimTime,
    /// The line of the roster that the agent follows.
    pub line: usize,
}

impl Agent {
    pub fn used(&self) -> u16 {
        self.tasks.iter().map(|t| t.units).sum()
    }

    /// The piece that all others stand still for, if there is one.
    pub fn pausing(&self) -> Option<&Task> {
        self.tasks.iter().find(|t| t.pauses)
    }

    /// Whether the agent's clock moves a piece on.
    pub fn moves_on(&self, task: &Task) -> bool {
        task.held_until.is_none() && self.pausing().is_none()
    }

    pub fn working(&self) -> usize {
        self.tasks.iter().filter(|t| self.moves_on(t)).count()
    }
}

/// A run at a moment.
pub struct Desk<'s> {
    pub scenario: &'s Scenario,
    pub draws: Streams,
    pub now: SimTime,
    pub contacts: Vec<Contact>,
    /// Who is at each place: places that are free are used again, the latest first.
    pub places: Vec<Option<usize>>,
    pub free_places: Vec<usize>,
    pub agents: Vec<Agent>,
    /// Lines of the roster whose shift has ended and whose agent still works (headcount rule).
    pub owed: Vec<usize>,
    pub sessions: u32,
    /// Contacts that wait for the bot, in their order.
    pub bot_line: Vec<usize>,
    /// Time worth of requests in the bucket of the rate limit; below zero: promised.
    pub bucket_us: i64,
    pub bucket_at: SimTime,
    pub arrivals: ArrivalFlows,
    pub roster: Vec<RosterItem>,
    pub roster_next: usize,
    /// Whom each fault keeps away.
    pub away: Vec<Vec<usize>>,
    /// How many things have been done: a run that never ends is found out.
    pub steps: u64,
}

/// What is due first, in the order of things due at one moment.
enum Due {
    Roster,
    Agent(usize),
    Contact(usize),
    Arrival,
}

/// Plays one replication.
pub fn play(scenario: &Scenario, seed: u64, replication: u32) -> Vec<Story> {
    let mut desk = Desk::new(scenario, seed, replication);
    while let Some((at, due)) = desk.first_due() {
        if at > scenario.end {
            break;
        }
        desk.now = at;
        desk.steps += 1;
        assert!(desk.steps < 20_000, "the reference does not end");
        match due {
            Due::Roster => desk.follow_roster(),
            Due::Agent(agent) => desk.agent_due(agent),
            Due::Contact(place) => desk.contact_due(place),
            Due::Arrival => desk.arrive(),
        }
    }
    desk.contacts.into_iter().map(|c| c.story).collect()
}

impl<'s> Desk<'s> {
    fn new(scenario: &'s Scenario, seed: u64, replication: u32) -> Self {
        let draws = Streams::new(seed, replication);
        let people = Streams::new(seed, 0);
        let agent = |(line, a): (usize, &convoq::scenario::Agent)| {
            let cv = scenario.teams[a.team.index()].speed_cv;
            let law = Distribution::lognormal_mean_cv(1.0, cv);
            let own = law.sample_s(&mut people.of(Purpose::AgentSpeed, a.key));
            Agent {
                team: a.team,
                speed: if cv > 0.0 { own } else { 1.0 },
                presence: Presence::Off,
                tasks: Vec::new(),
                clock_s: 0.0,
                read: SimTime::ZERO,
                so_since: SimTime::ZERO,
                line,
            }
        };
        let roster = roster(scenario, &Eras::new(draws));
        Self {
            scenario,
            draws,
            away: kept_away(scenario, draws, &roster),
            now: SimTime::ZERO,
            contacts: Vec::new(),
            places: Vec::new(),
            free_places: Vec::new(),
            agents: scenario.agents.iter().enumerate().map(agent).collect(),
            owed: Vec::new(),
            sessions: 0,
            bot_line: Vec::new(),
            bucket_us: i64::MAX,
            bucket_at: SimTime::ZERO,
            arrivals: ArrivalFlows::new(scenario, draws, None),
            roster,
            roster_next: 0,
            steps: 0,
        }
    }

    /// Things due at one moment come in this order: roster and faults, agents by
    /// number, contacts by place, new customers by source.
    fn first_due(&self) -> Option<(SimTime, Due)> {
        let mut first: Option<(SimTime, Due)> = None;
        let mut consider = |at: SimTime, due: Due| {
            if at < first.as_ref().map_or(SimTime::NEVER, |f| f.0) {
                first = Some((at, due));
            }
        };
        if let Some(item) = self.roster.get(self.roster_next) {
            consider(item.at, Due::Roster);
        }
        for agent in 0..self.agents.len() {
            consider(self.agent_due_at(agent), Due::Agent(agent));
        }
        for (place, contact) in self.places.iter().enumerate() {
            if let Some(contact) = contact {
                consider(self.contact_due_at(*contact), Due::Contact(place));
            }
        }
        consider(self.arrivals.next_due(), Due::Arrival);
        first
    }

    fn contact_due_at(&self, contact: usize) -> SimTime {
        let c = &self.contacts[contact];
        let own = match c.stage {
            Stage::Asked { replied, deadline, .. } => replied.min(deadline),
            Stage::Thinks(until) => until,
            Stage::Waits if !c.gone => c.deadline.min(c.overflow_at),
            _ => SimTime::NEVER,
        };
        own.min(c.again.map_or(SimTime::NEVER, |(at, _)| at))
    }

    fn contact_due(&mut self, place: usize) {
        let Some(contact) = self.places[place] else {
            return;
        };
        let c = &self.contacts[contact];
        match c.stage {
            Stage::Asked { replied, reply, .. } if replied <= self.now => {
                self.bot_replied(contact, reply);
            }
            Stage::Asked { .. } => self.give_up_bot(contact),
            Stage::Thinks(_) => self.ask_bot(contact, c.turn + 1),
            Stage::Waits if !c.gone && c.deadline <= self.now => self.leave_line(contact),
            Stage::Waits if !c.gone => self.waited_long(contact),
            _ => self.come_again(contact),
        }
    }

    /// Takes a place: the one given back last, or a new one.
    pub fn take_place(&mut self, contact: usize) -> usize {
        let place = self.free_places.pop().unwrap_or(self.places.len());
        if place == self.places.len() {
            self.places.push(None);
        }
        self.places[place] = Some(contact);
        place
    }

    /// Gives the place back, unless the customer comes again.
    pub fn give_place_back(&mut self, contact: usize) {
        let c = &self.contacts[contact];
        if c.again.is_none() && c.stage == Stage::Over {
            self.places[c.place] = None;
            self.free_places.push(c.place);
        }
    }

    pub fn story(&mut self, contact: usize) -> &mut Story {
        &mut self.contacts[contact].story
    }

    /// The next line of the roster, at its moment; ends of duties all together.
    fn follow_roster(&mut self) {
        let item = self.roster[self.roster_next];
        self.roster_next += 1;
        if item.kind == RosterKind::End {
            let ends = |i: &&RosterItem| i.at == item.at && i.kind == RosterKind::End;
            let others = self.roster[self.roster_next..].iter().take_while(ends);
            let mut lines = vec![item.line.index()];
            lines.extend(others.map(|i| i.line.index()));
            self.roster_next += lines.len() - 1;
            return self.end_shifts(&lines);
        }
        match item.kind {
            RosterKind::FaultStarts(fault) => self.start_fault(fault),
            RosterKind::FaultEnds(fault) => self.end_fault(fault),
            RosterKind::Absent(_) | RosterKind::End => {}
            RosterKind::Start(_) => self.start_shift(item.line.index()),
            RosterKind::GoesOn(_) => self.go_on(item.line.index()),
            RosterKind::Off(length) => self.off_due(item.line.index(), length),
        }
    }

    pub fn new_contact(&self, origin: Origin, issue: u64, channel: ChannelId) -> Contact {
        let source = &self.scenario.sources[origin.source.index()];
        let pick = |purpose, cumulative: &[f64]| self.draws.choose(purpose, issue, cumulative);
        let intent = source.intents.values[pick(Purpose::Intent, &source.intents.cumulative)];
        let tier = source.tiers.values[pick(Purpose::Tier, &source.tiers.cumulative)];
        let language = pick(Purpose::Language, &source.languages.cumulative);
        let language = source.languages.values[language];
        let of = (source.segment, channel, intent);
        let story = Story::new(origin, self.now, of);
        Contact {
            story,
            issue,
            key: issue,
            segment: source.segment,
            channel,
            intent,
            tier,
            language,
            stage: Stage::Moving,
            place: usize::MAX,
            turn: 0,
            joins: 0,
            queue: QueueId::NONE,
            level: 0,
            wrong: false,
            silent: false,
            gone: false,
            handed_back: false,
            since: SimTime::ZERO,
            deadline: SimTime::NEVER,
            overflow_at: SimTime::NEVER,
            been_in: Vec::new(),
            left_s: 0.0,
            agent: None,
            waited_us: 0,
            failed: false,
            again: None,
        }
    }
}
