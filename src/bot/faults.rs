//! Faults that are injected on purpose: how they are written, when they act, and
//! which requests they hit.
//!
//! Whether a request is hit is a keyed draw of its conversation, its turn and the
//! number of the fault, so a run that is repeated meets the same faults.

use crate::random::{Purpose, Streams, combine};
use crate::scenario::file::Scalar;
use crate::scenario::units;
use crate::time::{SimDuration, SimTime};
use std::str::FromStr;

/// A fault to inject. Its moments count from the start of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InjectedFault {
    /// What it does.
    pub kind: InjectedKind,
    /// Share of the requests that it hits, 0..=1; a freeze has none.
    pub share: f64,
    /// First moment at which it acts.
    pub from: SimTime,
    /// First moment at which it does not act any more.
    pub to: SimTime,
}

/// What an injected fault does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InjectedKind {
    /// Nothing is read and nothing is answered for this long.
    Freeze {
        /// How long.
        length: SimDuration,
        /// Whether its start counts from the first request instead.
        after_first: bool,
    },
    /// An HTTP status instead of an answer.
    Status {
        /// The status, 400..=599.
        code: u16,
        /// What a `Retry-After` header says, seconds.
        retry_after_s: Option<u64>,
    },
    /// The connection is reset before an answer.
    Reset,
    /// The answer is cut in its middle.
    Truncate,
    /// The JSON of the answer, or of one event of a stream, is broken.
    Malformed,
    /// The answer begins later.
    SlowFirstByte {
        /// By how much.
        delay: SimDuration,
    },
}

impl InjectedKind {
    /// The name in the counts, as `status_429`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            InjectedKind::Freeze { .. } => "freeze".into(),
            InjectedKind::Status { code, .. } => format!("status_{code}"),
            InjectedKind::Reset => "reset".into(),
            InjectedKind::Truncate => "truncate".into(),
            InjectedKind::Malformed => "malformed".into(),
            InjectedKind::SlowFirstByte { .. } => "slow_first_byte".into(),
        }
    }

    /// Whether it takes the place of the right answer: at most one such hits a request.
    fn spoils(self) -> bool {
        !matches!(self, InjectedKind::Freeze { .. } | InjectedKind::SlowFirstByte { .. })
    }
}

const FORMS: &str = "a fault is `freeze 3s at 2s`, `freeze 3s at first+2s`, `status 429 10% retry-after 2s`, \
`reset 5%`, `truncate 5%`, `malformed 5%` or `slow-first-byte 2s 10%`; each but a freeze may end in `from 10s to 20s`";

impl FromStr for InjectedFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        parse(&words).map_err(|problem| format!("{problem}; {FORMS}"))
    }
}

fn parse(words: &[&str]) -> Result<InjectedFault, String> {
    match words {
        ["freeze", length, "at", start] => freeze(length, start),
        ["status", code, share, rest @ ..] => status(code, share, rest),
        ["reset", share, rest @ ..] => timed(InjectedKind::Reset, share, rest),
        ["truncate", share, rest @ ..] => timed(InjectedKind::Truncate, share, rest),
        ["malformed", share, rest @ ..] => timed(InjectedKind::Malformed, share, rest),
        ["slow-first-byte", delay, share, rest @ ..] => {
            let delay = length_of(delay)?;
            timed(InjectedKind::SlowFirstByte { delay }, share, rest)
        }
        _ => Err(format!("`{}` is no fault", words.join(" "))),
    }
}

fn freeze(length: &str, start: &str) -> Result<InjectedFault, String> {
    let after_first = start.strip_prefix("first+");
    let from = SimTime::ZERO + length_of(after_first.unwrap_or(start))?;
    let length = length_of(length)?;
    let kind = InjectedKind::Freeze { length, after_first: after_first.is_some() };
    let to = from + length;
    Ok(InjectedFault { kind, share: 1.0, from, to })
}

fn status(code: &str, share: &str, rest: &[&str]) -> Result<InjectedFault, String> {
    let known = code.parse().ok().filter(|c| (400..=599).contains(c));
    let Some(code) = known else {
        return Err(format!("`{code}` is no HTTP status from 400 to 599"));
    };
    let (retry_after_s, rest) = match rest {
        ["retry-after", wait, rest @ ..] => {
            // The header knows whole seconds.
            (Some(length_of(wait)?.as_s().ceil() as u64), rest)
        }
        _ => (None, rest),
    };
    let kind = InjectedKind::Status { code, retry_after_s };
    timed(kind, share, rest)
}

fn timed(kind: InjectedKind, share: &str, rest: &[&str]) -> Result<InjectedFault, String> {
    let share = units::probability(&Scalar::Text(share.to_owned())).map_err(|e| e.message)?;
    let (from, to) = match rest {
        [] => (SimTime::ZERO, SimTime::NEVER),
        ["from", from, "to", to] => {
            (SimTime::ZERO + length_of(from)?, SimTime::ZERO + length_of(to)?)
        }
        _ => return Err(format!("`{}` is not understood", rest.join(" "))),
    };
    if from >= to {
        return Err("it ends before it begins".into());
    }
    Ok(InjectedFault { kind, share, from, to })
}

fn length_of(text: &str) -> Result<SimDuration, String> {
    units::duration(&Scalar::Text(text.to_owned())).map_err(|error| error.message)
}

/// Most faults of a server.
const MOST_FAULTS: usize = 64;

/// Whether the shares of faults that act at the same time leave each its share.
///
/// # Errors
/// When more than 100 % of the requests would be hit, or there are more than 64.
pub fn check_shares(faults: &[InjectedFault]) -> Result<(), String> {
    if faults.len() > MOST_FAULTS {
        return Err(format!("{} faults are too many: {MOST_FAULTS} at most", faults.len()));
    }
    let spoiling = || faults.iter().filter(|f| f.kind.spoils());
    // The sum only rises where a fault begins.
    for start in spoiling().map(|f| f.from) {
        let sum: f64 =
            spoiling().filter(|f| f.from <= start && start < f.to).map(|f| f.share).sum();
        if sum > 1.0 + 1e-9 {
            let percent = sum * 100.0;
            return Err(format!(
                "{percent:.0}% of the requests {:.1} s after the start would be hit by a fault: a request has one at most",
                start.as_s()
            ));
        }
    }
    Ok(())
}

/// What injected faults do to one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Disturbance {
    /// The answer begins later by this.
    pub delay: SimDuration,
    /// What happens in the place of the right answer.
    pub spoiled: Option<InjectedKind>,
    /// Numbers of the faults that hit, as bits.
    pub hit: u64,
}

/// The faults that hit a request. Every fault hits its whole share: the draw of
/// one is conditional on none before it having hit.
pub(crate) fn draw(
    faults: &[InjectedFault],
    streams: Streams,
    key: u64,
    turn: u16,
    at: SimTime,
) -> Disturbance {
    let mut disturbance = Disturbance::default();
    let mut left = 1.0;
    for (number, fault) in faults.iter().enumerate() {
        if at < fault.from || at >= fault.to {
            continue;
        }
        let entity = combine(key, u64::from(turn));
        let (u, _) = streams.pair(Purpose::Fault, entity, number as u16);
        match fault.kind {
            InjectedKind::Freeze { .. } => {}
            InjectedKind::SlowFirstByte { delay } => {
                if u < fault.share {
                    disturbance.delay += delay;
                    disturbance.hit |= 1 << number;
                }
            }
            kind => {
                if disturbance.spoiled.is_none() && u * left < fault.share {
                    disturbance.spoiled = Some(kind);
                    disturbance.hit |= 1 << number;
                }
                left -= fault.share;
            }
        }
    }
    disturbance
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With this many draws a share that is 5 % off lies 5 standard errors away, or more.
    const DRAWS: u64 = 200_000;

    #[test]
    #[allow(clippy::unwrap_used)]
    fn faults_that_exclude_each_other_hit_their_whole_share() {
        let texts = ["reset 20%", "slow-first-byte 1s 10%", "truncate 5%", "status 500 30%"];
        let faults: Vec<InjectedFault> = texts.iter().map(|t| t.parse().unwrap()).collect();
        let mut hits = [0_u64; 4];
        for key in 0..DRAWS {
            let disturbance = draw(&faults, Streams::new(3, 0), key, 1, SimTime::ZERO);
            for (number, hit) in hits.iter_mut().enumerate() {
                *hit += (disturbance.hit >> number) & 1;
            }
            let spoiled = disturbance.hit & 0b1101;
            assert!(spoiled.count_ones() <= 1);
            assert_eq!(spoiled != 0, disturbance.spoiled.is_some());
        }
        for (hit, fault) in hits.iter().zip(&faults) {
            let n = DRAWS as f64;
            let se = (n * fault.share * (1.0 - fault.share)).sqrt();
            let off = *hit as f64 - n * fault.share;
            assert!(off.abs() < 3.0 * se, "{:?}: {hit}", fault.kind);
        }
    }
}
