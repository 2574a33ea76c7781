//! The engine against the reference: the same contacts end identically, and the metrics
//! are those of the reference's own contacts.
//!
//! `REFERENCE_SEED=n cargo test --test it reference` plays the scenario of one seed. What
//! fails is printed in its smallest form; the program reads it as it stands.

mod customers;
mod dice;
mod generate;
mod ledger;
mod metrics;
mod model;
mod people;
mod reach;
mod roster;
mod shrink;
mod staff;
mod story;

use convoq::engine::Engine;
use convoq::engine::answer;
use convoq::event::Envelope;
use convoq::projection::{Everything, Measure, measures};
use convoq::scenario::{self, Scenario};
use reach::Reach;
use serde_json::Value;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use story::Story;

/// No scenario of the generator takes so many steps.
const STEPS_MAX: u64 = 20_000;

/// Reads a scenario; none where it is not valid.
fn compile(file: &Value) -> Option<Scenario> {
    let no_files = |_: &str| Err("no files".to_owned());
    let loaded = scenario::load(&file.to_string(), None, &[], &no_files);
    loaded.ok().map(|loaded| loaded.scenario)
}

/// The engine's events; none where it does not end.
fn events(scenario: &Scenario) -> Option<Vec<Envelope>> {
    let mut engine = Engine::new(scenario, scenario.seed, 0);
    let (streams, mut steps) = (engine.streams(), 0);
    while !engine.state().ended {
        while let Some(request) = engine.out().requests.pop() {
            let (at, reply) = answer(scenario, streams, &request);
            engine.deliver(request.slot, request.conversation, at, reply);
        }
        engine.step();
        steps += 1;
        if steps > STEPS_MAX {
            return None;
        }
    }
    Some(std::mem::take(&mut engine.out().events))
}

/// What the engine makes of a scenario, against what the reference makes of it: the
/// reference's contacts, or what is wrong.
fn judge(scenario: &Scenario) -> Result<Vec<Story>, String> {
    if let Some(wrong) = roster::fault(scenario, scenario.seed) {
        return Err(wrong);
    }
    let events = events(scenario).ok_or("the engine does not end")?;
    let mut of_engine = story::fold(&events);
    let mut expected = model::play(scenario, scenario.seed, 0);
    of_engine.sort_by_key(Story::identity);
    expected.sort_by_key(Story::identity);
    let differ = |(a, b): (&Story, &Story)| a != b;
    if let Some(place) = of_engine.iter().zip(&expected).position(differ) {
        return Err(difference(&of_engine[place], &expected[place]));
    }
    let (a, b) = (of_engine.len(), expected.len());
    if a != b {
        return Err(format!("{a} contacts in the engine, {b} in the reference"));
    }
    match wrong_metric(scenario, &events, &expected) {
        Some(wrong) => Err(wrong),
        None => Ok(expected),
    }
}

/// The first metric that the projections count otherwise than the reference's stories.
fn wrong_metric(scenario: &Scenario, events: &[Envelope], stories: &[Story]) -> Option<String> {
    let header = &scenario.header;
    let mut everything = Everything::new(header);
    everything.apply_all(header, events);
    if let Some(violation) = everything.audit.violations.first() {
        return Some(format!("AUDIT FAILED: {violation}"));
    }
    let ledger = ledger::Ledger::new(header, stories);
    for (key, measure) in measures(header, &everything) {
        if !metrics::is_of_contacts(&key) {
            continue;
        }
        let Some((num, den)) = ledger.measure(&key) else {
            return Some(format!("the reference does not know {key:?}"));
        };
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        if !near(measure.num, num) || !near(measure.den, den) {
            let Measure { num: a, den: b } = measure;
            return Some(format!(
                "metric {key:?}: {a} / {b} in the summary, {num} / {den} in the reference"
            ));
        }
    }
    None
}

/// Where two stories differ first, and both, with times in seconds.
fn difference(engine: &Story, reference: &Story) -> String {
    let words = |story: &Story| -> Vec<String> {
        let text = format!("{story:?}");
        let words = text.split(' ').map(|word| match word.split_once("SimTime(") {
            Some((before, at)) => {
                let digits: String = at.chars().take_while(char::is_ascii_digit).collect();
                let after = &at[digits.len() + 1..];
                format!("{before}{}{after}", digits.parse::<f64>().unwrap_or(0.0) / 1e6)
            }
            None => word.to_owned(),
        });
        words.collect()
    };
    let (a, b) = (words(engine), words(reference));
    let first = a.iter().zip(&b).position(|(a, b)| a != b).unwrap_or(0);
    let name = a[..first].iter().rev().find(|w| w.ends_with(':'));
    format!(
        "{} {} in the engine, {} in the reference\nengine:    {}\nreference: {}",
        name.map_or("", String::as_str),
        a[first],
        b[first],
        a.join(" "),
        b.join(" ")
    )
}

/// The scenario of a seed in its smallest form that still disagrees, and how.
fn told(seed: u64) -> String {
    let fault = |file: &Value| judge(&compile(file)?).err();
    let small = shrink::shrink(generate::scenario(seed), &|file| fault(file).is_some());
    let fault = fault(&small).unwrap_or_default();
    format!("seed {seed}\n{small}\n{fault}")
}

/// Plays the scenarios of so many seeds, on all cores; fails at the first that disagree.
fn agree_on(seeds: std::ops::Range<u64>) -> Reach {
    let (next, wrong, reach) =
        (AtomicU64::new(seeds.start), Mutex::new(Vec::new()), Mutex::new(Reach::default()));
    let work = || {
        let mut own = Reach::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let known = wrong.lock().map_or(0, |wrong| wrong.len());
            if seed >= seeds.end || known >= 3 {
                break;
            }
            let Some(scenario) = compile(&generate::scenario(seed)) else {
                own.refused += 1;
                continue;
            };
            match judge(&scenario) {
                Ok(stories) => own.count(&scenario, &stories),
                Err(_) => wrong.lock().expect("no panic").push(seed),
            }
        }
        reach.lock().expect("no panic").add(&own);
    };
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort_unstable();
    let told: Vec<String> = wrong.iter().map(|seed| told(*seed)).collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
    reach.into_inner().expect("no panic")
}

#[test]
fn reference_agrees_on_20000_random_scenarios() {
    if let Some(seed) = std::env::var("REFERENCE_SEED").ok().and_then(|s| s.parse().ok()) {
        let file = generate::scenario(seed);
        println!("{file}");
        let Some(scenario) = compile(&file) else {
            println!("not valid");
            return;
        };
        let agrees = judge(&scenario).is_ok();
        assert!(agrees, "{}", told(seed));
        return;
    }
    let reach = agree_on(0..20_000);
    println!("{reach:?}");
    reach.assert_everything_happened(20);
    assert!(reach.refused < 1_000, "the generator writes what is refused");
}

/// `cargo test --release --test it reference -- --ignored --nocapture`
#[test]
#[ignore = "some minutes on many cores"]
fn reference_agrees_on_a_million_random_scenarios() {
    for million in 0..100 {
        let seeds = 20_000 + million * 10_000..30_000 + million * 10_000;
        println!("seeds {seeds:?}");
        agree_on(seeds);
    }
}
