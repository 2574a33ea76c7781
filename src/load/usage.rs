//! What the generator itself uses while it measures.

use super::ProcessorTime;
use crate::event::GeneratorFacts;
use crate::scenario::Window;
use std::time::{Duration, Instant};

/// Looks at the processor time from the first look within the measured window to the
/// last one.
#[derive(Debug)]
pub struct Usage {
    /// Measured window, from the first look on.
    window: (Duration, Duration),
    start: Option<Instant>,
    ends: Option<(ProcessorTime, ProcessorTime)>,
}

impl Usage {
    /// Of a run at so many times the speed of the clock.
    #[must_use]
    pub fn new(window: Window, speed: f64) -> Self {
        let wall = |s: f64| Duration::try_from_secs_f64(s / speed).unwrap_or(Duration::MAX);
        let whole_s = window.horizon().since(window.from).as_s();
        Self { window: (wall(window.warm_up.as_s()), wall(whole_s)), start: None, ends: None }
    }

    /// Takes a look; the first is when the real part begins.
    pub fn look(&mut self) {
        let gone = self.start.get_or_insert_with(Instant::now).elapsed();
        if gone < self.window.0 || gone > self.window.1 {
            return;
        }
        if let Some(now) = ProcessorTime::now() {
            let (first, _) = self.ends.unwrap_or((now, now));
            self.ends = Some((first, now));
        }
    }

    /// What was used between the first and the last look.
    #[must_use]
    pub fn facts(&self) -> Option<GeneratorFacts> {
        let (first, last) = self.ends.as_ref()?;
        Some(last.since(first)).filter(|used| used.wall_s > 0.0)
    }
}
