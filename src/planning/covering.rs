//! Shifts that cover a requirement at least cost: an integer programme.

use super::Catalogue;
use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, TerminationReason};

/// Nodes that the search may open. A limit of work, not of time: the same question
/// gets the same answer on any machine.
const NODES: u64 = 4_000;
/// Relative gap at which the search may stop: below any wage that matters.
const GAP: f64 = 1e-3;

/// A covering.
#[derive(Clone, PartialEq, Debug)]
pub struct Cover {
    /// Agents by shift of the catalogue.
    pub counts: Vec<u32>,
    /// Relative gap to the least cost that was proven; 0 = the cheapest.
    pub gap: f64,
    /// Whether the search ended at its limit of work.
    pub limited: bool,
}

/// An interval that no shift of the catalogue reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uncovered {
    /// Group of days.
    pub group: usize,
    /// Interval of the day.
    pub slot: usize,
}

/// The cheapest agents by shift that give every interval `needs[group][slot]` agents
/// on the queue, with at most `most` agents in all.
///
/// # Errors
/// The interval that cannot be covered; `None` when `most` agents are too few.
pub fn cover(
    catalogue: &Catalogue,
    needs: &[Vec<f64>],
    most: Option<u32>,
) -> Result<Cover, Option<Uncovered>> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let limit = i32::try_from(most.unwrap_or(100_000)).unwrap_or(i32::MAX);
    let columns = 0..catalogue.columns.len();
    let variables: Vec<_> = columns
        .clone()
        .map(|c| {
            let own = catalogue.columns[c]
                .most
                .map_or(limit, |most| i32::try_from(most).unwrap_or(i32::MAX).min(limit));
            problem.add_integer_var(catalogue.cost(c), (0, own))
        })
        .collect();
    for (group, slots) in needs.iter().enumerate() {
        for (slot, need) in slots.iter().enumerate().filter(|(_, need)| **need > 0.0) {
            let near = columns.clone().filter(|c| catalogue.meets(*c, group));
            let row: Vec<_> = near
                .map(|c| (variables[c], catalogue.coverage(c, group, slot)))
                .filter(|(_, share)| *share > 0.0)
                .collect();
            if row.is_empty() {
                return Err(Some(Uncovered { group, slot }));
            }
            problem.add_constraint(&row, ComparisonOp::Ge, *need);
        }
    }
    if most.is_some() {
        // Agents of one group of days may be those of another.
        for group in 0..catalogue.groups.len() {
            let of_group = columns.clone().filter(|c| catalogue.columns[*c].group == group);
            let row: Vec<_> = of_group.map(|c| (variables[c], 1.0)).collect();
            problem.add_constraint(&row, ComparisonOp::Le, f64::from(limit));
        }
    }
    // With a first covering to improve there is an answer even at the limit of work.
    let first = greedy(catalogue, needs);
    let mut options = SolveOptions::default();
    options.node_limit = Some(NODES);
    options.mip_gap = GAP;
    if let Some(first) = &first {
        let start = variables.iter().zip(first);
        options.warm_start = Some(start.map(|(v, n)| (*v, f64::from(*n))).collect());
    }
    let outcome = problem.solve_with(options).map_err(|_| None)?;
    let Ok(solution) = outcome.into_solution() else {
        let fits = |first: &Vec<u32>| most.is_none_or(|most| first.iter().sum::<u32>() <= most);
        return first.filter(fits).map(unproven).ok_or(None);
    };
    Ok(Cover {
        counts: variables
            .iter()
            .map(|v| (solution.var_value(*v) + 0.5).floor().max(0.0) as u32)
            .collect(),
        gap: solution.gap().unwrap_or(f64::INFINITY).max(0.0),
        limited: solution.termination_reason() == TerminationReason::NodeLimit,
    })
}

fn unproven(counts: Vec<u32>) -> Cover {
    Cover { counts, gap: f64::INFINITY, limited: true }
}

/// A covering, not the least: interval by interval the shift that fills most of what
/// is open for its cost. `None` where the limits of shifts stand in its way.
fn greedy(catalogue: &Catalogue, needs: &[Vec<f64>]) -> Option<Vec<u32>> {
    let mut counts = vec![0_u32; catalogue.columns.len()];
    let mut open = needs.to_vec();
    for group in 0..open.len() {
        for slot in 0..open[group].len() {
            let fills = |c: usize| {
                let each = open[group].iter().enumerate().skip(slot);
                let filled =
                    each.map(|(s, need)| need.max(0.0).min(catalogue.coverage(c, group, s)));
                filled.sum::<f64>() / catalogue.cost(c).max(1e-9)
            };
            let reaches =
                |c: &usize| catalogue.meets(*c, group) && catalogue.coverage(*c, group, slot) > 0.0;
            let by_value: Vec<(usize, f64)> =
                (0..counts.len()).filter(reaches).map(|c| (c, fills(c))).collect();
            while open[group][slot] > 1e-9 {
                let with_room = by_value.iter().filter(|(c, _)| catalogue.has_room(&counts, *c));
                let best = with_room.max_by(|a, b| a.1.total_cmp(&b.1));
                let (best, _) = *best?;
                counts[best] += 1;
                for (g, slots) in open.iter_mut().enumerate() {
                    for (s, need) in slots.iter_mut().enumerate() {
                        *need -= catalogue.coverage(best, g, s);
                    }
                }
            }
        }
    }
    Some(counts)
}
