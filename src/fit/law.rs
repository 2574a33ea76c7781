//! The law of observed lengths of time: which family, how well it fits, and what is odd.

use super::family::{Family, Member};
use super::figure::{Figure, Resampling, resample};
use super::sample::Sample;
use crate::distribution::Distribution;

/// Fewer observations keep their own values: no law can be told from another with them.
pub const FEW: usize = 50;
/// Observations of a goodness test at most: with more, each real law is rejected, and the
/// distance says more.
pub const LOOKED_AT: usize = 500;
/// A law that is rejected and whose distribution function is farther than this from the
/// observed one is not used.
pub const FAR: f64 = 0.05;
/// Values that an empirical law is written with at most.
const VALUES: usize = 200;
/// More of the values are whole minutes than this: somebody rounded them.
const HEAPED: f64 = 0.15;
/// Probabilities at which law and observations are laid beside each other.
pub const POINTS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/// How near a law is to what was observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goodness {
    /// Greatest distance of the distribution functions (Kolmogorov and Smirnov), of all.
    pub distance: f64,
    /// Probability of as great a distance if the law were true, its parameters estimated
    /// anew in each resample.
    pub ks_p: f64,
    /// The same by Anderson and Darling, which looks at the tails.
    pub ad_p: f64,
    /// Observations that the two tests took.
    pub looked_at: usize,
}

/// A law that was fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedLaw {
    /// The law as a scenario has it.
    pub law: Distribution,
    /// Its family; none for the observed values themselves.
    pub family: Option<Family>,
    /// Lengths that were seen to their end.
    pub n: usize,
    /// Lengths that were not.
    pub censored: usize,
    /// Mean without zeros, seconds.
    pub mean: Figure,
    /// Coefficient of variation without zeros, where it is a parameter.
    pub cv: Option<Figure>,
    /// Share of zeros.
    pub zero: Option<Figure>,
    /// How near the law is, where it was tested.
    pub goodness: Option<Goodness>,
    /// AICc of each family that was tried, least first.
    pub tried: Vec<(Family, f64)>,
    /// Share of values that are whole minutes, where it is too large for chance.
    pub heaped: Option<f64>,
    /// Probability, observed and fitted quantile, seconds.
    pub quantiles: Vec<(f64, f64, f64)>,
}

/// The law of known lengths and of those that were not over; seconds.
pub(super) fn fitted(lengths: &[f64], unfinished: &[f64], by: Resampling) -> Option<FittedLaw> {
    let positive: Vec<f64> = lengths.iter().copied().filter(|x| *x > 0.0).collect();
    if positive.is_empty() {
        return None;
    }
    let zeros = lengths.len() - positive.len();
    let mut sorted = positive.clone();
    sorted.sort_by(f64::total_cmp);
    let mut sample = Sample::known(positive.iter().copied());
    sample.longer.extend(unfinished.iter().filter(|x| **x > 0.0).map(|x| (*x, 1.0)));
    let mut members: Vec<Member> =
        Family::ALL[..4].iter().filter_map(|family| family.best(&sample)).collect();
    let n = sample.n();
    members.sort_by(|a, b| a.aicc(n).total_cmp(&b.aicc(n)));
    let tried = members.iter().map(|m| (m.family, m.aicc(n))).collect();
    let best = members.first().filter(|_| sorted.first() != sorted.last());
    let mut goodness = None;
    let chosen = best.filter(|best| {
        goodness = Some(near(best, &positive, &sorted, by));
        let fits = |g: &Goodness| g.distance <= FAR || g.ks_p.min(g.ad_p) >= 0.05;
        sorted.len() >= FEW && goodness.as_ref().is_some_and(fits)
    });
    let (mean, cv) = match chosen {
        Some(best) => best.figures(&sample),
        None => (mean_of(&sorted), None),
    };
    let law = match (chosen, sorted.first() == sorted.last()) {
        (Some(best), _) => best.law(),
        (None, true) => Distribution::Constant { value_s: sorted[0] },
        (None, false) => Distribution::empirical_from_values(&thinned(&sorted)),
    };
    let quantiles = POINTS.iter().filter(|p| (1.0 - **p) * sorted.len() as f64 >= 1.0);
    let quantiles = quantiles.map(|p| (*p, quantile(&sorted, *p), law.quantile(*p))).collect();
    let zero = (zeros > 0).then(|| Figure::share(zeros, lengths.len()));
    let law = match &zero {
        Some(zero) => Distribution::WithZero { zero: zero.value, rest: Box::new(law) },
        None => law,
    };
    Some(FittedLaw {
        law,
        family: chosen.map(|best| best.family),
        n: lengths.len(),
        censored: unfinished.len(),
        mean,
        cv,
        zero,
        goodness,
        tried,
        heaped: heaped(&positive),
        quantiles,
    })
}

/// The mean of values, with the interval of Student's law.
fn mean_of(values: &[f64]) -> Figure {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    Figure::of_mean(mean, variance / n, n - 1.0, values.len())
}

/// Sorted values with as many quantiles of them as a scenario is written with.
fn thinned(sorted: &[f64]) -> Vec<f64> {
    if sorted.len() <= VALUES {
        return sorted.to_vec();
    }
    // Means of groups, so that the mean of all stays.
    let bound = |i: usize| i * sorted.len() / VALUES;
    let group = |i: usize| &sorted[bound(i)..bound(i + 1)];
    (0..VALUES).map(|i| group(i).iter().sum::<f64>() / group(i).len() as f64).collect()
}

/// The quantile of sorted values, by the nearest rank above.
pub(super) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let rank = (p * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The share of whole minutes among whole seconds, where chance does not explain it.
fn heaped(values: &[f64]) -> Option<f64> {
    let long: Vec<f64> = values.iter().copied().filter(|x| *x >= 60.0).collect();
    let whole = long.iter().filter(|x| **x % 60.0 == 0.0).count() as f64 / long.len() as f64;
    (long.len() >= FEW && whole > HEAPED).then_some(whole)
}

/// Tests a member: distances to the observed distribution function, and by a parametric
/// bootstrap how often a true law would be as far.
fn near(best: &Member, values: &[f64], sorted: &[f64], by: Resampling) -> Goodness {
    // Every so many of them in the order of time, so that no day is left out.
    let step = values.len().div_ceil(LOOKED_AT).max(1);
    let mut some: Vec<f64> = values.iter().copied().step_by(step).collect();
    some.sort_by(f64::total_cmp);
    let law = best.law();
    let refit = |values: &[f64]| {
        let member = best.family.best(&Sample::known(values.iter().copied()));
        member.map(|m| distances(values, &m.law()))
    };
    let (ks, ad) = refit(&some).unwrap_or((1.0, f64::INFINITY));
    let (mut as_far_ks, mut as_far_ad) = (1, 1);
    for number in 0..by.tests {
        let mut stream = resample(by, number, 0);
        let mut drawn: Vec<f64> =
            some.iter().map(|_| law.sample_s(&mut stream).max(1e-6)).collect();
        drawn.sort_by(f64::total_cmp);
        if let Some((k, a)) = refit(&drawn) {
            as_far_ks += u64::from(k >= ks);
            as_far_ad += u64::from(a >= ad);
        }
    }
    let p = |as_far: u64| as_far as f64 / (by.tests + 1) as f64;
    let distance = distances(sorted, &law).0;
    Goodness { distance, ks_p: p(as_far_ks), ad_p: p(as_far_ad), looked_at: some.len() }
}

/// Distances of sorted values from a law: Kolmogorov and Smirnov's, Anderson and Darling's.
fn distances(sorted: &[f64], law: &Distribution) -> (f64, f64) {
    let n = sorted.len() as f64;
    let mut ks: f64 = 0.0;
    let mut ad = 0.0;
    for (i, x) in sorted.iter().enumerate() {
        let (below, above) = (law.cdf(*x).max(1e-300), law.survival(*x).max(1e-300));
        let i = i as f64;
        ks = ks.max((below - i / n).abs()).max((below - (i + 1.0) / n).abs());
        ad -= (2.0 * i + 1.0) * libm::log(below) + (2.0 * (n - i) - 1.0) * libm::log(above);
    }
    (ks, ad / n - n)
}
