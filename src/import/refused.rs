//! Rows that are refused: each with where it stands, its column and why.

use crate::safe_text::{brief, cell, plain};
use std::fmt::Write as _;

/// Refused rows that are listed; the others are counted.
const LISTED: usize = 100_000;

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The column that is to blame.
    pub column: String,
    /// What is in it.
    pub value: String,
    /// What is wrong.
    pub reason: &'static str,
}

impl Refused {
    /// One of a column.
    pub fn new(column: &str, value: &str, reason: &'static str) -> Self {
        Self { column: column.to_owned(), value: value.to_owned(), reason }
    }
}

/// The rows that were refused.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    /// How many.
    pub count: u64,
    rows: String,
    listed: usize,
    first: Option<String>,
}

impl Refusals {
    /// Takes one; `line` is where it stands in `file`.
    pub fn add(&mut self, file: &str, line: u64, refused: &Refused) {
        self.count += 1;
        let Refused { column, value, reason } = refused;
        let value = brief(value, 60);
        if self.first.is_none() {
            let shown = plain(&value);
            self.first = Some(format!("line {line}, {}: `{shown}`: {reason}", plain(column)));
        }
        if self.listed == LISTED {
            return;
        }
        self.listed += 1;
        let line = line.to_string();
        let cells = [file, &line, column, &value, reason].map(quoted);
        // Writing into a String cannot fail.
        let _ = writeln!(self.rows, "{}", cells.join(","));
    }

    /// The first of them, in words.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    /// All that are listed as a CSV file, where there is one.
    #[must_use]
    pub fn csv(&self) -> Option<String> {
        (self.count > 0).then(|| format!("file,row,column,value,reason\n{}", self.rows))
    }

    /// How many are counted and not listed.
    #[must_use]
    pub fn unlisted(&self) -> u64 {
        self.count - self.listed as u64
    }
}

/// A cell of CSV that nothing obeys.
fn quoted(text: &str) -> String {
    let shown = plain(text);
    let safe = cell(&shown);
    if safe.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_rows_are_no_formulas() {
        let mut refusals = Refusals::default();
        refusals.add("a.csv", 3, &Refused::new("=x", "=HYPERLINK(\"a\"),\u{1b}", "it is negative"));
        assert_eq!(
            refusals.csv().unwrap(),
            "file,row,column,value,reason\na.csv,3,'=x,\"'=HYPERLINK(\"\"a\"\"),\u{fffd}\",it is negative\n"
        );
        assert!(refusals.first().unwrap().starts_with("line 3, =x: "));
    }
}
