//! Tables of text: cells between delimiters, quoted where they hold one.

use super::decode::{self, Decoded};
use super::sniff::{self, SAMPLE};
use super::{Facts, LONGEST_LINE, Row, Rows, Unreadable, Wanted};
use encoding_rs::Encoding;
use std::io::Read;

/// A text that is being read.
pub(super) struct Text {
    reader: csv::Reader<Lines>,
}

impl Text {
    pub(super) fn open(
        from: Box<dyn Read>,
        begin: &[u8],
        wanted: &Wanted,
        facts: &mut Facts,
    ) -> Result<Self, Unreadable> {
        let encoding = match &wanted.encoding {
            Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
                let what = format!("there is no encoding `{label}`");
                Unreadable::new(what, "say `utf-8`, `utf-16le`, `windows-1252` or the like")
            })?,
            None => encoding_of(begin),
        };
        let (sample, _) = encoding.decode_with_bom_removal(&begin[..begin.len().min(SAMPLE)]);
        let lines: Vec<&str> = sample.split_inclusive('\n').skip(wanted.skip as usize).collect();
        let delimiter = wanted.delimiter.unwrap_or_else(|| sniff::delimiter(&lines.concat()));
        facts.encoding = Some(encoding.name());
        facts.delimiter = Some(delimiter.name());
        let lines = Lines { from: Decoded::new(from, encoding), length: 0 };
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.byte())
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(lines);
        Ok(Self { reader })
    }
}

fn encoding_of(begin: &[u8]) -> &'static Encoding {
    let marked = Encoding::for_bom(begin).map(|(encoding, _)| encoding);
    marked.or_else(|| sniff::wide(begin)).unwrap_or_else(|| decode::guess(begin))
}

impl Rows for Text {
    fn next(&mut self, row: &mut Row) -> Result<bool, Unreadable> {
        let before = self.reader.position().line();
        match self.reader.read_record(&mut row.cells) {
            Ok(more) => {
                row.line = row.cells.position().map_or(before, csv::Position::line);
                Ok(more)
            }
            Err(error) => Err(match error.into_kind() {
                csv::ErrorKind::Io(error) => Unreadable::new(
                    format!("line {before}: cannot be read: {error}"),
                    "look whether the file is whole",
                ),
                other => Unreadable::new(format!("line {before}: {other:?}"), "look at that line"),
            }),
        }
    }

    fn foreign(&self) -> u64 {
        self.reader.get_ref().from.foreign()
    }
}

/// Refuses what is no lines before it fills the memory.
struct Lines {
    from: Decoded,
    /// Bytes since the latest end of a line.
    length: usize,
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(into)?;
        let end = into[..count].iter().rposition(|b| matches!(b, b'\n' | b'\r'));
        self.length = end.map_or(self.length + count, |end| count - end);
        if self.length > LONGEST_LINE {
            let limit = LONGEST_LINE >> 20;
            return Err(std::io::Error::other(format!("a line is longer than {limit} MiB")));
        }
        Ok(count)
    }
}
