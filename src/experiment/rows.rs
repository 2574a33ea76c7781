//! From the pool to tidy rows: ratios of sums, pooled quantiles, and their intervals.

use super::within_run::Censored;
use super::{
    Estimate, MetricRow, Pool, TOO_FEW, ratio, sectioned, spread, spread_intervals, spread_ranks,
    within_run,
};
use crate::domain::Dimension;
use crate::event::Header;
use crate::id::{QueueId, SegmentId};
use crate::metric::{Definition, Metric, Stat, Unit, Which};
use crate::projection::{
    BY_PARTY, Dims, Distributions, Durations, HistogramKey, MetricKey, TURN_DURATIONS, TurnDuration,
};
use crate::scenario::target::Target;
use crate::time::SimDuration;
use std::rc::Rc;

/// All rows with a value.
pub(super) fn metric_rows(pool: &Pool<'_>, header: &Header, confidence: f64) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    let mut ranks = (0, [None; 3]); // the same for nearly all rows
    for (key, measures) in pool.keys.iter().zip(&pool.measures) {
        let pairs: Vec<(f64, f64)> = measures.iter().map(|m| (m.num, m.den)).collect();
        let estimate = ratio(&pairs, confidence);
        if !estimate.value.is_finite() {
            continue;
        }
        let mut row = MetricRow::blank(named(header, key));
        set(&mut row, &estimate);
        let own: Vec<f64> =
            pairs.iter().filter(|(_, den)| *den > 0.0).map(|(num, den)| num / den).collect();
        row.spread = spread(&own);
        if row.spread.is_some() {
            if ranks.0 != own.len() {
                ranks = (own.len(), spread_ranks(own.len(), confidence));
            }
            row.spread_ci = Some(spread_intervals(&own, &ranks.1));
        }
        if key.ratio {
            row.numerator = Some(pairs.iter().map(|(num, _)| num).sum());
            row.denominator = Some(pairs.iter().map(|(_, den)| den).sum());
        }
        rows.push(row);
    }
    rows.extend(quantile_rows(pool, header, confidence));
    rows.extend(virtual_service_levels(pool, header, confidence));
    rows
}

/// A metric by names.
pub(super) fn named(header: &Header, key: &MetricKey) -> Which {
    let (definition, stat) = split_definition(key);
    let threshold_s = key.threshold.map(SimDuration::as_s);
    let which = Which { definition, stat, threshold_s, ..Which::of(key.metric) };
    Dimension::ALL
        .into_iter()
        .fold(which, |which, by| which.narrowed(by, key.of_one(by, header).map(str::to_owned)))
}

/// `wait_s` names its statistic where the others name a definition.
fn split_definition(key: &MetricKey) -> (Option<Definition>, Option<Stat>) {
    let definition = key.definition.filter(|d| *d != Definition::Mean);
    // The time to connect has no distribution.
    let is_mean = key.metric.unit() == Unit::Seconds && key.metric != Metric::ConnectTime;
    (definition, is_mean.then_some(Stat::Mean))
}

/// Puts an estimate in a row. An interval does not leave the values that the
/// metric can have: no time, count or share is below zero, no share above one.
pub(super) fn set(row: &mut MetricRow, estimate: &Estimate) {
    row.value = estimate.value;
    row.se = estimate.se;
    let [low, high] = row.which.metric.facts().scale.range();
    let high = if row.value > high { f64::INFINITY } else { high };
    row.ci = estimate.ci.map(|[a, b]| [a.clamp(low, high), b.clamp(low, high)]);
}

/// A duration that is shown as a distribution: its name, selection and histograms.
struct Duration {
    key: MetricKey,
    /// Numbers of the histograms that it adds up.
    parts: Vec<usize>,
    /// Of those of durations that are only known to be no less.
    censored: Vec<usize>,
}

fn durations(keys: &[HistogramKey], header: &Header) -> Vec<Duration> {
    let segments: Vec<Option<SegmentId>> = if header.segments.len() > 1 {
        std::iter::once(None)
            .chain((0..header.segments.len()).map(|s| Some(SegmentId(s as u8))))
            .collect()
    } else {
        vec![None]
    };
    let queues =
        std::iter::once(None).chain((0..header.queues.len()).map(|q| Some(QueueId(q as u8))));
    let mut durations = Vec::new();
    let select = |test: &dyn Fn(HistogramKey) -> bool| -> Vec<usize> {
        (0..keys.len()).filter(|&i| test(keys[i])).collect()
    };
    for queue in queues {
        for &segment in &segments {
            let parts = select(&|key| match key {
                HistogramKey::WaitAnswered(q, s)
                | HistogramKey::WaitAbandoned(q, s)
                | HistogramKey::WaitOpen(q, s) => selected(header, queue, segment, q, s),
                _ => false,
            });
            let dims = Dims { queue, segment, ..Dims::ALL };
            let key = MetricKey { dims, ..MetricKey::of(Metric::Wait) };
            durations.push(Duration { key, parts, censored: Vec::new() });
        }
    }
    for time in BY_PARTY {
        for &segment in &segments {
            let parts = select(&|key| {
                key.by_party().is_some_and(|(of, s)| of == time && segment.is_none_or(|x| x == s))
            });
            let dims = Dims { segment, ..Dims::ALL };
            let (definition, party) = (time.definition, Some(time.party));
            let key = MetricKey { definition, party, dims, ..MetricKey::of(time.metric) };
            durations.push(Duration { key, parts, censored: Vec::new() });
        }
    }
    if header.load.is_some() {
        durations.extend(turn_durations(keys, &segments));
    }
    durations
}

impl Duration {
    /// A statistic of it, by names.
    fn named(&self, header: &Header, stat: Stat) -> Which {
        Which { stat: Some(stat), ..named(header, &self.key) }
    }
}

/// What a load test measures of a real bot's turns.
fn turn_durations(all: &[HistogramKey], segments: &[Option<SegmentId>]) -> Vec<Duration> {
    let mut durations = Vec::new();
    for (what, metric) in TURN_DURATIONS {
        for &segment in segments {
            let parts_of = |what: TurnDuration| -> Vec<usize> {
                let fits = |key: HistogramKey| match key {
                    HistogramKey::Turn(w, s) => w == what && segment.is_none_or(|x| x == s),
                    _ => false,
                };
                (0..all.len()).filter(|i| fits(all[*i])).collect()
            };
            // A message that nobody answered waited at least so long for its answer.
            let censored = match what {
                TurnDuration::Latency | TurnDuration::ToFirst | TurnDuration::ToAnswer => {
                    Some(TurnDuration::Unanswered)
                }
                TurnDuration::Worst => Some(TurnDuration::WorstOpen),
                TurnDuration::Waited => Some(TurnDuration::WaitedOpen),
                _ => None,
            };
            durations.push(Duration {
                key: MetricKey { dims: Dims { segment, ..Dims::ALL }, ..MetricKey::of(metric) },
                parts: parts_of(what),
                censored: censored.map(parts_of).unwrap_or_default(),
            });
        }
    }
    durations
}

fn selected(
    header: &Header,
    queue: Option<QueueId>,
    segment: Option<SegmentId>,
    q: QueueId,
    s: SegmentId,
) -> bool {
    let queue_fits = match queue {
        Some(wanted) => wanted == q,
        None => !header.queues[q.index()].triage,
    };
    queue_fits && segment.is_none_or(|wanted| wanted == s)
}

fn quantile_rows(pool: &Pool<'_>, header: &Header, confidence: f64) -> Vec<MetricRow> {
    let row = |quantile: Quantile| {
        let Quantile { mut row, whole, each, of } = quantile;
        set(&mut row, &sectioned(whole, &each, confidence));
        if pool.replications == 1 && header.load.is_some() {
            within_run::put_interval(pool, &mut row, &of, confidence);
        }
        row
    };
    quantiles(pool, header).into_iter().map(row).collect()
}

/// A pooled statistic of a distribution, before it is given an interval.
pub(super) struct Quantile {
    /// Its names.
    pub(super) row: MetricRow,
    /// The value over all replications.
    pub(super) whole: f64,
    /// The values of the groups; NaN where nothing was measured. None for the maximum.
    pub(super) each: Vec<f64>,
    /// The distribution, over all replications.
    pub(super) of: Censored,
}

/// The means and quantiles of all distributions.
pub(super) fn quantiles(pool: &Pool<'_>, header: &Header) -> Vec<Quantile> {
    let mut all = Vec::new();
    for duration in durations(&pool.histogram_keys, header) {
        let groups: Vec<Durations> =
            pool.histograms.iter().map(|group| merged(group, &duration.parts)).collect();
        let open: Vec<Durations> =
            pool.histograms.iter().map(|group| merged(group, &duration.censored)).collect();
        let of = censored(&groups, &open);
        let whole = Rc::clone(&of.all);
        if whole.is_empty() {
            continue;
        }
        let mut put = |stat: Stat, at: &dyn Fn(&Durations) -> f64, grouped: bool| {
            let mut row = MetricRow::blank(duration.named(header, stat));
            let own = |h: &Durations| if h.is_empty() { f64::NAN } else { at(h) * 1e-6 };
            let mut pooled = own(&whole);
            if beyond_the_longest(stat, whole.len()) {
                (pooled, row.note) = (f64::NAN, Some(TOO_FEW));
            }
            all.push(Quantile {
                row,
                whole: pooled,
                each: groups.iter().filter(|_| grouped).map(own).collect(),
                of: of.clone(),
            });
        };
        // The means of the others are exact: sums of the durations themselves.
        let mut turns = TURN_DURATIONS.iter();
        let of_turns = turns.any(|(_, name)| *name == duration.key.metric);
        if of_turns {
            put(Stat::Mean, &Durations::mean, true);
        }
        for stat in Stat::ALL {
            let Some(q) = stat.quantile().filter(|_| stat != Stat::P999 || of_turns) else {
                continue;
            };
            put(stat, &|h| h.value_at_quantile(q) as f64, q < 1.0);
        }
    }
    all
}

/// All groups together, with those durations that are only known to be no less.
fn censored(known: &[Durations], open: &[Durations]) -> Censored {
    let (known, open) = (Rc::new(Durations::sum(known)), Durations::sum(open));
    if open.is_empty() {
        return Censored { all: Rc::clone(&known), known };
    }
    let all = Rc::new(Durations::sum([&*known, &open]));
    Censored { all, known }
}

/// The quantile or greatest value that a target is about, in seconds, in one
/// replication; `None` where it has too few values. The histograms are those of
/// [`Replication::histograms`](crate::projection::Replication::histograms).
#[must_use]
pub fn quantile_of(header: &Header, target: &Target, histograms: &[Durations]) -> Option<f64> {
    let stat = target.which.stat?;
    let q = stat.quantile()?;
    let all = durations(&Distributions::new(header).keys, header);
    let found = all.iter().find(|d| target.which.asks_for(&d.named(header, stat)));
    let whole = merged(histograms, &found?.parts);
    let enough = !whole.is_empty() && !beyond_the_longest(stat, whole.len());
    enough.then(|| whole.value_at_quantile(q) as f64 * 1e-6)
}

/// Whether so few values have no such percentile but their longest.
fn beyond_the_longest(stat: Stat, count: u64) -> bool {
    stat.quantile().is_some_and(|q| q < 1.0 && count as f64 * (1.0 - q) < 1.0 - 1e-9)
}

fn merged(histograms: &[Durations], parts: &[usize]) -> Durations {
    Durations::sum(parts.iter().filter_map(|number| histograms.get(*number)))
}

/// SL7: the probability that a customer of endless patience is answered in time.
/// Patience censors the offered wait, and so does the end of the run, so Kaplan-Meier
/// estimates its law.
fn virtual_service_levels(pool: &Pool<'_>, header: &Header, confidence: f64) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for (number, queue) in header.queues.iter().enumerate() {
        let id = QueueId(number as u8);
        let find = |answered: bool| -> Vec<usize> {
            let fits = |key: HistogramKey| match key {
                HistogramKey::WaitAnswered(q, _) => answered && q == id,
                HistogramKey::WaitAbandoned(q, _) | HistogramKey::WaitOpen(q, _) => {
                    !answered && q == id
                }
                _ => false,
            };
            (0..pool.histogram_keys.len()).filter(|&i| fits(pool.histogram_keys[i])).collect()
        };
        let (answered, abandoned) = (find(true), find(false));
        let groups: Vec<_> =
            pool.histograms.iter().map(|g| (merged(g, &answered), merged(g, &abandoned))).collect();
        let whole = (
            Durations::sum(groups.iter().map(|(a, _)| a)),
            Durations::sum(groups.iter().map(|(_, b)| b)),
        );
        for threshold in &queue.thresholds {
            let Some(value) = within_virtually(&whole.0, &whole.1, threshold.0) else {
                continue;
            };
            let each: Vec<f64> =
                groups.iter().filter_map(|(a, b)| within_virtually(a, b, threshold.0)).collect();
            let key = MetricKey {
                definition: Some(Definition::SL7),
                threshold: Some(*threshold),
                dims: Dims { queue: Some(id), ..Dims::ALL },
                ..MetricKey::of(Metric::ServiceLevel)
            };
            let mut row = MetricRow::blank(named(header, &key));
            set(&mut row, &sectioned(value, &each, confidence));
            rows.push(row);
        }
    }
    rows
}

/// Kaplan-Meier estimate of P(offered wait <= threshold) from answered waits
/// (events) and waits of those who left or wait on (censored).
fn within_virtually(answered: &Durations, left: &Durations, threshold_us: u64) -> Option<f64> {
    let mut at_risk = (answered.len() + left.len()) as f64;
    if at_risk == 0.0 {
        return None;
    }
    let mut censored = left.counts().into_iter().peekable();
    let mut longer = 1.0;
    for (value, count) in answered.counts() {
        if value > threshold_us {
            break;
        }
        while let Some(c) = censored.next_if(|(us, _)| *us < value) {
            at_risk -= c.1 as f64;
        }
        longer *= 1.0 - count as f64 / at_risk;
        at_risk -= count as f64;
    }
    Some(1.0 - longer)
}
