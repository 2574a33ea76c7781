//! The folds of turns, over runs whose every measure a test has chosen: the numbers
//! of a report against the same numbers worked out from the list of what was chosen.

use super::near;
use crate::common;
use convoq::domain::{Meaning, TurnClass};
use convoq::engine::{BotReply, Engine, TurnFacts};
use convoq::event::{Envelope, Event, Header, LoadFacts, TurnLimits};
use convoq::experiment::{MetricRow, Pool, Summary};
use convoq::id::ConversationId;
use convoq::projection::{BotFit, Everything, Replication, TurnCounts};
use convoq::random::hash_name;
use convoq::scenario::{Scenario, Window};
use convoq::time::{SimDuration, SimTime};
use std::collections::HashMap;
use std::num::NonZeroU32;

const TEXT: &str = "
convoq: 1
name: turns
time: {start: 2026-03-02, days: 1, zone: UTC, interval: 1h, open: {daily: \"00:00-24:00\"}}
segments: {b2c: {}, b2b: {}}
intents:
  order_status: {work: {constant: 5s}, bot: {coverage: 100%, accuracy: 100%}}
  warranty: {work: {constant: 5s}, bot: {coverage: 100%, accuracy: 100%}}
demand:
  - {segment: b2c, channel: chat, per_day: 300, intents: {order_status: 70%, warranty: 30%}}
  - {segment: b2b, channel: chat, per_day: 100, intents: {order_status: 20%, warranty: 80%}}
channels: {chat: {patience: 1h}}
bot: {max_turns: 4, accept: 40%, leave_silently: 10%, ask_human: 20%, think: {constant: 2s}, patience: {constant: 20s}}
teams: {chat: {channels: {chat: {max: 4}}, agents: 20, wage: 15 EUR/h}}
";

/// Turns with more lag than this are late. Lags are 0 to 499: some are at the limit.
const BUDGET_US: u32 = 250;

/// A message to the bot, and what became of it.
#[derive(Clone, Copy, Debug)]
struct Turn {
    conversation: ConversationId,
    segment: usize,
    intent: usize,
    number: u16,
    measured: bool,
    class: TurnClass,
    asked: SimTime,
    /// How long it waited, of those without an answer.
    waited_us: Option<u64>,
    /// Of those that were answered in whatever way.
    facts: Option<(Meaning, TurnFacts)>,
}

/// A run: its events, and each message in the order in which it ended.
struct Played {
    header: Header,
    events: Vec<Envelope>,
    turns: Vec<Turn>,
}

fn seconds(s: f64) -> SimDuration {
    SimDuration::from_s(s)
}

/// 60 s of warm-up, then 240 s, with four customers a second, then 3 s to end.
fn scenario() -> Scenario {
    let mut scenario = common::load(TEXT, &[]);
    let window = Window {
        from: SimTime(36_000_000_000),
        warm_up: seconds(60.0),
        length: seconds(240.0),
        drain: seconds(3.0),
    };
    let at = |n: u64, step: u64| window.from + SimDuration(n * step);
    let times = vec![
        (0..900).map(|n| at(n, 333_337)).collect(),
        (0..300).map(|n| at(n, 999_983)).collect(),
    ];
    let load = LoadFacts {
        target: "bot.test".into(),
        protocol: "http".into(),
        speed: 1.0,
        lag_budget_us: BUDGET_US,
        from: window.from,
        tokens: true,
        limits: LIMITS,
    };
    scenario.narrow(window, times, load);
    scenario
}

/// What a good turn keeps within.
const LIMITS: TurnLimits = TurnLimits {
    latency_us: Some(1500),
    first_us: Some(1200),
    answer_us: Some(1190),
    per_token_us: Some(60),
};

/// Tokens of an answer: its parts where the bot does not say.
fn tokens(f: &TurnFacts) -> u32 {
    f.tokens.map_or(f.parts.into(), NonZeroU32::get)
}

/// From token to token, where it came in parts and has several.
fn per_token_us(f: &TurnFacts) -> Option<u64> {
    let between = f64::from(f.latency_us - f.first_us?.get()) / f64::from(tokens(f) - 1);
    (f.parts > 1 && tokens(f) > 1).then(|| between.round() as u64)
}

fn is_good(f: &TurnFacts) -> bool {
    let within = |limit: Option<u32>, us: u64| us <= u64::from(limit.unwrap());
    within(LIMITS.latency_us, f.latency_us.into())
        && within(LIMITS.first_us, f.first_us.unwrap().get().into())
        && within(LIMITS.answer_us, f.answer_us.unwrap().get().into())
        && within(LIMITS.per_token_us, per_token_us(f).unwrap_or(0))
}

/// What becomes of a message: up to 2,047 a histogram keeps every microsecond, so
/// means and percentiles of these are exact.
fn chosen(number: usize) -> Option<(BotReply, TurnFacts)> {
    let draw = |name: &str, below: u64| (hash_name(&format!("{name} {number}")) >> 20) % below;
    let (reply, class) = match draw("class", 20) {
        0 => return None,
        1 => (BotReply::Failed, TurnClass::Http5xx),
        2 => (BotReply::Failed, TurnClass::Reset),
        3 => (BotReply::Failed, TurnClass::DroppedInFlight),
        4 => (BotReply::Failed, TurnClass::AssertionFailed),
        5 | 6 => (BotReply::Handoff, TurnClass::Handoff),
        7..=9 => (BotReply::Fallback, TurnClass::Ok),
        10 => (BotReply::Resolved { right: true }, TurnClass::OkPartial),
        _ => (BotReply::Answer { right: true }, TurnClass::Ok),
    };
    let (lag, service) = (draw("lag", 500) as u32, 1 + draw("service", 1500) as u32);
    let (lag, service) = match class {
        TurnClass::DroppedInFlight => (0, 0),
        _ => (lag, service),
    };
    let first = NonZeroU32::new(lag + 1 + draw("first", u64::from(service.max(1))) as u32);
    let answers_after = draw("answer", 20) as u32;
    let facts = TurnFacts {
        class,
        status: 200,
        lag_us: lag,
        first_us: first.filter(|_| class.is_success()),
        answer_us: first.filter(|_| class.is_success()).map(|us| us.saturating_add(answers_after)),
        latency_us: lag + service,
        connect_us: (draw("connects", 3) == 0) as u32 * (1 + draw("connect", 90) as u32),
        parts: 1 + draw("parts", 30) as u16,
        pause_us: draw("pause", u64::from(service.max(1))) as u32,
        tokens: NonZeroU32::new(draw("tokens", 40) as u32),
        prompt_tokens: NonZeroU32::new(draw("prompt", 5) as u32 * 30),
    };
    Some((reply, facts))
}

/// Plays the run with the chosen replies, 100 ms after each message.
fn played() -> Played {
    let scenario = scenario();
    let mut engine = Engine::new(&scenario, 3, 0);
    let mut turns: HashMap<(ConversationId, u16), Turn> = HashMap::new();
    while !engine.state().ended {
        for request in std::mem::take(&mut engine.out().requests) {
            let contact = engine.state().contacts.get(request.slot);
            let (segment, number) = (contact.segment.index(), turns.len());
            let picked = chosen(number);
            let turn = Turn {
                conversation: request.conversation,
                segment,
                intent: request.intent.index(),
                number: request.turn,
                measured: false,
                class: TurnClass::CensoredAtEnd,
                asked: request.at,
                waited_us: None,
                facts: picked.map(|(reply, facts)| (reply.meaning(), facts)),
            };
            turns.insert((request.conversation, request.turn), turn);
            if let Some((reply, facts)) = picked {
                let at = request.at + seconds(0.1);
                let (slot, id) = (request.slot, request.conversation);
                engine.deliver_measured(slot, id, (at, at), reply, Some(facts));
            }
        }
        engine.step();
    }
    let events = std::mem::take(&mut engine.out().events);
    Played {
        header: scenario.header.clone(),
        turns: ended(&scenario.header, &events, turns),
        events,
    }
}

/// The turns in the order in which they ended, with how.
fn ended(
    header: &Header,
    events: &[Envelope],
    mut asked: HashMap<(ConversationId, u16), Turn>,
) -> Vec<Turn> {
    let mut measured: HashMap<ConversationId, bool> = HashMap::new();
    let mut latest: HashMap<ConversationId, u16> = HashMap::new();
    let mut turns = Vec::new();
    for envelope in events {
        let id = envelope.conversation;
        let class = match envelope.event {
            Event::ContactStarted { .. } => {
                let (from, to) = header.measured;
                measured.insert(id, from <= envelope.at && envelope.at < to);
                continue;
            }
            Event::BotAsked { turn, .. } => {
                latest.insert(id, turn);
                continue;
            }
            Event::TurnMeasured { class, .. } => class,
            Event::BotGivenUp { .. }
            | Event::BotEscalated { reason: convoq::domain::EscalationReason::TooSlow } => {
                TurnClass::CancelledByCustomer
            }
            _ => continue,
        };
        let mut turn = asked.remove(&(id, latest[&id])).unwrap();
        turn.class = class;
        let waits = class == TurnClass::CancelledByCustomer;
        turn.waited_us = waits.then(|| envelope.at.since(turn.asked).0);
        turns.push(turn);
    }
    // Whatever is left was under way at the end.
    let end = events.last().unwrap().at;
    turns.extend(asked.into_values().map(|turn| Turn {
        facts: None,
        waited_us: Some(end.since(turn.asked).0),
        ..turn
    }));
    for turn in &mut turns {
        turn.measured = measured[&turn.conversation];
    }
    turns
}

fn folded(header: &Header, events: &[Envelope]) -> Replication {
    let mut everything = Everything::new(header);
    everything.apply_all(header, events);
    Replication::finish(header, everything, events.len() as u64)
}

fn summary(header: &Header, parts: &[Replication]) -> Summary {
    let mut pool = Pool::new(header, parts.len() as u32);
    parts.iter().for_each(|part| pool.add(part));
    pool.summary(3, 0.95, String::new())
}

fn row<'s>(
    summary: &'s Summary,
    metric: &str,
    definition: Option<&str>,
    stat: Option<&str>,
    segment: Option<&str>,
) -> &'s MetricRow {
    let fits = |r: &&MetricRow| {
        (
            r.which.metric.name(),
            r.which.definition.map(|d| d.name()),
            r.which.stat.map(|s| s.name()),
        ) == (metric, definition, stat)
            && r.which.segment.as_deref() == segment
            && [&r.which.queue, &r.which.channel, &r.which.intent].iter().all(|d| d.is_none())
    };
    let found = summary.metrics.iter().find(fits);
    found.unwrap_or_else(|| panic!("no {metric} {definition:?} {stat:?} {segment:?}"))
}

type Selection = (Option<&'static str>, fn(&Turn) -> bool);

/// The whole and each segment: its name in reports, and whether a turn belongs to it.
fn selections() -> [Selection; 3] {
    [(None, |_| true), (Some("b2c"), |t| t.segment == 0), (Some("b2b"), |t| t.segment == 1)]
}

fn measured_turns(turns: &[Turn], fits: fn(&Turn) -> bool) -> Vec<Turn> {
    let own = turns.iter().filter(|t| t.measured && fits(t));
    own.copied().collect()
}

#[test]
fn every_count_of_turns_is_that_of_the_turns() {
    let played = played();
    let mut everything = Everything::new(&played.header);
    everything.apply_all(&played.header, &played.events);
    let failed: u64 = everything.turns.cells.iter().map(|c| c.failed()).sum();
    let wanted = played.turns.iter().filter(|t| {
        t.measured
            && matches!(t.facts, Some((Meaning::Failed, _)))
            && t.class != TurnClass::CancelledByCustomer
            && t.class != TurnClass::DroppedInFlight
    });
    assert_eq!(failed, wanted.count() as u64, "as the live line tells");
    let ends = played.events.last().unwrap().at;
    let thinks =
        |e: &&Envelope| matches!(e.event, Event::CustomerThinking { until } if until > ends);
    assert!(played.events.iter().any(|e| thinks(&e)), "nobody thinks at the end");
    let summary = summary(&played.header, &[folded(&played.header, &played.events)]);
    for (segment, fits) in selections() {
        let own = measured_turns(&played.turns, fits);
        assert!(own.len() > 300 && own.len() < played.turns.len());
        let count = |what: &dyn Fn(&Turn) -> bool| own.iter().filter(|t| what(t)).count() as f64;
        let of = |class: TurnClass| count(&|t| t.class == class);
        let shown = |name: &str| row(&summary, "turns", Some(name), None, segment).value;
        for class in TurnClass::ALL {
            assert_eq!(shown(class.name()), of(class), "{segment:?} {class:?}");
        }
        let dropped = of(TurnClass::DroppedInFlight);
        let cancelled = of(TurnClass::CancelledByCustomer);
        let censored = of(TurnClass::CensoredAtEnd);
        assert!(dropped > 5.0 && cancelled > 5.0 && of(TurnClass::Http5xx) > 5.0);
        assert!(segment.is_some() || censored > 0.0);
        let offered = own.len() as f64;
        let finished = offered - dropped - cancelled - censored;
        let late = count(&|t| {
            let facts = t.facts.filter(|_| t.class != TurnClass::CancelledByCustomer);
            facts.is_some_and(|(_, f)| f.lag_us > BUDGET_US)
        });
        assert_eq!(shown("offered"), offered);
        assert_eq!(shown("sent"), offered - dropped);
        assert_eq!(shown("finished"), finished);
        assert_eq!(shown("late"), late);

        let rate = |metric: &str| row(&summary, metric, None, None, segment).value;
        let means = |m: Meaning| count(&|t| t.facts.is_some_and(|(own, _)| own == m));
        let good = count(&|t| t.class.is_success());
        let connects: Vec<f64> = own
            .iter()
            .filter_map(|t| t.facts.map(|(_, f)| f64::from(f.connect_us)))
            .filter(|us| *us > 0.0)
            .collect();
        near(rate("answered_rate"), good / offered, 1e-12);
        let answers = own.iter().filter(|t| t.class.is_success());
        let answers: Vec<TurnFacts> = answers.map(|t| t.facts.unwrap().1).collect();
        let sum = |of: &dyn Fn(&TurnFacts) -> u32| -> f64 {
            answers.iter().map(|f| f64::from(of(f))).sum()
        };
        let prompts = sum(&|f| u32::from(f.prompt_tokens.is_some()));
        let prompted = sum(&|f| f.prompt_tokens.map_or(0, NonZeroU32::get));
        let within = sum(&|f| u32::from(is_good(f)));
        assert!(within > 5.0 && within < good, "{within} of {good}");
        near(rate("goodput"), within / offered, 1e-12);
        near(rate("tokens_per_answer"), sum(&tokens) / good, 1e-12);
        near(rate("tokens_per_prompt"), prompted / prompts, 1e-12);
        near(rate("uncounted_tokens"), sum(&|f| u32::from(f.tokens.is_none())) / good, 1e-12);
        near(rate("error_rate"), 1.0 - good / offered, 1e-12);
        near(rate("handoff_rate"), means(Meaning::Handoff) / finished, 1e-12);
        near(rate("fallback_rate"), means(Meaning::Fallback) / finished, 1e-12);
        near(rate("late_rate"), late / finished, 1e-12);
        near(rate("cancelled_rate"), cancelled / offered, 1e-12);
        let made = connects.len() as f64;
        near(rate("reconnect_rate"), made / finished, 1e-12);
        let mean_s = connects.iter().sum::<f64>() / made * 1e-6;
        near(rate("connect_time_s"), mean_s, 1e-12);
    }
}

/// What answers have of a duration.
fn of_answers(turns: &[Turn], us: impl Fn(&TurnFacts) -> Option<u64>) -> Vec<u64> {
    let answers = turns.iter().filter(|t| t.class.is_success());
    answers.filter_map(|t| us(&t.facts?.1)).collect()
}

/// The microseconds of a duration, one for each turn or conversation that has it.
fn durations(metric: &str, turns: &[Turn], events: &[Envelope]) -> Vec<u64> {
    let of = |success: bool, us: fn(&TurnFacts) -> u32| -> Vec<u64> {
        let own = turns.iter().filter(|t| t.class.is_success() == success);
        let facts = own.filter_map(|t| t.facts.map(|(_, f)| (t.class, f)));
        let sent = facts.filter(|(class, _)| *class != TurnClass::DroppedInFlight);
        sent.map(|(_, f)| us(&f).into()).collect()
    };
    let unanswered: Vec<u64> = turns.iter().filter_map(|t| t.waited_us).collect();
    match metric {
        "turn_latency_s" => [of(true, |f| f.latency_us), unanswered].concat(),
        "service_time_s" => of(true, |f| f.latency_us - f.lag_us),
        "ttft_s" => [of(true, |f| f.first_us.unwrap().get()), unanswered].concat(),
        "first_answer_s" => [of(true, |f| f.answer_us.unwrap().get()), unanswered].concat(),
        "unanswered_s" => unanswered,
        "itl_s" => of_answers(turns, per_token_us),
        "tpot_s" => of_answers(turns, |f| {
            Some((f64::from(f.latency_us - f.lag_us) / f64::from(tokens(f))).round() as u64)
        }),
        "pause_s" => of_answers(turns, |f| (f.parts > 1).then_some(f.pause_us.into())),
        "failed_after_s" => of(false, |f| f.latency_us),
        "dispatch_lag_s" => [of(true, |f| f.lag_us), of(false, |f| f.lag_us)].concat(),
        _ => {
            let over = |e: &Event| {
                matches!(
                    e,
                    Event::BotEscalated { .. } | Event::BotClosed { .. } | Event::BotGivenUp { .. }
                )
            };
            let ended = events.iter().filter(|e| over(&e.event));
            let ended = ended.map(|e| e.conversation);
            let open = turns.iter().filter(|t| t.class == TurnClass::CensoredAtEnd);
            let talks = ended.chain(open.map(|t| t.conversation));
            let waits = talks.map(|id| -> Vec<u64> {
                let own = turns.iter().filter(|t| t.conversation == id);
                let wait = |t: &Turn| match t.waited_us {
                    None if t.class.is_success() => Some(t.facts.unwrap().1.latency_us.into()),
                    waited => waited,
                };
                own.filter_map(wait).collect()
            });
            let waits = waits.filter(|all| !all.is_empty());
            match metric {
                "worst_turn_s" => waits.map(|all| *all.iter().max().unwrap()).collect(),
                _ => waits.map(|all| all.iter().sum()).collect(),
            }
        }
    }
}

const DURATIONS: [&str; 12] = [
    "itl_s",
    "tpot_s",
    "pause_s",
    "turn_latency_s",
    "ttft_s",
    "first_answer_s",
    "service_time_s",
    "dispatch_lag_s",
    "failed_after_s",
    "unanswered_s",
    "worst_turn_s",
    "bot_wait_s",
];
/// Those that are longer than a histogram is exact: a customer waits 20 s at most.
const LONG: [&str; 6] =
    ["turn_latency_s", "ttft_s", "first_answer_s", "unanswered_s", "worst_turn_s", "bot_wait_s"];
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)];

#[test]
fn every_mean_and_percentile_is_that_of_the_turns() {
    let played = played();
    let summary = summary(&played.header, &[folded(&played.header, &played.events)]);
    for (segment, fits) in selections() {
        let own = measured_turns(&played.turns, fits);
        for metric in DURATIONS {
            let mut all = durations(metric, &own, &played.events);
            all.sort_unstable();
            assert!(all.len() > 10, "{metric}: {}", all.len());
            let by = if LONG.contains(&metric) { 1e-3 } else { 1e-12 };
            let shown = |stat| row(&summary, metric, None, Some(stat), segment).value;
            let mean_s = all.iter().sum::<u64>() as f64 / all.len() as f64 * 1e-6;
            near(shown("mean"), mean_s, by * mean_s.max(1e-6));
            for (stat, q) in QUANTILES {
                if (all.len() as f64) * (1.0 - q) < 1.0 && q < 1.0 {
                    assert!(shown(stat).is_nan(), "{metric} {stat}: of too few");
                    continue;
                }
                let rank = (q * all.len() as f64 - 1e-9).ceil() as usize;
                let value_s = all[rank - 1] as f64 * 1e-6;
                near(shown(stat), value_s, by * value_s.max(1e-6));
            }
        }
    }
}

#[test]
fn latency_is_lag_and_service_for_every_turn_and_so_for_their_means() {
    let played = played();
    let mut answered = 0;
    for envelope in &played.events {
        if let Event::TurnMeasured { lag_us, first_us, latency_us, .. } = envelope.event {
            assert!(lag_us <= latency_us);
            answered += u32::from(first_us.is_some_and(|first| lag_us < first.get()));
        }
    }
    assert!(answered > 1000, "{answered}");
    let one = folded(&played.header, &played.events);
    let summary = summary(&played.header, std::slice::from_ref(&one));
    for (segment, fits) in selections() {
        let own = measured_turns(&played.turns, fits);
        let answered: Vec<&Turn> = own.iter().filter(|t| t.class.is_success()).collect();
        let lags = answered.iter().map(|t| t.facts.unwrap().1.lag_us);
        let lag_s = f64::from(lags.sum::<u32>()) * 1e-6;
        let waited = own.iter().filter_map(|t| t.waited_us);
        let (unanswered, waited_s) = (waited.clone().count() as f64, waited.sum::<u64>());
        let shown = |metric| row(&summary, metric, None, Some("mean"), segment);
        let n = answered.len() as f64;
        let latency_s = lag_s + n * shown("service_time_s").value + waited_s as f64 * 1e-6;
        let mean_s = latency_s / (n + unanswered);
        near(shown("turn_latency_s").value, mean_s, 1e-3 * mean_s);
        // Of those without an answer more is not known.
        let found = shown("turn_latency_s");
        assert_eq!(found.note, Some(convoq::experiment::AT_LEAST));
        assert_eq!(found.ci, Some([found.value, f64::INFINITY]));
    }
}

#[test]
fn percentiles_have_the_interval_of_so_many_turns_as_are_independent() {
    let played = played();
    let summary = summary(&played.header, &[folded(&played.header, &played.events)]);
    for (segment, fits) in selections() {
        let own = measured_turns(&played.turns, fits);
        let answered = own.iter().filter(|t| t.class.is_success());
        let latency = |t: &Turn| u64::from(t.facts.unwrap().1.latency_us);
        let in_order: Vec<u64> = answered.map(latency).collect();
        let x: Vec<f64> = in_order.iter().map(|us| *us as f64).collect();
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let products: f64 = x.windows(2).map(|w| w[0] * w[1]).sum();
        let variance = x.iter().map(|x| x * x).sum::<f64>() / n - mean * mean;
        let rho = (products / (n - 1.0) - mean * mean) / variance;
        let shown = row(&summary, "latency_autocorrelation", None, None, segment);
        near(shown.value, rho, 1e-9);
        let (mut known, rho) = (in_order, rho.max(0.0));
        known.sort_unstable();
        let mut all = durations("turn_latency_s", &own, &played.events);
        all.sort_unstable();
        let n = (all.len() as f64 * (1.0 - rho) / (1.0 + rho)).floor();
        for (stat, q) in [("p50", 0.5), ("p90", 0.9)] {
            let half = 1.959_963_984_540_054 * (n * q * (1.0 - q)).sqrt();
            // The least and the most: those without an answer at what they waited, or never.
            let at = |of: &[u64], rank: f64| {
                let place = (rank / n * all.len() as f64 - 1e-6).ceil() as usize;
                of.get(place - 1).map_or(f64::INFINITY, |us| *us as f64 * 1e-6)
            };
            let ci = row(&summary, "turn_latency_s", None, Some(stat), segment).ci;
            let ci = ci.unwrap_or_else(|| panic!("{segment:?} {stat}: no interval"));
            near(ci[0], at(&all, (n * q - half).floor()), 1e-12);
            let most = at(&known, (n * q + half).ceil() + 1.0);
            assert!(ci[1] == most || (ci[1] - most).abs() < 1e-12, "{ci:?} {most}");
        }
        let max = |metric| row(&summary, metric, None, Some("max"), segment);
        assert_eq!(max("service_time_s").ci, None);
        let longest = max("turn_latency_s");
        assert_eq!(longest.ci, Some([longest.value, f64::INFINITY]));
    }
}

#[test]
fn a_run_cut_into_four_and_put_together_again_has_the_same_numbers() {
    let played = played();
    let header = &played.header;
    let whole = summary(header, &[folded(header, &played.events)]);
    let shard = |number: u64| -> Replication {
        let own = |e: &&Envelope| {
            let of = hash_name(&e.conversation.0.to_string()) % 4;
            e.conversation == ConversationId::NONE || of == number
        };
        let events: Vec<Envelope> = played.events.iter().filter(own).cloned().collect();
        folded(header, &events)
    };
    let shards: Vec<Replication> = (0..4).map(shard).collect();
    let merged = summary(header, &shards);
    let alone: Vec<Summary> =
        shards.iter().map(|s| summary(header, std::slice::from_ref(s))).collect();
    let mut averages_differ = 0;
    for (segment, _) in selections() {
        for metric in DURATIONS {
            for stat in ["mean", "p50", "p90", "p95", "p99", "max"] {
                let of = |s: &Summary| row(s, metric, None, Some(stat), segment).value;
                let (all, parts) = (of(&whole), of(&merged));
                assert!(all == parts || (all.is_nan() && parts.is_nan()), "{metric} {stat}");
                let average = alone.iter().map(of).sum::<f64>() / 4.0;
                averages_differ += u32::from((average - all).abs() > 1e-6);
            }
        }
        // Counts of several parts are told as a mean for each.
        let names = ["offered", "sent", "finished", "late"].into_iter();
        for name in names.chain(TurnClass::ALL.map(TurnClass::name)) {
            let of = |s: &Summary| row(s, "turns", Some(name), None, segment).value;
            assert_eq!(of(&whole), 4.0 * of(&merged), "{name}");
        }
        for rate in [
            "answered_rate",
            "error_rate",
            "handoff_rate",
            "fallback_rate",
            "late_rate",
            "cancelled_rate",
            "reconnect_rate",
            "connect_time_s",
        ] {
            let of = |s: &Summary| row(s, rate, None, None, segment).value;
            near(of(&merged), of(&whole), 1e-12);
        }
    }
    // The comparison can fail: percentiles that were averaged would show.
    assert!(averages_differ > 50, "{averages_differ}");
}

#[test]
fn what_is_fitted_of_a_bot_is_what_its_turns_say() {
    let played = played();
    let header = &played.header;
    let mut fit = BotFit::new(header);
    fit.apply_all(header, &played.events);
    let counts = |first: bool, intent: Option<usize>| {
        let mut sum = TurnCounts::default();
        let sent = |t: &&Turn| {
            let unanswered = [TurnClass::CancelledByCustomer, TurnClass::DroppedInFlight];
            t.measured && t.facts.is_some() && !unanswered.contains(&t.class)
        };
        let own = |t: &&Turn| (t.number == 1) == first && intent.is_none_or(|i| i == t.intent);
        for turn in played.turns.iter().filter(sent).filter(own) {
            let (meaning, _) = turn.facts.unwrap();
            sum.finished += 1;
            sum.answered += u64::from(!matches!(meaning, Meaning::Handoff | Meaning::Failed));
            sum.handoff += u64::from(meaning == Meaning::Handoff);
            sum.fallback += u64::from(meaning == Meaning::Fallback);
            sum.failed += u64::from(meaning == Meaning::Failed);
        }
        sum
    };
    for intent in 0..2 {
        assert!(counts(true, Some(intent)).finished > 100);
        assert_eq!(fit.first[intent], counts(true, Some(intent)));
    }
    assert_eq!(fit.all_first(), counts(true, None));
    assert!(fit.later.finished > 100);
    assert_eq!(fit.later, counts(false, None));
    let own = measured_turns(&played.turns, |_| true);
    let answered = own.iter().filter(|t| t.class.is_success());
    let latency = |t: &Turn| u64::from(t.facts.unwrap().1.latency_us);
    let mut latencies: Vec<u64> = answered.map(latency).collect();
    latencies.sort_unstable();
    let counts = fit.latency_us.counts().into_iter();
    let kept = counts.flat_map(|(us, count)| std::iter::repeat_n(us, count as usize));
    assert_eq!(kept.collect::<Vec<u64>>(), latencies);
}

#[test]
fn turns_of_the_warm_up_are_in_no_number() {
    let played = played();
    let until = |to: SimTime| -> Vec<Envelope> {
        let early = played.events.iter().filter(|e| e.at < to);
        early.cloned().collect()
    };
    let header = &played.header;
    let warm_up = until(header.measured.0);
    let asked = |e: &&Envelope| matches!(e.event, Event::BotAsked { .. });
    assert!(warm_up.iter().filter(asked).count() > 200);
    let summary = summary(header, &[folded(header, &warm_up)]);
    for name in ["offered", "sent", "finished", "late", "ok"] {
        assert_eq!(row(&summary, "turns", Some(name), None, None).value, 0.0);
    }
    assert!(summary.metrics.iter().all(|m| m.which.metric.name() != "dispatch_lag_s"));
    let mut fit = BotFit::new(header);
    fit.apply_all(header, &warm_up);
    assert_eq!(fit.all_first(), TurnCounts::default());
    assert!(fit.latency_us.is_empty());
}
