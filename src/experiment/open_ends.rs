//! Who still waits at the end of a run, in the verdicts on metrics that leave such
//! contacts out. A service level counts them; a speed of answer or a rate of abandonment
//! would look the better the more of them there are.

use crate::metric::{Definition, Metric};
use crate::projection::{Dims, Measure, MetricKey};

/// A metric with the contacts that still wait.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct WithOpen {
    /// As far as is known: it becomes no less. `None` where nothing is known.
    pub(super) least: Option<Measure>,
    /// As it is to be expected. A wait that is met at some moment lasts on average as long
    /// again (the past and the rest of a renewal have one law); of those who may still
    /// leave it is the worst, that they do.
    pub(super) expected: Measure,
}

/// The measure of a metric that leaves open contacts out, with them; `None` for others.
/// `of` finds the measure of another metric of the same contacts.
pub(super) fn with_open(
    key: &MetricKey,
    measure: Measure,
    of: impl Fn(Metric, Option<Definition>, Dims) -> Option<Measure>,
) -> Option<WithOpen> {
    if key.party.is_some() {
        return None; // of the bot
    }
    let is_share = match key.metric {
        Metric::Asa => false,
        Metric::AbandonmentRate | Metric::WaitProbability => true,
        _ => return None,
    };
    let all = of(Metric::Wait, Some(Definition::Mean), key.dims)?;
    let gone = of(Metric::Wait, Some(Definition::Abandoned), key.dims)?;
    let taken = of(Metric::Asa, None, key.dims)?;
    let number = all.den - gone.den - taken.den;
    let waited_s = all.num - gone.num - taken.num;
    let with = |added: f64| Measure { num: measure.num + added, den: measure.den + number };
    Some(WithOpen {
        least: (!is_share).then(|| with(waited_s)),
        expected: with(if is_share { number } else { 2.0 * waited_s }),
    })
}
