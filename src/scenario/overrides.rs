//! Changes of a scenario before it is run: `--set path=value` and variants.

use serde_json::{Map, Value};

use crate::safe_text::listed;

use super::places::{Step, join, path_of};
use super::problem::{Problem, similar};
use super::relative::{self, Held};
use super::source_text;
use super::structure;

/// Applies a variant of the file: the changes it names, in their order.
///
/// Gives what is wrong with them, and warnings.
pub fn apply_variant(tree: &mut Value, schema: &Value, name: &str) -> Vec<Problem> {
    let changes = match variant(tree, name) {
        Ok(changes) => changes,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    for (path, value) in &changes {
        let found = apply(tree, schema, path, value).unwrap_or_else(Some);
        problems.extend(
            found.map(|problem| Problem { path: format!("variants.{name}.set.{path}"), ..problem }),
        );
    }
    problems
}

/// The changes that a variant of the file names, in their order.
///
/// # Errors
/// When there is no such variant.
pub fn variant(tree: &Value, name: &str) -> Result<Map<String, Value>, Problem> {
    let variants = tree.get("variants").and_then(Value::as_object);
    if let Some(variant) = variants.and_then(|v| v.get(name)) {
        let changes = variant.get("set").and_then(Value::as_object);
        return Ok(changes.cloned().unwrap_or_default());
    }
    let names: Vec<&str> = variants.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let help = match similar(name, names.iter().copied()) {
        Some(near) => format!("a similar variant exists: `{near}`"),
        None if names.is_empty() => "the scenario has no variants".to_owned(),
        None => format!("variants of the scenario: {}", listed(names.iter().copied())),
    };
    Err(Problem::error("E0801", "variants", format!("there is no variant `{name}`")).help(help))
}

/// Applies `path=value` as it is given on the command line; gives a warning where the
/// value is not quite what was asked for.
///
/// # Errors
/// When the path leads nowhere or the value does not fit.
pub fn apply_text(
    tree: &mut Value,
    schema: &Value,
    path: &str,
    value: &str,
) -> Result<Option<Problem>, Problem> {
    // A sign is a relative change; YAML would read `+1` as the number 1.
    if relative::is_relative(value) {
        return apply(tree, schema, path, &Value::from(value));
    }
    let parsed = source_text::parse(value).map_err(|_| {
        Problem::error("E0803", path, format!("`{value}` is not a value"))
            .help("write it as in the scenario file")
    })?;
    apply(tree, schema, path, &parsed.value)
}

/// Sets one field; a text such as `+1` or `+20%` changes the number that is there.
/// What fails leaves the tree as it was.
fn apply(
    tree: &mut Value,
    schema: &Value,
    path: &str,
    value: &Value,
) -> Result<Option<Problem>, Problem> {
    let mut copy = tree.clone();
    let warning = write_value(&mut copy, schema, path, value)?;
    *tree = copy;
    Ok(warning)
}

fn write_value(
    tree: &mut Value,
    schema: &Value,
    path: &str,
    value: &Value,
) -> Result<Option<Problem>, Problem> {
    let (place, inner) = find_place(tree, schema, path)?;
    let Some(text) = value.as_str().filter(|t| relative::is_relative(t)) else {
        *place = value.clone();
        return Ok(None);
    };
    let held = Held::of(schema, inner, place);
    let changed = relative::change(place, text, held).map_err(|wrong| wrong.at(path))?;
    let warning = changed.rounded_from.map(|exact| {
        let message = format!("`{text}` of {place} is {exact}, taken as {}", changed.value);
        Problem::warning("W0801", path, message).help("give the whole number itself to choose")
    });
    *place = changed.value;
    Ok(warning)
}

/// The place that a path leads to, and its schema; fields on the way may be added.
fn find_place<'t, 's>(
    tree: &'t mut Value,
    schema: &'s Value,
    path: &str,
) -> Result<(&'t mut Value, &'s Value), Problem> {
    let steps = steps(tree, path).ok_or_else(|| {
        Problem::error("E0802", path, format!("`{path}` is not a path"))
            .help("write `teams.chat.shifts[0].agents`")
    })?;
    let mut place: &mut Value = tree;
    let mut inner = schema;
    for (n, step) in steps.iter().enumerate() {
        let so_far = path_of(&steps[..n]);
        if place.is_null() {
            *place =
                if matches!(step, Step::Key(_)) { Value::Object(Map::new()) } else { Value::Null };
        }
        // A list of numbers may stand for one number, and a text for a map: those are replaced whole.
        match step {
            Step::Key(key) => {
                let known = structure::field(schema, inner, key);
                let names = structure::field_names(schema, inner);
                let Value::Object(map) = place else {
                    return Err(nowhere(path, &so_far, "has no fields"));
                };
                if known.is_none() && !map.contains_key(key) {
                    return Err(unknown_key(path, &so_far, key, map, &names));
                }
                // Names of teams, intents and so on cannot be made up by a change of one of their fields.
                let free_name = !names.contains(&key.as_str());
                if free_name && !map.contains_key(key) && n + 1 < steps.len() {
                    return Err(unknown_key(path, &so_far, key, map, &names));
                }
                inner = known.unwrap_or(&Value::Null);
                place = map.entry(key.clone()).or_insert(Value::Null);
            }
            Step::Index(index) => {
                let count = place.as_array().map_or(0, Vec::len);
                inner = structure::item(schema, inner).unwrap_or(&Value::Null);
                place = place.as_array_mut().and_then(|list| list.get_mut(*index)).ok_or_else(
                    || nowhere(path, &so_far, &format!("has {count} entries, numbered from 0")),
                )?;
            }
        }
    }
    Ok((place, inner))
}

fn nowhere(path: &str, so_far: &str, why: &str) -> Problem {
    Problem::error("E0802", path, format!("`{path}` leads nowhere: `{so_far}` {why}"))
        .help("write `teams.chat.shifts[0].agents`")
}

fn unknown_key(
    path: &str,
    so_far: &str,
    key: &str,
    map: &Map<String, Value>,
    names: &[&str],
) -> Problem {
    let there = map.keys().map(String::as_str);
    let all: Vec<&str> = there.chain(names.iter().copied()).collect();
    let at = |name: &str| join(so_far, name);
    let help = match similar(key, all.iter().copied()) {
        Some(near) => format!("a similar path exists: `{}`", at(near)),
        None => format!("fields there: {}", listed(all.iter().copied())),
    };
    Problem::error("E0802", path, format!("`{path}` leads nowhere: there is no `{}`", at(key)))
        .help(help)
}

/// Splits a path. A name that is there wins over its parts, so that names may have dots.
fn steps(tree: &Value, path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    let mut place = Some(tree);
    while !rest.is_empty() {
        if let Some(bracket) = rest.strip_prefix('[') {
            let (number, after) = bracket.split_once(']')?;
            let index: usize = number.trim().parse().ok()?;
            place = place.and_then(|p| p.get(index));
            steps.push(Step::Index(index));
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let ends = |key: &str| {
            let after = rest.strip_prefix(key)?;
            (after.is_empty() || after.starts_with(['.', '['])).then_some(key.len())
        };
        let there = place.and_then(Value::as_object).into_iter().flat_map(Map::keys);
        let length = there
            .filter_map(|k| ends(k))
            .max()
            .unwrap_or_else(|| rest.find(['.', '[']).unwrap_or(rest.len()));
        if length == 0 {
            return None;
        }
        let key = &rest[..length];
        place = place.and_then(|p| p.get(key));
        steps.push(Step::Key(key.to_owned()));
        rest = &rest[length..];
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            if rest.is_empty() {
                return None;
            }
        }
    }
    (!steps.is_empty()).then_some(steps)
}
