//! The shape of a day, smoothed: Poisson counts by interval with a penalty on bends.
//!
//! Whittaker, "On a new method of graduation" (1922), with the log link of Eilers and Marx,
//! "Flexible smoothing with B-splines and penalties" (1996), each interval its own basis
//! function. How much is smoothed is chosen by generalised cross-validation.

use super::maximum::inverse;

/// Weights of the penalty that are tried.
const PENALTIES: [f64; 9] = [0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, 10000.0];
/// Steps of the weighted least squares.
const STEPS: usize = 25;

/// Expected counts of intervals, smoothed; an interval without any count among all the days
/// stays empty. Also the weight of the penalty.
pub(super) fn smoothed(counts: &[f64]) -> (Vec<f64>, f64) {
    let mut made = counts.to_vec();
    let mut penalty = 0.0;
    // Where nobody came, as at night, the shape begins anew.
    for run in runs(counts) {
        if run.len() < 4 {
            continue;
        }
        let around = run.len() == counts.len();
        let tried = PENALTIES.iter().filter_map(|p| graduated(&counts[run.clone()], *p, around));
        if let Some(best) = tried.min_by(|a, b| a.1.total_cmp(&b.1)) {
            made[run].copy_from_slice(&best.0);
            penalty = best.2;
        }
    }
    (made, penalty)
}

/// Stretches of intervals with counts.
fn runs(counts: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, _) in counts.iter().enumerate().filter(|(_, c)| **c > 0.0) {
        match runs.last_mut() {
            Some(run) if run.end == i => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs
}

/// Means under one penalty, with their score by cross-validation; less is better.
fn graduated(counts: &[f64], penalty: f64, around: bool) -> Option<(Vec<f64>, f64, f64)> {
    let n = counts.len();
    let bends = bends(n, around);
    let mut eta: Vec<f64> = counts.iter().map(|c| libm::log(c.max(0.5))).collect();
    let mut freedom = 0.0;
    for _ in 0..STEPS {
        let mut left: Vec<Vec<f64>> =
            bends.iter().map(|row| row.iter().map(|x| x * penalty).collect()).collect();
        let means: Vec<f64> = eta.iter().map(|e| libm::exp(e.clamp(-20.0, 40.0))).collect();
        (0..n).for_each(|i| left[i][i] += means[i]);
        let right: Vec<f64> = (0..n).map(|i| means[i] * eta[i] + counts[i] - means[i]).collect();
        let inverse = inverse(left)?;
        let next: Vec<f64> =
            inverse.iter().map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum()).collect();
        freedom = (0..n).map(|i| inverse[i][i] * means[i]).sum();
        let moved = eta.iter().zip(&next).map(|(a, b): (&f64, &f64)| (a - b).abs());
        let moved = moved.fold(0.0, f64::max);
        eta = next;
        if moved < 1e-8 {
            break;
        }
    }
    let means: Vec<f64> = eta.iter().map(|e| libm::exp(*e)).collect();
    let deviance: f64 = counts
        .iter()
        .zip(&means)
        .map(|(c, m)| 2.0 * (if *c > 0.0 { c * libm::log(c / m) } else { 0.0 } - (c - m)))
        .sum();
    let score = n as f64 * deviance / (n as f64 - freedom).max(1e-9).powi(2);
    // The sum of the counts is kept by the likelihood up to rounding; made exact here.
    let scale = counts.iter().sum::<f64>() / means.iter().sum::<f64>();
    Some((means.iter().map(|m| m * scale).collect(), score, penalty))
}

/// The matrix of squared second differences; `around` where midnight is no end.
fn bends(n: usize, around: bool) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; n]; n];
    let rows = if around { 0..n } else { 0..n.saturating_sub(2) };
    for row in rows {
        let places = [row % n, (row + 1) % n, (row + 2) % n];
        for (i, a) in places.iter().zip([1.0, -2.0, 1.0]) {
            for (j, b) in places.iter().zip([1.0, -2.0, 1.0]) {
                matrix[*i][*j] += a * b;
            }
        }
    }
    matrix
}
