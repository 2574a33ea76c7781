//! Changes of a scenario before it is run: `--set path=value` and variants.

use serde_json::{Map, Number, Value};

use super::problem::{Problem, similar};
use super::source_text;
use super::structure;

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Applies a variant of the file: the changes it names, in their order.
///
/// # Errors
/// When there is no such variant, or a change is wrong.
pub fn apply_variant(tree: &mut Value, schema: &Value, name: &str) -> Result<(), Vec<Problem>> {
    let changes = variant(tree, name).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    for (path, value) in &changes {
        if let Err(problem) = apply(tree, schema, path, value) {
            problems.push(Problem {
                path: format!("variants.{name}.set.{path}"),
                ..problem
            });
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
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
    let names: Vec<&str> = variants
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect();
    let help = match similar(name, names.iter().copied()) {
        Some(near) => format!("a similar variant exists: `{near}`"),
        None if names.is_empty() => "the scenario has no variants".to_owned(),
        None => format!("variants of the scenario: {}", names.join(", ")),
    };
    Err(Problem::error("E0801", "variants", format!("there is no variant `{name}`")).help(help))
}

/// Applies `path=value` as it is given on the command line.
///
/// # Errors
/// When the path leads nowhere or the value does not fit.
pub fn apply_text(
    tree: &mut Value,
    schema: &Value,
    path: &str,
    value: &str,
) -> Result<(), Problem> {
    // A sign is a relative change; YAML would read `+1` as the number 1.
    if relative(value).is_some() {
        return apply(tree, schema, path, &Value::from(value));
    }
    let parsed = source_text::parse(value).map_err(|_| {
        Problem::error("E0803", path, format!("`{value}` is not a value"))
            .help("write it as in the scenario file")
    })?;
    apply(tree, schema, path, &parsed.value)
}

/// Sets one field; a text such as `+1` or `*1.1` changes the number that is there.
fn apply(tree: &mut Value, schema: &Value, path: &str, value: &Value) -> Result<(), Problem> {
    let steps = steps(tree, path).ok_or_else(|| {
        Problem::error("E0802", path, format!("`{path}` is not a path"))
            .help("write `teams.chat.shifts[0].agents`")
    })?;
    let mut place: &mut Value = tree;
    let mut inner = schema;
    for (n, step) in steps.iter().enumerate() {
        let so_far = write(&steps[..n]);
        if place.is_null() {
            *place = if matches!(step, Step::Key(_)) {
                Value::Object(Map::new())
            } else {
                Value::Null
            };
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
                place = place
                    .as_array_mut()
                    .and_then(|list| list.get_mut(*index))
                    .ok_or_else(|| {
                        nowhere(
                            path,
                            &so_far,
                            &format!("has {count} entries, numbered from 0"),
                        )
                    })?;
            }
        }
    }
    let change = value.as_str().and_then(relative);
    *place = match change {
        Some((sign, operand)) => {
            let whole = structure::is_integer(schema, inner);
            changed(place, sign, operand, whole).ok_or_else(|| {
                let message = format!(
                    "`{value}` changes a number, and there is {place}",
                    value = value.as_str().unwrap_or_default()
                );
                Problem::error("E0803", path, message).help("give the value itself")
            })?
        }
        None => value.clone(),
    };
    Ok(())
}

fn nowhere(path: &str, so_far: &str, why: &str) -> Problem {
    Problem::error(
        "E0802",
        path,
        format!("`{path}` leads nowhere: `{so_far}` {why}"),
    )
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
    let at = |name: &str| source_text::join(so_far, name);
    let help = match similar(key, all.iter().copied()) {
        Some(near) => format!("a similar path exists: `{}`", at(near)),
        None => format!("fields there: {}", all.join(", ")),
    };
    Problem::error(
        "E0802",
        path,
        format!("`{path}` leads nowhere: there is no `{}`", at(key)),
    )
    .help(help)
}

fn write(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) => path = source_text::join(&path, key),
            Step::Index(index) => path = format!("{path}[{index}]"),
        }
    }
    path
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
        let there = place
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::keys);
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

/// A relative change: `+1`, `-2`, `*1.1`, also with a unit as `+5%`.
fn relative(text: &str) -> Option<(char, &str)> {
    let text = text.trim();
    let sign = text.chars().next().filter(|c| "+-*".contains(*c))?;
    let operand = text[1..].trim();
    operand
        .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then_some((sign, operand))
}

/// A number with what follows it: `14 EUR/h` is 14 and ` EUR/h`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

fn changed(old: &Value, sign: char, operand: &str, whole: bool) -> Option<Value> {
    let (amount, unit) = split_unit(operand)?;
    let calculate = |n: f64| match sign {
        '+' => n + amount,
        '-' => n - amount,
        _ => n * amount,
    };
    match old {
        Value::Number(n) => {
            let percent = unit.trim() == "%";
            if !unit.is_empty() && !percent {
                return None;
            }
            let amount = if percent { amount / 100.0 } else { amount };
            let n = n.as_f64()?;
            let new = match sign {
                '+' => n + amount,
                '-' => n - amount,
                _ => n * amount,
            };
            Some(number(tidy(new), whole))
        }
        Value::String(text) => {
            let (n, old_unit) = split_unit(text)?;
            // `4m30s` has two numbers; only lengths of time do, and they are changed as a whole.
            if old_unit.contains(|c: char| c.is_ascii_digit())
                || (sign != '*' && !unit.is_empty() && unit.trim() != old_unit.trim())
            {
                return changed_duration(text, sign, operand);
            }
            if sign == '*' && !unit.is_empty() {
                return None;
            }
            Some(Value::from(format!("{}{old_unit}", tidy(calculate(n)))))
        }
        _ => None,
    }
}

fn changed_duration(text: &str, sign: char, operand: &str) -> Option<Value> {
    let length = |t: &str| super::units::duration(&super::file::Scalar::Text(t.to_owned())).ok();
    let old = length(text)?.0 as f64;
    let new = match sign {
        '*' => old * operand.parse::<f64>().ok()?,
        '+' => old + length(operand)?.0 as f64,
        _ => old - length(operand)?.0 as f64,
    };
    (new >= 0.0).then(|| {
        let new = crate::time::SimDuration(libm::rint(new) as u64);
        Value::from(super::units::write_duration(new))
    })
}

/// Takes away what binary fractions add: 0.1 + 0.2 is 0.3.
fn tidy(value: f64) -> f64 {
    libm::rint(value * 1e9) / 1e9
}

fn number(value: f64, whole: bool) -> Value {
    let value = if whole { libm::rint(value) } else { value };
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return if value < 0.0 {
            Value::from(value as i64)
        } else {
            Value::from(value as u64)
        };
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}
