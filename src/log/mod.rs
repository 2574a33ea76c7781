//! The run directory: events on disk, durable, columnar, replayable.
//!
//! `docs/events.md` describes the files. Writing: [`Encoder`] turns events into
//! columns, [`LogWriter`] writes sealed Parquet beside the engines, and live files
//! where events have to survive a crash. Reading never decodes a byte before its
//! checksum holds.

mod codec;
mod columns;
mod decode;
mod directory;
mod encode;
mod error;
mod files;
mod flat;
mod folder;
mod live;
mod manifest;
mod places;
mod rows;
mod sealed;
mod sink;
mod survey;
mod table;
mod upgrade;
mod wall;
mod words;
mod writer;

pub use columns::{COLUMNS, schema};
pub use decode::{Decoder, EventSink, TryEventSink};
pub use directory::Run;
pub use encode::Encoder;
pub use error::LogError;
pub use files::MANIFEST;
pub use flat::{FlatEvents, flat_columns};
pub use folder::RunFolder;
pub use manifest::{
    FileFacts, ForkFacts, LegFacts, Lost, Manifest, Mode, PartitionFacts, RUN_FORMAT, RunState,
    ScenarioFacts, Totals,
};
pub use rows::{Column, ParquetRows};
pub use sink::PartitionSink;
pub use table::{ReadTable, Table, Values, write_parquet};
pub use upgrade::{Renamed, upgrade_with};
pub use wall::WallSpan;
pub use writer::{LogWriter, Policy};
