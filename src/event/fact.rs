//! How the fields of events are told: to people, and as attributes to other programs.

use super::{Closing, Header, Origin};
use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::id::{
    AgentId, ChannelId, ConversationId, FaultId, IntentId, LanguageId, QueueId, SegmentId, TierId,
};
use crate::time::{SimDuration, SimTime};
use std::num::NonZeroU32;

/// One value of a row, or of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// A whole number.
    Whole(i64),
    /// A number in floating point; lengths of time are seconds.
    Real(f64),
    /// Yes or no.
    Flag(bool),
    /// A word or a name.
    Word(&'a str),
    /// A moment, Unix microseconds.
    Moment(i64),
}

/// What the values of a column are. Each may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers in floating point.
    Real,
    /// Yes or no.
    Flag,
    /// Words and names.
    Word,
    /// Moments.
    Moment,
}

impl Kind {
    /// The name of the kind in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Whole => "int64",
            Kind::Real => "float64",
            Kind::Flag => "boolean",
            Kind::Word => "word",
            Kind::Moment => "timestamp",
        }
    }
}

/// A type of fields of events.
pub(super) trait Fact: Copy {
    /// What stands for a value where it is told: its name where it has one.
    type Told<'h>;
    fn told(self, header: &Header) -> Self::Told<'_>;
    /// The agent that it is.
    fn agent(self) -> Option<AgentId> {
        None
    }
    /// The queue that it is.
    fn queue(self) -> Option<QueueId> {
        None
    }
}

/// What stands for a value and can be an attribute.
pub(super) trait Attribute<'h> {
    const KIND: Kind;
    fn cell(self) -> Cell<'h>;
}

/// Types that are told as they are.
macro_rules! plain {
    ($($type:ty)+) => {$(
        impl Fact for $type {
            type Told<'h> = Self;
            fn told(self, _: &Header) -> Self {
                self
            }
        }
    )+};
}

plain!(u8 u16 u32 f64 bool Origin SimDuration SimTime);

impl Fact for Option<NonZeroU32> {
    type Told<'h> = Self;
    fn told(self, _: &Header) -> Self {
        self
    }
}

/// Types that are told otherwise than they are.
macro_rules! told {
    ($($type:ident as $told:ty: |$self:ident, $header:pat_param| $value:expr $(, is $own:ident)?;)+) => {$(
        impl Fact for $type {
            type Told<'h> = $told;
            fn told($self, $header: &Header) -> Self::Told<'_> {
                $value
            }
            $(fn $own(self) -> Option<Self> {
                Some(self)
            })?
        }
    )+};
}

told! {
    ConversationId as u32: |self, _| self.0;
    AgentId as u32: |self, _| self.0, is agent;
    QueueId as &'h str: |self, header| header.queues.get(self.index()).map_or("", |q| &q.name), is queue;
    SegmentId as &'h str: |self, header| name(&header.segments, self.index());
    ChannelId as &'h str: |self, header| name(&header.channels, self.index());
    IntentId as &'h str: |self, header| name(&header.intents, self.index());
    TierId as &'h str: |self, header| name(&header.tiers, self.index());
    LanguageId as &'h str: |self, header| name(&header.languages, self.index());
    FaultId as &'h str: |self, header| name(&header.faults, self.index());
    Party as &'h str: |self, _| self.name();
    Outcome as &'h str: |self, _| self.name();
    EscalationReason as &'h str: |self, _| self.name();
    ReturnReason as &'h str: |self, _| self.name();
    TransferReason as &'h str: |self, _| self.name();
    TurnClass as &'h str: |self, _| self.name();
    Meaning as &'h str: |self, _| self.name();
    Closing as &'h str: |self, _| self.name();
}

fn name(names: &[String], place: usize) -> &str {
    names.get(place).map_or("", String::as_str)
}

/// Kinds of attributes.
macro_rules! attribute {
    ($($type:ty: $kind:ident |$value:ident| $cell:expr;)+) => {$(
        impl<'h> Attribute<'h> for $type {
            const KIND: Kind = Kind::$kind;
            fn cell(self) -> Cell<'h> {
                let $value = self;
                $cell
            }
        }
    )+};
}

/// A whole number of 32 bits in an event is a time on the wall clock, microseconds.
fn seconds(us: u32) -> f64 {
    f64::from(us) * 1e-6
}

attribute! {
    u8: Whole |count| Cell::Whole(count.into());
    u16: Whole |count| Cell::Whole(count.into());
    u32: Real |us| Cell::Real(seconds(us));
    Option<NonZeroU32>: Real |us| us.map_or(Cell::Null, |us| Cell::Real(seconds(us.get())));
    f64: Real |amount| Cell::Real(amount);
    SimDuration: Real |length| Cell::Real(length.as_s());
    bool: Flag |flag| Cell::Flag(flag);
    &'h str: Word |word| Cell::Word(word);
}
