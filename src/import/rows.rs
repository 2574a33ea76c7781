//! The second way through the rows: a row a contact.

use super::contacts::{Contact, Ending, NEVER, NOBODY, Names, Operation, Visit};
use super::length::length_us;
use super::map::{End, Map, Role};
use super::refused::{Refusals, Refused};
use super::stamp::{Clock, Layout, Local, exchanged, parse};
use super::survey::{OTHER, Placed, Survey, UNKNOWN, meaning, name_of, said};
use super::table::{Row, Table, Unreadable};
use crate::time::{DAY_US, SECOND_US};
use std::collections::BTreeMap;

/// Clocks of several systems differ, and exports round: so far a moment may lie before the
/// one it follows, microseconds.
const ROUNDING_US: i64 = 2 * SECOND_US as i64;
/// A time of day so much before the contact's beginning is of the next day, microseconds.
const OVER_MIDNIGHT_US: i64 = DAY_US as i64 / 2;

/// What was counted while contacts were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Rows that were read.
    pub rows: u64,
    /// Contacts that they gave.
    pub contacts: u64,
    /// Rows that the map leaves out.
    pub skipped: u64,
    /// Contacts that began outside the span that was asked for.
    pub outside: u64,
    /// Moments in an hour that the clock shows twice, taken as the first.
    pub doubled: u64,
    /// Times of day that belong to the day after the contact's beginning.
    pub over_midnight: u64,
    /// Moments that were moved by up to two seconds to be in order.
    pub rounded: u64,
}

/// Makes contacts of rows.
pub(super) struct Reader<'s> {
    survey: &'s Survey,
    clock: Clock,
    channels: Numbers,
    queues: Numbers,
    intents: Numbers,
    segments: Numbers,
    teams: Numbers,
    /// Agents by team and name.
    agents: BTreeMap<(u8, String), u32>,
    agent_teams: Vec<u8>,
    ends: BTreeMap<String, End>,
    cases: bool,
    pub(super) counted: Counted,
}

/// Names with their numbers.
struct Numbers {
    names: Names,
    by_name: BTreeMap<String, usize>,
    other: usize,
}

impl Numbers {
    fn new(mut names: Names, fallback: &str) -> Self {
        if names.all.is_empty() {
            names.all.push(fallback.to_owned());
        }
        let by_name: BTreeMap<String, usize> =
            names.all.iter().enumerate().map(|(n, name)| (name.clone(), n)).collect();
        let other = by_name.get(OTHER).copied().unwrap_or(names.all.len() - 1);
        Self { names, by_name, other }
    }

    #[inline]
    fn number(&self, word: &str) -> usize {
        match self.by_name.get(word) {
            Some(number) => *number,
            None => self.by_name.get(&name_of(word)).copied().unwrap_or(self.other),
        }
    }
}

/// Makes contacts of all rows of some tables; those that cannot be are refused.
///
/// # Errors
/// When the rest of a table cannot be read.
pub fn read_contacts(
    tables: &mut [(String, Table)],
    map: &Map,
    survey: &Survey,
    (zone, span): (jiff::tz::TimeZone, Span),
    refusals: &mut Refusals,
) -> Result<(Operation, Counted), Unreadable> {
    let mut reader = Reader::new(map, survey, zone);
    // So many at most: a vector that grows takes up to twice the memory.
    let mut contacts = Vec::with_capacity(usize::try_from(survey.rows).unwrap_or_default());
    reader.each(tables, refusals, |reader, row| {
        let contact = reader.contact(row)?;
        contacts.extend(contact);
        Ok(contact.is_some())
    })?;
    let operation = reader.operation(contacts, span);
    Ok((operation, reader.counted))
}

/// The part of a log that is wanted, Unix microseconds: from one moment until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from_us: i64,
    /// The first moment after it.
    pub to_us: i64,
}

impl Span {
    /// All of it.
    pub const WHOLE: Self = Self { from_us: i64::MIN, to_us: i64::MAX };

    fn holds(self, at_us: i64) -> bool {
        (self.from_us..self.to_us).contains(&at_us)
    }
}

impl<'s> Reader<'s> {
    pub(super) fn new(map: &Map, survey: &'s Survey, zone: jiff::tz::TimeZone) -> Self {
        let constant = |role: Role, otherwise: &str| {
            let given = map.field(role).and_then(|f| f.constant.clone());
            given.unwrap_or_else(|| otherwise.to_owned())
        };
        let channel = constant(Role::Way, "contact");
        let numbers = |role: Role, otherwise: &str| {
            Numbers::new(survey.names(role), &constant(role, otherwise))
        };
        let ends = map.field(Role::Outcome).map(|f| {
            f.values
                .iter()
                .filter_map(|(word, end)| Some((word.clone(), End::find(end)?)))
                .collect()
        });
        Self {
            survey,
            clock: Clock::new(zone),
            channels: numbers(Role::Way, &channel),
            // Without queues of its own each channel is one.
            queues: match map.field(Role::Queue) {
                Some(_) => numbers(Role::Queue, &channel),
                None => numbers(Role::Way, &channel),
            },
            intents: numbers(Role::Intent, "any"),
            segments: numbers(Role::Segment, "all"),
            teams: numbers(Role::Team, "agents"),
            agents: BTreeMap::new(),
            agent_teams: Vec::new(),
            ends: ends.unwrap_or_default(),
            cases: map.cases,
            counted: Counted::default(),
        }
    }

    /// All contacts of a log with its names, those outside a span left out, in order.
    pub(super) fn operation(&mut self, contacts: Vec<Contact>, span: Span) -> Operation {
        let all = contacts.len();
        let contacts = in_order(contacts, span);
        self.counted.outside = (all - contacts.len()) as u64;
        self.counted.contacts = contacts.len() as u64;
        let by_bot = |c: &Contact| c.bot_end_us > c.begin_us || c.ending == Ending::Bot;
        let has_bot = contacts.iter().any(by_bot);
        let names = |numbers: &mut Numbers| std::mem::take(&mut numbers.names);
        Operation {
            contacts,
            visits: Vec::new(),
            channels: names(&mut self.channels),
            queues: names(&mut self.queues),
            intents: names(&mut self.intents),
            segments: names(&mut self.segments),
            teams: names(&mut self.teams),
            agent_teams: std::mem::take(&mut self.agent_teams),
            has_bot,
            live: !self.cases,
        }
    }

    /// A contact that begins at a moment, otherwise as the row says.
    pub(super) fn like(&self, row: &Row, begin_us: i64) -> Contact {
        let queue = match self.survey.role(Role::Queue) {
            Some(_) => self.number(Role::Queue, &self.queues, row),
            None => self.number(Role::Way, &self.channels, row),
        };
        let visit = Visit {
            queued_us: begin_us,
            answered_us: NEVER,
            ended_us: NEVER,
            agent: NOBODY,
            queue: queue as u8,
            team: self.number(Role::Team, &self.teams, row) as u8,
        };
        Contact {
            begin_us,
            bot_end_us: begin_us,
            visit,
            wrap_us: 0,
            more: 0,
            further: 0,
            intent: self.number(Role::Intent, &self.intents, row) as u16,
            channel: self.number(Role::Way, &self.channels, row) as u8,
            segment: self.number(Role::Segment, &self.segments, row) as u8,
            ending: Ending::Open,
            attempt: 0,
            next: NOBODY,
        }
    }

    /// The cell of a role, where it says something.
    #[inline]
    fn cell<'r>(&self, role: Role, row: &'r Row) -> Option<(&'s Placed, &'r str)> {
        let placed = self.survey.role(role)?;
        Some((placed, said(&placed.field, row.cell(placed.column?))?))
    }

    /// The moment of a role, Unix microseconds. `begin_us` is the contact's beginning.
    pub(super) fn moment(
        &mut self,
        role: Role,
        row: &Row,
        begin_us: Option<i64>,
    ) -> Result<Option<i64>, Refused> {
        let Some((placed, cell)) = self.cell(role, row) else {
            return Ok(None);
        };
        let column = || placed.field.column.clone().unwrap_or_default();
        let refused = |reason| Refused::new(&column(), cell, reason);
        let stamp = parse(cell, placed.layout)
            .ok_or_else(|| refused("it is no moment of this column's layout"))?;
        let mut day = stamp.day;
        if let Some(date) = placed.date {
            let date = row.cell(date);
            let name = || placed.field.date.clone().unwrap_or_default();
            let wrong = || Refused::new(&name(), date, "it is no date of this column's layout");
            day = parse(date, placed.date_layout).ok_or_else(wrong)?.day;
        }
        let day = day.ok_or_else(|| refused("it has no date"))?;
        let day = if placed.field.swapped { exchanged(day) } else { day };
        let time_us = stamp.time_us.ok_or_else(|| refused("it has no time of day"))?;
        let naive = i64::from(day) * DAY_US as i64 + time_us as i64;
        let mut at = match stamp.offset_s {
            Some(offset_s) => naive - i64::from(offset_s) * SECOND_US as i64,
            None => self
                .local(day, time_us)
                .ok_or_else(|| refused("clocks go forward over this hour: it does not exist"))?,
        };
        if let Some(begin_us) = begin_us
            && placed.layout == Layout::TimeOnly
            && at < begin_us - OVER_MIDNIGHT_US
        {
            self.counted.over_midnight += 1;
            at = self
                .local(day + 1, time_us)
                .ok_or_else(|| refused("clocks go forward over this hour: it does not exist"))?;
        }
        Ok(Some(at))
    }

    fn local(&mut self, day: i32, time_us: u64) -> Option<i64> {
        match self.clock.unix_us(day, time_us) {
            Local::Once(at) => Some(at),
            Local::Twice(at, _) => {
                self.counted.doubled += 1;
                Some(at)
            }
            Local::Never(_) => None,
        }
    }

    /// The length of a role, microseconds.
    fn length(&self, role: Role, row: &Row) -> Result<Option<i64>, Refused> {
        let Some((placed, cell)) = self.cell(role, row) else {
            return Ok(None);
        };
        match length_us(cell, placed.field.unit, self.survey.decimal) {
            Ok(us) => Ok(Some(us as i64)),
            Err(why) => {
                let column = placed.field.column.as_deref().unwrap_or_default();
                Err(Refused::new(column, cell, why.in_words()))
            }
        }
    }

    fn number(&self, role: Role, names: &Numbers, row: &Row) -> usize {
        match self.cell(role, row) {
            Some((placed, cell)) => names.number(meaning(&placed.field, cell)),
            None if names.names.all.len() == 1 => 0,
            None => names.number(UNKNOWN),
        }
    }

    /// The agent of a row.
    pub(super) fn agent(&mut self, row: &Row, team: u8) -> u32 {
        let Some((_, name)) = self.cell(Role::Agent, row) else {
            return NOBODY;
        };
        let key = (team, name.to_owned());
        if let Some(agent) = self.agents.get(&key) {
            return *agent;
        }
        let agent = self.agent_teams.len() as u32;
        self.agent_teams.push(team);
        self.agents.insert(key, agent);
        agent
    }

    /// How the row says that the contact ended; what the columns show where it does not.
    fn ending(&self, row: &Row) -> Result<Option<End>, Refused> {
        let Some((placed, cell)) = self.cell(Role::Outcome, row) else {
            return Ok(self.ends.get("").copied());
        };
        if let Some(end) = self.ends.get(cell) {
            return Ok(Some(*end));
        }
        let other = placed.field.other.as_deref().and_then(End::find);
        let column = placed.field.column.as_deref().unwrap_or_default();
        other
            .map(Some)
            .ok_or_else(|| Refused::new(column, cell, "the map does not say what this word means"))
    }

    /// The contact of a row; none of a row that the map leaves out.
    fn contact(&mut self, row: &Row) -> Result<Option<Contact>, Refused> {
        let end = self.ending(row)?;
        if end == Some(End::Skip) {
            return Ok(None);
        }
        let blank = |role: Role, survey: &Survey, reason| {
            let column = survey.role(role).and_then(|p| p.field.column.clone());
            Refused::new(&column.unwrap_or_default(), "", reason)
        };
        let begin = self.moment(Role::Begin, row, None)?;
        let begin = begin.ok_or_else(|| {
            blank(Role::Begin, self.survey, "it does not say when the contact began")
        })?;
        let bot_end = match self.moment(Role::BotEnd, row, Some(begin))? {
            Some(at) => Some(at),
            None => self.length(Role::Bot, row)?.map(|us| begin + us),
        };
        let bot_end = self.in_order(Role::BotEnd, begin, bot_end.unwrap_or(begin))?;
        let joined = self.moment(Role::Queued, row, Some(begin))?;
        let wait = self.length(Role::Wait, row)?;
        let queued = self.in_order(Role::Queued, bot_end, joined.unwrap_or(bot_end))?;
        let times = Times { begin, bot_end, queued, joined: joined.is_some(), wait };
        let (ending, visit) = self.stay(row, end, &times)?;
        let wrap_us = self.length(Role::WrapUp, row)?.unwrap_or(0) as u64;
        let like = self.like(row, begin);
        Ok(Some(Contact { bot_end_us: bot_end, visit, wrap_us, ending, ..like }))
    }

    /// The stay in the queue and with an agent.
    fn stay(&mut self, row: &Row, end: Option<End>, t: &Times) -> Result<(Ending, Visit), Refused> {
        let answered = self.moment(Role::Answered, row, Some(t.begin))?;
        let handle = self.length(Role::Handle, row)?;
        let over = self.moment(Role::End, row, Some(t.begin))?;
        let blank = Visit { queued_us: t.queued, ..self.like(row, t.begin).visit };
        let agent = self.agent(row, blank.team);
        let waited = t.joined || t.wait.is_some_and(|us| us > 0);
        let has_bot = [Role::Bot, Role::BotEnd].iter().any(|r| self.survey.role(*r).is_some());
        let had = answered.is_some() || t.wait.is_some() || handle.is_some_and(|us| us > 0);
        let end = match end {
            Some(End::Done) if had || (agent != NOBODY && over.is_some()) => End::Served,
            Some(End::Done) => End::Bot,
            Some(end) => end,
            None => self.shown(answered, handle, agent),
        };
        Ok(match end {
            End::Served => {
                // Where nothing says when, the wait is the longest that it can have been.
                let answered = t.wait.map(|us| t.queued + us).or(answered).or(over);
                let answered = answered
                    .ok_or_else(|| Refused::new("", "", "it does not say when an agent had it"))?;
                let answered = self.in_order(Role::Answered, t.queued, answered)?;
                let ended = handle.map(|us| answered + us).or(over);
                let ended = ended.map(|at| self.in_order(Role::End, answered, at)).transpose()?;
                let ending = if ended.is_some() { Ending::Served } else { Ending::Open };
                (
                    ending,
                    Visit {
                        answered_us: answered,
                        ended_us: ended.unwrap_or(NEVER),
                        agent,
                        ..blank
                    },
                )
            }
            End::Left if !waited && has_bot => self.ended_by_bot(over, t, blank)?,
            End::Bot => self.ended_by_bot(over, t, blank)?,
            End::Abandoned | End::Left => {
                let left = t.wait.map(|us| t.queued + us).or(over);
                let left = left.ok_or_else(|| {
                    Refused::new("", "", "it does not say when the customer left the queue")
                })?;
                let left = self.in_order(Role::End, t.queued, left)?;
                (Ending::Abandoned, Visit { ended_us: left, ..blank })
            }
            End::Blocked => (Ending::Blocked, Visit { ended_us: t.queued, ..blank }),
            End::Open => {
                let answered =
                    t.wait.map(|us| t.queued + us).or(answered).filter(|_| agent != NOBODY);
                (Ending::Open, Visit { answered_us: answered.unwrap_or(NEVER), agent, ..blank })
            }
            // The caller has left the one out, and what the other means is decided.
            End::Skip | End::Done => (Ending::Blocked, blank),
        })
    }

    fn ended_by_bot(
        &mut self,
        over: Option<i64>,
        t: &Times,
        blank: Visit,
    ) -> Result<(Ending, Visit), Refused> {
        let ended = over.filter(|at| *at >= t.bot_end).unwrap_or(t.bot_end);
        Ok((Ending::Bot, Visit { queued_us: NEVER, ended_us: ended, ..blank }))
    }

    /// How a contact ended whose row has no word for it.
    fn shown(&self, answered: Option<i64>, handle: Option<i64>, agent: u32) -> End {
        let told = [Role::Answered, Role::Handle, Role::Agent];
        let nothing = told.iter().all(|role| self.survey.role(*role).is_none());
        if nothing || answered.is_some() || handle.is_some_and(|us| us > 0) || agent != NOBODY {
            End::Served
        } else {
            End::Left
        }
    }

    /// A moment that follows another: within the rounding of clocks it is moved there.
    fn in_order(&mut self, role: Role, before: i64, at: i64) -> Result<i64, Refused> {
        if at >= before {
            return Ok(at);
        }
        if before - at <= ROUNDING_US {
            self.counted.rounded += 1;
            return Ok(before);
        }
        let column = self.survey.role(role).and_then(|p| p.field.column.clone());
        let reason = match role {
            Role::End => "it is over before it began, or before an agent had it",
            Role::Answered => "an agent had it before it joined the queue",
            _ => "it is before what it follows",
        };
        Err(Refused::new(&column.unwrap_or_default(), "", reason))
    }
}

/// The first moments of a contact.
struct Times {
    begin: i64,
    bot_end: i64,
    queued: i64,
    /// Whether the row says when it joined.
    joined: bool,
    wait: Option<i64>,
}

/// Contacts of a span in the order of their beginnings; links between those of one issue
/// lead to their new places.
fn in_order(mut contacts: Vec<Contact>, span: Span) -> Vec<Contact> {
    if contacts.iter().all(|c| c.next == NOBODY) {
        contacts.retain(|c| span.holds(c.begin_us));
        // Most logs are in order, and sorting takes memory.
        if !contacts.is_sorted_by_key(|c| c.begin_us) {
            contacts.sort_by_key(|c| c.begin_us);
        }
        return contacts;
    }
    let mut order: Vec<u32> = (0..contacts.len() as u32).collect();
    order.retain(|n| span.holds(contacts[*n as usize].begin_us));
    order.sort_by_key(|n| contacts[*n as usize].begin_us);
    let mut places = vec![NOBODY; contacts.len()];
    for (place, number) in order.iter().enumerate() {
        places[*number as usize] = place as u32;
    }
    let mut sorted: Vec<Contact> = order.iter().map(|n| contacts[*n as usize]).collect();
    let mut follows = vec![false; sorted.len()];
    for contact in &mut sorted {
        contact.next = places.get(contact.next as usize).copied().unwrap_or(NOBODY);
        if let Some(next) = follows.get_mut(contact.next as usize) {
            *next = true;
        }
    }
    // The first within the span is the first that is known.
    let firsts = sorted.iter_mut().zip(&follows).filter(|(_, follows)| !**follows);
    firsts.for_each(|(contact, _)| contact.attempt = 0);
    sorted
}
