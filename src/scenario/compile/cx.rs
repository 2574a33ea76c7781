//! What every part of the compilation needs: the calendar, the names, the files, the problems.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::safe_text::listed;
use crate::scenario::CsvLoader;
use crate::scenario::file::{Dur, Factor, Moment, Prob, Scalar};
use crate::scenario::problem::{Comparisons, Problem, Severity};
use crate::scenario::units::{self, UnitError};
use crate::time::{SimDuration, SimTime, Span};

use super::calendar::Calendar;

/// Largest factor where more is not meant: a spread, a speed, a weekday.
const MOST_FACTOR: f64 = 10.0;

/// Things that have a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A customer segment.
    Segment,
    /// A channel.
    Channel,
    /// An intent.
    Intent,
    /// A customer tier.
    Tier,
    /// A language.
    Language,
    /// A team.
    Team,
    /// A queue.
    Queue,
    /// A source of demand.
    Source,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Segment,
        Kind::Channel,
        Kind::Intent,
        Kind::Tier,
        Kind::Language,
        Kind::Team,
        Kind::Queue,
        Kind::Source,
    ];

    /// The word in messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Segment => "segment",
            Kind::Channel => "channel",
            Kind::Intent => "intent",
            Kind::Tier => "tier",
            Kind::Language => "language",
            Kind::Team => "team",
            Kind::Queue => "queue",
            Kind::Source => "source of demand",
        }
    }
}

/// The state of a compilation.
pub struct Cx<'a> {
    /// Everything wrong so far.
    pub problems: Vec<Problem>,
    /// Local time and run time.
    pub calendar: Calendar,
    /// Reads a CSV file.
    pub csv: CsvLoader<'a>,
    /// CSV files read: path and text.
    pub files: Vec<(String, String)>,
    /// Names of everything, by kind.
    names: Vec<Vec<String>>,
    /// The first id of each name, by kind.
    ids: Vec<BTreeMap<String, usize>>,
    /// Paths of errors.
    wrong: BTreeSet<String>,
    comparisons: Comparisons,
    /// Shifts of agents so far.
    pub duties: usize,
    /// The currency seen first, and where.
    pub currency: Option<(String, String)>,
}

impl<'a> Cx<'a> {
    /// Starts a compilation.
    pub fn new(calendar: Calendar, problems: Vec<Problem>, csv: CsvLoader<'a>) -> Self {
        let mut cx = Cx {
            problems: Vec::new(),
            calendar,
            csv,
            files: Vec::new(),
            names: vec![Vec::new(); Kind::ALL.len()],
            ids: vec![BTreeMap::new(); Kind::ALL.len()],
            wrong: BTreeSet::new(),
            comparisons: Comparisons::default(),
            duties: 0,
            currency: None,
        };
        problems.into_iter().for_each(|p| cx.push(p));
        cx
    }

    /// The names of a kind, in the order of their ids.
    pub fn names(&self, kind: Kind) -> &[String] {
        &self.names[kind as usize]
    }

    /// Gives a name the next id of its kind.
    pub fn add(&mut self, kind: Kind, name: &str) -> usize {
        let id = self.names[kind as usize].len();
        self.names[kind as usize].push(name.to_owned());
        let ids = &mut self.ids[kind as usize];
        ids.entry(name.to_owned()).or_insert(id);
        id
    }

    /// The id of a name, without a problem when there is none.
    pub fn lookup(&self, kind: Kind, name: &str) -> Option<usize> {
        self.ids[kind as usize].get(name).copied()
    }

    /// Whether a name is like one that is there.
    pub fn is_slip(&mut self, kind: Kind, name: &str) -> bool {
        let names = self.names[kind as usize].iter().map(String::as_str);
        self.comparisons.similar(name, names).is_some()
    }

    /// The id of a name that must exist.
    pub fn find(&mut self, kind: Kind, name: &str, path: &str) -> Option<usize> {
        let found = self.lookup(kind, name);
        if found.is_none() {
            let names = &self.names[kind as usize];
            let all = || names.iter().map(String::as_str);
            let help = match self.comparisons.similar(name, all()) {
                Some(near) => format!("a similar {} exists: `{near}`", kind.word()),
                None if names.is_empty() => format!("the scenario has no {}", kind.word()),
                None => format!("{}s of the scenario: {}", kind.word(), listed(all())),
            };
            let message = format!("there is no {} `{name}`", kind.word());
            self.push(Problem::error("E0301", path, message).help(help));
        }
        found
    }

    /// Records a problem.
    pub fn push(&mut self, problem: Problem) {
        if problem.severity == Severity::Error {
            self.wrong.insert(problem.path.clone());
        }
        self.problems.push(problem);
    }

    /// Records an error.
    pub fn error(
        &mut self,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Problem::error(code, path, message).help(help));
    }

    /// Records a warning.
    pub fn warn(
        &mut self,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Problem::warning(code, path, message).help(help));
    }

    /// Whether nothing is wrong below a path: what follows from another problem is not told again.
    pub fn clean(&self, path: &str) -> bool {
        let bounds = (Bound::Included(path), Bound::Unbounded);
        let mut from = self.wrong.range::<str, _>(bounds);
        from.next().is_none_or(|wrong| !wrong.starts_with(path))
    }

    /// The value, or a recorded problem.
    pub fn unit<T>(
        &mut self,
        code: &'static str,
        path: &str,
        parsed: Result<T, UnitError>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(code, path, error.message, error.help);
                None
            }
        }
    }

    /// A length of time; zero after a problem.
    pub fn dur(&mut self, value: &Dur, path: &str) -> SimDuration {
        self.unit("E0201", path, units::duration(&value.0)).unwrap_or(SimDuration::ZERO)
    }

    /// A length of time that must not be zero.
    pub fn positive_dur(&mut self, value: &Dur, path: &str) -> Option<SimDuration> {
        let parsed = self.unit("E0201", path, units::duration(&value.0))?;
        if parsed == SimDuration::ZERO {
            self.error("E0211", path, "a length of zero", "give a length above zero");
            return None;
        }
        Some(parsed)
    }

    /// A length of time or its default.
    pub fn dur_or(&mut self, value: Option<&Dur>, default: SimDuration, path: &str) -> SimDuration {
        value.map_or(default, |v| self.dur(v, path))
    }

    /// A probability or its default.
    pub fn prob_or(&mut self, value: Option<&Prob>, default: f64, path: &str) -> f64 {
        value.and_then(|v| self.unit("E0202", path, units::probability(&v.0))).unwrap_or(default)
    }

    /// A probability.
    pub fn prob(&mut self, value: &Prob, path: &str) -> f64 {
        self.prob_or(Some(value), 0.0, path)
    }

    /// A factor or its default.
    pub fn factor_or(&mut self, value: Option<&Factor>, default: f64, path: &str) -> f64 {
        value.and_then(|v| self.unit("E0203", path, units::factor(&v.0))).unwrap_or(default)
    }

    /// A factor that is never as large as a percentage without its sign: `cv: 100` would
    /// give samples that have nothing to do with their mean.
    pub fn limited_factor(&mut self, value: Option<&Factor>, default: f64, path: &str) -> f64 {
        let factor = self.factor_or(value, default, path);
        if factor <= MOST_FACTOR {
            return factor;
        }
        let written = value.map_or_else(String::new, |v| v.0.to_string());
        let help = match written.trim().ends_with('%') {
            true => format!("the largest is {MOST_FACTOR}"),
            false => format!("say `{written}%` for a percentage; the largest is {MOST_FACTOR}"),
        };
        self.error("E0211", path, format!("the factor {written} is too large"), help);
        default
    }

    /// A factor that must not be zero.
    pub fn positive_factor_or(&mut self, value: Option<&Factor>, default: f64, path: &str) -> f64 {
        let factor = self.limited_factor(value, default, path);
        if factor > 0.0 {
            return factor;
        }
        self.error("E0211", path, "a factor of zero", "give a factor above zero: `1.5` or `150%`");
        default
    }

    /// An amount of money in the currency of the scenario.
    pub fn money(&mut self, parsed: Result<(f64, String), UnitError>, path: &str) -> f64 {
        let Some((amount, currency)) = self.unit("E0204", path, parsed) else {
            return 0.0;
        };
        self.currency(&currency, path);
        amount
    }

    /// Notes a currency; all must agree.
    pub fn currency(&mut self, currency: &str, path: &str) {
        match &self.currency {
            None => self.currency = Some((currency.to_owned(), path.to_owned())),
            Some((first, _)) if first == currency => {}
            Some((first, at)) => {
                let message = format!("two currencies: {currency} here and {first} at `{at}`");
                self.error(
                    "E0206",
                    path,
                    message,
                    "write all amounts of a scenario in one currency",
                );
            }
        }
    }

    /// A moment of the run.
    pub fn moment(&mut self, value: &Moment, path: &str) -> Option<SimTime> {
        let parsed = self.calendar.moment(&value.0.to_string());
        match parsed {
            Ok(at) => Some(at),
            Err((code, error)) => {
                self.error(code, path, error.message, error.help);
                None
            }
        }
    }

    /// A span by its first moment and length, cut to the run.
    pub fn span(&mut self, from: &Moment, length: &Dur, path: &str) -> Option<Span> {
        let length = self.positive_dur(length, &format!("{path}.for"));
        let start = self.moment(from, &format!("{path}.from"))?;
        Some(Span { start, end: (start + length?).min(self.calendar.end) })
    }

    /// A number that must not be negative.
    pub fn not_negative(&mut self, value: f64, path: &str) -> f64 {
        if value >= 0.0 && value.is_finite() {
            return value;
        }
        self.error("E0211", path, format!("{value} is negative"), "give a number from 0 on");
        0.0
    }

    /// A table from a CSV file.
    pub fn table(&mut self, file: &str, path: &str) -> Option<super::table::Table> {
        let text = match self.files.iter().find(|(name, _)| name == file) {
            Some((_, text)) => text.clone(),
            None => match (self.csv)(file) {
                Ok(text) => {
                    self.files.push((file.to_owned(), text.clone()));
                    text
                }
                Err(reason) => {
                    let message = format!("cannot read `{file}`: {reason}");
                    self.error(
                        "E0603",
                        path,
                        message,
                        "paths of CSV files count from the folder of the scenario",
                    );
                    return None;
                }
            },
        };
        match super::table::Table::parse(file, &text) {
            Ok(table) => Some(table),
            Err((reason, help)) => {
                self.error("E0604", path, reason, help);
                None
            }
        }
    }

    /// The index of a column of a table.
    pub fn column(
        &mut self,
        table: &super::table::Table,
        name: Option<&str>,
        what: &str,
        path: &str,
    ) -> Option<usize> {
        let Some(name) = name else {
            let all = listed(table.columns.iter().map(String::as_str));
            let help = format!("columns of `{}`: {all}", table.name);
            self.error("E0103", path, format!("the column of the {what} is missing"), help);
            return None;
        };
        let found = table.columns.iter().position(|c| c == name);
        if found.is_none() {
            let all = || table.columns.iter().map(String::as_str);
            let help = match self.comparisons.similar(name, all()) {
                Some(near) => format!("a similar column exists: `{near}`"),
                None => format!("its columns: {}", listed(all())),
            };
            self.error("E0604", path, format!("`{}` has no column `{name}`", table.name), help);
        }
        found
    }

    /// Counts limited by the width of an id.
    pub fn at_most(&mut self, what: &str, count: usize, limit: usize, path: &str) {
        if count > limit {
            let message = format!("{count} {what} are too many");
            self.error("E0309", path, message, format!("the largest number is {limit}"));
        }
    }
}

/// A scalar made of text, for values that come from CSV files.
pub fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}
