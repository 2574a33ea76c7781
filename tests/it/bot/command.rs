//! The command: what it refuses, what it prints, how it ends.

use super::client::{once, post};
use serde_json::json;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

fn bot(args: &[&str]) -> Command {
    let mut command = crate::common::program();
    command.arg("bot").args(args).stdin(Stdio::null());
    command
}

/// Runs to the end; the exit code and standard error.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = bot(args).output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn it_says_where_it_listens_and_ends_with_what_it_did() {
    let mut child = bot(&[
        "scenarios/bot_outage_monday.yaml",
        "--listen",
        "localhost:0",
        "--from",
        "mon 13:10",
    ])
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    while !first.starts_with("listening") {
        first.clear();
        assert!(stderr.read_line(&mut first).unwrap() > 0);
    }
    let address = first.trim().rsplit('/').next().unwrap().parse().unwrap();
    let answer =
        post(address, "/chat", &json!({"conversation": "a", "text": "Where is my order?"}));
    assert_eq!(answer.status, 503, "the outage of ten past one");
    assert_eq!(once(address, "GET", "/health", b"").status, 200);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    for needed in [
        "/v1/chat/completions",
        "/webhooks/rest/webhook",
        "/v3/directline",
        "/ws",
        "/chat",
        "/metrics",
        "convoq load",
    ] {
        assert!(rest.contains(needed), "{needed}: {rest}");
    }
    assert!(rest.ends_with("1 messages in 1 conversations, 0 injected faults\n"), "{rest}");
}

#[test]
fn it_refuses_what_it_cannot_serve_with_exit_code_2() {
    let quickstart = "scenarios/quickstart.yaml";
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.jsonl");
    std::fs::write(&file, "{}\n{\"intent\": \"x\", \"text\": \"y\"}\n").unwrap();
    let file = file.to_str().unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&[quickstart, "--listen", &taken], &["another program listens there"]),
        (&[quickstart, "--listen", "0.0.0.0:0"], &["--public"]),
        (&[quickstart, "--listen", "[::]:0"], &["--public"]),
        (&[quickstart, "--listen", "8080"], &["127.0.0.1:8080"]),
        (&[quickstart, "--fault", "reset"], &["a fault is `freeze 3s at 2s`"]),
        (&[quickstart, "--fault", "reset 60%", "--fault", "status 500 50%"], &["110%"]),
        (&[quickstart, "--from", "someday"], &["no time of this run"]),
        (&[quickstart, "--from", "tue 10:00"], &["no time of this run"]),
        (&[quickstart, "--idle", "0s"], &["longer than nothing"]),
        (&[quickstart, "--messages", file], &["messages.jsonl:1: ", "messages.jsonl:2: "]),
        (&["scenarios/chat_concurrency.yaml"], &["has no bot"]),
        (&["nowhere.yaml"], &["cannot be read"]),
    ];
    for (args, needed) in cases {
        let (code, said) = refused(args);
        assert_eq!(code, Some(2), "{args:?}: {said}");
        for text in *needed {
            assert!(said.contains(text), "{args:?}: {said}");
        }
    }
}

/// A bot of the command line. It ends with its test, whatever becomes of that.
struct Listening {
    child: std::process::Child,
    address: std::net::SocketAddr,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listening(args: &[&str]) -> Listening {
    let all = [args, &["--listen", "127.0.0.1:0"]].concat();
    let mut child = bot(&all).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find(|l| l.as_ref().is_ok_and(|l| l.starts_with("listening")));
    let line = line.unwrap().unwrap();
    std::thread::spawn(move || lines.count());
    let address = line.trim().rsplit('/').next().unwrap().parse().unwrap();
    Listening { child, address }
}

#[test]
fn its_seed_and_its_idle_time_are_those_that_were_given() {
    let quickstart = "scenarios/quickstart.yaml";
    let scenario = crate::common::load_shipped("quickstart", &[]);
    for seed in [4, 5] {
        let quick = ["--set", "bot.latency=0s", "--set", "bot.sessions=1"];
        let given = ["--seed", &seed.to_string(), "--idle", "10ms"].map(str::to_owned);
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let served = listening(&[&[quickstart][..], &quick, &given].concat());
        let mut handed_over = 0;
        for key in 0..30 {
            let body = json!({"conversation": super::identity(key), "text": "Where is my order?"});
            let answer = post(served.address, "/chat", &body);
            // One session, and whoever is silent for so short a time has lost it.
            assert_eq!(answer.status, 200, "{key}");
            let (_, reply) = super::simulated_under(&scenario, seed, key, 0, 1);
            let handoff = !matches!(reply, convoq::engine::BotReply::Answer { .. });
            assert_eq!(answer.json()["handoff"], handoff, "{seed} {key}");
            handed_over += u32::from(handoff);
            std::thread::sleep(std::time::Duration::from_millis(12));
        }
        assert!((1..29).contains(&handed_over), "{handed_over}");
    }
}
