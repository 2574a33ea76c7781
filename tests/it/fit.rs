//! `convoq fit`: known scenarios are found again in their logs.

use crate::common::{convoq_in, events, load, load_shipped, shipped_of_usual_size, stderr, stdout};
use crate::observed::observed;
use convoq::fit::{self, Fitted, Resampling};
use convoq::scenario::{self, Scenario};

/// What a run of a scenario shows, without tests of laws, which cost most.
fn fitted(scenario: &Scenario, seed: u64) -> Fitted {
    let seen = observed(&scenario.header, &events(scenario, seed, 0));
    let days = 0..scenario.header.day_starts.len() - 1;
    fit::fit(&scenario.header, &seen, days, Resampling { seed: 1, tests: 0 })
}

fn read_back(text: &str) -> Scenario {
    let none = |name: &str| Err(format!("no {name}"));
    scenario::load(text, None, &[], &none).unwrap_or_else(|e| panic!("{e}\n{text}")).scenario
}

/// A chat desk with few agents, so that customers wait, leave and share an agent.
const KNOWN: &str = r#"
convoq: 1
name: known
time: {start: 2026-03-02, days: 10, drain: 2h, open: {daily: "08:00-20:00"}}
intents: {order: {work: {lognormal: {mean: 5m, cv: 0.8}}, wrap_up: {exponential: 30s}}}
demand: [{channel: chat, per_day: 150, busyness_cv: 10%}]
channels: {chat: {patience: {exponential: 150s}, silent_abandonment: 20%}}
teams: {desk: {channels: {chat: {max: 2, slowdown: [1, 1.6]}}, agents: 1}}
returns: {retries: {after_abandon: 30%, delay: {exponential: 20m}}}
"#;

#[test]
fn known_parameters_are_inside_their_intervals_in_nine_of_ten_logs() {
    let scenario = load(KNOWN, &[]);
    let mut inside = std::collections::BTreeMap::<&str, usize>::new();
    for seed in 0..100 {
        let found = fitted(&scenario, seed);
        let work = found.work[0].as_ref().unwrap();
        let patience = found.patience[0].as_ref().unwrap();
        let tries = found.returns[1].as_ref().unwrap();
        let all = [
            ("volume", found.demand[0].per_day.covers(150.0)),
            ("work, mean", work.mean.covers(300.0)),
            ("work, cv", work.cv.is_some_and(|cv| cv.covers(0.8))),
            ("wrap-up", found.wrap_up[0].as_ref().unwrap().mean.covers(30.0)),
            ("patience", patience.mean.unwrap().covers(150.0)),
            ("silent", patience.silent.covers(0.2)),
            ("slow-down", found.slowdown.first().is_some_and(|s| s.speed[1].covers(0.8))),
            ("tries", tries.shares[&fit::After::Abandon].covers(0.3)),
            ("delay of tries", tries.mean.covers(1200.0)),
        ];
        all.iter().for_each(|(what, is)| *inside.entry(what).or_default() += usize::from(*is));
    }
    println!("{inside:?}");
    // Of 100 intervals of 95 % fewer than 90 hold in 1 of 90 cases.
    assert!(inside.values().all(|count| *count >= 90), "{inside:?}");
}

#[test]
fn the_slow_down_of_20_000_chats_is_found_within_3_percent() {
    let desk = r#"
convoq: 1
name: slow
time: {start: 2026-03-02, days: 28, open: {daily: "00:00-24:00"}}
intents: {any: {work: {lognormal: {mean: 10m, cv: 0.7}}}}
demand: [{channel: chat, rate: {per_hour: 30}}]
channels: {chat: {patience: {exponential: 5m}}}
teams: {desk: {channels: {chat: {max: 3, slowdown: [1, 1.7, 2.5]}}, agents: 2}}
"#;
    let found = fitted(&load(desk, &[]), 7);
    let slow = &found.slowdown[0];
    assert!(found.contacts > 19_000 && slow.n > 15_000, "{}", slow.n);
    for (speed, truth) in slow.speed.iter().zip([1.0, 1.7 / 2.0, 2.5 / 3.0]) {
        println!("{speed:?} {truth}");
        assert!((speed.value / truth - 1.0).abs() < 0.03, "{speed:?}, {truth}");
    }
    // By ends and exposure alone it is not: the work is not exponential.
    let off = slow.by_exposure.iter().zip(&slow.speed).map(|(a, b)| (a / b.value - 1.0).abs());
    assert!(off.fold(0.0, f64::max) > 0.01, "{:?}", slow.by_exposure);
}

#[test]
fn what_every_shipped_scenario_shows_is_a_scenario_again() {
    for name in shipped_of_usual_size() {
        let scenario = load_shipped(&name, &[]);
        let seen = observed(&scenario.header, &events(&scenario, 1, 0));
        let days = 0..scenario.header.day_starts.len() - 1;
        let by = Resampling { seed: 1, tests: 0 };
        let found = fit::fit(&scenario.header, &seen, days.clone(), by);
        // On the days that were seen, and on days that were not.
        for days in [days.clone(), days.end + 2..days.end + 9] {
            let text = fit::scenario(&scenario.header, &found, &found.staffing, days);
            let again = read_back(&text);
            assert!(!again.sources.is_empty() && !again.teams.is_empty(), "{name}");
        }
        let end = *scenario.header.day_starts.last().unwrap();
        let own = seen.contacts.iter().filter(|c| c.follows.is_none() && c.started < end);
        let first = own.count();
        let counted: usize = found.demand.iter().map(|source| source.n).sum();
        assert_eq!(counted, first, "{name}");
    }
}

#[test]
fn a_bot_with_returns_and_triage_gives_the_numbers_that_were_seen() {
    let scenario = load_shipped("b2b_saas_week", &[]);
    let found = fitted(&scenario, 3);
    let days = found.days.clone();
    let text = fit::scenario(&scenario.header, &found, &found.staffing, days);
    let again = read_back(&text);
    let second = fitted(&again, 4);
    let (bot, same) = (found.bot.as_ref().unwrap(), second.bot.as_ref().unwrap());
    for (what, a, b) in [
        ("involved", bot.involved, same.involved),
        ("claimed", bot.claimed, same.claimed),
        ("confirmed", bot.confirmed, same.confirmed),
        ("rules", found.routing.rules_cover.unwrap(), second.routing.rules_cover.unwrap()),
    ] {
        println!("{what}: {a:?} {b:?}");
        let [low, high] = a.interval.unwrap();
        let [from, to] = b.interval.unwrap();
        assert!(low <= to && from <= high, "{what}: {a:?} {b:?}");
    }
}

#[test]
fn a_run_becomes_a_scenario_that_runs_and_days_and_outputs_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("known.yaml"), KNOWN).unwrap();
    let ok = |args: &[&str]| {
        let output = convoq_in(place, args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        output
    };
    ok(&["simulate", "known.yaml", "-n", "1", "--log", "full", "--out", "run", "-q"]);
    let said = ok(&["fit", "run", "--out", "own.yaml", "--explain", "own.md", "--days", "2..8"]);
    assert!(stderr(&said).contains("contacts of 7 days") && stdout(&said).is_empty());
    let text = std::fs::read_to_string(place.join("own.yaml")).unwrap();
    assert!(text.contains("start: 2026-03-03\n  days: 7\n"), "{text}");
    assert!(text.contains("lognormal (AICc;") && text.contains("KS p 0."), "{text}");
    let page = std::fs::read_to_string(place.join("own.md")).unwrap();
    for part in
        ["## Volume", "## Work: order", "## Patience: chat", "| 50 % |", "## Several at once"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    ok(&["simulate", "own.yaml", "-n", "2", "-q"]);
    // The same seed gives the same bytes, and standard output has what the file has.
    assert_eq!(stdout(&ok(&["fit", "run", "--days", "2..8", "-q"])), text);
    let wrong = |args: &[&str], why: &str| {
        let output = convoq_in(place, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(why), "{args:?}: {}", stderr(&output));
    };
    wrong(&["fit", "run", "--out", "own.yaml"], "it exists");
    wrong(&["fit", "run", "--days", "2..11"], "the run has 10 days");
    wrong(&["fit", "run", "--days", "5..3"], "two days of the run");
    wrong(&["fit", "known.yaml"], "known.yaml");
    ok(&["simulate", "known.yaml", "-n", "1", "--log", "none", "--out", "bare", "-q"]);
    wrong(&["fit", "bare"], "keeps no events");
}
