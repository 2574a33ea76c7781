//! The formulas as a library, and `convoq erlang`.

use crate::common::{load, summary, value_and_se};
use convoq::analytic::{
    Agents, Model, RatePiece, Setting, Spread, erlang_a, erlang_b, erlang_c, offered_load,
};
use convoq::distribution::Distribution;
use serde_json::Value;
use std::process::Output;

fn convoq(line: &str) -> Output {
    let mut command = crate::common::program();
    // Words that hold spaces stand in quotes.
    let words = line.split('"').enumerate().flat_map(|(n, part)| {
        let words: Vec<&str> =
            if n % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
        words
    });
    command.arg("erlang").args(words).output().expect("starts")
}

fn json(line: &str) -> Value {
    let output = convoq(&format!("{line} --format json"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{line}: {e}\n{text}{errors}"))
}

fn refused(line: &str) -> String {
    let output = convoq(line);
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(output.stdout.is_empty(), "{line}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// A metric of the last answer.
fn metric(answer: &Value, name: &str, definition: Option<&str>) -> f64 {
    let answers = answer["answers"].as_array().expect("answers");
    let rows = answers[answers.len() - 1]["metrics"].as_array().expect("rows");
    let found = rows.iter().find(|r| {
        r["metric"] == name && (definition.is_none() || r["definition"] == definition.unwrap())
    });
    found.expect(name)["value"].as_f64().expect("a number")
}

fn near(a: f64, b: f64, relative: f64) {
    assert!((a - b).abs() <= relative * b.abs(), "{a} is not {b}");
}

fn exponential(mean_s: f64) -> Distribution {
    Distribution::Exponential { mean_s }
}

#[test]
fn erlang_a_keeps_its_identities_from_one_agent_to_ten_thousand() {
    for agents in [1, 7, 100, 10_000] {
        for load in [0.5, 0.97, 1.0, 1.2] {
            for (aht, patience) in [(300.0, 30.0), (300.0, 3000.0)] {
                let rate = load * f64::from(agents) / aht;
                let law = exponential(patience);
                let w = erlang_a(rate, aht, agents, &law).unwrap();
                // Palm: P(abandon) = E[wait] / E[patience], and the flows balance.
                near(w.p_abandon * patience, w.wait_all_s, 1e-8);
                let served = w.wait_served_s * (1.0 - w.p_abandon);
                let left = w.wait_abandoned_s * w.p_abandon;
                near(served + left, w.wait_all_s, 1e-8);
                assert!(rate * (1.0 - w.p_abandon) * aht <= f64::from(agents) * (1.0 + 1e-9));
                let sl = w.service(20.0);
                assert!(sl.offered <= sl.without_short && sl.offered <= sl.virtually + 1e-12);
                near(sl.with_short, sl.offered + sl.abandoned_within, 1e-9);
            }
        }
    }
}

#[test]
fn patience_like_service_is_a_system_without_waits() {
    // M/M/inf: the number in the system is Poisson with the load.
    let law = exponential(300.0);
    let w = erlang_a(20.0 / 300.0, 300.0, 20, &law).unwrap();
    near(w.p_wait, 0.529743, 2e-6);
    // Endless patience is Erlang C.
    let law = exponential(1e9);
    let a = erlang_a(240.0 / 3600.0, 300.0, 24, &law).unwrap();
    let c = erlang_c(240.0 / 3600.0, 300.0, 24).unwrap();
    near(a.p_wait, c.p_wait, 1e-4);
    near(a.wait_quantile_s(0.9), c.wait_quantile_s(0.9), 1e-3);
}

#[test]
fn erlang_b_and_c_are_those_of_public_packages() {
    // From public packages: 132 agents at 123 erlangs; one prints 0.0346.
    near(erlang_b(132, 123.0), 0.031242821046996373, 1e-12);
    near(erlang_b(200, 180.0), 0.010324995204982297, 1e-12);
    near(erlang_c(20.0, 1.0, 25).unwrap().p_wait, 0.2091028265988366, 1e-12);
}

#[test]
fn erlang_chat_knows_its_limits() {
    let chat = |agents: u32, speed: &[f64], per_hour: f64, patience: f64, within: f64| {
        let law = exponential(patience);
        let team = Agents::by_speed(agents, if agents == 12 { 360.0 } else { 600.0 }, speed);
        let team = team.steady(per_hour / 3600.0, Spread::Even, Some(&law)).unwrap();
        let sl = team.waiting.service(within).offered;
        [team.waiting.p_abandon, team.waiting.wait_all_s, sl, team.handle_time_s]
    };
    type Known<'k> = (u32, &'k [f64], f64, f64, f64, [f64; 4]);
    let cases: [Known<'_>; 4] = [
        (3, &[1.0, 2.0, 3.0, 4.0], 60.0, 300.0, 60.0, [0.067622, 20.2865, 0.833138, 600.0]),
        (2, &[1.0, 1.7, 2.5], 20.0, 300.0, 60.0, [0.064991, 19.4973, 0.866723, 690.87]),
        (4, &[1.0, 1.7, 2.5], 60.0, 300.0, 60.0, [0.136259, 40.8777, 0.685389, 713.0]),
        (12, &[1.0, 1.7, 2.5, 2.9], 342.0, 240.0, 30.0, [0.049015, 11.7637, 0.812450, 473.576]),
    ];
    for (agents, speed, per_hour, patience, within, known) in cases {
        let values = chat(agents, speed, per_hour, patience, within);
        for (value, known) in values.into_iter().zip(known) {
            near(value, known, 2e-5 + if known == 713.0 { 1e-3 } else { 0.0 });
        }
    }
    // Speeds in proportion are Erlang A with a slot an agent.
    let law = exponential(300.0);
    let slots = erlang_a(60.0 / 3600.0, 600.0, 12, &law).unwrap();
    let chats = Agents::by_speed(3, 600.0, &[1.0, 2.0, 3.0, 4.0]);
    let chats = chats.steady(60.0 / 3600.0, Spread::Even, Some(&law)).unwrap();
    near(chats.waiting.p_abandon, slots.p_abandon, 1e-10);
    // The exact chain of the least-loaded rule, from the same numbers.
    let exact = Agents::by_speed(2, 600.0, &[1.0, 1.7, 2.5]);
    let exact = exact.steady(20.0 / 3600.0, Spread::LeastLoaded, Some(&law)).unwrap();
    near(exact.waiting.p_abandon, 0.065158, 1e-5);
    near(exact.handle_time_s, 693.065, 1e-5);
}

#[test]
fn the_offered_load_follows_the_rate_with_a_lag() {
    // a + b sin(wt) per hour, work of an hour: closed form at t.
    let (a, b, period) = (100.0, 60.0, 8.0 * 3600.0);
    let omega = std::f64::consts::TAU / period;
    let rate = |t: f64| (a + b * (omega * t).sin()) / 3600.0;
    let step = 10.0;
    let pieces: Vec<RatePiece> = (0..8640 * 3)
        .map(|k| f64::from(k) * step)
        .map(|start_s| RatePiece {
            start_s,
            end_s: start_s + step,
            rate: rate(start_s + step / 2.0),
        })
        .collect();
    let work = exponential(3600.0);
    near(offered_load(&pieces, |x| work.limited_mean_s(x), 5.0 * period), 70.8545, 1e-5);
    near(offered_load(&pieces, |x| work.limited_mean_s(x), 5.25 * period), 137.1092, 1e-5);
    // Any law, constant rate: the load is rate times mean.
    let weibull = Distribution::weibull_mean_shape(600.0, 0.8);
    let flat = [RatePiece { start_s: 0.0, end_s: 1e6, rate: 0.1 }];
    near(offered_load(&flat, |x| weibull.limited_mean_s(x), 9e5), 60.0, 1e-9);
}

#[test]
fn limited_means_are_integrals_of_the_survival_function() {
    let laws = [
        "constant(90s)",
        "exponential(2m)",
        "lognormal(mean=5m, cv=1.3)",
        "gamma(mean=4m, cv=0.6)",
        "erlang(mean=5m, k=3)",
        "weibull(mean=4m, shape=0.7)",
        "{uniform: {from: 1m, to: 5m}}",
        "{hyperexponential: [{share: 30%, mean: 20s}, {share: 70%, mean: 4m}]}",
        "{weibull: {mean: 4m, shape: 0.8}, zero: 10%}",
        "{empirical: [20s, 50s, 90s, 400s]}",
    ];
    for text in laws {
        let law = convoq::scenario::law(text).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        for x in [0.5, 30.0, 200.0, 900.0] {
            let steps = 200_000;
            let h = x / f64::from(steps);
            let middle = |k: u32| law.survival((f64::from(k) + 0.5) * h) * h;
            let sum: f64 = (0..steps).map(middle).sum();
            near(law.limited_mean_s(x), sum, 2e-5);
        }
        near(law.limited_mean_s(1e9), law.mean_s(), 1e-6);
    }
}

#[test]
fn the_least_agents_meet_the_target_and_one_fewer_does_not() {
    let lines = [
        "b --calls 240/h --aht 300s --until \"blocking_rate <= 2%\"",
        "c --calls 100/30m --aht 180s --within 20s --until \"service_level >= 80%\"",
        "c --calls 90/h --aht 4m --law lognormal(mean=1m,cv=1.4) --until \"asa_s <= 20s\"",
        "c --calls 100/30m --aht 180s --room 5 --until \"blocking_rate <= 1%\"",
        "a --calls 240/h --aht 5m --patience 3m --until \"abandonment_rate <= 5%\"",
        "a --calls 3000/h --aht 5m --patience weibull(mean=4m,shape=0.8) --until \"service_level(within=30s, definition=SL4) >= 90%\"",
        "x --calls 240/h --aht 300s --patience 3m --redial 40% --until \"lost_rate <= 3%\"",
        "chat --chats 342/h --aht 6m --max 4 --slowdown 1,1.7,2.5,2.9,3.5 --patience 4m --until \"service_level(within=30s) >= 80%\"",
    ];
    for line in lines {
        let solved = json(line);
        assert_eq!(solved["solved"]["name"], "agents", "{line}");
        let least = solved["solved"]["value"].as_f64().unwrap() as u32;
        let at = |agents: u32| convoq(&format!("{line} --agents {agents}")).status.code();
        assert_eq!(at(least), Some(0), "{line}: {least} agents are enough");
        assert_eq!(at(least + 3), Some(0), "{line}: more are enough too");
        // Missed, or no steady state at all.
        assert!(matches!(at(least - 1), Some(99 | 2)), "{line}: one fewer");
    }
    let agents = |line: &str| json(line)["solved"]["value"].as_f64().unwrap();
    assert_eq!(agents(lines[1]), 14.0);
    assert_eq!(agents(lines[7]), 12.0);
}

#[test]
fn every_other_value_is_found_at_its_edge() {
    let cases = [
        (
            "c --aht 300s --agents 24 --within 20s --until \"service_level >= 80%\"",
            "--calls",
            "/h",
            -1.0,
        ),
        (
            "a --aht 300s --agents 24 --patience 3m --until \"abandonment_rate <= 5%\"",
            "--calls",
            "/h",
            -1.0,
        ),
        (
            "c --calls 240/h --agents 24 --within 20s --until \"service_level >= 80%\"",
            "--aht",
            "s",
            -1.0,
        ),
        (
            "chat --chats 300/h --agents 9 --within 20s --slowdown 1,1.8,2.4 --patience 2m --until \"service_level >= 80%\"",
            "--aht",
            "s",
            -1.0,
        ),
        (
            "a --calls 240/h --aht 300s --agents 20 --until \"abandonment_rate <= 8%\"",
            "--patience",
            "s",
            1.0,
        ),
        (
            "a --calls 240/h --aht 300s --agents 20 --patience 3m --until \"service_level >= 80%\"",
            "--within",
            "s",
            1.0,
        ),
        (
            "c --calls 240/h --aht 300s --agents 24 --until \"service_level >= 90%\"",
            "--within",
            "s",
            1.0,
        ),
    ];
    for (line, option, unit, direction) in cases {
        let found = json(line)["solved"]["value"].as_f64().expect(line);
        let at = |x: f64| convoq(&format!("{line} {option} {x:.6}{unit}")).status.code();
        assert_eq!(at(found * (1.0 + direction * 1e-4)), Some(0), "{line}: {found}");
        assert_eq!(at(found * (1.0 - direction * 1e-2)), Some(99), "{line}: {found}");
    }
    // The threshold for a share of all is the quantile of Erlang C's wait.
    let within = json(cases[6].0)["solved"]["value"].as_f64().unwrap();
    let wait = erlang_c(240.0 / 3600.0, 300.0, 24).unwrap().wait_quantile_s(0.9);
    near(within, wait, 1e-6);
}

#[test]
fn answers_have_four_definitions_assumptions_and_warnings_in_every_format() {
    let line = "a --calls 240/h --aht 300s --agents 20 --patience 180s --shrinkage 28%";
    let answer = json(line);
    assert_eq!(answer["schema"], "convoq.erlang/1");
    near(metric(&answer, "service_level", Some("SL3")), 0.652585, 2e-6);
    near(metric(&answer, "service_level", Some("SL2")), 0.725085, 2e-6);
    near(metric(&answer, "service_level", Some("SL4")), 0.681694, 2e-6);
    near(metric(&answer, "abandonment_rate", None), 0.099988, 1e-5);
    assert_eq!(metric(&answer, "scheduled", None), 28.0);
    for format in ["text", "markdown"] {
        let output = convoq(&format!("{line} --format {format}"));
        let text = String::from_utf8(output.stdout).unwrap();
        for part in ["(SL1)", "(SL2)", "(SL3)", "(SL4)", "Assumes", "65.3%", "steady state"] {
            assert!(text.contains(part), "{format}: no {part} in\n{text}");
        }
    }
    let csv = String::from_utf8(convoq(&format!("{line} --format csv")).stdout).unwrap();
    assert!(csv.contains("20,240,300,service_level,SL3,,20,0.65258"), "{csv}");
    let range = String::from_utf8(convoq("c --calls 240/h --aht 300s --agents 19..24").stdout);
    let range = range.unwrap();
    assert!(range.contains("unstable") && range.contains("77.2%"), "{range}");
    assert!(range.contains("customers who give up"), "{range}");
    let chat = "chat --chats 6/min --aht 6m --agents 10 --within 30s --patience 3m --slowdown 1,1.7,2.5,2.9,3.5";
    let chat = String::from_utf8(convoq(chat).stdout).unwrap();
    assert!(chat.contains("handle time / 5: 94.7%"), "{chat}");
    assert!(chat.contains("handle time / 3.5: 62.8%"), "{chat}");
}

#[test]
fn wrong_questions_say_what_would_be_right() {
    let cases: [(&str, &[&str]); 13] = [
        ("c --calls 240/h --aht 300s --agents 18", &["111%", "at least 21 agents", "erlang a"]),
        ("c --calls 240/h --aht 300s", &["--agents is missing", "--until"]),
        (
            "c --calls 240/h --until \"service_level >= 80%\"",
            &["--aht and --agents", "one value at a time"],
        ),
        ("a --calls 240/h --aht 300s --agents 20", &["--patience is missing", "abandonment_rate"]),
        (
            "c --calls 240/h --aht 300s --agents 20..30 --until \"asa_s <= 5s\"",
            &["range", "leave out"],
        ),
        (
            "c --calls 240/h --aht 300s --within 30s --until \"service_level(within=20s) >= 80%\"",
            &["30 s", "20 s", "once"],
        ),
        ("c --calls many --aht 300s --agents 20", &["--calls many", "240/h"]),
        ("c --calls 240/h --aht 0s --agents 20", &["no time at all"]),
        ("a --calls 240/h --aht 5m --agents 20 --patience weibul(mean=4m)", &["weibul", "help"]),
        (
            "a --calls 240/h --aht 5m --patience 3m --until \"csat >= 80%\"",
            &["no formula", "service_level"],
        ),
        ("c --calls 240/h --aht 5m --until \"abandonment_rate > 5%\"", &["no number of agents"]),
        ("chat --chats 9/h --aht 5m --agents 2 --max 4 --slowdown 1,1.7", &["--max 4", "2 speeds"]),
        ("x --calls 240/h --aht 5m --agents 20 --patience 3m --redial 100%", &["below 100%"]),
    ];
    for (line, parts) in cases {
        let message = refused(line);
        assert!(message.starts_with("error: ") && message.contains("help: "), "{message}");
        for part in parts {
            assert!(message.contains(part), "{line}: no `{part}` in\n{message}");
        }
    }
}

const STEADY: &str = "
convoq: 1
name: steady
time: {start: 2026-03-02, days: 2, interval: 1h}
intents: {contact: {work: {exponential: 5m}, human_solves: 100%, bot: {coverage: 90%, accuracy: 70%, confidence: {right: 80%, wrong: 30%}}}}
channels: {phone: {patience: {exponential: 3m}, bot: true}}
bot: {max_turns: 3, accept: 60%, leave_silently: 20%, ask_human: 40%, accuracy_decay: 0.9, latency: 1s}
demand: [{channel: phone, rate: {per_hour: 240}}]
teams: {people: {channels: {phone: {max: 1}}, agents: 17}}
targets: [\"service_level(queue=phone, within=20s) >= 80%\"]
";

/// The chain of the bot's turns, the modified offered load and Erlang A together
/// are what a simulation of a steady day gives.
#[test]
fn a_steady_day_by_formula_is_the_simulated_one() {
    let scenario = load(STEADY, &[]);
    let queue = convoq::id::QueueId(0);
    let day = (scenario.header.day_starts[1], scenario.header.day_starts[2]);
    let enough = |a: &convoq::analytic::Answer| a.service.offered >= 0.8;
    let needs =
        convoq::planning::requirement_by_interval(&scenario, queue, day, 20.0, (enough, true));
    assert_eq!(needs.len(), 24);
    let share = needs[3].arrivals / 240.0;
    assert!((0.4..0.9).contains(&share), "{share}");
    let setting = |agents: u32| Setting {
        model: Model::Abandonment { patience: exponential(180.0) },
        rate: 240.0 * share / 3600.0,
        aht_s: 300.0,
        agents,
        within_s: 20.0,
    };
    let needed = needs[3].needed.unwrap();
    assert!(setting(needed).answer().unwrap().service.offered >= 0.8);
    assert!(setting(needed - 1).answer().unwrap().service.offered < 0.8);
    near(needs[3].on_duty, 17.0, 1e-9);
    let formula = needs[3].predicted.as_ref().unwrap();
    near(formula.service.offered, setting(17).answer().unwrap().service.offered, 1e-9);
    let simulated = summary(&load(STEADY, &[("time.warm_up", "4h")]), 1, 220, 2);
    for (metric, definition, value) in [
        ("service_level", Some("SL3"), formula.service.offered),
        ("abandonment_rate", Some("true"), formula.abandoned.unwrap()),
        ("occupancy", Some("agent_busy"), formula.occupancy),
    ] {
        let (mean, se) = value_and_se(&simulated, metric, definition, None);
        assert!((mean - value).abs() <= 4.0 * se, "{metric}: {mean} +- {se}, formula {value}");
        assert!(se <= 0.012 * value, "{metric}: {se} is too vague");
    }
}

#[test]
fn the_day_of_a_scenario_has_its_table_and_says_what_it_leaves_out() {
    let line = "day scenarios/b2c_retail_week.yaml --queue chat --day 1";
    let day = json(line);
    let intervals = day["intervals"].as_array().unwrap();
    assert!(intervals.len() > 10 && intervals.iter().any(|i| i["needed"].as_u64() > Some(1)));
    let text = String::from_utf8(convoq(line).stdout).unwrap();
    assert!(text.contains("Left out") && text.contains("retrials"), "{text}");
    for (line, part) in [
        ("day scenarios/b2c_retail_week.yaml", "--queue"),
        ("day scenarios/b2c_retail_week.yaml --queue chat --day 9", "5 days"),
        ("day scenarios/b2c_retail_week.yaml --queue chat --day some", "`all`"),
        ("day scenarios/b2c_retail_week.yaml --queue nobody", "there is no queue"),
    ] {
        assert!(refused(line).contains(part), "{line}");
    }
}

#[test]
fn all_days_at_once_are_the_days_one_by_one() {
    let line = "day scenarios/b2c_retail_week.yaml --queue phone";
    let all = json(&format!("{line} --day all"));
    assert!(all["day"].is_null());
    let all = all["intervals"].as_array().unwrap();
    let one_by_one: Vec<serde_json::Value> = (1..=5)
        .flat_map(|n| {
            let day = json(&format!("{line} --day {n}"));
            day["intervals"].as_array().unwrap().clone()
        })
        .collect();
    assert_eq!(all.len(), one_by_one.len());
    for (found, wanted) in all.iter().zip(&one_by_one) {
        for field in ["interval", "start", "needed", "to_schedule", "on_duty"] {
            assert_eq!(found[field], wanted[field], "{wanted}");
        }
        // Phone is open from 8 to 22, and its agents work then: nothing is asked at night.
        let hour: u32 = found["start"].as_str().unwrap()[11..13].parse().unwrap();
        assert!((8..22).contains(&hour), "{found}");
        // A break of 30 minutes and shrinkage are a third of a shift and more.
        let (needed, heads) = (found["needed"].as_f64(), found["to_schedule"].as_f64());
        if let (Some(needed), Some(heads)) = (needed, heads) {
            assert!(heads >= needed && heads < 2.0 * needed + 1.0, "{found}");
            assert!(needed == 0.0 || heads > needed, "{found}");
        }
    }
    let text = String::from_utf8(convoq(&format!("{line} --day all")).stdout).unwrap();
    assert_eq!(text.lines().filter(|l| l.starts_with("2026-03-0")).count(), 5, "{text}");
    let rows = text.lines().filter(|l| l.starts_with("  "));
    assert!(rows.clone().count() > 5 * 18);
    assert!(rows.clone().all(|l| l.chars().count() <= 80), "{text}");
}

/// The README shows lines of the output, in their order.
#[test]
fn the_readme_shows_what_the_formula_says() {
    let readme = crate::source::read("README.md");
    let command =
        readme.lines().find_map(|l| l.strip_prefix("convoq erlang a ")).expect("a command");
    let block = readme.split("```text\n").find(|b| b.starts_with("Erlang A:"));
    let shown = block.expect("a block").split("```").next().unwrap();
    let output = convoq(&format!("a {command}"));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut real = text.lines();
    let mut now = String::new();
    for line in shown.lines() {
        let word = |l: &str| l.split_whitespace().next().map(str::to_owned);
        let found = match line {
            "..." => line,
            _ => real.find(|l| word(l) == word(line)).expect(line),
        };
        now += &format!("{found}\n");
    }
    crate::source::assert_page("README.md", &readme.replacen(shown, &now, 1));
}

/// `explain` knows every formula, and the page has a section for each.
#[test]
fn every_formula_is_explained() {
    let page = crate::source::read("docs/erlang.md");
    for (name, title) in [
        ("erlang-b", "Erlang B"),
        ("erlang-c", "Erlang C"),
        ("erlang-a", "Erlang A"),
        ("erlang-x", "Erlang X"),
        ("erlang-chat", "Erlang-chat"),
        ("offered-load", "Offered load"),
    ] {
        let mut command = crate::common::program();
        let output = command.args(["explain", name]).output().expect("starts");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(name) && text.contains(title), "{text}");
        assert!(page.contains(&format!("\n## {title}")), "docs/erlang.md: {title}");
    }
}
