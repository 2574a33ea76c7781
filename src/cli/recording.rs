//! Keeping a run: its folder, its events, its tables.

use super::scenario_file::{self, Inputs};
use super::{CONFIDENCE, Failure, INVALID, ScenarioArgs};
use crate::doubt::Doubt;
use crate::event::{GeneratorFacts, SCHEMA_VERSION};
use crate::experiment::{Pool, Precision};
use crate::log::{
    ForkFacts, LogError, LogWriter, MANIFEST, Manifest, Mode, Policy, RUN_FORMAT, RunFolder,
    RunState, ScenarioFacts, Totals,
};
use crate::run::{Keep, Logging, Plan};
use crate::scenario::Loaded;
use crate::store::record;
use std::fs::File;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Where runs go that are not told where.
const RUNS: &str = "runs";

/// What `--log` says.
pub(super) fn parse_keep(text: &str) -> Result<Keep, String> {
    match text {
        "none" => Ok(Keep::None),
        "first" => Ok(Keep::First),
        "full" => Ok(Keep::FULL),
        _ => text
            .strip_prefix("every=")
            .and_then(|k| k.parse::<NonZeroU32>().ok())
            .map(Keep::Every)
            .ok_or_else(|| "expected first, full, every=K with K of at least 1, or none".into()),
    }
}

/// The same the other way round, as manifests have it.
fn keep_name(keep: Keep) -> String {
    match keep {
        Keep::None => "none".into(),
        Keep::First => "first".into(),
        Keep::FULL => "full".into(),
        Keep::Every(k) => format!("every={k}"),
    }
}

/// The precision that a run on disk was asked for.
pub(super) fn precision_of(manifest: &Manifest) -> Result<Option<Precision>, Failure> {
    let read = |text: &String| {
        let wrong = |what| Failure::invalid(format!("error: the run asks for a precision: {what}"));
        text.parse::<Precision>().map_err(wrong)
    };
    manifest.precision.as_ref().map(read).transpose()
}

/// What is to be kept, and what the manifest says of the scenario.
pub(super) struct Order {
    pub(super) keep: Keep,
    pub(super) mode: Mode,
    pub(super) precision: Option<Precision>,
    pub(super) policy: Policy,
    pub(super) reproduce: String,
    pub(super) scenario: ScenarioFacts,
    pub(super) fork: Option<ForkFacts>,
}

/// The scenario as it was loaded, without the files that it names.
pub(super) fn scenario_facts(
    loaded: &Loaded,
    args: &ScenarioArgs,
) -> Result<ScenarioFacts, Failure> {
    Ok(ScenarioFacts {
        file: args.file.display().to_string(),
        text: loaded.text.clone(),
        variant: args.variant.clone(),
        overrides: scenario_file::overrides(&args.set)?,
        inputs: Vec::new(),
    })
}

/// A run that is being kept.
pub(super) struct Recording {
    folder: RunFolder,
    writer: LogWriter,
    manifest: Manifest,
    keep: Keep,
    /// The parent and the first name, where the name was not given.
    named_by_us: Option<(PathBuf, String)>,
}

impl Recording {
    /// Makes the folder and begins; `None` where nothing is to be kept, or the
    /// usual folder cannot be made, which is said.
    pub(super) fn start(
        out: Option<&Path>,
        loaded: &Loaded,
        inputs: &Inputs,
        plan: Plan,
        order: Order,
    ) -> Result<Option<Self>, Failure> {
        if order.policy == Policy::Live && order.keep == Keep::None {
            return Err(Failure::invalid(
                "error: --live keeps events as they come, and --log none keeps none\n  help: choose --log first, full or every=K",
            ));
        }
        let header = &loaded.scenario.header;
        let (folder, named_by_us) = match out {
            Some(path) => (RunFolder::create(path).map_err(refused)?, None),
            None if order.keep == Keep::None => return Ok(None),
            None => {
                let mode = match order.mode {
                    Mode::Simulate => "",
                    mode => &format!("-{}", mode.name()),
                };
                let name = format!("{}{mode}", header.scenario);
                let name = run_name(&name, plan.seed, &header.sha256);
                match RunFolder::create_fresh(Path::new(RUNS), &name) {
                    Ok(folder) => (folder, Some((PathBuf::from(RUNS), name))),
                    Err(error) => {
                        tell!("warning: no run is kept: {error}");
                        return Ok(None);
                    }
                }
            }
        };
        let kept = (order.keep, order.policy);
        Self::begin(folder, manifest(loaded, plan, order), inputs, kept, named_by_us).map(Some)
    }

    /// Begins in a folder that is there: `manifest` says what to make.
    pub(super) fn begin(
        folder: RunFolder,
        mut manifest: Manifest,
        inputs: &Inputs,
        (keep, policy): (Keep, Policy),
        named_by_us: Option<(PathBuf, String)>,
    ) -> Result<Self, Failure> {
        for (number, (name, text)) in inputs.iter().enumerate() {
            let facts = folder.keep_input(number, text)?;
            manifest.scenario.inputs.push((name.clone(), facts));
        }
        manifest.write(folder.path())?;
        let writer = LogWriter::start(folder.path(), &manifest.header, policy);
        Ok(Self { folder, writer, manifest, keep, named_by_us })
    }

    /// Where the engines send their events.
    pub(super) fn logging(&self) -> Logging<'_> {
        Logging { keep: self.keep, writer: &self.writer }
    }

    /// Notes what of a load test is in no event: what its generator used, and its doubts.
    pub(super) fn note<'d>(
        &mut self,
        used: Option<GeneratorFacts>,
        doubts: impl Iterator<Item = &'d Doubt>,
    ) {
        self.manifest.generator = used;
        self.manifest.doubts = doubts.map(|d| (d.code().to_owned(), d.to_string())).collect();
    }

    /// Seals the run, and says where it is.
    pub(super) fn finish(
        self,
        pool: &mut Pool<'_>,
        interrupted: bool,
    ) -> Result<PathBuf, LogError> {
        let Self { folder, writer, mut manifest, named_by_us, .. } = self;
        manifest.partitions = writer.finish()?;
        let numbers = pool.numbers();
        let tables = record::tables(&manifest.header, pool, &numbers);
        manifest.tables = folder.write_tables(&tables)?;
        manifest.totals = record::totals(&numbers);
        manifest.state = if interrupted { RunState::Interrupted } else { RunState::Sealed };
        if manifest.precision.is_some() && !interrupted {
            manifest.planned = numbers.replications; // until now the most that there might be
        }
        // Of equal runs that end at once each would see the others, or none would.
        let parent = named_by_us.as_ref().map(|(parent, _)| parent);
        let _one_by_one = parent.and_then(|parent| turn(parent));
        manifest.write(folder.path())?;
        folder.remove_live()?;
        let path = folder.path().to_owned();
        match named_by_us.and_then(|(parent, name)| equal_run(&parent, &name, &path)) {
            Some(equal) => {
                folder.remove()?;
                Ok(equal)
            }
            None => Ok(path),
        }
    }
}

/// Says where a run is kept.
pub(super) fn tell_run(kept: Option<&Path>, quiet: bool) {
    if let Some(path) = kept.filter(|_| !quiet) {
        tell!("run: {}", path.display());
    }
}

fn manifest(loaded: &Loaded, plan: Plan, order: Order) -> Manifest {
    Manifest {
        format: RUN_FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: RunState::Running,
        mode: order.mode,
        schema_version: SCHEMA_VERSION,
        seed: plan.seed,
        planned: plan.replications.get(),
        precision: order.precision.map(|p| p.to_string()),
        log: keep_name(order.keep),
        confidence: CONFIDENCE,
        reproduce: order.reproduce,
        warnings: loaded.warnings.iter().map(|w| w.message.clone()).collect(),
        scenario: order.scenario,
        header: loaded.scenario.header.clone(),
        totals: Totals::default(),
        partitions: Vec::new(),
        tables: Vec::new(),
        lost: None,
        generator: None,
        doubts: Vec::new(),
        fork: order.fork,
    }
}

/// A folder that was asked for and cannot be had: a matter of usage.
pub(super) fn refused(error: LogError) -> Failure {
    let help = "\n  help: choose another folder with --out DIR";
    Failure {
        code: INVALID,
        message: match error {
            LogError::Io { .. } => format!("error: {error}{help}"),
            _ => format!("error: {error}"),
        },
    }
}

/// `SCENARIO-SEED-8HEX`, fit for every file system.
fn run_name(scenario: &str, seed: u64, sha256: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' }
    };
    let scenario: String = scenario.chars().map(plain).take(60).collect();
    format!("{scenario}-{seed}-{}", sha256.get(..8).unwrap_or(sha256))
}

/// Waits until no other process compares its run with those of a folder; until the lock
/// is dropped none does. Where folders cannot be locked a copy more is kept at worst.
fn turn(parent: &Path) -> Option<File> {
    let folder = File::open(parent).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Another run beside this one that has the same manifest: the same bytes in all
/// its files. Keeping both would keep nothing more.
fn equal_run(parent: &Path, name: &str, own: &Path) -> Option<PathBuf> {
    let text = |path: &Path| std::fs::read(path.join(MANIFEST)).ok();
    let wanted = text(own)?;
    // All of its names, since one before it may have gone: `NAME`, `NAME-2`, ...
    let is_name = |found: &str| {
        let rest = found.strip_prefix(name);
        let number = rest.and_then(|rest| rest.strip_prefix('-'));
        rest == Some("") || number.is_some_and(|n| n.parse::<u32>().is_ok())
    };
    let entries = std::fs::read_dir(parent).ok()?.filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_name))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.into_iter().find(|path| path != own && text(path).as_ref() == Some(&wanted))
}
