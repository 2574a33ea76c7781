//! Who comes again, and when: a share returns at all, and of those whose delay is longer than
//! the log nothing is seen.

use super::family::{Family, Member, standard_error};
use super::figure::{Figure, Z};
use super::maximum::{covariance, maximum};
use crate::distribution::Distribution;
use crate::domain::Outcome;
use crate::observed::{Contact, Observed};
use std::collections::BTreeMap;

/// Waits of those who have not returned are put together in so many groups.
const GROUPS: usize = 100;
/// Fewer returns tell no law of the delay from another.
const FEW: usize = 20;

/// After what customers come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum After {
    /// The bot closed the contact.
    Bot,
    /// An agent closed it.
    Human,
    /// The customer left a queue.
    Abandon,
    /// The customer did not join one.
    Balk,
    /// There was no room.
    Blocked,
    /// It was outside opening hours.
    Closed,
}

impl After {
    /// All, with the words for what came before.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Bot, "closed by the bot"),
        (Self::Human, "closed by an agent"),
        (Self::Abandon, "left the queue"),
        (Self::Balk, "did not join"),
        (Self::Blocked, "found no room"),
        (Self::Closed, "came outside hours"),
    ];

    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::ClosedByBot => Self::Bot,
            Outcome::ClosedByHuman => Self::Human,
            Outcome::Abandoned | Outcome::AbandonedSilently | Outcome::BrokenOff => Self::Abandon,
            Outcome::Balked => Self::Balk,
            Outcome::Blocked => Self::Blocked,
            Outcome::TurnedAway => Self::Closed,
        }
    }

    /// Whether somebody had served the customer.
    #[must_use]
    pub fn is_served(self) -> bool {
        matches!(self, Self::Bot | Self::Human)
    }
}

/// Returns of customers who were served, or tries of those who were not.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedReturns {
    /// Share that comes again, however late, by what came before.
    pub shares: BTreeMap<After, Figure>,
    /// The delay of those who do.
    pub delay: Distribution,
    /// Mean of the delay, seconds.
    pub mean: Figure,
    /// Returns that were seen.
    pub n: usize,
}

/// What was seen after contacts of one kind.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Delays of those who came again, seconds.
    delays: Vec<f64>,
    /// Those who came again before anybody had noticed that they had left.
    unknown: usize,
    /// How long the others were watched, seconds, and how many.
    watched: Vec<(f64, f64)>,
    n: usize,
}

/// Returns after service, and tries without; each none where nobody came again.
pub(super) fn fitted(observed: &Observed, contacts: &[&Contact]) -> [Option<FittedReturns>; 2] {
    let mut next: BTreeMap<usize, Option<f64>> = BTreeMap::new();
    for contact in &observed.contacts {
        if let Some(follows) = contact.follows {
            next.entry(follows.place).or_insert(follows.after.map(|after| after.as_s()));
        }
    }
    let mut seen: BTreeMap<After, Seen> = BTreeMap::new();
    let numbers: BTreeMap<_, usize> =
        observed.contacts.iter().enumerate().map(|(place, c)| (c.number, place)).collect();
    for contact in contacts {
        let Some((ended, outcome)) = contact.ended else {
            continue;
        };
        let own = seen.entry(After::of(outcome)).or_default();
        own.n += 1;
        match numbers.get(&contact.number).and_then(|place| next.get(place)) {
            Some(Some(after_s)) => own.delays.push(after_s.max(1e-3)),
            Some(None) => own.unknown += 1,
            None => own.watched.push((observed.until.since(ended).as_s(), 1.0)),
        }
    }
    [true, false].map(|served| {
        let own = seen.iter().filter(|(after, s)| after.is_served() == served && s.n > 0);
        cured(own.map(|(after, seen)| (*after, gathered(seen))).collect())
    })
}

/// Puts near waits together.
fn gathered(seen: &Seen) -> Seen {
    let mut watched = seen.watched.clone();
    watched.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = watched.len().div_ceil(GROUPS).max(1);
    let group = |group: &[(f64, f64)]| {
        let n = group.len() as f64;
        (group.iter().map(|(x, _)| x).sum::<f64>() / n, n)
    };
    Seen { watched: watched.chunks(size).map(group).collect(), ..seen.clone() }
}

/// Fits shares and the one delay that kinds have in common: whoever has not come again never
/// will, or will later than was looked at.
fn cured(kinds: Vec<(After, Seen)>) -> Option<FittedReturns> {
    let n: usize = kinds.iter().map(|(_, seen)| seen.delays.len()).sum();
    let (some, none): (Vec<_>, Vec<_>) =
        kinds.into_iter().partition(|(_, seen)| !seen.delays.is_empty());
    if n == 0 {
        return None;
    }
    let delays = some.iter().flat_map(|(_, seen)| seen.delays.iter().copied());
    let sample = super::sample::Sample::known(delays);
    let families = if n < FEW { &Family::ALL[..1] } else { &Family::ALL[..4] };
    let fits = families.iter().filter_map(|family| {
        let begun = family.best(&sample)?;
        let value = |at: &[f64]| likelihood(*family, at, &some);
        let mut start: Vec<f64> = some.iter().map(|(_, s)| logit(s)).collect();
        start.extend(&begun.at);
        let at = maximum(&value, &start, 0.2);
        let log_likelihood = value(&at);
        Some(Member { family: *family, at, log_likelihood })
    });
    let best = fits.min_by(|a, b| a.aicc(n as f64).total_cmp(&b.aicc(n as f64)))?;
    let value = |at: &[f64]| likelihood(best.family, at, &some);
    let spread = covariance(&value, &best.at);
    let error = |i: usize| spread.as_ref().map_or(f64::NAN, |c| libm::sqrt(c[i][i]));
    let share = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    let mut shares: BTreeMap<After, Figure> = BTreeMap::new();
    for (i, (after, seen)) in some.iter().enumerate() {
        let (at, half) = (best.at[i], Z * error(i));
        let interval = half.is_finite().then(|| [share(at - half), share(at + half)]);
        shares.insert(*after, Figure { value: share(at), interval, n: seen.n });
    }
    for (after, seen) in &none {
        shares.insert(*after, Figure::share(0, seen.n));
    }
    let delay = best.family.law(&best.at[some.len()..]);
    let log_mean = |at: &[f64]| libm::log(best.family.law(&at[some.len()..]).mean_s());
    let log_se = spread.as_ref().map_or(f64::NAN, |c| standard_error(&log_mean, &best.at, c));
    let mean = Figure::of_log(delay.mean_s(), log_se, n);
    Some(FittedReturns { shares, delay, mean, n })
}

fn logit(seen: &Seen) -> f64 {
    let p = ((seen.delays.len() + seen.unknown) as f64 + 0.5) / (seen.n as f64 + 1.0);
    libm::log(p / (1.0 - p))
}

fn likelihood(family: Family, at: &[f64], kinds: &[(After, Seen)]) -> f64 {
    let (shares, law_at) = at.split_at(kinds.len());
    let law = family.law(law_at);
    let mut sum = 0.0;
    let mut all = super::sample::Sample::default();
    for (x, (_, seen)) in shares.iter().zip(kinds) {
        let share = 1.0 / (1.0 + libm::exp(-x));
        sum += (seen.delays.len() + seen.unknown) as f64 * libm::log(share.max(1e-300));
        all.exact.extend(seen.delays.iter().map(|d| (*d, 1.0)));
        let stay = |(watched_s, n): &(f64, f64)| {
            n * libm::log((1.0 - share * law.cdf(*watched_s)).max(1e-300))
        };
        sum += seen.watched.iter().map(stay).sum::<f64>();
    }
    sum + family.log_likelihood(law_at, &all)
}
