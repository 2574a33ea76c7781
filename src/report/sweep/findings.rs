//! What a study under several calibrations says, in sentences.

use super::{difference, label, signed};
use crate::experiment::{Effect, Estimate, IdentifiedSet, Study, side};
use crate::report::format;

/// The sentences of one metric.
pub(super) struct Findings {
    /// The conclusion.
    pub(super) headline: String,
    /// What holds under every calibration.
    pub(super) holds: Vec<String>,
    /// What holds under some only.
    pub(super) open: Vec<String>,
}

/// `` `a`, `b` and `c` ``.
fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `0.00 to +8.41 points`, or one number where both are the same.
pub(super) fn range(low: f64, high: f64, unit: &str) -> String {
    let shown = |value: f64| match unit {
        "ratio" => signed(100.0 * value),
        _ => format::value(value, unit),
    };
    let (from, to) = (shown(low), shown(high));
    match (from == to, unit) {
        (true, _) => difference(&Estimate::bare(high), unit),
        (false, "ratio") => format!("{from} to {to} points"),
        (false, _) => format!("{from} to {to}"),
    }
}

/// What the calibrations say together of a metric.
pub(super) fn findings(study: &Study, metric: usize) -> Findings {
    let sets = study.identified(metric);
    let Some((sweep, about)) = study.first().and_then(|s| Some((s, s.metrics.get(metric)?))) else {
        return Findings { headline: String::new(), holds: Vec::new(), open: Vec::new() };
    };
    let unit = about.unit;
    let count = study.calibrations.len();
    let name = |factor: usize| label(sweep, factor);
    let whole = whole(study, metric, unit);
    let parts: Vec<String> = sets
        .iter()
        .map(|s| format!("{} {}", name(s.factor), range(s.least, s.greatest, unit)))
        .collect();
    let parts = parts.join(", ");
    let always = sets.iter().find(|s| s.largest_under.len() == count);
    let headline = match always {
        Some(set) => format!(
            "{} carries the largest part of {whole} under all {count} calibrations: {parts}.",
            name(set.factor)
        ),
        None => format!(
            "Which assumption carries {whole} of `{}` cannot be told from the ends: {count} calibrations reach the same ends, and under them the parts are {parts}.",
            about.text
        ),
    };
    let (mut holds, mut open) = conclusions(study, metric, &sets, always);
    holds.insert(0, format!("The whole difference is {whole}."));
    let (more, less) = others(study, metric);
    holds.extend(more);
    open.extend(less);
    Findings { headline, holds, open }
}

/// What can be said of each factor's part: what holds, and what does not. `always` is the
/// factor that carries the largest part under every calibration.
fn conclusions(
    study: &Study,
    metric: usize,
    sets: &[IdentifiedSet],
    always: Option<&IdentifiedSet>,
) -> (Vec<String>, Vec<String>) {
    let (mut holds, mut open) = (Vec::new(), Vec::new());
    let name = |factor: usize| study.first().map_or(String::new(), |s| label(s, factor));
    let calibrated = |numbers: &[usize]| {
        let names = numbers.iter().filter_map(|&n| study.calibrations.get(n));
        listed(&names.map(|c| format!("`{}`", c.name)).collect::<Vec<_>>())
    };
    for set in sets {
        match side(set.ci) {
            Some(way) if way > 0.0 => {
                holds.push(format!("{} carries more than nothing.", name(set.factor)));
            }
            Some(_) => {
                holds.push(format!("{} works against it.", name(set.factor)));
            }
            None => {
                let under = calibrated(&nothing(study, metric, set));
                open.push(format!(
                    "That {} carries anything: not under {under}.",
                    name(set.factor)
                ));
            }
        }
    }
    for (more, less) in study.always_more(metric) {
        holds.push(format!("{} carries more than {}.", name(more), name(less)));
    }
    match always {
        Some(set) => holds.push(format!("{} carries the largest part.", name(set.factor))),
        None => {
            for set in sets.iter().filter(|s| !s.largest_under.is_empty()) {
                open.push(format!(
                    "That {} carries the largest part: only under {}.",
                    name(set.factor),
                    calibrated(&set.largest_under)
                ));
            }
        }
    }
    (holds, open)
}

/// Calibrations under which the part of a factor is not above zero beyond its interval.
fn nothing(study: &Study, metric: usize, set: &IdentifiedSet) -> Vec<usize> {
    let above = |part: Effect| side(part.estimate.ci) == Some(1.0);
    let each = study.calibrations.iter().enumerate();
    each.filter(|(_, c)| !above(c.sweep.part(metric, set.factor)))
        .map(|(number, _)| number)
        .collect()
}

/// The difference between the last point and the first, over all calibrations.
fn whole(study: &Study, metric: usize, unit: &str) -> String {
    let each = study.calibrations.iter();
    let ends = each.map(|c| c.sweep.whole(metric).value);
    let (low, high) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), d| (low.min(d), high.max(d)));
    range(low, high, unit)
}

/// Whether the other metrics go one way from the first point to the last under every
/// calibration: what holds, and what does not.
fn others(study: &Study, explained: usize) -> (Vec<String>, Vec<String>) {
    let (mut holds, mut open) = (Vec::new(), Vec::new());
    let metrics = study.first().map_or(&[][..], |s| &s.metrics);
    for (metric, about) in metrics.iter().enumerate().filter(|(m, _)| *m != explained) {
        let each = study.calibrations.iter();
        let sides: Vec<Option<f64>> = each.map(|c| side(c.sweep.whole(metric).ci)).collect();
        let by = whole(study, metric, about.unit);
        let first = sides.first().copied().flatten();
        let one_way = first.is_some() && sides.iter().all(|s| *s == first);
        if one_way {
            holds.push(format!("`{}` changes with it: by {by}.", about.text));
        } else {
            open.push(format!("Whether `{}` changes with it: by {by}.", about.text));
        }
    }
    (holds, open)
}

/// Which calibrations the metrics tell apart where nothing is changed.
pub(super) fn told_apart(study: &Study) -> String {
    let name = |number: usize| {
        let calibration = study.calibrations.get(number);
        format!("`{}`", calibration.map_or("", |c| c.name.as_str()))
    };
    let alike: Vec<String> =
        study.alike().iter().map(|&(a, b)| format!("{} and {}", name(a), name(b))).collect();
    if alike.is_empty() {
        "Every calibration differs from every other in at least one column, beyond the intervals: these measurements together decide.".to_owned()
    } else {
        format!("Not told apart by any column, within the intervals: {}.", alike.join("; "))
    }
}
