//! `--out DIR`: the requirement and the roster for planning tools, and the scenario that has it.

use super::trial::{Change, Trial};
use crate::cli::Failure;
use crate::cli::output::write_below;
use crate::planning::RosterAnswer;
use crate::report::{json, requirement_csv, roster_csv};
use std::path::{Component, Path};

pub(super) fn write(
    folder: &Path,
    answer: &RosterAnswer,
    trial: &Trial<'_>,
    quiet: bool,
) -> Result<(), Failure> {
    let solved = trial.load(&[answer.changes.as_slice(), &[targets(answer, trial)]].concat());
    let solved = solved.map_err(|problems| {
        Failure::from(anyhow::anyhow!("the roster is no scenario: {problems}"))
    })?;
    // JSON is YAML; the comments of the file that was solved are in that file.
    let yaml = json(&solved.expanded);
    write_below(&folder.join("solved.yaml"), yaml.as_bytes())?;
    write_below(&folder.join("roster.csv"), roster_csv(answer).as_bytes())?;
    write_below(&folder.join("requirement.csv"), requirement_csv(answer).as_bytes())?;
    for (name, text) in trial.inputs {
        let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
        if inside {
            write_below(&folder.join(name), text.as_bytes())?;
        } else {
            tell!("{name} is not below the scenario: put it where solved.yaml finds it");
        }
    }
    if !quiet {
        let solved = folder.join("solved.yaml");
        tell!(
            "solved: {}; check it: convoq simulate {} --seed {} -n {}",
            folder.display(),
            solved.display(),
            answer.fresh_seed(),
            answer.outcome.fresh.first().map_or(0, |s| s.periods)
        );
    }
    Ok(())
}

/// The targets of the scenario, and those that were asked as they were asked.
fn targets(answer: &RosterAnswer, trial: &Trial<'_>) -> Change {
    let mut all = trial.own_targets.clone();
    for (target, share) in answer.ask.shares() {
        let text = match share {
            Some(share) if !target.trim_start().starts_with("probability") => {
                format!("probability({target}) >= {}%", 100.0 * share)
            }
            _ => target.to_owned(),
        };
        if !all.contains(&text) {
            all.push(text);
        }
    }
    ("targets".to_owned(), serde_json::json!(all).to_string())
}
