//! A pool as plain numbers, to keep and to take up again.

use super::Pool;
use super::series::SeriesName;
use crate::event::Header;
use crate::projection::{HistogramKey, Measure, MetricKey};
use std::collections::{BTreeMap, VecDeque};

/// All that a pool holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolNumbers {
    /// Replications that were planned: they decide the groups.
    pub planned: u32,
    /// Replications so far.
    pub replications: u32,
    /// Events of all replications.
    pub events: u64,
    /// Contacts open at their ends.
    pub open: u64,
    /// Violations of the audit.
    pub violation_count: u64,
    /// The first of them, in words.
    pub violations: Vec<String>,
    /// The metrics, in their order.
    pub keys: Vec<MetricKey>,
    /// `measures[metric][replication]`.
    pub measures: Vec<Vec<Measure>>,
    /// Durations: group of replications, which histogram, value, count.
    pub histograms: Vec<(usize, HistogramKey, u64, u64)>,
    /// Sums of the series: x, y, xx, xy, yy. Those of one name are in the order of time.
    pub sums: Vec<(SeriesName, [f64; 5])>,
}

impl<'h> Pool<'h> {
    /// The pool as plain numbers.
    #[must_use]
    pub fn numbers(&mut self) -> PoolNumbers {
        let mut histograms = Vec::new();
        for (group, all) in self.histograms.iter().enumerate() {
            for (key, histogram) in self.histogram_keys.iter().zip(all) {
                let counts = histogram.counts().into_iter();
                histograms.extend(counts.map(|(us, count)| (group, *key, us, count)));
            }
        }
        let names = self.series.names(self.header);
        let sums = self.series.sums().map(|s| [s.x, s.y, s.xx, s.xy, s.yy]);
        PoolNumbers {
            sums: names.into_iter().zip(sums).collect(),
            planned: self.planned,
            replications: self.replications,
            events: self.events,
            open: self.open,
            violation_count: self.violation_count,
            violations: self.violations.clone(),
            keys: self.keys.clone(),
            measures: self.measures.clone(),
            histograms,
        }
    }

    /// The pool that these numbers were taken of. What they do not have, as another
    /// version had no such duration or series, is without values.
    ///
    /// # Errors
    /// When they are not those of such a run; the text says what does not fit.
    pub fn from_numbers(header: &'h Header, numbers: &PoolNumbers) -> Result<Self, String> {
        let mut pool = Self::new(header, numbers.planned);
        pool.replications = numbers.replications;
        pool.events = numbers.events;
        pool.open = numbers.open;
        pool.violation_count = numbers.violation_count;
        pool.violations.clone_from(&numbers.violations);
        let each = numbers.replications as usize;
        let fits = numbers.keys.len() == numbers.measures.len()
            && numbers.measures.iter().all(|m| m.len() == each);
        if !fits {
            return Err(format!("not every metric has {each} replications"));
        }
        pool.keys.clone_from(&numbers.keys);
        pool.measures.clone_from(&numbers.measures);
        let places: BTreeMap<HistogramKey, usize> = (0..pool.histogram_keys.len())
            .map(|number| (pool.histogram_keys[number], number))
            .collect();
        for (group, key, value, count) in &numbers.histograms {
            let all = pool.histograms.get_mut(*group);
            let place = places.get(key);
            let Some(histogram) = all.zip(place).and_then(|(g, n)| g.get_mut(*n)) else {
                return Err(format!("there is no duration {key:?} in group {group}"));
            };
            histogram.record_n(*value, *count);
        }
        let mut kept: BTreeMap<&SeriesName, VecDeque<[f64; 5]>> = BTreeMap::new();
        for (name, sums) in &numbers.sums {
            kept.entry(name).or_default().push_back(*sums);
        }
        let names = pool.series_names();
        for (sum, name) in pool.series.sums().zip(&names) {
            if let Some([x, y, xx, xy, yy]) = kept.get_mut(name).and_then(VecDeque::pop_front) {
                (sum.x, sum.y, sum.xx, sum.xy, sum.yy) = (x, y, xx, xy, yy);
            }
        }
        pool.series.set_replications(numbers.replications);
        Ok(pool)
    }

    /// What each of the sums is.
    #[must_use]
    pub fn series_names(&self) -> Vec<SeriesName> {
        self.series.names(self.header)
    }
}
