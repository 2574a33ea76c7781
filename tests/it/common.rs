//! What the tests share: scenarios, runs, and single numbers out of summaries.

use convoq::event::Envelope;
use convoq::experiment::Summary;
use convoq::run::{Plan, play, replicate, replicate_all};
use convoq::scenario::{self, Scenario};
use serde_json::Value;
use std::num::NonZeroU32;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::AtomicBool;

/// Where the program is.
pub const CONVOQ: &str = env!("CARGO_BIN_EXE_convoq");

/// The program, with nothing to read.
pub fn program() -> Command {
    let mut command = Command::new(CONVOQ);
    command.stdin(Stdio::null());
    command
}

/// Runs the program at the root of the repository.
pub fn convoq(args: &[&str]) -> Output {
    program().args(args).output().expect("convoq starts")
}

/// Runs the program in a folder.
pub fn convoq_in(folder: &Path, args: &[&str]) -> Output {
    program().args(args).current_dir(folder).output().expect("convoq starts")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("standard output is UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("standard error is UTF-8")
}

/// Loads a scenario text with changes; CSV files are found under `scenarios/`.
pub fn load(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set: Vec<_> = set.iter().map(|(p, v)| (p.to_string(), v.to_string())).collect();
    let csv = |file: &str| {
        std::fs::read_to_string(format!("scenarios/{file}")).map_err(|e| e.to_string())
    };
    match scenario::load(text, None, &set, &csv) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{problems}"),
    }
}

/// Loads a shipped scenario.
pub fn load_shipped(name: &str, set: &[(&str, &str)]) -> Scenario {
    let path = format!("scenarios/{name}.yaml");
    load(&std::fs::read_to_string(&path).expect(&path), set)
}

/// Names of the shipped scenarios.
pub fn shipped() -> Vec<String> {
    let entries = std::fs::read_dir("scenarios").expect("scenarios/ is there");
    let mut names: Vec<String> = entries
        .filter_map(|e| Some(e.ok()?.file_name().to_str()?.strip_suffix(".yaml")?.to_string()))
        .collect();
    names.sort();
    assert!(names.len() >= 14, "{names:?}");
    names
}

/// The same without the one that has nine times the contacts of any other: for
/// tests that write each many times.
pub fn shipped_of_usual_size() -> Vec<String> {
    let mut names = shipped();
    names.retain(|name| name != "load_demo");
    names
}

/// The events of one replication.
pub fn events(scenario: &Scenario, seed: u64, replication: u32) -> Vec<Envelope> {
    let mut all = Vec::new();
    play(scenario, seed, replication, |events| all.extend_from_slice(events));
    all
}

/// A whole experiment.
pub fn summary(scenario: &Scenario, seed: u64, replications: u32, threads: u32) -> Summary {
    let plan = Plan {
        seed,
        replications: NonZeroU32::new(replications).expect("some"),
        threads: NonZeroU32::new(threads).expect("some"),
    };
    replicate_all(scenario, plan, &AtomicBool::new(false), |_| {}).summary(
        seed,
        0.95,
        String::new(),
    )
}

/// A metric over everything, with its standard error.
pub fn value_and_se(
    summary: &Summary,
    metric: &str,
    definition: Option<&str>,
    party: Option<&str>,
) -> (f64, f64) {
    let row = summary.metrics.iter().find(|r| {
        r.which.metric.name() == metric
            && (definition.is_none() || r.which.definition.map(|d| d.name()) == definition)
            && r.which.party.map(|p| p.name()) == party
            && r.which.stat.map(|s| s.name()).is_none_or(|s| s == "mean")
            && r.which.queue.is_none()
            && r.which.segment.is_none()
            && r.which.channel.is_none()
            && r.which.intent.is_none()
    });
    let row = row.unwrap_or_else(|| panic!("{metric} is not in the summary"));
    (row.value, row.se.unwrap_or(0.0))
}

/// A metric over everything in each of the replications.
pub fn per_replication(
    scenario: &Scenario,
    seed: u64,
    replications: u32,
    metric: &str,
    definition: Option<&str>,
) -> Vec<f64> {
    (0..replications)
        .map(|replication| {
            let result = replicate(scenario, seed, replication);
            let found = result.measures.iter().find(|(key, _)| {
                key.metric.name() == metric
                    && key.definition.map(|d| d.name()) == definition
                    && key.dims == Default::default()
            });
            let (_, m) = found.unwrap_or_else(|| panic!("{metric} is not measured"));
            m.num / m.den
        })
        .collect()
}

/// Signals that end a program in an orderly way, as `kill` takes them. Whoever ignores the
/// loss of a terminal, as `nohup` does, hands that down: it is none of them then.
pub fn ending_signals() -> Vec<&'static str> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Bit 0 is signal 1, SIGHUP.
    match ignored.unwrap_or_default() & 1 {
        0 => vec!["-INT", "-TERM", "-HUP"],
        _ => vec!["-INT", "-TERM"],
    }
}

/// What a command says as JSON.
pub fn json_in(folder: &Path, command: &str, args: &[&str]) -> Value {
    let done = convoq_in(folder, &[&[command], args, &["--format", "json"]].concat());
    assert!(done.status.success(), "{args:?}: {}", stderr(&done));
    serde_json::from_str(&stdout(&done)).unwrap()
}

/// A folder with the scenario `was.yaml` and one replication of it, `run`.
pub fn simulated(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("was.yaml"), text).unwrap();
    let run = convoq_in(folder.path(), &["simulate", "was.yaml", "-n", "1", "--out", "run"]);
    assert!(matches!(run.status.code(), Some(0 | 99)), "{}", stderr(&run));
    folder
}
