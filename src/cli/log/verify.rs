//! `convoq log verify`: is everything there, and does it hold together?

use super::RunArgs;
use crate::cli::{Failure, INTERRUPTED, INVALID, OK, print};
use crate::event::{Envelope, Event};
use crate::log::{PartitionFacts, Run, RunState};
use crate::projection::Everything;

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let name = args.run.display();
    let (files, damaged) = run.verify_files();
    let mut check = Check {
        run: &run,
        problems: damaged.iter().map(|(_, e)| e.to_string()).collect(),
        events: 0,
        current: None,
    };
    for part in run.partitions() {
        if damaged.iter().all(|(file, _)| *file != part.file.file) {
            check.partition(part);
        }
    }
    let Check { mut problems, events, .. } = check;
    let unfinished = run.manifest.state == RunState::Running;
    if unfinished && !run.is_live() {
        problems.push("the run is not finished".to_owned());
    }
    if !problems.is_empty() {
        let message = format!("error: {name}:\n  {}", problems.join("\n  "));
        return Err(Failure { code: INVALID, message });
    }
    super::warn(&run);
    let checked = if unfinished {
        "the live files hold up to their last good batch".to_owned()
    } else {
        format!("{files} files hold")
    };
    print(&format!(
        "{name}: {checked}, {events} events in order, every cause is there, no law is violated\n"
    ))?;
    Ok(if unfinished { INTERRUPTED } else { OK })
}

/// A replication whose events are coming.
struct Current {
    number: u32,
    everything: Everything,
    ended: bool,
}

struct Check<'r> {
    run: &'r Run,
    problems: Vec<String>,
    events: u64,
    current: Option<Current>,
}

impl Check<'_> {
    /// Order, causes and laws of the events in one file.
    fn partition(&mut self, part: &PartitionFacts) {
        let run = self.run;
        let before = self.events;
        let read = run.partition(part, &|_| true, &mut |number, events, _| {
            self.take(number, events);
        });
        if let Err(error) = read {
            // The replication is cut here: it could not be checked to its end.
            self.current = None;
            self.problems.push(error.to_string());
            return;
        }
        self.close();
        let told: u64 = part.replications.iter().map(|(_, count)| count).sum();
        let found = self.events - before;
        if told != found {
            let file = &part.file.file;
            self.problems
                .push(format!("{file}: the manifest tells of {told} events, {found} are there"));
        }
    }

    fn take(&mut self, number: u32, events: &[Envelope]) {
        if self.current.as_ref().is_none_or(|c| c.number != number) {
            self.close();
            self.current = Some(Current {
                number,
                everything: Everything::new(&self.run.manifest.header),
                ended: false,
            });
        }
        if let (Some(current), Some(last)) = (&mut self.current, events.last()) {
            let header = &self.run.manifest.header;
            current.everything.apply_all(header, events);
            current.ended = last.event == Event::RunEnded;
        }
        self.events += events.len() as u64;
    }

    fn close(&mut self) {
        let Some(current) = self.current.take() else {
            return;
        };
        let manifest = &self.run.manifest;
        // What a dead writer left may end anywhere, and the doubt says so.
        let may_be_cut = manifest.state == RunState::Running || manifest.lost.is_some();
        let number = current.number;
        if !current.ended && !may_be_cut {
            self.problems.push(format!("replication {number}: it does not end"));
        }
        for violation in &current.everything.audit.violations {
            self.problems.push(format!("replication {number}: {violation}"));
        }
    }
}
