//! Targets: what the scenario promises, judged with its uncertainty.

use super::open_ends;
use super::rows::named;
use super::{Estimate, MetricRow, Series, TargetRow, Verdict, clopper_pearson};
use crate::event::Header;
use crate::metric::{Definition, Metric};
use crate::projection::{Dims, Measure, MetricKey};
use crate::scenario::target::{self, Comparison, Target};

/// Judges every target of the header.
pub(super) fn evaluate(
    header: &Header,
    rows: &[MetricRow],
    series: &Series,
    measures: &[(MetricKey, &[Measure])],
    confidence: f64,
) -> Vec<TargetRow> {
    // What only a load test measures is not missing in a simulation.
    let is_asked = |text: &&String| {
        header.load.is_some() || target::parse(text).is_ok_and(|t| !t.which.metric.is_of_load())
    };
    let each = |text: &String| match target::parse(text) {
        Ok(target) => judge(&target, header, rows, series, measures, confidence),
        // A header from elsewhere may hold what this version cannot read.
        Err(_) => TargetRow::not_measured(text),
    };
    header.targets.iter().filter(is_asked).map(each).collect()
}

/// Judges one target.
pub(super) fn judge(
    target: &Target,
    header: &Header,
    rows: &[MetricRow],
    series: &Series,
    measures: &[(MetricKey, &[Measure])],
    confidence: f64,
) -> TargetRow {
    match target.probability {
        None => {
            let row = judge_value(target, header, rows, series);
            with_open_ends(row, target, header, measures)
        }
        Some((comparison, share)) => {
            judge_days(target, comparison, share, header, measures, confidence)
        }
    }
}

/// The row that a target on a value is about.
pub(super) fn row_of<'r>(target: &Target, rows: &'r [MetricRow]) -> Option<&'r MetricRow> {
    let row = rows.iter().find(|row| target.which.asks_for(&row.which));
    row.filter(|_| target.probability.is_none())
}

fn judge_value(target: &Target, header: &Header, rows: &[MetricRow], series: &Series) -> TargetRow {
    let text = &target.text;
    let row = rows.iter().find(|row| target.which.asks_for(&row.which));
    // With too few values for a percentile there may still be a bound of it.
    let told = |row: &&MetricRow| row.value.is_finite() || row.ci.is_some();
    let Some(row) = row.filter(told) else {
        return TargetRow::not_measured(text);
    };
    let estimate = Estimate { value: row.value, se: row.se, ci: row.ci };
    TargetRow {
        target: text.to_string(),
        value: Some(row.value).filter(|value| value.is_finite()),
        ci: row.ci,
        unit: row.unit,
        verdict: verdict(target.comparison, target.value, &estimate),
        worst: worst(target, header, series),
        with_open: None,
    }
}

/// A target that is met only because the run ended is not: it is missed where those who
/// still wait have waited too long already, and undecided where they probably will.
fn with_open_ends(
    row: TargetRow,
    target: &Target,
    header: &Header,
    measures: &[(MetricKey, &[Measure])],
) -> TargetRow {
    let Some((key, all)) = measures.iter().find(|(key, _)| means(target, key, header)) else {
        return row;
    };
    if row.verdict != Verdict::Met {
        return row;
    }
    let sum = |all: &[Measure]| Measure {
        num: all.iter().map(|m| m.num).sum(),
        den: all.iter().map(|m| m.den).sum(),
    };
    let found = open_ends::with_open(key, sum(all), find(measures, |m| Some(sum(m))));
    let Some(found) = found else {
        return row;
    };
    let fails = |m: Measure| {
        let value = m.num / m.den;
        Some(value).filter(|value| !target.comparison.holds(*value, target.value))
    };
    let least = found.least.and_then(fails);
    let Some(value) = least.or_else(|| fails(found.expected)) else {
        return row;
    };
    TargetRow {
        verdict: match least {
            Some(_) => Verdict::Missed,
            None => Verdict::Undecided,
        },
        with_open: Some(value),
        ..row
    }
}

/// Finds the measure of a metric of some contacts, neither of a party nor of a team.
fn find<T>(
    measures: &[(MetricKey, T)],
    measure: impl Fn(&T) -> Option<Measure>,
) -> impl Fn(Metric, Option<Definition>, Dims) -> Option<Measure> {
    move |metric, definition, dims| {
        let is_it = |key: &MetricKey| {
            (key.metric, key.definition) == (metric, definition)
                && (key.dims, key.party, key.team) == (dims, None, None)
        };
        let (_, found) = measures.iter().find(|(key, _)| is_it(key))?;
        measure(found)
    }
}

/// A time below it is compared with limits of which tenths of a second are no fine part.
const SHORT_S: f64 = 10.0;

impl TargetRow {
    /// Whether it is about times of machines, or about short ones.
    #[must_use]
    pub fn is_short(&self) -> bool {
        let is_short = |t: Target| t.which.metric.is_of_load() || t.value < SHORT_S;
        self.unit == "s" && target::parse(&self.target).is_ok_and(is_short)
    }
}

fn verdict(comparison: Comparison, limit: f64, estimate: &Estimate) -> Verdict {
    let Some([low, high]) = estimate.ci else {
        let met = comparison.holds(estimate.value, limit);
        return if met { Verdict::Met } else { Verdict::Missed };
    };
    match (comparison.holds(low, limit), comparison.holds(high, limit)) {
        (true, true) => Verdict::Met,
        (false, false) => Verdict::Missed,
        _ => Verdict::Undecided,
    }
}

/// `probability(...)`: the share of replications in which the target holds, with
/// the exact binomial interval.
fn judge_days(
    target: &Target,
    comparison: Comparison,
    share: f64,
    header: &Header,
    measures: &[(MetricKey, &[Measure])],
    confidence: f64,
) -> TargetRow {
    let text = &target.text;
    let Some((key, days)) = measures.iter().find(|(key, _)| means(target, key, header)) else {
        return TargetRow::not_measured(text);
    };
    let with_open = |(day, measure): (usize, &Measure)| {
        let of = find(measures, |days: &&[Measure]| days.get(day).copied());
        open_ends::with_open(key, *measure, of).map_or(*measure, |with| with.expected)
    };
    let measured: Vec<f64> = days
        .iter()
        .enumerate()
        .map(with_open)
        .filter(|m| m.den > 0.0)
        .map(|m| m.num / m.den)
        .collect();
    if measured.is_empty() {
        return TargetRow::not_measured(text);
    }
    let good = measured.iter().filter(|v| target.comparison.holds(**v, target.value)).count();
    let n = measured.len() as f64;
    let ci = Some(clopper_pearson(good as f64, n, confidence));
    let estimate = Estimate { value: good as f64 / n, se: None, ci };
    TargetRow {
        target: text.to_string(),
        value: Some(estimate.value),
        ci,
        unit: "ratio",
        verdict: verdict(comparison, share, &estimate),
        worst: None,
        with_open: None,
    }
}

/// What a target is about in one replication, with those who still wait at its end;
/// `None` where nothing is measured of it. Targets on quantiles and greatest values have
/// no such number.
#[must_use]
pub fn measure_of(
    header: &Header,
    target: &Target,
    measures: &[(MetricKey, Measure)],
) -> Option<Measure> {
    let found = measures.iter().find(|(key, _)| means(target, key, header));
    let (key, measure) = found?;
    let of = find(measures, |m| Some(*m));
    Some(open_ends::with_open(key, *measure, of).map_or(*measure, |with| with.expected))
}

/// Whether the target is about this metric.
pub(super) fn means(target: &Target, key: &MetricKey, header: &Header) -> bool {
    target.which.metric == key.metric && target.which.asks_for(&named(header, key))
}

/// The interval that misses the target most, for service levels of one queue by the
/// definition and threshold of the series: SL3 at the one that they watch.
fn worst(target: &Target, header: &Header, series: &Series) -> Option<(String, f64)> {
    let low_is_bad = matches!(target.comparison, Comparison::AtLeast | Comparison::Above);
    if target.which.metric != Metric::ServiceLevel || !low_is_bad {
        return None;
    }
    let queue = match &target.which.queue {
        Some(name) => series.queues.iter().find(|q| q.queue == *name)?,
        None => series.queues.first()?,
    };
    let facts = header.queues.iter().find(|q| q.name == queue.queue)?;
    let own = facts.watched_threshold().map(|t| t.as_s());
    let other = target.which.definition.is_some_and(|d| d != Definition::SL3);
    if other || target.which.threshold_s.is_some_and(|s| Some(s) != own) {
        return None;
    }
    // An interval with hardly any contacts says nothing: a tenth of the peak at least.
    let peak = queue.offered.iter().map(|p| p.mean).fold(0.0, f64::max);
    let enough = (0.1 * peak).max(1.0);
    let values = queue.service_level.iter().zip(&queue.offered).enumerate();
    let (interval, value) = values
        .filter(|(_, (level, offered))| level.mean.is_finite() && offered.mean >= enough)
        .map(|(i, (level, _))| (i, level.mean))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let label = series.labels.get(interval)?;
    (value < target.value).then(|| (short_label(label, series.labels.len()), value))
}

/// `2026-03-02 13:00` as `Mon 13:00`; the date stays where a run is longer than a week.
fn short_label(label: &str, intervals: usize) -> String {
    let Some((date, clock)) = label.split_once(' ') else {
        return label.to_string();
    };
    let Ok(day) = date.parse::<jiff::civil::Date>() else {
        return label.to_string();
    };
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let name = names[(day.weekday().to_monday_zero_offset() as usize).min(6)];
    if intervals > 7 * 96 { format!("{name} {label}") } else { format!("{name} {clock}") }
}
