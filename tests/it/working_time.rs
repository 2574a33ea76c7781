//! Working time: what a shift is, how much of it its agent is on the queue, what is paid
//! of it, and what clocks do to it.

use crate::common::{events, load, summary, value_and_se};
use convoq::doubt::Severity;
use convoq::event::{Closing, Envelope, Event};
use convoq::id::{QueueId, TeamId};
use convoq::planning::{Catalogue, on_duty};
use convoq::run::replicate;
use convoq::scenario::{self, Arrivals, Loaded, Scenario, Volume};
use convoq::time::{SimDuration, SimTime};

const MINUTE: u64 = 60_000_000;

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    let within = (found - expected).abs() <= tolerance * expected.abs().max(1e-9);
    assert!(within, "{what}: {found}, not {expected}");
}

/// A moment of the first day.
fn at(hour: u64, minute: u64) -> SimTime {
    SimTime((hour * 60 + minute) * MINUTE)
}

/// Fifty people with next to no work.
const IDLE: &str = r#"
convoq: 1
name: idle
time: {start: 2026-03-02, days: 1, open: {daily: "08:00-16:00"}}
intents: {call: {work: 1s}}
demand: [{channel: phone, per_day: 10}]
teams: {a: {channels: {phone: {}}, shifts: [{agents: 50, from: "08:00", to: "16:00"}]}}
"#;

/// Agents on the queue: simulated, by `erlang day`, by `solve`.
fn on_the_queue(scenario: &Scenario) -> [f64; 3] {
    let staffed = (0..20).map(|replication| {
        let mut all = convoq::projection::Everything::new(&scenario.header);
        all.apply_all(&scenario.header, &events(scenario, 1, replication));
        all.staffing.totals[0].staffed_us
    });
    let simulated = staffed.sum::<f64>() / 20.0 / (8 * 60 * MINUTE) as f64;
    let formula = on_duty(scenario, QueueId(0), at(8, 0), at(16, 0));
    let catalogue = Catalogue::of_team(scenario, TeamId(0), false);
    let column =
        catalogue.columns.iter().position(|c| (c.start_s, c.end_s) == (8 * 3600, 16 * 3600));
    let mut counts = vec![0; catalogue.columns.len()];
    counts[column.unwrap()] = 50;
    let slots = (16..32).map(|slot| catalogue.on_duty(&counts, 0, slot));
    [simulated, formula, slots.sum::<f64>() / 16.0]
}

#[test]
fn breaks_and_shrinkage_lie_beside_each_other_in_simulation_formula_and_solve() {
    for (pause, shrinkage, expected) in [
        ("30m", "10%", 41.875),
        ("30m", "20%", 36.875),
        ("30m", "30%", 31.875),
        ("60m", "10%", 38.75),
        ("60m", "20%", 33.75),
        ("60m", "30%", 28.75),
    ] {
        for breaks in
            ["[LENGTH]", "[{at: '12:00', for: LENGTH}]", "[15m, LENGTH, {at: '10:30', for: 10m}]"]
        {
            let more_s = if breaks.contains("15m") { 25.0 * 60.0 } else { 0.0 };
            let breaks = breaks.replace("LENGTH", pause);
            let set =
                [("teams.a.shifts[0].breaks", breaks.as_str()), ("teams.a.shrinkage", shrinkage)];
            let expected = expected - 50.0 * more_s / (8.0 * 3600.0);
            for (found, who) in
                on_the_queue(&load(IDLE, &set)).iter().zip(["simulate", "formula", "solve"])
            {
                near(*found, expected, 0.01, &format!("{who} {breaks} {shrinkage}"));
            }
        }
    }
}

#[test]
fn absence_and_lateness_count_by_their_mean() {
    let set = [
        ("teams.a.shrinkage", "{planned: 10%, absence: 20%}"),
        ("teams.a.lateness", "{share: 50%, by: {uniform: {from: 10m, to: 50m}}}"),
    ];
    let found = on_the_queue(&load(IDLE, &set));
    // A quarter of an hour late on average: 31 of 32 parts of the shift.
    let expected = 50.0 * 0.9 * 0.8 * (1.0 - 0.25 / 8.0);
    near(found[0], expected, 0.02, "simulate");
    near(found[1], expected, 1e-9, "formula");
    near(found[2], expected, 1e-9, "solve");
}

#[test]
fn everybody_eats_at_noon() {
    let set = [
        ("teams.a.shifts[0].agents", "10"),
        ("teams.a.shifts[0].breaks", "[{at: '12:00', for: 30m}]"),
        ("teams.a.shrinkage", "30%"),
    ];
    let scenario = load(IDLE, &set);
    let mut lunches = 0;
    for replication in 0..40 {
        let all = events(&scenario, 1, replication);
        let lunch = |e: &&Envelope| {
            e.at == at(12, 0)
                && matches!(e.event, Event::BreakStarted { until, .. } if until == at(12, 30))
        };
        lunches += all.iter().filter(lunch).count();
        assert!(replicate(&scenario, 1, replication).violations.0.is_empty());
    }
    assert_eq!(lunches, 400);
}

#[test]
fn shrinkage_and_breaks_that_fill_the_shift_are_refused_with_the_line() {
    for (breaks, shrinkage, fine) in [
        ("[5h]", "30%", true),
        ("[6h]", "30%", false),
        ("[{at: '09:00', for: 4h}, 2h]", "25%", false),
    ] {
        let text = IDLE.replace("to: \"16:00\"}", &format!("to: \"16:00\", breaks: {breaks}}}"));
        let text = text.replace(
            "channels: {phone: {}},",
            &format!("channels: {{phone: {{}}}}, shrinkage: {shrinkage},"),
        );
        let found = scenario::load(&text, None, &[], &|_| Err(String::new()));
        match found {
            Ok(_) => assert!(fine, "{breaks}"),
            Err(problems) => {
                let text = problems.to_string();
                assert!(!fine && text.contains("E0305"), "{text}");
                assert!(text.contains("lower `shrinkage`"), "{text}");
                assert!(problems.list[0].line == Some(7), "{text}");
            }
        }
    }
}

/// One agent with breaks at 12:00 and 12:35, and contacts given by their times.
fn one_agent(contacts: &str, team: &str) -> Scenario {
    let text = format!(
        r#"
convoq: 1
name: one
time: {{start: 2026-03-02, days: 1}}
intents: {{call: {{work: {{constant: 1h}}}}}}
demand: [{{channel: phone, times: [{contacts}]}}]
teams: {{a: {{channels: {{phone: {{}}}}, wage: 10 EUR/h, shifts: [{{agents: 1, from: "08:00", to: "16:00", breaks: [{{at: "12:00", for: 30m}}, {{at: "12:35", for: 15m}}]}}], {team}}}}}
"#
    );
    load(&text, &[])
}

/// Spans off the queue of the first agent.
fn off_spans(all: &[Envelope]) -> Vec<(SimTime, SimTime)> {
    let (mut spans, mut since) = (Vec::new(), None);
    for e in all {
        match e.event {
            Event::BreakStarted { .. } => since = since.or(Some(e.at)),
            Event::BreakEnded { .. } | Event::ShiftEnded { .. } => {
                spans.extend(since.take().map(|s| (s, e.at)));
            }
            _ => {}
        }
    }
    spans
}

#[test]
fn a_break_that_falls_due_while_the_agent_is_busy_or_off_is_added() {
    // Free: both at their times.
    let free = events(&one_agent("\"mon 08:00\"", "speed: 1"), 1, 0);
    assert_eq!(off_spans(&free), [(at(12, 0), at(12, 30)), (at(12, 35), at(12, 50))]);
    // Busy until 12:20: the first lasts until 12:50, and the second comes on top.
    let late = events(&one_agent("\"mon 11:20\"", "speed: 1"), 1, 0);
    assert_eq!(off_spans(&late), [(at(12, 20), at(13, 5))]);
    // Busy over both.
    let over = events(&one_agent("\"mon 11:45\"", "speed: 1"), 1, 0);
    assert_eq!(off_spans(&over), [(at(12, 45), at(13, 30))]);
}

#[test]
fn what_lies_before_a_late_agent_comes_is_over() {
    let team = "lateness: {share: 100%, by: {constant: 4h15m}}";
    let all = events(&one_agent("\"mon 08:00\"", team), 1, 0);
    let started = all.iter().find(|e| matches!(e.event, Event::ShiftStarted { .. }));
    assert_eq!(started.unwrap().at, at(12, 15));
    // The contact that waits comes first: it takes an hour. Then the rest of the lunch.
    assert_eq!(off_spans(&all), [(at(13, 15), at(13, 45))]);
}

#[test]
fn overtime_is_on_the_queue_and_paid_and_no_share_passes_100_percent() {
    let text = include_str!("../data/cases/06-overtime.yaml");
    let found = summary(&load(text, &[]), 1, 1, 1);
    let value = |metric: &str, definition| value_and_se(&found, metric, definition, None).0;
    assert_eq!(value("occupancy", Some("agent_busy")), 1.0);
    assert_eq!(value("utilisation", None), 1.0);
    assert_eq!(value("paid_hours", None), 2.0);
    assert_eq!(value("overtime_hours", None), 1.0);
    assert_eq!(value("cost", Some("wages")), 20.0);
    // Handed back: no overtime.
    let back = load(text, &[("teams.t.shift_end", "hand_back")]);
    let found = summary(&back, 1, 1, 1);
    assert_eq!(value_and_se(&found, "paid_hours", None, None).0, 1.0);
    assert_eq!(value_and_se(&found, "overtime_hours", None, None).0, 0.0);
}

#[test]
fn whoever_is_free_first_leaves_and_overtime_lasts_until_then() {
    let text = include_str!("../data/cases/08-capacity-drop.yaml");
    let scenario = load(text, &[]);
    let all = events(&scenario, 1, 0);
    let assigned: Vec<SimTime> =
        all.iter().filter(|e| matches!(e.event, Event::Assigned { .. })).map(|e| e.at).collect();
    assert_eq!(assigned, [at(9, 0), at(9, 1), at(9, 2), at(9, 8)]);
    let found = summary(&scenario, 1, 1, 1);
    let value = |metric: &str, definition| value_and_se(&found, metric, definition, None).0;
    // Two leave at 09:06 and 09:07 for 09:04, the third at 09:14 for 09:10.
    near(value("overtime_hours", None), (2.0 + 3.0 + 4.0) / 60.0, 1e-9, "overtime");
    near(value("paid_hours", None), (4.0 + 4.0 + 10.0 + 9.0) / 60.0, 1e-9, "paid");
    near(value("occupancy", Some("agent_busy")), 24.0 / 27.0, 1e-9, "occupancy");
    assert!(value("utilisation", None) <= 1.0);
}

#[test]
fn whoever_is_still_busy_when_the_next_duty_begins_goes_on_in_it() {
    let text = "
convoq: 1
name: next-duty
time: {start: 2026-03-02, days: 1, interval: 1h}
intents: {q: {work: {constant: 5h}}}
demand: [{channel: phone, times: ['mon 08:10']}]
teams: {t: {channels: {phone: {}}, shifts: [{agents_by_interval: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]}]}}
";
    for rule in ["finish", "first_free"] {
        let found = summary(&load(text, &[("teams.t.shift_end", rule)]), 1, 1, 1);
        let value = |metric: &str| value_and_se(&found, metric, None, None).0;
        let sound = found.doubt(Severity::Defect).is_none();
        assert!(sound, "{rule}: {:?}", found.warnings);
        // Duties 8 to 9 and 10 to 11; between them and until 13:10 overtime.
        near(value("overtime_hours"), 3.0 + 1.0 / 6.0, 1e-9, rule);
        near(value("paid_hours"), 5.0 + 1.0 / 6.0, 1e-9, rule);
    }
}

#[test]
fn a_night_shift_is_one_piece_that_belongs_to_the_day_on_which_it_begins() {
    let text = include_str!("../data/cases/11-night-shift.yaml");
    let found = summary(&load(text, &[]), 1, 1, 1);
    let value = |metric: &str| value_and_se(&found, metric, None, None).0;
    assert_eq!((value("answered"), value("abandoned"), value("paid_hours")), (5.0, 2.0, 40.0));
    // Every night: the one before the run ends in it, the last one ends after it.
    let daily = load(text, &[("teams.t.shifts[0].days", "daily")]);
    let found = summary(&daily, 1, 1, 1);
    let value = |metric: &str| value_and_se(&found, metric, None, None).0;
    assert_eq!((value("answered"), value("abandoned"), value("paid_hours")), (7.0, 0.0, 56.0));
    // A break after midnight is a break of the night.
    let set = [("teams.t.shifts[0].breaks", "[{at: '02:50', for: 30m}]")];
    let found = summary(&load(text, &set), 1, 1, 1);
    assert_eq!(value_and_se(&found, "abandoned", None, None).0, 2.0);
    assert_eq!(value_and_se(&found, "asa_s", None, None).0, 20.0 * 60.0);
}

/// Waits of the contacts of a scenario, most agents at once, paid hours.
fn night(text: &str, rule: &str) -> (Vec<u64>, usize, f64) {
    let scenario = load(text, &[("teams.t.shift_end", rule)]);
    let all = events(&scenario, 1, 0);
    let (mut queued, mut waits) = (std::collections::BTreeMap::new(), Vec::new());
    let (mut there, mut most) = (std::collections::BTreeSet::new(), 0);
    for e in &all {
        match e.event {
            Event::Queued { .. } => _ = queued.insert(e.conversation.0, e.at),
            Event::Assigned { .. } => {
                waits.push(e.at.since(queued[&e.conversation.0]).0 / 1_000_000);
            }
            Event::ShiftStarted { agent, .. } => _ = there.insert(agent),
            Event::ShiftEnded { agent } => _ = there.remove(&agent),
            _ => {}
        }
        most = most.max(there.len());
    }
    let found = summary(&scenario, 1, 1, 1);
    (waits, most, value_and_se(&found, "paid_hours", None, None).0)
}

#[test]
fn at_midnight_the_same_person_goes_on() {
    let split = include_str!("../data/cases/21-night-shift-split.yaml");
    let all_day = include_str!("../data/cases/20-midnight-24h.yaml");
    for rule in ["finish", "hand_back", "first_free"] {
        assert_eq!(night(split, rule), (vec![0, 900], 1, 16.0), "{rule}");
        assert_eq!(night(all_day, rule), (vec![0, 900], 1, 48.0), "{rule}");
    }
    // Of three in the evening and two in the morning two go on.
    let set = [("teams.t.shifts[0].agents", "3"), ("teams.t.shifts[1].agents", "2")];
    let scenario = load(split, &set);
    let lengths: Vec<f64> = (scenario.agents.iter())
        .map(|a| a.duties[0].span.end.since(a.duties[0].span.start).as_s() / 3600.0)
        .collect();
    assert_eq!(lengths, [8.0, 8.0, 2.0]);
    // Three shifts of eight hours are three shifts.
    let shifts =
        "[{agents: 1, from: '16:00', to: '24:00'}, {agents: 1, from: '00:00', to: '08:00'}]";
    assert_eq!(load(split, &[("teams.t.shifts", shifts)]).agents.len(), 2);
}

#[test]
fn a_fault_keeps_its_share_away_exactly_and_only_while_it_acts() {
    let text = include_str!("../data/cases/56-abs.yaml");
    let all = events(&load(text, &[]), 1, 0);
    // Busy until 10:49: the fault of 10:00 to 10:10 has no effect on the agent.
    assert!(off_spans(&all).is_empty(), "{:?}", off_spans(&all));
    let closing = all.iter().find(|e| matches!(e.event, Event::AgentClosing { .. }));
    assert_eq!(closing.map(|e| e.at), Some(at(10, 0)));
    assert!(all.iter().any(|e| e.at == at(10, 10) && matches!(e.event, Event::BreakEnded { .. })));
    // Whoever is done at 10:05 is away for what is left of it.
    let short = events(&load(text, &[("intents.a.work", "6m")]), 1, 0);
    assert_eq!(off_spans(&short), [(at(10, 5), at(10, 10))]);
    for (agents, share, away) in
        [("6", "50%", 3), ("6", "40%", 2), ("5", "50%", 3), ("7", "100%", 7)]
    {
        let set = [
            ("teams.t.agents", agents),
            ("faults[0].agents_absent.share", share),
            ("demand[0].times", "[\"2026-03-02 08:30\"]"),
        ];
        let scenario = load(text, &set);
        for replication in 0..30 {
            let all = events(&scenario, 1, replication);
            let gone = all.iter().filter(|e| matches!(e.event, Event::BreakStarted { .. }));
            assert_eq!(gone.count(), away, "{agents} {share}");
        }
    }
}

#[test]
fn a_duty_that_follows_at_once_keeps_what_is_left_of_a_break() {
    let text = r#"
convoq: 1
name: on
time: {start: 2026-03-02, days: 2}
intents: {call: {work: {constant: 1h}}}
demand: [{channel: phone, times: ["mon 23:00"]}]
teams: {a: {channels: {phone: {}}, shifts: [{agents: 1, from: "00:00", to: "24:00", breaks: [{at: "23:15", for: 30m}]}]}}
"#;
    let all = events(&load(text, &[]), 1, 0);
    assert_eq!(off_spans(&all)[0], (SimTime(24 * 60 * MINUTE), SimTime((24 * 60 + 30) * MINUTE)));
    let breaks =
        |e: &&Envelope| matches!(e.event, Event::AgentClosing { then: Closing::Break(_), .. });
    assert!(all.iter().any(|e| breaks(&e)));
}

/// Contacts by interval of the run's day: `(start in hours, mean)`.
fn pieces(scenario: &Scenario) -> Vec<(f64, f64)> {
    let Arrivals::Intervals { pieces, .. } = &scenario.sources[0].arrivals else {
        return Vec::new();
    };
    let mean = |v: Volume| match v {
        Volume::Expected(mean) => mean,
        Volume::Given(n) => f64::from(n),
    };
    let each = pieces.iter();
    each.map(|p| (p.span.start.as_s() / 3600.0, mean(p.volume))).collect()
}

#[test]
fn on_nights_of_a_clock_change_each_real_half_hour_has_its_share() {
    let shares: Vec<String> = (0..48)
        .map(|n| {
            if n < 4 {
                ".02"
            } else if n < 8 {
                ".04"
            } else {
                ".019"
            }
            .to_owned()
        })
        .collect();
    let profile = format!("{{shares: [{}]}}", shares.join(", "));
    let demand = format!("[{{channel: chat, per_day: 9600, profile: {profile}}}]");
    let text = include_str!("../data/cases/60-dst.yaml");
    // 02:00 and 02:30 are missing; the real hour after 01:59 is 03:00.
    let spring = pieces(&load(text, &[("demand", &demand)]));
    assert_eq!(spring.len(), 46);
    for (start, mean) in [(1.5, 192.0), (2.0, 384.0), (2.5, 384.0), (3.0, 182.4)] {
        let found = spring.iter().find(|p| p.0 == start).unwrap();
        near(found.1, mean, 1e-9, "spring");
    }
    near(spring.iter().map(|p| p.1).sum(), 9600.0 * 0.92, 1e-9, "spring in all");
    // 02:00 and 02:30 come twice.
    let set = [("demand", demand.as_str()), ("time.start", "2026-10-25")];
    let autumn = pieces(&load(text, &set));
    assert_eq!(autumn.len(), 50);
    assert!(autumn.windows(2).all(|w| w[0].0 < w[1].0));
    for start in [2.0, 2.5, 3.0, 3.5] {
        near(autumn.iter().find(|p| p.0 == start).unwrap().1, 384.0, 1e-9, "autumn");
    }
    near(autumn.iter().map(|p| p.1).sum(), 9600.0 * 1.08, 1e-9, "autumn in all");
    // An ordinary day has all of it, and shifts of the night last what they last.
    let set = [("demand", demand.as_str()), ("time.start", "2026-03-28")];
    near(pieces(&load(text, &set)).iter().map(|p| p.1).sum(), 9600.0, 1e-9, "ordinary");
    let night = "[{agents: 1, from: '22:00', to: '06:00', days: daily}]";
    let set = [("teams.t.shifts", night), ("time.start", "2026-03-28"), ("time.days", "2")];
    let scenario = load(text, &set);
    let duty = &scenario.agents[0].duties[1];
    near(duty.span.end.since(duty.span.start).as_s() / 3600.0, 7.0, 1e-9, "the short night");
    let columns = Catalogue::of_team(&scenario, TeamId(0), false).columns;
    assert!(columns.iter().all(|c| (c.start_s, c.end_s) == (22 * 3600, 30 * 3600)), "{columns:?}");
}

/// A scenario of phone calls with a source of demand and a file `f.csv`.
fn from_csv(time: &str, demand: &str, csv: &str) -> Loaded {
    let text = format!(
        "
convoq: 1
name: csv
time: {time}
intents: {{call: {{work: 1s}}}}
demand: [{{channel: phone, {demand}}}]
channels: {{phone: {{patience: 1h}}}}
teams: {{a: {{channels: {{phone: {{}}}}, agents: 1}}}}
"
    );
    let file = |_: &str| Ok(csv.to_owned());
    match scenario::load(&text, None, &[], &file) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{problems}"),
    }
}

/// The warnings of a code.
fn told(loaded: &Loaded, code: &str) -> Vec<String> {
    let mine = loaded.warnings.iter().filter(|w| w.code == code);
    mine.map(|w| w.message.clone()).collect()
}

#[test]
fn hours_of_a_file_that_clocks_skip_or_show_twice_are_told() {
    let counts = "counts: {csv: f.csv, time: t, count: n, interval: 30m}";
    let autumn = "{start: 2026-10-25, days: 1, zone: Europe/Berlin}";
    // Both times of the hour, in order.
    let rows = "t,n\n2026-10-25 01:30,1\n2026-10-25 02:00,2\n2026-10-25 02:30,3\n2026-10-25 02:00,4\n2026-10-25 02:30,5\n2026-10-25 03:00,6\n";
    let loaded = from_csv(autumn, counts, rows);
    let expected: Vec<(f64, f64)> =
        vec![(1.5, 1.0), (2.0, 2.0), (2.5, 3.0), (3.0, 4.0), (3.5, 5.0), (4.0, 6.0)];
    assert_eq!(pieces(&loaded.scenario), expected);
    let words = told(&loaded, "W0601");
    assert!(
        words[0].contains("line 3")
            && words[0].contains("2 rows of such times are read as the first, 2 as the second"),
        "{words:?}"
    );
    // The hour once: read as the first, and told.
    let once = from_csv(
        autumn,
        counts,
        "t,n\n2026-10-25 02:00,2\n2026-10-25 02:30,3\n2026-10-25 03:00,6\n",
    );
    assert_eq!(pieces(&once.scenario), [(2.0, 2.0), (2.5, 3.0), (4.0, 6.0)]);
    assert!(told(&once, "W0601")[0].contains("0 as the second"));
    // An offset leaves no doubt.
    let plain = from_csv(autumn, counts, "t,n\n2026-10-25T02:00:00+01:00,2\n");
    assert_eq!(pieces(&plain.scenario), [(3.0, 2.0)]);
    assert!(told(&plain, "W0601").is_empty());
    // An hour that does not exist.
    let spring = "{start: 2026-03-29, days: 1, zone: Europe/Berlin}";
    let times = "times: {csv: f.csv, time: t}";
    let skipped =
        from_csv(spring, times, "t\n2026-03-29 01:50\n2026-03-29 02:10\n2026-03-29 02:20\n");
    let words = told(&skipped, "W0601");
    assert!(
        words[0].contains("line 3")
            && words[0].contains("does not exist")
            && words[0].contains("one more row"),
        "{words:?}"
    );
    // The same rows on a day outside of the run are nobody's matter.
    let other = "{start: 2026-03-30, days: 1, zone: Europe/Berlin}";
    let fine = from_csv(other, times, "t\n2026-03-29 02:10\n2026-03-30 02:10\n");
    assert!(told(&fine, "W0601").is_empty());
}

#[test]
fn a_log_of_tickets_is_told_by_its_rows_and_filtered_by_them() {
    let log = "t,event\n2026-03-02 08:00,created\n2026-03-02 08:05,closed\n2026-03-02 09:00,created\n2026-05-02 09:00,created\n";
    let time = "{start: 2026-03-02, days: 1}";
    let count = |loaded: &Loaded| match &loaded.scenario.sources[0].arrivals {
        Arrivals::Recorded { times, .. } => times.len(),
        _ => 0,
    };
    let all = from_csv(time, "times: {csv: f.csv, time: t}", log);
    assert_eq!(count(&all), 3);
    assert_eq!(
        told(&all, "W0602"),
        ["`f.csv`: 4 rows read, 3 of them in the run, 1 outside of it"]
    );
    let created = from_csv(time, "times: {csv: f.csv, time: t, rows: {event: created}}", log);
    assert_eq!(count(&created), 2);
}

#[test]
fn on_a_closed_day_nobody_comes_unless_the_day_is_named() {
    let profile = "profile: {shares: [0, .5, .5, 0]}";
    let time = "{start: 2026-03-02, days: 7, open: {mon-fri: \"08:00-16:00\"}}";
    let volume = |demand: &str| {
        let loaded = from_csv(time, demand, "");
        pieces(&loaded.scenario).iter().map(|p| p.1).sum::<f64>()
    };
    near(volume(&format!("per_day: 100, {profile}")), 500.0, 1e-9, "profile");
    near(volume("per_day: 100"), 500.0, 1e-9, "even");
    let list = format!("per_day: 100, {profile}, weekday: [1, 1, 1, 1, 2]");
    near(volume(&list), 600.0, 1e-9, "five factors");
    let named = format!("per_day: 100, {profile}, weekday: {{sat: 0.3}}");
    near(volume(&named), 530.0, 1e-9, "saturday by name");
    let date = format!("per_day: 100, {profile}, special_days: {{2026-03-08: 0.5}}");
    near(volume(&date), 550.0, 1e-9, "sunday by date");
}

#[test]
fn a_shift_that_has_ended_is_paid_once_and_not_for_the_drain() {
    let set = [
        ("time.drain", "4h"),
        ("time.open", "{daily: \"08:00-24:00\"}"),
        ("teams.a.shifts[0].to", "24:00"),
    ];
    let scenario = load(IDLE, &set);
    assert_eq!(Catalogue::hours_now(&scenario, TeamId(0)), 50.0 * 16.0);
    let found = summary(&scenario, 1, 1, 1);
    assert_eq!(value_and_se(&found, "paid_hours", None, None).0, 800.0);
    assert_eq!(
        scenario.agents[0].duties[0].left_at(scenario.horizon, scenario.end),
        scenario.horizon + SimDuration(4 * 60 * MINUTE)
    );
}

#[test]
fn a_headcount_is_there_as_often_as_clocks_show_its_hour() {
    let curve = |hours: &str, start: &str| {
        let set = [
            ("teams.t.shifts", &*format!("[{{agents_by_interval: [{hours}], interval: 1h}}]")),
            ("time.start", start),
        ];
        let text = include_str!("../data/cases/60-dst.yaml");
        let scenario = load(text, &set);
        let each = scenario.agents.iter().flat_map(|a| &a.duties);
        each.map(|d| d.span.end.since(d.span.start).as_s() / 3600.0).collect::<Vec<_>>()
    };
    let all = vec!["1"; 24].join(", ");
    assert_eq!(curve(&all, "2026-03-29"), [23.0]);
    assert_eq!(curve(&all, "2026-10-25"), [25.0]);
    // From two to four: an hour in spring, three in autumn.
    let four = "0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0";
    assert_eq!(curve(four, "2026-03-29"), [1.0]);
    assert_eq!(curve(four, "2026-10-25"), [3.0]);
}
