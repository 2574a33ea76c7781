//! The formulas beside a simulation: equal where their assumptions hold, with words
//! where they do not, silent where they say nothing.

use crate::common::convoq;
use crate::common::{load, load_shipped, summary};
use convoq::id::QueueId;
use convoq::planning::forecast;
use serde_json::Value;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Phone calls at a constant rate: Erlang A as the books have it.
const PHONE: &str = "
convoq: 1
name: phone
time: {start: 2026-03-02, days: 20, warm_up: 4h}
replications: 4
demand: [{channel: phone, rate: {per_hour: 60}}]
intents: {any: {work: {exponential: 5m}}}
channels: {phone: {patience: {exponential: 5m}}}
queues: {phone: {service_level: {within: 20s}}}
teams: {phone: {channels: {phone: {}}, agents: 6}}
";

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yaml");
    std::fs::write(&path, text).unwrap();
    let name = path.display().to_string();
    (folder, name)
}

#[test]
fn where_its_assumptions_hold_the_formula_is_what_is_simulated() {
    let scenario = load(PHONE, &[]);
    let found = forecast(&scenario, QueueId(0), 20.0);
    let names: Vec<_> = found.formulas.iter().map(|f| f.formula).collect();
    assert_eq!(names, ["Erlang A", "Erlang C"]);
    let numbers = found.formulas[0].numbers.unwrap();
    let expected = [
        ("service_level", Some("SL3"), numbers.service),
        ("asa_s", None, numbers.asa_s),
        ("abandonment_rate", Some("true"), numbers.abandoned),
        ("occupancy", Some("agent_busy"), numbers.busy),
    ];
    let simulated = summary(&scenario, 3, 40, 2);
    let of = |metric: &str, definition| {
        let row = simulated.metrics.iter().find(|r| {
            let place = r.which.queue.is_some() || r.which.team.is_some();
            r.which.metric.name() == metric
                && r.which.definition.map(|d| d.name()) == definition
                && place
                && r.which.intent.is_none()
                && (metric != "service_level" || r.which.threshold_s == Some(20.0))
        });
        row.map(|r| (r.value, r.se.unwrap())).unwrap()
    };
    for (metric, definition, value) in expected {
        let (mean, se) = of(metric, definition);
        assert!((mean - value).abs() <= 4.0 * se, "{metric}: {value} {mean} {se}");
        // It would see a formula that is 5 % off.
        assert!(4.0 * se < 0.05 * value, "{metric}: {se} of {value}");
    }
    // Erlang C, in closed form for six agents and five erlangs.
    let c = found.formulas[1].numbers.unwrap();
    let terms: Vec<f64> = (0..=6)
        .scan(1.0, |t, k: i32| {
            let term = *t;
            *t *= 5.0 / f64::from(k + 1);
            Some(term)
        })
        .collect();
    let last = terms[6] * 6.0;
    let wait = last / (terms[..6].iter().sum::<f64>() + last);
    assert!((c.asa_s - wait * 300.0).abs() < 1e-6 * c.asa_s, "{}", c.asa_s);
    assert_eq!(c.abandoned, 0.0);
}

#[test]
fn every_format_has_the_formulas_and_a_run_on_disk_has_them_too() {
    let (folder, path) = file(PHONE);
    let out = folder.path().join("run").display().to_string();
    let page = folder.path().join("page.html").display().to_string();
    let set = ["--set", "time.days=1", "-n", "2", "-q"];
    let run = |more: &[&str]| convoq(&[&["simulate", &path], &set[..], more].concat());
    let json: Value =
        serde_json::from_slice(&run(&["--format", "json", "--log", "none"]).stdout).unwrap();
    let queue = &json["analytic"][0];
    assert_eq!((&queue["queue"], &queue["none"]), (&"phone".into(), &Value::Null));
    let rows = queue["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 8);
    for row in rows {
        assert!(row["value"].is_number() && row["simulated"].is_number(), "{row}");
        assert!(row["ci"].is_array(), "{row}");
    }
    let words = queue["left_out"].to_string();
    assert!(words.contains("Erlang C: that customers give up"), "{words}");
    assert!(!words.contains("bot") && !words.contains("slow-down"), "{words}");
    let plain = text(&run(&["--out", &out, "--report", &page]).stdout);
    assert!(plain.contains("FORMULAS") && plain.contains("Erlang A"), "{plain}");
    assert!(text(&run(&["--format", "markdown", "--log", "none"]).stdout).contains("## Formulas"));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("<h2>Formulas</h2>") && html.contains("The formulas leave out"));
    assert_eq!(text(&convoq(&["report", &out, "-q"]).stdout), plain);
    let check = text(&convoq(&["check", &path]).stdout);
    assert!(check.contains("formula phone: Erlang A: "), "{check}");
    assert!(check.contains("formulas leave out: "), "{check}");
}

#[test]
fn where_no_formula_applies_one_sentence_says_why() {
    // Seven erlangs for six agents, and nobody gives up.
    let overload = PHONE
        .replace("per_hour: 60", "per_hour: 84")
        .replace("channels: {phone: {patience: {exponential: 5m}}}", "channels: {phone: {}}");
    let (_folder, path) = file(&overload);
    let run =
        convoq(&["simulate", &path, "--set", "time.days=1", "-n", "2", "-q", "--log", "none"]);
    let said = text(&run.stdout).replace("\n  ", " ");
    assert!(said.contains("No formula for queue phone: more than a fifth"), "{said}");
    let retail = load_shipped("b2c_retail_week", &[]);
    let names = &retail.header.queues;
    let triage = names.iter().position(|q| q.triage).unwrap();
    let found = forecast(&retail, QueueId(triage as u8), 60.0);
    assert_eq!(found.words, ["it sorts contacts for other queues"]);
    assert!(found.formulas.is_empty());
}
