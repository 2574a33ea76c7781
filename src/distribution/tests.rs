//! Fixed seeds throughout; a statistic may differ from its expectation by four
//! standard errors.

use super::*;
use crate::random::{Purpose, Streams};

/// Probabilities from one tail to the other.
pub(super) const U: [f64; 13] =
    [1e-12, 1e-6, 0.001, 0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 0.999, 1.0 - 1e-6, 1.0 - 1e-12];

#[track_caller]
pub(super) fn close(actual: f64, expected: f64, relative: f64) {
    let error = (actual - expected).abs();
    assert!(error <= relative * expected.abs(), "{actual} instead of {expected}");
}

/// Near the end of a bounded law the spacing of `x` itself limits the tail.
fn slack(law: &Distribution) -> f64 {
    match law {
        Distribution::Uniform { .. } | Distribution::Empirical { .. } => 1e-15,
        _ => 0.0,
    }
}

/// Every law whose cdf has neither jumps nor flats.
fn continuous_laws() -> Vec<Distribution> {
    vec![
        Distribution::Exponential { mean_s: 90.0 },
        Distribution::lognormal_mean_cv(480.0, 0.9),
        Distribution::lognormal_median_sigma(30.0, 0.4),
        Distribution::gamma_mean_cv(300.0, 0.7),
        Distribution::gamma_mean_cv(300.0, 1.6),
        Distribution::gamma_mean_cv(300.0, 0.01),
        Distribution::erlang(3, 120.0),
        Distribution::weibull_mean_shape(300.0, 0.7),
        Distribution::Weibull { scale_s: 60.0, shape: 2.5 },
        Distribution::HyperExponential {
            branches: vec![(0.7, 20.0), (0.25, 400.0), (0.05, 3_000.0)],
        },
        Distribution::Uniform { low_s: 5.0, high_s: 25.0 },
        Distribution::Empirical {
            points: vec![(0.0, 2.0), (0.3, 10.0), (0.9, 40.0), (1.0, 200.0)],
        },
    ]
}

fn all_laws() -> Vec<Distribution> {
    let mut laws = continuous_laws();
    laws.push(Distribution::WithZero { zero: 0.15, rest: Box::new(laws[1].clone()) });
    laws.push(Distribution::empirical_from_values(&[3.0, 9.0, 1.0, 30.0, 9.0]));
    laws.push(Distribution::Constant { value_s: 12.5 });
    laws
}

#[test]
fn samples_have_the_mean_the_spread_and_the_quantiles_of_their_law() {
    let streams = Streams::new(2_026, 0);
    for law in all_laws() {
        let n = 200_000_u32;
        let draw = |entity| law.sample_s(&mut streams.of(Purpose::HumanWork, entity));
        let x: Vec<f64> = (0..u64::from(n)).map(draw).collect();
        let n = f64::from(n);
        let (mean, variance) = (law.mean_s(), law.cv2() * law.mean_s().powi(2));
        let sample_mean = x.iter().sum::<f64>() / n;
        let mean_error = (sample_mean - mean).abs();
        assert!(mean_error <= 4.0 * (variance / n).sqrt(), "{law:?} mean {sample_mean}");
        // The sample's own fourth moment gives the error of the variance.
        let squares: Vec<f64> = x.iter().map(|v| (v - mean).powi(2)).collect();
        let sample_variance = squares.iter().sum::<f64>() / n;
        let spread = squares.iter().map(|s| (s - sample_variance).powi(2)).sum::<f64>() / n;
        let variance_error = (sample_variance - variance).abs();
        assert!(variance_error <= 4.0 * (spread / n).sqrt(), "{law:?} variance {sample_variance}");
        for u in [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.999] {
            let q = law.quantile(u);
            let share = x.iter().filter(|&&v| v <= q).count() as f64 / n;
            // At a jump the cdf passes u; it then is what the share estimates.
            let cdf = law.cdf(q);
            assert!(cdf >= u - 1e-9, "{law:?} {u}");
            let error = 4.0 * (cdf * (1.0 - cdf) / n).sqrt();
            assert!((share - cdf).abs() <= error, "{law:?} {u}: {share}");
        }
    }
}

#[test]
fn the_cdf_undoes_the_quantile() {
    for law in continuous_laws() {
        for u in U {
            let x = law.quantile(u);
            let (cdf, survival) = (law.cdf(x), law.survival(x));
            assert!((cdf - u).abs() < 1e-13 * u.max(0.01), "{law:?} {u}: {cdf}");
            let error = (survival - (1.0 - u)).abs();
            assert!(error < 1e-11 * (1.0 - u) + slack(&law), "{law:?} {u}: {survival}");
        }
    }
    let law = Distribution::WithZero {
        zero: 0.25,
        rest: Box::new(Distribution::Exponential { mean_s: 8.0 }),
    };
    assert_eq!((law.quantile(0.25), law.cdf(0.0)), (0.0, 0.25));
    close(law.quantile(0.625), 8.0 * std::f64::consts::LN_2, 1e-14);
    close(law.cv2(), (2.0 * 0.75 - 0.75 * 0.75) / (0.75 * 0.75), 1e-14);
}

#[test]
fn survival_holds_far_in_the_tail() {
    close(
        Distribution::Exponential { mean_s: 1.0 }.survival(600.0),
        2.650_396_553_004_310_8e-261,
        1e-13,
    );
    let unit = Distribution::LogNormal { mu: 0.0, sigma: 1.0 };
    close(unit.survival(20_f64.exp()), 2.753_624_118_606_233e-89, 1e-12);
    // Erlang-2: e^-x (1 + x).
    close(Distribution::erlang(2, 2.0).survival(500.0), 501.0 * (-500_f64).exp(), 1e-13);
}

#[test]
fn constructors_keep_what_they_are_named_for() {
    close(Distribution::lognormal_mean_cv(480.0, 0.8).mean_s(), 480.0, 1e-14);
    close(Distribution::lognormal_mean_cv(480.0, 0.8).cv2(), 0.64, 1e-14);
    close(Distribution::lognormal_median_sigma(30.0, 0.4).quantile(0.5), 30.0, 1e-14);
    close(Distribution::gamma_mean_cv(300.0, 0.7).mean_s(), 300.0, 1e-14);
    close(Distribution::gamma_mean_cv(300.0, 0.7).cv2(), 0.49, 1e-14);
    close(Distribution::erlang(4, 300.0).mean_s(), 300.0, 1e-14);
    close(Distribution::erlang(4, 300.0).cv2(), 0.25, 1e-14);
    close(Distribution::weibull_mean_shape(300.0, 0.7).mean_s(), 300.0, 1e-14);
    close(
        Distribution::Weibull { scale_s: 60.0, shape: 2.0 }.cv2(),
        4.0 / std::f64::consts::PI - 1.0,
        1e-12,
    );
    close(Distribution::empirical_from_values(&[3.0, 9.0, 1.0, 30.0]).mean_s(), 10.75, 1e-14);
    let sure = Distribution::Constant { value_s: 7.0 };
    assert_eq!(Distribution::lognormal_mean_cv(7.0, 0.0), sure);
    assert_eq!(Distribution::gamma_mean_cv(7.0, 0.0), sure);
    assert_eq!(Distribution::empirical_from_values(&[f64::NAN]).mean_s(), 0.0);
}

#[test]
fn scaling_scales_every_draw() {
    let streams = Streams::new(9, 9);
    for law in all_laws() {
        let scaled = law.scaled(2.5);
        close(scaled.mean_s(), 2.5 * law.mean_s(), 1e-13);
        close(scaled.cv2(), law.cv2(), 1e-12);
        for entity in 0..50 {
            let draw = |l: &Distribution| l.sample_s(&mut streams.of(Purpose::WrapUp, entity));
            close(draw(&scaled), 2.5 * draw(&law), 1e-13);
        }
        assert_eq!(law.scaled(0.0).quantile(0.9), 0.0);
    }
}

#[test]
fn samples_are_microseconds() {
    let law = Distribution::Constant { value_s: 1.234_567_8 };
    assert_eq!(law.sample(&mut Streams::new(1, 1).of(Purpose::WrapUp, 1)), SimDuration(1_234_568));
}

/// The golden values of draws: integers, the same on every machine.
#[test]
fn draws_are_pinned() {
    let s = Streams::new(1, 0);
    let us: Vec<u64> =
        all_laws().iter().map(|law| law.sample(&mut s.of(Purpose::HumanWork, 7)).0).collect();
    assert_eq!(
        us,
        [
            74_049_104,
            363_172_482,
            30_277_884,
            255_453_743,
            214_921_443,
            300_059_155,
            108_179_408,
            179_355_899,
            55_496_062,
            68_418,
            15_152_824,
            20_382_059,
            166_842_650,
            9_000_000,
            12_500_000
        ]
    );
}

/// Residual lives, means by Simpson's rule over the quantile.
#[test]
fn residuals_match_the_tables() {
    let lognormal = Distribution::LogNormal { mu: 480_f64.ln() - 0.32, sigma: 0.8 };
    let weibull = Distribution::weibull_mean_shape(300.0, 0.7);
    let gamma = Distribution::Gamma { shape: 2.0, scale_s: 150.0 };
    let rows = [
        (&lognormal, 0.0, 480.0, 348.552),
        (&lognormal, 240.0, 393.825, 245.049),
        (&lognormal, 480.0, 433.007, 262.418),
        (&lognormal, 960.0, 538.041, 326.124),
        (&weibull, 0.0, 300.0, 140.396),
        (&weibull, 60.0, 369.092, 202.945),
        (&weibull, 300.0, 463.043, 280.681),
        (&gamma, 300.0, 200.0, f64::NAN),
    ];
    for (law, elapsed, mean, median) in rows {
        // u = s^3 (4 - 3 s) flattens the rise towards u = 1.
        let n = 4_000;
        let integrand = |i: i32| {
            let s = f64::from(i) / f64::from(n);
            let left = 1.0 - s;
            let q = left * left * (1.0 + 2.0 * s + 3.0 * s * s);
            if i == n {
                0.0
            } else {
                law.conditional_residual_s(elapsed, 1.0 - q) * 12.0 * s * s * left
            }
        };
        let sum: f64 = (0..n).map(|i| integrand(i) + integrand(i + 1)).sum();
        close(sum / 2.0 / f64::from(n), mean, 1e-4);
        if median.is_finite() {
            assert!((law.conditional_residual_s(elapsed, 0.5) - median).abs() < 6e-4, "{law:?}");
        }
    }
}

#[test]
fn residuals_are_those_of_the_conditional_law() {
    for law in continuous_laws() {
        for elapsed in [law.quantile(0.01), law.quantile(0.6), law.quantile(0.9999)] {
            for u in [0.001, 0.3, 0.9, 0.9999] {
                let x = elapsed + law.conditional_residual_s(elapsed, u);
                let expected = law.survival(elapsed) * (1.0 - u);
                let error = (law.survival(x) - expected).abs();
                assert!(error < 1e-9 * expected + slack(&law), "{law:?} {elapsed} {u}");
            }
        }
    }
    // Far out, where survival underflows, and past the end of a bounded law.
    let slow = Distribution::HyperExponential { branches: vec![(0.9, 1.0), (0.1, 5.0)] };
    close(slow.conditional_residual_s(1e5, 0.5), 5.0 * std::f64::consts::LN_2, 1e-12);
    close(
        Distribution::erlang(2, 2.0).conditional_residual_s(1e5, 0.5),
        std::f64::consts::LN_2,
        1e-12,
    );
    assert_eq!(
        Distribution::Uniform { low_s: 1.0, high_s: 2.0 }.conditional_residual_s(3.0, 0.5),
        0.0
    );
    assert_eq!(Distribution::Constant { value_s: 5.0 }.conditional_residual_s(3.0, 0.9), 2.0);
}

#[test]
fn laws_without_any_length_are_harmless() {
    let laws = [
        Distribution::Constant { value_s: 0.0 },
        Distribution::Exponential { mean_s: 0.0 },
        Distribution::erlang(2, 0.0),
        Distribution::lognormal_mean_cv(0.0, 1.0),
        Distribution::weibull_mean_shape(0.0, 0.7),
        Distribution::HyperExponential { branches: vec![(0.5, 0.0), (0.5, 0.0)] },
        Distribution::Uniform { low_s: 0.0, high_s: 0.0 },
        Distribution::Empirical { points: vec![] },
        Distribution::Empirical { points: vec![(0.5, 0.0)] },
        Distribution::WithZero {
            zero: 0.5,
            rest: Box::new(Distribution::Exponential { mean_s: 0.0 }),
        },
    ];
    for law in laws {
        let mut stream = Streams::new(3, 3).of(Purpose::WrapUp, 1);
        assert_eq!(law.sample(&mut stream), SimDuration(0), "{law:?}");
        assert_eq!((law.mean_s(), law.cv2(), law.quantile(0.7)), (0.0, 0.0, 0.0), "{law:?}");
        assert_eq!((law.cdf(0.0), law.survival(1.0)), (1.0, 0.0), "{law:?}");
        assert_eq!(law.conditional_residual_s(5.0, 0.5), 0.0, "{law:?}");
    }
}
