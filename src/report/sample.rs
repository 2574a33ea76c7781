//! A small summary by hand, for the tests of the writers.

use crate::domain::{Dimension, Party};
use crate::doubt::Doubt;
use crate::experiment::{
    About, HalfWidth, MetricRow, PERCENTILE_ROUNDING, Point, PrecisionReached, QueueSeries,
    SUMMARY_SCHEMA, ScenarioRef, Series, Summary, TargetRow, TeamSeries, Verdict,
};
use crate::metric::{Definition, Metric, Stat, Which};

/// A row of this value.
fn row(which: Which<&str>, value: f64) -> MetricRow {
    let Which { metric, definition, threshold_s, stat, .. } = which;
    let over_all = Which { definition, threshold_s, stat, ..Which::of(metric) };
    let which = Dimension::ALL
        .into_iter()
        .fold(over_all, |whole, by| whole.narrowed(by, which.of_one(by).map(str::to_owned)));
    MetricRow { value, ..MetricRow::blank(which) }
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
        grid: None,
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
    let of = Which::of;
    let mut rows = vec![
        MetricRow {
            ci: Some([4100.4, 4299.6]),
            spread: Some([3700.0, 4195.0, 4710.0]),
            spread_ci: Some([None, Some([4104.0, 4302.0]), None]),
            ..row(of(Metric::Arrivals), 4200.0)
        },
        row(of(Metric::TrueRoar), 0.08),
        row(of(Metric::ResolutionRate).party(Party::Bot), 0.33),
        row(of(Metric::InvolvementRate), 0.3),
        row(of(Metric::Frt).party(Party::Human).stat(Stat::P90), 184.0),
        row(of(Metric::Frt).party(Party::Bot).stat(Stat::Mean), 1.24),
        MetricRow {
            ci: Some([12_100.0, 12_590.0]),
            ..row(of(Metric::Cost).definition(Definition::Total), 12_345.0)
        },
        row(
            Which { team: Some("agents"), ..of(Metric::Occupancy).definition(Definition::Slots) },
            0.713,
        ),
    ];
    for (segment, involved, truly) in [("b2b", 0.104, 0.0318), ("b2c", 0.355, 0.1127)] {
        for (metric, value) in [(Metric::InvolvementRate, involved), (Metric::TrueRoar, truly)] {
            rows.push(row(Which { segment: Some(segment), ..of(metric) }, value));
        }
    }
    for (queue, threshold, level) in [("chat", 60.0, 0.741), ("email", 86_400.0, 0.981)] {
        let of = |metric| Which { queue: Some(queue), ..Which::of(metric) };
        let within = of(Metric::ServiceLevel).definition(Definition::SL3);
        rows.push(MetricRow {
            ci: Some([level - 0.011, level + 0.011]),
            ..row(Which { threshold_s: Some(threshold), ..within }, level)
        });
        rows.push(MetricRow {
            ci: Some([104.0, 119.0]),
            ..row(of(Metric::Wait).stat(Stat::P90), 112.0)
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
