//! `--vary`: a field and the values it takes.

use crate::cli::Failure;
use crate::design::Place;
use crate::experiment::Setting;

/// Most levels of one factor.
const MOST_LEVELS: f64 = 1e6;

/// One `--vary`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vary {
    /// Path of the field, or `variant:NAME`.
    pub(super) name: String,
    pub(super) values: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    /// Off and on.
    Variant(String),
    /// Values as they stand in a scenario file.
    List(Vec<String>),
    /// From low to high.
    Range {
        low: f64,
        high: f64,
        step: Option<f64>,
        /// `%`, `m`, ` EUR/h` or nothing.
        unit: String,
        /// `*` or `+` for changes of what the scenario has.
        base: Option<char>,
    },
}

/// A value of a factor: how it is printed, and what it changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// The field becomes this.
    Set(String),
    /// The variant is applied.
    Variant(String),
}

const FORMS: &str =
    "write PATH=8..16:2, PATH=20%..30%, PATH=10,12,15, PATH=base*0.9..1.1 or variant:NAME";

fn wrong(text: &str, why: &str, help: &str) -> Failure {
    Failure::wrong(format!("--vary {text}: {why}"), help)
}

/// Reads all `--vary` of a command line.
pub(super) fn parse_all(texts: &[String]) -> Result<Vec<Vary>, Failure> {
    let mut all: Vec<Vary> = Vec::new();
    for text in texts {
        let vary = parse(text)?;
        if all.iter().any(|v| v.name == vary.name) {
            let why = format!("`{}` is varied twice", vary.name);
            return Err(wrong(text, &why, "give all its values in one --vary"));
        }
        all.push(vary);
    }
    Ok(all)
}

fn parse(text: &str) -> Result<Vary, Failure> {
    if let Some(name) = text.trim().strip_prefix("variant:") {
        return Ok(Vary {
            name: text.trim().to_owned(),
            values: Values::Variant(name.trim().to_owned()),
        });
    }
    let Some((path, values)) = text.split_once('=') else {
        return Err(wrong(text, "values are missing", FORMS));
    };
    let (path, values) = (path.trim(), values.trim());
    if path.is_empty() || values.is_empty() {
        return Err(wrong(text, "a path and values are expected", FORMS));
    }
    let items = split(values);
    let opens = values.starts_with(['{', '[', '"', '\'']);
    let values = if items.len() == 1 && values.contains("..") && !opens {
        range(text, values)?
    } else if items.iter().any(String::is_empty) {
        return Err(wrong(text, "a value is empty", FORMS));
    } else {
        Values::List(items)
    };
    Ok(Vary { name: path.to_owned(), values })
}

/// Splits at commas that stand outside brackets and quotes.
fn split(text: &str) -> Vec<String> {
    let (mut depth, mut quote, mut items) = (0, None, vec![String::new()]);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[' | '(') => depth += 1,
            (None, '}' | ']' | ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(c);
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

fn range(text: &str, values: &str) -> Result<Values, Failure> {
    let (base, ends) = match values.strip_prefix("base") {
        Some(rest) if rest.starts_with(['*', '+']) => (rest.chars().next(), &rest[1..]),
        Some(_) => return Err(wrong(text, "`base` is followed by `*` or `+`", FORMS)),
        None => (None, values),
    };
    let (low, rest) = ends.split_once("..").unwrap_or((ends, ""));
    let (high, step) = match rest.split_once(':') {
        Some((high, step)) => (high, Some(step)),
        None => (rest, None),
    };
    let number = |part: &str| {
        amount(part).ok_or_else(|| {
            let why = format!("`{}` is not a number with or without a unit", part.trim());
            wrong(text, &why, FORMS)
        })
    };
    let ((low, a), (high, b)) = (number(low)?, number(high)?);
    let step = step.map(number).transpose()?;
    let unit_of_step = step.as_ref().map_or("", |s| s.1.as_str());
    let units = [b.as_str(), a.as_str(), unit_of_step];
    let unit = units.iter().find(|u| !u.is_empty()).unwrap_or(&"");
    if units.iter().any(|u| !u.is_empty() && u != unit) {
        let help = "write both ends and the step in one unit, as 60s..180s:30s";
        return Err(wrong(text, "its numbers have different units", help));
    }
    let unit = (*unit).to_owned();
    let step = step.map(|s| s.0);
    if step == Some(0.0) {
        return Err(wrong(text, "a step of 0 never arrives", FORMS));
    }
    if low >= high || step.is_some_and(|s| s < 0.0) {
        let why = "the range is empty: it goes from the lower to the higher end";
        return Err(wrong(text, why, FORMS));
    }
    if step.is_some_and(|s| (high - low) / s > MOST_LEVELS) {
        return Err(wrong(text, "more than a million values", "take a greater step"));
    }
    Ok(Values::Range { low, high, step, unit, base })
}

/// A number and what follows it.
fn amount(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    let number = |(i, c): (usize, char)| !(c.is_ascii_digit() || c == '.' || (i == 0 && c == '-'));
    let end = text.char_indices().find(|p| number(*p)).map_or(text.len(), |p| p.0);
    let value: f64 = text[..end].parse().ok()?;
    let unit = &text[end..];
    let plain = !unit.contains(|c: char| c.is_ascii_digit() || "+-*".contains(c));
    (plain && value.is_finite()).then(|| (value, unit.to_owned()))
}

/// Takes away what binary fractions add.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl Vary {
    /// How many levels it has.
    pub(super) fn count(&self) -> usize {
        match &self.values {
            Values::Variant(_) | Values::Range { step: None, .. } => 2,
            Values::List(items) => items.len(),
            Values::Range { low, high, step: Some(step), .. } => {
                ((high - low) / step + 1e-9) as usize + 1
            }
        }
    }

    /// The setting at a place of a design, and what it changes.
    pub(super) fn at(&self, place: Place) -> (Setting, Change) {
        let continuous = matches!(self.values, Values::Range { step: None, .. });
        match place {
            Place::Base => (setting("base", None), Change::None),
            Place::Level(level) => self.level(level),
            Place::Share(share) if continuous => self.between(share),
            Place::Share(share) => {
                let level = (share * self.count() as f64) as usize;
                self.level(level.min(self.count() - 1))
            }
        }
    }

    fn level(&self, level: usize) -> (Setting, Change) {
        match &self.values {
            Values::Variant(_) if level == 0 => (setting("off", Some(0.0)), Change::None),
            Values::Variant(name) => (setting("on", Some(1.0)), Change::Variant(name.clone())),
            Values::List(items) => {
                let text = items.get(level).map_or("", String::as_str);
                (setting(text, plain_number(text)), Change::Set(text.to_owned()))
            }
            Values::Range { low, step: Some(step), .. } => self.value(low + level as f64 * step),
            Values::Range { .. } => self.between(level as f64),
        }
    }

    fn between(&self, share: f64) -> (Setting, Change) {
        match &self.values {
            Values::Range { low, high, .. } => self.value(low + share * (high - low)),
            _ => self.level(0),
        }
    }

    fn value(&self, value: f64) -> (Setting, Change) {
        let Values::Range { unit, base, .. } = &self.values else {
            return self.level(0);
        };
        let value = tidy(value);
        let text = match base {
            Some('*') => format!("*{value}{unit}"),
            Some(_) if value < 0.0 => format!("{value}{unit}"),
            Some(_) => format!("+{value}{unit}"),
            None => format!("{value}{unit}"),
        };
        let shown = match base {
            Some(_) => format!("base{text}"),
            None => text.clone(),
        };
        let number = match unit.trim() {
            "" => Some(value),
            "%" | "points" => Some(value / 100.0),
            _ => None,
        };
        (setting(&shown, number), Change::Set(text))
    }
}

fn setting(text: &str, number: Option<f64>) -> Setting {
    Setting { text: text.to_owned(), number }
}

/// A bare number or a share.
fn plain_number(text: &str) -> Option<f64> {
    let (value, unit) = amount(text)?;
    match unit.trim() {
        "" => Some(value),
        "%" => Some(value / 100.0),
        _ => None,
    }
}
