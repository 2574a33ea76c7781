//! Trials: the scenario with changes, simulated in chosen periods.

use super::SolveArgs;
use crate::cli::progress::Count;
use crate::cli::scenario_file::{self, Inputs};
use crate::cli::{Failure, simulate::cores};
use crate::experiment::{measure_of, quantile_of};
use crate::id::{QueueId, TeamId};
use crate::metric::Stat;
use crate::planning::{Ask, Period, ROUND};
use crate::projection::Replication;
use crate::run::{count_in_system, each, replicate};
use crate::scenario::target::Target;
use crate::scenario::{self, Loaded, Scenario};
use crate::time::SimDuration;
use serde_json::Value;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A change of the scenario: path and value, as `--set` has them.
pub(super) type Change = (String, String);

/// A scenario to be tried with changes.
pub(super) struct Trial<'a> {
    pub(super) loaded: Loaded,
    pub(super) inputs: &'a Inputs,
    pub(super) seed: u64,
    pub(super) threads: NonZeroU32,
    /// The targets of the scenario, whatever is asked.
    pub(super) own_targets: Vec<String>,
    variant: Option<String>,
    changes: Vec<Change>,
    targets: Vec<Target>,
    stop: &'a AtomicBool,
    progress: Count,
    violations: AtomicU64,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        loaded: &Loaded,
        inputs: &'a Inputs,
        args: &SolveArgs,
        ask: &Ask,
        stop: &'a AtomicBool,
    ) -> Result<Self, Failure> {
        let mut changes = scenario_file::overrides(&args.scenario.set)?;
        let texts: Vec<&str> = ask.targets.iter().map(|t| t.text.as_str()).collect();
        // As targets of the scenario their thresholds are counted exactly.
        changes.push(("targets".into(), serde_json::json!(texts).to_string()));
        let mut trial = Self {
            loaded: loaded.clone(),
            inputs,
            seed: ask.seed,
            threads: args.threads.unwrap_or_else(cores),
            own_targets: loaded.scenario.header.targets.clone(),
            variant: args.scenario.variant.clone(),
            changes,
            targets: ask.targets.clone(),
            stop,
            progress: Count::new("runs simulated", args.quiet),
            violations: AtomicU64::new(0),
        };
        trial.loaded = trial.load(&[]).map_err(|problems| {
            let file = args.scenario.file.display().to_string();
            let told = problems.named(&file).to_string();
            Failure::invalid(told.replace("--set targets=", "--until "))
        })?;
        Ok(trial)
    }

    /// How often a law of conservation was violated so far.
    pub(super) fn violations(&self) -> u64 {
        self.violations.load(Ordering::Relaxed)
    }

    /// The scenario as it is asked about, without further changes.
    pub(super) fn scenario(&self) -> &Scenario {
        &self.loaded.scenario
    }

    /// The scenario with further changes.
    pub(super) fn load(&self, changes: &[Change]) -> Result<Loaded, scenario::Problems> {
        let csv = |file: &str| {
            let found = self.inputs.iter().find(|(name, _)| name == file);
            found.map(|(_, text)| text.clone()).ok_or_else(|| "was not there before".to_owned())
        };
        let all = [self.changes.as_slice(), changes].concat();
        scenario::load(&self.loaded.text, self.variant.as_deref(), &all, &csv)
    }

    /// The changes that give a team these shifts, and no agents beside them.
    pub(super) fn with_shifts(&self, team: &str, shifts: &Value) -> Vec<Change> {
        let path = |field: &str| format!("teams.{team}.{field}");
        let mut changes = vec![(path("shifts"), shifts.to_string())];
        if self.loaded.expanded["teams"][team].get("agents").is_some() {
            changes.push((path("agents"), "0".to_owned()));
        }
        changes
    }

    /// What each target is about, in each of the periods; `None` when it was stopped.
    pub(super) fn measure(&self, scenario: &Scenario, periods: &[u32]) -> Option<Vec<Period>> {
        let header = &scenario.header;
        let one = |target: &Target, r: &Replication| {
            if is_quantile(target) {
                let value = quantile_of(header, target, &r.histograms);
                return value.map_or((0.0, 0.0), |v| (v, 1.0));
            }
            let measure = measure_of(header, target, &r.measures);
            measure.map_or((0.0, 0.0), |m| (m.num, m.den))
        };
        self.replicate(scenario, periods, |r| self.targets.iter().map(|t| one(t, r)).collect())
    }

    /// What `keep` takes of each of the periods; `None` when it was stopped.
    pub(super) fn replicate<T: Send>(
        &self,
        scenario: &Scenario,
        periods: &[u32],
        keep: impl Fn(&Replication) -> T + Sync,
    ) -> Option<Vec<T>> {
        self.each(periods, |seed, number| {
            let r = replicate(scenario, seed, number);
            self.violations.fetch_add(r.violations.1, Ordering::Relaxed);
            keep(&r)
        })
    }

    /// The contacts that wait for a team or are with it, every `step`, in each of the
    /// periods; `None` when it was stopped.
    pub(super) fn count(
        &self,
        scenario: &Scenario,
        of: (QueueId, TeamId, SimDuration),
        periods: &[u32],
    ) -> Option<Vec<Vec<u32>>> {
        self.each(periods, |seed, number| count_in_system(scenario, of, seed, number))
    }

    fn each<T: Send>(&self, periods: &[u32], one: impl Fn(u64, u32) -> T + Sync) -> Option<Vec<T>> {
        let place = |p: &u32| (self.seed.wrapping_add(u64::from(p / ROUND)), p % ROUND);
        let places: Vec<_> = periods.iter().map(place).collect();
        let all = each(&places, self.threads, self.stop, one);
        self.progress.add(periods.len() as u64);
        all
    }

    /// That a target names something the scenario measures.
    pub(super) fn check_measured(&self, first: &Period) -> Result<(), Failure> {
        let unmeasured = self.targets.iter().zip(first).find(|(_, m)| m.1 <= 0.0);
        match unmeasured {
            None => Ok(()),
            Some((target, _)) => Err(nothing_measured(&target.text)),
        }
    }
}

/// Whether a target is about a quantile or the greatest value.
pub(super) fn is_quantile(target: &Target) -> bool {
    target.which.stat.is_some_and(|s| s != Stat::Mean)
}

/// A target about which a run says nothing.
pub(super) fn nothing_measured(target: &str) -> Failure {
    Failure::wrong(
        format!("--until \"{target}\": nothing is measured of it"),
        "check the names of queue, segment, intent and team against the scenario, and the definition with `convoq explain`",
    )
}
