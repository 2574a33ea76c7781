//! How far one number of a scenario may go: monotone bisection on simulated goals.

use std::collections::BTreeMap;

/// Relative precision of the limit of a number that is no count.
const PRECISION: f64 = 0.005;
/// Steps at most in one direction until goals turn: each is twice as long as the one before.
const STEPS: u32 = 12;
/// The first step away from the present value, relative.
const FIRST: f64 = 0.1;
/// Steps at most out of the limit until a verdict is certain.
const CERTAIN_STEPS: u32 = 6;

/// What the periods say of all goals at a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Certainty {
    /// They are met, and chance does not explain it.
    Met,
    /// More periods would tell.
    Undecided,
    /// One is missed, and chance does not explain it.
    Missed,
}

/// A value that was tried.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tried {
    /// The value.
    pub value: f64,
    /// Whether all goals are met as measured.
    pub met: bool,
    /// What is certain.
    pub certainty: Certainty,
    /// Mean distance of the periods from missing, in the unit of the first goal that is nearest.
    pub ease: f64,
}

/// Where a number may go.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Range {
    /// Its present value, within the range.
    pub now: f64,
    /// Least value, 0 or more.
    pub least: f64,
    /// Greatest value.
    pub most: f64,
    /// Whether it is a count.
    pub whole: bool,
}

/// The limit of a number.
#[derive(Clone, PartialEq, Debug)]
pub struct Limit {
    /// The last value at which the goals are met.
    pub value: f64,
    /// The nearest value that was tried and misses; `None` where the whole range meets them.
    pub beyond: Option<f64>,
    /// Whether greater values make it easier.
    pub more_helps: bool,
    /// The nearest value at which they are met for certain.
    pub certain: Option<f64>,
    /// The nearest value at which they are missed for certain.
    pub certain_miss: Option<f64>,
    /// All values that were tried, ascending.
    pub tried: Vec<Tried>,
}

/// Why there is no limit.
#[derive(Clone, PartialEq, Debug)]
pub enum NoLimit {
    /// The number does not move the goals.
    NoEffect,
    /// No value meets the goals; the best that was tried.
    NoneMeets(Tried),
    /// It was stopped, or a value was refused.
    Stopped,
}

struct Trials<'a> {
    range: Range,
    /// By the bits of the value, which order as the values do: none is negative.
    tried: BTreeMap<u64, Tried>,
    try_value: &'a mut dyn FnMut(f64) -> Option<Tried>,
}

impl Trials<'_> {
    fn at(&mut self, value: f64) -> Result<Tried, NoLimit> {
        let value = self.range.tidy(value);
        if let Some(tried) = self.tried.get(&value.to_bits()) {
            return Ok(*tried);
        }
        let tried = (self.try_value)(value).ok_or(NoLimit::Stopped)?;
        self.tried.insert(value.to_bits(), tried);
        Ok(tried)
    }
}

impl Range {
    fn tidy(&self, value: f64) -> f64 {
        let value = value.clamp(self.least, self.most);
        let value = if self.whole { libm::rint(value) } else { value };
        // Four digits are what a planner can use; more would only look exact.
        if self.whole || value <= 0.0 {
            return value.max(0.0);
        }
        let scale = libm::pow(10.0, 4.0 - libm::ceil(libm::log10(value)));
        (libm::rint(value * scale) / scale).clamp(self.least, self.most)
    }

    /// The value so many steps away, upwards or downwards.
    fn step(&self, from: f64, relative: f64, up: bool) -> f64 {
        let least = if self.whole { 1.0 } else { 1e-6 };
        let to = if up {
            from + (from * relative).max(least)
        } else {
            (from / (1.0 + relative)).min(from - least)
        };
        self.tidy(to)
    }

    fn apart(&self, a: f64, b: f64) -> bool {
        if self.whole {
            (a - b).abs() > 1.5
        } else {
            (a - b).abs() > PRECISION * a.abs().max(b.abs())
        }
    }
}

/// The last value of a number at which goals are met, whichever way that is. The
/// goals must get easier, or harder, all the way as the number grows.
///
/// # Errors
/// Why there is none.
pub fn limit(
    range: Range,
    try_value: &mut dyn FnMut(f64) -> Option<Tried>,
) -> Result<Limit, NoLimit> {
    let mut trials = Trials { range, tried: BTreeMap::new(), try_value };
    let now = trials.at(range.now)?;
    let more_helps = direction(&mut trials, &now)?;
    let (good, bad) = turn(&mut trials, now, more_helps)?;
    let (value, beyond) = match bad {
        Some(bad) => {
            let (good, bad) = bisect(&mut trials, good, bad)?;
            (good, Some(bad))
        }
        None => (good, None),
    };
    let certain = outwards(&mut trials, value, more_helps, Certainty::Met)?;
    let certain_miss = match beyond {
        Some(bad) => outwards(&mut trials, bad, !more_helps, Certainty::Missed)?,
        None => None,
    };
    Ok(Limit {
        value,
        beyond,
        more_helps,
        certain,
        certain_miss,
        tried: trials.tried.into_values().collect(),
    })
}

/// Whether greater values make it easier.
fn direction(trials: &mut Trials<'_>, now: &Tried) -> Result<bool, NoLimit> {
    let mut relative = FIRST;
    for _ in 0..4 {
        for up in [true, false] {
            let value = trials.range.step(now.value, relative, up);
            let there = trials.at(value)?;
            if there.ease != now.ease {
                return Ok((there.ease > now.ease) == (there.value > now.value));
            }
        }
        relative *= 3.0;
    }
    Err(NoLimit::NoEffect)
}

/// A value that meets the goals, and one that does not unless the range ends before.
fn turn(
    trials: &mut Trials<'_>,
    now: Tried,
    more_helps: bool,
) -> Result<(f64, Option<f64>), NoLimit> {
    // Away from what is met, towards what is not; or the other way round.
    let up = now.met != more_helps;
    let mut last = now;
    let mut relative = FIRST;
    for _ in 0..STEPS {
        let value = trials.range.step(last.value, relative, up);
        let next = trials.at(value)?;
        if next.met != now.met {
            let (good, bad) = if now.met { (last, next) } else { (next, last) };
            return Ok((good.value, Some(bad.value)));
        }
        if next.value == last.value {
            break;
        }
        last = next;
        relative *= 2.0;
    }
    if now.met { Ok((last.value, None)) } else { Err(NoLimit::NoneMeets(last)) }
}

fn bisect(trials: &mut Trials<'_>, good: f64, bad: f64) -> Result<(f64, f64), NoLimit> {
    let (mut good, mut bad) = (good, bad);
    while trials.range.apart(good, bad) {
        let middle = trials.range.tidy(0.5 * (good + bad));
        if middle == good || middle == bad {
            break;
        }
        if trials.at(middle)?.met {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok((good, bad))
}

/// The nearest value in a direction at which something is certain, by growing steps.
fn outwards(
    trials: &mut Trials<'_>,
    from: f64,
    up: bool,
    wanted: Certainty,
) -> Result<Option<f64>, NoLimit> {
    let mut value = from;
    let mut relative = 0.01;
    for _ in 0..CERTAIN_STEPS {
        if trials.at(value)?.certainty == wanted {
            return Ok(Some(value));
        }
        let next = trials.range.step(from, relative, up);
        if next == value && relative > 0.1 {
            break;
        }
        value = next;
        relative *= 2.0;
    }
    Ok(None)
}
