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
        Row {
            name: "best_loop",
            run: Box::new(best_loop),
        },
        Row {
            name: "heap_loop",
            run: Box::new(heap_loop),
        },
    ];
    rows.extend(convoq_rows());
    rows
}

// =====================================================================================
// convoq's own rows go here: the same model as a scenario, through the public engine.
// =====================================================================================
fn convoq_rows() -> Vec<Row> {
    Vec::new()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let given = |flag: &str| args.iter().any(|arg| arg == flag);
    let outcome = if given("--test") || !given("--bench") {
        check(100_000)
    } else if given("--quick") {
        check(100_000).and_then(|()| measure(400_000))
    } else {
        check(1_000_000).and_then(|()| measure(3_000_000))
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
            times[index].push(time.as_secs_f64());
            abandonment[index] += result.abandonment() / ROUNDS as f64;
        }
    }

    println!("chat centre, {customers} customers a run, median of {ROUNDS} interleaved rounds");
    println!(
        "{:<20} {:>12} {:>12} {:>14} {:>12}",
        "row", "customers/s", "ns/customer", "ratio to best", "abandonment"
    );
    for (index, row) in rows.iter().enumerate() {
        let seconds_each = median(&times[index]) / customers as f64;
        let ratios: Vec<f64> = (0..ROUNDS)
            .map(|round| times[0][round] / times[index][round])
            .collect();
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
