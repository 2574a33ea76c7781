//! What the numbers of a report count: each against values that follow by hand.
//!
//! Every case runs through the audit, which checks the same counts another way.

use crate::common::{load, load_shipped};
use crate::source::read;
use convoq::doubt::{Doubt, Severity};
use convoq::experiment::{MetricRow, Pool, Summary, Verdict};
use convoq::report;
use convoq::run::replicate;
use convoq::scenario::Scenario;
use std::collections::BTreeSet;

fn summary_of(scenario: &Scenario, replications: u32) -> Summary {
    let mut pool = Pool::new(&scenario.header, replications);
    for number in 0..replications {
        pool.add(&replicate(scenario, 1, number));
    }
    let summary = pool.summary(1, 0.95, String::new());
    assert_eq!(summary.doubt(Severity::Defect), None);
    summary
}

fn run(text: &str, set: &[(&str, &str)]) -> Summary {
    let scenario = load(text, set);
    summary_of(&scenario, scenario.replications)
}

/// The metric over everything by a definition; a mean where it has one.
fn find<'s>(summary: &'s Summary, metric: &str, definition: Option<&str>) -> Option<&'s MetricRow> {
    summary.metrics.iter().find(|r| {
        r.which.metric.name() == metric
            && r.which.definition.map(|d| d.name()) == definition
            && r.which.queue.is_none()
            && r.which.segment.is_none()
            && r.which.channel.is_none()
            && r.which.intent.is_none()
            && r.which.party.map(|p| p.name()).is_none_or(|p| p == "human")
            && r.which.stat.map(|s| s.name()).is_none_or(|s| s == "mean")
    })
}

fn value(summary: &Summary, metric: &str) -> f64 {
    find(summary, metric, None).unwrap_or_else(|| panic!("no {metric}")).value
}

fn by_definition(summary: &Summary, metric: &str, definition: &str) -> f64 {
    let row = find(summary, metric, Some(definition));
    row.unwrap_or_else(|| panic!("no {metric} {definition}")).value
}

fn in_queue(summary: &Summary, metric: &str, definition: Option<&str>, queue: &str) -> f64 {
    let found = summary.metrics.iter().find(|r| {
        r.which.metric.name() == metric
            && (definition.is_none() || r.which.definition.map(|d| d.name()) == definition)
            && r.which.queue.as_deref() == Some(queue)
            && r.which.segment.is_none()
            && r.which.stat.map(|s| s.name()).is_none_or(|s| s == "mean")
    });
    found.unwrap_or_else(|| panic!("no {metric} of {queue}")).value
}

/// Outcomes and open contacts, and what they must come to.
fn assert_all_ends_are_told(summary: &Summary) {
    let outcomes = summary.metrics.iter().filter(|r| {
        r.which.metric.name() == "outcomes"
            && r.which.segment.is_none()
            && r.which.channel.is_none()
            && r.which.intent.is_none()
    });
    let ended: f64 = outcomes.map(|r| r.value).sum();
    let told = ended + value(summary, "open_contacts");
    assert!((told - value(summary, "arrivals")).abs() < 1e-9, "{told}");
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected} +- {tolerance}");
}

/// A call pauses chats.
const PAUSES: &str = include_str!("../data/cases/pauses-one-day.yaml");

/// FreeScout issue 4125: ten calls at 20:00, one agent, an hour each, the run ends at 24:00.
const CUT_OFF: &str = r#"
convoq: 1
name: cut-off
replications: 1
time: {start: 2026-03-02, days: 1, interval: 1h}
intents: {q: {work: {constant: 1h}}}
demand:
  - {channel: phone, times: ["mon 20:00","mon 20:00","mon 20:00","mon 20:00","mon 20:00","mon 20:00","mon 20:00","mon 20:00","mon 20:00","mon 20:00"]}
channels: {phone: {patience: {constant: 20h}}}
teams: {t: {channels: {phone: {max: 1}}, agents: 1}}
"#;

#[test]
fn who_waits_beyond_the_threshold_at_the_end_is_late() {
    let summary = run(CUT_OFF, &[]);
    assert_eq!(value(&summary, "answered"), 4.0);
    assert_eq!(in_queue(&summary, "backlog", None, "phone"), 6.0);
    for definition in ["SL1", "SL3", "SL4", "SL5", "SL6", "SL8"] {
        let level = by_definition(&summary, "service_level", definition);
        assert_eq!(level, 0.1, "{definition}");
    }
    assert_eq!(by_definition(&summary, "service_level", "SL2"), 0.25);
    let asked = in_queue(&summary, "service_level", Some("SL7"), "phone");
    near(asked, 0.1, 1e-12);
    assert_eq!(summary.series.queues[0].service_level[20].mean, 0.1);
    // Four waits of 0, 1, 2 and 3 hours have ended; six are 4 hours long and last.
    let waits = find(&summary, "wait_s", None).expect("has waits");
    assert_eq!(waits.numerator, Some(30.0 * 3600.0));
    assert_eq!(waits.denominator, Some(10.0));
    assert_eq!(value(&summary, "asa_s"), 1.5 * 3600.0);
    let told =
        summary.warnings.iter().any(|w| w.to_string().contains("ends with 6 contacts waiting"));
    assert!(told, "{:?}", summary.warnings);
    assert_all_ends_are_told(&summary);
}

#[test]
fn who_has_not_waited_so_long_counts_neither_way() {
    let within = [("service_level", "{within: 5h}")];
    let summary = run(CUT_OFF, &within);
    assert_eq!(by_definition(&summary, "service_level", "SL3"), 1.0);
    let mut rows = summary.metrics.iter();
    let row = rows.find(|r| r.which.definition.map(|d| d.name()) == Some("SL3")).expect("has it");
    assert_eq!(row.denominator, Some(4.0));
}

#[test]
fn the_first_contact_that_waits_at_the_end_is_warned_of() {
    let times = [("demand[0].times", r#"["mon 23:30", "mon 23:40"]"#)];
    let summary = run(CUT_OFF, &times);
    let told = |d: &Doubt| d.to_string().contains("ends with 1 contact waiting");
    assert!(summary.warnings.iter().any(told), "{:?}", summary.warnings);
}

/// FreeScout issue 4125: 100 mails a day, capacity for 48, first come first served.
const MAIL_BACKLOG: &str = r#"
convoq: 1
name: mail-backlog
replications: 20
time: {start: 2026-03-02, days: 5, interval: 1h, open: {daily: "08:00-16:00"}}
intents: {q: {work: {constant: 10m}}}
demand: [{channel: email, per_day: 100}]
channels: {email: {answer_within: 8h}}
teams: {t: {channels: {email: {max: 1}}, agents: 1}}
targets: ["service_level(queue=email, within=8h) >= 15%", "wait_s(queue=email).p90 <= 20h"]
"#;

#[test]
fn a_backlog_at_the_end_meets_no_target() {
    let summary = run(MAIL_BACKLOG, &[]);
    let level = in_queue(&summary, "service_level", Some("SL3"), "email");
    near(level, 0.099, 0.003);
    let verdicts: Vec<_> = summary.targets.iter().map(|t| t.verdict).collect();
    assert_eq!(verdicts, [Verdict::Missed, Verdict::Missed]);
}

#[test]
fn a_target_that_leaves_out_who_waits_holds_only_with_them() {
    let told = |target: &str| {
        let targets = serde_json::json!([target]).to_string();
        let summary = run(MAIL_BACKLOG, &[("targets", &targets)]);
        let row = &summary.targets[0];
        (row.verdict, row.value.expect("measured"), row.with_open)
    };
    // Half of those who came wait at the end; nobody gives up.
    let (verdict, value, with_open) = told("abandonment_rate <= 5%");
    assert_eq!((verdict, value), (Verdict::Undecided, 0.0));
    near(with_open.expect("said"), 0.52, 0.03);
    // Those who wait have waited as long as those who were answered, and wait on.
    let (_, answered_s, _) = told("asa_s <= 1h");
    let judged = |factor: f64| {
        let limit_s = answered_s * factor;
        let (verdict, _, with_open) = told(&format!("asa_s <= {limit_s}s"));
        (verdict, with_open.is_some_and(|value| value > limit_s))
    };
    assert_eq!(judged(1.1), (Verdict::Undecided, true));
    assert_eq!(judged(3.0), (Verdict::Met, false));
    // Each run alone: none of them holds.
    let (verdict, share, _) = told("probability(abandonment_rate <= 5%) >= 50%");
    assert_eq!((verdict, share), (Verdict::Missed, 0.0));
    // With enough people next to nobody waits, and nothing is to be said.
    let targets = r#"["abandonment_rate <= 5%"]"#;
    let summary = run(MAIL_BACKLOG, &[("targets", targets), ("teams.t.agents", "4")]);
    let row = &summary.targets[0];
    assert_eq!((row.verdict, row.with_open), (Verdict::Met, None));
}

/// Ciw pull 85: agent 1 hands back at 09:30, agent 2 goes on.
const HAND_BACK: &str = r#"
convoq: 1
name: handback
replications: 1
time: {start: 2026-03-02, days: 1, interval: 1h}
intents: {q: {work: {constant: 20m}}}
demand:
  - {channel: phone, times: ["mon 09:20","mon 09:25","mon 09:31"]}
channels: {phone: {patience: {constant: 8h}}}
teams: {t: {channels: {phone: {max: 1}}, shift_end: hand_back, shifts: [{agents: 1, from: "09:00", to: "09:30"},{agents: 1, from: "09:30", to: "12:00"}]}}
"#;

#[test]
fn a_contact_that_is_handed_back_counts_once() {
    let summary = run(HAND_BACK, &[]);
    assert_eq!(value(&summary, "offered"), 3.0);
    assert_eq!(value(&summary, "answered"), 3.0);
    assert_eq!(value(&summary, "broken_off"), 0.0);
    // Two of three waited, and the mean over them is of both and of no third.
    near(value(&summary, "wait_probability"), 2.0 / 3.0, 1e-12);
    let row = find(&summary, "asa_s", Some("waited")).expect("has it");
    assert_eq!(row.denominator, Some(2.0));
    // Its handle time is that of both agents: three contacts of 20 minutes.
    near(value(&summary, "aht_s"), 1200.0, 1e-6);
    assert_all_ends_are_told(&summary);
}

#[test]
fn a_contact_that_is_handed_back_and_gives_up_is_broken_off() {
    let set = [
        ("demand[0].times", r#"["mon 09:20"]"#),
        ("channels.phone.patience", "{constant: 10m}"),
        ("teams.t.shifts[1].from", "10:00"),
    ];
    let summary = run(HAND_BACK, &set);
    for (metric, expected) in [
        ("offered", 1.0),
        ("answered", 1.0),
        ("abandoned", 0.0),
        ("silent_abandoned", 0.0),
        ("blocked", 0.0),
        ("balked", 0.0),
        ("broken_off", 1.0),
        ("open_contacts", 0.0),
        ("wait_probability", 0.0),
        ("asa_s", 0.0),
    ] {
        assert_eq!(value(&summary, metric), expected, "{metric}");
    }
    assert_eq!(in_queue(&summary, "broken_off", None, "phone"), 1.0);
    assert_eq!(by_definition(&summary, "abandonment_rate", "true"), 0.0);
    assert_eq!(by_definition(&summary, "outcomes", "broken_off"), 1.0);
    assert_eq!(by_definition(&summary, "service_level", "SL3"), 1.0);
    let waits = find(&summary, "wait_s", None).expect("has waits");
    assert_eq!((waits.numerator, waits.denominator), (Some(0.0), Some(1.0)));
    assert_all_ends_are_told(&summary);
}

/// Chatwoot pull 12058: a wrong answer on Monday, back on Friday at 14:00.
const REOPENED: &str = r#"
convoq: 1
name: reopened
replications: 1
time: {start: 2026-03-02, days: 5, interval: 1h, open: {daily: "08:00-20:00"}}
intents: {q: {work: {constant: 5m}, human_solves: 100%, bot: {coverage: 100%, accuracy: 0%}}}
demand:
  - {channel: chat, times: ["mon 09:00"]}
channels: {chat: {patience: {constant: 1h}}}
bot: {max_turns: 1, leave_silently: 100%, latency: 30s}
returns: {after_false: 100%, delay: {constant: 101h}, through_bot: false}
teams: {t: {channels: {chat: {max: 1}}, shifts: [{agents: 1, from: "14:10", to: "20:00", days: fri}]}}
"#;

#[test]
fn the_clock_of_a_return_is_its_own_unless_it_stops_for_the_customer() {
    let summary = run(REOPENED, &[]);
    assert_eq!(value(&summary, "issues"), 1.0);
    assert_eq!(value(&summary, "repeats"), 1.0);
    // Back 101 hours after 09:00:30 on Monday: Friday 14:00:30, answered at 14:10.
    near(value(&summary, "frt_s"), 570.0, 1e-6);
    near(value(&summary, "ttr_s"), 870.0, 1e-6);
    // The bot's half minute on Monday was a wait for the desk too; the days between not.
    near(by_definition(&summary, "ttr_s", "customer_paused"), 900.0, 1e-6);
    assert_eq!(value(&summary, "lost_rate"), 0.0);
}

#[test]
fn first_response_in_open_hours_leaves_the_night_out() {
    let text = r#"
convoq: 1
name: night
replications: 1
time: {start: 2026-03-02, days: 2, interval: 1h, open: {daily: "08:00-20:00"}}
intents: {q: {work: {constant: 5m}}}
demand:
  - {channel: email, times: ["mon 19:00"]}
channels: {email: {answer_within: 24h, clock: open_hours}}
teams: {t: {channels: {email: {max: 1}}, shifts: [{agents: 1, from: "09:00", to: "17:00", days: tue}]}}
"#;
    let summary = run(text, &[]);
    // One hour of Monday, one of Tuesday, and the five minutes of writing.
    let open_s = 2.0 * 3600.0 + 300.0;
    near(by_definition(&summary, "frt_s", "open_hours"), open_s, 1e-6);
    near(by_definition(&summary, "ttr_s", "open_hours"), open_s, 1e-6);
    near(value(&summary, "frt_s"), open_s + 12.0 * 3600.0, 1e-6);
    // It found no agent, whatever the clock of its queue counts.
    assert_eq!(value(&summary, "wait_probability"), 1.0);
}

#[test]
fn handle_time_is_without_triage() {
    let text = r#"
convoq: 1
name: tri
time: {start: 2026-03-02, days: 1, zone: UTC, open: {daily: "08:00-20:00"}}
intents: {a: {work: 5m}}
demand: [{channel: chat, times: ["2026-03-02 09:00"]}]
routing: {rules_cover: 0%, triage: {team: tri, work: 45s}}
teams:
  t: {channels: {chat: {}}, agents: 1}
  tri: {agents: 1}
replications: 2
"#;
    let summary = run(text, &[]);
    assert_eq!(value(&summary, "aht_s"), 300.0);
    assert_eq!(in_queue(&summary, "aht_s", Some("queue"), "triage"), 45.0);
    // Percentiles are rounded, and not by more than the summary says.
    let p50 = summary.metrics.iter().find(|r| {
        r.which.metric.name() == "aht_s" && r.which.stat.map(|s| s.name()) == Some("p50")
    });
    let p50 = p50.expect("has it").value;
    assert!((300.0..=300.0 * (1.0 + summary.percentile_rounding)).contains(&p50), "{p50}");
}

#[test]
fn wrap_up_counts_as_long_as_it_lasts_beside_other_contacts() {
    let text = r#"
convoq: 1
name: wrap2
time: {start: 2026-03-02, days: 1, zone: UTC, open: {daily: "08:00-20:00"}}
intents: {x: {work: 4m, wrap_up: 60s}}
demand: [{channel: chat, times: ["2026-03-02 09:00", "2026-03-02 09:02", "2026-03-02 09:03"]}]
teams: {chat: {channels: {chat: {max: 3, slowdown: [1, 1.7, 2.5]}}, agents: 1}}
replications: 1
"#;
    let summary = run(text, &[]);
    near(value(&summary, "aht_s"), 345.917_648, 1e-6);
    let in_service = find(&summary, "concurrency", None).and_then(|r| r.numerator);
    near(in_service.expect("has it") * 1e-6 / 3.0, value(&summary, "aht_s"), 1e-9);
    let of_queue = in_queue(&summary, "aht_s", Some("queue"), "chat");
    near(of_queue, value(&summary, "aht_s"), 1e-9);
}

/// Served at 09:05, back at 11:05, when nobody is there.
const LOST: &str = r#"
convoq: 1
name: lost
time: {start: 2026-03-02, days: 1, zone: UTC, open: {daily: "08:00-20:00"}, drain: 2h}
intents: {x: {work: 5m, human_solves: 100%}}
demand: [{channel: chat, times: ["2026-03-02 09:00"]}]
channels: {chat: {patience: 1m}}
teams: {chat: {channels: {chat: {}}, shifts: [{agents: 1, from: "08:00", to: "10:00"}]}}
returns: {after_human: 100%, delay: 2h, max_contacts: 2}
replications: 2
"#;

#[test]
fn who_was_served_once_is_not_lost() {
    let summary = run(LOST, &[]);
    assert_eq!(value(&summary, "arrivals"), 2.0);
    assert_eq!(value(&summary, "lost_rate"), 0.0);
}

#[test]
fn who_never_meets_anybody_is_lost_once_with_a_sign_or_without() {
    for silent in ["0%", "100%"] {
        let set = [
            ("teams.chat.shifts[0].from", "06:00"),
            ("teams.chat.shifts[0].to", "08:30"),
            ("channels.chat.silent_abandonment", silent),
            ("returns.retries", "{after_abandon: 100%, delay: 1h}"),
        ];
        let summary = run(LOST, &set);
        assert_eq!(value(&summary, "lost_rate"), 1.0, "{silent}");
        assert_all_ends_are_told(&summary);
    }
}

#[test]
fn outcomes_and_open_contacts_are_the_arrivals_with_drain_and_with_warm_up() {
    let text = r#"
convoq: 1
name: open
time: {start: 2026-03-02, days: 1, zone: UTC}
intents: {a: {work: 2h}, b: {work: 10m, bot: {coverage: 100%, accuracy: 100%}}}
demand:
  - {name: d1, channel: chat, times: ["2026-03-02 23:00", "2026-03-02 23:10", "2026-03-02 10:00"], intents: {a: 100%, b: 0%}}
teams: {t: {channels: {chat: {}}, agents: 1}}
returns: {after_human: 100%, delay: 13h, max_contacts: 0}
replications: 1
"#;
    for (set, arrivals, open) in [
        (vec![("time.drain", "4h")], 3.0, 0.0),
        (vec![("time.warm_up", "11h")], 2.0, 2.0),
        (vec![("time.warm_up", "11h"), ("time.drain", "4h")], 2.0, 0.0),
        (vec![], 3.0, 2.0),
    ] {
        let summary = run(text, &set);
        assert_eq!(value(&summary, "arrivals"), arrivals, "{set:?}");
        assert_eq!(value(&summary, "open_contacts"), open, "{set:?}");
        assert_all_ends_are_told(&summary);
    }
}

#[test]
fn who_is_with_the_bot_at_the_end_is_not_deflected() {
    let text = r#"
convoq: 1
name: at-the-bot
replications: 1
time: {start: 2026-03-02, days: 1}
intents: {q: {work: 5m, bot: {coverage: 100%, accuracy: 100%}}}
demand: [{channel: chat, times: ["mon 10:00", "mon 23:59:50"]}]
bot: {latency: 1m, accept: 100%, confidence: {right: 100%, wrong: 100%}}
teams: {t: {channels: {chat: {}}, agents: 1}}
"#;
    let summary = run(text, &[]);
    assert_eq!(by_definition(&summary, "outcomes", "closed_by_bot"), 1.0);
    assert_eq!(by_definition(&summary, "deflection_rate", "demand"), 0.5);
    assert_eq!(value(&summary, "roar"), 0.5);
}

#[test]
fn what_a_scenario_does_not_have_is_not_printed() {
    let summary = run(CUT_OFF, &[("teams.t.wage", "20 EUR/h")]);
    let printed: BTreeSet<_> = summary.metrics.iter().map(|r| r.which.metric.name()).collect();
    for metric in [
        "fcr",
        "repeat_rate",
        "repeats",
        "retrials",
        "orbit",
        "roar",
        "true_roar",
        "deflection_rate",
        "cost_per_true_resolution",
        "in_bot",
        "articles_solved",
        "right_first_try",
    ] {
        assert!(!printed.contains(metric), "{metric}");
    }
    assert!(printed.contains("cost_per_contact"));
    let page = report::html(&summary) + &report::text(&summary, &report::TextOptions::default());
    for word in ["ROAR", "first-contact resolution", "true resolution"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn tables_and_charts_are_about_the_threshold_that_the_targets_name() {
    let promised = [("targets", r#"["service_level(queue=phone, within=1h) >= 80%"]"#)];
    let scenario = load(CUT_OFF, &promised);
    assert_eq!(scenario.header.queues[0].thresholds.len(), 1);
    let summary = summary_of(&scenario, 20);
    let page = report::text(&summary, &report::TextOptions::default());
    assert!(page.contains("answered in 1h (SL3)"), "{page}");
    // Two of ten within the hour, in the target, the tables and the series.
    assert_eq!(summary.targets[0].value, Some(0.2));
    assert_eq!(summary.series.queues[0].service_level[20].mean, 0.2);
    // One abandonment on a page.
    let both = [("channels.phone.silent_abandonment", "50%"), ("channels.phone.patience", "30m")];
    let page = report::html(&run(CUT_OFF, &both));
    assert!(!page.contains("silent too"), "{page}");
}

#[test]
fn right_first_try_is_the_share_of_rules_that_were_right() {
    let text = r#"
convoq: 1
name: turns
replications: 20
time: {start: 2026-03-02, days: 1, open: {daily: "08:00-20:00"}}
segments: {a: {}, b: {}}
intents: {q: {work: 1m}}
demand:
  - {segment: a, channel: chat, per_day: 1000}
  - {segment: b, channel: chat, per_day: 1000}
queues: {qa: {segments: [a]}, qb: {segments: [b]}}
routing: {right_first_try: 60%}
teams:
  ta: {channels: {chat: {}}, serves: [qa], agents: 30}
  tb: {channels: {chat: {}}, serves: [qb], agents: 30}
"#;
    let summary = run(text, &[]);
    near(value(&summary, "right_first_try"), 0.6, 0.01);
    // Wrong once, then right: 1.4 assignments.
    near(value(&summary, "transfers_per_contact"), 0.4, 0.01);
}

#[test]
fn a_channel_is_deflected_where_its_people_never_serve() {
    let text = r#"
convoq: 1
name: phone-to-chat
replications: 1
time: {start: 2026-03-02, days: 1}
intents: {q: {work: 5m}}
demand:
  - {channel: phone, times: ["mon 10:00", "mon 10:00"]}
  - {channel: chat, times: ["mon 09:00"]}
channels: {phone: {patience: 2m}}
returns: {retries: {after_abandon: 100%, delay: 10m, switch: {phone: {chat: 100%}}}}
teams: {p: {channels: {phone: {}}, agents: 1}, c: {channels: {chat: {}}, agents: 1}}
"#;
    let summary = run(text, &[]);
    let of = |channel: &str| {
        let found = summary.metrics.iter().find(|r| {
            r.which.definition.map(|d| d.name()) == Some("channel")
                && r.which.channel.as_deref() == Some(channel)
        });
        found.expect("has it").value
    };
    // One of two who called was answered there; the other gave up and wrote.
    assert_eq!(of("phone"), 0.5);
    assert_eq!(of("chat"), 0.0);
}

/// Scenarios that have, between them, everything that a metric can be about.
fn telling() -> Vec<Summary> {
    let everything = r#"
convoq: 1
name: everything
replications: 2
time: {start: 2026-03-02, days: 2, open: {daily: "08:00-20:00"}}
segments: {b2c: {}, b2b: {}}
intents:
  easy: {work: {exponential: 4m}, wrap_up: 30s, bot: {accuracy: 60%, bypass: 10%}, articles: {exposure: 50%, solves: 30%}}
  hard: {work: {exponential: 8m}, bot: never}
demand:
  - {segment: b2c, channel: chat, per_day: 900, intents: {easy: 80%, hard: 20%}}
  - {segment: b2b, channel: email, per_day: 200, intents: {easy: 50%, hard: 50%}}
  - {segment: b2c, channel: phone, rate: {per_hour: 12}, intents: {easy: 50%, hard: 50%}}
channels:
  chat: {patience: {exponential: 3m}, silent_abandonment: 20%}
  email: {answer_within: 24h, clock: open_hours}
  phone: {patience: {exponential: 3m}, announce: {balk: 40%}, after_hours: turned_away, bot: false}
bot: {latency: 20s, sessions: 5, beyond: wait}
queues:
  chat: {channels: [chat], capacity: 5, when_full: block, overflow: {to: email, after: 1m}}
  email: {channels: [email]}
routing: {rules_cover: 50%, right_first_try: 60%, triage: {team: triage, work: 45s}}
teams:
  chat: {channels: {chat: {max: 3}, email: {}}, serves: [chat], wage: 15 EUR/h, agents: 6, shrinkage: {planned: 10%, absence: 20%}}
  mail: {channels: {email: {}, chat: {}}, serves: [email], wage: 15 EUR/h, agents: 3}
  calls: {channels: {phone: {}}, agents: 1}
  triage: {wage: 12 EUR/h, agents: 4}
returns: {after_true: 5%, after_false: 60%, after_human: 10%, retries: {after_abandon: 40%, after_blocked: 20%}}
survey: {response: {bot: 20%, human: 40%}}
costs: {per_contact: {chat: 0.10 EUR}, bot: {per_resolution: 0.99 EUR}, human_contact: 6 EUR}
"#;
    let broken_off =
        [("channels.phone.patience", "{constant: 10m}"), ("teams.t.shifts[1].from", "10:00")];
    let full = [("queues", "{phone: {channels: [phone], capacity: 2, when_full: block}}")];
    let mut all = vec![
        run(everything, &[]),
        run(HAND_BACK, &broken_off),
        run(CUT_OFF, &full),
        run(PAUSES, &[]),
    ];
    all.push(run(HAND_BACK, &[("teams.t.shift_end", "finish")]));
    let slow = [("bot.latency", "4s"), ("bot.patience", "{exponential: 5s}")];
    all.push(summary_of(&load_shipped("induced_demand", &slow), 2));
    for name in ["quickstart", "induced_demand", "knowledge_work", "no_escape_hatch", "time_saved"]
    {
        all.push(summary_of(&load_shipped(name, &[]), 2));
    }
    all
}

#[test]
fn every_metric_is_printed_by_some_scenario() {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for summary in telling() {
        let rows = summary.metrics.iter().filter(|r| r.value != 0.0);
        told.extend(rows.map(|r| r.which.metric.name().to_owned()));
    }
    let metrics = convoq::metric::Metric::ALL.iter();
    let silent: Vec<_> = metrics.filter(|m| !m.is_of_load() && !told.contains(m.name())).collect();
    assert!(silent.is_empty(), "nobody prints {silent:?}");
}

#[test]
fn every_line_of_the_tables_is_printed_by_some_scenario() {
    let pages: String =
        telling().iter().map(|s| report::text(s, &report::TextOptions::default())).collect();
    let source = read("src/report/lines.rs");
    let people = source.split("pub(crate) fn waits()").nth(1).unwrap_or_default();
    let people = people.split("#[cfg(test)]").next().unwrap_or_default();
    let mut lines = 0;
    for call in ["line(", "non_zero("] {
        let labels = people.split(call).skip(1);
        for label in labels.filter_map(|t| t.trim_start().strip_prefix('"')?.split('"').next()) {
            assert!(pages.contains(label), "nobody prints the line {label:?}");
            lines += 1;
        }
    }
    assert!(lines > 40, "the lines were not found: {lines}");
}

#[test]
fn a_log_that_breaks_a_law_says_so_on_top() {
    use convoq::event::Event;
    use convoq::projection::{Everything, Replication};
    let scenario = load(HAND_BACK, &[]);
    let mut events = crate::common::events(&scenario, 1, 0);
    let shift = events.iter_mut().find(|e| matches!(e.event, Event::ShiftStarted { .. }));
    let shift = shift.expect("a shift starts");
    // Back from a break that nobody took, at a time when nobody was at work.
    if let Event::ShiftStarted { agent, .. } = shift.event {
        shift.event = Event::BreakEnded { agent };
    }
    let mut everything = Everything::new(&scenario.header);
    everything.apply_all(&scenario.header, &events);
    let mut pool = Pool::new(&scenario.header, 1);
    pool.add(&Replication::finish(&scenario.header, everything, 0));
    assert!(pool.audit_failed());
    let summary = pool.summary(1, 0.95, String::new());
    assert!(summary.doubt(Severity::Defect).is_some());
    let first = summary.warnings[0].to_string();
    assert!(first.starts_with("AUDIT FAILED"), "{first}");
    assert!(first.contains("time at work is time on the queue or off it"), "{first}");
}
