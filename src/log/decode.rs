//! From a batch of columns to events.

use super::LogError;
use super::columns::Views;
use super::places::Places;
use super::upgrade::{RENAMED, Renamed, upgrade_with};
use super::words::{ESCALATIONS, RETURNS, TRANSFERS, Words};
use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::event::{Closing, Envelope, Event, Header, Origin};
use crate::id::{
    AgentId, ChannelId, ConversationId, FaultId, IntentId, LanguageId, QueueId, SegmentId,
    SourceId, TierId,
};
use crate::time::{SimDuration, SimTime};
use arrow_array::RecordBatch;
use std::num::NonZeroU32;

/// Takes the events of a replication, with the wall clocks of measured ones.
pub type EventSink<'s> = dyn FnMut(u32, &[Envelope], &[Option<i64>]) + 's;

/// The same where taking them can fail.
pub type TryEventSink<'s> =
    dyn FnMut(u32, &[Envelope], &[Option<i64>]) -> Result<(), LogError> + 's;

/// Turns batches back into events, and gives contacts their places again. Batches
/// come in their order; replications follow one another.
#[derive(Clone, Debug)]
pub struct Decoder {
    words: Words,
    renamed: &'static [(i32, Renamed)],
    replication: Option<u32>,
    next_seq: u64,
    places: Places,
}

impl Decoder {
    /// For the events of a run.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self::with_renamed(header, RENAMED)
    }

    /// The same with a list of its own of what older versions called otherwise.
    #[must_use]
    pub fn with_renamed(header: &Header, renamed: &'static [(i32, Renamed)]) -> Self {
        Self {
            words: Words::new(header),
            renamed,
            replication: None,
            next_seq: 0,
            places: Places::default(),
        }
    }

    /// The replication of the latest event, and how many events it has had.
    #[must_use]
    pub fn position(&self) -> Option<(u32, u64)> {
        self.replication.map(|r| (r, self.next_seq))
    }

    /// Decodes a batch, handing on the events of each replication together with
    /// their wall clocks where they have some.
    ///
    /// # Errors
    /// When the rows are no events of this run, or leave a gap.
    pub fn batch(&mut self, batch: &RecordBatch, sink: &mut EventSink<'_>) -> Result<(), LogError> {
        let batch = upgrade_with(batch, self.renamed)?;
        let views = Views::new(&batch, &self.words)?;
        let mut events = Vec::with_capacity(batch.num_rows());
        let mut walls = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let replication = need(views.replication.get(row), row as u64, "replication")? as u32;
            if self.replication != Some(replication) {
                if let Some(before) = self.replication {
                    sink(before, &events, &walls);
                }
                events.clear();
                walls.clear();
                self.replication = Some(replication);
                self.next_seq = 0;
                self.places = Places::default();
            }
            events.push(self.envelope(&views, row)?);
            walls.push(views.wall_us.get(row));
        }
        if let Some(replication) = self.replication {
            sink(replication, &events, &walls);
        }
        Ok(())
    }

    #[inline]
    fn envelope(&mut self, views: &Views, row: usize) -> Result<Envelope, LogError> {
        let seq = need(views.seq.get(row), row as u64, "seq")? as u64;
        if seq != self.next_seq {
            return Err(LogError::Event {
                seq,
                what: format!("event {} should come here: events are missing", self.next_seq),
            });
        }
        self.next_seq += 1;
        let at = SimTime(need(views.t_us.get(row), seq, "t_us")? as u64);
        let cause = need(views.cause.get(row), seq, "cause")? as u64;
        let id = |n: i64| ConversationId(n as u32);
        let conversation = views.conversation.get(row).map_or(ConversationId::NONE, id);
        let event = Row { views, row, seq }.event()?;
        let of = match event {
            Event::ContactStarted { .. } => views.of.get(row).map(id),
            _ => None,
        };
        let slot = self.places.place(conversation, &event, of);
        let slot = slot.map_err(|what| LogError::Event { seq, what: what.to_owned() })?;
        Ok(Envelope { seq, at, cause, conversation, slot, event })
    }
}

#[inline]
fn need<T>(value: Option<T>, seq: u64, column: &str) -> Result<T, LogError> {
    value.ok_or_else(|| LogError::Event {
        seq,
        what: format!("column `{column}` has no value or an unknown one"),
    })
}

/// One row, being read.
struct Row<'v> {
    views: &'v Views,
    row: usize,
    seq: u64,
}

macro_rules! column {
    ($self:ident.$column:ident) => {
        need($self.views.$column.get($self.row), $self.seq, stringify!($column))
    };
    ($self:ident.$column:ident as int) => {
        column!($self.$column).map(|n| n as _)
    };
    ($self:ident.$column:ident as $id:ident) => {
        column!($self.$column).map(|n| $id(n as _))
    };
}

impl Row<'_> {
    fn agent(&self) -> Result<AgentId, LogError> {
        column!(self.agent as AgentId)
    }

    fn until(&self) -> SimTime {
        let until = self.views.until_us.get(self.row);
        until.map_or(SimTime::NEVER, |us| SimTime(us as u64))
    }

    fn lasts(&self) -> Result<SimDuration, LogError> {
        column!(self.duration_us as SimDuration)
    }

    fn origin(&self) -> Result<Origin, LogError> {
        Ok(Origin {
            source: column!(self.source as SourceId)?,
            interval: column!(self.interval as int)?,
            index: column!(self.number as int)?,
        })
    }

    fn party(&self) -> Result<Party, LogError> {
        Ok(match column!(self.party)? {
            0 => Party::Bot,
            _ => Party::Human,
        })
    }

    fn escalation(&self) -> Result<EscalationReason, LogError> {
        let number = column!(self.reason)? as usize;
        let reason = EscalationReason::ALL.get(number).copied();
        need(reason, self.seq, "reason")
    }

    fn returned(&self) -> Result<ReturnReason, LogError> {
        let number = (column!(self.reason)? as usize).checked_sub(ESCALATIONS);
        let reason = number.and_then(|n| RETURNS.get(n)).copied();
        need(reason, self.seq, "reason")
    }

    fn transferred(&self) -> Result<TransferReason, LogError> {
        let number = (column!(self.reason)? as usize).checked_sub(ESCALATIONS + RETURNS.len());
        let reason = number.and_then(|n| TRANSFERS.get(n)).copied();
        need(reason, self.seq, "reason")
    }

    fn event(&self) -> Result<Event, LogError> {
        let kind = need(self.views.kind.get(self.row), self.seq, "type")?;
        Ok(match kind {
            0 => Event::RunStarted,
            1 => Event::ArticleViewed {
                origin: self.origin()?,
                segment: column!(self.segment as SegmentId)?,
                channel: column!(self.channel as ChannelId)?,
                intent: column!(self.intent as IntentId)?,
            },
            2 => Event::ArticleSolved,
            3 => Event::ContactStarted {
                origin: self.origin()?,
                segment: column!(self.segment as SegmentId)?,
                channel: column!(self.channel as ChannelId)?,
                intent: column!(self.intent as IntentId)?,
                tier: column!(self.tier as TierId)?,
                language: column!(self.language as LanguageId)?,
                attempt: column!(self.attempt as int)?,
            },
            4 => Event::ContactReturned {
                of: column!(self.of as ConversationId)?,
                chain: column!(self.chain as ConversationId)?,
                reason: self.returned()?,
                ended: column!(self.ended_us as SimTime)?,
            },
            5 => Event::BotSkipped { reason: self.escalation()? },
            6 => Event::BotQueued,
            7 => Event::BotEngaged,
            8 => Event::BotAsked {
                turn: column!(self.turn as int)?,
                held: self.lasts()?,
                deadline: self.until(),
            },
            9 => self.turn_measured()?,
            10 => Event::BotGivenUp { turn: column!(self.turn as int)? },
            11 => {
                Event::BotReplied { turn: column!(self.turn as int)?, right: column!(self.right)? }
            }
            12 => Event::BotFailed { turn: column!(self.turn as int)? },
            13 => Event::CustomerThinking { until: self.until() },
            14 => Event::BotEscalated { reason: self.escalation()? },
            15 => Event::BotClosed { confirmed: column!(self.confirmed)? },
            16 => Event::Queued {
                queue: column!(self.queue as QueueId)?,
                level: column!(self.level as int)?,
                deadline: self.until(),
                silent: column!(self.silent)?,
                wrong: column!(self.wrong)?,
            },
            17 => Event::WaitAnnounced { wait: self.lasts()? },
            _ => self.later_event(kind)?,
        })
    }

    fn turn_measured(&self) -> Result<Event, LogError> {
        let class = TurnClass::ALL.get(column!(self.class)? as usize).copied();
        let meaning = Meaning::ALL.get(column!(self.meaning)? as usize).copied();
        let first_us = self.views.first_us.get(self.row);
        let answer_us = self.views.answer_us.get(self.row);
        Ok(Event::TurnMeasured {
            turn: column!(self.turn as int)?,
            class: need(class, self.seq, "class")?,
            meaning: need(meaning, self.seq, "meaning")?,
            status: column!(self.status as int)?,
            lag_us: column!(self.lag_us as int)?,
            first_us: first_us.and_then(|us| NonZeroU32::new(us as u32)),
            answer_us: answer_us.and_then(|us| NonZeroU32::new(us as u32)),
            latency_us: column!(self.latency_us as int)?,
            connect_us: column!(self.connect_us as int)?,
            parts: column!(self.parts as int)?,
        })
    }

    /// What follows the queue.
    fn later_event(&self, kind: u16) -> Result<Event, LogError> {
        Ok(match kind {
            18 => Event::Balked { queue: column!(self.queue as QueueId)? },
            19 => Event::Refused { queue: column!(self.queue as QueueId)? },
            20 => Event::Abandoned { silent: column!(self.silent)? },
            21 => Event::Assigned {
                agent: self.agent()?,
                concurrency: column!(self.concurrency as int)?,
                work_s: column!(self.work_s)?,
            },
            22 => Event::FirstHumanReply,
            23 => Event::Transferred {
                from: column!(self.queue as QueueId)?,
                to: column!(self.to_queue as QueueId)?,
                reason: self.transferred()?,
            },
            24 => Event::HandlingEnded {
                agent: self.agent()?,
                wrap_up_s: column!(self.wrap_up_s)?,
                left_s: column!(self.left_s)?,
            },
            25 => Event::WrapUpEnded { agent: self.agent()?, place: column!(self.place as int)? },
            26 => Event::Resolved { party: self.party()?, truly: column!(self.truly)? },
            27 => {
                let outcome = Outcome::ALL.get(column!(self.outcome)? as usize).copied();
                Event::ContactEnded { outcome: need(outcome, self.seq, "outcome")? }
            }
            28 => Event::ReturnPlanned {
                at: self.until(),
                reason: self.returned()?,
                channel: column!(self.channel as ChannelId)?,
            },
            29 => Event::SurveyAnswered {
                party: self.party()?,
                csat: column!(self.csat as int)?,
                ces: column!(self.ces as int)?,
                nps: column!(self.nps as int)?,
            },
            _ => self.agent_event(kind)?,
        })
    }

    /// Agents, faults, and the end of the run.
    fn agent_event(&self, kind: u16) -> Result<Event, LogError> {
        Ok(match kind {
            30 => Event::ShiftStarted {
                agent: self.agent()?,
                duty: column!(self.duty as int)?,
                paid: self.lasts()?,
            },
            31 => Event::AgentClosing {
                agent: self.agent()?,
                then: match column!(self.then)? {
                    0 => Closing::Leave,
                    1 => Closing::Break(self.lasts()?),
                    3 => Closing::ClearLine,
                    _ => Closing::LeaveByHeadcount,
                },
            },
            32 => Event::ShiftEnded { agent: self.agent()? },
            33 => Event::DutySwapped {
                stays: self.agent()?,
                leaves: column!(self.other_agent as AgentId)?,
            },
            34 => Event::BreakStarted { agent: self.agent()?, until: self.until() },
            35 => Event::BreakEnded { agent: self.agent()? },
            36 => Event::AgentAbsent { agent: self.agent()?, paid: self.lasts()? },
            37 => Event::FaultStarted { fault: column!(self.fault as FaultId)? },
            38 => Event::FaultEnded { fault: column!(self.fault as FaultId)? },
            39 => Event::DutyChanged { agent: self.agent()?, paid: self.lasts()? },
            40 => Event::Forked { future: column!(self.number as int)? },
            41 => Event::RunEnded,
            _ => return need(None, self.seq, "type"),
        })
    }
}
