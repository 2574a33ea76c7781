//! Each wait as it was and as it is replayed.

use super::record::{Came, Record, WaitEnd};
use crate::event::Header;
use crate::observed::Observed;

/// How far the waits of single contacts are from those that were recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WaitErrors {
    /// Contacts that were answered in both.
    pub both: usize,
    /// Contacts that were answered in one and not in the other.
    pub one: usize,
    /// Mean absolute error of the waits of the first, seconds.
    pub mae_s: f64,
    /// The error that 99 % of them do not exceed, seconds.
    pub p99_s: f64,
    /// The largest, seconds.
    pub max_s: f64,
}

/// Compares contact by contact: those of a channel come in the same order in both.
/// `again` is what was seen of a scenario made of `record` (see [`super::Parts`]).
#[must_use]
pub fn wait_errors(record: &Record, header: &Header, again: &Observed) -> WaitErrors {
    let mut found = WaitErrors::default();
    let mut errors = Vec::new();
    for (place, channel) in record.channels(header).into_iter().enumerate() {
        let was = record.contacts.iter().filter(|c| c.channel == channel);
        let is = again.contacts.iter().filter(|c| c.source.index() == place);
        for (was, is) in was.zip(is) {
            let stay = is.stay.filter(|s| s.end == crate::observed::StayEnd::Answered);
            match (answered(was), stay) {
                (true, Some(stay)) => {
                    errors.push((stay.waited().as_s() - was.waited.as_s()).abs());
                }
                (false, None) => {}
                _ => found.one += 1,
            }
        }
    }
    errors.sort_unstable_by(f64::total_cmp);
    found.both = errors.len();
    found.mae_s = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
    let rank = (errors.len() * 99).div_ceil(100).saturating_sub(1);
    found.p99_s = errors.get(rank).copied().unwrap_or(0.0);
    found.max_s = errors.last().copied().unwrap_or(0.0);
    found
}

fn answered(came: &Came) -> bool {
    came.end == WaitEnd::Answered
}
