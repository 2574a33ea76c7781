//! A part of a scenario's time, with customers whose moments are known: what a load test runs.

use super::model::{Arrivals, Scenario};
use crate::event::LoadFacts;
use crate::time::{SimDuration, SimTime};

/// The part of a scenario's time that a load test runs in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: SimTime,
    /// Time from there that is not measured.
    pub warm_up: SimDuration,
    /// Time from there on in which customers come.
    pub length: SimDuration,
    /// Time after that for what is under way to end.
    pub drain: SimDuration,
}

impl Window {
    /// When the last customer may come.
    #[must_use]
    pub fn horizon(&self) -> SimTime {
        self.from + self.warm_up + self.length
    }
}

impl Scenario {
    /// Narrows the scenario to a window. `times` holds the moments at which the
    /// customers of each source come, sorted; where the list is missing, nobody does.
    /// What comes before the window is its past.
    pub fn narrow(&mut self, window: Window, mut times: Vec<Vec<SimTime>>, load: LoadFacts) {
        times.resize(self.sources.len(), Vec::new());
        for (source, times) in self.sources.iter_mut().zip(times) {
            source.arrivals = Arrivals::Recorded { times, contacts: Vec::new() };
        }
        let header = &mut self.header;
        let whole = header.measured.1.since(header.measured.0);
        let horizon = window.horizon();
        header.measured = (window.from + window.warm_up, horizon);
        header.costs.bot_fixed *= window.length.as_s() / whole.as_s().max(1e-6);
        header.load = Some(LoadFacts { from: window.from, ..load });
        self.horizon = horizon;
        self.end = horizon + window.drain;
        header.end = self.end;
    }
}
