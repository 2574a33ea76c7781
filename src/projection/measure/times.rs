//! Means of durations: exact sums, where percentiles are read from histograms.

use super::Collector;
use crate::event::Header;
use crate::id::SegmentId;
use crate::projection::{BY_PARTY, Dims, Distributions};

pub(super) fn time_measures(c: &mut Collector, header: &Header, speed: &Distributions) {
    let mut segments: Vec<Option<SegmentId>> = vec![None];
    if header.segments.len() > 1 {
        segments.extend((0..header.segments.len()).map(|s| Some(SegmentId(s as u8))));
    }
    for wanted in BY_PARTY {
        for &segment in &segments {
            let (mut sum_us, mut count) = (0.0, 0);
            for (number, key) in speed.keys.iter().enumerate() {
                let fits = key.by_party().is_some_and(|(names, of)| {
                    names == wanted && segment.is_none_or(|wanted| wanted == of)
                });
                if fits {
                    sum_us += speed.sums_us[number];
                    count += speed.histograms[number].len();
                }
            }
            c.key.dims = Dims { segment, ..Dims::ALL };
            c.key.party = Some(wanted.party);
            c.quotient(wanted.metric, wanted.definition, sum_us * 1e-6, count as f64);
        }
    }
    c.key.party = None;
}
