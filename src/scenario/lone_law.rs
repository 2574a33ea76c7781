//! A law of probability outside a scenario file: on the command line.

use serde::Deserialize;

use super::compile::lone_law;
use super::file::Law;
use super::problem::Problem;
use super::schema::json_schema;
use super::source_text;
use super::structure;
use crate::distribution::Distribution;

const HELP: &str = "write `exponential(4m)`, `weibull(mean=4m, shape=0.8)`, `lognormal(mean=5m, cv=1.2)`, or as a scenario does: `{erlang: {mean: 5m, k: 2}}`";

/// The law that a text names: in the notation of scenario files,
/// `{weibull: {mean: 4m, shape: 0.8}}`, or as a call, `weibull(mean=4m,
/// shape=0.8)`. A bare length of time is a constant.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn law(text: &str) -> Result<Distribution, Problem> {
    let unreadable =
        || Problem::error("E0502", "", format!("`{}` is not a law", text.trim())).help(HELP);
    let tree = source_text::parse(&format!("law: {}\n", as_map(text)));
    let value = tree.ok().and_then(|t| t.value.get("law").cloned());
    let mut value = value.unwrap_or_default();
    let law = Law::deserialize(&value).map_err(|_| unreadable())?;
    let schema = json_schema();
    let part = schema.pointer("/definitions/Law").unwrap_or(&schema);
    let wrong = structure::check_part(&mut value, &schema, part).values;
    let (distribution, problems) = lone_law(&law, wrong);
    match problems.into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(distribution),
    }
}

/// `name(a=1, b=2)` as `{name: {a: 1, b: 2}}`, `name(1)` as `{name: 1}`; another text as it is.
fn as_map(text: &str) -> String {
    let text = text.trim();
    let call = text.strip_suffix(')').and_then(|t| t.split_once('('));
    match call {
        Some((name, arguments)) if name.chars().all(|c| c.is_ascii_alphabetic()) => {
            if arguments.contains('=') {
                format!("{{{name}: {{{}}}}}", arguments.replace('=', ": "))
            } else {
                format!("{{{name}: {arguments}}}")
            }
        }
        _ => text.to_owned(),
    }
}
