//! Runs for other programs: tables as CSV, lines of JSON or Parquet, and event
//! logs for process mining (OCEL 2.0, XES).
//!
//! A table is a fold over the events of a run. It holds what is live and no
//! more, and writes a row as soon as it is known, so that memory does not grow
//! with the length of a run. `docs/export.md` describes every column.

mod activity;
mod agents;
mod clock;
mod conversations;
mod events;
mod interval_log;
mod intervals;
mod names;
mod ocel;
mod rows;
mod xes;

pub use agents::AGENTS;
pub use conversations::CONVERSATIONS;
pub use events::event_columns;
pub use interval_log::{INTERVAL_S, interval_log};
pub use intervals::INTERVALS;
pub use ocel::ocel;
pub use xes::{Case, xes};

use crate::event::{Envelope, Header};
use crate::id::{AgentId, SlotId};
use crate::log::{Column, LogError, ParquetRows, Run};
use crate::projection::{Book, Record};
use crate::time::SimTime;
use clock::Clock;
use rows::{Csv, NdJson, RowSink, Rows};
use std::io::{self, Write};
use std::path::Path;

/// A table that can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// A row for each contact.
    Conversations,
    /// A row for each span of an agent's state.
    Agents,
    /// A row for each queue and interval.
    Intervals,
    /// A row for each event.
    Events,
}

impl Table {
    /// All tables.
    pub const ALL: [Table; 4] =
        [Table::Conversations, Table::Agents, Table::Intervals, Table::Events];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Conversations => "conversations",
            Table::Agents => "agents",
            Table::Intervals => "intervals",
            Table::Events => "events",
        }
    }

    /// Its columns, in their order.
    #[must_use]
    pub fn columns(self) -> Vec<Column> {
        match self {
            Table::Conversations => CONVERSATIONS.to_vec(),
            Table::Agents => AGENTS.to_vec(),
            Table::Intervals => INTERVALS.to_vec(),
            Table::Events => event_columns(),
        }
    }

    fn fold<'r>(self, to: &'r mut Rows<'_>) -> Box<dyn Fold + 'r> {
        match self {
            Table::Conversations => Box::new(conversations::Conversations::new(to)),
            Table::Agents => Box::new(agents::Agents::new(to)),
            Table::Intervals => Box::new(intervals::Intervals::new(to)),
            Table::Events => Box::new(events::Events::new(to)),
        }
    }
}

/// How the rows of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a head.
    Csv,
    /// An object a line.
    NdJson,
    /// Parquet, compressed with zstd.
    Parquet,
}

/// From one moment on, up to another: what begins in it is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub since: SimTime,
    /// The first moment after it.
    pub until: SimTime,
}

impl Span {
    /// All of a run.
    pub const ALL: Self = Self { since: SimTime::ZERO, until: SimTime::NEVER };

    fn holds(&self, at: SimTime) -> bool {
        self.since <= at && at < self.until
    }
}

/// Which part of a run is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Only this replication; all whose events are kept without it.
    pub replication: Option<u32>,
    /// What begins in this span.
    pub span: Span,
}

impl Part {
    fn takes(&self, replication: u32) -> bool {
        self.replication.is_none_or(|only| only == replication)
    }
}

/// Writes a table of a run and gives the number of its rows. `name` is what
/// messages call the target.
///
/// # Errors
/// When a file of the run is damaged, or the target cannot be written.
pub fn table<W: Write + Send>(
    run: &Run,
    table: Table,
    format: Format,
    part: Part,
    out: W,
    name: &Path,
) -> Result<u64, LogError> {
    let header = &names::exported(&run.manifest.header);
    let (columns, clock) = (table.columns(), Clock::new(header));
    let begun: io::Result<Box<dyn RowSink + '_>> = match format {
        Format::Csv => Csv::new(out, &columns, clock.clone()).map(|sink| Box::new(sink) as _),
        Format::NdJson => Ok(Box::new(NdJson::new(out, &columns, clock.clone()))),
        Format::Parquet => {
            ParquetRows::new(out, &columns, &header.zone).map(|sink| Box::new(sink) as _)
        }
    };
    let sink = begun.map_err(LogError::io(name, UNWRITABLE))?;
    let mut rows = Rows { header, clock, span: part.span, replication: 0, sink, written: 0 };
    follow(run, part, &mut *table.fold(&mut rows), name)?;
    rows.sink.finish().map_err(LogError::io(name, UNWRITABLE))?;
    Ok(rows.written)
}

/// What a target could not.
const UNWRITABLE: &str = "cannot be written";

/// An event as a fold sees it: the book stands as it was before the event.
struct Seen<'s> {
    book: &'s Book,
    env: &'s Envelope,
    /// Its place in the batch.
    row: usize,
}

impl Seen<'_> {
    /// The record of the contact, unless the event begins it or has none.
    fn record(&self) -> Option<&Record> {
        use crate::event::Event::{ArticleViewed, ContactStarted};
        let begins = matches!(self.env.event, ArticleViewed { .. } | ContactStarted { .. });
        (self.env.slot != SlotId::NONE && !begins).then(|| self.book.get(self.env.slot))
    }

    /// Whether a new number of contact begins here: an article view, or a contact
    /// that follows none.
    fn begins(&self) -> bool {
        use crate::event::Event::{ArticleViewed, ContactStarted};
        match self.env.event {
            ArticleViewed { .. } => true,
            ContactStarted { .. } => !self.book.follows_article(self.env),
            _ => false,
        }
    }
}

/// The end of a replication.
struct End<'s> {
    book: &'s Book,
    /// When it ended.
    at: SimTime,
}

/// What is led through the events of a run.
trait Fold {
    /// A replication begins.
    fn begin(&mut self, replication: u32);
    /// The next events are there, before each of them is seen.
    fn batch(
        &mut self,
        _replication: u32,
        _events: &[Envelope],
        _walls: &[Option<i64>],
    ) -> Result<(), LogError> {
        Ok(())
    }
    /// Takes the next event.
    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()>;
    /// The replication is over.
    fn end(&mut self, end: &End<'_>) -> io::Result<()>;
}

/// Leads through the chosen replications, event by event.
fn follow(run: &Run, part: Part, who: &mut dyn Fold, name: &Path) -> Result<(), LogError> {
    let header = &run.manifest.header;
    let mut current: Option<(u32, Book, SimTime)> = None;
    let failed = |error: io::Error| LogError::io(name, UNWRITABLE)(error);
    run.try_events(&|n| part.takes(n), &mut |number, events, walls| {
        if current.as_ref().is_none_or(|(n, ..)| *n != number) {
            if let Some((_, book, at)) = current.take() {
                who.end(&End { book: &book, at }).map_err(failed)?;
            }
            who.begin(number);
            current = Some((number, Book::new(header), SimTime::ZERO));
        }
        let Some((_, book, last)) = &mut current else {
            return Ok(());
        };
        who.batch(number, events, walls)?;
        for (row, env) in events.iter().enumerate() {
            who.event(&Seen { book, env, row }).map_err(failed)?;
            book.apply(header, env);
            *last = env.at;
        }
        Ok(())
    })?;
    match current {
        Some((_, book, at)) => who.end(&End { book: &book, at }).map_err(failed),
        None => Ok(()),
    }
}

/// Declares the columns of a table, each with its value in a row of them.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident<$life:lifetime>($($part:ident: $of:ty),*) {
        $($column:literal $kind:ident = $value:expr => $about:literal,)*
    }) => {
        $(#[$doc])*
        pub const $name: [$crate::log::Column; [$($column),*].len()] = [$($crate::log::Column {
            name: $column,
            kind: $crate::event::Kind::$kind,
            about: $about,
        }),*];

        fn cells<$life>($($part: $of),*) -> [$crate::event::Cell<$life>; $name.len()] {
            [$($crate::export::rows::Value::cell($value)),*]
        }
    };
}
use columns;

/// A place of a list, which grows to have it.
fn place_of<T: Clone>(list: &mut Vec<T>, place: usize, empty: T) -> &mut T {
    if place >= list.len() {
        list.resize(place + 1, empty);
    }
    &mut list[place]
}

/// The team of an agent.
fn team_of(header: &Header, agent: AgentId) -> Option<&str> {
    let team = *header.agent_teams.get(agent.index())? as usize;
    header.teams.get(team).map(|team| team.name.as_str())
}
