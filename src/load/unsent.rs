//! Messages that never left this machine.

use crate::domain::TurnClass;
use crate::engine::TurnFacts;
use crate::id::{ConversationId, SlotId};
use crate::target::Departure;
use std::rc::Rc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A message under way.
pub(super) struct Sending {
    pub(super) slot: SlotId,
    pub(super) intended: Instant,
    pub(super) task: AbortHandle,
    pub(super) departure: Rc<Departure>,
}

/// A message that never left this machine.
#[derive(Clone, Copy, Debug)]
pub struct Unsent {
    /// Place of the contact.
    pub slot: SlotId,
    /// The contact.
    pub conversation: ConversationId,
    /// What is to be said of it: it was late by its whole wait.
    pub facts: TurnFacts,
}

impl Unsent {
    pub(super) fn of(
        slot: SlotId,
        conversation: ConversationId,
        intended: Instant,
        now: Instant,
    ) -> Self {
        let late_us = now.saturating_duration_since(intended).as_micros();
        let late_us = u32::try_from(late_us).unwrap_or(u32::MAX);
        Self { slot, conversation, facts: never_sent(TurnClass::NotSent, late_us) }
    }
}

/// What is to be said of a message without a turn, so late at its end.
pub(super) fn never_sent(class: TurnClass, late_us: u32) -> TurnFacts {
    TurnFacts {
        class,
        status: 0,
        lag_us: late_us,
        first_us: None,
        answer_us: None,
        latency_us: late_us,
        connect_us: 0,
        parts: 0,
        pause_us: 0,
        tokens: None,
        prompt_tokens: None,
    }
}
