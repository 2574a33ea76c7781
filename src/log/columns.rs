//! Columns: what a batch of events looks like in Arrow.
//!
//! One list declares the columns; writing, reading and the schema follow it.
//! A column that an event does not use is null there.

use super::LogError;
use super::words::{UNKNOWN, Words};
use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::event::{Closing, EventKind, Header};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, UInt16Type};
use arrow_array::{
    Array, ArrayRef, ArrowNativeTypeOp, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch,
    StringArray,
};
use arrow_buffer::{BooleanBuffer, MutableBuffer, NullBuffer, ScalarBuffer, bit_util};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// A column being written: null where nothing was set.
pub(super) struct Values<P: ArrowPrimitiveType> {
    values: Vec<P::Native>,
    valid: MutableBuffer,
}

impl<P: ArrowPrimitiveType> Values<P> {
    fn new(rows: usize) -> Self {
        Self {
            values: vec![P::Native::ZERO; rows],
            valid: MutableBuffer::from_len_zeroed(rows.div_ceil(8)),
        }
    }

    #[inline]
    pub(super) fn set(&mut self, row: usize, value: P::Native) {
        self.values[row] = value;
        bit_util::set_bit(self.valid.as_slice_mut(), row);
    }

    /// Sets a row of a column that is set in every row.
    #[inline]
    pub(super) fn put(&mut self, row: usize, value: P::Native) {
        self.values[row] = value;
    }

    fn finish(self, required: bool) -> PrimitiveArray<P> {
        let rows = self.values.len();
        let valid = BooleanBuffer::new(self.valid.into(), 0, rows);
        let nulls = (!required).then(|| NullBuffer::new(valid));
        PrimitiveArray::new(ScalarBuffer::from(self.values), nulls)
    }
}

/// A column of yes and no being written.
pub(super) struct Flags {
    rows: usize,
    values: MutableBuffer,
    valid: MutableBuffer,
}

impl Flags {
    #[inline]
    pub(super) fn set(&mut self, row: usize, value: bool) {
        if value {
            bit_util::set_bit(self.values.as_slice_mut(), row);
        }
        bit_util::set_bit(self.valid.as_slice_mut(), row);
    }
}

/// What the four kinds of columns have in common.
pub(super) trait Column: Sized {
    /// The column of a batch, for reading.
    type View: Sized;
    fn new(rows: usize) -> Self;
    fn data_type() -> DataType;
    fn array(self, required: bool, words: Arc<StringArray>) -> Result<ArrayRef, LogError>;
    fn view(array: &ArrayRef, name: &'static str, words: &Words) -> Result<Self::View, LogError>;
    fn absent() -> Self::View;
}

/// A column of numbers, for reading.
pub(super) struct View<P: ArrowPrimitiveType>(Option<PrimitiveArray<P>>);

impl<P: ArrowPrimitiveType> View<P> {
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<P::Native> {
        let array = self.0.as_ref()?;
        array.is_valid(row).then(|| array.values()[row])
    }
}

/// A column of yes and no, for reading.
pub(super) struct FlagView(Option<BooleanArray>);

impl FlagView {
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<bool> {
        let array = self.0.as_ref()?;
        array.is_valid(row).then(|| array.value(row))
    }
}

/// A column of words, for reading: the numbers that the header gives them.
pub(super) struct WordView {
    keys: View<UInt16Type>,
    numbers: Vec<u16>,
}

impl WordView {
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<u16> {
        let number = *self.numbers.get(self.keys.get(row)? as usize)?;
        (number != UNKNOWN).then_some(number)
    }
}

/// Whole numbers of 64 bits.
pub(super) type Long = Values<Int64Type>;
/// Whole numbers of 32 bits.
pub(super) type Int = Values<Int32Type>;
/// Numbers in floating point.
pub(super) type Real = Values<Float64Type>;

/// Words, written as their numbers.
pub(super) struct Word(Values<UInt16Type>);

impl Word {
    #[inline]
    pub(super) fn set(&mut self, row: usize, number: u16) {
        self.0.set(row, number);
    }

    #[inline]
    pub(super) fn put(&mut self, row: usize, number: u16) {
        self.0.put(row, number);
    }
}

fn unwritable(error: ArrowError) -> LogError {
    LogError::Event { seq: 0, what: format!("does not fit the header of the run: {error}") }
}

fn wrong_type(name: &str, array: &ArrayRef) -> LogError {
    LogError::Event { seq: 0, what: format!("column `{name}` has the type {}", array.data_type()) }
}

macro_rules! number_column {
    ($type:ty) => {
        impl Column for Values<$type> {
            type View = View<$type>;
            fn new(rows: usize) -> Self {
                Self::new(rows)
            }
            fn data_type() -> DataType {
                <$type>::DATA_TYPE
            }
            fn array(self, required: bool, _: Arc<StringArray>) -> Result<ArrayRef, LogError> {
                Ok(Arc::new(self.finish(required)))
            }
            fn view(
                array: &ArrayRef,
                name: &'static str,
                _: &Words,
            ) -> Result<Self::View, LogError> {
                let typed = array.as_primitive_opt::<$type>();
                let typed = typed.ok_or_else(|| wrong_type(name, array))?;
                Ok(View(Some(typed.clone())))
            }
            fn absent() -> Self::View {
                View(None)
            }
        }
    };
}

number_column!(Int64Type);
number_column!(Int32Type);
number_column!(Float64Type);

impl Column for Flags {
    type View = FlagView;
    fn new(rows: usize) -> Self {
        let bits = || MutableBuffer::from_len_zeroed(rows.div_ceil(8));
        Self { rows, values: bits(), valid: bits() }
    }
    fn data_type() -> DataType {
        DataType::Boolean
    }
    fn array(self, _: bool, _: Arc<StringArray>) -> Result<ArrayRef, LogError> {
        let bits = |buffer: MutableBuffer| BooleanBuffer::new(buffer.into(), 0, self.rows);
        let nulls = NullBuffer::new(bits(self.valid));
        Ok(Arc::new(BooleanArray::new(bits(self.values), Some(nulls))))
    }
    fn view(array: &ArrayRef, name: &'static str, _: &Words) -> Result<FlagView, LogError> {
        let typed = array.as_boolean_opt();
        let typed = typed.ok_or_else(|| wrong_type(name, array))?;
        Ok(FlagView(Some(typed.clone())))
    }
    fn absent() -> FlagView {
        FlagView(None)
    }
}

impl Column for Word {
    type View = WordView;
    fn new(rows: usize) -> Self {
        Self(Values::new(rows))
    }
    fn data_type() -> DataType {
        DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8))
    }
    fn array(self, required: bool, words: Arc<StringArray>) -> Result<ArrayRef, LogError> {
        let array = DictionaryArray::try_new(self.0.finish(required), words);
        Ok(Arc::new(array.map_err(unwritable)?))
    }
    fn view(array: &ArrayRef, name: &'static str, words: &Words) -> Result<WordView, LogError> {
        let typed = array.as_dictionary_opt::<UInt16Type>();
        let values = typed.and_then(|d| d.values().as_string_opt::<i32>());
        let (Some(typed), Some(values)) = (typed, values) else {
            return Err(wrong_type(name, array));
        };
        Ok(WordView {
            keys: View(Some(typed.keys().clone())),
            numbers: words.numbers(name, values),
        })
    }
    fn absent() -> WordView {
        WordView { keys: View(None), numbers: Vec::new() }
    }
}

macro_rules! columns {
    ($header:ident, $(
        $(#[doc = $doc:literal])*
        $field:ident $name:literal $kind:ident $required:literal $(of $words:expr)?,
    )*) => {
        /// The columns of a batch, being written.
        pub(super) struct Columns { $(pub(super) $field: $kind,)* }

        /// The columns of a batch, being read.
        #[allow(dead_code, reason = "the version is read by the upgrade")]
        pub(super) struct Views { $(pub(super) $field: <$kind as Column>::View,)* }

        /// Names of the columns and what they hold, in their order.
        pub const COLUMNS: &[(&str, &str)] = &[$(($name, concat!($($doc),*)),)*];

        impl Words {
            /// The words of a run: of each column that has some.
            #[must_use]
            pub fn new($header: &Header) -> Self {
                Self::none()$($(.with($name, $words))?)*
            }
        }

        impl Columns {
            pub(super) fn new(rows: usize) -> Self {
                Self { $($field: <$kind as Column>::new(rows),)* }
            }

            fn arrays(self, words: &Words) -> Result<Vec<ArrayRef>, LogError> {
                Ok(vec![$(Column::array(self.$field, $required, words.values($name))?,)*])
            }

            fn fields() -> Vec<Field> {
                vec![$(Field::new($name, <$kind as Column>::data_type(), !$required),)*]
            }
        }

        impl Views {
            pub(super) fn new(batch: &RecordBatch, words: &Words) -> Result<Self, LogError> {
                Ok(Self { $($field: match batch.column_by_name($name) {
                    Some(array) => <$kind as Column>::view(array, $name, words)?,
                    None => <$kind as Column>::absent(),
                },)* })
            }
        }
    };
}

columns! {
    header,
    /// number of the event in its replication, gapless from 0
    seq "seq" Long true,
    /// when it happened, microseconds since the start of the run
    t_us "t_us" Long true,
    /// wall clock of a measured event, Unix microseconds; null in a simulation
    wall_us "wall_us" Long false,
    /// the replication
    replication "replication" Int true,
    /// the kind of event
    kind "type" Word true of EventKind::ALL.map(EventKind::name),
    /// version of the events
    schema_v "schema_v" Int true,
    /// number of the contact
    conversation "conversation" Long false,
    /// number of the agent
    agent "agent" Int false,
    /// first contact of the issue; where a contact begins
    chain "chain" Long false,
    /// `seq` of the event that caused it; its own for a first cause
    cause "cause" Long true,
    /// source of demand
    source "source" Word false of &header.sources,
    /// interval of the source
    interval "interval" Int false,
    /// number of the customer within the interval; of `Forked`, the future
    number "number" Int false,
    /// the customer's segment
    segment "segment" Word false of &header.segments,
    /// the channel
    channel "channel" Word false of &header.channels,
    /// what the customer wants
    intent "intent" Word false of &header.intents,
    /// the customer's tier
    tier "tier" Word false of &header.tiers,
    /// the customer's language
    language "language" Word false of &header.languages,
    /// number of the contact among those of its issue
    attempt "attempt" Int false,
    /// the contact before it of the same issue
    of "of" Long false,
    /// why
    reason "reason" Word false of reasons(),
    /// `deadline`, `until` or planned `at`, microseconds; null for never
    until_us "until_us" Long false,
    /// when the contact before it ended, microseconds
    ended_us "ended_us" Long false,
    /// `held`, `lag`, `wait`, `paid`, or the length of a break, microseconds
    duration_us "duration_us" Long false,
    /// number of the message to the bot
    turn "turn" Int false,
    /// whether the answer is right
    right "right" Flags false,
    /// whether the customer said that it helped
    confirmed "confirmed" Flags false,
    /// the queue, or the one it leaves
    queue "queue" Word false of header.queues.iter().map(|q| &q.name),
    /// the queue it goes to
    to_queue "to_queue" Word false of header.queues.iter().map(|q| &q.name),
    /// priority level
    level "level" Int false,
    /// whether the customer leaves without a sign
    silent "silent" Flags false,
    /// whether the queue is the wrong one
    wrong "wrong" Flags false,
    /// contacts that the agent has
    concurrency "concurrency" Int false,
    /// work that the contact holds, seconds
    work_s "work_s" Real false,
    /// wrap-up that follows, seconds
    wrap_up_s "wrap_up_s" Real false,
    /// work left over, seconds
    left_s "left_s" Real false,
    /// place of the finished work
    place "place" Int false,
    /// who closed it
    party "party" Word false of Party::ALL.map(Party::name),
    /// whether the issue is resolved indeed
    truly "truly" Flags false,
    /// how the contact ended
    outcome "outcome" Word false of Outcome::ALL.map(Outcome::name),
    /// satisfaction, 1 to 5
    csat "csat" Int false,
    /// effort, 1 to 7
    ces "ces" Int false,
    /// would recommend, 0 to 10
    nps "nps" Int false,
    /// which duty of the agent
    duty "duty" Int false,
    /// what the agent does when the running contacts are done
    then "then" Word false of Closing::NAMES,
    /// the other agent of a swap
    other_agent "other_agent" Int false,
    /// which fault
    fault "fault" Word false of &header.faults,
    /// how a turn with a real bot ended
    class "class" Word false of TurnClass::ALL.map(TurnClass::name),
    /// what the reply means
    meaning "meaning" Word false of Meaning::ALL.map(Meaning::name),
    /// HTTP status or WebSocket close code
    status "status" Int false,
    /// how late the request went out, wall-clock microseconds
    lag_us "lag_us" Long false,
    /// to the first part that says something, wall-clock microseconds
    first_us "first_us" Long false,
    /// to the first part that is an answer, not reasoning, wall-clock microseconds
    answer_us "answer_us" Long false,
    /// to the last part that says something, or to the failure, wall-clock microseconds
    latency_us "latency_us" Long false,
    /// spent on making a connection, wall-clock microseconds
    connect_us "connect_us" Long false,
    /// parts of the reply that say something
    parts "parts" Int false,
    /// longest pause within the reply, wall-clock microseconds
    pause_us "pause_us" Long false,
    /// tokens of the reply
    tokens "tokens" Long false,
    /// tokens of the prompt
    prompt_tokens "prompt_tokens" Long false,
}

/// The words of the reasons, one list after the other.
fn reasons() -> impl Iterator<Item = &'static str> {
    let reasons = EscalationReason::ALL.map(EscalationReason::name).into_iter();
    let reasons = reasons.chain(ReturnReason::ALL.map(ReturnReason::name));
    reasons.chain(TransferReason::ALL.map(TransferReason::name))
}

/// The schema of a log.
#[must_use]
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(Columns::fields()))
}

impl Columns {
    /// The batch.
    pub(super) fn batch(self, schema: &SchemaRef, words: &Words) -> Result<RecordBatch, LogError> {
        RecordBatch::try_new(Arc::clone(schema), self.arrays(words)?).map_err(unwritable)
    }
}
