//! Watching a load test: its log, its counters, and the live line.

use super::super::Failure;
use super::args::LoadArgs;
use crate::event::{Envelope, Header};
use crate::log::{LogWriter, PartitionSink};
use crate::projection::{Everything, TURN_DURATIONS};
use crate::run::{Bot, Watch};
use crate::scenario::Window;
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Time between two live lines.
const BETWEEN_LINES: Duration = Duration::from_millis(250);

/// Folds the events of a load test as they come, and keeps them.
pub(super) struct LoadWatch<'a> {
    header: &'a Header,
    window: Window,
    everything: Everything,
    events: u64,
    writer: Option<&'a LogWriter>,
    sink: Option<PartitionSink>,
    bar: ProgressBar,
    lined: Instant,
    start: Instant,
}

impl<'a> LoadWatch<'a> {
    pub(super) async fn new(
        header: &'a Header,
        window: Window,
        writer: Option<&'a LogWriter>,
        args: &LoadArgs,
    ) -> Result<Self, Failure> {
        let hidden = args.quiet;
        let target = if hidden {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let wall_ms = (window.horizon().since(window.from).as_s() / args.when.speed * 1e3) as u64;
        let bar = ProgressBar::with_draw_target(Some(wall_ms), target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {msg}") {
            bar.set_style(style);
        }
        Ok(Self {
            header,
            window,
            everything: Everything::new(header),
            events: 0,
            writer,
            sink: writer.map(|w| w.partition(0)),
            bar,
            lined: Instant::now(),
            start: Instant::now(),
        })
    }

    /// The fold of all events, and their number.
    pub(super) fn finish(self) -> (Everything, u64) {
        if let Some(sink) = self.sink {
            sink.end();
        }
        self.bar.finish_and_clear();
        (self.everything, self.events)
    }

    fn quantile(&self, metric: &str, q: f64) -> f64 {
        let turns = &self.everything.turns;
        let segments = self.header.segments.len().max(1);
        let place = TURN_DURATIONS.iter().position(|(_, name)| *name == metric);
        let from = place.unwrap_or(0) * segments;
        let mut sum: Option<Histogram<u64>> = None;
        for histogram in turns.histograms.iter().skip(from).take(segments) {
            match &mut sum {
                None => sum = Some(histogram.clone()),
                Some(sum) => drop(sum.add(histogram)), // grows by itself
            }
        }
        sum.map_or(0.0, |h| h.value_at_quantile(q) as f64 * 1e-6)
    }

    fn line(&self, bot: &Bot) -> String {
        let Bot::Real(real) = bot else {
            return String::new();
        };
        let traffic = real.traffic();
        let cells = &self.everything.turns.cells;
        let late: u64 = cells.iter().map(|c| c.late).sum();
        let failed: u64 = cells.iter().map(|c| c.failed()).sum();
        let waiting: f64 = self
            .everything
            .service
            .waiting
            .iter()
            .map(|g| g.level)
            .sum();
        format!(
            "{} conversations, {} turns, {} under way, {failed} failed, {late} late | first p50 {:.2}s p95 {:.2}s | {waiting} wait for people",
            traffic.conversations,
            traffic.asked,
            traffic.in_flight + traffic.held,
            self.quantile("ttft_s", 0.5),
            self.quantile("ttft_s", 0.95),
        )
    }
}

impl Watch for LoadWatch<'_> {
    fn events(&mut self, events: &[Envelope], wall_us: &[Option<i64>]) {
        if let Some(sink) = &mut self.sink {
            sink.events_at(0, events, wall_us);
        }
        self.everything.apply_all(self.header, events);
        self.events += events.len() as u64;
    }

    fn glance(&mut self, bot: &Bot) -> Result<(), String> {
        if self.writer.is_some_and(LogWriter::has_stopped) {
            return Err("the log cannot be written any more".into());
        }
        if let Bot::Real(real) = bot
            && let Some(what) = real.objection()
        {
            return Err(what);
        }
        if !self.bar.is_hidden() && self.lined.elapsed() >= BETWEEN_LINES {
            self.lined = Instant::now();
            self.bar
                .set_position(self.start.elapsed().as_millis() as u64);
            self.bar.set_message(self.line(bot));
        }
        Ok(())
    }
}
