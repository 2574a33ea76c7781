//! How many contacts a run can hold.

use crate::safe_text::grouped;
use crate::scenario::file::File;
use crate::scenario::{Arrivals, Source};

use super::cx::Cx;
use super::demand::{mean, volume};

/// Most sources, with those of induced contacts and of spikes.
const MOST_SOURCES: usize = 65_000;
/// Most contacts of a run. A contact takes microseconds: these are hours.
const MOST_OF_A_RUN: f64 = 1e9;
/// Most contacts of one interval or burst: they are in memory together.
const MOST_AT_ONCE: f64 = 1e8;

/// The most contacts of a source that are made together.
fn at_once(source: &Source) -> f64 {
    match &source.arrivals {
        Arrivals::Intervals { pieces, .. } => {
            pieces.iter().map(|p| mean(p.volume)).fold(0.0, f64::max)
        }
        Arrivals::Burst { .. } => volume(source),
        // They are in memory as they are.
        Arrivals::Recorded { .. } => 0.0,
    }
}

/// `1,000,000`, or `1e300` where nobody counts the digits.
fn count(contacts: f64) -> String {
    if contacts < 1e15 { grouped(contacts.round() as usize) } else { format!("{contacts:.0e}") }
}

impl Cx<'_> {
    /// Refuses what no memory and no day of computing is enough for.
    pub(super) fn volumes(&mut self, file: &File, sources: &[Source]) {
        self.at_most("sources of demand", sources.len(), MOST_SOURCES, "demand");
        // Where sources have problems of their own, some are not there.
        if !self.clean("demand") {
            return;
        }
        let path = |n: usize| match file.demand.get(n) {
            Some(demand) if demand.per_day.is_some() => format!("demand[{n}].per_day"),
            Some(_) => format!("demand[{n}]"),
            None => "demand".to_owned(),
        };
        let help = |most: f64, fix: &str| format!("the largest number is {}: {fix}", count(most));
        let mut total = 0.0;
        let mut largest = (0, 0.0);
        for (n, source) in sources.iter().enumerate() {
            let (all, together) = (volume(source), at_once(source));
            total += all;
            if all > largest.1 {
                largest = (n, all);
            }
            if together.is_nan() || together > MOST_AT_ONCE {
                let message = format!("{} contacts in one interval are too many", count(together));
                let help = help(MOST_AT_ONCE, "take fewer, or a shorter `time.interval`");
                self.error("E0309", &path(n), message, help);
            }
        }
        if total.is_nan() || total > MOST_OF_A_RUN {
            let message = format!("{} contacts in a run are too many", count(total));
            let help = help(MOST_OF_A_RUN, "take fewer, or fewer days");
            self.error("E0309", &path(largest.0), message, help);
        }
    }
}
