//! From events to a batch of columns.

use super::LogError;
use super::columns::{Columns, schema};
use super::words::{ESCALATIONS, RETURNS, Words, kind};
use crate::domain::{EscalationReason, Party, ReturnReason, TransferReason};
use crate::event::{Closing, Envelope, Event, Header, Origin, SCHEMA_VERSION};
use crate::id::{AgentId, ConversationId, SlotId};
use crate::time::{SimDuration, SimTime};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// Turns events into batches. One for each stream of replications.
#[derive(Clone, Debug)]
pub struct Encoder {
    words: Words,
    schema: SchemaRef,
    replication: u32,
    /// The latest contact in each place.
    issues: Vec<Option<Contact>>,
}

/// A contact among those of its issue.
#[derive(Clone, Copy, Debug)]
struct Contact {
    id: ConversationId,
    /// The first contact of the issue.
    chain: ConversationId,
    origin: Origin,
    attempt: u16,
}

impl Encoder {
    /// For the events of a run.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self { words: Words::new(header), schema: schema(), replication: 0, issues: Vec::new() }
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next events of a replication as a batch. `wall_us` holds the wall
    /// clock of each where it was measured, or is empty.
    ///
    /// # Errors
    /// When an event names what the header does not.
    pub fn batch(
        &mut self,
        replication: u32,
        events: &[Envelope],
        wall_us: &[Option<i64>],
    ) -> Result<RecordBatch, LogError> {
        if replication != self.replication || events.first().is_some_and(|e| e.seq == 0) {
            self.replication = replication;
            self.issues.clear();
        }
        let mut columns = Columns::new(events.len());
        for (row, envelope) in events.iter().enumerate() {
            columns.seq.put(row, envelope.seq as i64);
            columns.t_us.put(row, envelope.at.0 as i64);
            columns.replication.put(row, replication as i32);
            columns.kind.put(row, kind(&envelope.event));
            columns.schema_v.put(row, i32::from(SCHEMA_VERSION));
            columns.cause.put(row, envelope.cause as i64);
            if let Some(Some(wall)) = wall_us.get(row) {
                columns.wall_us.set(row, *wall);
            }
            if envelope.conversation != ConversationId::NONE {
                let number = i64::from(envelope.conversation.0);
                columns.conversation.set(row, number);
                self.follow(&mut columns, row, envelope);
            }
            columns.payload(row, &envelope.event);
        }
        columns.batch(&self.schema, &self.words)
    }

    /// Notes which issue a contact belongs to, so that its first row says it.
    #[inline]
    fn follow(&mut self, columns: &mut Columns, row: usize, envelope: &Envelope) {
        let (slot, id) = (envelope.slot, envelope.conversation);
        let (origin, attempt) = match envelope.event {
            Event::ContactStarted { origin, attempt, .. } => (origin, attempt),
            Event::ArticleViewed { origin, .. } => (origin, 0),
            _ => return,
        };
        if self.issues.len() <= slot.index() {
            self.issues.resize(slot.index() + 1, None);
        }
        let before = attempt.checked_sub(1).and_then(|n| self.before(slot, origin, n));
        let chain = before.map_or(id, |contact| contact.chain);
        if let Some(contact) = before {
            columns.of.set(row, i64::from(contact.id.0));
        }
        columns.chain.set(row, i64::from(chain.0));
        self.issues[slot.index()] = Some(Contact { id, chain, origin, attempt });
    }

    /// A contact of an issue by its number: in the place of the one that follows it, or
    /// in another where its empty chat is still there.
    #[inline]
    fn before(&self, slot: SlotId, origin: Origin, attempt: u16) -> Option<Contact> {
        let is_it = |c: &Contact| c.origin == origin && c.attempt == attempt;
        let here = self.issues[slot.index()].filter(is_it);
        here.or_else(|| self.issues.iter().flatten().copied().find(is_it))
    }
}

fn escalation(reason: EscalationReason) -> u16 {
    reason as u16
}

fn returned(reason: ReturnReason) -> u16 {
    ESCALATIONS as u16 + reason as u16
}

fn transferred(reason: TransferReason) -> u16 {
    (ESCALATIONS + RETURNS.len()) as u16 + reason as u16
}

impl Columns {
    #[inline]
    fn agent(&mut self, row: usize, agent: AgentId) {
        self.agent.set(row, agent.0 as i32);
    }

    /// A moment to come; null stands for never.
    #[inline]
    fn until(&mut self, row: usize, at: SimTime) {
        if at != SimTime::NEVER {
            self.until_us.set(row, at.0 as i64);
        }
    }

    #[inline]
    fn lasts(&mut self, row: usize, length: SimDuration) {
        self.duration_us.set(row, length.0 as i64);
    }

    fn origin(&mut self, row: usize, origin: Origin) {
        self.source.set(row, origin.source.0);
        self.interval.set(row, origin.interval as i32);
        self.number.set(row, origin.index as i32);
    }

    fn party(&mut self, row: usize, party: Party) {
        self.party.set(row, u16::from(party == Party::Human));
    }

    /// Those of a turn with a real bot.
    fn turn_measured(&mut self, row: usize, event: &Event) {
        let Event::TurnMeasured {
            turn,
            class,
            meaning,
            status,
            lag_us,
            first_us,
            answer_us,
            latency_us,
            connect_us,
            parts,
        } = *event
        else {
            return;
        };
        self.turn.set(row, turn.into());
        self.class.set(row, class as u16);
        self.meaning.set(row, meaning as u16);
        self.status.set(row, status.into());
        self.lag_us.set(row, lag_us.into());
        if let Some(first_us) = first_us {
            self.first_us.set(row, first_us.get().into());
        }
        if let Some(answer_us) = answer_us {
            self.answer_us.set(row, answer_us.get().into());
        }
        self.latency_us.set(row, latency_us.into());
        self.connect_us.set(row, connect_us.into());
        self.parts.set(row, parts.into());
    }

    /// Sets the columns of what an event says.
    #[inline]
    fn payload(&mut self, row: usize, event: &Event) {
        match *event {
            Event::RunStarted
            | Event::ArticleSolved
            | Event::BotQueued
            | Event::BotEngaged
            | Event::FirstHumanReply
            | Event::RunEnded => {}
            Event::ArticleViewed { origin, segment, channel, intent } => {
                self.origin(row, origin);
                self.segment.set(row, segment.0.into());
                self.channel.set(row, channel.0.into());
                self.intent.set(row, intent.0);
            }
            Event::ContactStarted { origin, segment, channel, intent, tier, language, attempt } => {
                self.origin(row, origin);
                self.segment.set(row, segment.0.into());
                self.channel.set(row, channel.0.into());
                self.intent.set(row, intent.0);
                self.tier.set(row, tier.0.into());
                self.language.set(row, language.0.into());
                self.attempt.set(row, attempt.into());
            }
            Event::ContactReturned { of, chain, reason, ended } => {
                self.of.set(row, of.0.into());
                self.chain.set(row, chain.0.into());
                self.reason.set(row, returned(reason));
                self.ended_us.set(row, ended.0 as i64);
            }
            Event::BotSkipped { reason } | Event::BotEscalated { reason } => {
                self.reason.set(row, escalation(reason));
            }
            Event::BotAsked { turn, held, deadline } => {
                self.turn.set(row, turn.into());
                self.lasts(row, held);
                self.until(row, deadline);
            }
            Event::TurnMeasured { .. } => self.turn_measured(row, event),
            Event::BotReplied { turn, right } => {
                self.turn.set(row, turn.into());
                self.right.set(row, right);
            }
            Event::BotFailed { turn } | Event::BotGivenUp { turn } => {
                self.turn.set(row, turn.into())
            }
            Event::CustomerThinking { until } => self.until(row, until),
            Event::BotClosed { confirmed } => self.confirmed.set(row, confirmed),
            Event::Queued { queue, level, deadline, silent, wrong } => {
                self.queue.set(row, queue.0.into());
                self.level.set(row, level.into());
                self.until(row, deadline);
                self.silent.set(row, silent);
                self.wrong.set(row, wrong);
            }
            Event::WaitAnnounced { wait } => self.lasts(row, wait),
            Event::Balked { queue } | Event::Refused { queue } => {
                self.queue.set(row, queue.0.into());
            }
            Event::Abandoned { silent } => self.silent.set(row, silent),
            Event::Assigned { agent, concurrency, work_s } => {
                self.agent(row, agent);
                self.concurrency.set(row, concurrency.into());
                self.work_s.set(row, work_s);
            }
            Event::Transferred { from, to, reason } => {
                self.queue.set(row, from.0.into());
                self.to_queue.set(row, to.0.into());
                self.reason.set(row, transferred(reason));
            }
            Event::HandlingEnded { agent, wrap_up_s, left_s } => {
                self.agent(row, agent);
                self.wrap_up_s.set(row, wrap_up_s);
                self.left_s.set(row, left_s);
            }
            Event::WrapUpEnded { agent, place } => {
                self.agent(row, agent);
                self.place.set(row, place.into());
            }
            Event::Resolved { party, truly } => {
                self.party(row, party);
                self.truly.set(row, truly);
            }
            Event::ContactEnded { outcome } => self.outcome.set(row, outcome as u16),
            Event::ReturnPlanned { at, reason, channel } => {
                self.until(row, at);
                self.reason.set(row, returned(reason));
                self.channel.set(row, channel.0.into());
            }
            Event::SurveyAnswered { party, csat, ces, nps } => {
                self.party(row, party);
                self.csat.set(row, csat.into());
                self.ces.set(row, ces.into());
                self.nps.set(row, nps.into());
            }
            Event::ShiftStarted { agent, duty, paid } => {
                self.agent(row, agent);
                self.duty.set(row, duty.into());
                self.lasts(row, paid);
            }
            Event::AgentClosing { agent, then } => {
                self.agent(row, agent);
                match then {
                    Closing::Leave => self.then.set(row, 0),
                    Closing::Break(length) => {
                        self.then.set(row, 1);
                        self.lasts(row, length);
                    }
                    Closing::LeaveByHeadcount => self.then.set(row, 2),
                    Closing::ClearLine => self.then.set(row, 3),
                }
            }
            Event::ShiftEnded { agent } | Event::BreakEnded { agent } => self.agent(row, agent),
            Event::DutySwapped { stays, leaves } => {
                self.agent(row, stays);
                self.other_agent.set(row, leaves.0 as i32);
            }
            Event::BreakStarted { agent, until } => {
                self.agent(row, agent);
                self.until(row, until);
            }
            Event::AgentAbsent { agent, paid } | Event::DutyChanged { agent, paid } => {
                self.agent(row, agent);
                self.lasts(row, paid);
            }
            Event::Forked { future } => self.number.set(row, future as i32),
            Event::FaultStarted { fault } | Event::FaultEnded { fault } => {
                self.fault.set(row, fault.0.into());
            }
        }
    }
}
