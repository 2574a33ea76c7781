//! Answers of the bot, from whoever brings them, and what is known of those that never come.

use super::{BotReply, Engine, Stage, TurnFacts};
use crate::id::{ConversationId, SlotId};
use crate::time::SimTime;

/// An answer that has not happened yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingReply {
    /// When it happens: then, or now where that has passed.
    pub(super) at: SimTime,
    /// When the customer had all of it.
    pub(super) ended: SimTime,
    /// Since when it is known that nothing follows it.
    pub(super) known: SimTime,
    pub(super) reply: BotReply,
    pub(super) measured: Option<TurnFacts>,
}

impl Engine<'_> {
    /// Brings the bot's answer to a question: it happens at `at`, which is not
    /// before now. An answer to a contact that asks no more is ignored.
    pub fn deliver(
        &mut self,
        slot: SlotId,
        conversation: ConversationId,
        at: SimTime,
        reply: BotReply,
    ) {
        let at = at.max(self.desk.now);
        self.deliver_measured(slot, conversation, (at, at), reply, None);
    }

    /// As [`Engine::deliver`], with what was measured of it: when the customer had all of
    /// it, and since when it is known that nothing follows. The next message is planned
    /// from the first, and leaves no sooner than the second. Both may have passed: the
    /// answer then happens now, as time goes one way.
    pub fn deliver_measured(
        &mut self,
        slot: SlotId,
        conversation: ConversationId,
        (ended, known): (SimTime, SimTime),
        reply: BotReply,
        measured: Option<TurnFacts>,
    ) {
        let c = self.desk.state.contacts.get(slot);
        if c.stage != Stage::BotAsked || c.id != conversation {
            return;
        }
        if self.replies.len() <= slot.index() {
            let none = PendingReply {
                at: SimTime::NEVER,
                ended: SimTime::NEVER,
                known: SimTime::NEVER,
                reply: BotReply::Failed,
                measured: None,
            };
            self.replies.resize(slot.index() + 1, none);
        }
        self.replies[slot.index()] =
            PendingReply { at: ended.max(self.desk.now), ended, known, reply, measured };
        self.desk.touch_contact(slot);
        self.flush();
    }

    /// Whether the run ends with the next step.
    #[must_use]
    pub fn ends_next(&self) -> bool {
        let own = self.agenda.next().map_or(SimTime::NEVER, |(at, _)| at);
        own.min(self.roster_due()).min(self.arrivals.next_due()) > self.desk.scenario.end
    }

    /// Whose patience with the bot ends next, and when, if that is the next thing that
    /// happens.
    #[must_use]
    pub fn gives_up_next(&self) -> Option<(ConversationId, SimTime)> {
        let (at, leaf) = self.agenda.next()?;
        if self.roster_due() <= at || self.arrivals.next_due() < at {
            return None;
        }
        let slot = SlotId(leaf.checked_sub(self.desk.scenario.agents.len())? as u32);
        let c = self.desk.state.contacts.get(slot);
        let replied = self.replies.get(slot.index()).is_some_and(|r| r.at <= at);
        (c.stage == Stage::BotAsked && !replied).then_some((c.id, at))
    }

    /// Says of the message that a contact has asked the bot what was measured of it, where
    /// no reply will come. It changes nothing for the customer.
    pub fn note_turn(
        &mut self,
        slot: SlotId,
        conversation: ConversationId,
        at: SimTime,
        facts: TurnFacts,
    ) {
        let c = self.desk.state.contacts.get(slot);
        if c.stage == Stage::BotAsked && c.id == conversation && !self.desk.state.ended {
            self.desk.cause = Some(c.last_seq);
            self.desk.now = at.max(self.desk.now);
            self.desk.measured(slot, BotReply::Failed, Some(facts));
            self.flush();
        }
    }

    /// The bot's answer, where it is there by now: a customer whose patience ends at
    /// the same moment still sees it. Without one, none will be taken any more.
    pub(super) fn reply_due(&mut self, slot: SlotId) -> Option<PendingReply> {
        let pending = self.replies.get_mut(slot.index())?;
        let found = *pending;
        pending.at = SimTime::NEVER;
        (found.at <= self.desk.now).then_some(found)
    }
}
