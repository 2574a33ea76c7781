//! `convoq log recover`: completes a run whose writer died.
//!
//! A simulation is a function of its scenario and seed, so it is simulated
//! again, and the files are those of a run that was never disturbed. What was
//! measured cannot be made again: its live files are sealed as far as they go.

use super::RecoverArgs;
use crate::cli::progress::Progress;
use crate::cli::recording::{Recording, parse_keep, precision_of};
use crate::cli::simulate::{complete, cores};
use crate::cli::stop::stop_on_signal;
use crate::cli::{Failure, INTERRUPTED, OK, scenario_file};
use crate::log::{LogError, LogWriter, Lost, Mode, Policy, Run, RunFolder, RunState};
use crate::run::{Plan, replicate_until};
use crate::store::record;
use std::fs;
use std::num::NonZeroU32;
use std::sync::atomic::Ordering;

pub(super) fn run(args: &RecoverArgs) -> Result<u8, Failure> {
    let name = args.run.display();
    if RunFolder::remove_begun(&args.run)? {
        tell!("{name}: its writer died before it had kept anything: the folder is removed");
        return Ok(OK);
    }
    let folder = RunFolder::reopen(&args.run)?;
    let run = folder.run()?;
    if run.manifest.state != RunState::Running {
        folder.remove_live()?; // it died after its last file was sealed
        tell!("{name}: nothing to recover");
        return Ok(OK);
    }
    if run.manifest.mode == Mode::Fork && !args.seal {
        return Err(Failure::invalid(format!(
            "error: {name}: only simulations are simulated again, and this is a fork\n  help: remove the folder and fork again: {}",
            run.manifest.reproduce
        )));
    }
    if args.seal || run.manifest.mode != Mode::Simulate {
        return seal(&folder, &run);
    }
    again(folder, &run)
}

/// Seals the events that are there, and says what is lost.
fn seal(folder: &RunFolder, run: &Run) -> Result<u8, Failure> {
    let name = run.path().display();
    let (chosen, cut_us) = record::usable(run)?;
    if chosen.is_empty() {
        run.check_live()?; // damage is what to tell of
        return Err(Failure::invalid(format!(
            "error: {name}: no events are there to seal\n  help: without --seal a simulation is run again"
        )));
    }
    let mut pool = record::fold(run, &chosen)?;
    let mut manifest = run.manifest.clone();
    let writer = LogWriter::start(run.path(), &manifest.header, Policy::Sealed);
    for part in run.partitions() {
        let mut sink = writer.partition(part.partition);
        run.partition(part, &|_| true, &mut |number, events, wall_us| {
            sink.events_at(number, events, wall_us);
        })?;
        sink.end();
    }
    manifest.partitions = writer.finish()?;
    let numbers = pool.numbers();
    manifest.tables = folder.write_tables(&record::tables(&manifest.header, &pool, &numbers))?;
    manifest.totals = record::totals(&numbers);
    manifest.state = RunState::Interrupted;
    let lost = Lost { cut_us, ..run.lost() };
    tell!("{name}: sealed as interrupted; {}", lost.in_words());
    manifest.lost = Some(lost);
    manifest.write(run.path())?;
    folder.remove_live()?;
    Ok(OK)
}

/// Simulates the run again, in its folder.
fn again(folder: RunFolder, run: &Run) -> Result<u8, Failure> {
    let path = run.path();
    let (loaded, inputs) = scenario_file::load_run(run)?;
    let mut manifest = run.manifest.clone();
    manifest.scenario.inputs.clear();
    let plan = Plan {
        seed: manifest.seed,
        replications: NonZeroU32::new(manifest.planned).unwrap_or(NonZeroU32::MIN),
        threads: cores(),
    };
    for part in ["log", "reports"] {
        let below = path.join(part);
        fs::remove_dir_all(&below)
            .and_then(|()| fs::create_dir(&below))
            .map_err(LogError::io(&below, "cannot be emptied"))?;
    }
    let keep = parse_keep(&manifest.log).map_err(Failure::invalid)?;
    let precision = precision_of(&manifest)?.map(|p| (p, manifest.confidence));
    let stop = stop_on_signal();
    let recording = Recording::begin(folder, manifest, &inputs, (keep, Policy::Sealed), None)?;
    let progress = Progress::until(plan.replications.get(), precision, false);
    let logging = Some(recording.logging());
    let mut pool =
        replicate_until(&loaded.scenario, plan, precision, logging, &stop, |p| progress.update(p));
    progress.finish();
    let interrupted = stop.load(Ordering::Relaxed) && !complete(&pool, plan, precision);
    recording.finish(&mut pool, interrupted)?;
    let name = path.display();
    tell!("{name}: complete: {} replications", pool.replications);
    Ok(if interrupted { INTERRUPTED } else { OK })
}
