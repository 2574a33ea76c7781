//! The grid by interval, day and week: its sums are those of the summary, and what it says
//! of days is what the events say.

use crate::common::{convoq, convoq_in, events, load, load_shipped, program, stdout};
use convoq::domain::Grain;
use convoq::event::Event;
use convoq::experiment::{Grid, GridColumn, GridRow, MetricRow, Pool, Summary};
use convoq::metric::{Definition, Metric};
use convoq::run::replicate;
use convoq::scenario::Scenario;
use std::collections::BTreeMap;

/// Days around the clock with a bot whose customers think for half an hour, so that some
/// come to the queue when all days are over.
const LATE: [(&str, &str); 9] = [
    ("time.drain", "2h"),
    ("time.start", "2026-03-06"),
    ("time.days", "4"),
    ("time.open", "{daily: \"00:00-24:00\"}"),
    ("teams.support.shifts[0].from", "00:00"),
    ("teams.support.shifts[0].to", "12:00"),
    ("teams.support.shifts[1].from", "12:00"),
    ("teams.support.shifts[1].to", "24:00"),
    ("bot.think", "30m"),
];

/// A phone queue around the clock whose days are sometimes good and sometimes not.
const DAYS: &str = "\
convoq: 1
name: days
time: {start: 2026-03-06, days: 4}
intents: {call: {work: {exponential: 4m}}}
demand: [{channel: phone, per_day: 1440}]
channels: {phone: {open: {daily: \"00:00-24:00\"}, patience: {exponential: 2m}}}
teams: {a: {channels: {phone: {}}, agents: 6}}
targets: [\"service_level(queue=phone, within=20s) >= 85%\"]
";

fn pool(scenario: &Scenario, replications: u32) -> Pool<'_> {
    let mut pool = Pool::new(&scenario.header, replications);
    for number in 0..replications {
        pool.add(&replicate(scenario, 1, number));
    }
    pool
}

fn sum(grid: &Grid, queue: &str, of: impl Fn(&GridRow) -> Option<f64>) -> f64 {
    let rows = grid.rows.iter().filter(|r| r.queue.as_deref() == Some(queue));
    rows.filter_map(of).sum()
}

fn row<'s>(
    summary: &'s Summary,
    metric: Metric,
    definition: Option<Definition>,
    queue: &str,
) -> &'s MetricRow {
    let found = summary.metrics.iter().find(|r| {
        let which = &r.which;
        (which.metric, which.definition) == (metric, definition)
            && which.queue.as_deref() == Some(queue)
            && which.segment.is_none()
    });
    found.unwrap_or_else(|| panic!("no {metric:?} of {queue}"))
}

/// Numerators and denominators of the grid add up to those of the summary, by whatever
/// stretch of time: counts to the digit, sums of seconds to what their order allows.
#[test]
fn the_grid_adds_up_to_the_summary() {
    let mut came_late = false;
    for (set, replications) in [(&LATE[..], 3), (&[("time.warm_up", "2h")][..], 2)] {
        let scenario = load_shipped("quickstart", set);
        let pool = pool(&scenario, replications);
        let summary = pool.summary(1, 0.95, String::new());
        let queue = scenario.header.queues[0].name.as_str();
        for by in Grain::ALL {
            let grid = pool.grid(by, 0.95);
            came_late |= grid.rows.iter().any(|r| r.start == "later");
            let numerator = |c: GridColumn| sum(&grid, queue, |r| r.figure(c).numerator);
            let denominator = |c: GridColumn| sum(&grid, queue, |r| r.figure(c).denominator);
            for (column, metric) in
                [(GridColumn::Offered, Metric::Offered), (GridColumn::Answered, Metric::Answered)]
            {
                let whole = row(&summary, metric, None, queue).value * f64::from(replications);
                assert_eq!(numerator(column), whole.round(), "{by:?} {column:?}");
            }
            for (column, metric, definition) in [
                (GridColumn::ServiceLevel, Metric::ServiceLevel, Some(Definition::SL3)),
                (GridColumn::AbandonmentRate, Metric::AbandonmentRate, Some(Definition::True)),
                (GridColumn::Asa, Metric::Asa, None),
            ] {
                let row = row(&summary, metric, definition, queue);
                let (num, den) = (row.numerator.unwrap(), row.denominator.unwrap());
                assert!((numerator(column) - num).abs() <= 1e-9 * num, "{by:?} {column:?}");
                assert_eq!(denominator(column), den, "{by:?} {column:?}");
                if column != GridColumn::Asa {
                    assert_eq!(numerator(column), num, "{by:?} {column:?}");
                }
            }
            let lost = numerator(GridColumn::Abandoned);
            assert_eq!(lost, numerator(GridColumn::AbandonmentRate), "{by:?}");
        }
    }
    assert!(came_late, "nobody joined after the last interval, so its row is not tested");
}

/// Of each day of a replication: answered within 20 s, and all that count for SL3.
fn days_of_events(scenario: &Scenario, replication: u32) -> BTreeMap<usize, (f64, f64)> {
    let starts = &scenario.header.day_starts;
    let mut joined = BTreeMap::new();
    let mut days: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let all = events(scenario, 1, replication);
    let end = all.last().expect("has events").at;
    let mut count = |since, until: convoq::time::SimTime, answered: bool, over: bool| {
        let in_time = until.since(since).as_s() <= 20.0;
        let day = starts.partition_point(|start| *start <= since) - 1;
        let sums = days.entry(day).or_default();
        sums.0 += f64::from(u8::from(answered && in_time));
        sums.1 += f64::from(u8::from(over || !in_time));
    };
    for env in &all {
        match env.event {
            Event::Queued { .. } => drop(joined.insert(env.slot, env.at)),
            Event::Assigned { .. } | Event::Abandoned { .. } => {
                let answered = matches!(env.event, Event::Assigned { .. });
                let since = joined.remove(&env.slot).expect("has joined");
                count(since, env.at, answered, true);
            }
            _ => {}
        }
    }
    for since in joined.into_values() {
        count(since, end, false, false);
    }
    days
}

#[test]
fn the_share_of_good_days_is_that_of_the_events() {
    let (scenario, replications) = (load(DAYS, &[]), 12);
    let grid = pool(&scenario, replications).grid(Grain::Day, 0.95);
    let mut good = [0.0; 4];
    let mut in_time = [0.0; 4];
    for replication in 0..replications {
        for (day, (num, den)) in days_of_events(&scenario, replication) {
            good[day] += f64::from(u8::from(num / den >= 0.85));
            in_time[day] += num;
        }
    }
    assert!(good.iter().any(|g| *g > 0.0) && good.iter().any(|g| *g < 12.0), "{good:?}");
    let rows: Vec<&GridRow> = grid.rows.iter().filter(|r| r.queue.is_some()).collect();
    assert_eq!(rows.len(), 4);
    for (day, row) in rows.iter().enumerate() {
        let held = row.figure(GridColumn::TargetHeld);
        assert_eq!(held.numerator, Some(good[day]), "{}", row.start);
        assert_eq!(held.denominator, Some(f64::from(replications)), "{}", row.start);
        let ci = convoq::experiment::clopper_pearson(good[day], 12.0, 0.95);
        assert_eq!(held.ci, Some(ci), "{}", row.start);
        assert_eq!(row.figure(GridColumn::ServiceLevel).numerator, Some(in_time[day]));
    }
}

/// The band of a cell is the one of the same numbers as a metric of one short run.
#[test]
fn the_interval_of_a_day_is_that_of_the_metric() {
    let scenario = load(DAYS, &[("time.days", "1")]);
    let pool = pool(&scenario, 6);
    let summary = pool.summary(1, 0.95, String::new());
    let level = row(&summary, Metric::ServiceLevel, Some(Definition::SL3), "phone");
    let day = pool.grid(Grain::Day, 0.95);
    let cell = day.rows[0].figure(GridColumn::ServiceLevel);
    let [low, high] = cell.ci.expect("has an interval");
    let [wanted_low, wanted_high] = level.ci.expect("has an interval");
    assert!((low - wanted_low).abs() < 1e-9 && (high - wanted_high).abs() < 1e-9);
    let offered = row(&summary, Metric::Offered, None, "phone");
    let cell = day.rows[0].figure(GridColumn::Offered).ci.expect("has an interval");
    assert!((cell[0] - offered.ci.expect("has an interval")[0]).abs() < 1e-9);
}

#[test]
fn the_plan_is_that_of_erlang_day() {
    let line = ["simulate", "scenarios/quickstart.yaml", "-n", "2", "--log", "none", "-q"];
    let grid = [&line[..], &["--by", "interval", "--format", "json"]].concat();
    let grid: serde_json::Value = serde_json::from_str(&stdout(&convoq(&grid))).unwrap();
    let day = convoq(&["erlang", "day", "scenarios/quickstart.yaml", "--format", "json"]);
    let day: serde_json::Value = serde_json::from_str(&stdout(&day)).unwrap();
    let mut compared = 0;
    for need in day["intervals"].as_array().unwrap() {
        let rows = grid["rows"].as_array().unwrap();
        let row = rows.iter().find(|r| r["start"] == need["start"] && r["queue"] == "chat");
        let row = row.expect("has the interval");
        let required = row["required"]["value"].as_f64().unwrap();
        let hour: u32 = need["start"].as_str().unwrap()[11..13].parse().unwrap();
        if hour < 20 {
            assert_eq!(Some(required), need["needed"].as_f64(), "{row}");
            let scheduled = if (12..16).contains(&hour) { 10.0 } else { 5.0 };
            assert_eq!(row["scheduled"]["value"], scheduled, "{row}");
            let there = row["on_queue"]["value"].as_f64().unwrap();
            let net = row["net"]["value"].as_f64().unwrap();
            assert!((net - (there - required)).abs() < 1e-9, "{row}");
            compared += 1;
        } else {
            assert_eq!(required, 0.0, "the channel is closed: {row}");
        }
    }
    assert_eq!(compared, 24);
}

#[test]
fn the_grid_fits_a_terminal_and_is_the_same_from_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::canonicalize("scenarios/quickstart.yaml").unwrap();
    std::fs::copy(file, folder.path().join("q.yaml")).unwrap();
    let run = ["simulate", "q.yaml", "-n", "3", "-q", "--out", "run", "--by", "day"];
    let simulated = stdout(&convoq_in(folder.path(), &run));
    let report = convoq_in(folder.path(), &["report", "run", "-q", "--by", "day"]);
    assert_eq!(simulated, stdout(&report));
    assert!(simulated.contains("chat  in time: within 1m, target 80.0%"), "{simulated}");
    assert!(simulated.contains("  Mon 2026-03-02 "), "{simulated}");
    for by in ["interval", "day", "week"] {
        let text = stdout(&convoq_in(folder.path(), &["report", "run", "-q", "--by", by]));
        assert!(!text.contains('\u{1b}'));
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{by}: {line}");
        }
        let csv = convoq_in(folder.path(), &["report", "run", "-q", "--by", by, "--format", "csv"]);
        let csv = stdout(&csv);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let heads = reader.headers().unwrap().clone();
        assert!(heads.iter().any(|h| h == "service_level_high"), "{heads:?}");
        assert!(reader.records().all(|r| r.unwrap().get(0) == Some(by)));
    }
    let two = convoq_in(folder.path(), &["report", "run", "run", "--by", "day"]);
    assert_eq!(two.status.code(), Some(2));
    let narrow = program()
        .args(["report", "run", "-q"])
        .env("COLUMNS", "80")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let narrow = stdout(&narrow);
    assert!(narrow.contains("THE DAY") && narrow.contains("SINGLE"), "{narrow}");
    for line in narrow.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
