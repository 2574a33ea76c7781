//! What a search for a roster found.

use super::catalogue::DAY_S;
use super::{
    Ask, Catalogue, Goal, Heads, Outcome, Proof, Requirement, ShiftColumn, Standing, looks, proof,
};

/// The team as it is.
#[derive(Clone, Debug)]
pub struct Present {
    /// Its agents.
    pub heads: Heads,
    /// Paid hours in the run.
    pub hours: f64,
    /// How the goals stand with it.
    pub standings: Vec<Standing>,
    /// Agents on the queue: `on_duty[group][interval of the day]`.
    pub on_duty: Vec<Vec<f64>>,
}

/// A roster with all that is said of it.
#[derive(Clone, Debug)]
pub struct RosterAnswer {
    /// What was asked.
    pub ask: Ask,
    /// Hash of the scenario.
    pub sha256: String,
    /// Days of a run.
    pub days: usize,
    /// Whose roster it is.
    pub team: String,
    /// The queue that says how many agents are needed.
    pub queue: String,
    /// Of all costs; may be empty.
    pub currency: String,
    /// The shifts to choose from.
    pub catalogue: Catalogue,
    /// Agents by interval, as the search begins with.
    pub requirement: Requirement,
    /// The team as it is.
    pub now: Present,
    /// The roster, and how it was found and checked.
    pub outcome: Outcome,
    /// The changes of the scenario that put the roster into it: path and value.
    pub changes: Vec<(String, String)>,
}

impl RosterAnswer {
    /// Whether the targets hold in fresh periods: they did at the first look, and no
    /// later one refutes the share of runs that was asked.
    #[must_use]
    pub fn holds(&self) -> bool {
        let mut each = self.outcome.fresh.iter().zip(&self.ask.goals);
        let fine = |(s, goal): (&Standing, &Goal)| match goal.share {
            Some(share) => proof(s, share, self.looks()) != Proof::Refuted,
            None => s.met,
        };
        !self.outcome.interrupted && self.outcome.checked && each.all(fine)
    }

    /// Looks at fresh periods that were planned.
    #[must_use]
    pub fn looks(&self) -> u32 {
        looks(self.ask.replications)
    }

    /// Seed of the fresh periods.
    #[must_use]
    pub fn fresh_seed(&self) -> u64 {
        self.ask.seed.wrapping_add(u64::from(self.outcome.rounds))
    }

    /// The roster with one agent fewer that hurts least: the shift, its agents, and how
    /// the goals stand on the periods of the search.
    #[must_use]
    pub fn fewer(&self) -> Option<(usize, Vec<u32>, &[Standing])> {
        let (column, standings) = self.outcome.fewer.as_ref()?;
        let mut counts = self.outcome.counts.clone();
        counts[*column] -= 1;
        Some((*column, counts, standings))
    }

    /// The shifts of the roster with their agents.
    pub fn shifts(&self) -> impl Iterator<Item = (&ShiftColumn, u32, f64)> {
        let columns = self.catalogue.columns.iter().enumerate();
        columns
            .map(|(c, column)| (column, self.outcome.counts[c], self.catalogue.cost(c)))
            .filter(|(_, count, _)| *count > 0)
    }

    /// The days of a shift, as `mon-fri`.
    #[must_use]
    pub fn days_of(&self, column: &ShiftColumn) -> &str {
        &self.catalogue.groups[column.group].label
    }

    /// Paid hours of a roster.
    #[must_use]
    pub fn hours(&self, counts: &[u32]) -> f64 {
        let each = counts.iter().enumerate();
        each.map(|(c, n)| f64::from(*n) * self.catalogue.hours(c)).sum()
    }
}

/// `08:30`; on the next day as the clock shows it there, and `24:00` at its midnight.
#[must_use]
pub fn clock(seconds: u32) -> String {
    let seconds = if seconds > DAY_S { seconds % DAY_S } else { seconds };
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if s == 0 { format!("{h:02}:{m:02}") } else { format!("{h:02}:{m:02}:{s:02}") }
}
