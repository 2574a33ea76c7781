//! From a point of the design to a scenario that can be run.

use super::vary::{Change, Values, Vary};
use crate::cli::scenario_file::{self, Inputs};
use crate::cli::{Failure, ScenarioArgs, input};
use crate::design::{Design, Place};
use crate::domain::Party;
use crate::experiment::{Factor, Setting};
use crate::id::SegmentId;
use crate::metric::{Metric, Which};
use crate::planning;
use crate::run::Ready;
use crate::scenario::target::Target;
use crate::scenario::{self, Loaded, Scenario};
use std::path::{Path, PathBuf};

/// Levels of a factor that are checked before anything runs; of more, the ends.
const CHECKED: usize = 100;

/// All that a point needs.
pub(super) struct Points<'s> {
    file: String,
    text: &'s str,
    variant: Option<&'s str>,
    set: Vec<(String, String)>,
    varies: Vec<Vary>,
    /// For each factor that is a variant: what it changes, and what it says of itself.
    variants: Vec<Variant>,
    inputs: &'s Inputs,
    folder: PathBuf,
    design: Design,
    metrics: &'s [Target],
}

/// What a variant changes, and what it says of itself. A field has none of both.
type Variant = (Vec<(String, String)>, Option<String>);

/// What goes with a point.
#[derive(Debug)]
pub(super) struct About {
    pub(super) settings: Vec<Setting>,
    pub(super) exact: Vec<f64>,
}

impl<'s> Points<'s> {
    /// Reads the variants and tries every value of every factor by itself, so that a
    /// value that does not fit is told before anything runs.
    pub(super) fn new(
        args: &'s ScenarioArgs,
        loaded: &'s Loaded,
        inputs: &'s Inputs,
        varies: Vec<Vary>,
        design: &Design,
        metrics: &'s [Target],
    ) -> Result<Self, Failure> {
        let file = args.file.display().to_string();
        let variants = varies.iter().map(|v| variant(loaded, &file, v));
        let points = Self {
            variants: variants.collect::<Result<_, _>>()?,
            text: &loaded.text,
            variant: args.variant.as_deref(),
            set: scenario_file::overrides(&args.set)?,
            varies,
            inputs,
            folder: args.file.parent().unwrap_or(Path::new("")).to_path_buf(),
            file,
            design: design.clone(),
            metrics,
        };
        points.check()?;
        Ok(points)
    }

    fn check(&self) -> Result<(), Failure> {
        let shares = !matches!(self.design, Design::Factorial { .. } | Design::OneAtATime { .. });
        let base = vec![Place::Base; self.varies.len()];
        for (factor, vary) in self.varies.iter().enumerate() {
            let count = vary.count();
            let places: Vec<Place> = match count {
                // 0.37 of a range is no whole number where one is needed.
                _ if shares => [0.0, 0.37, 1.0].map(Place::Share).to_vec(),
                1..=CHECKED => (0..count).map(Place::Level).collect(),
                _ => vec![Place::Level(0), Place::Level(count - 1)],
            };
            for place in places {
                let mut point = base.clone();
                point[factor] = place;
                self.load(&point)?;
            }
        }
        Ok(())
    }

    /// What is varied.
    pub(super) fn factors(&self) -> Vec<Factor> {
        let each = self.varies.iter().zip(&self.variants);
        each.map(|(vary, (_, about))| {
            // A design of shares does not need the levels, which may be a million.
            let levels = (0..vary.count().min(10_000)).map(|l| vary.at(Place::Level(l)).0);
            Factor { name: vary.name.clone(), about: about.clone(), levels: levels.collect() }
        })
        .collect()
    }

    /// The point of this number.
    pub(super) fn ready(&self, number: usize) -> Result<Ready<About>, Failure> {
        let places = self.design.point(number);
        let scenario = self.load(&places)?;
        let settings = self.varies.iter().zip(&places);
        let about = About {
            settings: settings.map(|(v, p)| v.at(*p).0).collect(),
            exact: self.metrics.iter().map(|m| exact(&scenario, m)).collect(),
        };
        Ok(Ready { scenario, about })
    }

    fn load(&self, places: &[Place]) -> Result<Scenario, Failure> {
        let mut changes = self.set.clone();
        for ((vary, (variant, _)), place) in self.varies.iter().zip(&self.variants).zip(places) {
            match vary.at(*place).1 {
                Change::None => {}
                Change::Set(value) => changes.push((vary.name.clone(), value)),
                Change::Variant(_) => changes.extend(variant.iter().cloned()),
            }
        }
        let csv = |file: &str| {
            let known = self.inputs.iter().find(|(name, _)| name == file);
            match known {
                Some((_, text)) => Ok(text.clone()),
                None => input::table(&self.folder.join(file)),
            }
        };
        let loaded = scenario::load(self.text, self.variant, &changes, &csv);
        let loaded =
            loaded.map_err(|problems| Failure::invalid(problems.named(&self.file).to_string()))?;
        Ok(loaded.scenario)
    }
}

fn variant(loaded: &Loaded, file: &str, vary: &Vary) -> Result<Variant, Failure> {
    let Values::Variant(name) = &vary.values else {
        return Ok((Vec::new(), None));
    };
    let wrong = |p: scenario::Problems| Failure::invalid(p.named(file).to_string());
    let changes = scenario::variant_changes(&loaded.text, name).map_err(wrong)?;
    let about = scenario::variant_description(&loaded.text, name);
    Ok((changes, about))
}

/// The closed formula of a metric, where there is one: ROAR and its parts, of all or
/// of a segment.
fn exact(scenario: &Scenario, metric: &Target) -> f64 {
    let which = &metric.which;
    let party = (which.metric == Metric::ResolutionRate).then_some(Party::Bot);
    let segment = which.segment.clone();
    if *which != (Which { segment, party, ..Which::of(which.metric) }) {
        return f64::NAN;
    }
    let place = |name: &String| scenario.header.segments.iter().position(|s| s == name);
    let segment = match which.segment.as_ref().map(place) {
        None => None,
        Some(Some(number)) => Some(SegmentId(number as u8)),
        Some(None) => return f64::NAN,
    };
    let automation = planning::expected_automation(scenario, segment);
    automation.map_or(f64::NAN, |parts| match which.metric {
        Metric::Roar => parts.roar(),
        Metric::InvolvementRate => parts.involvement(),
        Metric::ResolutionRate => parts.resolution(),
        _ => f64::NAN,
    })
}
