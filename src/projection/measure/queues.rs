//! Metrics of queues: who was offered, answered and lost, and the waits.

use super::Collector;
use crate::event::Header;
use crate::metric::{Definition, Metric};
use crate::projection::{Dims, Everything, ServiceCell};
use crate::time::SimDuration;

/// The counters of the selected queues. Without a queue in the selection triage
/// is left out: its waits are no customer's last.
fn service_cell(header: &Header, all: &Everything, dims: Dims) -> ServiceCell {
    let mut sum = ServiceCell::default();
    for ((queue, combination), cell) in all.service.keys.iter().zip(&all.service.cells) {
        let selected = match dims.queue {
            Some(q) => q == *queue,
            None => !header.queues[queue.index()].triage,
        };
        if selected
            && dims.takes(*combination as usize, header.channels.len(), header.intents.len())
        {
            sum.add(cell);
        }
    }
    sum
}

pub(super) fn service_measures(c: &mut Collector, header: &Header, all: &Everything, dims: Dims) {
    let cell = service_cell(header, all, dims);
    let lost = cell.abandoned + cell.abandoned_silently;
    c.count(Metric::Offered, cell.offered);
    c.count(Metric::Answered, cell.answered);
    c.count(Metric::Abandoned, cell.abandoned);
    c.count(Metric::SilentAbandoned, cell.abandoned_silently);
    c.count(Metric::Balked, cell.balked);
    c.count(Metric::Blocked, cell.refused);
    if dims.queue.is_some() {
        c.count(Metric::BrokenOff, cell.broken_off);
        c.count(Metric::WentOn, cell.flowed_out);
    }
    let s = |us: f64| us * 1e-6;
    let reached = cell.answered + lost;
    c.quotient(Metric::Asa, None, s(cell.wait_answered_us), cell.answered as f64);
    c.quotient(
        Metric::Asa,
        Some(Definition::Waited),
        s(cell.wait_answered_us),
        cell.waited_answered as f64,
    );
    let waits_us = cell.wait_answered_us + cell.wait_abandoned_us + cell.wait_open_us;
    c.quotient(Metric::Wait, Some(Definition::Mean), s(waits_us), (reached + cell.open) as f64);
    c.quotient(Metric::Wait, Some(Definition::Abandoned), s(cell.wait_abandoned_us), lost as f64);
    c.share(Metric::WaitProbability, cell.waited_answered + lost, reached);
    c.share(Metric::BalkingRate, cell.balked, cell.offered);
    c.share(Metric::BlockingRate, cell.refused, cell.offered);
    c.quotient(Metric::AbandonmentRate, Some(Definition::True), lost as f64, reached as f64);
    c.quotient(
        Metric::AbandonmentRate,
        Some(Definition::Known),
        cell.abandoned as f64,
        reached as f64,
    );
    if dims.queue.is_some() {
        c.quotient(Metric::Aht, Some(Definition::Queue), s(cell.handling_us), cell.handled as f64);
    }
    service_levels(c, header, &cell, dims);
}

/// The definitions SL1 to SL6 and SL8; SL7 needs the distribution
/// of waits and is made by the experiment.
///
/// Whoever still waits when the run ends, and has waited beyond the threshold, was not
/// answered in time: a failure for every definition that looks at more than the answered.
fn service_levels(c: &mut Collector, header: &Header, cell: &ServiceCell, dims: Dims) {
    let queues = &header.queues;
    let thresholds: Vec<SimDuration> = match dims.queue {
        Some(q) => queues[q.index()].thresholds.clone(),
        None => common_thresholds(header),
    };
    let (a, b) = (cell.answered as f64, (cell.abandoned + cell.abandoned_silently) as f64);
    let short = cell.short_abandoned as f64;
    let lost = (cell.refused + cell.balked + cell.flowed_out) as f64;
    for threshold in thresholds {
        let (mut in_time, mut left_in_time, mut late) = (0.0, 0.0, 0.0);
        // Without a queue every queue has the threshold at the same place.
        let facts = match dims.queue {
            Some(q) => queues.get(q.index()),
            None => queues.iter().find(|q| !q.triage),
        };
        let place = facts.and_then(|q| q.thresholds.iter().position(|t| *t == threshold));
        if let Some(place) = place {
            in_time = cell.answered_within[place] as f64;
            left_in_time = cell.abandoned_within[place] as f64;
            late = cell.open_beyond[place] as f64;
        }
        let all = a + b + late;
        let definitions = [
            (Definition::SL1, in_time + left_in_time, all),
            (Definition::SL2, in_time, a),
            (Definition::SL3, in_time, all),
            (Definition::SL4, in_time, all - left_in_time),
            (Definition::SL5, in_time + short, all),
            (Definition::SL6, in_time, all - short),
            (Definition::SL8, in_time, all + lost),
        ];
        c.key.threshold = Some(threshold);
        for (definition, num, den) in definitions {
            c.quotient(Metric::ServiceLevel, Some(definition), num, den);
        }
        c.quotient(Metric::AbandonedWithin, None, left_in_time, a + b);
        c.key.threshold = None;
    }
}

/// Thresholds that every queue counts at the same place in its list.
fn common_thresholds(header: &Header) -> Vec<SimDuration> {
    let queues: Vec<_> = header.queues.iter().filter(|q| !q.triage).collect();
    let Some(first) = queues.first() else {
        return Vec::new();
    };
    let common = |place: usize, t: SimDuration| {
        header.queues.iter().all(|q| q.triage || q.thresholds.get(place) == Some(&t))
    };
    first.thresholds.iter().enumerate().filter(|(i, t)| common(*i, **t)).map(|(_, t)| *t).collect()
}
