//! Three simple forecasts of how intervals go, which a simulation must beat.

use super::measures::{Measure, Sums, total};
use crate::analytic::{Model, Setting};
use crate::distribution::Distribution;

/// A simple forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The same interval of the last day of its weekday, or of the last day.
    Persistence,
    /// The same interval over all days known.
    MeanProfile,
    /// Erlang A with the contacts and agents of each interval.
    ErlangA,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Baseline; 3] =
        [Baseline::Persistence, Baseline::MeanProfile, Baseline::ErlangA];

    /// Its name in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Baseline::Persistence => "persistence",
            Baseline::MeanProfile => "mean_profile",
            Baseline::ErlangA => "erlang_a",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Baseline::Persistence => "persistence",
            Baseline::MeanProfile => "the mean profile",
            Baseline::ErlangA => "Erlang A",
        }
    }
}

/// What is known before the days that are judged, and what each of their intervals had.
#[derive(Clone, Debug)]
pub struct Known {
    /// Weekday and intervals of each day known, in their order.
    pub days: Vec<(usize, Vec<Sums>)>,
    /// Mean time of an agent on a contact with wrap-up, seconds.
    pub aht_s: f64,
    /// Mean patience, seconds; none where nobody left.
    pub patience_s: Option<f64>,
    /// Length of an interval, seconds.
    pub interval_s: f64,
    /// Threshold of the service level, seconds.
    pub within_s: f64,
}

impl Known {
    /// What a baseline says of each interval of a day: of its weekday, with its contacts
    /// and agents for Erlang A.
    #[must_use]
    pub fn said(
        &self,
        baseline: Baseline,
        measure: Measure,
        weekday: usize,
        day: &[Sums],
    ) -> Vec<Option<f64>> {
        let like = self.days.iter().rev().find(|(w, _)| *w == weekday).or(self.days.last());
        let of_day = |n: usize| like.and_then(|(_, sums)| measure.value(sums.get(n)?));
        let of_all = |n: usize| {
            let all: Vec<Sums> = self.days.iter().filter_map(|(_, s)| s.get(n)).copied().collect();
            measure.value(&total(&all))
        };
        (0..day.len())
            .map(|n| match baseline {
                Baseline::Persistence => of_day(n),
                Baseline::MeanProfile => of_all(n),
                Baseline::ErlangA => self.erlang_a(measure, &day[n]),
            })
            .collect()
    }

    fn erlang_a(&self, measure: Measure, sums: &Sums) -> Option<f64> {
        let agents = (sums.staffed_s / self.interval_s).round();
        if agents < 1.0 || sums.offered <= 0.0 || self.aht_s <= 0.0 {
            return None;
        }
        let model = match self.patience_s {
            Some(mean_s) => Model::Abandonment { patience: Distribution::Exponential { mean_s } },
            None => Model::Delay { work: None, room: None },
        };
        let rate = sums.offered / self.interval_s;
        let (agents, within_s) = (agents as u32, self.within_s);
        let answer = Setting { model, rate, aht_s: self.aht_s, agents, within_s }.quick().ok()?;
        match measure {
            Measure::Volume => None,
            Measure::ServiceLevel => Some(answer.service.offered),
            Measure::MeanWait => Some(answer.asa_s),
            Measure::Abandonment => Some(answer.abandoned.unwrap_or(0.0)),
            Measure::Occupancy => Some(answer.occupancy),
        }
    }
}
