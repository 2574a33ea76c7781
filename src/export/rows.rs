//! Rows of a table as CSV, as lines of JSON, or as Parquet.

use super::Span;
use super::clock::Clock;
use crate::event::{Cell, Header};
use crate::log::{Column, ParquetRows};
use crate::time::{SimDuration, SimTime};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Where the rows of a table go.
pub(super) trait RowSink {
    /// Takes a row: a cell for each column.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;
    /// Writes what is still to write.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// The rows of a table on their way, and what all of them need.
pub(super) struct Rows<'h> {
    pub(super) header: &'h Header,
    pub(super) clock: Clock,
    pub(super) span: Span,
    pub(super) replication: u32,
    pub(super) sink: Box<dyn RowSink + 'h>,
    pub(super) written: u64,
}

impl Rows<'_> {
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.written += 1;
        self.sink.row(cells)
    }
}

/// What is told in a cell; what is missing is `Null`.
pub(super) trait Value<'a> {
    fn cell(self) -> Cell<'a>;
}

macro_rules! values {
    ($($of:ty, $value:ident => $cell:expr;)*) => {$(
        impl<'a> Value<'a> for $of {
            fn cell(self) -> Cell<'a> {
                let $value = self;
                $cell
            }
        }
    )*};
}

values! {
    Cell<'a>, cell => cell;
    u8, n => Cell::Whole(n.into());
    u16, n => Cell::Whole(n.into());
    u32, n => Cell::Whole(n.into());
    usize, n => Cell::Whole(n as i64);
    f64, n => Cell::Real(n);
    SimTime, at => Cell::Real(at.as_s());
    SimDuration, length => Cell::Real(length.as_s());
    bool, yes => Cell::Flag(yes);
    &'a str, word => Cell::Word(word);
    &'a String, word => Cell::Word(word);
}

impl<'a, V: Value<'a>> Value<'a> for Option<V> {
    fn cell(self) -> Cell<'a> {
        self.map_or(Cell::Null, V::cell)
    }
}

/// CSV with a head; nothing where there is no value.
pub(super) struct Csv<W: Write> {
    writer: csv::Writer<W>,
    clock: Clock,
    text: String,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W, columns: &[Column], clock: Clock) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        let head = columns.iter().map(|c| c.name);
        writer.write_record(head).map_err(io_error)?;
        Ok(Self { writer, clock, text: String::new() })
    }
}

impl<W: Write> RowSink for Csv<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            self.text.clear();
            let word = match *cell {
                Cell::Word(word) => word,
                other => {
                    plain(other, &self.clock, &mut self.text);
                    self.text.as_str()
                }
            };
            self.writer.write_field(word).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The system's own error, so that a closed pipe is known as such.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// An object a line; a value that is missing is `null`.
pub(super) struct NdJson<W: Write> {
    out: W,
    clock: Clock,
    /// What stands before each value: `{"name":` or `,"name":`.
    heads: Vec<String>,
    text: String,
}

impl<W: Write> NdJson<W> {
    pub(super) fn new(out: W, columns: &[Column], clock: Clock) -> Self {
        let heads = columns.iter().enumerate().map(|(i, c)| {
            let before = if i == 0 { '{' } else { ',' };
            format!("{before}\"{}\":", c.name)
        });
        Self { out, clock, heads: heads.collect(), text: String::new() }
    }
}

impl<W: Write> RowSink for NdJson<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.text.clear();
        for (head, cell) in self.heads.iter().zip(cells) {
            self.text += head;
            json(*cell, &self.clock, &mut self.text);
        }
        self.text += "}\n";
        self.out.write_all(self.text.as_bytes())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write + Send> RowSink for ParquetRows<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        ParquetRows::row(self, cells)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        ParquetRows::finish(*self)?.flush()
    }
}

/// Appends a value as text; nothing where there is none.
pub(super) fn plain(cell: Cell<'_>, clock: &Clock, text: &mut String) {
    let _ = match cell {
        Cell::Null => Ok(()),
        Cell::Whole(n) => write!(text, "{n}"),
        // The shortest decimal that reads back as the same number.
        Cell::Real(n) => write!(text, "{n}"),
        Cell::Flag(f) => write!(text, "{f}"),
        Cell::Word(word) => {
            text.push_str(word);
            Ok(())
        }
        Cell::Moment(us) => {
            clock.write(us, text);
            Ok(())
        }
    };
}

/// Appends a value as JSON.
pub(super) fn json(cell: Cell<'_>, clock: &Clock, text: &mut String) {
    match cell {
        Cell::Null => text.push_str("null"),
        Cell::Real(n) if !n.is_finite() => text.push_str("null"),
        Cell::Word(word) => string(word, text),
        Cell::Moment(_) => {
            text.push('"');
            plain(cell, clock, text);
            text.push('"');
        }
        other => plain(other, clock, text),
    }
}

/// Appends a JSON string.
pub(super) fn string(word: &str, text: &mut String) {
    // A string has no way to fail.
    text.push_str(&serde_json::to_string(word).unwrap_or_default());
}
