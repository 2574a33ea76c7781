//! Rules for the shifts that `convoq solve` may use.

use crate::scenario::file;
use crate::scenario::units;
use crate::scenario::{KindRule, ShiftRules};
use crate::time::{DAY_US, SimDuration};

use super::cx::Cx;

impl Cx<'_> {
    /// The rules of a team's plan.
    pub fn shift_rules(&mut self, given: &file::Plan, path: &str) -> ShiftRules {
        let mut kinds = Vec::new();
        for (n, kind) in given.shifts.iter().enumerate() {
            let at = format!("{path}.shifts[{n}]");
            let Some(length) = self.positive_dur(&kind.length, &format!("{at}.length")) else {
                continue;
            };
            let pause = kind.one_break.as_ref();
            let pause = pause.map(|b| self.dur(b, &format!("{at}.break")));
            if length.0 > DAY_US || pause.is_some_and(|b| b >= length) {
                let message = "a shift longer than a day, or a break as long as its shift";
                self.error("E0305", &at, message, "give a length up to 24h, and a shorter break");
            }
            kinds.push(KindRule { length, pause });
        }
        let half_hour = SimDuration::from_s(1800.0);
        let start_every = match &given.start_every {
            Some(step) => self.positive_dur(step, &format!("{path}.start_every")),
            None => None,
        };
        let mut clock = |given: &Option<file::Clock>, name: &str| {
            let at = format!("{path}.{name}");
            let given = given.as_ref()?;
            self.unit("E0205", &at, units::clock(&given.0))
        };
        let (from_s, mut to_s) = (clock(&given.from, "from"), clock(&given.to, "to"));
        if let Some((from, to)) = from_s.zip(to_s) {
            if to == from {
                let help = "give the earliest start in `from` and the latest end in `to`";
                self.error("E0305", path, "a plan that ends when it starts", help);
            } else if to < from {
                to_s = Some(to + super::shifts::DAY_S); // on the next day
            }
        }
        if let Some(most) = given.max_agents {
            self.check_count(most, &format!("{path}.max_agents"));
        }
        ShiftRules {
            kinds,
            start_every: start_every.unwrap_or(half_hour),
            from_s,
            to_s,
            most: given.max_agents,
        }
    }
}
