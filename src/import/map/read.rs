//! Reading a mapping: every problem at once, each with its line.

use super::{End, Field, Map, Role, Rows, Step};
use crate::domain::words;
use crate::import::length::Unit;
use crate::import::stamp::Layout;
use crate::import::table::{Delimiter, Wanted};
use crate::scenario::{Problem, Problems, SourceTree, nearest_name, source_tree};
use crate::time::SECOND_US;
use serde_json::Value;
use std::collections::BTreeMap;

words! {
    /// The fields of a mapping.
    Top {
        /// Version of the format: 1.
        Version = "convoq_map",
        /// Its name.
        Name = "name",
        /// What tables it is for, and where their layout is described.
        About = "about",
        /// Columns by which such a table is known; all of them must be there.
        Header = "header",
        /// What a row is: `contacts`, `events`, `intervals`.
        Rows = "rows",
        /// IANA name of the time zone of moments that have none.
        Zone = "zone",
        /// Of intervals: their length, as `30m`.
        Interval = "interval",
        /// What stands between cells, where it is not what it looks like: `comma`, `semicolon`, `tab`, `pipe`.
        Delimiter = "delimiter",
        /// How characters are written, as `windows-1252`, where it is not what it looks like.
        Encoding = "encoding",
        /// The mark before decimals, `point` or `comma`, where numbers leave it open.
        Decimal = "decimal",
        /// Lines before the header that are no part of the table.
        Skip = "skip",
        /// Whether the first row already is data; columns are then `#1`, `#2`, ...
        Headless = "headless",
        /// What the columns are: a map of roles to columns.
        Columns = "columns",
    }

    /// What a mapping says of a role.
    Part {
        /// Its column.
        Column = "column",
        /// The column of the date, where `time` has the time of day only.
        Date = "date",
        /// The column of the time of day.
        Time = "time",
        /// How its moments are written, where it is not what they show: one of the layouts.
        Layout = "layout",
        /// Whether day and month are swapped on the days 1 to 12 of each month.
        Swapped = "swapped",
        /// Unit of its lengths of time where they are numbers: `ms`, `s`, `m`, `h`.
        Unit = "unit",
        /// Cells that stand for nothing, besides empty ones.
        None = "none",
        /// What its words mean.
        Values = "values",
        /// What all other words mean.
        Other = "other",
        /// What it is everywhere.
        Constant = "constant",
    }
}

impl Map {
    /// Reads the text of a mapping.
    ///
    /// # Errors
    /// All that is wrong with it, with lines and columns.
    pub fn from_text(text: &str) -> Result<Self, Problems> {
        let tree = match source_tree(text) {
            Ok(tree) => tree,
            Err(list) => return Err(told(list, &SourceTree::default(), text)),
        };
        let mut reader = Reader { problems: Vec::new() };
        let map = reader.map(&tree.value, text);
        match map.filter(|_| reader.problems.is_empty()) {
            Some(map) => Ok(map),
            None => Err(told(reader.problems, &tree, text)),
        }
    }

    /// The field of a path, as problems of the rows name it, with its place.
    #[must_use]
    pub fn problem(&self, mut problem: Problem) -> Problems {
        if let Ok(tree) = source_tree(&self.text) {
            (problem.line, problem.column) = tree.place(&problem.path, false).unzip();
        }
        Problems { list: vec![problem], text: self.text.clone(), file_name: String::new() }
    }
}

fn told(mut list: Vec<Problem>, tree: &SourceTree, text: &str) -> Problems {
    for problem in list.iter_mut().filter(|p| p.line.is_none()) {
        let about_key = problem.code == "E0101";
        (problem.line, problem.column) = tree.place(&problem.path, about_key).unzip();
    }
    list.sort_by_key(|p| (p.line, p.column));
    Problems { list, text: text.to_owned(), file_name: String::new() }
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong(&mut self, code: &'static str, path: &str, what: impl Into<String>, help: &str) {
        self.problems.push(Problem::error(code, path, what).help(help));
    }

    fn map(&mut self, value: &Value, text: &str) -> Option<Map> {
        let Some(fields) = value.as_object() else {
            self.wrong("E0102", "", "a mapping is a map of fields", "begin with `convoq_map: 1`");
            return None;
        };
        self.known(fields.keys(), "", &Top::ALL.map(Top::name));
        let of = |top: Top| (top.name(), fields.get(top.name()).unwrap_or(&Value::Null));
        if of(Top::Version).1 != &Value::from(1) {
            let code = if of(Top::Version).1.is_null() { "E0103" } else { "E0106" };
            self.wrong(
                code,
                "convoq_map",
                "the version of the format is 1",
                "write `convoq_map: 1`",
            );
        }
        let rows = self.word(of(Top::Rows), Rows::find, &Rows::ALL.map(Rows::name));
        if of(Top::Rows).1.is_null() {
            self.wrong(
                "E0103",
                "rows",
                "`rows` is not given",
                "say `contacts`, `events` or `intervals`",
            );
        }
        let wanted = Wanted {
            delimiter: self.word(
                of(Top::Delimiter),
                Delimiter::find,
                &Delimiter::ALL.map(Delimiter::name),
            ),
            encoding: self.text(of(Top::Encoding)),
            skip: self.whole(of(Top::Skip)),
            headless: self.flag(of(Top::Headless)),
        };
        let decimal = self.word(of(Top::Decimal), decimal, &["point", "comma"]);
        let interval_us = self.text(of(Top::Interval)).and_then(|text| self.interval(&text));
        let columns = self.columns(of(Top::Columns), rows);
        let map = Map {
            name: self.text(of(Top::Name)).unwrap_or_default(),
            about: self.text(of(Top::About)).unwrap_or_default(),
            header: self.texts(of(Top::Header)),
            rows: rows?,
            zone: self.text(of(Top::Zone)),
            interval_us,
            wanted,
            decimal,
            fields: columns,
            text: text.to_owned(),
        };
        self.whole_map(&map);
        Some(map)
    }

    /// What a mapping needs so that its rows say something.
    fn whole_map(&mut self, map: &Map) {
        let needed: &[Role] = match map.rows {
            Rows::Contacts => &[Role::Begin],
            Rows::Events => &[Role::Id, Role::At, Role::Event],
            Rows::Intervals => &[Role::Start, Role::Offered],
        };
        for role in needed.iter().filter(|r| map.field(**r).is_none()) {
            let what = format!("`{}` is not given", role.name());
            self.wrong(
                "E0103",
                "columns",
                what,
                &format!("name its column: {}", Role::ABOUT[*role as usize].trim()),
            );
        }
        if map.rows == Rows::Intervals && map.interval_us.is_none() {
            self.wrong(
                "E0103",
                "rows",
                "`interval` is not given",
                "say how long an interval is, as `interval: 30m`",
            );
        }
        if let Some(zone) = &map.zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            let what = format!("there is no time zone `{zone}`");
            self.wrong("E0205", "zone", what, "give its IANA name, as `Europe/Bucharest`");
        }
    }

    fn columns(
        &mut self,
        (path, value): (&str, &Value),
        rows: Option<Rows>,
    ) -> BTreeMap<Role, Field> {
        let Some(given) = value.as_object() else {
            self.wrong(
                "E0103",
                path,
                "`columns` is not given",
                "say which column is what, as `columns: {begin: Started}`",
            );
            return BTreeMap::new();
        };
        self.known(given.keys(), path, &Role::ALL.map(Role::name));
        let mut fields = BTreeMap::new();
        for (name, value) in given {
            let path = format!("{path}.{name}");
            let Some(role) = Role::find(name) else { continue };
            let field = self.field(&path, value, role);
            let words = match (role, rows) {
                (Role::Outcome, _) => &End::ALL.map(End::name)[..],
                (Role::Event, _) => &Step::ALL.map(Step::name)[..],
                _ => &[],
            };
            if !words.is_empty() {
                self.meanings(&path, &field, words);
            }
            fields.insert(role, field);
        }
        fields
    }

    /// Words of a file must mean one of a closed list.
    fn meanings(&mut self, path: &str, field: &Field, words: &[&str]) {
        let values =
            field.values.iter().map(|(word, meaning)| (format!("{path}.values.{word}"), meaning));
        let other = field.other.iter().map(|other| (format!("{path}.other"), other));
        for (place, meaning) in values.chain(other) {
            if !words.contains(&meaning.as_str()) {
                self.unknown_word(&place, meaning, words);
            }
        }
    }

    fn field(&mut self, path: &str, value: &Value, role: Role) -> Field {
        if let Some(column) = value.as_str() {
            return Field { column: Some(column.to_owned()), ..Field::default() };
        }
        let Some(given) = value.as_object() else {
            self.wrong("E0102", path, "a column is expected", "name it, as `begin: Started`");
            return Field::default();
        };
        self.known(given.keys(), path, &Part::ALL.map(Part::name));
        let of = |part: Part| {
            (format!("{path}.{}", part.name()), given.get(part.name()).unwrap_or(&Value::Null))
        };
        let text = |reader: &mut Self, part| {
            let (place, value) = of(part);
            reader.text((&place, value))
        };
        let (place, value) = of(Part::Layout);
        let layout = self.word((&place, value), Layout::find, &Layout::ALL.map(Layout::name));
        let (place, value) = of(Part::Unit);
        let unit = self.word((&place, value), Unit::find, &Unit::ALL.map(Unit::name));
        let (place, value) = of(Part::Swapped);
        let swapped = self.flag((&place, value));
        let (place, value) = of(Part::None);
        let none = self.texts((&place, value));
        let field = Field {
            column: text(self, Part::Column).or_else(|| text(self, Part::Time)),
            date: text(self, Part::Date),
            layout,
            swapped,
            unit,
            none,
            values: self.values(&of(Part::Values)),
            other: text(self, Part::Other),
            constant: text(self, Part::Constant),
        };
        if field.column.is_none() && field.constant.is_none() {
            self.wrong(
                "E0103",
                path,
                "no column is named",
                "give `column`, or `date` and `time`, or `constant`",
            );
        }
        if field.unit.is_some() && !role.is_length() {
            self.wrong("E0105", path, format!("`{}` has no unit", role.name()), "leave `unit` out");
        }
        if (field.layout.is_some() || field.date.is_some() || field.swapped) && !role.is_moment() {
            let what = format!("`{}` is no moment", role.name());
            self.wrong("E0105", path, what, "leave `layout`, `date` and `swapped` out");
        }
        field
    }

    fn values(&mut self, (path, value): &(String, &Value)) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        match value {
            Value::Null => {}
            Value::Object(given) => {
                for (word, meaning) in given {
                    if let Some(meaning) = self.text((&format!("{path}.{word}"), meaning)) {
                        values.insert(word.clone(), meaning);
                    }
                }
            }
            _ => self.wrong(
                "E0102",
                path,
                "a map of words is expected",
                "write `values: {WORD: meaning}`",
            ),
        }
        values
    }

    fn known<'k>(&mut self, keys: impl Iterator<Item = &'k String>, path: &str, names: &[&str]) {
        for key in keys.filter(|k| !names.contains(&k.as_str())) {
            let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let help = match nearest_name(key, names.iter().copied()) {
                Some(near) => format!("a similar field exists: `{near}`"),
                None => format!("fields are {}", names.join(", ")),
            };
            self.wrong("E0101", &place, format!("unknown field `{key}`"), &help);
        }
    }

    fn unknown_word(&mut self, path: &str, word: &str, words: &[&str]) {
        let help = match nearest_name(word, words.iter().copied()) {
            Some(near) => format!("a similar word exists: `{near}`"),
            None => format!("say one of {}", words.join(", ")),
        };
        self.wrong("E0104", path, format!("unknown word `{word}`"), &help);
    }

    fn word<T>(
        &mut self,
        (path, value): (&str, &Value),
        find: impl Fn(&str) -> Option<T>,
        words: &[&str],
    ) -> Option<T> {
        let text = self.text((path, value))?;
        let found = find(&text);
        if found.is_none() {
            self.unknown_word(path, &text, words);
        }
        found
    }

    /// A text; a number stands for what is written.
    fn text(&mut self, (path, value): (&str, &Value)) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => {
                self.wrong("E0102", path, "a text is expected", "write it in quotes");
                None
            }
        }
    }

    fn texts(&mut self, (path, value): (&str, &Value)) -> Vec<String> {
        match value {
            Value::Array(items) => {
                let each = items.iter().enumerate();
                each.filter_map(|(n, item)| self.text((&format!("{path}[{n}]"), item))).collect()
            }
            other => self.text((path, other)).into_iter().collect(),
        }
    }

    fn whole(&mut self, (path, value): (&str, &Value)) -> u64 {
        let number = value.as_u64();
        if number.is_none() && !value.is_null() {
            self.wrong("E0102", path, "a whole number is expected", "as `skip: 3`");
        }
        number.unwrap_or(0)
    }

    fn flag(&mut self, (path, value): (&str, &Value)) -> bool {
        if value.as_bool().is_none() && !value.is_null() {
            self.wrong("E0102", path, "`true` or `false` is expected", "write one of them");
        }
        value.as_bool().unwrap_or(false)
    }

    fn interval(&mut self, text: &str) -> Option<u64> {
        let number =
            |unit: &str| text.strip_suffix(unit).and_then(|n| n.trim().parse::<u64>().ok());
        let minutes = number("m").or_else(|| number("h").map(|h| h * 60));
        let divides = minutes.filter(|m| *m > 0 && 1440_u64.is_multiple_of(*m));
        if divides.is_none() {
            let what = format!("`{text}` is no length of an interval");
            self.wrong(
                "E0201",
                "interval",
                what,
                "give one that divides a day, as `5m`, `30m`, `1h`",
            );
        }
        divides.map(|m| m * 60 * SECOND_US)
    }
}

fn decimal(word: &str) -> Option<char> {
    match word {
        "point" => Some('.'),
        "comma" => Some(','),
        _ => None,
    }
}
