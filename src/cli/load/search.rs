//! How much load the bot carries: rates one after the other, or the largest that
//! still meets the targets, by doubling and bisection.
//!
//! A rate is carried where everything that was offered was measured and no target fails.
//! Each run begins with an idle bot, and one that says nothing is repeated.

use super::super::progress::Steps;
use super::super::{Failure, Format, GENERATOR_LATE, OK, TARGET_MISSED, junit, print};
use super::args::Arrive;
use super::trial::{Session, Trial};
use super::{INTERRUPTED, LoadArgs};
use crate::domain::TurnClass;
use crate::doubt::{Doubt, Severity};
use crate::experiment::{AT_LEAST, Verdict};
use crate::load::{Hunt, Idle, Outcome, Rates, Saturation, Seen};
use crate::metric::{Definition, Metric, Stat, Which};
use crate::report::{self, grid};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// Name and version of the JSON that a search prints.
const SCHEMA: &str = "convoq.load_search/1";
/// A rate and what became of it.
#[derive(Serialize)]
struct Tried {
    rate_per_s: f64,
    turns_offered: Option<f64>,
    turns_finished: Option<f64>,
    ttft_p95_s: Option<f64>,
    turn_latency_p95_s: Option<f64>,
    /// Whether these are no more than the least that they can be.
    at_least: bool,
    answered_per_s: Option<f64>,
    error_rate: Option<f64>,
    lag_p99_s: Option<f64>,
    missed: Vec<String>,
    undecided: Vec<String>,
    saturated: bool,
    hardly_answered: bool,
    generator_late: bool,
    bot_was_idle: bool,
    outcome: Outcome,
    met: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    version: &'static str,
    scenario: &'a str,
    target: &'a str,
    /// The largest rate that met all targets.
    largest_rate_per_s: Option<f64>,
    /// The smallest rate that did not.
    smallest_failed_per_s: Option<f64>,
    /// What the bot answered at most at rates that did not: what it carries at all.
    most_answered_per_s: Option<f64>,
    /// How conversations followed one another.
    arrivals: &'static str,
    tried: &'a [Tried],
}

fn tried(rate_per_s: f64, trial: &Trial, bot_was_idle: bool) -> Tried {
    let summary = &trial.summary;
    let those = |test: &dyn Fn(Verdict) -> bool| -> Vec<String> {
        let targets = summary.targets.iter().filter(|t| test(t.verdict));
        targets.map(|t| t.target.clone()).collect()
    };
    let row = |which: Which<&str>| {
        let row = summary.metrics.iter().find(|m| which.asks_for(&m.which));
        row.filter(|m| m.value.is_finite())
    };
    let value = |which| row(which).map(|m| m.value);
    let of = Which::of;
    let missed = those(&Verdict::fails);
    let undecided = those(&|v| v == Verdict::Undecided);
    let open = value(of(Metric::Turns).definition(Definition::Turn(TurnClass::CensoredAtEnd)));
    let seen = Seen {
        generator_late: summary.doubt(Severity::Invalid).is_some(),
        bot_was_idle,
        saturated: trial.saturated,
        hardly_answered: summary.doubt(Severity::NotAnswered).is_some(),
        missed: !missed.is_empty(),
        undecided: !undecided.is_empty(),
        open: open.is_some_and(|n| n > 0.0),
    };
    let outcome = seen.outcome();
    let percentiles = [Metric::Ttft, Metric::TurnLatency].map(|m| row(of(m).stat(Stat::P95)));
    let bounds = percentiles.iter().flatten().filter(|m| m.note == Some(AT_LEAST));
    Tried {
        rate_per_s,
        turns_offered: value(of(Metric::Turns)),
        turns_finished: value(of(Metric::Turns).definition(Definition::Finished)),
        at_least: bounds.count() > 0,
        ttft_p95_s: percentiles[0].map(|m| m.value),
        turn_latency_p95_s: percentiles[1].map(|m| m.value),
        answered_per_s: value(of(Metric::TurnsPerS).definition(Definition::Answered)),
        error_rate: value(of(Metric::ErrorRate)),
        lag_p99_s: value(of(Metric::DispatchLag).stat(Stat::P99)),
        met: outcome == Outcome::Met,
        outcome,
        missed,
        undecided,
        saturated: seen.saturated,
        hardly_answered: seen.hardly_answered,
        generator_late: seen.generator_late,
        bot_was_idle,
    }
}

/// What a search has found so far.
struct Found {
    hunt: Hunt,
    all: Vec<Tried>,
    /// The run of the largest rate that met all targets, else the latest.
    told: Option<Trial>,
}

impl Found {
    fn take(&mut self, rate: f64, result: Tried, trial: Trial) {
        let outcome = result.outcome;
        self.all.push(result);
        let counts = self.hunt.take(rate, outcome);
        if counts && (outcome == Outcome::Met || self.hunt.low.is_none()) {
            self.told = Some(trial);
        }
    }

    fn exit_code(&self, stopped: bool) -> u8 {
        match (self.hunt.low, self.hunt.unsure) {
            _ if stopped => INTERRUPTED,
            (_, Some(Outcome::Invalid)) => GENERATOR_LATE,
            (Some(_), _) => OK,
            (None, _) => TARGET_MISSED,
        }
    }

    /// What the bot answered at most, where more was asked of it.
    fn most_answered_per_s(&self) -> Option<f64> {
        let overloaded = self.all.iter().filter(|t| t.outcome == Outcome::Missed);
        let rates = overloaded.filter_map(|t| t.answered_per_s);
        rates.max_by(f64::total_cmp)
    }
}

/// What `--step` or `--search` says.
pub(super) fn rates(args: &LoadArgs) -> Result<Option<Rates>, Failure> {
    let (option, rates) = match (&args.when.step, &args.when.search) {
        (Some(text), _) => ("--step", Rates::steps(text)),
        (None, Some(text)) => ("--search", Rates::between(text)),
        (None, None) => return Ok(None),
    };
    let wrong = |what: String| Failure::invalid(format!("error: {option}: {what}"));
    rates.map(Some).map_err(wrong)
}

/// Tries the rates and prints what each did.
pub(super) async fn run(session: &Session<'_>, rates: Rates) -> Result<u8, Failure> {
    let mut found = Found { hunt: Hunt::new(rates), all: Vec::new(), told: None };
    let steps = Steps::new(session.args.quiet);
    let probe = session.prepared.example(&session.loaded.scenario.header);
    let most = Duration::from_micros(session.args.limits.ready_timeout.0);
    let idle = Idle::measure(&session.prepared.target, probe, most).await;
    let mut stopped = false;
    while let Some((rate, run)) = found.hunt.next() {
        steps.say(&format!("{rate:.3}/s"));
        let was_idle = idle.wait().await;
        let out = folder(session.args, rate, run)?;
        let saturation = Some(Saturation::default());
        let mut trial = session.play(Some(rate), saturation, out.as_deref()).await?;
        std::mem::replace(&mut trial.kept, Ok(None))?;
        // A run that was stopped is not among those that are told of.
        stopped = trial.stopped;
        if stopped {
            break;
        }
        let result = tried(rate, &trial, was_idle);
        found.take(rate, result, trial);
    }
    steps.finish();
    if let (Some(path), Some(Trial { summary, wall, .. })) = (&session.args.junit, &mut found.told)
    {
        // The search is not at its end, whatever its best run says.
        summary.warnings.splice(0..0, stopped.then_some(Doubt::Stopped));
        junit::write_summary(path, summary, *wall, session.args.quiet)?;
    }
    print(&render(session, &found))?;
    Ok(found.exit_code(stopped))
}

/// Where a run of a search is kept, below `--out`.
fn folder(args: &LoadArgs, rate: f64, tries: u32) -> Result<Option<PathBuf>, Failure> {
    let Some(out) = &args.out else {
        return Ok(None);
    };
    let made = std::fs::create_dir_all(out);
    made.map_err(|e| Failure::invalid(format!("error: {}: cannot be made: {e}", out.display())))?;
    let again = if tries > 1 { format!("-{tries}") } else { String::new() };
    Ok(Some(out.join(format!("{rate:.3}-per-s{again}"))))
}

fn render(session: &Session<'_>, found: &Found) -> String {
    let args = session.args;
    let (low, high, all) = (found.hunt.low, found.hunt.high, found.all.as_slice());
    let most = found.most_answered_per_s();
    if args.format == Format::Json {
        let answer = Answer {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            scenario: &session.loaded.scenario.header.scenario,
            target: &args.bot.target,
            largest_rate_per_s: low,
            smallest_failed_per_s: high,
            most_answered_per_s: most,
            arrivals: args.when.arrivals().name(),
            tried: all,
        };
        return report::json(&answer);
    }
    let rows = table(all);
    let right = grid::Right::These(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let unsure = found.hunt.unsure.map(|outcome| match outcome {
        Outcome::Invalid => "the generator was late",
        _ => "messages were open at the end, or the bot was still busy",
    });
    let answer = match (low, high, unsure) {
        (Some(l), Some(h), Some(why)) => format!(
            "The bot carries {l:.3}/s with all targets met. Whether it carries {h:.3}/s is not known: {why}."
        ),
        (None, Some(h), Some(why)) => {
            format!("Whether the bot carries {h:.3}/s is not known: {why}.")
        }
        (Some(l), Some(h), None) => {
            format!("The bot carries {l:.3}/s with all targets met, and not {h:.3}/s.")
        }
        (Some(l), None, _) => {
            format!("The bot carries {l:.3}/s with all targets met: more was not tried.")
        }
        (None, _, _) => "No rate that was tried meets all targets.".to_owned(),
    };
    let answer = answer + &beside(args.when.arrivals(), most);
    match args.format {
        Format::Csv => rows.into_iter().map(grid::csv_line).collect(),
        Format::Markdown => format!("{answer}\n\n{}", grid::markdown(&rows, right)),
        _ => format!("{answer}\n\n{}", grid::aligned(&rows, right, 2)),
    }
}

/// What belongs to the answer: how customers came, and what the bot did under more.
fn beside(arrivals: Arrive, most: Option<f64>) -> String {
    let mut text = match arrivals {
        Arrive::Constant => "\nConversations began at equal distances: where they begin at random (--arrivals poisson) some wait longer.",
        Arrive::Poisson => "\nConversations began at random.",
    }
    .to_owned();
    if let Some(most) = most {
        text +=
            &format!("\nUnder more than it carries it answered up to {most:.1} turns a second.");
    }
    text
}

fn table(all: &[Tried]) -> Vec<Vec<String>> {
    let head = [
        "rate/s",
        "offered",
        "finished",
        "answered/s",
        "first p95",
        "latency p95",
        "errors",
        "lag p99",
        "",
    ];
    let number = |v: Option<f64>| v.map_or_else(|| "-".into(), |v| format!("{v:.0}"));
    let time = |v: Option<f64>| v.map_or_else(|| "-".into(), report::fine);
    let bound = |t: &Tried, v: Option<f64>| match t.at_least {
        true => format!(">= {}", time(v)),
        false => time(v),
    };
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|t| {
        vec![
            format!("{:.3}", t.rate_per_s),
            number(t.turns_offered),
            number(t.turns_finished),
            t.answered_per_s.map_or_else(|| "-".into(), |v| format!("{v:.1}")),
            bound(t, t.ttft_p95_s),
            bound(t, t.turn_latency_p95_s),
            t.error_rate.map_or_else(|| "-".into(), |v| format!("{:.1}%", 100.0 * v)),
            time(t.lag_p99_s),
            words(t),
        ]
    }));
    rows
}

fn words(tried: &Tried) -> String {
    if tried.met {
        return "met".into();
    }
    let mut words = Vec::new();
    if tried.saturated {
        words.push("the backlog grew to the end".to_owned());
    }
    if tried.hardly_answered {
        words.push("NOT ANSWERED: next to nothing was".to_owned());
    }
    if tried.generator_late {
        words.push("INVALID: the generator was late".to_owned());
    }
    if !tried.bot_was_idle {
        words.push("the bot was still busy with the run before".to_owned());
    }
    words.extend(tried.missed.iter().map(|t| format!("missed {t}")));
    words.extend(tried.undecided.iter().map(|t| format!("undecided {t}")));
    words.join("; ")
}
