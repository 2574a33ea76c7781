//! How far an estimate would move had other rows of the design been drawn.

use crate::random::{Purpose, Streams};

/// Resamples of an interval.
const RESAMPLES: u64 = 1000;
/// Keeps these draws apart from those that make the design.
const SUB: u16 = u16::MAX - 1;

/// Percentile intervals (Efron & Tibshirani 1993) of several statistics: `count` rows are
/// drawn with replacement 1,000 times and the statistics computed of each draw. Seeded:
/// the same rows and the same seed give the same ends. `None` where there are fewer than
/// two rows, or where a statistic cannot be computed of any draw.
pub fn bootstrap(
    count: usize,
    seed: u64,
    confidence: f64,
    statistics: impl Fn(&[usize]) -> Vec<f64>,
) -> Vec<Option<[f64; 2]>> {
    let mut drawn: Vec<Vec<f64>> = Vec::new();
    for number in 0..if count < 2 { 0 } else { RESAMPLES } {
        let mut stream = Streams::new(seed, 0).sub(Purpose::Design, number, SUB);
        let row = |unit: f64| ((unit * count as f64) as usize).min(count - 1);
        let rows: Vec<usize> = (0..count).map(|_| row(stream.unit())).collect();
        let values = statistics(&rows);
        drawn.resize(values.len().max(drawn.len()), Vec::new());
        for (all, value) in drawn.iter_mut().zip(values) {
            all.extend(value.is_finite().then_some(value));
        }
    }
    let tail = (1.0 - confidence) / 2.0;
    let ends = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        Some([at(&all, tail)?, at(&all, 1.0 - tail)?])
    };
    drawn.into_iter().map(ends).collect()
}

/// A percentile of sorted values, between its neighbours in proportion.
fn at(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (sorted[place as usize], sorted[place.ceil() as usize]);
    Some(below + place.fract() * (above - below))
}
