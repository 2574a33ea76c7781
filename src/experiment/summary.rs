//! What a run says: the one object that every report prints.

use super::Grid;
use crate::doubt::{Doubt, Severity};
use crate::event::{GeneratorFacts, LoadFacts};
use crate::metric::{Definition, Metric, Which};
use serde::Serialize;

/// Name and version of the JSON that `--format json` prints.
pub const SUMMARY_SCHEMA: &str = "convoq.summary/1";

/// The result of an experiment over one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// [`SUMMARY_SCHEMA`].
    pub schema: &'static str,
    /// Version of convoq.
    pub version: &'static str,
    /// Which scenario.
    pub scenario: ScenarioRef,
    /// Seed of the run.
    pub seed: u64,
    /// Replications that went in.
    pub replications: u32,
    /// Confidence of the intervals, as 0.95.
    pub confidence: f64,
    /// [`PERCENTILE_ROUNDING`].
    pub percentile_rounding: f64,
    /// Tidy rows: one number each.
    pub metrics: Vec<MetricRow>,
    /// The scenario's targets, in its order.
    pub targets: Vec<TargetRow>,
    /// What makes these numbers doubtful, most serious first.
    pub warnings: Vec<Doubt>,
    /// Whether the precision that was asked for is reached; `None` where none was.
    pub precision: Option<PrecisionReached>,
    /// What formulas say of each queue, beside what was simulated; empty where they
    /// were not asked.
    pub analytic: Vec<AnalyticQueue>,
    /// What the load generator itself used, in a load test whose log says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<GeneratorUse>,
    /// The day in intervals. Not part of the JSON summary.
    #[serde(skip)]
    pub series: Series,
    /// The grid by interval with its plan, where a page is to show it. Not part of the JSON
    /// summary.
    #[serde(skip)]
    pub grid: Option<Grid>,
    /// Facts for the head of a report. Not part of the JSON summary.
    #[serde(skip)]
    pub about: About,
}

/// Whether the precision that was asked for is reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrecisionReached {
    /// What was asked for, as `1%`.
    pub asked: String,
    /// Whether all numbers are known as well as that. False where nothing was measured.
    pub reached: bool,
    /// Replications that it took, or that were not enough.
    pub replications: u32,
    /// Confidence that all intervals hold together (Bonferroni).
    pub confidence: f64,
    /// The numbers that were looked at, the least well known first.
    pub metrics: Vec<HalfWidth>,
}

/// How well one number is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HalfWidth {
    /// Which number, as a target names it.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// Half the width of its interval, in the unit of the value; infinite with too few replications.
    pub half_width: f64,
    /// The half-width that was asked for, in the unit of the value.
    pub wanted: f64,
    /// Unit of the value.
    pub unit: &'static str,
}

impl HalfWidth {
    /// How many times as wide as asked for.
    #[must_use]
    pub fn excess(&self) -> f64 {
        if self.half_width == 0.0 {
            return 0.0; // also where a value of 0, that never varied, is wanted to 0
        }
        self.half_width / self.wanted
    }
}

/// What a load generator used of the machine, in the measured window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GeneratorUse {
    /// Processor time of the process to wall-clock time: 1 is one core.
    pub process_share: f64,
    /// The same of the one thread that sends and receives: 1 is all that it can do.
    pub thread_share: f64,
}

/// A generator whose one thread is busy for more than this share of the time makes its own
/// messages wait: at 85 % a single server with Poisson arrivals takes 1 / (1 - 0.85) = 6.7
/// times as long as an idle one (M/M/1).
pub const BUSY_GENERATOR: f64 = 0.85;

/// By which share a percentile or greatest value of a duration may be too high at most:
/// they are read from histograms of three digits. Means are exact.
pub const PERCENTILE_ROUNDING: f64 = 0.001;

/// Share of messages for which this machine may have had no room: as many as may be late.
pub(super) const MOST_AT_LIMIT: f64 = 0.01;

/// Share of messages below which a bot has answered next to nothing: one in ten.
pub(super) const HARDLY: f64 = 0.1;

impl Summary {
    /// The first doubt so serious.
    #[must_use]
    pub fn doubt(&self, severity: Severity) -> Option<&Doubt> {
        self.warnings.iter().find(|doubt| doubt.severity() == severity)
    }

    /// How serious the most serious doubt is; `None` where there is none.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.warnings.iter().map(Doubt::severity).min()
    }

    /// Puts in what the generator used, and warns where that was nearly all it could.
    pub fn set_generator(&mut self, used: Option<GeneratorFacts>) {
        let Some(used) = used.filter(|used| used.wall_s > 0.0) else {
            return;
        };
        let share = GeneratorUse {
            process_share: used.process_s / used.wall_s,
            thread_share: used.thread_s / used.wall_s,
        };
        if share.thread_share > BUSY_GENERATOR {
            self.warnings.push(Doubt::BusyGenerator { share: share.thread_share });
        }
        self.generator = Some(share);
    }
}

/// What formulas say of a queue.
#[derive(Clone, Debug, Serialize)]
pub struct AnalyticQueue {
    /// The queue.
    pub queue: String,
    /// Why no formula gives its numbers; `None` where one does.
    pub none: Option<String>,
    /// Their numbers, the formula nearest to the scenario first.
    pub rows: Vec<AnalyticRow>,
    /// What they leave out and the simulation has.
    pub left_out: Vec<String>,
}

/// A number by a formula, and by the simulation.
#[derive(Clone, Debug, Serialize)]
pub struct AnalyticRow {
    /// The formula, as in `docs/erlang.md`.
    pub formula: &'static str,
    /// Which metric.
    pub metric: Metric,
    /// Which of several definitions.
    pub definition: Option<Definition>,
    /// Threshold that the definition needs, seconds.
    pub threshold_s: Option<f64>,
    /// Unit of both values.
    pub unit: &'static str,
    /// By the formula; `None` where it covers too few of the contacts.
    pub value: Option<f64>,
    /// By the simulation; `None` where that measures nothing of the kind.
    pub simulated: Option<f64>,
    /// Confidence interval of the simulated value.
    pub ci: Option<[f64; 2]>,
}

/// Which scenario a summary belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioRef {
    /// Its name.
    pub name: String,
    /// SHA-256 of the scenario as run, after overrides.
    pub sha256: String,
}

/// Facts for the head and the foot of a report.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// First local date.
    pub start_date: String,
    /// Number of local days.
    pub days: usize,
    /// Time zone.
    pub zone: String,
    /// Name of the currency.
    pub currency: String,
    /// The command that makes the same numbers again.
    pub reproduce: String,
    /// Names of the segments, in the scenario's order.
    pub segments: Vec<String>,
    /// Names of the queues, in the scenario's order.
    pub queues: Vec<String>,
    /// Names of the teams, in the scenario's order.
    pub teams: Vec<String>,
    /// Names of the channels, in the scenario's order.
    pub channels: Vec<String>,
    /// Names of the intents, in the scenario's order.
    pub intents: Vec<String>,
    /// What was loaded, in a load test.
    pub load: Option<LoadFacts>,
}

/// One number with its uncertainty. `None` in a dimension means "all together".
#[derive(Clone, Debug, Serialize)]
pub struct MetricRow {
    /// Which number it is.
    #[serde(flatten)]
    pub which: Which,
    /// The estimate over all replications: ratio of sums, pooled quantile, or mean per
    /// replication. NaN where the note says that too little was measured.
    pub value: f64,
    /// Confidence interval; `None` with one replication or too few groups.
    pub ci: Option<[f64; 2]>,
    /// Standard error of the value.
    pub se: Option<f64>,
    /// 5 %, 50 % and 95 % points of the replications' own values: what single periods look like.
    pub spread: Option<[f64; 3]>,
    /// Confidence intervals of these points, by order statistics; `None` for a point for
    /// which there are too few replications (72 for the 5 % and 95 % points).
    pub spread_ci: Option<[Option<[f64; 2]>; 3]>,
    /// `ratio s count currency score per_contact`.
    pub unit: &'static str,
    /// Sum over replications, where the value is a ratio of sums.
    pub numerator: Option<f64>,
    /// Sum over replications, where the value is a ratio of sums.
    pub denominator: Option<f64>,
    /// What is to be known of the value besides its interval: [`TOO_FEW`], or
    /// [`super::BATCH_MEANS`] where one replication gave it.
    pub note: Option<&'static str>,
}

/// Note of a row whose value does not exist with so little measured: a percentile beyond
/// the longest of all durations. The value is then NaN.
pub const TOO_FEW: &str = "n too small";

impl MetricRow {
    /// A row without a value.
    #[must_use]
    pub fn blank(which: Which) -> Self {
        Self {
            unit: which.metric.unit().name(),
            which,
            value: f64::NAN,
            ci: None,
            se: None,
            spread: None,
            spread_ci: None,
            numerator: None,
            denominator: None,
            note: None,
        }
    }
}

/// A target and whether it is met.
#[derive(Clone, Debug, Serialize)]
pub struct TargetRow {
    /// As written.
    pub target: String,
    /// The measured value.
    pub value: Option<f64>,
    /// Its confidence interval.
    pub ci: Option<[f64; 2]>,
    /// Unit of the value.
    pub unit: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// Local start of the interval that misses the target most, and its value there.
    pub worst: Option<(String, f64)>,
    /// The value with those who still wait at the end, whom the metric leaves out, where
    /// the target is not met for that: with their waits so far if that decides, else as
    /// they are to be expected.
    pub with_open: Option<f64>,
}

impl TargetRow {
    /// A target of which nothing was measured.
    #[must_use]
    pub fn not_measured(text: &str) -> Self {
        Self {
            target: text.to_owned(),
            value: None,
            ci: None,
            unit: "ratio",
            verdict: Verdict::NotMeasured,
            worst: None,
            with_open: None,
        }
    }
}

/// Whether a target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is on the good side.
    Met,
    /// The whole interval is on the bad side.
    Missed,
    /// The interval lies across the limit; more replications would tell.
    Undecided,
    /// Nothing was measured.
    NotMeasured,
}

impl Verdict {
    /// Whether whoever asked for it has to be told that it does not hold: what was asked
    /// for and not measured does not either.
    #[must_use]
    pub fn fails(self) -> bool {
        matches!(self, Verdict::Missed | Verdict::NotMeasured)
    }
}

/// Interval series: means over replications.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Local start of each interval, as `2026-03-02 08:00`.
    pub labels: Vec<String>,
    /// One entry for each queue.
    pub queues: Vec<QueueSeries>,
    /// One entry for each team.
    pub teams: Vec<TeamSeries>,
    /// Contacts that began.
    pub arrivals: Vec<Point>,
    /// Contacts in the bot, time average.
    pub in_bot: Vec<Point>,
}

/// The series of one queue.
#[derive(Clone, Debug, Default)]
pub struct QueueSeries {
    /// Name of the queue.
    pub queue: String,
    /// Contacts that came to the queue.
    pub offered: Vec<Point>,
    /// Contacts offered in the interval that had to wait.
    pub waited: Vec<Point>,
    /// Contacts offered in the interval that were answered.
    pub answered: Vec<Point>,
    /// Contacts that left the queue, by the interval in which they left.
    pub abandoned: Vec<Point>,
    /// Share of the contacts offered in the interval that were answered within the queue's threshold (SL3).
    pub service_level: Vec<Point>,
    /// Mean wait of the contacts offered in the interval, seconds.
    pub wait_s: Vec<Point>,
    /// Contacts waiting, time average.
    pub waiting: Vec<Point>,
    /// Contacts waiting at the end of the interval.
    pub waiting_at_end: Vec<Point>,
}

/// The series of one team.
#[derive(Clone, Debug, Default)]
pub struct TeamSeries {
    /// Name of the team.
    pub team: String,
    /// Agents on the queue, time average.
    pub staffed: Vec<Point>,
    /// Agents with at least one contact, time average.
    pub busy: Vec<Point>,
    /// Contacts with agents, time average.
    pub in_service: Vec<Point>,
    /// Contacts with agents at the end of the interval.
    pub in_service_at_end: Vec<Point>,
    /// Share of replications in which no agent had room at the end of the interval.
    pub full_at_end: Vec<Point>,
}

/// A mean over replications and its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// The mean, or a ratio of sums; NaN where nothing was measured.
    pub mean: f64,
    /// Its standard error; 0 with one replication.
    pub se: f64,
}
