//! `convoq load`: a real bot under the scenario's customers, the people behind it simulated.

mod args;
mod good;
mod plan;
mod prepare;
mod remarks;
mod search;
mod trial;
mod watch;

pub(crate) use args::LoadArgs;

use super::guard;
use super::recording::{self, Recording};
use super::simulate::{exit_code, print_report, render, write_report};
use super::stop::stop_on_signal;
use super::{Failure, INTERRUPTED, NEVER_READY, interval_log, junit, output, print, scenario_file};
use crate::event::Header;
use crate::load::{MEASURED, Page, calibrated, divergence, serve_page};
use crate::projection::BotFit;
use crate::protocol::Target;
use crate::report::grid;
use crate::scenario::Loaded;
use crate::target::Unready;
use std::path::Path;
use std::time::{Duration, Instant};
use trial::Session;

/// Time between two looks whether the bot is ready.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

pub(super) fn run(args: &LoadArgs) -> Result<u8, Failure> {
    guard::writable("--report", args.report.as_deref())?;
    guard::writable("--junit", args.junit.as_deref())?;
    guard::writable("--hdr", args.hdr.as_deref())?;
    let (loaded, inputs) = scenario_file::load_with_inputs(&args.scenario, args.quiet)?;
    let prepared = prepare::prepare(args, &loaded)?;
    if args.dry_run {
        return print(&prepared.dry_run(&loaded)).map(|()| super::OK);
    }
    let rates = search::rates(args)?;
    let seed = args.seed.unwrap_or(loaded.scenario.seed);
    if rates.is_none() {
        // Everything that can be wrong with the plan, before anything is sent.
        let mut narrowed = loaded.scenario.clone();
        let facts = prepared.facts.clone();
        plan::narrow(args, None, &mut narrowed, seed, facts, args.quiet)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| anyhow::anyhow!("the runtime cannot be started: {e}"))?;
    let local = tokio::task::LocalSet::new();
    let stop = stop_on_signal();
    local.block_on(&runtime, async {
        let page = page(args).await?;
        if let Err(failure) = wait_until_ready(&prepared.target, args).await {
            return Err(told_to_junit(args, &loaded.scenario.header, failure));
        }
        let session =
            Session { args, loaded: &loaded, inputs: &inputs, prepared, page, seed, stop: &stop };
        match rates {
            Some(rates) => search::run(&session, rates).await,
            None => single(&session).await,
        }
    })
}

/// One run, and what it says.
async fn single(session: &Session<'_>) -> Result<u8, Failure> {
    let args = session.args;
    let trial = session.play(None, None, args.out.as_deref()).await?;
    let mut written = write_report(&trial.summary, args.report.as_deref(), args.quiet);
    if let Some(path) = &args.junit {
        let told = junit::write_summary(path, &trial.summary, trial.wall, args.quiet);
        written = written.and(told);
    }
    print_report(&render(&trial.summary, args.format), args.format)?;
    if let (Some(path), Some(fit)) = (&args.calibrate, &trial.fit) {
        calibrate(args, path, session.loaded, fit)?;
    }
    let kept = trial.kept?;
    if let Some(file) = &args.hdr {
        interval_log::write_kept(file, kept.as_deref(), args.quiet)?;
    }
    recording::tell_run(kept.as_deref(), args.quiet);
    written?; // the numbers are printed and kept whatever becomes of the files
    Ok(exit_code(&trial.summary))
}

/// Prints what was measured of the bot beside the assumptions, and writes the scenario
/// that has it.
fn calibrate(args: &LoadArgs, path: &Path, loaded: &Loaded, fit: &BotFit) -> Result<(), Failure> {
    let rows = divergence(&loaded.scenario, fit);
    let table = grid::aligned(&rows, grid::Right::These(&[1, 2, 3, 4]), 2);
    let table = format!("\nTHE BOT AGAINST THE SCENARIO'S ASSUMPTIONS\n{table}");
    match args.format {
        super::Format::Text => print(&table)?,
        _ if !args.quiet => tell_text!("{table}"),
        _ => {}
    }
    output::write(path, calibrated(loaded, fit, &args.bot.target).as_bytes())?;
    if !args.quiet {
        let file = path.display();
        tell_text!(
            "calibrated: {file}\n  what it changes:   convoq compare {file} --variant {MEASURED}\n  how many people:   convoq solve {file} --variant {MEASURED} --until \"service_level(queue=QUEUE, within=60s) >= 80%\"\n"
        );
    }
    Ok(())
}

/// A bot that is never ready is told of where a file of targets is wanted, too.
fn told_to_junit(args: &LoadArgs, header: &Header, failure: Failure) -> Failure {
    let Some(path) = &args.junit else {
        return failure;
    };
    let targets = [header.targets.as_slice(), &args.expect].concat();
    let told = junit::write_never_ready(path, &header.scenario, &targets, &failure, args.quiet);
    told.err().unwrap_or(failure)
}

/// The page of counters, where one is wanted.
async fn page(args: &LoadArgs) -> Result<Option<Page>, Failure> {
    let Some(address) = args.metrics else {
        return Ok(None);
    };
    let page = Page::default();
    let served = serve_page(address, Page::clone(&page)).await;
    let own = served.map_err(|error| {
        Failure::invalid(format!("error: --metrics {address}: cannot be listened at: {error}"))
    })?;
    if !args.quiet {
        tell!("metrics: http://{own}/metrics");
    }
    Ok(Some(page))
}

/// Asks until the bot answers.
async fn wait_until_ready(target: &Target, args: &LoadArgs) -> Result<(), Failure> {
    let most = Duration::from_micros(args.limits.ready_timeout.0);
    let start = Instant::now();
    loop {
        let Err(unready) = target.ready().await else {
            return Ok(());
        };
        if unready.advice.is_some() || start.elapsed() >= most {
            return Err(never_ready(args, &unready));
        }
        tokio::time::sleep(BETWEEN_LOOKS.min(most)).await;
    }
}

/// What waiting cannot mend is told with what does.
fn never_ready(args: &LoadArgs, unready: &Unready) -> Failure {
    let (bot, what) = (&args.bot.target, &unready.problem);
    let message = match unready.advice {
        Some(advice) => format!("error: {bot}: {what}\n  help: {advice}"),
        None => format!(
            "error: {bot}: not ready within {}: {what}\n  help: start the bot, or wait longer with --ready-timeout",
            args.limits.ready_timeout
        ),
    };
    Failure { code: NEVER_READY, message }
}
