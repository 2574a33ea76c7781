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
        .map(|c| problem.add_integer_var(catalogue.cost(c), (0, limit)))
        .collect();
    for (group, slots) in needs.iter().enumerate() {
        for (slot, need) in slots.iter().enumerate().filter(|(_, need)| **need > 0.0) {
            let of_group = columns
                .clone()
                .filter(|c| catalogue.columns[*c].group == group);
            let row: Vec<_> = of_group
                .map(|c| (variables[c], catalogue.coverage(c, slot)))
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
            let of_group = columns
                .clone()
                .filter(|c| catalogue.columns[*c].group == group);
            let row: Vec<_> = of_group.map(|c| (variables[c], 1.0)).collect();
            problem.add_constraint(&row, ComparisonOp::Le, f64::from(limit));
        }
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(NODES);
    options.mip_gap = GAP;
    let solved = problem
        .solve_with(options)
        .ok()
        .and_then(|o| o.into_solution().ok());
    let solution = solved.ok_or(None)?;
    Ok(Cover {
        counts: variables
            .iter()
            .map(|v| (solution.var_value(*v) + 0.5).floor().max(0.0) as u32)
            .collect(),
        gap: solution.gap().unwrap_or(f64::INFINITY).max(0.0),
        limited: solution.termination_reason() == TerminationReason::NodeLimit,
    })
}
