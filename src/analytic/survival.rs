//! How long something lasts, from spans of which some were not seen to their end.

/// A step of the curve of Kaplan and Meier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The wait, seconds.
    pub wait_s: f64,
    /// Share whose patience is longer.
    pub survival: f64,
    /// Its variance, by Greenwood.
    pub variance: f64,
    /// Customers still waiting just before.
    pub at_risk: f64,
}

/// The curve of Kaplan and Meier. `ends` are lengths that were seen to their end, `open`
/// those that were longer.
#[must_use]
pub fn kaplan_meier(ends: &[f64], open: &[f64]) -> Vec<Step> {
    let mut all: Vec<(f64, bool)> = ends.iter().map(|x| (*x, true)).collect();
    all.extend(open.iter().map(|x| (*x, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut survival, mut sum) = (1.0, 0.0);
    let mut steps = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let wait_s = all[at].0;
        let same = all[at..].iter().take_while(|(x, _)| *x == wait_s);
        let (mut gone, mut count) = (0.0, 0);
        for (_, ended) in same {
            gone += f64::from(u8::from(*ended));
            count += 1;
        }
        let at_risk = (all.len() - at) as f64;
        if gone > 0.0 {
            survival *= 1.0 - gone / at_risk;
            sum += gone / (at_risk * (at_risk - gone));
            let variance = if survival > 0.0 { survival * survival * sum } else { 0.0 };
            steps.push(Step { wait_s, survival, variance, at_risk });
        }
        at += count;
    }
    steps
}
