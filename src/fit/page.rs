//! The text of a scenario: lines of YAML with comments.

use super::figure::Figure;
use crate::distribution::Distribution;
use std::fmt::Write as _;

/// Columns of a page: comments are broken before them.
const WIDTH: usize = 110;
/// Values of a long list in a line.
const IN_A_LINE: usize = 12;

/// Lines that are written one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub text: String,
}

impl Page {
    /// A line, after so many steps of two spaces.
    pub(super) fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.text, "{}{text}", "  ".repeat(depth));
    }

    /// A comment, in as many lines as it takes.
    pub(super) fn says(&mut self, depth: usize, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() + 2 * depth > WIDTH {
                self.line(depth, &format!("# {line}"));
                line.clear();
            }
            line += if line.is_empty() { "" } else { " " };
            line += word;
        }
        if !line.is_empty() {
            self.line(depth, &format!("# {line}"));
        }
    }

    /// A field with a list of numbers, in as many lines as it takes.
    pub(super) fn list(&mut self, depth: usize, before: &str, values: &[String], after: &str) {
        if values.len() <= IN_A_LINE {
            return self.line(depth, &format!("{before}[{}]{after}", values.join(", ")));
        }
        self.line(depth, &format!("{before}["));
        for row in values.chunks(IN_A_LINE) {
            self.line(depth + 1, &format!("{},", row.join(", ")));
        }
        self.line(depth, &format!("]{after}"));
    }

    /// A field with a law.
    pub(super) fn law(&mut self, depth: usize, field: &str, law: &Distribution) {
        let (zero, rest) = match law {
            Distribution::WithZero { zero, rest } => (format!("zero: {zero:.6}, "), &**rest),
            law => (String::new(), law),
        };
        if let Distribution::Empirical { points } = rest {
            let values: Vec<String> = points.iter().map(|(_, x)| seconds(*x)).collect();
            return self.list(depth, &format!("{field}: {{{zero}empirical: "), &values, "}");
        }
        self.line(depth, &format!("{field}: {{{zero}{}}}", named(rest)));
    }
}

/// A law as the scenario language has it.
fn named(law: &Distribution) -> String {
    let cv = || format!("{:.6}", libm::sqrt(law.cv2()).clamp(1e-4, 10.0));
    let mean = || seconds(law.mean_s());
    match law {
        Distribution::Exponential { .. } => format!("exponential: {}", mean()),
        Distribution::LogNormal { mu, sigma } => {
            format!(
                "lognormal: {{median: {}, sigma: {:.6}}}",
                seconds(libm::exp(*mu)),
                sigma.min(5.0)
            )
        }
        Distribution::Gamma { .. } => format!("gamma: {{mean: {}, cv: {}}}", mean(), cv()),
        Distribution::Weibull { scale_s, shape } => {
            format!(
                "weibull: {{scale: {}, shape: {:.6}}}",
                seconds(*scale_s),
                shape.clamp(0.01, 1000.0)
            )
        }
        Distribution::HyperExponential { branches } => {
            let branch = |(p, m): &(f64, f64)| format!("{{share: {p:.6}, mean: {}}}", seconds(*m));
            let list: Vec<String> = branches.iter().map(branch).collect();
            format!("hyperexponential: [{}]", list.join(", "))
        }
        Distribution::Uniform { low_s, high_s } => {
            format!("uniform: {{from: {}, to: {}}}", seconds(*low_s), seconds(*high_s))
        }
        law => format!("constant: {}", seconds(law.mean_s())),
    }
}

/// A length of time, as scenarios have it: to the millisecond.
pub(super) fn seconds(s: f64) -> String {
    let text = format!("{s:.3}");
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A name as a key or a value of YAML: plain where nothing can be mistaken.
pub(super) fn name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let begins = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    match begins && text.chars().all(plain) && !word.contains(&text.to_lowercase().as_str()) {
        true => text.to_owned(),
        // A string of JSON is one of YAML.
        false => serde_json::Value::from(text).to_string(),
    }
}

/// A number with so many significant digits that its reader needs.
pub(super) fn number(x: f64) -> String {
    let digits = match x.abs() {
        x if x >= 100.0 => 0,
        x if x >= 10.0 => 1,
        x if x >= 1.0 => 2,
        _ => 3,
    };
    format!("{x:.digits$}")
}

/// An estimate with its interval, in a comment.
pub(super) fn told(figure: &Figure, unit: &str) -> String {
    match figure.interval {
        Some([low, high]) => {
            format!("{}{unit} [{}, {}]", number(figure.value), number(low), number(high))
        }
        None => format!("{}{unit}, interval not known", number(figure.value)),
    }
}

/// A share with its interval, in a comment.
pub(super) fn told_share(figure: &Figure) -> String {
    let percent = |x: f64| number(100.0 * x);
    match figure.interval {
        Some([low, high]) => {
            format!("{} % [{}, {}]", percent(figure.value), percent(low), percent(high))
        }
        None => format!("{} %, interval not known", percent(figure.value)),
    }
}
