//! `convoq log recover`: completes a run whose writer died.
//!
//! A simulation is a function of its scenario and seed, so it is simulated
//! again, and the files are those of a run that was never disturbed.

use super::RunArgs;
use crate::cli::progress::Progress;
use crate::cli::recording::{Recording, parse_keep};
use crate::cli::simulate::{cores, stop_on_ctrl_c};
use crate::cli::{Failure, INTERRUPTED, OK, scenario_file};
use crate::log::{LogError, Mode, Run, RunFolder, RunState};
use crate::run::{Plan, replicate_logged};
use std::fs;
use std::num::NonZeroU32;
use std::sync::atomic::Ordering;

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let name = args.run.display();
    let folder = RunFolder::reopen(&args.run)?;
    let run = Run::open(&args.run)?;
    if run.manifest.state != RunState::Running {
        eprintln!("{name}: nothing to recover");
        return Ok(OK);
    }
    if run.manifest.mode != Mode::Simulate {
        return Err(Failure::invalid(format!(
            "error: {name}: only simulations are simulated again, and this is a fork\n  help: remove the folder and fork again: {}",
            run.manifest.reproduce
        )));
    }
    let (loaded, inputs) = scenario_file::load_run(&run)?;
    let mut manifest = run.manifest.clone();
    manifest.scenario.inputs.clear();
    let plan = Plan {
        seed: manifest.seed,
        replications: NonZeroU32::new(manifest.planned).unwrap_or(NonZeroU32::MIN),
        threads: cores(),
    };
    for part in ["log", "reports"] {
        let path = args.run.join(part);
        fs::remove_dir_all(&path)
            .and_then(|()| fs::create_dir(&path))
            .map_err(LogError::io(&path, "cannot be emptied"))?;
    }
    let keep = parse_keep(&manifest.log).map_err(Failure::invalid)?;
    let stop = stop_on_ctrl_c();
    let recording = Recording::begin(folder, manifest, &inputs, keep, None)?;
    let progress = Progress::new(plan.replications.get(), false);
    let logging = Some(recording.logging());
    let mut pool = replicate_logged(&loaded.scenario, plan, logging, &stop, |p| {
        progress.update(p)
    });
    progress.finish();
    let interrupted = stop.load(Ordering::Relaxed) && pool.replications < plan.replications.get();
    recording.finish(&mut pool, interrupted)?;
    eprintln!("{name}: complete: {} replications", pool.replications);
    Ok(if interrupted { INTERRUPTED } else { OK })
}
