//! The engine: decides what happens next and says it in events.
//!
//! It does no IO and cannot fail. It *decides* (reads the state and keyed draws,
//! emits events) and *applies* ([`State::apply`], the only mutation). Time and
//! the bot's answers come from outside: [`Engine::step`] handles one due thing
//! and may ask the bot through the [`Outbox`]; [`Engine::deliver`] brings the
//! answer, now or for a later moment.
//!
//! Things due at one moment come in this order, which the state alone
//! determines: roster and faults, agents by number, contacts by place, new
//! customers by source.

mod agenda;
mod answer;
mod arrivals;
mod bot;
mod contact;
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

use replies::PendingReply;

use crate::domain::{Meaning, TurnClass};
use crate::event::{EVENTS_AT_ONE_MOMENT, Envelope, Event};
use crate::id::{AgentId, ConversationId, IntentId, SlotId};
use crate::random::Streams;
use crate::scenario::Scenario;
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
    scenario: &'s Scenario,
    seed: u64,
    streams: Streams,
    eras: Eras,
    state: State,
    agenda: Agenda,
    arrivals: ArrivalFlows,
    roster: Vec<RosterItem>,
    roster_next: usize,
    /// Whom each fault keeps away.
    away: Vec<Vec<AgentId>>,
    /// Speed of each agent against the team's.
    own_speed: Vec<f64>,
    /// Bot answers that have not happened yet, by place.
    replies: Vec<PendingReply>,
    /// Leaves of the agenda to set when the step is done.
    touched: Vec<usize>,
    /// The latest event of the step: the cause of the next.
    cause: Option<u64>,
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
            scenario,
            seed,
            streams,
            away: staffing::kept_away(scenario, &eras, &roster),
            eras,
            state: State::new(scenario),
            agenda: Agenda::new(scenario.agents.len() + 64),
            arrivals: ArrivalFlows::new(scenario, streams, None),
            roster,
            roster_next: 0,
            own_speed: staffing::own_speeds(scenario, seed),
            replies: Vec::new(),
            touched: Vec::new(),
            cause: None,
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
        outbox: &mut Outbox,
    ) -> Self {
        let mut engine = Self::new(scenario, seed, replication);
        engine.follow(past, at, outbox);
        engine
    }

    /// The keys of everything that is still to be drawn.
    #[must_use]
    pub fn streams(&self) -> Streams {
        self.eras.latest()
    }

    /// The state at the moment.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When the next thing is due; `None` when the run has ended.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        if self.state.ended {
            return None;
        }
        let own = self.agenda.next().map_or(SimTime::NEVER, |(at, _)| at);
        let roster = self.roster.get(self.roster_next).map_or(SimTime::NEVER, |item| item.at);
        Some(own.min(roster).min(self.arrivals.next_due()).min(self.scenario.end))
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
        self.state.contacts.iter().all(|(_, c)| gone(c.stage))
    }

    /// Ends the run at a moment at which nothing is due before its time; contacts
    /// without an end stay open.
    pub fn end(&mut self, at: SimTime, out: &mut Outbox) {
        if !self.state.ended {
            self.cause = None;
            self.emit_run(Event::RunEnded, at.max(self.state.now), out);
        }
    }

    /// Handles the next due thing. Does nothing when the run has ended.
    #[inline]
    pub fn step(&mut self, out: &mut Outbox) {
        if self.state.ended {
            return;
        }
        if self.state.next_seq == 0 {
            self.emit_run(Event::RunStarted, SimTime::ZERO, out);
            return;
        }
        let (own_at, leaf) = self.agenda.next().unwrap_or((SimTime::NEVER, 0));
        let roster_at = self.roster.get(self.roster_next).map_or(SimTime::NEVER, |i| i.at);
        let arrival_at = self.arrivals.next_due();
        self.cause = None;
        if self.stands_still() {
            self.emit_run(Event::RunEnded, self.state.now, out);
        } else if roster_at.min(own_at).min(arrival_at) > self.scenario.end {
            self.emit_run(Event::RunEnded, self.scenario.end, out);
        } else if roster_at <= own_at.min(arrival_at) {
            self.state.now = roster_at;
            self.roster_next += 1;
            self.follow_roster(self.roster[self.roster_next - 1], out);
        } else if own_at <= arrival_at {
            self.state.now = own_at;
            match leaf.checked_sub(self.scenario.agents.len()) {
                None => self.agent_due(AgentId(leaf as u32), out),
                Some(slot) => self.contact_due(SlotId(slot as u32), out),
            }
        } else {
            self.state.now = arrival_at;
            self.arrive(out);
        }
        self.flush();
    }

    /// Whether one thing follows another without end at the same moment: the audit names
    /// the event that repeats.
    #[inline]
    fn stands_still(&mut self) -> bool {
        if self.moment.0 != self.state.now {
            self.moment = (self.state.now, self.state.next_seq);
        }
        self.state.next_seq - self.moment.1 > EVENTS_AT_ONE_MOMENT
    }

    fn contact_due(&mut self, slot: SlotId, out: &mut Outbox) {
        self.cause = Some(self.state.contacts.get(slot).last_seq);
        self.touch_contact(slot);
        match self.state.contacts.get(slot).stage {
            Stage::BotAsked => match self.reply_due(slot) {
                Some(pending) => {
                    self.measured(slot, pending.reply, pending.measured, out);
                    self.bot_replied(slot, pending, out);
                }
                None => self.give_up_bot(slot, out),
            },
            Stage::Thinking => self.ask_bot(slot, self.state.contacts.get(slot).turn + 1, out),
            Stage::Queued => self.waited_long(slot, out),
            Stage::Pending | Stage::Ghost | Stage::Serving => self.come_again(slot, out),
            _ => {}
        }
    }

    /// Emits an event of a contact and applies it.
    #[inline]
    fn emit(&mut self, slot: SlotId, event: Event, out: &mut Outbox) {
        let conversation = self.state.contacts.get(slot).id;
        self.put(slot, conversation, event, self.state.now, out);
        self.touch_contact(slot);
    }

    /// Emits an event of an agent and applies it.
    fn emit_agent(&mut self, agent: AgentId, event: Event, out: &mut Outbox) {
        self.put(SlotId::NONE, ConversationId::NONE, event, self.state.now, out);
        self.touch_agent(agent);
    }

    fn emit_run(&mut self, event: Event, at: SimTime, out: &mut Outbox) {
        self.put(SlotId::NONE, ConversationId::NONE, event, at, out);
    }

    #[inline]
    fn put(
        &mut self,
        slot: SlotId,
        conversation: ConversationId,
        event: Event,
        at: SimTime,
        out: &mut Outbox,
    ) {
        let seq = self.state.next_seq;
        let cause = self.cause.unwrap_or(seq);
        let envelope = Envelope { seq, at, cause, conversation, slot, event };
        self.state.apply(self.scenario, &envelope);
        self.cause = Some(seq);
        out.events.push(envelope);
    }

    #[inline]
    fn touch_contact(&mut self, slot: SlotId) {
        let leaf = self.scenario.agents.len() + slot.index();
        if self.touched.last() != Some(&leaf) {
            self.touched.push(leaf);
        }
    }

    #[inline]
    fn touch_agent(&mut self, agent: AgentId) {
        if self.touched.last() != Some(&agent.index()) {
            self.touched.push(agent.index());
        }
    }

    /// Sets the leaves of everything that the step touched.
    #[inline]
    fn flush(&mut self) {
        let agents = self.scenario.agents.len();
        while let Some(leaf) = self.touched.pop() {
            let due = match leaf.checked_sub(agents) {
                None => {
                    let agent = &self.state.agents[leaf];
                    agent.due(&self.scenario.teams[agent.team.index()].speed)
                }
                Some(slot) => self.due_of_contact(SlotId(slot as u32)),
            };
            self.agenda.set(leaf, due);
        }
    }

    fn due_of_contact(&self, slot: SlotId) -> SimTime {
        let c = self.state.contacts.get(slot);
        match c.stage {
            Stage::BotAsked => {
                let reply = self.replies.get(slot.index());
                reply.map_or(SimTime::NEVER, |r| r.at).min(c.due)
            }
            _ => c.due,
        }
    }
}
