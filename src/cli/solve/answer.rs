//! What a search for a roster found.

use crate::experiment::clopper_pearson;
use crate::planning::{Catalogue, Cover, Heads, Requirement, ShiftColumn, Standing};

/// The team as it is.
pub(super) struct Present {
    pub(super) heads: Heads,
    /// Paid hours in the run.
    pub(super) hours: f64,
    pub(super) standings: Vec<Standing>,
    /// Agents on the queue: `on_duty[group][interval of the day]`.
    pub(super) on_duty: Vec<Vec<f64>>,
}

/// A roster with all that is said of it.
pub(super) struct RosterAnswer {
    pub(super) scenario: String,
    pub(super) sha256: String,
    pub(super) days: usize,
    pub(super) team: String,
    pub(super) queue: String,
    pub(super) currency: String,
    pub(super) targets: Vec<String>,
    /// Least share of runs by target; `None` = all runs together.
    pub(super) shares: Vec<Option<f64>>,
    pub(super) catalogue: Catalogue,
    pub(super) requirement: Requirement,
    pub(super) now: Present,
    pub(super) counts: Vec<u32>,
    /// The roster that the formula alone gives.
    pub(super) formula: Cover,
    pub(super) formula_standing: Vec<Standing>,
    pub(super) scale: f64,
    /// Where the search ended with its own periods, and with fresh ones.
    pub(super) searched: Vec<Standing>,
    pub(super) fresh: Vec<Standing>,
    pub(super) seed: u64,
    pub(super) fresh_seed: u64,
    /// One agent fewer, the way that hurts least: the shift, and how goals stand on the periods of the search.
    pub(super) fewer: Option<(usize, Vec<Standing>)>,
    /// It was stopped: the cheapest roster until then, not checked on fresh periods.
    pub(super) interrupted: bool,
    /// Whether the first look at fresh periods was good, and how many looks were planned.
    pub(super) checked: bool,
    pub(super) looks: u32,
    pub(super) simulated: u64,
    pub(super) rounds: u32,
    pub(super) changes: Vec<(String, String)>,
    pub(super) reproduce: String,
}

impl RosterAnswer {
    /// Whether the targets hold in fresh periods: they did at the first look, and no
    /// later one refutes the share of runs that was asked.
    pub(super) fn holds(&self) -> bool {
        let each = self.fresh.iter().zip(&self.shares);
        let fine = |(s, share): (&Standing, &Option<f64>)| match share {
            Some(share) => proof(s, *share, self.looks) != Proof::Refuted,
            None => s.met,
        };
        !self.interrupted && self.checked && each.into_iter().all(fine)
    }

    /// The shifts of the roster with their agents.
    pub(super) fn shifts(&self) -> impl Iterator<Item = (&ShiftColumn, u32, f64)> {
        let columns = self.catalogue.columns.iter().enumerate();
        columns
            .map(|(c, column)| (column, self.counts[c], self.catalogue.cost(c)))
            .filter(|(_, count, _)| *count > 0)
    }

    pub(super) fn days_of(&self, column: &ShiftColumn) -> &str {
        &self.catalogue.groups[column.group].label
    }

    /// Paid hours of a roster.
    pub(super) fn hours(&self, counts: &[u32]) -> f64 {
        let each = counts.iter().enumerate();
        each.map(|(c, n)| f64::from(*n) * self.catalogue.hours(c)).sum()
    }
}

/// What fresh periods say of a share of periods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Proof {
    /// The share of all periods is at least what is asked, with 95 % confidence.
    Proved,
    /// It may be at least that, or below.
    Consistent,
    /// It is below, with 95 % confidence.
    Refuted,
}

impl Proof {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Consistent => "consistent with",
            Self::Refuted => "refuted",
        }
    }
}

/// Exact binomial bounds of one side on the share of periods. The 5 % of error are
/// shared out over all looks that were planned (Bonferroni), so one may stop at any.
pub(super) fn bounds(s: &Standing, looks: u32) -> [f64; 2] {
    // The ends of an interval of two sides at 90 % are bounds of one side at 95 %.
    let two_sided = 1.0 - 2.0 * 0.05 / f64::from(looks.max(1));
    clopper_pearson(f64::from(s.good), f64::from(s.periods), two_sided)
}

/// What the bounds say of a share that is asked.
pub(super) fn proof(s: &Standing, share: f64, looks: u32) -> Proof {
    match bounds(s, looks) {
        [low, _] if low >= share => Proof::Proved,
        [_, high] if high < share => Proof::Refuted,
        _ => Proof::Consistent,
    }
}

/// `08:30`; on the next day as the clock shows it there, and `24:00` at its midnight.
pub(super) fn clock(seconds: u32) -> String {
    const DAY_S: u32 = 86_400;
    let seconds = if seconds > DAY_S { seconds % DAY_S } else { seconds };
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if s == 0 { format!("{h:02}:{m:02}") } else { format!("{h:02}:{m:02}:{s:02}") }
}
