//! `convoq erlang day`: the formula for each interval of a scenario's day.

use super::question::read_target;
use super::rows::{METRICS, render_s, render_value, value};
use crate::metric::Metric;

use super::{DayArgs, Days, Failure, Format, OK, print};
use crate::analytic::Answer;
use crate::cli::scenario_file;
use crate::id::QueueId;
use crate::planning::{
    Crew, Flow, IntervalNeed, Serving, flow, left_out, requirement_by_interval, serving,
};
use crate::report::grid::{figures, figures_markdown};
use crate::report::json;
use crate::scenario::Scenario;
use crate::scenario::target::{self, Target};
use crate::time::{SimDuration, SimTime};

use serde_json::{Value, json};
use std::fmt::Write as _;

/// A day of a queue, or all of them, computed.
struct Day<'s> {
    scenario: &'s Scenario,
    queue: QueueId,
    name: &'s str,
    /// `None` for all days.
    number: Option<u32>,
    target: Target,
    within_s: f64,
    flow: Flow,
    serving: Serving,
    needs: Vec<IntervalNeed>,
    /// Share of the time of a shift that its agent is on the queue, over the whole run.
    on_queue: Option<f64>,
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
    let (number, span) = match args.day {
        Days::All => (None, (starts[0], starts[days])),
        Days::One(n) if n == 0 || n as usize > days => {
            return Err(Failure::wrong(
                format!("--day {n}: the scenario has {days} days"),
                &format!("give 1 to {days}, or all"),
            ));
        }
        Days::One(n) => (Some(n), (starts[n as usize - 1], starts[n as usize])),
    };
    let target = match &args.until {
        Some(text) => read_target(text)?,
        None => own_target(scenario, &facts.name)?,
    };
    let within_s = threshold_s(scenario, queue, &target);
    let needs = needs(scenario, queue, &target, span);
    let flow = flow(scenario, queue);
    Ok(Day {
        scenario,
        queue,
        name: &facts.name,
        number,
        on_queue: on_queue_share(scenario, queue),
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

/// Share of the time of shifts that their agents are on the queue: what breaks, shrinkage
/// and absence leave. `None` without shifts.
fn on_queue_share(scenario: &Scenario, queue: QueueId) -> Option<f64> {
    let starts = &scenario.header.day_starts;
    let (from, to) = (*starts.first()?, *starts.last()?);
    let crew = Crew::of(scenario, queue);
    let scheduled = crew.scheduled(from, to);
    Some(crew.on_duty(from, to) / scheduled).filter(|share| *share > 0.0 && share.is_finite())
}

impl Day<'_> {
    /// The intervals in which anybody works, or comes while the channel is open.
    fn lines(&self) -> impl Iterator<Item = &IntervalNeed> {
        let open = |n: &IntervalNeed| is_open(self.scenario, self.queue, n);
        let comes = |n: &IntervalNeed| n.load > 0.05 || n.arrivals > 0.0;
        self.needs.iter().filter(move |n| n.on_duty > 0.0 || (comes(n) && open(n)))
    }

    /// Agents to schedule so that those needed are on the queue, on average.
    fn to_schedule(&self, need: &IntervalNeed) -> Option<u32> {
        let heads = f64::from(need.needed?) / self.on_queue?;
        Some((heads - 1e-9).ceil() as u32)
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
    let first = day.lines().next().map_or("", |n| day.label(n));
    let which = match day.number {
        Some(number) => format!("day {number} ({})", date(first)),
        None => format!("{} days", header.day_starts.len() - 1),
    };
    let _ = writeln!(
        text,
        "{}, queue {}, {which}: agents for {}",
        header.scenario, day.name, day.target.text
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
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut today = "";
    for need in day.lines() {
        let date = date(day.label(need));
        if date != today {
            if !rows.is_empty() {
                text += &table(&rows);
            }
            if day.number.is_none() {
                let _ = writeln!(text, "{}{date}", if today.is_empty() { "" } else { "\n" });
            }
            rows = vec![HEAD.map(str::to_owned).to_vec()];
            today = date;
        }
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
    if let Some(share) = day.on_queue {
        let share = render_value(share, "ratio");
        let _ = writeln!(
            text,
            "sched: so many that those needed are there, at the {share} of a shift that agents are on the queue."
        );
    }
    let _ = writeln!(text, "Left out: {}.", day.left_out().join("; "));
    let _ = writeln!(text, "Simulate to see them: `convoq simulate`.");
    text
}

const HEAD: [&str; 10] =
    ["from", "arrivals", "erlangs", "needed", "sched", "on duty", "gap", "in time", "left", "busy"];

/// The local date of an interval.
fn date(label: &str) -> &str {
    label.split(' ').next().unwrap_or_default()
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
        day.to_schedule(need).map_or("-".to_owned(), |n| n.to_string()),
        format!("{:.1}", need.on_duty),
        gap.map_or("-".to_owned(), |g| format!("{g:+.1}")),
        share(predicted.map(|a| a.service.offered)),
        share(predicted.map(|a| a.abandoned.unwrap_or(0.0))),
        share(predicted.map(|a| a.occupancy)),
    ]
}

const COLUMNS: &str = "interval,start,arrivals,work_s,load_erlangs,needed,on_duty,within_s,service_level,abandonment_rate,occupancy,target_value,to_schedule\n";

fn csv(day: &Day<'_>) -> String {
    let mut text = COLUMNS.to_owned();
    for n in day.lines() {
        let of = |f: &dyn Fn(&Answer) -> f64| {
            n.predicted.as_ref().map_or(String::new(), |a| f(a).to_string())
        };
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{},{}",
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
            day.to_schedule(n).map_or(String::new(), |n| n.to_string()),
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
            "to_schedule": day.to_schedule(n),
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
