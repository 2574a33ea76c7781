//! Advice about time zones that people write by another name.

use crate::scenario::problem::{Problem, similar};

/// Abbreviations and the place whose clocks are meant. The first three are zones of
/// their own, without summer time.
const ABBREVIATIONS: [(&str, &str); 12] = [
    ("EST", "America/New_York"),
    ("MST", "America/Denver"),
    ("HST", "Pacific/Honolulu"),
    ("EDT", "America/New_York"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("BST", "Europe/London"),
    ("CEST", "Europe/Berlin"),
    ("EEST", "Europe/Bucharest"),
    ("IST", "Asia/Kolkata"),
];

/// What is wrong with a name that is no zone.
pub fn unknown(name: &str, path: &str) -> Problem {
    let message = format!("there is no time zone `{name}`");
    Problem::error("E0401", path, message).help(instead(name))
}

/// A warning about a zone whose clocks stand still where those of its people do not.
pub fn still(name: &str, path: &str) -> Option<Problem> {
    let fixed = ABBREVIATIONS.iter().take(2).find(|(short, _)| *short == name);
    let (_, place) = fixed?;
    let message = format!("`{name}` has no summer time");
    Some(
        Problem::warning("W0401", path, message)
            .help(format!("for the clocks of a place name it: `{place}`")),
    )
}

fn instead(name: &str) -> String {
    let upper = name.trim().to_uppercase();
    if let Some((_, place)) = ABBREVIATIONS.iter().find(|(short, _)| *short == upper) {
        return format!("name the place: `{place}`");
    }
    let offset = upper.strip_prefix("GMT").or_else(|| upper.strip_prefix("UTC"));
    let offset = offset.or(Some(upper.as_str()).filter(|t| t.starts_with(['+', '-'])));
    if let Some((sign, hours)) = offset.and_then(signed_hours) {
        // The names under Etc count westwards.
        let other = if sign == '+' { '-' } else { '+' };
        let towards = if sign == '+' { "ahead of" } else { "behind" };
        return format!(
            "name the place, as `Europe/Bucharest`, for its clocks with summer time; `Etc/GMT{other}{hours}` is {hours} hours {towards} UTC all year"
        );
    }
    let all: Vec<String> = jiff::tz::db().available().map(|n| n.as_str().to_owned()).collect();
    match similar(name, all.iter().map(String::as_str)) {
        Some(near) => format!("a similar zone exists: `{near}`"),
        None => "use an IANA name, as `Europe/Bucharest` or `UTC`".to_owned(),
    }
}

/// `+2` or `-03:00` as a sign and hours.
fn signed_hours(text: &str) -> Option<(char, u8)> {
    let sign = text.chars().next().filter(|c| "+-".contains(*c))?;
    let digits = text[1..].trim_end_matches(":00");
    let hours = digits.parse().ok().filter(|h| *h <= 14)?;
    Some((sign, hours))
}
