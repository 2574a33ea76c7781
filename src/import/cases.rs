//! A row an event: events of one case become its contacts.
//!
//! A case is one contact until it is done. What happens to it after that, other than being
//! closed, opens it again: a further contact of the same issue. Whoever has it next is a
//! further stay of the same contact.

use super::contacts::{Contact, Ending, NEVER, NOBODY, Operation, Visit};
use super::map::{Map, Role, Step};
use super::refused::{Refusals, Refused};
use super::rows::{Counted, Reader, Span};
use super::survey::{Survey, said};
use super::table::{Row, Table, Unreadable};
use std::collections::BTreeMap;

/// An event of a case.
#[derive(Clone, Copy)]
struct Happened {
    case: u32,
    at_us: i64,
    step: Step,
    /// When the case was opened, where the row says so.
    opened_us: i64,
    agent: u32,
    /// What the contact of the case is otherwise.
    like: Contact,
}

/// Makes contacts of all rows of some tables, each an event of a case.
///
/// # Errors
/// When the rest of a table cannot be read.
pub fn read_cases(
    tables: &mut [(String, Table)],
    map: &Map,
    survey: &Survey,
    (zone, span): (jiff::tz::TimeZone, Span),
    refusals: &mut Refusals,
) -> Result<(Operation, Counted), Unreadable> {
    let mut reader = Reader::new(map, survey, zone);
    let steps = steps(map);
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut all = Vec::new();
    reader.each(tables, refusals, |reader, row| {
        let next = numbers.len() as u32;
        let number = |id: &str| *numbers.entry(id.to_owned()).or_insert(next);
        let event = happened(reader, survey, &steps, row, number)?;
        all.extend(event);
        Ok(event.is_some())
    })?;
    // What happens at one moment stands in the file in its order: the sort is stable.
    all.sort_by_key(|e| (e.case, e.at_us));
    let mut building = Building::default();
    for case in all.chunk_by(|a, b| a.case == b.case) {
        building.case(case);
    }
    let Building { contacts, visits, .. } = building;
    let mut operation = reader.operation(contacts, span);
    operation.visits = visits;
    let counted = reader.counted;
    Ok((operation, counted))
}

fn steps(map: &Map) -> BTreeMap<String, Step> {
    let values = map.field(Role::Event).map(|f| f.values.iter());
    let each = values.into_iter().flatten();
    each.filter_map(|(word, step)| Some((word.clone(), Step::find(step)?))).collect()
}

/// The event of a row; none of a row that the map leaves out.
fn happened(
    reader: &mut Reader<'_>,
    survey: &Survey,
    steps: &BTreeMap<String, Step>,
    row: &Row,
    mut number: impl FnMut(&str) -> u32,
) -> Result<Option<Happened>, Refused> {
    let cell = |role: Role| {
        let placed = survey.role(role);
        let column = placed.and_then(|p| p.field.column.clone()).unwrap_or_default();
        let found = placed.and_then(|p| said(&p.field, row.cell(p.column?)));
        found.ok_or_else(|| Refused::new(&column, "", "it is empty"))
    };
    let id = cell(Role::Id)?;
    let word = cell(Role::Event)?;
    let step = match steps.get(word) {
        Some(step) => *step,
        None => {
            let placed = survey.role(Role::Event);
            let other = placed.and_then(|p| p.field.other.as_deref()).and_then(Step::find);
            let column = placed.and_then(|p| p.field.column.as_deref()).unwrap_or_default();
            let reason = "the map does not say what this word means";
            other.ok_or_else(|| Refused::new(column, word, reason))?
        }
    };
    if step == Step::Skip {
        return Ok(None);
    }
    cell(Role::At)?;
    let at_us = reader.moment(Role::At, row, None)?.unwrap_or(NEVER);
    let opened_us = reader.moment(Role::Begin, row, None)?.unwrap_or(NEVER);
    let like = reader.like(row, at_us);
    let agent = reader.agent(row, like.visit.team);
    Ok(Some(Happened { case: number(id), at_us, step, opened_us, agent, like }))
}

/// Contacts that are being made.
#[derive(Default)]
struct Building {
    contacts: Vec<Contact>,
    visits: Vec<Visit>,
    /// The contact of the running case.
    open: Option<Open>,
    /// The latest contact of the case that is done: when, and its place.
    done: Option<(i64, u32)>,
}

/// A contact that is not over.
struct Open {
    contact: Contact,
    stays: Vec<Visit>,
    /// Since when nobody has it.
    since_us: i64,
}

impl Building {
    fn case(&mut self, events: &[Happened]) {
        (self.open, self.done) = (None, None);
        for event in events {
            self.event(event);
        }
        if self.open.is_some() {
            self.finish(Ending::Open, NEVER);
        }
    }

    fn event(&mut self, event: &Happened) {
        let reopens = matches!(
            event.step,
            Step::Opened | Step::Assigned | Step::Replied | Step::Transferred | Step::Reopened
        );
        if self.open.is_none() {
            if self.done.is_some() && !reopens {
                return; // closing what is done says nothing new
            }
            self.begin(event);
        }
        match event.step {
            Step::Opened | Step::Reopened | Step::Waiting | Step::Skip => {
                // Whoever has it from here on may be named by any row.
                if event.agent != NOBODY {
                    self.taken(event);
                }
            }
            Step::Assigned | Step::Replied => self.taken(event),
            Step::Transferred => self.given_away(event),
            Step::Resolved | Step::Closed => {
                self.taken(event);
                self.finish(Ending::Served, event.at_us);
            }
        }
    }

    fn begin(&mut self, event: &Happened) {
        let mut contact = event.like;
        match self.done {
            None if event.opened_us <= event.at_us => contact.begin_us = event.opened_us,
            None => {}
            Some((ended_us, place)) => {
                // A microsecond later, so that what ends is over before it begins again.
                contact.begin_us = event.at_us.max(ended_us + 1);
                let before = &mut self.contacts[place as usize];
                before.next = place + 1;
                contact.attempt = before.attempt.saturating_add(1);
            }
        }
        contact.bot_end_us = contact.begin_us;
        self.open = Some(Open { since_us: contact.begin_us, contact, stays: Vec::new() });
    }

    /// Somebody has it: nobody before, or somebody else.
    fn taken(&mut self, event: &Happened) {
        let Some(open) = &mut self.open else { return };
        let at_us = event.at_us.max(open.since_us);
        if let Some(stay) = open.stays.last_mut().filter(|stay| stay.ended_us == NEVER) {
            if event.agent == stay.agent || event.agent == NOBODY {
                return;
            }
            stay.ended_us = at_us;
            open.since_us = at_us;
        }
        let like = event.like.visit;
        open.stays.push(Visit {
            queued_us: open.since_us,
            answered_us: at_us,
            ended_us: NEVER,
            agent: event.agent,
            ..like
        });
        open.since_us = at_us;
    }

    fn given_away(&mut self, event: &Happened) {
        let Some(open) = &mut self.open else { return };
        let at_us = event.at_us.max(open.since_us);
        if let Some(stay) = open.stays.last_mut().filter(|stay| stay.ended_us == NEVER) {
            stay.ended_us = at_us;
        }
        open.since_us = at_us;
    }

    fn finish(&mut self, ending: Ending, at_us: i64) {
        let Some(Open { mut contact, mut stays, since_us }) = self.open.take() else {
            return;
        };
        let at_us = at_us.max(since_us);
        let running = stays.last().is_some_and(|stay| stay.ended_us == NEVER);
        if let Some(stay) = stays.last_mut().filter(|_| running) {
            stay.ended_us = at_us;
        } else {
            // It waits for somebody.
            let waiting =
                Visit { queued_us: since_us, answered_us: NEVER, ended_us: NEVER, ..contact.visit };
            stays.push(waiting);
        }
        stays.truncate(usize::from(u16::MAX));
        contact.visit = stays[0];
        contact.more = self.visits.len() as u32;
        contact.further = (stays.len() - 1) as u16;
        contact.ending = ending;
        self.visits.extend_from_slice(&stays[1..]);
        self.done = (ending == Ending::Served).then_some((at_us, self.contacts.len() as u32));
        self.contacts.push(contact);
    }
}
