//! From events to a batch of columns.

use super::LogError;
use super::columns::{Columns, schema};
use super::words::Words;
use crate::event::{Envelope, Event, Header, Origin, SCHEMA_VERSION};
use crate::id::{ConversationId, SlotId};
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
        // The pair of what the decoder demands: a log that cannot be read is not written.
        debug_assert!(events.windows(2).all(|e| e[0].seq + 1 == e[1].seq && e[0].at <= e[1].at));
        debug_assert!(events.iter().all(|e| e.cause <= e.seq));
        debug_assert!(wall_us.is_empty() || wall_us.len() == events.len());
        let mut columns = Columns::new(events.len());
        for (row, envelope) in events.iter().enumerate() {
            columns.seq.put(row, envelope.seq as i64);
            columns.t_us.put(row, envelope.at.0 as i64);
            columns.replication.put(row, replication as i32);
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
            columns.event(row, &envelope.event);
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
        // Before its own place is overwritten: a return mostly has that of the contact before it.
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
