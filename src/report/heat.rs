//! Heat maps: how much of each half hour is answered in time, by day and by the clock, for
//! every queue with a promise; and the worst cells with their numbers.
//!
//! Colour is never alone: a cell says its value, in itself where there is room and when it
//! is pointed at, and the worst leads to its row.

use super::format::{escape, value};
use crate::domain::Grain;
use crate::experiment::{Grid, GridColumn, GridRow};
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 84.0;
const TOP: f64 = 20.0;
const HIGH: f64 = 20.0;
/// Most days of a map.
const MOST_DAYS: usize = 62;
/// Most queues with a map, the furthest below its target first.
const MOST_QUEUES: usize = 6;
/// Rows of the table of worst cells.
const WORST: usize = 5;
/// Width of a cell from which on it has room for its value.
const ROOM: f64 = 22.0;
const INK: &str = "#1f2328";

/// Colours of a cell and its letters, which pass 4.5:1: the target holds, is missed by up to
/// 10 points, up to 25, by more.
const LEVELS: [(&str, &str, &str); 4] = [
    ("#b7dcf0", "#1f2328", "the target holds"),
    ("#fde3b5", "#1f2328", "up to 10 points below"),
    ("#f5a95c", "#1f2328", "up to 25 points below"),
    ("#a33b00", "#ffffff", "more than 25 points below"),
];

/// The columns of the table of worst cells.
const COLUMNS: [(GridColumn, &str); 10] = [
    (GridColumn::Offered, "offered"),
    (GridColumn::ServiceLevel, "in time"),
    (GridColumn::TargetHeld, "holds in"),
    (GridColumn::AbandonmentRate, "abandonment"),
    (GridColumn::Asa, "ASA"),
    (GridColumn::Required, "required"),
    (GridColumn::Scheduled, "scheduled"),
    (GridColumn::OnQueue, "on the queue"),
    (GridColumn::Net, "net"),
    (GridColumn::Occupancy, "occupancy"),
];

/// A queue with a promise, and its intervals in which anybody is to be answered.
struct Map<'g> {
    queue: &'g str,
    target: f64,
    threshold_s: f64,
    /// Row with its service level.
    cells: Vec<(&'g GridRow, f64)>,
    /// The worst of those with a tenth of the peak's contacts, the worst first.
    worst: Vec<&'g GridRow>,
}

/// The sections of a page; empty where nothing is promised of any queue.
pub(crate) fn sections(grid: &Grid) -> String {
    if grid.by != Grain::Interval {
        return String::new();
    }
    let mut maps = maps(grid);
    let gap = |map: &Map<'_>| {
        let worst = map.worst.first().and_then(|row| row.value(GridColumn::ServiceLevel));
        worst.map_or(f64::INFINITY, |v| v - map.target)
    };
    maps.sort_by(|a, b| gap(a).total_cmp(&gap(b)));
    let hidden = maps.len().saturating_sub(MOST_QUEUES);
    maps.truncate(MOST_QUEUES);
    let mut page = String::new();
    for (number, map) in maps.iter().enumerate() {
        section(&mut page, map, number);
    }
    if hidden > 0 {
        let _ = writeln!(page, "<p class=\"soft\">{hidden} more queues have a target.</p>");
    }
    page
}

/// Names of the queues that a page is to draw in any case: those with a promise, the one
/// furthest below it first.
pub(crate) fn promised(grid: &Grid) -> Vec<&str> {
    let mut all: Vec<(&str, f64)> = Vec::new();
    for map in maps(grid) {
        let worst = map.worst.first().and_then(|row| row.value(GridColumn::ServiceLevel));
        all.push((map.queue, worst.map_or(f64::INFINITY, |v| v - map.target)));
    }
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    all.into_iter().map(|(queue, _)| queue).collect()
}

fn maps(grid: &Grid) -> Vec<Map<'_>> {
    let mut maps: Vec<Map<'_>> = Vec::new();
    for row in &grid.rows {
        let (Some(queue), Some(target)) = (row.queue.as_deref(), row.target) else {
            continue;
        };
        let Some(level) = row.value(GridColumn::ServiceLevel) else {
            continue;
        };
        if maps.last().is_none_or(|map| map.queue != queue) {
            let threshold_s = row.threshold_s.unwrap_or_default();
            let (cells, worst) = (Vec::new(), Vec::new());
            maps.push(Map { queue, target, threshold_s, cells, worst });
        }
        if let Some(map) = maps.last_mut().filter(|_| row.start.contains(' ')) {
            map.cells.push((row, level));
        }
    }
    for map in &mut maps {
        let offered = |row: &GridRow| row.value(GridColumn::Offered).unwrap_or(0.0);
        let peak = map.cells.iter().map(|(row, _)| offered(row)).fold(0.0, f64::max);
        let enough = (0.1 * peak).max(1.0);
        let mut worst: Vec<_> =
            map.cells.iter().filter(|(row, _)| offered(row) >= enough).collect();
        worst.sort_by(|a, b| a.1.total_cmp(&b.1));
        map.worst = worst.into_iter().take(WORST).map(|(row, _)| *row).collect();
    }
    maps.retain(|map| !map.cells.is_empty());
    maps
}

fn section(page: &mut String, map: &Map<'_>, number: usize) {
    let within = crate::time::SimDuration::from_s(map.threshold_s);
    let queue = escape(map.queue);
    let _ = write!(
        page,
        "<section>\n<h2>In time by day and hour: <bdi>{queue}</bdi></h2>\n<p class=\"soft\">Share of \
         those who join in each interval that are answered within {within} (SL3), beside the target \
         of {}.</p>\n",
        value(map.target, "ratio")
    );
    draw(page, map, number);
    legend(page);
    table(page, map, number);
    page.push_str("</section>\n");
}

/// Days and times of the day that a map has, in their order.
fn axes<'g>(map: &Map<'g>) -> (Vec<&'g str>, Vec<&'g str>) {
    let parts = || map.cells.iter().filter_map(|(row, _)| row.start.split_once(' '));
    let mut days: Vec<&str> = parts().map(|(day, _)| day).collect();
    days.dedup();
    let mut clocks: Vec<&str> = parts().map(|(_, clock)| clock).collect();
    clocks.sort_unstable();
    clocks.dedup();
    (days, clocks)
}

fn draw(page: &mut String, map: &Map<'_>, number: usize) {
    let (days, clocks) = axes(map);
    let shown = days.len().min(MOST_DAYS);
    let high = TOP + shown as f64 * HIGH + 4.0;
    let wide = (WIDTH - LEFT) / clocks.len().max(1) as f64;
    let worst = map.worst.first();
    let _ = write!(
        page,
        "<div class=\"scroll\"><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {high}\" \
         width=\"100%\" role=\"group\" aria-label=\"Heat map of {}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"11\">",
        escape(map.queue)
    );
    let step = clocks.len().div_ceil(12).max(1);
    for (place, clock) in clocks.iter().enumerate().step_by(step) {
        let x = LEFT + place as f64 * wide;
        text(page, (x, TOP - 6.0), INK, "ink", clock);
    }
    for (row, day) in days.iter().take(shown).enumerate() {
        let y = TOP + (row as f64 + 0.7) * HIGH;
        text(page, (0.0, y), INK, "ink", &weekday(day));
    }
    for (row, level) in &map.cells {
        let Some((day, clock)) = row.start.split_once(' ') else { continue };
        let places = (days.iter().position(|d| *d == day), clocks.binary_search(&clock).ok());
        let (Some(down), Some(right)) = places else { continue };
        if down >= shown {
            continue;
        }
        let corner = (LEFT + right as f64 * wide, TOP + down as f64 * HIGH);
        let link = worst.filter(|w| w.start == row.start).map(|_| format!("worst-{number}"));
        cell(page, (row, *level, map.target), corner, wide, link.as_deref());
    }
    page.push_str("</svg></div>\n");
    if shown < days.len() {
        let _ = writeln!(page, "<p class=\"soft\">The first {shown} of {} days.</p>", days.len());
    }
}

fn text(page: &mut String, (x, y): (f64, f64), ink: &str, class: &str, said: &str) {
    let _ = write!(
        page,
        "<text class=\"{class}\" fill=\"{ink}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
        escape(said)
    );
}

fn cell(
    page: &mut String,
    (row, level, target): (&GridRow, f64, f64),
    (x, y): (f64, f64),
    wide: f64,
    link: Option<&str>,
) {
    let (back, ink, _) = LEVELS[step(level, target)];
    let shown = |column: GridColumn| {
        let unit = column.unit(Grain::Interval);
        row.value(column).map_or_else(|| "-".to_owned(), |v| value(v, unit))
    };
    let title = format!(
        "{} {}: {} in time, {} offered, {} abandon, net {}",
        weekday(row.start.split(' ').next().unwrap_or_default()),
        row.start.split_once(' ').map_or("", |(_, clock)| clock),
        value(level, "ratio"),
        shown(GridColumn::Offered),
        shown(GridColumn::AbandonmentRate),
        shown(GridColumn::Net),
    );
    if let Some(link) = link {
        let _ = write!(page, "<a href=\"#{link}\" aria-label=\"worst: {}\">", escape(&title));
    }
    let edge = if link.is_some() { "stroke=\"#000\" stroke-width=\"2\"" } else { "" };
    let _ = write!(
        page,
        "<g><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
         fill=\"{back}\" {edge}/>",
        escape(&title),
        x + 0.5,
        y + 0.5,
        (wide - 1.0).max(1.0),
        HIGH - 1.0
    );
    if wide >= ROOM {
        text(page, (x + 4.0, y + 0.7 * HIGH), ink, "", &format!("{:.0}", 100.0 * level));
    }
    page.push_str("</g>");
    if link.is_some() {
        page.push_str("</a>");
    }
}

/// How far below the target: the place in [`LEVELS`].
fn step(level: f64, target: f64) -> usize {
    match target - level {
        gap if gap <= 0.0 => 0,
        gap if gap <= 0.1 => 1,
        gap if gap <= 0.25 => 2,
        _ => 3,
    }
}

fn legend(page: &mut String) {
    page.push_str("<p class=\"soft\">");
    for (back, ink, about) in LEVELS {
        let _ = write!(
            page,
            "<span style=\"background:{back};color:{ink};padding:0 .4rem;margin-inline-end:.6rem\">{about}</span> "
        );
    }
    page.push_str("The worst interval among those with a tenth of the peak's contacts has a frame and leads to its row.</p>\n");
}

fn table(page: &mut String, map: &Map<'_>, number: usize) {
    page.push_str(
        "<div class=\"scroll\"><table><caption>The worst intervals</caption><thead><tr>\
         <th scope=\"col\">from</th>",
    );
    for (_, head) in COLUMNS {
        let _ = write!(page, "<th scope=\"col\" class=\"n\">{head}</th>");
    }
    page.push_str("</tr></thead><tbody>\n");
    for (place, row) in map.worst.iter().enumerate() {
        let id = if place == 0 { format!(" id=\"worst-{number}\"") } else { String::new() };
        let (day, clock) = row.start.split_once(' ').unwrap_or((&row.start, ""));
        let _ = write!(
            page,
            "<tr{id}><th scope=\"row\">{} {}</th>",
            escape(&weekday(day)),
            escape(clock)
        );
        for (column, _) in COLUMNS {
            let unit = column.unit(Grain::Interval);
            let shown = row.value(column).map_or_else(|| "-".to_owned(), |v| value(v, unit));
            let _ = write!(page, "<td class=\"n\"><bdi dir=\"ltr\">{}</bdi></td>", escape(&shown));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}

/// `Mon 03-02`; the page says the year.
fn weekday(date: &str) -> String {
    match date.parse::<jiff::civil::Date>() {
        Ok(day) => day.strftime("%a %m-%d").to_string(),
        Err(_) => date.to_owned(),
    }
}
