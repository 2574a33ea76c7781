//! Adding up counters over cells.

use crate::event::Header;
use crate::id::{ChannelId, IntentId, QueueId, SegmentId};

/// A selection of cells: `None` takes all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dims {
    /// One queue.
    pub queue: Option<QueueId>,
    /// One segment.
    pub segment: Option<SegmentId>,
    /// One channel.
    pub channel: Option<ChannelId>,
    /// One intent.
    pub intent: Option<IntentId>,
}

impl Dims {
    /// Everything together.
    pub const ALL: Self = Self { queue: None, segment: None, channel: None, intent: None };

    /// The selections that are reported: everything, by each dimension that has more
    /// than one value, and queue by segment.
    #[must_use]
    pub fn reported(header: &Header) -> Vec<Self> {
        let apart = |names: &[String]| if names.len() > 1 { 0..names.len() } else { 0..0 };
        let queues = || (0..header.queues.len()).map(|q| Some(QueueId(q as u8)));
        let segments = || apart(&header.segments).map(|s| Some(SegmentId(s as u8)));
        let channels = apart(&header.channels).map(|c| Some(ChannelId(c as u8)));
        let intents = apart(&header.intents).map(|i| Some(IntentId(i as u16)));
        let pairs = queues().flat_map(|queue| segments().map(move |segment| (queue, segment)));
        let mut all = vec![Self::ALL];
        all.extend(queues().map(|queue| Self { queue, ..Self::ALL }));
        all.extend(segments().map(|segment| Self { segment, ..Self::ALL }));
        all.extend(pairs.map(|(queue, segment)| Self { queue, segment, ..Self::ALL }));
        all.extend(channels.map(|channel| Self { channel, ..Self::ALL }));
        all.extend(intents.map(|intent| Self { intent, ..Self::ALL }));
        all
    }

    /// Whether the cell of this combination belongs to the selection.
    #[must_use]
    pub fn takes(&self, cell: usize, channels: usize, intents: usize) -> bool {
        let (segment, rest) = (cell / (channels * intents), cell % (channels * intents));
        let (channel, intent) = (rest / intents, rest % intents);
        self.segment.is_none_or(|s| s.index() == segment)
            && self.channel.is_none_or(|c| c.index() == channel)
            && self.intent.is_none_or(|i| i.index() == intent)
    }
}

/// Declares a struct of counters that can be added.
#[macro_export]
#[doc(hidden)]
macro_rules! counters {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }

        impl $name {
            /// Adds the counters of another.
            pub fn add(&mut self, other: &Self) {
                $($crate::projection::add_counts(&mut self.$field, &other.$field);)*
            }
        }
    };
}

/// Counters that can be added: numbers and arrays of them.
pub trait Count {
    /// Adds another.
    fn add(&mut self, other: &Self);
}

impl Count for u64 {
    fn add(&mut self, other: &Self) {
        *self += other;
    }
}

impl Count for f64 {
    fn add(&mut self, other: &Self) {
        *self += other;
    }
}

impl<T: Count, const N: usize> Count for [T; N] {
    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.iter_mut().zip(other) {
            mine.add(theirs);
        }
    }
}

/// Adds one counter to another.
pub fn add_counts<C: Count>(mine: &mut C, theirs: &C) {
    mine.add(theirs);
}
