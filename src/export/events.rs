//! The table `events`: the rows of the log as they are, with the wall clock.

use super::clock::Clock;
use super::rows::RowSink;
use super::{End, Fold, Seen, Span};
use crate::event::{Cell, Envelope, Header, Kind};
use crate::log::{Column, FlatEvents, LogError, flat_columns};
use std::io;

/// What `events` has in front of the columns of the log.
const FRONT: [Column; 2] = [
    Column { name: "time_s", kind: Kind::Real, about: "when it happened" },
    Column { name: "time_at", kind: Kind::Moment, about: "the same on the wall clock" },
];

/// The columns of `events`: its own, and those of the log under "On disk" in events.md.
#[must_use]
pub fn event_columns() -> Vec<Column> {
    [FRONT.to_vec(), flat_columns()].concat()
}

/// The fold behind `events`.
pub(super) struct Events {
    clock: Clock,
    span: Span,
    flat: FlatEvents,
}

impl Events {
    pub(super) fn new(header: &Header, span: Span) -> Self {
        Self { clock: Clock::new(header), span, flat: FlatEvents::new(header) }
    }
}

impl Fold for Events {
    fn begin(&mut self, _replication: u32) {}

    fn batch(
        &mut self,
        replication: u32,
        events: &[Envelope],
        walls: &[Option<i64>],
    ) -> Result<(), LogError> {
        self.flat.take(replication, events, walls)
    }

    fn event(&mut self, seen: &Seen<'_>, out: &mut dyn RowSink) -> io::Result<()> {
        let at = seen.env.at;
        if !self.span.holds(at) {
            return Ok(());
        }
        let mut cells: Vec<Cell<'_>> = Vec::with_capacity(64);
        cells.extend(self.clock.cells(at));
        self.flat.row(seen.row, &mut cells);
        out.row(&cells)
    }

    fn end(&mut self, _seen: &End<'_>, _out: &mut dyn RowSink) -> io::Result<()> {
        Ok(())
    }
}
