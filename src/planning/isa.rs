//! Agents by interval for a probability of waiting, by iterated simulation.

use super::{Catalogue, Requirement, flow, serving};
use crate::id::QueueId;
use crate::scenario::Scenario;

/// Rounds at most.
const ROUNDS: u32 = 8;
/// Probability of waiting in every interval; the search scales what it takes.
const ALPHA: f64 = 0.2;

/// Agents by interval, and how they were found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staffing {
    /// Agents by interval.
    pub agents: Vec<u32>,
    /// Rounds of simulation.
    pub rounds: u32,
    /// Whether the last round moved no interval by more than one agent.
    pub settled: bool,
}

/// Numbers of contacts with or waiting for a team: `[run][moment]`, as many moments
/// in each interval.
pub type Numbers = Vec<Vec<u32>>;

/// The iterative staffing algorithm (Feldman, Mandelbaum, Massey and Whitt 2008,
/// "Staffing of time-varying queues to achieve time-stable performance"): from more
/// agents than anybody waits for, each interval gets the least number `s` with
/// `P(L >= slots s) <= alpha`, `L` being the number of contacts there, until no
/// interval moves by more than one. `slots` is what an agent may hold; a contact
/// waits where all of them are taken.
///
/// `simulate` gives the numbers under agents by interval; `None` when it was stopped.
/// `alpha` is the probability of waiting, 0 to 1. Where a round would undo the one
/// before, as it does where customers leave sooner than they are served, the next
/// begins half way.
pub fn iterative_staffing(
    intervals: usize,
    enough: u32,
    slots: u32,
    alpha: f64,
    simulate: &mut dyn FnMut(&[u32]) -> Option<Numbers>,
) -> Option<Staffing> {
    let mut agents = vec![enough; intervals];
    let mut last_move = u32::MAX;
    for round in 1..=ROUNDS {
        let numbers = simulate(&agents)?;
        let next: Vec<u32> =
            (0..intervals).map(|i| least_agents(&numbers, (i, intervals), slots, alpha)).collect();
        let moves = agents.iter().zip(&next).map(|(a, b)| a.abs_diff(*b));
        let largest = moves.max().unwrap_or(0);
        if largest <= 1 {
            return Some(Staffing { agents: next, rounds: round, settled: true });
        }
        let undone = round > 2 && largest >= last_move;
        last_move = largest;
        agents = match undone {
            true => agents.iter().zip(&next).map(|(a, b)| (a + b).div_ceil(2)).collect(),
            false => next,
        };
    }
    Some(Staffing { agents, rounds: ROUNDS, settled: false })
}

/// Puts the agents that iterated simulation finds in place of the formula's, where the
/// formula asks for any; `None` when it was stopped.
pub fn replace_by_simulation(
    requirement: &mut Requirement,
    scenario: &Scenario,
    queue: QueueId,
    catalogue: &Catalogue,
    simulate: &mut dyn FnMut(&[u32]) -> Option<Numbers>,
) -> Option<()> {
    let header = &scenario.header;
    let step = header.interval.0.max(1);
    let last = header.day_starts.last().map_or(0, |end| end.0);
    let intervals = (last / step) as usize;
    let slots = serving(scenario, queue, &flow(scenario, queue)).rate_of_slots.len() as u32;
    let most = requirement.needs.iter().flatten().fold(0.0, |a: f64, b| a.max(*b));
    let enough = 2 * most as u32 + 10;
    let found = iterative_staffing(intervals, enough, slots, ALPHA, simulate)?;
    for (needs, days) in requirement.needs.iter_mut().zip(&catalogue.groups) {
        for (slot, need) in needs.iter_mut().enumerate().filter(|(_, need)| **need > 0.0) {
            let at = |day: &usize| (header.day_starts[*day].0 / step) as usize + slot;
            let found = days.days.iter().filter_map(|d| found.agents.get(at(d)));
            *need = f64::from(found.sum::<u32>()) / days.days.len() as f64;
        }
    }
    Some(())
}

/// The least agents with which the share of an interval's moments at which all of
/// their slots are taken is at most `alpha`.
fn least_agents(numbers: &Numbers, (interval, of): (usize, usize), slots: u32, alpha: f64) -> u32 {
    let mut there: Vec<u32> = Vec::new();
    for run in numbers {
        let each = run.len() / of.max(1);
        there.extend(run.iter().skip(interval * each).take(each));
    }
    there.sort_unstable();
    let count = there.len();
    let waits = |agents: u32| {
        let below = there.partition_point(|n| *n < agents * slots.max(1));
        (count - below) as f64 <= alpha * count as f64
    };
    let most = there.last().map_or(0, |n| n / slots.max(1) + 1);
    (0..=most).find(|agents| waits(*agents)).unwrap_or(most)
}
