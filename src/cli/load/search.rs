//! How much load the bot carries: rates one after the other, or the largest that
//! still meets the targets, by bisection.

use super::super::progress::Steps;
use super::super::{Failure, Format, OK, TARGET_MISSED, print};
use super::plan::rate_per_s;
use super::trial::{Session, Trial};
use super::{INTERRUPTED, LoadArgs};
use crate::experiment::{MetricRow, Summary, Verdict};
use crate::report::grid;
use crate::run::End;
use serde::Serialize;

/// Name and version of the JSON that a search prints.
const SCHEMA: &str = "convoq.load_search/1";
/// A search ends when the bounds are so close: 5 % of the upper one.
const CLOSE: f64 = 0.05;
/// Steps of a search, at most.
const MOST: usize = 12;
/// A third of a run must have so many looks before its backlog is judged.
const LOOKS: usize = 8;

/// Which rates to try.
pub(super) enum Rates {
    /// These, until one misses a target.
    Steps(Vec<f64>),
    /// Between these.
    Between(f64, f64),
}

impl Rates {
    /// What `--step` or `--search` says.
    pub(super) fn of(args: &LoadArgs) -> Result<Option<Self>, Failure> {
        let wrong =
            |option: &str, what: String| Failure::invalid(format!("error: {option}: {what}"));
        if let Some(text) = &args.when.step {
            let parts = text
                .split_once(':')
                .map(|(range, by)| (range.split_once(".."), by));
            let Some((Some((from, to)), by)) = parts else {
                return Err(wrong("--step", "write `10/s..200/s:10/s`".into()));
            };
            let read = |t: &str| rate_per_s(t).map_err(|what| wrong("--step", what));
            let (from, to, by) = (read(from)?, read(to)?, read(by)?);
            if by <= 0.0 || from <= 0.0 || to < from || (to - from) / by > 1000.0 {
                return Err(wrong(
                    "--step",
                    "needs rising rates, at most a thousand".into(),
                ));
            }
            let count = ((to - from) / by + 1e-9) as usize;
            return Ok(Some(Self::Steps(
                (0..=count).map(|n| from + by * n as f64).collect(),
            )));
        }
        let Some(text) = &args.when.search else {
            return Ok(None);
        };
        let Some((from, to)) = text.split_once("..") else {
            return Err(wrong("--search", "write `10/s..500/s`".into()));
        };
        let read = |t: &str| rate_per_s(t).map_err(|what| wrong("--search", what));
        let (from, to) = (read(from)?, read(to)?);
        if from <= 0.0 || to <= from {
            return Err(wrong("--search", "needs two rising rates".into()));
        }
        Ok(Some(Self::Between(from, to)))
    }
}

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
    saturated: bool,
    generator_late: bool,
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

fn tried(rate_per_s: f64, trial: &Trial) -> Tried {
    let summary = &trial.summary;
    let missed = summary
        .targets
        .iter()
        .filter(|t| t.verdict == Verdict::Missed);
    let missed: Vec<String> = missed.map(|t| t.target.clone()).collect();
    let saturated = matches!(&trial.end, End::Refused(what) if what.contains("backlog"));
    let late = summary.late_generator().is_some();
    Tried {
        rate_per_s,
        turns_offered: value(summary, "turns", None, Some("offered")),
        turns_finished: value(summary, "turns", None, Some("finished")),
        ttft_p95_s: value(summary, "ttft_s", Some("p95"), None),
        turn_latency_p95_s: value(summary, "turn_latency_s", Some("p95"), None),
        error_rate: value(summary, "error_rate", None, None),
        lag_p99_s: value(summary, "dispatch_lag_s", Some("p99"), None),
        met: missed.is_empty() && !saturated && !late,
        missed,
        saturated,
        generator_late: late,
    }
}

/// Tries the rates and prints what each did.
pub(super) async fn run(session: &Session<'_>, rates: &Rates) -> Result<u8, Failure> {
    let mut all: Vec<Tried> = Vec::new();
    let steps = Steps::new(session.args.quiet);
    let (mut low, mut high): (Option<f64>, Option<f64>) = (None, None);
    let mut stopped = false;
    while let Some(rate) = next(rates, all.len(), low, high) {
        steps.say(&format!("{rate:.3}/s"));
        let trial = session
            .play(Some(rate), Some(Saturation::default()))
            .await?;
        stopped = trial.end == End::Stopped;
        let result = tried(rate, &trial);
        trial.kept?;
        if stopped {
            break;
        }
        if result.met {
            low = Some(low.map_or(rate, |l| l.max(rate)));
        } else {
            high = Some(high.map_or(rate, |h| h.min(rate)));
        }
        all.push(result);
    }
    steps.finish();
    print(&render(session, low, high, &all))?;
    Ok(match low {
        _ if stopped => INTERRUPTED,
        Some(_) => OK,
        None => TARGET_MISSED,
    })
}

/// The next rate to try.
fn next(rates: &Rates, done: usize, low: Option<f64>, high: Option<f64>) -> Option<f64> {
    match rates {
        Rates::Steps(_) if high.is_some() => None,
        Rates::Steps(list) => list.get(done).copied(),
        Rates::Between(from, to) => match (low, high) {
            (None, None) => Some(*from),
            (None, Some(_)) => None, // the lowest already fails
            (Some(_), None) if done == 1 => Some(*to),
            (Some(_), None) => None, // the highest holds
            (Some(l), Some(h)) if h - l <= CLOSE * h || done >= MOST => None,
            // Rates matter by their ratio.
            (Some(l), Some(h)) => Some((l * h).sqrt()),
        },
    }
}

fn render(session: &Session<'_>, low: Option<f64>, high: Option<f64>, all: &[Tried]) -> String {
    let args = session.args;
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
    let answer = match (low, high) {
        (Some(l), Some(h)) => {
            format!("The bot carries {l:.3}/s with all targets met, and not {h:.3}/s.")
        }
        (Some(l), None) => {
            format!("The bot carries {l:.3}/s with all targets met: more was not tried.")
        }
        (None, _) => "No rate that was tried meets all targets.".to_owned(),
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
    if tried.generator_late {
        words.push("INVALID: the generator was late".to_owned());
    }
    words.extend(tried.missed.iter().map(|t| format!("missed {t}")));
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

    #[test]
    fn a_search_halves_the_ratio_until_the_bounds_are_close() {
        let rates = Rates::Between(10.0, 1000.0);
        for carries in [11.0, 137.0, 900.0] {
            let (mut low, mut high, mut done) = (None, None, 0);
            while let Some(rate) = next(&rates, done, low, high) {
                done += 1;
                if rate <= carries {
                    low = Some(rate);
                } else {
                    high = Some(rate);
                }
            }
            let (low, high) = (low.unwrap(), high.unwrap());
            assert!(low <= carries && carries < high && high - low <= CLOSE * high);
            // The ends, and as often as ln 100 has to be halved for a ratio of 0.95.
            assert!(done <= 2 + 7, "{done}, and at most {MOST}");
        }
    }
}
