//! How many agents: the search behind every "solve for".

/// The smallest number from `least` to `most` that is `enough`, which must not
/// turn false again as the number grows; `None` when even `most` is not enough.
/// Doubling, then bisection: some twenty calls for any size.
#[must_use]
pub fn requirement(least: u32, most: u32, enough: impl Fn(u32) -> bool) -> Option<u32> {
    let mut high = least.max(1);
    let mut low = high - 1;
    while !enough(high) {
        if high >= most {
            return None;
        }
        low = high;
        high = high.saturating_mul(2).min(most);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// The greatest value in `(least, most)` up to which `holds` is true, by
/// bisection on a logarithmic scale; `None` when it is not even near `least`.
/// `most` when it holds everywhere.
#[must_use]
pub fn greatest(least: f64, most: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    if !holds(least) {
        return None;
    }
    if holds(most) {
        return Some(most);
    }
    let (mut low, mut high) = (least, most);
    while high / low > 1.0 + 1e-13 {
        let middle = libm::sqrt(low) * libm::sqrt(high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
