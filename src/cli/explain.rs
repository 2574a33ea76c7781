//! `convoq explain`: what a metric means, what an error code asks for.

use super::erlang::FORMULAS;
use super::{ExplainArgs, Failure, OK, print};
use crate::report::glossary;
use crate::scenario::CODES;
use std::fmt::Write as _;

pub(super) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let Some(wanted) = &args.term else {
        print(&everything())?;
        return Ok(OK);
    };
    if let Some((code, title, text)) = CODES
        .iter()
        .find(|(code, ..)| code.eq_ignore_ascii_case(wanted))
    {
        print(&format!("{code}: {title}\n\n{text}\n"))?;
        return Ok(OK);
    }
    if let Some(term) = glossary::find(wanted) {
        print(&format!(
            "{} ({})\n\n{}\n\n  formula  {}\n  unit     {}\n  source   {}\n",
            term.name, term.title, term.definition, term.formula, term.unit, term.source
        ))?;
        return Ok(OK);
    }
    let same = |name: &str| name.eq_ignore_ascii_case(wanted);
    if let Some((name, title, text)) = FORMULAS.iter().find(|(name, ..)| same(name)) {
        print(&format!("{name} ({title})\n\n{text}\n"))?;
        return Ok(OK);
    }
    Err(Failure::invalid(unknown(wanted)))
}

fn unknown(wanted: &str) -> String {
    let names = glossary::TERMS
        .iter()
        .map(|t| t.name)
        .chain(CODES.iter().map(|(code, ..)| *code))
        .chain(FORMULAS.iter().map(|(name, ..)| *name));
    let nearest = names
        .map(|name| {
            (
                strsim::damerau_levenshtein(&wanted.to_lowercase(), &name.to_lowercase()),
                name,
            )
        })
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let help = match nearest {
        Some((_, name)) => format!("a similar term exists: `{name}`"),
        None => "`convoq explain` lists all terms".to_string(),
    };
    format!("error: `{wanted}` is no metric and no error code\n  help: {help}")
}

fn everything() -> String {
    let mut text = String::from("Metrics\n");
    for term in glossary::TERMS {
        let _ = writeln!(text, "  {:<26} {}", term.name, term.title);
    }
    text += "\nFormulas\n";
    for (name, title, _) in FORMULAS {
        let _ = writeln!(text, "  {name:<26} {title}");
    }
    text += "\nErrors and warnings\n";
    for (code, title, _) in CODES {
        let _ = writeln!(text, "  {code:<26} {title}");
    }
    text
}
