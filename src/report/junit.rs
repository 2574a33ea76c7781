//! Judged targets as JUnit XML, which CI servers read.
//!
//! The elements and attributes are those of the schema of Jenkins' xUnit plugin, the
//! dialect that CI servers share.

use super::format::{escape, measured_at};
use crate::doubt::Doubt;
use crate::experiment::{TargetRow, Verdict};
use std::fmt::Write as _;

/// Name of the test case that stands for a run without targets.
const THE_RUN: &str = "run";

/// Why nothing that a run says of its targets can be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRun {
    /// One word: `interrupted`, `invalid`, `never_ready`, `not_answered` or `audit_failed`.
    pub kind: &'static str,
    /// What happened.
    pub message: String,
}

/// A run and its targets, for [`junit`].
#[derive(Clone, Debug)]
pub struct Suite<'a> {
    /// Name of the scenario.
    pub name: &'a str,
    /// The targets and what became of them.
    pub targets: &'a [TargetRow],
    /// What makes the numbers doubtful.
    pub warnings: &'a [Doubt],
    /// When the run began, Unix microseconds; `None` in a simulation.
    pub began_us: Option<i64>,
    /// How long it took on the wall clock, seconds; `None` in a simulation.
    pub took_s: Option<f64>,
    /// Where no target can be judged.
    pub broken: Option<BrokenRun>,
}

/// What a test case says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl Suite<'_> {
    fn said(&self, target: &TargetRow) -> Said {
        match target.verdict {
            _ if self.broken.is_some() => Said::Error,
            Verdict::Met => Said::Passed,
            Verdict::Missed | Verdict::NotMeasured => Said::Failure,
            Verdict::Undecided => Said::Skipped,
        }
    }

    fn element(&self, target: &TargetRow) -> String {
        let (text, value) = (&target.target, exactly(target));
        match (self.said(target), &self.broken) {
            (Said::Error, Some(broken)) => broken_element(broken),
            (Said::Failure, _) if target.verdict == Verdict::NotMeasured => format!(
                "<failure type=\"not_measured\" message=\"{}\"/>",
                escape(&format!("{text} was asked for and nothing of it was measured"))
            ),
            (Said::Failure, _) => format!(
                "<failure type=\"missed\" message=\"{}\">{}</failure>",
                escape(&format!("{value} misses {text}")),
                escape(&format!("measured {value}, target {text}"))
            ),
            (Said::Skipped, _) => {
                let message = match target.value {
                    None => format!("n too small: {value}"),
                    Some(_) => format!("{value}: the interval lies across the limit"),
                };
                format!("<skipped message=\"{}\"/>", escape(&message))
            }
            _ => String::new(),
        }
    }
}

/// The value with its interval, milliseconds where it is short.
fn exactly(target: &TargetRow) -> String {
    let known = target.value.or(target.ci.map(|ci| ci[0]));
    measured_at(target, target.unit == "s" && known.is_some_and(|v| v < 60.0))
}

fn broken_element(broken: &BrokenRun) -> String {
    let (kind, message) = (broken.kind, escape(&broken.message));
    format!("<error type=\"{kind}\" message=\"{message}\"/>")
}

/// One suite for the run, one case for each target. A run without targets has one case,
/// `run`, so that a run that broke is never a suite without an error.
#[must_use]
pub fn junit(suite: &Suite<'_>) -> String {
    let mut cases: Vec<(&str, Said, String)> = suite
        .targets
        .iter()
        .map(|t| (t.target.as_str(), suite.said(t), suite.element(t)))
        .collect();
    if cases.is_empty() {
        let broken = suite.broken.as_ref();
        let said = broken.map_or(Said::Passed, |_| Said::Error);
        cases.push((THE_RUN, said, broken.map_or(String::new(), broken_element)));
    }
    let count = |what: Said| cases.iter().filter(|(_, said, _)| *said == what).count();
    let mut counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        cases.len(),
        count(Said::Failure),
        count(Said::Error),
        count(Said::Skipped)
    );
    if let Some(took_s) = suite.took_s {
        let _ = write!(counts, " time=\"{took_s:.3}\"");
    }
    let name = escape(suite.name);
    let mut page = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ =
        write!(page, "<testsuites name=\"convoq\" {counts}>\n<testsuite name=\"{name}\" {counts}");
    let began = suite.began_us.and_then(|us| jiff::Timestamp::from_microsecond(us).ok());
    if let Some(began) = began {
        let _ = write!(page, " timestamp=\"{}\"", began.strftime("%Y-%m-%dT%H:%M:%SZ"));
    }
    page.push_str(">\n");
    for (target, _, element) in &cases {
        let target = escape(target);
        let _ =
            writeln!(page, "<testcase classname=\"{name}\" name=\"{target}\">{element}</testcase>");
    }
    if !suite.warnings.is_empty() {
        let warnings: Vec<String> = suite.warnings.iter().map(Doubt::to_string).collect();
        let warnings = escape(&warnings.join("\n"));
        let _ = writeln!(page, "<system-err>{warnings}</system-err>");
    }
    page.push_str("</testsuite>\n</testsuites>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn an_undecided_target_is_skipped_and_nothing_gets_markup_through() {
        let mut summary = sample::summary();
        summary.targets.truncate(1);
        summary.targets[0].verdict = Verdict::Undecided;
        summary.targets[0].target = "wait_s.p90 < \"1s\" & 'x'\u{1}\u{ffff}".to_owned();
        let suite = Suite {
            name: "a<b>",
            targets: &summary.targets,
            warnings: &[Doubt::OfScenario { warning: "]]> <x>".to_owned() }],
            began_us: Some(1_772_000_000_000_000),
            took_s: Some(12.3456),
            broken: None,
        };
        let page = junit(&suite);
        let document = roxmltree::Document::parse(&page).unwrap();
        let one = |name| document.descendants().find(|n| n.has_tag_name(name)).unwrap();
        let case = one("testcase");
        let name = "wait_s.p90 < \"1s\" & 'x'\u{fffd}\u{fffd}";
        assert_eq!(case.attribute("name"), Some(name));
        assert_eq!(case.attribute("classname"), Some("a<b>"));
        assert!(one("skipped").attribute("message").unwrap().contains("across the limit"));
        assert_eq!(one("system-err").text(), Some("]]> <x>"));
        let suite = one("testsuite");
        assert_eq!(suite.attribute("timestamp"), Some("2026-02-25T06:13:20Z"));
        assert_eq!(suite.attribute("time"), Some("12.346"));
    }
}
