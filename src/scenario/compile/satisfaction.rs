//! The law of satisfaction: where its centre lies for the mean that a scenario gives.

/// Halvings of the bracket: more than the bits of a float.
const HALVINGS: u32 = 64;

/// The centre of a normal law whose values, cut to 0..1, have this mean.
///
/// A mean at an end is that of values that are nearly all cut to it.
pub(super) fn centre(mean: f64, sd: f64) -> f64 {
    if sd <= 0.0 {
        return mean;
    }
    let (mut low, mut high) = (-8.0 * sd, 1.0 + 8.0 * sd);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if cut_mean(middle, sd) < mean {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The mean of a normal law that is cut to 0..1.
fn cut_mean(centre: f64, sd: f64) -> f64 {
    let (a, b) = (-centre / sd, (1.0 - centre) / sd);
    let below = |z: f64| 0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
    let density = |z: f64| libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * std::f64::consts::PI);
    centre * (below(b) - below(a)) + sd * (density(a) - density(b)) + below(-b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_what_is_cut_is_the_mean_that_was_given() {
        // Cut to 0..1, a normal law around 0.85 with sd 0.25 has the mean 0.808.
        assert!((cut_mean(0.85, 0.25) - 0.808).abs() < 5e-4);
        for mean in [0.02, 0.25, 0.5, 0.85, 0.99] {
            for sd in [0.05, 0.25, 1.0] {
                let found = cut_mean(centre(mean, sd), sd);
                assert!((found - mean).abs() < 1e-12, "{mean} {sd}: {found}");
            }
        }
        assert_eq!(centre(0.7, 0.0), 0.7);
        assert!((centre(0.5, 0.3) - 0.5).abs() < 1e-12, "nothing is cut more on one side");
    }
}
