//! A small summary by hand, for the tests of the writers.

use crate::doubt::Doubt;
use crate::experiment::{
    About, HalfWidth, MetricRow, PERCENTILE_ROUNDING, Point, PrecisionReached, QueueSeries,
    SUMMARY_SCHEMA, ScenarioRef, Series, Summary, TargetRow, TeamSeries, Verdict,
};

/// A row over everything.
pub(crate) fn row(metric: &'static str, value: f64, unit: &'static str) -> MetricRow {
    MetricRow {
        metric,
        definition: None,
        threshold_s: None,
        queue: None,
        segment: None,
        channel: None,
        intent: None,
        party: None,
        team: None,
        stat: None,
        value,
        ci: None,
        se: None,
        spread: None,
        spread_ci: None,
        unit,
        numerator: None,
        denominator: None,
        note: None,
    }
}

/// Two queues, two segments, one team; one target of each kind but undecided.
pub(crate) fn summary() -> Summary {
    Summary {
        schema: SUMMARY_SCHEMA,
        version: "0.1.0",
        scenario: ScenarioRef {
            name: "retail-week".to_owned(),
            sha256: "9f3c1e5a7b2d4c6e8f0a1b3c5d7e9f1a".to_owned(),
        },
        seed: 42,
        replications: 30,
        confidence: 0.95,
        percentile_rounding: PERCENTILE_ROUNDING,
        metrics: metrics(),
        targets: targets(),
        warnings: vec![Doubt::OfScenario {
            warning: "the queue 'chat' grows through the day: 41 contacts wait at its end".into(),
        }],
        precision: None,
        analytic: Vec::new(),
        generator: None,
        series: series(48),
        about: About {
            start_date: "2026-03-02".to_owned(),
            days: 1,
            zone: "Europe/Bucharest".to_owned(),
            currency: "EUR".to_owned(),
            reproduce: "convoq simulate week.yaml -n 30 --seed 42".to_owned(),
            segments: vec!["b2b".to_owned(), "b2c".to_owned()],
            queues: vec!["chat".to_owned(), "email".to_owned()],
            teams: vec!["agents".to_owned()],
            channels: vec!["chat".to_owned(), "email".to_owned()],
            intents: vec!["order_status".to_owned()],
            load: None,
        },
    }
}

/// The same, after a precision was asked for and not reached.
pub(crate) fn precise() -> Summary {
    let metric = HalfWidth {
        metric: "service_level(queue=chat, within=60s)".to_owned(),
        value: 0.741,
        half_width: 0.011,
        wanted: 0.01,
        unit: "ratio",
    };
    Summary {
        precision: Some(PrecisionReached {
            asked: "1%".to_owned(),
            reached: false,
            replications: 30,
            confidence: 0.95,
            metrics: vec![metric],
        }),
        ..summary()
    }
}

fn metrics() -> Vec<MetricRow> {
    let mut rows = vec![
        MetricRow {
            ci: Some([4100.4, 4299.6]),
            spread: Some([3700.0, 4195.0, 4710.0]),
            spread_ci: Some([None, Some([4104.0, 4302.0]), None]),
            ..row("arrivals", 4200.0, "count")
        },
        row("true_roar", 0.08, "ratio"),
        MetricRow { party: Some("bot"), ..row("resolution_rate", 0.33, "ratio") },
        row("involvement_rate", 0.3, "ratio"),
        MetricRow { party: Some("human"), stat: Some("p90"), ..row("frt_s", 184.0, "s") },
        MetricRow { party: Some("bot"), stat: Some("mean"), ..row("frt_s", 1.24, "s") },
        MetricRow {
            definition: Some("total"),
            ci: Some([12_100.0, 12_590.0]),
            ..row("cost", 12_345.0, "currency")
        },
        MetricRow {
            definition: Some("slots"),
            team: Some("agents".to_owned()),
            ..row("occupancy", 0.713, "ratio")
        },
    ];
    for (segment, involved, truly) in [("b2b", 0.104, 0.0318), ("b2c", 0.355, 0.1127)] {
        for (metric, value) in [("involvement_rate", involved), ("true_roar", truly)] {
            rows.push(MetricRow {
                segment: Some(segment.to_owned()),
                ..row(metric, value, "ratio")
            });
        }
    }
    for (queue, threshold, level) in [("chat", 60.0, 0.741), ("email", 86_400.0, 0.981)] {
        rows.push(MetricRow {
            definition: Some("SL3"),
            threshold_s: Some(threshold),
            queue: Some(queue.to_owned()),
            ci: Some([level - 0.011, level + 0.011]),
            ..row("service_level", level, "ratio")
        });
        rows.push(MetricRow {
            queue: Some(queue.to_owned()),
            stat: Some("p90"),
            ci: Some([104.0, 119.0]),
            ..row("wait_s", 112.0, "s")
        });
    }
    rows
}

fn targets() -> Vec<TargetRow> {
    let row = |target: &str, value, ci, unit, verdict| TargetRow {
        target: target.to_owned(),
        value,
        ci,
        unit,
        verdict,
        worst: None,
        with_open: None,
    };
    vec![
        TargetRow {
            worst: Some(("Mon 13:00".to_owned(), 0.58)),
            ..row(
                "service_level(queue=chat, within=60s) >= 80%",
                Some(0.741),
                Some([0.73, 0.752]),
                "ratio",
                Verdict::Missed,
            )
        },
        row("wait_s(queue=chat).p90 <= 120s", Some(97.0), Some([93.0, 101.0]), "s", Verdict::Met),
        row("csat >= 80%", None, None, "ratio", Verdict::NotMeasured),
    ]
}

/// A day of half hours (or more days) with a gap at night, where nothing was offered.
pub(crate) fn series(intervals: usize) -> Series {
    let at = |of: fn(usize) -> f64| -> Vec<Point> {
        (0..intervals).map(|i| Point { mean: of(i % 48), se: 0.01 }).collect()
    };
    let open = |i: usize| (16..44).contains(&i);
    let offered = at(|i| if (16..44).contains(&i) { 90.0 + i as f64 } else { 0.0 });
    let level = (0..intervals)
        .map(|i| Point { mean: if open(i % 48) { 0.8 } else { f64::NAN }, se: 0.01 })
        .collect();
    Series {
        labels: (0..intervals)
            .map(|i| {
                let (day, half) = (2 + i / 48, i % 48);
                format!("2026-03-{day:02} {:02}:{:02}", half / 2, half % 2 * 30)
            })
            .collect(),
        queues: vec![QueueSeries {
            queue: "chat".to_owned(),
            offered,
            service_level: level,
            ..QueueSeries::default()
        }],
        teams: vec![TeamSeries {
            team: "agents".to_owned(),
            staffed: at(|i| if (16..44).contains(&i) { 18.0 } else { 0.0 }),
            ..TeamSeries::default()
        }],
        ..Series::default()
    }
}
