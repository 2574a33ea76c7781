//! The load that a flow brings to its agents, interval by interval.

use super::{Flow, Part, Serving};
use crate::analytic::{RatePiece, offered_load};
use crate::distribution::Distribution;
use crate::time::SimTime;
use std::collections::BTreeMap;

/// Moments of an interval at which the load is taken; the interval has their mean.
const MOMENTS: u32 = 6;
/// Share of works that may last longer than the load looks back.
const OVER: f64 = 1e-8;
/// Limited means of one law that are kept.
const KEPT: usize = 1 << 16;

/// The loads of a flow, in solo work. A chat stays the longer the more its agent has, so
/// what it brings is spread over the time at full agents.
pub(super) struct Loads<'f> {
    parts: Vec<Spread<'f>>,
    /// How much longer a contact stays than its solo work lasts, at full agents.
    stretch: f64,
}

/// A part of the flow, with its work as long as it stays.
struct Spread<'f> {
    of: &'f Part,
    work: Distribution,
    /// Of those who came longer ago nobody is left, seconds.
    back_s: f64,
    /// Limited means of the work by the bits of their limit: intervals of one length ask
    /// for the same ones again and again.
    known: BTreeMap<u64, f64>,
}

impl<'f> Loads<'f> {
    pub(super) fn new(flow: &'f Flow, serving: &Serving) -> Self {
        let full = serving.rate_of_slots.last().copied().unwrap_or(1.0);
        let stretch = serving.rate_of_slots.len() as f64 / full / serving.speed;
        let spread = |of: &'f Part| {
            let work = of.work.scaled(stretch);
            Spread { of, back_s: work.quantile(1.0 - OVER), work, known: BTreeMap::new() }
        };
        Self { parts: flow.parts.iter().map(spread).collect(), stretch }
    }

    /// The mean load of an interval, erlangs of solo work.
    pub(super) fn mean(&mut self, start: SimTime, end: SimTime) -> f64 {
        let length = end.since(start).as_s();
        let at = |k: u32| start.as_s() + length * (f64::from(k) + 0.5) / f64::from(MOMENTS);
        let stretch = self.stretch;
        let load = |part: &mut Spread<'_>| -> f64 {
            let since = at(0) - part.back_s;
            let near = part.of.between(since, end.as_s()).iter();
            let recent: Vec<RatePiece> = near.filter(|p| p.end_s > since).copied().collect();
            let moments = (0..MOMENTS).map(|k| part.load(&recent, at(k)));
            moments.sum::<f64>() / f64::from(MOMENTS) / stretch
        };
        self.parts.iter_mut().map(load).sum()
    }
}

impl Spread<'_> {
    fn load(&mut self, recent: &[RatePiece], at_s: f64) -> f64 {
        let (work, known) = (&self.work, &mut self.known);
        if known.len() > KEPT {
            known.clear();
        }
        let mean_s =
            |x_s: f64| *known.entry(x_s.to_bits()).or_insert_with(|| work.limited_mean_s(x_s));
        offered_load(recent, mean_s, at_s)
    }
}
