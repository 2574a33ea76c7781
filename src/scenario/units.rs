//! Values with units: parsing with errors that say what was expected.

use super::file::Scalar;
use super::numerals::written_otherwise;
use super::problem::Problem;
use crate::time::{SECOND_US, SimDuration};

/// What is wrong with a value, and what would be right.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// Code of the problem.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Wrong {
    pub(super) fn new(
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Wrong { code, message: message.into(), help: help.into() }
    }

    /// The problem of the value at a path.
    pub(super) fn at(self, path: &str) -> Problem {
        Problem::error(self.code, path, self.message).help(self.help)
    }
}

/// What a text says, or what it is not and what would be right. Bare numbers say nothing.
fn read<T>(
    value: &Scalar,
    code: &'static str,
    what: &str,
    help: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Wrong> {
    let parsed = match value {
        Scalar::Text(text) => parse(text.trim()),
        Scalar::Number(_) => None,
    };
    parsed.ok_or_else(|| Wrong::new(code, format!("`{value}` is not {what}"), help))
}

/// Units of time, longest name first so that `ms` is not read as `m`.
const UNITS: [(&str, f64); 6] =
    [("us", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6), ("h", 3.6e9), ("d", 86.4e9)];

const DURATION_HELP: &str = "write a number and a unit: `90s`, `4m30s`, `1.5h`, `350ms`, `2d`";

/// Parses a length of time: `90s`, `4m30s`, `1.5h`.
///
/// # Errors
/// When the text is no length of time.
pub fn duration(value: &Scalar) -> Result<SimDuration, Wrong> {
    let text = match value {
        Scalar::Number(n) => {
            let help = format!("say `{n}s` for seconds or `{n}m` for minutes");
            let message = format!("`{n}` is a length of time without a unit");
            return Err(Wrong::new("E0201", message, help));
        }
        Scalar::Text(text) => text.trim(),
    };
    let bad = || Wrong::new("E0201", format!("`{text}` is not a length of time"), DURATION_HELP);
    if text.is_empty() {
        return Err(bad());
    }
    let mut rest = text;
    let mut total_us = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (_, us) = UNITS.iter().find(|(name, _)| *name == &rest[..letters]).ok_or_else(bad)?;
        total_us += number * us;
        rest = rest[letters..].trim_start();
    }
    if total_us > 1e18 {
        return Err(Wrong::new(
            "E0201",
            format!("`{text}` is too long"),
            "use less than 30,000 years",
        ));
    }
    Ok(SimDuration(libm::rint(total_us) as u64))
}

/// Parses a measured length of time: `4m30s`, `0:04:30`, or a number in a unit of so many
/// seconds.
///
/// # Errors
/// When the text is no length of time, or a number and there is no unit.
pub fn measured_s(text: &str, unit_s: Option<f64>) -> Result<f64, Wrong> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        if !(number >= 0.0 && number.is_finite()) {
            return Err(Wrong::new(
                "E0201",
                format!("`{text}` is no length of time"),
                "lengths of time are from 0 on",
            ));
        }
        return unit_s.map(|s| number * s).ok_or_else(|| {
            Wrong::new(
                "E0201",
                format!("`{text}` could be seconds, minutes or hours"),
                "say what its numbers are: `unit: s`, `unit: min` or `unit: h`",
            )
        });
    }
    if let Some(help) = written_otherwise(text) {
        return Err(Wrong::new("E0201", format!("`{text}` is not a number"), help));
    }
    if !text.contains(':') {
        return duration(&Scalar::Text(text.to_owned())).map(|d| d.as_s());
    }
    let parts: Vec<Option<f64>> = text.split(':').map(|p| p.parse().ok()).collect();
    match parts.as_slice() {
        [Some(h), Some(m), Some(s)]
            if *h >= 0.0 && (0.0..60.0).contains(m) && (0.0..60.0).contains(s) =>
        {
            Ok(h * 3600.0 + m * 60.0 + s)
        }
        [_, _] => Err(Wrong::new(
            "E0201",
            format!("`{text}` could be hours and minutes or minutes and seconds"),
            format!("write three parts, as `0:{text}` for minutes and seconds"),
        )),
        _ => Err(Wrong::new(
            "E0201",
            format!("`{text}` is not a length of time"),
            "write hours, minutes and seconds: `0:04:30`",
        )),
    }
}

/// Writes a length of time so that [`duration`] reads it back exactly.
#[must_use]
pub fn write_duration(value: SimDuration) -> String {
    if value.0.is_multiple_of(SECOND_US) {
        return value.to_string();
    }
    if value.0.is_multiple_of(1000) {
        format!("{}ms", value.0 / 1000)
    } else {
        format!("{}us", value.0)
    }
}

/// A number with an optional percent sign.
fn number_or_percent(value: &Scalar) -> Option<(f64, bool)> {
    match value {
        Scalar::Number(n) => Some((*n, false)),
        Scalar::Text(text) => {
            let text = text.trim();
            let (digits, percent) = match text.strip_suffix('%') {
                Some(digits) => (digits.trim_end(), true),
                None => (text, false),
            };
            let number: f64 = digits.parse().ok().filter(|n: &f64| n.is_finite())?;
            Some((if percent { number / 100.0 } else { number }, percent))
        }
    }
}

/// Parses a probability: `35%` or `0.35`.
///
/// # Errors
/// When the text is no probability or it lies outside 0..1.
pub fn probability(value: &Scalar) -> Result<f64, Wrong> {
    const HELP: &str = "write a share: `35%`, or a number from 0 to 1: `0.35`";
    let (p, percent) = number_or_percent(value)
        .ok_or_else(|| Wrong::new("E0202", format!("`{value}` is not a probability"), HELP))?;
    if (0.0..=1.0).contains(&p) {
        return Ok(p);
    }
    let help = if !percent && p > 1.0 && p <= 100.0 {
        format!("say `{p}%` for a percentage")
    } else {
        HELP.to_owned()
    };
    Err(Wrong::new("E0202", format!("the probability {value} is outside 0..1"), help))
}

/// Parses a factor: `1.5` or `150%`, never negative.
///
/// # Errors
/// When the text is no factor or it is negative.
pub fn factor(value: &Scalar) -> Result<f64, Wrong> {
    const HELP: &str = "write a factor that is not negative: `1.5` or `150%`";
    match number_or_percent(value) {
        Some((f, _)) if f >= 0.0 => Ok(f),
        Some(_) => Err(Wrong::new("E0203", format!("the factor {value} is negative"), HELP)),
        None => Err(Wrong::new("E0203", format!("`{value}` is not a factor"), HELP)),
    }
}

/// Splits `12.50 EUR` into amount and currency.
fn amount(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..digits].parse().ok()?;
    let currency = text[digits..].trim();
    let letters = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_alphabetic());
    letters.then(|| (number, currency.to_uppercase()))
}

/// Parses an amount of money: `12.50 EUR`.
///
/// # Errors
/// When the text is no amount with a currency.
pub fn money(value: &Scalar) -> Result<(f64, String), Wrong> {
    let help = "write an amount that is not negative and its currency: `12.50 EUR`";
    read(value, "E0204", "an amount of money", help, amount)
}

/// Parses money per hour: `14 EUR/h`.
///
/// # Errors
/// When the text is no wage.
pub fn wage(value: &Scalar) -> Result<(f64, String), Wrong> {
    let help = "write an amount, its currency and `/h`: `14 EUR/h`";
    read(value, "E0204", "a wage per hour", help, |text| text.strip_suffix("/h").and_then(amount))
}

/// Parses a number of months: `24 months`, `2 years`.
///
/// # Errors
/// When the text is no positive number of months.
pub fn months(value: &Scalar) -> Result<f64, Wrong> {
    let positive = |months: &f64| *months > 0.0 && months.is_finite();
    match value {
        Scalar::Number(n) if positive(n) => Ok(*n),
        _ => read(value, "E0208", "a number of months", "write `24 months` or `2 years`", |text| {
            let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
            let number: f64 = text[..unit_at].trim().parse().ok()?;
            let months = match &text[unit_at..] {
                "month" | "months" => number,
                "year" | "years" => number * 12.0,
                _ => return None,
            };
            Some(months).filter(positive)
        }),
    }
}

/// A rate as written: so many in a unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountPer {
    /// How many.
    pub count: f64,
    /// In so many seconds.
    pub unit_s: f64,
}

/// Parses a rate `50/s`, `600/min`, `1000/h` into events per second.
///
/// # Errors
/// When the text is no positive rate.
pub fn rate_per_s(value: &Scalar) -> Result<f64, Wrong> {
    count_per(value).map(|rate| rate.count / rate.unit_s)
}

/// Parses a rate `50/s`, `600/min`, `1000/h` as it is written.
///
/// # Errors
/// When the text is no positive rate.
pub fn count_per(value: &Scalar) -> Result<CountPer, Wrong> {
    let help = "write a positive number per unit of time: `50/s`, `600/min`, `1000/h`";
    read(value, "E0207", "a rate", help, |text| {
        let (number, unit) = text.split_once('/')?;
        let count: f64 = number.trim().parse().ok()?;
        let unit_s = match unit.trim() {
            "s" => 1.0,
            "min" | "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        Some(CountPer { count, unit_s }).filter(|r| r.count > 0.0 && r.count.is_finite())
    })
}

/// Parses a local time of day into seconds since midnight; `24:00` is allowed.
///
/// # Errors
/// When the text is no time of day.
pub fn clock(value: &Scalar) -> Result<u32, Wrong> {
    let help = "write hours and minutes: `08:00`, `17:30`, `24:00` for the end of a day";
    read(value, "E0205", "a time of day", help, clock_seconds)
}

fn clock_seconds(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':');
    let mut part = |limit: u32| -> Option<Option<u32>> {
        match parts.next() {
            None => Some(None),
            Some(p) if !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit()) => {
                p.parse().ok().filter(|n| *n <= limit).map(Some)
            }
            Some(_) => None,
        }
    };
    let hours = part(24)??;
    let minutes = part(59)??;
    let seconds = part(59)?.unwrap_or(0);
    let total = hours * 3600 + minutes * 60 + seconds;
    (parts.next().is_none() && total <= 86_400).then_some(total)
}

/// Parses part of a day into `(start, end)` seconds; `None` for `closed`.
///
/// # Errors
/// When the text is no part of a day or ends before it starts.
pub fn clock_span(value: &Scalar) -> Result<Option<(u32, u32)>, Wrong> {
    let text = value.to_string();
    let text = text.trim();
    match text {
        "closed" => return Ok(None),
        "24h" => return Ok(Some((0, 86_400))),
        _ => {}
    }
    let span = text.split_once('-').and_then(|(a, b)| Some((clock_seconds(a)?, clock_seconds(b)?)));
    match span {
        Some((from, to)) if from < to => Ok(Some((from, to))),
        Some(_) => Err(Wrong::new(
            "E0205",
            format!("`{text}` ends before it starts"),
            "for hours past midnight end at 24:00 and begin again at 00:00 on the next day",
        )),
        None => Err(Wrong::new(
            "E0205",
            format!("`{text}` is not a part of a day"),
            "write `08:00-22:00`, `24h` or `closed`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Scalar {
        Scalar::Text(s.to_owned())
    }

    #[test]
    fn durations_and_their_errors() {
        for (written, us) in [
            ("4m30s", 270_000_000),
            ("350ms", 350_000),
            ("1.5h", 5_400_000_000),
            ("2d", 172_800_000_000),
        ] {
            assert_eq!(duration(&text(written)), Ok(SimDuration(us)), "{written}");
            assert_eq!(duration(&text(&write_duration(SimDuration(us)))), Ok(SimDuration(us)));
        }
        assert!(duration(&Scalar::Number(90.0)).is_err_and(|e| e.help.contains("`90s`")));
        for wrong in ["", "s", "5", "5 parsecs", "-5s", "1..2s"] {
            assert!(duration(&text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn measured_lengths_have_a_unit_or_are_given_one() {
        for (text, unit_s, s) in [
            ("4m30s", None, 270.0),
            ("0:04:30", None, 270.0),
            ("00:04:30", Some(60.0), 270.0),
            ("4.5", Some(60.0), 270.0),
            ("1.5", Some(3600.0), 5400.0),
            ("12.5", Some(1.0), 12.5),
        ] {
            assert_eq!(measured_s(text, unit_s), Ok(s), "{text}");
        }
        for (text, unit_s, help) in [
            ("4.5", None, "`unit: min`"),
            ("4:30", None, "`0:4:30`"),
            ("4,5", Some(60.0), "`4.5`"),
            ("-3", Some(1.0), "from 0"),
            ("soon", Some(1.0), "4m30s"),
            ("0:70:00", None, "0:04:30"),
        ] {
            let error = measured_s(text, unit_s).unwrap_err();
            assert!(error.help.contains(help), "{text}: {error:?}");
        }
    }

    #[test]
    fn shares_factors_and_money() {
        assert_eq!(probability(&text("0.5%")), Ok(0.005));
        assert_eq!(probability(&Scalar::Number(0.35)), Ok(0.35));
        assert!(probability(&Scalar::Number(35.0)).is_err_and(|e| e.help.contains("`35%`")));
        assert!(probability(&text("120%")).is_err());
        assert_eq!(factor(&text("150%")), Ok(1.5));
        assert!(factor(&Scalar::Number(-1.0)).is_err());
        assert_eq!(money(&text("12.50 EUR")), Ok((12.5, "EUR".to_owned())));
        assert_eq!(wage(&text("14 EUR/h")), Ok((14.0, "EUR".to_owned())));
        assert!(wage(&text("14 EUR")).is_err() && money(&Scalar::Number(3.0)).is_err());
        assert_eq!(months(&text("2 years")), Ok(24.0));
        assert_eq!(rate_per_s(&text("600/min")), Ok(10.0));
        assert!(rate_per_s(&text("0/s")).is_err());
    }

    #[test]
    fn times_of_day() {
        assert_eq!(clock(&text("08:30")), Ok(30_600));
        assert_eq!(clock(&text("24:00")), Ok(86_400));
        for wrong in ["24:01", "8", "08:60", "ab:cd", "1:2:3:4"] {
            assert!(clock(&text(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(clock_span(&text("closed")), Ok(None));
        assert_eq!(clock_span(&text("08:00-22:00")), Ok(Some((28_800, 79_200))));
        assert!(clock_span(&text("22:00-06:00")).is_err());
    }
}
