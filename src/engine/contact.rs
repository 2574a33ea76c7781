//! Live contacts: a table of places that are used again.

use crate::domain::ReturnReason;
use crate::event::Origin;
use crate::id::SourceId;
use crate::id::{
    AgentId, ChannelId, ConversationId, IntentId, LanguageId, QueueId, SegmentId, SlotId, TierId,
};
use crate::time::SimTime;

/// Where a contact is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The place is free.
    Free,
    /// The customer reads articles before making contact, or has just made it.
    Begun,
    /// Waits for a bot session.
    BotQueued,
    /// Waits for the bot's answer.
    BotAsked,
    /// The customer will write to the bot again.
    Thinking,
    /// Between the bot and a queue, or between two queues.
    Moving,
    /// Waits for people.
    Queued,
    /// Still in the queue, but the customer has left without a sign.
    Ghost,
    /// With an agent.
    Serving,
    /// The contact is over, and the customer will come again.
    Pending,
}

/// A live contact.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Number of the contact in the run.
    pub id: ConversationId,
    /// First contact of its issue.
    pub chain: ConversationId,
    /// Where it is.
    pub stage: Stage,
    /// Identity of the issue in keyed draws.
    pub issue: u64,
    /// Identity of the contact in keyed draws.
    pub key: u64,
    /// Where it came from.
    pub origin: Origin,
    /// Number among the contacts of its issue.
    pub attempt: u16,
    /// Bot turn, from 1.
    pub turn: u16,
    /// Times it has joined a queue.
    pub joins: u16,
    /// The customer's segment.
    pub segment: SegmentId,
    /// The channel.
    pub channel: ChannelId,
    /// The channel of the contact that is planned.
    pub next_channel: ChannelId,
    /// What the customer wants.
    pub intent: IntentId,
    /// The customer's tier.
    pub tier: TierId,
    /// The customer's language.
    pub language: LanguageId,
    /// The queue it is or was in.
    pub queue: QueueId,
    /// The queue that it joined first, before it went on to this one.
    pub first_queue: QueueId,
    /// Its priority level there.
    pub level: u8,
    /// Whether that queue is a wrong assignment.
    pub wrong: bool,
    /// Whether its customer would leave without a sign.
    pub silent: bool,
    /// Whether the customer has left without a sign.
    pub gone: bool,
    /// When the customer gives up.
    pub deadline: SimTime,
    /// Whether a return is planned.
    pub planned: bool,
    /// Whether the bot has failed the customer in this issue.
    pub failed: bool,
    /// Whether a shift end took it from its agent: it waits ahead of the others.
    pub handed_back: bool,
    /// When it joined the first line that it has kept: the order of service.
    pub since: SimTime,
    /// When it last came to this queue: the start of the overflow timer.
    pub entered: SimTime,
    /// The next thing that happens to it by itself.
    pub due: SimTime,
    /// When the contact before it, or it while pending, ended; of a silent leaver, when
    /// the customer left.
    pub ended: SimTime,
    /// The agent who has or had the customer last.
    pub agent: AgentId,
    /// Seconds of standard work that a shift end left over; 0 = none.
    pub left_s: f64,
    /// Time it has waited for people, microseconds.
    pub waited_us: u64,
    /// Why the customer comes again, while pending.
    pub reason: ReturnReason,
    /// Its latest event.
    pub last_seq: u64,
    /// Neighbours in its queue.
    pub before: SlotId,
    /// Neighbours in its queue.
    pub after: SlotId,
}

impl Contact {
    /// A place without a contact.
    #[must_use]
    pub fn free() -> Self {
        Self {
            id: ConversationId::NONE,
            chain: ConversationId::NONE,
            stage: Stage::Free,
            issue: 0,
            key: 0,
            origin: Origin { source: SourceId::NONE, interval: 0, index: 0 },
            attempt: 0,
            turn: 0,
            joins: 0,
            segment: SegmentId(0),
            channel: ChannelId(0),
            next_channel: ChannelId(0),
            intent: IntentId(0),
            tier: TierId(0),
            language: LanguageId(0),
            queue: QueueId::NONE,
            first_queue: QueueId::NONE,
            level: 0,
            wrong: false,
            silent: false,
            gone: false,
            deadline: SimTime::NEVER,
            planned: false,
            failed: false,
            handed_back: false,
            since: SimTime::ZERO,
            entered: SimTime::ZERO,
            due: SimTime::NEVER,
            ended: SimTime::ZERO,
            agent: AgentId::NONE,
            left_s: 0.0,
            waited_us: 0,
            reason: ReturnReason::AfterTrue,
            last_seq: 0,
            before: SlotId::NONE,
            after: SlotId::NONE,
        }
    }
}

/// The table of live contacts.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    table: Vec<Contact>,
    free: Vec<SlotId>,
}

impl Contacts {
    /// The place that the next contact will take.
    #[must_use]
    pub fn next_slot(&self) -> SlotId {
        self.free.last().copied().unwrap_or(SlotId(self.table.len() as u32))
    }

    /// Takes the place that [`Contacts::next_slot`] named.
    pub(super) fn occupy(&mut self, slot: SlotId) {
        if self.free.pop().is_none() {
            debug_assert_eq!(slot.index(), self.table.len());
            self.table.push(Contact::free());
        }
    }

    /// Gives a place back.
    pub(super) fn release(&mut self, slot: SlotId) {
        let contact = &mut self.table[slot.index()];
        contact.stage = Stage::Free;
        contact.due = SimTime::NEVER;
        self.free.push(slot);
    }

    /// The contact in a place.
    #[must_use]
    #[inline]
    pub fn get(&self, slot: SlotId) -> &Contact {
        &self.table[slot.index()]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: SlotId) -> &mut Contact {
        &mut self.table[slot.index()]
    }

    /// All places with their contacts, free ones included.
    pub fn iter(&self) -> impl Iterator<Item = (SlotId, &Contact)> {
        self.table.iter().enumerate().map(|(i, c)| (SlotId(i as u32), c))
    }

    /// Number of places, free ones included.
    #[must_use]
    pub fn places(&self) -> usize {
        self.table.len()
    }
}
