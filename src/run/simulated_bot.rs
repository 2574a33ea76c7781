//! The scenario's bot: what it answers to a question, and when.

use crate::engine::{BotReply, BotRequest};
use crate::random::{Purpose, Streams};
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};

/// The answer to a question and its moment. A function of the question's
/// identity, so that a question asked twice gets the same answer.
#[must_use]
#[inline]
pub fn answer(scenario: &Scenario, streams: Streams, request: &BotRequest) -> (SimTime, BotReply) {
    let Some(bot) = &scenario.bot else {
        return (request.at, BotReply::Failed);
    };
    let mut stream = streams.sub(Purpose::BotLatency, request.key, request.turn);
    let latency = SimDuration::from_s(bot.latency.sample_s(&mut stream) * request.latency_factor);
    let at = request.at + latency;
    if request.down {
        return (at, BotReply::Failed);
    }
    let skill = &scenario.intents[request.intent.index()].bot;
    if !streams.happens(Purpose::Coverage, request.key, skill.coverage) {
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
    let confident = if right {
        skill.confident_right
    } else {
        skill.confident_wrong
    };
    let reply = if u_confident < confident {
        BotReply::Answer { right }
    } else {
        BotReply::Unsure
    };
    (at, reply)
}
