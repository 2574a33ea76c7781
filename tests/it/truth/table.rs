//! A table of Erlang A and C by hand: computed, and simulated with other parameters
//! than those of the truth set.

use super::cases::{Case, Known};
use super::formulas::{differences, values};
use super::judge;
use serde_json::json;

/// Per hour, mean handle time, agents, patience, threshold; then `P(wait)`,
/// `P(abandon)`, mean wait of all, occupancy, and the service level of all,
/// without short abandons and of the answered.
const ERLANG_A: [([f64; 5], [f64; 7]); 4] = [
    (
        [240.0, 300.0, 20.0, 180.0, 20.0],
        [0.470706, 0.099988, 17.9978, 0.900012, 0.652585, 0.681694, 0.725085],
    ),
    (
        [240.0, 300.0, 18.0, 180.0, 20.0],
        [0.628747, 0.157809, 28.4056, 0.935768, 0.496223, 0.527545, 0.589205],
    ),
    (
        [60.0, 360.0, 7.0, 120.0, 30.0],
        [0.315012, 0.128967, 15.4760, 0.746600, 0.760783, 0.809693, 0.873426],
    ),
    (
        [600.0, 240.0, 40.0, 240.0, 20.0],
        [0.521029, 0.062947, 15.1073, 0.937053, 0.671699, 0.695030, 0.716821],
    ),
];
/// Per hour, mean handle time, agents; then `P(wait)`, mean wait, service level in 20 s.
const ERLANG_C: [([f64; 3], [f64; 3]); 2] = [
    ([100.0, 180.0, 7.0], [0.324150, 29.1735, 0.740441]),
    ([240.0, 300.0, 24.0], [0.298072, 22.3554, 0.771698]),
];

fn known(names: &[&str], values: &[f64]) -> Vec<Known> {
    let one = |(name, value): (&&str, &f64)| Known {
        metric: (*name).to_owned(),
        value: *value,
        approx: false,
    };
    names.iter().zip(values).map(one).collect()
}

fn table() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |model: &str, parameters: serde_json::Value, known: Vec<Known>| {
        let id = format!("table-{model}-{}", cases.len());
        let parameters = parameters.as_object().expect("an object").clone();
        cases.push(Case { id, model: model.to_owned(), parameters, known });
    };
    for ([per_hour, aht, agents, patience, within], values) in ERLANG_A {
        let names = [
            "p_wait",
            "p_abandon",
            "mean_wait_all_s",
            "occupancy",
            "sl_offered",
            "sl_excl_short_abandon",
            "sl_answered",
        ];
        let parameters = json!({"lambda_per_s": per_hour / 3600.0, "aht_s": aht, "agents": agents,
            "mean_patience_s": patience, "threshold_s": within});
        add("erlang_a", parameters, known(&names, &values));
    }
    for ([per_hour, aht, agents], values) in ERLANG_C {
        let names = ["p_wait", "asa_s", "service_level"];
        let parameters = json!({"lambda_per_s": per_hour / 3600.0, "aht_s": aht, "agents": agents,
            "threshold_s": 20});
        add("erlang_c", parameters, known(&names, &values));
    }
    cases
}

/// VT-40: the table has six digits.
#[test]
fn the_table_is_computed() {
    for case in table() {
        let values = values(&case).expect("a formula");
        let wrong = differences(&case, &values, 5e-6);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

/// VT-39: by the rule of the truth test, which is stricter than four standard errors.
#[test]
fn the_table_is_simulated() {
    for case in table() {
        let outcome = judge(&case);
        super::tell(&outcome, std::time::Instant::now());
        assert!(outcome.passed(), "{}", case.id);
    }
}
