//! How well numbers are known: precision on request, too few replications, steady state,
//! and intervals that hold as often as they say.

use crate::common::{load, per_replication, summary};
use crate::log::runs::{convoq, scenario, stderr, stdout, tree};
use convoq::doubt::Doubt;
use convoq::experiment::{Pool, Precision, Summary, t_quantile};
use convoq::log::{Manifest, RunState, Totals};
use convoq::run::{Plan, replicate, replicate_until};
use convoq::scenario::Scenario;
use serde_json::Value;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;

/// A day of some forty contacts on more agents than it ever needs: M/M/infinity.
const DAY: &str = "\
convoq: 1
name: mm-infinity
time: {start: 2026-03-02, days: 1, drain: 3h}
demand: [{channel: phone, rate: {per_hour: 1.6666666666666667}}]
intents: {call: {work: {exponential: {mean: 5m}}, human_solves: 100%}}
channels: {phone: {patience: {exponential: {mean: 1000h}}}}
teams: {all: {channels: {phone: {}}, agents: 20}}
";

fn with_targets(targets: &str) -> Scenario {
    load(&format!("{DAY}targets: {targets}\n"), &[])
}

fn precision(text: &str) -> Precision {
    text.parse().unwrap()
}

fn until(scenario: &Scenario, asked: &str, most: u32, threads: u32) -> Summary {
    let plan = Plan {
        seed: 3,
        replications: NonZeroU32::new(most).unwrap(),
        threads: NonZeroU32::new(threads).unwrap(),
    };
    let rule = precision(asked);
    let stop = AtomicBool::new(false);
    let pool = replicate_until(scenario, plan, Some((rule, 0.95)), None, &stop, |_| {});
    let mut found = pool.summary(3, 0.95, String::new());
    found.precision = Some(pool.precision(&rule, 0.95));
    found
}

#[test]
fn a_precision_is_read_as_it_is_written_and_wrong_ones_say_what_is_right() {
    for text in ["1%", "0.5pt", "2%,1pt", "7%"] {
        assert_eq!(precision(text).to_string(), text);
    }
    assert_eq!(precision(" 2 % , 1 pt ").to_string(), "2%,1pt");
    for (text, help) in [
        ("1", "has no unit"),
        ("", "has no unit"),
        ("0%", "above 0"),
        ("100%", "below 100"),
        ("50pt", "below 50"),
        ("-1%", "above 0"),
        ("nan%", "above 0"),
        ("1%,2%", "twice"),
        ("1pt,x", "has no unit"),
    ] {
        let error = text.parse::<Precision>().unwrap_err();
        assert!(error.contains(help), "{text}: {error}");
    }
    // Shares in points, all else relative: 2 % of the truth is 2/102 of the estimate.
    let wanted = |text: &str, unit: &str| precision(text).wanted(-51.0, unit);
    assert_eq!(wanted("2%", "ratio"), Some(0.02));
    assert_eq!(wanted("2%,0.5pt", "ratio"), Some(0.005));
    assert_eq!(wanted("2%", "s"), Some(1.0));
    assert_eq!(wanted("2pt", "s"), None);
}

#[test]
fn the_rule_looks_at_20_and_half_as_many_again() {
    let looks = |most| Precision::looks(most).collect::<Vec<_>>();
    assert_eq!(looks(200), [20, 30, 45, 68, 102, 153, 200]);
    assert_eq!(looks(30), [20, 30]);
    assert_eq!(looks(7), [7]);
    assert_eq!(looks(u32::MAX).last(), Some(&u32::MAX));
}

#[test]
fn it_stops_at_the_first_look_at_which_every_number_is_known_well_enough() {
    let scenario =
        with_targets(r#"["arrivals >= 1", "aht_s(queue=phone, definition=queue) <= 1h"]"#);
    let found = until(&scenario, "4%", 1000, 2);
    let n = found.replications;
    let looks: Vec<u32> = Precision::looks(1000).take_while(|l| *l <= n).collect();
    assert!(looks.len() > 2 && looks.last() == Some(&n), "stopped at {n}");
    let counts = per_replication(&scenario, 3, n, "arrivals", None);
    for look in looks {
        let days = &counts[..look as usize];
        let (k, mean) = (f64::from(look), days.iter().sum::<f64>() / f64::from(look));
        let variance = days.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (k - 1.0);
        // Two numbers share the 5 %.
        let half = t_quantile(k - 1.0, 1.0 - 0.05 / 2.0 / 2.0) * (variance / k).sqrt();
        let mut pool = Pool::new(&scenario.header, 1000);
        (0..look).for_each(|r| pool.add(&replicate(&scenario, 3, r)));
        let said = pool.precision(&precision("4%"), 0.95);
        assert_eq!(said.metrics.len(), 2);
        let row = said.metrics.iter().find(|m| m.metric == "arrivals").unwrap();
        assert!((row.half_width / half - 1.0).abs() < 1e-9, "at {look}");
        assert!((row.wanted / (0.04 / 1.04 * mean) - 1.0).abs() < 1e-12);
        let all = said.metrics.iter().all(|m| m.half_width <= m.wanted);
        assert_eq!((said.reached, all), (look == n, look == n), "at {look}");
        assert_eq!(pool.is_precise(&precision("4%"), 0.95), look == n);
    }
}

#[test]
fn the_run_is_that_of_as_many_replications_whatever_the_threads() {
    let scenario = with_targets(r#"["arrivals >= 1"]"#);
    let mut runs = [1, 2, 5].map(|threads| until(&scenario, "4%", 500, threads));
    let n = runs[0].replications;
    assert!(n > 20 && n < 500, "{n}");
    let plain = serde_json::to_string(&summary(&scenario, 3, n, 2)).unwrap();
    for run in &mut runs {
        assert_eq!(run.precision.take().map(|p| p.metrics.len()), Some(1));
        assert!(serde_json::to_string(run).unwrap() == plain);
    }
}

#[test]
fn without_targets_the_usual_numbers_are_looked_at() {
    let found = until(&load(DAY, &[]), "8%", 20, 1).precision.unwrap();
    let mut names: Vec<_> = found.metrics.iter().map(|m| m.metric.as_str()).collect();
    names.sort_unstable();
    let expected = ["abandonment_rate", "asa_s", "service_level(queue=phone)"];
    assert_eq!(names, expected);
}

#[test]
fn a_target_on_single_days_is_judged_by_the_exact_binomial_law() {
    let scenario = with_targets(
        r#"["probability(arrivals >= 36) >= 50%", "probability(arrivals >= 36) >= 99%", "probability(arrivals >= 36) >= 76%", "arrivals >= 40"]"#,
    );
    let found = summary(&scenario, 3, 40, 2);
    let days = per_replication(&scenario, 3, 40, "arrivals", None);
    let good = days.iter().filter(|d| **d >= 36.0).count() as f64;
    let ci = convoq::experiment::clopper_pearson(good, 40.0, 0.95);
    for row in &found.targets[..3] {
        assert_eq!((row.value, row.ci), (Some(good / 40.0), Some(ci)));
    }
    use convoq::experiment::Verdict::{Met, Missed, Undecided};
    let verdicts: Vec<_> = found.targets.iter().map(|t| t.verdict).collect();
    assert_eq!(verdicts, [Met, Missed, Undecided, Undecided]);
    assert!(found.warnings.contains(&Doubt::Undecided));
}

#[test]
fn too_few_allowed_is_said_and_what_it_would_take_is_foretold() {
    let scenario = with_targets(r#"["arrivals >= 1"]"#);
    let found = until(&scenario, "1%", 25, 2).precision.unwrap();
    assert_eq!((found.reached, found.replications), (false, 25));
    assert!(found.warning().unwrap().to_string().contains("not reached with 25"));
    // Poisson counts of 40: sqrt(1/40) of the mean, so (1.96 sqrt(1/40) 1.01/0.01)^2 = 980 days.
    let needed = found.needed(10_000);
    assert!((500..=1900).contains(&needed), "{needed}");
    // Of a count there are no points: nothing to look at, and no use in going on.
    let none = until(&scenario, "1pt", 500, 2);
    let found = none.precision.unwrap();
    assert_eq!((none.replications, found.metrics.len()), (20, 0));
    assert!(!found.reached && found.warning().unwrap().to_string().contains("applies to nothing"));
}

#[test]
fn a_probability_and_a_share_that_never_varied_are_not_called_certain() {
    let scenario = with_targets(
        r#"["probability(arrivals >= 30) >= 90%", "abandonment_rate <= 5%", "abandonment_rate < 9%"]"#,
    );
    let found = until(&scenario, "5%", 45, 2).precision.unwrap();
    let names: Vec<_> = found.metrics.iter().map(|m| m.metric.as_str()).collect();
    assert_eq!(names, ["probability(arrivals >= 30)", "abandonment_rate"]);
    // Nobody of some 45 x 40 contacts left: not 0 either way, but the interval of Wilson.
    let none_left = &found.metrics[1];
    assert_eq!(none_left.value, 0.0);
    assert!(none_left.half_width > 0.001 && none_left.half_width < 0.005);
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_run_with_a_precision_is_kept_reported_and_completed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let file = scenario("quickstart");
    let base = ["simulate", &file, "--set", "demand[0].per_day=60", "-q"];
    let as_json = ["--format", "json"];
    let asked = ["--precision", "2.5%", "--log", "full", "--out", "asked"];
    let ran = convoq(place, &[&base[..], &asked, &as_json].concat());
    assert!(matches!(ran.status.code(), Some(0 | 99)), "{}", stderr(&ran));
    let mut said = json(&ran.stdout);
    let n = said["replications"].as_u64().unwrap();
    assert!(n > 20, "{n}");
    assert_eq!(said["precision"]["reached"], true);
    assert_eq!(said["precision"]["replications"], n);

    // The same numbers and the same tables as with -n.
    let count = n.to_string();
    let fixed = ["-n", &count, "--log", "full", "--out", "fixed"];
    let mut plain = json(&convoq(place, &[&base[..], &fixed, &as_json].concat()).stdout);
    assert!(plain["precision"].is_null());
    said["precision"] = Value::Null;
    plain["precision"] = Value::Null;
    assert!(said == plain);
    let tables = |run: &str| tree(&place.join(run).join("reports"));
    assert!(!tables("asked").is_empty() && tables("asked") == tables("fixed"));
    let diff = convoq(place, &["log", "diff", "asked", "fixed"]);
    assert!(diff.status.success(), "{}", stdout(&diff));

    let told = convoq(place, &["report", "asked", "--format", "json", "-q"]);
    assert_eq!(told.stdout, ran.stdout);
    let text = stdout(&convoq(place, &["report", "asked", "-q"]));
    assert!(text.contains(&format!("reached: yes, at {n} replications")), "{text}");
    assert!(text.contains("--precision 2.5% --seed 1 -n 10000"), "{text}");

    // As if its writer had died: it is completed to the same bytes.
    let whole = tree(&place.join("asked"));
    let mut manifest = Manifest::read(&place.join("asked")).unwrap();
    assert_eq!((u64::from(manifest.planned), manifest.precision.as_deref()), (n, Some("2.5%")));
    manifest.planned = 10_000;
    manifest.state = RunState::Running;
    manifest.totals = Totals::default();
    manifest.partitions = Vec::new();
    manifest.tables = Vec::new();
    manifest.write(&place.join("asked")).unwrap();
    let recovered = convoq(place, &["log", "recover", "asked"]);
    assert!(recovered.status.success(), "{}", stderr(&recovered));
    assert!(tree(&place.join("asked")) == whole);
}

#[test]
fn a_wrong_precision_is_refused_and_an_unreached_one_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let refused = convoq(folder.path(), &["simulate", &file, "--precision", "1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("`1pt`"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let args = ["simulate", &file, "--precision", "0.01%", "-n", "22", "--log", "none"];
    let short = convoq(folder.path(), &args);
    let page = stdout(&short);
    assert!(page.starts_with("WARNING  the precision of 0.01% is not reached"), "{page}");
    assert!(page.contains("reached: NO, at 22 replications"), "{page}");
}

#[test]
fn what_too_few_replications_cannot_say_is_said_to_be_too_few() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let run = |n: &str, more: &[&str]| {
        let args = ["simulate", &file, "-n", n, "--log", "none", "-q"];
        stdout(&convoq(folder.path(), &[&args[..], more].concat()))
    };
    let page = folder.path().join("few.html");
    let few = run("19", &["--report", page.to_str().unwrap()]);
    let block =
        "SINGLE DAYS\n  5%, 50% and 95% points . n too small (20 replications are needed)\n";
    assert!(few.contains(block), "{few}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("<h2>Single days</h2>") && page.contains("n too small"));
    let markdown = run("19", &["--format", "markdown"]);
    assert!(markdown.contains("## Single days") && markdown.contains("n too small"));

    // The points need 20 replications, the intervals of the outer ones 72.
    for (n, outer) in [("20", false), ("71", false), ("72", true)] {
        let text = run(n, &[]);
        assert!(text.contains("SINGLE DAYS"), "{text}");
        assert_eq!(text.contains("[n too small]"), !outer, "{n}\n{text}");
        let rows = json(run(n, &["--format", "json"]).as_bytes());
        let rows = rows["metrics"].as_array().unwrap().clone();
        let row = rows.iter().find(|r| r["metric"] == "arrivals").unwrap();
        assert!(row["spread"].is_array());
        assert_eq!(row["spread_ci"][0].is_array(), outer, "{n}");
        assert!(row["spread_ci"][1].is_array());
        assert_eq!(row["spread_ci"][2].is_array(), outer, "{n}");
    }
}

#[test]
fn a_percentile_beyond_the_longest_of_all_is_no_number() {
    // Some 40 contacts: p95 exists, p99 would be the longest of all.
    let scenario = with_targets(r#"["aht_s(party=human).p99 <= 1h"]"#);
    let found = summary(&scenario, 3, 1, 1);
    let row = |stat: &str| {
        let mut rows = found.metrics.iter();
        let row = rows.find(|r| {
            r.which.metric.name() == "aht_s" && r.which.stat.map(|s| s.name()) == Some(stat)
        });
        row.map(|r| (r.value.is_finite(), r.note)).unwrap()
    };
    assert_eq!(row("p95"), (true, None));
    assert_eq!(row("p99"), (false, Some("n too small")));
    assert_eq!(row("max"), (true, None));
    let text = convoq::report::text(&found, &Default::default());
    assert!(!text.contains("NaN") && text.contains("- not measured"), "{text}");
    let lines = convoq::report::csv(&found);
    assert!(!lines.contains("NaN"));
}

/// One queue whose load is 95 % of its agents': it takes a day to settle.
fn busy(days: u32, warm_up: &str) -> Scenario {
    let text = format!(
        "\
convoq: 1
name: busy
time: {{start: 2026-03-02, days: {days}, warm_up: {warm_up}}}
demand: [{{channel: phone, rate: {{per_hour: 57}}}}]
intents: {{call: {{work: {{exponential: {{mean: 10m}}}}, human_solves: 100%}}}}
channels: {{phone: {{patience: {{exponential: {{mean: 1000h}}}}}}}}
teams: {{all: {{channels: {{phone: {{}}}}, agents: 10}}}}
"
    );
    load(&text, &[])
}

#[test]
fn a_warm_up_that_is_too_short_is_told_and_a_long_enough_one_is_not() {
    let told = |days, warm_up, replications| {
        let found = summary(&busy(days, warm_up), 7, replications, 2);
        let warning = found.warnings.iter().find(|w| matches!(w, Doubt::ShortWarmUp { .. }));
        warning.map(Doubt::to_string).unwrap_or_default()
    };
    let short = told(5, "0s", 200);
    assert!(short.contains("`time.warm_up` longer"), "{short}");
    assert_eq!(told(5, "2d", 200), "");
    // A day with its ups and downs has no steady state to warm up to.
    let day = crate::common::load_shipped("quickstart", &[("time.warm_up", "1h")]);
    let found = summary(&day, 7, 20, 2);
    assert!(!found.warnings.iter().any(|w| w.to_string().contains("MSER-5")));
}

#[test]
fn one_long_run_has_intervals_by_batch_means_and_says_so() {
    let text = DAY.replace("days: 1", "days: 40, warm_up: 1d");
    // Four agents at a load of 2.5: waits that are over within minutes.
    let text = text.replace("1.6666666666666667", "30").replace("agents: 20", "agents: 4");
    let scenario = load(&text, &[]);
    let found = summary(&scenario, 7, 1, 1);
    let row = |metric: &str, definition, stat| {
        let mut rows = found.metrics.iter();
        let fits = |r: &&convoq::experiment::MetricRow| {
            r.which.metric.name() == metric
                && r.which.definition.map(|d| d.name()) == definition
                && r.which.stat.map(|s| s.name()) == stat
                && r.which.queue.is_some()
        };
        rows.find(fits).unwrap()
    };
    // Erlang C for 4 agents and 2.5 erlang: P(wait) = 0.31995, mean wait P / (4 - 2.5) x 300 s.
    let wait = row("wait_s", None, Some("mean"));
    let [low, high] = wait.ci.expect("an interval");
    assert!((low..=high).contains(&63.99), "{low} {high}");
    assert!(high - low < 20.0, "{low} {high}");
    let level = row("service_level", Some("SL3"), None);
    assert!(level.ci.is_some());
    for row in [wait, level] {
        assert_eq!(row.note, Some("batch means"));
    }
    assert_eq!(found.warnings[0], Doubt::OneReplicationInBatches);
    assert!(convoq::report::text(&found, &Default::default()).contains("by batch means"));
    // Another definition is made of other contacts, and one day has too few intervals.
    assert_eq!(row("service_level", Some("SL2"), None).ci, None);
    let day = summary(&load(DAY, &[]), 7, 1, 1);
    assert!(day.metrics.iter().all(|m| m.ci.is_none()));
}

/// Share of experiments whose interval holds the truth.
struct Coverage {
    metric: &'static str,
    definition: Option<&'static str>,
    stat: Option<&'static str>,
    truth: f64,
    bounds: std::ops::RangeInclusive<f64>,
}

/// A thousand experiments of fifteen days each. The bounds are 2.6 standard errors of the
/// coverage around 95 %, and wider for ratios and percentiles, whose intervals are
/// approximate. Where the truth were 5 % away, few of them would hold it.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let scenario = load(DAY, &[]);
    let cases = [
        ("arrivals", None, None, 40.0, 0.932..=0.968),
        ("aht_s", Some("queue"), Some("mean"), 300.0, 0.92..=0.975),
        ("aht_s", None, Some("p50"), 300.0 * 2f64.ln(), 0.92..=0.975),
        ("aht_s", None, Some("p90"), 300.0 * 10f64.ln(), 0.92..=0.975),
    ];
    let cases = cases.map(|(metric, definition, stat, truth, bounds)| Coverage {
        metric,
        definition,
        stat,
        truth,
        bounds,
    });
    let mut hits = [[0.0; 2]; 4];
    for seed in 0..1000 {
        let found = summary(&scenario, seed, 15, 1);
        for (case, hits) in cases.iter().zip(&mut hits) {
            let row = found.metrics.iter().find(|r| {
                (
                    r.which.metric.name(),
                    r.which.definition.map(|d| d.name()),
                    r.which.stat.map(|s| s.name()),
                ) == (case.metric, case.definition, case.stat)
            });
            let [low, high] = row.unwrap().ci.unwrap();
            for (hits, truth) in hits.iter_mut().zip([case.truth, 1.05 * case.truth]) {
                *hits += f64::from(u8::from((low..=high).contains(&truth))) / 1000.0;
            }
        }
    }
    for (case, [share, of_another]) in cases.iter().zip(hits) {
        let name = (case.metric, case.stat);
        assert!(case.bounds.contains(&share), "{name:?}: {share}");
        assert!(!case.bounds.contains(&of_another), "{name:?}: {of_another}");
    }
}
