//! From a batch of columns to events.

use super::LogError;
use super::codec::need;
use super::columns::Views;
use super::places::Places;
use super::upgrade::{RENAMED, Renamed, upgrade_with};
use super::words::Words;
use crate::event::{Envelope, Event, Header};
use crate::id::ConversationId;
use crate::time::SimTime;
use arrow_array::RecordBatch;

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
        let event = views.event(row, seq)?;
        let of = match event {
            Event::ContactStarted { .. } => views.of.get(row).map(id),
            _ => None,
        };
        let slot = self.places.place(conversation, &event, of);
        let slot = slot.map_err(|what| LogError::Event { seq, what: what.to_owned() })?;
        Ok(Envelope { seq, at, cause, conversation, slot, event })
    }
}
