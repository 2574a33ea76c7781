//! CSV files as tables of text.

use crate::scenario::problem::unix_lines;
use crate::scenario::units::Wrong;

/// What is wrong with a CSV file, and what would be right.
fn error(message: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong::new("E0604", message, help)
}

/// A table of text.
pub struct Table {
    /// Name of the file, for messages.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<csv::StringRecord>,
}

impl Table {
    /// Parses CSV text; the separator is the one of `,`, `;` and tab that the heading has most.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn parse(name: &str, text: &str) -> Result<Self, Wrong> {
        // Lines are counted at line feeds, wherever the reader believes a row to begin.
        let text = &*unix_lines(text);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines();
        let first = lines.find(|l| !l.starts_with('#')).unwrap_or_default();
        let count = |c: char| first.matches(c).count();
        let separator = [',', ';', '\t'].into_iter().rev().max_by_key(|c| count(*c)).unwrap_or(',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator as u8)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let columns = reader.headers().map_err(|e| wrong(name, text, &e, separator))?;
        let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for row in reader.records() {
            let mut row = row.map_err(|e| wrong(name, text, &e, separator))?;
            let at = row.position().map(|at| begins(text, at));
            row.set_position(at);
            rows.push(row);
        }
        Ok(Table { name: name.to_owned(), columns, rows })
    }

    /// A place in the file, for messages.
    pub fn place(&self, row: usize) -> String {
        let at = self.rows.get(row).and_then(|r| r.position());
        let line = at.map_or(row as u64 + 2, csv::Position::line);
        format!("`{}` line {line}", self.name)
    }

    /// The cells of a column.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.get(column).unwrap_or_default())
    }

    /// What the cells of a column say.
    ///
    /// # Errors
    /// What is wrong with the first that does not say it, with its line.
    pub fn read<T>(
        &self,
        column: usize,
        mut read: impl FnMut(&str) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, Wrong> {
        let told = |n: usize, e: Wrong| error(format!("{}: {}", self.place(n), e.message), e.help);
        let cells = self.cells(column).enumerate();
        cells.map(|(n, cell)| read(cell).map_err(|e| told(n, e))).collect()
    }
}

/// Where a row begins: the reader stands before the remarks and empty lines that it skips.
fn begins(text: &str, at: &csv::Position) -> csv::Position {
    let rest = text.get(at.byte() as usize..).unwrap_or_default();
    let skipped = rest.lines().take_while(|l| l.is_empty() || l.starts_with('#'));
    let mut begin = at.clone();
    begin.set_line(at.line() + skipped.count() as u64);
    begin
}

/// What is wrong with a CSV file. More fields than columns come from decimal commas more
/// often than from anything else.
fn wrong(name: &str, text: &str, cause: &csv::Error, separator: char) -> Wrong {
    let csv::ErrorKind::UnequalLengths { pos, expected_len, len } = cause.kind() else {
        let help = "a CSV file begins with a line of column names";
        return error(format!("`{name}`: {cause}"), help);
    };
    let line = pos.as_ref().map_or(0, |at| begins(text, at).line());
    let help = match separator {
        ',' if len > expected_len => {
            "a decimal comma is a separator here: write decimals with a point, or separate the columns with `;`"
        }
        _ => {
            "each line has a field for each column of the heading; quote what contains the separator"
        }
    };
    error(format!("`{name}` line {line}: {len} fields, and the heading has {expected_len}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_file_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let text = ["at,n", "# a remark", "1,2", "3,4"].join(end);
            let table = Table::parse("a.csv", &text).unwrap_or_else(|e| panic!("{e:?}"));
            let places: Vec<String> = (0..2).map(|n| table.place(n)).collect();
            assert_eq!(places, ["`a.csv` line 3", "`a.csv` line 4"], "{end:?}");
        }
    }

    #[test]
    fn a_decimal_comma_is_named_as_the_cause() {
        let Err(wrong) = Table::parse("a.csv", "s\n12\n4,5\n") else {
            panic!("is refused");
        };
        assert!(wrong.message.contains("line 3: 2 fields"), "{}", wrong.message);
        assert!(wrong.help.contains("decimal comma"), "{}", wrong.help);
    }
}
