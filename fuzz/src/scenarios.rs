//! Scenario files, what changes them, and the files they name.

use super::text;
use convoq::engine::{self, Engine};
use convoq::projection::Everything;
use convoq::scenario::{self, Loaded, Scenario, target};

const QUICKSTART: &str = include_str!("../../scenarios/quickstart.yaml");
const TABLES: &str = include_str!("tables.yaml");

/// The files that scenarios of the corpus name, by the ends of their names.
const FILES: [(&str, &str); 7] = [
    ("history.csv", include_str!("../../scenarios/data/history.csv")),
    ("tickets.csv", include_str!("../../scenarios/data/tickets.csv")),
    ("handle_times.csv", include_str!("../../scenarios/data/handle_times.csv")),
    ("roster.csv", include_str!("../../scenarios/data/roster.csv")),
    ("retail.csv", include_str!("../../scenarios/profiles/retail.csv")),
    ("business.csv", include_str!("../../scenarios/profiles/business.csv")),
    ("social.csv", include_str!("../../scenarios/profiles/social.csv")),
];

/// Most agents and sources of a scenario that is played.
const LARGEST: usize = 300;
/// Due things of a replication that are played.
const STEPS: usize = 1_500;

fn file(name: &str) -> Result<String, String> {
    let known = FILES.iter().find(|(end, _)| name.ends_with(end));
    known.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "there is no such file".into())
}

/// A scenario file: told whole what is wrong, or a scenario that is the same when it is
/// printed and read again, and whose first contacts break no law.
pub fn scenario_text(input: &[u8]) {
    let Some(text) = text(input) else { return };
    judge(text, &[], &file);
}

/// `--set`, one change a line: what it makes of a scenario is what the changed text is.
pub fn overrides(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let changes: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(path, value)| (path.trim().to_owned(), value.trim().to_owned()))
        .take(6)
        .collect();
    judge(QUICKSTART, &changes, &file);
}

/// A CSV file that a scenario names; its heading says which.
pub fn tables(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let head = text.lines().find(|l| !l.starts_with('#')).unwrap_or_default();
    let role = match head {
        head if head.contains("offered") => "counts.csv",
        head if head.contains("received") => "times.csv",
        head if head.contains("seconds") => "work.csv",
        head if head.contains("agents") => "shifts.csv",
        _ => "profile.csv",
    };
    let usual = |name: &str| match name {
        name if name == role => Ok(text.to_owned()),
        "counts.csv" => file("history.csv"),
        "times.csv" => file("tickets.csv"),
        "work.csv" => file("handle_times.csv"),
        "shifts.csv" => Ok("date,start,end,agents\n2026-03-03,08:00,16:00,2\n".into()),
        _ => file("retail.csv"),
    };
    judge(TABLES, &[], &usual);
}

/// The language of `--expect`: an error has a place in the text, a target is read again
/// from what it says it is.
pub fn expect(input: &[u8]) {
    let Some(text) = text(input) else { return };
    match target::parse(text) {
        Ok(found) => {
            assert!(!found.value.is_nan(), "a bound is a number");
            assert_eq!(target::parse(&found.text).as_ref(), Ok(&found), "read again");
            let _ = found.unnamed();
        }
        Err(wrong) => placed(text, &wrong),
    }
    if let Err(wrong) = target::parse_metric(text) {
        placed(text, &wrong);
    }
}

fn placed(text: &str, wrong: &target::TargetError) {
    let last = text.chars().count() + 1;
    assert!((1..=last).contains(&wrong.column), "column {} of {last}", wrong.column);
    assert!(!wrong.message.is_empty());
}

fn judge(text: &str, changes: &[(String, String)], csv: scenario::CsvLoader) {
    match scenario::load(text, None, changes, csv) {
        Err(problems) => {
            assert!(problems.has_errors(), "refused without an error");
            for problem in &problems.list {
                assert!(!problem.message.is_empty());
                let lines = text.lines().count().max(1) as u32 + 1;
                assert!(problem.line.is_none_or(|l| (1..=lines).contains(&l)), "{problem:?}");
            }
            let _ = problems.to_string();
        }
        Ok(loaded) => {
            let lines = scenario::SourceLines::of(text);
            for warning in &loaded.warnings {
                let _ = warning.render("scenario.yaml", &lines);
            }
            read_again(&loaded, csv);
            play_some(&loaded.scenario);
        }
    }
}

/// `check --expand` prints a scenario that is the same.
fn read_again(loaded: &Loaded, csv: scenario::CsvLoader) {
    let printed = loaded.expanded.to_string();
    let again = scenario::load(&printed, None, &[], csv);
    let again = again.unwrap_or_else(|problems| panic!("printed: {printed}\n{problems}"));
    let hash = |loaded: &Loaded| loaded.scenario.header.sha256.clone();
    assert_eq!(hash(&again), hash(loaded), "printed: {printed}");
}

/// What is valid can be simulated: here its beginning, under the audit.
fn play_some(scenario: &Scenario) {
    if scenario.agents.len() > LARGEST || scenario.sources.len() > LARGEST {
        return;
    }
    let header = &scenario.header;
    let mut everything = Everything::new(header);
    let mut engine = Engine::new(scenario, scenario.seed, 0);
    let streams = engine.streams();
    for _ in 0..STEPS {
        while let Some(request) = engine.out().requests.pop() {
            let (at, reply) = engine::answer(scenario, streams, &request);
            engine.deliver(request.slot, request.conversation, at, reply);
        }
        if engine.state().ended {
            break;
        }
        engine.step();
        let out = engine.out();
        everything.apply_all(header, &out.events);
        out.events.clear();
    }
    let violations = &everything.audit.violations;
    assert!(violations.is_empty(), "{violations:?}");
}
