//! Reads tables row by row: what is taken, left out and refused, whatever a row is.

use super::refused::{Refusals, Refused};
use super::rows::Reader;
use super::table::{Row, Table, Unreadable};

/// What a row may be that is not taken.
pub(super) enum Bad {
    /// It is refused, and the next one is read.
    Row(Refused),
    /// The rest cannot be read.
    Table(Unreadable),
}

impl From<Refused> for Bad {
    fn from(refused: Refused) -> Self {
        Bad::Row(refused)
    }
}

impl From<Unreadable> for Bad {
    fn from(why: Unreadable) -> Self {
        Bad::Table(why)
    }
}

impl Reader<'_> {
    /// Reads all rows of some tables; `take` says whether it took a row, or why it cannot.
    pub(super) fn each(
        &mut self,
        tables: &mut [(String, Table)],
        refusals: &mut Refusals,
        mut take: impl FnMut(&mut Self, &Row) -> Result<bool, Bad>,
    ) -> Result<(), Unreadable> {
        let mut row = Row::default();
        for (file, table) in tables {
            while table.next(&mut row)? {
                self.counted.rows += 1;
                match take(self, &row) {
                    Ok(true) => {}
                    Ok(false) => self.counted.skipped += 1,
                    Err(Bad::Row(refused)) => refusals.add(file, row.line, &refused),
                    Err(Bad::Table(why)) => return Err(why),
                }
            }
        }
        Ok(())
    }
}
