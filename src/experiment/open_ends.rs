//! Who still waits at the end of a run, in the verdicts on metrics that leave such
//! contacts out. A service level counts them; a speed of answer or a rate of abandonment
//! would look the better the more of them there are.

use crate::projection::{Dims, Measure, MetricKey};

/// How a metric takes a contact that still waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Open {
    /// As answered after its wait so far, which is the least that it can become.
    AtLeast,
    /// As one that leaves, which it may yet not do.
    AtWorst,
}

/// How the metric of a key takes contacts that still wait, where it leaves them out.
pub(super) fn left_out(key: &MetricKey) -> Option<Open> {
    if key.party.is_some() {
        return None; // of the bot
    }
    match key.metric {
        "asa_s" => Some(Open::AtLeast),
        "abandonment_rate" | "wait_probability" => Some(Open::AtWorst),
        _ => None,
    }
}

/// The measure of a metric that leaves open contacts out, with them; `of` finds the
/// measure of another metric of the same contacts.
pub(super) fn with_open(
    key: &MetricKey,
    measure: Measure,
    of: impl Fn(&str, Option<&str>, Dims) -> Option<Measure>,
) -> Option<Measure> {
    let kind = left_out(key)?;
    let all = of("wait_s", Some("mean"), key.dims)?;
    let gone = of("wait_s", Some("abandoned"), key.dims)?;
    let taken = of("asa_s", None, key.dims)?;
    let number = all.den - gone.den - taken.den;
    let waited_s = all.num - gone.num - taken.num;
    Some(Measure {
        num: measure.num
            + match kind {
                Open::AtLeast => waited_s,
                Open::AtWorst => number,
            },
        den: measure.den + number,
    })
}
