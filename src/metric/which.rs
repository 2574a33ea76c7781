//! Which number it is: the name of a row, of a difference, of what a target is about.

use super::{Definition, Metric, Stat};
use crate::domain::{Dimension, Party};
use serde::Serialize;

/// Which number it is. What stays `None` means all together. In what asks for a number, an
/// open definition means the metric's own default, an open threshold any, an open
/// statistic the mean.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Which<N = String> {
    /// Which metric.
    pub metric: Metric,
    /// Which of its definitions.
    pub definition: Option<Definition>,
    /// Threshold that the definition needs, seconds.
    pub threshold_s: Option<f64>,
    /// Queue.
    pub queue: Option<N>,
    /// Segment.
    pub segment: Option<N>,
    /// Channel.
    pub channel: Option<N>,
    /// Intent.
    pub intent: Option<N>,
    /// The bot or people.
    pub party: Option<Party>,
    /// Team.
    pub team: Option<N>,
    /// Which statistic, where the metric is a distribution.
    pub stat: Option<Stat>,
}

impl<N> Which<N> {
    /// The metric over everything.
    #[must_use]
    pub const fn of(metric: Metric) -> Self {
        Self {
            metric,
            definition: None,
            threshold_s: None,
            queue: None,
            segment: None,
            channel: None,
            intent: None,
            party: None,
            team: None,
            stat: None,
        }
    }
}

impl<N: AsRef<str>> Which<N> {
    /// Of which one of a dimension; `None` for all together.
    #[must_use]
    pub fn of_one(&self, by: Dimension) -> Option<&str> {
        let name = match by {
            Dimension::Queue => &self.queue,
            Dimension::Segment => &self.segment,
            Dimension::Channel => &self.channel,
            Dimension::Intent => &self.intent,
            Dimension::Team => &self.team,
            Dimension::Party => return self.party.map(Party::name),
        };
        name.as_ref().map(AsRef::as_ref)
    }

    /// The same of one of a dimension, or of all together.
    #[must_use]
    pub fn narrowed(self, by: Dimension, one: Option<N>) -> Self {
        match by {
            Dimension::Queue => Self { queue: one, ..self },
            Dimension::Segment => Self { segment: one, ..self },
            Dimension::Channel => Self { channel: one, ..self },
            Dimension::Intent => Self { intent: one, ..self },
            Dimension::Team => Self { team: one, ..self },
            Dimension::Party => {
                Self { party: one.and_then(|name| Party::find(name.as_ref())), ..self }
            }
        }
    }
}

impl Which<&str> {
    /// By one of its definitions.
    #[must_use]
    pub const fn definition(self, definition: Definition) -> Self {
        Self { definition: Some(definition), ..self }
    }

    /// One point of its distribution.
    #[must_use]
    pub const fn stat(self, stat: Stat) -> Self {
        Self { stat: Some(stat), ..self }
    }

    /// Of the bot or of people.
    #[must_use]
    pub const fn party(self, party: Party) -> Self {
        Self { party: Some(party), ..self }
    }
}

impl<N: AsRef<str>> Which<N> {
    /// The definition that it means.
    fn meant(&self) -> Option<Definition> {
        let of_part = match (self.metric, &self.queue, self.party) {
            (Metric::Aht, Some(_), None) => Some(Definition::Queue),
            (Metric::Asa | Metric::WaitProbability, _, Some(Party::Bot)) => {
                Some(Definition::Session)
            }
            _ => None,
        };
        self.definition.or(self.metric.facts().default).or(of_part)
    }

    /// Whether the number is the one that this asks for.
    #[must_use]
    pub fn asks_for<M: AsRef<str>>(&self, number: &Which<M>) -> bool {
        self.metric == number.metric
            && self.meant() == number.definition
            && self.threshold_s.is_none_or(|s| number.threshold_s == Some(s))
            && Dimension::ALL.iter().all(|by| self.of_one(*by) == number.of_one(*by))
            && self.stat.unwrap_or(Stat::Mean) == number.stat.unwrap_or(Stat::Mean)
    }
}
