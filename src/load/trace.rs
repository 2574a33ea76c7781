//! Recorded moments of arrivals, in the formats in which request traces are published.

use crate::safe_text::listed;
use crate::time::SimDuration;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde_json::Value;

/// Formats and the columns that tell them apart: Azure's traces of language models
/// (`TIMESTAMP`, date and time), BurstGPT (`Timestamp`, seconds), Mooncake (JSON lines
/// with `timestamp`, milliseconds), and any CSV or JSON lines with `time_s` or `time_ms`.
pub const FORMATS: &str = "Azure CSV (TIMESTAMP), BurstGPT CSV (Timestamp), Mooncake JSONL (timestamp), or CSV or JSONL with time_s (seconds) or time_ms (milliseconds)";

const NS: f64 = 1e9;
/// More seconds than that are no seconds since 1970 but milliseconds.
const MOST_S: f64 = 1e11;
/// Seconds since 1970 are at least that: the year 2001.
const LEAST_UNIX_S: f64 = 1e9;

/// Recorded moments.
#[derive(Clone, PartialEq, Debug)]
pub struct Trace {
    /// From the first of them, sorted.
    pub moments: Vec<SimDuration>,
    /// What may have been read otherwise than it was meant.
    pub notes: Vec<String>,
}

/// The moments of a trace. `zone` is that of the scenario, whose changes of clocks are
/// looked for in times without an offset.
///
/// # Errors
/// With the line, what is wrong there and what would be right.
pub fn trace_moments(text: &str, zone: &str) -> Result<Trace, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().find(|line| !line.trim().is_empty());
    let stamps = match first {
        None => return Err("the trace is empty".into()),
        Some(line) if line.trim_start().starts_with('{') => from_jsonl(text)?,
        Some(line) => from_csv(text, line)?,
    };
    if stamps.is_empty() {
        return Err("the trace has a head and no rows".into());
    }
    let notes = changes_of_clocks(&stamps, zone).into_iter().collect();
    let all_ns = nanoseconds(&stamps)?;
    let start = all_ns.iter().copied().min().unwrap_or_default();
    let since = |ns: &i128| SimDuration(u64::try_from((ns - start) / 1000).unwrap_or(u64::MAX));
    let mut moments: Vec<SimDuration> = all_ns.iter().map(since).collect();
    moments.sort_unstable();
    Ok(Trace { moments, notes })
}

/// What a number says.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Unit {
    Seconds,
    Milliseconds,
    /// Milliseconds because the format has them.
    ByFormat,
    /// Seconds, or a smaller unit since 1970 where the numbers are too large for them.
    BySize,
}

/// A moment as it is written.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Stamp {
    Number(f64, Unit),
    /// A date and time with its offset.
    Instant(Timestamp),
    /// A date and time without one.
    Local(DateTime),
}

impl Stamp {
    fn kind(&self) -> &'static str {
        match self {
            Stamp::Number(..) => "a number",
            Stamp::Instant(_) => "a time with an offset",
            Stamp::Local(_) => "a time without an offset",
        }
    }
}

/// The moments in one unit; stamps of two kinds have no common beginning.
fn nanoseconds(stamps: &[(usize, Stamp)]) -> Result<Vec<i128>, String> {
    let scale = scale(stamps)?;
    let kind = stamps.first().map_or("", |(_, stamp)| stamp.kind());
    let one = |(line, stamp): &(usize, Stamp)| match stamp {
        stamp if stamp.kind() != kind => Err(format!(
            "line {line}: {}, and the first is {kind}: write all of them alike",
            stamp.kind()
        )),
        Stamp::Number(number, _) => Ok((number * scale).round() as i128),
        Stamp::Instant(at) => Ok(at.as_nanosecond()),
        // As on a clock that never changes.
        Stamp::Local(at) => at
            .to_zoned(TimeZone::UTC)
            .map(|z| z.timestamp().as_nanosecond())
            .map_err(|e| format!("line {line}: {e}")),
    };
    stamps.iter().map(one).collect()
}

/// Nanoseconds of the unit of the numbers.
fn scale(stamps: &[(usize, Stamp)]) -> Result<f64, String> {
    let numbers = stamps.iter().filter_map(|(line, stamp)| match stamp {
        Stamp::Number(number, unit) => Some((*line, *number, *unit)),
        _ => None,
    });
    let numbers: Vec<_> = numbers.collect();
    let by_size = |a: &&(usize, f64, Unit), b: &&(usize, f64, Unit)| a.1.total_cmp(&b.1);
    let (Some(least), Some(most)) =
        (numbers.iter().min_by(by_size), numbers.iter().max_by(by_size))
    else {
        return Ok(NS);
    };
    let help = "write `time_s` over seconds and `time_ms` over milliseconds";
    match most.2 {
        Unit::Seconds if most.1 >= MOST_S => {
            Err(format!("line {}: {} seconds are thousands of years: {help}", most.0, most.1))
        }
        Unit::Seconds => Ok(NS),
        Unit::Milliseconds | Unit::ByFormat => Ok(NS * 1e-3),
        Unit::BySize => {
            // The first of 1e11 s, 1e14 ms, 1e17 us that is large enough.
            let parts = [1.0, 1e3, 1e6, 1e9];
            let part = |number: f64| parts.into_iter().find(|p| number < MOST_S * p);
            match (part(least.1), part(most.1)) {
                (Some(a), Some(b)) if a == b => Ok(NS / a),
                _ => Err(format!(
                    "line {}: {} is not in the unit of line {} ({}): {help}",
                    most.0, most.1, least.0, least.1
                )),
            }
        }
    }
}

/// A note where times without an offset lie about a change of the scenario's clocks.
fn changes_of_clocks(stamps: &[(usize, Stamp)], zone: &str) -> Option<String> {
    let clock = TimeZone::get(zone).ok()?;
    let mut before = None;
    for (line, stamp) in stamps {
        let Stamp::Local(at) = stamp else { continue };
        let written = at.to_string().replace('T', " ");
        let help = "read as on a clock that never changes; write the offset, as `+02:00` or `Z`";
        let offset = match clock.to_ambiguous_timestamp(*at).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { .. } => {
                return Some(format!("line {line}: {written} does not exist in {zone}: {help}"));
            }
            AmbiguousOffset::Fold { .. } => {
                return Some(format!("line {line}: {written} comes twice in {zone}: {help}"));
            }
        };
        if before.is_some_and(|b| b != offset) {
            return Some(format!(
                "line {line}: the clocks of {zone} change before {written}: {help}"
            ));
        }
        before = Some(offset);
    }
    None
}

/// Mooncake: `{"timestamp": 27482, ...}`, milliseconds. Later turns of a session,
/// which have a `delay` in place of a time, are the customer's own in a load test.
fn from_jsonl(text: &str) -> Result<Vec<(usize, Stamp)>, String> {
    let mut stamps = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let at = |what: &str| format!("line {}: {what}", number + 1);
        let row: Value = serde_json::from_str(line).map_err(|e| at(&format!("no JSON: {e}")))?;
        let of = |name: &str| row.get(name).and_then(Value::as_f64);
        let written = row.get("timestamp").and_then(Value::as_str);
        let stamp = if let Some(s) = of("time_s") {
            Stamp::Number(s, Unit::Seconds)
        } else if let Some(ms) = of("time_ms") {
            Stamp::Number(ms, Unit::Milliseconds)
        } else if let Some(ms) = of("timestamp") {
            Stamp::Number(ms, Unit::ByFormat)
        } else if let Some(stamp) = written.and_then(date_and_time) {
            stamp
        } else if row.get("delay").is_some() {
            continue;
        } else {
            return Err(at("there is no number `timestamp` (milliseconds)"));
        };
        stamps.push((number + 1, stamp));
    }
    seconds_for_milliseconds(&stamps)?;
    Ok(stamps)
}

/// Asks where `timestamp` of JSON lines holds what looks like seconds since 1970.
fn seconds_for_milliseconds(stamps: &[(usize, Stamp)]) -> Result<(), String> {
    let doubtful = |(_, stamp): &(usize, Stamp)| match stamp {
        Stamp::Number(n, Unit::ByFormat) => (LEAST_UNIX_S..MOST_S).contains(n),
        _ => false,
    };
    match stamps.first() {
        Some((line, Stamp::Number(n, _))) if stamps.iter().all(doubtful) => Err(format!(
            "line {line}: `timestamp` {n} may be seconds since 1970, and Mooncake's are milliseconds: name the field `time_s` or `time_ms`"
        )),
        _ => Ok(()),
    }
}

/// Columns of times, and the units of numbers in them.
const COLUMNS: [(&str, Unit); 6] = [
    ("time_s", Unit::Seconds),
    ("time_ms", Unit::Milliseconds),
    ("timestamp_ms", Unit::Milliseconds),
    ("timestamp", Unit::BySize),
    ("time", Unit::BySize),
    ("arrival_time", Unit::BySize),
];

fn from_csv(text: &str, head: &str) -> Result<Vec<(usize, Stamp)>, String> {
    for (separator, name) in [(';', "`;`"), ('\t', "tabs")] {
        if head.contains(separator) && !head.contains(',') {
            return Err(format!("its columns are separated by {name}: separate them by `,`"));
        }
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|e| e.to_string())?.clone();
    let names: Vec<String> = heads.iter().map(|h| h.trim().to_lowercase()).collect();
    let found = COLUMNS.iter().find_map(|(known, unit)| {
        let column = names.iter().position(|n| n == known)?;
        Some((column, *unit))
    });
    let (column, unit) = found.ok_or_else(|| {
        let heads: Vec<&str> = heads.iter().collect();
        format!("no column of times among: {}", listed(heads.into_iter()))
    })?;
    let mut stamps = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| e.to_string())?;
        let line = row.position().map_or(0, csv::Position::line) as usize;
        let cell = row.get(column).unwrap_or_default().trim();
        let number = cell.parse::<f64>().ok().filter(|s| s.is_finite());
        let number = number.map(|n| Stamp::Number(n, unit));
        let stamp = number.or_else(|| date_and_time(cell)).ok_or_else(|| {
            format!("line {line}: `{cell}` is neither a number of seconds nor a date and time")
        })?;
        stamps.push((line, stamp));
    }
    Ok(stamps)
}

/// A date and time, with its offset where it has one: `2026-03-29T02:59:58Z`,
/// `2026-10-25 03:00:00+02:00`.
fn date_and_time(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let text = match text.strip_suffix(" UTC") {
        Some(utc) => format!("{utc}Z").replacen(' ', "T", 1),
        None => text.replacen(' ', "T", 1),
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Stamp::Instant(at));
    }
    if let Ok(at) = text.parse::<Zoned>() {
        return Some(Stamp::Instant(at.timestamp()));
    }
    text.parse::<DateTime>().ok().map(Stamp::Local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Vec<f64> {
        let trace = trace_moments(text, "UTC").unwrap_or_else(|e| panic!("{e}"));
        trace.moments.iter().map(|m| m.as_s()).collect()
    }

    #[test]
    fn each_published_format_gives_the_moments_from_its_first() {
        let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n";
        assert_eq!(seconds(azure), [0.0, 4.314579]);
        let burst = "Timestamp,Model,Request tokens\n5,ChatGPT,472\n45,GPT-4,1\n";
        assert_eq!(seconds(burst), [0.0, 40.0]);
        let mooncake = "{\"timestamp\": 27482, \"input_length\": 6955}\n{\"timestamp\": 30535, \"hash_ids\": []}\n{\"delay\": 5}\n";
        assert_eq!(seconds(mooncake), [0.0, 3.053]);
        assert_eq!(seconds("a,time_s\n1,7\n2,3\n"), [0.0, 4.0], "sorted");
    }

    #[test]
    fn what_is_no_trace_is_told_with_its_line() {
        let wrong = |text: &str| trace_moments(text, "UTC").unwrap_err();
        assert!(wrong("a,b\n1,2\n").contains("no column of times"));
        assert!(wrong("time_s\n1\nsoon\n").contains("line 3: `soon`"));
        assert!(wrong("{\"timestamp\": 1}\n{oops\n").contains("line 2"));
        assert!(wrong("").contains("empty"));
    }

    #[test]
    fn times_with_offsets_are_instants() {
        let autumn = "timestamp\n2026-10-25T03:59:59+03:00\n2026-10-25T03:00:00+02:00\n2026-10-25T01:00:01Z\n2026-10-25 01:00:02 UTC\n";
        assert_eq!(seconds(autumn), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(seconds("\u{feff}Timestamp,Model\r\n5,a\r\n6,b\r\n"), [0.0, 1.0]);
        assert_eq!(seconds("\u{feff}{\"timestamp\": 0}\n{\"timestamp\": 1000}\n"), [0.0, 1.0]);
    }

    #[test]
    fn numbers_since_1970_are_read_by_their_size_or_asked_for() {
        assert_eq!(seconds("timestamp\n1700000000\n1700000001.5\n"), [0.0, 1.5]);
        assert_eq!(seconds("timestamp\n1700000000000\n1700000001500\n"), [0.0, 1.5]);
        assert_eq!(seconds("time\n1700000000000000\n1700000001500000\n"), [0.0, 1.5]);
        assert_eq!(seconds("time_ms\n0\n1500\n"), [0.0, 1.5]);
        assert_eq!(seconds("{\"time_s\": 1}\n{\"time_s\": 2.5}\n"), [0.0, 1.5]);
        let wrong = |text: &str| trace_moments(text, "UTC").unwrap_err();
        assert!(wrong("time_s\n1700000000000\n").contains("time_ms"));
        assert!(wrong("timestamp\n5\n1700000000000\n").contains("line 3"));
        assert!(wrong("{\"timestamp\": 1700000000}\n").contains("may be seconds"));
        assert!(wrong("timestamp\n5\n2026-03-29T02:59:58Z\n").contains("write all of them alike"));
        let semicolon = wrong("Timestamp;Model\n5;a\n");
        assert!(semicolon.contains("separated by `;`") && !semicolon.contains("StringRecord"));
    }

    #[test]
    fn a_change_of_clocks_in_local_times_is_told() {
        let notes = |text: &str| trace_moments(text, "Europe/Bucharest").unwrap().notes;
        assert!(notes("time\n2026-03-29 03:30:00\n")[0].contains("does not exist"));
        assert!(notes("time\n2026-10-25 03:30:00\n")[0].contains("comes twice"));
        let over = "time\n2026-10-25 02:59:59\n2026-10-25 04:00:00\n";
        assert!(notes(over)[0].contains("line 3: the clocks"));
        assert!(notes("time\n2026-10-25T03:30:00+02:00\n").is_empty());
        assert!(notes("time\n2026-06-25 03:30:00\n").is_empty());
    }
}
