//! The chart: stacked panels over one time axis, as inline SVG.
//!
//! Every mark has its look as presentation attributes, so that the chart stays
//! right where style sheets are blocked (Jenkins); classes let a style sheet
//! replace the colours, for dark mode. Lines differ by dash as well as colour.

use super::day::{Day, Line, Panel};
use super::format::{escape, value};
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 16.0;
/// Height of a panel's title and legend.
const TOP: f64 = 38.0;
const HEIGHT: f64 = 120.0;
const FOOT: f64 = 30.0;
/// Most labels on the time axis.
const MOST_TICKS: usize = 12;

/// Okabe and Ito's blue and vermillion, and a green dark enough for white paper.
const COLORS: [&str; 3] = ["#0072B2", "#D55E00", "#007A5A"];
const DASHES: [&str; 3] = ["none", "7 3", "2 3"];
const INK: &str = "#1f2328";
const GRID: &str = "#d0d7de";

/// Draws the chart of the day.
pub(crate) fn chart(day: &Day) -> String {
    let height = day.panels.len() as f64 * (TOP + HEIGHT) + FOOT;
    let mut svg = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"100%\" \
         role=\"img\" aria-labelledby=\"day-title day-desc\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\"><title id=\"day-title\">Contacts, agents and service level over time</title>\
         <desc id=\"day-desc\">{}</desc>",
        escape(&describe(day))
    );
    let count = day.labels.len();
    for (i, panel) in day.panels.iter().enumerate() {
        let frame = Frame { top: i as f64 * (TOP + HEIGHT) + TOP, high: top_of(panel), count };
        axes(&mut svg, panel, &frame);
        for line in &panel.lines {
            draw(&mut svg, line, &frame);
        }
    }
    time_axis(&mut svg, &day.labels, height);
    svg.push_str("</svg>");
    svg
}

/// Where a panel lies and what it spans.
struct Frame {
    top: f64,
    high: f64,
    count: usize,
}

impl Frame {
    fn x(&self, i: usize) -> f64 {
        x_of(i, self.count)
    }

    fn y(&self, v: f64) -> f64 {
        self.top + HEIGHT * (1.0 - (v / self.high).clamp(0.0, 1.0))
    }
}

fn x_of(i: usize, count: usize) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * i as f64 / (count.max(2) - 1) as f64
}

/// A sentence for those who cannot see the chart.
fn describe(day: &Day) -> String {
    let mut text = String::new();
    if let (Some(first), Some(last)) = (day.labels.first(), day.labels.last()) {
        let _ = write!(text, "From {first} to {last}.");
    }
    for panel in &day.panels {
        for line in &panel.lines {
            let known = line.points.iter().map(|p| p.mean).filter(|m| m.is_finite());
            let (low, high) =
                known.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), m| (a.min(m), b.max(m)));
            if low <= high {
                let (low, high) = (value(low, panel.unit), value(high, panel.unit));
                let _ = write!(text, " {}, {}: between {low} and {high}.", panel.title, line.name);
            }
        }
    }
    text
}

/// Upper end of a panel's axis: 1 for ratios, else the next of 1, 2, 4, 6, 8 times a power of ten.
fn top_of(panel: &Panel) -> f64 {
    if panel.unit == "ratio" {
        return 1.0;
    }
    let points = panel.lines.iter().flat_map(|line| &line.points);
    let high = points.map(|p| p.mean + 2.0 * p.se).fold(0.0, f64::max);
    if high <= 0.0 || !high.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(high.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    let step = steps.iter().find(|s| *s * power >= high);
    step.unwrap_or(&10.0) * power
}

/// Title, legend, and lines across at zero, half and full height.
fn axes(svg: &mut String, panel: &Panel, frame: &Frame) {
    let base = frame.top - 12.0;
    let _ = write!(
        svg,
        "<text class=\"ink\" fill=\"{INK}\" x=\"{LEFT}\" y=\"{base:.1}\" font-weight=\"600\">{}</text>",
        escape(panel.title)
    );
    // Names are as wide as they are: a fixed place for each keeps them apart.
    let own = panel.lines.iter().filter(|line| !line.thin);
    for (number, line) in own.enumerate().take(COLORS.len()) {
        let place = line.color % COLORS.len();
        let x = LEFT + 330.0 + number as f64 * 190.0;
        let short: String = line.name.chars().take(22).collect();
        let _ = write!(
            svg,
            "<path class=\"s{place}\" d=\"M{x:.1} {:.1}h24\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"2\" stroke-dasharray=\"{}\"/><text class=\"ink\" fill=\"{INK}\" \
             x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
            base - 4.0,
            COLORS[place],
            DASHES[place],
            x + 30.0,
            escape(&short)
        );
    }
    for share in [0.0, 0.5, 1.0] {
        let v = frame.high * share;
        let y = frame.y(v);
        let text =
            if panel.unit == "ratio" { format!("{:.0}%", v * 100.0) } else { value(v, panel.unit) };
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\" fill=\"none\" stroke=\"{GRID}\" \
             stroke-width=\"1\"/><text class=\"ink\" fill=\"{INK}\" x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{text}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0
        );
    }
}

/// A line with its band, broken where nothing was measured.
fn draw(svg: &mut String, line: &Line, frame: &Frame) {
    let place = line.color % COLORS.len();
    let color = COLORS[place];
    let (wide, dash) = if line.thin { ("1", "1 3") } else { ("2", DASHES[place]) };
    for (from, to) in stretches(line) {
        let mut path = String::new();
        let mut band = String::new();
        let mut back = String::new();
        for i in from..to {
            let point = line.points[i];
            let pen = if i == from { 'M' } else { 'L' };
            let (x, spread) = (frame.x(i), 2.0 * point.se);
            let _ = write!(path, "{pen}{x:.1} {:.1}", frame.y(point.mean));
            let _ = write!(band, "{pen}{x:.1} {:.1}", frame.y(point.mean + spread));
            back = format!("L{x:.1} {:.1}{back}", frame.y(point.mean - spread));
        }
        if to - from == 1 {
            // A stretch of one point shows as a dot, by the round cap.
            path.push_str("h0.01");
        }
        if line.points[from..to].iter().any(|p| p.se > 0.0) {
            let _ = write!(
                svg,
                "<path class=\"f{place}\" d=\"{band}{back}Z\" fill=\"{color}\" \
                 fill-opacity=\"0.18\" stroke=\"none\"/>"
            );
        }
        let _ = write!(
            svg,
            "<path class=\"s{place}\" d=\"{path}\" fill=\"none\" stroke=\"{color}\" \
             stroke-width=\"{wide}\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
             stroke-dasharray=\"{dash}\"/>"
        );
    }
}

/// The runs of measured points, as half-open ranges.
fn stretches(line: &Line) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (i, point) in line.points.iter().enumerate() {
        if !point.mean.is_finite() || !point.se.is_finite() {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.1 == i => last.1 = i + 1,
            _ => found.push((i, i + 1)),
        }
    }
    found
}

/// Times along the foot: of day for one day, dates where they change for several.
fn time_axis(svg: &mut String, labels: &[String], height: f64) {
    let parts: Vec<(&str, &str)> =
        labels.iter().map(|label| label.split_once(' ').unwrap_or((label, label))).collect();
    let days = parts.first().map(|p| p.0) != parts.last().map(|p| p.0);
    let changes = (0..parts.len()).filter(|&i| !days || i == 0 || parts[i].0 != parts[i - 1].0);
    let places: Vec<usize> = changes.collect();
    let step = places.len().div_ceil(MOST_TICKS).max(1);
    for &i in places.iter().step_by(step) {
        // A date without its year; the page says which.
        let text = if days { parts[i].0.get(5..).unwrap_or(parts[i].0) } else { parts[i].1 };
        let x = x_of(i, labels.len());
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {:.1}v5\" fill=\"none\" stroke=\"{GRID}\" \
             stroke-width=\"1\"/><text class=\"ink\" fill=\"{INK}\" x=\"{x:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\">{}</text>",
            height - FOOT,
            height - FOOT + 19.0,
            escape(text)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{day::day, sample};

    #[test]
    fn every_mark_has_its_look_without_a_style_sheet() {
        let svg = chart(&day(&sample::series(48), None).expect("has intervals"));
        assert!(!svg.contains("style="));
        for mark in svg.split("<path ").skip(1) {
            let mark = mark.split("/>").next().unwrap_or_default();
            assert!(mark.contains("fill=\"") && mark.contains("stroke=\""), "{mark}");
        }
        for mark in svg.split("<text ").skip(1) {
            assert!(mark.contains("fill=\""), "{mark}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn a_night_breaks_the_line_of_the_service_level() {
        let day = day(&sample::series(96), None).expect("has intervals");
        assert_eq!(stretches(&day.panels[2].lines[0]), [(16, 44), (64, 92)]);
        let svg = chart(&day);
        assert!(svg.contains(">03-02</text>") && svg.contains(">03-03</text>"));
        assert!(svg.contains("Contacts offered in each interval, chat: between 0 and 133."));
    }

    #[test]
    fn axes_end_at_round_numbers() {
        let panel = |high: f64| Panel {
            title: "",
            unit: "count",
            lines: vec![Line {
                name: String::new(),
                color: 0,
                thin: false,
                points: vec![crate::experiment::Point { mean: high, se: 0.0 }],
            }],
        };
        for (high, top) in [(133.0, 200.0), (18.0, 20.0), (0.7, 0.8), (9.5, 10.0), (0.0, 1.0)] {
            assert!((top_of(&panel(high)) - top).abs() < 1e-9, "{high}");
        }
    }
}
