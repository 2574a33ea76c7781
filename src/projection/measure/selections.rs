//! Which contacts are looked at apart.

use crate::event::Header;
use crate::id::{ChannelId, IntentId, QueueId, SegmentId};
use crate::projection::Dims;

/// The selections that are reported: everything, by each dimension that has more
/// than one value, and queue by segment.
pub(super) fn selections(header: &Header) -> Vec<Dims> {
    let mut selections = vec![Dims::ALL];
    let segments = || (0..header.segments.len()).map(|s| SegmentId(s as u8));
    let queues = || (0..header.queues.len()).map(|q| QueueId(q as u8));
    selections.extend(queues().map(|q| Dims { queue: Some(q), ..Dims::ALL }));
    if header.segments.len() > 1 {
        selections.extend(segments().map(|s| Dims { segment: Some(s), ..Dims::ALL }));
        for q in queues() {
            selections.extend(segments().map(|s| Dims {
                queue: Some(q),
                segment: Some(s),
                ..Dims::ALL
            }));
        }
    }
    if header.channels.len() > 1 {
        let channels = (0..header.channels.len()).map(|c| ChannelId(c as u8));
        selections.extend(channels.map(|c| Dims { channel: Some(c), ..Dims::ALL }));
    }
    if header.intents.len() > 1 {
        let intents = (0..header.intents.len()).map(|i| IntentId(i as u16));
        selections.extend(intents.map(|i| Dims { intent: Some(i), ..Dims::ALL }));
    }
    selections
}
