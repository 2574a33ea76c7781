//! `--shifts FILE.csv`: the shifts that a roster may use, as a list.

use super::wrong;
use crate::cli::{Failure, input};
use crate::planning::ShiftOffer;
use crate::scenario::file::Scalar;
use crate::scenario::units;
use std::path::Path;

/// Columns of the file: those that are read.
const COLUMNS: [&str; 6] = ["from", "to", "length", "break", "max_agents", "cost"];
const DAY_S: u32 = 86_400;

/// Reads the list. Every wrong line is told.
pub(super) fn read(path: &Path) -> Result<Vec<ShiftOffer>, Failure> {
    let name = path.display().to_string();
    let about = |what: String| wrong(format!("--shifts {name}: {what}"), HELP);
    let text = input::table(path).map_err(about)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|e| about(e.to_string()))?.clone();
    if let Some(other) = heads.iter().find(|h| !COLUMNS.contains(h)) {
        return Err(about(format!("line 1: there is no column `{other}`")));
    }
    let (mut offers, mut problems) = (Vec::new(), Vec::new());
    for row in reader.records() {
        let row = row.map_err(|e| about(e.to_string()))?;
        let line = line_of(&text, row.position());
        let cell = |name: &str| {
            let place = heads.iter().position(|h| h == name)?;
            row.get(place).filter(|text| !text.is_empty())
        };
        match offer(&cell) {
            Ok(offer) => offers.push(offer),
            Err(what) => problems.push(format!("error: {name}, line {line}: {what}")),
        }
    }
    if !problems.is_empty() {
        problems.push(format!("  help: {HELP}"));
        return Err(Failure::invalid(problems.join("\n")));
    }
    if offers.is_empty() {
        return Err(about("it has no shifts".to_owned()));
    }
    Ok(offers)
}

/// The line of a record: its position is where the one before ended, and empty lines
/// and comments may lie between.
fn line_of(text: &str, position: Option<&csv::Position>) -> usize {
    let from = position.map_or(0, |p| p.byte() as usize);
    let before = text.get(..from).map_or(0, |t| t.matches('\n').count());
    let lines = text.get(from..).unwrap_or_default().lines();
    let passed = lines.take_while(|l| l.trim().is_empty() || l.starts_with('#'));
    before + passed.count() + 1
}

const HELP: &str = "give a shift a line with the columns from,to (08:00,16:30) or length (8h30m, at every start), and as you like break (30m), max_agents and cost (of an agent a day)";

fn offer<'c>(cell: &impl Fn(&str) -> Option<&'c str>) -> Result<ShiftOffer, String> {
    let text = |text: &str| Scalar::Text(text.to_owned());
    let clock = |name: &str| {
        let given = cell(name);
        let read =
            given.map(|c| units::clock(&text(c)).map_err(|e| format!("`{name}`: {}", e.message)));
        read.transpose()
    };
    let seconds = |name: &str| {
        let read = cell(name).map(|c| {
            let read = units::duration(&text(c)).map_err(|e| format!("`{name}`: {}", e.message));
            read.map(|d| d.as_s().min(1e9) as u32)
        });
        read.transpose()
    };
    let (from, to, length) = (clock("from")?, clock("to")?, seconds("length")?);
    let length_s = match (from, to, length) {
        (Some(from), Some(to), None) if to > from => to - from,
        // It ends on the next day.
        (Some(from), Some(to), None) if to < from => to + DAY_S - from,
        (Some(_), Some(_), None) => return Err("the shift ends when it starts".to_owned()),
        (_, None, Some(length)) => length,
        _ => {
            return Err(
                "a shift has `from` and `to`, or `length`, or `from` and `length`".to_owned()
            );
        }
    };
    let break_s = seconds("break")?.unwrap_or(0);
    if length_s == 0 || length_s > DAY_S {
        return Err("the shift is longer than a day, or has no length".to_owned());
    }
    if break_s >= length_s {
        return Err("the break is as long as the shift".to_owned());
    }
    let most = cell("max_agents").map(|c| {
        let count = c.parse::<u32>().ok();
        count.ok_or_else(|| format!("`max_agents`: `{c}` is not a whole number"))
    });
    let cost = cell("cost").map(|c| {
        let cost = c.parse::<f64>().ok().filter(|cost| *cost > 0.0 && cost.is_finite());
        cost.ok_or_else(|| format!("`cost`: `{c}` is not a number above zero"))
    });
    Ok(ShiftOffer {
        start_s: from,
        length_s,
        break_s,
        most: most.transpose()?,
        cost_per_day: cost.transpose()?,
    })
}
