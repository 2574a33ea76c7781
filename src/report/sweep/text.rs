//! A sweep on a terminal: the points, and what each factor does in words.

use super::{bar, difference, factor_name, largest, measured, size};
use crate::design::Design;
use crate::doubt::audit_failed;
use crate::experiment::{Effect, Estimate, Sweep};
use crate::report::format::{level, plain, plural, value};
use crate::report::grid::{Right, aligned};
use std::fmt::Write as _;

/// Points that are printed; of more, the first.
const SHOWN: usize = 40;
/// Cells of the longest bar.
const BAR: usize = 24;

/// Prints a sweep.
pub(super) fn sweep_text(sweep: &Sweep) -> String {
    let mut out = head(sweep);
    out += "\nPOINTS\n";
    out += &points(sweep);
    let effects = sweep.effects();
    for metric in 0..sweep.metrics.len() {
        out += &effects_of(sweep, &effects, metric);
    }
    // Writing into a String cannot fail.
    let _ = writeln!(out, "\nscenario {} sha256 {}", plain(&sweep.scenario), sweep.sha256);
    let _ = writeln!(out, "reproduce: {}", plain(&sweep.reproduce));
    out
}

fn head(sweep: &Sweep) -> String {
    let mut out = String::new();
    let violations = sweep.violations();
    if violations > 0 {
        let _ = writeln!(out, "{}", audit_failed(violations));
    }
    let _ = writeln!(
        out,
        "{}  sweep ({}), {}, {}, {} each",
        plain(&sweep.scenario),
        sweep.design_name,
        plural(sweep.factors.len() as u64, "factor"),
        plural(sweep.design.len() as u64, "point"),
        plural(sweep.replications.into(), "replication"),
    );
    let over = match sweep.design {
        Design::Factorial { .. } | Design::OneAtATime { .. } => "",
        _ => "; those of effects are over the design's rows, resampled",
    };
    let _ = writeln!(
        out,
        "{} confidence intervals in brackets{over}; every point meets the same customers",
        level(sweep.confidence)
    );
    if !sweep.is_whole() {
        let _ = writeln!(
            out,
            "interrupted: {} of {} are done; effects need them all",
            sweep.points.len(),
            plural(sweep.design.len() as u64, "point"),
        );
    }
    if sweep.replications < 2 {
        out += "one replication: no interval can be given; use -n 20 or more\n";
    }
    for (metric, about) in sweep.metrics.iter().enumerate() {
        let empty = sweep.empty(metric);
        if empty > 0 {
            let _ = writeln!(
                out,
                "{}: nothing was observed at {}",
                plain(&about.text),
                plural(empty as u64, "point")
            );
        }
    }
    out
}

/// The table of points: settings, then each metric with its interval.
fn points(sweep: &Sweep) -> String {
    let heads = sweep.factors.iter().map(|f| plain(&f.name));
    let heads = heads.chain(sweep.metrics.iter().map(|m| plain(&m.text)));
    let mut rows: Vec<Vec<String>> = vec![heads.collect()];
    for point in sweep.points.iter().take(SHOWN) {
        let mut row: Vec<String> = point.settings.iter().map(|s| plain(&s.text)).collect();
        row.extend((0..sweep.metrics.len()).map(|metric| measured(sweep, point, metric)));
        rows.push(row);
    }
    let mut out = aligned(&rows, Right::None, 2);
    if sweep.points.len() > SHOWN {
        let more = sweep.points.len() - SHOWN;
        let _ = writeln!(out, "  and {}: --format csv has all", plural(more as u64, "more point"));
    }
    out
}

fn effects_of(sweep: &Sweep, effects: &[Effect], metric: usize) -> String {
    let Some(about) = sweep.metrics.get(metric) else {
        return String::new();
    };
    let name = plain(&about.text);
    let mut out = String::new();
    for (kind, title) in [
        ("main", "EFFECT OF EACH FACTOR, first value to second, averaged over the others"),
        ("interaction", "INTERACTIONS"),
        ("share", "PARTS OF THE WHOLE DIFFERENCE (Shapley: they add up to it)"),
        ("level", "EACH VALUE AGAINST THE FIRST, averaged over the others"),
        ("rank_correlation", "RANK CORRELATION WITH EACH FACTOR"),
        ("mu_star", "MEAN ABSOLUTE EFFECT OVER THE WHOLE RANGE (Morris)"),
        ("total", "SHARE OF THE VARIANCE, with interactions (Sobol, total)"),
        ("change", "CHANGE FROM THE BASE"),
        ("slope", "WHAT IT BUYS"),
    ] {
        let mine = largest(effects, metric, kind);
        let Some(first) = mine.first() else { continue };
        let scale = first.estimate.value.abs();
        let _ = writeln!(out, "\n{title}: {name}{}", base(sweep, metric, kind));
        let rows = mine.iter().map(|effect| {
            let bar = bar(effect.estimate.value.abs() / scale, BAR);
            let mut row = row(sweep, effects, effect, about.unit);
            if kind != "slope" {
                row.push(bar); // slopes are of different things
            }
            row
        });
        out += &aligned(&rows.collect::<Vec<_>>(), Right::None, 2);
    }
    out
}

/// The value at the base, where the effects are differences from it.
fn base(sweep: &Sweep, metric: usize, kind: &str) -> String {
    let about = sweep.metrics.get(metric);
    match (kind, sweep.points.first(), about) {
        ("change", Some(point), Some(about)) => {
            let base = value(point.estimate(metric, sweep.confidence).value, about.unit);
            format!(", base {base}")
        }
        _ => String::new(),
    }
}

fn row(sweep: &Sweep, effects: &[Effect], effect: &Effect, unit: &str) -> Vec<String> {
    let name = plain(factor_name(sweep, effect.factor));
    let setting = |level: Option<usize>| {
        let factor = sweep.factors.get(effect.factor)?;
        factor.levels.get(level?).map(|s| plain(&s.text))
    };
    let beside = |kind: &str| {
        let same =
            |e: &&Effect| e.kind == kind && e.factor == effect.factor && e.metric == effect.metric;
        effects.iter().find(same)
    };
    match effect.kind {
        "interaction" => {
            let other = effect.other.map(|o| plain(factor_name(sweep, o)));
            let names = format!("{name} x {}", other.unwrap_or_default());
            vec![names, difference(&effect.estimate, unit)]
        }
        "level" | "change" => vec![
            name,
            setting(effect.level).unwrap_or_default(),
            difference(&effect.estimate, unit),
        ],
        "slope" => vec![sentence(sweep, effect, unit)],
        "rank_correlation" => vec![name, bounded(&effect.estimate, |v| format!("{v:+.2}"))],
        "mu_star" => {
            let sigma = beside("sigma").map(|e| format!("sigma {}", size(&e.estimate, unit)));
            vec![name, size(&effect.estimate, unit), sigma.unwrap_or_default()]
        }
        "total" => {
            let shown = |e: &Effect| bounded(&e.estimate, |v| format!("{v:.3}"));
            let first = beside("first_order");
            let alone = first.map(|e| format!("alone {}", shown(e)));
            let note = first.and_then(|e| e.note);
            let note = note.map(|note| format!("({note})"));
            vec![name, shown(effect), alone.unwrap_or_default(), note.unwrap_or_default()]
        }
        _ => vec![name, difference(&effect.estimate, unit)],
    }
}

/// A value with its interval, both as `show` writes them.
fn bounded(estimate: &Estimate, show: impl Fn(f64) -> String) -> String {
    let interval = estimate.ci.map(|[low, high]| format!(" [{}, {}]", show(low), show(high)));
    show(estimate.value) + &interval.unwrap_or_default()
}

/// `one more agent in chat buys +3.1 points [2.8, 3.4]`.
fn sentence(sweep: &Sweep, effect: &Effect, unit: &str) -> String {
    let Some(factor) = sweep.factors.get(effect.factor) else {
        return String::new();
    };
    let name = plain(&factor.name);
    let shares = factor.levels.iter().all(|l| l.text.ends_with('%'));
    let relative = factor.levels.iter().all(|l| l.text.starts_with("base*"));
    let parts: Vec<&str> = name.split('.').collect();
    let (what, scale) = match parts.as_slice() {
        _ if name.starts_with("variant:") => (name.replacen("variant:", "variant ", 1), 1.0),
        _ if relative => (format!("one per cent more of {name}"), 0.01),
        _ if shares => (format!("one point of {name}"), 0.01),
        ["teams", team, "agents"] => (format!("one more agent in {team}"), 1.0),
        ["teams", team, shift, "agents"] => (format!("one more agent in {team}, {shift},"), 1.0),
        _ => (format!("one more of {name}"), 1.0),
    };
    let scaled = Estimate {
        value: effect.estimate.value * scale,
        se: effect.estimate.se.map(|se| se * scale),
        ci: effect.estimate.ci.map(|ci| ci.map(|v| v * scale)),
    };
    format!("{what} buys {}", difference(&scaled, unit))
}
