//! Small runs on disk, made without the command line.

use crate::common::{events, load_shipped};
use convoq::event::{Envelope, SCHEMA_VERSION};
use convoq::log::{
    LogWriter, Manifest, Mode, Policy, RUN_FORMAT, Run, RunFolder, RunState, ScenarioFacts, Totals,
};
use convoq::scenario::Scenario;
use std::path::Path;

/// A day with some sixty contacts.
pub fn small() -> Scenario {
    load_shipped("quickstart", &[("demand[0].per_day", "60")])
}

/// The manifest of a run that begins.
pub fn manifest(scenario: &Scenario, planned: u32) -> Manifest {
    Manifest {
        format: RUN_FORMAT.to_owned(),
        version: "0.0.0".to_owned(),
        state: RunState::Running,
        mode: Mode::Simulate,
        schema_version: SCHEMA_VERSION,
        seed: 1,
        planned,
        precision: None,
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
        fork: None,
    }
}

/// An invented wall clock; every third event has none.
pub fn wall_us(envelope: &Envelope) -> Option<i64> {
    let us = 1_700_000_000_000_000 + envelope.at.0 as i64 + 17;
    (envelope.seq % 3 != 2).then_some(us)
}

/// A run whose partitions hold the named replications. A sealed one is finished;
/// a live one is left as its writer leaves it when it stops.
pub fn write(path: &Path, scenario: &Scenario, policy: Policy, parts: &[&[u32]]) {
    let planned = parts.iter().map(|p| p.len() as u32).sum();
    let folder = RunFolder::create(path).unwrap();
    let mut manifest = manifest(scenario, planned);
    manifest.write(path).unwrap();
    let writer = LogWriter::start(path, &scenario.header, policy);
    for (number, part) in parts.iter().enumerate() {
        let mut sink = writer.partition(number as u32);
        for replication in *part {
            for block in events(scenario, 1, *replication).chunks(500) {
                sink.events(*replication, block);
            }
        }
        sink.end();
    }
    manifest.partitions = writer.finish().unwrap();
    if policy == Policy::Sealed {
        manifest.totals.replications = planned;
        manifest.state = RunState::Sealed;
        manifest.write(path).unwrap();
    }
    drop(folder);
}

/// Events, each with its replication and its wall clock.
pub type Rows = Vec<(u32, Envelope, Option<i64>)>;

/// All that a run tells.
pub fn told(path: &Path) -> Result<(Run, Rows), String> {
    let run = Run::open(path).map_err(|e| e.to_string())?;
    let mut all = Rows::new();
    run.events(&|_| true, &mut |replication, events, walls| {
        let rows = events.iter().zip(walls);
        all.extend(rows.map(|(e, w)| (replication, *e, *w)));
    })
    .map_err(|e| e.to_string())?;
    Ok((run, all))
}
