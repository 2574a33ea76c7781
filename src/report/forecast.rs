//! A forecast of volumes as text, CSV, JSON and Markdown.

use super::format::value;
use super::grid::{csv_line, figures, figures_markdown};
use crate::forecast::{Forecast, History, Method, Score};
use crate::safe_text::listed;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Days of the table in text; the file has all.
const DAYS_SHOWN: usize = 14;

/// Columns of the file: what `counts` of a scenario reads, and the interval.
pub(crate) const COLUMNS: [&str; 4] = ["interval_start", "contacts", "low_90", "high_90"];

/// The intervals to come, a row each.
pub(crate) fn forecast_csv(forecast: &Forecast) -> String {
    let mut text = csv_line(COLUMNS.map(str::to_owned));
    for row in &forecast.intervals {
        let at = row.start.strftime("%Y-%m-%d %H:%M");
        let [low, high] = row.interval;
        let _ = writeln!(text, "{at},{:.3},{low:.3},{high:.3}", row.count);
    }
    text
}

/// What was learned, how good it is, and the days to come. `file` is where all intervals
/// are, where they were written.
pub(crate) fn forecast_text(
    forecast: &Forecast,
    history: &History,
    weeks: u32,
    file: Option<&str>,
    is_markdown: bool,
) -> String {
    let table = if is_markdown { figures_markdown } else { figures };
    let mut text = learned(forecast, history);
    text += "\n";
    text += &held_out(forecast, weeks, table);
    text += "\n";
    text += &ahead(forecast, table);
    text += "\n";
    text += &use_it(forecast, file);
    text
}

fn learned(forecast: &Forecast, history: &History) -> String {
    let (first, last) = (history.days.first(), history.days.last());
    let date =
        |day: Option<&crate::forecast::Day>| day.map_or(String::new(), |d| d.date.to_string());
    let all: f64 = history.days.iter().map(|d| d.total()).sum();
    let mut text = format!(
        "{} days with contacts from {} to {}, intervals of {}, {} contacts\n",
        history.days.len(),
        date(first),
        date(last),
        minutes(history.step_s),
        value(all, "count"),
    );
    let _ = writeln!(text, "Totals of days follow: {}", forecast.terms.words());
    let dates = |dates: &[Date]| {
        let names: Vec<String> = dates.iter().map(Date::to_string).collect();
        listed(names.iter().map(String::as_str))
    };
    let closed = history.closed();
    if !closed.is_empty() {
        let _ = writeln!(text, "Nobody came, though the weekday is open: {}", dates(&closed));
    }
    if !history.cut.is_empty() {
        let _ = writeln!(text, "There in part only, left out: {}", dates(&history.cut));
    }
    if !forecast.special.is_empty() {
        let name = |(date, ratio): &(Date, f64)| format!("{date} ({:+.0}%)", (ratio - 1.0) * 100.0);
        let names: Vec<String> = forecast.special.iter().map(name).collect();
        let names = listed(names.iter().map(String::as_str));
        let _ = writeln!(text, "Far from what the calendar says, left out: {names}");
    }
    text
}

fn minutes(step_s: u32) -> String {
    match step_s {
        86_400 => "a day".to_owned(),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// The scores, and which method is used and why.
fn held_out(forecast: &Forecast, weeks: u32, table: fn(&[Vec<String>]) -> String) -> String {
    let Some(scores) = &forecast.scores else {
        return format!(
            "No score: the history is too short to hold any weeks out.\nUsed: {}, because nothing says that more is better.\n",
            forecast.method.words()
        );
    };
    let mut text = format!(
        "Held out: up to {weeks} weeks ahead from {} earlier moments, each with what was known then\n",
        forecast.trials
    );
    let head = ["", "wMAPE", "of days", "bias", "Winkler", "in the 90%", "days in it"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(scores.iter().map(score_row));
    text += &table(&rows);
    text += &verdict(forecast, scores);
    text
}

fn score_row(s: &Score) -> Vec<String> {
    let percent = |v: f64| format!("{:.1}%", v * 100.0);
    vec![
        s.method.words().to_owned(),
        percent(s.wmape),
        percent(s.wmape_day),
        format!("{:+.1}%", s.bias * 100.0),
        value(s.winkler, "count"),
        percent(s.coverage),
        percent(s.coverage_day),
    ]
}

fn verdict(forecast: &Forecast, scores: &[Score; 3]) -> String {
    let [regression, plain @ ..] = scores;
    let used = forecast.method.words();
    if forecast.method != Method::Regression {
        return format!("The regression does not beat the {used}: that is used.\n");
    }
    let least = plain.iter().map(|s| s.wmape).fold(f64::INFINITY, f64::min);
    let less = (1.0 - regression.wmape / least) * 100.0;
    format!("Used: the {used}; its error is {less:.0}% below that of the better plain method.\n")
}

fn ahead(forecast: &Forecast, table: fn(&[Vec<String>]) -> String) -> String {
    let mut rows = vec![["day", "expected", "90% from", "to"].map(str::to_owned).to_vec()];
    let whole = |v: f64| value(v.round(), "count");
    for day in forecast.days.iter().take(DAYS_SHOWN) {
        let name = day.date.strftime("%a %Y-%m-%d").to_string();
        let [low, high] = day.interval;
        rows.push(vec![name, whole(day.total), whole(low), whole(high)]);
    }
    let mut text = table(&rows);
    let more = forecast.days.len().saturating_sub(DAYS_SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  and {more} days more: --format csv or json has them by interval");
    }
    text
}

/// How a scenario takes it.
fn use_it(forecast: &Forecast, file: Option<&str>) -> String {
    let cv = forecast.day_cv * 100.0;
    let [time, count, ..] = COLUMNS;
    match file {
        Some(file) => format!(
            "{} intervals in {file}. In a scenario:\n  counts: {{csv: {file}, time: {time}, count: {count}}}\n  busyness_cv: {cv:.1}%    # what totals of days miss by, so far ahead\n",
            forecast.intervals.len()
        ),
        None => "`--out counts.csv` writes the intervals for `counts` of a scenario.\n".to_owned(),
    }
}

/// Everything.
pub(crate) fn forecast_json(forecast: &Forecast, history: &History, weeks: u32) -> Value {
    let score = |s: &Score| {
        json!({
            "method": s.method.name(), "wmape": s.wmape, "wmape_day": s.wmape_day, "bias": s.bias,
            "winkler": s.winkler, "coverage": s.coverage, "coverage_day": s.coverage_day,
        })
    };
    let scores = forecast.scores.as_ref().map(|all| all.iter().map(score).collect::<Vec<_>>());
    let day = |d: &crate::forecast::DayAhead| json!({"date": d.date.to_string(), "contacts": d.total, "low_90": d.interval[0], "high_90": d.interval[1]});
    let interval = |i: &crate::forecast::IntervalAhead| {
        json!({
            "interval_start": i.start.strftime("%Y-%m-%d %H:%M").to_string(),
            "contacts": i.count, "low_90": i.interval[0], "high_90": i.interval[1],
        })
    };
    let date = |d: &Date| d.to_string();
    let special = |(d, ratio): &(Date, f64)| json!({"date": d.to_string(), "ratio": ratio});
    json!({
        "schema": "convoq.forecast/1",
        "version": env!("CARGO_PKG_VERSION"),
        "weeks": weeks,
        "interval_s": history.step_s,
        "method": forecast.method.name(),
        "regression_is_best": forecast.regression_is_best(),
        "trials": forecast.trials,
        "scores": scores,
        "terms": forecast.terms.words(),
        "day_cv": forecast.day_cv,
        "dispersion": forecast.dispersion,
        "closed": history.closed().iter().map(date).collect::<Vec<_>>(),
        "cut": history.cut.iter().map(date).collect::<Vec<_>>(),
        "special": forecast.special.iter().map(special).collect::<Vec<_>>(),
        "days": forecast.days.iter().map(day).collect::<Vec<_>>(),
        "intervals": forecast.intervals.iter().map(interval).collect::<Vec<_>>(),
    })
}
