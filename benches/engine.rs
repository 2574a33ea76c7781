//! Speed of the simulator beside the hand-written loops of `yardstick`.
//!
//! `cargo bench --bench engine` prints a table; `-- --quick` takes a fraction of the time.
//! Without cargo's `--bench`, or with `--test`, it only checks that all rows simulate the
//! model, at sizes too small to time: that is what `cargo test --benches` runs.
//!
//! Nanoseconds do not travel between machines, nor between busy hours of one machine;
//! ratios taken side by side nearly do. So every round runs all rows in turn, time is
//! the thread's processor time, and a ratio is the median over the rounds.

mod yardstick;

use convoq::event::Event;
use convoq::projection::{Everything, ServiceCell};
use convoq::run;
use convoq::scenario::{self, Scenario};
use std::process::ExitCode;
use std::time::Duration;
use yardstick::{LoopResult, best_loop, check_agreement, check_result, cpu_time, heap_loop};

const ROUNDS: usize = 5;

/// One line of the table.
struct Row {
    name: &'static str,
    /// Simulates so many customers from a seed, all on the calling thread: work on
    /// other threads would not be timed.
    run: Box<dyn Fn(u64, u64) -> LoopResult>,
}

/// The ceiling comes first: all ratios are to it.
fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row { name: "best_loop", run: Box::new(best_loop) },
        Row { name: "heap_loop", run: Box::new(heap_loop) },
    ];
    rows.extend(convoq_rows());
    rows
}

/// The same model as a scenario, through the public engine: with events only, and
/// with every projection and the audit over them.
fn convoq_rows() -> Vec<Row> {
    vec![
        Row { name: "convoq, no folds", run: Box::new(convoq_events) },
        Row { name: "convoq", run: Box::new(convoq_everything) },
    ]
}

/// The chat centre with about so many customers in one replication.
fn chat_centre(customers: u64) -> Scenario {
    let days = (customers as f64 / (701.538_462 * 24.0)).ceil().max(1.0);
    let set = [("time.days".to_string(), days.to_string())];
    load(include_str!("chat_centre.yaml"), &set)
}

fn convoq_everything(customers: u64, seed: u64) -> LoopResult {
    let scenario = chat_centre(customers);
    let mut all = Everything::new(&scenario.header);
    run::play(&scenario, seed, 0, |events| {
        all.apply_all(&scenario.header, events);
    });
    let mut cell = ServiceCell::default();
    all.service.cells.iter().for_each(|c| cell.add(c));
    let contacts: u64 = all.resolution.cells.iter().map(|c| c.contacts).sum();
    let waits_s = (cell.wait_answered_us + cell.wait_abandoned_us) * 1e-6;
    LoopResult {
        customers: contacts,
        calendar_events: 0,
        abandoned: cell.abandoned,
        served: cell.answered,
        wait_p99_s: all.speed.histograms[0].value_at_quantile(0.99) as f64 * 1e-6,
        mean_wait_s: waits_s / (cell.abandoned + cell.answered) as f64,
    }
}

/// Only counts what a check needs, so that the engine and its events remain.
fn convoq_events(customers: u64, seed: u64) -> LoopResult {
    let scenario = chat_centre(customers);
    let (mut contacts, mut joined, mut left, mut abandoned, mut served) = (0, 0_i64, 0, 0, 0);
    let mut waiting = 0;
    run::play(&scenario, seed, 0, |events| {
        for envelope in events {
            let at = envelope.at.0 as i64;
            match envelope.event {
                Event::ContactStarted { .. } => contacts += 1,
                Event::Queued { .. } => (joined, waiting) = (joined + at, waiting + 1),
                Event::Abandoned { .. } => {
                    (left, waiting, abandoned) = (left + at, waiting - 1, abandoned + 1);
                }
                Event::Assigned { .. } => {
                    (left, waiting, served) = (left + at, waiting - 1, served + 1);
                }
                Event::RunEnded => left += waiting * at,
                _ => {}
            }
        }
    });
    LoopResult {
        customers: contacts,
        calendar_events: 0,
        abandoned,
        served,
        wait_p99_s: 0.0,
        mean_wait_s: (left - joined) as f64 * 1e-6 / (abandoned + served) as f64,
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let given = |flag: &str| args.iter().any(|arg| arg == flag);
    let outcome = if given("--test") || !given("--bench") {
        check(100_000)
    } else if given("--quick") {
        check(100_000).and_then(|()| measure(400_000)).map(|()| measure_more(400_000))
    } else {
        check(1_000_000).and_then(|()| measure(3_000_000)).map(|()| measure_more(1_000_000))
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every row once and says whether it simulates the model.
fn check(customers: u64) -> Result<(), String> {
    check_agreement(customers, 1)?;
    for row in rows() {
        check_result(row.name, &(row.run)(customers, 1))?;
    }
    Ok(())
}

/// Times all rows and prints the table.
fn measure(customers: u64) -> Result<(), String> {
    let rows = rows();
    let mut times = vec![Vec::new(); rows.len()];
    let mut abandonment = vec![0.0; rows.len()];
    for round in 0..ROUNDS {
        for (index, row) in rows.iter().enumerate() {
            let (result, time) = timed(|| (row.run)(customers, round as u64 + 1));
            check_result(row.name, &result)?;
            times[index].push(time.as_secs_f64() / result.customers as f64);
            abandonment[index] += result.abandonment() / ROUNDS as f64;
        }
    }

    println!("chat centre, {customers} customers a run, median of {ROUNDS} interleaved rounds");
    println!(
        "{:<20} {:>12} {:>12} {:>14} {:>12}",
        "row", "customers/s", "ns/customer", "ratio to best", "abandonment"
    );
    for (index, row) in rows.iter().enumerate() {
        let seconds_each = median(&times[index]);
        let ratios: Vec<f64> =
            (0..ROUNDS).map(|round| times[0][round] / times[index][round]).collect();
        println!(
            "{:<20} {:>12.0} {:>12.1} {:>14.3} {:>12.4}",
            row.name,
            1.0 / seconds_each,
            seconds_each * 1e9,
            median(&ratios),
            abandonment[index]
        );
    }
    Ok(())
}

/// What has no hand-written twin: the whole model of a shipped scenario, and a centre
/// a hundred times as large. Median of the rounds, beside the small centre.
fn measure_more(customers: u64) {
    let small = per_contact(&chat_centre(customers));
    let set = [
        ("time.days".to_string(), "1".to_string()),
        ("demand[0].rate.per_hour".to_string(), "*100".to_string()),
        ("teams.agents.agents".to_string(), "*100".to_string()),
    ];
    let large = per_contact(&load(include_str!("chat_centre.yaml"), &set));
    let week = per_contact(&load(include_str!("../scenarios/b2c_retail_week.yaml"), &[]));
    println!("\nconvoq with every fold, median of {ROUNDS} rounds");
    println!("{:<32} {:>12} {:>12} {:>8}", "scenario", "contacts/s", "ns/contact", "ratio");
    let rows = [("chat centre", small), ("100 times as large", large), ("b2c_retail_week", week)];
    for (name, seconds) in rows {
        println!(
            "{name:<32} {:>12.0} {:>12.1} {:>8.2}",
            1.0 / seconds,
            seconds * 1e9,
            seconds / small
        );
    }
}

/// Processor seconds per contact of one replication with every projection.
fn per_contact(scenario: &Scenario) -> f64 {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let mut all = Everything::new(&scenario.header);
        let ((), time) = timed(|| {
            run::play(scenario, round as u64, 0, |events| all.apply_all(&scenario.header, events));
        });
        times.push(time.as_secs_f64() / all.audit.started as f64);
    }
    median(&times)
}

fn load(text: &str, set: &[(String, String)]) -> Scenario {
    let csv = |file: &str| {
        let path = format!("{}/scenarios/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    };
    match scenario::load(text, None, set, &csv) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => unreachable!("{problems}"),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = cpu_time();
    let result = work();
    (result, cpu_time().saturating_sub(begun))
}

/// The middle value of an odd number of them.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
