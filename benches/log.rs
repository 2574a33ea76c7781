//! Cost of the log: written beside the engine, and folded again.
//!
//! `cargo bench --bench log` prints a table; `-- --quick` takes a fraction of the time.
//! Without cargo's `--bench`, or with `--test`, it only checks that what is read is what
//! was written, at a size too small to time.
//!
//! Rates are wall-clock, because the writer has a thread of its own; the rows of a round
//! run in turn, and every figure is the median over the rounds. Files go to the system's
//! temporary folder and are synced once, when they are sealed.

use convoq::event::SCHEMA_VERSION;
use convoq::log::{
    LogWriter, Manifest, Mode, Policy, RUN_FORMAT, Run, RunFolder, RunState, ScenarioFacts, Totals,
};
use convoq::projection::Everything;
use convoq::run::{Keep, Logging, Plan, replicate_all, replicate_until};
use convoq::scenario::{self, Scenario};
use std::num::NonZeroU32;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const ROUNDS: usize = 5;
static GO_ON: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let given = |flag: &str| args.iter().any(|arg| arg == flag);
    let (days, rounds) = if given("--test") || !given("--bench") {
        (1, 1)
    } else if given("--quick") {
        (5, 3)
    } else {
        (30, ROUNDS)
    };
    let folder = std::env::temp_dir().join(format!("convoq-bench-log-{}", std::process::id()));
    let outcome = measure(&chat_centre(days), rounds, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    match outcome {
        Ok(rows) if rounds > 1 => print(&rows),
        Ok(_) => {}
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Figures of one round.
#[derive(Clone, Copy, Default)]
struct Round {
    events: f64,
    bytes: f64,
    alone_s: f64,
    alone_first_s: f64,
    logged_s: f64,
    first_s: f64,
    read_s: f64,
    fold_s: f64,
}

fn measure(scenario: &Scenario, rounds: usize, folder: &Path) -> Result<Vec<Round>, String> {
    (0..rounds).map(|round| one_round(scenario, round as u64 + 1, folder)).collect()
}

fn plan(seed: u64, replications: u32, threads: u32) -> Plan {
    let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
    Plan { seed, replications: at_least_one(replications), threads: at_least_one(threads) }
}

fn one_round(scenario: &Scenario, seed: u64, folder: &Path) -> Result<Round, String> {
    let (alone, alone_s) = timed(|| replicate_all(scenario, plan(seed, 1, 1), &GO_ON, |_| {}));
    let (_, alone_first_s) = timed(|| replicate_all(scenario, plan(seed, 20, 2), &GO_ON, |_| {}));
    let (first, first_s) = timed(|| write(scenario, plan(seed, 20, 2), Keep::First, folder));
    first?;
    let (run, logged_s) = timed(|| write(scenario, plan(seed, 1, 1), Keep::FULL, folder));
    let run = run?;
    let bytes = run.manifest.partitions.iter().map(|p| p.file.bytes).sum::<u64>();
    let read = |sink: &mut dyn FnMut(&[convoq::event::Envelope])| {
        run.events(&|_| true, &mut |_, events, _| sink(events)).map_err(|e| e.to_string())
    };
    let mut seen = 0;
    let (done, read_s) = timed(|| read(&mut |events| seen += events.len() as u64));
    done?;
    let mut all = Everything::new(&scenario.header);
    let (done, fold_s) = timed(|| read(&mut |events| all.apply_all(&scenario.header, events)));
    done?;
    if seen != alone.events || all.audit.started == 0 {
        return Err(format!("{seen} events were read, {} written", alone.events));
    }
    Ok(Round {
        events: seen as f64,
        bytes: bytes as f64,
        alone_s,
        alone_first_s,
        logged_s,
        first_s,
        read_s,
        fold_s,
    })
}

/// Simulates with the log on disk.
fn write(scenario: &Scenario, plan: Plan, keep: Keep, parent: &Path) -> Result<Run, String> {
    let folder = parent.join("run");
    let _ = std::fs::remove_dir_all(&folder);
    let folder = RunFolder::create(&folder).map_err(|e| e.to_string())?;
    let writer = LogWriter::start(folder.path(), &scenario.header, Policy::Sealed);
    let logging = Logging { keep, writer: &writer };
    replicate_until(scenario, plan, None, Some(logging), &GO_ON, |_| {});
    let mut manifest = manifest(scenario, plan);
    manifest.partitions = writer.finish().map_err(|e| e.to_string())?;
    manifest.write(folder.path()).map_err(|e| e.to_string())?;
    Run::open(folder.path()).map_err(|e| e.to_string())
}

fn manifest(scenario: &Scenario, plan: Plan) -> Manifest {
    Manifest {
        format: RUN_FORMAT.to_owned(),
        version: String::new(),
        state: RunState::Sealed,
        mode: Mode::Simulate,
        schema_version: SCHEMA_VERSION,
        seed: plan.seed,
        planned: plan.replications.get(),
        log: "full".to_owned(),
        confidence: 0.95,
        reproduce: String::new(),
        warnings: Vec::new(),
        scenario: ScenarioFacts::default(),
        header: scenario.header.clone(),
        totals: Totals::default(),
        partitions: Vec::new(),
        tables: Vec::new(),
        lost: None,
        generator: None,
        doubts: Vec::new(),
        precision: None,
        fork: None,
    }
}

fn print(rounds: &[Round]) {
    let m = |figure: &dyn Fn(&Round) -> f64| {
        let mut sorted: Vec<f64> = rounds.iter().map(figure).collect();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let rate = |seconds: &dyn Fn(&Round) -> f64| m(&|r: &Round| r.events / seconds(r) / 1e6);
    println!(
        "chat centre, {:.1} M events, median of {} rounds",
        m(&|r| r.events) / 1e6,
        rounds.len()
    );
    println!("engine and all folds, no log     {:>8.2} M events/s", rate(&|r| r.alone_s));
    println!("the same with the log on disk    {:>8.2} M events/s", rate(&|r| r.logged_s));
    println!("  log over no log                {:>8.2}", m(&|r| r.alone_s / r.logged_s));
    println!("  the default: first of 20       {:>8.2}", m(&|r| r.alone_first_s / r.first_s));
    println!("  bytes per event                {:>8.2}", m(&|r| r.bytes / r.events));
    println!("read from disk                   {:>8.2} M events/s", rate(&|r| r.read_s));
    println!("all folds from disk              {:>8.2} M events/s", rate(&|r| r.fold_s));
}

fn chat_centre(days: u32) -> Scenario {
    let set = [("time.days".to_owned(), days.to_string())];
    let no_csv = |file: &str| Err(format!("{file} is not needed"));
    match scenario::load(include_str!("chat_centre.yaml"), None, &set, &no_csv) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => unreachable!("{problems}"),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let result = work();
    (result, begun.elapsed().as_secs_f64())
}
