//! Runs a scenario for as long as needed and reads numbers from it.

use convoq::domain::Party;
use convoq::doubt::Severity;
use convoq::experiment::{MetricRow, Pool, ratio, sectioned};
use convoq::projection::{Durations, HistogramKey, Measure, Replication};
use convoq::run::replicate;
use convoq::scenario::Scenario;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

/// Seed of every simulation here. It is never changed to please a case.
pub const SEED: u64 = 1;

/// An estimate.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// What a standard error is compared with where the value itself is too small for that.
    pub scale: f64,
    /// Whether each replication is one trial: the state at one moment.
    pub trial: bool,
}

impl Number {
    fn new(value: f64, se: Option<f64>) -> Result<Self, String> {
        if !value.is_finite() {
            return Err("nothing was measured".to_owned());
        }
        let se = se.ok_or("no standard error")?;
        Ok(Self { value, se, scale: 0.0, trial: false })
    }
}

/// What is kept of a replication beside its metrics.
pub type Keep = Box<dyn Fn(&Replication) -> Vec<f64>>;

/// A scenario and its replications so far.
pub struct Observed<'s> {
    scenario: &'s Scenario,
    seed: u64,
    pool: Pool<'s>,
    /// What was kept of each replication.
    pub kept: Vec<Vec<f64>>,
    rows: Vec<MetricRow>,
}

impl<'s> Observed<'s> {
    /// Nothing yet.
    pub fn new(scenario: &'s Scenario, seed: u64) -> Self {
        // Quantiles are compared over 20 groups from 20 planned replications on.
        let pool = Pool::new(&scenario.header, 20);
        Self { scenario, seed, pool, kept: Vec::new(), rows: Vec::new() }
    }

    /// Replications so far.
    pub fn replications(&self) -> u32 {
        self.pool.replications
    }

    /// Goes on until there are so many replications: the same run, only longer.
    pub fn extend(&mut self, total: u32, keep: &Keep) {
        let next = AtomicU32::new(self.pool.replications);
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let (sender, results) = mpsc::sync_channel(4 * workers);
        let (scenario, seed) = (self.scenario, self.seed);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= total {
                            return;
                        }
                        let result = replicate(scenario, seed, number);
                        sender.send((number, result)).expect("somebody listens");
                    }
                });
            }
            drop(sender);
            let mut early = BTreeMap::new();
            for (number, result) in results {
                early.insert(number, result);
                while let Some(result) = early.remove(&self.pool.replications) {
                    self.kept.push(keep(&result));
                    self.pool.add(&result);
                }
            }
        });
        let summary = self.pool.summary(self.seed, 0.95, String::new());
        let audit = summary.doubt(Severity::Defect);
        assert!(audit.is_none(), "{audit:?}");
        self.rows = summary.metrics;
    }

    /// A row of the summary.
    pub fn row(&self, row: Row<'_>) -> Result<Number, String> {
        let found = self.rows.iter().find(|r| {
            r.which.metric.name() == row.metric
                && r.which.definition.map(|d| d.name()) == row.definition
                && (row.threshold.is_none() || r.which.threshold_s == row.threshold)
                && r.which.queue.as_deref() == row.queue
                && r.which.team.as_deref() == row.team
                && r.which.party.map(|p| p.name()) == row.party
                && row.stat.is_none_or(|stat| r.which.stat.map(|s| s.name()) == Some(stat))
                && (&r.which.segment, &r.which.channel, &r.which.intent) == (&None, &None, &None)
        });
        let found = found.ok_or_else(|| format!("the summary has no {row:?}"))?;
        Number::new(found.value, found.se)
    }

    /// Numerators and denominators of a metric by replication.
    pub fn measures(&self, row: Row<'_>) -> Result<&[Measure], String> {
        let header = &self.scenario.header;
        let place = self.pool.keys.iter().position(|key| {
            let dims = key.dims;
            key.metric.name() == row.metric
                && key.definition.map(|d| d.name()) == row.definition
                && dims.queue.map(|q| header.queues[q.index()].name.as_str()) == row.queue
                && key.team.map(|t| header.teams[t.index()].name.as_str()) == row.team
                && key.party.map(Party::name) == row.party
                && dims.segment.is_none()
                && dims.channel.is_none()
                && dims.intent.is_none()
        });
        let place = place.ok_or_else(|| format!("no replication has {row:?}"))?;
        Ok(&self.pool.measures[place])
    }

    /// Ratio of sums of what `pair` makes of each replication.
    pub fn ratio(&self, pair: impl Fn(usize) -> (f64, f64)) -> Result<Number, String> {
        let pairs: Vec<(f64, f64)> = (0..self.pool.replications as usize).map(pair).collect();
        let estimate = ratio(&pairs, 0.95);
        Number::new(estimate.value, estimate.se)
    }

    /// Ratio of two of the kept numbers.
    pub fn kept_ratio(&self, num: usize, den: Option<usize>) -> Result<Number, String> {
        self.ratio(|r| (self.kept[r][num], den.map_or(1.0, |d| self.kept[r][d])))
    }

    /// A quantile of the waits in all queues; its scale is the mean wait of those who wait.
    pub fn wait_quantile(&self, q: f64) -> Result<Number, String> {
        let of_waits = |key: &HistogramKey| {
            matches!(key, HistogramKey::WaitAnswered(..) | HistogramKey::WaitAbandoned(..))
        };
        let waits = |group: &Vec<Durations>| {
            let all = self.pool.histogram_keys.iter().zip(group);
            Durations::sum(all.filter(|(key, _)| of_waits(key)).map(|(_, waits)| waits))
        };
        let groups: Vec<Durations> = self.pool.histograms.iter().map(waits).collect();
        let quantile_s = |waits: &Durations| waits.value_at_quantile(q) as f64 * 1e-6;
        let each: Vec<f64> = groups.iter().map(quantile_s).collect();
        let estimate = sectioned(quantile_s(&Durations::sum(&groups)), &each, 0.95);
        let mut number = Number::new(estimate.value, estimate.se)?;
        let mean = self.row(Row { stat: Some("mean"), ..Row::of("wait_s") })?.value;
        let waiting = self.row(Row::of("wait_probability"))?.value;
        number.scale = mean / waiting.max(1e-9);
        Ok(number)
    }

    /// An estimate from sums over replications, with a jackknife over replications.
    pub fn jackknife(&self, function: impl Fn(&[f64]) -> f64) -> Result<Number, String> {
        let width = self.kept.first().map_or(0, Vec::len);
        let mut total = vec![0.0; width];
        for kept in &self.kept {
            total.iter_mut().zip(kept).for_each(|(t, k)| *t += k);
        }
        let n = self.kept.len() as f64;
        let mut without = vec![0.0; width];
        let values: Vec<f64> = self
            .kept
            .iter()
            .map(|kept| {
                for ((w, t), k) in without.iter_mut().zip(&total).zip(kept) {
                    *w = t - k;
                }
                function(&without)
            })
            .collect();
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Number::new(function(&total), Some((squares * (n - 1.0) / n).sqrt()))
    }
}

/// Which number of the summary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row<'a> {
    /// Name of the metric.
    pub metric: &'a str,
    /// Its definition.
    pub definition: Option<&'a str>,
    /// Its threshold, seconds.
    pub threshold: Option<f64>,
    /// The queue.
    pub queue: Option<&'a str>,
    /// The team.
    pub team: Option<&'a str>,
    /// `bot` or `human`.
    pub party: Option<&'a str>,
    /// Which statistic.
    pub stat: Option<&'a str>,
}

impl<'a> Row<'a> {
    /// The metric over everything.
    pub fn of(metric: &'a str) -> Self {
        Self { metric, ..Self::default() }
    }

    /// One of its definitions.
    pub fn defined(metric: &'a str, definition: &'a str) -> Self {
        Self { metric, definition: Some(definition), ..Self::default() }
    }

    /// Of a team.
    pub fn team(self, team: &'a str) -> Self {
        Self { team: Some(team), ..self }
    }

    /// Of a queue.
    pub fn queue(self, queue: &'a str) -> Self {
        Self { queue: Some(queue), ..self }
    }

    /// Of the bot or of people.
    pub fn party(self, party: &'a str) -> Self {
        Self { party: Some(party), ..self }
    }
}

/// Two estimates from runs of different seeds: their quotient.
pub fn quotient(top: Number, bottom: Number) -> Number {
    let value = top.value / bottom.value;
    let relative = (top.se / top.value).hypot(bottom.se / bottom.value);
    Number { value, se: value * relative, scale: 0.0, trial: false }
}
