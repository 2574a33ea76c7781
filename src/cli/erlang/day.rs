//! `convoq erlang day`: the formula for each interval of a scenario's day.

use super::question::read_target;
use super::rows::{METRICS, render_s, render_value, value};
use crate::metric::Metric;

use super::{DayArgs, Failure, Format, OK, print};
use crate::analytic::Answer;
use crate::cli::scenario_file;
use crate::id::QueueId;
use crate::planning::{
    Flow, IntervalNeed, Serving, flow, left_out, requirement_by_interval, serving,
};
use crate::report::grid::{figures, figures_markdown};
use crate::report::json;
use crate::scenario::Scenario;
use crate::scenario::target::{self, Target};
use crate::time::{SimDuration, SimTime};

use serde_json::{Value, json};
use std::fmt::Write as _;

/// A day of a queue, computed.
struct Day<'s> {
    scenario: &'s Scenario,
    name: &'s str,
    number: u32,
    target: Target,
    within_s: f64,
    flow: Flow,
    serving: Serving,
    needs: Vec<IntervalNeed>,
}

pub(super) fn run(args: &DayArgs) -> Result<u8, Failure> {
    let loaded = scenario_file::load(&args.scenario, false)?;
    let day = compute(&loaded.scenario, args)?;
    print(&match args.format {
        Format::Text => text(&day, figures),
        Format::Markdown => text(&day, figures_markdown),
        Format::Csv => csv(&day),
        Format::Json => json(&object(&day)),
    })?;
    Ok(OK)
}

fn compute<'s>(scenario: &'s Scenario, args: &DayArgs) -> Result<Day<'s>, Failure> {
    let queue = queue(scenario, args.queue.as_deref())?;
    let facts = &scenario.header.queues[queue.index()];
    let starts = &scenario.header.day_starts;
    let days = starts.len() - 1;
    let number = args.day as usize;
    if number == 0 || number > days {
        return Err(Failure::wrong(
            format!("--day {number}: the scenario has {days} days"),
            &format!("give 1 to {days}"),
        ));
    }
    let target = match &args.until {
        Some(text) => read_target(text)?,
        None => own_target(scenario, &facts.name)?,
    };
    let within_s = threshold_s(scenario, queue, &target);
    let needs = needs(scenario, queue, &target, (starts[number - 1], starts[number]));
    let flow = flow(scenario, queue);
    Ok(Day {
        scenario,
        name: &facts.name,
        number: args.day,
        serving: serving(scenario, queue, &flow),
        target,
        within_s,
        flow,
        needs,
    })
}

/// The agents that each interval of the run needs for the queue's own target: none where
/// its channel is closed, `None` where no number is enough. `None` where the scenario has no
/// such target.
pub(in crate::cli) fn interval_needs(
    scenario: &Scenario,
    queue: QueueId,
) -> Option<Vec<Option<u32>>> {
    let facts = &scenario.header.queues[queue.index()];
    let target = own_target(scenario, &facts.name).ok()?;
    let starts = &scenario.header.day_starts;
    let span = (*starts.first()?, *starts.last()?);
    let needs = needs(scenario, queue, &target, span);
    let open = |need: &IntervalNeed| match is_open(scenario, queue, need) {
        true => need.needed,
        false => Some(0),
    };
    Some(needs.iter().map(open).collect())
}

/// Whether the queue's channel is open at any time of an interval.
fn is_open(scenario: &Scenario, queue: QueueId, need: &IntervalNeed) -> bool {
    let header = &scenario.header;
    let channel = usize::from(header.queues[queue.index()].clock_channel);
    let start = SimTime::ZERO + SimDuration(header.interval.0 * need.interval as u64);
    let hours = header.channel_hours.get(channel);
    hours.is_none_or(|h| h.open_between(start, start + header.interval) > SimDuration::ZERO)
}

/// Threshold of the service levels of a target.
fn threshold_s(scenario: &Scenario, queue: QueueId, target: &Target) -> f64 {
    let own = scenario.header.queues[queue.index()].thresholds.first();
    target.which.threshold_s.unwrap_or(own.map_or(20.0, |t| t.as_s()))
}

fn needs(
    scenario: &Scenario,
    queue: QueueId,
    target: &Target,
    span: (SimTime, SimTime),
) -> Vec<IntervalNeed> {
    let within_s = threshold_s(scenario, queue, target);
    let enough =
        |a: &Answer| value(a, target).is_some_and(|v| target.comparison.holds(v, target.value));
    let asks = (enough, target.which.stat.is_some());
    requirement_by_interval(scenario, queue, span, within_s, asks)
}

fn queue(scenario: &Scenario, wanted: Option<&str>) -> Result<QueueId, Failure> {
    let queues = &scenario.header.queues;
    let names: Vec<_> = queues.iter().map(|q| q.name.as_str()).collect();
    let help = format!("queues of the scenario: {}", names.join(", "));
    let found = match wanted {
        _ if queues.is_empty() => {
            let help = "add `teams`: without people there is nothing to staff";
            return Err(Failure::wrong("the scenario has no queue for people", help));
        }
        None if queues.len() == 1 => Some(0),
        None => {
            let help = format!("give --queue NAME; {help}");
            return Err(Failure::wrong("the scenario has several queues", &help));
        }
        Some(name) => queues.iter().position(|q| q.name == name),
    };
    let place = found.ok_or_else(|| {
        let name = wanted.unwrap_or_default();
        Failure::wrong(format!("there is no queue `{name}`"), &help)
    })?;
    Ok(QueueId(place as u8))
}

/// The first target of the scenario that is about the queue and that a formula gives.
fn own_target(scenario: &Scenario, queue: &str) -> Result<Target, Failure> {
    let targets = scenario.header.targets.iter();
    let fits = |t: &Target| {
        let mine = t.which.queue.as_deref().is_none_or(|q| q == queue);
        let (a, level) = (&t.which, t.which.metric == Metric::ServiceLevel);
        let whole = a.segment.is_none() && a.intent.is_none() && a.channel.is_none();
        mine && whole && METRICS.contains(&a.metric) && (level || a.queue.is_some())
    };
    let found = targets.filter_map(|t| target::parse(t).ok()).find(fits);
    found.ok_or_else(|| {
        let what = format!("the scenario has no target for `{queue}` that a formula gives");
        Failure::wrong(what, "give --until \"service_level(within=60s) >= 80%\"")
    })
}

impl Day<'_> {
    /// The intervals in which anybody comes or works.
    fn lines(&self) -> impl Iterator<Item = &IntervalNeed> {
        let live = |n: &&IntervalNeed| n.load > 0.05 || n.arrivals > 0.0 || n.on_duty > 0.0;
        self.needs.iter().filter(live)
    }

    fn label(&self, need: &IntervalNeed) -> &str {
        let labels = &self.scenario.header.interval_labels;
        labels.get(need.interval).map_or("", String::as_str)
    }

    fn hours(&self) -> f64 {
        self.scenario.header.interval.as_s() / 3600.0
    }

    /// What the formula leaves out here.
    fn left_out(&self) -> Vec<&'static str> {
        left_out(self.scenario, &self.flow, &self.serving)
    }
}

fn text(day: &Day<'_>, table: impl Fn(&[Vec<String>]) -> String) -> String {
    let header = &day.scenario.header;
    let mut text = String::new();
    let date = day.lines().next().map_or("", |n| day.label(n));
    let date = date.split(' ').next().unwrap_or_default();
    let _ = writeln!(
        text,
        "{}, queue {}, day {} ({date}): agents for {}",
        header.scenario, day.name, day.number, day.target.text
    );
    let slots = day.serving.rate_of_slots.len();
    let by = match (slots, &day.flow.patience) {
        (1, Some(_)) => "Erlang A".to_owned(),
        (1, None) => "Erlang C".to_owned(),
        _ => format!("Erlang-chat, {slots} chats an agent"),
    };
    let _ = writeln!(
        text,
        "{by}; modified offered load; work of {} a contact; answered in {} (SL3)\n",
        render_s(day.flow.work_s),
        render_s(day.within_s)
    );
    let head = [
        "from",
        "arrivals",
        "erlangs",
        "needed",
        "on duty",
        "gap",
        "answered in time",
        "abandoned",
        "agents busy",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for need in day.lines() {
        rows.push(line(day, need));
    }
    text += &table(&rows);
    let hours = day.hours();
    let needed: f64 = day.lines().map(|n| f64::from(n.needed.unwrap_or(0)) * hours).sum();
    let there: f64 = day.lines().map(|n| n.on_duty * hours).sum();
    let short = day.lines().filter(|n| f64::from(n.needed.unwrap_or(0)) > n.on_duty + 0.5).count();
    let _ = writeln!(
        text,
        "\n{needed:.0} agent hours are needed and {there:.0} on duty; {short} intervals are short of agents."
    );
    let _ = writeln!(text, "Left out: {}.", day.left_out().join("; "));
    let _ = writeln!(text, "Simulate to see them: `convoq simulate`.");
    text
}

fn line(day: &Day<'_>, need: &IntervalNeed) -> Vec<String> {
    let label = day.label(need);
    let share = |v: Option<f64>| v.map_or("-".to_owned(), |v| render_value(v, "ratio"));
    let predicted = need.predicted.as_ref();
    let gap = need.needed.map(|n| need.on_duty - f64::from(n));
    vec![
        label.split(' ').next_back().unwrap_or_default().to_owned(),
        format!("{:.0}", need.arrivals),
        format!("{:.2}", need.load),
        need.needed.map_or("none".to_owned(), |n| n.to_string()),
        format!("{:.1}", need.on_duty),
        gap.map_or("-".to_owned(), |g| format!("{g:+.1}")),
        share(predicted.map(|a| a.service.offered)),
        share(predicted.map(|a| a.abandoned.unwrap_or(0.0))),
        share(predicted.map(|a| a.occupancy)),
    ]
}

const COLUMNS: &str = "interval,start,arrivals,work_s,load_erlangs,needed,on_duty,within_s,service_level,abandonment_rate,occupancy,target_value\n";

fn csv(day: &Day<'_>) -> String {
    let mut text = COLUMNS.to_owned();
    for n in day.lines() {
        let of = |f: &dyn Fn(&Answer) -> f64| {
            n.predicted.as_ref().map_or(String::new(), |a| f(a).to_string())
        };
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{}",
            n.interval,
            day.label(n),
            n.arrivals,
            n.work_s,
            n.load,
            n.needed.map_or(String::new(), |n| n.to_string()),
            n.on_duty,
            day.within_s,
            of(&|a| a.service.offered),
            of(&|a| a.abandoned.unwrap_or(0.0)),
            of(&|a| a.occupancy),
            of(&|a| value(a, &day.target).unwrap_or(f64::NAN)),
        );
    }
    text
}

fn object(day: &Day<'_>) -> Value {
    let intervals = day.lines().map(|n| {
        let of = |f: fn(&Answer) -> f64| n.predicted.as_ref().map(f);
        json!({
            "interval": n.interval,
            "start": day.label(n),
            "arrivals": n.arrivals,
            "work_s": n.work_s,
            "load_erlangs": n.load,
            "needed": n.needed,
            "on_duty": n.on_duty,
            "service_level": of(|a| a.service.offered),
            "abandonment_rate": of(|a| a.abandoned.unwrap_or(0.0)),
            "occupancy": of(|a| a.occupancy),
        })
    });
    json!({
        "schema": "convoq.erlang/1",
        "version": env!("CARGO_PKG_VERSION"),
        "formula": "day",
        "scenario": {"name": day.scenario.header.scenario, "sha256": day.scenario.header.sha256},
        "queue": day.name,
        "day": day.number,
        "target": day.target.text,
        "definition": "SL3",
        "threshold_s": day.within_s,
        "intervals": intervals.collect::<Vec<_>>(),
        "left_out": day.left_out(),
    })
}
