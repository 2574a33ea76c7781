//! When a run took place, on the wall clock of its events.

use super::{LogError, Run};

/// First and last moment that was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WallSpan {
    ends_us: Option<(i64, i64)>,
}

impl WallSpan {
    /// Takes in the wall clocks of events, Unix microseconds; `None` of what was simulated.
    pub fn see(&mut self, wall_us: &[Option<i64>]) {
        for &us in wall_us.iter().flatten() {
            let (first, last) = self.ends_us.unwrap_or((us, us));
            self.ends_us = Some((first.min(us), last.max(us)));
        }
    }

    /// That of a run on disk.
    ///
    /// # Errors
    /// When a file is damaged or missing.
    pub fn of(run: &Run) -> Result<Self, LogError> {
        let mut span = Self::default();
        run.events(&|_| true, &mut |_, _, wall_us| span.see(wall_us))?;
        Ok(span)
    }

    /// The first moment, Unix microseconds; `None` where all was simulated.
    #[must_use]
    pub fn began_us(&self) -> Option<i64> {
        self.ends_us.map(|(first, _)| first)
    }

    /// From the first to the last, seconds.
    #[must_use]
    pub fn took_s(&self) -> Option<f64> {
        self.ends_us.map(|(first, last)| (last - first) as f64 * 1e-6)
    }
}
