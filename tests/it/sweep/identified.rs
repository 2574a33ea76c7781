//! The study of B2B and B2C under every calibration that reaches the published ends.

use super::{stderr, stdout};
use convoq::id::SegmentId;
use convoq::planning::expected_automation;
use convoq::scenario::{self, Scenario};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Output;

const STUDY: &str = "scenarios/b2b_vs_b2c.yaml";
/// The calibrations that the file has, and those under which all but one assumption are
/// already as among consumers.
const CALIBRATIONS: [&str; 8] = [
    "by_rules",
    "by_coverage",
    "by_trust",
    "by_acceptance",
    "by_questions",
    "only_rules",
    "only_coverage",
    "only_trust",
];
const FACTORS: [&str; 5] =
    ["b2c_rules", "b2c_articles", "b2c_content", "b2c_trust", "b2c_questions"];

/// The study's scenario under a variant and further ones after it.
fn under(variant: &str, more: &[&str], set: &[(String, String)]) -> Scenario {
    let text = std::fs::read_to_string(STUDY).unwrap();
    let changes = more
        .iter()
        .flat_map(|name| scenario::variant_changes(&text, name).unwrap())
        .chain(set.iter().cloned())
        .collect::<Vec<_>>();
    let csv = |file: &str| Err(format!("{file} is not needed"));
    match scenario::load(&text, Some(variant), &changes, &csv) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{problems}"),
    }
}

/// ROAR of businesses by the closed formula, and the share of it that articles make.
fn roar(scenario: &Scenario) -> (f64, f64) {
    let parts = expected_automation(scenario, Some(SegmentId(0))).expect("it holds");
    (parts.roar(), parts.articles / parts.roar())
}

/// 4.5% as it is and 15.0% with all of b2c_*, a quarter of it by articles: under every
/// calibration, to a hundredth of a point.
#[test]
fn every_calibration_reaches_the_published_ends() {
    for name in CALIBRATIONS {
        for (more, published, exact) in [(&[][..], 0.045, 0.044_72), (&FACTORS, 0.150, 0.150_19)] {
            let (roar, articles) = roar(&under(name, more, &[]));
            assert!((roar - exact).abs() < 1e-4, "{name} {more:?}: {roar}");
            assert!((roar - published).abs() < 5e-4, "{name} {more:?}: {roar}");
            assert!((articles - 0.25).abs() < 2e-3, "{name}: {articles}");
        }
    }
}

/// What the descriptions of the calibrations say of acceptance and questions: neither
/// closes the gap alone, so there is no `only_acceptance` and no `only_questions`.
#[test]
fn acceptance_and_questions_alone_do_not_reach_the_published_end() {
    let all_but = |factor: &str, path: &str, value: &str| {
        let others: Vec<&str> = FACTORS.into_iter().filter(|f| *f != factor).collect();
        let mut changes = vec![(path.to_owned(), value.to_owned())];
        // As many issues solved by articles as in 4.5%.
        let exposure = |solves: f64| format!("{}%", 100.0 * 0.01121 / solves);
        let shown = match factor {
            "b2c_questions" => exposure(0.03),
            _ => exposure(0.55 * 0.30 + 0.33 * 0.12 + 0.12 * 0.03),
        };
        for intent in ["how_to", "setup", "incident"] {
            let path = format!("intents.{intent}.articles.exposure");
            changes.push((path, shown.clone()));
        }
        roar(&under("by_rules", &others, &changes)).0
    };
    let acceptance = all_but("", "bot.accept", "0%");
    assert!((acceptance - 0.0524).abs() < 1e-4, "{acceptance}");
    let hard = "{how_to: 0%, setup: 0%, incident: 100%}";
    let questions = all_but("b2c_questions", "demand[0].intents", hard);
    assert!((questions - 0.0482).abs() < 1e-4, "{questions}");
}

fn sweep(args: &[&str]) -> Output {
    let head = ["sweep", STUDY, "--no-cache", "--quiet"];
    crate::common::program().args(head).args(args).output().unwrap()
}

/// A small study: two calibrations, two assumptions, two replications.
fn small(more: &[&str]) -> Output {
    let args = [
        "--calibration",
        "by_rules,by_coverage",
        "--vary",
        "variant:b2c_rules",
        "--vary",
        "variant:b2c_content",
        "--metric",
        "roar(segment=b2b)",
        "--metric",
        "human_only_rate(segment=b2b)",
        "-n",
        "2",
    ];
    sweep(&[&args[..], more].concat())
}

#[test]
fn a_study_prints_what_its_calibrations_have_in_common() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("study.md");
    let rows = folder.path().join("rows.csv");
    let (report_arg, rows_arg) = (report.to_str().unwrap(), rows.to_str().unwrap());
    let more = ["--report", report_arg, "--format", "csv", "--out", rows_arg];
    let text = stdout(&small(&more));
    for part in [
        "under 2 calibrations",
        "IDENTIFIED SET",
        "HOLDS UNDER EVERY CALIBRATION",
        "WHAT WOULD DECIDE",
        "cannot be told from the ends",
        "That b2c_rules carries anything: not under by_coverage.",
        "That b2c_rules carries the largest part: only under by_rules.",
        "That b2c_content carries the largest part: only under by_coverage.",
        "--calibration by_rules,by_coverage",
    ] {
        let found = text.to_lowercase().contains(&part.to_lowercase());
        assert!(found, "{part} in\n{text}");
    }
    let report = std::fs::read_to_string(report).unwrap();
    for part in [
        "**Which assumption carries ",
        "| `by_coverage` |",
        "| **identified set** |",
        "## What does not, and so is no conclusion",
        "Every calibration differs from every other",
        "To decide: the share of contacts that reach the bot",
    ] {
        assert!(report.contains(part), "{part} in\n{report}");
    }
    let csv = std::fs::read_to_string(rows).unwrap();
    let names: BTreeSet<&str> = csv.lines().map(|l| l.split(',').next().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["calibration", "by_rules", "by_coverage"]));
}

#[test]
fn an_identified_set_is_the_least_and_the_greatest_part() {
    let value: Value = serde_json::from_str(&stdout(&small(&["--format", "json"]))).unwrap();
    let effects = value["effects"].as_array().unwrap();
    let part = |calibration: &str, factor: &str| {
        let found = effects.iter().find(|e| {
            e["effect"] == "share"
                && e["calibration"] == calibration
                && e["factor"] == factor
                && e["metric"] == "roar(segment=b2b)"
        });
        found.unwrap()["value"].as_f64().unwrap()
    };
    let sets = value["identified"].as_array().unwrap();
    assert_eq!(sets.len(), 2 * 2);
    for (factor, under) in
        [("variant:b2c_rules", "by_rules"), ("variant:b2c_content", "by_coverage")]
    {
        let set = sets
            .iter()
            .find(|s| s["factor"] == factor && s["metric"] == "roar(segment=b2b)")
            .unwrap();
        let parts = ["by_rules", "by_coverage"].map(|c| part(c, factor));
        let number = |field: &str| set[field].as_f64().unwrap();
        assert_eq!(number("least"), parts[0].min(parts[1]));
        assert_eq!(number("greatest"), parts[0].max(parts[1]));
        assert!(number("ci_low") <= number("least") && number("greatest") <= number("ci_high"));
        assert_eq!(set["largest_under"], serde_json::json!([under]));
    }
    // Rules that are those of consumers already have no part at all.
    assert_eq!(part("by_coverage", "variant:b2c_rules"), 0.0);
    let names: Vec<&str> = value["calibrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["by_rules", "by_coverage"]);
}

#[test]
fn calibrations_that_cannot_be_run_are_refused() {
    let vary = ["--vary", "variant:b2c_rules", "-n", "2"];
    for (args, said) in [
        (&["--calibration", "by_rules,by_luck"][..], "by_luck"),
        (&["--calibration", "by_rules,by_rules"], "named twice"),
        (&["--calibration", "by_rules", "--variant", "by_trust"], "cannot be used with"),
        (
            &["--calibration", "by_rules", "--design", "oat"],
            "--calibration: a study needs a factorial",
        ),
    ] {
        let output = sweep(&[&vary[..], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said_now = stderr(&output);
        assert!(said_now.contains(said), "{args:?}: {said_now}");
    }
}

/// Parts of points that are the same add up to nothing but rounding, which is no effect.
#[test]
fn rounding_is_on_no_side_of_zero() {
    use convoq::experiment::side;
    assert_eq!(side(Some([1e-17, 3e-17])), None);
    assert_eq!(side(Some([-2e-17, -1e-17])), None);
    assert_eq!(side(Some([0.001, 0.002])), Some(1.0));
    assert_eq!(side(Some([-0.002, -0.001])), Some(-1.0));
    assert_eq!(side(Some([-0.001, 0.001])), None);
    assert_eq!(side(None), None);
}

/// No first-order index above its total goes without a word, in text and in tables.
#[test]
fn sobol_and_morris_have_intervals_and_what_cannot_be_is_named() {
    let vary = [
        "--vary",
        "intents.setup.bot.coverage=40%..80%",
        "--vary",
        "bot.accept=20%..30%",
        "-n",
        "1",
        "--metric",
        "roar(segment=b2b)",
    ];
    // What was simulated for one report is not simulated again for the next.
    let folder = tempfile::tempdir().unwrap();
    let study = std::path::absolute(STUDY).unwrap();
    let run = |more: &[&str]| {
        let mut command = crate::common::program();
        command.current_dir(folder.path()).args(["sweep", study.to_str().unwrap(), "--quiet"]);
        stdout(&command.args(vary).args(more).output().unwrap())
    };
    let sobol = ["--design", "sobol", "--points", "8"];
    let json = run(&[&sobol[..], &["--format", "json"]].concat());
    let value: Value = serde_json::from_str(&json).unwrap();
    let effects = value["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 4);
    let mut above = 0;
    for pair in effects.chunks(2) {
        let number = |e: &Value, field: &str| e[field].as_f64().unwrap();
        for effect in pair {
            assert!(number(effect, "ci_low") < number(effect, "ci_high"), "{effect}");
        }
        let over = number(&pair[0], "value") > number(&pair[1], "value");
        above += usize::from(over);
        assert_eq!(pair[0]["note"].is_string(), over, "{pair:?}");
        assert!(pair[1]["note"].is_null());
    }
    assert!(above > 0, "the design is too good to show it: take another seed");
    let text = run(&sobol);
    let named = text.matches("above its total, which only the error").count();
    assert_eq!(named, above, "{text}");
    let morris = run(&["--design", "morris", "--points", "6", "--format", "json"]);
    let value: Value = serde_json::from_str(&morris).unwrap();
    for effect in value["effects"].as_array().unwrap() {
        let number = |field: &str| effect[field].as_f64().unwrap();
        assert!(number("ci_low") <= number("value") && number("value") <= number("ci_high"));
        assert!(number("ci_low") < number("ci_high"), "{effect}");
    }
}

/// The file's calibrations are those of the study that the README and the report show.
#[test]
fn the_shipped_study_runs_under_all_calibrations_of_its_file() {
    let shown = format!("--calibration {}", CALIBRATIONS.join(","));
    for page in ["README.md", "reports/b2b_vs_b2c.md"] {
        let text = std::fs::read_to_string(page).unwrap();
        assert!(text.contains(&shown), "{page}");
    }
    let file = std::fs::read_to_string(STUDY).unwrap();
    let in_file = |name: &&str| file.contains(&format!("\n  {name}:\n"));
    assert!(CALIBRATIONS.iter().all(in_file));
    let all = file.lines().filter_map(|l| l.strip_prefix("  ")?.strip_suffix(':'));
    let like = all.filter(|n| n.starts_with("by_") || n.starts_with("only_"));
    assert_eq!(like.count(), CALIBRATIONS.len());
}
