//! What can be wrong with a scenario, and how it is told.

use std::fmt::Write as _;

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
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, path, message)
        }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Writes the problem in the style of rustc, with its line of `text`.
    #[must_use]
    pub fn render(&self, file_name: &str, text: &str) -> String {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut out = format!("{word}[{}]: {}\n", self.code, self.message);
        let number = self.line.map(|l| l.to_string()).unwrap_or_default();
        let margin = " ".repeat(number.len());
        if let Some(line) = self.line {
            let column = self.column.unwrap_or(1);
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{margin}--> {file_name}:{line}:{column}");
            if let Some(source) = text.lines().nth(line as usize - 1) {
                let before = " ".repeat(column as usize - 1);
                let _ = writeln!(out, "{margin} |");
                let _ = writeln!(out, "{number} | {source}");
                let _ = writeln!(out, "{margin} | {before}^");
            }
        }
        if !self.path.is_empty() {
            let _ = writeln!(out, "{margin} = at: {}", self.path);
        }
        if let Some(help) = &self.help {
            let _ = writeln!(out, "{margin} = help: {help}");
        }
        out
    }
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
        let name = if self.file_name.is_empty() {
            "scenario"
        } else {
            &self.file_name
        };
        for problem in &self.list {
            writeln!(f, "{}", problem.render(name, &self.text))?;
        }
        let errors = self
            .list
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .count();
        let warnings = self.list.len() - errors;
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(
            f,
            "{errors} error{}, {warnings} warning{}",
            plural(errors),
            plural(warnings)
        )
    }
}

impl std::error::Error for Problems {}

/// The name most like `word`, when one is near enough to be meant.
#[must_use]
pub fn similar<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let likeness = strsim::jaro_winkler(&word.to_lowercase(), &name.to_lowercase())
            .max(strsim::normalized_damerau_levenshtein(word, name));
        if likeness > 0.75 && best.is_none_or(|(b, _)| likeness > b) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
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
        let shown = problem.render("a.yaml", "bot:\n  sesions: 3\n");
        let expected = "error[E0101]: unknown field `sesions`\n --> a.yaml:2:3\n  |\n2 |   sesions: 3\n  |   ^\n  = at: bot.sesions\n  = help: a similar field exists: `sessions`\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn only_near_names_are_similar() {
        assert_eq!(
            similar("concurency", ["concurrency", "channel"]),
            Some("concurrency")
        );
        assert_eq!(similar("zzz", ["concurrency", "channel"]), None);
    }
}
