//! `convoq explain`: what a metric, a word of a report or a field means, what an error code asks for.

use super::erlang::FORMULAS;
use super::{Failure, OK, print};
use crate::doubt::Doubt;
use crate::metric::Metric;
use crate::report::{glossary, words};
use crate::scenario::{CODES, json_schema};
use clap::Args;
use serde_json::Value;
use std::fmt::Write as _;

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A metric, a label or word of a report, a field, a formula or an error code; all of them without it
    term: Option<String>,
}

pub(super) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let Some(wanted) = &args.term else {
        print(&everything())?;
        return Ok(OK);
    };
    let parts = [metric_or_code(wanted), page(wanted), field(wanted)];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if text.is_empty() {
        return Err(Failure::invalid(unknown(wanted)));
    }
    print(&text)?;
    Ok(OK)
}

/// Code, title and meaning of every problem of a scenario file and every doubt of a result.
fn codes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let doubts = Doubt::KINDS.iter().map(|kind| (kind.code, kind.title, kind.meaning));
    CODES.iter().copied().chain(doubts)
}

/// An error code, a metric by its name or by a label of a report, a formula.
fn metric_or_code(wanted: &str) -> Option<String> {
    let same = |name: &str| name.eq_ignore_ascii_case(wanted.trim());
    if let Some((code, title, text)) = codes().find(|(code, ..)| same(code)) {
        return Some(format!("{code}: {title}\n\n{text}\n"));
    }
    let term = glossary::find(wanted).or_else(|| words::metric_of(wanted));
    let term = term.or_else(|| glossary::find(&words::title(wanted)));
    if let Some(metric) = term {
        let term = metric.facts();
        let mut text = format!(
            "{} ({})\n\n{}\n\n  formula  {}\n  unit     {}\n  source   {}\n",
            term.name,
            term.title,
            term.meaning,
            term.formula,
            metric.unit().name(),
            term.source
        );
        let details = glossary::details(term.name);
        if !details.is_empty() {
            let _ = write!(text, "\n{details}\n");
        }
        return Some(text);
    }
    let dashed = wanted.trim().replace(' ', "-");
    let formula = FORMULAS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(&dashed));
    formula.map(|(name, title, text)| format!("{name} ({title})\n\n{text}\n"))
}

/// A word of a page, or a chapter of the documents.
fn page(wanted: &str) -> Option<String> {
    let word = words::meaning(wanted).map(|text| format!("{}\n\n{text}\n", wanted.trim()));
    word.or_else(|| glossary::chapter(wanted)).or_else(|| glossary::chapter(&words::title(wanted)))
}

/// The fields of scenario files that have this name.
fn field(wanted: &str) -> Option<String> {
    let wanted = wanted.trim().replace(' ', "_").to_lowercase();
    let schema = json_schema();
    let mut lines = String::new();
    let root = std::iter::once(("file", &schema));
    let definitions = schema.get("definitions").and_then(Value::as_object);
    let named = definitions.into_iter().flatten();
    for (of, definition) in root.chain(named.map(|(name, d)| (name.as_str(), d))) {
        let about = definition.pointer(&format!("/properties/{wanted}/description"));
        if let Some(about) = about.and_then(Value::as_str) {
            let of = of.strip_suffix("Fields").unwrap_or(of);
            let _ = writeln!(lines, "  {wanted} ({of}): {about}");
        }
    }
    (!lines.is_empty()).then(|| format!("In scenario files (docs/scenario.md)\n\n{lines}"))
}

fn unknown(wanted: &str) -> String {
    let names = chapters().into_iter().flat_map(|(_, entries)| entries).map(|(name, _)| name);
    let nearest = names
        .map(|name| {
            (strsim::damerau_levenshtein(&wanted.to_lowercase(), &name.to_lowercase()), name)
        })
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let help = match nearest {
        Some((_, name)) => format!("a similar term exists: `{name}`"),
        None => "`convoq explain` lists all terms".to_string(),
    };
    format!(
        "error: `{wanted}` is no metric, no word of a report, no field and no error code\n  help: {help}"
    )
}

/// All that can be explained by itself: names with their titles, by chapter.
fn chapters() -> [(&'static str, Vec<(&'static str, &'static str)>); 4] {
    let metrics = Metric::ALL.iter().map(|m| m.facts()).map(|facts| (facts.name, facts.title));
    [
        ("Metrics", metrics.collect()),
        ("Formulas", FORMULAS.iter().map(|(name, title, _)| (*name, *title)).collect()),
        ("Words of reports", words::WORDS.to_vec()),
        ("Errors and warnings", codes().map(|(code, title, _)| (code, title)).collect()),
    ]
}

fn everything() -> String {
    let line = |(name, title): &(&str, &str)| format!("  {name:<26} {title}\n");
    let chapter = |(head, entries): &(&str, Vec<(&str, &str)>)| {
        format!("{head}\n{}", entries.iter().map(line).collect::<String>())
    };
    chapters().iter().map(chapter).collect::<Vec<_>>().join("\n")
}
