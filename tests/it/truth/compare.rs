//! The rule: when a simulated number agrees with a known one.

use super::cases::Known;
use super::observe::Number;

/// A difference is allowed up to so many standard errors.
pub const ERRORS: f64 = 3.0;

/// How a metric came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It agrees.
    Passed,
    /// It is too far away.
    Different,
    /// Its standard error is too large to say.
    Vague,
}

/// A known number beside the simulated one.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What is known.
    pub known: Known,
    /// What was simulated.
    pub number: Number,
    /// Replications behind it.
    pub replications: u32,
}

impl Comparison {
    /// The largest standard error that is allowed: 1 % of the value; 0.005 for
    /// probabilities below one half; 1 % of 1 for means below 1 (seconds, customers);
    /// 1 % of the mean wait of those who wait for percentiles of waits below it; 1 % of half
    /// the customers in the system for the queue at one moment.
    pub fn limit(&self) -> f64 {
        let value = self.known.value.abs();
        let name = self.known.metric.as_str();
        let least = match () {
            () if is_probability(name) => 0.5,
            () if is_mean(name) => 1.0,
            () => 0.0,
        };
        0.01 * value.max(least).max(self.number.scale)
    }

    /// The standard error. Where hardly any replication is an exception, that is rarely
    /// known from the replications: it is then at least that of the known value, and
    /// two exceptions more or less are no surprise.
    fn se(&self) -> f64 {
        let (value, n) = (self.known.value.abs(), f64::from(self.replications));
        let certain = self.number.trial && is_probability(&self.known.metric);
        let rare = if certain && value > 0.5 { (1.0 - value).max(0.0) } else { value };
        if self.number.trial && rare < 0.01 {
            self.number.se.max(((rare * n).sqrt() + 0.67) / n)
        } else if self.number.value == 0.0 && rare < 0.001 {
            self.number.se.max((rare / n).sqrt())
        } else {
            self.number.se
        }
    }

    /// The difference in standard errors.
    pub fn z(&self) -> f64 {
        let difference = self.number.value - self.known.value;
        if difference.abs() <= 1e-9 * self.known.value.abs().max(1e-6) {
            return 0.0;
        }
        difference / self.se().max(f64::MIN_POSITIVE)
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        if self.number.se > self.limit() {
            return Verdict::Vague;
        }
        let difference = (self.number.value - self.known.value).abs();
        let agrees = if self.known.approx {
            difference <= 0.02 * self.known.value.abs()
        } else {
            self.z().abs() <= ERRORS
        };
        if agrees { Verdict::Passed } else { Verdict::Different }
    }
}

fn is_probability(name: &str) -> bool {
    let name = name.trim_start_matches("human_").trim_start_matches("bot_");
    ["p_", "sl_", "service_level", "occupancy", "deflection_rate", "corr_", "abandon_fraction"]
        .iter()
        .any(|start| name.starts_with(start))
}

fn is_mean(name: &str) -> bool {
    let name = name.trim_start_matches("human_").trim_start_matches("bot_");
    ["mean_", "asa_", "abandons_"].iter().any(|start| name.starts_with(start))
}

#[test]
fn the_rule_is_that_of_the_truth_set() {
    let verdict = |metric: &str, value: f64, simulated: f64, se: f64| {
        let known = Known { metric: metric.to_owned(), value, approx: false };
        let number = Number { value: simulated, se, scale: 0.0, trial: metric.contains("_t") };
        Comparison { known, number, replications: 1000 }.verdict()
    };
    assert_eq!(verdict("asa_s", 100.0, 102.9, 1.0), Verdict::Passed);
    assert_eq!(verdict("asa_s", 100.0, 96.9, 1.0), Verdict::Different);
    assert_eq!(verdict("asa_s", 100.0, 100.0, 1.1), Verdict::Vague);
    assert_eq!(verdict("p_wait", 0.1, 0.114, 0.0049), Verdict::Passed);
    assert_eq!(verdict("p_wait", 0.1, 0.1, 0.0051), Verdict::Vague);
    assert_eq!(verdict("p_wait", 0.9, 0.9, 0.0091), Verdict::Vague);
    assert_eq!(verdict("p_wait_t9", 1.7e-12, 0.0, 0.0), Verdict::Passed);
    assert_eq!(verdict("p_wait_t9", 0.99999, 1.0, 0.0), Verdict::Passed);
    assert_eq!(verdict("p_wait_t9", 0.98, 1.0, 0.0), Verdict::Different);
    assert_eq!(verdict("p_abandon", 0.0, 0.0, 0.0), Verdict::Passed);
    assert_eq!(verdict("p_wait_t9", 0.99999, 1.0, 0.0), Verdict::Passed);
    assert_eq!(verdict("p_wait_t9", 0.98, 1.0, 0.0), Verdict::Different);
    assert_eq!(verdict("p_abandon", 0.0, 0.001, 0.0), Verdict::Different);
}
