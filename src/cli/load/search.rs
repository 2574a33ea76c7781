//! How much load the bot carries: rates one after the other, or the largest that
//! still meets the targets, by doubling and bisection.
//!
//! A rate is carried where everything that was offered was measured and no target fails.
//! Each run begins with an idle bot, and one that says nothing is repeated.

use super::super::progress::Steps;
use super::super::{Failure, Format, GENERATOR_LATE, OK, TARGET_MISSED, junit, print};
use super::idle::Idle;
use super::rates::Rates;
use super::trial::{Session, Trial};
use super::{INTERRUPTED, LoadArgs};
use crate::experiment::{MetricRow, Summary, Verdict};
use crate::report::grid;
use crate::run::End;
use serde::Serialize;
use std::path::PathBuf;

/// Name and version of the JSON that a search prints.
const SCHEMA: &str = "convoq.load_search/1";
/// A rate of which a run says nothing is tried so often.
const TRIES: u32 = 3;
/// A third of a run must have so many looks before its backlog is judged.
const LOOKS: usize = 8;

/// Watches whether the backlog grows without end: what GuideLLM calls over-saturation.
#[derive(Clone, Debug, Default)]
pub(super) struct Saturation {
    under_way: Vec<f64>,
    first_s: Vec<f64>,
}

impl Saturation {
    /// Takes a look: messages under way, and the mean time to first content since the
    /// look before. True when both have more than doubled from the first third of all
    /// looks to the second, and again to the last, and the backlog is more than 20.
    pub(super) fn is_growing(&mut self, under_way: f64, first_s: f64) -> bool {
        self.under_way.push(under_way);
        self.first_s.push(first_s);
        let third = self.under_way.len() / 3;
        if third < LOOKS {
            return false;
        }
        let thirds = |all: &[f64]| {
            let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
            [
                mean(&all[..third]),
                mean(&all[third..2 * third]),
                mean(&all[2 * third..]),
            ]
        };
        let rising = |[a, b, c]: [f64; 3]| b > 1.5 * a && c > 1.3 * b;
        let backlog = thirds(&self.under_way);
        rising(backlog) && rising(thirds(&self.first_s)) && backlog[2] > 20.0
    }
}

/// A rate and what became of it.
#[derive(Serialize)]
struct Tried {
    rate_per_s: f64,
    turns_offered: Option<f64>,
    turns_finished: Option<f64>,
    ttft_p95_s: Option<f64>,
    turn_latency_p95_s: Option<f64>,
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

/// What a run says of its rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// The bot carries it.
    Met,
    /// It does not.
    Missed,
    /// Messages were open at the end, and a target depends on them; or the bot was busy
    /// with what came before.
    Undecided,
    /// The generator was late.
    Invalid,
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
    tried: &'a [Tried],
}

fn value(
    summary: &Summary,
    metric: &str,
    stat: Option<&str>,
    definition: Option<&str>,
) -> Option<f64> {
    let fits = |m: &&MetricRow| {
        m.metric == metric && m.segment.is_none() && m.stat == stat && m.definition == definition
    };
    let row = summary.metrics.iter().find(fits);
    row.map(|m| m.value).filter(|v| v.is_finite())
}

fn tried(rate_per_s: f64, trial: &Trial, bot_was_idle: bool) -> Tried {
    let summary = &trial.summary;
    let those = |test: &dyn Fn(Verdict) -> bool| -> Vec<String> {
        let targets = summary.targets.iter().filter(|t| test(t.verdict));
        targets.map(|t| t.target.clone()).collect()
    };
    let missed = those(&Verdict::fails);
    let undecided = those(&|v| v == Verdict::Undecided);
    let saturated = trial.saturated;
    let late = summary.late_generator().is_some();
    let hardly_answered = summary.hardly_answered().is_some();
    let open = value(summary, "turns", None, Some("censored_at_end"));
    let outcome = if late {
        Outcome::Invalid
    } else if saturated || !missed.is_empty() || hardly_answered {
        match bot_was_idle {
            true => Outcome::Missed,
            false => Outcome::Undecided,
        }
    } else if open.is_some_and(|n| n > 0.0) && !undecided.is_empty() {
        Outcome::Undecided
    } else {
        Outcome::Met
    };
    Tried {
        rate_per_s,
        turns_offered: value(summary, "turns", None, Some("offered")),
        turns_finished: value(summary, "turns", None, Some("finished")),
        ttft_p95_s: value(summary, "ttft_s", Some("p95"), None),
        turn_latency_p95_s: value(summary, "turn_latency_s", Some("p95"), None),
        error_rate: value(summary, "error_rate", None, None),
        lag_p99_s: value(summary, "dispatch_lag_s", Some("p99"), None),
        met: outcome == Outcome::Met,
        outcome,
        missed,
        undecided,
        saturated,
        hardly_answered,
        generator_late: late,
        bot_was_idle,
    }
}

/// What a search has found so far.
#[derive(Default)]
struct Found {
    all: Vec<Tried>,
    /// The largest rate that met all targets, and the smallest that did not.
    low: Option<f64>,
    high: Option<f64>,
    /// Whether the smallest that did not is not known to fail.
    unsure: Option<Outcome>,
    /// The run of the largest rate that met all targets, else the latest.
    told: Option<Trial>,
}

impl Found {
    fn take(&mut self, rate: f64, result: Tried, trial: Trial) {
        let outcome = result.outcome;
        self.all.push(result);
        if outcome == Outcome::Met {
            self.low = Some(self.low.map_or(rate, |l| l.max(rate)));
        } else if self.high.is_none_or(|h| rate < h) {
            self.high = Some(rate);
            self.unsure = Some(outcome).filter(|o| *o != Outcome::Missed);
        }
        if outcome == Outcome::Met || self.low.is_none() {
            self.told = Some(trial);
        }
    }

    fn exit_code(&self, stopped: bool) -> u8 {
        match (self.low, self.unsure) {
            _ if stopped => INTERRUPTED,
            (_, Some(Outcome::Invalid)) => GENERATOR_LATE,
            (Some(_), _) => OK,
            (None, _) => TARGET_MISSED,
        }
    }
}

/// Tries the rates and prints what each did.
pub(super) async fn run(session: &Session<'_>, rates: &Rates) -> Result<u8, Failure> {
    let mut found = Found::default();
    let steps = Steps::new(session.args.quiet);
    let idle = Idle::measure(session).await;
    let (mut done, mut stopped) = (0, false);
    while let Some(rate) = rates.next(done, found.low, found.high).filter(|_| !stopped) {
        let mut tries = 0;
        loop {
            steps.say(&format!("{rate:.3}/s"));
            let was_idle = idle.wait(session).await;
            tries += 1;
            let out = folder(session.args, rate, tries)?;
            let saturation = Some(Saturation::default());
            let mut trial = session.play(Some(rate), saturation, out.as_deref()).await?;
            std::mem::replace(&mut trial.kept, Ok(None))?;
            stopped = trial.end == End::Stopped;
            let result = tried(rate, &trial, was_idle);
            let tells = matches!(result.outcome, Outcome::Met | Outcome::Missed);
            if stopped {
                break;
            }
            if tells || tries == TRIES {
                found.take(rate, result, trial);
                break;
            }
            found.all.push(result);
        }
        done += 1;
    }
    steps.finish();
    // A run that was stopped is not among those that are told of.
    if let (Some(path), Some(Trial { summary, wall, .. })) = (&session.args.junit, &found.told) {
        junit::write_summary(path, summary, *wall, stopped, session.args.quiet)?;
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
    let again = if tries > 1 {
        format!("-{tries}")
    } else {
        String::new()
    };
    Ok(Some(out.join(format!("{rate:.3}-per-s{again}"))))
}

fn render(session: &Session<'_>, found: &Found) -> String {
    let args = session.args;
    let (low, high, all) = (found.low, found.high, found.all.as_slice());
    if args.format == Format::Json {
        let answer = Answer {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            scenario: &session.loaded.scenario.header.scenario,
            target: &args.bot.target,
            largest_rate_per_s: low,
            smallest_failed_per_s: high,
            tried: all,
        };
        let text = serde_json::to_string_pretty(&answer);
        return text.unwrap_or_default() + "\n";
    }
    let rows = table(all);
    let right = grid::Right::These(&[0, 1, 2, 3, 4, 5, 6]);
    let unsure = found.unsure.map(|outcome| match outcome {
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
    match args.format {
        Format::Csv => rows.into_iter().map(grid::csv_line).collect(),
        Format::Markdown => format!("{answer}\n\n{}", grid::markdown(&rows, right)),
        _ => format!("{answer}\n\n{}", grid::aligned(&rows, right, 2)),
    }
}

fn table(all: &[Tried]) -> Vec<Vec<String>> {
    let head = [
        "rate/s",
        "offered",
        "finished",
        "first p95",
        "latency p95",
        "errors",
        "lag p99",
        "",
    ];
    let number = |v: Option<f64>| v.map_or_else(|| "-".into(), |v| format!("{v:.0}"));
    let time = |v: Option<f64>| v.map_or_else(|| "-".into(), crate::report::fine);
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|t| {
        vec![
            format!("{:.3}", t.rate_per_s),
            number(t.turns_offered),
            number(t.turns_finished),
            time(t.ttft_p95_s),
            time(t.turn_latency_p95_s),
            t.error_rate
                .map_or_else(|| "-".into(), |v| format!("{:.1}%", 100.0 * v)),
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
        words.push("the backlog grew without end".to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_that_grows_with_its_delay_is_saturation_and_a_steady_one_is_not() {
        let mut growing = Saturation::default();
        assert!((0..60).any(|n| growing.is_growing(f64::from(n) * 4.0, f64::from(n) * 0.1)));
        let mut steady = Saturation::default();
        assert!(!(0..200).any(|n| steady.is_growing(50.0 + f64::from(n % 7), 0.4)));
        let mut filling = Saturation::default(); // more under way, but no slower
        assert!(!(0..60).any(|n| filling.is_growing(f64::from(n), 0.4)));
    }
}
