//! The book of live contacts: what later events of a contact need of earlier ones.

use super::Handled;
use crate::domain::Party;
use crate::event::{Envelope, Event, Header};
use crate::id::{AgentId, ChannelId, ConversationId, IntentId, QueueId, SegmentId, SlotId};
use crate::time::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// What is known of an issue: a first contact with all its returns and retrials.
#[derive(Clone, Copy, Debug)]
pub struct Issue {
    /// Whether it began in the measured window.
    pub measured: bool,
    /// Combination of segment, channel and intent of its first contact.
    pub cell: u32,
    /// The channel that its customer meant to use first.
    pub channel: ChannelId,
    /// Whether an article, the bot or people have served it so far.
    pub served: bool,
    /// Whether it was served, and never by the people of that channel.
    pub elsewhere: bool,
    /// Time that its customer has waited for the desk in earlier contacts, microseconds.
    pub desk_us: u64,
}

impl Issue {
    /// Somebody serves it by a channel: a party, or an article.
    pub fn serve(&mut self, by: Option<Party>, channel: ChannelId) {
        let here = by == Some(Party::Human) && channel == self.channel;
        self.elsewhere = !here && (self.elsewhere || !self.served);
        self.served = true;
    }
}

/// A task of an agent: a contact, or the wrap-up that has taken its place, with what was
/// done before it and since when it lasts.
#[derive(Clone, Copy, Debug)]
struct Task {
    slot: SlotId,
    wrap_up: Option<(Handled, SimTime)>,
}

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
    /// Whether a shift end took it from an agent: it was answered, and is again with
    /// an agent or waits for one.
    pub handed_back: bool,
    /// The agent who has it or had it last.
    pub agent: AgentId,
    /// When that agent took it.
    pub assigned: SimTime,
    /// Handling so far without the running part, triage and wrong turns, microseconds.
    pub handled_us: u64,
    /// Parts of the running visit that a shift end cut off, microseconds.
    pub visit_us: u64,
    /// Time for which the bot has awaited the customer's next message, microseconds.
    pub awaited_us: u64,
    /// Since when it awaits one, while it does.
    awaiting: Option<SimTime>,
    /// The issue it belongs to.
    pub issue: Issue,
    /// Whether a person has written or spoken to the customer.
    pub replied: bool,
    /// Whether an agent noticed a wrong assignment, or sorted it.
    pub wrong: bool,
    /// Whether a return is planned.
    pub planned: bool,
}

impl Record {
    /// What has been done for it by a moment at which an agent ends it.
    #[inline]
    fn handled(&self, header: &Header, at: SimTime) -> Handled {
        let part_us = at.since(self.assigned).0;
        let triage = header.queues.get(self.queue.index()).is_some_and(|queue| queue.triage);
        let last = !self.gone && !self.wrong && !triage;
        Handled {
            queue: self.queue,
            cell: self.cell,
            segment: self.segment,
            joined: self.joined,
            measured: self.measured,
            gone: self.gone,
            last,
            visit_us: self.visit_us + part_us,
            handled_us: self.handled_us + if last { part_us } else { 0 },
        }
    }
}

/// The live contacts of a run, by place.
#[derive(Clone, Debug)]
pub struct Book {
    records: Vec<Record>,
    /// Tasks of each agent, in the order in which events number them.
    tasks: Vec<Vec<Task>>,
    /// Issues whose customer left without a sign and will come again: the return
    /// begins in another place while the empty contact keeps its own.
    left: BTreeMap<ConversationId, Issue>,
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
            tasks: vec![Vec::new(); header.agent_teams.len()],
            left: BTreeMap::new(),
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

    /// Contacts whose customers wait for an agent.
    pub fn waiting(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|r| r.waiting && !r.gone)
    }

    /// The wrap-up in a place among an agent's tasks.
    #[inline]
    fn wrap_up(&self, agent: AgentId, place: u16) -> Option<&(Handled, SimTime)> {
        let tasks = self.tasks.get(agent.index())?;
        tasks.get(place as usize)?.wrap_up.as_ref()
    }

    /// The visit that an event ends for its agent too: nothing follows it, neither a wrap-up
    /// nor, after the end of a shift, another part.
    #[must_use]
    #[inline]
    pub fn handled(&self, header: &Header, env: &Envelope) -> Option<Handled> {
        match env.event {
            Event::HandlingEnded { left_s, wrap_up_s, .. } => (left_s <= 0.0 && wrap_up_s <= 0.0)
                .then(|| self.get(env.slot).handled(header, env.at)),
            Event::WrapUpEnded { agent, place } => {
                let (handled, since) = self.wrap_up(agent, place)?;
                Some(handled.with(env.at.since(*since).0))
            }
            _ => None,
        }
    }

    /// Time that the customer of a contact has waited for the desk until now, of the whole
    /// issue: not the time for which the desk awaited the customer, before a message to
    /// the bot and between contacts.
    #[must_use]
    pub fn desk_time(r: &Record, at: SimTime) -> SimDuration {
        let own_us = at.since(r.started).0.saturating_sub(r.awaited_us);
        SimDuration(r.issue.desk_us + own_us)
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
    #[inline(always)]
    pub fn apply(&mut self, header: &Header, env: &Envelope) {
        if env.slot == SlotId::NONE {
            if let Event::WrapUpEnded { agent, place } = env.event {
                self.end_wrap_up(agent, place);
            }
            return;
        }
        if self.begins(header, env) {
            return;
        }
        match env.event {
            Event::Assigned { agent, .. } => self.take(agent, env.slot),
            Event::HandlingEnded { agent, wrap_up_s, .. } => {
                self.end_task(header, env, agent, wrap_up_s > 0.0)
            }
            _ => {}
        }
        let r = &mut self.records[env.slot.index()];
        match env.event {
            Event::ContactReturned { of, reason, .. } => {
                r.retrial = reason.is_retrial();
                if let Some(issue) = self.left.remove(&of) {
                    r.issue = issue;
                }
            }
            Event::CustomerThinking { .. } => r.awaiting = Some(env.at),
            Event::BotAsked { .. } => {
                let since = r.awaiting.take();
                r.awaited_us += since.map_or(0, |since| env.at.since(since).0);
            }
            Event::ArticleSolved => {
                r.issue.serve(None, r.channel);
            }
            Event::Resolved { party, .. } => r.issue.serve(Some(party), r.channel),
            Event::BotQueued => {
                r.bot_since = env.at;
                r.bot_queued = true;
            }
            Event::BotEngaged => r.bot_since = env.at,
            Event::BotReplied { .. } => r.bot_answers += 1,
            Event::Queued { queue, wrong, .. } => {
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
                if silent {
                    r.issue.desk_us = Self::desk_time(r, env.at).0;
                }
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
                let Handled { visit_us, handled_us, .. } = r.handled(header, env.at);
                r.handled_us = handled_us;
                r.handed_back = left_s > 0.0;
                r.visit_us = if r.handed_back { visit_us } else { 0 };
            }
            Event::ReturnPlanned { .. } => {
                r.planned = true;
                if r.gone {
                    self.left.insert(r.id, r.issue);
                }
            }
            Event::ContactEnded { .. } => {
                if !r.gone {
                    r.issue.desk_us = Self::desk_time(r, env.at).0;
                }
                r.waiting = false;
                self.live -= 1;
            }
            _ => {}
        }
    }

    /// A contact or an article view begins, if the event says so.
    #[inline(always)]
    fn begins(&mut self, header: &Header, env: &Envelope) -> bool {
        match env.event {
            Event::ArticleViewed { segment, channel, intent, .. } => {
                self.open(header, env, segment, channel, intent);
                self.records[env.slot.index()].article = true;
                true
            }
            Event::ContactStarted { segment, channel, intent, attempt, .. } => {
                let place = env.slot.index();
                let from_article = self.follows_article(env);
                let before = self.records.get(place).map(|r| r.issue);
                self.open(header, env, segment, channel, intent);
                let r = &mut self.records[place];
                r.first = attempt == 0;
                if let Some(issue) = before.filter(|_| attempt > 0) {
                    r.issue = issue; // a planned return keeps its place
                }
                r.after_article = from_article;
                self.live += 1;
                true
            }
            _ => false,
        }
    }

    /// An agent takes a contact.
    #[inline]
    fn take(&mut self, agent: AgentId, slot: SlotId) {
        if let Some(tasks) = self.tasks.get_mut(agent.index()) {
            tasks.push(Task { slot, wrap_up: None });
        }
    }

    /// An agent ends a contact: its task goes, or becomes a wrap-up in the same place.
    fn end_task(&mut self, header: &Header, env: &Envelope, agent: AgentId, wraps_up: bool) {
        let Some(tasks) = self.tasks.get_mut(agent.index()) else {
            return;
        };
        let Some(place) = tasks.iter().position(|task| task.slot == env.slot) else {
            return;
        };
        if !wraps_up {
            tasks.remove(place);
            return;
        }
        let handled = self.records[env.slot.index()].handled(header, env.at);
        tasks[place] = Task { slot: SlotId::NONE, wrap_up: Some((handled, env.at)) };
    }

    fn end_wrap_up(&mut self, agent: AgentId, place: u16) {
        let tasks = self.tasks.get_mut(agent.index());
        if let Some(tasks) = tasks.filter(|tasks| usize::from(place) < tasks.len()) {
            tasks.remove(usize::from(place));
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
        let measured = from <= env.at && env.at < to;
        let cell = self.cell(segment, channel, intent);
        let record = Record {
            id: env.conversation,
            measured,
            first: true,
            retrial: false,
            article: false,
            after_article: false,
            cell,
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
            awaited_us: 0,
            awaiting: None,
            issue: Issue { measured, cell, channel, served: false, elsewhere: false, desk_us: 0 },
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
