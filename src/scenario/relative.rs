//! Relative changes of a value: `+1`, `-30s`, `*1.1`, `+20%`, `-5 points`.
//!
//! `--set`, variants and the `--vary` of `sweep` and `solve` all come here.

use serde_json::{Number, Value};

use super::file::Scalar;
use super::structure;
use super::units::{self, Wrong};
use crate::time::SimDuration;

/// What a field holds, as far as a relative change has to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// It is a share or a factor, which may be written with a percent sign itself.
    share: bool,
    /// It must be a whole number.
    whole: bool,
}

impl Held {
    /// By the field's schema and, where that allows anything, by the value that is there.
    #[must_use]
    pub fn of(root: &Value, schema: &Value, old: &Value) -> Self {
        let percent = old.as_str().is_some_and(|t| t.trim_end().ends_with('%'));
        Held {
            share: percent || structure::has_kind(root, schema, &["probability", "factor"]),
            whole: structure::is_integer(root, schema),
        }
    }
}

/// What a relative change made of a value.
#[derive(Clone, PartialEq, Debug)]
pub struct Changed {
    /// The new value.
    pub value: Value,
    /// What it would be if the field could hold part of a whole number.
    pub rounded_from: Option<f64>,
}

/// Whether a text is a relative change: a sign, then a number.
#[must_use]
pub fn is_relative(text: &str) -> bool {
    split(text).is_some()
}

/// The sign and what follows it.
fn split(text: &str) -> Option<(char, &str)> {
    let text = text.trim();
    let sign = text.chars().next().filter(|c| "+-*".contains(*c))?;
    let operand = text[1..].trim();
    operand.starts_with(|c: char| c.is_ascii_digit() || c == '.').then_some((sign, operand))
}

/// A number with what follows it: `14 EUR/h` is 14 and ` EUR/h`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// What is done to the number that is there.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step<'t> {
    /// Times this.
    Times(f64),
    /// Plus this, in this unit; no unit means the unit that is there.
    Plus(f64, &'t str),
}

/// Makes a relative change. `+20%` is a fifth more, `-10%` a tenth less; on a share or
/// a factor that could also mean points, so there it is refused.
///
/// # Errors
/// When nothing is there, when it is no number, or when the change means nothing there.
pub fn change(old: &Value, text: &str, held: Held) -> Result<Changed, Wrong> {
    let text = text.trim();
    if old.is_null() {
        let message = format!("nothing is set there, so `{text}` has no number to change");
        let help = "give the value itself, or write the field in the scenario first";
        return Err(Wrong::new("E0803", message, help));
    }
    let unreadable = || {
        let message = format!("`{text}` changes a number, and there is {old}");
        Wrong::new("E0803", message, "give the value itself")
    };
    let (sign, operand) = split(text).ok_or_else(unreadable)?;
    let step = step(sign, operand, text, held)?;
    match old {
        Value::Number(n) => {
            let n = n.as_f64().ok_or_else(unreadable)?;
            let new = match step {
                Step::Times(by) => n * by,
                Step::Plus(by, "") => n + by,
                Step::Plus(by, "points") if held.share => n + by / 100.0,
                Step::Plus(..) => return Err(unreadable()),
            };
            whole_or_not(n, tidy(new), text, held)
        }
        Value::String(there) => {
            let value = changed_text(there, step, held).ok_or_else(unreadable)?;
            Ok(Changed { value: Value::from(value), rounded_from: None })
        }
        _ => Err(unreadable()),
    }
}

fn step<'t>(sign: char, operand: &'t str, text: &str, held: Held) -> Result<Step<'t>, Wrong> {
    let wrong = |help: &str| Wrong::new("E0803", format!("`{text}` is not a change"), help);
    let help = "write `+20%`, `*1.2`, `+3`, `-30s` or `+5 points`";
    if sign == '*' {
        let by = units::factor(&Scalar::Text(operand.to_owned())).map_err(|_| wrong(help))?;
        return Ok(Step::Times(by));
    }
    let (amount, unit) = split_unit(operand).ok_or_else(|| wrong(help))?;
    let (unit, minus) = (unit.trim(), sign == '-');
    let signed = if minus { -amount } else { amount };
    match unit {
        "%" if held.share => {
            let less = if minus { "less" } else { "more" };
            let factor = tidy(1.0 + signed / 100.0).max(0.0);
            Err(Wrong::new(
                "E0803",
                format!("`{text}` of a share could mean two things"),
                format!(
                    "write `{sign}{amount} points` for {amount} percentage points {less}, or `*{factor}` for {amount} % {less} than there is"
                ),
            ))
        }
        "%" if minus && amount > 100.0 => Err(Wrong::new(
            "E0803",
            format!("`{text}` takes away more than there is"),
            "nothing is left at `-100%`",
        )),
        "%" => Ok(Step::Times(1.0 + signed / 100.0)),
        "point" | "points" if held.share => Ok(Step::Plus(signed, "points")),
        "point" | "points" => Err(wrong("points are added to shares; write `+20%` or `+3`")),
        _ if unit.contains(|c: char| c.is_ascii_digit()) => {
            Ok(Step::Plus(if minus { -1.0 } else { 1.0 }, operand))
        }
        unit => Ok(Step::Plus(signed, unit)),
    }
}

/// A text with a unit, changed.
fn changed_text(there: &str, step: Step<'_>, held: Held) -> Option<String> {
    let (n, unit) = split_unit(there)?;
    // `4m30s` has two numbers; only lengths of time do, and they are changed as a whole.
    let compound = unit.contains(|c: char| c.is_ascii_digit());
    let percent = unit.trim() == "%";
    let new = match step {
        _ if compound => return changed_duration(there, step),
        Step::Times(by) => n * by,
        Step::Plus(by, "points") if percent => n + by,
        Step::Plus(by, "points") => n + by / 100.0,
        // A share is one number however it is written: +0.05 is five points of `25%` as of 0.25.
        Step::Plus(by, "") if percent && held.share => n + by * 100.0,
        Step::Plus(by, other) if other.is_empty() || other == unit.trim() => n + by,
        Step::Plus(..) => return changed_duration(there, step),
    };
    (new >= 0.0).then(|| format!("{}{unit}", tidy(new)))
}

fn changed_duration(there: &str, step: Step<'_>) -> Option<String> {
    let length = |t: &str| units::duration(&Scalar::Text(t.to_owned())).ok();
    let old = length(there)?.0 as f64;
    let new = match step {
        Step::Times(by) => old * by,
        Step::Plus(by, whole) if whole.contains(|c: char| c.is_ascii_digit()) => {
            old + by * length(whole)?.0 as f64
        }
        Step::Plus(by, unit) => {
            let by_us = length(&format!("{}{unit}", by.abs()))?.0 as f64;
            old + by_us.copysign(by)
        }
    };
    (new >= 0.0).then(|| units::write_duration(SimDuration(libm::rint(new) as u64)))
}

/// A number for a field that may have to be whole. Rounding that takes the whole change
/// away would make two variants the same without a word.
fn whole_or_not(old: f64, new: f64, text: &str, held: Held) -> Result<Changed, Wrong> {
    let value = if held.whole { libm::rint(new) } else { new };
    let lost = held.whole && value == old && new != old;
    if lost {
        return Err(Wrong::new(
            "E0803",
            format!(
                "`{text}` of {old} is {new}, which is {old} again: the field takes whole numbers"
            ),
            format!("write `{}1`, or the number itself", if new < old { '-' } else { '+' }),
        ));
    }
    Ok(Changed { value: number(value), rounded_from: (value != new).then_some(new) })
}

/// Takes away what binary fractions add: 0.1 + 0.2 is 0.3.
fn tidy(value: f64) -> f64 {
    libm::rint(value * 1e9) / 1e9
}

fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return if value < 0.0 { Value::from(value as i64) } else { Value::from(value as u64) };
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PLAIN: Held = Held { share: false, whole: false };
    const SHARE: Held = Held { share: true, whole: false };
    const WHOLE: Held = Held { share: false, whole: true };

    fn of(old: Value, text: &str, held: Held) -> Value {
        change(&old, text, held).map_or_else(|e| panic!("{e:?}"), |c| c.value)
    }

    #[test]
    fn a_percentage_of_an_amount_is_a_part_of_it() {
        assert_eq!(of(json!(600), "+20%", PLAIN), json!(720));
        assert_eq!(of(json!(600), "-10%", PLAIN), json!(540));
        assert_eq!(of(json!("5m"), "+20%", PLAIN), json!("6m"));
        assert_eq!(of(json!("4m30s"), "-50%", PLAIN), json!("2m15s"));
        assert_eq!(of(json!("14 EUR/h"), "+10%", PLAIN), json!("15.4 EUR/h"));
        assert_eq!(of(json!("600/min"), "*120%", PLAIN), json!("720/min"));
        assert_eq!(of(json!(600), "-100%", PLAIN), json!(0));
        assert!(change(&json!(600), "-101%", PLAIN).is_err());
    }

    #[test]
    fn a_percentage_of_a_share_is_refused_and_points_are_points() {
        let refused = change(&json!("25%"), "+20%", SHARE).unwrap_err();
        assert!(refused.help.contains("`+20 points`") && refused.help.contains("`*1.2`"));
        assert_eq!(of(json!("25%"), "+20 points", SHARE), json!("45%"));
        assert_eq!(of(json!(0.25), "+20 points", SHARE), json!(0.45));
        assert_eq!(of(json!("25%"), "*1.2", SHARE), json!("30%"));
        assert_eq!(of(json!("25%"), "-0.05", SHARE), json!("20%"));
        assert_eq!(of(json!(0.25), "-0.05", SHARE), json!(0.2));
        assert!(change(&json!(600), "+20 points", PLAIN).is_err());
        assert!(change(&json!("25%"), "-30 points", SHARE).is_err());
    }

    #[test]
    fn whole_numbers_round_and_say_so_or_refuse_to_change_nothing() {
        let nine = change(&json!(8), "+10%", WHOLE).unwrap();
        assert_eq!((nine.value, nine.rounded_from), (json!(9), Some(8.8)));
        assert_eq!(of(json!(8), "+1", WHOLE), json!(9));
        let same = change(&json!(8), "+5%", WHOLE).unwrap_err();
        assert!(same.message.contains("8.4") && same.help.contains("`+1`"), "{same:?}");
        assert_eq!(of(json!(8), "+0", WHOLE), json!(8));
    }

    #[test]
    fn amounts_are_added_in_units_of_time_or_as_they_are() {
        assert_eq!(of(json!("6s"), "+1m", PLAIN), json!("1m06s"));
        assert_eq!(of(json!("1m30s"), "-45s", PLAIN), json!("45s"));
        assert_eq!(of(json!("6m"), "+1m30s", PLAIN), json!("7m30s"));
        assert_eq!(of(json!("6m"), "+1", PLAIN), json!("7m"));
        assert_eq!(of(json!("14 EUR/h"), "+1 EUR/h", PLAIN), json!("15 EUR/h"));
        for (old, text) in [
            (json!("6s"), "+1 EUR"),
            (json!(6), "+1m"),
            (json!("08:00"), "+1"),
            (json!("30s"), "-1m"),
            (json!([1, 2]), "*2"),
        ] {
            assert!(change(&old, text, PLAIN).is_err(), "{old} {text}");
        }
        let unset = change(&Value::Null, "+0", PLAIN).unwrap_err();
        assert!(unset.message.contains("nothing is set"), "{unset:?}");
    }
}
