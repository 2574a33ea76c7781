//! The load generator: how late it is at which rate, what a turn costs, what an open
//! conversation holds. Against the scenario's bot as a server in a process of its own.
//!
//! `cargo bench --bench load` prints the tables; `cargo test --bench load` runs one
//! small rate and measures nothing. Bot and generator have a core each. Where `wrk` is
//! installed, its closed loop with the same messages on the same server stands beside: a
//! bound for the machine, not a rival, since it keeps no schedule, no conversations and no
//! log. Rates depend on the machine and on what else it does.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SCENARIO: &str = "tests/data/one_turn.yaml";
/// Seconds of each rate.
const SECONDS: u64 = 3;
/// Clock ticks in a second, as Linux counts processor time.
const TICKS: f64 = 100.0;

fn main() {
    let measure = std::env::args().any(|a| a == "--bench");
    let rates: &[u32] = match measure {
        true => &[500, 2_000, 5_000, 10_000, 20_000, 30_000, 40_000],
        false => &[50],
    };
    let bot = Bot::start("0s");
    println!("rate/s     sent/s   lag p50   lag p99   lag max  latency p99  processor  us/turn");
    let mut largest = None;
    for &rate in rates {
        let run = load(&bot, rate, SECONDS, false);
        let lag = |stat| run.value("dispatch_lag_s", None, Some(stat)) * 1e3;
        let sent = run.value("turns", Some("sent"), None);
        assert_eq!(run.value("turns", Some("offered"), None), sent, "nothing is dropped");
        let (p99, cpu_s) = (lag("p99"), run.cpu_s);
        let latency_ms = run.value("turn_latency_s", None, Some("p99")) * 1e3;
        println!(
            "{rate:>6} {:>10.0} {:>6.2} ms {p99:>6.2} ms {:>6.1} ms {latency_ms:>9.2} ms {:>9.0}% {:>8.1}",
            sent / SECONDS as f64,
            lag("p50"),
            lag("max"),
            100.0 * cpu_s / SECONDS as f64,
            1e6 * cpu_s / sent,
        );
        if p99 < 1.0 {
            largest = Some(rate);
        }
    }
    drop(bot);
    if measure {
        let largest = largest.map_or("none of these".into(), |r| format!("{r}/s"));
        println!("\nlargest rate with a 99th percentile of the lag under 1 ms: {largest}");
        open_conversations();
        wrk();
    }
}

/// Memory of conversations that wait for a bot which takes its time.
fn open_conversations() {
    let bot = Bot::start("12s");
    let few = load(&bot, 20, 5, true);
    let many = load(&bot, 2_000, 5, true);
    let open = 10_000.0 - 100.0;
    let each = (many.most_kib - few.most_kib) / open;
    println!("10,000 open conversations (streamed replies): {each:.1} KiB each, of process memory");
}

/// The closed loop of wrk with the same messages on the same server, where it is installed.
fn wrk() {
    let bot = Bot::start("0s");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("post.lua");
    let body = r#"{"conversation":"c-1","customer":"c-1","text":"Where is my order?"}"#;
    let lua = format!(
        "wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['content-type'] = 'application/json'"
    );
    std::fs::write(&script, lua).unwrap();
    let url = format!("{}/chat", bot.url);
    let child = pinned("wrk", 1)
        .args(["-t1", "-c64", "-d3s", "-s", script.to_str().unwrap(), &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let text = child.map(|mut child| {
        let mut stdout = child.stdout.take().unwrap();
        let process = format!("/proc/{}", child.id());
        let mut cpu_s = 0.0_f64;
        while child.try_wait().unwrap().is_none() {
            cpu_s = cpu_s.max(processor_s(Path::new(&process)));
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        (text, cpu_s)
    });
    let number = |text: &str, what: &str| {
        let line = text.lines().find(|l| l.contains(what))?;
        let mut words = line.split_whitespace();
        words.find_map(|w| w.parse::<f64>().ok())
    };
    match text {
        Ok((text, cpu_s)) if text.contains("Requests/sec") => {
            let rate = number(&text, "Requests/sec").unwrap();
            let sent = number(&text, "requests in").unwrap();
            println!(
                "wrk, closed loop, 64 connections: {rate:.0}/s, {:.1} us of processor time each",
                1e6 * cpu_s / sent
            );
        }
        _ => println!("wrk is not installed: no closed loop beside these"),
    }
}

/// A program on a core of its own, where `taskset` is there to say so.
fn pinned(program: &str, core: usize) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let there = Command::new("taskset").arg("--version").output().is_ok();
    if core >= cores || !there {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string(), program]);
    command
}

/// The scenario's bot in a process of its own.
struct Bot {
    child: Child,
    url: String,
}

impl Bot {
    fn start(latency: &str) -> Self {
        let mut child = pinned(env!("CARGO_BIN_EXE_convoq"), 0)
            .args(["bot", SCENARIO, "--listen", "127.0.0.1:0"])
            .args(["--set", &format!("bot.latency={latency}")])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.find(|l| l.as_ref().is_ok_and(|l| l.starts_with("listening")));
        let line = line.unwrap().unwrap();
        std::thread::spawn(move || lines.count()); // what else it says must not fill the pipe
        let url = line.split_whitespace().last().unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a run printed, and what it took.
struct Run {
    json: Value,
    cpu_s: f64,
    most_kib: f64,
}

impl Run {
    fn value(&self, metric: &str, definition: Option<&str>, stat: Option<&str>) -> f64 {
        let rows = self.json["metrics"].as_array().unwrap();
        let fits = |r: &&Value| {
            r["metric"] == metric
                && r["segment"].is_null()
                && r["definition"].as_str() == definition
                && r["stat"].as_str() == stat
        };
        let row = rows.iter().find(fits).unwrap();
        row["value"].as_f64().unwrap_or(f64::NAN)
    }
}

fn load(bot: &Bot, rate: u32, seconds: u64, streamed: bool) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (rate, length) = (format!("{rate}/s"), format!("{seconds}s"));
    let (target, protocol) = match streamed {
        true => (bot.url.clone(), "openai"),
        false => (format!("{}/chat", bot.url), "http"),
    };
    let mut child = pinned(env!("CARGO_BIN_EXE_convoq"), 1)
        .args(["load", SCENARIO, "--target", &target, "--protocol", protocol, "-q"])
        .args(["--rate", &rate, "--for", &length, "--format", "json", "--lag-budget", "30s"])
        .arg("--out")
        .arg(folder.path().join("run"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || serde_json::from_reader(stdout));
    let process = format!("/proc/{}", child.id());
    let (mut cpu_s, mut most_kib) = (0.0_f64, 0.0_f64);
    while child.try_wait().unwrap().is_none() {
        cpu_s = cpu_s.max(processor_s(Path::new(&process)));
        most_kib = most_kib.max(resident_kib(Path::new(&process)));
        std::thread::sleep(Duration::from_millis(20));
    }
    Run { json: reader.join().unwrap().unwrap(), cpu_s, most_kib }
}

/// Processor time of a process; 0 where the system has no such file.
fn processor_s(process: &Path) -> f64 {
    let text = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Resident memory of a process.
fn resident_kib(process: &Path) -> f64 {
    let text = std::fs::read_to_string(process.join("status")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0.0)
}
