//! The command line: one file per command. Nothing of clap goes further in.
//!
//! Data goes to standard output, progress and notes to standard error.

/// Writes a line to standard error, without what a terminal would obey. One that cannot
/// be written is no reason to end: nobody reads it, and what the program does is still
/// wanted.
macro_rules! tell {
    ($($what:tt)*) => {{
        use std::io::Write as _;
        let text = format!($($what)*);
        let _ = writeln!(std::io::stderr(), "{}", $crate::safe_text::screened(&text));
    }};
}

/// As [`tell`], without a line end.
macro_rules! tell_text {
    ($($what:tt)*) => {{
        use std::io::Write as _;
        let text = format!($($what)*);
        let _ = write!(std::io::stderr(), "{}", $crate::safe_text::screened(&text));
    }};
}

mod analytic;
mod asked;
mod backtest;
mod bot;
mod check;
mod compare;
mod demo;
mod erlang;
mod explain;
mod fit;
mod forecast;
mod fork;
mod guard;
mod import;
mod input;
mod interval_log;
mod junit;
mod load;
mod log;
mod moment;
mod new;
mod output;
mod plan;
mod progress;
mod recording;
mod replay;
mod report;
mod scenario_file;
mod schema;
mod simulate;
mod solve;
mod spreadsheet;
mod stop;
mod sweep;

use crate::domain::Grain;
use crate::log::LogError;
use crate::safe_text::{screened, screened_json};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// Everything went well.
pub const OK: u8 = 0;
/// A fault of convoq or of the machine.
pub const INTERNAL: u8 = 1;
/// Wrong usage or invalid input; nothing was written.
pub const INVALID: u8 = 2;
/// The bot that was to be loaded never answered.
pub const NEVER_READY: u8 = 97;
/// The load generator was too late to be trusted.
pub const GENERATOR_LATE: u8 = 98;
/// A target of the scenario is missed.
pub const TARGET_MISSED: u8 = 99;
/// Stopped by Ctrl-C; what was finished is reported.
pub const INTERRUPTED: u8 = 130;

/// Simulate a customer-service operation: a bot that answers first, and the people behind it.
#[derive(Parser, Debug)]
#[command(name = "convoq", version, propagate_version = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Start here:
  convoq demo                                  a five-second tour
  convoq new my.yaml --template quickstart     a commented scenario to edit
  convoq simulate my.yaml                      waits, resolution, occupancy and cost

Exit codes: 0 ok, 1 internal or AUDIT FAILED, 2 invalid input, 97 the bot is never ready,
98 the load generator was late, 99 a target is missed, 130 interrupted.";

#[derive(Subcommand, Debug)]
enum Command {
    /// Simulate a scenario and print what happens
    Simulate(simulate::SimulateArgs),
    /// Turn a log of another system into a run: what the columns are says a map
    Import(import::ImportArgs),
    /// Print what a run on disk says: the summary that `simulate` printed; several runs side by side
    Report(report::ReportArgs),
    /// Go on from a moment of a run: under other settings, or into other futures
    Fork(fork::ForkArgs),
    /// A scenario from what a run shows: each number with its interval, and what had to be assumed
    Fit(fit::FitArgs),
    /// What a change does, on the same customers: differences with their intervals
    Compare(compare::CompareArgs),
    /// Look into the events of a run on disk
    Log(log::LogArgs),
    /// Check a scenario: every problem at once, with its line
    Check(check::CheckArgs),
    /// Write a commented scenario to start from
    New(new::NewArgs),
    /// Print the JSON Schema (draft-07) of scenario files, or of the JSON of a command
    Schema(schema::SchemaArgs),
    /// Explain a metric (service_level), a label of a report, a field, a formula (erlang-a) or an error code (E0105)
    Explain(explain::ExplainArgs),
    /// Staffing formulas, offline and exact: Erlang B, C, A, X, Erlang-chat, and a scenario's day
    Erlang(erlang::ErlangArgs),
    /// Simulate a scenario at many settings: what each assumption, agent or point of accuracy buys
    Sweep(sweep::SweepArgs),
    /// The cheapest roster that meets the targets, or the limit of any number at which they still hold
    Solve(solve::SolveArgs),
    /// Volumes by interval of the weeks to come, with intervals, beside what plain methods say
    Forecast(forecast::ForecastArgs),
    /// Play a record again: its arrivals and handle times, under the staffing that there was or another
    Replay(replay::ReplayArgs),
    /// Learn from the first days of a record, simulate the others, and say how far to trust it
    Backtest(backtest::BacktestArgs),
    /// Serve the scenario's bot over HTTP and WebSocket: a target for load tests whose answers are known
    Bot(bot::BotArgs),
    /// Load a real bot with the scenario's customers, in real time, the people behind it simulated
    #[command(args_override_self = true)]
    Load(Box<load::LoadArgs>),
    /// Simulate a small helpdesk: a tour in five seconds
    Demo,
}

impl Command {
    /// Where a command keeps how it was written: those that say how to do the same again.
    fn asked(&mut self) -> Option<&mut asked::Asked> {
        match self {
            Command::Simulate(args) => Some(&mut args.asked),
            Command::Fork(args) => Some(&mut args.asked),
            Command::Compare(args) => Some(&mut args.asked),
            Command::Sweep(args) => Some(&mut args.asked),
            Command::Solve(args) => Some(&mut args.asked),
            Command::Load(args) => Some(&mut args.asked),
            _ => None,
        }
    }
}

/// Which scenario, and how it is changed.
#[derive(Args, Debug, Clone)]
struct ScenarioArgs {
    /// The scenario file
    file: PathBuf,
    /// Change a field: `--set teams.chat.shifts[0].agents=+1`, `--set 'demand[0].per_day=+20%'`; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Apply a variant of the scenario
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Csv,
    Markdown,
}

/// What a row of a grid is.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Interval,
    Day,
    Week,
}

impl From<By> for Grain {
    fn from(by: By) -> Self {
        match by {
            By::Interval => Self::Interval,
            By::Day => Self::Day,
            By::Week => Self::Week,
        }
    }
}

/// Why a command stopped, and the exit code that says so.
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    fn invalid(message: impl Into<String>) -> Self {
        Self { code: INVALID, message: message.into() }
    }

    /// What is wrong with the usage or the input, and what helps.
    fn wrong(what: impl std::fmt::Display, help: &str) -> Self {
        Self::invalid(format!("error: {what}\n  help: {help}"))
    }

    /// All that is wrong, a line each.
    fn problems(all: &[String]) -> Self {
        let lines: Vec<String> = all.iter().map(|problem| format!("error: {problem}")).collect();
        Self::invalid(lines.join("\n"))
    }

    fn interrupted(message: &str) -> Self {
        Self { code: INTERRUPTED, message: message.to_owned() }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self {
            code: if error.is_usage() { INVALID } else { INTERNAL },
            message: format!("error: {error}"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { code: INTERNAL, message: format!("error: {error:#}") }
    }
}

/// Reads the command line.
fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    let matches = command.try_get_matches_from_mut(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Some((name, own)) = matches.subcommand()
        && let Some(of) = command.find_subcommand(name)
        && let Some(asked) = cli.command.asked()
    {
        *asked = asked::Asked::of(of, own);
    }
    Ok(cli)
}

/// Runs the command line and returns the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    stop::survive_file_limit();
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap knows which stream they go to.
            if error.use_stderr() {
                tell_text!("{error}");
                return ExitCode::from(INVALID);
            }
            let _ = error.print();
            return ExitCode::from(OK);
        }
    };
    let done = match cli.command {
        Command::Simulate(args) => simulate::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Fork(args) => fork::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Log(args) => log::run(&args),
        Command::Check(args) => check::run(&args),
        Command::New(args) => new::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Erlang(args) => erlang::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Solve(args) => solve::run(&args),
        Command::Forecast(args) => forecast::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Bot(args) => bot::run(&args),
        Command::Load(args) => load::run(&args),
        Command::Demo => demo::run(),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            tell!("{}", failure.message.trim_end());
            ExitCode::from(failure.code)
        }
    }
}

/// Says so where laws of conservation were violated; whether they were.
fn audit_failed(violations: u64) -> bool {
    if violations > 0 {
        tell!("AUDIT FAILED: {violations} violations; do not use these numbers");
    }
    violations > 0
}

/// Writes to standard output, without what a terminal would obey; a closed pipe ends the
/// program quietly.
fn print(text: &str) -> Result<(), Failure> {
    print_painted(&screened(text))
}

/// As [`print`], for JSON.
fn print_json(text: &str) -> Result<(), Failure> {
    print_painted(&screened_json(text))
}

/// As [`print`], for text whose names are safe already and that has our own colours.
fn print_painted(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("standard output cannot be written").into())
        }
        _ => Ok(()),
    }
}
