//! The inversions, against independent computations.

use statrs::distribution::{ContinuousCDF, DiscreteCDF, Gamma, Poisson};

use super::super::tests::{U, close};
use super::*;
use crate::random::{Purpose, Streams};

#[test]
fn normal_quantile_is_as241() {
    close(normal_quantile(0.975), 1.959_963_984_540_053_6, 3e-16);
    close(normal_quantile(1e-10), -6.361_340_902_404_056, 3e-16);
    assert_eq!(normal_quantile(0.5), 0.0);
    assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    // The three pieces against the complementary error function.
    for exponent in 1..=600 {
        let p = libm::exp2(-f64::from(exponent) / 2.0);
        close(libm::erfc(-normal_quantile(p) * std::f64::consts::FRAC_1_SQRT_2) / 2.0, p, 2e-13);
    }
}

#[test]
fn gamma_quantile_agrees_with_statrs_and_inverts_extremes() {
    for shape in [0.05, 0.3, 0.9, 1.0, 2.0, 7.5, 69.444, 1e4, 1e6] {
        let mut previous = 0.0;
        for u in U {
            let x = gamma_quantile(shape, 3.0, u);
            assert!(x > previous || (x == 0.0 && shape < 0.1), "{shape} {u}: {x}");
            previous = x;
            let Ok(oracle) = Gamma::new(shape, 1.0 / 3.0) else {
                continue;
            };
            // statrs loses digits of ln gamma in proportion to the shape.
            let tolerance = 1e-11 + 1e-14 * shape;
            let (cdf, sf) = (oracle.cdf(x), oracle.sf(x));
            assert!((cdf - u).abs() < tolerance * u.max(1e-3), "{shape} {u}: {cdf}");
            assert!(
                u < 0.5 || shape > 1e3 || (sf - (1.0 - u)).abs() < 1e-8 * (1.0 - u),
                "{shape} {u}"
            );
        }
    }
    assert_eq!(gamma_quantile(0.001, 1.0, 0.01), 0.0);
    close(gamma_quantile(1e12, 1e-12, 0.975), 1.0 + 1.96e-6, 1e-9);
}

/// Against sums of the probabilities from zero, in which nothing is shared
/// with the code but `exp` and `ln`.
#[test]
fn poisson_quantile_inverts_the_exact_cdf() {
    let streams = Streams::new(77, 0);
    for (case, mean) in [0.003, 0.4, 1.0, 3.7, 11.0, 42.5, 100.0, 333.3].into_iter().enumerate() {
        for draw in 0..2_000 {
            let u = streams.unit(Purpose::ArrivalCount, (case * 10_000 + draw) as u64);
            let (mut n, mut mass) = (0_u32, f64::exp(-mean));
            let mut cdf = mass;
            while cdf < u {
                n += 1;
                mass *= mean / f64::from(n);
                cdf += mass;
            }
            assert_eq!(poisson_quantile(mean, u), n, "{mean} {u}");
        }
    }
    for mean in [1_000.0, 54_321.0, 1e6] {
        let Ok(oracle) = Poisson::new(mean) else {
            continue;
        };
        for u in U {
            let n = u64::from(poisson_quantile(mean, u));
            let slack = 1e-7 * u.min(1.0 - u) + 1e-14;
            assert!(oracle.cdf(n) >= u - slack && oracle.cdf(n - 1) < u + slack, "{mean} {u}");
        }
    }
}

#[test]
fn poisson_quantile_is_monotone_and_total() {
    let streams = Streams::new(78, 0);
    for entity in 0..300 {
        let u = streams.unit(Purpose::ArrivalCount, entity);
        let u = match entity % 3 {
            0 => u,
            1 => u * 1e-9,
            _ => 1.0 - u * 1e-9,
        };
        let (mut mean, mut previous) = (0.01, 0);
        while mean < 3_000.0 {
            let n = poisson_quantile(mean, u);
            assert!(n >= previous, "{mean} {u}");
            previous = n;
            mean *= 1.013;
        }
    }
    for mean in [0.0, -1.0, f64::NAN] {
        assert_eq!(poisson_quantile(mean, 0.7), 0);
    }
    for u in [0.0, f64::MIN_POSITIVE, 1e-17, 0.5, 1.0 - f64::EPSILON / 2.0, 1.0, f64::NAN] {
        for mean in [1e-300, 1e-3, 1.0, 50.0, 1e7] {
            let n = f64::from(poisson_quantile(mean, u));
            assert!(
                u.is_nan() || u <= 0.0 || (n - mean).abs() <= 40.0 * mean.sqrt() + 20.0,
                "{mean} {u} {n}"
            );
        }
    }
    // 1e7: the median lies between mean - ln 2 and mean + 1/3.
    assert_eq!(poisson_quantile(1e7, 0.5), 10_000_000);
}

#[test]
fn poisson_counts_have_equal_mean_and_variance() {
    let streams = Streams::new(79, 0);
    for mean in [0.7, 25.0, 9_000.5] {
        let n = 100_000_u32;
        let (mut sum, mut squares) = (0.0, 0.0);
        for entity in 0..u64::from(n) {
            let d = f64::from(poisson_quantile(mean, streams.unit(Purpose::ArrivalCount, entity)))
                - mean;
            sum += d;
            squares += d * d;
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 4.0 * (mean / n).sqrt(), "{mean}");
        // The variance of (N - m)^2 is m + 2 m^2.
        let error = 4.0 * ((mean + 2.0 * mean * mean) / n).sqrt();
        assert!((squares / n - mean).abs() < error, "{mean} {}", squares / n);
    }
}
