//! What a plan of a team's shifts may use. The engine does not read it.

use crate::time::SimDuration;

/// Rules for the shifts of a team.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShiftRules {
    /// Shifts to choose from; none = those that the team has.
    pub kinds: Vec<KindRule>,
    /// Shifts begin at steps of this length from the earliest start.
    pub start_every: SimDuration,
    /// Earliest start, seconds after local midnight; `None` = that of the team's shifts.
    pub from_s: Option<u32>,
    /// Latest end, seconds after local midnight; `None` = that of the team's shifts.
    pub to_s: Option<u32>,
    /// Agents of a day at most.
    pub most: Option<u32>,
}

/// A shift to choose from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KindRule {
    /// From start to end.
    pub length: SimDuration,
    /// Its break, whose time the agent chooses.
    pub pause: Option<SimDuration>,
}
