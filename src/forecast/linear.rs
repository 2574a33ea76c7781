//! Weighted least squares with a ridge: small, dense, positive definite.

/// The coefficients that minimise the weighted squared errors plus `ridge * coefficient^2`.
/// Every ridge but that of the first column must be positive, so that the system has one
/// solution; `weights` are not negative and not all zero.
pub(super) fn ridge(rows: &[Vec<f64>], y: &[f64], weights: &[f64], ridges: &[f64]) -> Vec<f64> {
    let n = ridges.len();
    let mut a = vec![vec![0.0; n]; n];
    let mut b = vec![0.0; n];
    for ((row, y), w) in rows.iter().zip(y).zip(weights) {
        for i in 0..n {
            b[i] += w * row[i] * y;
            for j in 0..=i {
                a[i][j] += w * row[i] * row[j];
            }
        }
    }
    for (i, ridge) in ridges.iter().enumerate() {
        a[i][i] += ridge;
    }
    solve(&mut a, b)
}

/// Cholesky's factor of the lower triangle in its place, then both substitutions.
fn solve(a: &mut [Vec<f64>], mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - known;
            // A pivot that rounding has made zero belongs to a column without weight.
            a[i][j] = if i == j { rest.max(1e-12).sqrt() } else { rest / a[j][j] };
        }
    }
    for i in 0..n {
        let known: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}
