//! Comparisons: paired, adjusted, and said in words.

use crate::common::{load_shipped, shipped};
use crate::log::runs::{convoq, scenario};
use crate::source::read;
use convoq::engine::{expected_work_s, offered_work_s};
use serde_json::Value;

fn compare(args: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = convoq(folder.path(), &[&["compare"], args].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Whatever the width of the columns.
fn the_readme_shows_lines_of(output: &str) {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = read("README.md");
    let blocks = readme.split("```text\n");
    let block = blocks.into_iter().find(|b| b.starts_with("metric ")).unwrap();
    let shown = block.split("```").next().unwrap().lines();
    for line in shown.filter(|line| *line != "...") {
        let real = output.lines().any(|l| words(l) == words(line));
        assert!(real, "README.md shows\n{line}\nand the output is\n{output}");
    }
}

fn row<'v>(comparison: &'v Value, metric: &str, definition: &str) -> &'v Value {
    let rows = comparison["systems"][0]["rows"].as_array().unwrap();
    rows.iter()
        .find(|r| {
            r["metric"] == metric
                && r["definition"] == definition
                && r["queue"] == "chat"
                && !r["finding"].is_null()
        })
        .unwrap()
}

#[test]
fn one_agent_more_is_known_three_times_as_well_as_with_independent_seeds() {
    let file = scenario("chat_concurrency");
    let args = [&file, "--set", "teams.chat.agents=+1"];
    let (code, text, _) = compare(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(code, Some(0));
    let comparison: Value = serde_json::from_str(&text).unwrap();
    let level = row(&comparison, "service_level", "SL3");
    assert_eq!(level["finding"], "better");
    assert!(level["width_ratio"].as_f64().unwrap() <= 0.35, "{level}");
    // Seeds 2 to 4 give 14.4, 14.6 and 14.4 points.
    let [low, high] = [0, 1].map(|i| level["ci"][i].as_f64().unwrap());
    assert!(low < 0.146 && 0.146 < high && high - low < 0.012, "{level}");
    assert_eq!(row(&comparison, "abandonment_rate", "true")["finding"], "better");
    let (_, text, _) = compare(&args);
    assert!(text.contains("with independent seeds"), "{text}");
    the_readme_shows_lines_of(&text);
}

/// The control has the expectation that it is said to have, whatever the demand.
#[test]
fn the_work_that_customers_bring_has_its_expectation_in_every_scenario() {
    for name in shipped() {
        let model = load_shipped(&name, &[]);
        let expected = expected_work_s(&model);
        let n = if expected > 1e7 { 40 } else { 200 };
        let drawn: Vec<f64> = (0..n).map(|r| offered_work_s(&model, 7, r)).collect();
        let count = f64::from(n);
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let se = (variance / count).sqrt();
        assert!((mean - expected).abs() <= 4.0 * se, "{name}: {mean} +- {se}, {expected}");
        assert!(se < 0.04 * expected, "{name}: too few replications to tell");
    }
}

#[test]
fn nothing_to_compare_a_wrong_change_and_the_same_twice_are_refused() {
    let file = scenario("quickstart");
    for (args, said) in [
        (vec![], "nothing to compare"),
        (vec!["--set", "teams.agents.agent=9"], "agents"),
        (vec!["--set", "seed=1"], "same scenario"),
        (vec!["--set", "seed=9", "--margin", "0"], "between 0 and 100 %"),
        (vec!["--variant", "nobody"], "nobody"),
    ] {
        let (code, out, error) = compare(&[&[file.as_str()], &args[..]].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?} {error}");
        assert!(error.contains(said), "{args:?}: {error}");
    }
}

#[test]
fn of_several_variants_the_first_is_the_standard_of_the_others() {
    let file = scenario("chat_concurrency");
    let args = [&file, "--variant", "quiet", "--variant", "quiet_packed", "--variant", "."];
    let (code, text, _) = compare(&[&args[..], &["-n", "3", "-q", "--format", "csv"]].concat());
    assert_eq!(code, Some(0));
    let mut lines = text.lines();
    let head: Vec<_> = lines.next().unwrap().split(',').collect();
    assert_eq!(head.len(), 24);
    let systems: std::collections::BTreeSet<_> =
        lines.map(|l| l.split(',').take(2).collect::<Vec<_>>().join(" | ")).collect();
    assert_eq!(
        systems.into_iter().collect::<Vec<_>>(),
        ["as it is | quiet", "quiet_packed | quiet"]
    );
    let one = [&file, "--variant", "quiet", "-n", "3", "-q"];
    let (_, text, _) = compare(&[&one[..], &["--format", "csv"]].concat());
    assert!(text.contains("\nquiet,as it is,"), "{text}");
}

#[test]
fn every_format_is_the_same_for_any_number_of_threads() {
    let file = scenario("quickstart");
    for format in ["text", "json", "csv", "markdown"] {
        let of = |threads| {
            let args =
                ["--set", "teams.support.shifts[0].agents=+1", "-n", "6", "--format", format];
            compare(&[&[file.as_str()], &args[..], &["--threads", threads]].concat()).1
        };
        assert_eq!(of("1"), of("2"), "{format}");
        assert!(of("1").len() > 400);
    }
}
