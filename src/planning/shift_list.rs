//! The shifts that a roster may use, as a list in a file.

use super::catalogue::DAY_S;
use super::{ShiftBreak, ShiftKind};
use crate::scenario::file::Scalar;
use crate::scenario::units;

/// Columns of the file: those that are read.
const COLUMNS: [&str; 6] = ["from", "to", "length", "break", "max_agents", "cost"];

/// Reads a list of shifts: a CSV with these columns, two of which are enough.
///
/// # Errors
/// Every wrong line with its number, or what is wrong with the whole.
pub fn shift_list(text: &str) -> Result<Vec<ShiftKind>, Vec<(Option<usize>, String)>> {
    let about = |what: String| vec![(None, what)];
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
        let cell = |name: &str| {
            let place = heads.iter().position(|h| h == name)?;
            row.get(place).filter(|text| !text.is_empty())
        };
        match offer(&cell) {
            Ok(offer) => offers.push(offer),
            Err(what) => problems.push((Some(line_of(text, row.position())), what)),
        }
    }
    match (problems.is_empty(), offers.is_empty()) {
        (false, _) => Err(problems),
        (true, true) => Err(about("it has no shifts".to_owned())),
        (true, false) => Ok(offers),
    }
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

fn offer<'c>(cell: &impl Fn(&str) -> Option<&'c str>) -> Result<ShiftKind, String> {
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
    let pause = ShiftBreak { after_s: None, length_s: break_s };
    Ok(ShiftKind {
        start_s: from,
        length_s,
        breaks: (break_s > 0).then_some(pause).into_iter().collect(),
        most: most.transpose()?,
        cost_per_day: cost.transpose()?,
    })
}
