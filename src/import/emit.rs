//! Contacts as events: what the engine would have said of them, and nothing hidden.

use super::contacts::{Contact, Ending, NEVER, NOBODY, Operation, Visit};
use super::duties::{Duty, Staff};
use crate::domain::{EscalationReason, Outcome, Party, ReturnReason, TransferReason};
use crate::event::{Envelope, Event, Header, Origin};
use crate::id::{AgentId, ChannelId, ConversationId, IntentId, LanguageId, QueueId, SegmentId};
use crate::id::{SlotId, SourceId, TierId};
use crate::time::{SimDuration, SimTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events are handed on in blocks of about this many.
const BLOCK: usize = 1024;

/// What is due. At one moment whoever is done makes room before others come, and nobody
/// leaves work before what happens then has happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// An agent is done with a stay of a contact.
    Done(u32, u16),
    /// An agent is done with the wrap-up of a contact.
    WrapUp(u32),
    /// An agent comes to work.
    Comes(u32),
    /// A contact leaves the bot.
    BotOver(u32),
    /// A contact joins a queue.
    Joins(u32, u16),
    /// The customer leaves the queue.
    Leaves(u32, u16),
    /// An agent takes a contact.
    Taken(u32, u16),
    /// An agent leaves work.
    Goes(u32),
}

/// Hands on the events of an operation, in their order.
pub fn play(
    operation: &Operation,
    staff: &Staff,
    header: &Header,
    sink: &mut dyn FnMut(&[Envelope]),
) {
    let mut teller = Teller::new(operation, staff, header, sink);
    teller.tell(SimTime::ZERO, None, Event::RunStarted);
    let mut next = 0_u32;
    loop {
        let arrival = operation.contacts.get(next as usize).map(|c| teller.time(c.begin_us));
        let due = teller.agenda.peek().map(|Reverse((at, due))| (*at, *due));
        // Whoever comes at a moment comes after those who make room, and before who joins.
        let first = match (arrival, due) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(arrival), Some((at, due))) => {
                arrival < at || (arrival == at && due > Due::Comes(NOBODY))
            }
        };
        if first {
            teller.begin(next);
            next += 1;
        } else if let Some(Reverse((at, due))) = teller.agenda.pop() {
            teller.step(at, due);
        }
    }
    teller.tell(header.end, None, Event::RunEnded);
    teller.flush();
}

struct Teller<'o> {
    operation: &'o Operation,
    staff: &'o Staff,
    header: &'o Header,
    sink: &'o mut dyn FnMut(&[Envelope]),
    block: Vec<Envelope>,
    seq: u64,
    epoch_us: i64,
    agenda: BinaryHeap<Reverse<(SimTime, Due)>>,
    /// Place and latest event of each contact that is live.
    live: Vec<(SlotId, u64)>,
    free: Vec<SlotId>,
    places: u32,
    /// What each agent has, in the order in which it was taken.
    tasks: Vec<Vec<u32>>,
    duties: Vec<u16>,
    counts: Vec<(u32, u32)>,
}

impl<'o> Teller<'o> {
    fn new(
        operation: &'o Operation,
        staff: &'o Staff,
        header: &'o Header,
        sink: &'o mut dyn FnMut(&[Envelope]),
    ) -> Self {
        let mut teller = Self {
            operation,
            staff,
            header,
            sink,
            block: Vec::with_capacity(BLOCK + 16),
            seq: 0,
            epoch_us: header.epoch_s * 1_000_000,
            agenda: BinaryHeap::new(),
            live: vec![(SlotId::NONE, 0); operation.contacts.len()],
            free: Vec::new(),
            places: 0,
            tasks: vec![Vec::new(); staff.teams.len()],
            duties: vec![0; staff.teams.len()],
            counts: vec![(0, 0); operation.channels.all.len()],
        };
        for (number, duty) in staff.duties.iter().enumerate() {
            teller.plan(duty.from_us, Due::Comes(number as u32));
        }
        teller
    }

    /// A moment of the run; none of it lies before the first day or after the end.
    fn time(&self, unix_us: i64) -> SimTime {
        if unix_us == NEVER {
            return self.header.end;
        }
        SimTime((unix_us - self.epoch_us).max(0) as u64).min(self.header.end)
    }

    fn plan(&mut self, unix_us: i64, due: Due) {
        if unix_us != NEVER {
            self.agenda.push(Reverse((self.time(unix_us), due)));
        }
    }

    /// Writes an event; of a contact it follows from the one before.
    fn tell(&mut self, at: SimTime, contact: Option<u32>, event: Event) {
        let seq = self.seq;
        self.seq += 1;
        let (conversation, slot, cause) = match contact {
            None => (ConversationId::NONE, SlotId::NONE, seq),
            Some(number) => {
                let (slot, latest) = self.live[number as usize];
                let begins = matches!(event, Event::ContactStarted { .. });
                self.live[number as usize].1 = seq;
                (ConversationId(number), slot, if begins { seq } else { latest })
            }
        };
        self.block.push(Envelope { seq, at, cause, conversation, slot, event });
        if self.block.len() >= BLOCK {
            self.flush();
        }
    }

    fn flush(&mut self) {
        (self.sink)(&self.block);
        self.block.clear();
    }

    fn contact(&self, number: u32) -> &'o Contact {
        &self.operation.contacts[number as usize]
    }

    fn stay(&self, number: u32, n: u16) -> Visit {
        self.operation.visit(self.contact(number), n)
    }

    /// A contact begins.
    fn begin(&mut self, number: u32) {
        let contact = self.contact(number);
        let at = self.time(contact.begin_us);
        if self.live[number as usize].0 == SlotId::NONE {
            let new = SlotId(self.places);
            let slot = self.free.pop().unwrap_or(new);
            self.places += u32::from(slot == new);
            self.live[number as usize].0 = slot;
        }
        let interval = (at.0 / self.header.interval.0.max(1)) as u32;
        let counted = &mut self.counts[usize::from(contact.channel)];
        *counted = if counted.0 == interval { (interval, counted.1 + 1) } else { (interval, 0) };
        let origin =
            Origin { source: SourceId(u16::from(contact.channel)), interval, index: counted.1 };
        let event = Event::ContactStarted {
            origin,
            segment: SegmentId(contact.segment),
            channel: ChannelId(contact.channel),
            intent: IntentId(contact.intent),
            tier: TierId(0),
            language: LanguageId(0),
            attempt: contact.attempt,
        };
        self.tell(at, Some(number), event);
        self.first_step(number, contact, at);
    }

    fn first_step(&mut self, number: u32, contact: &Contact, at: SimTime) {
        let by_bot = contact.ending == Ending::Bot;
        if contact.bot_end_us > contact.begin_us || by_bot {
            self.tell(at, Some(number), Event::BotEngaged);
            let until = if by_bot { contact.visit.ended_us } else { contact.bot_end_us };
            return self.plan(until.max(contact.begin_us), Due::BotOver(number));
        }
        if self.operation.has_bot {
            self.tell(at, Some(number), Event::BotSkipped { reason: EscalationReason::NotServed });
        }
        self.plan(contact.visit.queued_us, Due::Joins(number, 0));
    }

    fn step(&mut self, at: SimTime, due: Due) {
        match due {
            Due::Comes(duty) => self.comes(at, self.staff.duties[duty as usize]),
            Due::Goes(duty) => self.goes(at, self.staff.duties[duty as usize]),
            Due::BotOver(number) => self.bot_over(at, number),
            Due::Joins(number, stay) => self.joins(at, number, stay),
            Due::Leaves(number, _) => {
                self.tell(at, Some(number), Event::Abandoned { silent: false });
                self.end(at, number, Outcome::Abandoned);
            }
            Due::Taken(number, stay) => self.taken(at, number, stay),
            Due::Done(number, stay) => self.done(at, number, stay),
            Due::WrapUp(number) => self.wrap_up_over(at, number),
        }
    }

    fn bot_over(&mut self, at: SimTime, number: u32) {
        let contact = self.contact(number);
        if contact.ending == Ending::Bot {
            self.tell(at, Some(number), Event::BotClosed { confirmed: false });
            self.tell(at, Some(number), Event::Resolved { party: Party::Bot, truly: false });
            return self.end(at, number, Outcome::ClosedByBot);
        }
        self.tell(at, Some(number), Event::BotEscalated { reason: EscalationReason::AskedHuman });
        self.plan(contact.visit.queued_us, Due::Joins(number, 0));
    }

    fn joins(&mut self, at: SimTime, number: u32, stay: u16) {
        let visit = self.stay(number, stay);
        let queue = QueueId(visit.queue);
        if self.contact(number).ending == Ending::Blocked {
            self.tell(at, Some(number), Event::Refused { queue });
            return self.end(at, number, Outcome::Blocked);
        }
        let event = Event::Queued {
            queue,
            level: 0,
            deadline: SimTime::NEVER,
            silent: false,
            wrong: false,
        };
        self.tell(at, Some(number), event);
        if visit.answered_us != NEVER {
            self.plan(visit.answered_us, Due::Taken(number, stay));
        } else {
            self.plan(visit.ended_us, Due::Leaves(number, stay));
        }
    }

    fn taken(&mut self, at: SimTime, number: u32, stay: u16) {
        let visit = self.stay(number, stay);
        let until = self.time(visit.ended_us);
        let tasks = &mut self.tasks[visit.agent as usize];
        tasks.push(number);
        let concurrency = tasks.len() as u16;
        // What can be seen of the work is how long it took, whatever else the agent had.
        let work_s = until.since(at).as_s();
        self.tell(
            at,
            Some(number),
            Event::Assigned { agent: AgentId(visit.agent), concurrency, work_s },
        );
        if self.operation.live {
            self.tell(at, Some(number), Event::FirstHumanReply);
        }
        self.plan(visit.ended_us, Due::Done(number, stay));
    }

    fn done(&mut self, at: SimTime, number: u32, stay: u16) {
        let contact = self.contact(number);
        let visit = self.stay(number, stay);
        let agent = AgentId(visit.agent);
        let last = stay == contact.further;
        let wrap_us = if last { contact.wrap_us } else { 0 };
        if wrap_us > 0 {
            self.plan(visit.ended_us + wrap_us as i64, Due::WrapUp(number));
        } else {
            self.tasks[visit.agent as usize].retain(|task| *task != number);
        }
        if last && !self.operation.live {
            self.tell(at, Some(number), Event::FirstHumanReply);
        }
        let wrap_up_s = SimDuration(wrap_us).as_s();
        self.tell(at, Some(number), Event::HandlingEnded { agent, wrap_up_s, left_s: 0.0 });
        if last {
            if contact.ending == Ending::Served {
                self.tell(at, Some(number), Event::Resolved { party: Party::Human, truly: false });
                self.end(at, number, Outcome::ClosedByHuman);
            }
            return;
        }
        let next = self.stay(number, stay + 1);
        let (from, to) = (QueueId(visit.queue), QueueId(next.queue));
        self.tell(
            at,
            Some(number),
            Event::Transferred { from, to, reason: TransferReason::Misrouted },
        );
        self.plan(next.queued_us, Due::Joins(number, stay + 1));
    }

    fn wrap_up_over(&mut self, at: SimTime, number: u32) {
        let contact = self.contact(number);
        let agent = self.stay(number, contact.further).agent;
        let tasks = &mut self.tasks[agent as usize];
        let Some(place) = tasks.iter().position(|task| *task == number) else {
            return;
        };
        tasks.remove(place);
        self.tell(at, None, Event::WrapUpEnded { agent: AgentId(agent), place: place as u16 });
    }

    /// A contact ends; its place goes to whoever comes next, or stays for the customer's return.
    fn end(&mut self, at: SimTime, number: u32, outcome: Outcome) {
        let contact = self.contact(number);
        let again = contact.next;
        let slot = self.live[number as usize].0;
        if again == NOBODY {
            self.free.push(slot);
        } else {
            let next = self.contact(again);
            let (due, channel) = (self.time(next.begin_us), ChannelId(next.channel));
            let reason = ReturnReason::AfterHuman;
            self.tell(at, Some(number), Event::ReturnPlanned { at: due, reason, channel });
            self.live[again as usize].0 = slot;
        }
        self.tell(at, Some(number), Event::ContactEnded { outcome });
    }

    fn comes(&mut self, at: SimTime, duty: Duty) {
        let agent = AgentId(duty.agent);
        let number = &mut self.duties[duty.agent as usize];
        let which = *number;
        *number = number.saturating_add(1);
        let paid = self.time(duty.to_us).since(at);
        self.tell(at, None, Event::ShiftStarted { agent, duty: which, paid });
        if duty.to_us != NEVER {
            let place = self
                .staff
                .duties
                .partition_point(|d| (d.from_us, d.agent) < (duty.from_us, duty.agent));
            self.plan(duty.to_us, Due::Goes(place as u32));
        }
    }

    fn goes(&mut self, at: SimTime, duty: Duty) {
        self.tell(at, None, Event::ShiftEnded { agent: AgentId(duty.agent) });
    }
}
