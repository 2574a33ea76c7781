//! A roster that was found, as text, JSON, CSV and Markdown.

use super::grid::csv_field;
use crate::planning::{Ask, Heads, Proof, RosterAnswer, Standing, bounds, clock, proof};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// How a goal stands, in words.
pub(crate) fn standing(s: &Standing, share: Option<f64>) -> String {
    match share {
        Some(_) => format!("met in {} of {} runs", s.good, s.periods),
        None => match s.measured() {
            Some(value) => format!("{value:.4} over {} runs", s.periods),
            None => "nothing is measured with nobody there".to_owned(),
        },
    }
}

fn standings(answer: &RosterAnswer, list: &[Standing]) -> String {
    let each = list.iter().zip(&answer.ask.goals);
    let words: Vec<_> = each.map(|(s, goal)| standing(s, goal.share)).collect();
    words.join("; ")
}

fn money(answer: &RosterAnswer, counts: &[u32]) -> String {
    amount(answer, answer.catalogue.cost_of(counts))
}

fn amount(answer: &RosterAnswer, cost: f64) -> String {
    match answer.currency.as_str() {
        "" => format!("{cost:.0}"),
        currency => format!("{cost:.0} {currency}"),
    }
}

/// What is to hold, a line each; `runs` are those of which a share may be asked.
pub(super) fn wanted(ask: &Ask, runs: &str) -> String {
    let line = |(target, share): (&str, Option<f64>)| match share {
        Some(share) => format!("  {target}, in at least {} of {runs}\n", percent(share)),
        None => format!("  {target}, over all runs together\n"),
    };
    ask.shares().map(line).collect()
}

/// The same for programs.
pub(super) fn targets(ask: &Ask) -> Vec<Value> {
    ask.shares().map(|(target, share)| json!({"target": target, "share": share})).collect()
}

/// The roster for people, with its tables as `table` makes them.
pub(crate) fn roster_text(
    answer: &RosterAnswer,
    table: impl Fn(&[Vec<String>]) -> String,
) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}, team {}: the cheapest roster found for\n",
        answer.ask.scenario, answer.team
    );
    text += &wanted(&answer.ask, &format!("runs of {} days", answer.days));
    let _ = writeln!(text, "\n{}", table(&roster_rows(answer)));
    text += &comparison(answer);
    let _ = writeln!(text);
    for (number, group) in answer.catalogue.groups.iter().enumerate() {
        let _ = writeln!(text, "\n{} by interval, contacts of a mean day\n", group.label);
        text += &table(&interval_rows(answer, number));
    }
    let _ =
        writeln!(text, "\nIn the scenario, under teams.{}:\n\n{}", answer.team, snippet(answer));
    let _ = writeln!(text, "reproduce: {}", answer.ask.reproduce);
    text
}

/// What it costs, what it reaches, and beside what.
fn comparison(answer: &RosterAnswer) -> String {
    let mut text = String::new();
    let mut line = |label: &str, counts: &[u32], list: &[Standing], runs: &str| {
        let size = size(answer.catalogue.heads(counts), answer.hours(counts));
        let _ = writeln!(
            text,
            "{label:<14} {size}, {}: {}{runs}",
            money(answer, counts),
            standings(answer, list)
        );
    };
    let found = &answer.outcome;
    let fresh = format!(" (fresh, seed {})", answer.fresh_seed());
    if found.interrupted {
        line("this roster", &found.counts, &[], "not checked on fresh runs");
    } else {
        line("this roster", &found.counts, &found.fresh, &fresh);
    }
    line("", &found.counts, &found.searched, " (those it was searched on)");
    if let Some((_, counts, list)) = answer.fewer() {
        line("one fewer", &counts, list, " (those it was searched on)");
    }
    line("formula alone", &found.found.formula.counts, &found.formula_standing, "");
    let now = &answer.now;
    let _ = writeln!(
        text,
        "{:<14} {}, {}: {}",
        "now",
        size(now.heads, now.hours),
        amount(answer, now.hours * answer.catalogue.wage),
        standings(answer, &now.standings)
    );
    text + "\n" + &notes(answer)
}

/// `38 agents on the fullest day, 1064 shifts, 4320 paid hours`; of one day without the shifts.
fn size(heads: Heads, hours: f64) -> String {
    let Heads { most, shifts } = heads;
    if shifts == u64::from(most) {
        return format!("{most} agents, {hours:.0} paid hours");
    }
    format!("{most} agents on the fullest day, {shifts} shifts, {hours:.0} paid hours")
}

fn notes(answer: &RosterAnswer) -> String {
    let mut text = String::new();
    let outcome = &answer.outcome;
    if outcome.interrupted {
        text += "Interrupted: the cheapest roster until then, not checked on fresh runs, and agents may be left to take away.\n";
    }
    for (s, goal) in outcome.fresh.iter().zip(&answer.ask.goals) {
        if let Some(share) = goal.share {
            let [low, high] = bounds(s, answer.looks());
            let _ = writeln!(
                text,
                "{} of {} fresh runs meet it. At least {} of all runs is {}: with 95 % confidence the share is at least {}, and at most {}.",
                percent(f64::from(s.good) / f64::from(s.periods.max(1))),
                s.periods,
                percent(share),
                match proof(s, share, answer.looks()) {
                    Proof::Consistent => "consistent with them, not proved",
                    proof => proof.word(),
                },
                percent(low),
                percent(high),
            );
        }
    }
    if !answer.holds() && !outcome.interrupted {
        let _ = writeln!(
            text,
            "The fresh runs miss it after {} rounds: use more replications (-n).",
            outcome.rounds
        );
    }
    if let Some((column, ..)) = answer.fewer() {
        let shift = &answer.catalogue.columns[column];
        let _ = writeln!(
            text,
            "No agent can go: without one of {} {}-{}, which hurts least, it is missed.",
            answer.days_of(shift),
            clock(shift.start_s),
            clock(shift.end_s)
        );
    }
    let formula = &outcome.found.formula;
    let ratio = answer.catalogue.cost_of(&outcome.counts)
        / answer.catalogue.cost_of(&formula.counts).max(1e-9);
    let limited = if formula.limited { " (the solver reached its limit of work)" } else { "" };
    let _ = writeln!(
        text,
        "Cost against the formula's roster {:+.1} %; its covering is within {:.1} % of the least{limited}.",
        100.0 * (ratio - 1.0),
        100.0 * formula.gap
    );
    let _ = writeln!(text, "{} runs simulated.", outcome.simulated);
    text
}

fn roster_rows(answer: &RosterAnswer) -> Vec<Vec<String>> {
    let head = ["days", "from", "to", "breaks", "agents", "paid hours", "cost"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (column, count, cost) in answer.shifts() {
        let days = answer.catalogue.groups[column.group].days.len() as f64;
        let hours = f64::from(column.end_s - column.start_s) / 3600.0 * days * f64::from(count);
        let off: u32 = column.breaks.iter().map(|b| b.length_s).sum();
        rows.push(vec![
            answer.days_of(column).to_owned(),
            clock(column.start_s),
            clock(column.end_s),
            if off > 0 { format!("{}m", off / 60) } else { "-".to_owned() },
            count.to_string(),
            format!("{hours:.0}"),
            format!("{:.0}", cost * f64::from(count)),
        ]);
    }
    rows
}

/// Intervals of a group in which anybody comes or works.
fn live(answer: &RosterAnswer, group: usize) -> impl Iterator<Item = (usize, f64, f64, f64)> {
    let r = &answer.requirement;
    (0..answer.catalogue.slots()).filter_map(move |slot| {
        let there = answer.catalogue.on_duty(&answer.outcome.counts, group, slot);
        let (need, came) = (r.needs[group][slot], r.arrivals[group][slot]);
        (there > 0.0 || came > 0.05).then_some((slot, need, came, there))
    })
}

fn interval_rows(answer: &RosterAnswer, group: usize) -> Vec<Vec<String>> {
    let head = ["from", "contacts", "formula", "on the queue", "now", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (slot, need, came, there) in live(answer, group) {
        let now = answer.now.on_duty[group][slot];
        let bar = "#".repeat((there + 0.5) as usize);
        rows.push(vec![
            clock(slot as u32 * answer.catalogue.interval_s),
            format!("{came:.0}"),
            format!("{need:.0}"),
            format!("{there:.1}"),
            format!("{now:.1}"),
            format!("{bar:<30}"),
        ]);
    }
    rows
}

/// The roster as the scenario file has it.
fn snippet(answer: &RosterAnswer) -> String {
    let shifts = answer.changes.iter().find(|(path, _)| path.ends_with(".shifts"));
    let list = shifts.and_then(|(_, text)| serde_json::from_str::<Vec<Value>>(text).ok());
    let mut text = "  shifts:\n".to_owned();
    for shift in list.unwrap_or_default() {
        let _ = writeln!(text, "    - {}", flow(&shift));
    }
    text
}

/// A value in YAML's flow style.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let fields: Vec<_> = map.iter().map(|(k, v)| format!("{k}: {}", flow(v))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(list) => {
            let items: Vec<_> = list.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// One row for each shift: what a planning tool takes.
pub(crate) fn roster_csv(answer: &RosterAnswer) -> String {
    let mut text = "team,days,from,to,break_min,agents,paid_hours,cost\n".to_owned();
    for (column, count, cost) in answer.shifts() {
        let days = answer.catalogue.groups[column.group].days.len() as f64;
        let off: u32 = column.breaks.iter().map(|b| b.length_s).sum();
        let _ = writeln!(
            text,
            "{},\"{}\",{},{},{},{count},{},{}",
            csv_field(&answer.team),
            answer.days_of(column),
            clock(column.start_s),
            clock(column.end_s),
            f64::from(off) / 60.0,
            f64::from(column.end_s - column.start_s) / 3600.0 * days * f64::from(count),
            cost * f64::from(count),
        );
    }
    text
}

/// One row for each interval of each group of days.
pub(crate) fn requirement_csv(answer: &RosterAnswer) -> String {
    let mut text = "queue,days,from,to,contacts,load_erlangs,formula_agents,agents\n".to_owned();
    for (number, group) in answer.catalogue.groups.iter().enumerate() {
        for (slot, need, came, there) in live(answer, number) {
            let at = slot as u32 * answer.catalogue.interval_s;
            let _ = writeln!(
                text,
                "{},\"{}\",{},{},{came:.3},{:.4},{need:.0},{there:.3}",
                csv_field(&answer.queue),
                group.label,
                clock(at),
                clock(at + answer.catalogue.interval_s),
                answer.requirement.loads[number][slot],
            );
        }
    }
    text
}

fn shift_objects(answer: &RosterAnswer) -> Vec<Value> {
    let shifts = answer.shifts().map(|(column, count, cost)| {
        json!({
            "days": answer.days_of(column),
            "from": clock(column.start_s),
            "to": clock(column.end_s),
            "breaks_s": column.breaks.iter().map(|b| b.length_s).collect::<Vec<_>>(),
            "agents": count,
            "cost": cost * f64::from(count),
        })
    });
    shifts.collect()
}

/// Need by the formula and agents by interval.
fn interval_objects(answer: &RosterAnswer) -> Vec<Value> {
    let groups = answer.catalogue.groups.iter().enumerate();
    let rows = groups.flat_map(|(g, group)| {
        live(answer, g).map(move |(slot, need, came, there)| {
            json!({
                "days": group.label,
                "from": clock(slot as u32 * answer.catalogue.interval_s),
                "contacts": came,
                "formula_agents": need,
                "agents": there,
            })
        })
    });
    rows.collect()
}

/// The roster for programs.
pub(crate) fn roster_json(answer: &RosterAnswer) -> Value {
    let found = &answer.outcome;
    let proofs = found.fresh.iter().zip(&answer.ask.goals).map(|(s, goal)| {
        let share = goal.share?;
        let [low, high] = bounds(s, answer.looks());
        Some(json!({"share": share, "verdict": proof(s, share, answer.looks()).word(), "low": low, "high": high}))
    });
    let proofs: Vec<_> = proofs.collect();
    let judged = |list: &[Standing]| -> Vec<Value> {
        let one = |s: &Standing| json!({"value": s.measured(), "good": s.good, "runs": s.periods, "met": s.met});
        list.iter().map(one).collect()
    };
    let plan = |counts: &[u32], list: &[Standing]| {
        let heads = answer.catalogue.heads(counts);
        json!({
            "agents": heads.most,
            "shifts": heads.shifts,
            "paid_hours": answer.hours(counts),
            "cost": answer.catalogue.cost_of(counts),
            "targets": judged(list),
        })
    };
    let fewer = answer.fewer().map(|(_, counts, list)| plan(&counts, list));
    json!({
        "schema": "convoq.solve/1",
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": {"name": answer.ask.scenario, "sha256": answer.sha256},
        "team": answer.team,
        "queue": answer.queue,
        "targets": targets(&answer.ask),
        "holds": answer.holds(),
        "interrupted": found.interrupted,
        "proof": proofs,
        "shifts": shift_objects(answer),
        "fresh": plan(&found.counts, &found.fresh),
        "searched": plan(&found.counts, &found.searched),
        "one_fewer": fewer,
        "now": {"agents": answer.now.heads.most, "shifts": answer.now.heads.shifts, "paid_hours": answer.now.hours, "cost": answer.now.hours * answer.catalogue.wage, "targets": judged(&answer.now.standings)},
        "formula": plan(&found.found.formula.counts, &found.formula_standing),
        "formula_gap": found.found.formula.gap,
        "scale": found.found.scale,
        "seed": answer.ask.seed,
        "fresh_seed": answer.fresh_seed(),
        "runs_simulated": found.simulated,
        "intervals": interval_objects(answer),
        "set": answer.changes.iter().map(|(path, value)| json!({"path": path, "value": value})).collect::<Vec<_>>(),
        "reproduce": answer.ask.reproduce,
    })
}

/// A share as a planner writes it.
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}
