//! The forms of targets and their errors.

use super::*;

#[test]
fn all_forms_are_read() {
    let t = parse("service_level(queue=chat, within=1m20s, definition=SL3) >= 80%").unwrap();
    assert_eq!(
        (t.which.metric, t.value, t.comparison),
        (Metric::ServiceLevel, 0.8, Comparison::AtLeast)
    );
    assert_eq!((t.which.queue.as_deref(), t.which.threshold_s), (Some("chat"), Some(80.0)));
    assert_eq!(t.which.definition, Some(Definition::SL3));
    let t = parse("wait_s(queue=chat).p90 <= 120s").unwrap();
    assert_eq!((t.which.stat, t.value), (Some(Stat::P90), 120.0));
    let t = parse("ttft_s.p95<2s").unwrap();
    assert_eq!((t.which.stat, t.value, t.comparison), (Some(Stat::P95), 2.0, Comparison::Below));
    for text in ["turn_latency_s.p99.9 < 1s", "turn_latency_s.p999 < 1s"] {
        let t = parse(text).unwrap();
        assert_eq!((t.which.stat, t.value), (Some(Stat::P999), 1.0));
    }
    let t = parse("probability(service_level(queue=chat, within=20s) >= 80%) >= 95%").unwrap();
    assert_eq!((t.probability, t.value), (Some((Comparison::AtLeast, 0.95)), 0.8));
    assert_eq!(parse("cost_per_contact <= 6 EUR").unwrap().value, 6.0);
    assert_eq!(parse("nps > -10").unwrap().value, -10.0);
}

#[test]
fn errors_say_where() {
    for (text, column, help) in [
        ("service_levle >= 80%", 1, "`service_level`"),
        ("wait_s.p91 <= 2s", 8, "`p9"),
        ("wait_s.p99.9 <= 2s", 8, "`p99` or `max`"),
        ("ttft_s.p99.99 <= 2s", 11, "<"),
        ("wait_s(que=chat) <= 2s", 8, "`queue`"),
        ("abandonment_rate 5%", 18, ">="),
        ("abandonment_rate <= five", 21, "80%"),
        ("service_level(within=20) >= 80%", 22, "20s"),
        ("probability(roar >= 4%) >= 950%", 28, "100%"),
        ("probability(roar >= 4%) 95%", 25, ">="),
        ("probability(roar >= 4%", 23, "probability(METRIC"),
        ("probability(roar >= 4% >= 95%", 21, "80%"),
        ("", 1, "metric"),
        ("aht_s(party=robot) <= 5m", 13, "human"),
        ("roar(party=bot) >= 4%", 6, "segment"),
        ("fcr(definition=SL3) >= 4%", 16, "window, gross"),
        ("roar(definition=true) >= 4%", 17, "only one"),
        ("roar >= 4% or so", 9, "80%"),
    ] {
        let e = parse(text).unwrap_err();
        assert_eq!(e.column, column, "{text}: {e:?}");
        assert!(e.help.contains(help), "{text}: {e:?}");
    }
}
