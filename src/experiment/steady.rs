//! Steady state: when a warm-up is over, and intervals from one long run.
//!
//! Everything here is for operations whose load does not change with the clock.

use super::series::Sums;
use super::{Estimate, MetricRow, Point, Pool, Series, ratio};
use crate::doubt::Doubt;
use crate::event::Header;
use crate::metric::{Definition, Metric, Stat};

/// Observations in a batch of MSER-5.
const MSER_BATCH: usize = 5;
/// Fewest batches for which the end of a warm-up is told: with fewer it is chance.
const MSER_BATCHES_MIN: usize = 10;
/// Fewest and most batches for batch means (Schmeiser 1982: more gain nothing, fewer are rough).
const BATCHES: [usize; 2] = [20, 30];
/// Note of a row whose interval is by batch means of one replication.
pub const BATCH_MEANS: &str = "batch means";

/// Where a warm-up ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// Observations to leave out: a multiple of 5.
    pub observations: usize,
    /// Whether that is as many as the rule may leave out, half of them: the run is too short.
    pub at_bound: bool,
}

/// How many of the first values to leave out by MSER (White 1997): the `d`,
/// `0 <= d <= m / 2`, that makes `sum_{j > d} (Z_j - mean)^2 / (m - d)^2` least, the
/// squared standard error of the mean of the other `m - d`. `None` with fewer than two values.
#[must_use]
pub fn mser(values: &[f64]) -> Option<usize> {
    let m = values.len();
    let (mut mean, mut squares) = (0.0, 0.0);
    let mut best = (f64::INFINITY, 0);
    for (d, value) in values.iter().enumerate().rev() {
        // Welford's step, from the end: the values from d on.
        let count = (m - d) as f64;
        let off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
        let error = squares / (count * count);
        if d <= m / 2 && error <= best.0 {
            best = (error, d);
        }
    }
    (m >= 2).then_some(best.1)
}

/// The end of the warm-up by MSER-5 (White, Cobb and Spratt 2000): MSER on means of
/// five observations each, which noise misleads less. The series should be a mean over
/// replications. `None` with fewer than ten observations.
#[must_use]
pub fn mser5(series: &[f64]) -> Option<WarmUp> {
    let batches = five_means(series);
    let out = mser(&batches)?;
    Some(WarmUp { observations: out * MSER_BATCH, at_bound: out == batches.len() / 2 })
}

fn five_means(series: &[f64]) -> Vec<f64> {
    let batches = series.chunks_exact(MSER_BATCH);
    batches.map(|batch| batch.iter().sum::<f64>() / MSER_BATCH as f64).collect()
}

/// Von Neumann's test of successive values: how far their correlation lies above
/// none, in standard errors. With `v` the sum of squared successive differences over
/// the sum of squared deviations it is `(1 - v / 2) / sqrt((n - 2) / (n^2 - 1))`
/// (Fishman 1978), about standard normal for independent values. `None` with fewer
/// than three values, or equal ones.
#[must_use]
pub fn von_neumann(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    if values.len() < 3 || squares.is_nan() || squares <= 0.0 {
        return None;
    }
    let steps: f64 = values.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    Some((1.0 - 0.5 * steps / squares) / ((n - 2.0) / (n * n - 1.0)).sqrt())
}

/// A ratio of sums over the intervals of one long run, with an interval by batch
/// means: 20 to 30 batches of successive intervals stand for replications.
///
/// `None` where they cannot: fewer than 40 intervals, or batches that are still
/// correlated (von Neumann's test, one-sided, 5 %), so that the interval would be too short.
#[must_use]
pub fn batch_means(intervals: &[(f64, f64)], confidence: f64) -> Option<Estimate> {
    let count = (intervals.len() / 2).min(BATCHES[1]);
    if count < BATCHES[0] {
        return None;
    }
    let bound = |i: usize| i * intervals.len() / count;
    let batch = |i: usize| {
        let part = intervals[bound(i)..bound(i + 1)].iter();
        part.fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1))
    };
    let batches: Vec<(f64, f64)> = (0..count).map(batch).collect();
    let estimate = ratio(&batches, confidence);
    let residuals: Vec<f64> = batches.iter().map(|(x, y)| x - estimate.value * y).collect();
    let apart = von_neumann(&residuals).is_some_and(|z| z < 1.645);
    (apart && estimate.ci.is_some()).then_some(estimate)
}

/// A series and the interval from which on it is measured, where MSER-5 finds that
/// it settles later: the interval in which it does, and whether that is certain.
///
/// MSER-5 alone cries wolf: on noise it leaves out a batch now and then. So what it
/// leaves out after the declared warm-up has to lie three standard errors away
/// from the rest, counting as many independent batches as a first-order
/// autoregression with the rest's correlation of neighbours has.
#[must_use]
pub fn settles_late(series: &[f64], declared: usize) -> Option<WarmUp> {
    let batches = five_means(series);
    let found = mser5(series).filter(|_| batches.len() >= MSER_BATCHES_MIN)?;
    let (from, to) = (declared.div_ceil(MSER_BATCH), found.observations / MSER_BATCH);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (late, rest) = (batches.get(from..to)?, &batches[to..]);
    if late.is_empty() || rest.len() < 2 {
        return None;
    }
    let centre = mean(rest);
    let squares: f64 = rest.iter().map(|z| (z - centre).powi(2)).sum();
    let variance = squares / (rest.len() - 1) as f64;
    let neighbours: f64 = rest.windows(2).map(|w| (w[0] - centre) * (w[1] - centre)).sum();
    let alike = (neighbours / squares).clamp(0.0, 1.0);
    let independent = |part: &[f64]| (part.len() as f64 * (1.0 - alike) / (1.0 + alike)).max(1.0);
    let error = (variance * (1.0 / independent(late) + 1.0 / independent(rest))).sqrt();
    ((mean(late) - centre).abs() > 3.0 * error).then_some(found)
}

/// Whether the load does not change with the clock: no interval's arrivals lie more
/// than five standard errors and a quarter away from the mean of all.
fn is_constant(arrivals: &[Point], replications: u32) -> bool {
    let n = arrivals.len() as f64;
    let mean = arrivals.iter().map(|p| p.mean).sum::<f64>() / n;
    let poisson = (mean / f64::from(replications.max(1))).sqrt();
    let near = |p: &Point| {
        let allowed = (5.0 * p.se.max(poisson)).max(0.25 * mean);
        (p.mean - mean).abs() <= allowed
    };
    mean > 0.0 && arrivals.iter().all(near)
}

/// The intervals that lie whole in the measured time.
fn measured_intervals(header: &Header) -> std::ops::Range<usize> {
    let length = header.interval.0.max(1);
    let (from, to) = header.measured;
    let end = (to.0 / length) as usize;
    (from.0.div_ceil(length) as usize).min(end)..end.min(header.interval_labels.len())
}

impl Pool<'_> {
    /// A warm-up that ends later than the scenario declares.
    pub(super) fn warm_up(&self, series: &Series) -> Option<Doubt> {
        let measured = measured_intervals(self.header);
        let arrivals = series.arrivals.get(..measured.end)?;
        if !is_constant(arrivals, self.replications) {
            return None;
        }
        let queues: Vec<_> = series.queues.iter().map(|q| &q.waiting).collect();
        let waiting = |i: usize| queues.iter().filter_map(|q| q.get(i)).map(|p| p.mean).sum();
        let waiting: Vec<f64> = (0..measured.end).map(waiting).collect();
        let found = settles_late(&waiting, measured.start)?;
        let hours = |intervals: usize| intervals as f64 * self.header.interval.as_s() / 3600.0;
        let (late_h, declared_h) = (hours(found.observations), hours(measured.start));
        Some(match found.at_bound {
            true => Doubt::Unsettled { late_h, declared_h },
            false => Doubt::ShortWarmUp { late_h, declared_h },
        })
    }

    /// Gives the rows of one long replication intervals by batch means, where the
    /// series has what they are made of and the load does not change with the clock.
    pub(super) fn put_batch_means(&self, rows: &mut [MetricRow], series: &Series, confidence: f64) {
        let measured = measured_intervals(self.header);
        let arrivals = series.arrivals.get(..measured.end).unwrap_or_default();
        if self.replications != 1 || !is_constant(arrivals, 1) {
            return;
        }
        for row in rows.iter_mut().filter(|row| row.which.segment.is_none()) {
            let name = match (row.which.metric, row.which.definition, row.which.stat) {
                (Metric::ServiceLevel, Some(Definition::SL3), _) => "service_level",
                (Metric::Wait, None, Some(Stat::Mean)) => "wait_s",
                _ => continue,
            };
            let Some(column) = self.series.column(self.header, row.which.queue.as_deref(), name)
            else {
                continue;
            };
            let pairs = column.get(measured.clone()).unwrap_or_default();
            let pairs: Vec<_> = pairs.iter().map(|s: &Sums| (s.x, s.y)).collect();
            let Some(found) = batch_means(&pairs, confidence) else {
                continue;
            };
            // The same number, made of the same contacts: else it is another threshold.
            if (found.value - row.value).abs() <= 1e-9 * row.value.abs() {
                super::rows::set(row, &found);
                row.note = Some(BATCH_MEANS);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    /// Weyl's sequence through the normal law: enough for noise, and nothing to depend on.
    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let uniform = (((z ^ (z >> 31)) >> 12) as f64 + 0.5) / (1u64 << 52) as f64;
            Normal::standard().inverse_cdf(uniform)
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn mser_leaves_out_just_the_start_that_differs() {
        let wave = (0..490).map(|i| (2.399 * f64::from(i)).sin());
        let series: Vec<f64> = [5.0; 10].into_iter().chain(wave).collect();
        assert_eq!(mser(&series), Some(10));
        // In fives the first batch of the wave, whose mean is 0.15, goes as well.
        let found = mser5(&series).expect("a hundred batches");
        assert_eq!((found.observations, found.at_bound), (15, false));
        // A series that goes on growing has no end of its warm-up.
        let growing: Vec<f64> = (0..500).map(f64::from).collect();
        assert!(mser5(&growing).is_some_and(|w| w.at_bound && w.observations == 250));
        assert_eq!((mser5(&[1.0; 9]), mser(&[1.0])), (None, None));
        assert!(mser5(&[1.0; 50]).is_some_and(|w| w.observations == 0));
    }

    #[test]
    fn mser_is_right_in_the_median_and_rarely_late() {
        let found = |rule: &dyn Fn(&[f64]) -> Option<usize>| {
            let each = (0..300).map(|seed| {
                let mut series = noise(1 + seed * 7919, 500);
                series.iter_mut().take(10).for_each(|v| *v += 5.0);
                rule(&series).unwrap_or_default()
            });
            let mut found: Vec<usize> = each.collect();
            found.sort_unstable();
            (found[150], found[285])
        };
        // The known numbers, a median of 10 and a 95 % point of 15, are those of MSER on
        // single values: here 16. On means of five, which is what warnings use, the median
        // is the same and the 95 % point 40: a hundred batches are less to judge by.
        let (median, late) = found(&mser);
        assert!(median == 10 && (14..=17).contains(&late), "{median} {late}");
        let (median, late) = found(&|series| mser5(series).map(|w| w.observations));
        assert!(median == 10 && (35..=45).contains(&late), "{median} {late}");
    }

    #[test]
    fn a_late_end_is_told_where_it_is_one_and_hardly_ever_on_noise() {
        let shifted = |seed: u64| {
            let mut series = noise(seed, 500);
            series.iter_mut().take(40).for_each(|v| *v += 5.0);
            series
        };
        let told = |declared: usize| {
            let each = (0..300).filter(|s| settles_late(&shifted(*s), declared).is_some());
            each.count()
        };
        assert_eq!(told(0), 300);
        assert_eq!(told(20), 300);
        assert!(told(40) <= 6, "{}", told(40));
        assert_eq!(settles_late(&[5.0; 45], 0), None);
    }

    #[test]
    fn von_neumann_tells_neighbours_that_resemble_each_other() {
        // 1, 2, ..., 5: squared steps 4, squared deviations 10, so (1 - 0.2) / sqrt(3 / 24).
        let z = von_neumann(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("five values");
        assert!((z - 0.8 / 0.125f64.sqrt()).abs() < 1e-12);
        assert_eq!(von_neumann(&[2.0; 9]), None);
        let high = (0..1000).filter(|s| von_neumann(&noise(s * 31 + 7, 30)) > Some(1.645));
        // Binomial(1000, 0.05): 50 with a standard deviation of 6.9.
        let high = high.count();
        assert!((32..=68).contains(&high), "{high}");
    }

    #[test]
    fn batch_means_cover_the_truth_and_refuse_what_is_correlated() {
        // Each value is a mean of its own draw and the one before: correlated as neighbours,
        // not as batches of twenty.
        let smooth = |seed: u64| -> Vec<(f64, f64)> {
            let raw = noise(seed * 101 + 3, 601);
            raw.windows(2).map(|w| (10.0 + w[0] + w[1], 1.0)).collect()
        };
        let found: Vec<_> = (0..1000).filter_map(|s| batch_means(&smooth(s), 0.95)).collect();
        assert!(found.len() > 900, "{}", found.len());
        let covers = |e: &&Estimate| e.ci.is_some_and(|[a, b]| (a..=b).contains(&10.0));
        let share = found.iter().filter(covers).count() as f64 / found.len() as f64;
        assert!((0.92..=0.975).contains(&share), "{share}");
        let walk: Vec<(f64, f64)> = (0..600).map(|i| (f64::from(i), 1.0)).collect();
        assert_eq!(batch_means(&walk, 0.95), None);
        assert_eq!(batch_means(&walk[..39], 0.95), None);
    }
}
