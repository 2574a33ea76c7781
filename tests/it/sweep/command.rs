//! What the command prints, keeps, refuses.

use super::{stderr, stdout};
use crate::common;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a small scenario in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.yaml"), SMALL).unwrap();
    folder
}

const SMALL: &str = r#"
convoq: 1
name: small
seed: 3
replications: 4
time: {start: 2026-03-02, days: 1, open: {daily: "08:00-12:00"}}
intents:
  easy: {work: {exponential: 4m}, bot: {coverage: 90%, accuracy: 60%}}
demand: [{channel: chat, per_day: 200, profile: {interval: 4h, shares: [0, 0, 1, 0, 0, 0]}, intents: {easy: 100%}}]
channels: {chat: {patience: {exponential: 3m}, after_hours: queue}}
bot: {latency: 2s, accept: 30%}
teams: {chat: {channels: {chat: {}}, agents: 3}}
targets: ["service_level(queue=chat, within=60s) >= 80%", "roar >= 4%"]
variants:
  more: {description: Two more agents., set: {teams.chat.agents: "+2"}}
"#;

fn sweep(folder: &Path, args: &[&str]) -> Output {
    crate::common::program()
        .args(["sweep", "small.yaml"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

const GRID: [&str; 4] = ["--vary", "teams.chat.agents=2..4:1", "--vary", "bot.accept=20%,40%"];

#[test]
fn a_sweep_is_what_simulate_says_at_each_point() {
    let folder = folder();
    let out = stdout(&sweep(folder.path(), &[&GRID[..], &["--format", "json"]].concat()));
    let swept: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(swept["schema"], "convoq.sweep/1");
    assert_eq!(swept["rows"].as_array().unwrap().len(), 6 * 4 * 2);
    for (point, agents, accept) in [(0, "2", "20%"), (3, "3", "40%"), (5, "4", "40%")] {
        let sets = [("teams.chat.agents", agents), ("bot.accept", accept)];
        let scenario = common::load(SMALL, &sets);
        let level = common::per_replication(&scenario, 3, 4, "roar", None);
        let rows: Vec<f64> = swept["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["point"] == point && r["metric"] == "roar")
            .map(|r| r["value"].as_f64().unwrap())
            .collect();
        assert_eq!(rows, level, "{sets:?}");
    }
    let row = &swept["rows"][7];
    assert_eq!(row["teams.chat.agents"], 2.0);
    assert_eq!((&row["bot.accept"], &row["replication"]), (&0.2.into(), &3.into()));
    let quotient = row["numerator"].as_f64().unwrap() / row["denominator"].as_f64().unwrap();
    assert_eq!(row["value"], quotient);
}

/// Files of the cache, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for part in fs::read_dir(folder.join("runs/cache")).unwrap() {
        files.extend(fs::read_dir(part.unwrap().path()).unwrap().map(|f| f.unwrap().path()));
    }
    files.sort();
    files
}

#[test]
fn a_repeated_sweep_computes_nothing_and_a_wider_one_only_what_is_new() {
    let folder = folder();
    let said = |args: &[&str]| {
        let output = sweep(folder.path(), args);
        let text = stderr(&output);
        (stdout(&output), text)
    };
    let (first, notes) = said(&GRID);
    assert!(notes.contains("0 found in runs/cache, 6 computed (24 replications)"), "{notes}");
    assert_eq!(entries(folder.path()).len(), 6);
    let (second, notes) = said(&[&GRID[..], &["--threads", "1"]].concat());
    assert!(notes.contains("6 found in runs/cache, 0 computed (0 replications)"), "{notes}");
    assert_eq!(first, second, "the cache shows in the output");
    // Two more agents' levels, and then more replications of the same points.
    let wider = ["--vary", "teams.chat.agents=2..5:1", GRID[2], GRID[3]];
    let (_, notes) = said(&wider);
    assert!(notes.contains("6 found in runs/cache, 2 computed (8 replications)"), "{notes}");
    let longer = [&GRID[..], &["-n", "6"]].concat();
    let (more, notes) = said(&longer);
    assert!(notes.contains("0 found in runs/cache, 6 computed (12 replications)"), "{notes}");
    let (fresh, _) = said(&[&longer[..], &["--no-cache", "--threads", "3"]].concat());
    assert_eq!(more, fresh, "the cache shows in the output");
    // Another seed and other metrics are other entries.
    let (_, notes) = said(&[&GRID[..], &["--seed", "4"]].concat());
    assert!(notes.contains("0 found"), "{notes}");
    let (_, notes) = said(&[&GRID[..], &["--metric", "asa_s"]].concat());
    assert!(notes.contains("0 found"), "{notes}");
}

#[test]
fn damaged_entries_are_computed_again() {
    let folder = folder();
    let first = stdout(&sweep(folder.path(), &GRID));
    let files = entries(folder.path());
    for (number, file) in files.iter().enumerate().take(4) {
        let mut bytes = fs::read(file).unwrap();
        match number {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            2 => {
                // Another digit, so that only the checksum knows.
                let last = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
                bytes[last] ^= 1;
            }
            // A whole entry in the place of another one: it says itself what it is of.
            _ => bytes = fs::read(&files[4]).unwrap(),
        }
        fs::write(file, bytes).unwrap();
    }
    let again = sweep(folder.path(), &GRID);
    let notes = stderr(&again);
    assert!(notes.contains("2 found in runs/cache, 4 computed (16 replications)"), "{notes}");
    assert!(notes.contains("4 damaged entries"), "{notes}");
    assert_eq!(first, stdout(&again));
    assert!(!stderr(&sweep(folder.path(), &GRID)).contains("damaged"));
}

#[test]
fn one_at_a_time_says_what_a_change_buys() {
    let folder = folder();
    let args = ["--vary", "teams.chat.agents=3..5:2", "--vary", "bot.accept=20%..40%"];
    let args = [&args[..], &["--vary", "variant:more", "--design", "oat", "-n", "10"]].concat();
    let text = stdout(&sweep(folder.path(), &args));
    assert!(text.contains("one more agent in chat buys +"), "{text}");
    assert!(text.contains("one point of bot.accept buys +"), "{text}");
    let json = stdout(&sweep(folder.path(), &[&args[..], &["--format", "json"]].concat()));
    let swept: Value = serde_json::from_str(&json).unwrap();
    let effects = swept["effects"].as_array().unwrap();
    let find = |kind: &str, factor: &str, metric: &str, level: &str| {
        let mut all = effects.iter().filter(|e| {
            e["effect"] == kind
                && e["factor"] == factor
                && e["metric"].as_str().unwrap().starts_with(metric)
                && (level.is_empty() || e["level"] == level)
        });
        all.next().unwrap_or_else(|| panic!("{kind} {factor} {metric} {level}"))
    };
    // Agents change nothing that the bot does: exactly nothing, as the customers are the same.
    let none = find("change", "teams.chat.agents", "roar", "5");
    assert_eq!((&none["value"], &none["ci_low"]), (&0.0.into(), &0.0.into()));
    // The variant and the level are the same point, and two agents are twice the slope.
    let level = find("change", "teams.chat.agents", "service_level", "5");
    let variant = find("change", "variant:more", "service_level", "on");
    assert_eq!(level["value"], variant["value"]);
    let slope = find("slope", "teams.chat.agents", "service_level", "");
    let (change, slope) = (level["value"].as_f64().unwrap(), slope["value"].as_f64().unwrap());
    assert!((change / 2.0 - slope).abs() < 1e-12 && slope > 0.0);
}

#[test]
fn the_same_rows_come_as_csv_json_and_parquet() {
    let folder = folder();
    let write = |format: &str, file: &str| {
        let args = [&GRID[..], &["--format", format, "--out", file]].concat();
        stdout(&sweep(folder.path(), &args))
    };
    let text = write("csv", "tables/grid.csv");
    assert!(text.contains("POINTS"), "{text}");
    write("parquet", "tables/grid.parquet");
    let csv = fs::read_to_string(folder.path().join("tables/grid.csv")).unwrap();
    let shown = stdout(&sweep(folder.path(), &[&GRID[..], &["--format", "csv"]].concat()));
    assert_eq!(csv, shown);
    let head = csv.lines().next().unwrap();
    assert_eq!(
        head,
        "point,teams.chat.agents,bot.accept,replication,metric,unit,numerator,denominator,value"
    );
    assert_eq!(csv.lines().count(), 1 + 6 * 4 * 2);
    let effects = fs::read_to_string(folder.path().join("tables/grid-effects.csv")).unwrap();
    assert!(
        effects.starts_with("metric,effect,factor,other,level,value,ci_low,ci_high,exact,note\n")
    );
    for file in ["grid.parquet", "grid-effects.parquet"] {
        let bytes = fs::read(folder.path().join("tables").join(file)).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{file}");
    }
}

#[test]
fn a_metric_without_observations_is_an_empty_cell_and_said() {
    let folder = folder();
    let args = ["--vary", "bot.human_only=100%,0%", "--metric", "resolution_rate(party=bot)"];
    let csv = stdout(&sweep(folder.path(), &[&args[..], &["--format", "csv"]].concat()));
    assert!(csv.lines().nth(1).unwrap().ends_with(",0,0,"), "{csv}");
    let text = stdout(&sweep(folder.path(), &args));
    assert!(text.contains("resolution_rate(party=bot): nothing was observed at 1 point"), "{text}");
}

#[test]
fn wrong_factors_metrics_and_places_are_told_with_the_fix() {
    let folder = folder();
    let cases: [(&[&str], &[&str]); 14] = [
        (&["--vary", "bot.acept=20%,30%"], &["E0802", "`bot.accept`"]),
        (&["--vary", "bot.accept=20%,130%"], &["bot.accept=130%"]),
        (&["--vary", "teams.chat.agents=2..4:0"], &["a step of 0"]),
        (&["--vary", "teams.chat.agents=4..2:1"], &["the range is empty"]),
        (&["--vary", "teams.chat.agents=4..4"], &["the range is empty"]),
        (&["--vary", "teams.chat.agents=2..x"], &["`x` is not a number"]),
        (&["--vary", "bot.latency=1s..2m"], &["different units"]),
        (&["--vary", "bot.accept=10%,,20%"], &["a value is empty"]),
        (&["--vary", "bot.accept"], &["values are missing"]),
        (&["--vary", "variant:mor"], &["E0801", "`more`"]),
        (&["--vary", "bot.accept=1%,2%", "--vary", "bot.accept=3%,4%"], &["varied twice"]),
        (&["--vary", "bot.accept=1%,2%", "--metric", "raor"], &["raor", "`roar`"]),
        (&["--vary", "bot.accept=1%,2%", "--metric", "wait_s.p90"], &["quantiles"]),
        (&["--vary", "bot.accept=1%,2%", "--format", "parquet"], &["--out"]),
    ];
    for (args, words) in cases {
        let output = sweep(folder.path(), args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}\n{said}");
        assert!(output.stdout.is_empty());
        for word in words {
            assert!(said.contains(word), "{args:?}: no {word} in\n{said}");
        }
    }
    assert!(!folder.path().join("runs").exists(), "something was written");
}

#[test]
fn a_huge_sweep_says_how_long_it_would_take_and_asks() {
    let folder = folder();
    let args = ["--vary", "bot.accept=10%..30%:0.0002%", "--vary", "bot.ask_human=10%..19%:1%"];
    let output = sweep(folder.path(), &args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("1,000,010 points of 4 replications would take about"), "{said}");
    assert!(said.contains("--yes"), "{said}");
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn ctrl_c_prints_what_is_finished_and_keeps_it() {
    let folder = folder();
    let args = ["--vary", "bot.accept=10%..30%:0.01%", "--yes", "--threads", "1", "-n", "20"];
    let child = crate::common::program()
        .args(["sweep", "small.yaml"])
        .args(args)
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Kept entries say that points are done; then it is stopped.
    let begun = std::time::Instant::now();
    while !folder.path().join("runs/cache").exists() && begun.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("interrupted: "), "{text}");
    assert!(text.contains("POINTS") && text.contains("10%"), "{text}");
    assert!(!entries(folder.path()).is_empty());
}
