//! The book of live contacts: what later events of a contact need of earlier ones.

use crate::event::{Envelope, Event, Header};
use crate::id::{AgentId, ChannelId, ConversationId, IntentId, QueueId, SegmentId, SlotId};
use crate::time::SimTime;

/// What is known of a live contact.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Its number.
    pub id: ConversationId,
    /// Whether it began in the measured window.
    pub measured: bool,
    /// Whether it is the first contact of its issue.
    pub first: bool,
    /// Whether it is a retrial of a contact that nobody served.
    pub retrial: bool,
    /// Whether it is still only an article view.
    pub article: bool,
    /// Whether it followed an article view.
    pub after_article: bool,
    /// Index of its segment, channel and intent among all combinations.
    pub cell: u32,
    /// Its segment.
    pub segment: SegmentId,
    /// Its channel.
    pub channel: ChannelId,
    /// When it began.
    pub started: SimTime,
    /// When its latest bot session began, or it began to wait for one.
    pub bot_since: SimTime,
    /// Whether it waits or has waited for a bot session.
    pub bot_queued: bool,
    /// Answers of the bot so far.
    pub bot_answers: u16,
    /// Whether it has come to people.
    pub to_people: bool,
    /// The queue it is or was in.
    pub queue: QueueId,
    /// When it joined that queue.
    pub joined: SimTime,
    /// Whether it waits.
    pub waiting: bool,
    /// Whether the customer has left without a sign.
    pub gone: bool,
    /// Whether it came back to the queue because a shift ended.
    pub handed_back: bool,
    /// The agent who has it or had it last.
    pub agent: AgentId,
    /// When that agent took it.
    pub assigned: SimTime,
    /// Handling so far, without the running part, microseconds.
    pub handled_us: u64,
    /// Of that: parts of the running visit that a shift end cut off.
    pub visit_us: u64,
    /// Whether a person has written or spoken to the customer.
    pub replied: bool,
    /// Whether an agent noticed a wrong assignment, or sorted it.
    pub wrong: bool,
    /// Whether a return is planned.
    pub planned: bool,
}

/// The live contacts of a run, by place.
#[derive(Clone, Debug)]
pub struct Book {
    records: Vec<Record>,
    channels: usize,
    intents: usize,
    /// Contacts that have begun.
    pub live: i64,
}

impl Book {
    /// Without contacts.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self {
            records: Vec::new(),
            channels: header.channels.len(),
            intents: header.intents.len(),
            live: 0,
        }
    }

    /// The record of a live contact.
    #[must_use]
    #[inline]
    pub fn get(&self, slot: SlotId) -> &Record {
        &self.records[slot.index()]
    }

    /// Whether this contact follows an article view of the same customer.
    #[must_use]
    #[inline]
    pub fn follows_article(&self, env: &Envelope) -> bool {
        let record = self.records.get(env.slot.index());
        record.is_some_and(|r| r.article && r.id == env.conversation)
    }

    /// Index of a combination of segment, channel and intent.
    #[must_use]
    #[inline]
    pub fn cell(&self, segment: SegmentId, channel: ChannelId, intent: IntentId) -> u32 {
        let channel = segment.index() * self.channels + channel.index();
        (channel * self.intents + intent.index()) as u32
    }

    /// Takes in the next event.
    #[inline]
    pub fn apply(&mut self, header: &Header, env: &Envelope) {
        if env.slot == SlotId::NONE {
            return;
        }
        match env.event {
            Event::ArticleViewed {
                segment,
                channel,
                intent,
                ..
            } => {
                self.open(header, env, segment, channel, intent);
                self.records[env.slot.index()].article = true;
                return;
            }
            Event::ContactStarted {
                segment,
                channel,
                intent,
                attempt,
                ..
            } => {
                let place = env.slot.index();
                let from_article = self.follows_article(env);
                self.open(header, env, segment, channel, intent);
                let r = &mut self.records[place];
                r.first = attempt == 0;
                r.after_article = from_article;
                self.live += 1;
                return;
            }
            _ => {}
        }
        let r = &mut self.records[env.slot.index()];
        match env.event {
            Event::ContactReturned { reason, .. } => r.retrial = reason.is_retrial(),
            Event::BotQueued => {
                r.bot_since = env.at;
                r.bot_queued = true;
            }
            Event::BotEngaged => r.bot_since = env.at,
            Event::BotReplied { .. } => r.bot_answers += 1,
            Event::Queued { queue, wrong, .. } => {
                if !r.handed_back || r.queue != queue {
                    r.handed_back = false;
                }
                r.to_people = true;
                r.queue = queue;
                r.joined = env.at;
                r.waiting = true;
                r.wrong = wrong;
            }
            // A contact that waits and is refused found no place to go on to: it stays.
            Event::Balked { queue } | Event::Refused { queue } if !r.waiting => {
                r.to_people = true;
                r.queue = queue;
            }
            Event::Abandoned { silent } => {
                r.waiting = silent;
                r.gone = silent;
            }
            Event::Transferred { to, .. } => {
                r.queue = to;
            }
            Event::Assigned { agent, .. } => {
                r.waiting = false;
                r.agent = agent;
                r.assigned = env.at;
            }
            Event::FirstHumanReply => r.replied = true,
            Event::HandlingEnded { left_s, .. } => {
                let part_us = env.at.since(r.assigned).0;
                r.handled_us += part_us;
                r.handed_back = left_s > 0.0;
                r.visit_us = if r.handed_back {
                    r.visit_us + part_us
                } else {
                    0
                };
            }
            Event::ReturnPlanned { .. } => r.planned = true,
            Event::ContactEnded { .. } => self.live -= 1,
            _ => {}
        }
    }

    fn open(
        &mut self,
        header: &Header,
        env: &Envelope,
        segment: SegmentId,
        channel: ChannelId,
        intent: IntentId,
    ) {
        let (from, to) = header.measured;
        let record = Record {
            id: env.conversation,
            measured: from <= env.at && env.at < to,
            first: true,
            retrial: false,
            article: false,
            after_article: false,
            cell: self.cell(segment, channel, intent),
            segment,
            channel,
            started: env.at,
            bot_since: env.at,
            bot_queued: false,
            bot_answers: 0,
            to_people: false,
            queue: QueueId::NONE,
            joined: env.at,
            waiting: false,
            gone: false,
            handed_back: false,
            agent: AgentId::NONE,
            assigned: env.at,
            handled_us: 0,
            visit_us: 0,
            replied: false,
            wrong: false,
            planned: false,
        };
        let place = env.slot.index();
        if place >= self.records.len() {
            self.records.resize(place + 1, record);
        }
        self.records[place] = record;
    }
}
