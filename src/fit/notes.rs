//! What is said of each number: from how many observations, how sure, what was assumed.

use super::calendar::WEEKDAYS;
use super::demand::FittedDemand;
use super::law::{FAR, FEW, FittedLaw};
use super::page::{number, told, told_share};
use super::patience::FittedPatience;
use super::staffing::FittedStaffing;
use super::work::FittedSlowdown;
use crate::event::Header;

/// Of a volume.
pub(super) fn volume(header: &Header, source: &FittedDemand) -> String {
    let mut text = format!(
        "{} by {}: {} first contacts on {} days; {} a day.",
        header.segments[source.segment],
        header.channels[source.channel],
        source.n,
        source.days,
        told(&source.per_day, ""),
    );
    let days = WEEKDAYS.iter().zip(&source.weekday);
    let factors: Vec<String> =
        days.filter_map(|(day, f)| f.as_ref().map(|f| format!("{day} {}", told(f, "")))).collect();
    text += &format!(" Days of the week: {}.", factors.join(", "));
    match &source.busyness_cv2 {
        Some(cv2) => {
            let root = |x: f64| libm::sqrt(x.max(0.0)) * 100.0;
            let interval = cv2.interval.map_or(String::new(), |[low, high]| {
                format!(" [{}, {}]", number(root(low)), number(root(high)))
            });
            text += &format!(
                " Days differ beyond chance by {} %{interval} (busyness_cv); that a busy day is busy all day is assumed.",
                number(root(cv2.value))
            );
        }
        None => {
            text += " How much days differ beyond chance is not known from so few days: no busyness is assumed, and intervals of volumes are those of a Poisson law."
        }
    }
    if let Some(trend) = &source.trend {
        text += &format!(
            " The volume changes by {} % [{}, {}] a week; it is given as of the last day.",
            number(100.0 * (trend.value - 1.0)),
            trend.interval.map_or(String::new(), |[low, _]| number(100.0 * (low - 1.0))),
            trend.interval.map_or(String::new(), |[_, high]| number(100.0 * (high - 1.0))),
        );
    }
    let special: Vec<String> = source
        .special
        .iter()
        .map(|(date, factor)| format!("{date} ({} times the usual)", number(*factor)))
        .collect();
    if !special.is_empty() {
        text += &format!(" Left out as no ordinary days: {}.", special.join(", "));
    }
    if source.shapes.len() > 1 {
        text += " Days of the week have different shapes: one source for each.";
    }
    text
}

/// Of a law.
pub(super) fn law(what: &str, law: &FittedLaw) -> String {
    let mut text = format!("{what}: {} observed", law.n);
    if law.censored > 0 {
        text += &format!(", {} more not over", law.censored);
    }
    text += &format!("; mean {}", told(&law.mean, " s"));
    if let Some(cv) = &law.cv {
        text += &format!(", cv {}", told(cv, ""));
    }
    if let Some(zero) = &law.zero {
        text += &format!(", and {} of no length", told_share(zero));
    }
    match law.family {
        Some(family) => {
            text += &format!("; {}", family.name());
            let aicc = |i: usize| law.tried.get(i).map_or(0.0, |(_, aicc)| *aicc);
            if let Some((next, _)) = law.tried.get(1) {
                text += &format!(" (AICc; {} {} more)", next.name(), number(aicc(1) - aicc(0)));
            }
        }
        None if law.n < FEW => {
            text += &format!("; observed values kept: fewer than {FEW} tell no law from another");
        }
        None if law.goodness.is_some() => {
            text += &format!("; observed values kept: no law is within {} %", number(100.0 * FAR));
        }
        None => text += "; all equal",
    }
    if let Some(good) = &law.goodness {
        text += &format!(
            "; best law is within {} %, KS p {}, AD p {} (of {})",
            number(100.0 * good.distance),
            number(good.ks_p),
            number(good.ad_p),
            good.looked_at
        );
    }
    if let Some(heaped) = law.heaped {
        text += &format!("; {} % are whole minutes: somebody rounded them", number(100.0 * heaped));
    }
    text
}

/// Of patience.
pub(super) fn patience(patience: &FittedPatience) -> String {
    let mut text = format!(
        "patience: {} left, {} stayed until they were answered (known to be longer only)",
        patience.left, patience.stayed
    );
    if patience.found_empty > 0 {
        text += &format!(
            ", {} were gone when an agent came; of those who left, {} without a sign",
            patience.found_empty,
            told_share(&patience.silent)
        );
    }
    if patience.unclear > 0 {
        text += &format!("; {} who seemed to wait at the end left out", patience.unclear);
    }
    if patience.not_joined > 0 {
        text += &format!(
            "; {} did not join or found no place, and say nothing here",
            patience.not_joined
        );
    }
    match (&patience.mean, patience.family) {
        (Some(mean), Some(family)) => {
            text += &format!("; mean {}", told(mean, " s"));
            if let Some(cv) = &patience.cv {
                text += &format!(", cv {}", told(cv, ""));
            }
            text += &format!("; {} (AICc)", family.name());
        }
        _ => text += "; nobody left: without limit, which is assumed",
    }
    if let Some(distance) = patience.distance {
        text += &format!(
            "; within {} points of the curve of Kaplan and Meier",
            number(100.0 * distance)
        );
    }
    if patience.whole_seconds {
        text += "; waits are whole seconds, each taken for the second that it names";
    }
    text + ". A mean beyond the longest waits seen is what the law makes of them."
}

/// Of a slow-down.
pub(super) fn slowdown(slow: &FittedSlowdown) -> String {
    let speeds: Vec<String> = slow
        .speed
        .iter()
        .enumerate()
        .skip(1)
        .map(|(k, speed)| format!("{} at once {}", k + 1, told(speed, "")))
        .collect();
    let plain: Vec<String> = slow.by_exposure.iter().skip(1).map(|s| number(*s)).collect();
    let mut families: Vec<&str> = slow.families.iter().map(|family| family.name()).collect();
    families.sort_unstable();
    families.dedup();
    let mut text = format!(
        "slow-down: speed of each contact, from {} contacts with {} work: {}; by ends and exposure alone {}",
        slow.n,
        families.join(" and "),
        speeds.join(", "),
        plain.join(", ")
    );
    if slow.open > 0 {
        text += &format!("; {} open at the end left out", slow.open);
    }
    text + ". That agents do not choose easier contacts when they are busy is assumed."
}

/// Of a roster.
pub(super) fn staffing(staffing: &FittedStaffing, step_min: u32) -> String {
    let from = match staffing.recorded {
        true => "as the run has them (of an imported log they are an estimate)",
        false => {
            "an estimate: from each agent's first contact to the last one, and pauses of 4 hours end it"
        }
    };
    format!(
        "shifts: {} agents, {} hours at work, {from}; rounded to {step_min} minutes",
        staffing.agents,
        number(staffing.hours)
    )
}
