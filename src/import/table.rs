//! A foreign table, whatever it is written as: rows of text, one after the other.
//!
//! What a file is says its content, not its name: gzip and zstd are unpacked, workbooks and
//! columns are told from text. What was found out about a file is in [`Facts`], and is said.

mod decode;
mod sniff;
mod text;

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

pub use sniff::Delimiter;

/// Most columns of a table: as many as a spreadsheet has.
pub const MOST_COLUMNS: usize = 16_384;
/// Longest line of a text, in bytes: more is no table.
const LONGEST_LINE: usize = 16 << 20;

/// Why a table cannot be read, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub help: String,
}

impl Unreadable {
    /// One with its help.
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into() }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::new(format!("cannot be read: {error}"), "look whether the file is whole")
    }
}

/// What was found out about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What it is written as, in words, as `gzip of text`.
    pub format: String,
    /// What stands between the cells of a text, in words.
    pub delimiter: Option<&'static str>,
    /// How the characters of a text are written.
    pub encoding: Option<&'static str>,
    /// Characters of a text that its encoding does not have and that were read as Windows-1252.
    pub foreign: u64,
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Where it stands: the line of a text, the row of a sheet or of columns, from 1.
    pub line: u64,
    cells: csv::StringRecord,
}

impl Row {
    /// The cell of a column, without spaces around it; empty where the row ends before it.
    #[must_use]
    #[inline]
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }

    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no cell says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Where rows come from.
trait Rows {
    /// Reads the next row; `false` when there is none.
    fn next(&mut self, row: &mut Row) -> Result<bool, Unreadable>;
    /// Characters that were read as another encoding so far.
    fn foreign(&self) -> u64 {
        0
    }
}

/// What a user says of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What stands between the cells.
    pub delimiter: Option<Delimiter>,
    /// How characters are written, as `windows-1252`.
    pub encoding: Option<String>,
    /// Lines before the header that are no part of the table.
    pub skip: u64,
    /// Whether the first row already is data.
    pub headless: bool,
}

/// A table that is being read.
pub struct Table {
    /// What was found out about it.
    pub facts: Facts,
    /// The names of its columns, without spaces around them.
    pub header: Vec<String>,
    rows: Box<dyn Rows>,
    /// Of a table without a header: its first row, which is still to come.
    first: Option<Row>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl Table {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no table, or cannot be read.
    pub fn open(path: &Path, wanted: &Wanted) -> Result<Self, Unreadable> {
        let file = plain_file(path)?;
        let (mut input, packing) = unpacked(Box::new(file))?;
        let mut begin = Vec::new();
        input.by_ref().take(sniff::SAMPLE as u64).read_to_end(&mut begin)?;
        let whole = Box::new(io::Cursor::new(begin.clone()).chain(input));
        let kind = sniff::kind(&begin)?;
        let mut facts = Facts::default();
        let rows: Box<dyn Rows> = match kind {
            sniff::Kind::Text => Box::new(text::Text::open(whole, &begin, wanted, &mut facts)?),
        };
        facts.format =
            [packing, Some(kind.name())].into_iter().flatten().collect::<Vec<_>>().join(" of ");
        Self::begin(facts, rows, wanted)
    }

    /// Takes the header off.
    fn begin(facts: Facts, rows: Box<dyn Rows>, wanted: &Wanted) -> Result<Self, Unreadable> {
        let mut table = Self { facts, header: Vec::new(), rows, first: None };
        let mut row = Row::default();
        loop {
            if !table.rows.next(&mut row)? {
                return Err(Unreadable::new(
                    "it is empty",
                    "export it again with a line of column names and its rows",
                ));
            }
            if row.line > wanted.skip && !row.is_empty() {
                break;
            }
        }
        if row.len() > MOST_COLUMNS {
            return Err(Unreadable::new(
                format!("it has {} columns", row.len()),
                format!("a table has at most {MOST_COLUMNS}: look whether its lines end"),
            ));
        }
        let names = (0..row.len()).map(|c| match row.cell(c) {
            name if wanted.headless || name.is_empty() => format!("#{}", c + 1),
            name => name.to_owned(),
        });
        table.header = names.collect();
        table.first = wanted.headless.then_some(row);
        Ok(table)
    }

    /// Reads the next row that says something; `false` when there is none.
    ///
    /// # Errors
    /// When the rest of the file cannot be read.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, Unreadable> {
        if let Some(first) = self.first.take() {
            *row = first;
            return Ok(true);
        }
        loop {
            if !self.rows.next(row)? {
                self.facts.foreign = self.rows.foreign();
                return Ok(false);
            }
            if !row.is_empty() {
                return Ok(true);
            }
        }
    }

    /// The number of a column, by its name: as it is written, else without regard to case,
    /// spaces and underscores.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        let exact = self.header.iter().position(|h| h == name);
        exact.or_else(|| {
            let wanted = folded(name);
            self.header.iter().position(|h| folded(h) == wanted)
        })
    }
}

/// A name without what exports write now so and now so.
fn folded(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '#' | '+'));
    kept.flat_map(char::to_lowercase).collect()
}

/// Opens a file; a pipe would be waited for without end.
fn plain_file(path: &Path) -> Result<File, Unreadable> {
    let facts = std::fs::metadata(path)?;
    if !facts.is_file() {
        let what = "cannot be read: it is not a file";
        return Err(Unreadable::new(what, "write what it gives into a file"));
    }
    if facts.len() == 0 {
        return Err(Unreadable::new("it is empty", "export it again: it has no bytes at all"));
    }
    Ok(File::open(path)?)
}

/// Undoes gzip and zstd, by how the bytes begin.
fn unpacked(file: Box<dyn Read>) -> Result<(Box<dyn Read>, Option<&'static str>), Unreadable> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    let begin = io::BufRead::fill_buf(&mut file)?;
    Ok(match begin {
        [0x1f, 0x8b, ..] => {
            (Box::new(flate2::bufread::MultiGzDecoder::new(file)) as Box<dyn Read>, Some("gzip"))
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            (Box::new(zstd::stream::read::Decoder::with_buffer(file)?), Some("zstd"))
        }
        _ => (Box::new(file), None),
    })
}
