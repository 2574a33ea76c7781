//! What every part of the compilation needs: the calendar, the names, the files, the problems.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::id::{ChannelId, IntentId, LanguageId, QueueId, SegmentId, SourceId, TeamId, TierId};
use crate::safe_text::listed;
use crate::scenario::CsvLoader;
use crate::scenario::file::{Moment, PositiveDur};
use crate::scenario::problem::{Comparisons, Problem, Severity};
use crate::scenario::units::Wrong;
use crate::time::{SimTime, Span};

use super::at::At;
use super::calendar::Calendar;
use super::table::Table;

/// The number of a thing that has a name; its type says what kind of thing.
pub trait Id: Copy {
    /// What it numbers.
    const KIND: Kind;
    /// The number at a place in the names.
    fn number(place: usize) -> Self;
}

/// Declares the kinds of things that have a name: the type of their numbers, and their
/// word in messages.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($id:ident) = $word:literal;)*) => {
        /// Things that have a name.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            const COUNT: usize = [$($word),*].len();

            /// The word in messages.
            pub fn word(self) -> &'static str {
                match self { $(Kind::$kind => $word,)* }
            }
        }

        $(impl Id for $id {
            const KIND: Kind = Kind::$kind;
            fn number(place: usize) -> Self {
                $id(place as _)
            }
        })*
    };
}

kinds! {
    /// A customer segment.
    Segment(SegmentId) = "segment";
    /// A channel.
    Channel(ChannelId) = "channel";
    /// An intent.
    Intent(IntentId) = "intent";
    /// A customer tier.
    Tier(TierId) = "tier";
    /// A language.
    Language(LanguageId) = "language";
    /// A team.
    Team(TeamId) = "team";
    /// A queue.
    Queue(QueueId) = "queue";
    /// A source of demand.
    Source(SourceId) = "source of demand";
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
            names: vec![Vec::new(); Kind::COUNT],
            ids: vec![BTreeMap::new(); Kind::COUNT],
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

    /// The number of a name, without a problem when there is none.
    pub fn known<I: Id>(&self, name: &str) -> Option<I> {
        self.lookup(I::KIND, name).map(I::number)
    }

    /// Whether a name is like one that is there.
    pub fn is_slip(&mut self, kind: Kind, name: &str) -> bool {
        let names = self.names[kind as usize].iter().map(String::as_str);
        self.comparisons.similar(name, names).is_some()
    }

    /// The place of a name that must exist.
    pub fn find_named(&mut self, kind: Kind, name: &str, path: &str) -> Option<usize> {
        let found = self.lookup(kind, name);
        if found.is_none() {
            let names = &self.names[kind as usize];
            let all = || names.iter().map(String::as_str);
            let help = match self.comparisons.similar(name, all()) {
                Some(near) => format!("a similar {} exists: `{near}`", kind.word()),
                None if names.is_empty() => format!("the scenario has no {}", kind.word()),
                None => format!("{}s of the scenario: {}", kind.word(), listed(all())),
            };
            self.error("E0301", path, format!("there is no {} `{name}`", kind.word()), help);
        }
        found
    }

    /// The number of a name that must exist.
    pub fn find<I: Id>(&mut self, name: &At<String>) -> Option<I> {
        self.find_named(I::KIND, name, &name.path).map(I::number)
    }

    /// The numbers of the names of a list.
    pub fn find_each<I: Id>(&mut self, names: At<Vec<String>>) -> Vec<I> {
        names.each().filter_map(|name| self.find(&name)).collect()
    }

    /// For each thing of a kind, whether a list names it.
    pub fn marked<I: Id>(&mut self, names: At<Vec<String>>) -> Vec<bool> {
        let mut marked = vec![false; self.names(I::KIND).len()];
        for id in names.each().filter_map(|name| self.find_named(I::KIND, &name, &name.path)) {
            marked[id] = true;
        }
        marked
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
        parsed.map_err(|wrong| self.push(wrong.at(path))).ok()
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
                let help = "write all amounts of a scenario in one currency";
                self.error("E0206", path, message, help);
            }
        }
    }

    /// A moment of the run.
    pub fn moment(&mut self, given: &At<Moment>) -> Option<SimTime> {
        let parsed = self.calendar.moment(&given.value.0.to_string());
        self.right(&given.path, parsed)
    }

    /// A span by its first moment and length, cut to the run.
    pub fn span(&mut self, from: &At<Moment>, length: &PositiveDur) -> Option<Span> {
        let start = self.moment(from)?;
        Some(Span { start, end: (start + length.0).min(self.calendar.end) })
    }

    /// A number that must not be negative.
    pub fn not_negative(&mut self, given: &At<f64>) -> f64 {
        let value = *given.value;
        if value >= 0.0 && value.is_finite() {
            return value;
        }
        let message = format!("{value} is negative");
        self.error("E0211", &given.path, message, "give a number from 0 on");
        0.0
    }

    /// A table from a CSV file.
    pub fn table(&mut self, file: &At<String>) -> Option<Table> {
        let (name, path) = (file.value, &file.path);
        let text = match self.files.iter().find(|(known, _)| known == name) {
            Some((_, text)) => text.clone(),
            None => match (self.csv)(name) {
                Ok(text) => {
                    self.files.push((name.clone(), text.clone()));
                    text
                }
                Err(reason) => {
                    let message = format!("cannot read `{name}`: {reason}");
                    let help = "paths of CSV files count from the folder of the scenario";
                    return self.refuse("E0603", path, message, help);
                }
            },
        };
        let parsed = Table::parse(name, &text);
        self.right(path, parsed)
    }

    /// The index of a column of a table.
    pub fn column(
        &mut self,
        table: &Table,
        name: Option<&str>,
        what: &str,
        path: &str,
    ) -> Option<usize> {
        let all = || table.columns.iter().map(String::as_str);
        let Some(name) = name else {
            let help = format!("columns of `{}`: {}", table.name, listed(all()));
            let message = format!("the column of the {what} is missing");
            return self.refuse("E0103", path, message, help);
        };
        let found = all().position(|c| c == name);
        if found.is_none() {
            let help = match self.comparisons.similar(name, all()) {
                Some(near) => format!("a similar column exists: `{near}`"),
                None => format!("its columns: {}", listed(all())),
            };
            self.error("E0604", path, format!("`{}` has no column `{name}`", table.name), help);
        }
        found
    }

    /// The index of a column that a field names.
    pub fn column_of(
        &mut self,
        table: &Table,
        of: At<Option<String>>,
        what: &str,
    ) -> Option<usize> {
        self.column(table, of.value.as_deref(), what, &of.path)
    }

    /// Counts limited by the width of an id.
    pub fn at_most(&mut self, what: &str, count: usize, limit: usize, path: &str) {
        if count > limit {
            let message = format!("{count} {what} are too many");
            self.error("E0309", path, message, format!("the largest number is {limit}"));
        }
    }
}
