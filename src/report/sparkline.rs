//! The mean day in a line of bars: when contacts come, and when they are answered in time.

use super::format;
use crate::experiment::{Point, QueueSeries, Series};
use std::collections::BTreeMap;

/// Most bars of a line.
const MOST_BARS: usize = 48;
/// Bars from the lowest to the highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// An interval with fewer contacts than this share of the peak's is not the worst.
const ENOUGH: f64 = 0.1;

/// Lines of bars over the same hours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sparklines {
    /// What the bars are, in words.
    pub(crate) about: String,
    /// Label, bars, and the end that matters in words.
    pub(crate) lines: Vec<[String; 3]>,
}

/// What comes at one time of the day, on average.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    offered: f64,
    judged: f64,
    in_time: f64,
}

/// The mean day of every queue; `None` where nothing was offered in any two intervals.
pub(crate) fn sparklines(series: &Series) -> Option<Sparklines> {
    let clocks: Vec<&str> =
        series.labels.iter().filter_map(|l| Some(l.split_once(' ')?.1)).collect();
    let times: Vec<&str> = {
        let mut times = clocks.clone();
        times.sort_unstable();
        times.dedup();
        times
    };
    let days = series.labels.len().div_ceil(times.len().max(1)).max(1);
    let queues: Vec<(&QueueSeries, BTreeMap<&str, Slot>)> =
        series.queues.iter().map(|q| (q, slots(&clocks, q))).collect();
    let live = |time: &&&str| {
        queues.iter().any(|(_, slots)| slots.get(**time).is_some_and(|s| s.offered > 0.0))
    };
    let open: Vec<&&str> = times.iter().filter(live).collect();
    let [first, .., last] = open.as_slice() else {
        return None;
    };
    let range: Vec<&str> =
        times.iter().copied().filter(|t| *t >= **first && *t <= **last).collect();
    let merged = range.len().div_ceil(MOST_BARS);
    let mut lines = Vec::new();
    for (queue, slots) in &queues {
        let bars: Vec<(&str, Slot)> = range.chunks(merged).map(|c| together(c, slots)).collect();
        lines.extend(of_queue(&queue.queue, &bars, days as f64));
    }
    let mean = if days > 1 { format!(", mean of {days} days") } else { String::new() };
    let about = format!("{} bars from {first} to {last}{mean}", range.len().div_ceil(merged));
    Some(Sparklines { about, lines })
}

/// Sums over the days, by time of the day.
fn slots<'s>(clocks: &[&'s str], queue: &QueueSeries) -> BTreeMap<&'s str, Slot> {
    let mut slots: BTreeMap<&str, Slot> = BTreeMap::new();
    let mean = |points: &[Point], i: usize| points.get(i).map_or(f64::NAN, |p| p.mean);
    for (i, clock) in clocks.iter().enumerate() {
        let slot = slots.entry(clock).or_default();
        let offered = mean(&queue.offered, i);
        slot.offered += if offered.is_finite() { offered } else { 0.0 };
        let level = mean(&queue.service_level, i);
        if level.is_finite() {
            slot.judged += offered;
            slot.in_time += offered * level;
        }
    }
    slots
}

fn together<'t>(times: &[&'t str], slots: &BTreeMap<&str, Slot>) -> (&'t str, Slot) {
    let mut sum = Slot::default();
    for slot in times.iter().filter_map(|time| slots.get(time)) {
        sum.offered += slot.offered;
        sum.judged += slot.judged;
        sum.in_time += slot.in_time;
    }
    (times.first().copied().unwrap_or_default(), sum)
}

/// What comes, and how much of it is answered in time.
fn of_queue(name: &str, bars: &[(&str, Slot)], days: f64) -> Vec<[String; 3]> {
    let peak = bars.iter().map(|(_, s)| s.offered).fold(0.0, f64::max);
    if peak <= 0.0 {
        return Vec::new();
    }
    let line = |of: &dyn Fn(&Slot) -> f64| bars.iter().map(|(_, s)| bar(of(s))).collect();
    let most = bars.iter().max_by(|a, b| a.1.offered.total_cmp(&b.1.offered));
    let most = most.map_or_else(String::new, |(at, slot)| {
        format!("most {} at {at}", format::value(slot.offered / days, "count"))
    });
    let level = |s: &Slot| if s.judged > 0.0 { s.in_time / s.judged } else { f64::NAN };
    // Of what is the same but for the last digits of a sum, the first.
    let rank = |s: &Slot| (level(s) * 1e9).round();
    let enough = |(_, s): &&(&str, Slot)| s.judged > 0.0 && s.offered >= ENOUGH * peak;
    let least = bars.iter().filter(enough).min_by(|a, b| rank(&a.1).total_cmp(&rank(&b.1)));
    let mut lines = vec![[format!("{name} offered"), line(&|s| s.offered / peak), most]];
    if let Some((at, slot)) = least {
        let least = format!("least {} at {at}", format::value(level(slot), "ratio"));
        lines.push([format!("{name} in time"), line(&level), least]);
    }
    lines
}

/// The bar of a share of the highest; nothing where nothing is known.
fn bar(share: f64) -> char {
    if !share.is_finite() {
        return ' ';
    }
    BARS[((share * BARS.len() as f64) as usize).min(BARS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_day_has_a_bar_for_each_open_interval() {
        let found = sparklines(&sample::series(96)).expect("has contacts");
        assert_eq!(found.about, "28 bars from 08:00 to 21:30, mean of 2 days");
        let [offered, level] = found.lines.as_slice() else {
            unreachable!("a line for what comes and one for what is in time")
        };
        // 106 to 133 contacts, so the first bar is at 0.797 of the highest.
        assert_eq!(offered[1].chars().count(), 28);
        assert!(offered[1].starts_with('▇') && offered[1].ends_with('█'), "{}", offered[1]);
        assert_eq!(offered[2], "most 133 at 21:30");
        assert_eq!(level[1], "▇".repeat(28));
        assert_eq!(level[2], "least 80.0% at 08:00");
        assert_eq!(sparklines(&Series::default()), None);
    }
}
