//! `convoq forecast`: what comes back of series whose law is known, and of a real one.

use crate::common::{convoq_in, stderr, stdout};
use convoq::forecast::{Ask, Forecast, History, Method, forecast};
use flate2::read::GzDecoder;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, date};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

/// Uniform numbers from a seed: the tests need no more than that they look random.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A Poisson number, by the normal law.
    fn count(&mut self, mean: f64) -> f64 {
        (mean + mean.sqrt() * self.normal()).round().max(0.0)
    }
}

/// Mean of a made-up day: weekdays differ, Sundays are closed, bills come at the month's end.
fn mean_of(day: Date, growth_per_week: f64) -> f64 {
    let weekday =
        [1.3, 1.1, 1.0, 0.95, 1.0, 0.4, 0.0][day.weekday().to_monday_zero_offset() as usize];
    let month = f64::from(day.day()) / f64::from(day.days_in_month());
    let bills = 1.0 + 0.15 * (std::f64::consts::TAU * month).cos();
    let weeks = f64::from(date(2025, 1, 6).until(day).unwrap().get_days()) / 7.0;
    4000.0 * weekday * bills * (1.0 + growth_per_week).powf(weeks)
}

/// Counts by half hour from 08:00 to 18:00: a morning peak.
fn made_up(days: i64, growth_per_week: f64, busy_cv: f64, seed: u64) -> Vec<(DateTime, f64)> {
    let mut noise = Noise(seed);
    let mut rows = Vec::new();
    for day in date(2025, 1, 6).series(1.day()).take(days as usize) {
        let factor = (busy_cv * noise.normal()).exp();
        for slot in 0..20_i8 {
            let share = (1.0 + (-((f64::from(slot) - 5.0) / 4.0).powi(2)).exp()) / 27.0;
            let at = day.at(8 + slot / 2, slot % 2 * 30, 0, 0);
            let mean = mean_of(day, growth_per_week) * share * factor;
            if mean > 0.0 {
                rows.push((at, noise.count(mean)));
            }
        }
    }
    rows
}

fn ask(weeks: u32) -> Ask {
    Ask { weeks, closed: Default::default() }
}

/// Errors of totals of days by their sum, and the share of them in their intervals, against
/// what comes after the history.
fn against(found: &Forecast, came: &BTreeMap<Date, f64>) -> (f64, f64) {
    let (mut off, mut all, mut held, mut days) = (0.0, 0.0, 0.0, 0.0);
    for day in &found.days {
        let Some(total) = came.get(&day.date) else { continue };
        off += (day.total - total).abs();
        all += total;
        held += f64::from(u8::from((day.interval[0]..=day.interval[1]).contains(total)));
        days += 1.0;
    }
    (off / all, held / days)
}

fn totals(rows: &[(DateTime, f64)]) -> BTreeMap<Date, f64> {
    let mut totals = BTreeMap::new();
    rows.iter().for_each(|(at, count)| *totals.entry(at.date()).or_insert(0.0) += count);
    totals
}

#[test]
fn a_series_of_known_law_comes_back_and_its_intervals_hold() {
    let (mut held, mut runs) = (0.0, 0.0);
    for seed in 1..=6 {
        let rows = made_up(30 * 7, 0.0, 0.04, seed);
        let (known, later) =
            rows.split_at(rows.iter().filter(|r| r.0.date() < date(2025, 6, 23)).count());
        let history = History::of(known, None).unwrap();
        assert_eq!((history.step_s, history.next_date()), (1800, date(2025, 6, 22)));
        let found = forecast(&history, &ask(6));
        assert_eq!(found.method, Method::Regression, "seed {seed}");
        assert!(found.days.iter().all(|d| d.date.weekday() != jiff::civil::Weekday::Sunday));
        let mean: BTreeMap<Date, f64> =
            found.days.iter().map(|d| (d.date, mean_of(d.date, 0.0))).collect();
        // Days differ by 4 % among themselves; their mean is known better than that.
        let (off, _) = against(&found, &mean);
        assert!(off < 0.03, "seed {seed}: {off}");
        let (_, share) = against(&found, &totals(later));
        held += share;
        runs += 1.0;
        assert!((0.03..0.08).contains(&found.day_cv), "seed {seed}: {}", found.day_cv);
    }
    let coverage = held / runs;
    assert!((0.83..=0.97).contains(&coverage), "{coverage} of the days in their 90 % intervals");
}

#[test]
fn growth_is_found_and_followed() {
    let rows = made_up(40 * 7, 0.02, 0.01, 9);
    let known: Vec<_> = rows.iter().filter(|r| r.0.date() < date(2025, 9, 1)).copied().collect();
    let found = forecast(&History::of(&known, None).unwrap(), &ask(4));
    assert!(found.terms.trend, "{:?}", found.terms);
    let mean = found.days.iter().map(|d| (d.date, mean_of(d.date, 0.02))).collect();
    let (off, _) = against(&found, &mean);
    assert!(off < 0.04, "{off}");
}

#[test]
fn what_repeats_exactly_is_left_to_the_plain_method_or_met_exactly() {
    let mut rows = Vec::new();
    for day in date(2025, 1, 6).series(1.day()).take(140) {
        let weekday = f64::from(day.weekday().to_monday_zero_offset());
        (8..18)
            .for_each(|hour| rows.push((day.at(hour, 0, 0, 0), 10.0 + weekday * f64::from(hour))));
    }
    let found = forecast(&History::of(&rows, None).unwrap(), &ask(2));
    assert_eq!(found.method, Method::LastWeek, "nothing beats what is exact");
    assert_eq!(found.regression_is_best(), Some(false));
    for row in &found.intervals {
        let weekday = f64::from(row.start.date().weekday().to_monday_zero_offset());
        assert_eq!(row.count, 10.0 + weekday * f64::from(row.start.hour()));
    }
}

#[test]
fn special_days_are_named_and_days_that_will_be_closed_are_left_out() {
    let mut rows = made_up(20 * 7, 0.0, 0.02, 4);
    let storm = date(2025, 3, 12);
    rows.iter_mut().filter(|r| r.0.date() == storm).for_each(|r| r.1 *= 2.0);
    rows.retain(|r| r.0.date() != date(2025, 4, 21));
    let history = History::of(&rows, None).unwrap();
    assert_eq!(history.closed(), [date(2025, 4, 21)]);
    let holiday = history.next_date().saturating_add(4.days());
    let found = forecast(&history, &Ask { weeks: 2, closed: [holiday].into() });
    let [(day, ratio)] = found.special[..] else { panic!("{:?}", found.special) };
    assert_eq!(day, storm);
    assert!((1.8..2.2).contains(&ratio), "{ratio}");
    assert!(found.days.iter().all(|d| d.date != holiday));
    assert_eq!(found.days.len(), 11);
}

/// Rows as a file of counts.
fn csv(rows: &[(DateTime, f64)]) -> String {
    let mut text = "at,calls\n".to_owned();
    rows.iter()
        .for_each(|(at, n)| writeln!(text, "{},{n}", at.strftime("%Y-%m-%d %H:%M")).unwrap());
    text
}

#[test]
fn the_file_it_writes_is_the_demand_of_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("was.csv"), csv(&made_up(12 * 7, 0.0, 0.03, 2))).unwrap();
    let args = ["forecast", "was.csv", "--weeks", "2", "--out", "counts.csv", "--format", "json"];
    let done = convoq_in(place, &args);
    assert!(done.status.success(), "{}", stderr(&done));
    let found: Value = serde_json::from_str(&stdout(&done)).unwrap();
    let expected: f64 =
        found["days"].as_array().unwrap().iter().map(|d| d["contacts"].as_f64().unwrap()).sum();
    let scenario = "convoq: 1\nname: next\ntime: {start: 2025-03-31, days: 14, zone: UTC, open: {daily: \"08:00-18:00\"}}\nintents: {call: {work: 2m}}\ndemand: [{channel: phone, counts: {csv: counts.csv, time: interval_start, count: contacts}}]\nteams: {a: {channels: {phone: {}}, agents: 40}}\n";
    std::fs::write(place.join("next.yaml"), scenario).unwrap();
    let checked = convoq_in(place, &["check", "next.yaml"]);
    assert!(checked.status.success(), "{}", stderr(&checked));
    let text = stdout(&checked);
    let said = text.lines().find(|l| l.contains("expected,")).expect(&text);
    let number: String =
        said.split(':').nth(1).unwrap().chars().filter(char::is_ascii_digit).collect();
    let number: f64 = number.parse().unwrap();
    assert!((number - expected).abs() < 2.0, "{said}, and {expected} forecast");
}

#[test]
fn a_run_is_a_source_as_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let scenario = "convoq: 1\nname: was\ntime: {start: 2026-01-05, days: 28, zone: Europe/Berlin, interval: 30m, open: {mon-fri: \"08:00-18:00\"}}\nintents: {call: {work: 2m}}\ndemand: [{channel: phone, per_day: 300}]\nteams: {a: {channels: {phone: {}}, agents: 6}}\n";
    std::fs::write(place.join("was.yaml"), scenario).unwrap();
    let run = convoq_in(place, &["simulate", "was.yaml", "-n", "1", "--out", "run"]);
    assert!(run.status.success(), "{}", stderr(&run));
    let done = convoq_in(place, &["forecast", "run", "--weeks", "1", "--format", "json"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let found: Value = serde_json::from_str(&stdout(&done)).unwrap();
    let days = found["days"].as_array().unwrap();
    let dates: Vec<&str> = days.iter().map(|d| d["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05", "2026-02-06"]);
    let total: f64 = days.iter().map(|d| d["contacts"].as_f64().unwrap()).sum();
    assert!((1350.0..1650.0).contains(&total), "{total}");
    assert_eq!(found["intervals"][0]["interval_start"], "2026-02-02 08:00");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let good = csv(&made_up(21, 0.0, 0.0, 1));
    std::fs::write(place.join("good.csv"), &good).unwrap();
    std::fs::write(
        place.join("bad.csv"),
        good.replacen("2025-01-06 08:30", "06.01.2025 8:30", 1).replacen("09:00,", "09:00,x", 1),
    )
    .unwrap();
    std::fs::write(place.join("short.csv"), csv(&made_up(9, 0.0, 0.0, 1))).unwrap();
    std::fs::write(place.join("three.csv"), "at,queue,n\n2026-01-01,a,1\n").unwrap();
    std::fs::write(place.join("zero.csv"), "at,n\n2026-01-01,0\n2026-03-01,0\n").unwrap();
    std::fs::write(place.join("utc.csv"), "at,n\n2026-01-01T00:00:00Z,0\n").unwrap();
    let closed = ["good.csv", "--closed", "2025-01-10"];
    for (args, wanted) in [
        (&["bad.csv"][..], "`bad.csv` line 3: `06.01.2025 8:30` is not a time"),
        (&["bad.csv"], "line 4: `x"),
        (&["short.csv"], "are too few"),
        (&["three.csv"], "which of its 3 columns?"),
        (&["three.csv", "--time", "when"], "there is no column `when`"),
        (&["good.csv", "--rows", "queue=a"], "there is no column `queue`"),
        (&["zero.csv"], "no count is above zero"),
        (&["utc.csv"], "has an offset"),
        (&["good.csv", "--interval", "7m"], "does not divide a day"),
        (&closed, "the forecast begins on 2025-01-26"),
        (&["nowhere.csv"], "cannot be read"),
        (&["good.csv", "--channel", "chat"], "--channel is for runs"),
    ] {
        let done = convoq_in(place, &[&["forecast", "--out", "no.csv"], args].concat());
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", stderr(&done));
        assert!(stderr(&done).contains(wanted), "{args:?}: {}", stderr(&done));
        assert!(!place.join("no.csv").exists(), "{args:?}");
    }
}

/// Rows of the bank's calls by five minutes, where they are.
fn bank() -> Option<Vec<(DateTime, f64)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/truth/data/bank_calls_2003-03..07.csv.gz");
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let row = |line: &str| {
        let (at, count) = line.split_once(',').unwrap();
        (at.parse().unwrap(), count.parse().unwrap())
    };
    Some(text.lines().skip(1).map(row).collect())
}

/// The place of a time in its week.
fn weekly(at: DateTime) -> (i8, jiff::civil::Time) {
    (at.weekday().to_monday_zero_offset(), at.time())
}

#[test]
fn six_weeks_of_a_bank_are_forecast_better_than_by_the_last_week() {
    let Some(rows) = bank() else {
        eprintln!("skipped: ../shared/truth/data is not there");
        return;
    };
    let from = date(2003, 6, 20);
    let (known, later): (Vec<_>, Vec<_>) = rows.iter().copied().partition(|r| r.0.date() < from);
    let history = History::of(&known, None).unwrap();
    let found = forecast(&history, &ask(6));
    let came: BTreeMap<DateTime, f64> = later.iter().copied().collect();
    let last: BTreeMap<_, _> = known.iter().map(|(at, n)| (weekly(*at), *n)).collect();
    let (mut off, mut naive, mut all, mut held, mut count) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in &found.intervals {
        let Some(calls) = came.get(&row.start) else { continue };
        off += (row.count - calls).abs();
        naive += (last[&weekly(row.start)] - calls).abs();
        all += calls;
        held += f64::from(u8::from((row.interval[0]..=row.interval[1]).contains(calls)));
        count += 1.0;
    }
    let (wmape, naive, coverage) = (off / all, naive / all, held / count);
    let (of_days, days_held) = against(&found, &totals(&later));
    println!(
        "{:?}: wMAPE {wmape:.4} (last week {naive:.4}), coverage {coverage:.4}; days {of_days:.4}, {days_held:.3}",
        found.method
    );
    assert!(count > 4500.0, "{count} intervals");
    assert!(wmape < 0.9 * naive, "wMAPE {wmape}, that of the last week {naive}");
    assert!((0.85..=0.95).contains(&coverage), "{coverage} of the counts in their 90 % intervals");
}
