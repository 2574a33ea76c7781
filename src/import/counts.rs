//! A row an interval: how many contacts came, and nothing of what became of them.
//!
//! A mean of an interval is no contact's wait: numbers other than the volume are not used.

use super::contacts::{Contact, NEVER, NOBODY, Operation, Visit};
use super::length::number_of;
use super::map::{Map, Role};
use super::refused::{Refusals, Refused};
use super::rows::{Counted, Reader, Span};
use super::survey::{Survey, said};
use super::table::{Row, Table, Unreadable};

/// Most contacts of an interval that are believed.
const MOST: f64 = 10_000_000.0;
/// Most contacts of all rows: more is another unit, or a mistake.
const MOST_CONTACTS: usize = 200_000_000;

/// Makes contacts of all rows of some tables, each an interval: spread evenly over it.
///
/// # Errors
/// When the rest of a table cannot be read, or holds too many contacts.
pub fn read_counts(
    tables: &mut [(String, Table)],
    map: &Map,
    survey: &Survey,
    (zone, span): (jiff::tz::TimeZone, Span),
    refusals: &mut Refusals,
) -> Result<(Operation, Counted), Unreadable> {
    let mut reader = Reader::new(map, survey, zone);
    let length_us = map.interval_us.unwrap_or(1) as i64;
    let mut contacts = Vec::new();
    reader.each(tables, refusals, |reader, row| {
        let (like, count) = interval(reader, survey, row)?;
        if contacts.len() as u64 + count > MOST_CONTACTS as u64 {
            let what = format!("more than {MOST_CONTACTS} contacts are counted");
            return Err(Unreadable::new(what, "look at the column of `offered`").into());
        }
        let at = |n: u64| like.begin_us + (2 * n as i64 + 1) * length_us / (2 * count as i64);
        contacts.extend((0..count).map(|n| Contact { begin_us: at(n), bot_end_us: at(n), ..like }));
        Ok(true)
    })?;
    let operation = reader.operation(contacts, span);
    Ok((operation, reader.counted))
}

/// What the contacts of an interval are, and how many.
fn interval(
    reader: &mut Reader<'_>,
    survey: &Survey,
    row: &Row,
) -> Result<(Contact, u64), Refused> {
    let column =
        |role: Role| survey.role(role).and_then(|p| p.field.column.clone()).unwrap_or_default();
    let start = reader.moment(Role::Start, row, None)?;
    let start = start.ok_or_else(|| Refused::new(&column(Role::Start), "", "it is empty"))?;
    let placed = survey.role(Role::Offered);
    let cell = placed.and_then(|p| said(&p.field, row.cell(p.column?))).unwrap_or("0");
    let refused = |reason| Refused::new(&column(Role::Offered), cell, reason);
    let count = number_of(cell, survey.decimal).ok_or_else(|| refused("it is no number"))?;
    if !(0.0..=MOST).contains(&count) || count.fract() != 0.0 {
        return Err(refused("it is no number of contacts"));
    }
    let mut like = reader.like(row, start);
    like.visit = Visit {
        queued_us: NEVER,
        answered_us: NEVER,
        ended_us: NEVER,
        agent: NOBODY,
        ..like.visit
    };
    Ok((like, count as u64))
}
