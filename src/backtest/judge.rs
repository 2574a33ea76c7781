//! How far what was said is from what was.

use super::baselines::Baseline;
use super::measures::{Measure, Sums, total};

/// Ends of the intervals that hold 90 % of what single replications say, by interval.
pub type Bands = Vec<Option<[f64; 2]>>;

/// Errors of a measure over intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Intervals in which there is a value of both.
    pub intervals: usize,
    /// Mean absolute error, in the measure's unit.
    pub mae: f64,
    /// Mean error; above 0 where too much was said.
    pub bias: f64,
    /// Share of these intervals whose value lies in its band; none without bands.
    pub coverage: Option<f64>,
}

/// Judges values said of intervals; none where none of them can be compared.
#[must_use]
pub fn judge(
    measure: Measure,
    was: &[Sums],
    said: &[Option<f64>],
    bands: Option<&Bands>,
) -> Option<Judged> {
    let (mut off, mut signed, mut held, mut banded, mut count) = (0.0, 0.0, 0.0, 0.0, 0);
    for (n, (sums, said)) in was.iter().zip(said).enumerate() {
        let (Some(was), Some(said)) = (measure.value(sums).filter(|_| is_open(sums)), said) else {
            continue;
        };
        off += (said - was).abs();
        signed += said - was;
        count += 1;
        if let Some([low, high]) = bands.and_then(|b| *b.get(n)?) {
            banded += 1.0;
            // A value on an end of its band is in it, whatever the last digit says.
            held += f64::from(u8::from(low - 1e-9 <= was && was <= high + 1e-9));
        }
    }
    let n = count as f64;
    (count > 0).then(|| Judged {
        intervals: count,
        mae: off / n,
        bias: signed / n,
        coverage: (banded > 0.0).then(|| held / banded),
    })
}

/// Whether anybody came or was there.
fn is_open(sums: &Sums) -> bool {
    sums.offered > 0.0 || sums.staffed_s > 0.0
}

/// What replications say together, and the bands of what they say singly.
#[must_use]
pub fn bands(measure: Measure, replications: &[Vec<Sums>]) -> (Vec<Option<f64>>, Bands) {
    let count = replications.iter().map(Vec::len).max().unwrap_or(0);
    let of = |n: usize| replications.iter().filter_map(move |r| r.get(n)).copied();
    let together = |n: usize| {
        let all: Vec<Sums> = of(n).collect();
        let mut sums = total(&all);
        // A volume is no ratio: of several replications it is the mean.
        sums.offered /= if measure == Measure::Volume { all.len().max(1) as f64 } else { 1.0 };
        measure.value(&sums)
    };
    let band = |n: usize| {
        let mut values: Vec<f64> = of(n).filter_map(|s| measure.value(&s)).collect();
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |p: f64| {
            let place = ((values.len() + 1) as f64 * p - 1.0).clamp(0.0, last as f64);
            let (low, part) = (place.floor() as usize, place.fract());
            values[low] + (values[(low + 1).min(last)] - values[low]) * part
        };
        Some([at(0.05), at(0.95)])
    };
    ((0..count).map(together).collect(), (0..count).map(band).collect())
}

/// Coverage below which intervals that are to hold 90 % are too narrow, and above which they are
/// wide: assumptions.
pub const COVERS: [f64; 2] = [0.85, 0.95];

/// Intervals below which nothing is said of trust: an assumption. Of 20 a share of 90 % is known
/// to 13 points.
pub const FEWEST: usize = 20;

/// How far a simulation is to be trusted in a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nothing can be compared.
    Unknown,
    /// Too few intervals can be compared.
    TooFew,
    /// What was recorded is itself not what is simulated.
    NotRecorded,
    /// A simpler way is nearer.
    Worse,
    /// It is nearer than all simpler ways, and its intervals hold less than they say.
    ForComparing,
    /// It is nearer than all simpler ways, and its intervals hold what they say.
    Trusted,
}

impl Trust {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Trust::Unknown => "unknown",
            Trust::TooFew => "too_few",
            Trust::NotRecorded => "not_recorded",
            Trust::Worse => "worse",
            Trust::ForComparing => "for_comparing",
            Trust::Trusted => "trusted",
        }
    }
}

/// A measure of a simulation beside the baselines.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureTest {
    /// The measure.
    pub measure: Measure,
    /// The simulation; none where nothing can be compared.
    pub simulated: Option<Judged>,
    /// The baselines, in the order of [`Baseline::ALL`].
    pub baselines: [Option<Judged>; 3],
}

impl MeasureTest {
    /// The baseline with the least error.
    #[must_use]
    pub fn best_baseline(&self) -> Option<(Baseline, &Judged)> {
        let all = Baseline::ALL.into_iter().zip(&self.baselines);
        let there = all.filter_map(|(baseline, judged)| Some((baseline, judged.as_ref()?)));
        there.min_by(|a, b| a.1.mae.total_cmp(&b.1.mae))
    }

    /// Whether the simulation has a smaller error than every baseline.
    #[must_use]
    pub fn is_best(&self) -> bool {
        let best = self.best_baseline().map_or(f64::INFINITY, |(_, judged)| judged.mae);
        self.simulated.as_ref().is_some_and(|simulated| simulated.mae < best)
    }

    /// How far the simulation is to be trusted in it. With a wrap-up that no column shows, and that
    /// was found, what agents were busy with is not recorded.
    #[must_use]
    pub fn trust(&self, wrap_up_found: bool) -> Trust {
        let Some(simulated) = &self.simulated else { return Trust::Unknown };
        if wrap_up_found && self.measure == Measure::Occupancy {
            Trust::NotRecorded
        } else if simulated.intervals < FEWEST {
            Trust::TooFew
        } else if !self.is_best() {
            Trust::Worse
        } else if simulated.coverage.is_none_or(|c| c < COVERS[0]) {
            Trust::ForComparing
        } else {
            Trust::Trusted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_nearest_whose_intervals_hold_is_trusted() {
        let judged = |mae, coverage| Some(Judged { intervals: FEWEST, mae, bias: 0.0, coverage });
        let test = |mae, coverage| MeasureTest {
            measure: Measure::Occupancy,
            simulated: judged(mae, coverage),
            baselines: [judged(0.3, None), None, judged(0.2, None)],
        };
        assert_eq!(test(0.1, Some(0.9)).trust(false), Trust::Trusted);
        assert_eq!(test(0.1, Some(0.84)).trust(false), Trust::ForComparing);
        assert_eq!(test(0.1, None).trust(false), Trust::ForComparing);
        assert_eq!(test(0.25, Some(0.9)).trust(false), Trust::Worse);
        assert_eq!(test(0.1, Some(0.9)).trust(true), Trust::NotRecorded);
        let waits = MeasureTest { measure: Measure::MeanWait, ..test(0.1, Some(0.9)) };
        assert_eq!(waits.trust(true), Trust::Trusted);
        let few = Judged { intervals: FEWEST - 1, ..waits.simulated.unwrap() };
        assert_eq!(MeasureTest { simulated: Some(few), ..waits }.trust(true), Trust::TooFew);
        let nothing = MeasureTest { simulated: None, ..test(0.1, None) };
        assert_eq!(nothing.trust(false), Trust::Unknown);
    }
}
