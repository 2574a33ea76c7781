//! The run directory: events on disk, durable, columnar, replayable.
//!
//! `docs/events.md` describes the files. Writing: [`Encoder`] turns events into
//! columns, [`sealed`] writes Parquet. Reading never decodes a byte before its
//! checksum holds.

mod columns;
mod decode;
mod encode;
mod error;
mod places;
mod upgrade;
mod words;

pub use columns::{COLUMNS, schema};
pub use decode::Decoder;
pub use encode::Encoder;
pub use error::LogError;
pub use upgrade::{Renamed, upgrade_with};
pub use words::{TYPES, name};
