//! Lengths of time as tables write them.

use crate::domain::words;
use crate::time::SECOND_US;

words! {
    /// Unit of a length of time that is a number.
    Unit {
        /// Thousandths of a second.
        Milliseconds = "ms",
        /// Seconds.
        Seconds = "s",
        /// Minutes.
        Minutes = "m",
        /// Hours.
        Hours = "h",
    }
}

impl Unit {
    /// Microseconds of one.
    #[must_use]
    pub fn us(self) -> u64 {
        match self {
            Unit::Milliseconds => 1000,
            Unit::Seconds => SECOND_US,
            Unit::Minutes => 60 * SECOND_US,
            Unit::Hours => 3600 * SECOND_US,
        }
    }
}

/// Longest that is believed: a century, in microseconds.
const MOST_US: f64 = 100.0 * 365.25 * 86_400e6;

/// Why a cell is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLength {
    /// It is neither a number nor a clock's `h:mm:ss`.
    Unclear,
    /// It is below nothing.
    Negative,
    /// It is a number, and nobody said of what.
    NoUnit,
    /// It is beyond a century.
    TooLong,
}

impl NoLength {
    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            NoLength::Unclear => "it is no length of time",
            NoLength::Negative => "it is negative",
            NoLength::NoUnit => "it is a number without a unit",
            NoLength::TooLong => "it is longer than a century",
        }
    }
}

/// Reads a length of time, microseconds: a number of `unit`, or `h:mm:ss`. Of `4:30` the unit
/// says what it begins with.
///
/// # Errors
/// Why it is none.
pub fn length_us(cell: &str, unit: Option<Unit>, decimal: char) -> Result<u64, NoLength> {
    if cell.contains(':') {
        return clock_us(cell, unit);
    }
    let (number, unit) = match cell.strip_suffix(['s', 'm', 'h']) {
        Some(number) if unit.is_none() => {
            let word = &cell[number.len()..];
            let (number, word) = match number.strip_suffix('m') {
                Some(number) if word == "s" => (number, "ms"),
                _ => (number, word),
            };
            (number.trim(), Unit::find(word))
        }
        _ => (cell, unit),
    };
    let value = number_of(number, decimal).ok_or(NoLength::Unclear)?;
    if value < 0.0 {
        return Err(NoLength::Negative);
    }
    let us = value * unit.ok_or(NoLength::NoUnit)?.us() as f64;
    if us > MOST_US { Err(NoLength::TooLong) } else { Ok((us + 0.5) as u64) }
}

/// Reads a number; `decimal` is the mark before its decimals, the other groups thousands.
#[must_use]
pub fn number_of(cell: &str, decimal: char) -> Option<f64> {
    let other = if decimal == ',' { '.' } else { ',' };
    let plain = !cell.contains([',', '.', '\u{a0}', ' ']);
    let number: f64 = if plain || (decimal == '.' && !cell.contains([',', '\u{a0}', ' '])) {
        cell.parse().ok()?
    } else {
        let kept = cell.chars().filter(|c| *c != other && !c.is_whitespace());
        kept.map(|c| if c == decimal { '.' } else { c }).collect::<String>().parse().ok()?
    };
    number.is_finite().then_some(number)
}

/// `h:mm:ss` with decimals of a second, days before it; `h:mm` or `m:ss` by the unit.
fn clock_us(cell: &str, unit: Option<Unit>) -> Result<u64, NoLength> {
    if let Some(rest) = cell.strip_prefix('-') {
        return Err(clock_us(rest, unit).err().unwrap_or(NoLength::Negative));
    }
    if cell.matches(':').count() == 1 {
        return match unit {
            None => Err(NoLength::NoUnit),
            Some(Unit::Hours) => clock_us(&format!("{cell}:00"), unit),
            Some(_) => clock_us(&format!("0:{cell}"), unit),
        };
    }
    let (days, clock) = match cell.split_once([' ', 'd']) {
        Some((days, clock)) => {
            let clock = clock.trim_start_matches(|c: char| !c.is_ascii_digit());
            (days.parse::<u32>().map_err(|_| NoLength::Unclear)?, clock)
        }
        None => (0, cell),
    };
    let mut parts = clock.split(':').rev();
    let seconds: f64 = parts.next().and_then(|s| number_of(s, '.')).ok_or(NoLength::Unclear)?;
    let mut whole = 0_u64;
    for factor in [60_u64, 3600] {
        let part = parts.next().ok_or(NoLength::Unclear)?;
        let value: u32 = part.parse().map_err(|_| NoLength::Unclear)?;
        whole += u64::from(value) * factor;
    }
    if parts.next().is_some() || !(0.0..60.0).contains(&seconds) {
        return Err(NoLength::Unclear);
    }
    whole += u64::from(days) * 86_400;
    let us = whole as f64 * SECOND_US as f64;
    if us > MOST_US {
        return Err(NoLength::TooLong);
    }
    Ok(whole * SECOND_US + (seconds * SECOND_US as f64 + 0.5) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_clocks_or_numbers_of_a_unit() {
        let s = |cell, unit| length_us(cell, unit, '.').map(|us| us / SECOND_US);
        assert_eq!(s("0:04:30", None), Ok(270));
        assert_eq!(s("4:30", Some(Unit::Minutes)), Ok(270));
        assert_eq!(s("4:30", Some(Unit::Hours)), Ok(16_200));
        assert_eq!(s("4:30", None), Err(NoLength::NoUnit));
        assert_eq!(s("100:00:00", None), Ok(360_000));
        assert_eq!(s("1 02:00:00", None), Ok(93_600));
        assert_eq!(s("90", Some(Unit::Seconds)), Ok(90));
        assert_eq!(s("1.5", Some(Unit::Minutes)), Ok(90));
        assert_eq!(s("1,500", Some(Unit::Seconds)), Ok(1500));
        assert_eq!(s("90s", None), Ok(90));
        assert_eq!(length_us("1,5", Some(Unit::Hours), ','), Ok(5400 * SECOND_US));
        assert_eq!(length_us("350ms", None, '.'), Ok(350_000));
        assert_eq!(s("90", None), Err(NoLength::NoUnit));
        assert_eq!(s("-1", Some(Unit::Seconds)), Err(NoLength::Negative));
        assert_eq!(s("-0:00:05", None), Err(NoLength::Negative));
        assert_eq!(s("1e30", Some(Unit::Seconds)), Err(NoLength::TooLong));
        for cell in ["", "x", "1:2:3:4", "4:75", "NaN", "inf", "1:x"] {
            assert_eq!(s(cell, Some(Unit::Seconds)), Err(NoLength::Unclear), "{cell}");
        }
    }
}
