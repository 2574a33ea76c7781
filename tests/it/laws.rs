//! Laws of the simulator: what must hold whatever the scenario.
//!
//! VT-nn are the verification tests of the project's method notes, with their
//! exact numbers.

use crate::common::{self, events, load, load_shipped, shipped, value_and_se};
use convoq::engine::{Engine, State};
use convoq::event::{Envelope, Event};
use convoq::random::mix64;
use convoq::run::{play_on, replicate};
use std::collections::BTreeMap;

/// The facts about customers: who comes when, wanting what, and how patient and
/// demanding each is, wherever the run reveals it. Keyed by source, interval, number
/// and attempt, because running numbers may shift.
fn customers(events: &[Envelope]) -> BTreeMap<(String, u16), (u64, String)> {
    let mut found = BTreeMap::new();
    for e in events {
        if let Event::ContactStarted { origin, intent, tier, language, attempt: 0, .. } = e.event {
            let what = format!("{intent:?} {tier:?} {language:?}");
            found.insert((format!("{origin:?}"), 0), (e.at.0, what));
        }
    }
    found
}

/// Work of each customer, by identity, where an agent took the contact.
fn work(events: &[Envelope]) -> BTreeMap<String, f64> {
    let (mut origins, mut found) = (BTreeMap::new(), BTreeMap::new());
    for e in events {
        match e.event {
            Event::ContactStarted { origin, attempt: 0, .. } => {
                origins.insert(e.conversation, format!("{origin:?}"));
            }
            Event::Assigned { work_s, .. } => {
                if let Some(origin) = origins.get(&e.conversation) {
                    found.insert(origin.clone(), work_s);
                }
            }
            _ => {}
        }
    }
    found
}

/// The centre of methods 1.5: 240 + 160 sin contacts an hour over eight hours.
const CENTRE: &str = "
convoq: 1
name: vt-03
time: {start: 2026-03-02, days: 1, open: {daily: '08:00-16:00'}}
intents: {chat: {work: {exponential: 360s}}}
demand:
  - channel: chat
    per_day: 1920
    profile: {interval: 1h, shares: [0, 0, 0, 0, 0, 0, 0, 0, 0.156077, 0.200026, 0.200026, 0.156077, 0.093923, 0.049974, 0.049974, 0.093923, 0, 0, 0, 0, 0, 0, 0, 0]}
channels: {chat: {patience: {exponential: 240s}}}
teams: {chat: {channels: {chat: {max: 4, slowdown: [1, 1.7, 2.5, 2.9]}}, agents: 12}}
service_level: {within: 30s}
";

#[test]
fn vt_02_one_more_agent_moves_no_customer() {
    let base = events(&load(CENTRE, &[]), 1, 0);
    let more = events(&load(CENTRE, &[("teams.chat.agents", "+1")]), 1, 0);
    assert_eq!(customers(&base), customers(&more));
    let (base, more) = (work(&base), work(&more));
    let both = base.iter().filter(|(who, _)| more.contains_key(*who)).count();
    assert!(both > 1000, "only {both} customers were served in both");
    for (who, work) in &base {
        assert!(more.get(who).is_none_or(|w| w == work), "{who} holds other work");
    }
}

#[test]
fn vt_02_another_source_and_another_bot_move_no_customer() {
    let text = std::fs::read_to_string("scenarios/b2c_retail_week.yaml").expect("shipped");
    let base = customers(&events(&load(&text, &[]), 3, 0));
    let bot = [("bot.accept", "50%"), ("bot.max_turns", "2")];
    let other_bot = customers(&events(&load(&text, &bot), 3, 0));
    assert_eq!(base, other_bot);
    let with_source = CENTRE.replacen(
        "channels:",
        "  - {name: extra, channel: chat, per_day: 300}\nchannels:",
        1,
    );
    let base = customers(&events(&load(CENTRE, &[]), 1, 0));
    let more = customers(&events(&load(&with_source, &[]), 1, 0));
    assert!(more.len() > base.len() + 200);
    assert!(base.iter().all(|(who, what)| more.get(who) == Some(what)));
}

#[test]
fn vt_09_more_volume_keeps_every_customer() {
    let base = customers(&events(&load(CENTRE, &[]), 1, 0));
    let more = customers(&events(&load(CENTRE, &[("demand[0].per_day", "*1.1")]), 1, 0));
    assert!(more.len() > base.len() + 100);
    assert!(base.iter().all(|(who, what)| more.get(who) == Some(what)));
}

#[test]
fn vt_03_keyed_draws_cut_the_variance_of_a_staffing_difference_fivefold() {
    let level = |agents: &str, seed: u64| {
        let scenario = load(CENTRE, &[("teams.chat.agents", agents)]);
        common::per_replication(&scenario, seed, 100, "service_level", Some("SL3"))
    };
    let (base, paired, independent) = (level("12", 1), level("13", 1), level("13", 2));
    let variance = |other: &[f64]| {
        let d: Vec<f64> = base.iter().zip(other).map(|(a, b)| b - a).collect();
        let mean = d.iter().sum::<f64>() / d.len() as f64;
        d.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
    };
    let factor = variance(&independent) / variance(&paired);
    assert!(factor >= 5.0, "the variance factor is only {factor:.1}");
}

#[test]
fn vt_04_threads_do_not_change_a_byte() {
    let scenario = load_shipped("b2c_retail_week", &[]);
    let one = convoq::report::json(&common::summary(&scenario, 7, 6, 1));
    for threads in [2, 8] {
        assert_eq!(one, convoq::report::json(&common::summary(&scenario, 7, 6, threads)));
    }
}

#[test]
fn vt_11_presets_hit_their_closed_forms() {
    // ROAR, true ROAR, involvement, resolution of involved, bot share, answered turns.
    let expected = [
        ("b2b", [0.045115, 0.031790, 0.103805, 0.330289, 0.751437, 1.372341]),
        ("b2c_low", [0.100283, 0.075314, 0.234101, 0.329894, 0.750865, 1.396273]),
        ("b2c_mid", [0.150190, 0.112746, 0.355004, 0.329861, 0.750476, 1.396065]),
        ("b2c_high", [0.201393, 0.150272, 0.483610, 0.329582, 0.751888, 1.394264]),
    ];
    let metrics =
        ["roar", "true_roar", "involvement_rate", "resolution_rate", "bot_share", "answered_turns"];
    for (preset, values) in expected {
        let scenario = load_shipped(preset, &[]);
        let issues: f64 = common::per_replication(&scenario, 11, 1, "issues", None).iter().sum();
        let n = (500_000.0 / issues).ceil().max(20.0) as u32;
        let summary = common::summary(&scenario, 11, n, 2);
        for (metric, exact) in metrics.iter().zip(values) {
            let party = (*metric == "resolution_rate").then_some("bot");
            let (value, se) = value_and_se(&summary, metric, None, party);
            // methods 11: within 4 standard errors, and precise enough to notice 5 %.
            assert!(
                (value - exact).abs() <= 4.0 * se,
                "{preset} {metric}: {value} +- {se}, exact {exact}"
            );
            assert!(se <= 0.01 * exact, "{preset} {metric}: standard error {se} is too large");
        }
    }
}

/// A chat centre of the exact chains of methods 4.4.
fn chain(
    agents: u32,
    per_hour: f64,
    channel: &str,
    work: &str,
    patience: &str,
    days: u32,
) -> String {
    format!(
        "
convoq: 1
name: chain
time: {{start: 2026-01-01, days: {days}, warm_up: 1d}}
intents: {{chat: {{work: {work}}}}}
demand: [{{channel: chat, rate: {{per_hour: {per_hour}}}}}]
channels: {{chat: {patience}}}
teams: {{chat: {{channels: {{chat: {channel}}}, agents: {agents}}}}}
service_level: {{within: 60s}}
"
    )
}

fn check_chain(id: &str, text: &str, expected: &[(&str, Option<&str>, f64)]) {
    let summary = common::summary(&load(text, &[]), 5, 40, 2);
    for (metric, definition, exact) in expected {
        let party = (*metric == "aht_s").then_some("human");
        let (value, se) = value_and_se(&summary, metric, *definition, party);
        assert!((value - exact).abs() <= 4.0 * se, "{id} {metric}: {value} +- {se}, exact {exact}");
        assert!(se <= 0.012 * exact, "{id} {metric}: standard error {se} is too large");
    }
}

const PATIENCE: &str = "{patience: {exponential: 300s}}";
const CURVE: &str = "{max: 3, slowdown: [1, 1.7, 2.5]}";

#[test]
fn vt_15_without_slow_down_chats_are_erlang_a_servers() {
    let text =
        chain(3, 60.0, "{max: 4, slowdown: [1, 2, 3, 4]}", "{exponential: 600s}", PATIENCE, 120);
    check_chain(
        "VT-15",
        &text,
        &[
            ("abandonment_rate", Some("true"), 0.067622),
            ("wait_s", None, 20.2865),
            ("service_level", Some("SL3"), 0.833138),
            ("aht_s", None, 600.0),
        ],
    );
}

#[test]
fn vt_16_to_18_chats_that_slow_down_match_the_exact_chains() {
    let cases = [
        ("VT-16", 2, 20.0, [0.065158, 19.5474, 0.866381, 693.065]),
        ("VT-17", 2, 30.0, [0.190104, 57.0313, 0.629926, 709.333]),
        ("VT-18", 4, 60.0, [0.136069, 40.8207, 0.685827, 713.058]),
    ];
    for (id, agents, per_hour, [abandon, wait, level, in_service]) in cases {
        let text = chain(agents, per_hour, CURVE, "{exponential: 600s}", PATIENCE, 190);
        check_chain(
            id,
            &text,
            &[
                ("abandonment_rate", Some("true"), abandon),
                ("wait_s", None, wait),
                ("service_level", Some("SL3"), level),
                ("aht_s", None, in_service),
            ],
        );
    }
}

#[test]
fn vt_19_limited_processor_sharing_shares_one_server() {
    let text = chain(1, 5.0, "{max: 3, slowdown: [1, 1, 1]}", "{exponential: 600s}", "{}", 199);
    let summary = common::summary(&load(&text, &[]), 5, 400, 2);
    let (wait, wait_se) = value_and_se(&summary, "wait_s", None, None);
    let (held, held_se) = value_and_se(&summary, "aht_s", None, Some("human"));
    assert!((wait - 2083.33).abs() <= 4.0 * wait_se && wait_se < 25.0, "{wait} +- {wait_se}");
    assert!((held - 1516.67).abs() <= 4.0 * held_se && held_se < 15.0, "{held} +- {held_se}");
}

#[test]
fn vt_20_processor_sharing_is_insensitive_to_the_law_of_work() {
    for work in ["{exponential: 600s}", "{constant: 600s}", "{lognormal: {mean: 600s, cv: 1}}"] {
        // Sixty places stand for endless ones: more than 60 open chats have probability 2e-5.
        let channel = format!("{{max: 60, slowdown: [{}]}}", vec!["1"; 60].join(", "));
        let text = chain(1, 5.0, &channel, work, "{}", 199);
        let summary = common::summary(&load(&text, &[]), 5, 200, 2);
        let (held, se) = value_and_se(&summary, "aht_s", None, Some("human"));
        assert!((held - 3600.0).abs() <= 4.0 * se && se < 60.0, "{work}: {held} +- {se}");
    }
}

#[test]
fn vt_41_an_empty_system_fills_as_the_formula_says() {
    let text = "
convoq: 1
name: fill
time: {start: 2026-01-01, days: 1, interval: 5m}
intents: {call: {work: {exponential: 300s}}}
demand: [{channel: phone, rate: {per_hour: 240}}]
channels: {phone: {patience: {exponential: 1h}}}
teams: {desk: {channels: {phone: {max: 1}}, agents: 60}}
";
    let summary = common::summary(&load(text, &[]), 9, 2000, 2);
    let point = summary.series.teams[0].in_service_at_end[0];
    // a (1 - exp(-mu t)) with a = 20 and t = 1 / mu.
    assert!((point.mean - 12.642411).abs() <= 4.0 * point.se, "{point:?}");
    assert!(point.se < 0.1);
}

#[test]
fn vt_42_conservation_laws_hold_on_every_shipped_scenario() {
    for name in shipped() {
        let scenario = load_shipped(&name, &[]);
        for replication in 0..2 {
            let result = replicate(&scenario, 42, replication);
            assert!(result.violations.0.is_empty(), "{name}: {:?}", result.violations.0);
            assert!(result.events > 100, "{name} did nothing");
        }
    }
}

#[test]
fn vt_12_rates_of_automation_are_identities_of_their_parts() {
    for name in ["b2c_mid", "b2b_vs_b2c", "b2c_retail_week"] {
        let summary = common::summary(&load_shipped(name, &[]), 1, 4, 2);
        let get = |metric, party| value_and_se(&summary, metric, None, party).0;
        let (arrivals, articles) = (get("arrivals", None), get("articles_solved", None));
        let (a, c) = (articles / (arrivals + articles), arrivals / (arrivals + articles));
        let automation = c * get("involvement_rate", None) * get("resolution_rate", Some("bot"));
        assert!((get("roar", None) - a - automation).abs() < 1e-9, "{name}: ROAR = A + C i r");
        let truly = automation * (1.0 - get("false_containment_rate", None));
        assert!((get("true_roar", None) - a - truly).abs() < 1e-9, "{name}: true ROAR");
        let share = automation / get("roar", None);
        assert!((get("bot_share", None) - share).abs() < 1e-9, "{name}: bot share");
    }
}

#[test]
fn folding_any_prefix_of_the_events_and_going_on_gives_the_same_run() {
    for name in shipped() {
        let scenario = load_shipped(&name, &[]);
        let whole = events(&scenario, 42, 0);
        for cut in 0..3 {
            let near = (mix64(cut ^ whole.len() as u64) % whole.len() as u64) as usize;
            // A fork is at a moment: the past holds everything until then.
            let past = whole.partition_point(|e| e.at <= whole[near].at);
            let engine = Engine::resume(&scenario, 42, 0, &whole[..past], whole[near].at);
            let mut rest = Vec::new();
            play_on(&scenario, engine, |events| rest.extend_from_slice(events));
            let expected = &whole[past..];
            let differs = rest.iter().zip(expected).position(|(a, b)| a != b);
            if let Some(at) = differs {
                panic!(
                    "{name}, cut at {past}: event {at} is {:?}, was {:?}",
                    rest[at], expected[at]
                );
            }
            assert_eq!(rest.len(), expected.len(), "{name}, cut at {past}");
        }
    }
}

#[test]
fn the_state_is_what_the_events_say() {
    let scenario = load_shipped("quickstart", &[]);
    let whole = events(&scenario, 42, 0);
    let mut state = State::new(&scenario);
    for envelope in &whole {
        state.apply(&scenario, envelope);
    }
    assert!(state.ended);
    assert_eq!(state.next_seq, whole.len() as u64);
    let mut engine = Engine::new(&scenario, 42, 0);
    while engine.next_due().is_some() {
        while let Some(request) = engine.out().requests.pop() {
            let streams = convoq::random::Streams::new(42, 0);
            let (at, reply) = convoq::engine::answer(&scenario, streams, &request);
            engine.deliver(request.slot, request.conversation, at, reply);
        }
        engine.step();
    }
    assert_eq!(format!("{:?}", engine.state()), format!("{state:?}"));
    assert_eq!(engine.out().events, whole);
}
