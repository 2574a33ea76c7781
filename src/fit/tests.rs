//! Estimates against values that were worked out by hand or are published.

use super::Resampling;
use super::family::{Family, exponential_mean};
use super::law::fitted;
use super::profile::smoothed;
use super::sample::Sample;
use crate::analytic::kaplan_meier;
use crate::distribution::Distribution;
use crate::random::{Purpose, Streams};

fn near(a: f64, b: f64, by: f64) {
    assert!((a - b).abs() <= by, "{a} is not {b}");
}

#[test]
fn a_censored_exponential_law_has_the_interval_of_the_chi_square_law() {
    let figure = exponential_mean(7200.0, 40.0);
    let [low, high] = figure.interval.unwrap();
    near(figure.value, 180.0, 1e-9);
    near(low, 135.048, 5e-4);
    near(high, 251.955, 5e-4);
    // The general way finds the same mean and nearly the same spread.
    let mut sample = Sample::default();
    sample.exact.push((60.0, 40.0));
    sample.longer.push((120.0, 40.0));
    let best = Family::Exponential.best(&sample).unwrap();
    near(best.law().mean_s(), 180.0, 1e-6);
}

#[test]
fn the_curve_of_kaplan_and_meier_is_that_of_the_textbook() {
    let steps = kaplan_meier(&[10.0, 20.0, 20.0, 40.0], &[15.0, 30.0]);
    let told: Vec<(f64, f64, f64)> =
        steps.iter().map(|s| (s.wait_s, s.survival, s.variance)).collect();
    near(told[0].1, 0.833_333, 1e-6);
    near(told[0].2, 0.023_148, 1e-6);
    near(told[1].1, 0.416_667, 1e-6);
    near(told[1].2, 0.049_190, 1e-6);
    assert_eq!((told[2].0, told[2].1), (40.0, 0.0));
    assert_eq!(told.len(), 3);
}

#[test]
fn each_family_finds_its_own_law_among_censored_lengths() {
    let laws = [
        Distribution::Exponential { mean_s: 100.0 },
        Distribution::lognormal_mean_cv(100.0, 0.8),
        Distribution::gamma_mean_cv(100.0, 0.5),
        Distribution::weibull_mean_shape(100.0, 0.6),
    ];
    let families = [Family::Exponential, Family::LogNormal, Family::Gamma, Family::Weibull];
    for (law, family) in laws.iter().zip(families) {
        let (mut known, mut censored) = (Sample::default(), Sample::default());
        for n in 0..2000 {
            let x = law.sample_s(&mut Streams::new(5, 0).of(Purpose::Design, n));
            let limit = 60.0 + (n % 100) as f64;
            known.exact.push((x, 1.0));
            match x <= limit {
                true => censored.exact.push((x, 1.0)),
                false => censored.longer.push((limit, 1.0)),
            }
        }
        for sample in [&known, &censored] {
            let best = family.best(sample).unwrap();
            let (mean, _) = best.figures(sample);
            assert!(mean.covers(100.0), "{}: {mean:?}", family.name());
            // No member near it is likelier, whichever way it was found.
            for axis in 0..best.at.len() {
                for by in [-0.02, 0.02] {
                    let mut other = best.at.clone();
                    other[axis] += by;
                    let value = family.log_likelihood(&other, sample);
                    assert!(value < best.log_likelihood, "{} {axis} {by}", family.name());
                }
            }
        }
    }
}

#[test]
fn a_law_is_named_by_its_family_and_what_fits_no_law_keeps_its_values() {
    let drawn = |law: &Distribution, n: u64| -> Vec<f64> {
        (0..n).map(|i| law.sample_s(&mut Streams::new(9, 0).of(Purpose::Design, i))).collect()
    };
    let lognormal = Distribution::lognormal_mean_cv(240.0, 0.9);
    let found = fitted(&drawn(&lognormal, 800), &[], Resampling::usual(1)).unwrap();
    assert_eq!(found.family, Some(Family::LogNormal));
    assert!(found.mean.covers(240.0) && found.cv.unwrap().covers(0.9), "{found:?}");
    assert!(found.goodness.unwrap().ks_p > 0.05);
    // Two humps are none of the laws.
    let mut two = drawn(&Distribution::gamma_mean_cv(20.0, 0.1), 400);
    two.extend(drawn(&Distribution::gamma_mean_cv(600.0, 0.1), 400));
    let kept = fitted(&two, &[], Resampling::usual(1)).unwrap();
    assert_eq!(kept.family, None);
    let mean = two.iter().sum::<f64>() / 800.0;
    near(kept.law.mean_s(), mean, 1e-6 * mean);
    // Zeros stand apart, and whole minutes are noticed.
    let rounded: Vec<f64> =
        drawn(&lognormal, 400).iter().map(|x| (x / 60.0).floor() * 60.0).collect();
    let found = fitted(&rounded, &[], Resampling::usual(1)).unwrap();
    let zeros = rounded.iter().filter(|x| **x == 0.0).count();
    near(found.zero.unwrap().value, zeros as f64 / 400.0, 1e-12);
    near(found.heaped.unwrap(), 1.0, 1e-12);
}

#[test]
fn a_smoothed_day_keeps_its_sum_and_comes_nearer_to_the_truth() {
    let truth: Vec<f64> = (0..48)
        .map(|i| 20.0 * libm::exp(libm::sin(f64::from(i) * std::f64::consts::TAU / 48.0)))
        .collect();
    let (mut raw, mut smooth) = (0.0, 0.0);
    for n in 0..10 {
        let counts: Vec<f64> = truth
            .iter()
            .enumerate()
            .map(|(i, mean)| {
                let u = Streams::new(n, 0).unit(Purpose::Design, i as u64);
                crate::distribution::poisson_quantile(*mean, u) as f64
            })
            .collect();
        let (means, _) = smoothed(&counts);
        near(means.iter().sum::<f64>(), counts.iter().sum(), 1e-6);
        let away = |x: &[f64]| x.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        raw += away(&counts);
        smooth += away(&means);
    }
    assert!(smooth < 0.4 * raw, "{smooth} of {raw}");
}
