//! CSV files as tables of text.

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
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines();
        let first = lines.find(|l| !l.starts_with('#')).unwrap_or_default();
        let count = |c: char| first.matches(c).count();
        let separator = [',', ';', '\t']
            .into_iter()
            .rev()
            .max_by_key(|c| count(*c))
            .unwrap_or(',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator as u8)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let columns = reader.headers().map_err(|e| format!("`{name}`: {e}"))?;
        let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for row in reader.records() {
            rows.push(row.map_err(|e| format!("`{name}`: {e}"))?);
        }
        Ok(Table {
            name: name.to_owned(),
            columns,
            rows,
        })
    }

    /// A place in the file, for messages.
    pub fn place(&self, row: usize) -> String {
        let line = self
            .rows
            .get(row)
            .and_then(|r| r.position())
            .map_or(row as u64 + 2, csv::Position::line);
        format!("`{}` line {line}", self.name)
    }
}
