//! Designs and their estimators, the command `sweep`, its cache, and the study.

use crate::common;
use convoq::analytic::{AnswerHabits, IssueKind, automation, gradients};
use convoq::design::{Design, Place, rank_correlation, screening, shapley_weights, sobol};
use convoq::experiment::contrast;
use convoq::planning::{expected_automation, issue_mix};
use serde_json::Value;
use std::collections::BTreeSet;
use std::f64::consts::PI;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

// ---- Designs ----------------------------------------------------------------

fn shares(point: &[Place]) -> Vec<f64> {
    let share = |place: &Place| match place {
        Place::Share(share) => *share,
        other => panic!("{other:?} is no share"),
    };
    point.iter().map(share).collect()
}

fn values(design: &Design, model: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let at = |number| model(&shares(&design.point(number)));
    (0..design.len()).map(at).collect()
}

/// The function of Ishigami and Homma (1990) over the unit cube.
fn ishigami(u: &[f64]) -> f64 {
    let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

#[test]
fn vt_30_sobol_indices_of_ishigami_are_the_exact_ones() {
    let design = Design::Sobol {
        rows: 8192,
        factors: 3,
        seed: 1,
    };
    assert_eq!(design.len(), 8192 * 5);
    let values = values(&design, ishigami);
    let n = values.len() as f64;
    let ab: Vec<f64> = values.chunks(5).flat_map(|row| [row[0], row[1]]).collect();
    let mean = ab.iter().sum::<f64>() / ab.len() as f64;
    let variance = ab.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (ab.len() as f64 - 1.0);
    assert!((variance - 13.844588).abs() < 0.1, "{variance} of {n}");
    let indices = sobol(3, &values).expect("the values vary");
    let exact = [(0.313905, 0.557589), (0.442411, 0.442411), (0.0, 0.243684)];
    for (found, (first, total)) in indices.iter().zip(exact) {
        assert!((found.first - first).abs() < 0.02, "{found:?}: S {first}");
        assert!((found.total - total).abs() < 0.02, "{found:?}: ST {total}");
    }
    // A row that could not be measured is left out, not counted as zero.
    let mut holes = values.clone();
    holes[7] = f64::NAN;
    let without = sobol(3, &holes).expect("the values vary");
    assert!((without[0].total - indices[0].total).abs() < 0.001);
    assert_eq!(sobol(3, &[1.0; 50]), None);
}

#[test]
fn vt_30_morris_ranks_the_factors_of_ishigami_and_measures_a_line_exactly() {
    let Design::Morris { points } = Design::morris(3, 400, 5) else {
        panic!("a Morris design");
    };
    let all: Vec<f64> = points.iter().map(|p| ishigami(p)).collect();
    let found = screening(&points, &all);
    // On four levels sin(x1) is seen at +-pi and +-pi/3 only; x3 acts through x1 alone.
    assert!(found[0].mu_star > found[2].mu_star && found[1].mu_star > found[2].mu_star);
    assert!(
        found[2].mu.abs() < 0.35 * found[2].mu_star,
        "{:?}",
        found[2]
    );
    assert!(found[2].sigma > found[2].mu_star / 2.0);
    let line: Vec<f64> = points.iter().map(|p| 3.0 * p[0] - 2.0 * p[1]).collect();
    let found = screening(&points, &line);
    let exact = [(3.0, 3.0), (-2.0, 2.0), (0.0, 0.0)];
    for (found, (mu, mu_star)) in found.iter().zip(exact) {
        assert!((found.mu - mu).abs() < 1e-9 && (found.mu_star - mu_star).abs() < 1e-9);
        assert!(found.sigma < 1e-9);
    }
}

#[test]
fn a_morris_trajectory_moves_every_factor_once_by_one_step() {
    let Design::Morris { points } = Design::morris(5, 30, 9) else {
        panic!("a Morris design");
    };
    assert_eq!(points.len(), 30 * 6);
    for trajectory in points.chunks(6) {
        let mut moved = BTreeSet::new();
        for pair in trajectory.windows(2) {
            let changed: Vec<usize> = (0..5).filter(|&f| pair[0][f] != pair[1][f]).collect();
            assert_eq!(changed.len(), 1);
            let step = (pair[1][changed[0]] - pair[0][changed[0]]).abs();
            assert!((step - 2.0 / 3.0).abs() < 1e-12);
            assert!((-1e-9..=1.0 + 1e-9).contains(&pair[1][changed[0]]));
            moved.insert(changed[0]);
        }
        assert_eq!(moved.len(), 5);
    }
}

#[test]
fn a_latin_hypercube_has_one_point_in_each_slice_of_each_factor() {
    let design = Design::latin_hypercube(4, 25, 3);
    for factor in 0..4 {
        let slices: BTreeSet<usize> = (0..25)
            .map(|n| (shares(&design.point(n))[factor] * 25.0) as usize)
            .collect();
        assert_eq!(slices, (0..25).collect());
    }
    assert_eq!(design, Design::latin_hypercube(4, 25, 3));
    assert_ne!(design, Design::latin_hypercube(4, 25, 4));
    let first: Vec<f64> = (0..25).map(|n| shares(&design.point(n))[0]).collect();
    let cubes: Vec<f64> = first.iter().map(|x| x * x * x).collect();
    assert!((rank_correlation(&first, &cubes) - 1.0).abs() < 1e-12);
    let down: Vec<f64> = first.iter().map(|x| -x).collect();
    assert!((rank_correlation(&first, &down) + 1.0).abs() < 1e-12);
}

#[test]
fn a_factorial_has_every_combination_once_and_one_at_a_time_changes_one() {
    let design = Design::Factorial {
        levels: vec![2, 3, 4],
    };
    let key = |number| format!("{:?}", design.point(number));
    let all: BTreeSet<String> = (0..design.len()).map(key).collect();
    assert_eq!((design.len(), all.len()), (24, 24));
    assert_eq!(design.point(1), [0, 0, 1].map(Place::Level));
    let design = Design::OneAtATime { levels: vec![2, 3] };
    assert_eq!(design.len(), 6);
    assert_eq!(design.point(0), [Place::Base, Place::Base]);
    assert_eq!(design.point(5), [Place::Base, Place::Level(2)]);
}

#[test]
fn parts_add_up_to_the_whole_difference_and_are_the_effects_where_nothing_interacts() {
    let k = 4;
    // Any values at all: the parts add up.
    let values: Vec<f64> = (0..1 << k).map(|p| f64::from(p * p % 11) + 0.5).collect();
    let part = |factor: usize, values: &[f64]| -> f64 {
        let weights = shapley_weights(k, factor);
        weights.iter().zip(values).map(|(w, v)| w * v).sum()
    };
    let sum: f64 = (0..k).map(|f| part(f, &values)).sum();
    assert!((sum - (values[15] - values[0])).abs() < 1e-12);
    let plain: Vec<f64> = (0..1usize << k)
        .map(|p| {
            (0..k)
                .filter(|f| p & (8 >> f) != 0)
                .map(|f| (f + 1) as f64)
                .sum()
        })
        .collect();
    for factor in 0..k {
        assert!((part(factor, &plain) - (factor + 1) as f64).abs() < 1e-12);
    }
    // A product of two: each carries half.
    let product: Vec<f64> = (0..1usize << k)
        .map(|p| f64::from(u8::from(p & 12 == 12)))
        .collect();
    assert!((part(0, &product) - 0.5).abs() < 1e-12 && part(2, &product).abs() < 1e-12);
}

// ---- The closed formula --------------------------------------------------------

/// The presets of methods 3.5: mix, coverage, bypass of simple, moderate, complex.
fn preset(b2b: bool) -> (Vec<IssueKind>, AnswerHabits) {
    let (mix, coverage, bypass) = match b2b {
        true => ([0.25, 0.40, 0.35], [0.85, 0.60, 0.30], [0.10, 0.15, 0.25]),
        false => ([0.55, 0.33, 0.12], [0.95, 0.75, 0.40], [0.05, 0.10, 0.20]),
    };
    let kinds = (0..3).map(|i| IssueKind {
        share: mix[i],
        article_solves: [0.30, 0.12, 0.03][i],
        exposure: if b2b { 0.084 } else { 0.18 },
        human_only: if b2b { 0.62 } else { 0.225 },
        bypass: bypass[i],
        coverage: coverage[i],
        accuracy: [0.60, 0.40, 0.20][i],
        confident_right: 0.80,
        confident_wrong: 0.40,
    });
    let habits = AnswerHabits {
        accept: if b2b { 0.235 } else { 0.23 },
        leave_silently: 0.25,
        ask_human: 0.35,
        max_turns: 3,
        accuracy_decay: 1.0,
    };
    (kinds.collect(), habits)
}

#[test]
fn the_closed_formula_gives_the_published_presets() {
    for (b2b, roar, involvement, resolution, bot_share) in [
        (true, 0.045115, 0.103805, 0.330289, 0.751437),
        (false, 0.150190, 0.355004, 0.329861, 0.750476),
    ] {
        let (kinds, habits) = preset(b2b);
        let parts = automation(&kinds, &habits);
        assert!((parts.roar() - roar).abs() < 1e-6, "{parts:?}");
        assert!(
            (parts.involvement() - involvement).abs() < 1e-6,
            "{parts:?}"
        );
        assert!((parts.resolution() - resolution).abs() < 1e-6, "{parts:?}");
        assert!(
            (parts.closed / parts.roar() - bot_share).abs() < 1e-6,
            "{parts:?}"
        );
        // ROAR = A + C i r.
        let a = parts.articles;
        let product = a + (1.0 - a) * parts.involvement() * parts.resolution();
        assert!((product - parts.roar()).abs() < 1e-15);
    }
}

#[test]
fn vt_31_the_exact_derivatives_are_those_of_the_formula() {
    for decay in [1.0, 0.8] {
        let (kinds, mut habits) = preset(true);
        habits.accuracy_decay = decay;
        let exact = gradients(&kinds, &habits);
        let h = 1e-5;
        for (number, gradient) in exact.iter().enumerate() {
            let slope = |change: &dyn Fn(&mut IssueKind, f64)| {
                let at = |h: f64| {
                    let mut kinds = kinds.clone();
                    change(&mut kinds[number], h);
                    automation(&kinds, &habits).roar()
                };
                (at(h) - at(-h)) / (2.0 * h)
            };
            for (found, exact) in [
                (slope(&|k, h| k.human_only += h), gradient.human_only),
                (slope(&|k, h| k.bypass += h), gradient.bypass),
                (slope(&|k, h| k.coverage += h), gradient.coverage),
                (slope(&|k, h| k.accuracy += h), gradient.accuracy),
                (slope(&|k, h| k.exposure += h), gradient.exposure),
            ] {
                assert!((found - exact).abs() < 1e-8, "{found} {exact}");
            }
        }
    }
}

#[test]
fn the_formula_of_a_scenario_is_that_of_its_segments_and_absent_where_it_does_not_hold() {
    let study = common::load_shipped("b2b_vs_b2c", &[]);
    let roar = |segment: u8| {
        let segment = Some(convoq::id::SegmentId(segment));
        expected_automation(&study, segment)
            .expect("it holds")
            .roar()
    };
    assert!((roar(0) - 0.04472).abs() < 5e-6 && (roar(1) - 0.15019).abs() < 5e-6);
    // Twice as many consumers as businesses, in these days.
    let all = expected_automation(&study, None).expect("it holds").roar();
    assert!(
        (all - (roar(0) + 2.0 * roar(1)) / 3.0).abs() < 1e-9,
        "{all}"
    );
    let mix = issue_mix(&study, None).expect("it holds");
    assert!((mix.kinds.iter().map(|k| k.share).sum::<f64>() - 1.0).abs() < 1e-12);
    for set in [
        ("bot.sessions", "5"),
        ("returns", "{after_false: 60%}"),
        ("channels.chat.after_hours", "bot_only"),
    ] {
        let changed = common::load_shipped("b2b_vs_b2c", &[set]);
        assert_eq!(issue_mix(&changed, None), None, "{set:?}");
    }
}

// ---- The command ----------------------------------------------------------------

/// A folder with a small scenario in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.yaml"), SMALL).unwrap();
    folder
}

const SMALL: &str = r#"
convoq: 1
name: small
seed: 3
replications: 4
time: {start: 2026-03-02, days: 1, open: {daily: "08:00-12:00"}}
intents:
  easy: {work: {exponential: 4m}, bot: {coverage: 90%, accuracy: 60%}}
demand: [{channel: chat, per_day: 200, profile: {interval: 4h, shares: [0, 0, 1, 0, 0, 0]}, intents: {easy: 100%}}]
channels: {chat: {patience: {exponential: 3m}, after_hours: queue}}
bot: {latency: 2s, accept: 30%}
teams: {chat: {channels: {chat: {}}, agents: 3}}
targets: ["service_level(queue=chat, within=60s) >= 80%", "roar >= 4%"]
variants:
  more: {description: Two more agents., set: {teams.chat.agents: "+2"}}
"#;

fn sweep(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoq"))
        .args(["sweep", "small.yaml"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const GRID: [&str; 4] = [
    "--vary",
    "teams.chat.agents=2..4:1",
    "--vary",
    "bot.accept=20%,40%",
];

#[test]
fn a_sweep_is_what_simulate_says_at_each_point() {
    let folder = folder();
    let out = stdout(&sweep(
        folder.path(),
        &[&GRID[..], &["--format", "json"]].concat(),
    ));
    let swept: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(swept["schema"], "convoq.sweep/1");
    assert_eq!(swept["rows"].as_array().unwrap().len(), 6 * 4 * 2);
    for (point, agents, accept) in [(0, "2", "20%"), (3, "3", "40%"), (5, "4", "40%")] {
        let sets = [("teams.chat.agents", agents), ("bot.accept", accept)];
        let scenario = common::load(SMALL, &sets);
        let level = common::per_replication(&scenario, 3, 4, "roar", None);
        let rows: Vec<f64> = swept["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["point"] == point && r["metric"] == "roar")
            .map(|r| r["value"].as_f64().unwrap())
            .collect();
        assert_eq!(rows, level, "{sets:?}");
    }
    let row = &swept["rows"][7];
    assert_eq!(row["teams.chat.agents"], 2.0);
    assert_eq!(
        (&row["bot.accept"], &row["replication"]),
        (&0.2.into(), &3.into())
    );
    let quotient = row["numerator"].as_f64().unwrap() / row["denominator"].as_f64().unwrap();
    assert_eq!(row["value"], quotient);
}

/// Files of the cache, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for part in fs::read_dir(folder.join("runs/cache")).unwrap() {
        files.extend(
            fs::read_dir(part.unwrap().path())
                .unwrap()
                .map(|f| f.unwrap().path()),
        );
    }
    files.sort();
    files
}

#[test]
fn a_repeated_sweep_computes_nothing_and_a_wider_one_only_what_is_new() {
    let folder = folder();
    let said = |args: &[&str]| {
        let output = sweep(folder.path(), args);
        let text = stderr(&output);
        (stdout(&output), text)
    };
    let (first, notes) = said(&GRID);
    assert!(
        notes.contains("0 found in runs/cache, 6 computed (24 replications)"),
        "{notes}"
    );
    assert_eq!(entries(folder.path()).len(), 6);
    let (second, notes) = said(&[&GRID[..], &["--threads", "1"]].concat());
    assert!(
        notes.contains("6 found in runs/cache, 0 computed (0 replications)"),
        "{notes}"
    );
    assert_eq!(first, second, "the cache shows in the output");
    // Two more agents' levels, and then more replications of the same points.
    let wider = ["--vary", "teams.chat.agents=2..5:1", GRID[2], GRID[3]];
    let (_, notes) = said(&wider);
    assert!(
        notes.contains("6 found in runs/cache, 2 computed (8 replications)"),
        "{notes}"
    );
    let longer = [&GRID[..], &["-n", "6"]].concat();
    let (more, notes) = said(&longer);
    assert!(
        notes.contains("0 found in runs/cache, 6 computed (12 replications)"),
        "{notes}"
    );
    let (fresh, _) = said(&[&longer[..], &["--no-cache", "--threads", "3"]].concat());
    assert_eq!(more, fresh, "the cache shows in the output");
    // Another seed and other metrics are other entries.
    let (_, notes) = said(&[&GRID[..], &["--seed", "4"]].concat());
    assert!(notes.contains("0 found"), "{notes}");
    let (_, notes) = said(&[&GRID[..], &["--metric", "asa_s"]].concat());
    assert!(notes.contains("0 found"), "{notes}");
}

#[test]
fn damaged_entries_are_computed_again() {
    let folder = folder();
    let first = stdout(&sweep(folder.path(), &GRID));
    let files = entries(folder.path());
    for (number, file) in files.iter().enumerate().take(4) {
        let mut bytes = fs::read(file).unwrap();
        match number {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            2 => *bytes.last_mut().unwrap() ^= 1,
            // A whole entry in the place of another one: it says itself what it is of.
            _ => bytes = fs::read(&files[4]).unwrap(),
        }
        fs::write(file, bytes).unwrap();
    }
    let again = sweep(folder.path(), &GRID);
    let notes = stderr(&again);
    assert!(
        notes.contains("2 found in runs/cache, 4 computed (16 replications)"),
        "{notes}"
    );
    assert!(notes.contains("4 damaged entries"), "{notes}");
    assert_eq!(first, stdout(&again));
    assert!(!stderr(&sweep(folder.path(), &GRID)).contains("damaged"));
}

#[test]
fn one_at_a_time_says_what_a_change_buys() {
    let folder = folder();
    let args = [
        "--vary",
        "teams.chat.agents=3..5:2",
        "--vary",
        "bot.accept=20%..40%",
    ];
    let args = [
        &args[..],
        &["--vary", "variant:more", "--design", "oat", "-n", "10"],
    ]
    .concat();
    let text = stdout(&sweep(folder.path(), &args));
    assert!(text.contains("one more agent in chat buys +"), "{text}");
    assert!(text.contains("one point of bot.accept buys +"), "{text}");
    let json = stdout(&sweep(
        folder.path(),
        &[&args[..], &["--format", "json"]].concat(),
    ));
    let swept: Value = serde_json::from_str(&json).unwrap();
    let effects = swept["effects"].as_array().unwrap();
    let find = |kind: &str, factor: &str, metric: &str, level: &str| {
        let mut all = effects.iter().filter(|e| {
            e["effect"] == kind
                && e["factor"] == factor
                && e["metric"].as_str().unwrap().starts_with(metric)
                && (level.is_empty() || e["level"] == level)
        });
        all.next()
            .unwrap_or_else(|| panic!("{kind} {factor} {metric} {level}"))
    };
    // Agents change nothing that the bot does: exactly nothing, as the customers are the same.
    let none = find("change", "teams.chat.agents", "roar", "5");
    assert_eq!(
        (&none["value"], &none["ci_low"]),
        (&0.0.into(), &0.0.into())
    );
    // The variant and the level are the same point, and two agents are twice the slope.
    let level = find("change", "teams.chat.agents", "service_level", "5");
    let variant = find("change", "variant:more", "service_level", "on");
    assert_eq!(level["value"], variant["value"]);
    let slope = find("slope", "teams.chat.agents", "service_level", "");
    let (change, slope) = (
        level["value"].as_f64().unwrap(),
        slope["value"].as_f64().unwrap(),
    );
    assert!((change / 2.0 - slope).abs() < 1e-12 && slope > 0.0);
}

#[test]
fn the_same_rows_come_as_csv_json_and_parquet() {
    let folder = folder();
    let write = |format: &str, file: &str| {
        let args = [&GRID[..], &["--format", format, "--out", file]].concat();
        stdout(&sweep(folder.path(), &args))
    };
    let text = write("csv", "tables/grid.csv");
    assert!(text.contains("POINTS"), "{text}");
    write("parquet", "tables/grid.parquet");
    let csv = fs::read_to_string(folder.path().join("tables/grid.csv")).unwrap();
    let shown = stdout(&sweep(
        folder.path(),
        &[&GRID[..], &["--format", "csv"]].concat(),
    ));
    assert_eq!(csv, shown);
    let head = csv.lines().next().unwrap();
    assert_eq!(
        head,
        "point,teams.chat.agents,bot.accept,replication,metric,unit,numerator,denominator,value"
    );
    assert_eq!(csv.lines().count(), 1 + 6 * 4 * 2);
    let effects = fs::read_to_string(folder.path().join("tables/grid-effects.csv")).unwrap();
    assert!(effects.starts_with("metric,effect,factor,other,level,value,ci_low,ci_high,exact\n"));
    for file in ["grid.parquet", "grid-effects.parquet"] {
        let bytes = fs::read(folder.path().join("tables").join(file)).unwrap();
        assert!(
            bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"),
            "{file}"
        );
    }
}

#[test]
fn a_metric_without_observations_is_an_empty_cell_and_said() {
    let folder = folder();
    let args = [
        "--vary",
        "bot.human_only=100%,0%",
        "--metric",
        "resolution_rate(party=bot)",
    ];
    let csv = stdout(&sweep(
        folder.path(),
        &[&args[..], &["--format", "csv"]].concat(),
    ));
    assert!(csv.lines().nth(1).unwrap().ends_with(",0,0,"), "{csv}");
    let text = stdout(&sweep(folder.path(), &args));
    assert!(
        text.contains("resolution_rate(party=bot): nothing was observed at 1 point"),
        "{text}"
    );
}

#[test]
fn wrong_factors_metrics_and_places_are_told_with_the_fix() {
    let folder = folder();
    let cases: [(&[&str], &[&str]); 14] = [
        (&["--vary", "bot.acept=20%,30%"], &["E0802", "`bot.accept`"]),
        (&["--vary", "bot.accept=20%,130%"], &["bot.accept=130%"]),
        (&["--vary", "teams.chat.agents=2..4:0"], &["a step of 0"]),
        (
            &["--vary", "teams.chat.agents=4..2:1"],
            &["the range is empty"],
        ),
        (
            &["--vary", "teams.chat.agents=4..4"],
            &["the range is empty"],
        ),
        (
            &["--vary", "teams.chat.agents=2..x"],
            &["`x` is not a number"],
        ),
        (&["--vary", "bot.latency=1s..2m"], &["different units"]),
        (&["--vary", "bot.accept=10%,,20%"], &["a value is empty"]),
        (&["--vary", "bot.accept"], &["values are missing"]),
        (&["--vary", "variant:mor"], &["E0801", "`more`"]),
        (
            &["--vary", "bot.accept=1%,2%", "--vary", "bot.accept=3%,4%"],
            &["varied twice"],
        ),
        (
            &["--vary", "bot.accept=1%,2%", "--metric", "raor"],
            &["raor", "`roar`"],
        ),
        (
            &["--vary", "bot.accept=1%,2%", "--metric", "wait_s.p90"],
            &["quantiles"],
        ),
        (
            &["--vary", "bot.accept=1%,2%", "--format", "parquet"],
            &["--out"],
        ),
    ];
    for (args, words) in cases {
        let output = sweep(folder.path(), args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}\n{said}");
        assert!(output.stdout.is_empty());
        for word in words {
            assert!(said.contains(word), "{args:?}: no {word} in\n{said}");
        }
    }
    assert!(
        !folder.path().join("runs").exists(),
        "something was written"
    );
}

#[test]
fn a_huge_sweep_says_how_long_it_would_take_and_asks() {
    let folder = folder();
    let args = [
        "--vary",
        "bot.accept=10%..30%:0.0002%",
        "--vary",
        "bot.ask_human=10%..19%:1%",
    ];
    let output = sweep(folder.path(), &args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("1,000,010 points of 4 replications would take about"),
        "{said}"
    );
    assert!(said.contains("--yes"), "{said}");
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn ctrl_c_prints_what_is_finished_and_keeps_it() {
    let folder = folder();
    let args = [
        "--vary",
        "bot.accept=10%..30%:0.01%",
        "--yes",
        "--threads",
        "1",
        "-n",
        "20",
    ];
    let child = Command::new(env!("CARGO_BIN_EXE_convoq"))
        .args(["sweep", "small.yaml"])
        .args(args)
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Kept entries say that points are done; then it is stopped.
    let begun = std::time::Instant::now();
    while !folder.path().join("runs/cache").exists() && begun.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("interrupted: "), "{text}");
    assert!(text.contains("POINTS") && text.contains("10%"), "{text}");
    assert!(!entries(folder.path()).is_empty());
}

// ---- The study --------------------------------------------------------------------

/// The simulation and the closed formula agree on every main effect of the study and on
/// the slopes by accuracy and rules, within what the replications allow.
#[test]
fn vt_31_simulated_effects_are_those_of_the_closed_formula() {
    let args = |more: &[&str]| {
        let all = [
            "sweep",
            "scenarios/b2b_vs_b2c.yaml",
            "--no-cache",
            "--quiet",
        ];
        let all = [
            &all[..],
            &["--metric", "roar(segment=b2b)", "--format", "json"],
            more,
        ]
        .concat();
        let output = Command::new(env!("CARGO_BIN_EXE_convoq"))
            .args(all)
            .output()
            .unwrap();
        let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
        value["effects"].as_array().unwrap().clone()
    };
    let mut checked = 0;
    let mut agree = |effects: &[Value]| {
        for effect in effects {
            let number = |field: &str| effect[field].as_f64().unwrap();
            let (value, exact) = (number("value"), number("exact"));
            // Half an interval is 2.1 standard errors with 20 replications: 4 in all.
            let half = (number("ci_high") - number("ci_low")) / 2.0;
            assert!((value - exact).abs() <= 1.95 * half + 1e-12, "{effect}");
            // The larger effects are known well enough to see a wrong one.
            assert!(half < 0.1 * exact.abs() || exact.abs() < 0.02, "{effect}");
            checked += 1;
        }
    };
    let factors = [
        "--vary",
        "variant:b2c_rules",
        "--vary",
        "variant:b2c_questions",
    ];
    agree(&args(&[&factors[..], &["-n", "20"]].concat()));
    let slopes = [
        "--vary",
        "intents.how_to.bot.accuracy=40%..80%",
        "--vary",
        "bot.human_only.b2b=42%..82%",
        "--design",
        "oat",
        "-n",
        "20",
    ];
    agree(&args(&slopes));
    // The slope by rules is the exact derivative: ROAR is linear in them.
    let study = common::load_shipped("b2b_vs_b2c", &[]);
    let mix = issue_mix(&study, Some(convoq::id::SegmentId(0))).unwrap();
    let exact: f64 = gradients(&mix.kinds, &mix.habits)
        .iter()
        .map(|g| g.human_only)
        .sum();
    let effects = args(&slopes);
    let slope = effects
        .iter()
        .find(|e| e["effect"] == "slope" && e["factor"] == "bot.human_only.b2b");
    assert!((slope.unwrap()["exact"].as_f64().unwrap() - exact).abs() < 1e-9);
    assert_eq!(checked, 5 + 6);
}

#[test]
fn an_interval_of_a_weighted_sum_covers_as_it_says() {
    // Three ratios with shared noise: the sum of them with weights 1, -2, 1.
    let mut state = 1_u64;
    let mut unit = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let truth = 0.2 - 2.0 * 0.5 + 0.4;
    let mut covered = 0;
    for _ in 0..1000 {
        let mut terms = vec![(1.0, Vec::new()), (-2.0, Vec::new()), (1.0, Vec::new())];
        for _ in 0..20 {
            let (n, shared) = (50.0 + 20.0 * unit(), unit() - 0.5);
            for ((_, pairs), mean) in terms.iter_mut().zip([0.2, 0.5, 0.4]) {
                pairs.push((n * (mean + 0.1 * shared + 0.1 * (unit() - 0.5)), n));
            }
        }
        let [low, high] = contrast(&terms, 0.95).ci.unwrap();
        covered += u32::from((low..=high).contains(&truth));
    }
    assert!((932..=968).contains(&covered), "{covered} of 1000");
}
