//! What knowledge work of the teams does to articles and bot, and what the formulas of time
//! saved by AI need.

use crate::event::TimeSaved;
use crate::scenario::file::{self, File, Shrinkage};
use crate::scenario::units;
use crate::scenario::{Agent, Intent};
use crate::time::SimDuration;

use super::cx::Cx;

/// Share of agents' time at which knowledge work has its full effect: an assumption, 2% to 10%.
const FULL_EFFECT: f64 = 0.05;

impl Cx<'_> {
    /// The share of a team's shift time for knowledge work.
    pub fn knowledge_share(&mut self, given: &file::Team, path: &str) -> f64 {
        match &given.shrinkage {
            Some(Shrinkage::Parts(parts)) => {
                self.prob_or(parts.knowledge.as_ref(), 0.0, &format!("{path}.shrinkage.knowledge"))
            }
            _ => 0.0,
        }
    }

    /// Knowledge work closes part of what is missing, in proportion to its share of all
    /// shift time, up to the cap. Where a share is wrong, the team has told it already.
    pub fn knowledge_work(&mut self, file: &File, agents: &[Agent], intents: &mut [Intent]) {
        let Some(given) = &file.knowledge else {
            return;
        };
        let full = self.prob_or(given.full.as_ref(), FULL_EFFECT, "knowledge.full");
        let coverage = self.prob_or(given.coverage.as_ref(), 0.0, "knowledge.coverage");
        let exposure = self.prob_or(given.exposure.as_ref(), 0.0, "knowledge.exposure");
        let solves = self.prob_or(given.solves.as_ref(), 0.0, "knowledge.solves");
        let (mut all_s, mut spent_s) = (0.0, 0.0);
        for agent in agents {
            let shifts_s: f64 =
                agent.duties.iter().map(|d| d.span.end.since(d.span.start).as_s()).sum();
            let share = match file.teams.0.get(agent.team.index()) {
                Some((_, team)) => written_share(team),
                None => 0.0,
            };
            all_s += shifts_s;
            spent_s += shifts_s * share;
        }
        let spent = spent_s / f64::max(all_s, 1e-9);
        let effect = (spent / full.max(1e-9)).min(1.0);
        let closed = |x: f64, part: f64| x + (1.0 - x) * part * effect;
        for intent in intents {
            intent.bot.coverage = closed(intent.bot.coverage, coverage);
            if intent.article_exposure > 0.0 {
                intent.article_exposure = closed(intent.article_exposure, exposure);
                intent.article_solves = closed(intent.article_solves, solves);
            }
        }
    }

    /// What the formulas of time saved need.
    pub fn time_saved(&mut self, file: &File) -> Option<TimeSaved> {
        let given = file.time_saved.as_ref()?;
        let mut length = |value: &Option<file::Dur>, path: &str| {
            self.dur_or(value.as_ref(), SimDuration::ZERO, path)
        };
        let per_transfer = length(&given.per_transfer, "time_saved.per_transfer");
        let per_message = length(&given.per_message, "time_saved.per_message");
        let addressable = given.addressable.as_ref();
        Some(TimeSaved {
            addressable: self.prob_or(addressable, 0.0, "time_saved.addressable"),
            per_transfer,
            per_message,
            messages: self.factor_or(given.messages.as_ref(), 1.0, "time_saved.messages"),
        })
    }
}

fn written_share(team: &file::Team) -> f64 {
    let Some(Shrinkage::Parts(parts)) = &team.shrinkage else {
        return 0.0;
    };
    let share = parts.knowledge.as_ref();
    share.map_or(0.0, |p| units::probability(&p.0).unwrap_or(0.0))
}
