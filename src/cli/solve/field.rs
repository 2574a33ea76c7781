//! `--vary PATH`: how far one number of the scenario may go.

use super::trial::{Trial, nothing_measured};
use crate::cli::Failure;
use crate::planning::{Ask, Field, FieldAnswer, NoLimit, Range, limit, tried};
use serde_json::Value;
use std::cell::RefCell;

pub(super) fn solve(trial: &Trial<'_>, path: &str, ask: &Ask) -> Result<FieldAnswer, Failure> {
    let field = read(trial, path)?;
    let sample: Vec<u32> = (0..ask.replications).collect();
    let failed: RefCell<Option<Failure>> = RefCell::new(None);
    let values: RefCell<Vec<(f64, Vec<f64>)>> = RefCell::new(Vec::new());
    let mut try_value = |value: f64| {
        let loaded = trial.load(&[(field.path.clone(), field.write(value))]);
        let broken = |p: crate::scenario::Problems| Failure::invalid(p.to_string());
        let loaded = loaded.map_err(|p| *failed.borrow_mut() = Some(broken(p))).ok()?;
        let periods = trial.measure(&loaded.scenario, &sample)?;
        let silent = (0..ask.goals.len()).find(|g| periods.iter().all(|p| p[*g].1 <= 0.0));
        if let Some(goal) = silent {
            *failed.borrow_mut() = Some(nothing_measured(&ask.targets[goal].text));
            return None;
        }
        let over_all = |g: usize| {
            let (x, y) = periods.iter().fold((0.0, 0.0), |(x, y), p| (x + p[g].0, y + p[g].1));
            x / y
        };
        let pooled = (0..ask.goals.len()).map(over_all).collect();
        values.borrow_mut().push((value, pooled));
        Some(tried(value, &ask.goals, &periods))
    };
    let found = limit(field.range, &mut try_value);
    let found = found.map_err(|why| failed.take().unwrap_or_else(|| no_limit(why, &field)))?;
    let mut values = values.into_inner();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(FieldAnswer { ask: ask.clone(), field, limit: found, values })
}

/// The number that a path leads to, with its unit.
fn read(trial: &Trial<'_>, path: &str) -> Result<Field, Failure> {
    let same = trial.load(&[(path.to_owned(), "+0".to_owned())]);
    let loaded = same.map_err(|p| {
        // The change by nothing is ours: the message speaks of the field.
        let problems = p.to_string().replace("--set", "--vary");
        let problems = problems.replace(", so `+0` has no number to change", "");
        let problems = problems.replace("=+0)", ")");
        Failure::invalid(problems)
    })?;
    let place = value_at(&loaded.expanded, path);
    let text = match place {
        Some(Value::Number(n)) => n.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let now: Option<f64> = number.parse().ok().filter(|n: &f64| *n > 0.0);
    let (Some(now), false) = (now, unit.contains(|c: char| c.is_ascii_digit())) else {
        let help =
            "give the path of a number above zero, with one unit at most, as demand[0].per_day";
        return Err(Failure::wrong(
            format!("--vary {path}: `{text}` is no number that can grow and shrink"),
            help,
        ));
    };
    let mut field = Field {
        path: path.to_owned(),
        now,
        unit: unit.to_owned(),
        range: Range { now, least: 0.0, most: f64::MAX, whole: false },
    };
    field.range = range(trial, &field);
    Ok(field)
}

/// How far a number may go before the scenario refuses it.
fn range(trial: &Trial<'_>, field: &Field) -> Range {
    let (now, unit) = (field.now, field.unit.as_str());
    let accepts = |v: f64| trial.load(&[(field.path.clone(), field.write(v))]).is_ok();
    let whole = unit.is_empty() && now.fract() == 0.0 && !accepts(now + 0.5);
    // Where the scenario refuses more or less, the range ends.
    let bounds: [f64; 2] = if unit.trim() == "%" { [100.0, 1e6] } else { [1.0, 1e9] };
    let most = match (accepts(bounds[1].max(now * 1e3)), bounds[0] >= now && accepts(bounds[0])) {
        (true, _) => now * 1e6,
        (false, true) => bounds[0],
        (false, false) => now * 64.0,
    };
    let least = if accepts(0.0) {
        0.0
    } else if whole {
        1.0
    } else {
        now * 1e-3
    };
    Range { least, most, whole, now }
}

/// The value that a path leads to.
fn value_at<'v>(tree: &'v Value, path: &str) -> Option<&'v Value> {
    let steps = path.replace('[', ".").replace(']', "");
    steps.split('.').try_fold(tree, |place, step| match place {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

fn no_limit(why: NoLimit, field: &Field) -> Failure {
    let path = &field.path;
    match why {
        NoLimit::Stopped => Failure::interrupted("interrupted before the limit was found"),
        NoLimit::NoEffect => Failure::wrong(
            format!("--vary {path}: it does not move the targets"),
            "vary something that the targets depend on",
        ),
        NoLimit::NoneMeets(best) => Failure::wrong(
            format!(
                "no value of {path} meets the targets: at {} the nearest run is {:.4} away from them",
                field.write(best.value),
                -best.ease
            ),
            "change something else as well, or ask for less",
        ),
    }
}
