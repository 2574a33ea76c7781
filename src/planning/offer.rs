//! Shifts that are offered as a list, in place of those of the team.

use super::catalogue::DAY_S;
use super::{Catalogue, ShiftBreak, ShiftColumn};

/// A shift to choose from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShiftOffer {
    /// Local start, seconds after midnight; `None` = at every step of the day.
    pub start_s: Option<u32>,
    /// From start to end, seconds, above 0.
    pub length_s: u32,
    /// Break that the agent chooses, seconds; 0 = none.
    pub break_s: u32,
    /// Agents at most on a day; `None` without limit.
    pub most: Option<u32>,
    /// What an agent on the shift costs a day; `None` = paid hours times the wage.
    pub cost_per_day: Option<f64>,
}

impl Catalogue {
    /// The same days with these shifts. One without a start begins at every step of
    /// `step_s` seconds within the span that the team's shifts have on those days.
    pub fn offer(&mut self, offers: &[ShiftOffer], step_s: u32) {
        let mut columns = Vec::new();
        for group in 0..self.groups.len() {
            let mine = self.columns.iter().filter(|c| c.group == group);
            let first = mine.clone().map(|c| c.start_s).min().unwrap_or(0);
            let last = mine.map(|c| c.end_s).max().unwrap_or(0);
            for offer in offers {
                let at = |start_s: u32| {
                    // One that begins after midnight is of its own day.
                    let start_s = start_s % DAY_S;
                    ShiftColumn {
                        group,
                        start_s,
                        end_s: start_s + offer.length_s,
                        breaks: offer.pause().into_iter().collect(),
                        most: offer.most,
                        cost_per_day: offer.cost_per_day,
                    }
                };
                match offer.start_s {
                    Some(start_s) => columns.push(at(start_s)),
                    None => {
                        let starts = (first..).step_by(step_s.max(60) as usize);
                        let inside = starts.take_while(|s| s + offer.length_s <= last);
                        columns.extend(inside.map(at));
                    }
                }
            }
        }
        columns.sort_by_key(|c| (c.group, c.start_s, c.end_s));
        self.columns = columns;
    }

    /// Whether one agent more may be on a shift.
    #[must_use]
    pub fn has_room(&self, counts: &[u32], column: usize) -> bool {
        self.columns[column].most.is_none_or(|most| counts[column] < most)
    }
}

impl ShiftOffer {
    fn pause(&self) -> Option<ShiftBreak> {
        (self.break_s > 0).then_some(ShiftBreak { after_s: None, length_s: self.break_s })
    }
}
