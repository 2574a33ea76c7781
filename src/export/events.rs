//! The table `events`: the rows of the log as they are, with the wall clock.

use super::rows::{Rows, Value as _};
use super::{End, Fold, Seen};
use crate::event::{Cell, Envelope, Kind};
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
pub(super) struct Events<'r, 'h> {
    to: &'r mut Rows<'h>,
    flat: FlatEvents,
}

impl<'r, 'h> Events<'r, 'h> {
    pub(super) fn new(to: &'r mut Rows<'h>) -> Self {
        Self { flat: FlatEvents::new(to.header), to }
    }
}

impl Fold for Events<'_, '_> {
    fn begin(&mut self, _replication: u32) {}

    fn batch(
        &mut self,
        replication: u32,
        events: &[Envelope],
        walls: &[Option<i64>],
    ) -> Result<(), LogError> {
        self.flat.take(replication, events, walls)
    }

    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let at = seen.env.at;
        if !self.to.span.holds(at) {
            return Ok(());
        }
        let mut cells: Vec<Cell<'_>> = Vec::with_capacity(64);
        cells.extend([at.cell(), self.to.clock.wall(at)]);
        self.flat.row(seen.row, &mut cells);
        self.to.row(&cells)
    }

    fn end(&mut self, _end: &End<'_>) -> io::Result<()> {
        Ok(())
    }
}
