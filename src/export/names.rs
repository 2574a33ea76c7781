//! Names as other programs get them.

use crate::event::Header;
use crate::safe_text::{cell, screened};

/// The header with names that are safe in a spreadsheet and on a terminal. They are the
/// same in every format, so that tables and event logs of a run can be joined by them.
pub(super) fn exported(header: &Header) -> Header {
    let mut header = header.clone();
    let names = [
        &mut header.sources,
        &mut header.segments,
        &mut header.channels,
        &mut header.intents,
        &mut header.tiers,
        &mut header.languages,
        &mut header.faults,
    ];
    let queues = header.queues.iter_mut().map(|q| &mut q.name);
    let teams = header.teams.iter_mut().map(|t| &mut t.name);
    let all = names.into_iter().flatten().chain(queues).chain(teams);
    all.chain([&mut header.scenario]).for_each(safe);
    header
}

fn safe(name: &mut String) {
    *name = cell(&screened(name)).into_owned();
}
