//! Reading a scenario file and the CSV files it names.

use super::{Failure, ScenarioArgs, input};
use crate::log::{LogError, Run};
use crate::scenario::{self, CsvLoader, Loaded};
use std::cell::RefCell;
use std::path::Path;

/// Files that a scenario names: the name as it stands there, and the text.
pub(super) type Inputs = Vec<(String, String)>;

/// Reads, changes and validates the scenario. Warnings go to standard error.
pub(super) fn load(args: &ScenarioArgs, quiet: bool) -> Result<Loaded, Failure> {
    load_with_inputs(args, quiet).map(|(loaded, _)| loaded)
}

/// The same, with the files that the scenario names.
pub(super) fn load_with_inputs(
    args: &ScenarioArgs,
    quiet: bool,
) -> Result<(Loaded, Inputs), Failure> {
    let name = args.file.display().to_string();
    let text = input::text(&args.file).map_err(|why| {
        let help = if args.file.exists() {
            String::new()
        } else {
            format!("\n  help: `convoq new {name}` writes a scenario to start from")
        };
        Failure::invalid(format!("error: {name}: {why}{help}"))
    })?;
    let inputs = RefCell::new(Inputs::new());
    let folder = args.file.parent().unwrap_or(Path::new("")).to_path_buf();
    let csv = |file: &str| {
        let text = input::table(&folder.join(file))?;
        let mut inputs = inputs.borrow_mut();
        if !inputs.iter().any(|(name, _)| name == file) {
            inputs.push((file.to_owned(), text.clone()));
        }
        Ok(text)
    };
    let loaded = load_from(&name, &text, args, &csv, quiet)?;
    Ok((loaded, inputs.into_inner()))
}

/// The same for a text that is there already.
pub(super) fn load_text(
    name: &str,
    text: &str,
    args: &ScenarioArgs,
    quiet: bool,
) -> Result<Loaded, Failure> {
    let folder = args.file.parent().unwrap_or(Path::new("")).to_path_buf();
    let csv = |file: &str| input::table(&folder.join(file));
    load_from(name, text, args, &csv, quiet)
}

/// The scenario of a run on disk, exactly as it was run.
pub(super) fn load_run(run: &Run) -> Result<(Loaded, Inputs), Failure> {
    let (facts, path) = (&run.manifest.scenario, run.path().display());
    let loaded = load_run_as(run, facts.variant.as_deref(), &facts.overrides)?;
    if loaded.scenario.header.sha256 != run.manifest.header.sha256 {
        return Err(Failure::invalid(format!(
            "error: {path}: its scenario is not the one that was run\n  help: use convoq {}",
            run.manifest.version
        )));
    }
    let inputs = facts.inputs.iter().map(|(name, _)| Ok((name.clone(), run.input(name)?)));
    Ok((loaded, inputs.collect::<Result<_, LogError>>()?))
}

/// The scenario file of a run on disk, under this variant and these changes.
pub(super) fn load_run_as(
    run: &Run,
    variant: Option<&str>,
    overrides: &[(String, String)],
) -> Result<Loaded, Failure> {
    let facts = &run.manifest.scenario;
    let csv = |file: &str| run.input(file).map_err(|error| error.to_string());
    scenario::load(&facts.text, variant, overrides, &csv)
        .map_err(|problems| Failure::invalid(problems.named(&facts.file).to_string()))
}

fn load_from(
    name: &str,
    text: &str,
    args: &ScenarioArgs,
    csv: CsvLoader,
    quiet: bool,
) -> Result<Loaded, Failure> {
    let overrides = overrides(&args.set)?;
    let loaded = scenario::load(text, args.variant.as_deref(), &overrides, csv)
        .map_err(|problems| Failure::invalid(problems.named(name).to_string()))?;
    if !quiet {
        let lines = scenario::SourceLines::of(text);
        let (shown, hidden) = scenario::foremost(&loaded.warnings);
        for warning in shown {
            tell_text!("{}", warning.render(name, &lines));
        }
        if hidden > 0 {
            tell!("{}", scenario::and_more(hidden));
        }
    }
    Ok(loaded)
}

/// The changes of `--set`: path and value.
pub(super) fn overrides(set: &[String]) -> Result<Vec<(String, String)>, Failure> {
    set.iter().map(|set| split_override(set)).collect()
}

fn split_override(set: &str) -> Result<(String, String), Failure> {
    let (path, value) = set.split_once('=').ok_or_else(|| {
        Failure::invalid(format!(
            "error: --set {set}: expected PATH=VALUE, as in --set teams.chat.shifts[0].agents=+1"
        ))
    })?;
    Ok((path.trim().to_string(), value.trim().to_string()))
}
