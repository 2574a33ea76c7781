//! The language of targets: `service_level(queue=chat, within=20s) >= 80%`.

mod bound;

use super::file::Scalar;
use super::problem::similar;
use super::units;
use crate::domain::{Dimension, Party};
use crate::metric::{Definition, Metric, Scale, Stat, Which};

/// How a value is compared with its bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

impl Comparison {
    /// Whether a value compares so with a bound.
    #[must_use]
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Comparison::AtLeast => value >= bound,
            Comparison::AtMost => value <= bound,
            Comparison::Above => value > bound,
            Comparison::Below => value < bound,
        }
    }

    /// The sign, as written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::AtLeast => ">=",
            Comparison::AtMost => "<=",
            Comparison::Above => ">",
            Comparison::Below => "<",
        }
    }
}

/// A target.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// As written.
    pub text: String,
    /// For `probability(...) >= 95%`: how the probability is compared, and with what.
    pub probability: Option<(Comparison, f64)>,
    /// The number that it is about.
    pub which: Which,
    /// How the value is compared.
    pub comparison: Comparison,
    /// With what: shares as 0..1, lengths of time in seconds.
    pub value: f64,
    /// The currency of the value, where it is money.
    pub currency: Option<String>,
}

impl Target {
    /// What is still to be named, in words and as it is written: `occupancy` is measured
    /// of a team and not of everything.
    #[must_use]
    pub fn unnamed(&self) -> Option<(String, String)> {
        let of = self.which.metric.facts().along.of;
        if of.is_empty() || of.iter().any(|by| self.which.of_one(*by).is_some()) {
            return None;
        }
        let metric = self.which.metric.name();
        let names: Vec<&str> = of.iter().map(|by| by.name()).collect();
        let forms = of.iter().map(|by| match by {
            Dimension::Party => format!("`{metric}({}=human)`", by.name()),
            _ => format!("`{metric}({}=NAME)`", by.name()),
        });
        Some((
            format!("`{metric}` is measured by {}", names.join(" or ")),
            format!("write {}", forms.collect::<Vec<_>>().join(" or ")),
        ))
    }
}

/// The promise on the service level of a queue that its grid is about: the first that
/// names the queue, else the first on all queues. Only those on everything that comes to
/// a queue, with a lower bound of the share of the offered (SL3), are.
#[must_use]
pub fn promise_of<'t>(targets: &'t [Target], queue: &str) -> Option<&'t Target> {
    let fits = |t: &&Target| {
        let which = &t.which;
        let whole = which.segment.is_none() && which.channel.is_none() && which.intent.is_none();
        let low_is_bad = matches!(t.comparison, Comparison::AtLeast | Comparison::Above);
        which.metric == Metric::ServiceLevel
            && which.definition.is_none_or(|d| d == Definition::SL3)
            && whole
            && low_is_bad
    };
    let on =
        |name: Option<&str>| targets.iter().filter(fits).find(|t| t.which.queue.as_deref() == name);
    on(Some(queue)).or_else(|| on(None))
}

/// Why a text is no target.
#[derive(Clone, PartialEq, Debug)]
pub struct TargetError {
    /// Character of the text, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// Parses a target.
///
/// # Errors
/// When the text is no target: where, why, and what would be right.
pub fn parse(text: &str) -> Result<Target, TargetError> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let start = reader.at;
    if reader.word() == "probability" && reader.take("(") {
        let mut target = reader.comparison_of_metric(text)?;
        if !reader.take(")") {
            return Err(reader.wrong("`)` is missing", "write `probability(METRIC >= 80%) >= 95%`"));
        }
        let comparison = reader.comparison()?;
        let (value, _) = reader.bound(Scale::Share)?;
        target.probability = Some((comparison, value));
        reader.end()?;
        return Ok(target);
    }
    reader.at = start;
    let target = reader.comparison_of_metric(text)?;
    reader.end()?;
    Ok(target)
}

/// Parses what stands before the comparison of a target: a metric to be measured.
///
/// # Errors
/// When the text is no metric: where, why, and what would be right.
pub fn parse_metric(text: &str) -> Result<Target, TargetError> {
    let mut reader = Reader { text, at: 0 };
    let which = reader.metric()?;
    reader.end()?;
    Ok(Target {
        text: text.to_owned(),
        probability: None,
        which,
        comparison: Comparison::AtLeast,
        value: 0.0,
        currency: None,
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn wrong(&self, message: impl Into<String>, help: impl Into<String>) -> TargetError {
        let column = self.text[..self.at].chars().count() + 1;
        TargetError { column, message: message.into(), help: help.into() }
    }

    /// Reads while characters belong to a name.
    fn word(&mut self) -> &'t str {
        self.space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// A metric, what it is narrowed to, and its statistic.
    fn metric(&mut self) -> Result<Which, TargetError> {
        self.space();
        let start = self.at;
        let name = self.word();
        let Some(metric) = Metric::find(name) else {
            self.at = start;
            let message = if name.is_empty() {
                "a metric is expected".to_owned()
            } else {
                format!("there is no metric `{name}`")
            };
            let names: Vec<&str> = Metric::ALL.iter().map(|m| m.name()).collect();
            return Err(self.wrong(message, nearest(name, &names, "metric")));
        };
        let which = if self.take("(") { self.args(metric)? } else { Which::of(metric) };
        let has_stat = self.take(".");
        let stat = has_stat.then(|| self.stat(metric)).transpose()?;
        Ok(Which { stat, ..which })
    }

    /// A statistic of a metric.
    fn stat(&mut self, metric: Metric) -> Result<Stat, TargetError> {
        self.space();
        let start = self.at;
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
        let is_it = |name: &&str| self.rest().strip_prefix(name).is_some_and(ends);
        let finest = Stat::P999.name();
        let Some(written) = [finest, "p999"].into_iter().find(is_it) else {
            let names = Stat::ALL.map(Stat::name);
            let name = self.one_of(&names, "statistic")?;
            return Ok(Stat::find(&name).unwrap_or(Stat::Mean));
        };
        if !metric.is_of_load() {
            self.at = start;
            return Err(self.wrong(
                format!("`{}` has no {finest}: only what a load test measures has", metric.name()),
                "write `p99` or `max`",
            ));
        }
        self.at += written.len();
        Ok(Stat::P999)
    }

    fn comparison_of_metric(&mut self, text: &str) -> Result<Target, TargetError> {
        let which = self.metric()?;
        let comparison = self.comparison()?;
        let (value, currency) = self.bound(which.metric.facts().scale)?;
        Ok(Target { text: text.to_owned(), probability: None, which, comparison, value, currency })
    }

    fn one_of(&mut self, words: &[&str], what: &str) -> Result<String, TargetError> {
        self.space();
        let start = self.at;
        let word = self.word();
        if words.contains(&word) {
            return Ok(word.to_owned());
        }
        self.at = start;
        Err(self.wrong(format!("there is no {what} `{word}`"), nearest(word, words, what)))
    }

    fn args(&mut self, metric: Metric) -> Result<Which, TargetError> {
        let mut args = Which::of(metric);
        if self.take(")") {
            return Ok(args);
        }
        loop {
            self.space();
            let start = self.at;
            let dimensions = Dimension::ALL.map(Dimension::name);
            let all = [&dimensions[..], &["within", "definition"]].concat();
            let name = self.one_of(&all, "argument")?;
            let own = metric.facts().along.arguments();
            if name != "definition" && !own.contains(&name.as_str()) {
                self.at = start;
                return Err(self.wrong(
                    format!("`{}` is not measured by {name}", metric.name()),
                    match own.as_slice() {
                        [] => "it is one number of the whole operation".to_owned(),
                        own => format!("it can be narrowed to: {}", own.join(", ")),
                    },
                ));
            }
            if !self.take("=") {
                return Err(self.wrong("`=` is missing", format!("write `{name}=VALUE`")));
            }
            self.space();
            let start = self.at;
            let value = self.argument_value();
            args = narrowed(args, &name, value).map_err(|(message, help)| {
                self.at = start;
                self.wrong(message, help)
            })?;
            if self.take(")") {
                return Ok(args);
            }
            if !self.take(",") {
                return Err(
                    self.wrong("`,` or `)` is missing", "write `METRIC(queue=chat, within=20s)`")
                );
            }
        }
    }

    fn argument_value(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find([',', ')']).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim().trim_matches(['"', '\'']).to_owned()
    }

    fn comparison(&mut self) -> Result<Comparison, TargetError> {
        self.space();
        let signs = [
            (">=", Comparison::AtLeast),
            ("<=", Comparison::AtMost),
            (">", Comparison::Above),
            ("<", Comparison::Below),
        ];
        for (sign, comparison) in signs {
            if self.take(sign) {
                return Ok(comparison);
            }
        }
        Err(self.wrong("a comparison is missing", "write `>=`, `<=`, `>` or `<` and a value"))
    }

    /// A number, a share, a length of time or an amount of money, on the scale of the metric.
    fn bound(&mut self, scale: Scale) -> Result<(f64, Option<String>), TargetError> {
        self.space();
        let rest = self.rest();
        let end = rest.find(')').unwrap_or(rest.len());
        let read = bound::read(rest[..end].trim(), scale);
        let read = read.map_err(|(message, help)| self.wrong(message, help))?;
        self.at += end;
        Ok(read)
    }

    fn end(&mut self) -> Result<(), TargetError> {
        self.space();
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(self.wrong(format!("`{}` is too much", self.rest()), "nothing else belongs here"))
    }
}

/// A metric narrowed by an argument, or what is wrong and what would be right.
fn narrowed(which: Which, name: &str, value: String) -> Result<Which, (String, String)> {
    if value.is_empty() {
        return Err((format!("`{name}` has no value"), format!("write `{name}=VALUE`")));
    }
    match Dimension::find(name) {
        Some(Dimension::Party) if Party::find(&value).is_none() => {
            Err((format!("there is no party `{value}`"), "write `bot` or `human`".to_owned()))
        }
        Some(by) => Ok(which.narrowed(by, Some(value))),
        None if name == "within" => {
            let bare = value.parse().map(Scalar::Number);
            let length = units::duration(&bare.unwrap_or(Scalar::Text(value)))
                .map_err(|e| (e.message, e.help))?;
            Ok(Which { threshold_s: Some(length.as_s()), ..which })
        }
        None => Ok(Which { definition: Some(definition(which.metric, &value)?), ..which }),
    }
}

/// A definition of a metric by its name, or what is wrong and what would be right.
fn definition(metric: Metric, name: &str) -> Result<Definition, (String, String)> {
    metric.definition(name).filter(|d| *d != Definition::Mean).ok_or_else(|| {
        let names = metric.facts().definitions.iter().filter(|d| **d != Definition::Mean);
        let names: Vec<&str> = names.map(|d| d.name()).collect();
        let help = match names.as_slice() {
            [] => "it has only one: leave `definition` out".to_owned(),
            names => format!("write one of {}", names.join(", ")),
        };
        (format!("`{}` has no definition `{name}`", metric.name()), help)
    })
}

fn nearest(word: &str, words: &[&str], what: &str) -> String {
    match similar(word, words.iter().copied()) {
        Some(near) => format!("a similar {what} exists: `{near}`"),
        None => format!("{what}s: {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests;
