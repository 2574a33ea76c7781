//! What each interval of a group's day needs, for the search of a roster.

use super::loads::Loads;
use super::{Catalogue, flow, needed, serving};
use crate::analytic::Answer;
use crate::id::QueueId;
use crate::scenario::Scenario;

/// What the days of each group need, on average over its days.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirement {
    /// Least agents on the queue by formula: `needs[group][interval of the day]`;
    /// 0 where nobody comes or no shift reaches.
    pub needs: Vec<Vec<f64>>,
    /// Contacts expected, likewise.
    pub arrivals: Vec<Vec<f64>>,
    /// Offered load, erlangs of solo work, likewise.
    pub loads: Vec<Vec<f64>>,
}

/// The requirement by [`super::requirement_by_interval`]'s formula for an average
/// day of each group. `measured` holds the contacts that came to the queue by
/// interval of the run in a simulation: they take the place of the formula's, so
/// returns, retrials, wrong turns and faults count. `enough` comes with whether it
/// asks for quantiles of the wait.
#[must_use]
pub fn requirement_by_group(
    scenario: &Scenario,
    queue: QueueId,
    catalogue: &Catalogue,
    measured: &[f64],
    within_s: f64,
    (enough, quantiles): (impl Fn(&Answer) -> bool, bool),
) -> Requirement {
    let flow = flow(scenario, queue);
    let serving = serving(scenario, queue, &flow);
    let mut loads = Loads::new(&flow, &serving);
    let step = scenario.header.interval;
    let starts = &scenario.header.day_starts;
    let empty = vec![vec![0.0; catalogue.slots()]; catalogue.groups.len()];
    let mut all = Requirement { needs: empty.clone(), arrivals: empty.clone(), loads: empty };
    for (number, group) in catalogue.groups.iter().enumerate() {
        let days = group.days.len() as f64;
        for slot in 0..catalogue.slots() {
            let mut load = 0.0;
            let mut arrivals = 0.0;
            for day in &group.days {
                let start = starts[*day] + crate::time::SimDuration(slot as u64 * step.0);
                let end = start + step;
                let formula = flow.arrivals(start.as_s(), end.as_s());
                let place = (start.0 / step.0.max(1)) as usize;
                let came = measured.get(place).copied().unwrap_or(formula);
                // Hardly anybody by formula: a quotient would say nothing.
                let ratio = if formula > 1.0 { came / formula } else { 1.0 };
                load += loads.mean(start, end) * ratio / days;
                arrivals += came / days;
            }
            all.arrivals[number][slot] = arrivals;
            all.loads[number][slot] = load;
            let reached =
                (0..catalogue.columns.len()).any(|c| catalogue.coverage(c, number, slot) > 0.0);
            // What is left when nobody comes any more is no reason to begin a shift.
            if reached && arrivals > 0.05 {
                let least = needed(&flow, &serving, load, within_s, (&enough, quantiles));
                all.needs[number][slot] = f64::from(least.unwrap_or(0));
            }
        }
    }
    all
}
