//! Other futures: what is hidden and not over is drawn anew, given what is known.

use super::{convoq, past, play, recorded, shipped_file, stderr, stdout};
use crate::common::{self, load};
use convoq::distribution::Distribution;
use convoq::engine::answer;
use convoq::engine::{ArrivalFlows, Engine, Seen, Stage};
use convoq::event::{Envelope, Event, Origin};
use convoq::id::{
    ChannelId, ConversationId, IntentId, LanguageId, SegmentId, SlotId, SourceId, TierId,
};
use convoq::random::{Purpose, Streams};
use convoq::scenario::{Arrivals, Scenario};
use convoq::time::SimTime;
use std::collections::BTreeMap;

const HOUR: u64 = 3_600_000_000;

/// A centre whose every length of time has a law that is not exponential.
const LAWS: &str = "
convoq: 1
name: laws
time: {start: 2026-03-02, days: 1, open: {daily: '08:00-20:00'}}
intents:
  easy: {work: {lognormal: {mean: 8m, cv: 0.95}}, wrap_up: {gamma: {mean: 3m, cv: 0.7}}, bot: {accuracy: 60%}}
demand: [{channel: chat, per_day: 4000}]
channels: {chat: {patience: {weibull: {mean: 5m, shape: 0.7}}}}
bot: {latency: {lognormal: {mean: 60s, cv: 1}}, think: {gamma: {mean: 90s, cv: 0.7}}}
teams: {chat: {channels: {chat: {max: 3, slowdown: [1, 1.7, 2.5]}}, agents: 10}}
returns: {after_false: 60%, after_human: 30%, delay: {weibull: {mean: 2h, shape: 0.7}}, retries: {after_abandon: 60%, delay: {gamma: {mean: 20m, cv: 0.5}}}}
";

/// The conditional probability of a residual below the one that was drawn: uniform
/// if it was drawn from the law given the elapsed time.
fn transformed(law: &Distribution, elapsed_s: f64, rest_s: f64) -> f64 {
    1.0 - law.survival(elapsed_s + rest_s) / law.survival(elapsed_s)
}

/// Kolmogorov and Smirnov's distance from the uniform law, in units of its scale.
fn distance(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let far = values.iter().enumerate().map(|(i, v)| {
        let above = (i as f64 + 1.0) / n - v;
        above.max(v - i as f64 / n)
    });
    far.fold(0.0, f64::max) * n.sqrt()
}

struct Residuals(BTreeMap<&'static str, Vec<f64>>);

impl Residuals {
    fn add(&mut self, what: &'static str, law: &Distribution, elapsed_s: f64, rest_s: f64) {
        let value = transformed(law, elapsed_s, rest_s);
        self.0.entry(what).or_default().push(value);
    }
}

/// Work done alone so far on each of an agent's open contacts and wrap-ups, with
/// what they are: folded from the events by the definition of the slow-down.
fn attained(scenario: &Scenario, events: &[Envelope], at: SimTime) -> Vec<Vec<(bool, f64)>> {
    let mut open: Vec<Vec<(SlotId, bool, f64)>> = vec![Vec::new(); scenario.agents.len()];
    let mut read = vec![SimTime::ZERO; open.len()];
    let mut pass = |open: &mut Vec<Vec<(SlotId, bool, f64)>>, agent: usize, now: SimTime| {
        let k = open[agent].len();
        let done = now.since(read[agent]).as_s() * scenario.teams[0].speed[k];
        open[agent].iter_mut().for_each(|t| t.2 += done);
        read[agent] = now;
    };
    for e in events {
        match e.event {
            Event::Assigned { agent, .. } => {
                pass(&mut open, agent.index(), e.at);
                open[agent.index()].push((e.slot, false, 0.0));
            }
            Event::HandlingEnded { agent, wrap_up_s, .. } => {
                pass(&mut open, agent.index(), e.at);
                let tasks = &mut open[agent.index()];
                let place = tasks.iter().position(|t| t.0 == e.slot).unwrap();
                if wrap_up_s > 0.0 {
                    tasks[place] = (SlotId::NONE, true, 0.0);
                } else {
                    tasks.remove(place);
                }
            }
            Event::WrapUpEnded { agent, place } => {
                pass(&mut open, agent.index(), e.at);
                open[agent.index()].remove(place as usize);
            }
            _ => {}
        }
    }
    for agent in 0..open.len() {
        pass(&mut open, agent, at);
    }
    let plain = |tasks: Vec<(SlotId, bool, f64)>| tasks.iter().map(|t| (t.1, t.2)).collect();
    open.into_iter().map(plain).collect()
}

/// When each live contact began what it is in: waiting, thinking, being away.
fn since(events: &[Envelope]) -> BTreeMap<SlotId, SimTime> {
    let begins = events.iter().filter(|e| {
        matches!(
            e.event,
            Event::Queued { .. }
                | Event::CustomerThinking { .. }
                | Event::ReturnPlanned { .. }
                | Event::BotAsked { .. }
        )
    });
    begins.map(|e| (e.slot, e.at)).collect()
}

#[test]
fn what_is_not_over_is_drawn_from_the_law_given_how_long_it_has_lasted() {
    let scenario = load(LAWS, &[]);
    let mut found = Residuals(BTreeMap::new());
    for seed in 0..9 {
        let whole = common::events(&scenario, seed, 0);
        for hour in [10, 13, 16, 19] {
            let at = SimTime(hour * HOUR);
            let past = past(&scenario, seed, &whole, at);
            let (known, done) = (since(&past.events), attained(&scenario, &past.events, at));
            let base = past.engine().unwrap();
            let mut engine = base.fork(&scenario, 1, &past.events, at);
            let streams = engine.streams();
            residuals_of_contacts(&scenario, &engine, &known, at, &mut found);
            for request in std::mem::take(&mut engine.out().requests) {
                let (replied, _) = answer(&scenario, streams, &request);
                let elapsed = at.since(known[&request.slot]).as_s();
                let rest = replied.since(at).as_s();
                let law = &scenario.bot.as_ref().unwrap().latency;
                found.add("latency", law, elapsed, rest);
            }
            for (agent, pieces) in engine.state().agents.iter().zip(done) {
                for (task, (wrap_up, done_s)) in agent.tasks.iter().zip(pieces) {
                    let intent = &scenario.intents[0];
                    let law = if wrap_up { intent.wrap_up.as_ref().unwrap() } else { &intent.work };
                    let what = if wrap_up { "wrap-up" } else { "work" };
                    found.add(what, law, done_s, task.tag_s - agent.clock_s);
                }
            }
        }
    }
    for (what, values) in &mut found.0 {
        let (n, far) = (values.len(), distance(values));
        // 1.95 is exceeded with probability 0.001.
        assert!(n >= 200, "only {n} residuals of {what}");
        assert!(far < 1.95, "{what}: distance {far:.2} of {n} residuals");
    }
    assert_eq!(found.0.len(), 7, "{:?}", found.0.keys());
}

fn residuals_of_contacts(
    scenario: &Scenario,
    engine: &Engine<'_>,
    known: &BTreeMap<SlotId, SimTime>,
    at: SimTime,
    found: &mut Residuals,
) {
    for (slot, c) in engine.state().contacts.iter() {
        let elapsed = || at.since(known[&slot]).as_s();
        let rest = c.due.since(at).as_s();
        match c.stage {
            Stage::Queued => {
                let law = scenario.channels[0].patience.as_ref().unwrap();
                found.add("patience", law, elapsed(), c.deadline.since(at).as_s());
            }
            Stage::Thinking => {
                let law = scenario.bot.as_ref().unwrap().think.as_ref().unwrap();
                found.add("think", law, elapsed(), rest);
            }
            Stage::Pending if c.reason.is_retrial() => {
                found.add("retry", &scenario.returns.retry_delay, elapsed(), rest);
            }
            Stage::Pending => found.add("return", &scenario.returns.delay, elapsed(), rest),
            _ => {}
        }
    }
}

/// A small centre whose days differ much.
const TINY: &str = "
convoq: 1
name: tiny
time: {start: 2026-03-02, days: 1, open: {daily: '08:00-10:00'}, drain: 1h}
intents:
  easy: {work: {lognormal: {mean: 6m, cv: 0.8}}, wrap_up: {exponential: 1m}, bot: {accuracy: 60%}}
demand: [{channel: chat, per_day: 90, busyness_cv: 0.4}]
channels: {chat: {patience: {weibull: {mean: 4m, shape: 0.7}}}}
bot: {latency: {lognormal: {mean: 20s, cv: 1}}, think: {gamma: {mean: 40s, cv: 0.7}}}
teams: {chat: {channels: {chat: {max: 2, slowdown: [1, 1.6]}}, agents: 3}}
returns: {after_false: 60%, after_human: 20%, delay: {weibull: {mean: 30m, shape: 0.7}}, retries: {after_abandon: 60%, delay: {exponential: 10m}}}
";

/// What happens after a moment: how many customers come; when, on average, those who
/// were there are served or gone; and how long those who come wait in all.
fn future(events: &[Envelope], at: SimTime, known: u32) -> [f64; 3] {
    let (mut arrivals, mut ends, mut over, mut waits) = (0.0, 0.0, 0.0, 0.0);
    let mut queued = BTreeMap::new();
    for e in events.iter().filter(|e| e.at > at) {
        let old = e.conversation.0 < known;
        match e.event {
            Event::ContactStarted { attempt: 0, .. } => arrivals += 1.0,
            Event::ContactEnded { .. } if old => {
                ends += e.at.since(at).as_s();
                over += 1.0;
            }
            Event::Queued { .. } => drop(queued.insert(e.conversation, e.at)),
            Event::Assigned { .. } | Event::Abandoned { .. } => {
                let since = queued.get(&e.conversation).copied().unwrap_or(at);
                waits += e.at.since(since).as_s();
            }
            _ => {}
        }
    }
    [arrivals, if over > 0.0 { ends / over } else { 0.0 }, waits]
}

#[test]
fn vt_35_the_truth_has_any_rank_among_the_futures() {
    const FORKS: u32 = 200;
    const FUTURES: u32 = 99;
    let scenario = load(TINY, &[]);
    let at = SimTime(9 * HOUR);
    let mut bins = [[0.0; 10]; 3];
    for seed in 0..u64::from(FORKS) {
        let whole = common::events(&scenario, 1000 + seed, 0);
        let past = past(&scenario, 1000 + seed, &whole, at);
        let known = past.engine().unwrap();
        let known = known.state().next_conversation;
        let truth = future(&whole, at, known);
        let came = |e: &&Envelope| matches!(e.event, Event::ContactStarted { attempt: 0, .. });
        let quiet = past.events.iter().filter(came).count() < 45;
        let mut below = [0_u32; 3];
        let mut equal = [0_u32; 3];
        for number in 0..FUTURES {
            let other = future(&play(&past, None, true, number), at, known);
            for which in 0..3 {
                below[which] += u32::from(other[which] < truth[which]);
                equal[which] += u32::from(other[which] == truth[which]);
            }
        }
        for which in 0..3 {
            // Ties are broken by chance.
            let u = Streams::new(seed, 7).unit(Purpose::Text, which as u64);
            let rank = below[which] + (u * f64::from(equal[which] + 1)) as u32;
            // Turned around after a quiet morning: futures that do not heed the morning
            // would have the truth at their lower end then, and at their upper end else.
            let rank = if quiet { FUTURES - rank } else { rank };
            bins[which][(rank / 10) as usize] += 1.0;
        }
    }
    for (which, bins) in ["arrivals", "ends", "waits"].iter().zip(bins) {
        let expected = f64::from(FORKS) / 10.0;
        let squares = bins.iter().map(|n: &f64| (n - expected).powi(2) / expected);
        let chi2: f64 = squares.sum();
        // Exceeded with probability 0.001 at 9 degrees of freedom.
        assert!(chi2 < 27.88, "{which}: {chi2:.1} from {bins:?}");
    }
}

/// A day of 2,000 contacts of which so many are expected before noon.
fn busy(before_noon: f64, cv: f64, correlation: f64) -> Scenario {
    let (a, b) = (before_noon / 2000.0, 1.0 - before_noon / 2000.0);
    let text = format!(
        "
convoq: 1
name: busy
time: {{start: 2026-03-02, days: 1}}
intents: {{chat: {{work: 1m}}}}
demand: [{{channel: chat, per_day: 2000, busyness_cv: {cv}, busyness_correlation: {correlation}, profile: {{interval: 12h, shares: [{a}, {b}]}}}}]
channels: {{chat: {{}}}}
teams: {{chat: {{channels: {{chat: {{max: 1}}}}, agents: 2}}}}
"
    );
    load(&text, &[])
}

/// A morning on which so many have come.
fn morning(scenario: &Scenario, came: u32) -> Vec<Envelope> {
    let Arrivals::Intervals { pieces, .. } = &scenario.sources[0].arrivals else {
        panic!("no intervals");
    };
    let noon = SimTime(12 * HOUR);
    let interval = pieces.iter().find(|p| p.span.start < noon).unwrap().number;
    let start = |index: u32| Envelope {
        seq: u64::from(index),
        at: SimTime(u64::from(index) + 1),
        cause: u64::from(index),
        conversation: ConversationId(index),
        slot: SlotId(index),
        event: Event::ContactStarted {
            origin: Origin { source: SourceId(0), interval, index },
            segment: SegmentId(0),
            channel: ChannelId(0),
            intent: IntentId(0),
            tier: TierId(0),
            language: LanguageId(0),
            attempt: 0,
        },
    };
    (0..came).map(start).collect()
}

/// Mean and standard deviation of how many come in the afternoon.
fn afternoons(scenario: &Scenario, came: u32, futures: u32) -> (f64, f64) {
    let noon = SimTime(12 * HOUR);
    let seen = Seen::new(scenario, &morning(scenario, came), noon);
    let counts: Vec<f64> = (1..=futures)
        .map(|number| {
            let streams = Streams::new(5, 0).future(number);
            let mut flows = ArrivalFlows::new(scenario, streams, Some(seen.clone()));
            let mut count = 0.0;
            while let Some((_, arrival)) = flows.pop(scenario) {
                assert!(arrival.at > noon);
                count += 1.0;
            }
            count
        })
        .collect();
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    let squares: f64 = counts.iter().map(|c| (c - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

#[test]
fn vt_37_the_rest_of_a_busy_day_follows_from_what_came() {
    // Expected so far, seen; mean and standard deviation of the rest of a day of 2,000.
    for (expected, seen, mean, sd) in
        [(700.0, 820, 1502.74, 63.57), (700.0, 560, 1063.47, 53.48), (200.0, 230, 2000.41, 123.95)]
    {
        let n = 2000;
        let (got, spread) = afternoons(&busy(expected, 0.12, 1.0), seen, n);
        let se = sd / f64::from(n).sqrt();
        assert!((got - mean).abs() < 4.0 * se, "{expected}, {seen}: {got}");
        assert!((spread / sd - 1.0).abs() < 0.06, "{expected}, {seen}: spread {spread}");
    }
    // Without over-dispersion what came says nothing; with very much it says all.
    let (same, _) = afternoons(&busy(700.0, 1e-4, 1.0), 820, 400);
    assert!((same - 1300.0).abs() < 4.0 * 36.0 / 20.0, "{same}");
    let (naive, _) = afternoons(&busy(700.0, 10.0, 1.0), 820, 400);
    assert!((naive - 1522.86).abs() < 4.0 * 66.0 / 20.0, "{naive}");
}

#[test]
fn a_busy_factor_that_moves_within_the_day_is_filtered() {
    // Two halves whose scores have correlation r: the law of the second given the
    // count of the first, by weighing many draws of the first with its probability.
    let (cv, r, seen): (f64, f64, u32) = (0.3, 0.6, 950);
    let shape = 1.0 / (cv * cv);
    let factor = |z: f64| {
        let u = 0.5 * libm_erfc(-z / std::f64::consts::SQRT_2);
        convoq::distribution::gamma_quantile(shape, 1.0 / shape, u)
    };
    let (mut weights, mut sum) = (0.0, 0.0);
    for n in 0..40_000_u64 {
        let (u, v) = Streams::new(1, 1).pair(Purpose::Text, n, 0);
        let first = convoq::distribution::normal_quantile(u);
        let fresh = convoq::distribution::normal_quantile(v);
        let f = factor(first);
        let weight = (f64::from(seen) * (f * 700.0 / 950.0).ln() - f * 700.0 + 950.0).exp();
        weights += weight;
        sum += weight * factor(r * first + (1.0 - r * r).sqrt() * fresh);
    }
    let expected = 1300.0 * sum / weights;
    let (got, _) = afternoons(&busy(700.0, cv, r), seen, 2000);
    assert!((got / expected - 1.0).abs() < 0.02, "{got}, expected {expected}");
    assert!(expected > 1.05 * 1300.0, "nothing to be seen: {expected}");
}

/// The complementary error function, by Numerical Recipes' Chebyshev fit (1.2e-7).
fn libm_erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    let fit = [
        0.17087277,
        -0.82215223,
        1.48851587,
        -1.13520398,
        0.27886807,
        -0.18628806,
        0.09678418,
        0.37409196,
        1.00002368,
        -1.26551223,
    ];
    let sum = fit.iter().fold(0.0, |sum, c| sum * t + c);
    let value = t * (-x * x + sum).exp();
    if x >= 0.0 { value } else { 2.0 - value }
}

#[test]
fn both_sides_of_a_change_share_each_future() {
    let scenario = load(LAWS, &[]);
    let whole = common::events(&scenario, 2, 0);
    let at = SimTime(12 * HOUR);
    let past = past(&scenario, 2, &whole, at);
    let more = load(LAWS, &[("teams.chat.agents", "+5")]);
    let more = super::changed(&scenario, more, at);
    let arrivals = |events: &[Envelope]| {
        let started = events.iter().filter_map(|e| match e.event {
            Event::ContactStarted { origin, attempt: 0, .. } => Some((e.at, format!("{origin:?}"))),
            _ => None,
        });
        started.collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    for number in 0..3 {
        let (a, b) = (play(&past, None, true, number), play(&past, Some(&more), true, number));
        assert_eq!(arrivals(&a), arrivals(&b), "future {number}");
        seen.push(arrivals(&a));
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    assert!(!seen.contains(&arrivals(&whole)));
}

#[test]
fn differences_are_paired_and_have_intervals() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), &shipped_file("quickstart"), &[]);
    let set = "teams.support.shifts[1].agents=+2";
    let fork = |more: &[&str]| {
        let args = ["fork", "run", "--at", "11:00", "--set", set, "--format"];
        let output = convoq(folder.path(), &[&args[..], more].concat());
        assert!(output.stderr.is_empty() || more.len() < 4, "{}", stderr(&output));
        stdout(&output)
    };
    let many = fork(&["json", "-n", "12", "--threads", "1", "--quiet"]);
    let again = fork(&["json", "-n", "12", "--threads", "2", "--quiet"]);
    assert_eq!(many, again, "threads change nothing");
    let many: serde_json::Value = serde_json::from_str(&many).unwrap();
    assert_eq!(many["schema"], "convoq.fork/1");
    assert_eq!(many["changed"]["replications"], 12);
    let row = |rows: &serde_json::Value, metric: &str| {
        let rows = rows.as_array().unwrap();
        let row = rows.iter().find(|r| r["metric"] == metric && r["queue"].is_null());
        row.unwrap_or_else(|| panic!("no {metric}")).clone()
    };
    let arrivals = row(&many["whole"], "arrivals");
    assert_eq!(arrivals["difference"], 0.0);
    assert_eq!(arrivals["ci"], serde_json::json!([0.0, 0.0]));
    // Two agents from 12:00 to 20:00, at 14 EUR an hour, and somewhat less overtime.
    let cost = row(&many["whole"], "cost")["difference"].as_f64().unwrap();
    assert!((cost - 224.0).abs() < 5.0, "{cost}");
    let one: serde_json::Value = serde_json::from_str(&fork(&["json"])).unwrap();
    let wait = row(&one["from_fork"], "wait_s");
    assert!(wait["ci"].is_null() && wait["difference"].is_number());
    let text = fork(&["text"]);
    assert!(text.contains("exact for this day"));
    // Each table of differences names each of its rows once: means, no percentiles.
    let tables = text.split("\n\n").filter(|t| t.contains("unchanged"));
    for table in tables.filter(|t| !t.starts_with("TARGETS")) {
        let labels = table.lines().skip(1);
        let labels: Vec<_> = labels.filter_map(|l| l.split("  ").next()).collect();
        let distinct: std::collections::BTreeSet<_> = labels.iter().collect();
        assert_eq!(labels.len(), distinct.len(), "{table}");
        assert!(labels.contains(&"wait_s"), "{table}");
    }
    assert!(fork(&["markdown"]).contains("| From the fork on |"));
    let csv = fork(&["csv"]);
    let columns = |line: &str| line.split(',').count();
    let head = csv.lines().next().unwrap();
    assert!(csv.lines().all(|l| columns(l) == columns(head)), "{head}");
}
