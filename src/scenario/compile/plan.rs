//! Rules for the shifts that `convoq solve` may use.

use crate::scenario::file;
use crate::scenario::{KindRule, ShiftRules};
use crate::time::DAY_US;

use super::at::{At, at};
use super::cx::Cx;

impl Cx<'_> {
    /// The rules of a team's plan.
    pub fn shift_rules(&mut self, given: &At<file::Plan>) -> ShiftRules {
        let mut kinds = Vec::new();
        for kind in at!(given.shifts).each() {
            let length = kind.length.0;
            let pause = kind.one_break.as_ref().map(|b| b.0);
            let too_long = length.0 > DAY_US || pause.is_some_and(|b| b >= length);
            if too_long && self.clean(&kind.path) {
                let message = "a shift longer than a day, or a break as long as its shift";
                let help = "give a length up to 24h, and a shorter break";
                self.error("E0305", &kind.path, message, help);
            }
            kinds.push(KindRule { length, pause });
        }
        let clock = |given: &Option<file::Clock>| given.as_ref().map(|clock| clock.0);
        let (from_s, mut to_s) = (clock(&given.from), clock(&given.to));
        if let Some((from, to)) = from_s.zip(to_s) {
            if to == from && self.clean(&given.path) {
                let help = "give the earliest start in `from` and the latest end in `to`";
                self.error("E0305", &given.path, "a plan that ends when it starts", help);
            } else if to < from {
                to_s = Some(to + super::shifts::DAY_S); // on the next day
            }
        }
        if let Some(most) = given.max_agents {
            self.check_count(most, &at!(given.max_agents).path);
        }
        ShiftRules { kinds, start_every: given.start_every.0, from_s, to_s, most: given.max_agents }
    }
}
