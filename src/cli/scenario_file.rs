//! Reading a scenario file and the CSV files it names.

use super::{Failure, ScenarioArgs};
use crate::scenario::{self, Loaded};
use std::io::Read as _;
use std::path::Path;

/// Largest CSV that is read, unpacked: more is a mistake or an attack.
const LARGEST_CSV: u64 = 1 << 30;

/// Reads, changes and validates the scenario. Warnings go to standard error.
pub(super) fn load(args: &ScenarioArgs, quiet: bool) -> Result<Loaded, Failure> {
    let name = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file).map_err(|error| {
        Failure::invalid(format!("error: {name}: cannot be read: {error}\n  help: `convoq new {name}` writes a scenario to start from"))
    })?;
    load_text(&name, &text, args, quiet)
}

/// The same for a text that is there already.
pub(super) fn load_text(
    name: &str,
    text: &str,
    args: &ScenarioArgs,
    quiet: bool,
) -> Result<Loaded, Failure> {
    let overrides = args
        .set
        .iter()
        .map(|set| split_override(set))
        .collect::<Result<Vec<_>, _>>()?;
    let folder = args.file.parent().unwrap_or(Path::new("")).to_path_buf();
    let csv = |file: &str| read_csv(&folder.join(file));
    let loaded = scenario::load(text, args.variant.as_deref(), &overrides, &csv)
        .map_err(|problems| Failure::invalid(problems.named(name).to_string()))?;
    if !quiet {
        for warning in &loaded.warnings {
            eprint!("{}", warning.render(name, text));
        }
    }
    Ok(loaded)
}

fn split_override(set: &str) -> Result<(String, String), Failure> {
    let (path, value) = set.split_once('=').ok_or_else(|| {
        Failure::invalid(format!(
            "error: --set {set}: expected PATH=VALUE, as in --set teams.chat.shifts[0].agents=+1"
        ))
    })?;
    Ok((path.trim().to_string(), value.trim().to_string()))
}

/// Reads a CSV file; a name that ends in `.gz` is unpacked.
fn read_csv(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let packed = path.extension().is_some_and(|e| e == "gz");
    let reader: Box<dyn std::io::Read> = if packed {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut text = String::new();
    let read = reader.take(LARGEST_CSV + 1).read_to_string(&mut text);
    match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(length) if length as u64 > LARGEST_CSV => Err("is larger than 1 GiB".into()),
        Ok(_) => Ok(text),
    }
}
