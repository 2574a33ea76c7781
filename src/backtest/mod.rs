//! A record against its simulation: what came, who was there, and how it went, beside how
//! it goes when it is played again.
//!
//! A [`Record`] is what queues saw of a run. [`Parts`] makes a scenario of it, in which the
//! arrivals, and in a replay handle times and patience too, are those of the record.
//! [`by_interval`] measures the record and its simulation alike, from what was observed of
//! each; [`wait_errors`] compares them contact by contact, and [`judge`] says how far intervals
//! are apart, beside three simple forecasts ([`Baseline`]).

mod baselines;
mod judge;
mod laws;
mod measures;
mod record;
mod scenario_text;
mod waits;

pub use baselines::{Baseline, Known};
pub use judge::{Bands, COVERS, FEWEST, Judged, MeasureTest, Trust, bands, judge};
pub use laws::{patience_s, work_s};
pub use measures::{Measure, Sums, by_interval, total};
pub use record::{Came, Record, WaitEnd};
pub use scenario_text::{Files, Kept, Parts, Staffing, span_of};
pub use waits::{WaitErrors, wait_errors};
