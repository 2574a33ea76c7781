//! The load that a rate of arrival brings, when both change with time.

use crate::distribution::Distribution;

/// A stretch of time with a constant rate of arrival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePiece {
    /// Begin, seconds.
    pub start_s: f64,
    /// End, seconds; after the begin.
    pub end_s: f64,
    /// Contacts per second.
    pub rate: f64,
}

/// Erlangs at the moment `at_s`: the mean number in service if nobody ever
/// waited, `m(t) = integral of rate(t - u) P(S > u) du` (Eick, Massey & Whitt
/// 1993, "The physics of the M(t)/G/inf queue"). Exact for constant rates in
/// pieces and any law of work.
#[must_use]
pub fn offered_load(pieces: &[RatePiece], work: &Distribution, at_s: f64) -> f64 {
    let since = |moment: f64| work.limited_mean_s((at_s - moment).max(0.0));
    pieces
        .iter()
        .filter(|p| p.start_s < at_s && p.rate > 0.0)
        .map(|p| p.rate * (since(p.start_s) - since(p.end_s)))
        .sum()
}
