//! `docs/codes.md`, made from the declarations of problems and doubts.

use crate::source::assert_page;
use convoq::doubt::{Doubt, Kind, Severity};
use convoq::scenario::CODES;
use std::collections::BTreeSet;

const HEAD: &str = "\
# Codes

Every error and warning of a scenario file, and every doubt about a result.
This page is made from their declarations; a test keeps it so.
`convoq explain CODE` prints the same.

";

const OF_FILES: &str = "\
## Scenario files

`convoq check` shows each with its line, its cause and what would be right.
Codes with E are errors (exit code 2), those with W warnings.

";

const OF_RESULTS: &str = "
## Results

A doubt stands on top of a report, in `warnings` of the JSON and in the JUnit file.
The exit code is that of the most serious doubt; without one of these the targets decide.

";

fn exit_code(severity: Severity) -> &'static str {
    match severity {
        Severity::Defect => "1",
        Severity::Damaged => "2",
        Severity::Interrupted => "130",
        Severity::Invalid => "98",
        Severity::NotAnswered => "99",
        Severity::Doubtful => "",
    }
}

#[test]
fn the_page_of_codes_is_what_is_declared() {
    let mut page = HEAD.to_owned() + OF_FILES + "| code | what | meaning |\n|---|---|---|\n";
    for (code, title, meaning) in CODES {
        page += &format!("| `{code}` | {title} | {} |\n", meaning.replace('|', "\\|"));
    }
    page += OF_RESULTS;
    page += "| code | exit code | what | meaning |\n|---|---|---|---|\n";
    for Kind { code, severity, title, meaning } in Doubt::KINDS {
        page += &format!("| `{code}` | {} | {title} | {meaning} |\n", exit_code(*severity));
    }
    assert_page("docs/codes.md", &page);
}

#[test]
fn no_code_means_two_things_and_explain_knows_each() {
    let all: Vec<&str> = CODES.iter().map(|(code, ..)| *code).collect();
    let all = [all, Doubt::KINDS.iter().map(|kind| kind.code).collect()].concat();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let late = Doubt::Full { in_flight: 3 };
    let said = crate::log::runs::convoq(std::path::Path::new("."), &["explain", late.code()]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.starts_with("W1006: ") && said.contains("--when-full abort"), "{said}");
}
