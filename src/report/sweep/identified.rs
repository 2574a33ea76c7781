//! A study under several calibrations: in Markdown, and on a terminal.

use super::findings::{findings, range, told_apart};
use super::study::{assumptions, cell, details};
use super::{beside_exact, difference, label, measured};
use crate::doubt::audit_failed;
use crate::experiment::{Calibrated, Study, Sweep, SweptPoint};
use crate::report::format::{level, plain, plural};
use crate::report::grid::{Right, aligned};
use std::fmt::Write as _;

/// The metric whose difference is shared out: the first that was asked for.
const EXPLAINED: usize = 0;

/// Prints a study under several calibrations as Markdown.
pub(super) fn study_markdown(study: &Study) -> String {
    let Some(sweep) = study.first() else {
        return String::new();
    };
    let Some(about) = sweep.metrics.get(EXPLAINED) else {
        return String::new();
    };
    let found = findings(study, EXPLAINED);
    let mut out = format!(
        "# {}: which assumption carries the difference\n\n**{}**\n\n",
        cell(&sweep.scenario),
        found.headline
    );
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "The numbers that nobody published are calibrated so that the published ones come out; each calibration does so with other numbers. What follows from the published ones alone is what all calibrations have in common.\n\n## Parts of `{}` under each calibration{}\n",
        cell(&about.text),
        in_points(about.unit)
    );
    out += &markdown_table(&parts(study));
    out += "\nA part is the effect of one assumption averaged over all orders in which they can be changed one after the other; the parts of a row add up to its difference. The identified set goes from the least to the greatest part under any calibration, with the interval in brackets.\n";
    out += "\n## What holds under every calibration\n\n";
    out += &bullets(&found.holds);
    out += "\n## What does not, and so is no conclusion\n\n";
    out += &bullets(&found.open);
    out += "\n## What would decide\n\nWhat the calibrations say of measurements where no assumption is changed. A value measured there rules out the calibrations that have another.\n\n";
    out += &markdown_table(&measurements(study));
    let _ = writeln!(out, "\n{}", told_apart(study));
    out += "\n## Calibrations\n\n| calibration | what it is, and what would decide | scenario sha256 |\n|---|---|---|\n";
    for calibration in &study.calibrations {
        let about = calibration.about.as_deref().map_or(String::new(), cell);
        let sha256: String = calibration.sweep.sha256.chars().take(16).collect();
        let _ = writeln!(out, "| `{}` | {about} | `{sha256}` |", cell(&calibration.name));
    }
    if let Some(first) = study.calibrations.first() {
        let _ = writeln!(out, "\n## In detail, under `{}` alone\n", cell(&first.name));
        out += &details(&first.sweep, &first.sweep.effects(), EXPLAINED);
    }
    out += &assumptions(sweep);
    out += &method(study, sweep);
    out
}

/// Prints a study under several calibrations on a terminal.
pub(super) fn study_text(study: &Study) -> String {
    let Some(sweep) = study.first() else {
        return String::new();
    };
    let violations: u64 = study.calibrations.iter().map(|c| c.sweep.violations()).sum();
    let mut out = String::new();
    if violations > 0 {
        let _ = writeln!(out, "{}", audit_failed(violations));
    }
    let _ = writeln!(
        out,
        "{}  sweep ({}), {}, {}, {} each, under {}\n{} confidence intervals in brackets; every point meets the same customers",
        plain(&sweep.scenario),
        sweep.design_name,
        plural(sweep.factors.len() as u64, "factor"),
        plural(sweep.design.len() as u64, "point"),
        plural(sweep.replications.into(), "replication"),
        plural(study.calibrations.len() as u64, "calibration"),
        level(sweep.confidence),
    );
    let sheet = |title: &str, rows: &[Vec<String>]| {
        let bare = |cell: &String| plain(&cell.replace(['`', '*'], ""));
        let rows: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(bare).collect()).collect();
        format!("\n{title}\n{}", aligned(&rows, Right::None, 2))
    };
    if !study.is_whole() {
        out += "interrupted: parts need all points\n";
    } else if let Some(about) = sweep.metrics.get(EXPLAINED) {
        let title = format!(
            "PARTS OF THE WHOLE DIFFERENCE UNDER EACH CALIBRATION{}: {}",
            in_points(about.unit),
            plain(&about.text)
        );
        out += &sheet(&title, &parts(study));
        let found = findings(study, EXPLAINED);
        let lines = |list: &[String]| -> String {
            let each = list.iter().map(|line| plain(&line.replace('`', "")));
            bullets(&each.collect::<Vec<_>>())
        };
        let _ = write!(
            out,
            "\n{}\n\nHOLDS UNDER EVERY CALIBRATION\n{}\nDOES NOT, and so is no conclusion\n{}",
            plain(&found.headline.replace('`', "")),
            lines(&found.holds),
            lines(&found.open)
        );
        out += &sheet("WHAT WOULD DECIDE: measured where nothing is changed", &measurements(study));
        let _ = writeln!(out, "{}", plain(&told_apart(study).replace('`', "")));
    }
    let _ = writeln!(out, "\nreproduce: {}", plain(&sweep.reproduce));
    out
}

/// A row for each calibration: the ends, and the part of each factor; then the
/// identified sets.
fn parts(study: &Study) -> Vec<Vec<String>> {
    let Some(sweep) = study.first() else {
        return Vec::new();
    };
    let unit = sweep.metrics.get(EXPLAINED).map_or("", |m| m.unit);
    let factors = sweep.factors.len();
    let heads = ["calibration", "as it is", "all changed"].map(str::to_owned);
    let heads = heads.into_iter().chain((0..factors).map(|f| label(sweep, f)));
    let mut rows: Vec<Vec<String>> = vec![heads.collect()];
    for calibration in &study.calibrations {
        let swept = &calibration.sweep;
        let end = |point: Option<&SweptPoint>| {
            point.map_or(String::new(), |p| beside_exact(swept, p, EXPLAINED))
        };
        let mut row = vec![format!("`{}`", cell(&calibration.name))];
        row.extend([end(swept.points.first()), end(swept.points.last())]);
        let part = |f| difference(&swept.part(EXPLAINED, f).estimate, unit);
        row.extend((0..factors).map(|f| bare(&part(f))));
        rows.push(row);
    }
    let sets = study.identified(EXPLAINED);
    let named = |name: &str| [name, "", ""].map(str::to_owned).to_vec();
    let bold = |text: String| format!("**{text}**");
    let mut last = named("**identified set**");
    last.extend(sets.iter().map(|s| {
        let outer = s.ci.map(|[low, high]| range(low, high, unit));
        let outer = outer.map_or(String::new(), |o| format!(" [{}]", bare(&o)));
        bold(bare(&range(s.least, s.greatest, unit)) + &outer)
    }));
    rows.push(last);
    let exact = sets.iter().map(|s| s.exact).collect::<Option<Vec<_>>>();
    if let Some(exact) = exact {
        let mut last = named("the same by the closed formula");
        last.extend(exact.iter().map(|[low, high]| bare(&range(*low, *high, unit))));
        rows.push(last);
    }
    rows
}

/// `, in points`, of shares.
fn in_points(unit: &str) -> &'static str {
    if unit == "ratio" { ", in points" } else { "" }
}

/// Without the unit, which the title of the table says.
fn bare(text: &str) -> String {
    text.replace(" points", "")
}

/// A row for each calibration with every metric where nothing is changed; then what they
/// are where everything is.
fn measurements(study: &Study) -> Vec<Vec<String>> {
    let Some(sweep) = study.first() else {
        return Vec::new();
    };
    let heads = sweep.metrics.iter().map(|m| format!("`{}`", cell(&m.text)));
    let heads: Vec<String> = ["calibration".to_owned()].into_iter().chain(heads).collect();
    let row = |name: String, calibration: &Calibrated, point: Option<&SweptPoint>| {
        let swept = &calibration.sweep;
        let of = |metric| point.map_or(String::new(), |p| measured(swept, p, metric));
        let values = (0..swept.metrics.len()).map(of);
        [name].into_iter().chain(values).collect::<Vec<String>>()
    };
    let mut rows = vec![heads];
    for calibration in &study.calibrations {
        let name = format!("`{}`", cell(&calibration.name));
        rows.push(row(name, calibration, calibration.sweep.points.first()));
    }
    if let Some(first) = study.calibrations.first() {
        rows.push(row("all changed".to_owned(), first, first.sweep.points.last()));
    }
    rows
}

fn bullets(list: &[String]) -> String {
    if list.is_empty() {
        return "- Nothing.\n".to_owned();
    }
    list.iter().map(|line| format!("- {line}\n")).collect()
}

fn markdown_table(rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        out += &line(row);
        if number == 0 {
            let marks = row.iter().enumerate();
            let marks = marks.map(|(n, _)| if n == 0 { "---|" } else { "--:|" });
            out += &format!("|{}\n", marks.collect::<String>());
        }
    }
    out
}

fn method(study: &Study, sweep: &Sweep) -> String {
    format!(
        "\n## How it was made\n\n\
         All {} combinations of the assumptions under each of {} calibrations, {} replications of each under seed {}, with the same customers at every point; intervals of {} over replications.\n\
         The points share their customers and so their luck: where one lies below the closed formula, most do.\n\
         The interval behind an identified set goes from the least to the greatest end of the intervals of its parts.\n\
         The closed formula is ROAR = A + C i r of docs/experiments.md; it uses no simulation.\n\n\
         ```text\n{}\n```\n",
        sweep.points.len(),
        study.calibrations.len(),
        sweep.replications,
        sweep.seed,
        level(sweep.confidence),
        sweep.reproduce,
    )
}
