//! Which customers a load test brings and when, from its options to its log.

use super::{Bot, Loaded, ONE_TURN, convoq, load, number};
use crate::common;
use convoq::event::Event;
use convoq::load::own_customers;
use convoq::log::Run;
use convoq::scenario::Window;
use convoq::time::{SimDuration, SimTime};
use std::path::Path;

/// When the customers of the first replication of a run came first.
fn started(folder: &Path) -> Vec<SimTime> {
    let mut all = Vec::new();
    let run = Run::open(folder).unwrap();
    run.events(&|number| number == 0, &mut |_, events, _| {
        let first = |e: &convoq::event::Envelope| match e.event {
            Event::ContactStarted { attempt: 0, .. } => Some(e.at),
            _ => None,
        };
        all.extend(events.iter().filter_map(first));
    })
    .unwrap();
    all
}

fn hour(hours: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_s(hours * 3600.0)
}

/// The whole test in a second or so.
fn quickly(bot: &Bot, args: &[&str]) -> Loaded {
    load(ONE_TURN, bot, "http", args)
}

#[test]
fn the_scenarios_own_customers_come_from_its_opening_and_the_warm_up_is_part_of_the_time() {
    let bot = Bot::start(ONE_TURN, &[]);
    let open = "{daily: \"09:00-17:00\"}";
    let rate = ("demand[0].per_day", "720000"); // 25 a second while it is open
    let set = [format!("time.open={open}"), format!("{}={}", rate.0, rate.1)];
    let plan = ["--set", &set[0], "--set", &set[1], "--for", "1500ms"];
    let plan = [&plan[..], &["--warm-up", "500ms", "--seed", "11"]].concat();
    let run = quickly(&bot, &plan);
    let text = std::fs::read_to_string(ONE_TURN).unwrap();
    let scenario = common::load(&text, &[("time.open", open), rate]);
    let window = Window {
        from: hour(9.0),
        warm_up: SimDuration::from_s(0.5),
        length: SimDuration::from_s(1.0),
        drain: SimDuration::ZERO,
    };
    let wanted = own_customers(&scenario, 11, window).concat();
    assert!((20..60).contains(&wanted.len()), "{}", wanted.len());
    assert_eq!(started(&run.folder), wanted);
    let measured = wanted.iter().filter(|at| **at >= hour(9.0) + window.warm_up);
    let offered = number(&run.json, "turns", Some("offered"), None);
    assert_eq!(offered, measured.count() as f64);
}

#[test]
fn phases_follow_one_another_in_the_log_from_the_moment_that_is_given() {
    let bot = Bot::start(ONE_TURN, &[]);
    let plan = ["--phase", "ramp 0/s..20/s 1s", "--phase", "hold 10/s 500ms"];
    let from = ["--arrivals", "constant", "--from", "mon 14:30"];
    let run = quickly(&bot, &[&plan[..], &from].concat());
    // t^2 * 20 / 2 customers in the ramp, then one each 100 ms.
    let ramp = (0..10).map(|n| (f64::from(n) / 10.0).sqrt());
    let hold = (0..5).map(|n| 1.0 + 0.1 * f64::from(n));
    let wanted: Vec<f64> = ramp.chain(hold).collect();
    let found = started(&run.folder);
    assert_eq!(found.len(), wanted.len());
    for (found, wanted_s) in found.iter().zip(wanted) {
        super::near(found.since(hour(14.5)).as_s(), wanted_s, 2e-6);
    }
}

#[test]
fn a_run_as_trace_brings_the_first_contacts_of_its_first_replication() {
    let folder = tempfile::tempdir().unwrap();
    let simulated = folder.path().join("simulated");
    let simulated = simulated.to_str().unwrap();
    let outage = "scenarios/bot_outage_monday.yaml";
    let two = ["-n", "2", "--log", "full", "--seed", "5", "-q", "--out"];
    let output = convoq(&[&["simulate", outage][..], &two, &[simulated]].concat());
    assert!(matches!(output.status.code(), Some(0 | 99)), "{output:?}");
    let mut repeats = 0;
    let run = Run::open(Path::new(simulated)).unwrap();
    run.events(&|_| true, &mut |_, events, _| {
        let again = |e: &&convoq::event::Envelope| matches!(e.event, Event::ContactStarted { attempt, .. } if attempt > 0);
        repeats += events.iter().filter(again).count();
    })
    .unwrap();
    let all = started(Path::new(simulated));
    let inside =
        all.iter().map(|at| at.since(all[0])).filter(|m| *m < SimDuration::from_s(9.0 * 3600.0));
    let wanted: Vec<SimDuration> = inside.collect();
    assert!(repeats > 0 && wanted.len() > 50 && wanted.len() < all.len());
    let bot = Bot::start(ONE_TURN, &[]);
    // Nine hours in a second and a half; the drain is time of the run too.
    let plan = ["--trace", simulated, "--for", "9h", "--speed", "21600"];
    let run = quickly(&bot, &[&plan[..], &["--drain", "9h"]].concat());
    let found = started(&run.folder);
    let found: Vec<SimDuration> = found.iter().map(|at| at.since(SimTime::ZERO)).collect();
    assert_eq!(found, wanted);
}

#[test]
fn nobody_of_a_trace_comes_after_the_time_of_the_test() {
    // The bot is still busy with the first when the third would come.
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=900ms"]);
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.csv");
    std::fs::write(&trace, "time_s\n0.9\n0.5\n0.1\n0.6\n").unwrap();
    let plan = ["--trace", trace.to_str().unwrap(), "--for", "500ms"];
    let run = quickly(&bot, &plan);
    let found = started(&run.folder);
    let seconds: Vec<f64> = found.iter().map(|at| at.as_s()).collect();
    assert_eq!(seconds, [0.0, 0.4], "from the first, sorted, below 0.5");
}

#[test]
fn a_test_may_be_as_long_as_allowed_by_the_wall_clock() {
    let bot = Bot::start(ONE_TURN, &[]);
    let plan = ["--rate", "2/s", "--for", "10s", "--max-duration", "2s"];
    let target = ["--target", &bot.url, "--protocol", "openai"];
    let output = convoq(&[&["load", ONE_TURN][..], &target, &plan].concat());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("--max-duration is 2s"), "{text}");
    let run = quickly(&bot, &[&plan[..], &["--speed", "10"]].concat());
    assert_eq!(run.code, 0);
}

#[test]
fn a_window_that_the_scenario_does_not_have_is_refused() {
    let refused = |args: &[&str], what: &str| {
        let target = ["--target", "http://127.0.0.1:9", "--protocol", "http"];
        let output = convoq(&[&["load", ONE_TURN][..], &target, args].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(what), "{text}");
    };
    let late = ["--from", "mon 23:30", "--for", "1h"];
    refused(&late, "the scenario ends before the test does");
    let nobody = ["--from", "mon 09:00", "--for", "1us"];
    refused(&nobody, "nobody comes in this window");
}
