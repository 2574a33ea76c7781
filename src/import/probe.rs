//! Looking at a table before it is imported: what each column holds, what it may be, and what
//! is odd about it; and the beginning of a map.

use super::length::{NoLength, Unit, length_us, number_of};
use super::map::{Role, Rows};
use super::stamp::{Clock, Evidence, Layout, Local, Verdict, date_text, parse};
use super::table::{Row, Table, Unreadable};
use crate::safe_text::{brief, grouped, plain};
use crate::time::{DAY_US, SECOND_US};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Columns that are looked at.
const MOST_COLUMNS: usize = 200;
/// Words of a column that are counted apart.
const MOST_WORDS: usize = 1_000;
/// Words of a column that are shown: more may be names of people.
const SHOWN_WORDS: usize = 12;

/// What a column looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    Moment(Layout),
    Time,
    Open,
    Length,
    Number,
    Words,
    Text,
    Nothing,
}

#[derive(Default)]
struct Column {
    moments: Evidence,
    clocks: u64,
    numbers: u64,
    negative: u64,
    /// Whole numbers that are multiples of sixty.
    heaped: u64,
    words: BTreeMap<String, u64>,
    beyond: bool,
    cells: u64,
}

impl Column {
    fn take(&mut self, cell: &str) {
        if cell.is_empty() {
            return;
        }
        self.cells += 1;
        self.moments.look(cell);
        self.clocks +=
            u64::from(cell.contains(':') && length_us(cell, Some(Unit::Minutes), '.').is_ok());
        self.negative +=
            u64::from(length_us(cell, Some(Unit::Seconds), '.') == Err(NoLength::Negative));
        if let Some(number) = number_of(cell, '.').or_else(|| number_of(cell, ',')) {
            self.numbers += 1;
            self.heaped += u64::from(number > 0.0 && number % 60.0 == 0.0);
        }
        if let Some(count) = self.words.get_mut(cell) {
            *count += 1;
        } else if self.words.len() < MOST_WORDS {
            self.words.insert(cell.to_owned(), 1);
        } else {
            self.beyond = true;
        }
    }

    fn look(&self) -> Look {
        let most = |count: u64| count > 0 && count * 20 >= self.cells * 19;
        if self.cells == 0 {
            return Look::Nothing;
        }
        match self.moments.verdict() {
            Verdict::Is(Layout::TimeOnly) => return Look::Time,
            Verdict::Is(layout) => return Look::Moment(layout),
            Verdict::Open(_) => return Look::Open,
            _ => {}
        }
        if most(self.clocks) {
            Look::Length
        } else if most(self.numbers) {
            Look::Number
        } else if !self.beyond && self.words.len() <= 200 {
            Look::Words
        } else {
            Look::Text
        }
    }

    /// What was seen, in words; words of people are not shown.
    fn in_words(&self) -> String {
        let read = |layout: Layout| self.moments.why(layout);
        let text = match self.look() {
            Look::Nothing => "empty".to_owned(),
            Look::Moment(layout) => format!("moments, {}: {}", layout.name(), read(layout)),
            Look::Time => "times of day".to_owned(),
            Look::Open => match self.moments.verdict() {
                Verdict::Open(all) => {
                    let names: Vec<&str> = all.iter().map(|l| l.name()).collect();
                    format!("moments, {}: no cell decides, and an import asks", names.join(" or "))
                }
                _ => "moments".to_owned(),
            },
            Look::Length => "lengths of time".to_owned(),
            Look::Number => "numbers".to_owned(),
            Look::Words if self.words.len() <= SHOWN_WORDS => {
                let shown =
                    self.words.iter().map(|(w, n)| format!("{} ({n})", plain(&brief(w, 40))));
                format!("words: {}", shown.collect::<Vec<_>>().join(", "))
            }
            Look::Words => format!("{} different words", self.words.len()),
            Look::Text => "text".to_owned(),
        };
        let mut text = text;
        if self.negative > 0 {
            text += &format!("; {} are negative", self.negative);
        }
        if self.look() == Look::Number && self.heaped * 5 > self.numbers && self.numbers > 20 {
            let share = 100.0 * self.heaped as f64 / self.numbers as f64;
            text += &format!("; {share:.0} % are multiples of 60: minutes, or heaped");
        }
        text
    }
}

/// What was seen of a table.
pub struct Probe {
    header: Vec<String>,
    columns: Vec<Column>,
    /// Rows.
    rows: u64,
    repeated: u64,
    shorter: u64,
    roles: Vec<(Role, usize, Option<usize>)>,
}

/// Reads all rows of a table.
///
/// # Errors
/// When the rest of it cannot be read.
pub fn probe(table: &mut Table) -> Result<Probe, Unreadable> {
    let header: Vec<String> = table.header.iter().take(MOST_COLUMNS).cloned().collect();
    let mut columns: Vec<Column> = header.iter().map(|_| Column::default()).collect();
    let (mut rows, mut repeated, mut shorter) = (0, 0, 0);
    let (mut row, mut before) = (Row::default(), Row::default());
    while table.next(&mut row)? {
        rows += 1;
        repeated += u64::from(row.says_the_same(&before));
        shorter += u64::from(row.len() < header.len());
        for (number, column) in columns.iter_mut().enumerate() {
            column.take(row.cell(number));
        }
        std::mem::swap(&mut row, &mut before);
    }
    let roles = guessed(&header, &columns);
    Ok(Probe { header, columns, rows, repeated, shorter, roles })
}

/// What names of columns hint at, the likelier word first.
const HINTS: &[(Role, &[&str])] = &[
    (Role::Id, &["conversationid", "callid", "ticketid", "caseid", "number", "id"]),
    (
        Role::Begin,
        &["started", "created", "opened", "begin", "start", "entry", "received", "arriv", "time"],
    ),
    (
        Role::Answered,
        &["answered", "firstreply", "firstresponse", "initialresponse", "assignedat", "pickup"],
    ),
    (Role::End, &["ended", "resolved", "solved", "closed", "finished", "end", "exit"]),
    (Role::Wait, &["wait", "qtime", "queuetime", "speedofanswer"]),
    (Role::Handle, &["handle", "talk", "service", "sertime", "duration"]),
    (Role::WrapUp, &["wrapup", "aftercall", "acw"]),
    (Role::Outcome, &["outcome", "status", "state", "disposition", "result"]),
    (Role::Agent, &["agent", "server", "assignee", "assignedto", "resource"]),
    (Role::Team, &["team", "group"]),
    (Role::Way, &["channel", "media", "via", "source", "contacttype"]),
    (Role::Queue, &["queue", "skill"]),
    (Role::Intent, &["intent", "category", "topic", "reason", "type"]),
];

/// The columns that may be each role, by their names and by what is in them.
fn guessed(header: &[String], columns: &[Column]) -> Vec<(Role, usize, Option<usize>)> {
    let plain: Vec<String> = header
        .iter()
        .map(|h| h.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
        .collect();
    let mut taken = BTreeSet::new();
    let mut roles = Vec::new();
    let date = columns.iter().position(|c| c.is_date());
    for (role, hints) in HINTS {
        let fits = |n: &usize| {
            let look = columns[*n].look();
            !taken.contains(n)
                && match role {
                    r if r.is_moment() => {
                        matches!(look, Look::Moment(_) | Look::Open) && Some(*n) != date
                            || (look == Look::Time && date.is_some())
                    }
                    r if r.is_length() => {
                        matches!(look, Look::Length | Look::Number)
                            || (look == Look::Time && columns[*n].clocks > 0 && date.is_none())
                    }
                    Role::Id | Role::Agent => look != Look::Nothing,
                    _ => look == Look::Words,
                }
        };
        let found = hints
            .iter()
            .find_map(|hint| (0..header.len()).find(|n| plain[*n].contains(hint) && fits(n)));
        if let Some(column) = found {
            taken.insert(column);
            let is_time = role.is_moment() && columns[column].look() == Look::Time;
            roles.push((*role, column, date.filter(|_| is_time)));
        }
    }
    roles
}

impl Column {
    /// Whether it holds dates without a time of day.
    fn is_date(&self) -> bool {
        let Look::Moment(layout) = self.look() else { return false };
        let first = self.words.keys().next();
        first.and_then(|cell| parse(cell, layout)).is_some_and(|s| s.time_us.is_none())
    }
}

impl Probe {
    /// What was seen of the columns, in words.
    #[must_use]
    pub fn columns_in_words(&self) -> String {
        let mut text = String::new();
        let width = self.header.iter().map(|h| h.chars().count()).max().unwrap_or(0).min(40);
        for (number, (name, column)) in self.header.iter().zip(&self.columns).enumerate() {
            let empty = self.rows - column.cells;
            let missing = match empty {
                0 => String::new(),
                _ => format!("; {:.0} % empty", 100.0 * empty as f64 / self.rows.max(1) as f64),
            };
            let role = self.roles.iter().find(|(_, c, _)| *c == number);
            let role = role.map_or(String::new(), |(role, ..)| format!("  -> {}?", role.name()));
            let name = plain(&brief(name, 40)).into_owned();
            // Writing into a String cannot fail.
            let _ = writeln!(text, "  {name:width$}  {}{missing}{role}", column.in_words());
        }
        let n = |count: u64| grouped(count as usize);
        let _ = writeln!(
            text,
            "{} rows; {} word for word as the one before; {} with fewer cells than the header",
            n(self.rows),
            n(self.repeated),
            n(self.shorter)
        );
        text
    }

    /// Reads the rows again, and says what is odd about when things happened.
    ///
    /// # Errors
    /// When the rest of the table cannot be read.
    pub fn times_in_words(
        &self,
        table: &mut Table,
        zone: jiff::tz::TimeZone,
    ) -> Result<String, Unreadable> {
        let role = |wanted: Role| self.roles.iter().find(|(role, ..)| *role == wanted).copied();
        let Some(begin) = role(Role::Begin) else {
            return Ok(
                "no column looks like the beginning of a contact: name one in a map\n".to_owned()
            );
        };
        let mut times = Times { clock: Clock::new(zone), ..Times::new() };
        let end = role(Role::End);
        let mut row = Row::default();
        while table.next(&mut row)? {
            let Some(at) = self.moment(&row, begin, &mut times) else { continue };
            times.take(at);
            if let Some(over) = end.and_then(|end| self.moment(&row, end, &mut times)) {
                times.negative += u64::from(over < at);
                times.long += u64::from(over - at > DAY_US as i64);
            }
        }
        Ok(times.in_words(&self.header[begin.1]))
    }

    fn moment(
        &self,
        row: &Row,
        (_, column, date): (Role, usize, Option<usize>),
        times: &mut Times,
    ) -> Option<i64> {
        let layout = |n: usize| match self.columns[n].look() {
            Look::Moment(layout) => Some(layout),
            Look::Time => Some(Layout::TimeOnly),
            _ => None,
        };
        let stamp = parse(row.cell(column), layout(column)?)?;
        let day = match date {
            Some(date) => parse(row.cell(date), layout(date)?)?.day?,
            None => stamp.day?,
        };
        let time_us = stamp.time_us.unwrap_or(0);
        let naive = i64::from(day) * DAY_US as i64 + time_us as i64;
        if let Some(offset_s) = stamp.offset_s {
            return Some(naive - i64::from(offset_s) * SECOND_US as i64);
        }
        match times.clock.unix_us(day, time_us) {
            Local::Once(at) => Some(at),
            Local::Twice(at, _) => {
                times.doubled += 1;
                Some(at)
            }
            Local::Never(at) => {
                times.skipped += 1;
                Some(at)
            }
        }
    }

    /// The beginning of a map, with what was seen as comments.
    #[must_use]
    pub fn map(&self, name: &str) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut text = format!(
            "# Begun by `convoq import probe`: look at each line, and take the comments as guesses.\n# docs/import.md has every role and word.\nconvoq_map: 1\nname: {}\nrows: {}\n# zone: Europe/Bucharest      # where the clock of moments without an offset stood\ncolumns:\n",
            quoted(name),
            Rows::Contacts.name()
        );
        for (role, column, date) in &self.roles {
            let (own, seen) = (&self.header[*column], self.columns[*column].in_words());
            let written = match date {
                Some(date) => {
                    format!("{{date: {}, time: {}}}", quoted(&self.header[*date]), quoted(own))
                }
                None if *role == Role::Outcome => self.outcomes(own, *column),
                None if role.is_length() && self.columns[*column].look() == Look::Number => {
                    format!("{{column: {}, unit: s}}   # is it seconds?", quoted(own))
                }
                None => quoted(own),
            };
            let _ = writeln!(text, "  # {}", brief(&seen, 150));
            let _ = writeln!(text, "  {}: {written}", role.name());
        }
        if !self.roles.iter().any(|(role, ..)| *role == Role::Way) {
            text += "  channel: {constant: phone}\n";
        }
        text
    }

    fn outcomes(&self, own: &str, column: usize) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let words = self.columns[column].words.keys().map(|w| format!("{}: done", quoted(w)));
        let words: Vec<String> = words.collect();
        format!(
            "{{column: {}, values: {{{}}}}}   # served, abandoned, bot, left, done, blocked, open or skip",
            quoted(own),
            words.join(", ")
        )
    }
}

/// When things happened.
struct Times {
    clock: Clock,
    first: Option<i64>,
    last: Option<i64>,
    latest: i64,
    count: u64,
    in_order: u64,
    weekend: u64,
    midnight: u64,
    whole_minutes: u64,
    doubled: u64,
    skipped: u64,
    negative: u64,
    long: u64,
    days: BTreeSet<i32>,
}

impl Times {
    fn new() -> Self {
        Self {
            clock: Clock::new(jiff::tz::TimeZone::UTC),
            first: None,
            last: None,
            latest: i64::MIN,
            count: 0,
            in_order: 0,
            weekend: 0,
            midnight: 0,
            whole_minutes: 0,
            doubled: 0,
            skipped: 0,
            negative: 0,
            long: 0,
            days: BTreeSet::new(),
        }
    }

    fn take(&mut self, at: i64) {
        let (day, time_us) = self.clock.shown(at);
        self.count += 1;
        self.in_order += u64::from(at >= self.latest);
        self.latest = at;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        // 1 January 1970 was a Thursday.
        self.weekend += u64::from(matches!((day + 3).rem_euclid(7), 5 | 6));
        self.midnight += u64::from(time_us == 0);
        self.whole_minutes += u64::from(time_us.is_multiple_of(60 * SECOND_US));
        self.days.insert(day);
    }

    fn in_words(&self, column: &str) -> String {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            return format!("no moment of `{}` can be read\n", plain(column));
        };
        let (from, to) = (self.clock.shown(first).0, self.clock.shown(last).0);
        let share = |count: u64| 100.0 * count as f64 / self.count.max(1) as f64;
        let n = |count: u64| grouped(count as usize);
        let mut text = format!("by `{}`: {} to {}", plain(column), date_text(from), date_text(to));
        let missing: Vec<i32> =
            (from..=to).take(10_000).filter(|d| !self.days.contains(d)).collect();
        let _ = writeln!(text, ", {} days, {} without a row", to - from + 1, missing.len());
        let gaps = missing.chunk_by(|a, b| a + 1 == *b).filter(|gap| gap.len() > 2);
        let shown: Vec<String> = gaps
            .take(5)
            .map(|gap| format!("{} to {}", date_text(gap[0]), date_text(gap[gap.len() - 1])))
            .collect();
        if !shown.is_empty() {
            let _ = writeln!(text, "  gaps: {}", shown.join(", "));
        }
        let _ = writeln!(
            text,
            "  {:.1} % in the order of time, {:.1} % on Saturday or Sunday, {:.1} % at midnight, {:.1} % at whole minutes",
            share(self.in_order),
            share(self.weekend),
            share(self.midnight),
            share(self.whole_minutes)
        );
        let _ = writeln!(
            text,
            "  clock changes: {} moments in hours that come twice, {} in hours that do not exist",
            n(self.doubled),
            n(self.skipped)
        );
        if self.negative + self.long > 0 {
            let _ = writeln!(
                text,
                "  {} end before they begin, {} last longer than a day",
                n(self.negative),
                n(self.long)
            );
        }
        text
    }
}
