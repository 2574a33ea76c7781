//! The points of a design.

use crate::random::{Purpose, Stream, Streams};

/// Most factors of a Sobol design: each takes two of the sequence's 256 dimensions.
pub const MAX_SOBOL_FACTORS: usize = 128;
/// Most rows of a Sobol design: the length of the sequence.
pub const MAX_SOBOL_ROWS: usize = 1 << 16;
/// Latin hypercubes that are drawn; the one with the greatest least distance is taken.
const TRIES: usize = 50;
/// Distances that are computed for that at most, over all tries.
const MOST_DISTANCES: usize = 50_000_000;
/// Step of a Morris trajectory on four levels, 4 / (2 (4 - 1)), as Morris (1991) advises.
const STEP: f64 = 2.0 / 3.0;

/// Where a point has a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// As the scenario has it.
    Base,
    /// At a level, numbered from 0.
    Level(usize),
    /// At a share of its range, 0 to 1.
    Share(f64),
}

/// Which points are tried.
#[derive(Clone, Debug, PartialEq)]
pub enum Design {
    /// Every combination of the levels; the last factor changes fastest.
    Factorial {
        /// How many levels each factor has.
        levels: Vec<usize>,
    },
    /// The base, then one factor after the other at each of its levels.
    OneAtATime {
        /// How many levels each factor has.
        levels: Vec<usize>,
    },
    /// One point in each of N equal slices of every factor (McKay, Beckman & Conover 1979).
    LatinHypercube {
        /// Shares of the ranges.
        points: Vec<Vec<f64>>,
    },
    /// Trajectories that move one factor at a time (Morris 1991).
    Morris {
        /// Shares of the ranges, trajectory after trajectory, one more point each than factors.
        points: Vec<Vec<f64>>,
    },
    /// Rows of two independent points A and B, and A with one factor of B after the other.
    Sobol {
        /// Rows, at most [`MAX_SOBOL_ROWS`].
        rows: usize,
        /// Factors, at most [`MAX_SOBOL_FACTORS`].
        factors: usize,
        /// Which scrambling of the sequence.
        seed: u64,
    },
}

impl Design {
    /// A Latin hypercube of so many points: of some tries the one whose closest two
    /// points are farthest apart (maximin).
    #[must_use]
    pub fn latin_hypercube(factors: usize, points: usize, seed: u64) -> Self {
        let pairs = points * points / 2;
        let tries = (MOST_DISTANCES / pairs.max(1)).clamp(1, TRIES);
        let all = (0..tries).map(|number| hypercube(factors, points, seed, number as u64));
        let best = all
            .map(|points| (least_distance(&points), points))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        let points = best.map(|b| b.1).unwrap_or_default();
        Self::LatinHypercube { points }
    }

    /// So many Morris trajectories on four levels.
    #[must_use]
    pub fn morris(factors: usize, trajectories: usize, seed: u64) -> Self {
        let mut points = Vec::with_capacity(trajectories * (factors + 1));
        for number in 0..trajectories {
            let mut stream = stream(seed, number as u64, u16::MAX);
            let mut at: Vec<f64> =
                (0..factors).map(|_| (4.0 * stream.unit()).floor() / 3.0).collect();
            let order = permutation(factors, &mut stream);
            points.push(at.clone());
            for factor in order {
                at[factor] += if at[factor] < 0.5 { STEP } else { -STEP };
                points.push(at.clone());
            }
        }
        Self::Morris { points }
    }

    /// How many points there are; `usize::MAX` when more than can be counted.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Factorial { levels } => levels.iter().fold(1, |n: usize, l| n.saturating_mul(*l)),
            Self::OneAtATime { levels } => 1 + levels.iter().sum::<usize>(),
            Self::LatinHypercube { points } | Self::Morris { points } => points.len(),
            Self::Sobol { rows, factors, .. } => rows * (factors + 2),
        }
    }

    /// Whether there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The point of this number, from 0: a place for each factor.
    #[must_use]
    pub fn point(&self, number: usize) -> Vec<Place> {
        match self {
            Self::Factorial { levels } => {
                let mut rest = number;
                let mut places: Vec<Place> = levels
                    .iter()
                    .rev()
                    .map(|&count| {
                        let level = rest % count.max(1);
                        rest /= count.max(1);
                        Place::Level(level)
                    })
                    .collect();
                places.reverse();
                places
            }
            Self::OneAtATime { levels } => {
                let mut places = vec![Place::Base; levels.len()];
                if let Some((factor, level)) = one_at_a_time(levels, number) {
                    places[factor] = Place::Level(level);
                }
                places
            }
            Self::LatinHypercube { points } | Self::Morris { points } => {
                let shares = points.get(number).map(Vec::as_slice).unwrap_or_default();
                shares.iter().map(|&s| Place::Share(s)).collect()
            }
            Self::Sobol { factors, seed, .. } => sobol_point(*factors, *seed, number),
        }
    }
}

/// The factor and the level of a point of one-at-a-time; `None` for the base.
fn one_at_a_time(levels: &[usize], number: usize) -> Option<(usize, usize)> {
    let mut left = number.checked_sub(1)?;
    for (factor, &count) in levels.iter().enumerate() {
        if left < count {
            return Some((factor, left));
        }
        left -= count;
    }
    None
}

/// A point of A, B, AB_1, ..., AB_k of its row.
fn sobol_point(factors: usize, seed: u64, number: usize) -> Vec<Place> {
    let (row, kind) = (number / (factors + 2), number % (factors + 2));
    let seed = (seed ^ (seed >> 32)) as u32;
    let share = |dimension: usize| {
        // The crate gives 24 bits; the middle of a cell is never 0 nor 1.
        let cell = sobol_burley::sample(row as u32, dimension as u32, seed);
        Place::Share(f64::from(cell) + 0.5 / f64::from(1 << 24))
    };
    let of_b = |factor: usize| kind == 1 || kind == factor + 2;
    (0..factors).map(|f| share(if of_b(f) { factors + f } else { f })).collect()
}

fn stream(seed: u64, number: u64, dimension: u16) -> Stream {
    Streams::new(seed, 0).sub(Purpose::Design, number, dimension)
}

/// The numbers below `count` in random order (Fisher and Yates).
fn permutation(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = (stream.unit() * (last + 1) as f64) as usize;
        order.swap(last, other.min(last));
    }
    order
}

/// One Latin hypercube: x = (permutation + U) / n in every dimension.
fn hypercube(factors: usize, points: usize, seed: u64, number: u64) -> Vec<Vec<f64>> {
    let mut all = vec![vec![0.0; factors]; points];
    for factor in 0..factors {
        let mut stream = stream(seed, number, factor as u16);
        let order = permutation(points, &mut stream);
        for (point, slice) in all.iter_mut().zip(order) {
            point[factor] = (slice as f64 + stream.unit()) / points as f64;
        }
    }
    all
}

/// Square of the least distance of two points.
fn least_distance(points: &[Vec<f64>]) -> f64 {
    let mut least = f64::INFINITY;
    for (number, a) in points.iter().enumerate() {
        for b in &points[..number] {
            let distance: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            least = least.min(distance);
        }
    }
    least
}
