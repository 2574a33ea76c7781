//! `--good`: what a turn must keep within to count in the goodput.

use crate::event::TurnLimits;
use crate::metric::{Metric, Which};
use crate::scenario::target::{self, Comparison};

const HOW: &str =
    "write it like --good \"ttft_s <= 1s\", of ttft_s, first_answer_s, itl_s or turn_latency_s";

/// The limits of these texts; what is wrong with one is a problem.
pub(super) fn limits(texts: &[String], problems: &mut Vec<String>) -> TurnLimits {
    let mut limits = TurnLimits::default();
    for text in texts {
        if let Err(what) = put(text, &mut limits) {
            problems.push(format!("--good \"{text}\": {what}; {HOW}"));
        }
    }
    limits
}

fn put(text: &str, limits: &mut TurnLimits) -> Result<(), String> {
    let target = target::parse(text).map_err(|error| error.message)?;
    let most = matches!(target.comparison, Comparison::AtMost | Comparison::Below);
    if target.probability.is_some() || !most {
        return Err("a limit says what a turn may take at most".into());
    }
    let place = match target.which.metric {
        Metric::TurnLatency => &mut limits.latency_us,
        Metric::Ttft => &mut limits.first_us,
        Metric::FirstAnswer => &mut limits.answer_us,
        Metric::Itl => &mut limits.per_token_us,
        other => return Err(format!("{} is no time of a single turn", other.name())),
    };
    if target.which != Which::of(target.which.metric) {
        return Err("a limit holds for each turn: it has no statistic and no arguments".into());
    }
    if place.is_some() {
        return Err("there is a limit of it already".into());
    }
    // Times are whole microseconds; below a bound is at most one less.
    let us = (target.value * 1e6).round() as u32;
    let below = u32::from(target.comparison == Comparison::Below);
    *place = Some(us.saturating_sub(below));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_single_turns() {
        let read = |texts: &[&str]| {
            let (mut problems, texts) = (Vec::new(), texts.iter().map(|t| (*t).to_owned()));
            let limits = limits(&texts.collect::<Vec<_>>(), &mut problems);
            (limits, problems)
        };
        let (limits, problems) = read(&["ttft_s <= 1s", "itl_s < 50ms", "turn_latency_s <= 5s"]);
        assert!(problems.is_empty(), "{problems:?}");
        let (latency_us, first_us) = (Some(5_000_000), Some(1_000_000));
        let per_token_us = Some(49_999);
        assert_eq!(limits, TurnLimits { latency_us, first_us, answer_us: None, per_token_us });
        let wrong = [
            "ttft_s.p95 <= 1s",
            "ttft_s >= 1s",
            "error_rate <= 1%",
            "ttft_s(segment=b2b) <= 1s",
            "probability(ttft_s <= 1s) >= 95%",
            "ttft",
        ];
        assert_eq!(read(&wrong).1.len(), wrong.len());
        assert_eq!(read(&["ttft_s <= 1s", "ttft_s <= 2s"]).1.len(), 1);
    }
}
