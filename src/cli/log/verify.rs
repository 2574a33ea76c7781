//! `convoq log verify`: is everything there, and does it hold together?

use super::RunArgs;
use crate::cli::{Failure, INVALID, OK, print};
use crate::event::Event;
use crate::log::{Run, RunState};
use crate::projection::Everything;

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let name = args.run.display();
    let files = run.verify_files()?;
    let header = &run.manifest.header;
    let mut problems = Vec::new();
    let mut current: Option<(u32, Everything, u64, bool)> = None;
    let mut close = |done: Option<(u32, Everything, u64, bool)>| {
        let Some((number, everything, _, ended)) = done else {
            return;
        };
        if !ended {
            problems.push(format!("replication {number}: it does not end"));
        }
        let audit = everything.audit;
        for violation in &audit.violations {
            problems.push(format!("replication {number}: {violation}"));
        }
    };
    let mut events = 0_u64;
    run.events(&|_| true, &mut |number, block, _| {
        if current.as_ref().is_none_or(|(n, ..)| *n != number) {
            close(current.take());
            current = Some((number, Everything::new(header), 0, false));
        }
        if let Some((_, everything, count, ended)) = &mut current {
            everything.apply_all(header, block);
            *count += block.len() as u64;
            *ended = block.last().is_some_and(|e| e.event == Event::RunEnded);
        }
        events += block.len() as u64;
    })?;
    close(current.take());
    let told: u64 = run.replications().iter().map(|(_, count)| count).sum();
    if told != events {
        problems.push(format!(
            "the manifest tells of {told} events, {events} are there"
        ));
    }
    if run.manifest.state == RunState::Running {
        problems.push("the run is not finished".to_owned());
    }
    if problems.is_empty() {
        print(&format!(
            "{name}: {files} files hold, {events} events in order, every cause is there, no law is violated\n"
        ))?;
        return Ok(OK);
    }
    Err(Failure {
        code: INVALID,
        message: format!("error: {name}:\n  {}", problems.join("\n  ")),
    })
}
