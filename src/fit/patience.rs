//! Patience: how long customers would wait, from waits that mostly ended otherwise.
//!
//! Whoever was answered would have waited longer: the wait is a lower bound. Leaving that
//! out makes patience far too short (Kaplan and Meier, "Nonparametric estimation from
//! incomplete observations", 1958).

use super::family::{Family, Member};
use super::figure::Figure;
use super::sample::Sample;
use crate::analytic::{SurvivalStep, kaplan_meier};
use crate::distribution::Distribution;
use crate::observed::{Stay, StayEnd};

/// Fewer customers who left allow no shape: the law is exponential.
const FEW: f64 = 20.0;
/// By so much in AICc another law must be better than the exponential one: what laws say of
/// waits longer than those seen differs widely, and chance alone would choose often.
const SURELY: f64 = 4.0;
/// A kind of customers that is less than this is none.
const LEAST_SHARE: f64 = 0.05;
/// Waits at which the curve of what was seen and the law are laid beside each other, seconds.
const POINTS: [f64; 12] =
    [5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 3600.0];

/// The patience of the customers of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedPatience {
    /// The law; none where nobody left.
    pub law: Option<Distribution>,
    /// Its family.
    pub family: Option<Family>,
    /// Mean, seconds.
    pub mean: Option<Figure>,
    /// Coefficient of variation, where it is a parameter.
    pub cv: Option<Figure>,
    /// AICc of each family that was tried, least first.
    pub tried: Vec<(Family, f64)>,
    /// Customers who were seen to leave.
    pub left: usize,
    /// Customers whom an agent did not find: they left before they were taken.
    pub found_empty: usize,
    /// Customers who were answered, or still waited: their patience is longer than the wait.
    pub stayed: usize,
    /// Customers who did not join or were turned away: they say nothing here.
    pub not_joined: usize,
    /// Customers who seemed to wait at the end, where some leave without a sign: left out.
    pub unclear: usize,
    /// Of those who left, the share that did so without a sign.
    pub silent: Figure,
    /// Greatest distance of the law from the curve, where enough customers still waited.
    pub distance: Option<f64>,
    /// Wait in seconds, observed share that stays longer, and the law's.
    pub points: Vec<(f64, f64, f64)>,
    /// Whether waits are whole seconds: then each is taken for the second that it names.
    pub whole_seconds: bool,
}

/// The patience behind stays in queues.
pub(super) fn fitted<'s>(stays: impl Iterator<Item = &'s Stay>) -> FittedPatience {
    let (mut left, mut empty, mut longer, mut open) = (vec![], vec![], vec![], vec![]);
    let mut not_joined = 0;
    for stay in stays {
        let waited_s = stay.waited().as_s();
        match stay.end {
            StayEnd::Left => left.push(waited_s),
            StayEnd::FoundEmpty => empty.push(waited_s),
            StayEnd::Open => open.push(waited_s),
            StayEnd::Answered | StayEnd::FlowedOut | StayEnd::TurnedAway => {
                longer.push(waited_s);
            }
            StayEnd::Balked | StayEnd::Refused => not_joined += 1,
        }
    }
    // Where customers leave without a sign, who seems to wait may be gone long since.
    let unclear = if empty.is_empty() { 0 } else { open.len() };
    if unclear == 0 {
        longer.append(&mut open);
    }
    let whole_seconds = left.len() >= 5 && left.iter().all(|x| x.fract() == 0.0);
    let sample = sample(&left, &empty, &longer, whole_seconds);
    let ended = sample.ended();
    let families = if ended < FEW { &Family::ALL[..1] } else { &Family::ALL[..] };
    let longest_s = left.iter().chain(&longer).copied().fold(0.0, f64::max);
    let mut members: Vec<Member> = families.iter().filter_map(|f| f.best(&sample)).collect();
    members.retain(|member| is_sensible(&member.law(), longest_s));
    // What counts is how many were seen to leave: the others say little each.
    members.sort_by(|a, b| a.aicc(ended).total_cmp(&b.aicc(ended)));
    let least = members.first().map(|member| member.aicc(ended));
    let plain = members.iter().find(|member| {
        let near = least.is_some_and(|least| member.aicc(ended) - least <= SURELY);
        member.family == Family::Exponential && near
    });
    let best = plain.or(members.first());
    let law = best.map(Member::law);
    let figures = best.map(|best| best.figures(&sample));
    let steps = kaplan_meier(&left, &longer);
    let (distance, points) = beside(&steps, law.as_ref(), empty.is_empty());
    FittedPatience {
        law,
        family: best.map(|best| best.family),
        mean: figures.map(|f| f.0),
        cv: figures.and_then(|f| f.1),
        tried: members.iter().map(|m| (m.family, m.aicc(ended))).collect(),
        left: left.len(),
        found_empty: empty.len(),
        stayed: longer.len(),
        not_joined,
        unclear,
        silent: Figure::share(empty.len(), empty.len() + left.len()),
        distance,
        points,
        whole_seconds,
    }
}

/// Whether a mixture has two kinds of customers that were both seen: not a few of whom one
/// knows only that they stay.
fn is_sensible(law: &Distribution, longest_s: f64) -> bool {
    let Distribution::HyperExponential { branches } = law else {
        return true;
    };
    branches.iter().all(|(share, mean_s)| *share >= LEAST_SHARE && *mean_s <= 10.0 * longest_s)
}

/// What each stay says of patience. A wait of whole seconds lies in the second that it names.
fn sample(left: &[f64], empty: &[f64], longer: &[f64], whole_seconds: bool) -> Sample {
    let mut sample = Sample::default();
    for x in left {
        match whole_seconds || *x <= 0.0 {
            true => sample.between.push((*x, x + 1.0, 1.0)),
            false => sample.exact.push((*x, 1.0)),
        }
    }
    sample.shorter.extend(empty.iter().filter(|x| **x > 0.0).map(|x| (*x, 1.0)));
    let half = if whole_seconds { 0.5 } else { 0.0 };
    // Who was answered at once says nothing.
    sample.longer.extend(longer.iter().filter(|x| **x > 0.0).map(|x| (x + half, 1.0)));
    sample.gathered()
}

/// The curve of what was seen beside the law.
fn beside(
    steps: &[SurvivalStep],
    law: Option<&Distribution>,
    all_seen: bool,
) -> (Option<f64>, Vec<(f64, f64, f64)>) {
    let Some(law) = law.filter(|_| all_seen) else {
        return (None, Vec::new());
    };
    let sure = steps.iter().filter(|step| step.at_risk >= 10.0);
    let far = sure.clone().map(|s| (s.survival - law.survival(s.wait_s)).abs());
    let last = sure.clone().next_back().map_or(0.0, |step| step.wait_s);
    let points = POINTS.iter().filter(|x| **x <= last).map(|x| {
        let before = steps.iter().take_while(|step| step.wait_s <= *x).last();
        (*x, before.map_or(1.0, |step| step.survival), law.survival(*x))
    });
    (far.reduce(f64::max), points.collect())
}
