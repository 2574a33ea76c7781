//! What follows from the declaration: the events, their kinds, and how each is told.

use super::fact::{Attribute, Cell, Fact, Kind};
use super::{Closing, Header, Origin, declared::each_event};
use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::id::{
    AgentId, ChannelId, ConversationId, FaultId, IntentId, LanguageId, QueueId, SegmentId, TierId,
};
use crate::time::{SimDuration, SimTime};
use std::fmt::Write as _;
use std::num::NonZeroU32;

/// What is said of a kind of event.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The kind.
    pub kind: EventKind,
    /// The section of `docs/events.md`.
    pub section: &'static str,
    /// Lines of its comment: when it happens, and what it is for.
    pub about: &'static [&'static str],
    /// Its fields.
    pub fields: &'static [DeclaredField],
}

/// What is said of a field of an event.
#[derive(Clone, Copy, Debug)]
pub struct DeclaredField {
    /// Its name.
    pub name: &'static str,
    /// Lines of its comment.
    pub about: &'static [&'static str],
    /// Its name and kind in process logs, where it has one.
    pub shown: &'static [(&'static str, Kind)],
}

macro_rules! kinds {
    ($($section:literal {$(
        $(#[doc = $doc:literal])+
        $name:ident = $number:literal $(says($($says:tt)+))? $({$(
            $(#[doc = $about:literal])+
            $field:ident: $type:ty as $($column:ident)/+ $(or $null:ident)? $(shown $shown:literal)?,
        )+})?
    )+})+) => {
        /// What happened. One variant for each kind of fact.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Event {$($(
            $(#[doc = $doc])+
            $name $({$($(#[doc = $about])+ $field: $type,)+})?,
        )+)+}

        /// A kind of event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum EventKind {$($(
            #[doc = concat!("[`Event::", stringify!($name), "`]")]
            $name = $number,
        )+)+}

        impl EventKind {
            /// How many there are.
            pub const COUNT: usize = [$($($number,)+)+].len();

            /// All, in the order of their numbers, which have no gap.
            pub const ALL: [Self; Self::COUNT] = {
                let mut all = [Self::RunStarted; Self::COUNT];
                $($(all[$number] = Self::$name;)+)+
                all
            };

            /// All that is said of them, in the order of `docs/events.md`.
            pub const DECLARED: [Declared; Self::COUNT] = [$($(Declared {
                kind: Self::$name,
                section: $section,
                about: &[$($doc),+],
                fields: &[$($(DeclaredField {
                    name: stringify!($field),
                    about: &[$($about),+],
                    shown: &[$(($shown, <<$type as Fact>::Told<'static> as Attribute<'static>>::KIND))?],
                },)+)?],
            },)+)+];

            /// The name, as logs have it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$name => stringify!($name),)+)+
                }
            }
        }

        impl Event {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> EventKind {
                match self {
                    $($(Self::$name { .. } => EventKind::$name,)+)+
                }
            }

            /// Does the same in an arm of its own for each kind: what is done is compiled for
            /// each, so that a fold that has nothing to do with a kind costs it nothing.
            #[inline(always)]
            pub fn in_own_arm(&self, each: &mut impl EachKind) {
                match self {
                    $($(Self::$name { .. } => each.of_kind(),)+)+
                }
            }

            /// The agents that it is about.
            #[must_use]
            pub fn agents(&self) -> [Option<AgentId>; 2] {
                match *self {$($(Self::$name {$($($field),+)?} => {
                    let all = [None, $($(Fact::agent($field)),+)?];
                    let mut all = all.into_iter().flatten();
                    [all.next(), all.next()]
                })+)+}
            }

            /// The queues that it is about.
            #[must_use]
            pub fn queues(&self) -> [Option<QueueId>; 2] {
                match *self {$($(Self::$name {$($($field),+)?} => {
                    let all = [None, $($(Fact::queue($field)),+)?];
                    let mut all = all.into_iter().flatten();
                    [all.next(), all.next()]
                })+)+}
            }

            /// Its attributes in process logs, with the names of the header. Those that begin
            /// with `true_` are hidden facts.
            #[must_use]
            #[allow(unused_variables, reason = "most events show not all of their fields")]
            pub fn attributes<'h>(
                &self,
                header: &'h Header,
            ) -> Vec<(&'static str, Kind, Cell<'h>)> {
                match *self {$($(Self::$name {$($($field),+)?} => {
                    vec![$($($(attribute($shown, $field.told(header)),)?)+)?]
                })+)+}
            }

            /// What happened in words for people, with the names of the header.
            #[must_use]
            #[allow(unused_variables, reason = "most events tell not all of their fields")]
            pub fn describe(&self, header: &Header) -> String {
                let mut text = format!("{:<17} ", self.kind().name());
                match *self {$($(Self::$name {$($($field),+)?} => {
                    $($(let $field = $field.told(header);)+)?
                    $(let _ = write!(text, $($says)+);)?
                })+)+}
                text.truncate(text.trim_end().len());
                text
            }
        }
    };
}

each_event!(kinds);

/// What is done with an event of each kind, for [`Event::in_own_arm`].
pub trait EachKind {
    /// Does it. Is to be inlined always.
    fn of_kind(&mut self);
}

fn attribute<'h, T: Attribute<'h>>(name: &'static str, told: T) -> (&'static str, Kind, Cell<'h>) {
    (name, T::KIND, told.cell())
}

impl EventKind {
    /// The kind of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Names and kinds of its attributes in process logs.
    pub fn attributes(self) -> impl Iterator<Item = (&'static str, Kind)> {
        let declared = Self::DECLARED.into_iter().filter(move |d| d.kind == self);
        declared.flat_map(|d| d.fields).flat_map(|field| field.shown).copied()
    }
}
