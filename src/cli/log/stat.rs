//! `convoq log stat`: events by kind, and what they take on disk.

use super::RunArgs;
use crate::cli::{Failure, OK, moment, print};
use crate::log::{Run, RunState};
use crate::time::SimTime;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let manifest = &run.manifest;
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut span = (SimTime::NEVER, SimTime::ZERO);
    run.events(&|_| true, &mut |_, events, _| {
        for envelope in events {
            *counts.entry(envelope.event.kind().name()).or_default() += 1;
            span = (span.0.min(envelope.at), span.1.max(envelope.at));
        }
    })?;
    let events: u64 = counts.values().sum();
    let bytes: u64 = run.partitions().map(|p| p.file.bytes).sum();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} of {} replications kept, {events} events, {bytes} bytes ({:.1} an event)",
        manifest.header.scenario,
        run.replications().len(),
        match manifest.state {
            RunState::Running => manifest.planned,
            _ => manifest.totals.replications,
        },
        bytes as f64 / events.max(1) as f64
    );
    if events > 0 {
        let (from, to) =
            (moment::label(&manifest.header, span.0), moment::label(&manifest.header, span.1));
        let _ = writeln!(text, "from {from} to {to}");
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    for (kind, count) in sorted {
        let share = 100.0 * count as f64 / events as f64;
        let _ = writeln!(text, "  {kind:<18} {count:>12} {share:>6.1}%");
    }
    print(&text)?;
    super::warn(&run);
    Ok(OK)
}
