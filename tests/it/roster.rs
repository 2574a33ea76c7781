//! Duties that touch: who works them, and what they cost.

use crate::common::{events, load, summary};
use convoq::event::{Envelope, Event};
use convoq::run::replicate;
use convoq::time::SimTime;

const HOUR: u64 = 3_600_000_000;

/// Two agents who work round the clock for three days: each duty begins where the
/// one before ends.
fn round_the_clock(rule: &str) -> String {
    format!(
        "
convoq: 1
name: clock
time: {{start: 2026-03-02, days: 3}}
intents: {{any: {{work: {{exponential: 20m}}}}}}
demand: [{{channel: phone, rate: {{per_hour: 5}}}}]
channels: {{phone: {{patience: {{exponential: 10m}}}}}}
teams:
  phone:
    channels: {{phone: {{}}}}
    wage: 10 EUR/h
    shift_end: {rule}
    shifts: [{{agents: 2, from: '00:00', to: '24:00'}}]
"
    )
}

/// How many agents are on duty at a moment, by the events.
fn there(events: &[Envelope], at: SimTime) -> usize {
    let mut on = std::collections::BTreeSet::new();
    for e in events.iter().take_while(|e| e.at <= at) {
        match e.event {
            Event::ShiftStarted { agent, .. } => _ = on.insert(agent),
            Event::ShiftEnded { agent } => _ = on.remove(&agent),
            _ => {}
        }
    }
    on.len()
}

#[test]
fn a_duty_that_begins_where_another_ends_is_worked_and_paid() {
    for rule in ["finish", "hand_back", "first_free"] {
        let scenario = load(&round_the_clock(rule), &[]);
        let all = events(&scenario, 5, 0);
        let starts = all.iter();
        let starts = starts.filter(|e| matches!(e.event, Event::ShiftStarted { .. }));
        assert_eq!(starts.count(), 6, "{rule}");
        for hour in (6..72).step_by(6) {
            assert_eq!(there(&all, SimTime(hour * HOUR)), 2, "{rule} {hour}");
        }
        // Nobody is sent away, or handed on, where one duty becomes the next.
        let seams = all.iter().filter(|e| e.at.0 < 71 * HOUR);
        let left = seams.filter(|e| {
            let event = &e.event;
            matches!(event, Event::ShiftEnded { .. } | Event::AgentClosing { .. })
                || matches!(event, Event::Transferred { .. })
        });
        assert_eq!(left.count(), 0, "{rule}");
        assert!(replicate(&scenario, 5, 0).violations.0.is_empty());
        let found = summary(&scenario, 5, 2, 1);
        let cost = found.metrics.iter().find(|r| r.which.metric.name() == "cost");
        assert_eq!(cost.map(|r| r.value), Some(3.0 * 24.0 * 2.0 * 10.0), "{rule}");
    }
}

#[test]
fn an_absence_on_the_second_of_two_duties_ends_the_first() {
    let set = [("teams.phone.shrinkage", "{absence: 50%}")];
    let scenario = load(&round_the_clock("finish"), &set);
    for seed in 0..20 {
        let all = events(&scenario, seed, 0);
        let mut came = 0;
        for day in 0..3 {
            // An hour is enough to finish what was begun the day before.
            let at = SimTime((24 * day + 6) * HOUR);
            let from = SimTime(24 * day * HOUR);
            let away =
                all.iter().filter(|e| matches!(e.event, Event::AgentAbsent { .. }) && e.at == from);
            let away = away.count();
            assert_eq!(there(&all, at), 2 - away, "{seed} {day}");
            came += 2 - away;
        }
        let starts = all.iter();
        let starts = starts.filter(|e| matches!(e.event, Event::ShiftStarted { .. }));
        assert_eq!(starts.count(), came, "{seed}");
        assert!(replicate(&scenario, seed, 0).violations.0.is_empty());
    }
}
