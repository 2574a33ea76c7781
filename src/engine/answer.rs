//! The scenario's bot: what it answers to a question, and when.

use super::{BotReply, BotRequest};
use crate::random::{Purpose, Streams};
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};

/// Whether an answer that a real bot gave is right: nobody can see it, so it is drawn
/// from the scenario's accuracy. Among answers that are given at all, right ones are as
/// frequent as the scenario's bot would be sure enough of them.
#[must_use]
pub fn right_if_answered(scenario: &Scenario, streams: Streams, request: &BotRequest) -> bool {
    let Some(bot) = &scenario.bot else {
        return false;
    };
    let skill = &scenario.intents[request.intent.index()].bot;
    let decay = libm::pow(bot.accuracy_decay, f64::from(request.turn.max(1) - 1));
    let accuracy = (skill.accuracy * decay * request.accuracy_factor).min(1.0);
    let right = accuracy * skill.confident_right;
    let wrong = (1.0 - accuracy) * skill.confident_wrong;
    let share = if right + wrong > 0.0 { right / (right + wrong) } else { accuracy };
    let (u_right, _) = streams.pair(Purpose::BotCorrect, request.key, request.turn);
    u_right < share
}

/// The answer to a question and its moment. A function of the question's
/// identity, so that a question asked twice gets the same answer.
#[must_use]
#[inline]
pub fn answer(scenario: &Scenario, streams: Streams, request: &BotRequest) -> (SimTime, BotReply) {
    let Some(bot) = &scenario.bot else {
        return (request.at, BotReply::Failed);
    };
    let mut stream = streams.sub(Purpose::BotLatency, request.key, request.turn);
    let factor = request.latency_factor;
    let latency_s = if request.elapsed > SimDuration::ZERO && factor > 0.0 {
        // Without an answer so far: the law of the rest is conditional on that.
        let elapsed_s = request.elapsed.as_s() / factor;
        elapsed_s + bot.latency.conditional_residual_s(elapsed_s, stream.unit())
    } else {
        bot.latency.sample_s(&mut stream)
    };
    let at = request.at + SimDuration::from_s(latency_s * factor);
    if request.down {
        return (at, BotReply::Failed);
    }
    let skill = &scenario.intents[request.intent.index()].bot;
    // Whoever is at a later message has had an answer: the bot has content for it. Without
    // a way to people there are also those who ask again for what it has no content for.
    let covered = (request.turn > 1 && bot.escape_hatch)
        || streams.happens(Purpose::Coverage, request.key, skill.coverage);
    if !covered {
        return (at, BotReply::NoContent);
    }
    let decay = if request.turn > 1 {
        libm::pow(bot.accuracy_decay, f64::from(request.turn - 1))
    } else {
        1.0
    };
    let accuracy = skill.accuracy * decay * request.accuracy_factor;
    let (u_right, u_confident) = streams.pair(Purpose::BotCorrect, request.key, request.turn);
    let right = u_right < accuracy;
    let confident = if right { skill.confident_right } else { skill.confident_wrong };
    let reply = if u_confident < confident { BotReply::Answer { right } } else { BotReply::Unsure };
    (at, reply)
}
