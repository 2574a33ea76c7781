//! What is simulated: the validated scenario and the file it comes from.
//!
//! `load` is the way in: text, then a tree of values (`source_text`), changes
//! (`overrides`), fields and types (`structure`, against `schema`), the mirror
//! (`file`), meanings (`compile`). Everything wrong is told at once.

mod codes;
mod compile;
mod continuation;
mod expectation;
pub mod file;
mod lone_law;
mod model;
mod numerals;
mod overrides;
mod places;
mod plan;
mod problem;
mod recorded_contact;
mod relative;
mod schema;
mod source_text;
mod structure;
pub mod target;
pub mod units;
mod window;
mod working_time;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use codes::CODES;
pub use compile::Table as CsvTable;
pub use compile::{expected_volume, mean as expected_of_interval, shares};
pub use continuation::{ShapeChange, continued};
pub use expectation::reaches_people;
pub use lone_law::law;
pub use model::*;
pub use places::SourceTree;
pub use plan::{KindRule, ShiftRules};
pub use problem::similar as nearest_name;
pub use problem::{Problem, Problems, Severity, SourceLines, and_more, foremost};
pub use recorded_contact::RecordedContact;
pub use schema::json_schema;
pub use source_text::parse as source_tree;
pub use window::Window;
pub use working_time::{Away, Duty, ShiftClock, ShiftHours, duties_within};

/// Reads a CSV file by its path from the folder of the scenario; gives the text or the reason why not.
pub type CsvLoader<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// What is not wrong, but perhaps not meant.
    pub warnings: Vec<Problem>,
    /// The values after variant and changes, without the variants.
    pub expanded: Value,
    /// Text of the file.
    pub text: String,
}

/// Loads a scenario: the text of its file, a variant of it, changes `(path, value)`.
///
/// # Errors
/// All problems of the file, warnings among them, with their lines.
pub fn load(
    text: &str,
    variant: Option<&str>,
    overrides: &[(String, String)],
    csv: CsvLoader,
) -> Result<Loaded, Problems> {
    let fail = |list: Vec<Problem>, tree: &SourceTree| Err(problems(list, tree, overrides, text));
    let tree = match source_text::parse(text) {
        Ok(tree) => tree,
        Err(list) => return fail(list, &SourceTree::default()),
    };
    let schema = json_schema();
    let mut value = tree.value.clone();
    if !value.is_object() {
        let problem = Problem::error("E0102", "", "a scenario is a map of fields")
            .help("begin with `convoq: 1` and `name: NAME`");
        return fail(vec![problem], &tree);
    }
    let mut list = change(&mut value, &schema, variant, overrides);
    let checked = structure::check(&mut value, &schema);
    list.extend(checked.problems);
    if !checked.readable {
        return fail(list, &tree);
    }
    let file = match file::File::deserialize(&value) {
        Ok(file) => file,
        // The structure check stands before this; what it lets through is told in serde's words.
        Err(error) => {
            list.push(Problem::error("E0102", "", error.to_string()));
            return fail(list, &tree);
        }
    };
    let compiled = compile::compile(&file, checked.values, csv);
    list.extend(compiled.problems);
    list.extend(thousands(&tree, overrides));
    let found = problems(list, &tree, overrides, text);
    let Some(mut scenario) = compiled.scenario.filter(|_| !found.has_errors()) else {
        return Err(found);
    };
    if let Some(map) = value.as_object_mut() {
        map.shift_remove("variants");
    }
    scenario.header.sha256 = sha256(&value, &compiled.files);
    Ok(Loaded { scenario, warnings: found.list, expanded: value, text: text.to_owned() })
}

/// What a variant changes, as changes `(path, value)` that [`load`] takes: so several
/// variants can be applied one after the other.
///
/// # Errors
/// When the text is no scenario, or has no such variant.
pub fn variant_changes(text: &str, name: &str) -> Result<Vec<(String, String)>, Problems> {
    let wrong = |list, tree: &SourceTree| Err(problems(list, tree, &[], text));
    let tree = match source_text::parse(text) {
        Ok(tree) => tree,
        Err(list) => return wrong(list, &SourceTree::default()),
    };
    match overrides::variant(&tree.value, name) {
        // A JSON value is a YAML value, so it is read back as it stands.
        Ok(changes) => {
            Ok(changes.into_iter().map(|(path, value)| (path, value.to_string())).collect())
        }
        Err(problem) => wrong(vec![problem], &tree),
    }
}

/// What a variant says of itself.
#[must_use]
pub fn variant_description(text: &str, name: &str) -> Option<String> {
    let tree = source_text::parse(text).ok()?;
    let variant = tree.value.get("variants")?.get(name)?;
    variant.get("description")?.as_str().map(str::to_owned)
}

/// Fields that count contacts: there `1.200` may be meant as twelve hundred.
const VOLUMES: [&str; 4] = ["per_day", "per_hour", "values", "extra"];

/// Warnings about numbers of contacts that look like thousands.
fn thousands(tree: &SourceTree, overrides: &[(String, String)]) -> Vec<Problem> {
    let set = overrides.iter().filter(|(_, value)| numerals::looks_like_thousands(value));
    let is_volume = |path: &str| {
        let field = path.split('.').next_back().unwrap_or_default();
        let field = field.split('[').next().unwrap_or_default();
        path.starts_with("demand[") && VOLUMES.contains(&field)
    };
    let replaced = |path: &str| overrides.iter().any(|(p, _)| p == path);
    let written = tree.thousands.iter().filter(|(path, _)| !replaced(path));
    written
        .chain(set)
        .filter(|(path, _)| is_volume(path))
        .map(|(path, text)| {
            let number: f64 = text.parse().unwrap_or_default();
            let whole = text.replace('.', "");
            let message = format!("`{text}` is {number}: a point is no thousands separator");
            let help = format!("for {whole} write `{whole}`, for {number} write `{number}`");
            Problem::warning("W0603", path, message).help(help)
        })
        .collect()
}

/// Applies the variant, then the changes.
fn change(
    value: &mut Value,
    schema: &Value,
    variant: Option<&str>,
    overrides: &[(String, String)],
) -> Vec<Problem> {
    let mut list = Vec::new();
    if let Some(name) = variant {
        list.extend(overrides::apply_variant(value, schema, name));
    }
    for (path, new) in overrides {
        list.extend(overrides::apply_text(value, schema, path, new).unwrap_or_else(Some));
    }
    list
}

/// Gives each problem its place, puts them in the order of the file and drops repetitions.
fn problems(
    mut list: Vec<Problem>,
    tree: &SourceTree,
    overrides: &[(String, String)],
    text: &str,
) -> Problems {
    for problem in &mut list {
        let path = problem.path.as_str();
        let given = overrides.iter().find(|(p, _)| path.starts_with(p.as_str()));
        if let Some((set, value)) = given {
            // The text has another value at this place, or none.
            problem.message = format!("{} (from --set {set}={value})", problem.message);
        } else if problem.line.is_none() {
            let about_key = matches!(problem.code, "E0101" | "E0103");
            let place = tree.place(path, about_key);
            (problem.line, problem.column) = place.unzip();
        }
    }
    list.sort_by_key(|p| (p.line, p.column));
    Problems { list: without_repetitions(list), text: text.to_owned(), file_name: String::new() }
}

fn without_repetitions(list: Vec<Problem>) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let facts = |p: &Problem| (p.line, p.column, p.code, p.path.clone(), p.message.clone());
    list.into_iter().filter(|p| seen.insert(facts(p))).collect()
}

/// SHA-256 of the values as run and of the files they name, in hex.
fn sha256(value: &Value, files: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    // `Display` of a JSON value is its compact form, with the keys in the order of the file.
    hash.update(value.to_string().as_bytes());
    for (name, text) in files {
        // Lengths keep the end of one file apart from the start of the next.
        hash.update(format!("\n{name} {}\n", text.len()).as_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
