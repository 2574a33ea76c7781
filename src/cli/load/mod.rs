//! `convoq load`: a real bot under the scenario's customers, the people behind it simulated.

mod args;
mod plan;
mod prepare;
mod watch;

pub(crate) use args::LoadArgs;

use super::recording::{self, Order, Recording};
use super::simulate::{CONFIDENCE, exit_code, render, stop_on_ctrl_c, summary, write_report};
use super::{Failure, GENERATOR_LATE, INTERRUPTED, NEVER_READY, print, scenario_file};
use crate::engine::Engine;
use crate::experiment::{Pool, Summary};
use crate::log::{Mode, Policy};
use crate::projection::Replication;
use crate::random::Streams;
use crate::run::{Bot, End, Keep, Pace, Plan, RealBot, play_real_time};
use crate::scenario::{Loaded, Window};
use crate::target::Target;
use prepare::Prepared;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use watch::LoadWatch;

/// Time between two looks whether the bot is ready.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

pub(super) fn run(args: &LoadArgs) -> Result<u8, Failure> {
    let (mut loaded, inputs) = scenario_file::load_with_inputs(&args.scenario, args.quiet)?;
    let prepared = prepare::prepare(args, &loaded)?;
    if args.dry_run {
        return print(&prepared.dry_run(&loaded)).map(|()| super::OK);
    }
    let seed = args.seed.unwrap_or(loaded.scenario.seed);
    let streams = Streams::new(seed, 0);
    let window = plan::narrow(args, &mut loaded.scenario, streams, prepared.facts.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| anyhow::anyhow!("the runtime cannot be started: {e}"))?;
    let local = tokio::task::LocalSet::new();
    let stop = stop_on_ctrl_c();
    local.block_on(&runtime, async {
        wait_until_ready(&prepared.target, args).await?;
        let reproduce = reproduce(args, seed);
        let only = Plan {
            seed,
            replications: NonZeroU32::MIN,
            threads: NonZeroU32::MIN,
        };
        let order = Order {
            keep: Keep::First,
            mode: Mode::Load,
            precision: None,
            policy: Policy::Live,
            confidence: CONFIDENCE,
            reproduce: reproduce.clone(),
            scenario: recording::scenario_facts(&loaded, &args.scenario)?,
            fork: None,
        };
        let recording = Recording::start(args.out.as_deref(), &loaded, &inputs, only, order)?;
        play(
            args, &loaded, prepared, window, recording, reproduce, seed, &stop,
        )
        .await
    })
}

/// Asks until the bot answers.
async fn wait_until_ready(target: &Target, args: &LoadArgs) -> Result<(), Failure> {
    let most = Duration::from_micros(args.limits.ready_timeout.0);
    let start = Instant::now();
    loop {
        let Err(what) = target.ready().await else {
            return Ok(());
        };
        if start.elapsed() >= most {
            return Err(Failure {
                code: NEVER_READY,
                message: format!(
                    "error: {}: not ready within {}: {what}\n  help: start the bot, or wait longer with --ready-timeout",
                    args.bot.target, args.limits.ready_timeout
                ),
            });
        }
        tokio::time::sleep(BETWEEN_LOOKS.min(most)).await;
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the pieces of one run, used once"
)]
async fn play(
    args: &LoadArgs,
    loaded: &Loaded,
    prepared: Prepared,
    window: Window,
    recording: Option<Recording>,
    reproduce: String,
    seed: u64,
    stop: &AtomicBool,
) -> Result<u8, Failure> {
    let scenario = Rc::new(loaded.scenario.clone());
    let header = &loaded.scenario.header;
    let real = RealBot::new(
        Rc::clone(&scenario),
        Streams::new(seed, 0),
        prepared.target,
        prepared.messages,
        prepared.judge,
        prepared.limits,
    );
    let mut bot = Bot::Real(Box::new(real));
    let pace = Pace {
        from: window.from,
        horizon: window.horizon(),
        speed: args.when.speed,
        grace: args.when.drain,
        exact: true,
    };
    let writer = recording.as_ref().map(|r| r.logging().writer);
    let mut watch = LoadWatch::new(header, window, writer, args).await?;
    let engine = Engine::new(&scenario, seed, 0);
    let end = play_real_time(&scenario, engine, &mut bot, pace, &mut watch, stop).await;
    let (everything, events) = watch.finish();
    let mut pool = Pool::new(header, 1);
    pool.add(&Replication::finish(header, everything, events));
    let interrupted = end == End::Stopped;
    let recorded = recording.map(|r| r.finish(&mut pool, end != End::Whole));
    let doubt = match &end {
        End::Whole => None,
        End::Stopped => Some("interrupted before the end".to_owned()),
        End::Refused(what) => Some(format!("stopped before the end: {what}")),
    };
    let mut warnings: Vec<_> = loaded.warnings.iter().map(|w| w.message.clone()).collect();
    warnings.extend(remarks(args, &bot));
    let summary = summary(&pool, seed, CONFIDENCE, reproduce, &warnings, doubt);
    write_report(&summary, args.report.as_deref(), args.quiet)?;
    print(&render(&summary, args.format))?;
    if let Some(recorded) = recorded {
        let path = recorded?;
        if !args.quiet {
            eprintln!("run: {}", path.display());
        }
    }
    Ok(code(
        &summary,
        interrupted || matches!(end, End::Refused(_)),
    ))
}

/// What is to be known of these numbers.
fn remarks(args: &LoadArgs, bot: &Bot) -> Vec<String> {
    let mut remarks = Vec::new();
    if args.bot.insecure {
        remarks.push("certificates were not checked (--insecure)".to_owned());
    }
    if let Bot::Real(real) = bot {
        for (class, problem) in real.problems() {
            remarks.push(format!(
                "first turn that ended as {}: {problem}",
                class.name()
            ));
        }
    }
    remarks
}

fn code(summary: &Summary, interrupted: bool) -> u8 {
    if interrupted {
        return INTERRUPTED;
    }
    if summary.warnings.iter().any(|w| w.starts_with("INVALID")) {
        return GENERATOR_LATE;
    }
    exit_code(summary, false)
}

/// The command that does the same again. The bot may answer otherwise.
fn reproduce(args: &LoadArgs, seed: u64) -> String {
    let mut command = format!(
        "convoq load {} --target {} --protocol {}",
        args.scenario.file.display(),
        args.bot.target,
        args.bot.protocol.name()
    );
    if let Some(variant) = &args.scenario.variant {
        command += &format!(" --variant {variant}");
    }
    for set in &args.scenario.set {
        command += &format!(" --set '{set}'");
    }
    let when = &args.when;
    if let Some(from) = &when.from {
        command += &format!(" --from '{from}'");
    }
    for phase in &when.phases {
        command += &format!(" --phase '{phase}'");
    }
    if let Some(rate) = &when.rate {
        command += &format!(" --rate {rate}");
    }
    if let Some(trace) = &when.trace {
        command += &format!(" --trace {}", trace.display());
    }
    command += &format!(" --for {}", when.length);
    if when.speed != 1.0 {
        command += &format!(" --speed {}", when.speed);
    }
    command + &format!(" --seed {seed}")
}
