//! Finding a row among the tidy rows of a summary.

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
