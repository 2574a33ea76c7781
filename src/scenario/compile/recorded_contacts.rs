//! What a file of recorded contacts says of each beside its time.

use crate::id::IntentId;
use crate::scenario::RecordedContact;
use crate::scenario::file::{TimeUnit, TimesCsv};
use crate::scenario::units::{self, Wrong};

use super::at::{At, at};
use super::cx::{Cx, Kind};
use super::table::Table;

/// How a length of time is kept, in seconds.
type Put = fn(&mut RecordedContact, f64);

impl TimesCsv {
    /// Whether columns beside that of the times are named.
    pub(super) fn knows_more(&self) -> bool {
        let columns = [&self.intent, &self.work, &self.wrap_up, &self.patience, &self.waited];
        columns.iter().any(|column| column.is_some())
    }
}

impl Cx<'_> {
    /// What is recorded of the contact of each row.
    pub(super) fn contacts_of(
        &mut self,
        table: &Table,
        source: &At<TimesCsv>,
    ) -> Vec<RecordedContact> {
        let mut contacts = vec![RecordedContact::default(); table.rows.len()];
        if let Some(column) = at!(source.intent).given() {
            self.intents_of(table, &column, &mut contacts);
        }
        let unit_s = source.unit.map(TimeUnit::as_s);
        let lengths: [(_, Put); 4] = [
            (at!(source.work), |c, s| c.work_s = Some(s)),
            (at!(source.wrap_up), |c, s| c.wrap_up_s = Some(s)),
            (at!(source.patience), |c, s| c.patience_s = Some(s)),
            (at!(source.waited), |c, s| c.waited_s = s),
        ];
        for (column, put) in lengths {
            if let Some(column) = column.given() {
                self.lengths_of(table, &column, unit_s, &mut contacts, put);
            }
        }
        contacts
    }

    /// Lengths of time of a column; empty cells say nothing.
    fn lengths_of(
        &mut self,
        table: &Table,
        column: &At<String>,
        unit_s: Option<f64>,
        contacts: &mut [RecordedContact],
        put: fn(&mut RecordedContact, f64),
    ) {
        let Some(number) = self.column(table, Some(column.value), "lengths", &column.path) else {
            return;
        };
        let read = table.read(number, |cell| match cell.trim() {
            "" => Ok(None),
            cell => units::measured_s(cell, unit_s).map(Some),
        });
        let lengths = self.right(&column.path, read).unwrap_or_default();
        for (contact, length_s) in contacts.iter_mut().zip(lengths) {
            length_s.into_iter().for_each(|s| put(contact, s));
        }
    }

    fn intents_of(&mut self, table: &Table, column: &At<String>, contacts: &mut [RecordedContact]) {
        let Some(number) = self.column(table, Some(column.value), "intents", &column.path) else {
            return;
        };
        let names = self.names(Kind::Intent);
        let read = table.read(number, |cell| {
            let place = names.iter().position(|name| *name == cell.trim());
            match (cell.trim(), place) {
                ("", _) => Ok(None),
                (_, Some(place)) => Ok(Some(IntentId(place as u16))),
                (cell, None) => {
                    let help = "write the names of `intents`, or leave the cell empty";
                    Err(Wrong::new("E0604", format!("`{cell}` is no intent"), help))
                }
            }
        });
        let intents = self.right(&column.path, read).unwrap_or_default();
        contacts.iter_mut().zip(intents).for_each(|(contact, intent)| contact.intent = intent);
    }
}
