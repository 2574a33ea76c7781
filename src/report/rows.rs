//! Finding a row among the tidy rows of a summary.

use crate::domain::Party;
use crate::experiment::{MetricRow, Summary};
use crate::metric::Which;

/// What is asked for.
pub(crate) type Query<'a> = Which<&'a str>;

/// The row that is asked for, if it was measured. Of several (service levels at several
/// thresholds) the first: a queue's own.
pub(crate) fn find<'s>(query: Query<'_>, summary: &'s Summary) -> Option<&'s MetricRow> {
    let told = |row: &&MetricRow| row.value.is_finite() || row.note.is_some();
    summary.metrics.iter().filter(told).find(|row| query.asks_for(&row.which))
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

impl Dimension {
    /// The same number of one of them.
    pub(crate) fn narrow<'a>(self, query: Query<'a>, name: &'a str) -> Query<'a> {
        let of = Some(name);
        match self {
            Dimension::Queue => Which { queue: of, ..query },
            Dimension::Segment => Which { segment: of, ..query },
            Dimension::Team => Which { team: of, ..query },
            Dimension::Party => {
                Which { party: Party::ALL.into_iter().find(|p| p.name() == name), ..query }
            }
        }
    }
}
