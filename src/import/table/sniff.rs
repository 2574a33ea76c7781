//! What a file is and how its text is written, by how it begins.

use super::Unreadable;
use crate::domain::words;

/// Bytes from the beginning that are looked at.
pub(super) const SAMPLE: usize = 1 << 17;

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Lines of text.
    Text,
}

impl Kind {
    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
        }
    }
}

words! {
    /// What stands between the cells of a text.
    Delimiter {
        /// `,`
        Comma = "comma",
        /// `;`
        Semicolon = "semicolon",
        /// A tabulator.
        Tab = "tab",
        /// `|`
        Pipe = "pipe",
    }
}

impl Delimiter {
    /// Its byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
            Delimiter::Pipe => b'|',
        }
    }
}

/// What a file is.
pub(super) fn kind(begin: &[u8]) -> Result<Kind, Unreadable> {
    let no_table = |what: &str, help: &str| Err(Unreadable::new(what, help));
    if begin.is_empty() {
        return no_table("it is empty", "export it again: there is nothing within the packing");
    }
    match begin {
        [b'P', b'K', 3 | 5, ..] => {
            no_table("it is a ZIP file", "unpack it, and import what is in it")
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            no_table("it is a workbook of Excel 97 (.xls)", "save it as .xlsx or .csv")
        }
        [b'%', b'P', b'D', b'F', ..] => {
            no_table("it is a PDF", "export the table itself, as .csv or .xlsx")
        }
        _ => text(begin),
    }
}

fn text(begin: &[u8]) -> Result<Kind, Unreadable> {
    if encoding_rs::Encoding::for_bom(begin).is_some() || wide(begin).is_some() {
        return Ok(Kind::Text);
    }
    let head = String::from_utf8_lossy(&begin[..begin.len().min(4096)]).to_lowercase();
    let head = head.trim_start();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        let help = "it may be the page of a login: export the table again";
        return Err(Unreadable::new("it is a page (HTML), not a table", help));
    }
    let odd = |b: &&u8| **b < 9 || (14..32).contains(*b);
    match begin.iter().find(odd) {
        Some(byte) => Err(Unreadable::new(
            format!("it is no text: it has bytes as 0x{byte:02x}"),
            "import .csv, .tsv or .txt, or gzip or zstd of one",
        )),
        None => Ok(Kind::Text),
    }
}

/// UTF-16 without a mark: every other byte is zero, as in nearly all text of European exports.
pub(super) fn wide(begin: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &begin[..begin.len().min(512) & !1];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let most = head.len() * 2 / 5;
    if head.len() < 8 {
        None
    } else if zeros(1) > most && zeros(0) == 0 {
        Some(encoding_rs::UTF_16LE)
    } else if zeros(0) > most && zeros(1) == 0 {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

/// What stands between cells: what is there equally often in most lines, outside quotes.
pub(super) fn delimiter(sample: &str) -> Delimiter {
    let mut lines: Vec<&str> = sample.lines().filter(|l| !l.trim().is_empty()).take(50).collect();
    if lines.len() > 2 && !sample.ends_with('\n') {
        lines.pop(); // the sample may have cut it
    }
    let score = |delimiter: Delimiter| {
        let counts: Vec<usize> = lines.iter().map(|line| outside(line, delimiter)).collect();
        // Titles stand above some tables: what most lines agree on decides.
        let agreeing = |count: usize| counts.iter().filter(|c| **c == count).count();
        let best = counts.iter().copied().filter(|c| *c > 0).max_by_key(|c| (agreeing(*c), *c));
        best.map_or((0, 0), |count| (agreeing(count), count))
    };
    let best = Delimiter::ALL.into_iter().rev().max_by_key(|d| score(*d));
    best.filter(|d| score(*d).0 > 0).unwrap_or(Delimiter::Comma)
}

fn outside(line: &str, delimiter: Delimiter) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        count += usize::from(!quoted && byte == delimiter.byte());
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_what_lines_agree_on() {
        assert_eq!(delimiter("a,b,c\n1,2,3\n"), Delimiter::Comma);
        assert_eq!(delimiter("a;b\n1,5;2,5\n3,0;4,0\n"), Delimiter::Semicolon);
        assert_eq!(delimiter("a\tb\n\"x,y,z\"\tc\n"), Delimiter::Tab);
        assert_eq!(delimiter("Report, of a day\n\na|b|c\n1|2|3\n4|5|6\n"), Delimiter::Pipe);
        assert_eq!(delimiter("one\ntwo\n"), Delimiter::Comma);
    }
}
