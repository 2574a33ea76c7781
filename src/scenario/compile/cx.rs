//! What every part of the compilation needs: the calendar, the names, the files, the problems.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::safe_text::listed;
use crate::scenario::CsvLoader;
use crate::scenario::file::{Moment, PositiveDur, Scalar, Wrong};
use crate::scenario::problem::{Comparisons, Problem, Severity};
use crate::time::{SimTime, Span};

use super::calendar::Calendar;

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

    /// The ids of the names of a list.
    pub fn ids(&mut self, kind: Kind, names: &[String], path: &str) -> Vec<usize> {
        let found = names
            .iter()
            .enumerate()
            .map(|(n, name)| self.find(kind, name, &format!("{path}[{n}]")));
        found.flatten().collect()
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

    /// Records an error where there is no value.
    pub fn refuse<T>(
        &mut self,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.error(code, path, message, help);
        None
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
    pub fn right<T>(&mut self, path: &str, parsed: Result<T, Wrong>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err((code, error)) => self.refuse(code, path, error.message, error.help),
        }
    }

    /// An amount of money in the currency of the scenario; what is not given has none.
    pub fn money(&mut self, (amount, currency): &(f64, String), path: &str) -> f64 {
        if !currency.is_empty() {
            self.currency(currency, path);
        }
        *amount
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
        self.right(path, parsed)
    }

    /// A span by its first moment and length, cut to the run.
    pub fn span(&mut self, from: &Moment, length: &PositiveDur, path: &str) -> Option<Span> {
        let start = self.moment(from, &format!("{path}.from"))?;
        Some(Span { start, end: (start + length.0).min(self.calendar.end) })
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
                    return self.refuse(
                        "E0603",
                        path,
                        message,
                        "paths of CSV files count from the folder of the scenario",
                    );
                }
            },
        };
        match super::table::Table::parse(file, &text) {
            Ok(table) => Some(table),
            Err((reason, help)) => self.refuse("E0604", path, reason, help),
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
            return self.refuse(
                "E0103",
                path,
                format!("the column of the {what} is missing"),
                help,
            );
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
