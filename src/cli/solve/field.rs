//! `--vary PATH`: how far one number of the scenario may go.

use super::trial::{Trial, nothing_measured};
use super::{Ask, SolveArgs, percent, wrong};
use crate::cli::{Failure, Format, INTERRUPTED};
use crate::experiment::{clopper_pearson, ratio};
use crate::planning::{Certainty, Goal, Limit, NoLimit, Period, Range, Tried, limit};
use crate::report::grid::{csv_field, figures, figures_markdown};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fmt::Write as _;

/// Confidence of the intervals that make a verdict certain.
const CONFIDENCE: f64 = 0.95;

/// A number of the scenario: what it is, and what is written after it.
struct Field {
    path: String,
    now: f64,
    unit: String,
    range: Range,
}

/// The limit of a number with all that is said of it.
pub(super) struct FieldAnswer {
    field: Field,
    limit: Limit,
    scenario: String,
    targets: Vec<String>,
    shares: Vec<Option<f64>>,
    /// What each target was over all runs, by value tried.
    values: Vec<(f64, Vec<f64>)>,
    runs: u32,
    seed: u64,
    reproduce: String,
}

pub(super) fn solve(
    trial: &Trial<'_>,
    path: &str,
    args: &SolveArgs,
    ask: &Ask,
) -> Result<FieldAnswer, Failure> {
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
    Ok(FieldAnswer {
        field,
        limit: found,
        scenario: trial.scenario().header.scenario.clone(),
        targets: ask.targets.iter().map(|t| t.text.clone()).collect(),
        shares: ask.goals.iter().map(|g| g.share).collect(),
        values,
        runs: ask.replications,
        seed: ask.seed,
        reproduce: super::reproduce(args, ask),
    })
}

/// What the periods say at a value.
fn tried(value: f64, goals: &[Goal], periods: &[Period]) -> Tried {
    let mut certainty = Certainty::Met;
    let mut met = true;
    for (place, goal) in goals.iter().enumerate() {
        let pairs: Vec<_> = periods.iter().map(|p| p[place]).filter(|p| p.1 > 0.0).collect();
        let standing = goal.standing(pairs.iter().copied());
        met &= standing.met;
        let ends = match goal.share {
            Some(share) => {
                let (good, all) = (f64::from(standing.good), f64::from(standing.periods));
                clopper_pearson(good, all, CONFIDENCE).map(|end| end >= share)
            }
            None => match ratio(&pairs, CONFIDENCE).ci {
                Some(ends) => ends.map(|end| goal.comparison.holds(end, goal.bound)),
                None => [false, true],
            },
        };
        certainty = match ends {
            [false, false] => Certainty::Missed,
            [true, true] => certainty,
            _ if certainty == Certainty::Missed => certainty,
            _ => Certainty::Undecided,
        };
    }
    let ease = periods.iter().map(|period| {
        let each = goals.iter().zip(period).map(|(g, v)| g.ease(*v));
        each.fold(f64::INFINITY, f64::min)
    });
    let ease = ease.filter(|e| e.is_finite()).sum::<f64>() / periods.len().max(1) as f64;
    Tried { value, met, certainty, ease }
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
        return Err(wrong(
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

impl Field {
    fn write(&self, value: f64) -> String {
        format!("{value}{}", self.unit)
    }
}

fn no_limit(why: NoLimit, field: &Field) -> Failure {
    let path = &field.path;
    match why {
        NoLimit::Stopped => {
            Failure { code: INTERRUPTED, message: "interrupted before the limit was found".into() }
        }
        NoLimit::NoEffect => wrong(
            format!("--vary {path}: it does not move the targets"),
            "vary something that the targets depend on",
        ),
        NoLimit::NoneMeets(best) => wrong(
            format!(
                "no value of {path} meets the targets: at {} the nearest run is {:.4} away from them",
                field.write(best.value),
                -best.ease
            ),
            "change something else as well, or ask for less",
        ),
    }
}

impl FieldAnswer {
    pub(super) fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(figures),
            Format::Markdown => self.text(figures_markdown),
            Format::Csv => self.csv(),
            Format::Json => serde_json::to_string_pretty(&self.object()).unwrap_or_default() + "\n",
        }
    }

    fn text(&self, table: impl Fn(&[Vec<String>]) -> String) -> String {
        let mut text = String::new();
        let (field, limit) = (&self.field, &self.limit);
        let end = if limit.more_helps { "least" } else { "greatest" };
        let _ = writeln!(text, "{}, {}: the {end} value for\n", self.scenario, field.path);
        for (target, share) in self.targets.iter().zip(&self.shares) {
            let how = match share {
                Some(share) => format!("in at least {} of runs", percent(*share)),
                None => "over all runs together".to_owned(),
            };
            let _ = writeln!(text, "  {target}, {how}");
        }
        let _ = writeln!(
            text,
            "\n{} = {} (now {})",
            field.path,
            field.write(limit.value),
            field.write(field.now)
        );
        match limit.beyond {
            Some(beyond) => {
                let _ = writeln!(text, "at {} it is missed.", field.write(beyond));
            }
            None => {
                text += "It is met to the end of the range that the scenario allows, or that was tried.\n"
            }
        }
        let said =
            |value: Option<f64>| value.map_or("no value tried".to_owned(), |v| field.write(v));
        let _ = writeln!(
            text,
            "Met for certain (95 %) at {}, missed for certain at {}; between them {} runs do not tell.\n",
            said(limit.certain),
            said(limit.certain_miss),
            self.runs
        );
        let mut head = vec!["value".to_owned()];
        head.extend((1..=self.targets.len()).map(|n| format!("target {n}")));
        head.extend(["met".to_owned(), "certain".to_owned()]);
        let mut rows = vec![head];
        for tried in &limit.tried {
            let mut row = vec![field.write(tried.value)];
            row.extend(self.values_at(tried.value).iter().map(|v| format!("{v:.4}")));
            row.push(if tried.met { "yes" } else { "no" }.to_owned());
            row.push(word(tried.certainty).to_owned());
            rows.push(row);
        }
        text += &table(&rows);
        let _ = writeln!(text, "\nreproduce: {}", self.reproduce);
        text
    }

    fn values_at(&self, value: f64) -> &[f64] {
        let found = self.values.iter().find(|(v, _)| *v == value);
        found.map_or(&[], |(_, values)| values)
    }

    fn csv(&self) -> String {
        let mut text = "path,value,unit,target,target_value,met,certain\n".to_owned();
        for tried in &self.limit.tried {
            for (target, value) in self.targets.iter().zip(self.values_at(tried.value)) {
                let _ = writeln!(
                    text,
                    "{},{},{},{},{value},{},{}",
                    csv_field(&self.field.path),
                    tried.value,
                    self.field.unit.trim(),
                    csv_field(target),
                    tried.met,
                    word(tried.certainty)
                );
            }
        }
        text
    }

    fn object(&self) -> Value {
        let tried = self.limit.tried.iter().map(|t| {
            json!({"value": t.value, "targets": self.values_at(t.value), "met": t.met, "certain": word(t.certainty)})
        });
        let targets = self.targets.iter().zip(&self.shares);
        let targets: Vec<Value> =
            targets.map(|(t, share)| json!({"target": t, "share": share})).collect();
        json!({
            "schema": "convoq.solve/1",
            "version": env!("CARGO_PKG_VERSION"),
            "scenario": {"name": self.scenario},
            "targets": targets,
            "path": self.field.path,
            "unit": self.field.unit.trim(),
            "now": self.field.now,
            "value": self.limit.value,
            "beyond": self.limit.beyond,
            "more_helps": self.limit.more_helps,
            "certain": self.limit.certain,
            "certain_miss": self.limit.certain_miss,
            "runs": self.runs,
            "seed": self.seed,
            "tried": tried.collect::<Vec<_>>(),
            "reproduce": self.reproduce,
        })
    }
}

fn word(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Met => "met",
        Certainty::Undecided => "undecided",
        Certainty::Missed => "missed",
    }
}
