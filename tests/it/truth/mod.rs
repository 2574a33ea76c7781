//! The truth test: known cases, simulated as ordinary scenarios, and compared.

mod build;
mod cases;
mod compare;
mod expression;
mod formulas;
mod laws;
mod observe;
mod report;
mod steady;
mod table;
mod timed;

use build::{ANALYTIC, Built, Setup};
use cases::Case;
use compare::{Comparison, ERRORS, Verdict};
use convoq::scenario::{Loaded, load};
use observe::{Observed, SEED};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Contacts that a case may take to make its standard errors small enough: near full load
/// that is many. A guard against a case that never gets there.
const CONTACTS_FOR_PRECISION: f64 = 4e9;
/// Contacts that a case may take when it is prolonged to tell chance from error; once it
/// may be prolonged in any case.
const CONTACTS_IN_ALL: f64 = 800e6;

/// What became of a case.
pub struct Outcome {
    case: Case,
    /// Whether it is left to the analytic calculator.
    analytic: bool,
    comparisons: Vec<Comparison>,
    replications: u32,
    /// How often the run was prolonged because of a difference.
    prolonged: u32,
    /// What could not be built or read.
    problems: Vec<String>,
}

impl Outcome {
    fn new(case: &Case) -> Self {
        Self {
            case: case.clone(),
            analytic: false,
            comparisons: Vec::new(),
            replications: 0,
            prolonged: 0,
            problems: Vec::new(),
        }
    }

    fn passed(&self) -> bool {
        let good = |c: &Comparison| c.verdict() == Verdict::Passed;
        self.analytic || (self.problems.is_empty() && self.comparisons.iter().all(good))
    }

    fn worst(&self) -> f64 {
        let exact = self.comparisons.iter().filter(|c| !c.known.approx);
        exact.map(|c| c.z()).fold(0.0, |w: f64, z| if z.abs() > w.abs() { z } else { w })
    }

    fn verdict(&self) -> &'static str {
        match () {
            () if self.analytic => "analytic",
            () if self.passed() => "passed",
            () => "FAILED",
        }
    }

    /// The largest standard error, as a share of what is allowed.
    fn vagueness(&self) -> f64 {
        self.comparisons.iter().map(|c| c.number.se / c.limit()).fold(0.0, f64::max)
    }
}

/// Simulates a case and compares its metrics.
fn judge(case: &Case) -> Outcome {
    let mut outcome = Outcome::new(case);
    outcome.analytic = ANALYTIC.contains(&case.model.as_str());
    if outcome.analytic {
        return outcome;
    }
    match build::build(case).and_then(|built| Ok((loaded(&built.setups)?, built))) {
        Ok((scenarios, built)) => simulate(&mut outcome, &built, &scenarios),
        Err(problem) => outcome.problems.push(problem),
    }
    outcome
}

fn loaded(setups: &[Setup]) -> Result<Vec<Loaded>, String> {
    let none = |name: &str| Err(format!("no file {name} here"));
    let one = |setup: &Setup| {
        load(&setup.text, None, &[], &none).map_err(|e| format!("{e}\n{}", setup.text))
    };
    setups.iter().map(one).collect()
}

fn simulate(outcome: &mut Outcome, built: &Built, scenarios: &[Loaded]) {
    let mut runs: Vec<Observed<'_>> = (SEED..)
        .zip(scenarios)
        .map(|(seed, loaded)| Observed::new(&loaded.scenario, seed))
        .collect();
    let contacts: f64 = built.setups.iter().map(|s| s.contacts).sum();
    let most = |limit: f64| (limit / contacts).max(40.0) as u32;
    let mut total = built.setups[0].first.min(most(CONTACTS_FOR_PRECISION));
    loop {
        for (run, setup) in runs.iter_mut().zip(&built.setups) {
            run.extend(total, &setup.keep);
        }
        compare(outcome, built, &runs);
        if !outcome.problems.is_empty() {
            return;
        }
        let vague = outcome.vagueness();
        if vague > 1.0 && total < most(CONTACTS_FOR_PRECISION) {
            // A standard error of few replications is uncertain itself: not too far at once.
            let more = (f64::from(total) * (1.1 * vague * vague).clamp(1.2, 6.0)).ceil();
            total = (more as u32).min(most(CONTACTS_FOR_PRECISION));
            continue;
        }
        // Chance brings 3 standard errors now and then, and 10 never.
        let doubtful = (ERRORS..10.0).contains(&outcome.worst().abs());
        let enough = outcome.prolonged > 0 && total >= most(CONTACTS_IN_ALL);
        if !doubtful || outcome.prolonged == 2 || enough {
            return;
        }
        let once = if outcome.prolonged == 0 { total * 4 } else { total };
        outcome.prolonged += 1;
        total = (total * 4).min(most(CONTACTS_IN_ALL).max(once));
    }
}

/// Reads every known metric from the runs.
fn compare(outcome: &mut Outcome, built: &Built, runs: &[Observed<'_>]) {
    outcome.comparisons.clear();
    outcome.replications = runs[0].replications();
    for known in &outcome.case.known {
        match (built.read)(&known.metric, runs) {
            Ok(number) => outcome.comparisons.push(Comparison {
                known: known.clone(),
                number,
                replications: outcome.replications,
            }),
            Err(problem) => outcome.problems.push(format!("{}: {problem}", known.metric)),
        }
    }
}

/// One line for the case, and one for each metric that is wrong. Not by `println!`,
/// which is swallowed when the test passes.
fn tell(outcome: &Outcome, started: Instant) {
    let mut lines = format!(
        "{:28} {:24} {:3} metrics {:7} replications  worst z {:6.2}  {}{}  ({:.1} s)\n",
        outcome.case.id,
        outcome.case.model,
        outcome.case.known.len(),
        outcome.replications,
        outcome.worst(),
        outcome.verdict(),
        if outcome.prolonged > 0 { ", prolonged" } else { "" },
        started.elapsed().as_secs_f64(),
    );
    for c in outcome.comparisons.iter().filter(|c| c.verdict() != Verdict::Passed) {
        lines += &format!(
            "    {}: exact {}, simulated {}, standard error {} (at most {}), z {:.2}\n",
            c.known.metric,
            report::digits(c.known.value),
            report::digits(c.number.value),
            report::digits(c.number.se),
            report::digits(c.limit()),
            c.z(),
        );
    }
    for problem in &outcome.problems {
        lines += &format!("    {problem}\n");
    }
    let mut out = std::io::stdout().lock();
    out.write_all(lines.as_bytes()).and_then(|()| out.flush()).expect("standard output is open");
}

/// The file of cases: the one named by `CONVOQ_TRUTH`, or the project's own.
/// A relative name is looked for from the folder of the project.
fn cases_file() -> (PathBuf, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("CONVOQ_TRUTH") {
        Some(name) if !name.is_empty() => (root.join(name), false),
        _ => (root.join("tests/data/analytic_cases.csv"), true),
    }
}

#[test]
fn truth() {
    let (file, own) = cases_file();
    let only = std::env::var("CONVOQ_TRUTH_CASE").unwrap_or_default();
    let mut outcomes = Vec::new();
    for case in cases::read(&file).iter().filter(|c| chosen(&c.id, &only)) {
        let started = Instant::now();
        let outcome = judge(case);
        tell(&outcome, started);
        outcomes.push(outcome);
    }
    assert!(!outcomes.is_empty(), "{} has no cases", file.display());
    if own && only.is_empty() {
        check_report(&report::markdown(&outcomes, &crate::cases::judged()));
    }
    let failed: Vec<&str> =
        outcomes.iter().filter(|o| !o.passed()).map(|o| o.case.id.as_str()).collect();
    assert!(failed.is_empty(), "{} cases fail: {}", failed.len(), failed.join(", "));
}

/// Whether a case is among those of `CONVOQ_TRUTH_CASE`: parts of names, with commas.
fn chosen(id: &str, only: &str) -> bool {
    only.split(',').any(|part| id.contains(part))
}

/// The report in the project is the one that this test makes.
fn check_report(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/validation.md");
    if std::env::var_os("CONVOQ_WRITE").is_some() {
        std::fs::write(&path, text).expect("reports/validation.md can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "reports/validation.md is not what was simulated now; CONVOQ_WRITE=1 writes it again"
    );
}
