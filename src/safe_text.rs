//! Text that others wrote, made safe to show: names of scenarios, lines of files, what
//! bots and servers say. On a terminal it may not move the cursor or turn the line
//! around, and in a spreadsheet it may not become a formula.

use std::borrow::Cow;

/// Stands for a character that is not shown.
const INSTEAD: char = '\u{FFFD}';

/// Whether a terminal obeys a character instead of showing it: control characters
/// (C0, DEL, C1) and those that turn the direction of writing around.
#[must_use]
pub fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Text within a line: nothing in it is obeyed.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    replaced(text, is_obeyed)
}

/// Text of several lines: as [`plain`], and line feeds and tabs stay.
#[must_use]
pub fn screened(text: &str) -> Cow<'_, str> {
    replaced(text, |c| is_obeyed(c) && !matches!(c, '\n' | '\t'))
}

/// A JSON document: as [`screened`], and what is escaped reads back as it was.
#[must_use]
pub fn screened_json(text: &str) -> Cow<'_, str> {
    let wrong = |c: char| is_obeyed(c) && !matches!(c, '\n' | '\t');
    if !text.chars().any(wrong) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // All of them are below U+10000; they stand within strings only.
            c if wrong(c) => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn replaced(text: &str, wrong: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().any(&wrong) {
        let safe = |c| if wrong(c) { INSTEAD } else { c };
        Cow::Owned(text.chars().map(safe).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Text as the cell of a table that a spreadsheet may open: what would be a formula
/// there gets an apostrophe before it, as OWASP advises. Numbers stay numbers.
#[must_use]
pub fn cell(text: &str) -> Cow<'_, str> {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let number = || text.parse::<f64>().is_ok_and(f64::is_finite);
    if begins && !number() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// At most so many characters of a text, with an ellipsis where it goes on.
#[must_use]
pub fn brief(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let kept = most.saturating_sub(1);
            Cow::Owned(text.chars().take(kept).chain(['…']).collect())
        }
    }
}

/// Names in a sentence: the first twenty, and how many there are beside.
#[must_use]
pub fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const MOST: usize = 20;
    let count = names.len();
    let mut text = names.take(MOST).collect::<Vec<_>>().join(", ");
    if count > MOST {
        text += &format!(" and {} more", grouped(count - MOST));
    }
    text
}

/// A number with a comma between thousands.
#[must_use]
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_not_shown() {
        assert_eq!(
            plain("a\u{1b}[2J\u{9b}1m\u{202e}b\n"),
            "a\u{fffd}[2J\u{fffd}1m\u{fffd}b\u{fffd}"
        );
        assert_eq!(screened("a\tb\n\u{7}\u{2066}"), "a\tb\n\u{fffd}\u{fffd}");
        assert_eq!(screened_json("{\"a\u{202e}\": 1}\n"), "{\"a\\u202e\": 1}\n");
        assert!(matches!(screened("Ünï 😀\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn only_formulas_get_an_apostrophe() {
        for text in ["=1+1", "-2+3", "@SUM(1)", "+A1", "\t=1", "\r=1", "-inf", "＝1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["-2.5", "+3", "-1e-7", "a=1", "'=1", ""] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn long_texts_and_lists_are_cut() {
        assert_eq!(brief("abcd", 4), "abcd");
        assert_eq!(brief("äbcde", 4), "äbc…");
        let names: Vec<String> = (0..25).map(|n| n.to_string()).collect();
        assert!(listed(names.iter().map(String::as_str)).ends_with(", 19 and 5 more"));
    }
}
