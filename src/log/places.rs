//! Places of live contacts, derived anew from the events.
//!
//! The rule is the engine's: a contact takes the place that was given back
//! last, or a new one; it keeps its place while a return is planned. A customer who left
//! silently and is back while the empty chat is still there has another place.

use crate::event::Event;
use crate::id::{ConversationId, SlotId};
use std::collections::VecDeque;

/// Places of the live contacts of one replication.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    free: Vec<u32>,
    planned: Vec<bool>,
    ended: Vec<bool>,
    /// Place of each contact from `first` on; [`GONE`] where it has none.
    live: VecDeque<u32>,
    first: u32,
}

const GONE: u32 = u32::MAX;

impl Places {
    /// The place of a contact at its next event. `of` is the contact before it
    /// where it is a return.
    #[inline]
    pub(super) fn place(
        &mut self,
        conversation: ConversationId,
        event: &Event,
        of: Option<ConversationId>,
    ) -> Result<SlotId, &'static str> {
        if conversation == ConversationId::NONE {
            return Ok(SlotId::NONE);
        }
        let opens = matches!(event, Event::ContactStarted { .. } | Event::ArticleViewed { .. });
        let place = match self.find(conversation) {
            Some(place) => place,
            None if opens => self.open(conversation, of)?,
            None => return Err("the contact is not live"),
        };
        match event {
            _ if opens => {
                self.planned[place as usize] = false;
                self.ended[place as usize] = false;
            }
            Event::ReturnPlanned { .. } => self.planned[place as usize] = true,
            Event::ContactEnded { .. } | Event::ArticleSolved => {
                self.ended[place as usize] = true;
                if !self.planned[place as usize] {
                    self.free.push(place);
                    self.forget(conversation);
                }
            }
            _ => {}
        }
        Ok(SlotId(place))
    }

    fn open(
        &mut self,
        conversation: ConversationId,
        of: Option<ConversationId>,
    ) -> Result<u32, &'static str> {
        let before = match of {
            Some(of) => {
                let place = self.find(of);
                Some((of, place.ok_or("it returns from a contact that is not live")?))
            }
            None => None,
        };
        let place = match before {
            Some((of, place)) if self.ended[place as usize] => {
                // The contact before it goes first: two contacts never share a place.
                self.forget(of);
                place
            }
            _ => {
                if let Some((_, empty_chat)) = before {
                    self.planned[empty_chat as usize] = false;
                }
                self.free.pop().unwrap_or_else(|| {
                    self.planned.push(false);
                    self.ended.push(false);
                    self.planned.len() as u32 - 1
                })
            }
        };
        debug_assert!(!self.free.contains(&place), "a place is given back once");
        if self.live.is_empty() {
            self.first = conversation.0;
        }
        let behind = conversation.0.checked_sub(self.first);
        if behind != Some(self.live.len() as u32) {
            return Err("contacts are not numbered in the order in which they begin");
        }
        self.live.push_back(place);
        Ok(place)
    }

    #[inline]
    fn find(&self, conversation: ConversationId) -> Option<u32> {
        let place = *self.live.get(conversation.0.checked_sub(self.first)? as usize)?;
        (place != GONE).then_some(place)
    }

    fn forget(&mut self, conversation: ConversationId) {
        if let Some(behind) = conversation.0.checked_sub(self.first)
            && let Some(place) = self.live.get_mut(behind as usize)
        {
            *place = GONE;
        }
        // The last entry stays: the next contact is numbered after it.
        while self.live.len() > 1 && self.live.front() == Some(&GONE) {
            self.live.pop_front();
            self.first += 1;
        }
    }
}
