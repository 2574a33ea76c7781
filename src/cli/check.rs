//! `convoq check`: is the scenario valid, and what does it amount to?

use super::ScenarioArgs;
use super::guard::{self, Size};
use super::simulate::plan_of;
use super::{Failure, OK, analytic, print, print_json, scenario_file};
use crate::metric::Metric;
use crate::report::{format, formulas, json};
use crate::scenario::{Scenario, expected_volume};
use clap::Args;
use std::fmt::Write as _;

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Print the scenario with all changes applied, as JSON
    #[arg(long)]
    expand: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<u8, Failure> {
    let loaded = scenario_file::load(&args.scenario, false)?;
    if args.expand {
        print_json(&json(&loaded.expanded))?;
        return Ok(OK);
    }
    print(&overview(&loaded.scenario))?;
    let warnings = loaded.warnings.len();
    let plural = if warnings == 1 { "" } else { "s" };
    print(&format!("{}: valid, {warnings} warning{plural}\n", args.scenario.file.display()))?;
    Ok(OK)
}

/// What formulas say of each queue.
fn analytic_values(scenario: &Scenario) -> String {
    let mut text = String::new();
    let queues = analytic::beside(scenario, &[]);
    for queue in &queues {
        if let Some(why) = &queue.none {
            let _ = writeln!(text, "  formula {}: none: {why}", queue.queue);
        }
        for four in queue.rows.chunks(4) {
            let said = four.iter().filter_map(|r| {
                let value = format::value(r.value?, r.unit);
                Some(match (r.metric, r.threshold_s) {
                    (Metric::ServiceLevel, Some(s)) => {
                        format!("{value} answered within {}", format::value(s, "s"))
                    }
                    (Metric::Asa, _) => format!("mean wait {value}"),
                    (Metric::AbandonmentRate, _) => format!("{value} give up"),
                    _ => format!("agents {value} busy"),
                })
            });
            let said: Vec<_> = said.collect();
            if let (Some(first), false) = (four.first(), said.is_empty()) {
                let said = said.join(", ");
                let _ = writeln!(text, "  formula {}: {}: {said}", queue.queue, first.formula);
            }
        }
    }
    if let Some(words) = formulas::left_out(&queues) {
        let _ = writeln!(text, "          formulas leave out: {words}");
    }
    text
}

/// What a scenario amounts to, before anything is simulated.
fn overview(scenario: &Scenario) -> String {
    let header = &scenario.header;
    let mut text = String::new();
    let days = header.day_starts.len() - 1;
    let _ = writeln!(
        text,
        "{}: {days} days from {} ({})",
        header.scenario, header.start_date, header.zone
    );
    for (source, name) in scenario.sources.iter().zip(&header.sources) {
        let segment = &header.segments[source.segment.index()];
        let channel = &header.channels[source.channel.index()];
        let _ = writeln!(
            text,
            "  demand  {name}: {} expected, {segment} by {channel}",
            guard::contacts(expected_volume(source))
        );
    }
    for (number, team) in scenario.teams.iter().enumerate() {
        let agents = scenario.agents.iter().filter(|a| a.team.index() == number);
        let (count, hours) = agents.fold((0, 0.0), |(count, hours), agent| {
            let duties: f64 = agent.duties.iter().map(|d| d.paid(scenario.horizon).as_s()).sum();
            (count + 1, hours + duties / 3600.0)
        });
        let queues: Vec<_> =
            team.serves.iter().map(|s| header.queues[s.queue.index()].name.as_str()).collect();
        let _ = writeln!(
            text,
            "  team    {}: {count} agents, {hours:.0} paid hours, serves {}",
            header.teams[number].name,
            queues.join(", ")
        );
    }
    let size = Size::of(scenario, plan_of(scenario, None, None, None));
    let _ = writeln!(text, "  run     {}", size.words());
    if size.is_large() {
        text += "          `simulate` asks for --yes\n";
    }
    text += &analytic_values(scenario);
    for target in &header.targets {
        let _ = writeln!(text, "  target  {target}");
    }
    text
}
