//! The decisions of a search: what a run says of its rate, and which rate is next.

use super::rates::Rates;
use serde::Serialize;

/// A rate of which a run says nothing is tried so often.
const TRIES: u32 = 3;
/// A third of a run must have so many looks before its backlog is judged.
const LOOKS: usize = 8;
/// A backlog that is no larger says nothing of a bot's limit.
const LARGE: f64 = 20.0;

/// Watches whether the backlog grows without end: what GuideLLM calls over-saturation.
#[derive(Clone, Debug, Default)]
pub struct Saturation {
    under_way: Vec<f64>,
    first_s: Vec<f64>,
}

impl Saturation {
    /// Takes a look: messages under way, and the mean time to first content since the
    /// look before. True when both have more than doubled from the first third of all
    /// looks to the second, and again to the last, and the backlog is more than 20.
    pub fn is_growing(&mut self, under_way: f64, first_s: f64) -> bool {
        self.under_way.push(under_way);
        self.first_s.push(first_s);
        let third = self.under_way.len() / 3;
        if third < LOOKS {
            return false;
        }
        let rising = |all: &[f64]| {
            let [a, b, c] = thirds(all);
            b > 1.5 * a && c > 1.3 * b
        };
        rising(&self.under_way) && rising(&self.first_s) && thirds(&self.under_way)[2] > LARGE
    }

    /// Whether the backlog grew over a whole run, though nobody waited for too long by its
    /// end: by a straight line through all looks it gains most of its mean, and so does the
    /// time to first content. Of 12 s with customers at random that is so in one run of
    /// thirty at nine tenths of what a bot carries, and in nine of ten at a seventh more.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        if self.under_way.len() / 3 < LOOKS {
            return false;
        }
        let (backlog, first) = (Line::through(&self.under_way), Line::through(&self.first_s));
        let backlog_grew = backlog.fits > 0.6 && backlog.gain > 0.8 * backlog.mean;
        let first_grew = first.fits > 0.5 && first.gain > 0.5 * first.mean;
        backlog_grew && first_grew && thirds(&self.under_way)[2] > LARGE
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn thirds(all: &[f64]) -> [f64; 3] {
    let third = all.len() / 3;
    [mean(&all[..third]), mean(&all[third..2 * third]), mean(&all[2 * third..])]
}

/// The straight line through values at equal distances, by least squares.
struct Line {
    mean: f64,
    /// From its beginning to its end.
    gain: f64,
    /// The part of the variance that it explains.
    fits: f64,
}

impl Line {
    fn through(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let (middle, mean) = ((n - 1.0) / 2.0, mean(values));
        let (mut with, mut along, mut across) = (0.0, 0.0, 0.0);
        for (number, value) in values.iter().enumerate() {
            let (x, y) = (number as f64 - middle, value - mean);
            with += x * y;
            along += x * x;
            across += y * y;
        }
        Self {
            mean,
            gain: with / along * n,
            fits: if across > 0.0 { with * with / (along * across) } else { 0.0 },
        }
    }
}

/// What a run says of its rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The bot carries it.
    Met,
    /// It does not.
    Missed,
    /// Messages were open at the end, and a target depends on them; or the bot was busy
    /// with what came before.
    Undecided,
    /// The generator was late.
    Invalid,
}

/// What was seen in a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Messages were sent too late for their answers to count.
    pub generator_late: bool,
    /// Nothing of what came before was left to the bot.
    pub bot_was_idle: bool,
    /// The backlog grew without end.
    pub saturated: bool,
    /// Next to nothing was answered.
    pub hardly_answered: bool,
    /// A target is missed, or nothing of it was measured.
    pub missed: bool,
    /// Whether a target is met depends on what was open at the end.
    pub undecided: bool,
    /// Messages were open at the end.
    pub open: bool,
}

impl Seen {
    /// What that says of the rate.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.generator_late {
            Outcome::Invalid
        } else if self.saturated || self.missed || self.hardly_answered {
            match self.bot_was_idle {
                true => Outcome::Missed,
                false => Outcome::Undecided,
            }
        } else if self.open && self.undecided {
            Outcome::Undecided
        } else {
            Outcome::Met
        }
    }
}

/// A search that is under way.
#[derive(Clone, Debug)]
pub struct Hunt {
    rates: Rates,
    /// Rates that are done with.
    done: usize,
    /// Runs of the one that is tried now.
    tries: u32,
    /// The largest rate that met all targets.
    pub low: Option<f64>,
    /// The smallest that did not.
    pub high: Option<f64>,
    /// Why it is not known whether the smallest that did not fails.
    pub unsure: Option<Outcome>,
}

impl Hunt {
    /// Before the first run.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self { rates, done: 0, tries: 0, low: None, high: None, unsure: None }
    }

    /// The rate to try now, and the number of the run of it.
    #[must_use]
    pub fn next(&self) -> Option<(f64, u32)> {
        let rate = self.rates.next(self.done, self.low, self.high)?;
        Some((rate, self.tries + 1))
    }

    /// Takes what a run said of a rate; whether it counts. One that says nothing is
    /// repeated, as often as makes sense.
    pub fn take(&mut self, rate: f64, outcome: Outcome) -> bool {
        self.tries += 1;
        let tells = matches!(outcome, Outcome::Met | Outcome::Missed);
        if !tells && self.tries < TRIES {
            return false;
        }
        (self.tries, self.done) = (0, self.done + 1);
        if outcome == Outcome::Met {
            self.low = Some(self.low.map_or(rate, |l| l.max(rate)));
        } else if self.high.is_none_or(|h| rate < h) {
            self.high = Some(rate);
            self.unsure = Some(outcome).filter(|o| *o != Outcome::Missed);
        }
        true
    }
}

#[cfg(test)]
mod tests;
