//! What knowledge work of the teams does to articles and bot, and what the formulas of time
//! saved by AI need.

use crate::event::TimeSaved;
use crate::scenario::file::{self, File, Shrinkage};
use crate::scenario::{Agent, Intent};

/// Knowledge work closes part of what is missing, in proportion to its share of all
/// shift time, up to the cap.
pub fn knowledge_work(file: &File, agents: &[Agent], intents: &mut [Intent]) {
    let given = &file.knowledge;
    let (mut all_s, mut spent_s) = (0.0, 0.0);
    for agent in agents {
        let shifts_s: f64 = agent.duties.iter().map(|d| d.span.length().as_s()).sum();
        let team = file.teams.0.get(agent.team.index());
        let share = team.map_or(0.0, |(_, team)| knowledge_share(team));
        all_s += shifts_s;
        spent_s += shifts_s * share;
    }
    let spent = spent_s / f64::max(all_s, 1e-9);
    let effect = (spent / given.full.0.max(1e-9)).min(1.0);
    let closed = |x: f64, part: f64| x + (1.0 - x) * part * effect;
    for intent in intents {
        intent.bot.coverage = closed(intent.bot.coverage, given.coverage.0);
        if intent.article_exposure > 0.0 {
            intent.article_exposure = closed(intent.article_exposure, given.exposure.0);
            intent.article_solves = closed(intent.article_solves, given.solves.0);
        }
    }
}

/// What the formulas of time saved need.
pub fn time_saved(file: &File) -> Option<TimeSaved> {
    let given = file.time_saved.as_ref()?;
    Some(TimeSaved {
        addressable: given.addressable.0,
        per_transfer: given.per_transfer.0,
        per_message: given.per_message.0,
        messages: given.messages.0,
    })
}

/// The share of a team's shift time for knowledge work.
pub fn knowledge_share(team: &file::Team) -> f64 {
    match &team.shrinkage {
        Some(Shrinkage::Parts(parts)) => parts.knowledge.0,
        _ => 0.0,
    }
}
