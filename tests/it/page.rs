//! What the page shows: the queues with a target, each in its colour, and where they miss it.

use crate::common::{convoq_in, stderr};
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The retail week as a page, and its grid as JSON of the same run.
fn retail_week() -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::canonicalize("scenarios/b2c_retail_week.yaml").unwrap();
    let file = file.to_str().unwrap();
    let line = ["simulate", file, "-n", "2", "-q", "--log", "none", "--report", "r.html"];
    let line = [&line[..], &["--by", "interval", "--format", "json"]].concat();
    let done = convoq_in(folder.path(), &line);
    assert!(matches!(done.status.code(), Some(0 | 99)), "{}", stderr(&done));
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    (page, serde_json::from_slice(&done.stdout).unwrap())
}

/// Start of the interval with the lowest service level, of those with a tenth of the peak.
fn worst(grid: &Value, queue: &str) -> String {
    let rows = grid["rows"].as_array().unwrap().iter().filter(|r| r["queue"] == queue);
    let rows: Vec<(&str, f64, f64)> = rows
        .filter_map(|r| {
            let level = r["service_level"]["value"].as_f64()?;
            Some((r["start"].as_str()?, level, r["offered"]["value"].as_f64()?))
        })
        .collect();
    let peak = rows.iter().map(|r| r.2).fold(0.0, f64::max);
    let enough = rows.iter().filter(|r| r.2 >= (0.1 * peak).max(1.0) && r.0 != "later");
    let worst = enough.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    let (date, clock) = worst.0.split_once(' ').unwrap();
    let date: jiff::civil::Date = date.parse().unwrap();
    format!("{} {clock}", date.strftime("%a %m-%d"))
}

#[test]
fn the_page_shows_the_queues_with_a_target_and_where_they_miss_it() {
    let (page, grid) = retail_week();
    for queue in ["chat", "phone", "email"] {
        let title = format!("<h2>In time by day and hour: <bdi>{queue}</bdi></h2>");
        let map = page.split(&title).nth(1).unwrap_or_else(|| panic!("no map of {queue}"));
        let map = map.split("</section>").next().unwrap();
        let at = worst(&grid, queue);
        assert!(map.contains(&format!("aria-label=\"worst: {at}: ")), "{queue}: not {at}");
        let rows: Vec<&str> = map.split("<th scope=\"row\">").skip(1).collect();
        assert!(rows[0].starts_with(&format!("{at}</th>")), "{queue}: {}", rows[0]);
        let measured = grid["rows"].as_array().unwrap().iter().filter(|r| {
            r["queue"] == queue && r["start"] != "later" && r["service_level"]["value"].is_f64()
        });
        assert_eq!(map.matches("<rect ").count(), measured.count(), "{queue}");
        assert_eq!(map.matches("<title>").count(), map.matches("<rect ").count(), "{queue}");
    }
    assert!(!page.contains("hour: <bdi>triage</bdi>"), "nothing is promised of triage");

    let links = Regex::new("href=\"([^\"]*)\"").unwrap();
    let links: Vec<&str> = links.captures_iter(&page).map(|c| c.get(1).unwrap().as_str()).collect();
    assert_eq!(links.len(), 3);
    for link in links {
        let id = link.strip_prefix('#').expect("no link leaves the page");
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn one_colour_is_one_queue_in_all_panels() {
    let (page, _) = retail_week();
    let chart = page.split("aria-labelledby=\"day-title").nth(1).expect("has a chart");
    let chart = chart.split("</svg>").next().unwrap();
    let legend =
        Regex::new("<path class=\"s(\\d)\" d=\"M[^\"]*h24\"[^>]*/><text [^>]*>([^<]*)</text>");
    let mut colours: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut panels = 0;
    for found in legend.unwrap().captures_iter(chart) {
        let colour = found.get(1).unwrap().as_str();
        colours.entry(found.get(2).unwrap().as_str()).or_default().insert(colour);
        panels += 1;
    }
    assert_eq!(colours.keys().copied().collect::<Vec<_>>(), ["chat", "email", "phone"]);
    assert!(colours.values().all(|c| c.len() == 1), "{colours:?}");
    assert_eq!(panels, 9, "three queues in three panels");
    let all: BTreeSet<_> = colours.values().flatten().collect();
    assert_eq!(all.len(), 3, "{colours:?}");
    assert!(chart.contains("stroke-dasharray=\"1 3\""), "what is required is a thin line");
}
