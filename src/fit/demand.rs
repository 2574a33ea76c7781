//! How many customers come: by day of the week, by interval, and how much days differ.

use super::calendar::{Calendar, WEEKDAYS};
use super::figure::{CONFIDENCE, Figure, Resampling, percentile_interval, resample};
use super::profile::smoothed;
use crate::experiment::t_quantile;
use jiff::civil::Date;

/// Resamples of days for the interval of the busyness.
const RESAMPLES: u64 = 400;
/// A day this many spreads from the middle of its weekday is a special one.
const SPREADS: f64 = 4.0;
/// And by this share at least: what is nearer does not matter.
const SHARE: f64 = 0.2;
/// Days from which a trend can be told from chance.
const TREND_DAYS: usize = 21;
/// A trend less sure than this is not used.
const TREND_P: f64 = 0.01;

/// Customers of one segment and channel.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedDemand {
    /// Index of the segment in the header.
    pub segment: usize,
    /// Index of the channel in the header.
    pub channel: usize,
    /// First contacts that were counted.
    pub n: usize,
    /// Days that were looked at, special ones left out.
    pub days: usize,
    /// Contacts of an ordinary day, at the level of the last day.
    pub per_day: Figure,
    /// Factor of each day of the week that was seen, from Monday.
    pub weekday: [Option<Figure>; 7],
    /// Days that are not ordinary, with their factors.
    pub special: Vec<(Date, f64)>,
    /// Change of the volume in a week, as a factor, where it is surely not 1.
    pub trend: Option<Figure>,
    /// Squared coefficient of variation of the busy-day factor; none where days are too few.
    pub busyness_cv2: Option<Figure>,
    /// Shapes of days, each with its days of the week.
    pub shapes: Vec<Shape>,
    /// Shares of the intents, in their order.
    pub intents: Vec<Figure>,
}

/// The shape of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Days of the week that have it, from Monday.
    pub weekdays: [bool; 7],
    /// Share of each interval of the day.
    pub shares: Vec<f64>,
    /// Contacts counted in each.
    pub counts: Vec<f64>,
    /// Weight of the penalty on bends.
    pub penalty: f64,
}

/// First contacts of one segment and channel: by day and interval, and by intent.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub segment: usize,
    pub channel: usize,
    /// Days of the run that were looked at.
    pub days: Vec<usize>,
    /// Of each of these days and each interval.
    pub counts: Vec<Vec<f64>>,
    pub intents: Vec<usize>,
}

/// A day with its total and what was expected of it.
#[derive(Clone, Copy, Debug)]
struct Day {
    number: usize,
    weekday: usize,
    total: f64,
    expected: f64,
}

pub(super) fn fitted(counted: &Counted, calendar: &Calendar, by: Resampling) -> FittedDemand {
    let all: Vec<Day> = counted
        .days
        .iter()
        .zip(&counted.counts)
        .map(|(day, counts)| Day {
            number: *day,
            weekday: calendar.weekday(*day),
            total: counts.iter().sum(),
            expected: 0.0,
        })
        .collect();
    let special = special(&all);
    let is_special = |day: &Day| special.iter().any(|(number, _)| *number == day.number);
    let mut days: Vec<Day> = all.iter().filter(|day| !is_special(day)).copied().collect();
    let slope = trend(&mut days);
    let seen = WEEKDAYS.iter().enumerate().filter(|(w, _)| days.iter().any(|d| d.weekday == *w));
    let freedom = days.iter().filter(|d| d.expected > 0.0).count() as f64
        - seen.filter(|(w, _)| days.iter().any(|d| d.weekday == *w && d.expected > 0.0)).count()
            as f64
        - if slope.is_some() { 1.0 } else { 0.0 };
    let cv2 = (freedom >= 3.0).then(|| busyness(&days, freedom, by));
    let spread = cv2.map_or(0.0, |figure| figure.value);
    // What the last day would be, the trend included.
    let level = slope.map_or(1.0, |(slope, _)| {
        let last = all.last().map_or(0.0, |d| d.number as f64);
        libm::exp(slope * (last - middle(&days)))
    });
    let (per_day, weekday) = volumes(&days, spread, freedom, level);
    let factor = |number: usize| {
        let day = all.iter().find(|d| d.number == number)?;
        let usual = per_day.value * weekday[day.weekday]?.value / level;
        (usual > 0.0).then(|| (calendar.date(number), day.total / usual))
    };
    let total: usize = counted.intents.iter().sum();
    FittedDemand {
        segment: counted.segment,
        channel: counted.channel,
        n: total,
        days: days.len(),
        per_day,
        weekday,
        special: special.iter().filter_map(|(number, _)| factor(*number)).collect(),
        trend: slope.map(|(slope, half)| Figure {
            value: libm::exp(7.0 * slope),
            interval: Some([libm::exp(7.0 * (slope - half)), libm::exp(7.0 * (slope + half))]),
            n: days.len(),
        }),
        busyness_cv2: cv2,
        shapes: shapes(counted, &days),
        intents: counted.intents.iter().map(|n| Figure::share(*n, total)).collect(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match (values.len() / 2, values.len() % 2) {
        (_, _) if values.is_empty() => 0.0,
        (half, 1) => values[half],
        (half, _) => (values[half - 1] + values[half]) / 2.0,
    }
}

/// Days far from the middle of their weekday, with their distance. Three of a weekday are
/// the least that can say which of them is odd.
fn special(days: &[Day]) -> Vec<(usize, f64)> {
    let away = |day: &Day| {
        let same: Vec<f64> =
            days.iter().filter(|d| d.weekday == day.weekday).map(|d| d.total).collect();
        let usual = median(same.clone());
        (same.len() >= 3 && usual > 0.0).then(|| (day.number, day.total / usual - 1.0, usual))
    };
    let found: Vec<(usize, f64, f64)> = days.iter().filter_map(away).collect();
    let spread = 1.4826 * median(found.iter().map(|(_, r, _)| r.abs()).collect());
    let odd = found.into_iter().filter(|(_, r, usual)| {
        r.abs() > SHARE && r.abs() > SPREADS * spread.max(1.0 / usual.sqrt())
    });
    odd.map(|(number, r, _)| (number, r)).collect()
}

fn middle(days: &[Day]) -> f64 {
    days.iter().map(|d| d.number as f64).sum::<f64>() / days.len().max(1) as f64
}

/// Fills in what was expected of each day: the mean of its weekday, with a trend where there
/// surely is one. Its slope by day and half its interval.
fn trend(days: &mut [Day]) -> Option<(f64, f64)> {
    let plain = days.to_vec();
    let mean_of = |weekday: usize| {
        let same = plain.iter().filter(|d| d.weekday == weekday);
        same.clone().map(|d| d.total).sum::<f64>() / same.count().max(1) as f64
    };
    days.iter_mut().for_each(|d| d.expected = mean_of(d.weekday));
    let open: Vec<Day> = days.iter().filter(|d| d.total > 0.0).copied().collect();
    if open.len() < TREND_DAYS {
        return None;
    }
    let centre = middle(&open);
    let x = |d: &Day| d.number as f64 - centre;
    let y = |d: &Day| libm::log(d.total / d.expected);
    let squares: f64 = open.iter().map(|d| x(d).powi(2)).sum();
    let slope = open.iter().map(|d| x(d) * y(d)).sum::<f64>() / squares;
    let rest: f64 = open.iter().map(|d| (y(d) - slope * x(d)).powi(2)).sum();
    let freedom = open.len() as f64 - 8.0;
    let error = (rest / freedom / squares).sqrt();
    if slope.abs() < error * t_quantile(freedom, 1.0 - TREND_P / 2.0) {
        return None;
    }
    days.iter_mut().for_each(|d| d.expected *= libm::exp(slope * x(d)));
    Some((slope, error * t_quantile(freedom, 0.5 + CONFIDENCE / 2.0)))
}

/// The squared coefficient of variation of the busy-day factor at which the squared
/// deviations are what they should be: those of a negative binomial law.
fn excess(days: &[Day], freedom: f64) -> f64 {
    let deviation = |cv2: f64| {
        let each = days
            .iter()
            .filter(|d| d.expected > 0.0)
            .map(|d| (d.total - d.expected).powi(2) / (d.expected + cv2 * d.expected * d.expected));
        each.sum::<f64>() - freedom
    };
    if deviation(0.0) <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let at = if deviation(middle) > 0.0 { &mut low } else { &mut high };
        *at = middle;
    }
    (low + high) / 2.0
}

fn busyness(days: &[Day], freedom: f64, by: Resampling) -> Figure {
    let again = (0..RESAMPLES).map(|number| {
        let mut stream = resample(by, number, 1);
        let drawn: Vec<Day> = days
            .iter()
            .map(|_| days[((stream.unit() * days.len() as f64) as usize).min(days.len() - 1)])
            .collect();
        excess(&drawn, freedom)
    });
    let interval = percentile_interval(again.collect());
    Figure { value: excess(days, freedom), interval, n: days.len() }
}

/// The mean volume of a day and the factors of the days of the week, which are 1 in the mean
/// of those that have customers.
fn volumes(days: &[Day], cv2: f64, freedom: f64, level: f64) -> (Figure, [Option<Figure>; 7]) {
    // The mean of a weekday, its variance, and how many there were.
    let of = |weekday: usize| {
        let totals: Vec<f64> =
            days.iter().filter(|d| d.weekday == weekday).map(|d| d.total).collect();
        let n = totals.len() as f64;
        let mean = totals.iter().sum::<f64>() / n;
        (n > 0.0).then_some((mean, (mean + cv2 * mean * mean) / n, totals.len()))
    };
    let means: [Option<(f64, f64, usize)>; 7] = std::array::from_fn(of);
    let open = || means.iter().flatten().filter(|(mean, ..)| *mean > 0.0);
    let count = open().count().max(1) as f64;
    let mean = open().map(|(mean, ..)| mean).sum::<f64>() / count;
    let variance = open().map(|(_, variance, _)| variance).sum::<f64>() / (count * count);
    // Without days to spare it is known of a Poisson law that it varies by its mean.
    let freedom = if freedom >= 3.0 { freedom } else { 1e6 };
    let scaled = |value: f64, variance: f64, n: usize| {
        Figure::of_mean(value * level, variance * level * level, freedom, n)
    };
    let weekday = means.map(|found| {
        let (value, variance, n) = found?;
        (mean > 0.0).then(|| Figure::of_mean(value / mean, variance / (mean * mean), freedom, n))
    });
    (scaled(mean, variance, days.len()), weekday)
}

/// Shapes of days. Days of the week are put together where that loses less than it saves
/// (Schwarz, "Estimating the dimension of a model", 1978), the two nearest first.
fn shapes(counted: &Counted, days: &[Day]) -> Vec<Shape> {
    let bins = counted.counts.first().map_or(0, Vec::len);
    let mut groups: Vec<([bool; 7], Vec<f64>)> = Vec::new();
    for weekday in 0..7 {
        let mut sum = vec![0.0; bins];
        for day in days.iter().filter(|d| d.weekday == weekday) {
            let place = counted.days.iter().position(|number| *number == day.number);
            if let Some(counts) = place.and_then(|place| counted.counts.get(place)) {
                sum.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
            }
        }
        if sum.iter().sum::<f64>() > 0.0 {
            groups.push((std::array::from_fn(|w| w == weekday), sum));
        }
    }
    while let Some((a, b)) = nearest(&groups) {
        let (weekdays, counts) = groups.swap_remove(b);
        (0..7).for_each(|w| groups[a].0[w] |= weekdays[w]);
        groups[a].1.iter_mut().zip(&counts).for_each(|(s, c)| *s += c);
    }
    groups.sort_by_key(|(weekdays, _)| weekdays.iter().position(|w| *w));
    let shape = |(weekdays, counts): ([bool; 7], Vec<f64>)| {
        let (means, penalty) = smoothed(&counts);
        let total: f64 = means.iter().sum();
        let shares = means.iter().map(|m| m / total).collect();
        Shape { weekdays, shares, counts, penalty }
    };
    groups.into_iter().map(shape).collect()
}

/// The two shapes, the first before the second, that cost least to be taken for one; none
/// where each pair costs more than its parameters.
fn nearest(groups: &[([bool; 7], Vec<f64>)]) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for a in 0..groups.len() {
        for b in a + 1..groups.len() {
            let (first, second) = (hourly(&groups[a].1), hourly(&groups[b].1));
            let both: Vec<f64> = first.iter().zip(&second).map(|(x, y)| x + y).collect();
            let lost = 2.0 * (entropy(&first) + entropy(&second) - entropy(&both));
            let used = both.iter().filter(|c| **c > 0.0).count() as f64 - 1.0;
            let cost = lost - used * libm::log(both.iter().sum::<f64>());
            if cost < best.map_or(0.0, |(least, ..)| least) {
                best = Some((cost, a, b));
            }
        }
    }
    best.map(|(_, a, b)| (a, b))
}

/// Counts of 24 equal parts of a day, or of its intervals where these are fewer.
fn hourly(counts: &[f64]) -> Vec<f64> {
    let parts = counts.len().min(24);
    let mut sums = vec![0.0; parts];
    for (bin, count) in counts.iter().enumerate() {
        sums[bin * parts / counts.len()] += count;
    }
    sums
}

/// The greatest log-likelihood of counts under shares.
fn entropy(counts: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    counts.iter().filter(|c| **c > 0.0).map(|c| c * libm::log(c / total)).sum()
}
