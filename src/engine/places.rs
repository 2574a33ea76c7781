//! Places of live contacts: taken, given back, and left behind by silent leavers.

use super::contact::{Contact, Stage};
use super::state::{State, issue_key};
use crate::event::{Envelope, Origin};
use crate::id::{ChannelId, ConversationId, IntentId, SegmentId, SlotId};
use crate::scenario::Scenario;
use crate::time::SimTime;

impl State {
    pub(super) fn open_place(
        &mut self,
        scenario: &Scenario,
        env: &Envelope,
        origin: Origin,
        segment: SegmentId,
        channel: ChannelId,
        intent: IntentId,
    ) {
        let slot = env.slot;
        let fresh = env.conversation.0 == self.next_conversation;
        if fresh {
            self.next_conversation += 1;
        }
        if slot == self.contacts.next_slot() {
            self.contacts.occupy(slot);
            let source = &scenario.sources[origin.source.index()];
            *self.contacts.get_mut(slot) = Contact {
                chain: env.conversation,
                issue: issue_key(source.key, origin.interval, origin.index),
                origin,
                segment,
                intent,
                ..Contact::free()
            };
        }
        let c = self.contacts.get_mut(slot);
        c.id = env.conversation;
        c.stage = Stage::Begun;
        c.channel = channel;
        c.due = SimTime::NEVER;
        c.planned = false;
        c.turn = 0;
        c.joins = 0;
        c.waited_us = 0;
        c.left_s = 0.0;
        c.gone = false;
        c.handed_back = false;
        c.key = c.issue;
    }

    /// The customer of an empty chat is back, in another place: what was planned is done.
    pub(super) fn leave_ghost(&mut self, slot: SlotId, of: ConversationId, chain: ConversationId) {
        let is_of = |ghost: &SlotId| self.contacts.get(*ghost).id == of;
        let Some(place) = self.ghosts.iter().position(is_of) else {
            return;
        };
        let ghost = self.contacts.get_mut(self.ghosts.remove(place));
        (ghost.planned, ghost.due) = (false, SimTime::NEVER);
        let (agent, failed) = (ghost.agent, ghost.failed);
        let c = self.contacts.get_mut(slot);
        (c.chain, c.agent, c.failed) = (chain, agent, failed);
    }

    pub(super) fn close_place(&mut self, slot: SlotId, at: SimTime) {
        let c = self.contacts.get_mut(slot);
        if c.gone {
            self.ghosts.retain(|ghost| *ghost != slot);
        } else {
            c.ended = at;
        }
        if c.planned {
            c.stage = Stage::Pending;
        } else {
            self.contacts.release(slot);
        }
    }
}
