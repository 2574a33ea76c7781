//! Teams: channels, capacity, slow-down, shrinkage.

use crate::distribution::Distribution;
use crate::id::ChannelId;
use crate::scenario::file;
use crate::scenario::file::{File, Shrinkage, Slowdown, SlowdownFormula, TeamChannel};
use crate::scenario::{Away, Reserve, Team};

use super::cx::{Cx, Kind};

/// Largest capacity of an agent: the least common multiple of small maxima stays far below.
const CAPACITY_MAX: u64 = 5040;
/// Largest number of contacts at once.
const CONTACTS_MAX: u32 = 1000;

fn least_common_multiple(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x.max(1) * b
}

/// Total speed with `k` chats of an agent who writes for `agent_s` and waits for each customer
/// `customer_s`: the machine-repairman model.
fn speed_by_turns(agent_s: f64, customer_s: f64, k: u32) -> f64 {
    // `term` is k!/(k-n)! (S/Z)^n, built up factor by factor.
    let throughput = |k: u32| {
        let (mut term, mut sum) = (1.0, 1.0);
        for n in 0..k {
            term *= f64::from(k - n) * agent_s / customer_s;
            sum += term;
        }
        1.0 - 1.0 / sum
    };
    throughput(k) / throughput(1)
}

impl Cx<'_> {
    /// All teams, still without their queues.
    pub fn teams(&mut self, file: &File) -> Vec<Team> {
        let mut teams = Vec::new();
        for (name, given) in &file.teams.0 {
            let path = format!("teams.{name}");
            let triage = file.routing.triage.as_ref().is_some_and(|t| t.team == *name);
            teams.push(self.team(given, triage, &path));
        }
        teams
    }

    fn team(&mut self, given: &file::Team, triage: bool, path: &str) -> Team {
        let (capacity, channel_units) = self.capacity(given, triage, path);
        let (planned, absence) = match &given.shrinkage {
            None => (0.0, 0.0),
            Some(Shrinkage::Planned(p)) => (p.0, 0.0),
            Some(Shrinkage::Parts(parts)) => (parts.planned.0 + parts.knowledge.0, parts.absence.0),
        };
        if planned >= 1.0 {
            let help = "give a share below 100%";
            self.error(
                "E0202",
                &format!("{path}.shrinkage"),
                "agents who are never on the queue",
                help,
            );
        }
        let (late_share, late_by) = match &given.lateness {
            None => (0.0, Distribution::Constant { value_s: 0.0 }),
            Some(late) => (late.share.0, self.law(&late.by, &format!("{path}.lateness.by"))),
        };
        Team {
            serves: Vec::new(),
            capacity,
            channel_units,
            reserves: self.reserves(given, path),
            pauses: self.pauses(given, path),
            speed: self.speed_curve(given, path),
            speed_cv: given.speed_cv.0,
            shift_end: given.shift_end,
            away: Away { planned, absence, late_share, late_by },
            plan: given.plan.as_ref().map(|p| self.shift_rules(p, &format!("{path}.plan"))),
        }
    }

    fn reserves(&mut self, given: &file::Team, path: &str) -> Vec<Reserve> {
        let mut reserves = Vec::new();
        for (name, channel) in &given.channels.0 {
            let agents = channel.reserve;
            if agents == 0 {
                continue;
            }
            let at = format!("{path}.channels.{name}.reserve");
            if given.channels.0.len() == 1 {
                let help = "leave it out, or name the other channels of the team";
                self.error("E0105", &at, "there is no other channel to keep agents from", help);
            }
            if let Some(id) = self.lookup(Kind::Channel, name) {
                let channel = ChannelId(id as u8);
                reserves.push(Reserve { channel, agents });
            }
        }
        reserves
    }

    /// Which channels' contacts pause the agent's others.
    fn pauses(&mut self, given: &file::Team, path: &str) -> Vec<bool> {
        let mut pauses = vec![false; self.names(Kind::Channel).len()];
        for (name, channel) in &given.channels.0 {
            if !channel.pauses {
                continue;
            }
            let at = format!("{path}.channels.{name}.pauses");
            if given.channels.0.len() == 1 {
                let help = "leave it out, or name the other channels of the team";
                self.error("E0105", &at, "there is no other channel to pause", help);
            }
            if channel.max > 1 {
                let help = format!("leave out `{path}.channels.{name}.max`, or `pauses`");
                let message = "an agent has one contact at a time that pauses the others";
                self.error("E0105", &at, message, help);
            }
            if let Some(id) = self.lookup(Kind::Channel, name) {
                pauses[id] = true;
            }
        }
        pauses
    }

    /// Units of attention of an agent, and of a contact of each channel.
    fn capacity(&mut self, given: &file::Team, triage: bool, path: &str) -> (u16, Vec<u16>) {
        let count = self.names(Kind::Channel).len();
        if given.channels.0.is_empty() {
            if !triage {
                let help = "write `channels: {chat: {max: 3}}`";
                self.error(
                    "E0103",
                    path,
                    "the field `channels` is missing: the team serves nobody",
                    help,
                );
            }
            return (1, vec![1; count]);
        }
        let mut maxima = vec![0_u64; count];
        for (name, channel) in &given.channels.0 {
            let at = format!("{path}.channels.{name}");
            let max = channel.max;
            if let Some(id) = self.find(Kind::Channel, name, &at) {
                maxima[id] = u64::from(max.clamp(1, CONTACTS_MAX));
            }
        }
        let capacity = maxima.iter().filter(|m| **m > 0).try_fold(1, |all, m| {
            let all = least_common_multiple(all, *m);
            (all <= CAPACITY_MAX).then_some(all)
        });
        let Some(capacity) = capacity else {
            let help = "choose maxima that divide each other, as 1, 2, 4 and 8";
            self.error(
                "E0307",
                &format!("{path}.channels"),
                "the maxima of the channels have no small common multiple",
                help,
            );
            return (1, vec![1; count]);
        };
        let units = maxima.iter().map(|m| capacity.checked_div(*m).unwrap_or(0) as u16).collect();
        (capacity as u16, units)
    }

    /// `R(k)/k` for `k` = 0..=K, of the channel with the largest maximum.
    fn speed_curve(&mut self, given: &file::Team, path: &str) -> Vec<f64> {
        let mut best: Option<(u32, Vec<f64>)> = None;
        for (name, channel) in &given.channels.0 {
            let max = channel.max.clamp(1, CONTACTS_MAX);
            let at = format!("{path}.channels.{name}");
            let total = self.total_speed(channel, max, &at);
            if best.as_ref().is_none_or(|(m, _)| max > *m) {
                best = Some((max, total));
            }
        }
        let total = best.map_or_else(|| vec![1.0], |(_, total)| total);
        std::iter::once(1.0).chain(total.iter().zip(1..).map(|(r, k)| r / f64::from(k))).collect()
    }

    /// `R(k)` for `k` = 1..=max.
    fn total_speed(&mut self, channel: &TeamChannel, max: u32, path: &str) -> Vec<f64> {
        let linear: Vec<f64> = (1..=max).map(f64::from).collect();
        let at = format!("{path}.slowdown");
        let total = match &channel.slowdown {
            None => {
                if max >= 5 {
                    let message = format!(
                        "{max} contacts at once and no slow-down: each runs as fast as one alone"
                    );
                    self.warn(
                        "W0302",
                        path,
                        message,
                        "add `slowdown`, as `{power: 0.785}` or a table of total speed",
                    );
                }
                return linear;
            }
            Some(Slowdown::Table(table)) => Some(table.clone()),
            Some(Slowdown::Formula(formula)) => self.formula(formula, max, &at),
        };
        let Some(total) = total else {
            return linear;
        };
        let mut wrong = None;
        if total.len() != max as usize {
            wrong = Some(format!("{} values for a maximum of {max}", total.len()));
        } else if total.first().is_none_or(|r| (r - 1.0).abs() > 1e-9) {
            wrong = Some("the first value, for one contact, is not 1".to_owned());
        } else if total.iter().any(|r| *r <= 0.0 || !r.is_finite()) {
            wrong = Some("a speed that is not above zero".to_owned());
        } else if total.iter().zip(1..).any(|(r, k)| *r > f64::from(k) + 1e-9) {
            wrong = Some("a total speed above the number of contacts".to_owned());
        }
        match wrong {
            None => total,
            Some(message) => {
                let help = "give the total speed with 1, 2, ... contacts up to `max`, as [1, 1.7, 2.5, 2.9]";
                self.error("E0306", &at, message, help);
                linear
            }
        }
    }

    fn formula(&mut self, formula: &SlowdownFormula, max: u32, path: &str) -> Option<Vec<f64>> {
        let levels = 1..=max;
        match (formula.power, formula.amdahl, &formula.turns, &formula.handle_time) {
            (Some(power), None, None, None) if power <= 1.0 => {
                Some(levels.map(|k| libm::pow(f64::from(k), power)).collect())
            }
            (None, Some(g), None, None) if g >= 0.0 => {
                Some(levels.map(|k| f64::from(k) / (1.0 + g * f64::from(k - 1))).collect())
            }
            (None, None, Some(turns), None) => {
                let (agent_s, customer_s) = (turns.agent.0.as_s(), turns.customer.0.as_s());
                Some(levels.map(|k| speed_by_turns(agent_s, customer_s, k)).collect())
            }
            (None, None, None, Some(times)) => {
                let seconds = || times.iter().map(|time| time.0.as_s());
                let first = seconds().next().unwrap_or_default();
                Some(seconds().zip(1..).map(|(t, k)| f64::from(k) * first / t).collect())
            }
            (Some(_), None, None, None) | (None, Some(_), None, None) => self.refuse(
                "E0306",
                path,
                "a slow-down that speeds up",
                "give `power` up to 1, `amdahl` from 0 on",
            ),
            _ => {
                let help = "give one of `power`, `amdahl`, `turns`, `handle_time`, or a table";
                self.refuse("E0105", path, "a slow-down has one formula", help)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_by_turns_is_that_of_methods_4_3() {
        for (k, expected) in [(1, 1.0), (2, 1.8), (3, 2.3684), (4, 2.7143), (5, 2.8899)] {
            assert!((speed_by_turns(20.0, 40.0, k) - expected).abs() < 1e-4, "{k}");
        }
    }

    #[test]
    fn multiples() {
        assert_eq!(least_common_multiple(4, 6), 12);
        assert_eq!(least_common_multiple(1, 3), 3);
    }
}
