//! `reports/validation.md`: every case with its exact and its simulated values.

use super::Outcome;
use super::compare::{Comparison, Verdict};
use crate::cases::Judged;
use std::fmt::Write as _;

const HEAD: &str = "\
# Validation

Each case of `tests/data/analytic_cases.csv` has known values: closed forms, exact Markov
chains, numerical solutions of differential equations. The test `truth` turns the model and
the parameters of a case into an ordinary scenario, simulates it and compares.

    cargo test --release truth                          # compares, and checks this file
    CONVOQ_WRITE=1 cargo test --release truth           # writes this file
    CONVOQ_TRUTH=other.csv cargo test --release truth   # other cases of the same columns

**Rule.** A metric passes when it is within 3 standard errors of the known value, and the
standard error is at most 1 % of the value. Near zero the limit of the standard error is
absolute: 0.005 for probabilities below one half, 0.01 for means below 1 (seconds, customers),
for percentiles of waits 1 % of the mean wait of those who wait, and for the queue at one moment
1 % of half the customers in the system then. Values that are themselves
approximations must be within 2 %.

**How long.** The seed is 1 for every case and is never changed. Standard errors are between
replications (delta method for ratios, 20 groups for percentiles, jackknife for moments). A run
goes on until every standard error is below its limit. One comparison in 370 lies beyond 3
standard errors by chance, so with hundreds of comparisons one or two always do. Therefore, when
a metric does, the *same* run goes on to 4 times as many replications, then to 16 times, and the
verdict is that of the longest run: chance shrinks, an error of the simulator stands out the more.
The number of replications is listed, and where a run was prolonged for this reason it says so.

`analytic`: the case is an idealisation or an approximation that no simulation agrees with;
it belongs to the analytic calculator.
";

/// The whole report.
pub fn markdown(outcomes: &[Outcome], cases: &[Judged]) -> String {
    let mut text = HEAD.to_owned();
    let simulated: Vec<_> = outcomes.iter().filter(|o| !o.analytic).collect();
    let metrics: usize = simulated.iter().map(|o| o.comparisons.len()).sum();
    let passed = simulated.iter().filter(|o| o.passed()).count();
    let prolonged = simulated.iter().filter(|o| o.prolonged > 0).count();
    write!(
        text,
        "\n**Result.** {passed} of {} simulated cases pass, with {metrics} metrics; {prolonged} \
         prolonged; {} cases are analytic.\n\n\
         | case | model | metrics | replications | worst z | verdict |\n\
         |---|---|--:|--:|--:|---|\n",
        simulated.len(),
        outcomes.len() - simulated.len(),
    )
    .expect("a String takes all");
    for o in outcomes {
        let (replications, worst) = if o.analytic {
            (String::new(), String::new())
        } else {
            (o.replications.to_string(), format!("{:.2}", o.worst()))
        };
        let prolonged = if o.prolonged > 0 { ", prolonged" } else { "" };
        let count = o.case.known.len();
        let (id, model, verdict) = (&o.case.id, &o.case.model, o.verdict());
        writeln!(
            text,
            "| {id} | {model} | {count} | {replications} | {worst} | {verdict}{prolonged} |"
        )
        .expect("a String takes all");
    }
    for o in simulated {
        let parameters = serde_json::Value::Object(o.case.parameters.clone());
        write!(
            text,
            "\n## {}\n\n`{}` `{parameters}`\n\n\
             | metric | exact | simulated | standard error | z | verdict |\n\
             |---|--:|--:|--:|--:|---|\n",
            o.case.id, o.case.model
        )
        .expect("a String takes all");
        for c in &o.comparisons {
            text.push_str(&line(c));
        }
        for problem in &o.problems {
            writeln!(text, "| {problem} | | | | | failed |").expect("a String takes all");
        }
    }
    text.push_str(&small_cases(cases));
    text
}

/// The cases from public bug reports.
fn small_cases(cases: &[Judged]) -> String {
    let passed = cases.iter().filter(|j| j.passed()).count();
    let mut text = format!(
        "\n## Cases from public bug reports\n\n\
         Small scenarios in `tests/data/cases`, each with values that were derived by hand, by a \
         recursion or from a small Markov chain: the head of each file derives them. The test \
         `cases` simulates them. {passed} of {} values are right.\n\n\
         | case | metric | derived | allowed | simulated | verdict |\n|---|---|--:|--:|--:|---|\n",
        cases.len(),
    );
    for j in cases {
        let verdict = if j.passed() { "passed" } else { "**different**" };
        let (expected, value) = (digits(j.expected), digits(j.value));
        let line = format!(
            "| {} | {} | {expected} | {} | {value} | {verdict} |\n",
            j.case, j.metric, j.tolerance
        );
        text.push_str(&line);
    }
    text
}

fn line(c: &Comparison) -> String {
    let verdict = match c.verdict() {
        Verdict::Passed => "passed",
        Verdict::Different => "**different**",
        Verdict::Vague => "**too vague**",
    };
    let about = if c.known.approx { "~" } else { "" };
    format!(
        "| {} | {about}{} | {} | {} | {:.2} | {verdict} |\n",
        c.known.metric,
        digits(c.known.value),
        digits(c.number.value),
        digits(c.number.se),
        c.z(),
    )
}

/// A number with five significant digits.
pub fn digits(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let size = x.abs().log10().floor() as i32;
    if size < -6 {
        return format!("{x:.2e}");
    }
    let places = (4 - size).max(0) as usize;
    format!("{x:.places$}")
}
