//! The fold from events to what was seen.

use super::{BotEnd, Contact, Duty, Follows, Observed, Part, PartEnd, Stay, StayEnd};
use crate::domain::{Outcome, TransferReason};
use crate::event::{Envelope, Event, Header};
use crate::id::{AgentId, ConversationId, SlotId};
use crate::projection::{Book, Visit, VisitEnd};
use crate::time::{SimDuration, SimTime, Span};
use std::collections::BTreeMap;

/// Follows the events of one replication.
#[derive(Clone, Debug)]
pub struct Observer {
    seen: Observed,
    book: Book,
    /// Place of the contact that is live in each slot.
    live: Vec<usize>,
    /// Place of each contact by its number.
    places: BTreeMap<ConversationId, usize>,
    /// The part that a live contact is or was in last, by slot.
    running: Vec<Option<usize>>,
    /// The stay that a live contact ended last, by slot.
    stays: Vec<Option<usize>>,
    /// Parts of each agent, wrap-ups among them, in the order in which events number them.
    tasks: Vec<Vec<usize>>,
    /// The duty that each agent is in.
    on_duty: Vec<Option<usize>>,
    /// When the last question of each slot was asked, or the last answer given.
    said: Vec<SimTime>,
}

/// A place of a list, which grows to have it.
fn place_of<T: Clone>(list: &mut Vec<T>, place: usize, empty: T) -> &mut T {
    if place >= list.len() {
        list.resize(place + 1, empty);
    }
    &mut list[place]
}

impl Observer {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let agents = header.agent_teams.len();
        Self {
            seen: Observed::default(),
            book: Book::new(header),
            live: Vec::new(),
            places: BTreeMap::new(),
            running: Vec::new(),
            stays: Vec::new(),
            tasks: vec![Vec::new(); agents],
            on_duty: vec![None; agents],
            said: Vec::new(),
        }
    }

    /// Takes in the next events.
    pub fn apply_all(&mut self, header: &Header, events: &[Envelope]) {
        for env in events {
            self.seen.until = env.at;
            if env.slot == SlotId::NONE {
                self.staff(env);
            } else if let Event::ContactStarted { .. } = env.event {
                self.begin(env);
            } else if !matches!(env.event, Event::ArticleViewed { .. } | Event::ArticleSolved) {
                self.bot(env);
                self.queue(header, env);
                self.work(env);
                self.end(env);
            }
            self.book.apply(header, env);
        }
    }

    /// All that was seen, after the last event.
    #[must_use]
    pub fn finish(mut self, header: &Header) -> Observed {
        let until = self.seen.until;
        for slot in 0..self.live.len() {
            let r = self.book.get(SlotId(slot as u32));
            let contact = self.live[slot];
            let known = self.seen.contacts.get(contact).is_some_and(|c| c.ended.is_none());
            if known && r.waiting && !r.handed_back {
                let visit = Visit::of(header, r, until, VisitEnd::Open);
                self.stay(contact, &visit, until, StayEnd::Open);
            }
        }
        for duty in self.on_duty.into_iter().flatten() {
            close(&mut self.seen.duties[duty], until);
        }
        self.seen.add_up();
        self.seen
    }

    fn begin(&mut self, env: &Envelope) {
        let Event::ContactStarted { origin, segment, channel, intent, tier, language, .. } =
            env.event
        else {
            return;
        };
        let place = self.seen.contacts.len();
        self.seen.contacts.push(Contact {
            number: env.conversation,
            started: env.at,
            source: origin.source,
            segment,
            channel,
            intent,
            tier,
            language,
            follows: None,
            bot: super::BotPart::default(),
            stay: None,
            transfers: 0,
            agent: None,
            assigned: env.at,
            concurrency: 0,
            handled: SimDuration::ZERO,
            wrap_up: SimDuration::ZERO,
            ended: None,
        });
        self.places.insert(env.conversation, place);
        *place_of(&mut self.live, env.slot.index(), usize::MAX) = place;
        *place_of(&mut self.running, env.slot.index(), None) = None;
        *place_of(&mut self.stays, env.slot.index(), None) = None;
        *place_of(&mut self.said, env.slot.index(), env.at) = env.at;
    }

    fn contact(&mut self, slot: SlotId) -> Option<&mut Contact> {
        self.seen.contacts.get_mut(*self.live.get(slot.index())?)
    }

    fn bot(&mut self, env: &Envelope) {
        let slot = env.slot.index();
        let since = |said: &[SimTime]| said.get(slot).map(|at| env.at.since(*at));
        match env.event {
            Event::BotAsked { turn, .. } => {
                // Before the first message nobody has thought about an answer.
                let think = since(&self.said).filter(|_| turn > 1);
                self.seen.thinks.extend(think);
                *place_of(&mut self.said, slot, env.at) = env.at;
            }
            Event::BotReplied { .. } => {
                self.seen.bot_latencies.extend(since(&self.said));
                *place_of(&mut self.said, slot, env.at) = env.at;
            }
            _ => {}
        }
        let Some(contact) = self.contact(env.slot) else {
            return;
        };
        let bot = &mut contact.bot;
        match env.event {
            Event::BotSkipped { reason } => bot.end = Some(BotEnd::Skipped(reason)),
            Event::BotEngaged => bot.engaged = true,
            Event::BotReplied { .. } => bot.answers = bot.answers.saturating_add(1),
            Event::BotEscalated { reason } => bot.end = Some(BotEnd::Escalated(reason)),
            Event::BotClosed { confirmed } => bot.end = Some(BotEnd::Closed { confirmed }),
            Event::BotGivenUp { .. } => bot.end = Some(BotEnd::GivenUp),
            _ => {}
        }
    }

    /// Stays in queues. The book knows who has left without a sign; here that is not asked.
    fn queue(&mut self, header: &Header, env: &Envelope) {
        let Some(&contact) = self.live.get(env.slot.index()) else {
            return;
        };
        let r = self.book.get(env.slot);
        let (visit, end) = match env.event {
            Event::Assigned { .. } if !r.handed_back => {
                (Some(Visit::of(header, r, env.at, VisitEnd::Answered)), StayEnd::Answered)
            }
            Event::Transferred { reason: TransferReason::Overflow, .. } if !r.handed_back => {
                (Some(Visit::of(header, r, env.at, VisitEnd::FlowedOut)), StayEnd::FlowedOut)
            }
            Event::Abandoned { silent: false } if !r.handed_back => {
                (self.book.visit(header, env), StayEnd::Left)
            }
            Event::Balked { .. } => (self.book.visit(header, env), StayEnd::Balked),
            Event::Refused { .. } => (self.book.visit(header, env), StayEnd::Refused),
            _ => return,
        };
        if let Some(visit) = visit {
            self.stays[env.slot.index()] = Some(self.seen.stays.len());
            self.stay(contact, &visit, env.at, end);
        }
    }

    fn stay(&mut self, contact: usize, visit: &Visit, ended: SimTime, end: StayEnd) {
        let (queue, joined, wait) = (visit.queue, visit.joined, visit.wait);
        let stay = Stay { contact, queue, joined, ended, wait, end };
        self.seen.stays.push(stay);
        if let Some(c) = self.seen.contacts.get_mut(contact) {
            let goes_on = c.stay.is_none_or(|stay| stay.end == StayEnd::FlowedOut);
            c.stay = if goes_on { Some(stay) } else { c.stay };
        }
    }

    /// What agents do with contacts.
    fn work(&mut self, env: &Envelope) {
        let slot = env.slot.index();
        let Some(&contact) = self.live.get(slot) else {
            return;
        };
        match env.event {
            Event::Assigned { agent, concurrency, .. } => {
                let queue = self.book.get(env.slot).queue;
                place_of(&mut self.tasks, agent.index(), Vec::new()).push(self.seen.parts.len());
                self.running[slot] = Some(self.seen.parts.len());
                self.seen.parts.push(Part {
                    contact,
                    queue,
                    agent,
                    assigned: env.at,
                    concurrency,
                    ended: None,
                    end: PartEnd::Open,
                    wraps_up: false,
                    wrapped_up: None,
                });
                if let Some(c) = self.seen.contacts.get_mut(contact) {
                    (c.agent, c.assigned, c.concurrency) = (Some(agent), env.at, concurrency);
                }
            }
            Event::HandlingEnded { agent, wrap_up_s, left_s } => {
                let Some(part) = self.running[slot] else {
                    return;
                };
                let wraps_up = wrap_up_s > 0.0;
                let p = &mut self.seen.parts[part];
                let end = if left_s > 0.0 { PartEnd::HandedBack } else { PartEnd::Closed };
                (p.ended, p.end, p.wraps_up) = (Some(env.at), end, wraps_up);
                let tasks = place_of(&mut self.tasks, agent.index(), Vec::new());
                if !wraps_up {
                    tasks.retain(|task| *task != part);
                }
            }
            Event::Transferred { reason, .. } => {
                let end = match reason {
                    TransferReason::Overflow => None,
                    TransferReason::ShiftEnd => Some(PartEnd::HandedBack),
                    TransferReason::Triaged | TransferReason::Misrouted => Some(PartEnd::PassedOn),
                };
                if let (Some(end), Some(part)) = (end, self.running[slot]) {
                    self.seen.parts[part].end = end;
                }
                if let Some(c) = self.contact(env.slot) {
                    c.transfers = c.transfers.saturating_add(1);
                }
            }
            _ => {}
        }
    }

    /// Whom a contact follows, and how it ends.
    fn end(&mut self, env: &Envelope) {
        match env.event {
            Event::ContactReturned { of, reason, .. } => {
                let place = self.places.get(&of).copied();
                let earlier = place.and_then(|place| self.seen.contacts.get(place));
                let ended = earlier.and_then(|earlier| earlier.ended);
                if let (Some(place), Some(c)) = (place, self.contact(env.slot)) {
                    let after = ended.map(|(ended, _)| c.started.since(ended));
                    c.follows = Some(Follows { place, reason, after });
                }
            }
            Event::ContactEnded { outcome } => {
                let Some(&place) = self.live.get(env.slot.index()) else {
                    return;
                };
                if let Some(c) = self.seen.contacts.get_mut(place) {
                    c.ended = Some((env.at, outcome));
                }
                self.put_right(place, env.slot.index(), outcome);
            }
            _ => {}
        }
    }

    /// What was meant by the end of the last stay and the last part shows when the contact
    /// is over.
    fn put_right(&mut self, place: usize, slot: usize, outcome: Outcome) {
        let meant = |end: StayEnd| match (outcome, end) {
            (Outcome::AbandonedSilently, StayEnd::Answered) => StayEnd::FoundEmpty,
            (Outcome::TurnedAway, StayEnd::Left) => StayEnd::TurnedAway,
            (_, end) => end,
        };
        let last = self.stays.get(slot).copied().flatten();
        let Some(stay) = last.and_then(|last| self.seen.stays.get_mut(last)) else {
            return;
        };
        stay.end = meant(stay.end);
        let (joined, end) = (stay.joined, stay.end);
        let first = self.seen.contacts.get_mut(place).and_then(|c| c.stay.as_mut());
        if let Some(first) = first.filter(|first| first.joined == joined) {
            first.end = end;
        }
        if let (Some(part), Outcome::AbandonedSilently) = (self.running[slot], outcome) {
            self.seen.parts[part].end = PartEnd::FoundEmpty;
        }
    }

    fn staff(&mut self, env: &Envelope) {
        match env.event {
            Event::WrapUpEnded { agent, place } => {
                let tasks = place_of(&mut self.tasks, agent.index(), Vec::new());
                if usize::from(place) < tasks.len() {
                    let part = tasks.remove(usize::from(place));
                    self.seen.parts[part].wrapped_up = Some(env.at);
                }
            }
            Event::ShiftStarted { agent, .. } => {
                self.leave(agent, env.at);
                let span = Span { start: env.at, end: env.at };
                *place_of(&mut self.on_duty, agent.index(), None) = Some(self.seen.duties.len());
                self.seen.duties.push(Duty { agent, span, off: Vec::new() });
            }
            Event::ShiftEnded { agent } => self.leave(agent, env.at),
            Event::BreakStarted { agent, .. } => {
                if let Some(duty) = self.duty(agent) {
                    // Again for one who is off already.
                    close_break(duty, env.at);
                    duty.off.push(Span { start: env.at, end: SimTime::NEVER });
                }
            }
            Event::BreakEnded { agent } => {
                if let Some(duty) = self.duty(agent) {
                    close_break(duty, env.at);
                }
            }
            _ => {}
        }
    }

    fn duty(&mut self, agent: AgentId) -> Option<&mut Duty> {
        let duty = (*self.on_duty.get(agent.index())?)?;
        self.seen.duties.get_mut(duty)
    }

    fn leave(&mut self, agent: AgentId, at: SimTime) {
        if let Some(duty) = self.duty(agent) {
            close(duty, at);
            self.on_duty[agent.index()] = None;
        }
    }
}

impl Observed {
    /// What the parts add up to for their contacts.
    fn add_up(&mut self) {
        for part in &self.parts {
            let (Some(c), Some(ended)) = (self.contacts.get_mut(part.contact), part.ended) else {
                continue;
            };
            if matches!(part.end, PartEnd::Closed | PartEnd::HandedBack) {
                c.handled += ended.since(part.assigned);
                c.wrap_up += part.wrapped_up.map_or(SimDuration::ZERO, |at| at.since(ended));
            }
        }
    }
}

fn close_break(duty: &mut Duty, at: SimTime) {
    if let Some(off) = duty.off.last_mut().filter(|off| off.end == SimTime::NEVER) {
        off.end = at;
    }
}

fn close(duty: &mut Duty, at: SimTime) {
    duty.span.end = at;
    close_break(duty, at);
}
