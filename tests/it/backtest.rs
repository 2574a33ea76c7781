//! `convoq backtest`: what is learned from the first days tells of the others.

use crate::common::{convoq_in, json_in, simulated, stderr};
use serde_json::Value;
use std::path::Path;

/// Twelve days of a phone team whose load and staffing change over the day.
fn was(wrap_up: &str) -> String {
    format!(
        "convoq: 1\nname: was\ntime: {{start: 2026-03-02, days: 12, zone: Europe/Berlin, open: {{daily: \"08:00-18:00\"}}, drain: 2h}}\nintents: {{call: {{work: {{lognormal: {{mean: 4m, cv: 0.8}}}}{wrap_up}}}}}\ndemand: [{{channel: phone, per_day: 900, busyness_cv: 20%}}]\nchannels: {{phone: {{patience: {{exponential: 3m}}}}}}\nteams: {{a: {{channels: {{phone: {{}}}}, shifts: [{{agents: 4, from: \"08:00\", to: \"15:00\"}}, {{agents: 4, from: \"11:00\", to: \"18:00\"}}]}}}}\n"
    )
}

fn json(place: &Path, args: &[&str]) -> Value {
    json_in(place, "backtest", args)
}

fn test_of<'v>(said: &'v Value, measure: &str) -> &'v Value {
    let tests = said["tests"].as_array().unwrap();
    tests.iter().find(|t| t["measure"] == measure).unwrap()
}

#[test]
fn a_known_operation_is_learned_and_beats_what_only_repeats_the_past() {
    let folder = simulated(&was(", wrap_up: {exponential: 30s}"));
    let said = json(folder.path(), &["run", "--fit", "1..6", "--hold", "7..12", "-n", "30"]);
    assert_eq!(said["wrap_up_found_s"], Value::Null, "wrap-ups are in the record");
    assert!((said["aht_s"].as_f64().unwrap() - 270.0).abs() < 10.0, "{}", said["aht_s"]);
    for measure in ["service_level", "mean_wait_s", "abandonment_rate", "occupancy"] {
        let test = test_of(&said, measure);
        println!("{measure}: {test}");
        let mae = test["simulated"]["mae"].as_f64().unwrap();
        // Erlang A knows this operation's law of arrivals and patience: it may be as near.
        for (baseline, factor) in [("persistence", 0.8), ("mean_profile", 0.9), ("erlang_a", 1.2)] {
            let other = test["baselines"][baseline]["mae"].as_f64().unwrap();
            assert!(mae < factor * other, "{measure}: {mae}, {baseline} {other}");
        }
        let coverage = test["simulated"]["coverage"].as_f64().unwrap();
        assert!((0.75..=0.99).contains(&coverage), "{measure}: {coverage}");
    }
    let level = &test_of(&said, "service_level")["simulated"];
    assert!(level["bias"].as_f64().unwrap().abs() < 0.04, "{level}");
}

#[test]
fn no_wrap_up_is_found_where_there_is_none() {
    let folder = simulated(&was(""));
    let said = json(folder.path(), &["run", "--fit", "1..6", "--hold", "7..12", "-n", "5"]);
    // The abandonment of six days is known to two points: some seconds of wrap-up.
    assert!(said["wrap_up_found_s"].as_f64().unwrap() < 15.0, "{}", said["wrap_up_found_s"]);
}

#[test]
fn what_cannot_be_tested_is_told() {
    let folder = simulated(&was(""));
    for (args, wanted) in [
        (["--fit", "1..6", "--hold", "6..9"], "begins before --fit 1..6 ends"),
        (["--fit", "1..6", "--hold", "7..13"], "the run has days 1 to 12"),
        (["--fit", "0..6", "--hold", "7..12"], "the run has days 1 to 12"),
    ] {
        let done = convoq_in(folder.path(), &[&["backtest", "run"], &args[..]].concat());
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", stderr(&done));
        assert!(stderr(&done).contains(wanted), "{args:?}: {}", stderr(&done));
    }
}
