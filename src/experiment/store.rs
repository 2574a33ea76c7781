//! A pool as plain numbers, to keep and to take up again.

use super::Pool;
use super::series::SeriesName;
use crate::event::Header;
use crate::projection::{Measure, MetricKey};

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
    /// Durations: group of replications, number of the histogram, value, count.
    pub histograms: Vec<(usize, usize, u64, u64)>,
    /// Sums of the series: x, y, xx, xy, yy.
    pub sums: Vec<[f64; 5]>,
}

impl<'h> Pool<'h> {
    /// The pool as plain numbers.
    #[must_use]
    pub fn numbers(&mut self) -> PoolNumbers {
        let mut histograms = Vec::new();
        for (group, all) in self.histograms.iter().enumerate() {
            for (number, histogram) in all.iter().enumerate() {
                let recorded = histogram.iter_recorded();
                histograms.extend(
                    recorded.map(|v| (group, number, v.value_iterated_to(), v.count_at_value())),
                );
            }
        }
        PoolNumbers {
            planned: self.planned,
            replications: self.replications,
            events: self.events,
            open: self.open,
            violation_count: self.violation_count,
            violations: self.violations.clone(),
            keys: self.keys.clone(),
            measures: self.measures.clone(),
            histograms,
            sums: self
                .series
                .sums()
                .map(|s| [s.x, s.y, s.xx, s.xy, s.yy])
                .collect(),
        }
    }

    /// The pool that these numbers were taken of.
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
        for (group, number, value, count) in &numbers.histograms {
            let all = pool.histograms.get_mut(*group);
            let Some(histogram) = all.and_then(|g| g.get_mut(*number)) else {
                return Err(format!("there is no histogram {number} in group {group}"));
            };
            // It grows by itself, so that recording cannot fail.
            let _ = histogram.record_n(*value, *count);
        }
        let wanted = pool.series.sums().count();
        if wanted != numbers.sums.len() {
            let kept = numbers.sums.len();
            return Err(format!(
                "{kept} sums of series are kept, {wanted} are known"
            ));
        }
        for (sum, [x, y, xx, xy, yy]) in pool.series.sums().zip(&numbers.sums) {
            (sum.x, sum.y, sum.xx, sum.xy, sum.yy) = (*x, *y, *xx, *xy, *yy);
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
