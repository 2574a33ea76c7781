//! The law of working time, for each duty of a roster: on the queue is the shift times
//! (1 - planned) less its breaks; no block off the queue overlaps another, none is lost, and a fixed break is
//! taken at its time.

use convoq::engine::{Eras, RosterItem, RosterKind, roster};
use convoq::random::Streams;
use convoq::scenario::{Duty, Scenario};

/// Blocks are laid on whole microseconds.
const ROUNDING_US: f64 = 100.0;

/// What is wrong with a roster, if anything is.
pub fn fault(scenario: &Scenario, seed: u64) -> Option<String> {
    let items = roster(scenario, &Eras::new(Streams::new(seed, 0)));
    for (line, agent) in scenario.agents.iter().enumerate() {
        let team = &scenario.teams[agent.team.index()];
        let own: Vec<&RosterItem> = items.iter().filter(|i| i.line.index() == line).collect();
        for (number, duty) in agent.duties.iter().enumerate() {
            // Who is late has missed what lies before, and the run may end in a shift.
            let in_time = own.iter().any(|item| {
                let comes = [RosterKind::Start(number as u16), RosterKind::GoesOn(number as u16)];
                item.at == duty.span.start && comes.contains(&item.kind)
            });
            if in_time
                && duty.span.end <= scenario.horizon
                && let Some(wrong) = fault_of_duty(duty, team.away.planned, &own)
            {
                return Some(format!("roster of agent {line}, duty {number}: {wrong}"));
            }
        }
    }
    None
}

fn fault_of_duty(duty: &Duty, planned: f64, own: &[&RosterItem]) -> Option<&'static str> {
    let mut off = Vec::new();
    for item in own {
        if let RosterKind::Off(length) = item.kind
            && duty.span.contains(item.at)
        {
            off.push((item.at, item.at + length));
        }
    }
    let fixed = |span: &convoq::time::Span| off.contains(&(span.start, span.end));
    if off.windows(2).any(|w| w[1].0 < w[0].1) {
        return Some("blocks overlap");
    }
    if off.iter().any(|(_, end)| *end > duty.span.end) {
        return Some("a block lasts beyond the shift");
    }
    if !duty.breaks.iter().all(fixed) {
        return Some("a fixed break is not at its time");
    }
    let taken_us: u64 = off.iter().map(|(start, end)| end.since(*start).0).sum();
    let fixed_us: u64 = duty.breaks.iter().map(|b| b.end.since(b.start).0).sum();
    let free_us: u64 = duty.free_breaks.iter().map(|b| b.0).sum();
    let shift_us = duty.span.end.since(duty.span.start).0 as f64;
    let law_us = planned * shift_us + (fixed_us + free_us) as f64;
    ((taken_us as f64 - law_us).abs() > ROUNDING_US).then_some("not the planned time off the queue")
}
