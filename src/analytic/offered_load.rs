//! The load that a rate of arrival brings, when both change with time.

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
/// pieces and any law of work, which is given by its limited means, seconds
/// ([`limited_mean_s`](crate::distribution::Distribution::limited_mean_s)).
pub fn offered_load(
    pieces: &[RatePiece],
    mut limited_mean_s: impl FnMut(f64) -> f64,
    at_s: f64,
) -> f64 {
    let mut since = |moment: f64| limited_mean_s((at_s - moment).max(0.0));
    pieces
        .iter()
        .filter(|p| p.start_s < at_s && p.rate > 0.0)
        .map(|p| p.rate * (since(p.start_s) - since(p.end_s)))
        .sum()
}
