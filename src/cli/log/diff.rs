//! `convoq log diff`: the first event in which two runs differ.

use super::DiffArgs;
use super::show::line;
use crate::cli::{Failure, OK, print};
use crate::log::Run;
use std::fmt::Write as _;

/// Events before the difference that are shown.
const CONTEXT: usize = 3;

pub(super) fn run(args: &DiffArgs) -> Result<u8, Failure> {
    let (a, b) = (Run::open(&args.a)?, Run::open(&args.b)?);
    let number = match args.replication {
        Some(number) => number,
        None => {
            let theirs = b.replications();
            let both =
                a.replications().into_iter().find(|(n, _)| theirs.iter().any(|(m, _)| n == m));
            both.map(|(n, _)| n).ok_or_else(|| {
                Failure::invalid(
                    "error: no replication is kept in both runs\n  help: keep them with --log full",
                )
            })?
        }
    };
    let (ours, theirs) = (
        a.replication(super::chosen(&a, Some(number))?)?,
        b.replication(super::chosen(&b, Some(number))?)?,
    );
    let common = ours.iter().zip(&theirs).take_while(|(x, y)| x == y).count();
    if common == ours.len() && common == theirs.len() {
        print(&format!("replication {number}: the same {common} events\n"))?;
        return Ok(OK);
    }
    let mut text = format!("replication {number}: the same {common} events, then they differ\n");
    for envelope in &ours[common.saturating_sub(CONTEXT)..common] {
        let _ = writeln!(text, "  {}", line(&a.manifest.header, envelope));
    }
    for (mark, events, run) in [('<', &ours, &a), ('>', &theirs, &b)] {
        match events.get(common) {
            Some(envelope) => {
                let _ = writeln!(text, "{mark} {}", line(&run.manifest.header, envelope));
            }
            None => {
                let _ = writeln!(text, "{mark} (no more events)");
            }
        }
    }
    print(&text)?;
    Ok(OK)
}
