//! Progress on standard error: replications done, time left, running precision. Where it
//! is no terminal, a line now and then says that the program is at work.

use crate::experiment::{HalfWidth, Pool, Precision, ratio};
use crate::metric::Metric;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// Least time between two looks at the precision: a look costs as much as a small replication.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Time between two lines where standard error is no terminal.
const BETWEEN_LINES_MS: u64 = 10_000;

/// Says now and then that the program is at work, where no bar shows it.
pub(super) struct Heartbeat {
    start: Instant,
    /// Milliseconds after the start at which a line is due; [`NEVER`] where there is a bar,
    /// or quiet.
    due_ms: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl Heartbeat {
    pub(super) fn new(bar: &ProgressBar, quiet: bool) -> Self {
        let wanted = bar.is_hidden() && !quiet;
        let first = if wanted { BETWEEN_LINES_MS } else { NEVER };
        Self { start: Instant::now(), due_ms: AtomicU64::new(first) }
    }

    /// Prints the line if one is due. One of several threads does.
    pub(super) fn beat(&self, line: impl FnOnce() -> String) {
        let due = self.due_ms.load(Relaxed);
        if due == NEVER {
            return;
        }
        let now = self.start.elapsed().as_millis() as u64;
        let next = now + BETWEEN_LINES_MS;
        let swap = || self.due_ms.compare_exchange(due, next, Relaxed, Relaxed);
        if now >= due && swap().is_ok() {
            tell!("{} s: {}", now / 1000, line());
        }
    }

    /// Prints the line whenever there is no bar.
    pub(super) fn say(&self, line: &str) {
        if self.due_ms.load(Relaxed) != NEVER {
            tell!("{line}");
        }
    }
}

/// A bar on a terminal; lines when standard error is none; nothing when quiet.
pub(super) struct Progress {
    bar: ProgressBar,
    heartbeat: Heartbeat,
    noun: &'static str,
    most: u32,
    precision: Option<(Precision, f64)>,
    looked: Cell<Instant>,
}

impl Progress {
    pub(super) fn new(replications: u32, quiet: bool) -> Self {
        Self::of(replications.into(), "replications", replications, quiet)
    }

    fn of(length: u64, noun: &'static str, most: u32, quiet: bool) -> Self {
        let template = format!(
            "{{bar:30}} {{pos}}/{{len}} {noun}  {{elapsed}} of about {{duration}}  {{msg}}"
        );
        let (bar, heartbeat) = ticking(ProgressBar::new(length), &template, quiet);
        Self { heartbeat, bar, noun, most, precision: None, looked: Cell::new(Instant::now()) }
    }

    /// With a precision, at confidence, the length is what it will take by what is known so far.
    pub(super) fn until(most: u32, precision: Option<(Precision, f64)>, quiet: bool) -> Self {
        let progress = Self::new(most, quiet);
        if precision.is_some() {
            let first = Precision::looks(most).next();
            progress.bar.set_length(u64::from(first.unwrap_or(most)));
        }
        Self { precision, ..progress }
    }

    /// A bar over the points of a sweep.
    pub(super) fn of_points(points: u64, quiet: bool) -> Self {
        Self::of(points, "points", 0, quiet)
    }

    /// So many are done.
    pub(super) fn at(&self, done: u64) {
        self.bar.set_position(done);
        self.heartbeat.beat(|| {
            let of = self.bar.length().unwrap_or(done);
            format!("{done} of {of} {}", self.noun)
        });
    }

    pub(super) fn update(&self, pool: &Pool<'_>) {
        self.update_after(0, pool);
    }

    /// With replications that other pools had before.
    pub(super) fn update_after(&self, before: u32, pool: &Pool<'_>) {
        self.at(u64::from(before) + u64::from(pool.replications));
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
        let headline = pool.keys.iter().position(|k| k.metric == Metric::ServiceLevel);
        if let Some(column) = headline {
            let pairs: Vec<_> = pool.measures[column].iter().map(|m| (m.num, m.den)).collect();
            let estimate = ratio(&pairs, 0.95);
            if let Some([low, high]) = estimate.ci {
                let (level, half) = (100.0 * estimate.value, 50.0 * (high - low));
                self.bar.set_message(format!("service level {level:.1} % ± {half:.1}"));
            }
        }
    }

    /// Shows the number that is known least well, and how many replications it needs.
    fn look(&self, pool: &Pool<'_>, precision: &Precision, confidence: f64) {
        let found = pool.precision(precision, confidence);
        if found.replications < 4 {
            return; // a width from so few says nothing of the end
        }
        self.bar.set_length(u64::from(found.needed(self.most).max(pool.replications)));
        if let Some(worst) = found.metrics.first() {
            self.bar.set_message(message(worst));
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar by a template, and what tells lines in its place: by itself indicatif draws
/// nothing where there is no terminal.
pub(super) fn drawn(bar: ProgressBar, template: &str, quiet: bool) -> (ProgressBar, Heartbeat) {
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let heartbeat = Heartbeat::new(&bar, quiet);
    (bar, heartbeat)
}

/// The same, drawn again now and then though nothing moves.
fn ticking(bar: ProgressBar, template: &str, quiet: bool) -> (ProgressBar, Heartbeat) {
    let (bar, heartbeat) = drawn(bar, template, quiet);
    bar.enable_steady_tick(Duration::from_millis(200));
    (bar, heartbeat)
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
pub(super) struct Count {
    bar: ProgressBar,
    heartbeat: Heartbeat,
    what: &'static str,
}

impl Count {
    pub(super) fn new(what: &'static str, quiet: bool) -> Self {
        let template = "{pos} {msg}  {elapsed}";
        let (bar, heartbeat) = ticking(ProgressBar::no_length(), template, quiet);
        bar.set_message(what);
        Self { heartbeat, bar, what }
    }

    pub(super) fn add(&self, more: u64) {
        self.bar.inc(more);
        self.heartbeat.beat(|| format!("{} {}", self.bar.position(), self.what));
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line that says which of several runs is under way.
pub(super) struct Steps {
    bar: ProgressBar,
    heartbeat: Heartbeat,
}

impl Steps {
    pub(super) fn new(quiet: bool) -> Self {
        let (bar, heartbeat) = ticking(ProgressBar::new(0), "{spinner} {msg}", quiet);
        Self { heartbeat, bar }
    }

    pub(super) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.tick();
        self.heartbeat.say(what);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_when_it_is_due_and_then_not_again_for_a_while() {
        let hidden = ProgressBar::hidden();
        let told = |heartbeat: &Heartbeat| {
            let mut lines = 0;
            for _ in 0..5 {
                heartbeat.beat(|| {
                    lines += 1;
                    "at work".to_owned()
                });
            }
            lines
        };
        let heartbeat = Heartbeat::new(&hidden, false);
        assert_eq!(told(&heartbeat), 0, "the first is due after ten seconds");
        heartbeat.due_ms.store(0, Relaxed);
        assert_eq!(told(&heartbeat), 1);
        assert!(heartbeat.due_ms.load(Relaxed) >= BETWEEN_LINES_MS);
        assert_eq!(told(&Heartbeat::new(&hidden, true)), 0);
    }
}
