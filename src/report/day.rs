//! What the chart of the day shows: contacts, people and service level over the intervals.

use super::heat::promised;
use crate::experiment::{Figure, Grid, GridColumn, Point, QueueSeries, Series};
use std::collections::BTreeMap;

/// Most points of a line; longer runs are drawn in steps of several intervals.
const MOST_POINTS: usize = 500;
/// Most lines of a panel: more cannot be told apart by colour and dash.
const MOST_LINES: usize = 3;

/// The data behind the chart.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    /// Local start of each step.
    pub(crate) labels: Vec<String>,
    /// The panels from top to bottom.
    pub(crate) panels: Vec<Panel>,
    /// What was left out, in words.
    pub(crate) notes: Vec<String>,
}

/// One panel of the chart.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    /// What it shows.
    pub(crate) title: &'static str,
    /// Unit of its values.
    pub(crate) unit: &'static str,
    /// The lines.
    pub(crate) lines: Vec<Line>,
}

/// One line of a panel.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The queue or team, or what of it is no line of its own.
    pub(crate) name: String,
    /// One point for each step; NaN where nothing was measured.
    pub(crate) points: Vec<Point>,
    /// Its colour: one is one queue in all panels.
    pub(crate) color: usize,
    /// Whether it is what another line is compared with.
    pub(crate) thin: bool,
}

/// Picks and thins the series; `None` without intervals. Queues with a target are drawn
/// before others, and what a grid knows of them beside what happened.
pub(crate) fn day(series: &Series, grid: Option<&Grid>) -> Option<Day> {
    let merged = series.labels.len().div_ceil(MOST_POINTS).max(1);
    let labels: Vec<String> = series.labels.iter().step_by(merged).cloned().collect();
    let mut notes = Vec::new();
    if merged > 1 {
        notes.push(format!("Each point is the mean of {merged} intervals."));
    }
    let promised = grid.map_or_else(Vec::new, promised);
    let queues = drawn(&series.queues, &promised);
    if queues.len() < series.queues.len() {
        let (shown, all) = (queues.len(), series.queues.len());
        notes.push(match promised.is_empty() {
            true => format!("Drawn are the {shown} queues with the most contacts, of {all}."),
            false => format!("Drawn are {shown} queues of {all}, those with a target first."),
        });
    }
    let line = |name: &str, points: Vec<Point>, color: usize| Line {
        name: name.to_owned(),
        points,
        color,
        thin: false,
    };
    let each = || queues.iter().enumerate();
    let offered = each().map(|(n, q)| line(&q.queue, thin(&q.offered, None, merged), n));
    let level =
        each().map(|(n, q)| line(&q.queue, thin(&q.service_level, Some(&q.offered), merged), n));
    let mut level: Vec<Line> = level.collect();
    let people = grid.and_then(|grid| staffing(&queues, grid, &series.labels, merged));
    if let Some(grid) = grid {
        let targets: Vec<Line> = level.iter().filter_map(|l| target_line(grid, l)).collect();
        level.extend(targets);
    }
    let (title, people) = match people {
        Some(lines) => ("Agents on the queue; thin: required", lines),
        None => {
            let teams = busiest(&series.teams, |t| &t.staffed);
            if teams.len() < series.teams.len() {
                let (shown, all) = (teams.len(), series.teams.len());
                notes.push(format!("Drawn are the {shown} teams with the most agents, of {all}."));
            }
            let lines = teams.iter().enumerate();
            let lines = lines.map(|(n, t)| line(&t.team, thin(&t.staffed, None, merged), n));
            ("Agents on the queue", lines.collect())
        }
    };
    let panels: Vec<Panel> = [
        ("Contacts offered in each interval", "count", offered.collect()),
        (title, "count", people),
        ("Service level (SL3)", "ratio", level),
    ]
    .into_iter()
    .map(|(title, unit, lines)| Panel { title, unit, lines })
    .filter(|panel| panel.lines.iter().any(Line::has_points))
    .collect();
    (!labels.is_empty() && !panels.is_empty()).then_some(Day { labels, panels, notes })
}

/// The queues that are drawn, in their own order: the promised, then the busiest.
fn drawn<'s>(all: &'s [QueueSeries], promised: &[&str]) -> Vec<&'s QueueSeries> {
    let first = promised.iter().filter_map(|name| all.iter().find(|q| q.queue == *name));
    let mut chosen: Vec<&QueueSeries> = first.take(MOST_LINES).collect();
    for queue in busiest(all, |q| &q.offered) {
        if chosen.len() < MOST_LINES && !chosen.iter().any(|q| q.queue == queue.queue) {
            chosen.push(queue);
        }
    }
    let place = |q: &QueueSeries| all.iter().position(|other| other.queue == q.queue);
    chosen.sort_by_key(|q| place(q));
    chosen
}

/// Agents on the queues that are drawn, and those required; `None` where nobody knows them.
fn staffing(
    queues: &[&QueueSeries],
    grid: &Grid,
    labels: &[String],
    merged: usize,
) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    for (color, queue) in queues.iter().enumerate() {
        for (column, thin_line) in [(GridColumn::OnQueue, false), (GridColumn::Required, true)] {
            let rows = grid.rows.iter().filter(|r| r.queue.as_ref() == Some(&queue.queue));
            let known: BTreeMap<&str, Figure> =
                rows.map(|r| (r.start.as_str(), r.figure(column))).collect();
            let point = |label: &String| {
                let figure = known.get(label.as_str()).copied().unwrap_or_default();
                let se = figure.numerator.map_or(0.0, |_| figure.se());
                Point { mean: figure.value.unwrap_or(f64::NAN), se }
            };
            let points: Vec<Point> = labels.iter().map(point).collect();
            let name =
                if thin_line { format!("{}, required", queue.queue) } else { queue.queue.clone() };
            let points = thin(&points, None, merged);
            let line = Line { name, points, color, thin: thin_line };
            if line.has_points() {
                lines.push(line);
            }
        }
    }
    lines.iter().any(|line| !line.thin).then_some(lines)
}

/// The target of a queue's service level, as far as the line goes.
fn target_line(grid: &Grid, level: &Line) -> Option<Line> {
    let mut rows = grid.rows.iter().filter(|r| r.queue.as_ref() == Some(&level.name));
    let target = rows.find_map(|row| row.target)?;
    let at =
        |p: &Point| Point { mean: if p.mean.is_finite() { target } else { f64::NAN }, se: 0.0 };
    Some(Line {
        name: format!("{}, target", level.name),
        points: level.points.iter().map(at).collect(),
        color: level.color,
        thin: true,
    })
}

impl Line {
    fn has_points(&self) -> bool {
        self.points.iter().any(|p| p.mean.is_finite())
    }
}

/// The few series with the largest sums, in their own order.
fn busiest<T>(all: &[T], points: fn(&T) -> &Vec<Point>) -> Vec<&T> {
    let sum = |series: &T| -> f64 {
        let finite = points(series).iter().map(|p| p.mean);
        finite.filter(|mean| mean.is_finite()).sum()
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| sum(&all[b]).total_cmp(&sum(&all[a])).then(a.cmp(&b)));
    order.truncate(MOST_LINES);
    order.sort_unstable();
    order.into_iter().map(|i| &all[i]).collect()
}

/// Means of `merged` neighbours, weighted where there are weights. The standard
/// error is the neighbours' mean one: too large rather than too small, because
/// neighbouring intervals depend on each other.
fn thin(points: &[Point], weights: Option<&[Point]>, merged: usize) -> Vec<Point> {
    if merged == 1 {
        return points.to_vec();
    }
    let weight = |i: usize| weights.map_or(1.0, |w| w.get(i).map_or(0.0, |p| p.mean));
    (0..points.len())
        .step_by(merged)
        .map(|from| {
            let to = (from + merged).min(points.len());
            let mut sum = (0.0, 0.0, 0.0);
            for (i, p) in points.iter().enumerate().take(to).skip(from) {
                if p.mean.is_finite() && weight(i) > 0.0 {
                    let w = weight(i);
                    sum = (sum.0 + w, sum.1 + w * p.mean, sum.2 + w * p.se);
                }
            }
            Point { mean: sum.1 / sum.0, se: sum.2 / sum.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_short_run_is_drawn_as_it_is() {
        let day = day(&sample::series(48), None).expect("has intervals");
        assert_eq!(day.labels.len(), 48);
        assert_eq!(day.panels.len(), 3);
        assert!(day.panels[2].lines[0].points[0].mean.is_nan());
        assert!(day.notes.is_empty());
    }

    #[test]
    fn a_long_run_is_thinned_below_500_points() {
        let series = sample::series(48 * 28);
        let day = day(&series, None).expect("has intervals");
        assert_eq!(day.labels.len(), 448);
        assert!(day.panels.iter().all(|p| p.lines[0].points.len() == 448));
        // Half hours 18, 19 and 20 offer 108, 109 and 110.
        let offered = &day.panels[0].lines[0].points;
        assert!((offered[6].mean - 109.0).abs() < 1e-9);
        // Steps that touch the closed night take their service level from open intervals only.
        assert!((day.panels[2].lines[0].points[5].mean - 0.8).abs() < 1e-9);
        assert_eq!(day.notes, ["Each point is the mean of 3 intervals."]);
    }

    #[test]
    fn only_the_busiest_lines_are_drawn_and_the_rest_is_named() {
        let mut series = sample::series(48);
        let quiet = crate::experiment::QueueSeries {
            queue: "quiet".to_owned(),
            offered: vec![Point::default(); 48],
            ..series.queues[0].clone()
        };
        let busy = series.queues[0].clone();
        series.queues = vec![quiet, busy.clone(), busy.clone(), busy];
        let day = day(&series, None).expect("has intervals");
        assert_eq!(day.panels[0].lines.len(), 3);
        assert!(day.panels[0].lines.iter().all(|line| line.name == "chat"));
        assert_eq!(day.notes, ["Drawn are the 3 queues with the most contacts, of 4."]);
    }
}
