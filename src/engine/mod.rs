//! The engine: decides what happens next and says it in events.
//!
//! It does no IO and cannot fail. Its `Desk` *decides* (reads the state and keyed draws,
//! emits events) and *applies* ([`State::apply`], the only mutation); the engine around
//! it knows what is due and takes one step after the other. Time and the bot's answers
//! come from outside: [`Engine::step`] handles one due thing and may ask the bot through
//! the [`Outbox`]; [`Engine::deliver`] brings the answer, now or for a later moment.
//!
//! Things due at one moment come in this order, which the state alone
//! determines: roster and faults, agents by number, contacts by place, new
//! customers by source.

mod agenda;
mod answer;
mod arrivals;
mod bot;
mod contact;
mod desk;
mod eras;
mod follow_up;
mod fork;
mod handling;
mod intake;
mod offered_work;
mod past;
mod people;
mod places;
mod replies;
mod residual;
mod roster;
mod routing;
mod seen;
mod staffing;
mod state;
mod waiting_line;

pub use agenda::Agenda;
pub use answer::{answer, right_if_answered};
pub use arrivals::{Arrival, ArrivalFlows};
pub use contact::{Contact, Contacts, Stage};
pub use eras::Eras;
pub use offered_work::{expected_work_s, offered_work_s};
pub use people::{AgentState, Presence, Task, TeamState};
pub use roster::{RosterItem, RosterKind, roster};
pub use seen::Seen;
pub use state::{BotState, State, issue_key};
pub use waiting_line::Waiting;

use desk::Desk;
use replies::PendingReply;

use crate::domain::{Meaning, TurnClass};
use crate::event::{EVENTS_AT_ONE_MOMENT, Envelope, Event};
use crate::id::{AgentId, ConversationId, IntentId, SlotId};
use crate::random::Streams;
use crate::scenario::{FaultKind, Scenario};
use crate::time::{SimDuration, SimTime};
use std::num::NonZeroU32;

/// A question to the bot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BotRequest {
    /// The contact.
    pub conversation: ConversationId,
    /// Its place.
    pub slot: SlotId,
    /// Its identity in keyed draws.
    pub key: u64,
    /// What the customer wants.
    pub intent: IntentId,
    /// Number of the message, from 1.
    pub turn: u16,
    /// When the bot gets it.
    pub at: SimTime,
    /// For how long it is known to be unanswered, where another future draws the
    /// answer anew; else zero.
    pub elapsed: SimDuration,
    /// Factor of a fault on the latency.
    pub latency_factor: f64,
    /// Factor of a fault on the accuracy.
    pub accuracy_factor: f64,
    /// Whether a fault has stopped the bot.
    pub down: bool,
}

impl BotRequest {
    /// With what the faults of the moment do to the bot: by their span, not by the state of
    /// a run, so that a question asked again at a fork meets the same ones.
    #[must_use]
    pub fn with_faults(mut self, scenario: &Scenario) -> Self {
        for fault in scenario.faults.iter().filter(|f| f.span.contains(self.at)) {
            match fault.kind {
                FaultKind::BotOutage => self.down = true,
                FaultKind::SlowBot(factor) => self.latency_factor *= factor,
                FaultKind::AccuracyRegression(factor) => self.accuracy_factor *= factor,
                FaultKind::AgentsAbsent { .. } | FaultKind::DemandSpike => {}
            }
        }
        self
    }
}

/// What the bot did with a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BotReply {
    /// It answered.
    Answer {
        /// Whether the answer is right.
        right: bool,
    },
    /// It was not sure enough to answer.
    Unsure,
    /// It has nothing about this.
    NoContent,
    /// It failed.
    Failed,
    /// It gave the conversation to people (real bots).
    Handoff,
    /// It said that it did not understand, and the customer saw it (real bots).
    Fallback,
    /// It said that the issue is resolved, and ended the conversation (real bots).
    Resolved {
        /// Whether it is so.
        right: bool,
    },
}

impl BotReply {
    /// What it means, as a load test counts it.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        match self {
            BotReply::Answer { .. } => Meaning::Answered,
            BotReply::Unsure | BotReply::NoContent | BotReply::Handoff => Meaning::Handoff,
            BotReply::Fallback => Meaning::Fallback,
            BotReply::Resolved { .. } => Meaning::Resolved,
            BotReply::Failed => Meaning::Failed,
        }
    }
}

/// What was measured of a turn with a real bot. Wall-clock microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TurnFacts {
    /// How it ended.
    pub class: TurnClass,
    /// HTTP status or WebSocket close code; 0 for none.
    pub status: u16,
    /// How late the request went out.
    pub lag_us: u32,
    /// From the intended moment to the first part that says something.
    pub first_us: Option<NonZeroU32>,
    /// From the intended moment to the first part that is an answer, not reasoning.
    pub answer_us: Option<NonZeroU32>,
    /// From the intended moment to the last part that says something, or to the failure.
    pub latency_us: u32,
    /// Of that, spent on making a connection.
    pub connect_us: u32,
    /// Parts that say something.
    pub parts: u16,
    /// Longest pause between two of them.
    pub pause_us: u32,
    /// Tokens of the reply, as the bot counts them.
    pub tokens: Option<NonZeroU32>,
    /// Tokens of the prompt, as the bot counts them.
    pub prompt_tokens: Option<NonZeroU32>,
}

/// What the engine hands out.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// Events, in order. The caller empties it.
    pub events: Vec<Envelope>,
    /// Questions to the bot. The caller empties it and delivers the answers.
    pub requests: Vec<BotRequest>,
}

/// One replication of a scenario, between events.
#[derive(Clone, Debug)]
pub struct Engine<'s> {
    desk: Desk<'s>,
    seed: u64,
    eras: Eras,
    agenda: Agenda,
    arrivals: ArrivalFlows,
    roster: Vec<RosterItem>,
    roster_next: usize,
    /// Bot answers that have not happened yet, by place.
    replies: Vec<PendingReply>,
    /// What the fork that made this engine changes at once.
    turns: Vec<fork::Turn>,
    /// Number and moment of the latest fork into another future.
    redrawn: Option<(u64, SimTime)>,
    /// Number of the first event of the running moment.
    moment: (SimTime, u64),
}

impl<'s> Engine<'s> {
    /// A replication at its start.
    #[must_use]
    pub fn new(scenario: &'s Scenario, seed: u64, replication: u32) -> Self {
        let streams = Streams::new(seed, replication);
        let eras = Eras::new(streams);
        let roster = roster(scenario, &eras);
        Self {
            desk: Desk {
                scenario,
                state: State::new(scenario),
                draws: streams,
                own_speed: staffing::own_speeds(scenario, seed),
                away: staffing::kept_away(scenario, &eras, &roster),
                now: SimTime::ZERO,
                cause: None,
                touched: Vec::new(),
                out: Outbox::default(),
            },
            seed,
            eras,
            agenda: Agenda::new(scenario.agents.len() + 64),
            arrivals: ArrivalFlows::new(scenario, streams, None),
            roster,
            roster_next: 0,
            replies: Vec::new(),
            turns: Vec::new(),
            redrawn: None,
            moment: (SimTime::ZERO, 0),
        }
    }

    /// A replication at a moment, rebuilt from all its events until then. The
    /// questions that the bot has not answered are put in the outbox.
    #[must_use]
    pub fn resume(
        scenario: &'s Scenario,
        seed: u64,
        replication: u32,
        past: &[Envelope],
        at: SimTime,
    ) -> Self {
        let mut engine = Self::new(scenario, seed, replication);
        engine.follow(past, at);
        engine
    }

    /// The keys of everything that is still to be drawn.
    #[must_use]
    pub fn streams(&self) -> Streams {
        self.eras.latest()
    }

    /// The state at the moment.
    #[must_use]
    #[inline]
    pub fn state(&self) -> &State {
        &self.desk.state
    }

    /// What has happened and what is asked, since the caller last emptied it.
    #[inline]
    pub fn out(&mut self) -> &mut Outbox {
        &mut self.desk.out
    }

    /// When the next thing is due; `None` when the run has ended.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        if self.desk.state.ended {
            return None;
        }
        let own = self.agenda.next().map_or(SimTime::NEVER, |(at, _)| at);
        let next = own.min(self.roster_due()).min(self.arrivals.next_due());
        Some(next.min(self.desk.scenario.end))
    }

    #[inline]
    fn roster_due(&self) -> SimTime {
        self.roster.get(self.roster_next).map_or(SimTime::NEVER, |item| item.at)
    }

    /// Nobody comes any more: the run drains.
    pub fn stop_arrivals(&mut self) {
        self.arrivals.stop();
    }

    /// Whether nobody is here: neither with the bot nor with people. Customers who
    /// will come again do not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let gone = |stage| matches!(stage, Stage::Free | Stage::Pending);
        self.desk.state.contacts.iter().all(|(_, c)| gone(c.stage))
    }

    /// Ends the run at a moment at which nothing is due before its time; contacts
    /// without an end stay open.
    pub fn end(&mut self, at: SimTime) {
        if !self.desk.state.ended {
            self.desk.cause = None;
            self.end_at(at.max(self.desk.now));
        }
    }

    fn end_at(&mut self, at: SimTime) {
        self.desk.now = at;
        self.desk.emit_run(Event::RunEnded);
    }

    /// Handles the next due thing. Does nothing when the run has ended.
    #[inline]
    pub fn step(&mut self) {
        let scenario = self.desk.scenario;
        if self.desk.state.ended {
            return;
        }
        if self.desk.state.next_seq == 0 {
            self.desk.emit_run(Event::RunStarted);
            return;
        }
        let (own_at, leaf) = self.agenda.next().unwrap_or((SimTime::NEVER, 0));
        let roster_at = self.roster_due();
        let arrival_at = self.arrivals.next_due();
        self.desk.cause = None;
        if self.stands_still() {
            self.end_at(self.desk.now);
        } else if roster_at.min(own_at).min(arrival_at) > scenario.end {
            self.end_at(scenario.end);
        } else if roster_at <= own_at.min(arrival_at) {
            self.desk.now = roster_at;
            self.follow_roster();
        } else if own_at <= arrival_at {
            self.desk.now = own_at;
            match leaf.checked_sub(scenario.agents.len()) {
                None => self.desk.agent_due(AgentId(leaf as u32)),
                Some(slot) => self.contact_due(SlotId(slot as u32)),
            }
        } else if let Some((source, arrival)) = self.arrivals.pop(scenario) {
            self.desk.now = arrival_at;
            self.desk.arrive(source, arrival);
        }
        self.flush();
    }

    /// Whether one thing follows another without end at the same moment: the audit names
    /// the event that repeats.
    #[inline]
    fn stands_still(&mut self) -> bool {
        let next_seq = self.desk.state.next_seq;
        if self.moment.0 != self.desk.now {
            self.moment = (self.desk.now, next_seq);
        }
        next_seq - self.moment.1 > EVENTS_AT_ONE_MOMENT
    }

    /// Hands the desk what the roster says next. All who leave at a moment leave together.
    fn follow_roster(&mut self) {
        let rest = &self.roster[self.roster_next..];
        let leaves = |item: &&RosterItem| item.kind == RosterKind::End && item.at == rest[0].at;
        let together = rest.iter().take_while(leaves).count().max(1);
        self.roster_next += together;
        self.desk.follow_roster(&rest[..together]);
    }

    fn contact_due(&mut self, slot: SlotId) {
        let contact = self.desk.state.contacts.get(slot);
        let asks = contact.stage == Stage::BotAsked;
        self.desk.cause = Some(contact.last_seq);
        self.desk.touch_contact(slot);
        if asks {
            let reply = self.reply_due(slot);
            self.desk.bot_due(slot, reply);
        } else {
            self.desk.contact_due(slot);
        }
    }

    /// Sets the leaves of everything that the step touched.
    #[inline]
    fn flush(&mut self) {
        let agents = self.desk.scenario.agents.len();
        while let Some(leaf) = self.desk.touched.pop() {
            let due = match leaf.checked_sub(agents) {
                None => {
                    let agent = &self.desk.state.agents[leaf];
                    agent.due(&self.desk.scenario.teams[agent.team.index()].speed)
                }
                Some(slot) => self.due_of_contact(SlotId(slot as u32)),
            };
            self.agenda.set(leaf, due);
        }
    }

    fn due_of_contact(&self, slot: SlotId) -> SimTime {
        let c = self.desk.state.contacts.get(slot);
        match c.stage {
            Stage::BotAsked => {
                let reply = self.replies.get(slot.index());
                reply.map_or(SimTime::NEVER, |r| r.at).min(c.due)
            }
            _ => c.due,
        }
    }
}
