//! Finding a row among the tidy rows of a summary.

use crate::experiment::{MetricRow, Summary};

/// The name of a row: what stays `None` means "all together".
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'a> {
    metric: &'a str,
    definition: Option<&'a str>,
    queue: Option<&'a str>,
    segment: Option<&'a str>,
    channel: Option<&'a str>,
    party: Option<&'a str>,
    team: Option<&'a str>,
    stat: Option<&'a str>,
}

impl<'a> Query<'a> {
    /// The metric over everything.
    pub(crate) fn of(metric: &'a str) -> Self {
        Self { metric, ..Self::default() }
    }

    /// The metric's name.
    pub(crate) fn name(self) -> &'a str {
        self.metric
    }

    /// By one of its definitions. Without, the first definition that the summary has.
    pub(crate) fn definition(self, name: &'a str) -> Self {
        Self { definition: Some(name), ..self }
    }

    /// One point of its distribution. Without, the mean.
    pub(crate) fn stat(self, name: &'a str) -> Self {
        Self { stat: Some(name), ..self }
    }

    /// Of one party.
    pub(crate) fn party(self, name: &'a str) -> Self {
        Self { party: Some(name), ..self }
    }

    /// Along one dimension.
    pub(crate) fn along(self, dimension: Dimension, name: &'a str) -> Self {
        let name = Some(name);
        match dimension {
            Dimension::Queue => Self { queue: name, ..self },
            Dimension::Segment => Self { segment: name, ..self },
            Dimension::Team => Self { team: name, ..self },
            Dimension::Party => Self { party: name, ..self },
        }
    }

    /// The row of that name, if it was measured. Of several with the same name
    /// (service levels at several thresholds) the first: a queue's own.
    pub(crate) fn find(self, summary: &Summary) -> Option<&MetricRow> {
        summary.metrics.iter().find(|row| self.names(row))
    }

    fn names(&self, row: &MetricRow) -> bool {
        let stat = match self.stat {
            None => matches!(row.stat, None | Some("mean")),
            wanted => row.stat == wanted,
        };
        row.metric == self.metric
            && stat
            && (self.definition.is_none() || row.definition == self.definition)
            && row.queue.as_deref() == self.queue
            && row.segment.as_deref() == self.segment
            && row.channel.as_deref() == self.channel
            && row.intent.is_none()
            && row.party == self.party
            && row.team.as_deref() == self.team
            && (row.value.is_finite() || row.note.is_some())
    }
}

/// What the columns of a table stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dimension {
    /// Queues.
    Queue,
    /// Segments.
    Segment,
    /// Teams.
    Team,
    /// Bot and people.
    Party,
}
