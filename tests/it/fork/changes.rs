//! What a change does from a moment on, and what it leaves alone.

use super::{assert_same, changed, past, play, violations};
use crate::common::{self, load};
use convoq::event::{Envelope, Event};
use convoq::random::mix64;
use convoq::run::Past;
use convoq::time::{SimDuration, SimTime};
use std::collections::{BTreeMap, BTreeSet};

const HOUR: u64 = 3_600_000_000;

/// A chat centre in which much is by chance.
const CENTRE: &str = "
convoq: 1
name: centre
time: {start: 2026-03-02, days: 1, open: {daily: '08:00-20:00'}}
intents:
  easy: {work: {lognormal: {mean: 6m, cv: 0.8}}, wrap_up: 1m, bot: {accuracy: 60%}}
  hard: {work: {exponential: 9m}, bot: never}
demand: [{channel: chat, per_day: 1800, busyness_cv: 0.1, intents: {easy: 70%, hard: 30%}}]
channels: {chat: {patience: {weibull: {mean: 4m, shape: 0.8}}, silent_abandonment: 10%}}
bot: {latency: 5s, think: 30s, sessions: 30, beyond: wait}
teams:
  chat:
    channels: {chat: {max: 3, slowdown: [1, 1.7, 2.5]}}
    wage: 20 EUR/h
    shifts:
      - {name: early, agents: 9, from: '08:00', to: '16:00', break: 30m}
      - {name: late, agents: 9, from: '12:00', to: '20:00', break: 30m}
    shrinkage: {planned: 8%, absence: 6%}
returns: {after_false: 60%, after_human: 10%, delay: {exponential: 2h}, retries: {after_abandon: 40%}}
";

/// Customers by identity: when they come, what they want, how patient they are,
/// and the work they hold, wherever the run shows it.
fn customers(events: &[Envelope]) -> BTreeMap<String, BTreeMap<&'static str, String>> {
    let mut who = BTreeMap::new();
    let mut found: BTreeMap<String, BTreeMap<&'static str, String>> = BTreeMap::new();
    for e in events {
        if let Event::ContactStarted { origin, intent, attempt: 0, .. } = e.event {
            let name = format!("{origin:?}");
            who.insert(e.conversation, name.clone());
            let facts = found.entry(name).or_default();
            facts.insert("comes", format!("{:?} {intent:?}", e.at));
        }
        let Some(facts) = who.get(&e.conversation).and_then(|n| found.get_mut(n)) else {
            continue;
        };
        match e.event {
            Event::Queued { deadline, .. } if deadline != SimTime::NEVER => {
                facts.insert("patience", format!("{:?}", deadline.since(e.at)));
            }
            Event::Abandoned { silent: true } => {
                facts.remove("work"); // an agent will notice that nobody is there
            }
            Event::Assigned { work_s, .. } => {
                facts.insert("work", format!("{work_s}"));
            }
            _ => {}
        }
    }
    found
}

fn gone_silently(events: &[Envelope]) -> BTreeSet<String> {
    let started = events.iter().filter_map(|e| match e.event {
        Event::ContactStarted { origin, .. } => Some((e.conversation, format!("{origin:?}"))),
        _ => None,
    });
    let names: BTreeMap<_, _> = started.collect();
    let silent = |e: &&Envelope| matches!(e.event, Event::Abandoned { silent: true });
    let gone = events.iter().filter(silent);
    gone.filter_map(|e| names.get(&e.conversation).cloned()).collect()
}

#[test]
fn one_more_agent_from_a_moment_on_moves_no_customer_and_nothing_before() {
    let scenario = load(CENTRE, &[]);
    let whole = common::events(&scenario, 3, 0);
    let at = SimTime(13 * HOUR);
    let past = past(&scenario, 3, &whole, at);
    for (set, moves) in
        [(("teams.chat.shifts[1].agents", "+1"), 10), (("teams.chat.shifts[0].agents", "+1"), 10)]
    {
        let more = changed(&scenario, load(CENTRE, &[set]), at);
        let fork = play(&past, Some(&more), false, 0);
        assert_same(&fork[..past.events.len()], &past.events, "the past");
        assert!(violations(&more, &fork).is_empty());
        let (base, with) = (customers(&whole), customers(&fork));
        assert_eq!(base.len(), with.len());
        let silent: BTreeSet<_> =
            gone_silently(&whole).union(&gone_silently(&fork)).cloned().collect();
        for (who, facts) in &base {
            for (fact, value) in facts {
                let other = with[who].get(fact);
                let holds = other.is_none_or(|o| o == value) || silent.contains(who);
                assert!(holds, "{who}: {fact} was {value}, is {other:?}");
            }
        }
        let assigned = |events: &[Envelope]| {
            let taken = events.iter().filter_map(|e| match e.event {
                Event::Assigned { agent, .. } => Some((e.at, e.conversation, agent)),
                _ => None,
            });
            taken.collect::<BTreeSet<_>>()
        };
        let differ = assigned(&whole).symmetric_difference(&assigned(&fork)).count();
        assert!(differ > moves, "the agent did nothing: {differ}");
    }
}

#[test]
fn new_agents_whose_duty_runs_come_at_the_moment_and_are_paid_from_then_on() {
    let text = CENTRE.replace("absence: 6%", "absence: 0%");
    let scenario = load(&text, &[]);
    let whole = common::events(&scenario, 4, 0);
    let at = SimTime(14 * HOUR + 7);
    let more = load(&text, &[("teams.chat.shifts[1].agents", "+4")]);
    let more = changed(&scenario, more, at);
    let fork = play(&past(&scenario, 4, &whole, at), Some(&more), false, 0);
    let came: Vec<_> = fork
        .iter()
        .filter_map(|e| match e.event {
            Event::ShiftStarted { agent, paid, .. } if e.at >= at => Some((e.at, agent.0, paid)),
            _ => None,
        })
        .collect();
    let paid = SimTime(20 * HOUR).since(at);
    let expected: Vec<_> = (18..22).map(|agent| (at, agent, paid)).collect();
    assert_eq!(came, expected);
    // The breaks that a fresh run of the changed scenario would give them after that.
    let fresh = common::events(&load(&text, &[("teams.chat.shifts[1].agents", "+4")]), 4, 0);
    let breaks = |events: &[Envelope], from: u32| {
        let away = events.iter().filter(|e| match e.event {
            Event::BreakStarted { agent, .. } => agent.0 >= from,
            _ => false,
        });
        away.filter(|e| e.at > at).count()
    };
    assert!(breaks(&fork, 18) > 0 && breaks(&fork, 18) <= breaks(&fresh, 18));
}

#[test]
fn agents_who_are_taken_away_leave_by_the_rule_and_are_paid_no_longer() {
    for rule in ["finish", "hand_back", "first_free"] {
        let text = CENTRE
            .replace("absence: 6%", "absence: 0%")
            .replace("    wage:", &format!("    shift_end: {rule}\n    wage:"));
        let scenario = load(&text, &[]);
        let whole = common::events(&scenario, 4, 0);
        let at = SimTime(13 * HOUR + 11);
        let fewer = load(&text, &[("teams.chat.shifts[0].agents", "5")]);
        let fewer = changed(&scenario, fewer, at);
        let fork = play(&past(&scenario, 4, &whole, at), Some(&fewer), false, 0);
        assert!(violations(&fewer, &fork).is_empty(), "{rule}");
        let shortened = fork.iter().filter(|e| match e.event {
            Event::DutyChanged { agent, paid } => {
                assert!((5..9).contains(&agent.0) && paid == SimDuration::ZERO && e.at == at);
                true
            }
            _ => false,
        });
        assert_eq!(shortened.count(), 4, "{rule}");
        // An hour after the moment four agents fewer are there.
        let there = |events: &[Envelope], when: SimTime| {
            let mut there = BTreeSet::new();
            for e in events.iter().take_while(|e| e.at <= when) {
                match e.event {
                    Event::ShiftStarted { agent, .. } => drop(there.insert(agent)),
                    Event::ShiftEnded { agent } => drop(there.remove(&agent)),
                    _ => {}
                }
            }
            there.len()
        };
        let later = SimTime(at.0 + HOUR);
        assert_eq!((there(&whole, at), there(&whole, later)), (18, 18), "{rule}");
        assert_eq!(there(&fork, later), 14, "{rule}");
        // Wages: four agents less from the moment to the end of their duty at 16:00.
        let wages = |scenario: &convoq::scenario::Scenario, events: &[Envelope]| {
            let mut all = convoq::projection::Everything::new(&scenario.header);
            all.apply_all(&scenario.header, events);
            let team = &all.staffing.totals[0];
            team.paid_us - team.overtime_us
        };
        let less = wages(&scenario, &whole) - wages(&fewer, &fork);
        let expected = 4.0 * SimTime(16 * HOUR).since(at).0 as f64;
        assert!((less - expected).abs() < 1.0, "{rule}: {less} {expected}");
    }
}

#[test]
fn a_longer_shift_is_worked_and_paid() {
    let text = CENTRE.replace("absence: 6%", "absence: 0%");
    let scenario = load(&text, &[]);
    let whole = common::events(&scenario, 6, 0);
    let at = SimTime(15 * HOUR);
    let longer = load(&text, &[("teams.chat.shifts[0].to", "18:00")]);
    let longer = changed(&scenario, longer, at);
    let fork = play(&past(&scenario, 6, &whole, at), Some(&longer), false, 0);
    assert!(violations(&longer, &fork).is_empty());
    let (mut all, mut base) = (
        convoq::projection::Everything::new(&longer.header),
        convoq::projection::Everything::new(&scenario.header),
    );
    all.apply_all(&longer.header, &fork);
    base.apply_all(&scenario.header, &whole);
    let duties = |all: &convoq::projection::Everything| {
        let team = &all.staffing.totals[0];
        team.paid_us - team.overtime_us
    };
    let more = duties(&all) - duties(&base);
    assert!((more - 9.0 * 2.0 * HOUR as f64).abs() < 1.0, "{more}");
    let leaves = |events: &[Envelope]| {
        let ends = events.iter().filter_map(|e| match e.event {
            Event::ShiftEnded { agent } if agent.0 < 9 => Some(e.at),
            _ => None,
        });
        ends.min().unwrap()
    };
    assert!(leaves(&whole) < SimTime(16 * HOUR + HOUR / 2));
    assert!(leaves(&fork) >= SimTime(18 * HOUR));
}

#[test]
fn vt_36_a_fork_at_the_beginning_is_a_fresh_run_of_the_changed_scenario() {
    for set in [
        ("teams.chat.shifts[1].agents", "+3"),
        ("teams.chat.shifts[0].agents", "-3"),
        ("bot.accept", "60%"),
        ("demand[0].per_day", "*1.4"),
        ("channels.chat.patience", "2m"),
        ("teams.chat.channels.chat", "{max: 2, slowdown: [1, 1.8]}"),
    ] {
        let scenario = load(CENTRE, &[]);
        let whole = common::events(&scenario, 8, 0);
        let past = past(&scenario, 8, &whole, SimTime::ZERO);
        let other = changed(&scenario, load(CENTRE, &[set]), SimTime::ZERO);
        let fork = play(&past, Some(&other), false, 0);
        let fresh = common::events(&load(CENTRE, &[set]), 8, 0);
        // The agents of the past keep their numbers: those left out have some, too.
        let plain = |events: &[Envelope]| {
            let rest = events
                .iter()
                .filter(|e| !matches!(e.event, Event::Forked { .. } | Event::RunStarted));
            let what = |e: &Envelope| match e.event {
                Event::ContactStarted { .. }
                | Event::Queued { .. }
                | Event::ContactEnded { .. } => {
                    Some(format!("{:?} {:?} {:?}", e.at, e.conversation, e.event))
                }
                Event::Assigned { work_s, .. } => {
                    Some(format!("{:?} {:?} {work_s}", e.at, e.conversation))
                }
                _ => None,
            };
            rest.filter_map(what).collect::<Vec<_>>()
        };
        let (got, expected) = (plain(&fork), plain(&fresh));
        let differs = got.iter().zip(&expected).position(|(a, b)| a != b);
        assert_eq!(differs.map(|n| (&got[n], &expected[n])), None, "{set:?}");
        assert_eq!(got.len(), expected.len(), "{set:?}");
    }
}

/// Changes of everything that may change.
const CHANGES: &[(&str, &str)] = &[
    ("teams.chat.shifts[0].agents", "2"),
    ("teams.chat.shifts[1].agents", "30"),
    ("teams.chat.shifts[0].from", "10:00"),
    ("teams.chat.channels.chat", "{max: 1}"),
    ("teams.chat.channels.chat", "{max: 5, slowdown: [1, 1.8, 2.4, 2.8, 3]}"),
    ("teams.chat.shift_end", "hand_back"),
    ("teams.chat.shrinkage", "{planned: 30%, absence: 30%}"),
    ("teams.chat.speed_cv", "0.3"),
    ("demand[0].per_day", "3000"),
    ("demand[0].per_day", "10"),
    ("bot.accuracy_decay", "50%"),
    ("bot.sessions", "1"),
    ("bot.sessions", "500"),
    ("bot.beyond", "turned_away"),
    ("bot.latency", "90s"),
    ("bot.rate", "200/h"),
    ("intents.easy.work", "30m"),
    ("channels.chat.patience", "{exponential: 20s}"),
    ("channels.chat.announce", "{balk: rational}"),
    ("time.open", "{daily: '08:00-14:00'}"),
    ("returns.after_human", "80%"),
    ("faults", "[{bot_outage: {from: '2026-03-02 12:00', for: 3h}}]"),
    ("faults", "[{agents_absent: {from: '2026-03-02 09:00', for: 9h, team: chat, share: 50%}}]"),
];

#[test]
fn whatever_changes_no_law_is_violated_and_a_fork_of_it_goes_on_as_it_did() {
    let scenario = load(CENTRE, &[]);
    let whole = common::events(&scenario, 7, 0);
    for (number, set) in CHANGES.iter().enumerate() {
        let other = load(CENTRE, &[*set]);
        let draw = mix64(number as u64);
        let at = SimTime((9 + draw % 8) * HOUR + draw % HOUR);
        let first = past(&scenario, 7, &whole, at);
        let other = changed(&scenario, other, at);
        let futures = number % 3 == 0;
        let fork = play(&first, Some(&other), futures, 4);
        let found = violations(&other, &fork);
        assert!(found.is_empty(), "{set:?} at {at:?}: {found:?}");
        assert_same(&fork[..first.events.len()], &first.events, "the past");
        for n in 0..3 {
            let later = SimTime(at.0 + mix64(draw ^ n) % (scenario.end.0 - at.0));
            let cut = fork.partition_point(|e| e.at <= later);
            let second = Past {
                seed: 7,
                replication: 0,
                scenarios: vec![scenario.clone(), other.clone()],
                events: fork[..cut].to_vec(),
                at: later,
            };
            let again = play(&second, None, false, 0);
            assert_same(&again, &fork, &format!("{set:?} at {at:?}, {later:?}"));
            // And back to the first settings: nothing breaks.
            if !second.has_ended() {
                let back = changed(&other, load(CENTRE, &[]), later);
                let back_again = play(&second, Some(&back), true, 1);
                let found = violations(&back, &back_again);
                assert!(found.is_empty(), "{set:?} and back: {found:?}");
            }
        }
    }
}

#[test]
fn a_fault_that_is_left_out_ends_at_the_moment() {
    let scenario = common::load_shipped("b2c_retail_week", &[]);
    let whole = common::events(&scenario, 1, 0);
    let started = |e: &&Envelope| matches!(e.event, Event::FaultStarted { .. });
    let outage = whole.iter().find(started).unwrap().at;
    let at = SimTime(outage.0 + HOUR / 6);
    let without = common::load_shipped("b2c_retail_week", &[("faults", "[]")]);
    let without = changed(&scenario, without, at);
    let fork = play(&past(&scenario, 1, &whole, at), Some(&without), false, 0);
    let ended = |e: &&Envelope| matches!(e.event, Event::FaultEnded { .. });
    assert_eq!(fork.iter().find(ended).unwrap().at, at);
    let failed = |events: &[Envelope]| {
        let failures = events.iter().filter(|e| {
            e.at > SimTime(at.0 + 60_000_000)
                && matches!(e.event, Event::BotSkipped { reason } if reason.name() == "failure")
        });
        failures.count()
    };
    assert!(failed(&whole) > 0);
    assert_eq!(failed(&fork), 0);
}
