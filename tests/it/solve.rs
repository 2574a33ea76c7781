//! `convoq solve`: rosters against enumeration and brute force, limits of numbers, bad input.

use crate::common::convoq;
use crate::common::{load, per_replication};
use convoq::planning::{
    Catalogue, Certainty, DayGroup, Goal, NoLimit, Question, Range, Search, ShiftColumn, Tried,
    cover, limit,
};
use convoq::random::Streams;
use convoq::scenario::{Away, target};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// A morning and an afternoon of phone calls: Erlang A by the hour.
const PHONE: &str = r#"
convoq: 1
name: phone
time: {start: 2026-03-02, days: 1, interval: 30m, open: {daily: "08:00-16:00"}}
demand:
  - {channel: phone, rate: {per_hour: 60}}
intents: {any: {work: {exponential: 5m}}}
channels: {phone: {patience: {exponential: 5m}, after_hours: turned_away}}
queues: {phone: {service_level: {within: 20s}}}
teams:
  phone:
    channels: {phone: {}}
    wage: 10 EUR/h
    shifts:
      - {agents: 9, from: "08:00", to: "16:00"}
"#;

const LEVEL: &str = "service_level(queue=phone, within=20s) >= 80%";

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yaml");
    std::fs::write(&path, text).unwrap();
    let name = path.display().to_string();
    (folder, name)
}

fn solve(text: &str, args: &[&str]) -> Output {
    let (_folder, path) = file(text);
    convoq(&[&["solve", &path, "--quiet"], args].concat())
}

fn json(text: &str, args: &[&str]) -> Value {
    let output = solve(text, &[args, &["--format", "json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}\n{errors}"))
}

fn refused(text: &str, args: &[&str]) -> String {
    let output = solve(text, args);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(output.stdout.is_empty());
    errors
}

/// Shifts of whole hours `(from, to)` on one day.
fn catalogue(shifts: &[(u32, u32)]) -> Catalogue {
    let column = |(from, to): &(u32, u32)| ShiftColumn {
        group: 0,
        start_s: from * 3600,
        end_s: to * 3600,
        breaks: Vec::new(),
        most: None,
        cost_per_day: None,
    };
    Catalogue {
        groups: vec![DayGroup { days: vec![0], label: "mon".to_owned(), eve: false }],
        columns: shifts.iter().map(column).collect(),
        wage: 1.0,
        away: Away::NEVER,
        interval_s: 3600,
    }
}

fn covers(catalogue: &Catalogue, needs: &[f64], counts: &[u32]) -> bool {
    let mut slots = needs.iter().enumerate();
    slots.all(|(slot, need)| catalogue.on_duty(counts, 0, slot) >= need - 1e-9)
}

#[test]
fn a_constant_need_of_ten_takes_ten_agents_of_one_shift() {
    let needs = vec![[vec![0.0; 8], vec![10.0; 8], vec![0.0; 8]].concat()];
    let found = cover(&catalogue(&[(8, 16)]), &needs, None).unwrap();
    assert_eq!((found.counts, found.limited), (vec![10], false));
    // Shrinkage of a fifth: 12.5 agents, so 13.
    let mut shrunk = catalogue(&[(8, 16)]);
    shrunk.away.planned = 0.2;
    assert_eq!(cover(&shrunk, &needs, None).unwrap().counts, [13]);
    assert_eq!(cover(&shrunk, &needs, Some(12)), Err(None));
    let out_of_reach = vec![[vec![0.0; 17], vec![1.0; 7]].concat()];
    let place = cover(&catalogue(&[(8, 16)]), &out_of_reach, None).unwrap_err().unwrap();
    assert_eq!((place.group, place.slot), (0, 17));
}

#[test]
fn a_covering_costs_what_enumeration_says() {
    let catalogue = catalogue(&[(8, 12), (10, 14), (8, 16), (12, 16)]);
    for question in 0..20 {
        let mut stream = Streams::new(question, 0).of(convoq::random::Purpose::Patience, 1);
        let mut needs = vec![0.0; 24];
        needs[8..16].iter_mut().for_each(|need| *need = (stream.unit() * 5.0).floor());
        let mut least = f64::INFINITY;
        for code in 0..6_u32.pow(4) {
            let counts = [0, 1, 2, 3].map(|place| code / 6_u32.pow(place) % 6);
            if covers(&catalogue, &needs, &counts) {
                least = least.min(catalogue.cost_of(&counts));
            }
        }
        let found = cover(&catalogue, &[needs.clone()], None).unwrap();
        assert!(covers(&catalogue, &needs, &found.counts), "{needs:?}");
        assert_eq!(catalogue.cost_of(&found.counts), least, "{needs:?}");
    }
}

#[test]
fn a_search_takes_away_and_exchanges_until_nothing_is_left_to_take() {
    // The requirement asks for five all day, but the goal is three in the morning.
    let catalogue = catalogue(&[(8, 12), (12, 16), (8, 16)]);
    let needs = vec![[vec![0.0; 8], vec![5.0; 8], vec![0.0; 8]].concat()];
    let target = target::parse("answered >= 3").unwrap();
    let goals = [Goal::of(&target, None)];
    let mut morning = |counts: &[u32], periods: &[u32]| {
        let there = f64::from(counts[0] + counts[2]);
        Some(vec![vec![(there, 1.0)]; periods.len()])
    };
    let question = Question {
        catalogue: &catalogue,
        goals: &goals,
        needs: &needs,
        arrivals: &needs,
        most: None,
        sample: vec![0, 1],
        batch: 2,
    };
    let found = Search::new(question, &mut morning).find().unwrap();
    assert_eq!(found.counts, [3, 0, 0]);
}

/// Service level over all runs of the search, with so many agents.
fn level(agents: u32, runs: u32) -> f64 {
    let set = agents.to_string();
    // The name of a shift is the identity of its agents: it is the one that solve gives.
    let text = PHONE.replace("agents: 9,", &format!("name: \"mon 08:00-16:00\", agents: {set},"));
    let target = format!("targets: [\"{LEVEL}\"]\n");
    let scenario = load(&(text + &target), &[]);
    let kept = (0..runs).map(|r| {
        let result = convoq::run::replicate(&scenario, 1, r);
        let target = target::parse(LEVEL).unwrap();
        convoq::experiment::measure_of(&scenario.header, &target, &result.measures).unwrap()
    });
    let (x, y) = kept.fold((0.0, 0.0), |(x, y), m| (x + m.num, y + m.den));
    x / y
}

#[test]
fn the_roster_of_one_shift_is_the_one_of_brute_force() {
    let runs = 40;
    let answer = json(PHONE, &["--until", LEVEL, "-n", "40"]);
    assert_eq!(answer["fresh_seed"], 2, "it took more rounds: choose another seed");
    let agents = answer["fresh"]["agents"].as_u64().unwrap() as u32;
    let least = (1..30).find(|agents| level(*agents, runs) >= 0.8).unwrap();
    assert_eq!(agents, least);
    let said = answer["searched"]["targets"][0]["value"].as_f64().unwrap();
    assert!((said - level(least, runs)).abs() < 1e-12);
}

/// Two peaks, shifts of four and eight hours.
fn two_peaks() -> String {
    PHONE
        .replace(
            "rate: {per_hour: 60}",
            "rate: {interval: 1h, per_hour: [0, 0, 0, 0, 0, 0, 0, 0, 50, 80, 88, 60, 50, 70, 66, 40, 0, 0, 0, 0, 0, 0, 0, 0]}",
        )
        .replace(
            "    wage: 10 EUR/h\n",
            "    wage: 10 EUR/h\n    plan: {shifts: [{length: 8h, break: 30m}, {length: 4h}], start_every: 1h}\n",
        )
}

#[test]
fn no_agent_of_the_answer_can_go_and_its_scenario_keeps_the_promise() {
    let text = two_peaks();
    let (folder, path) = file(&text);
    let out = folder.path().join("out").display().to_string();
    let args = ["solve", &path, "--until", LEVEL, "--risk", "80%", "-n", "40"];
    let output = convoq(&[&args[..], &["--out", &out, "--format", "json", "--quiet"]].concat());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["holds"], true, "{answer}");
    // The file that was written says the same when it is simulated.
    let solved = Path::new(&out).join("solved.yaml").display().to_string();
    let seed = answer["fresh_seed"].to_string();
    let runs = answer["fresh"]["targets"][0]["runs"].as_f64().unwrap();
    let count = runs.to_string();
    let run =
        ["simulate", &solved, "--seed", &seed, "-n", &count, "--log", "none", "--format", "json"];
    let summary: Value = serde_json::from_slice(&convoq(&run).stdout).unwrap();
    let target = &answer["fresh"]["targets"][0];
    let good = target["good"].as_f64().unwrap() / runs;
    let value = summary["targets"][0]["value"].as_f64().unwrap();
    assert!((value - good).abs() < 1e-12, "{value} {good}");
    // Without any one agent it is missed in the runs of the search.
    let solved = std::fs::read_to_string(&solved).unwrap();
    assert_eq!(seed, "2", "it took more rounds: choose another seed");
    let shifts = answer["shifts"].as_array().unwrap();
    assert!(shifts.len() > 1, "{shifts:?}");
    for (shift, entry) in shifts.iter().enumerate() {
        let count = entry["agents"].as_u64().unwrap() - 1;
        let place = format!("teams.phone.shifts[{shift}].agents");
        let scenario = load(&solved, &[(&place, &count.to_string())]);
        let levels = per_replication(&scenario, 1, 40, "service_level", Some("SL3"));
        let good = levels.iter().filter(|level| **level >= 0.8).count();
        assert!(good < 32, "without one agent of shift {shift} {good} of 40 runs are good");
    }
    for name in ["roster.csv", "requirement.csv"] {
        let text = std::fs::read_to_string(Path::new(&out).join(name)).unwrap();
        assert!(text.lines().count() > 1, "{name}");
    }
}

#[test]
fn a_higher_target_never_costs_less() {
    let mut last = 0.0;
    for target in ["70%", "80%", "90%", "97%"] {
        let until = LEVEL.replace("80%", target);
        let answer = json(PHONE, &["--until", &until, "-n", "20"]);
        let cost = answer["fresh"]["cost"].as_f64().unwrap();
        assert!(cost >= last, "{target}: {cost} after {last}");
        last = cost;
    }
    assert!(last > 600.0);
}

#[test]
fn an_agent_more_never_lowers_the_mean_service_level() {
    let levels = |agents: u32| {
        let scenario = load(PHONE, &[("teams.phone.shifts[0].agents", &agents.to_string())]);
        per_replication(&scenario, 1, 30, "service_level", Some("SL3"))
    };
    for agents in [4, 6, 8, 10] {
        let (fewer, more) = (levels(agents), levels(agents + 1));
        let gains: Vec<f64> = fewer.iter().zip(&more).map(|(a, b)| b - a).collect();
        let n = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / n;
        let se = (gains.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        assert!(mean > -1.645 * se, "{agents}: {mean} +- {se}");
        let spread = |levels: &[f64]| {
            let mean = levels.iter().sum::<f64>() / n;
            levels.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1.0)
        };
        // Of other customers the gain would vary as much as both levels together.
        let same = spread(&gains) < 0.6 * (spread(&fewer) + spread(&more));
        assert!(mean > 0.005 && same, "{agents}: other customers");
    }
}

#[test]
fn the_answer_does_not_depend_on_the_threads() {
    let run = |threads| solve(PHONE, &["--until", LEVEL, "-n", "20", "--threads", threads]).stdout;
    assert!(!run("1").is_empty());
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.lines().filter(|l| !l.starts_with("reproduce"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(text(run("1")), text(run("3")));
}

/// A number whose goal turns at `edge`, certain a tenth away from it.
fn pretend(edge: f64, more_helps: bool) -> impl FnMut(f64) -> Option<Tried> {
    move |value| {
        let over = if more_helps { value - edge } else { edge - value };
        let certainty = match over {
            o if o > 0.1 * edge => Certainty::Met,
            o if o < -0.1 * edge => Certainty::Missed,
            _ => Certainty::Undecided,
        };
        Some(Tried { value, met: over >= 0.0, certainty, ease: over })
    }
}

#[test]
fn a_limit_is_found_from_either_side_in_either_direction() {
    for (edge, more_helps, now) in [
        (4321.0, true, 1000.0),
        (4321.0, false, 1000.0),
        (37.0, true, 5000.0),
        (37.0, false, 5000.0),
    ] {
        let range = Range { now, least: 0.0, most: 1e9, whole: false };
        let found = limit(range, &mut pretend(edge, more_helps)).unwrap();
        assert_eq!(found.more_helps, more_helps);
        let beyond = found.beyond.unwrap();
        assert!((found.value >= edge) == more_helps && (beyond < edge) == more_helps);
        assert!((found.value - beyond).abs() < 0.006 * edge, "{found:?}");
        let (met, missed) = (found.certain.unwrap(), found.certain_miss.unwrap());
        assert!((met - edge).abs() > 0.1 * edge && (missed - edge).abs() > 0.1 * edge);
        let whole = Range { whole: true, ..range };
        let count = limit(whole, &mut pretend(edge - 0.5, more_helps)).unwrap();
        let expected = if more_helps { edge } else { edge - 1.0 };
        assert_eq!(count.value, expected);
        assert_eq!((count.value - count.beyond.unwrap()).abs(), 1.0);
    }
    let range = Range { now: 50.0, least: 0.0, most: 100.0, whole: false };
    assert!(
        matches!(limit(range, &mut pretend(200.0, true)), Err(NoLimit::NoneMeets(t)) if t.value == 100.0)
    );
    let all = limit(range, &mut pretend(200.0, false)).unwrap();
    assert_eq!((all.value, all.beyond), (100.0, None));
    let mut flat = |value| {
        let still = pretend(1.0, true)(1.0);
        still.map(|t| Tried { value, ..t })
    };
    assert_eq!(limit(range, &mut flat), Err(NoLimit::NoEffect));
}

#[test]
fn a_number_goes_as_far_as_brute_force_says() {
    let flat = PHONE.replace(
        "    shifts:\n      - {agents: 9, from: \"08:00\", to: \"16:00\"}\n",
        "    agents: 9\n",
    );
    let levels = |field: &str, value: &str| {
        let scenario = load(&flat, &[(field, value)]);
        let at: Vec<_> = (0..20).map(|r| convoq::run::replicate(&scenario, 1, r)).collect();
        let target = target::parse(LEVEL).unwrap();
        let sums = at.iter().fold((0.0, 0.0), |(x, y), r| {
            let m = convoq::experiment::measure_of(&scenario.header, &target, &r.measures).unwrap();
            (x + m.num, y + m.den)
        });
        sums.0 / sums.1
    };
    let fewest = json(&flat, &["--until", LEVEL, "--vary", "teams.phone.agents", "-n", "20"]);
    let least = (1..30).find(|n| levels("teams.phone.agents", &n.to_string()) >= 0.8).unwrap();
    assert_eq!(
        (fewest["value"].as_f64(), fewest["more_helps"].as_bool()),
        (Some(f64::from(least)), Some(true))
    );
    let most = json(&flat, &["--until", LEVEL, "--vary", "demand[0].rate.per_hour", "-n", "20"]);
    let (value, beyond) = (most["value"].as_f64().unwrap(), most["beyond"].as_f64().unwrap());
    assert!(value < beyond && beyond < 1.01 * value && most["more_helps"] == false, "{most}");
    assert!(levels("demand[0].rate.per_hour", &value.to_string()) >= 0.8);
    assert!(levels("demand[0].rate.per_hour", &beyond.to_string()) < 0.8);
}

#[test]
fn a_share_of_runs_is_counted_exactly() {
    let target = target::parse("service_level(queue=phone, within=20s) >= 80%").unwrap();
    let goal = Goal::of(&target, Some(0.9));
    let runs = |bad: usize| (0..20).map(move |r| if r < bad { (7.0, 10.0) } else { (8.0, 10.0) });
    assert!(goal.standing(runs(2)).met && !goal.standing(runs(3)).met);
    assert_eq!((goal.standing(runs(2)).good, goal.standing(runs(2)).periods), (18, 20));
    let so_far = |bad| goal.standing(runs(bad).take(bad));
    assert!(!goal.lost(&so_far(2), 20) && goal.lost(&so_far(3), 20));
    let nothing = goal.standing([(0.0, 0.0)].into_iter());
    assert!(!nothing.met && nothing.periods == 0);
    let all = Goal::of(&target, None);
    assert!(all.standing([(7.0, 10.0), (9.0, 10.0)].into_iter()).met);
}

#[test]
fn what_cannot_be_solved_is_refused_with_the_reason() {
    let until = |text: &str| refused(PHONE, &["--until", text, "-n", "5"]);
    assert!(until("service_levle >= 80%").contains("character 1: there is no metric"));
    assert!(until("service_level(queue=phone) => 80%").contains("character 28"));
    assert!(until("wait_s(queue=phone).p90 <= 20s").contains("add --risk 95%"));
    assert!(until("service_level(queue=chat) >= 80%").contains("there is no queue `chat`"));
    assert!(until("csat >= 50%").contains("nothing is measured of it"));
    assert!(until("aht_s(party=human) <= 1s").contains("cannot be met by this team alone"));
    let risk = refused(PHONE, &["--until", LEVEL, "--risk", "99%", "-n", "20"]);
    assert!(risk.contains("give -n 100 or more"), "{risk}");
    assert!(refused(PHONE, &["--until", LEVEL, "--risk", "1.5"]).contains("between 0 and 1"));
    assert!(refused(PHONE, &["--until", LEVEL, "--vary", "teams.chat"]).contains("teams.phone"));
    assert!(refused(PHONE, &[]).contains("the scenario has no targets"));
    let at = |path| refused(PHONE, &["--until", LEVEL, "-n", "5", "--vary", path]);
    assert!(at("demand[0].per_week").contains("leads nowhere"));
    assert!(at("teams.phone.wage").contains("does not move the targets"));
    let few = PHONE.replace("wage: 10 EUR/h", "plan: {max_agents: 2}");
    let few = refused(&few, &["--until", LEVEL, "-n", "5"]);
    assert!(few.contains("the plan allows 2 agents"), "{few}");
    assert!(few.contains("most is asked at mon "), "{few}");
    assert!(few.contains("raise max_agents of the team's plan to about 8"), "{few}");
}

#[test]
fn a_target_out_of_reach_names_the_worst_interval_and_what_would_help() {
    // Calls from eight to sixteen, twenty times as many in the last half hour.
    let rush = PHONE.replace(
        "rate: {per_hour: 60}",
        "rate: {interval: 30m, per_hour: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 400, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}",
    );
    let (folder, path) = file(&rush);
    let list = |text: &str| {
        let file = folder.path().join("list.csv");
        std::fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        let until = ["--until", LEVEL, "--shifts", &file, "-n", "5"];
        let output = convoq(&[&["solve", &path, "-q"], &until[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = list("from,to,max_agents\n08:00,16:00,5\n");
    assert!(said.contains("most is asked at mon 15:30"), "{said}");
    assert!(said.contains("raise max_agents of the shifts"), "{said}");
    let said = list("from,to\n08:00,12:00\n");
    assert!(said.contains("worst: mon 15:30, where 20"), "{said}");
    assert!(said.contains("by 0.0 agents on the queue\n"), "{said}");
    assert!(said.contains("shifts end at 12:00"), "{said}");
    let said = list("from,to\n15:00,16:00\n");
    assert!(said.contains("worst: mon ") && !said.contains("mon 15:"), "{said}");
    assert!(said.contains("help: add a shift that covers "), "{said}");
    // Nobody is out of reach of more agents, so another team holds this back: returns do.
    let output = solve(PHONE, &["--until", "aht_s(party=human) <= 1s", "-n", "5"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("more agents do not help"), "{said}");
}

#[test]
fn shifts_from_a_list_have_their_times_limits_and_costs() {
    let (folder, path) = file(&two_peaks());
    let file = folder.path().join("shifts.csv");
    let run = |list: &str, more: &[&str]| {
        std::fs::write(&file, list).unwrap();
        let name = file.display().to_string();
        let until = ["--until", LEVEL, "-n", "20", "--shifts", &name];
        convoq(&[&["solve", &path, "-q", "--format", "json"], &until[..], more].concat())
    };
    let answer = |list: &str| -> Value {
        let output = run(list, &[]);
        let errors = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}\n{errors}"))
    };
    let count = |a: &Value, from: &str, to: &str| {
        let shifts = a["shifts"].as_array().unwrap();
        let same = shifts.iter().filter(|s| s["from"] == from && s["to"] == to);
        same.map(|s| s["agents"].as_u64().unwrap()).sum::<u64>()
    };
    // Whole days cost less than their hours: they are taken, up to their limit.
    let cheap = answer(
        "# cost of a day\nfrom,to,length,break,max_agents,cost\n08:00,16:00,,,3,1\n,,4h,15m,,40\n",
    );
    assert_eq!(count(&cheap, "08:00", "16:00"), 3);
    let shifts = cheap["shifts"].as_array().unwrap();
    let breaks = shifts.iter().filter(|s| s["breaks_s"] == serde_json::json!([900]));
    let fours: u64 = breaks.map(|s| s["agents"].as_u64().unwrap()).sum();
    assert!(fours > 0);
    let cost = cheap["fresh"]["cost"].as_f64().unwrap();
    assert!((cost - (3.0 + 40.0 * fours as f64)).abs() < 1e-9, "{cost}");
    // Every wrong line is told, with its number.
    let bad = run("from,to,max_agents\n08:00,25:00,\n\n10:00,09:00,\n08:00,12:00,some\n", &[]);
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert_eq!(bad.status.code(), Some(2));
    for part in ["line 2: `to`", "line 2: `to`: `25:00`", "line 5: `max_agents`: `some`"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let other = run("from,until\n08:00,12:00\n", &[]);
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(said.contains("there is no column `until`"), "{said}");
}

#[test]
fn the_example_list_of_shifts_is_read() {
    let root = env!("CARGO_MANIFEST_DIR");
    let list = format!("{root}/scenarios/data/shifts.csv");
    let (_folder, path) = file(PHONE);
    let until = ["--until", LEVEL, "-n", "10", "--shifts", &list, "-q"];
    let output = convoq(&[&["solve", &path], &until[..]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 99)), "{errors}");
}

#[test]
fn a_quantile_is_judged_run_by_run() {
    let until = "wait_s(queue=phone).p90 <= 20s";
    let answer = json(PHONE, &["--until", until, "--risk", "80%", "-n", "20"]);
    let agents = answer["fresh"]["agents"].as_u64().unwrap();
    assert_eq!(answer["fresh_seed"], 2, "it took more rounds: choose another seed");
    // As many runs are good as have a p90 within 20 s, by the summary of each run.
    let good = |agents: u64| {
        let text =
            PHONE.replace("agents: 9,", &format!("name: \"mon 08:00-16:00\", agents: {agents},"));
        let scenario = load(&text, &[]);
        let one = |r: u32| {
            let mut pool = convoq::experiment::Pool::new(&scenario.header, 1);
            pool.add(&convoq::run::replicate(&scenario, 1, r));
            let said = pool.summary(1, 0.95, String::new());
            let row = said.metrics.iter().find(|m| {
                m.which.metric.name() == "wait_s"
                    && m.which.stat.map(|s| s.name()) == Some("p90")
                    && m.which.queue.is_some()
            });
            row.unwrap().value <= 20.0
        };
        (0..20).filter(|r| one(*r)).count()
    };
    assert_eq!(answer["searched"]["targets"][0]["good"], good(agents));
    assert!(good(agents) >= 16 && good(agents - 1) < 16);
}

#[test]
fn fresh_runs_prove_refute_or_are_consistent_with_a_share() {
    let proof = |answer: &Value| answer["proof"][0].clone();
    let ask = |risk: &str| json(PHONE, &["--until", LEVEL, "--risk", risk, "-n", "50"]);
    let answer = ask("50%");
    let said = proof(&answer);
    let target = &answer["fresh"]["targets"][0];
    let (good, runs) = (target["good"].as_f64().unwrap(), target["runs"].as_f64().unwrap());
    // 50, 100, 200 and 400 runs: four looks, each with a quarter of the 5 %.
    let [low, high] = convoq::experiment::clopper_pearson(good, runs, 1.0 - 2.0 * 0.05 / 4.0);
    assert_eq!((said["low"].as_f64(), said["high"].as_f64()), (Some(low), Some(high)));
    let word = match (low >= 0.5, high < 0.5) {
        (true, _) => "proved",
        (_, true) => "refuted",
        _ => "consistent with",
    };
    assert_eq!(said["verdict"], word);
    // It goes on while it is undecided, and no longer.
    assert!(if word == "consistent with" && target["met"] == true {
        runs == 400.0
    } else {
        runs <= 400.0
    });
    let text = solve(PHONE, &["--until", LEVEL, "--risk", "50%", "-n", "50"]).stdout;
    assert!(String::from_utf8_lossy(&text).contains(&format!("of all runs is {word}")));
}

/// What a search had to say when it was stopped.
enum Stopped {
    /// Before it had found a roster.
    TooEarly,
    With(Value),
    /// It had ended.
    TooLate,
}

/// A search that is stopped after so many milliseconds.
fn stopped(path: &str, after_ms: u64) -> Stopped {
    let until = ["--until", LEVEL, "--risk", "90%", "-n", "1500", "--threads", "1"];
    let child = crate::common::program()
        .args(["solve", path, "-q", "--format", "json"])
        .args(until)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(after_ms));
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(0) {
        return Stopped::TooLate;
    }
    assert_eq!(output.status.code(), Some(130), "{errors}");
    if output.stdout.is_empty() {
        let said = "interrupted before a roster was found";
        assert!(errors.contains(said), "{errors}");
        return Stopped::TooEarly;
    }
    Stopped::With(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn ctrl_c_gives_the_best_roster_until_then() {
    let (_folder, path) = file(&two_peaks());
    assert!(matches!(stopped(&path, 500), Stopped::TooEarly));
    // When there is a roster, and when the search is over, is the machine's to say: the
    // moment between is closed in from both sides.
    let (mut early, mut late) = (500_u64, None);
    let answer = (0..12).find_map(|_| {
        let after_ms = late.map_or(early * 4, |late: u64| early.midpoint(late));
        match stopped(&path, after_ms) {
            Stopped::TooEarly => early = after_ms,
            Stopped::TooLate => late = Some(after_ms),
            Stopped::With(answer) => return Some(answer),
        }
        None
    });
    let answer = answer.expect("a roster before the end of the search");
    assert_eq!((&answer["interrupted"], &answer["holds"]), (&true.into(), &false.into()));
    assert!(answer["formula_gap"].is_number() && !answer["shifts"].as_array().unwrap().is_empty());
    assert_eq!(answer["searched"]["targets"][0]["met"], true);
}

#[test]
fn iterated_simulation_may_say_where_the_search_begins() {
    let text = two_peaks();
    let formula = json(&text, &["--until", LEVEL, "-n", "20"]);
    let isa = json(&text, &["--until", LEVEL, "-n", "20", "--method", "isa"]);
    let needs = |a: &Value| -> Vec<f64> {
        let each = a["intervals"].as_array().unwrap().iter();
        each.map(|i| i["formula_agents"].as_f64().unwrap()).collect()
    };
    let (by_formula, by_isa) = (needs(&formula), needs(&isa));
    assert_ne!(by_formula, by_isa);
    // The same day: within a few agents of each other, and the same shape.
    for (a, b) in by_formula.iter().zip(&by_isa) {
        assert!((a - b).abs() <= 3.0, "{by_formula:?} {by_isa:?}");
    }
    for answer in [&formula, &isa] {
        assert_eq!(answer["searched"]["targets"][0]["met"], true);
    }
    let again = isa["reproduce"].as_str().unwrap();
    assert!(again.contains("--method isa"), "{again}");
}

#[test]
fn a_roster_of_nobody_has_no_value() {
    let text = include_str!("../data/cases/41-solve-one-fewer.yaml");
    let until = "service_level(queue=phone, within=20s) >= 50%";
    let output = solve(text, &["--until", until, "-n", "2"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let fewer = said.lines().find(|l| l.starts_with("one fewer")).unwrap();
    assert!(fewer.contains("0 agents") && fewer.contains("nothing is measured"), "{fewer}");
    let found = json(text, &["--until", until, "-n", "2"]);
    assert_eq!(found["one_fewer"]["targets"][0]["value"], Value::Null);
    assert_eq!(found["one_fewer"]["agents"], 0);
}

/// 100 mails a day of ten minutes each: two people just about keep up.
const MAILS: &str = r#"
convoq: 1
name: mails
time: {start: 2026-03-02, days: 5, interval: 1h, open: {daily: "08:00-16:00"}}
intents: {q: {work: {constant: 10m}}}
demand: [{channel: email, per_day: 100}]
teams: {t: {channels: {email: {}}, wage: 10 EUR/h, shifts: [{agents: 1, from: "08:00", to: "16:00"}]}}
"#;

#[test]
fn a_desk_that_ends_with_a_backlog_is_not_accepted_because_it_ended() {
    // Nobody gives up, and of those whom one person answers none has waited two days.
    for until in ["abandonment_rate <= 5%", "asa_s <= 24h"] {
        let answer = json(MAILS, &["--until", until, "-n", "10"]);
        assert!(answer["fresh"]["agents"].as_u64().unwrap() >= 2, "{until}: {answer}");
    }
}

/// Three shifts around the clock for two days, one of them over midnight.
const NIGHTS: &str = r#"
convoq: 1
name: nights
time: {start: 2026-03-02, days: 3, interval: 1h}
demand: [{channel: phone, rate: {per_hour: 20}}]
intents: {any: {work: {exponential: 5m}}}
channels: {phone: {patience: {exponential: 5m}}}
teams:
  phone:
    channels: {phone: {}}
    shifts:
      - {agents: 3, from: "06:00", to: "14:00"}
      - {agents: 3, from: "14:00", to: "22:00"}
      - {agents: 3, from: "22:00", to: "06:00"}
"#;

#[test]
fn a_roster_has_shifts_over_midnight_and_counts_people_and_shifts() {
    let scenario = load(NIGHTS, &[]);
    let catalogue = Catalogue::of_team(&scenario, convoq::id::TeamId(0), false);
    let night = catalogue.columns.iter().position(|c| c.start_s == 22 * 3600).unwrap();
    assert_eq!(catalogue.columns[night].end_s, 30 * 3600);
    let mut counts = vec![0; catalogue.columns.len()];
    counts[night] = 3;
    // The night before the run is worked as the others are.
    for (slot, expected) in [(23, 3.0), (3, 3.0), (5, 3.0), (6, 0.0), (21, 0.0)] {
        assert!((catalogue.on_duty(&counts, 0, slot) - expected).abs() < 1e-9, "{slot}");
    }
    assert_eq!(catalogue.heads(&counts).shifts, 9);
    let until = "service_level(queue=phone, within=20s) >= 80%";
    let found = json(NIGHTS, &["--until", until, "-n", "4"]);
    let shifts = found["shifts"].as_array().unwrap();
    let nights = shifts.iter().filter(|s| s["from"].as_str() > s["to"].as_str());
    assert!(nights.count() > 0, "{shifts:?}");
    let agents: u64 = shifts.iter().map(|s| s["agents"].as_u64().unwrap()).sum();
    assert_eq!(found["searched"]["agents"].as_u64(), Some(agents));
    assert_eq!(found["searched"]["shifts"].as_u64(), Some(3 * agents));
    let now = &found["now"];
    // The night before the run is worked too, the last one until midnight.
    assert_eq!((now["agents"].as_u64(), now["paid_hours"].as_f64()), (Some(9), Some(216.0)));
}
