//! Whether the loops simulate the model at all: a fast wrong loop is no yardstick.

use super::heap::heap_loop_on_best_draws;
use super::{
    BOT_RESOLVES, LoopResult, OFFERED_LOAD, PATIENCE_MEAN_S, SERVERS, SERVICE_MEAN_S, best_loop,
};

/// Abandonment of this model: mean of 18 runs of 3 million customers by both loops, to
/// 0.0001.
const ABANDONMENT: f64 = 0.0341;
/// Its standard deviation from run to run, times the root of the customers. Busy spells
/// outlast many customers, so this is 2.6 times what independent customers would give.
const ABANDONMENT_SPREAD: f64 = 0.63;

/// Standard errors a check allows: one false alarm in about two million.
const SIGMAS: f64 = 5.0;

/// Share who abandon in the M/M/80+M queue of the same load and patience (Erlang A).
///
/// Only a neighbour of the model, whose service times vary a little less than
/// exponential ones.
pub fn erlang_a_abandonment() -> f64 {
    let arrivals_per_s = OFFERED_LOAD * f64::from(SERVERS) / SERVICE_MEAN_S;
    // Weights of the birth-and-death chain of customers present, relative to state 0.
    // Beyond 100 waiting the weights are below 1e-13 of the largest.
    let (mut weight, mut weights, mut queue) = (1.0, 1.0, 0.0);
    for present in 1..=SERVERS + 100 {
        let waiting = f64::from(present.saturating_sub(SERVERS));
        let busy = f64::from(present.min(SERVERS));
        weight *= arrivals_per_s / (busy / SERVICE_MEAN_S + waiting / PATIENCE_MEAN_S);
        weights += weight;
        queue += waiting * weight;
    }
    queue / weights / PATIENCE_MEAN_S / arrivals_per_s
}

/// Checks one result against what must hold for any run, or says what does not. It fits
/// whatever simulates the model, not only these loops.
pub fn check_result(name: &str, result: &LoopResult) -> Result<(), String> {
    let fail = |what: String| Err(format!("{name}: {what} in {result:?}"));
    let (customers, escalated) = (result.customers as f64, result.escalated() as f64);

    let share = escalated / customers;
    let share_error = (BOT_RESOLVES * (1.0 - BOT_RESOLVES) / customers).sqrt();
    if (share - (1.0 - BOT_RESOLVES)).abs() > SIGMAS * share_error {
        return fail(format!("{share:.4} asked for a person"));
    }

    // With exponential patience people give up at a constant rate while they wait, so
    // abandonments minus waiting time over mean patience is a martingale, of which the
    // variance is the expected number of abandonments.
    let lost_by_wait = result.mean_wait_s / PATIENCE_MEAN_S;
    let lost_error = (result.abandonment().max(1.0 / escalated) / escalated).sqrt();
    if (result.abandonment() - lost_by_wait).abs() > SIGMAS * lost_error {
        return fail(format!("waits foretell abandonment of {lost_by_wait:.5}"));
    }

    if (result.abandonment() - ABANDONMENT).abs() > SIGMAS * ABANDONMENT_SPREAD / customers.sqrt() {
        return fail(format!("abandonment is far from {ABANDONMENT}"));
    }
    Ok(())
}

/// Checks that both loops tell one story of the same numbers, customer by customer, and
/// that the numbers above are near theory; or says what differs.
pub fn check_agreement(customers: u64, seed: u64) -> Result<(), String> {
    let best = best_loop(customers, seed);
    let heap = heap_loop_on_best_draws(customers, seed);
    let near = |a: f64, b: f64, relative: f64| (a - b).abs() <= relative * a.abs().max(b.abs());
    // Float seconds may round a wait across the edge of a histogram bucket, of 0.1 %.
    let same = (best.customers, best.calendar_events, best.abandoned, best.served)
        == (heap.customers, heap.calendar_events, heap.abandoned, heap.served)
        && near(best.wait_p99_s, heap.wait_p99_s, 2e-3)
        && near(best.mean_wait_s, heap.mean_wait_s, 1e-6);
    if !same {
        return Err(format!("the loops differ on the same numbers: {best:?}, {heap:?}"));
    }
    // Everybody arrives and leaves the bot; who asks for a person also leaves that.
    if best.calendar_events != 2 * best.customers + best.escalated() {
        return Err(format!("events do not add up in {best:?}"));
    }
    // Erlang A's service times vary a little more than the model's, so it loses more.
    let theory = erlang_a_abandonment();
    if !(ABANDONMENT < theory && near(ABANDONMENT, theory, 0.05)) {
        return Err(format!("Erlang A foretells abandonment of {theory:.5}"));
    }
    check_result("best_loop", &best)
}
