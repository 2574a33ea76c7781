//! Laws as a record has them: handle times as they were, patience by Kaplan and Meier.

use super::record::{Record, WaitEnd};
use crate::analytic::kaplan_meier;
use crate::id::QueueId;

/// Values of which a law of patience is made.
const VALUES: usize = 400;

/// Handle times of a queue's contacts, seconds: those of agents without wrap-up, and the
/// mean wrap-up. Empty where nobody was answered.
#[must_use]
pub fn work_s(record: &Record, queue: QueueId) -> (Vec<f64>, f64) {
    let of_queue = || record.contacts.iter().filter(move |c| c.queue == queue);
    let work = of_queue().filter_map(|c| c.work).map(|w| w.as_s()).collect();
    let wrap_ups: Vec<f64> = of_queue().filter_map(|c| c.wrap_up).map(|w| w.as_s()).collect();
    let mean = wrap_ups.iter().sum::<f64>() / wrap_ups.len().max(1) as f64;
    (work, mean)
}

/// A law of patience by its values of equal probability, seconds: Kaplan and Meier's
/// estimate, for which those who were answered have waited at least so long, and beyond
/// the longest wait the rate at which customers left over all. Empty where nobody left.
#[must_use]
pub fn patience_s(record: &Record) -> Vec<f64> {
    let lasting = |left: bool| {
        let ended = record.contacts.iter().filter(move |c| (c.end == WaitEnd::Left) == left);
        ended.map(|c| c.waited.as_s()).collect::<Vec<f64>>()
    };
    let (left_s, stayed_s) = (lasting(true), lasting(false));
    let waits_s = || left_s.iter().chain(&stayed_s).copied();
    let waited_s: f64 = waits_s().sum();
    if left_s.is_empty() || waited_s <= 0.0 {
        return Vec::new();
    }
    let rate = left_s.len() as f64 / waited_s;
    let mut values = Vec::with_capacity(VALUES);
    let wanted = |n: usize| 1.0 - (n as f64 + 0.5) / VALUES as f64;
    let mut alive = 1.0;
    for step in kaplan_meier(&left_s, &stayed_s) {
        alive = step.survival;
        while values.len() < VALUES && alive <= wanted(values.len()) {
            values.push(step.wait_s);
        }
    }
    let longest_s = waits_s().fold(0.0, f64::max);
    while values.len() < VALUES {
        let beyond = (alive / wanted(values.len())).max(1.0);
        values.push(longest_s + libm::log(beyond) / rate);
    }
    values
}
