//! The closed formula, and simulated effects against it.

use super::stdout;
use crate::common;
use crate::formulas::gradients;
use convoq::analytic::{AnswerHabits, IssueKind, automation};
use convoq::experiment::contrast;
use convoq::planning::{expected_automation, issue_mix};
use serde_json::Value;

/// The presets: mix, coverage, bypass of simple, moderate, complex.
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
        assert!((parts.involvement() - involvement).abs() < 1e-6, "{parts:?}");
        assert!((parts.resolution() - resolution).abs() < 1e-6, "{parts:?}");
        assert!((parts.closed / parts.roar() - bot_share).abs() < 1e-6, "{parts:?}");
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
        expected_automation(&study, segment).expect("it holds").roar()
    };
    assert!((roar(0) - 0.04472).abs() < 5e-6 && (roar(1) - 0.15019).abs() < 5e-6);
    // Twice as many consumers as businesses, in these days.
    let all = expected_automation(&study, None).expect("it holds").roar();
    assert!((all - (roar(0) + 2.0 * roar(1)) / 3.0).abs() < 1e-9, "{all}");
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

/// The simulation and the closed formula agree on every main effect of the study and on
/// the slopes by accuracy and rules, within what the replications allow.
#[test]
fn vt_31_simulated_effects_are_those_of_the_closed_formula() {
    let args = |more: &[&str]| {
        let all = ["sweep", "scenarios/b2b_vs_b2c.yaml", "--no-cache", "--quiet"];
        let all = [&all[..], &["--metric", "roar(segment=b2b)", "--format", "json"], more].concat();
        let output = crate::common::program().args(all).output().unwrap();
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
    let factors = ["--vary", "variant:b2c_rules", "--vary", "variant:b2c_questions"];
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
    let effects = args(&slopes);
    agree(&effects);
    // The slope by rules is the exact derivative: ROAR is linear in them.
    let study = common::load_shipped("b2b_vs_b2c", &[]);
    let mix = issue_mix(&study, Some(convoq::id::SegmentId(0))).unwrap();
    let exact: f64 = gradients(&mix.kinds, &mix.habits).iter().map(|g| g.human_only).sum();
    let slope =
        effects.iter().find(|e| e["effect"] == "slope" && e["factor"] == "bot.human_only.b2b");
    assert!((slope.unwrap()["exact"].as_f64().unwrap() - exact).abs() < 1e-9);
    assert_eq!(checked, 5 + 6);
}

#[test]
fn an_interval_of_a_weighted_sum_covers_as_it_says() {
    // Three ratios with shared noise: the sum of them with weights 1, -2, 1.
    let mut state = 1_u64;
    let mut unit = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
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
