//! Gauges: levels in time, and what they add up to.

use crate::time::SimTime;

/// A level that changes in steps, and its integral over the measured window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    /// The level now.
    pub level: f64,
    /// When it last changed or was read.
    since: SimTime,
    /// Integral over the measured window, level times microseconds.
    pub integral_us: f64,
    /// Integral since [`Gauge::take`], level times microseconds.
    part_us: f64,
}

impl Gauge {
    /// Brings the integrals to `at`.
    #[inline]
    pub fn read(&mut self, at: SimTime, measured: (SimTime, SimTime)) {
        if self.level != 0.0 {
            let area_us = self.level * (at.0 - self.since.0) as f64;
            self.part_us += area_us;
            if measured.0 <= self.since && at <= measured.1 {
                self.integral_us += area_us;
            } else {
                let inside = at.min(measured.1).0.saturating_sub(self.since.max(measured.0).0);
                self.integral_us += self.level * inside as f64;
            }
        }
        self.since = at;
    }

    /// Changes the level at a moment.
    #[inline]
    pub fn change(&mut self, at: SimTime, by: f64, measured: (SimTime, SimTime)) {
        self.read(at, measured);
        self.level += by;
    }

    /// Takes the integral since the last take.
    #[inline]
    pub fn take(&mut self) -> f64 {
        std::mem::take(&mut self.part_us)
    }
}
