//! Progress on standard error: replications done, time left, running precision.

use crate::experiment::{HalfWidth, Pool, Precision, ratio};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Least time between two looks at the precision: a look costs as much as a small replication.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// A bar on a terminal; nothing when standard error is none, or quiet.
pub(super) struct Progress {
    bar: ProgressBar,
    most: u32,
    precision: Option<(Precision, f64)>,
    looked: Cell<Instant>,
}

impl Progress {
    pub(super) fn new(replications: u32, quiet: bool) -> Self {
        Self {
            bar: bar(replications.into(), "replications", quiet),
            most: replications,
            precision: None,
            looked: Cell::new(Instant::now()),
        }
    }

    /// With a precision, at confidence, the length is what it will take by what is known so far.
    pub(super) fn until(most: u32, precision: Option<(Precision, f64)>, quiet: bool) -> Self {
        let progress = Self::new(most, quiet);
        if precision.is_some() {
            let first = Precision::looks(most).next();
            progress.bar.set_length(u64::from(first.unwrap_or(most)));
        }
        Self {
            precision,
            ..progress
        }
    }

    /// A bar over the points of a sweep.
    pub(super) fn of_points(points: u64, quiet: bool) -> Self {
        Self {
            bar: bar(points, "points", quiet),
            ..Self::new(0, true)
        }
    }

    /// So many are done.
    pub(super) fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    pub(super) fn update(&self, pool: &Pool<'_>) {
        self.update_after(0, pool);
    }

    /// With replications that other pools had before.
    pub(super) fn update_after(&self, before: u32, pool: &Pool<'_>) {
        let done = u64::from(before) + u64::from(pool.replications);
        self.bar.set_position(done);
        if self.bar.is_hidden() || !pool.replications.is_multiple_of(4) {
            return;
        }
        if let Some((precision, confidence)) = &self.precision {
            if self.looked.get().elapsed() >= BETWEEN_LOOKS {
                self.look(pool, precision, *confidence);
                self.looked.set(Instant::now());
            }
            return;
        }
        let headline = pool.keys.iter().position(|k| k.metric == "service_level");
        if let Some(column) = headline {
            let pairs: Vec<_> = pool.measures[column]
                .iter()
                .map(|m| (m.num, m.den))
                .collect();
            let estimate = ratio(&pairs, 0.95);
            if let Some([low, high]) = estimate.ci {
                let (level, half) = (100.0 * estimate.value, 50.0 * (high - low));
                self.bar
                    .set_message(format!("service level {level:.1} % ± {half:.1}"));
            }
        }
    }

    /// Shows the number that is known least well, and how many replications it needs.
    fn look(&self, pool: &Pool<'_>, precision: &Precision, confidence: f64) {
        let found = pool.precision(precision, confidence);
        if found.replications < 4 {
            return; // a width from so few says nothing of the end
        }
        self.bar
            .set_length(u64::from(found.needed(self.most).max(pool.replications)));
        if let Some(worst) = found.metrics.first() {
            self.bar.set_message(message(worst));
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// By itself indicatif draws nothing where there is no terminal.
fn bar(length: u64, noun: &str, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template =
        format!("{{bar:30}} {{pos}}/{{len}} {noun}  {{elapsed}} of about {{duration}}  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn message(worst: &HalfWidth) -> String {
    let (scale, unit) = match worst.unit {
        "ratio" => (100.0, " points"),
        "s" => (1.0, " s"),
        _ => (1.0, ""),
    };
    let (half, wanted) = (scale * worst.half_width, scale * worst.wanted);
    let metric: String = worst.metric.chars().filter(|c| !c.is_control()).collect();
    format!("{metric} ± {half:.2} -> {wanted:.2}{unit}")
}

/// A running count, where nobody knows the end.
pub(super) struct Count(ProgressBar);

impl Count {
    pub(super) fn new(what: &'static str, quiet: bool) -> Self {
        let bar = ProgressBar::no_length();
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("{pos} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn add(&self, more: u64) {
        self.0.inc(more);
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A line that says which of several runs is under way.
pub(super) struct Steps(ProgressBar);

impl Steps {
    pub(super) fn new(quiet: bool) -> Self {
        let bar = bar(0, "", quiet);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
        self.0.tick();
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
