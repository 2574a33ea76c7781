//! A factorial as a study in Markdown: which assumption carries a difference.

use super::{beside_exact, difference, label, largest};
use crate::experiment::{Effect, Sweep};
use crate::report::format::level;
use std::fmt::Write as _;

/// Interactions that are listed; of more, the largest.
const SHOWN: usize = 10;

/// Prints the study of a factorial with two values of each factor.
pub(super) fn sweep_markdown(sweep: &Sweep) -> String {
    let effects = sweep.effects();
    let mut out = format!("# {}: which assumption carries the difference\n", cell(&sweep.scenario));
    for metric in 0..sweep.metrics.len() {
        out += &study(sweep, &effects, metric);
    }
    out += &assumptions(sweep);
    out += &method(sweep);
    out
}

/// Text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ").replace('|', "\\|")
}

fn study(sweep: &Sweep, effects: &[Effect], metric: usize) -> String {
    let name = sweep.metrics.get(metric).map_or("", |m| m.text.as_str());
    let shares = largest(effects, metric, "share");
    let answer = answer(sweep, &shares, metric);
    let head = format!("\n## `{}`\n\n{answer}\n\n", cell(name));
    head + &details(sweep, effects, metric)
}

/// The ends, the parts of the difference, the effects and the interactions.
pub(super) fn details(sweep: &Sweep, effects: &[Effect], metric: usize) -> String {
    let (Some(first), Some(last), Some(about)) =
        (sweep.points.first(), sweep.points.last(), sweep.metrics.get(metric))
    else {
        return String::new();
    };
    let shares = largest(effects, metric, "share");
    let shown = |point| beside_exact(sweep, point, metric);
    let whole = sweep.value(last, metric) - sweep.value(first, metric);
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "With none of the assumptions changed it is {}, with all of them {}.\n",
        shown(first),
        shown(last)
    );
    out += "| assumption | part of the difference | of it | closed formula | effect, averaged over the others | closed formula |\n|---|--:|--:|--:|--:|--:|\n";
    for share in &shares {
        let main = effects
            .iter()
            .find(|e| e.metric == metric && e.kind == "main" && e.factor == share.factor);
        let _ = writeln!(
            out,
            "| {} | {} | {:.1}% | {} | {} | {} |",
            label(sweep, share.factor),
            difference(&share.estimate, about.unit),
            100.0 * share.estimate.value / whole,
            exact(share, about.unit),
            main.map_or(String::new(), |m| difference(&m.estimate, about.unit)),
            main.map_or(String::new(), |m| exact(m, about.unit)),
        );
    }
    out +=
        "\nThe parts add up to the whole difference. Interactions of two, the largest first:\n\n";
    out += "| assumptions | interaction | closed formula |\n|---|--:|--:|\n";
    for effect in largest(effects, metric, "interaction").iter().take(SHOWN) {
        let other = effect.other.map_or(String::new(), |o| label(sweep, o));
        let _ = writeln!(
            out,
            "| {} and {other} | {} | {} |",
            label(sweep, effect.factor),
            difference(&effect.estimate, about.unit),
            exact(effect, about.unit),
        );
    }
    out
}

fn exact(effect: &Effect, unit: &str) -> String {
    if effect.exact.is_finite() {
        difference(&crate::experiment::Estimate::bare(effect.exact), unit)
    } else {
        "-".to_owned()
    }
}

/// The answer in one sentence.
fn answer(sweep: &Sweep, shares: &[&Effect], metric: usize) -> String {
    let unit = sweep.metrics.get(metric).map_or("", |m| m.unit);
    let (Some(first), Some(last)) = (sweep.points.first(), sweep.points.last()) else {
        return String::new();
    };
    let whole = sweep.value(last, metric) - sweep.value(first, metric);
    let whole = difference(&crate::experiment::Estimate::bare(whole), unit);
    let parts: Vec<String> = shares
        .iter()
        .map(|s| format!("{} {}", label(sweep, s.factor), difference(&s.estimate, unit)))
        .collect();
    let largest = shares.first().map_or(String::new(), |s| label(sweep, s.factor));
    format!("**{largest} carries the largest part of {whole}: {}.**", parts.join(", "))
}

pub(super) fn assumptions(sweep: &Sweep) -> String {
    let mut out = String::from(
        "\n## Assumptions\n\n| assumption | values | what it is, and its source |\n|---|---|---|\n",
    );
    for (number, factor) in sweep.factors.iter().enumerate() {
        let levels: Vec<String> = factor.levels.iter().map(|l| cell(&l.text)).collect();
        let about = factor.about.as_deref().map_or(String::new(), cell);
        let _ = writeln!(out, "| {} | {} | {about} |", label(sweep, number), levels.join(", "));
    }
    if !sweep.description.is_empty() {
        let _ = writeln!(out, "\nScenario: {}", cell(&sweep.description));
    }
    if !sweep.source.is_empty() {
        let _ = writeln!(out, "\nSource of the scenario: {}", cell(&sweep.source));
    }
    out
}

fn method(sweep: &Sweep) -> String {
    format!(
        "\n## How it was made\n\n\
         All {} combinations of the assumptions, {} replications of each under seed {}, with the same customers at every point; intervals of {} over replications.\n\
         The points share their customers and so their luck: where one lies below the closed formula, most do.\n\
         A part is the effect of one assumption averaged over all orders in which they can be changed one after the other (Shapley value).\n\
         The closed formula is ROAR = A + C i r of docs/experiments.md; it uses no simulation.\n\
         Scenario sha256 `{}`.\n\n\
         ```text\n{}\n```\n",
        sweep.points.len(),
        sweep.replications,
        sweep.seed,
        level(sweep.confidence),
        sweep.sha256,
        sweep.reproduce,
    )
}
