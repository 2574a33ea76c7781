//! The engine against the reference: the same contacts end identically.
//!
//! `REFERENCE_SEED=n cargo test --test it reference` tells one scenario; a scenario that
//! fails is printed in its smallest form.

mod customers;
mod dice;
mod generate;
mod metrics;
mod model;
mod people;
mod shrink;
mod staff;
mod story;

use convoq::engine::{Engine, Outbox};
use convoq::event::Envelope;
use convoq::projection::{Everything, Measure, measures};
use convoq::run::answer;
use convoq::scenario::{self, Scenario};
use serde_json::Value;
use story::Story;

/// No scenario of the generator takes so many steps.
const STEPS_MAX: u64 = 20_000;

/// Reads a scenario; none where it is not valid.
pub fn compile(file: &Value) -> Result<Scenario, String> {
    let no_files = |_: &str| Err("no files".to_owned());
    match scenario::load(&file.to_string(), None, &[], &no_files) {
        Ok(loaded) => Ok(loaded.scenario),
        Err(problems) => Err(problems.to_string()),
    }
}

/// The engine's events; none where it does not end.
fn events(scenario: &Scenario) -> Option<Vec<Envelope>> {
    let mut engine = Engine::new(scenario, scenario.seed, 0);
    let (streams, mut out, mut steps) = (engine.streams(), Outbox::default(), 0);
    while !engine.state().ended {
        while let Some(request) = out.requests.pop() {
            let (at, reply) = answer(scenario, streams, &request);
            engine.deliver(request.slot, request.conversation, at, reply);
        }
        engine.step(&mut out);
        steps += 1;
        if steps > STEPS_MAX {
            return None;
        }
    }
    Some(out.events)
}

/// What is wrong with the contacts of a scenario, if anything is.
fn disagreement(scenario: &Scenario) -> Option<String> {
    let Some(events) = events(scenario) else {
        return Some("the engine does not end".to_owned());
    };
    let mut of_engine = story::fold(&events);
    let mut expected = model::play(scenario, scenario.seed, 0);
    of_engine.sort_by_key(Story::identity);
    expected.sort_by_key(Story::identity);
    let differ = |(a, b): (&Story, &Story)| a != b;
    if let Some(place) = of_engine.iter().zip(&expected).position(differ) {
        let (a, b) = (&of_engine[place], &expected[place]);
        return Some(difference(a, b));
    }
    let (a, b) = (of_engine.len(), expected.len());
    if a != b {
        return Some(format!("{a} contacts in the engine, {b} in the reference"));
    }
    wrong_metric(scenario, &events, &expected)
}

/// The first metric that the projections count otherwise than the reference's stories.
fn wrong_metric(scenario: &Scenario, events: &[Envelope], stories: &[Story]) -> Option<String> {
    let header = &scenario.header;
    let mut everything = Everything::new(header);
    everything.apply_all(header, events);
    let ledger = metrics::Ledger::new(header, stories);
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
    let name = name.map_or("", String::as_str);
    format!(
        "{name} {} in the engine, {} in the reference\nengine:    {}\nreference: {}",
        a[first],
        b[first],
        a.join(" "),
        b.join(" ")
    )
}

/// What is wrong with a scenario file that is valid.
fn fault_of(file: &Value) -> Option<String> {
    disagreement(&compile(file).ok()?)
}

/// Seeds, how many of them make no valid scenario, and the first that disagree.
pub fn search(seeds: impl Iterator<Item = u64>, most: usize) -> (u64, Vec<u64>) {
    let (mut invalid, mut wrong) = (0, Vec::new());
    for seed in seeds {
        match compile(&generate::scenario(seed)) {
            Err(_) => invalid += 1,
            Ok(scenario) if disagreement(&scenario).is_some() => wrong.push(seed),
            Ok(_) => {}
        }
        if wrong.len() >= most {
            break;
        }
    }
    (invalid, wrong)
}

/// The scenario of a seed in its smallest form that still disagrees, and how.
pub fn told(seed: u64) -> String {
    let file = generate::scenario(seed);
    let small = shrink::shrink(file, &|file| fault_of(file).is_some());
    let fault = fault_of(&small).unwrap_or_default();
    format!("seed {seed}\n{small}\n{fault}")
}

/// Why a seed makes no valid scenario.
pub fn why(seed: u64) {
    match compile(&generate::scenario(seed)) {
        Ok(_) => println!("valid"),
        Err(problems) => println!("{problems}"),
    }
}

pub fn judge_text(text: &str) -> Option<String> {
    let no_files = |_: &str| Err("no files".to_owned());
    let loaded = scenario::load(text, None, &[], &no_files).expect("valid");
    disagreement(&loaded.scenario)
}

pub fn fault_of_seed(seed: u64) -> Option<String> {
    fault_of(&generate::scenario(seed))
}

pub fn print_events(file: &str, from_s: f64, to_s: f64) {
    let text = std::fs::read_to_string(file).expect("a file");
    let no_files = |_: &str| Err("no files".to_owned());
    let loaded = scenario::load(&text, None, &[], &no_files).expect("valid");
    for e in events(&loaded.scenario).expect("an end") {
        if e.at.as_s() >= from_s && e.at.as_s() <= to_s {
            println!("{} {} {:?}", e.at.as_s(), e.conversation.0, e.event);
        }
    }
}

pub fn times(n: u64) {
    let clock = std::time::Instant::now;
    let (mut a, mut b, mut c, mut d) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..n {
        let t = clock();
        let file = generate::scenario(seed);
        let Ok(s) = compile(&file) else { continue };
        a += t.elapsed().as_secs_f64();
        let t = clock();
        let e = events(&s).unwrap();
        b += t.elapsed().as_secs_f64();
        let t = clock();
        let m = model::play(&s, s.seed, 0);
        c += t.elapsed().as_secs_f64();
        let t = clock();
        wrong_metric(&s, &e, &m);
        d += t.elapsed().as_secs_f64();
    }
    println!("compile {a:.2} engine {b:.2} model {c:.2} metrics {d:.2}");
}
