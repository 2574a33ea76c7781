//! Progress on standard error: replications done, time left, running precision.

use crate::experiment::{Pool, ratio};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A bar on a terminal; nothing when standard error is none, or quiet.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(replications: u32, quiet: bool) -> Self {
        let bar = ProgressBar::new(u64::from(replications));
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } // by itself indicatif draws nothing where there is no terminal
        let template = "{bar:30} {pos}/{len} replications  {elapsed} of about {duration}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// A bar over the points of a sweep.
    pub(super) fn of_points(points: u64, quiet: bool) -> Self {
        let bar = ProgressBar::new(points);
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let template = "{bar:30} {pos}/{len} points  {elapsed} of about {duration}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// So many are done.
    pub(super) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    pub(super) fn update(&self, pool: &Pool<'_>) {
        self.update_after(0, pool);
    }

    /// With replications that other pools had before.
    pub(super) fn update_after(&self, before: u32, pool: &Pool<'_>) {
        let done = u64::from(before) + u64::from(pool.replications);
        self.0.set_position(done);
        if self.0.is_hidden() || !pool.replications.is_multiple_of(4) {
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
                self.0
                    .set_message(format!("service level {level:.1} % ± {half:.1}"));
            }
        }
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
