//! Recorded moments of arrivals, in the formats in which request traces are published.

use crate::time::SimDuration;
use jiff::civil::DateTime;
use serde_json::Value;

/// Formats and the columns that tell them apart: Azure's traces of language models
/// (`TIMESTAMP`, local time), BurstGPT (`Timestamp`, seconds), Mooncake (JSON lines
/// with `timestamp`, milliseconds), and any CSV with a column `time_s`, `time` or
/// `timestamp` in seconds or as date and time.
pub const FORMATS: &str = "Azure CSV (TIMESTAMP), BurstGPT CSV (Timestamp), Mooncake JSONL (timestamp), or a CSV with a column time_s";

/// The moments of a trace, from its first, sorted.
///
/// # Errors
/// With the line, what is wrong there and what would be right.
pub fn trace_moments(text: &str) -> Result<Vec<SimDuration>, String> {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let seconds = match first {
        None => return Err("the trace is empty".into()),
        Some(line) if line.trim_start().starts_with('{') => from_jsonl(text)?,
        Some(_) => from_csv(text)?,
    };
    let start = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let mut moments: Vec<SimDuration> = seconds
        .iter()
        .map(|s| SimDuration::from_s(s - start))
        .collect();
    moments.sort_unstable();
    Ok(moments)
}

/// Mooncake: `{"timestamp": 27482, ...}`, milliseconds. Later turns of a session,
/// which have a `delay` in place of a time, are the customer's own in a load test.
fn from_jsonl(text: &str) -> Result<Vec<f64>, String> {
    let mut seconds = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let at = |what: &str| format!("line {}: {what}", number + 1);
        let row: Value = serde_json::from_str(line).map_err(|e| at(&format!("no JSON: {e}")))?;
        match (
            row.get("timestamp").and_then(Value::as_f64),
            row.get("delay"),
        ) {
            (Some(ms), _) => seconds.push(ms * 1e-3),
            (None, Some(_)) => {}
            (None, None) => return Err(at("there is no number `timestamp` (milliseconds)")),
        }
    }
    Ok(seconds)
}

fn from_csv(text: &str) -> Result<Vec<f64>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|e| e.to_string())?.clone();
    let known = ["time_s", "timestamp", "time", "arrival_time"];
    let column = heads
        .iter()
        .position(|h| {
            known.contains(
                &h.trim()
                    .trim_start_matches('\u{feff}')
                    .to_lowercase()
                    .as_str(),
            )
        })
        .ok_or_else(|| format!("no column of times among {heads:?}; known are {FORMATS}"))?;
    let mut seconds = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| e.to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = row.get(column).unwrap_or_default().trim();
        let found = cell.parse::<f64>().ok().filter(|s| s.is_finite());
        let found = found.or_else(|| stamp_s(cell));
        seconds.push(found.ok_or_else(|| {
            format!("line {line}: `{cell}` is neither a number of seconds nor a date and time")
        })?);
    }
    if seconds.is_empty() {
        return Err("the trace has a head and no rows".into());
    }
    Ok(seconds)
}

/// Seconds since a fixed moment of a date and time without zone.
fn stamp_s(text: &str) -> Option<f64> {
    let time: DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let stamp = zoned.timestamp();
    Some(stamp.as_second() as f64 + f64::from(stamp.subsec_nanosecond()) * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Vec<f64> {
        let moments = trace_moments(text).unwrap_or_else(|e| panic!("{e}"));
        moments.iter().map(|m| m.as_s()).collect()
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
        let wrong = |text: &str| trace_moments(text).unwrap_err();
        assert!(wrong("a,b\n1,2\n").contains("no column of times"));
        assert!(wrong("time_s\n1\nsoon\n").contains("line 3: `soon`"));
        assert!(wrong("{\"timestamp\": 1}\n{oops\n").contains("line 2"));
        assert!(wrong("").contains("empty"));
    }
}
