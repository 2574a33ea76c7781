//! The five random quantities of the model, drawn on demand or one ahead.

use super::{
    BOT_MEAN_S, BOT_RESOLVES, BOT_SIGMA, PATIENCE_MEAN_S, SERVICE_MEAN_S, SERVICE_SIGMA,
    arrival_gap_mean_s,
};
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What [`super::heap_loop`] asks for; times in seconds.
pub trait Draws {
    /// Time from one arrival to the next.
    fn gap_s(&mut self) -> f64;
    /// Stay with the bot.
    fn bot_s(&mut self) -> f64;
    /// Whether the bot does not resolve the matter; asked on arrival.
    fn escalates(&mut self) -> bool;
    /// Patience in the queue.
    fn patience_s(&mut self) -> f64;
    /// Service time.
    fn service_s(&mut self) -> f64;
}

/// Draws a number when it is asked for, from one generator.
pub struct OnDemand {
    rng: Xoshiro256PlusPlus,
    gap_mean_s: f64,
    bot_mu: f64,
    service_mu: f64,
    escalates_from: u64,
}

impl OnDemand {
    /// Draws of this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            gap_mean_s: arrival_gap_mean_s(),
            bot_mu: lognormal_mu(BOT_MEAN_S, BOT_SIGMA),
            service_mu: lognormal_mu(SERVICE_MEAN_S, SERVICE_SIGMA),
            escalates_from: (BOT_RESOLVES * 2f64.powi(64)) as u64,
        }
    }

    #[inline(always)]
    fn exponential(&mut self, mean: f64) -> f64 {
        let unit: f64 = Exp1.sample(&mut self.rng);
        unit * mean
    }

    #[inline(always)]
    fn lognormal(&mut self, mu: f64, sigma: f64) -> f64 {
        let z: f64 = StandardNormal.sample(&mut self.rng);
        (mu + sigma * z).exp()
    }
}

impl Draws for OnDemand {
    #[inline(always)]
    fn gap_s(&mut self) -> f64 {
        self.exponential(self.gap_mean_s)
    }

    #[inline(always)]
    fn bot_s(&mut self) -> f64 {
        self.lognormal(self.bot_mu, BOT_SIGMA)
    }

    #[inline(always)]
    fn escalates(&mut self) -> bool {
        self.rng.next_u64() >= self.escalates_from
    }

    #[inline(always)]
    fn patience_s(&mut self) -> f64 {
        self.exponential(PATIENCE_MEAN_S)
    }

    #[inline(always)]
    fn service_s(&mut self) -> f64 {
        self.lognormal(self.service_mu, SERVICE_SIGMA)
    }
}

/// Holds the next value of each quantity, already drawn, in whole microseconds.
///
/// A loop waits for its next event time, not for instructions. With the number at hand
/// the event list goes on at once, and drawing the successor overlaps with the work on
/// the list: this alone took the loop from 68 to 49 ns a customer. So read the field,
/// update the list, and only then draw again.
pub struct Ahead {
    source: OnDemand,
    /// Time from one arrival to the next.
    pub gap_us: u64,
    /// Stay with the bot.
    pub bot_us: u64,
    /// Patience in the queue.
    pub patience_us: u64,
    /// Service time.
    pub service_us: u64,
}

impl Ahead {
    /// Draws of this seed. They are not those of [`OnDemand`]: the order differs.
    pub fn new(seed: u64) -> Self {
        let mut source = OnDemand::new(seed);
        Self {
            gap_us: whole_us(source.gap_s()),
            bot_us: whole_us(source.bot_s()),
            patience_us: whole_us(source.patience_s()),
            service_us: whole_us(source.service_s()),
            source,
        }
    }

    /// Whether the bot does not resolve the matter: nothing waits for it, so it is drawn
    /// on demand.
    #[inline(always)]
    pub fn escalates(&mut self) -> bool {
        self.source.escalates()
    }

    /// Draws the next `gap_us`.
    #[inline(always)]
    pub fn draw_gap(&mut self) {
        self.gap_us = whole_us(self.source.gap_s());
    }

    /// Draws the next `bot_us`.
    #[inline(always)]
    pub fn draw_bot(&mut self) {
        self.bot_us = whole_us(self.source.bot_s());
    }

    /// Draws the next `patience_us`.
    #[inline(always)]
    pub fn draw_patience(&mut self) {
        self.patience_us = whole_us(self.source.patience_s());
    }

    /// Draws the next `service_us`.
    #[inline(always)]
    pub fn draw_service(&mut self) {
        self.service_us = whole_us(self.source.service_s());
    }
}

/// Lets the heap loop run on the ceiling's numbers, to be compared with it exactly.
impl Draws for Ahead {
    fn gap_s(&mut self) -> f64 {
        let drawn_us = self.gap_us;
        self.draw_gap();
        drawn_us as f64 / 1e6
    }

    fn bot_s(&mut self) -> f64 {
        let drawn_us = self.bot_us;
        self.draw_bot();
        drawn_us as f64 / 1e6
    }

    fn escalates(&mut self) -> bool {
        self.source.escalates()
    }

    fn patience_s(&mut self) -> f64 {
        let drawn_us = self.patience_us;
        self.draw_patience();
        drawn_us as f64 / 1e6
    }

    fn service_s(&mut self) -> f64 {
        let drawn_us = self.service_us;
        self.draw_service();
        drawn_us as f64 / 1e6
    }
}

/// Seconds to the nearest microsecond, for 0 <= `seconds` < 142 years.
///
/// Adding 2^52 leaves the rounded number in the low bits of the float. A cast would do
/// the same, with a range check that costs as much as the rest.
#[inline(always)]
fn whole_us(seconds: f64) -> u64 {
    const TWO_52: f64 = (1u64 << 52) as f64;
    (seconds * 1e6 + TWO_52).to_bits() & ((1 << 52) - 1)
}

/// `mu` of a lognormal of this mean and sigma.
fn lognormal_mu(mean: f64, sigma: f64) -> f64 {
    mean.ln() - sigma * sigma / 2.0
}
