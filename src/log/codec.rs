//! From an event to the columns of its row, and back, as the events are declared.

use super::LogError;
use super::columns::{Columns, Flags, Int, Long, Real, Views, Word};
use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::event::{Closing, Event, Origin, each_event};
use crate::id::{
    AgentId, ChannelId, ConversationId, FaultId, IntentId, LanguageId, QueueId, SegmentId,
    SourceId, TierId,
};
use crate::time::{SimDuration, SimTime};
use std::num::NonZeroU32;

/// A type of fields that is written to columns.
trait Put<C> {
    fn put(self, row: usize, columns: C);
}

/// The same where it is read: from what was found in the columns.
trait Take<F>: Sized {
    fn take(found: F) -> Result<Self, LogError>;
}

/// What a column has in a row.
#[derive(Clone, Copy)]
struct Found<T> {
    value: Option<T>,
    column: &'static str,
    seq: u64,
}

impl<T> Found<T> {
    #[inline]
    fn need(self) -> Result<T, LogError> {
        need(self.value, self.seq, self.column)
    }
}

#[inline]
pub(super) fn need<T>(value: Option<T>, seq: u64, column: &str) -> Result<T, LogError> {
    value.ok_or_else(|| LogError::Event {
        seq,
        what: format!("column `{column}` has no value or an unknown one"),
    })
}

/// Types of fields that are one number: how it becomes that of the column, and how it is made of it.
macro_rules! numbers {
    ($($type:ident in $column:ident of $native:ident: $put:expr, $take:expr;)+) => {$(
        impl Put<(&mut $column,)> for $type {
            #[inline]
            fn put(self, row: usize, (column,): (&mut $column,)) {
                let number: fn($type) -> $native = $put;
                column.set(row, number(self));
            }
        }

        impl Take<(Found<$native>,)> for $type {
            #[inline]
            fn take((found,): (Found<$native>,)) -> Result<Self, LogError> {
                found.need().map($take)
            }
        }
    )+};
}

numbers! {
    u8 in Int of i32: |n| n.into(), |n| n as u8;
    u16 in Int of i32: |n| n.into(), |n| n as u16;
    u32 in Int of i32: |n| n as i32, |n| n as u32;
    u32 in Long of i64: |n| n.into(), |n| n as u32;
    f64 in Real of f64: |n| n, |n| n;
    bool in Flags of bool: |flag| flag, |flag| flag;
    SimTime in Long of i64: |at| at.0 as i64, |us| SimTime(us as u64);
    SimDuration in Long of i64: |length| length.0 as i64, |us| SimDuration(us as u64);
    ConversationId in Long of i64: |id| id.0.into(), |n| ConversationId(n as u32);
    AgentId in Int of i32: |id| id.0 as i32, |n| AgentId(n as u32);
    SourceId in Word of u16: |id| id.0, SourceId;
    IntentId in Word of u16: |id| id.0, IntentId;
    SegmentId in Word of u16: |id| id.0.into(), |n| SegmentId(n as u8);
    ChannelId in Word of u16: |id| id.0.into(), |n| ChannelId(n as u8);
    TierId in Word of u16: |id| id.0.into(), |n| TierId(n as u8);
    LanguageId in Word of u16: |id| id.0.into(), |n| LanguageId(n as u8);
    QueueId in Word of u16: |id| id.0.into(), |n| QueueId(n as u8);
    FaultId in Word of u16: |id| id.0.into(), |n| FaultId(n as u8);
}

/// Closed lists of words. Those that share a column follow one another in it.
macro_rules! words {
    ($($type:ident from $first:expr;)+) => {$(
        impl Put<(&mut Word,)> for $type {
            #[inline]
            fn put(self, row: usize, (column,): (&mut Word,)) {
                column.set(row, $first as u16 + self as u16);
            }
        }

        impl Take<(Found<u16>,)> for $type {
            #[inline]
            fn take((found,): (Found<u16>,)) -> Result<Self, LogError> {
                let number = (found.need()? as usize).checked_sub($first);
                let value = number.and_then(|n| $type::ALL.get(n)).copied();
                need(value, found.seq, found.column)
            }
        }
    )+};
}

words! {
    Party from 0;
    Outcome from 0;
    TurnClass from 0;
    Meaning from 0;
    EscalationReason from 0;
    ReturnReason from EscalationReason::COUNT;
    TransferReason from EscalationReason::COUNT + ReturnReason::COUNT;
}

impl Put<(&mut Long,)> for Option<NonZeroU32> {
    #[inline]
    fn put(self, row: usize, (column,): (&mut Long,)) {
        if let Some(number) = self {
            column.set(row, number.get().into());
        }
    }
}

impl Take<(Found<i64>,)> for Option<NonZeroU32> {
    #[inline]
    fn take((found,): (Found<i64>,)) -> Result<Self, LogError> {
        Ok(found.value.and_then(|n| NonZeroU32::new(n as u32)))
    }
}

impl Put<(&mut Word, &mut Int, &mut Int)> for Origin {
    #[inline]
    fn put(self, row: usize, (source, interval, index): (&mut Word, &mut Int, &mut Int)) {
        source.set(row, self.source.0);
        interval.set(row, self.interval as i32);
        index.set(row, self.index as i32);
    }
}

impl Take<(Found<u16>, Found<i32>, Found<i32>)> for Origin {
    #[inline]
    fn take(
        (source, interval, index): (Found<u16>, Found<i32>, Found<i32>),
    ) -> Result<Self, LogError> {
        Ok(Origin {
            source: SourceId(source.need()?),
            interval: interval.need()? as u32,
            index: index.need()? as u32,
        })
    }
}

impl Put<(&mut Word, &mut Long)> for Closing {
    #[inline]
    fn put(self, row: usize, (then, length): (&mut Word, &mut Long)) {
        then.set(row, self.number());
        if let Closing::Break(lasts) = self {
            length.set(row, lasts.0 as i64);
        }
    }
}

impl Take<(Found<u16>, Found<i64>)> for Closing {
    #[inline]
    fn take((then, length): (Found<u16>, Found<i64>)) -> Result<Self, LogError> {
        Ok(match then.need()? {
            0 => Closing::Leave,
            1 => Closing::Break(SimDuration(length.need()? as u64)),
            2 => Closing::LeaveByHeadcount,
            3 => Closing::ClearLine,
            _ => return need(None, then.seq, then.column),
        })
    }
}

macro_rules! codec {
    ($($section:literal {$(
        $(#[doc = $doc:literal])+
        $name:ident = $number:literal $(says($($says:tt)+))? $({$(
            $(#[doc = $about:literal])+
            $field:ident: $type:ty as $($column:ident)/+ $(or $null:ident)? $(shown $shown:literal)?,
        )+})?
    )+})+) => {
        impl Columns {
            /// Sets the columns of what an event says.
            #[inline]
            pub(super) fn event(&mut self, row: usize, event: &Event) {
                match *event {$($(Event::$name {$($($field),+)?} => {
                    self.kind.put(row, $number);
                    $($($(if $field != <$type>::$null)? {
                        Put::put($field, row, ($(&mut self.$column,)+));
                    })+)?
                })+)+}
            }
        }

        impl Views {
            /// The event of a row, by the columns of its kind.
            pub(super) fn event(&self, row: usize, seq: u64) -> Result<Event, LogError> {
                let kind = need(self.kind.get(row), seq, "type")?;
                Ok(match kind {
                    $($($number => Event::$name {$($($field: {
                        let found = ($(Found {
                            value: self.$column.get(row),
                            column: stringify!($column),
                            seq,
                        },)+);
                        $(if found.0.value.is_none() { <$type>::$null } else)? {
                            <$type as Take<_>>::take(found)?
                        }
                    },)+)?},)+)+
                    _ => return need(None, seq, "type"),
                })
            }
        }
    };
}

each_event!(codec);
