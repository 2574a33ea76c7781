//! What a metric is compared with: read, and judged by the metric's own scale.

use crate::metric::Scale;
use crate::scenario::file::Scalar;
use crate::scenario::units;

/// A value as it is written.
#[derive(Clone, PartialEq, Debug)]
enum Written {
    Bare(f64),
    Percent(f64),
    Time(f64),
    Money(f64, String),
}

/// What is wrong with a bound, and what would be right.
pub(super) type Wrong = (String, String);

/// Reads a bound on a scale: the value (shares as 0..1, times in seconds) and the
/// currency, where one is written.
pub(super) fn read(text: &str, scale: Scale) -> Result<(f64, Option<String>), Wrong> {
    let written = written(text).ok_or_else(|| {
        let example = example(scale);
        (format!("`{text}` is not a value"), format!("write a value such as {example}"))
    })?;
    let currency = match &written {
        Written::Money(_, currency) => Some(currency.clone()),
        _ => None,
    };
    let value = match (scale, written) {
        (Scale::Share | Scale::OpenShare, Written::Bare(v) | Written::Percent(v)) => {
            return share(text, v);
        }
        (
            Scale::Ratio(..) | Scale::Count | Scale::PerContact | Scale::Time | Scale::Score(..),
            Written::Bare(v),
        )
        | (Scale::Ratio(..), Written::Percent(v))
        | (Scale::Time, Written::Time(v))
        | (Scale::Money, Written::Bare(v) | Written::Money(v, _)) => v,
        _ => {
            let (what, example) = (what(scale), example(scale));
            return Err((
                format!("`{text}` is not {what}"),
                format!("this metric is {what}: write {example}"),
            ));
        }
    };
    match scale {
        Scale::Score(low, high) if !(low..=high).contains(&value) => Err((
            format!("`{text}` is outside {low}..{high}"),
            format!("the score goes from {low} to {high}"),
        )),
        Scale::Count | Scale::PerContact | Scale::Time | Scale::Money if value < 0.0 => Err((
            format!("`{text}` is negative, and {} never is", what(scale)),
            format!("write {}", example(scale)),
        )),
        _ => Ok((value, currency)),
    }
}

fn share(text: &str, value: f64) -> Result<(f64, Option<String>), Wrong> {
    if (0.0..=1.0).contains(&value) {
        return Ok((value, None));
    }
    let help = if !text.ends_with('%') && value > 1.0 && value <= 100.0 {
        format!("say `{text}%` for a percentage")
    } else {
        "write a share from `0%` to `100%`".to_owned()
    };
    Err((format!("the share `{text}` is outside 0..1"), help))
}

/// What values of a scale are, in words.
fn what(scale: Scale) -> &'static str {
    match scale {
        Scale::Share | Scale::OpenShare => "a share",
        Scale::Ratio(..) => "a ratio",
        Scale::Count | Scale::PerContact => "a number",
        Scale::Time => "a length of time",
        Scale::Money => "an amount of money",
        Scale::Score(..) => "a score",
    }
}

fn example(scale: Scale) -> &'static str {
    match scale {
        Scale::Share | Scale::OpenShare => "`80%` or `0.8`",
        Scale::Ratio(..) => "`300%` or `3`",
        Scale::Count | Scale::PerContact => "`40`",
        Scale::Time => "`90s` or `2m`",
        Scale::Money => "`6 EUR`",
        Scale::Score(..) => "`5`",
    }
}

fn written(text: &str) -> Option<Written> {
    let number = |t: &str| t.trim_end().parse::<f64>().ok().filter(|v| v.is_finite());
    if let Some(v) = number(text) {
        return Some(Written::Bare(v));
    }
    if let Some(digits) = text.strip_suffix('%') {
        return number(digits).map(|v| Written::Percent(v / 100.0));
    }
    let scalar = Scalar::Text(text.to_owned());
    let time = units::duration(&scalar).ok();
    let money = || units::money(&scalar).ok();
    time.map(|d| Written::Time(d.as_s()))
        .or_else(|| money().map(|(v, currency)| Written::Money(v, currency)))
}
