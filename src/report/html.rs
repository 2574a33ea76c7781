//! The summary as one HTML page: no script, no request, readable without its
//! style sheet, in light, dark and print.

use super::day::{Day, day};
use super::format::{self, escape, facts, level, worst};
use super::heat;
use super::svg;
use super::table::{Cell, Table};
use super::tables::{headline, singles, tables};
use crate::experiment::{Summary, TargetRow, Verdict};
use crate::metric::Metric;
use std::fmt::Write;

/// Colours pass 4.5:1 as text and 3:1 as marks on their background, in both schemes.
const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--ink:#1f2328;--soft:#57606a;--grid:#d0d7de;\
--s0:#0072b2;--s1:#d55e00;--s2:#007a5a;--good:#00664b;--bad:#a63c00;--doubt:#6b5200}\
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--ink:#e6edf3;--soft:#9da7b1;--grid:#30363d;\
--s0:#56b4e9;--s1:#e69f00;--s2:#2bc49a;--good:#2bc49a;--bad:#ff9b6a;--doubt:#e3c14b}}\
body{margin:0 auto;max-width:62rem;padding:1rem;background:var(--bg);color:var(--ink);\
font:1rem/1.45 system-ui,sans-serif}\
h1{margin:.2rem 0}h2{margin:1.6rem 0 .4rem;font-size:1.15rem}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
caption{text-align:start;color:var(--soft)}\
th,td{padding:.2rem .7rem;border-block-end:1px solid var(--grid);text-align:start}\
td.n,th.n{text-align:end}th[scope=row]{font-weight:400}\
.scroll{overflow-x:auto}.soft,.ci{color:var(--soft)}\
.met{color:var(--good)}.missed{color:var(--bad);font-weight:600}.undecided{color:var(--doubt)}\
.warn{border-inline-start:4px solid var(--bad);padding:.3rem .8rem;margin:.4rem 0}\
abbr{text-decoration:underline dotted;text-underline-offset:.2em}\
svg{direction:ltr;max-width:100%;height:auto}.ink{fill:var(--ink)}.grid{stroke:var(--grid)}\
.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}\
.f0{fill:var(--s0)}.f1{fill:var(--s1)}.f2{fill:var(--s2)}\
code{overflow-wrap:anywhere}\
@media print{section,table,svg{break-inside:avoid}details{display:none}}";

/// Prints a summary as one HTML page.
#[must_use]
pub fn html(summary: &Summary) -> String {
    let name = escape(&summary.scenario.name);
    let mut page = String::new();
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: convoq</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    for warning in &summary.warnings {
        let _ = writeln!(
            page,
            "<p class=\"warn\"><strong>Warning:</strong> {}</p>",
            escape(&warning.to_string())
        );
    }
    let _ = writeln!(
        page,
        "<h1><bdi>{name}</bdi></h1>\n<p class=\"soft\">{}. Intervals in brackets are {} confidence intervals.</p>",
        escape(&facts(summary).join(", ")),
        level(summary.confidence)
    );
    for remark in format::remarks(summary) {
        let _ = writeln!(page, "<p class=\"soft\">{}.</p>", escape(&remark));
    }
    targets(&mut page, &summary.targets);
    for table in headline(summary).iter().chain(&singles(summary)) {
        section(&mut page, table);
    }
    if let Some(grid) = &summary.grid {
        page.push_str(&heat::sections(grid));
    }
    if let Some(day) = day(&summary.series, summary.grid.as_ref()) {
        chart(&mut page, &day);
    }
    for table in tables(summary) {
        section(&mut page, &table);
    }
    provenance(&mut page, summary);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn targets(page: &mut String, targets: &[TargetRow]) {
    if targets.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "<section>\n<h2>Targets: {}</h2>\n<div class=\"scroll\"><table><thead><tr>\
         <th scope=\"col\">verdict</th><th scope=\"col\">target</th>\
         <th scope=\"col\" class=\"n\">measured</th><th scope=\"col\">worst interval</th>\
         </tr></thead><tbody>\n",
        format::tally(targets)
    );
    for target in format::worst_first(targets) {
        let (glyph, word) = format::verdict(target.verdict);
        let class = match target.verdict {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Undecided | Verdict::NotMeasured => "undecided",
        };
        let _ = writeln!(
            page,
            "<tr><td class=\"{class}\">{glyph} {word}</td><th scope=\"row\"><code>{}</code></th>\
             <td class=\"n\"><bdi dir=\"ltr\">{}</bdi></td><td>{}</td></tr>",
            escape(&target.target),
            escape(&format::measured(target)),
            escape(&worst(target).unwrap_or_default())
        );
    }
    page.push_str("</tbody></table></div>\n</section>\n");
}

fn section(page: &mut String, table: &Table) {
    let title = escape(&table.title);
    let _ = writeln!(page, "<section>\n<h2>{title}</h2>");
    if !table.rows.is_empty() {
        rows(page, table);
    }
    if !table.note.is_empty() {
        let _ = writeln!(page, "<p class=\"soft\">{}</p>", escape(&table.note));
    }
    page.push_str("</section>\n");
}

fn rows(page: &mut String, table: &Table) {
    page.push_str("<div class=\"scroll\"><table>");
    if !table.columns.is_empty() {
        page.push_str("<thead><tr><td></td>");
        for column in &table.columns {
            let _ =
                write!(page, "<th scope=\"col\" class=\"n\"><bdi>{}</bdi></th>", escape(column));
        }
        page.push_str("</tr></thead>");
    }
    page.push_str("<tbody>\n");
    for row in &table.rows {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", label(&row.label, row.metric));
        for cell in &row.cells {
            page.push_str(&cell_html(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}

/// The label, with the definition of its metric for those who point at it.
fn label(text: &str, metric: Option<Metric>) -> String {
    let text = escape(text.trim_start());
    match metric {
        Some(metric) => format!("<abbr title=\"{}\">{text}</abbr>", escape(metric.facts().meaning)),
        None => text,
    }
}

fn cell_html(cell: &Cell) -> String {
    if cell.value.is_empty() {
        return "<td class=\"n\">-</td>".to_owned();
    }
    let interval = match cell.interval.as_str() {
        "" => String::new(),
        text => format!(" <span class=\"ci\">{}</span>", escape(text)),
    };
    let value = escape(&cell.value);
    format!("<td class=\"n\"><bdi dir=\"ltr\">{value}{interval}</bdi></td>")
}

fn chart(page: &mut String, day: &Day) {
    let notes = escape(&day.notes.join(" "));
    let _ = write!(
        page,
        "<section>\n<h2>Over time</h2>\n{}\n<p class=\"soft\">Means over the replications; bands \
         are two standard errors to each side. {notes}</p>\n<details><summary>The numbers of the \
         chart</summary>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" \
         aria-label=\"The numbers of the chart\"><table><caption>By local start of the \
         interval</caption><thead><tr><th scope=\"col\">start</th>",
        svg::chart(day)
    );
    for panel in &day.panels {
        for line in &panel.lines {
            let _ = write!(
                page,
                "<th scope=\"col\" class=\"n\">{}: <bdi>{}</bdi></th>",
                escape(panel.title),
                escape(&line.name)
            );
        }
    }
    page.push_str("</tr></thead><tbody>\n");
    for (i, start) in day.labels.iter().enumerate() {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escape(start));
        for panel in &day.panels {
            for line in &panel.lines {
                let mean = line.points.get(i).map_or(f64::NAN, |p| p.mean);
                let _ = write!(page, "<td class=\"n\">{}</td>", format::value(mean, panel.unit));
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div></details>\n</section>\n");
}

fn provenance(page: &mut String, summary: &Summary) {
    let _ = write!(
        page,
        "<section>\n<h2>How this was made</h2>\n<p>convoq {}, seed {}, scenario \
         <code>{}</code></p>\n",
        escape(summary.version),
        summary.seed,
        escape(&summary.scenario.sha256)
    );
    if !summary.about.reproduce.is_empty() {
        let _ =
            writeln!(page, "<p>Reproduce: <code>{}</code></p>", escape(&summary.about.reproduce));
    }
    page.push_str("</section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubt::Doubt;
    use crate::report::sample;

    #[test]
    fn the_page_is_one_file_without_scripts() {
        let page = html(&sample::summary());
        for absent in ["<script", "javascript:", "src=\"", "href=", "url(", "@import"] {
            assert!(!page.contains(absent), "{absent}");
        }
        assert!(page.contains("default-src 'none'"));
        assert_eq!(page.matches("<svg").count(), 1);
        assert_eq!(page.matches("<title id=\"day-title\">").count(), 1);
        assert_eq!(page.matches("<desc id=\"day-desc\">From 2026-03-02 00:00").count(), 1);
        assert!(page.contains("<caption>") && page.contains("scope=\"row\""));
    }

    #[test]
    fn every_element_is_closed() {
        let page = html(&sample::summary());
        for element in [
            "main", "section", "table", "thead", "tbody", "tr", "th", "td", "details", "svg",
            "text", "bdi", "abbr", "span", "p", "h2", "div", "code",
        ] {
            let open = page.matches(&format!("<{element}>")).count()
                + page.matches(&format!("<{element} ")).count();
            assert_eq!(open, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }

    #[test]
    fn names_from_a_scenario_cannot_become_markup() {
        let mut summary = sample::summary();
        let evil = "<script>alert(1)</script>\"onload='x'&";
        summary.scenario.name = evil.to_owned();
        summary.scenario.sha256 = evil.to_owned();
        summary.warnings = vec![Doubt::OfScenario { warning: evil.to_owned() }];
        summary.targets[0].target = evil.to_owned();
        summary.targets[0].worst = Some((evil.to_owned(), 0.5));
        summary.series.queues[0].queue = evil.to_owned();
        summary.series.teams[0].team = evil.to_owned();
        summary.series.labels[0] = evil.to_owned();
        let about = &mut summary.about;
        for field in [&mut about.start_date, &mut about.zone, &mut about.currency] {
            *field = evil.to_owned();
        }
        about.reproduce = evil.to_owned();
        for names in [&mut about.segments, &mut about.queues, &mut about.teams] {
            names[0] = evil.to_owned();
        }
        for which in summary.metrics.iter_mut().map(|row| &mut row.which) {
            for name in [&mut which.queue, &mut which.segment, &mut which.team] {
                if name.as_deref().is_some_and(|n| n != "email" && n != "b2c") {
                    *name = Some(evil.to_owned());
                }
            }
        }
        let page = html(&summary);
        assert!(!page.contains("<script") && !page.contains("\"onload"), "{page}");
        assert!(page.matches("&lt;script&gt;alert(1)").count() >= 12);
    }

    #[test]
    fn a_run_without_intervals_has_no_chart() {
        let mut summary = sample::summary();
        summary.series = crate::experiment::Series::default();
        assert!(!html(&summary).contains("<svg"));
    }

    /// Relative luminance by WCAG 2 of `#rgb` or `#rrggbb`.
    fn luminance(color: &str) -> f64 {
        let hex: Vec<f64> = color.chars().filter_map(|c| c.to_digit(16)).map(f64::from).collect();
        let channel = |i: usize| {
            let level = match hex.len() {
                3 => hex[i] * 17.0,
                _ => hex[2 * i] * 16.0 + hex[2 * i + 1],
            } / 255.0;
            if level <= 0.03928 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
    }

    #[test]
    fn colours_can_be_told_from_the_paper_in_both_schemes() {
        let schemes: Vec<&str> = STYLE.split("--bg:").skip(1).collect();
        assert_eq!(schemes.len(), 2);
        for scheme in schemes {
            let color = |name: &str| {
                let (_, rest) = scheme.split_once(&format!("--{name}:")).expect("is defined");
                luminance(rest.split([';', '}']).next().unwrap_or_default())
            };
            let paper = luminance(scheme.split(';').next().unwrap_or_default());
            for (name, least) in [
                ("ink", 4.5),
                ("soft", 4.5),
                ("good", 4.5),
                ("bad", 4.5),
                ("doubt", 4.5),
                ("s0", 3.0),
                ("s1", 3.0),
                ("s2", 3.0),
            ] {
                let (a, b) = (color(name), paper);
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{name}: {contrast:.2}");
            }
        }
    }
}
