//! The first way through all rows: what only a whole column can tell.

use super::contacts::Names;
use super::length::{NoLength, length_us};
use super::map::{Field, Map, Role};
use super::stamp::{Evidence, Layout, Verdict};
use super::table::{Row, Table, Unreadable};
use crate::safe_text::{brief, listed, plain};
use crate::scenario::Problem;
use std::collections::BTreeMap;

/// Words of a column that are counted apart; others are `other`.
const MOST_WORDS: usize = 100_000;
/// Names that a run can tell apart, by what they are of.
const MOST_NAMES: [(Role, usize); 5] = [
    (Role::Way, 50),
    (Role::Queue, 200),
    (Role::Intent, 200),
    (Role::Segment, 40),
    (Role::Team, 100),
];
/// What names beyond these are called.
pub(super) const OTHER: &str = "other";
/// Longest name, in characters.
const LONGEST_NAME: usize = 60;

/// A role and where it is in a table.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What the map says.
    pub field: Field,
    /// Number of its column.
    pub column: Option<usize>,
    /// Number of the column of its date.
    pub date: Option<usize>,
    /// How the column writes moments.
    pub layout: Layout,
    /// How the column of its date does.
    pub date_layout: Layout,
}

/// What the rows told.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The roles, by their numbers.
    roles: Vec<Option<Placed>>,
    /// Rows that were read.
    pub rows: u64,
    /// The mark before decimals.
    pub decimal: char,
    /// Whether moments say their own zone.
    pub has_offsets: bool,
    /// The names of each kind.
    names: BTreeMap<Role, Names>,
    /// Findings that whoever imports should know, in words.
    pub told: Vec<String>,
}

impl Survey {
    /// Where a role is.
    #[must_use]
    #[inline]
    pub fn role(&self, role: Role) -> Option<&Placed> {
        self.roles[role as usize].as_ref()
    }

    /// The names of a kind.
    #[must_use]
    pub fn names(&self, role: Role) -> Names {
        self.names.get(&role).cloned().unwrap_or_default()
    }
}

/// What a column showed so far.
#[derive(Default)]
struct Column {
    moments: Evidence,
    dates: Evidence,
    words: BTreeMap<String, u64>,
    /// Cells that are lengths by a point, by a comma, and by neither.
    lengths: [u64; 3],
    no_unit: u64,
    commas: Commas,
}

/// What commas and points in numbers stand for.
#[derive(Default)]
struct Commas {
    /// Numbers in which a comma can only be a decimal mark, as `1,5`.
    decimal_comma: u64,
    /// Numbers in which it can only group thousands, as `1,234.5`.
    grouping_comma: u64,
    /// Numbers that leave it open, as `1,234`.
    open: Option<String>,
}

impl Commas {
    fn look(&mut self, cell: &str) {
        let Some(at) = cell.rfind(',') else { return };
        let after = cell.len() - at - 1;
        let digits = cell[at + 1..].bytes().all(|b| b.is_ascii_digit());
        if cell.matches(',').count() > 1 || cell[at..].contains('.') {
            self.grouping_comma += 1;
        } else if !digits || after != 3 || cell[..at].contains('.') || cell[..at].len() > 3 {
            self.decimal_comma += 1;
        } else if self.open.is_none() {
            self.open = Some(cell.to_owned());
        }
    }
}

/// Reads all rows of some tables, and decides how they are written.
///
/// # Errors
/// What of the map does not fit them, all of it.
pub fn survey(tables: &mut [Table], map: &Map) -> Result<Survey, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(first) = tables.first() else {
        return Err(problems);
    };
    let mut roles = place(first, map, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut columns: Vec<Column> = Role::ALL.iter().map(|_| Column::default()).collect();
    let mut rows = 0;
    for table in tables.iter_mut() {
        if let Err(Unreadable { what, help }) = look(table, &roles, &mut columns, &mut rows) {
            problems.push(Problem::error("E1201", "", what).help(help));
        }
    }
    let mut told = Vec::new();
    let decimal = decimal(map, &columns, &mut problems, &mut told);
    for (role, placed) in Role::ALL.into_iter().zip(&mut roles) {
        let Some(placed) = placed else { continue };
        let column = &columns[role as usize];
        if role.is_moment() {
            layouts(role, placed, column, &mut problems, &mut told);
        } else if role.is_length() {
            lengths(role, placed, column, &mut problems);
        }
    }
    let mut names = BTreeMap::new();
    for (role, most) in MOST_NAMES {
        let words = &columns[role as usize].words;
        names.insert(role, kept(role, words, most, &mut told));
    }
    let has_offsets = columns.iter().any(|c| c.moments.has_offsets() || c.dates.has_offsets());
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Survey { roles, rows, decimal, has_offsets, names, told })
}

/// Finds the columns of a map in a table.
fn place(table: &Table, map: &Map, problems: &mut Vec<Problem>) -> Vec<Option<Placed>> {
    let mut find = |name: &Option<String>, path: &str| {
        let name = name.as_ref()?;
        let found = table.column(name);
        if found.is_none() {
            let columns = table.header.iter().map(String::as_str);
            let near = crate::scenario::nearest_name(name, columns.clone());
            let help = match near {
                Some(near) => format!("a similar column exists: `{near}`"),
                None => format!("its columns are {}", listed(columns)),
            };
            let what = format!("the table has no column `{name}`");
            problems.push(Problem::error("E1201", path, what).help(help));
        }
        found
    };
    let each = Role::ALL.into_iter().map(|role| {
        let field = map.field(role)?.clone();
        let path = format!("columns.{}", role.name());
        let (column, date) = (find(&field.column, &path), find(&field.date, &path));
        Some(Placed { field, column, date, layout: Layout::Ymd, date_layout: Layout::Ymd })
    });
    each.collect()
}

fn look(
    table: &mut Table,
    roles: &[Option<Placed>],
    columns: &mut [Column],
    rows: &mut u64,
) -> Result<(), Unreadable> {
    let named: Vec<Role> = MOST_NAMES.iter().map(|(role, _)| *role).collect();
    let mut row = Row::default();
    while table.next(&mut row)? {
        *rows += 1;
        for (role, placed) in Role::ALL.into_iter().zip(roles) {
            let Some(placed) = placed else { continue };
            let column = &mut columns[role as usize];
            if let Some(date) = placed.date {
                said(&placed.field, row.cell(date)).inspect(|cell| column.dates.look(cell));
            }
            let Some(cell) = placed.column.and_then(|c| said(&placed.field, row.cell(c))) else {
                continue;
            };
            if role.is_moment() {
                column.moments.look(cell);
            } else if role.is_length() {
                column.look_at_length(cell, placed);
            } else if named.contains(&role) {
                column.count(meaning(&placed.field, cell));
            }
        }
    }
    Ok(())
}

/// What a cell says, where it says something.
#[inline]
pub(super) fn said<'c>(field: &Field, cell: &'c str) -> Option<&'c str> {
    let nothing = cell.is_empty() || field.none.iter().any(|none| none == cell);
    (!nothing).then_some(cell)
}

/// What a word of a column means.
#[inline]
pub(super) fn meaning<'c>(field: &'c Field, cell: &'c str) -> &'c str {
    match field.values.get(cell) {
        Some(meaning) => meaning,
        None => field.other.as_deref().unwrap_or(cell),
    }
}

/// A word as a name.
pub(super) fn name_of(word: &str) -> String {
    brief(&plain(word), LONGEST_NAME).into_owned()
}

impl Column {
    fn look_at_length(&mut self, cell: &str, placed: &Placed) {
        self.commas.look(cell);
        let by = |decimal| length_us(cell, placed.field.unit, decimal);
        self.lengths[0] += u64::from(by('.').is_ok());
        self.lengths[1] += u64::from(by(',').is_ok());
        self.no_unit += u64::from(by('.') == Err(NoLength::NoUnit));
        self.lengths[2] += 1;
    }

    fn count(&mut self, word: &str) {
        if let Some(count) = self.words.get_mut(word) {
            *count += 1;
        } else {
            let new = if self.words.len() < MOST_WORDS { word } else { OTHER };
            *self.words.entry(new.to_owned()).or_default() += 1;
        }
    }
}

/// The mark before decimals: what the map says, else what the numbers show.
fn decimal(
    map: &Map,
    columns: &[Column],
    problems: &mut Vec<Problem>,
    told: &mut Vec<String>,
) -> char {
    if let Some(decimal) = map.decimal {
        return decimal;
    }
    let sum = |of: fn(&Commas) -> u64| columns.iter().map(|c| of(&c.commas)).sum::<u64>();
    let (comma, grouping) = (sum(|c| c.decimal_comma), sum(|c| c.grouping_comma));
    let open =
        Role::ALL.into_iter().zip(columns).find_map(|(r, c)| Some((r, c.commas.open.clone()?)));
    match (comma, grouping, open) {
        (0, 0, Some((role, cell))) => {
            let what =
                format!("`{cell}` is {} or {}", cell.replace(',', "."), cell.replace(',', ""));
            let help = "say `decimal: point` or `decimal: comma` in the map";
            let path = format!("columns.{}", role.name());
            problems.push(Problem::error("E1204", &path, what).help(help));
            '.'
        }
        (comma, grouping, _) if comma > grouping => {
            told.push(format!("decimals stand after a comma ({comma} numbers show it)"));
            ','
        }
        _ => '.',
    }
}

fn lengths(role: Role, placed: &Placed, column: &Column, problems: &mut Vec<Problem>) {
    if column.no_unit == 0 || placed.field.unit.is_some() {
        return;
    }
    let name = placed.field.column.as_deref().unwrap_or_default();
    let what = format!("the column `{name}` has numbers, and nobody said of what");
    let help = format!("say so in the map, as `{}: {{column: {name}, unit: s}}`", role.name());
    problems.push(Problem::error("E1204", &format!("columns.{}", role.name()), what).help(help));
}

/// Decides how a column writes its moments.
fn layouts(
    role: Role,
    placed: &mut Placed,
    column: &Column,
    problems: &mut Vec<Problem>,
    told: &mut Vec<String>,
) {
    let path = format!("columns.{}", role.name());
    let own = placed.field.column.clone().unwrap_or_default();
    if let Some(date) = placed.field.date.clone() {
        placed.date_layout =
            decided(placed.field.layout, &column.dates, &path, &date, problems, told);
        placed.layout =
            decided(Some(Layout::TimeOnly), &column.moments, &path, &own, problems, told);
        return;
    }
    placed.layout = decided(placed.field.layout, &column.moments, &path, &own, problems, told);
    if placed.layout == Layout::TimeOnly {
        let what = format!("the column `{own}` has times of day without a date");
        let help =
            format!("say where the date is, as `{}: {{date: Date, time: {own}}}`", role.name());
        problems.push(Problem::error("E1202", &path, what).help(help));
    }
}

fn decided(
    given: Option<Layout>,
    evidence: &Evidence,
    path: &str,
    column: &str,
    problems: &mut Vec<Problem>,
    told: &mut Vec<String>,
) -> Layout {
    let mut wrong = |what: String, help: String| {
        problems.push(Problem::error("E1202", path, what).help(help));
        Layout::Ymd
    };
    if let Some(layout) = given {
        let read = evidence.read_by(layout);
        if read == 0 && evidence.cells > 0 {
            let what = format!(
                "no cell of the column `{column}` is a moment written as `{}`",
                layout.name()
            );
            return wrong(
                what,
                format!("layouts are {}", Layout::ALL.map(Layout::name).join(", ")),
            );
        }
        return layout;
    }
    match evidence.verdict() {
        Verdict::Is(layout) => {
            if matches!(layout, Layout::Dmy | Layout::Mdy) {
                let order = if layout == Layout::Dmy { "the day" } else { "the month" };
                told.push(format!("`{column}` has {order} first: {}", evidence.why(layout)));
            }
            layout
        }
        Verdict::Empty => Layout::Ymd,
        Verdict::Open(layouts) => {
            let names =
                layouts.iter().map(|l| format!("`{}`", l.name())).collect::<Vec<_>>().join(" or ");
            let what = format!(
                "the moments of the column `{column}` can be read as {names}, and no cell decides"
            );
            wrong(what, "say which in the map, as `layout: dmy`".to_owned())
        }
        Verdict::NoMoments(cell) => {
            let what = format!("the column `{column}` has no moments: `{}`", name_of(&cell));
            wrong(what, "name the column that says when, or its `layout`".to_owned())
        }
        Verdict::Mixed(layouts, _) => {
            let names = layouts.iter().map(|l| l.name()).collect::<Vec<_>>().join(" and ");
            let what = format!("the column `{column}` writes moments in several ways: {names}");
            wrong(what, "export it again with one format of dates; or say which `layout` is right: rows of the others are refused".to_owned())
        }
    }
}

/// The names that a run tells apart: all of them, or the most frequent.
fn kept(role: Role, words: &BTreeMap<String, u64>, most: usize, told: &mut Vec<String>) -> Names {
    let mut by_name: BTreeMap<String, u64> = BTreeMap::new();
    for (word, count) in words {
        *by_name.entry(name_of(word)).or_default() += count;
    }
    if by_name.len() <= most {
        return Names { all: by_name.into_keys().collect(), others: 0 };
    }
    let mut ranked: Vec<(String, u64)> = by_name.into_iter().filter(|(n, _)| n != OTHER).collect();
    ranked.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
    let others = ranked.drain(most - 1..).map(|(_, count)| count).sum();
    let mut all: Vec<String> = ranked.into_iter().map(|(name, _)| name).collect();
    all.sort();
    all.push(OTHER.to_owned());
    told.push(format!(
        "{} has {} names: the {} most frequent are kept, the {others} rows of the rest are `{OTHER}`",
        role.name(),
        words.len(),
        most - 1
    ));
    Names { all, others }
}
