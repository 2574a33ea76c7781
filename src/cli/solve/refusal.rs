//! Why there is no roster: the worst interval, and what would make one possible.

use super::interrupted;
use super::trial::{Trial, nothing_measured};
use crate::cli::Failure;
use crate::id::QueueId;
use crate::planning::{Ask, Catalogue, NoRoster, Requirement, Uncovered, clock, cover};
use crate::projection::Replication;
use crate::scenario::Scenario;

/// Runs that show where a roster fails.
const RUNS: u32 = 5;

/// What is known when a search finds no roster.
pub(super) struct Refusal<'a> {
    pub(super) trial: &'a Trial<'a>,
    pub(super) ask: &'a Ask,
    pub(super) queue: QueueId,
    pub(super) catalogue: &'a Catalogue,
    pub(super) requirement: &'a Requirement,
    pub(super) most: Option<u32>,
}

impl Refusal<'_> {
    /// `with` puts a roster in the scenario.
    pub(super) fn of(&self, why: NoRoster, with: impl Fn(&[u32]) -> Option<Scenario>) -> Failure {
        match why {
            NoRoster::Stopped => interrupted(),
            NoRoster::Nothing(goal) => nothing_measured(&self.ask.targets[goal].text),
            NoRoster::TooFewAgents => self.too_few(),
            NoRoster::Uncovered(interval) => self.uncovered(interval),
            NoRoster::OutOfReach(goal, standing, counts) => {
                let target = &self.ask.targets[goal].text;
                let agents: u32 = counts.iter().sum();
                let value = crate::report::standing(&standing, self.ask.goals[goal].share);
                let worst = with(&counts).and_then(|scenario| self.worst(&scenario));
                let (place, help) = match worst {
                    Some(worst) => (
                        format!("\n  worst: {}", self.say(&worst, &counts)),
                        self.help(&worst, &counts),
                    ),
                    None => (String::new(), ELSEWHERE.to_owned()),
                };
                Failure::wrong(
                    format!(
                        "`{target}` cannot be met by this team alone: with {agents} agents it is {value}{place}"
                    ),
                    &help,
                )
            }
        }
    }

    fn name(&self, at: Uncovered) -> String {
        let group = &self.catalogue.groups[at.group].label;
        format!("{group} {}", self.clock(at))
    }

    fn clock(&self, at: Uncovered) -> String {
        clock(at.slot as u32 * self.catalogue.interval_s)
    }

    fn uncovered(&self, at: Uncovered) -> Failure {
        let name = self.name(at);
        let from_s = at.slot as u32 * self.catalogue.interval_s;
        let mine = self.catalogue.columns.iter().filter(|c| c.group == at.group);
        let help = match mine.map(|c| c.end_s).max() {
            Some(end) if end <= from_s => format!(
                "make the day longer: shifts end at {} (`plan.to`, or a shift that covers {})",
                clock(end),
                self.clock(at)
            ),
            _ => format!("add a shift that covers {}", self.clock(at)),
        };
        Failure::wrong(
            format!("no shift of the catalogue reaches {name}, and contacts come then"),
            &help,
        )
    }

    /// The limits on agents are too low for what is asked of the intervals: where most
    /// is asked.
    fn too_few(&self) -> Failure {
        let needs = &self.requirement.needs;
        let places = needs.iter().enumerate().flat_map(|(group, slots)| {
            let each = slots.iter().enumerate();
            each.map(move |(slot, need)| (Uncovered { group, slot }, *need))
        });
        let worst = places.max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((at, need)) = worst else {
            return interrupted();
        };
        let mut free = self.catalogue.clone();
        free.columns.iter_mut().for_each(|c| c.most = None);
        let least = cover(&free, needs, None).ok().map(|c| {
            let of_group = |g: usize| {
                let mine = free.columns.iter().zip(&c.counts).filter(|(c, _)| c.group == g);
                mine.map(|(_, n)| *n).sum::<u32>()
            };
            (0..free.groups.len()).map(of_group).max().unwrap_or(0)
        });
        let enough = least.map_or(String::new(), |n| format!(" to about {n}"));
        let what = match self.most {
            Some(most) => format!("the plan allows {most} agents (`max_agents`)"),
            None => "the shifts allow too few (`max_agents`)".to_owned(),
        };
        let path = match self.most {
            Some(_) => "raise max_agents of the team's plan",
            None => "raise max_agents of the shifts that cover it",
        };
        Failure::wrong(
            format!(
                "{what}, and that is too few: most is asked at {}, {need:.0} agents on the queue",
                self.name(at)
            ),
            &format!("{path}{enough}, give longer shifts, or ask for less"),
        )
    }

    /// The interval in which most contacts are not answered in time.
    fn worst(&self, scenario: &Scenario) -> Option<Worst> {
        let queue = self.queue.index();
        let keep = |r: &Replication| -> Vec<(f64, f64)> {
            let row = |row: &Vec<crate::projection::QueueInterval>| {
                row.get(queue).map_or((0.0, 0.0), |q| (q.offered, q.answered_within))
            };
            r.queues.iter().map(row).collect()
        };
        let runs = self.trial.replicate(scenario, &(0..RUNS).collect::<Vec<_>>(), keep)?;
        let header = &scenario.header;
        let mut worst: Option<Worst> = None;
        for (group, days) in self.catalogue.groups.iter().enumerate() {
            for slot in 0..self.catalogue.slots() {
                let place = |d: &usize| {
                    (header.day_starts[*d].0 / header.interval.0.max(1)) as usize + slot
                };
                let places: Vec<usize> = days.days.iter().map(place).collect();
                let each = runs.iter().flat_map(|r| places.iter().filter_map(|p| r.get(*p)));
                let (offered, in_time) = each.fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
                let days = (runs.len() * places.len()).max(1) as f64;
                let found = Worst {
                    at: Uncovered { group, slot },
                    offered: offered / days,
                    late: (offered - in_time) / days,
                };
                if found.late > worst.as_ref().map_or(0.0, |w| w.late) {
                    worst = Some(found);
                }
            }
        }
        worst
    }

    fn say(&self, worst: &Worst, counts: &[u32]) -> String {
        let Uncovered { group, slot } = worst.at;
        let there = self.catalogue.on_duty(counts, group, slot);
        let asked = match self.requirement.needs[group][slot] {
            need if need > 0.0 => format!("; the formula asks for {need:.0}"),
            _ => String::new(), // no shift reaches it
        };
        format!(
            "{}, where {:.0} of {:.0} contacts are not answered in time by {there:.1} agents on the queue{asked}",
            self.name(worst.at),
            worst.late,
            worst.offered,
        )
    }

    fn help(&self, worst: &Worst, counts: &[u32]) -> String {
        let Uncovered { group, slot } = worst.at;
        let at = self.clock(worst.at);
        let reaches = |c: &usize| self.catalogue.coverage(*c, group, slot) > 0.0;
        let covering: Vec<usize> = (0..counts.len()).filter(reaches).collect();
        if covering.is_empty() {
            return match self.uncovered(worst.at).message.split_once("help: ") {
                Some((_, help)) => help.to_owned(),
                None => format!("add a shift that covers {at}"),
            };
        }
        let all: u32 = counts.iter().sum();
        if self.most.is_some_and(|most| all >= most) {
            return format!("allow more agents at {at}: raise max_agents of the team's plan");
        }
        if !covering.iter().any(|c| self.catalogue.has_room(counts, *c)) {
            return format!(
                "allow more agents at {at}: raise max_agents of the shifts that cover it"
            );
        }
        ELSEWHERE.to_owned()
    }
}

const ELSEWHERE: &str = "more agents do not help: look for what else holds it back (another team, the bot, hours), or ask for less";

struct Worst {
    at: Uncovered,
    /// Contacts of a day.
    offered: f64,
    /// Of these: not answered in time.
    late: f64,
}
