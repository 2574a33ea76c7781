//! Numbers and names as people read them.

use crate::experiment::{Summary, TargetRow, Verdict};
use crate::safe_text;

/// A value in its unit: `74.1%`, `9.4 s`, `1m52s`, `4,200`, `3.06`.
pub(crate) fn value(value: f64, unit: &str) -> String {
    match unit {
        _ if !value.is_finite() => "-".to_owned(),
        "ratio" => format!("{}%", percent(value)),
        "s" => seconds(value),
        "currency" => grouped(value, if value.abs() < 1000.0 { 2 } else { 0 }),
        _ => grouped(value, decimals(value)),
    }
}

/// A length of time of a machine: milliseconds below a second.
pub(crate) fn fine(seconds: f64) -> String {
    match seconds.abs() {
        v if !v.is_finite() => "-".to_owned(),
        v if v < 0.009_995 => format!("{:.2} ms", seconds * 1e3),
        v if v < 0.999_5 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// An interval of such, in the unit of its larger end.
pub(crate) fn fine_interval([low, high]: [f64; 2]) -> String {
    match high.abs() {
        v if v < 0.009_995 => format!("[{:.2}, {:.2}]", low * 1e3, high * 1e3),
        v if v < 0.999_5 => format!("[{:.0}, {:.0}]", low * 1e3, high * 1e3),
        _ => format!("[{low:.2}, {high:.2}]"),
    }
}

/// An interval in brackets, without the sign of percent: `[73.0, 75.2]`.
pub(crate) fn interval([low, high]: [f64; 2], unit: &str) -> String {
    match unit {
        "ratio" => format!("[{}, {}]", percent(low), percent(high)),
        // Both ends in the unit of the larger, so that they compare at a glance.
        "s" => {
            let scale = low.abs().max(high.abs());
            format!("[{}, {}]", seconds_at(low, scale), seconds_at(high, scale))
        }
        "currency" => {
            let places = if low.abs().max(high.abs()) < 1000.0 { 2 } else { 0 };
            format!("[{}, {}]", grouped(low, places), grouped(high, places))
        }
        _ => {
            let places = decimals(low).max(decimals(high));
            format!("[{}, {}]", grouped(low, places), grouped(high, places))
        }
    }
}

/// A target's value with its interval: `74.1% [73.0, 75.2]`. Times are as fine as their
/// limit asks for: `201 ms [198, 205]` for one of 400 ms.
pub(crate) fn measured(target: &TargetRow) -> String {
    measured_at(target, target.is_short())
}

/// The same, with times in milliseconds below a second where they are to be so fine.
pub(crate) fn measured_at(target: &TargetRow, is_fine: bool) -> String {
    let value = |v| match is_fine {
        true => fine(v),
        false => value(v, target.unit),
    };
    match (target.value, target.ci) {
        (None, Some([low, _])) if low.is_finite() => format!("at least {}", value(low)),
        (None, _) => "-".to_owned(),
        (Some(v), None) => value(v),
        (Some(v), Some([_, high])) if !high.is_finite() => format!("at least {}", value(v)),
        (Some(v), Some(ci)) if is_fine => format!("{} {}", value(v), fine_interval(ci)),
        (Some(v), Some(ci)) => format!("{} {}", value(v), interval(ci, target.unit)),
    }
}

/// Glyph and word of a verdict: never colour alone, never a glyph alone.
pub(crate) fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Met => ("✓", "met"),
        Verdict::Missed => ("✗", "MISSED"),
        Verdict::Undecided => ("?", "undecided"),
        Verdict::NotMeasured => ("-", "not measured"),
    }
}

/// Targets with those that need attention first, each kind in the scenario's order.
pub(crate) fn worst_first(targets: &[TargetRow]) -> Vec<&TargetRow> {
    let mut sorted: Vec<&TargetRow> = targets.iter().collect();
    sorted.sort_by_key(|t| match t.verdict {
        Verdict::Missed => 0,
        Verdict::Undecided => 1,
        Verdict::NotMeasured => 2,
        Verdict::Met => 3,
    });
    sorted
}

/// How many targets have each verdict, in words: `3 met, 1 MISSED`.
pub(crate) fn tally(targets: &[TargetRow]) -> String {
    let kinds = [Verdict::Met, Verdict::Missed, Verdict::Undecided, Verdict::NotMeasured];
    let mut parts = Vec::new();
    for kind in kinds {
        let count = targets.iter().filter(|t| t.verdict == kind).count();
        if count > 0 {
            let (glyph, word) = verdict(kind);
            parts.push(format!("{glyph} {count} {word}"));
        }
    }
    parts.join(", ")
}

/// The facts of the head: what was simulated, when and how often.
pub(crate) fn facts(summary: &Summary) -> Vec<String> {
    let about = &summary.about;
    let mut facts = Vec::new();
    if let Some(load) = &about.load {
        facts.push(format!("load test of {} by {}", load.target, load.protocol));
        if load.speed != 1.0 {
            facts.push(format!("{} times as fast as the wall clock", load.speed));
        }
    }
    if !about.start_date.is_empty() {
        let days = plural(about.days as u64, "day");
        facts.push(format!("{days} from {}", about.start_date));
    }
    if !about.zone.is_empty() {
        facts.push(about.zone.clone());
    }
    facts.push(plural(summary.replications.into(), "replication"));
    facts
}

/// What is said of the numbers below the facts, a line each.
pub(crate) fn remarks(summary: &Summary) -> Vec<String> {
    precision(summary).into_iter().chain(generator(summary)).collect()
}

/// What a load generator used of the machine.
fn generator(summary: &Summary) -> Option<String> {
    let used = summary.generator?;
    let (process, thread) = (percent(used.process_share), percent(used.thread_share));
    Some(format!(
        "the load generator used {process}% of a core, {thread}% in its one sending thread"
    ))
}

/// How far the precision that was asked for is reached.
fn precision(summary: &Summary) -> Option<String> {
    let found = summary.precision.as_ref()?;
    let (asked, n) = (&found.asked, found.replications);
    let said = if found.reached { "yes" } else { "NO" };
    let at = plural(n.into(), "replication");
    let mut text = format!("precision {asked} reached: {said}, at {at}");
    if let Some(worst) = found.metrics.first() {
        let (half, wanted) = match worst.unit {
            "ratio" => (points(worst.half_width), points(worst.wanted)),
            unit => (value(worst.half_width, unit), value(worst.wanted, unit)),
        };
        let metric = &worst.metric;
        text += &format!("; least well known {metric}: ± {half}, {wanted} wanted");
    }
    Some(text)
}

/// A difference of shares in percentage points.
fn points(share: f64) -> String {
    if !share.is_finite() {
        return "-".to_owned();
    }
    format!("{:.2} pt", 100.0 * share)
}

/// The confidence as `95%`.
pub(crate) fn level(confidence: f64) -> String {
    let text = format!("{:.1}", confidence * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Where a target is missed most, as `worst Mon 13:00 (58.0%)`; or why it is not met
/// though its value would.
pub(crate) fn worst(target: &TargetRow) -> Option<String> {
    let shown = |v| match target.is_short() {
        true => fine(v),
        false => value(v, target.unit),
    };
    if let Some(value) = target.with_open {
        let value = shown(value);
        return Some(format!("{value} with those who still wait at the end"));
    }
    let (at, value) = target.worst.as_ref().filter(|w| w.1.is_finite())?;
    let value = shown(*value);
    Some(format!("worst {} ({value})", plain(at)))
}

/// Counts with a noun: `1 day`, `5 days`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(count as f64, 0))
}

/// Text for a terminal: without control characters, which a name from a
/// scenario could use to rewrite the screen.
pub(crate) fn plain(text: &str) -> String {
    safe_text::plain(text).into_owned()
}

/// Text for HTML, SVG and XML, inside elements and inside double-quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(c),
            // XML 1.0 has no way to write the last two.
            c if safe_text::is_obeyed(c) || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {
                safe.push('\u{FFFD}')
            }
            c => safe.push(c),
        }
    }
    safe
}

fn percent(ratio: f64) -> String {
    signed_zero(format!("{:.1}", ratio * 100.0))
}

fn seconds(value: f64) -> String {
    let text = seconds_at(value, value.abs());
    // Bare numbers of seconds need their unit; minutes and hours carry it.
    if text.ends_with(|c: char| c.is_ascii_digit()) { format!("{text} s") } else { text }
}

/// Seconds in the style that fits `scale`: `9.4`, `97`, `1m52s`, `3h05m`, `2d04h`.
fn seconds_at(value: f64, scale: f64) -> String {
    if scale < 59.95 {
        return signed_zero(format!("{value:.1}"));
    }
    let sign = if value <= -0.5 { "-" } else { "" };
    let whole = value.abs().round() as u64;
    let (d, h, m, s) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    if scale < 3600.0 {
        format!("{sign}{}m{s:02}s", whole / 60)
    } else if scale < 100.0 * 3600.0 {
        format!("{sign}{}h{m:02}m", whole / 3600)
    } else {
        format!("{sign}{d}d{h:02}h")
    }
}

/// Decimals for a count or a score: three figures or so.
fn decimals(value: f64) -> usize {
    match value.abs() {
        _ if value.fract() == 0.0 => 0,
        v if v < 10.0 => 2,
        v if v < 1000.0 => 1,
        _ => 0,
    }
}

/// A number with a comma between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = signed_zero(format!("{value:.decimals$}"));
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out + fraction
}

/// Drops the sign of a number that rounds to zero.
fn signed_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_like_a_planner_writes_them() {
        for (v, unit, text) in [
            (0.7412, "ratio", "74.1%"),
            (1.0, "ratio", "100.0%"),
            (-0.00001, "ratio", "0.0%"),
            (9.44, "s", "9.4 s"),
            (59.94, "s", "59.9 s"),
            (59.96, "s", "1m00s"),
            (112.4, "s", "1m52s"),
            (119.7, "s", "2m00s"),
            (3725.0, "s", "1h02m"),
            (360_000.0, "s", "4d04h"),
            (4200.0, "count", "4,200"),
            (1_234_567.8, "count", "1,234,568"),
            (18.25, "count", "18.2"),
            (3.056, "currency", "3.06"),
            (12_345.6, "currency", "12,346"),
            (-1234.0, "currency", "-1,234"),
            (4.125, "score", "4.12"),
            (f64::NAN, "s", "-"),
        ] {
            assert_eq!(value(v, unit), text, "{v} {unit}");
        }
    }

    #[test]
    fn a_targets_value_is_as_fine_as_its_limit() {
        let row = |target: &str, value: f64, ci: Option<[f64; 2]>| TargetRow {
            value: Some(value),
            ci,
            unit: "s",
            ..TargetRow::not_measured(target)
        };
        for (target, value, ci, text) in [
            ("ttft_s.p95 < 400ms", 0.2013, Some([0.2, 0.2049]), "201 ms [200, 205]"),
            ("ttft_s.p95 < 400ms", 0.2, Some([0.2, f64::INFINITY]), "at least 200 ms"),
            ("turn_latency_s.p99.9 < 20s", 12.344, None, "12.34 s"),
            ("asa_s(queue=chat) < 20s", 9.44, Some([8.9, 9.91]), "9.4 s [8.9, 9.9]"),
            ("asa_s(queue=chat) < 1.55s", 1.549, None, "1.55 s"),
        ] {
            let target = row(target, value, ci);
            assert_eq!(measured(&target), text);
        }
    }

    #[test]
    fn intervals_share_one_style() {
        assert_eq!(interval([0.73, 0.7524], "ratio"), "[73.0, 75.2]");
        assert_eq!(interval([8.9, 9.91], "s"), "[8.9, 9.9]");
        assert_eq!(interval([55.0, 65.0], "s"), "[0m55s, 1m05s]");
        assert_eq!(interval([995.0, 1005.0], "currency"), "[995, 1,005]");
        assert_eq!(interval([4150.2, 4249.9], "count"), "[4,150, 4,250]");
    }

    #[test]
    fn no_name_gets_markup_or_escape_sequences_through() {
        assert_eq!(escape("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\u{FFFD}[2Jb\u{FFFD}");
    }
}
