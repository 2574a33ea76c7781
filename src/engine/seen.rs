//! What the past says of the demand to come: who came, and how busy the day is.
//!
//! Arrivals after a fork into another future are drawn anew. Poisson counts of what is
//! left of an interval do not depend on what came. The day's busy factor does: with
//! shape `a = 1 / cv^2`, `N` contacts where `F` were expected, it is gamma with shape
//! `a + N` and rate `a + F`. Where the factor moves within the day, a Bayes filter
//! over a grid of its normal scores takes the counts in, interval by interval.

use crate::distribution::{gamma_quantile, normal_quantile};
use crate::event::{Envelope, Event};
use crate::random::{Purpose, Streams, combine};
use crate::scenario::{Arrivals, Busyness, Piece, Scenario, Source, Volume};
use crate::time::SimTime;
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::BTreeSet;

/// What a fork knows of the demand.
#[derive(Clone, Debug)]
pub struct Seen {
    at: SimTime,
    sources: Vec<SeenSource>,
}

/// What a fork knows of one source.
#[derive(Clone, Debug)]
pub(super) struct SeenSource {
    /// The moment of the fork.
    pub(super) at: SimTime,
    /// Who came: interval and number within it.
    pub(super) came: BTreeSet<(u32, u32)>,
    /// The busy factor of the day of the fork.
    busy: Option<BusyDay>,
}

#[derive(Clone, Debug)]
struct BusyDay {
    day: u32,
    belief: Belief,
}

#[derive(Clone, Debug)]
enum Belief {
    /// One factor for the whole day: its gamma law.
    Gamma { shape: f64, rate: f64 },
    /// Cumulative probability of each score of the grid, at the latest interval.
    Scores(Vec<f64>),
}

/// Scores from -GRID_END to GRID_END, so many of them. With a correlation of 0.99 the
/// step is still below half the standard deviation of the next score.
const GRID: usize = 161;
const GRID_END: f64 = 4.5;

impl Seen {
    /// What the events until a moment say of the demand of a scenario.
    #[must_use]
    pub fn new(scenario: &Scenario, past: &[Envelope], at: SimTime) -> Self {
        let mut came = vec![BTreeSet::new(); scenario.sources.len()];
        for envelope in past {
            if let Event::ArticleViewed { origin, .. }
            | Event::ContactStarted { origin, attempt: 0, .. } = envelope.event
            {
                came[origin.source.index()].insert((origin.interval, origin.index));
            }
        }
        let sources = scenario.sources.iter().zip(came);
        let sources = sources.map(|(source, came)| SeenSource::new(source, came, at));
        Self { at, sources: sources.collect() }
    }

    pub(super) fn of(&self, source: usize) -> SeenSource {
        let unknown = SeenSource { at: self.at, came: BTreeSet::new(), busy: None };
        self.sources.get(source).cloned().unwrap_or(unknown)
    }
}

/// A part of an interval that has been seen: expected contacts, and those who came.
struct Count {
    expected: f64,
    came: f64,
}

impl SeenSource {
    fn new(source: &Source, came: BTreeSet<(u32, u32)>, at: SimTime) -> Self {
        let mut seen = Self { at, came, busy: None };
        if let Arrivals::Intervals { pieces, busyness: Some(busyness) } = &source.arrivals {
            let begun = || pieces.iter().take_while(|p| p.span.start < at);
            if let Some(day) = begun().last().map(|p| p.day) {
                let today = begun().filter(|p| p.day == day);
                let counts: Vec<Count> = today.filter_map(|p| seen.count(p)).collect();
                let belief = belief(*busyness, &counts);
                seen.busy = Some(BusyDay { day, belief });
            }
        }
        seen
    }

    /// How much of an interval is over.
    pub(super) fn share_over(&self, piece: &Piece) -> f64 {
        let length = piece.span.end.since(piece.span.start).0 as f64;
        (self.at.since(piece.span.start).0 as f64 / length).min(1.0)
    }

    /// How many of an interval have come, and the first number that nobody has.
    pub(super) fn came_in(&self, interval: u32) -> (u32, u32) {
        let range = self.came.range((interval, 0)..=(interval, u32::MAX));
        let (mut count, mut free) = (0, 0);
        for (_, index) in range {
            count += 1;
            free = index + 1;
        }
        (count, free)
    }

    fn count(&self, piece: &Piece) -> Option<Count> {
        match piece.volume {
            Volume::Given(_) => None,
            Volume::Expected(mean) => Some(Count {
                expected: mean * self.share_over(piece),
                came: f64::from(self.came_in(piece.number).0),
            }),
        }
    }

    /// The factor of the day where it is one for the whole day and this is the day of the fork.
    pub(super) fn factor(&self, key: u64, day: u32, streams: Streams) -> Option<f64> {
        let busy = self.busy.as_ref().filter(|b| b.day == day)?;
        let u = streams.unit(Purpose::BusyDay, combine(key, u64::from(day)));
        match busy.belief {
            Belief::Gamma { shape, rate } => Some(gamma_quantile(shape, 1.0 / rate, u)),
            Belief::Scores(_) => None,
        }
    }

    /// The day of the fork and the normal score of its latest interval, where the
    /// factor moves within the day.
    pub(super) fn score(&self, key: u64, streams: Streams) -> Option<(u32, f64)> {
        let busy = self.busy.as_ref()?;
        let Belief::Scores(cumulative) = &busy.belief else {
            return None;
        };
        let u = streams.unit(Purpose::BusyDay, combine(key, u64::from(busy.day)));
        let cell = cumulative.partition_point(|c| *c < u).min(GRID - 1);
        let below = if cell == 0 { 0.0 } else { cumulative[cell - 1] };
        let part = (u - below) / (cumulative[cell] - below).max(f64::MIN_POSITIVE);
        Some((busy.day, grid(cell) + (part.min(1.0) - 0.5) * grid_step()))
    }

    /// Whether this customer has come already.
    pub(super) fn has(&self, interval: u32, index: u32) -> bool {
        self.came.contains(&(interval, index))
    }
}

fn belief(b: Busyness, counts: &[Count]) -> Belief {
    let shape = 1.0 / (b.cv * b.cv);
    if b.correlation < 1.0 {
        return Belief::Scores(filter(b, counts));
    }
    let (expected, came) = counts.iter().fold((0.0, 0.0), |(e, n), c| (e + c.expected, n + c.came));
    Belief::Gamma { shape: shape + came, rate: shape + expected }
}

fn grid_step() -> f64 {
    2.0 * GRID_END / (GRID - 1) as f64
}

fn grid(place: usize) -> f64 {
    place as f64 * grid_step() - GRID_END
}

/// The cumulative law of the score of the latest interval, given all counts.
fn filter(b: Busyness, counts: &[Count]) -> Vec<f64> {
    let shape = 1.0 / (b.cv * b.cv);
    let normal = Normal::standard();
    let factors: Vec<f64> =
        (0..GRID).map(|k| gamma_quantile(shape, 1.0 / shape, normal.cdf(grid(k)))).collect();
    let variance = 1.0 - b.correlation * b.correlation;
    let bell = |x: f64| libm::exp(-0.5 * x * x);
    let moves: Vec<f64> = (0..GRID * GRID)
        .map(|cell| {
            let (from, to) = (grid(cell / GRID), grid(cell % GRID));
            bell((to - b.correlation * from) / libm::sqrt(variance))
        })
        .collect();
    let mut weights: Vec<f64> = (0..GRID).map(|k| bell(grid(k))).collect();
    for (number, count) in counts.iter().enumerate() {
        if number > 0 {
            let came_from = |to: usize| {
                let cells = weights.iter().zip(moves[to..].iter().step_by(GRID));
                cells.map(|(weight, chance)| weight * chance).sum()
            };
            weights = (0..GRID).map(came_from).collect();
        }
        let log = |f: f64| count.came * libm::log(f) - count.expected * f;
        let most = factors.iter().map(|f| log(*f)).fold(f64::MIN, f64::max);
        let total: f64 = (0..GRID)
            .map(|k| {
                weights[k] *= libm::exp(log(factors[k]) - most);
                weights[k]
            })
            .sum();
        weights.iter_mut().for_each(|w| *w /= total);
    }
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|w| {
            sum += w / total;
            sum
        })
        .collect()
}

/// The busy factor of a fresh score or of the law of a whole day: gamma with mean 1.
pub(super) fn prior_factor(b: Busyness, u: f64) -> f64 {
    let shape = 1.0 / (b.cv * b.cv);
    gamma_quantile(shape, 1.0 / shape, u)
}

/// The next normal score of a day.
pub(super) fn next_score(b: Busyness, last: Option<f64>, u: f64) -> f64 {
    let fresh = normal_quantile(u);
    match last {
        Some(last) => b.correlation * last + (1.0 - b.correlation * b.correlation).sqrt() * fresh,
        None => fresh,
    }
}

/// The probability of a normal score.
pub(super) fn score_probability(score: f64) -> f64 {
    Normal::standard().cdf(score)
}
