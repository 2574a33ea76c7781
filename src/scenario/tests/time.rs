//! Days on which clocks change.

use super::*;

#[test]
fn an_hour_has_its_share_as_often_as_clocks_show_it() {
    for (start, hours, expected) in [("2026-03-29", 23, 50.0), ("2026-10-25", 25, 150.0)] {
        let text = SMALL
            .replace("start: 2026-03-02, days: 2", &format!("start: {start}, days: 1, zone: Europe/Bucharest"))
            .replace("per_day: 100", "per_day: 100, profile: {interval: 1h, shares: [0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}");
        let s = loaded(&text);
        assert_eq!(s.horizon, SimTime(hours * HOUR_US));
        assert_eq!(s.header.interval_labels.len() as u64, hours * 2);
        let Arrivals::Intervals { pieces, .. } = &s.sources[0].arrivals else { unreachable!() };
        let total: f64 = pieces
            .iter()
            .map(|p| match p.volume {
                Volume::Expected(m) => m,
                Volume::Given(n) => f64::from(n),
            })
            .sum();
        assert!((total - expected).abs() < 1e-9, "{start}: {total}");
        let noon = pieces.last().unwrap().span.start;
        assert_eq!(noon, SimTime((hours - 12) * HOUR_US), "{start}");
    }
}

#[test]
fn even_demand_follows_opening_hours() {
    let text = SMALL.replace(
        "days: 2",
        "days: 2, open: {mon: \"08:00-08:15\", tue: [\"09:10-09:15\", \"09:20-09:25\"]}",
    );
    let s = loaded(&text);
    let Arrivals::Intervals { pieces, .. } = &s.sources[0].arrivals else { unreachable!() };
    let numbers: Vec<u32> = pieces.iter().map(|p| p.number).collect();
    assert_eq!(numbers, [16, 1018, 1518]);
    assert_eq!(pieces[1].volume, Volume::Expected(50.0));
}

#[test]
fn more_agents_move_no_other_and_stay_for_the_drain() {
    let text = SMALL.replace("days: 2", "days: 2, drain: 1h");
    let few = loaded(&text);
    let many = loaded(&text.replace("agents: 5", "agents: 6"));
    assert_eq!(few.agents[4].key, many.agents[4].key);
    assert_eq!(few.agents[0].duties[0].left_at(few.horizon, few.end), few.end);
    assert_eq!(few.end, SimTime(49 * HOUR_US));
    assert_ne!(few.header.sha256, many.header.sha256);
}
