//! What bot and articles of a scenario resolve, in closed form.

use crate::analytic::{AnswerHabits, Automation, IssueKind, automation};
use crate::id::SegmentId;
use crate::scenario::{AfterHours, Bot, Intent, Scenario, Source, expected_volume, shares};

/// The issues of a scenario or a segment, and what customers do with answers.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueMix {
    /// Kinds of issues; their shares add up to 1.
    pub kinds: Vec<IssueKind>,
    /// What customers do with answers.
    pub habits: AnswerHabits,
}

/// The issues of a segment, or of all. `None` where the closed form does not hold:
/// without a bot, with limits, hours or faults of it, when contacts are turned away,
/// without a way to people, with human-only tiers or languages that the bot does not speak, and when customers
/// come again.
#[must_use]
pub fn issue_mix(scenario: &Scenario, segment: Option<SegmentId>) -> Option<IssueMix> {
    let bot = scenario.bot.as_ref().filter(|bot| is_plain(scenario, bot))?;
    let sources = || {
        let all = scenario.sources.iter();
        all.filter(|s| segment.is_none_or(|wanted| s.segment == wanted))
    };
    let total: f64 = sources().map(expected_volume).sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let kinds = sources().flat_map(|source| {
        let volume = expected_volume(source) / total;
        shares(&source.intents).filter_map(move |(intent, share)| {
            let intent = scenario.intents.get(intent.index())?;
            Some(kind(scenario, bot, source, intent, volume * share))
        })
    });
    Some(IssueMix {
        kinds: kinds.collect(),
        habits: AnswerHabits {
            accept: bot.accept,
            leave_silently: bot.leave_silently,
            ask_human: bot.ask_human,
            max_turns: bot.max_turns,
            accuracy_decay: bot.accuracy_decay,
        },
    })
}

/// The parts of the rate of automated resolution of a segment, or of all.
#[must_use]
pub fn expected_automation(scenario: &Scenario, segment: Option<SegmentId>) -> Option<Automation> {
    issue_mix(scenario, segment).map(|mix| automation(&mix.kinds, &mix.habits))
}

fn kind(scenario: &Scenario, bot: &Bot, source: &Source, intent: &Intent, share: f64) -> IssueKind {
    let skill = &intent.bot;
    let served = scenario.channels[source.channel.index()].bot && !skill.never;
    IssueKind {
        share,
        article_solves: intent.article_solves,
        exposure: if source.articles { intent.article_exposure } else { 0.0 },
        human_only: bot.human_only[source.segment.index()],
        bypass: skill.bypass,
        coverage: if served { skill.coverage } else { 0.0 },
        accuracy: skill.accuracy,
        confident_right: skill.confident_right,
        confident_wrong: skill.confident_wrong,
    }
}

fn is_plain(scenario: &Scenario, bot: &Bot) -> bool {
    let returns = &scenario.returns;
    let comes_again = [
        returns.after_true,
        returns.after_false,
        returns.after_human,
        returns.after_human_unsolved,
        returns.after_article,
        returns.after_abandon,
        returns.after_balk,
        returns.after_blocked,
        returns.after_closed,
    ];
    let start = crate::time::SimTime(0);
    comes_again.iter().all(|p| *p == 0.0)
        && scenario.faults.is_empty()
        && bot.escape_hatch
        && bot.sessions.is_none()
        && bot.rate.is_none()
        && bot.hours.open_between(start, scenario.end) == scenario.end.since(start)
        && bot.languages.iter().all(|spoken| *spoken)
        && scenario.tiers.iter().all(|tier| !tier.human_only)
        && scenario.channels.iter().all(|c| c.after_hours == AfterHours::Queue)
}
