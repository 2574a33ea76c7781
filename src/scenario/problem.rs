//! What can be wrong with a scenario, and how it is told.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::safe_text::{brief, grouped, is_obeyed, plain};

/// Problems that are shown at most.
const MOST_PROBLEMS: usize = 100;
/// Columns of a line of the file that are shown at most.
const MOST_COLUMNS: usize = 200;
/// Characters of a message, of a help and of a path that are shown at most.
const MOST_WORDS: usize = 1000;

/// How bad a problem is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// The scenario runs; the results may not be what was meant.
    Warning,
}

/// One problem of a scenario file.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, as `E0105`: `convoq explain E0105` tells more.
    pub code: &'static str,
    /// Path of the field, as `teams.chat.shifts[0].agents`; empty for the whole file.
    pub path: String,
    /// Line of the file, from 1.
    pub line: Option<u32>,
    /// Column of the line, from 1.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    /// An error without a place yet.
    #[must_use]
    pub fn error(code: &'static str, path: &str, message: impl Into<String>) -> Self {
        Problem {
            severity: Severity::Error,
            code,
            path: path.to_owned(),
            line: None,
            column: None,
            message: message.into(),
            help: None,
        }
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(code: &'static str, path: &str, message: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(code, path, message) }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Writes the problem in the style of rustc, with its line of `text`.
    #[must_use]
    pub fn render(&self, file_name: &str, text: &SourceLines<'_>) -> String {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let shown = |words: &str| plain(&brief(words, MOST_WORDS)).into_owned();
        let mut out = format!("{word}[{}]: {}\n", self.code, shown(&self.message));
        let number = self.line.map(|l| l.to_string()).unwrap_or_default();
        let margin = " ".repeat(number.len());
        if let Some(line) = self.line {
            let column = self.column.unwrap_or(1);
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{margin}--> {}:{line}:{column}", plain(file_name));
            if let Some(source) = text.line(line) {
                let (source, before) = window(source, column as usize);
                let _ = writeln!(out, "{margin} |");
                let _ = writeln!(out, "{number} | {source}");
                let _ = writeln!(out, "{margin} | {}^", " ".repeat(before));
            }
        }
        if !self.path.is_empty() {
            let _ = writeln!(out, "{margin} = at: {}", shown(&self.path));
        }
        if let Some(help) = &self.help {
            let _ = writeln!(out, "{margin} = help: {}", shown(help));
        }
        out
    }
}

/// The text with line feeds alone at the ends of its lines.
#[must_use]
pub fn unix_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The lines of a text, found once for all problems of it.
#[derive(Clone, Debug)]
pub struct SourceLines<'t> {
    text: Cow<'t, str>,
    /// Where each line begins.
    begins: Vec<usize>,
}

impl<'t> SourceLines<'t> {
    /// Finds the lines.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let text = unix_lines(text);
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let begins = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        SourceLines { begins: begins.collect(), text }
    }

    fn line(&self, number: u32) -> Option<&str> {
        let begin = *self.begins.get((number as usize).checked_sub(1)?)?;
        self.text.get(begin..)?.split('\n').next()
    }
}

/// What is shown of a line around a column, and how many characters stand before it there.
fn window(line: &str, column: usize) -> (String, usize) {
    let at = column.saturating_sub(1);
    let shown = |c: char| match c {
        '\t' => ' ',
        c if is_obeyed(c) => '\u{FFFD}',
        c => c,
    };
    if line.chars().nth(MOST_COLUMNS).is_none() {
        return (line.chars().map(shown).collect(), at);
    }
    let from = at.saturating_sub(MOST_COLUMNS / 2);
    let mut rest = line.chars().skip(from);
    let marked = usize::from(from > 0);
    let body = rest.by_ref().take(MOST_COLUMNS - 1 - marked);
    let mut out: String = (0..marked).map(|_| '…').chain(body.map(shown)).collect();
    if rest.next().is_some() {
        out.push('…');
    }
    (out, at - from + marked)
}

/// The problems that are shown, errors before warnings where they are too many, and how
/// many are not.
#[must_use]
pub fn foremost(list: &[Problem]) -> (Vec<&Problem>, usize) {
    let is_error = |p: &&Problem| p.severity == Severity::Error;
    let errors = list.iter().filter(is_error).count().min(MOST_PROBLEMS);
    let (mut errors, mut warnings) = (errors, MOST_PROBLEMS - errors);
    let kept = list.iter().filter(|p| {
        let left = match p.severity {
            Severity::Error => &mut errors,
            Severity::Warning => &mut warnings,
        };
        let kept = *left > 0;
        *left = left.saturating_sub(1);
        kept
    });
    let kept: Vec<&Problem> = kept.collect();
    let hidden = list.len() - kept.len();
    (kept, hidden)
}

/// How many problems are not shown, in words.
#[must_use]
pub fn and_more(hidden: usize) -> String {
    format!("and {} more", grouped(hidden))
}

/// All problems of a scenario file, with its text to show the lines of.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Problems {
    /// The problems, in the order of the file.
    pub list: Vec<Problem>,
    /// Text of the file.
    pub text: String,
    /// Name of the file, for display; the caller knows it.
    pub file_name: String,
}

impl Problems {
    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// The same problems, shown under the name of the file.
    #[must_use]
    pub fn named(mut self, file_name: &str) -> Self {
        file_name.clone_into(&mut self.file_name);
        self
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if self.file_name.is_empty() { "scenario" } else { &self.file_name };
        let lines = SourceLines::of(&self.text);
        let (shown, hidden) = foremost(&self.list);
        for problem in shown {
            writeln!(f, "{}", problem.render(name, &lines))?;
        }
        if hidden > 0 {
            writeln!(f, "{}\n", and_more(hidden))?;
        }
        let errors = self.list.iter().filter(|p| p.severity == Severity::Error).count();
        let warnings = self.list.len() - errors;
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(f, "{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings))
    }
}

impl std::error::Error for Problems {}

/// The name most like `word`, when one is near enough to be meant.
#[must_use]
pub fn similar<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    Comparisons::default().similar(word, names)
}

/// How often words may still be compared with names. Beyond so many nobody reads what
/// is similar to each of them.
#[derive(Clone, Debug)]
pub struct Comparisons {
    left: usize,
}

impl Default for Comparisons {
    fn default() -> Self {
        Comparisons { left: 100_000 }
    }
}

impl Comparisons {
    /// As [`similar`], while comparisons are left.
    pub fn similar<'a>(
        &mut self,
        word: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        /// Nobody means a name by a word so long.
        const LONGEST: usize = 100;
        if word.len() > LONGEST {
            return None;
        }
        let lower = word.to_lowercase();
        let mut best: Option<(f64, &str)> = None;
        for name in names {
            self.left = match self.left.checked_sub(1) {
                Some(left) => left,
                None => return best.map(|(_, name)| name),
            };
            if name.len() > LONGEST {
                continue;
            }
            let likeness = strsim::jaro_winkler(&lower, &name.to_lowercase())
                .max(strsim::normalized_damerau_levenshtein(word, name));
            if likeness > 0.75 && best.is_none_or(|(b, _)| likeness > b) {
                best = Some((likeness, name));
            }
        }
        best.map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_line() {
        let mut problem = Problem::error("E0101", "bot.sesions", "unknown field `sesions`")
            .help("a similar field exists: `sessions`");
        problem.line = Some(2);
        problem.column = Some(3);
        let shown = problem.render("a.yaml", &SourceLines::of("bot:\n  sesions: 3\n"));
        let expected = "error[E0101]: unknown field `sesions`\n --> a.yaml:2:3\n  |\n2 |   sesions: 3\n  |   ^\n  = at: bot.sesions\n  = help: a similar field exists: `sessions`\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_long_line_is_shown_around_its_column() {
        assert_eq!(window("a\tb\u{1b}", 3), ("a b\u{fffd}".to_owned(), 2));
        let line: String = "ä".repeat(5000) + "x" + &"ö".repeat(5000);
        let (shown, before) = window(&line, 5001);
        assert_eq!(shown.chars().count(), MOST_COLUMNS);
        assert_eq!(shown.chars().nth(before), Some('x'));
        assert!(shown.starts_with('…') && shown.ends_with('…'));
        let (shown, before) = window(&line, 10_001);
        assert!(shown.ends_with('ö') && shown.chars().count() <= MOST_COLUMNS);
        assert_eq!(shown.chars().nth(before), Some('ö'));
        assert_eq!(window(&line, 1).1, 0);
    }

    #[test]
    fn of_many_problems_the_errors_are_shown() {
        let mut list: Vec<Problem> =
            (0..150).map(|n| Problem::warning("W0303", &n.to_string(), "w")).collect();
        list.push(Problem::error("E0101", "z", "e"));
        let (shown, hidden) = foremost(&list);
        assert_eq!((shown.len(), hidden), (100, 51));
        assert_eq!(shown.last().map(|p| p.code), Some("E0101"));
        assert_eq!(and_more(1_049_900), "and 1,049,900 more");
        assert_eq!(and_more(51), "and 51 more");
    }

    #[test]
    fn only_near_names_are_similar() {
        assert_eq!(similar("concurency", ["concurrency", "channel"]), Some("concurrency"));
        assert_eq!(similar("zzz", ["concurrency", "channel"]), None);
    }
}
