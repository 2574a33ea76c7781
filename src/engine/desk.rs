//! The desk: where it is decided what happens, and said in events.
//!
//! Handling, routing, bot, staffing, intake and follow-up live on it. They read the
//! scenario, the state and keyed draws, and emit; what is emitted is applied at once. They
//! see neither the agenda nor what is still to come: that is the [`Engine`](super::Engine)'s.

use super::{Outbox, Stage, State};
use crate::event::{Envelope, Event};
use crate::id::{AgentId, ConversationId, SlotId};
use crate::random::Streams;
use crate::scenario::Scenario;
use crate::time::SimTime;

/// Who decides, in the light of what, and where it is written down.
#[derive(Clone, Debug)]
pub(super) struct Desk<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) state: State,
    /// The keys of what begins now.
    pub(super) draws: Streams,
    /// Speed of each agent against the team's.
    pub(super) own_speed: Vec<f64>,
    /// Whom each fault keeps away.
    pub(super) away: Vec<Vec<AgentId>>,
    /// The running moment.
    pub(super) now: SimTime,
    /// The latest event of the step: the cause of the next.
    pub(super) cause: Option<u64>,
    /// Leaves of the agenda to set when the step is done: agents, and contacts behind them.
    pub(super) touched: Vec<usize>,
    pub(super) out: Outbox,
}

impl Desk<'_> {
    /// Emits an event of a contact and applies it.
    #[inline(always)]
    pub(super) fn emit(&mut self, slot: SlotId, event: Event) {
        let conversation = self.state.contacts.get(slot).id;
        self.put(slot, conversation, event);
        self.touch_contact(slot);
    }

    /// Emits an event of an agent and applies it.
    #[inline(always)]
    pub(super) fn emit_agent(&mut self, agent: AgentId, event: Event) {
        self.emit_run(event);
        self.touch_agent(agent);
    }

    /// Emits an event that is about no contact and applies it.
    #[inline(always)]
    pub(super) fn emit_run(&mut self, event: Event) {
        self.put(SlotId::NONE, ConversationId::NONE, event);
    }

    #[inline(always)]
    pub(super) fn put(&mut self, slot: SlotId, conversation: ConversationId, event: Event) {
        let seq = self.state.next_seq;
        let cause = self.cause.unwrap_or(seq);
        let envelope = Envelope { seq, at: self.now, cause, conversation, slot, event };
        self.state.apply(self.scenario, &envelope);
        self.cause = Some(seq);
        self.out.events.push(envelope);
    }

    #[inline]
    pub(super) fn touch_contact(&mut self, slot: SlotId) {
        self.touch(self.scenario.agents.len() + slot.index());
    }

    #[inline]
    pub(super) fn touch_agent(&mut self, agent: AgentId) {
        self.touch(agent.index());
    }

    #[inline]
    fn touch(&mut self, leaf: usize) {
        if self.touched.last() != Some(&leaf) {
            self.touched.push(leaf);
        }
    }

    pub(super) fn touch_all(&mut self) {
        self.touched.extend(0..self.scenario.agents.len() + self.state.contacts.places());
    }

    /// What a contact had planned is due: its next message, its return, or the end of its
    /// patience.
    pub(super) fn contact_due(&mut self, slot: SlotId) {
        match self.state.contacts.get(slot).stage {
            Stage::Thinking => self.ask_bot(slot, self.state.contacts.get(slot).turn + 1),
            Stage::Queued => self.waited_long(slot),
            Stage::Pending | Stage::Ghost | Stage::Serving => self.come_again(slot),
            _ => {}
        }
    }
}
