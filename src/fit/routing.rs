//! How contacts found their queue: sorted by people, or by rules that were sometimes wrong.

use super::figure::Figure;
use super::law::FittedLaw;
use crate::event::Header;
use crate::observed::{Observed, PartEnd};
use crate::time::SimTime;
use std::ops::Range;

/// What was fitted of routing.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FittedRouting {
    /// Share of the contacts of people that rules assigned; the rest people sorted.
    pub rules_cover: Option<Figure>,
    /// Work to sort one.
    pub triage: Option<FittedLaw>,
    /// Share of the contacts that were not passed on by who had them first.
    pub right_first_try: Option<Figure>,
    /// Work until one was passed on.
    pub misroute: Option<FittedLaw>,
}

/// Shares; the laws come from the works that the caller has collected.
pub(super) fn fitted(
    header: &Header,
    observed: &Observed,
    chosen: &Range<SimTime>,
    triage: Option<FittedLaw>,
    misroute: Option<FittedLaw>,
) -> FittedRouting {
    let began = |contact: usize| chosen.contains(&observed.contacts[contact].started);
    let is_triage = |queue: crate::id::QueueId| header.queues[queue.index()].triage;
    let own = observed.contacts.iter().filter(|c| chosen.contains(&c.started));
    let stays: Vec<_> = own.filter_map(|c| c.stay).collect();
    let by_rule = stays.iter().filter(|stay| !is_triage(stay.queue)).count();
    let passed = observed.parts.iter().filter(|part| {
        part.end == PartEnd::PassedOn && !is_triage(part.queue) && began(part.contact)
    });
    let passed = passed.count().min(by_rule);
    FittedRouting {
        rules_cover: triage.is_some().then(|| Figure::share(by_rule, stays.len())),
        triage,
        right_first_try: misroute.is_some().then(|| Figure::share(by_rule - passed, by_rule)),
        misroute,
    }
}
