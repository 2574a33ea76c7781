//! What a scenario makes one expect, before anything is simulated.

use super::{Scenario, Source};
use crate::id::IntentId;

/// The probability that a customer of a source who wants this comes to people,
/// at the first contact: past articles, rules and the bot's chain of turns.
/// Sessions, rate limits, faults and hours of the bot are left out.
#[must_use]
pub fn reaches_people(scenario: &Scenario, source: &Source, intent: IntentId) -> f64 {
    let Some(intent) = scenario.intents.get(intent.index()) else {
        return 0.0;
    };
    let solved =
        if source.articles { intent.article_exposure * intent.article_solves } else { 0.0 };
    let written = 1.0 - solved;
    let channel = &scenario.channels[source.channel.index()];
    let skill = &intent.bot;
    let Some(bot) = scenario.bot.as_ref().filter(|_| channel.bot && !skill.never) else {
        return written;
    };
    // Without a way out of the bot only rules and what it does not serve lead to people.
    let (coverage, bypass) =
        if bot.escape_hatch { (skill.coverage, skill.bypass) } else { (1.0, 0.0) };
    // The chain of turns of a contact for which the bot has content.
    let (mut asks, mut kept, mut accuracy) = (1.0, 0.0, skill.accuracy);
    for _ in 0..bot.max_turns {
        let right = accuracy * skill.confident_right;
        let wrong = (1.0 - accuracy) * skill.confident_wrong;
        let closed = right * bot.accept + wrong * bot.leave_silently;
        kept += asks * closed;
        asks *= (right + wrong - closed) * (1.0 - bot.ask_human);
        accuracy *= bot.accuracy_decay;
    }
    let spoken = super::compile::shares(&source.languages);
    let spoken = spoken.filter(|(l, _)| bot.languages.get(l.index()).is_none_or(|s| *s));
    let mine = super::compile::shares(&source.tiers);
    let mine = mine.filter(|(t, _)| !scenario.tiers[t.index()].human_only);
    let comes = (1.0 - bot.human_only[source.segment.index()])
        * (1.0 - bypass)
        * spoken.map(|s| s.1).sum::<f64>()
        * mine.map(|s| s.1).sum::<f64>();
    if !bot.escape_hatch {
        kept = 1.0;
    }
    written * (1.0 - comes * coverage * kept)
}
