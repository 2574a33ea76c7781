//! What articles on automation claim, reproduced by shipped presets, against closed forms.

use crate::common::{events, load, load_shipped, summary, value_and_se};
use convoq::domain::EscalationReason;
use convoq::event::{Envelope, Event};
use convoq::experiment::Summary;
use convoq::metric::Metric;
use convoq::planning::expected_automation;
use convoq::run::replicate;
use convoq::scenario::{self, Scenario};

/// A shipped scenario under one of its variants.
fn variant(name: &str, variant: &str) -> Scenario {
    let text = std::fs::read_to_string(format!("scenarios/{name}.yaml")).unwrap();
    match scenario::load(&text, Some(variant), &[], &|_| Err("no files".into())) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{problems}"),
    }
}

/// The value is within four standard errors of the closed form, and those are small.
fn near(summary: &Summary, metric: &str, definition: Option<&str>, party: Option<&str>, is: f64) {
    let (value, se) = value_and_se(summary, metric, definition, party);
    assert!(
        (value - is).abs() <= 4.0 * se + 1e-9 && se <= 0.01 * is.abs().max(0.5),
        "{metric} {definition:?}: {value} +- {se}, by closed form {is}"
    );
}

fn value(summary: &Summary, metric: &str, definition: Option<&str>) -> f64 {
    value_and_se(summary, metric, definition, None).0
}

fn has(summary: &Summary, metric: &str) -> bool {
    summary.metrics.iter().any(|row| row.which.metric.name() == metric)
}

fn codes(text: &str, set: &[(&str, &str)]) -> Vec<&'static str> {
    let own = |(path, value): &(&str, &str)| ((*path).to_owned(), (*value).to_owned());
    let set: Vec<_> = set.iter().map(own).collect();
    match scenario::load(text, None, &set, &|_| Err("no files".into())) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.list.iter().map(|p| p.code).collect(),
    }
}

// ---- The ceiling of accuracy ------------------------------------------------------------------

#[test]
fn accuracy_is_the_ideal_less_the_gaps_of_the_content() {
    let found = summary(&load_shipped("accuracy_ceiling", &[]), 1, 10, 2);
    let accuracy = 0.85 * (0.5 * 0.9 + 0.3 * 0.7 + 0.2 * 0.4);
    near(&found, "answer_accuracy", None, None, accuracy);
    let closed = accuracy * 0.8 + (1.0 - accuracy) * 0.3;
    near(&found, "roar", None, None, closed);
    near(&found, "true_roar", None, None, accuracy * 0.8);
    let ideal = variant("accuracy_ceiling", "ideal");
    let found = summary(&ideal, 1, 10, 2);
    near(&found, "answer_accuracy", None, None, 0.85);
    near(&found, "roar", None, None, 0.85 * 0.8 + 0.15 * 0.3);
}

#[test]
fn an_accuracy_of_its_own_wins_and_without_both_complexity_decides() {
    let accuracies = |set: &[(&str, &str)]| -> Vec<f64> {
        let scenario = load_shipped("accuracy_ceiling", set);
        scenario.intents.iter().map(|i| i.bot.accuracy).collect()
    };
    let gaps = [0.1, 0.3, 0.6].map(|g: f64| 0.85 * (1.0 - g));
    assert_eq!(accuracies(&[]), gaps);
    let own = ("intents.orders.bot", "{accuracy: 91%}");
    assert_eq!(accuracies(&[own]), [0.91, gaps[1], gaps[2]]);
    let lower = ("bot.ideal_accuracy", "50%");
    assert_eq!(accuracies(&[lower]), [0.45, 0.35, 0.2]);
    // Without gaps and ideal: as before there was either.
    let text = std::fs::read_to_string("scenarios/accuracy_ceiling.yaml").unwrap();
    let text: String = text
        .lines()
        .filter(|l| !l.contains("content_gaps") && !l.contains("ideal_accuracy"))
        .map(|l| format!("{l}\n"))
        .collect();
    let plain = load(&text, &[]);
    let plain: Vec<f64> = plain.intents.iter().map(|i| i.bot.accuracy).collect();
    assert_eq!(plain, [0.6, 0.4, 0.2]);
    // The bot's gaps are those of intents that name none, under the default ceiling.
    let gaps_everywhere = load(&text, &[("bot.content_gaps", "20%")]);
    assert_eq!(gaps_everywhere.intents[2].bot.accuracy, 0.85 * 0.8);
    let both = ("intents.orders.bot", "{accuracy: 60%, content_gaps: 10%}");
    assert_eq!(load(&text, &[both]).intents[0].bot.accuracy, 0.6);
}

// ---- Induced demand ---------------------------------------------------------------------------

#[test]
fn a_desk_claims_84_percent_resolved_while_its_cases_fall_by_5() {
    let found = summary(&load_shipped("induced_demand", &[]), 1, 20, 2);
    let accuracy = 0.85 * 0.65;
    let (t, f) = (accuracy * 0.8, (1.0 - accuracy) * 0.89);
    near(&found, "resolution_rate", None, Some("bot"), t + f);
    assert!((t + f - 0.84).abs() < 0.001);
    let with = 1.0 / (1.0 - 0.5594);
    let avoided = 1.0 - with * (1.0 - t - f + f * 0.65);
    near(&found, "cases_avoided", None, None, avoided);
    assert!((avoided - 0.05).abs() < 0.0005, "{avoided}");
    // Where they went, of all claimed ones.
    let closed = value(&found, "claimed_resolutions", Some("closed"));
    let of = |part| value(&found, "claimed_resolutions", Some(part)) / closed;
    let expected = with * (t + f);
    for (part, share) in [
        ("avoided", avoided / expected),
        ("induced", (with - 1.0) / expected),
        ("came_again", with * f * 0.65 / expected),
        ("unserved", 0.0),
    ] {
        assert!((of(part) - share).abs() < 0.01, "{part}: {}", of(part));
    }
    // The identity is exact for contacts that have ended, and all have.
    let sum = of("avoided") + of("induced") + of("came_again") - of("unserved");
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
}

/// First contacts: source, moment, and where they are in the demand.
fn first_contacts(all: &[Envelope]) -> Vec<(u16, u64, u32, u32)> {
    let first = |e: &Envelope| match e.event {
        Event::ContactStarted { origin, attempt: 0, .. } => {
            Some((origin.source.0, e.at.0, origin.interval, origin.index))
        }
        _ => None,
    };
    all.iter().filter_map(first).collect()
}

#[test]
fn induced_contacts_are_others_and_move_nobody() {
    let with = load_shipped("induced_demand", &[]);
    assert_eq!(with.header.induced, [1]);
    assert_eq!(with.header.sources, ["customers", "customers#induced"]);
    let without = variant("induced_demand", "only_own");
    assert!(without.header.induced.is_empty());
    let more = load_shipped("induced_demand", &[("bot.induced", "70%")]);
    let all = [&without, &with, &more].map(|s| first_contacts(&events(s, 3, 0)));
    let of = |list: &[(u16, u64, u32, u32)], source: u16| -> Vec<(u16, u64, u32, u32)> {
        list.iter().copied().filter(|c| c.0 == source).collect()
    };
    assert!(all[0].len() > 3000);
    assert_eq!(of(&all[1], 0), all[0], "the others are who they were");
    assert_eq!(of(&all[2], 0), all[0]);
    // A greater share keeps whoever a smaller one brought.
    let (some, many) = (of(&all[1], 1), of(&all[2], 1));
    assert!(some.iter().all(|c| many.contains(c)) && many.len() > some.len());
    let found = summary(&without, 1, 2, 2);
    assert!(!has(&found, "induced_contacts") && !has(&found, "cases_avoided"));
}

#[test]
fn a_channel_induces_without_a_bot_and_decides_over_the_bot() {
    let text = std::fs::read_to_string("scenarios/induced_demand.yaml").unwrap();
    let mut set = vec![("demand[0].induced", "20%")];
    let volume = |s: &Scenario| scenario::expected_volume(&s.sources[1]);
    let base = scenario::expected_volume(&load(&text, &[]).sources[0]);
    assert!((volume(&load(&text, &set)) / base - 0.25).abs() < 1e-9);
    set.extend([("bot.channels", "[]"), ("returns.after_false", "0%")]);
    let alone = load(&text, &set);
    assert!((volume(&alone) / base - 0.25).abs() < 1e-9);
    let found = summary(&alone, 1, 12, 2);
    near(&found, "cases_avoided", None, None, -0.25);
    // A bot that does not serve the channel brings nobody.
    let elsewhere = load(&text, &set[1..]);
    assert_eq!(elsewhere.sources.len(), 1);
    assert_eq!(codes(&text, &[("bot.induced", "100%")]), ["E0202"]);
    for demand in [
        "[{channel: help, times: [mon 10:00, mon 10:01]}]",
        "[{channel: help, campaign: {at: mon 10:00, recipients: 8, contact: 25%, delay: 1h}}]",
        "[{channel: help, burst: {at: mon 10:00, extra: 2, delay: 1h}}]",
    ] {
        let scenario = load(&text, &[("demand", demand), ("bot.induced", "75%")]);
        assert!((volume(&scenario) - 6.0).abs() < 1e-9, "{demand}");
        assert!(replicate(&scenario, 1, 0).violations.0.is_empty());
    }
}

// ---- A bot without a way out ------------------------------------------------------------------

/// Contacts with the bot and contacts of people, for each issue: who is to come again (v)
/// goes past the bot with the probability of lost trust.
fn per_issue(to_people: f64, v: f64, distrust: f64) -> (f64, f64) {
    let with_bot = 1.0 / (1.0 - v * (1.0 - distrust));
    (with_bot, with_bot * (to_people + v * distrust))
}

#[test]
fn without_a_way_out_customers_loop_and_are_lost() {
    let (t, f) = (0.5 * 0.6, 0.5 * 0.25);
    let rest: f64 = 1.0 - t - f;
    // With a way out: three turns, after each 35% ask for a person.
    let on = rest * 0.65;
    let turns = 1.0 + on + on * on;
    let comes = 0.9 * 0.8;
    let (truly, falsely) = (comes * t * turns, comes * f * turns);
    let found = summary(&load_shipped("no_escape_hatch", &[]), 1, 16, 2);
    let (with_bot, people) = per_issue(1.0 - truly - falsely, falsely * 0.6, 0.5);
    let contacts = with_bot + with_bot * falsely * 0.6 * 0.5;
    near(&found, "true_roar", None, None, truly * with_bot / contacts);
    near(&found, "given_up_rate", None, None, 0.0);
    assert!(
        (value(&found, "to_people", None) / value(&found, "issues", None) / people - 1.0).abs()
            < 0.02,
        "{people}"
    );
    // Without: uncovered and unsure questions loop as well.
    let turns = 1.0 + rest + rest * rest;
    let uncovered: f64 = 0.75;
    let lost = 0.8 * rest.powi(3) + 0.2 * uncovered.powi(3);
    let truly = 0.8 * t * turns;
    let falsely = 1.0 - truly - lost;
    let found = summary(&variant("no_escape_hatch", "no_hatch"), 1, 16, 2);
    near(&found, "given_up_rate", None, None, lost);
    near(&found, "resolution_rate", Some("true"), Some("bot"), truly);
    near(&found, "bypass_rate", None, None, 0.0);
    let v = falsely * 0.6 + lost * 0.7;
    let (_, people) = per_issue(0.0, v, 0.5);
    let ratio = value(&found, "to_people", None) / value(&found, "issues", None);
    assert!((ratio / people - 1.0).abs() < 0.02, "{ratio} {people}");
    // Whoever comes to people has lost trust: there is no other way.
    let distrust = value(&found, "escalations", Some("distrust"));
    assert_eq!(distrust, value(&found, "to_people", None));
}

#[test]
fn who_was_failed_goes_past_the_bot_the_next_time() {
    for (name, share) in [("0%", 0), ("100%", 1)] {
        let set = [("bot.lost_trust", name), ("bot.escape_hatch", "false")];
        let all = events(&load_shipped("no_escape_hatch", &set), 1, 0);
        let returned = |e: &Envelope| matches!(e.event, Event::ContactReturned { .. });
        let past = |e: &Envelope| {
            let reason = EscalationReason::Distrust;
            e.event == Event::BotSkipped { reason }
        };
        let count = |test: &dyn Fn(&Envelope) -> bool| all.iter().filter(|e| test(e)).count();
        assert!(count(&returned) > 500);
        assert_eq!(count(&past), share * count(&returned), "{name}");
    }
}

#[test]
fn all_that_people_expect_knows_the_way_out() {
    let comes = |s: &Scenario| {
        let source = &s.sources[0];
        scenario::reaches_people(s, source, convoq::id::IntentId(0))
    };
    let with = load_shipped("no_escape_hatch", &[]);
    assert!((comes(&with) - 0.53689).abs() < 1e-4);
    assert_eq!(comes(&variant("no_escape_hatch", "no_hatch")), 0.0);
    let plain = [("returns", "{}"), ("bot.escape_hatch", "false")];
    let plain = load_shipped("no_escape_hatch", &plain);
    assert!(expected_automation(&plain, None).is_none());
}

// ---- Knowledge work ---------------------------------------------------------------------------

#[test]
fn time_for_knowledge_leaves_the_queue_and_closes_gaps_up_to_a_cap() {
    let scenarios = [
        (variant("knowledge_work", "none"), 0.0, 0.0),
        (load_shipped("knowledge_work", &[]), 0.025, 0.5),
        (variant("knowledge_work", "full"), 0.05, 1.0),
        (variant("knowledge_work", "more"), 0.1, 1.0),
    ];
    for (scenario, share, effect) in scenarios {
        let solved = (0.2 + 0.8 * 0.1 * effect) * (0.3 + 0.7 * 0.2 * effect);
        let coverage = 0.5 + 0.5 * 0.4 * effect;
        let roar = solved + (1.0 - solved) * coverage * 0.4;
        let expected = expected_automation(&scenario, None).unwrap().roar();
        assert!((expected - roar).abs() < 1e-12);
        assert!((scenario.teams[0].away.planned - 0.15 - share).abs() < 1e-12);
        let found = summary(&scenario, 1, 6, 2);
        near(&found, "roar", None, None, roar);
        assert_eq!(has(&found, "knowledge_hours"), share > 0.0);
        if share > 0.0 {
            let paid = found.metrics.iter().find(|r| r.which.metric == Metric::PaidHours);
            let hours = paid.unwrap().value * share;
            assert!((value(&found, "knowledge_hours", None) - hours).abs() < 1e-6);
        }
    }
}

#[test]
fn teams_weigh_by_their_shift_time() {
    // A second team, half as large, that writes four times as much: (2 x 2.5% + 10%) / 3 = 5%.
    let team = "{channels: {chat: {max: 1}}, agents: 6, shrinkage: {knowledge: 10%}}";
    let scenario = load_shipped("knowledge_work", &[("teams.writers", team)]);
    assert!((scenario.intents[0].bot.coverage - 0.7).abs() < 1e-12);
    let half =
        load_shipped("knowledge_work", &[("teams.writers", team), ("knowledge.full", "10%")]);
    assert!((half.intents[0].bot.coverage - 0.6).abs() < 1e-12);
}

// ---- Time saved, and short conversations ------------------------------------------------------

#[test]
fn the_formulas_of_time_saved() {
    let found = summary(&load_shipped("time_saved", &[]), 1, 20, 2);
    for (part, hours) in [
        ("addressable", 0.25 * 2000.0 * 0.1),
        ("transfers", 90.0 / 3600.0 * 2000.0 * 0.4),
        ("writing", 45.0 * 5.0 / 3600.0 * 2000.0),
    ] {
        near(&found, "time_saved_hours", Some(part), None, hours);
    }
    assert!(!has(&summary(&load_shipped("b2b", &[]), 1, 1, 1), "time_saved_hours"));
}

#[test]
fn short_conversations_are_split_by_what_they_were() {
    // A turn takes a second: up to 1.5 s is one turn.
    for hatch in ["true", "false"] {
        let set = [
            ("bot.escape_hatch", hatch),
            ("bot.short", "1.5s"),
            ("bot.max_turns", "2"),
            ("bot.lost_trust", "0%"),
            ("returns", "{}"),
        ];
        let found = summary(&load_shipped("no_escape_hatch", &set), 1, 16, 2);
        let short = "short_bot_conversations";
        // Without a way out an uncovered question is answered too: 20% loop and leave as after a wrong answer.
        let (c, left) = (0.8, if hatch == "true" { 0.0 } else { 0.2 * 0.25 });
        near(&found, short, Some("true"), None, c * 0.5 * 0.6);
        near(&found, short, Some("false"), None, c * 0.5 * 0.25 + left);
        let rest: f64 = 1.0 - 0.3 - 0.125;
        let people = if hatch == "true" { 0.2 + c * rest * 0.35 } else { 0.0 };
        near(&found, short, Some("escalated"), None, people);
        near(&found, short, Some("given_up"), None, 0.0);
        let parts = ["true", "false", "escalated", "given_up"];
        let sum: f64 = parts.iter().map(|p| value(&found, short, Some(p))).sum();
        assert!((value(&found, short, Some("all")) - sum).abs() < 1e-9);
        // Under the default of two minutes all are short, and the lost ones are among them.
        let all = summary(&load_shipped("no_escape_hatch", &set[..1]), 1, 2, 2);
        assert_eq!(value(&all, short, Some("all")), 1.0);
        let lost = value(&all, short, Some("given_up"));
        assert_eq!(lost, value(&all, "given_up_rate", None));
        assert_eq!(lost > 0.0, hatch == "false");
    }
}
