//! One run of a load test, from its plan to its summary.

use super::super::CONFIDENCE;
use super::super::recording::{self, Order};
use super::super::scenario_file::Inputs;
use super::super::simulate::{of_scenario, summary};
use super::prepare::Prepared;
use super::remarks::{Before, remarks};
use super::watch::LoadWatch;
use super::{Failure, LoadArgs, Recording, plan};
use crate::doubt::Doubt;
use crate::experiment::{Pool, Summary};
use crate::load::{Bot, End, Pace, Page, RealBot, Saturation, play_real_time};
use crate::log::{LogError, Mode, Policy, WallSpan};
use crate::projection::{BotFit, Replication};
use crate::run::{Keep, Plan};
use crate::scenario::{Loaded, Window};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

/// What all runs of a command share.
pub(super) struct Session<'a> {
    pub(super) args: &'a LoadArgs,
    pub(super) loaded: &'a Loaded,
    pub(super) inputs: &'a Inputs,
    pub(super) prepared: Prepared,
    pub(super) page: Option<Page>,
    pub(super) seed: u64,
    pub(super) stop: &'a AtomicBool,
}

/// A run that is over.
pub(super) struct Trial {
    pub(super) summary: Summary,
    /// With `--calibrate`.
    pub(super) fit: Option<BotFit>,
    /// When it was.
    pub(super) wall: WallSpan,
    /// Whether somebody stopped it.
    pub(super) stopped: bool,
    /// Whether the backlog grew without end, which ended it, or until its end.
    pub(super) saturated: bool,
    /// Where the run is kept, if it is.
    pub(super) kept: Result<Option<PathBuf>, LogError>,
}

impl Session<'_> {
    /// Runs the plan; with a rate, conversations at that rate instead. `saturation`
    /// ends a run whose backlog grows without end. `out` is where it is kept.
    pub(super) async fn play(
        &self,
        rate_per_s: Option<f64>,
        saturation: Option<Saturation>,
        out: Option<&Path>,
    ) -> Result<Trial, Failure> {
        let (args, prepared) = (self.args, &self.prepared);
        let mut loaded = self.loaded.clone();
        let facts = prepared.facts.clone();
        let window = plan::narrow(args, rate_per_s, &mut loaded.scenario, self.seed, facts, true)?;
        let reproduce = reproduce(args, rate_per_s, self.seed);
        let mut recording = self.recording(&loaded, &reproduce, out)?;
        let scenario = Rc::new(loaded.scenario.clone());
        let header = &loaded.scenario.header;
        let mut bot = Bot::Real(Box::new(RealBot::new(
            Rc::clone(&scenario),
            self.seed,
            prepared.target.clone(),
            prepared.messages.clone(),
            prepared.judge.clone(),
            prepared.limits,
        )));
        let before = Before::of(&prepared.target);
        let writer = recording.as_ref().map(|r| r.logging().writer);
        let page = self.page.clone();
        let mut watch = LoadWatch::new(header, window, writer, args, page, saturation);
        let pace = pace(args, window);
        let end = play_real_time(&scenario, self.seed, &mut bot, pace, &mut watch, self.stop).await;
        let (wall, used, saturated) = (watch.wall(), watch.generator(), watch.is_overloaded());
        let (everything, fit, events) = watch.finish();
        let mut pool = Pool::new(header, 1);
        pool.add(&Replication::finish(header, everything, events));
        let unfinished = end != End::Whole;
        let remarks = remarks(args, &bot, prepared, &before);
        let stopped = end == End::Stopped;
        let doubt = match end {
            End::Whole => None,
            End::Stopped => Some(Doubt::Stopped),
            End::Refused(doubt) => Some(doubt),
        };
        if let Some(recording) = &mut recording {
            recording.note(used, remarks.iter().chain(&doubt));
        }
        let kept = recording.map(|r| r.finish(&mut pool, unfinished)).transpose();
        let mut others = of_scenario(&loaded);
        others.extend(remarks);
        let mut summary = summary(&pool, self.seed, CONFIDENCE, reproduce, others, doubt);
        summary.set_generator(used);
        Ok(Trial { summary, fit, wall, stopped, saturated, kept })
    }

    fn recording(
        &self,
        loaded: &Loaded,
        reproduce: &str,
        out: Option<&Path>,
    ) -> Result<Option<Recording>, Failure> {
        let only =
            Plan { seed: self.seed, replications: NonZeroU32::MIN, threads: NonZeroU32::MIN };
        let order = Order {
            keep: Keep::First,
            mode: Mode::Load,
            precision: None,
            policy: Policy::Live,
            reproduce: reproduce.to_owned(),
            scenario: recording::scenario_facts(loaded, &self.args.scenario)?,
            fork: None,
        };
        Recording::start(out, loaded, self.inputs, only, order)
    }
}

fn pace(args: &LoadArgs, window: Window) -> Pace {
    Pace {
        from: window.from,
        horizon: window.horizon(),
        speed: args.when.speed,
        grace: args.when.drain,
        exact: true,
    }
}

/// What makes many tests of one: a test of these is said by its own rate.
const SERIES: [&str; 2] = ["step", "search"];

/// The command that does the same again. The bot may answer otherwise.
fn reproduce(args: &LoadArgs, rate_per_s: Option<f64>, seed: u64) -> String {
    let mut with = vec![("seed", seed.to_string())];
    if let Some(rate) = rate_per_s {
        with.push(("rate", format!("{rate}/s")));
        with.push(("arrivals", args.when.arrivals().name().to_owned()));
    }
    args.asked.again(&SERIES, &with)
}
