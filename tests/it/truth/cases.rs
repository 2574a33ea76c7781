//! Reads a file of cases: the columns of `analytic_cases.csv`.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

/// A number that is known.
#[derive(Clone, Debug)]
pub struct Known {
    /// Name of the metric.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// Whether the value itself is an approximation.
    pub approx: bool,
}

/// A case: a model, its parameters, and what comes out.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Which model.
    pub model: String,
    /// Its parameters, as written.
    pub parameters: Map<String, Value>,
    /// What is known.
    pub known: Vec<Known>,
}

/// Reads the cases, in the order of the file.
pub fn read(path: &Path) -> Vec<Case> {
    let mut reader = csv::Reader::from_path(path)
        .unwrap_or_else(|e| std::panic::panic_any(format!("{}: {e}", path.display())));
    let columns = reader.headers().expect("a row of column names").clone();
    let column = |name: &str| {
        let found = columns.iter().position(|c| c == name);
        found.unwrap_or_else(|| std::panic::panic_any(format!("no column {name}")))
    };
    let names = ["case_id", "model", "parameters", "metric", "value", "exactness"];
    let [id, model, parameters, metric, value, exactness] = names.map(column);
    let mut cases: Vec<Case> = Vec::new();
    for record in reader.records() {
        let record = record.expect("a row as long as the others");
        let cell = |c: usize| record.get(c).unwrap_or_default();
        let known = Known {
            metric: cell(metric).to_owned(),
            value: cell(value).trim().parse().expect("a value is a number"),
            approx: cell(exactness) == "approx",
        };
        match cases.iter_mut().find(|c| c.id == cell(id)) {
            Some(case) => case.known.push(known),
            None => cases.push(Case {
                id: cell(id).to_owned(),
                model: cell(model).to_owned(),
                parameters: serde_json::from_str(cell(parameters)).expect("parameters are JSON"),
                known: vec![known],
            }),
        }
    }
    cases
}

/// Parameters that remember which of them were read: one that nobody reads is
/// one that the scenario does not honour.
pub struct Parameters<'a> {
    map: &'a Map<String, Value>,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Parameters<'a> {
    /// Of a case, or of an object within one.
    pub fn new(map: &'a Map<String, Value>) -> Self {
        Self { map, read: RefCell::new(BTreeSet::new()) }
    }

    /// A value; `None` where it is missing or null.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(name.to_owned());
        self.map.get(name).filter(|v| !v.is_null())
    }

    /// A number.
    pub fn number(&self, name: &str) -> Result<f64, String> {
        self.option(name)?.ok_or_else(|| format!("the parameter {name} is missing"))
    }

    /// A number that may be missing.
    pub fn option(&self, name: &str) -> Result<Option<f64>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(v) => v.as_f64().map(Some).ok_or_else(|| format!("{name}: {v} is not a number")),
        }
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> Result<u32, String> {
        let number = self.number(name)?;
        if number < 0.0 || number.fract() != 0.0 {
            return Err(format!("{name}: {number} is not a count"));
        }
        Ok(number as u32)
    }

    /// A list of numbers; a single number is a list of one.
    pub fn list(&self, name: &str) -> Result<Vec<f64>, String> {
        let bad = || format!("{name} is not a list of numbers");
        match self.value(name) {
            None => Err(format!("the parameter {name} is missing")),
            Some(Value::Array(list)) => list.iter().map(|v| v.as_f64().ok_or_else(bad)).collect(),
            Some(v) => Ok(vec![v.as_f64().ok_or_else(bad)?]),
        }
    }

    /// A text; empty where it is missing.
    pub fn text(&self, name: &str) -> &'a str {
        self.value(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text that must say this, where it is there at all.
    pub fn says(&self, name: &str, what: &str) -> Result<(), String> {
        let text = self.text(name).to_lowercase();
        if text.is_empty() || text.contains(what) {
            return Ok(());
        }
        Err(format!("{name}: {text:?} does not say {what:?}, and nothing else is known"))
    }

    /// Texts that explain and change nothing.
    pub fn notes(&self, names: &[&str]) {
        self.read.borrow_mut().extend(names.iter().map(|n| (*n).to_owned()));
    }

    /// An error that names the parameters that were not read.
    pub fn all_read(&self) -> Result<(), String> {
        let read = self.read.borrow();
        let unread: Vec<&str> =
            self.map.keys().map(String::as_str).filter(|k| !read.contains(*k)).collect();
        if unread.is_empty() {
            return Ok(());
        }
        Err(format!("unknown parameters: {}", unread.join(", ")))
    }
}
