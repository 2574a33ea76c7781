//! `convoq schema`: JSON Schema for editors and for readers of the output.

use super::{Failure, OK, print};
use crate::{report, scenario};
use clap::{Args, ValueEnum};

#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// What to describe
    #[arg(value_enum, default_value_t = SchemaOf::Scenario)]
    of: SchemaOf,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaOf {
    Scenario,
    Summary,
    Grid,
    Erlang,
    Compare,
    Sweep,
    Fork,
    Solve,
    Fit,
    LoadSearch,
    Forecast,
}

pub(super) fn run(args: &SchemaArgs) -> Result<u8, Failure> {
    let schema = match args.of {
        SchemaOf::Scenario => scenario::json_schema(),
        SchemaOf::Summary => report::json_schema(),
        SchemaOf::Grid => report::grid_schema(),
        SchemaOf::Erlang => report::erlang_schema(),
        SchemaOf::Compare => report::compare_schema(),
        SchemaOf::Sweep => report::sweep_schema(),
        SchemaOf::Fork => report::fork_schema(),
        SchemaOf::Solve => report::solve_schema(),
        SchemaOf::Fit => report::fit_schema(),
        SchemaOf::LoadSearch => report::load_search_schema(),
        SchemaOf::Forecast => report::forecast_schema(),
    };
    print(&report::json(&schema))?;
    Ok(OK)
}
