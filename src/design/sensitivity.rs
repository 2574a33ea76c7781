//! What the values at the points of a design say of its factors.

/// The elementary effects of a factor over all trajectories (Morris 1991; Campolongo,
/// Cariboni & Saltelli 2007 for the mean of absolute values). Over the whole range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screening {
    /// Mean effect: which way.
    pub mu: f64,
    /// Mean absolute effect: how much. Not lowered by effects of both signs.
    pub mu_star: f64,
    /// Standard deviation of the effects: curvature and interactions.
    pub sigma: f64,
}

/// Shares of the variance of the values that a factor explains, 0 to 1 but for chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Indices {
    /// By itself (S).
    pub first: f64,
    /// With all its interactions (ST).
    pub total: f64,
}

/// The effects of all factors in each Morris trajectory: a row for each, over the whole
/// range. NaN where a value beside the step is not finite.
#[must_use]
pub fn elementary_effects(points: &[Vec<f64>], values: &[f64]) -> Vec<Vec<f64>> {
    let factors = points.first().map_or(0, Vec::len);
    let trajectories = points.chunks(factors + 1).zip(values.chunks(factors + 1));
    let effects = trajectories.map(|(points, values)| {
        let mut effects = vec![f64::NAN; factors];
        for (points, values) in points.windows(2).zip(values.windows(2)) {
            let moved = (0..factors).find(|&f| points[0][f] != points[1][f]);
            let Some(factor) = moved else { continue };
            effects[factor] = (values[1] - values[0]) / (points[1][factor] - points[0][factor]);
        }
        effects
    });
    effects.collect()
}

/// Morris's measures of each factor, of rows of [`elementary_effects`]. What is not
/// finite is left out. NaN for a factor without an effect.
#[must_use]
pub fn screening<'r>(effects: impl IntoIterator<Item = &'r Vec<f64>>) -> Vec<Screening> {
    let mut of_factors: Vec<Vec<f64>> = Vec::new();
    for row in effects {
        of_factors.resize(row.len(), Vec::new());
        for (all, effect) in of_factors.iter_mut().zip(row) {
            all.extend(effect.is_finite().then_some(*effect));
        }
    }
    of_factors.iter().map(|e| measures(e)).collect()
}

fn measures(effects: &[f64]) -> Screening {
    let n = effects.len() as f64;
    let mu = effects.iter().sum::<f64>() / n;
    let squares: f64 = effects.iter().map(|e| (e - mu) * (e - mu)).sum();
    Screening {
        mu,
        mu_star: effects.iter().map(|e| e.abs()).sum::<f64>() / n,
        sigma: (squares / (n - 1.0)).sqrt(),
    }
}

/// Sobol's indices by the estimators of Jansen (1999). `values` are those of rows
/// A, B, AB_1, ..., AB_k; rows with a value that is not finite are left out. `None`
/// when the values do not vary.
#[must_use]
pub fn sobol(factors: usize, values: &[f64]) -> Option<Vec<Indices>> {
    let rows: Vec<&[f64]> =
        values.chunks_exact(factors + 2).filter(|row| row.iter().all(|v| v.is_finite())).collect();
    let n = rows.len() as f64;
    let independent = || rows.iter().flat_map(|row| [row[0], row[1]]);
    let mean = independent().sum::<f64>() / (2.0 * n);
    let variance = independent().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (2.0 * n - 1.0);
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let half_square = |from: usize, factor: usize| -> f64 {
        let squares = rows.iter().map(|row| (row[from] - row[factor + 2]).powi(2));
        squares.sum::<f64>() / (2.0 * n * variance)
    };
    let indices = (0..factors).map(|factor| Indices {
        first: 1.0 - half_square(1, factor),
        total: half_square(0, factor),
    });
    Some(indices.collect())
}

/// Spearman's rank correlation of a factor's settings with the values, -1 to 1; NaN
/// where one of them does not vary. Pairs that are not finite are left out.
#[must_use]
pub fn rank_correlation(settings: &[f64], values: &[f64]) -> f64 {
    let pairs: Vec<(f64, f64)> = settings
        .iter()
        .zip(values)
        .filter(|(s, v)| s.is_finite() && v.is_finite())
        .map(|(s, v)| (*s, *v))
        .collect();
    let a = ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
    let b = ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
    let mean = (pairs.len() as f64 - 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

/// The rank of each value, from 0; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &number in group {
            ranks[number] = first as f64 + (group.len() as f64 - 1.0) / 2.0;
        }
        first += group.len();
    }
    ranks
}

/// What each point of a factorial with two levels weighs in a factor's part of the
/// difference between "all high" and "all low": its effect averaged over all orders
/// in which the factors can be raised one after the other (Shapley 1953). The parts
/// of all factors add up to the difference exactly. A point is the number whose bits
/// are its levels, the last factor lowest.
#[must_use]
pub fn shapley_weights(factors: usize, factor: usize) -> Vec<f64> {
    let bit = 1 << (factors - 1 - factor);
    let orders = |raised: u32| {
        // raised! (k - raised - 1)! / k!, as 1 / (k * binomial(k - 1, raised))
        let k = factors as u32;
        let binomial = (0..raised).fold(1.0, |b, i| b * f64::from(k - 1 - i) / f64::from(i + 1));
        1.0 / (f64::from(k) * binomial)
    };
    (0..1usize << factors)
        .map(|point| {
            let others = (point & !bit).count_ones();
            let sign = if point & bit == 0 { -1.0 } else { 1.0 };
            sign * orders(others)
        })
        .collect()
}
