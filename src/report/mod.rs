//! From a [`Summary`](crate::experiment::Summary) to something to read.
//!
//! Each writer is a pure function from a summary to text. None of them measures:
//! what they print is in the summary, rounded. The terminal, Markdown and HTML
//! print the same tables (`tables`), so no two reports can disagree; JSON and
//! CSV print every row.

mod backtest;
mod compare;
mod csv;
mod day;
mod difference;
mod fit;
mod fit_page;
mod forecast;
mod fork;
pub(crate) mod format;
pub(crate) mod formulas;
pub mod glossary;
pub(crate) mod grid;
mod heat;
mod html;
mod intervals;
mod json;
mod junit;
mod limit;
mod lines;
mod markdown;
mod replay;
mod roster;
mod rows;
mod schemas;
mod sparkline;
mod svg;
mod sweep;
mod table;
mod tables;
mod text;
pub mod words;
mod xlsx;

pub(crate) use backtest::{Backtested, backtest_csv, backtest_json, backtest_text};
pub use compare::{Comparison, compare_csv, compare_markdown, compare_text};
pub use csv::csv;
pub use fit::fit_json;
pub use fit_page::fit_page;
pub(crate) use forecast::{forecast_csv, forecast_json, forecast_text};
pub use fork::{ForkSummary, fork_csv, fork_markdown, fork_text};
pub(crate) use format::fine;
pub use html::html;
pub(crate) use intervals::{grid_csv, grid_json, grid_markdown};
pub use json::json;
pub use junit::{BrokenRun, Suite, junit};
pub(crate) use limit::{limit_csv, limit_json, limit_text};
pub use markdown::markdown;
pub(crate) use replay::{Replayed, replay_csv, replay_json, replay_text};
pub(crate) use roster::{percent, requirement_csv, roster_csv, roster_json, roster_text, standing};
pub use schemas::fit::fit_schema;
pub use schemas::forecast::forecast_schema;
pub use schemas::{
    compare_schema, erlang_schema, fork_schema, grid_schema, json_schema, load_search_schema,
    solve_schema, sweep_schema,
};
pub use sweep::{Cells, Column, Swept, columns_csv};
pub use text::{TextOptions, grid_text, text};
pub(crate) use xlsx::{Sources, xlsx};

#[cfg(test)]
pub(crate) mod sample;
