//! One cell as a moment under one layout.

use super::{Layout, day_number};
use crate::time::{DAY_US, SECOND_US};

/// A moment as a cell writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Days since 1970 on the calendar; none where the cell has a time of day only.
    pub day: Option<i32>,
    /// Time of that day, microseconds; none where the cell has a date only.
    pub time_us: Option<u64>,
    /// Seconds that the clock is before UTC, where the cell says so.
    pub offset_s: Option<i32>,
}

/// Years that are believed.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;
/// The day number of 30 December 1899, from which spreadsheets count.
const SERIAL_ZERO: i32 = -25_569;

/// Reads a cell.
#[must_use]
pub fn parse(cell: &str, layout: Layout) -> Option<Stamp> {
    match layout {
        Layout::UnixSeconds => unix(cell, SECOND_US),
        Layout::UnixMillis => unix(cell, 1000),
        Layout::Serial => serial(cell),
        Layout::TimeOnly => {
            let time_us = time_us(cell)?;
            Some(Stamp { day: None, time_us: Some(time_us), offset_s: None })
        }
        Layout::Named => named(cell),
        Layout::Ymd | Layout::Dmy | Layout::Mdy => separated(cell, layout),
        Layout::CompactYmd | Layout::ShortYmd | Layout::CompactDmy | Layout::CompactMdy => {
            compact(cell, layout)
        }
    }
}

fn unix(cell: &str, unit_us: u64) -> Option<Stamp> {
    // Ten digits are a second of our days, thirteen a thousandth of one.
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = if unit_us == SECOND_US { 9..=10 } else { 12..=13 };
    if !digits.contains(&whole.len()) || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part_us = fraction_us(part)? / (SECOND_US / unit_us);
    let us = whole.parse::<u64>().ok()? * unit_us + part_us;
    let day = i32::try_from(us / DAY_US).ok()?;
    Some(Stamp { day: Some(day), time_us: Some(us % DAY_US), offset_s: Some(0) })
}

fn serial(cell: &str) -> Option<Stamp> {
    let value: f64 = cell.replace(',', ".").parse().ok()?;
    // From 1954 to 2173: other numbers are something else.
    if !(20_000.0..100_000.0).contains(&value) {
        return None;
    }
    let ms = (value.fract() * 86_400e3 + 0.5) as u64;
    let day = SERIAL_ZERO + value as i32 + i32::from(ms >= 86_400_000);
    let time_us = (value.fract() > 0.0).then_some(ms % 86_400_000 * 1000);
    Some(Stamp { day: Some(day), time_us, offset_s: None })
}

/// Splits off as many digits as there are.
fn digits(text: &str) -> Option<(u32, usize, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 || count > 9 {
        return None;
    }
    let value = text.as_bytes()[..count].iter().fold(0, |v, b| v * 10 + u32::from(b - b'0'));
    Some((value, count, &text[count..]))
}

fn separated(cell: &str, layout: Layout) -> Option<Stamp> {
    let (first, first_len, rest) = digits(cell)?;
    let mark = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (second, second_len, rest) = digits(&rest[1..])?;
    let (third, third_len, rest) = digits(rest.strip_prefix(mark)?)?;
    if second_len > 2 {
        return None;
    }
    let (year, year_len, month, day) = match layout {
        Layout::Ymd => (first, first_len, second, third),
        Layout::Dmy => (third, third_len, second, first),
        _ => (third, third_len, first, second),
    };
    let others = if layout == Layout::Ymd { third_len } else { first_len };
    if others > 2 || (layout == Layout::Ymd && year_len != 4) {
        return None;
    }
    dated(year_of(year, year_len)?, month, day, rest)
}

/// Two digits are of 1970 to 2069.
fn year_of(year: u32, length: usize) -> Option<i32> {
    let year = year as i32;
    let year = match length {
        4 => year,
        2 if year >= 70 => 1900 + year,
        2 => 2000 + year,
        _ => return None,
    };
    YEARS.contains(&year).then_some(year)
}

fn dated(year: i32, month: u32, day: u32, rest: &str) -> Option<Stamp> {
    let day = day_number(year, month, day)?;
    let rest = rest.strip_prefix([',', 'T', 't']).unwrap_or(rest).trim();
    if rest.is_empty() {
        return Some(Stamp { day: Some(day), time_us: None, offset_s: None });
    }
    let (clock, offset_s) = zoned(rest);
    let time_us = time_us(clock)?;
    Some(Stamp { day: Some(day), time_us: Some(time_us), offset_s })
}

/// Splits off a zone: `Z`, `UTC`, `+02:00`, `-0330`.
fn zoned(text: &str) -> (&str, Option<i32>) {
    for word in ["Z", "z", "UTC", "GMT"] {
        if let Some(clock) = text.strip_suffix(word) {
            return (clock.trim_end(), Some(0));
        }
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return (text, None);
    };
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes) = match digits.len() {
        2 if plain => (digits.parse::<i32>(), Ok(0_i32)),
        4 if plain => (digits[..2].parse(), digits[2..].parse()),
        _ => return (text, None),
    };
    let (Ok(hours), Ok(minutes)) = (hours, minutes) else {
        return (text, None);
    };
    let seconds: i32 = hours * 3600 + minutes * 60;
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    (text[..at].trim_end(), (hours <= 14 && minutes < 60).then_some(sign * seconds))
}

/// The time of day: `8:15`, `08:15:30.25`, `8:15 PM`.
pub(super) fn time_us(text: &str) -> Option<u64> {
    let (clock, half) = half_of_day(text);
    let (mut hour, hour_len, rest) = digits(clock)?;
    let (minute, minute_len, rest) = digits(rest.strip_prefix(':')?)?;
    let (second, part_us) = match rest.strip_prefix(':') {
        None if rest.is_empty() => (0, 0),
        None => return None,
        Some(rest) => {
            let (second, length, rest) = digits(rest)?;
            let part = rest.strip_prefix(['.', ',']);
            if length != 2 || (part.is_none() && !rest.is_empty()) {
                return None;
            }
            (second, fraction_us(part.unwrap_or_default())?)
        }
    };
    match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour = hour % 12 + if afternoon { 12 } else { 0 },
        None => {}
    }
    // A leap second belongs to the second before it.
    if hour_len > 2 || minute_len != 2 || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second.min(59));
    Some(seconds * SECOND_US + part_us)
}

/// Splits off `AM` or `PM`; whether it is the second.
fn half_of_day(text: &str) -> (&str, Option<bool>) {
    let length = text.len();
    let Some(last) = length.checked_sub(2).and_then(|at| text.get(at..)) else {
        return (text, None);
    };
    let half = match last {
        "AM" | "am" | "Am" => Some(false),
        "PM" | "pm" | "Pm" => Some(true),
        _ => return (text, None),
    };
    (text[..length - 2].trim_end_matches([' ', '\u{a0}', '\u{202f}']), half)
}

/// Decimals of a second, microseconds.
fn fraction_us(part: &str) -> Option<u64> {
    if part.len() > 12 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = part.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(digits.fold(0, |us, digit| us * 10 + u64::from(digit - b'0')))
}

fn compact(cell: &str, layout: Layout) -> Option<Stamp> {
    let (_, length, _) = digits(cell).or_else(|| digits(cell.get(..8)?))?;
    let wanted = if layout == Layout::ShortYmd { 6 } else { 8 };
    if length != wanted && !(wanted == 8 && matches!(length, 12 | 14)) {
        return None;
    }
    let part = |from: usize, to: usize| cell.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = match layout {
        Layout::CompactYmd => (year_of(part(0, 4)?, 4)?, part(4, 6)?, part(6, 8)?),
        Layout::ShortYmd => (year_of(part(0, 2)?, 2)?, part(2, 4)?, part(4, 6)?),
        Layout::CompactDmy => (year_of(part(4, 8)?, 4)?, part(2, 4)?, part(0, 2)?),
        _ => (year_of(part(4, 8)?, 4)?, part(0, 2)?, part(2, 4)?),
    };
    let rest = cell.get(wanted..)?.trim_start_matches([' ', 'T', '-']);
    if rest.is_empty() || rest.contains(':') {
        return dated(year, month, day, rest);
    }
    let clock = match rest.len() {
        4 => format!("{}:{}", rest.get(..2)?, rest.get(2..)?),
        6 => format!("{}:{}:{}", rest.get(..2)?, rest.get(2..4)?, rest.get(4..)?),
        _ => return None,
    };
    dated(year, month, day, &clock)
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `2 Mar 2026 08:15`, `02-Mar-26`, `Mar 2, 2026 8:15 AM`, `Mon, 2 March 2026`.
fn named(cell: &str) -> Option<Stamp> {
    let at = cell.find(|c: char| c.is_ascii_digit())?;
    let mut rest = cell;
    let mut month = None;
    // A word before the first number is a month, after a day of the week.
    for word in cell[..at].split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()) {
        month = month_of(word);
    }
    if month.is_some() || at > 0 {
        rest = &cell[at..];
    }
    let (day, day_len, after) = digits(rest)?;
    let after = after.trim_start_matches([' ', ',', '-', '/', '.']);
    let (month, after) = match month {
        Some(month) => (month, after),
        None => {
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            (month_of(&after[..end])?, after[end..].trim_start_matches([' ', ',', '-', '/', '.']))
        }
    };
    let (year, year_len, rest) = digits(after)?;
    if day_len > 2 {
        return None;
    }
    dated(year_of(year, year_len)?, month, day, rest)
}

fn month_of(word: &str) -> Option<u32> {
    let head = word.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|m| *m == head).map(|m| m as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::super::date_text;
    use super::*;

    fn shown(cell: &str, layout: Layout) -> String {
        match parse(cell, layout) {
            None => "-".to_owned(),
            Some(Stamp { day, time_us, offset_s }) => {
                let day = day.map(date_text).unwrap_or_default();
                let time = time_us.map_or(String::new(), |us| format!(" {}", us / SECOND_US));
                let offset = offset_s.map_or(String::new(), |s| format!(" {s}"));
                format!("{day}{time}{offset}")
            }
        }
    }

    #[test]
    fn each_layout_reads_its_own() {
        for (cell, layout, wanted) in [
            ("2026-03-02", Layout::Ymd, "2026-03-02"),
            ("2026-03-02T08:15:00Z", Layout::Ymd, "2026-03-02 29700 0"),
            ("2026/3/2 8:15:30.5 PM", Layout::Ymd, "2026-03-02 72930"),
            ("2026-03-02T08:15:00.123456789+02:00", Layout::Ymd, "2026-03-02 29700 7200"),
            ("2026-03-02 08:15-0330", Layout::Ymd, "2026-03-02 29700 -12600"),
            ("29-02-2016 01:16", Layout::Dmy, "2016-02-29 4560"),
            ("29.2.16", Layout::Dmy, "2016-02-29"),
            ("2/29/2016 12:05 AM", Layout::Mdy, "2016-02-29 300"),
            ("2/29/2016, 12:05 PM", Layout::Mdy, "2016-02-29 43500"),
            ("990801", Layout::ShortYmd, "1999-08-01"),
            ("20260302 0815", Layout::CompactYmd, "2026-03-02 29700"),
            ("20260302081530", Layout::CompactYmd, "2026-03-02 29730"),
            ("20260302T08:15:30Z", Layout::CompactYmd, "2026-03-02 29730 0"),
            ("02032026", Layout::CompactDmy, "2026-03-02"),
            ("03022026", Layout::CompactMdy, "2026-03-02"),
            ("2 Mar 2026 08:15", Layout::Named, "2026-03-02 29700"),
            ("02-MAR-26", Layout::Named, "2026-03-02"),
            ("Mar 2, 2026 8:15 AM", Layout::Named, "2026-03-02 29700"),
            ("Mon, 2 March 2026", Layout::Named, "2026-03-02"),
            ("1772439300", Layout::UnixSeconds, "2026-03-02 29700 0"),
            ("1772439300123", Layout::UnixMillis, "2026-03-02 29700 0"),
            ("46083.34375", Layout::Serial, "2026-03-02 29700"),
            ("0:10:10", Layout::TimeOnly, " 610"),
            ("8:02:42 AM", Layout::TimeOnly, " 28962"),
        ] {
            assert_eq!(shown(cell, layout), wanted, "{cell}");
        }
        for (cell, layout) in [
            ("2026-02-30", Layout::Ymd),
            ("02-03-2026", Layout::Ymd),
            ("2026-03-02 24:00", Layout::Ymd),
            ("2026-03-02 08:15 XX", Layout::Ymd),
            ("13/13/2026", Layout::Mdy),
            ("2026-03/02", Layout::Ymd),
            ("13:00 PM", Layout::TimeOnly),
            ("8:1", Layout::TimeOnly),
            ("", Layout::Ymd),
            ("é", Layout::CompactYmd),
            ("12345", Layout::UnixSeconds),
            ("99999999", Layout::CompactYmd),
        ] {
            assert_eq!(shown(cell, layout), "-", "{cell}");
        }
    }
}
