//! Turns of a load test as an HdrHistogram interval log (version 2, deflated), which the
//! tools of HdrHistogram read: a histogram for each second, metric, phase and segment.

use super::UNWRITABLE;
use crate::event::Envelope;
use crate::log::{LogError, Run, WallSpan};
use crate::metric::Metric;
use crate::projection::{Book, TURN_DURATIONS, TurnDuration, new_histogram, turn_durations};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogWriter, IntervalLogWriterBuilder, IntervalLogWriterError, Tag,
};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// Length of an interval, seconds.
pub const INTERVAL_S: u64 = 1;

/// Writes the turns of all replications whose events are kept, and gives the number of
/// histograms. A turn belongs to the second in which it ended. `name` is what messages
/// call the target.
///
/// # Errors
/// When a file of the run is damaged, or the target cannot be written.
pub fn interval_log<W: Write>(run: &Run, mut out: W, name: &Path) -> Result<u64, LogError> {
    let header = &run.manifest.header;
    let start_us = WallSpan::of(run)?.began_us().unwrap_or(0);
    let start = UNIX_EPOCH + Duration::from_micros(u64::try_from(start_us).unwrap_or(0));
    let mut serializer = V2DeflateSerializer::new();
    let writer = IntervalLogWriterBuilder::new()
        .add_comment("[Histogram log format version 1.3]")
        .add_comment(&format!("convoq {}", env!("CARGO_PKG_VERSION")))
        .add_comment("all values in microseconds; tag: metric.phase.segment")
        .with_start_time(start)
        .with_base_time(start)
        .begin_log_with(&mut out, &mut serializer)
        .map_err(LogError::io(name, UNWRITABLE))?;
    let mut seconds = Seconds {
        segments: header.segments.iter().map(|s| word(s)).collect(),
        writer,
        start_us,
        tokens: header.load.as_ref().is_some_and(|load| load.tokens),
        now: 0,
        histograms: BTreeMap::new(),
        written: 0,
    };
    let mut book = Book::new(header);
    run.try_events(&|_| true, &mut |_, events, walls| {
        for (envelope, wall_us) in events.iter().zip(walls) {
            if let Some(us) = wall_us {
                let seen = seconds.see(&book, envelope, *us);
                seen.map_err(LogError::io(name, UNWRITABLE))?;
            }
            book.apply(header, envelope);
        }
        Ok(())
    })?;
    let done = seconds.write();
    let written = seconds.written;
    let done = done.and_then(|()| out.flush());
    done.map_err(LogError::io(name, UNWRITABLE))?;
    Ok(written)
}

/// Which histogram: the turn's metric, whether its contact began in the measured window,
/// and its segment.
type Key = (usize, bool, u8);

struct Seconds<'a, 'b, W: Write> {
    segments: Vec<String>,
    writer: IntervalLogWriter<'a, 'b, W, V2DeflateSerializer>,
    start_us: i64,
    /// Whether replies have tokens.
    tokens: bool,
    /// The second that is filled, from the start.
    now: u64,
    histograms: BTreeMap<Key, Histogram<u64>>,
    written: u64,
}

impl<W: Write> Seconds<'_, '_, W> {
    /// The book stands as it was before the event.
    fn see(&mut self, book: &Book, envelope: &Envelope, wall_us: i64) -> io::Result<()> {
        for (what, us) in turn_durations(&envelope.event, self.tokens).into_iter().flatten() {
            let since_us = u64::try_from(wall_us - self.start_us).unwrap_or(0);
            let second = since_us / (INTERVAL_S * 1_000_000);
            if second > self.now {
                self.write()?;
                self.now = second;
            }
            let record = book.get(envelope.slot);
            let key = (what as usize, record.measured, record.segment.0);
            let histogram = self.histograms.entry(key).or_insert_with(new_histogram);
            let _ = histogram.record(us); // grows by itself
        }
        Ok(())
    }

    /// Writes the second that is filled.
    fn write(&mut self) -> io::Result<()> {
        let start = Duration::from_secs(self.now * INTERVAL_S);
        for ((what, measured, segment), histogram) in std::mem::take(&mut self.histograms) {
            let metric = metric(what);
            let phase = if measured { "measured" } else { "warm_up" };
            let segment = self.segments.get(usize::from(segment));
            let segment = segment.map_or("", String::as_str);
            let tag = format!("{metric}.{phase}.{segment}");
            let length = Duration::from_secs(INTERVAL_S);
            let tag = Tag::new(&tag);
            let done = self.writer.write_histogram(&histogram, start, length, tag);
            done.map_err(|error| match error {
                IntervalLogWriterError::IoError(error) => error,
                IntervalLogWriterError::SerializeError(error) => {
                    io::Error::other(error.to_string())
                }
            })?;
            self.written += 1;
        }
        Ok(())
    }
}

/// The metric's name, in the unit of the values.
fn metric(what: usize) -> String {
    let of = |(duration, _): &&(TurnDuration, Metric)| *duration as usize == what;
    let name = TURN_DURATIONS.iter().find(of).map_or("", |(_, metric)| metric.name());
    format!("{}_us", name.trim_end_matches("_s"))
}

/// A name fit for a tag, which ends at a comma or a blank.
fn word(name: &str) -> String {
    let plain = |c: char| !(c == ',' || c.is_whitespace() || c.is_control());
    name.chars().map(|c| if plain(c) { c } else { '_' }).collect()
}
