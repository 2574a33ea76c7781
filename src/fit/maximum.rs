//! Maxima of likelihoods: where they are, and how sharp.
//!
//! Own code, since each function has few parameters and a crate for it (`argmin`) brings
//! layers of its own for linear algebra. Nelder and Mead, "A simplex method for function
//! minimization" (1965), needs no derivatives, which interval-censored likelihoods do not
//! have in closed form.

/// Evaluations at most.
const EVALUATIONS: usize = 2000;
/// The simplex is small enough: what is told has three or four digits.
const SMALL: f64 = 1e-7;
/// Step of the second differences; parameters are logarithms, so it is a share.
const STEP: f64 = 1e-3;

/// The point at which `f` is greatest, searched from `start`. What `f` is not defined for
/// it gives as negative infinity.
pub(super) fn maximum(f: &dyn Fn(&[f64]) -> f64, start: &[f64], step: f64) -> Vec<f64> {
    let value = |x: &[f64]| {
        let y = f(x);
        if y.is_nan() { f64::NEG_INFINITY } else { y }
    };
    let mut simplex: Vec<(Vec<f64>, f64)> = vec![(start.to_vec(), value(start))];
    for axis in 0..start.len() {
        let mut corner = start.to_vec();
        corner[axis] += step;
        let y = value(&corner);
        simplex.push((corner, y));
    }
    let mut left = EVALUATIONS;
    while left > 0 {
        simplex.sort_by(|a, b| b.1.total_cmp(&a.1));
        let width = (0..start.len()).map(|axis| {
            let along = simplex.iter().map(|(x, _)| (x[axis] - simplex[0].0[axis]).abs());
            along.fold(0.0, f64::max)
        });
        if width.fold(0.0, f64::max) < SMALL {
            break;
        }
        left = left.saturating_sub(better(&mut simplex, &value));
    }
    simplex.sort_by(|a, b| b.1.total_cmp(&a.1));
    simplex.swap_remove(0).0
}

/// Moves the worst corner of a sorted simplex; the number of evaluations that took.
fn better(simplex: &mut [(Vec<f64>, f64)], value: &dyn Fn(&[f64]) -> f64) -> usize {
    let last = simplex.len() - 1;
    let dimensions = simplex[0].0.len();
    let centre: Vec<f64> = (0..dimensions)
        .map(|axis| simplex[..last].iter().map(|(x, _)| x[axis]).sum::<f64>() / last as f64)
        .collect();
    let (worst, worst_y) = simplex[last].clone();
    let along = |t: f64| -> (Vec<f64>, f64) {
        let x: Vec<f64> = centre.iter().zip(&worst).map(|(c, w)| c + t * (c - w)).collect();
        let y = value(&x);
        (x, y)
    };
    let reflected = along(1.0);
    if reflected.1 > simplex[0].1 {
        let further = along(2.0);
        simplex[last] = if further.1 > reflected.1 { further } else { reflected };
        return 2;
    }
    if reflected.1 > simplex[last - 1].1 {
        simplex[last] = reflected;
        return 1;
    }
    let inside = along(if reflected.1 > worst_y { 0.5 } else { -0.5 });
    if inside.1 > worst_y.max(reflected.1) {
        simplex[last] = inside;
        return 2;
    }
    let best = simplex[0].0.clone();
    for (x, y) in &mut simplex[1..] {
        x.iter_mut().zip(&best).for_each(|(x, b)| *x = (*x + b) / 2.0);
        *y = value(x);
    }
    2 + last
}

/// The covariance of estimates at a maximum of the log-likelihood: the inverse of the
/// observed information. None where the likelihood is flat, as where two parameters cannot
/// be told apart.
pub(super) fn covariance(f: &dyn Fn(&[f64]) -> f64, at: &[f64]) -> Option<Vec<Vec<f64>>> {
    let n = at.len();
    let moved = |moves: &[(usize, f64)]| {
        let mut x = at.to_vec();
        moves.iter().for_each(|(axis, by)| x[*axis] += by * STEP);
        f(&x)
    };
    let centre = f(at);
    let second = |i: usize, j: usize| {
        if i == j {
            let both = moved(&[(i, 1.0)]) + moved(&[(i, -1.0)]);
            return (2.0 * centre - both) / (STEP * STEP);
        }
        let both = moved(&[(i, 1.0), (j, 1.0)]) + moved(&[(i, -1.0), (j, -1.0)]);
        let one = moved(&[(i, 1.0), (j, -1.0)]) + moved(&[(i, -1.0), (j, 1.0)]);
        (one - both) / (4.0 * STEP * STEP)
    };
    let information = (0..n).map(|i| (0..n).map(|j| second(i, j)).collect()).collect();
    let inverse = inverse(information)?;
    (0..n).all(|i| inverse[i][i] > 0.0).then_some(inverse)
}

/// The inverse of a small matrix, by elimination with pivots; none where it has none.
pub(super) fn inverse(mut a: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = a.len();
    for (i, row) in a.iter_mut().enumerate() {
        row.extend((0..n).map(|j| if i == j { 1.0 } else { 0.0 }));
    }
    for column in 0..n {
        let rows = column..n;
        let pivot = rows.max_by(|i, j| a[*i][column].abs().total_cmp(&a[*j][column].abs()))?;
        a.swap(column, pivot);
        let divisor = a[column][column];
        if !divisor.is_finite() || divisor.abs() < 1e-12 {
            return None;
        }
        a[column].iter_mut().for_each(|x| *x /= divisor);
        let pivot = a[column].clone();
        for (_, row) in a.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            let factor = row[column];
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
        }
    }
    Some(a.into_iter().map(|row| row[n..].to_vec()).collect())
}
