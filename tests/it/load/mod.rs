//! Load tests: the driver in real time, what it measures, and what it refuses.

mod callback;
mod demand;
mod driver;
mod end_to_end;
mod hdr;
mod honest;
mod judged;
mod junit;
mod own_limits;
mod percentiles;
mod plans;
mod refusals;
mod replied;
mod replies;
mod same_path;
mod secrets;
mod study;
mod turns;
mod unanswered;

pub use crate::common::convoq;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

pub const ONE_TURN: &str = "tests/data/one_turn.yaml";
pub const LOAD_DEMO: &str = "scenarios/load_demo.yaml";

/// The scenario's bot, served by a process of its own on a free port.
pub struct Bot {
    child: Child,
    pub url: String,
}

impl Bot {
    pub fn start(scenario: &str, args: &[&str]) -> Self {
        let mut child = crate::common::program()
            .args(["bot", scenario, "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the bot starts");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.find(|l| l.as_ref().is_ok_and(|l| l.starts_with("listening")));
        let line = line.expect("the bot says where it is").unwrap();
        let url = line.split_whitespace().last().unwrap_or_default().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{line}");
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.count());
        Self { child, url }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A load test of a place where no bot listens.
pub const NO_BOT: [&str; 6] =
    ["load", ONE_TURN, "--target", "http://127.0.0.1:9", "--protocol", "http"];

/// A load test that went through.
pub struct Loaded {
    pub json: Value,
    pub stderr: String,
    pub folder: PathBuf,
    pub code: i32,
    _kept: tempfile::TempDir,
}

/// Loads the bot; tests run beside each other, so the generator may be late.
pub fn load(scenario: &str, bot: &Bot, protocol: &str, args: &[&str]) -> Loaded {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("run");
    let target = match protocol {
        "http" => format!("{}/chat", bot.url),
        "websocket" => format!("{}/ws", bot.url.replace("http", "ws")),
        _ => bot.url.clone(),
    };
    let mut all = vec!["load", scenario, "--target", &target, "--protocol", protocol];
    all.extend(["--format", "json", "--out", folder.to_str().unwrap()]);
    if !args.contains(&"--lag-budget") {
        all.extend(["--lag-budget", "30s"]);
    }
    all.extend(args);
    let output = convoq(&all);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{all:?}: {e}\n{stderr}"));
    Loaded { json, stderr, folder, code: output.status.code().unwrap_or(-1), _kept: kept }
}

/// `convoq report` of the run prints what the load test did.
pub fn told_again(folder: &Path, json: &Value) {
    let output = convoq(&["report", folder.to_str().unwrap(), "--format", "json", "--quiet"]);
    let again: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (key, value) in json.as_object().unwrap() {
        assert_eq!(&again[key], value, "{key}");
    }
}

/// The row of a metric over everything.
pub fn row<'j>(
    json: &'j Value,
    metric: &str,
    definition: Option<&str>,
    stat: Option<&str>,
) -> &'j Value {
    let all = json["metrics"].as_array().unwrap();
    let fits = |r: &&Value| {
        let alone = ["queue", "segment", "channel", "intent", "party", "team"];
        r["metric"] == metric
            && alone.iter().all(|dimension| r[*dimension].is_null())
            && r["definition"].as_str() == definition
            && r["stat"].as_str() == stat
    };
    all.iter().find(fits).unwrap_or_else(|| panic!("no {metric} {definition:?} {stat:?}"))
}

pub fn number(json: &Value, metric: &str, definition: Option<&str>, stat: Option<&str>) -> f64 {
    row(json, metric, definition, stat)["value"].as_f64().unwrap_or(f64::NAN)
}

pub fn near(value: f64, wanted: f64, by: f64) {
    assert!((value - wanted).abs() <= by, "{value} is not {wanted} +- {by}");
}
