//! Speed as a count of instructions, which neither a busy machine nor another one changes
//! much. Valgrind's callgrind counts them; where it is not installed nothing is tested, and
//! the test says so. Times are for `cargo bench`.

use crate::common::CONVOQ;
use std::process::{Command, Stdio};

/// Customers that one day of `benches/chat_centre.yaml` brings.
const A_DAY: f64 = 701.538_462 * 24.0;
/// Instructions of a customer of the chat centre, with every fold and the audit: measured
/// with the checks for overflow of the tests (7,640 without them, as released).
const A_CUSTOMER: f64 = 8_000.0;
/// Instructions of a replication of the quickstart, a day of 1,000 contacts: measured.
const A_REPLICATION: f64 = 14_840_000.0;
/// How much more than was measured is let pass.
const MARGIN: f64 = 1.08;

/// Whether instructions can be counted here, and those of an optimised program.
fn is_counted() -> bool {
    let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    let counted = valgrind.is_ok_and(|s| s.success()) && !cfg!(debug_assertions);
    if !counted {
        eprintln!("SKIPPED: valgrind is not there, or the build is not optimised");
    }
    counted
}

/// Instructions of a run of the program.
fn instructions(args: &[&str]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("callgrind");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display()), CONVOQ])
        .args(args)
        .args(["--log", "none", "--threads", "1", "--quiet"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let found = told.lines().find_map(|line| line.split_once("Collected : "));
    found.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn a_customer_costs_no_more_instructions_than_were_measured() {
    if !is_counted() {
        return;
    }
    let of_days = |days: &str| {
        instructions(&["simulate", "benches/chat_centre.yaml", "--set", days, "-n", "1"])
    };
    let customer = (of_days("time.days=3") - of_days("time.days=1")) / (2.0 * A_DAY);
    eprintln!("{customer:.0} instructions a customer");
    assert!(customer < A_CUSTOMER * MARGIN, "{customer} instructions a customer");
    assert!(customer > A_CUSTOMER / 2.0, "{customer}: half as many is worth a new number here");
}

#[test]
fn a_replication_of_a_day_costs_no_more_instructions_than_were_measured() {
    if !is_counted() {
        return;
    }
    let of = |n: &str| instructions(&["simulate", "scenarios/quickstart.yaml", "-n", n]);
    let replication = (of("30") - of("10")) / 20.0;
    eprintln!("{replication:.0} instructions a replication");
    assert!(replication < A_REPLICATION * MARGIN, "{replication} instructions a replication");
    assert!(replication > A_REPLICATION / 2.0, "{replication}: worth a new number here");
}
