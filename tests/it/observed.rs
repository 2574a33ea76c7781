//! What could be seen of a run: the same numbers as its reports, and nothing hidden.

use crate::common::{events, load, load_shipped};
use convoq::event::{Envelope, Event, Header};
use convoq::experiment::Summary;
use convoq::observed::{Observed, Observer, PartEnd, StayEnd};
use convoq::scenario::Scenario;
use convoq::time::SimTime;

pub fn observed(header: &Header, events: &[Envelope]) -> Observed {
    let mut observer = Observer::new(header);
    observer.apply_all(header, events);
    observer.finish(header)
}

/// An event as a system would have it that sees no hidden fact; none where the event is one.
fn seen(event: Event) -> Option<Event> {
    let flag = |hidden: f64| if hidden > 0.0 { 1.0 } else { 0.0 };
    Some(match event {
        Event::Abandoned { silent: true } => return None,
        Event::ReturnPlanned { .. } => return None,
        Event::Queued { queue, level, .. } => {
            let deadline = SimTime::NEVER;
            Event::Queued { queue, level, deadline, silent: false, wrong: false }
        }
        Event::BotAsked { turn, held, .. } => {
            Event::BotAsked { turn, held, deadline: SimTime::NEVER }
        }
        Event::CustomerThinking { .. } => Event::CustomerThinking { until: SimTime::NEVER },
        Event::ContactReturned { of, chain, reason, .. } => {
            Event::ContactReturned { of, chain, reason, ended: SimTime::ZERO }
        }
        Event::BotReplied { turn, .. } => Event::BotReplied { turn, right: true },
        Event::Resolved { party, .. } => Event::Resolved { party, truly: true },
        Event::Assigned { agent, concurrency, .. } => {
            Event::Assigned { agent, concurrency, work_s: 0.0 }
        }
        Event::HandlingEnded { agent, wrap_up_s, left_s } => {
            let (wrap_up_s, left_s) = (flag(wrap_up_s), flag(left_s));
            Event::HandlingEnded { agent, wrap_up_s, left_s }
        }
        event => event,
    })
}

fn scenarios() -> Vec<Scenario> {
    let given_back = std::fs::read_to_string("tests/data/given_back.yaml").expect("is there");
    let mut all = vec![load(&given_back, &[])];
    all.extend(["quickstart", "phone_and_chat"].map(|name| load_shipped(name, &[])));
    all
}

#[test]
fn nothing_hidden_is_seen() {
    let mut hidden = 0;
    for scenario in scenarios() {
        let header = &scenario.header;
        let all = events(&scenario, 1, 1);
        let plain: Vec<Envelope> =
            all.iter().filter_map(|e| Some(Envelope { event: seen(e.event)?, ..*e })).collect();
        hidden += all.len() - plain.len();
        assert!(observed(header, &all) == observed(header, &plain), "{}", header.scenario);
    }
    assert!(hidden > 0, "nobody left without a sign");
}

/// A number of a report over everything.
fn reported(summary: &Summary, metric: &str, party: Option<&str>) -> f64 {
    crate::common::value_and_se(summary, metric, None, party).0
}

#[test]
fn records_add_up_to_what_reports_say() {
    let scenario = load_shipped("quickstart", &[]);
    let summary = crate::common::summary(&scenario, 1, 1, 1);
    let seen = observed(&scenario.header, &events(&scenario, 1, 0));
    let stays = |end: StayEnd| seen.stays.iter().filter(move |s| s.end == end);
    let answered = stays(StayEnd::Answered).count() as f64;
    let waited: f64 = stays(StayEnd::Answered).map(|s| s.wait.as_s()).sum();
    assert!((waited / answered - reported(&summary, "asa_s", None)).abs() < 1e-6);
    let closed = seen.parts.iter().filter(|p| p.end == PartEnd::Closed);
    let handled: f64 = seen.contacts.iter().map(|c| (c.handled + c.wrap_up).as_s()).sum::<f64>();
    let aht = handled / closed.count() as f64;
    assert!((aht - reported(&summary, "aht_s", Some("human"))).abs() < 1e-6, "{aht}");
    assert_eq!(seen.contacts.len() as f64, reported(&summary, "arrivals", None));
}
