//! Words and numbers that mean something else than they seem to: each is understood as
//! it is meant, or refused with what to write instead.

use crate::common;
use crate::common::{convoq, stderr};
use convoq::domain::Dimension;
use convoq::report::{TextOptions, text};
use convoq::scenario::{self, Loaded, Problems};

const DESK: &str = "convoq: 1
name: desk
time: {start: 2026-03-02, days: 1, open: {daily: \"08:00-16:00\"}}
intents: {help: {work: 4m30s}}
demand:
  - {name: calls, channel: phone, per_day: 600}
channels: {phone: {patience: 4m}}
bot: {accept: 25%}
teams:
  desk: {channels: {phone: {}}, agents: 8, wage: 14 EUR/h}
targets: [\"abandonment_rate(queue=phone) <= 5%\"]
variants:
  busy: {set: {\"demand[0].per_day\": +20%, teams.desk.agents: +1}}
";

fn files(name: &str) -> Result<String, String> {
    let text = match name {
        "minutes.csv" => "aht\n4.5\n5.5\n",
        "clock.csv" => "aht\r\n0:04:30\r\n5m30s\r\n",
        "short.csv" => "aht\r\n0:04:30\r\n4:30\r\n",
        "comma.csv" => "aht;team\n4,5;a\n",
        "split.csv" => "aht\n4,5\n",
        _ => return Err("no such file".to_owned()),
    };
    Ok(text.to_owned())
}

fn try_load(text: &str, variant: Option<&str>, set: &[(&str, &str)]) -> Result<Loaded, Problems> {
    let set: Vec<_> = set.iter().map(|(p, v)| (p.to_string(), v.to_string())).collect();
    scenario::load(text, variant, &set, &files)
}

fn value(pointer: &str, variant: Option<&str>, set: &[(&str, &str)]) -> serde_json::Value {
    match try_load(DESK, variant, set) {
        Ok(loaded) => loaded.expanded.pointer(pointer).unwrap().clone(),
        Err(problems) => panic!("{set:?}: {problems}"),
    }
}

/// What is said, errors or warnings: everything in one text.
fn said(text: &str, set: &[(&str, &str)]) -> String {
    match try_load(text, None, set) {
        Ok(loaded) => {
            let shown =
                loaded.warnings.iter().map(|w| w.render("desk", &scenario::SourceLines::of(text)));
            shown.collect()
        }
        Err(problems) => problems.to_string(),
    }
}

/// Writes a scenario for the command line.
fn file(name: &str, text: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("words-{name}.yaml"));
    std::fs::write(&path, text).expect("can be written");
    path.display().to_string()
}

#[test]
fn a_fifth_more_is_a_fifth_more_wherever_it_is_said() {
    let per_day = "/demand/0/per_day";
    assert_eq!(value(per_day, None, &[("demand[0].per_day", "+20%")]), 720);
    assert_eq!(value(per_day, None, &[("demand[0].per_day", "-10%")]), 540);
    assert_eq!(value(per_day, None, &[("demand[0].per_day", "*1.2")]), 720);
    assert_eq!(value(per_day, None, &[("demand[0].per_day", "+20")]), 620);
    assert_eq!(value(per_day, Some("busy"), &[]), 720);
    assert_eq!(value("/teams/desk/agents", Some("busy"), &[]), 9);
    let work = value("/intents/help/work", None, &[("intents.help.work", "-50%")]);
    assert_eq!(work, "2m15s");
    let wage = value("/teams/desk/wage", None, &[("teams.desk.wage", "+10%")]);
    assert_eq!(wage, "15.4 EUR/h");
    let path = file("relative", DESK);
    let vary = "demand[0].per_day=+10%,+20%";
    let sweep = [
        "sweep",
        &path,
        "--vary",
        vary,
        "-n",
        "1",
        "--no-cache",
        "-q",
        "--metric",
        "arrivals",
        "--format",
        "csv",
    ];
    let output = convoq(&sweep);
    let rows = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let known: f64 = value(per_day, None, &[]).as_f64().unwrap();
    let got: Vec<f64> = column(&rows, "value");
    assert!(got.iter().all(|v| *v > known + 5.0), "{rows}");
}

/// The numbers of a column of CSV text whose head begins so.
fn column(text: &str, head: &str) -> Vec<f64> {
    let mut lines = text.lines().map(|l| l.split(',').collect::<Vec<_>>());
    let heads = lines.next().unwrap_or_default();
    let at = heads.iter().position(|h| h.trim_matches('"').starts_with(head));
    let at = at.unwrap_or_else(|| panic!("{heads:?}"));
    lines.map(|l| l[at].parse().unwrap()).collect()
}

#[test]
fn a_percentage_of_a_share_is_refused_with_both_meanings() {
    let refused = said(DESK, &[("bot.accept", "+20%")]);
    assert!(refused.contains("`+20 points`") && refused.contains("`*1.2`"), "{refused}");
    assert_eq!(value("/bot/accept", None, &[("bot.accept", "+20 points")]), "45%");
    assert_eq!(value("/bot/accept", None, &[("bot.accept", "*1.2")]), "30%");
    let rounded = said(DESK, &[("teams.desk.agents", "+10%")]);
    assert!(rounded.contains("W0801") && rounded.contains("8.8, taken as 9"), "{rounded}");
    let lost = said(DESK, &[("teams.desk.agents", "+5%")]);
    assert!(lost.contains("E0803") && lost.contains("8.4"), "{lost}");
    let unset = said(DESK, &[("intents.help.wrap_up", "+0")]);
    assert!(unset.contains("nothing is set"), "{unset}");
    assert!(!unset.contains("a law has one name"), "{unset}");
}

#[test]
fn a_bound_outside_the_scale_of_its_metric_is_refused_everywhere() {
    for (target, help) in [
        ("abandonment_rate <= 5", "say `5%`"),
        ("service_level(queue=phone) >= 80", "say `80%`"),
        ("service_level(queue=phone) >= 180%", "0%` to `100%"),
        ("probability(service_level(queue=phone) >= 80%) >= 95", "say `95%`"),
        ("abandonment_rate <= NaN%", "is not a value"),
        ("abandonment_rate <= inf", "is not a value"),
        ("abandonment_rate <= inf%", "is not a value"),
        ("abandonment_rate <= 30s", "`80%` or `0.8`"),
        ("asa_s <= 20%", "`90s` or `2m`"),
        ("asa_s <= -3", "never is"),
        ("cost <= -1 EUR", "`6 EUR`"),
        ("cost <= 5 USD", "one currency"),
        ("paid_hours(team=desk) <= 40h", "write `40`"),
        ("ces >= 8", "from 1 to 7"),
        ("occupancy <= 85%", "`occupancy(team=NAME)`"),
        ("aht_s <= 5m", "`aht_s(party=human)`"),
        ("occupancy(queue=phone) <= 85%", "team, party"),
        ("backlog <= 5", "`backlog(queue=NAME)`"),
    ] {
        let list = format!("[\"{target}\"]");
        let told = said(DESK, &[("targets", &list)]);
        assert!(told.contains("error[E0") && told.contains(help), "{target}: {told}");
    }
    for target in [
        "abandonment_rate <= 5%",
        "abandonment_rate <= 0.05",
        "occupancy(team=desk) <= 85%",
        "wait_s(queue=phone).p90 <= 2m",
        "asa_s <= 20",
        "cost_per_contact <= 6 EUR",
        "nps >= -20",
        "roi >= 300%",
    ] {
        let list = format!("[\"{target}\"]");
        assert!(!said(DESK, &[("targets", &list)]).contains("error"), "{target}");
    }
    let path = file("bounds", DESK);
    for (command, option) in [("solve", "abandonment_rate <= 5"), ("solve", "occupancy <= 85%")] {
        let output = convoq(&[command, &path, "--until", option]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    }
    let erlang = ["erlang", "a", "--calls", "240/h", "--aht", "5m", "--patience", "3m"];
    let output = convoq(&[&erlang[..], &["--until", "abandonment_rate <= 5"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("say `5%`"), "{}", stderr(&output));
}

#[test]
fn metrics_know_what_they_are_measured_of() {
    let summary = common::summary(&common::load_shipped("b2c_retail_week", &[]), 1, 2, 1);
    for row in &summary.metrics {
        let along = row.which.metric.facts().along;
        let all = Dimension::ALL.into_iter();
        let named: Vec<_> = all.filter(|by| row.which.of_one(*by).is_some()).collect();
        for by in &named {
            let metric = row.which.metric.name();
            assert!(along.by.contains(by), "{metric} is measured by {}", by.name());
        }
        let whole = along.of.is_empty() || along.of.iter().any(|d| named.contains(d));
        assert!(whole, "{} is also measured of {named:?}", row.which.metric.name());
    }
}

#[test]
fn lengths_of_time_in_a_file_have_a_unit() {
    let law = |file: &str, unit: &str| format!("{{empirical: {{csv: {file}, column: aht{unit}}}}}");
    let mean = |file: &str, unit: &str| {
        let set = [("intents.help.work", law(file, unit))];
        let set: Vec<(&str, &str)> = set.iter().map(|(p, v)| (*p, v.as_str())).collect();
        try_load(DESK, None, &set).map(|l| l.scenario.intents[0].work.mean_s())
    };
    assert_eq!(mean("minutes.csv", ", unit: min").unwrap(), 300.0);
    assert_eq!(mean("minutes.csv", ", unit: s").unwrap(), 5.0);
    assert_eq!(mean("clock.csv", "").unwrap(), 300.0);
    for (file, unit, help) in [
        ("minutes.csv", "", "`unit: min`"),
        ("short.csv", "", "line 3"),
        ("short.csv", "", "`0:4:30`"),
        ("comma.csv", ", unit: min", "`4.5`"),
        ("split.csv", ", unit: min", "a decimal comma"),
    ] {
        let problems = mean(file, unit).unwrap_err().to_string();
        assert!(problems.contains(help), "{file}: {problems}");
    }
    let inline = said(DESK, &[("intents.help.work", "{empirical: [4.5, 5.5]}")]);
    assert!(inline.contains("`4.5m` for minutes"), "{inline}");
}

#[test]
fn factors_that_are_percentages_without_their_sign_are_refused() {
    for (path, value, help) in [
        ("intents.help.work", "{lognormal: {mean: 5m, cv: 100}}", "say `100%`"),
        ("intents.help.work", "{gamma: {mean: 5m, cv: 80}}", "say `80%`"),
        ("intents.help.work", "{lognormal: {median: 5m, sigma: 120}}", "at most 5"),
        ("demand[0].busyness_cv", "15", "say `15%`"),
        ("demand[0].weekday", "[110, 100]", "say `110%`"),
        ("teams.desk.speed", "110", "say `110%`"),
        ("teams.desk.speed_cv", "20", "say `20%`"),
    ] {
        let told = said(DESK, &[(path, value)]);
        assert!(told.contains("error") && told.contains(help), "{path}: {told}");
    }
}

#[test]
fn separators_of_thousands_and_decimals_are_named_as_the_cause() {
    let written = |number: &str| DESK.replace("per_day: 600", &format!("per_day: {number}"));
    for (number, code, help) in [
        ("40,000", "E0101", "for 40000 write `40000`"),
        ("600,5", "E0101", "write `600.5`"),
        ("\"40,000\"", "E0102", "`40000`"),
        ("1.200.000", "E0102", "`1200000`"),
        ("1.200", "W0603", "for 1200 write `1200`"),
    ] {
        let told = said(&written(number), &[]);
        assert!(told.contains(code) && told.contains(help), "{number}: {told}");
    }
    assert_eq!(said(&written("1.2"), &[]), "");
    let set = said(DESK, &[("demand[0].per_day", "1.200")]);
    assert!(set.contains("W0603"), "{set}");
    let counts = "{interval: 12h, shares: [120, 480]}";
    let told = said(DESK, &[("demand[0].profile", counts)]);
    assert!(told.contains("these are counts") && told.contains("`counts: {values"), "{told}");
    assert_eq!(told.matches("error[").count(), 1, "{told}");
}

#[test]
fn one_slip_is_told_once_and_with_advice() {
    let open = said(DESK, &[("time.open", "{daily: 8am-8pm}")]);
    assert_eq!(open.matches("error[").count(), 1, "{open}");
    for (zone, help) in [
        ("GMT+2", "`Etc/GMT-2` is 2 hours ahead"),
        ("UTC-3", "`Etc/GMT+3` is 3 hours behind"),
        ("PST", "`America/Los_Angeles`"),
        ("EST", "has no summer time"),
    ] {
        let told = said(DESK, &[("time.zone", zone)]);
        assert!(told.contains(help), "{zone}: {told}");
    }
    let gone = said(DESK, &[("self_service", "{suppressed: 10%, suppression: 15m}")]);
    assert!(gone.contains("never changed a result"), "{gone}");
}

#[test]
fn lines_are_those_of_the_file_whatever_ends_them() {
    let wrong = DESK.replace("2026-03-02", "02.03.2026");
    let lines = |text: &str| try_load(text, None, &[]).unwrap_err().list[0].line;
    assert_eq!(lines(&wrong), Some(3));
    assert_eq!(lines(&wrong.replace('\n', "\r\n")), Some(3));
}

#[test]
fn what_takes_long_or_cannot_be_written_is_told_before_it_runs() {
    let path = file("huge", DESK);
    let huge = ["--set", "demand[0].per_day=1e9"];
    let check = convoq(&["check", &path, huge[0], huge[1]]);
    let text = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(text.contains("GB of memory") && text.contains("asks for --yes"), "{text}");
    assert!(!stderr(&check).contains("nobody is on duty"), "{}", stderr(&check));
    let run = convoq(&["simulate", &path, huge[0], huge[1], "--log", "none"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("give --yes"), "{}", stderr(&run));
    for command in ["simulate", "compare"] {
        let none = convoq(&[command, &path, "-n", "0"]);
        assert_eq!(none.status.code(), Some(2));
        assert!(stderr(&none).contains("give 1 or more"), "{}", stderr(&none));
    }
    let lost = convoq(&["simulate", &path, "--report", "/nonexist/x.html"]);
    assert_eq!(lost.status.code(), Some(2));
    assert!(lost.stdout.is_empty(), "nothing has run");
    assert!(stderr(&lost).contains("its folder does not exist"), "{}", stderr(&lost));
}

/// Labels, titles and heads of columns of the tables of a text report.
fn terms_of(page: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for line in page.lines() {
        let parts: Vec<&str> = line.split("  ").map(str::trim).filter(|p| !p.is_empty()).collect();
        let Some(first) = parts.first() else { continue };
        let shouted = first.chars().any(char::is_alphabetic)
            && first.split(',').next().is_some_and(|t| t.to_uppercase() == t);
        if shouted && !line.starts_with(' ') && !line.starts_with("WARNING") {
            terms.extend(parts.iter().map(|p| p.to_lowercase()));
        } else if let Some((label, _)) = first.split_once(" ..").or(first.split_once(" . ")) {
            terms.push(label.trim_end_matches(" .").to_lowercase());
        } else if line.starts_with("  ") && first.ends_with(" .") {
            terms.push(first.trim_end_matches([' ', '.']).to_lowercase());
        }
    }
    terms
}

#[test]
fn explain_knows_every_label_title_and_column_of_a_report() {
    let mut terms = std::collections::BTreeSet::new();
    for name in ["b2c_retail_week", "night_and_day", "quickstart", "social_care"] {
        let scenario = common::load_shipped(name, &[]);
        let page = text(&common::summary(&scenario, 1, 2, 1), &TextOptions::default());
        let header = &scenario.header;
        let queues = header.queues.iter().map(|q| q.name.as_str());
        let teams = header.teams.iter().map(|t| t.name.as_str());
        let segments = header.segments.iter().map(String::as_str);
        let own: Vec<&str> = queues.chain(teams).chain(segments).collect();
        let tally = |term: &str| term.contains('✓') || term.contains('✗') || term.contains('?');
        let all = terms_of(&page).into_iter();
        terms.extend(all.filter(|t| !own.contains(&t.as_str()) && !tally(t)));
    }
    assert!(terms.len() > 40, "{terms:?}");
    let heads =
        ["shrinkage", "targets", "steady state", "waiting", "erlang a", "agent_busy", "SL3"];
    let columns = ["simulated", "undecided", "5% point"].map(str::to_owned);
    let unknown: Vec<String> = terms
        .into_iter()
        .chain(heads.map(str::to_owned))
        .chain(columns)
        .filter(|term| convoq(&["explain", term]).status.code() != Some(0))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn what_explain_calls_below_is_below() {
    let explained = |term: &str| String::from_utf8(convoq(&["explain", term]).stdout).unwrap();
    for term in ["service_level", "SL5"] {
        assert!(explained(term).contains("| SL8 |"), "{term}");
    }
    assert!(explained("occupancy").contains("`workload`"));
    assert!(explained("shrinkage").contains("shift"));
    assert!(explained("targets").contains("*met*"));
}
