//! Teams: channels, capacity, slow-down, shrinkage.

use crate::distribution::Distribution;
use crate::id::ChannelId;
use crate::scenario::file::{self, File, Named, Shrinkage, Slowdown, SlowdownFormula, TeamChannel};
use crate::scenario::{Away, Reserve, Team};

use super::at::{At, at};
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
    pub fn teams(&mut self, file: &At<File>) -> Vec<Team> {
        let sorts = file.routing.triage.as_ref().map(|t| &t.team);
        let teams = at!(file.teams);
        teams.each().map(|(name, team)| self.team(&team, sorts == Some(name.value))).collect()
    }

    fn team(&mut self, given: &At<file::Team>, triage: bool) -> Team {
        let channels = at!(given.channels);
        if given.channels.0.is_empty() && !triage {
            let message = "the field `channels` is missing: the team serves nobody";
            self.error("E0103", &given.path, message, "write `channels: {chat: {max: 3}}`");
        }
        let (capacity, channel_units) = self.capacity(&channels);
        let (planned, absence) = match &given.shrinkage {
            None => (0.0, 0.0),
            Some(Shrinkage::Planned(p)) => (p.0, 0.0),
            Some(Shrinkage::Parts(parts)) => (parts.planned.0 + parts.knowledge.0, parts.absence.0),
        };
        if planned >= 1.0 {
            let message = "agents who are never on the queue";
            self.error("E0202", &at!(given.shrinkage).path, message, "give a share below 100%");
        }
        let (late_share, late_by) = match at!(given.lateness).given() {
            None => (0.0, Distribution::Constant { value_s: 0.0 }),
            Some(late) => (late.share.0, self.law(at!(late.by))),
        };
        Team {
            serves: Vec::new(),
            capacity,
            channel_units,
            reserves: self.reserves(&channels),
            pauses: self.pauses(&channels),
            speed: self.speed_curve(&channels),
            speed_cv: given.speed_cv.0,
            shift_end: given.shift_end,
            away: Away { planned, absence, late_share, late_by },
            plan: at!(given.plan).given().map(|plan| self.shift_rules(&plan)),
        }
    }

    /// What sets a channel of a team apart needs another one beside it.
    fn needs_another(&mut self, channels: &Named<TeamChannel>, to: &str, path: &str) {
        if channels.0.len() == 1 {
            let help = "leave it out, or name the other channels of the team";
            self.error("E0105", path, format!("there is no other channel to {to}"), help);
        }
    }

    fn reserves(&mut self, channels: &At<Named<TeamChannel>>) -> Vec<Reserve> {
        let mut reserves = Vec::new();
        for (name, channel) in channels.each().filter(|(_, channel)| channel.reserve > 0) {
            self.needs_another(channels, "keep agents from", &at!(channel.reserve).path);
            let agents = channel.reserve;
            reserves.extend(self.known(&name).map(|channel| Reserve { channel, agents }));
        }
        reserves
    }

    /// Which channels' contacts pause the agent's others.
    fn pauses(&mut self, channels: &At<Named<TeamChannel>>) -> Vec<bool> {
        let mut pauses = vec![false; self.names(Kind::Channel).len()];
        for (name, channel) in channels.each().filter(|(_, channel)| channel.pauses) {
            let at = at!(channel.pauses).path;
            self.needs_another(channels, "pause", &at);
            if channel.max > 1 {
                let help = format!("leave out `{}`, or `pauses`", at!(channel.max).path);
                let message = "an agent has one contact at a time that pauses the others";
                self.error("E0105", &at, message, help);
            }
            if let Some(id) = self.known::<ChannelId>(&name) {
                pauses[id.index()] = true;
            }
        }
        pauses
    }

    /// Units of attention of an agent, and of a contact of each channel.
    fn capacity(&mut self, channels: &At<Named<TeamChannel>>) -> (u16, Vec<u16>) {
        let count = self.names(Kind::Channel).len();
        if channels.0.is_empty() {
            return (1, vec![1; count]);
        }
        let mut maxima = vec![0_u64; count];
        for (name, channel) in channels.each() {
            if let Some(id) = self.find::<ChannelId>(&name) {
                maxima[id.index()] = u64::from(channel.max.clamp(1, CONTACTS_MAX));
            }
        }
        let capacity = maxima.iter().filter(|m| **m > 0).try_fold(1, |all, m| {
            let all = least_common_multiple(all, *m);
            (all <= CAPACITY_MAX).then_some(all)
        });
        let Some(capacity) = capacity else {
            let message = "the maxima of the channels have no small common multiple";
            let help = "choose maxima that divide each other, as 1, 2, 4 and 8";
            self.error("E0307", &channels.path, message, help);
            return (1, vec![1; count]);
        };
        let units = maxima.iter().map(|m| capacity.checked_div(*m).unwrap_or(0) as u16).collect();
        (capacity as u16, units)
    }

    /// `R(k)/k` for `k` = 0..=K, of the channel with the largest maximum.
    fn speed_curve(&mut self, channels: &At<Named<TeamChannel>>) -> Vec<f64> {
        let mut total = vec![1.0];
        for (n, (_, channel)) in channels.each().enumerate() {
            let speed = self.total_speed(&channel);
            if n == 0 || speed.len() > total.len() {
                total = speed;
            }
        }
        std::iter::once(1.0).chain(total.iter().zip(1..).map(|(r, k)| r / f64::from(k))).collect()
    }

    /// `R(k)` for `k` = 1..=max.
    fn total_speed(&mut self, channel: &At<TeamChannel>) -> Vec<f64> {
        let max = channel.max.clamp(1, CONTACTS_MAX);
        let linear = (1..=max).map(f64::from).collect();
        let Some(slowdown) = at!(channel.slowdown).given() else {
            if max >= 5 {
                let message = format!(
                    "{max} contacts at once and no slow-down: each runs as fast as one alone"
                );
                let help = "add `slowdown`, as `{power: 0.785}` or a table of total speed";
                self.warn("W0302", &channel.path, message, help);
            }
            return linear;
        };
        let total = match slowdown.value {
            Slowdown::Table(table) => Some(table.clone()),
            Slowdown::Formula(formula) => self.formula(formula, max, &slowdown.path),
        };
        let Some(total) = total else {
            return linear;
        };
        let wrong = if total.len() != max as usize {
            format!("{} values for a maximum of {max}", total.len())
        } else if total.first().is_none_or(|r| (r - 1.0).abs() > 1e-9) {
            "the first value, for one contact, is not 1".to_owned()
        } else if total.iter().any(|r| *r <= 0.0 || !r.is_finite()) {
            "a speed that is not above zero".to_owned()
        } else if total.iter().zip(1..).any(|(r, k)| *r > f64::from(k) + 1e-9) {
            "a total speed above the number of contacts".to_owned()
        } else {
            return total;
        };
        let help =
            "give the total speed with 1, 2, ... contacts up to `max`, as [1, 1.7, 2.5, 2.9]";
        self.error("E0306", &slowdown.path, wrong, help);
        linear
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
            (Some(_), None, None, None) | (None, Some(_), None, None) => {
                let help = "give `power` up to 1, `amdahl` from 0 on";
                self.refuse("E0306", path, "a slow-down that speeds up", help)
            }
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
