//! Typed identifiers: indices into the tables of a scenario or of a run.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $name(pub $inner);

        impl $name {
            /// "None of them", where a table needs an entry without one.
            pub const NONE: Self = Self(<$inner>::MAX);
            /// The position in its table.
            #[must_use]
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A contact of a run, numbered in the order in which contacts begin.
    ConversationId(u32)
);
id!(
    /// An agent, numbered through all teams in the order of the scenario.
    AgentId(u32)
);
id!(
    /// A place in the table of live contacts; used again after its contact ends.
    SlotId(u32)
);
id!(
    /// A source of demand.
    SourceId(u16)
);
id!(
    /// A customer segment (B2B, B2C, ...).
    SegmentId(u8)
);
id!(
    /// A channel (chat, phone, e-mail, ...).
    ChannelId(u8)
);
id!(
    /// An intent: what a customer wants.
    IntentId(u16)
);
id!(
    /// A customer tier (VIP, trial, at-risk, ...).
    TierId(u8)
);
id!(
    /// A language.
    LanguageId(u8)
);
id!(
    /// A queue of contacts that wait for people.
    QueueId(u8)
);
id!(
    /// A team of agents.
    TeamId(u8)
);
id!(
    /// A scheduled fault.
    FaultId(u8)
);
