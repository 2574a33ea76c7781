//! Small cases from public bug reports, each with values that were derived by hand, by a
//! recursion or from a small Markov chain: `tests/data/cases`. The comment at the head of
//! a case names the report and derives the values; `expected.csv` lists them.

use crate::common;
use convoq::doubt::Severity;
use convoq::experiment::{MetricRow, Summary};
use convoq::scenario;

struct Expected {
    case: String,
    set: Option<(String, String)>,
    variant: Option<String>,
    metric: String,
    definition: Option<String>,
    of: Option<(String, String)>,
    value: f64,
    tolerance: f64,
}

fn expected() -> Vec<Expected> {
    let mut reader = csv::Reader::from_path("tests/data/cases/expected.csv").unwrap();
    let pair = |text: &str| text.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let read = |record: csv::StringRecord| {
        let change = pair(&record[1]);
        let (kind, what) = change.map_or((String::new(), String::new()), |c| c);
        Expected {
            case: record[0].to_owned(),
            set: (kind == "set").then(|| pair(&what).unwrap()),
            variant: (kind == "variant").then(|| what.clone()),
            metric: record[2].to_owned(),
            definition: Some(record[3].to_owned()).filter(|d| !d.is_empty()),
            of: pair(&record[4]),
            value: record[5].parse().unwrap(),
            tolerance: record[6].parse().unwrap(),
        }
    };
    reader.records().map(|record| read(record.unwrap())).collect()
}

fn found<'a>(summary: &'a Summary, e: &Expected) -> Option<&'a MetricRow> {
    let of = |name: &str| e.of.as_ref().filter(|(k, _)| k == name).map(|(_, v)| v.as_str());
    summary.metrics.iter().find(|r| {
        r.which.metric.name() == e.metric
            && r.which.definition.map(|d| d.name()) == e.definition.as_deref()
            && r.which.queue.as_deref() == of("queue")
            && r.which.team.as_deref() == of("team")
            && r.which.party.map(|p| p.name()) == of("party")
            && of("stat").is_none_or(|stat| r.which.stat.map(|s| s.name()) == Some(stat))
            && r.which.stat.map(|s| s.name()).is_none_or(|stat| stat == "mean")
            && (&r.which.segment, &r.which.channel, &r.which.intent) == (&None, &None, &None)
    })
}

/// The scenario with its own seed and number of replications.
fn summary(text: &str, variant: Option<&str>, set: &[(&str, &str)]) -> Summary {
    let set: Vec<_> = set.iter().map(|(p, v)| (p.to_string(), v.to_string())).collect();
    let none = |name: &str| Err(format!("no file {name} here"));
    let loaded = scenario::load(text, variant, &set, &none).unwrap();
    let scenario = &loaded.scenario;
    common::summary(scenario, scenario.seed, scenario.replications, 2)
}

/// A case's value beside what was simulated.
pub struct Judged {
    /// Its name, with what is changed of it.
    pub case: String,
    /// The metric, with its definition and what it is of.
    pub metric: String,
    /// The derived value.
    pub expected: f64,
    /// How far a simulated value may be from it.
    pub tolerance: f64,
    /// What was simulated; NaN where there is no such number.
    pub value: f64,
    /// Whether the laws of conservation held.
    pub sound: bool,
}

impl Judged {
    pub fn passed(&self) -> bool {
        self.sound && (self.value - self.expected).abs() <= self.tolerance
    }
}

/// All values of all cases.
pub fn judged() -> Vec<Judged> {
    let mut last: Option<(String, Summary)> = None;
    let judge = |e: Expected| {
        let set = e.set.as_ref().map(|(p, v)| format!(" {p}={v}")).unwrap_or_default();
        let variant = e.variant.as_ref().map(|v| format!(" {v}")).unwrap_or_default();
        let case = format!("{}{set}{variant}", e.case);
        if last.as_ref().is_none_or(|(before, _)| *before != case) {
            let text =
                std::fs::read_to_string(format!("tests/data/cases/{}.yaml", e.case)).unwrap();
            let set: Vec<(&str, &str)> =
                e.set.iter().map(|(p, v)| (p.as_str(), v.as_str())).collect();
            last = Some((case.clone(), summary(&text, e.variant.as_deref(), &set)));
        }
        let (_, summary) = last.as_ref().unwrap();
        let of = e.of.as_ref().map(|(k, v)| format!(", {k} {v}")).unwrap_or_default();
        let definition = e.definition.as_ref().map(|d| format!(" {d}")).unwrap_or_default();
        Judged {
            case,
            metric: format!("{}{definition}{of}", e.metric),
            expected: e.value,
            tolerance: e.tolerance,
            value: found(summary, &e).map_or(f64::NAN, |row| row.value),
            sound: summary.doubt(Severity::Defect).is_none(),
        }
    };
    expected().into_iter().map(judge).collect()
}

#[test]
fn cases_from_bug_reports_have_their_derived_values() {
    let all = judged();
    assert!(all.len() >= 70, "the list of values is there");
    let wrong = all.iter().filter(|j| !j.passed());
    let told: Vec<String> = wrong
        .map(|j| format!("{}: {} is {}, expected {}", j.case, j.metric, j.value, j.expected))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn every_case_has_a_value_or_a_test_of_its_own() {
    // Their values are not metrics of the summary: where each is tested.
    let elsewhere =
        ["35-longest-idle", "41-solve-one-fewer", "53-sil", "56-abs", "59-open", "60-dst"];
    let listed = expected();
    for entry in std::fs::read_dir("tests/data/cases").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(case) = name.strip_suffix(".yaml") {
            let has = listed.iter().any(|e| e.case == case) || elsewhere.contains(&case);
            assert!(has, "{case} has no expected value");
        }
    }
}

/// A value of the CSV that `convoq erlang` prints.
fn erlang(args: &str, metric: &str) -> f64 {
    let output = crate::common::program()
        .arg("erlang")
        .args(args.split(' '))
        .args(["--format", "csv"])
        .output()
        .unwrap();
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let columns = reader.headers().unwrap().clone();
    let place = |name: &str| columns.iter().position(|c| c == name).unwrap();
    let (name, value, definition) = (place("metric"), place("value"), place("definition"));
    let mut rows = reader.records().map(Result::unwrap);
    let row =
        rows.find(|r| &r[name] == metric && (r[definition].is_empty() || &r[definition] == "SL3"));
    row.unwrap()[value].parse().unwrap()
}

#[test]
fn erlang_formulas_hold_with_thousands_of_agents() {
    let near = |args: &str, metric: &str, expected: f64| {
        let value = erlang(args, metric);
        assert!((value / expected - 1.0).abs() < 1e-4, "{args}: {metric} {value}, not {expected}");
    };
    near("c --calls 108000/h --aht 5m --agents 9100", "wait_probability", 0.204_172);
    near("c --calls 108000/h --aht 5m --agents 9100", "asa_s", 0.6125);
    near("c --calls 1080000/h --aht 5m --agents 91000", "wait_probability", 0.000_474_85);
    near("c --calls 3600000000/h --aht 1ms --agents 1100", "wait_probability", 0.001_044_80);
    let patient = "a --calls 108000/h --aht 5m --agents 8900 --patience 3m";
    near(patient, "wait_probability", 0.772_94);
    near(patient, "abandonment_rate", 0.012_346_2);
    near(patient, "wait_s", 2.222_32);
}

#[test]
fn formulas_without_a_value_are_refused_in_a_sentence() {
    let cases = [
        "c --calls 120/h --aht 5m --agents 10",
        "c --calls 120/h --aht 5m --agents 0",
        "c --calls 0/h --aht 5m --agents 2",
        "c --calls 10/h --aht 0s --agents 2",
        "c --calls 100/30m --aht 3m --agents 13.1",
    ];
    for args in cases {
        let command = &mut crate::common::program();
        let output = command.arg("erlang").args(args.split(' ')).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args}");
        assert!(output.stderr.starts_with(b"error: "), "{args}");
        assert!(output.stdout.is_empty(), "{args}");
    }
}

#[test]
fn agents_are_the_least_that_meet_the_target_grossed_up_by_division() {
    let args = "c --calls 100/30m --aht 3m --until service_level>=80% --shrinkage 30%";
    let output = crate::common::program()
        .arg("erlang")
        .args(args.split(' '))
        .args(["--format", "csv"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let level = |agents: u32| {
        let row = text.lines().find(|l| l.starts_with(&format!("{agents},")) && l.contains("SL3"));
        row.unwrap().split(',').nth(7).unwrap().parse::<f64>().unwrap()
    };
    assert!((level(13) - 0.795_595).abs() < 1e-6 && (level(14) - 0.888_350).abs() < 1e-6);
    assert!(text.contains("14,200,180,scheduled,,,,20,count"), "14 / 0.7 = 20 heads: {text}");
}
