//! Watching a load test: its log, its counters, and the live line.

use super::super::progress::{Heartbeat, drawn};
use super::args::LoadArgs;
use crate::domain::TurnClass;
use crate::doubt::Doubt;
use crate::event::{Envelope, GeneratorFacts, Header};
use crate::load::{Bot, Page, Saturation, Traffic, Usage, Watch};
use crate::log::{LogWriter, PartitionSink, WallSpan};
use crate::metric::Metric;
use crate::projection::{BotFit, Durations, Everything, TURN_DURATIONS};
use crate::scenario::Window;
use indicatif::ProgressBar;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Time between two live lines.
const BETWEEN_LINES: Duration = Duration::from_millis(250);

/// Folds the events of a load test as they come, and keeps them.
pub(super) struct LoadWatch<'a> {
    header: &'a Header,
    everything: Everything,
    /// Where the bot is to be measured for the scenario.
    fit: Option<BotFit>,
    /// Where somebody reads the counters.
    page: Option<Page>,
    saturation: Option<Saturation>,
    /// Whether the backlog grew without end.
    saturated: bool,
    /// Turns with a first content at the last look, and the sum of their times.
    looked: (u64, f64),
    events: u64,
    wall: WallSpan,
    usage: Usage,
    writer: Option<&'a LogWriter>,
    sink: Option<PartitionSink>,
    bar: ProgressBar,
    heartbeat: Heartbeat,
    lined: Instant,
    start: Instant,
    /// How long customers come.
    coming: Duration,
}

impl<'a> LoadWatch<'a> {
    pub(super) fn new(
        header: &'a Header,
        window: Window,
        writer: Option<&'a LogWriter>,
        args: &LoadArgs,
        page: Option<Page>,
        saturation: Option<Saturation>,
    ) -> Self {
        let quiet = args.quiet;
        let wall_ms = (window.horizon().since(window.from).as_s() / args.when.speed * 1e3) as u64;
        let (bar, heartbeat) = drawn(ProgressBar::new(wall_ms), "{bar:20} {msg}", quiet);
        Self {
            heartbeat,
            header,
            everything: Everything::new(header),
            fit: args.calibrate.is_some().then(|| BotFit::new(header)),
            page,
            saturation,
            saturated: false,
            looked: (0, 0.0),
            events: 0,
            wall: WallSpan::default(),
            usage: Usage::new(window, args.when.speed),
            writer,
            sink: writer.map(|w| w.partition(0)),
            bar,
            lined: Instant::now(),
            start: Instant::now(),
            coming: Duration::from_millis(wall_ms),
        }
    }

    /// Whether the backlog grew without end, or over the whole run.
    pub(super) fn is_overloaded(&self) -> bool {
        let grown = self.saturation.as_ref().map(Saturation::has_grown);
        self.saturated || grown == Some(true)
    }

    /// When it was.
    pub(super) fn wall(&self) -> WallSpan {
        self.wall
    }

    /// What the generator used in the measured window.
    pub(super) fn generator(&self) -> Option<GeneratorFacts> {
        self.usage.facts()
    }

    /// The folds of all events, and the number of events.
    pub(super) fn finish(self) -> (Everything, Option<BotFit>, u64) {
        if let Some(sink) = self.sink {
            sink.end();
        }
        self.bar.finish_and_clear();
        (self.everything, self.fit, self.events)
    }

    /// The histograms of a duration, one for each segment.
    fn histograms(&self, metric: Metric) -> &[Durations] {
        let segments = self.header.segments.len();
        let place = TURN_DURATIONS.iter().position(|(_, of)| *of == metric);
        let from = place.unwrap_or(0) * segments;
        let all = &self.everything.turns.histograms;
        all.get(from..from + segments).unwrap_or_default()
    }

    fn quantile_s(&self, metric: Metric, q: f64) -> f64 {
        Durations::sum(self.histograms(metric)).value_at_quantile(q) as f64 * 1e-6
    }

    fn waiting(&self) -> f64 {
        let queues = self.everything.service.waiting.iter();
        queues.map(|gauge| gauge.level).sum()
    }

    /// Whether the backlog of messages, and their time to first content, grow without end.
    fn is_saturated(&mut self, traffic: &Traffic) -> bool {
        // When nobody comes any more a backlog says nothing.
        if self.saturation.is_none() || self.start.elapsed() > self.coming {
            return false;
        }
        let all = self.histograms(Metric::Ttft).iter();
        let (count, sum_s) =
            all.fold((0, 0.0), |(n, sum), h| (n + h.len(), sum + h.mean() * h.len() as f64 * 1e-6));
        let new = count - self.looked.0;
        let mean_s = (sum_s - self.looked.1) / new as f64;
        self.looked = (count, sum_s);
        let under_way = (traffic.in_flight + traffic.held) as f64;
        let saturation = self.saturation.as_mut().filter(|_| new > 0);
        saturation.is_some_and(|s| s.is_growing(under_way, mean_s))
    }

    fn line(&self, traffic: &Traffic) -> String {
        let cells = &self.everything.turns.cells;
        let late: u64 = cells.iter().map(|c| c.late).sum();
        let failed: u64 = cells.iter().map(|c| c.failed()).sum();
        format!(
            "{} conversations, {} turns, {} under way, {failed} failed, {late} late | first p50 {:.2}s p95 {:.2}s | {} wait for people",
            traffic.conversations,
            traffic.asked,
            traffic.in_flight + traffic.held,
            self.quantile_s(Metric::Ttft, 0.5),
            self.quantile_s(Metric::Ttft, 0.95),
            self.waiting(),
        )
    }

    /// The counters as Prometheus text.
    fn counters(&self, traffic: &Traffic) -> String {
        let mut text = String::from(
            "# HELP convoq_turns_total Messages to the bot that ended, by how.\n# TYPE convoq_turns_total counter\n",
        );
        let cells = &self.everything.turns.cells;
        for (segment, cell) in self.header.segments.iter().zip(cells) {
            for class in TurnClass::ALL {
                let (name, count) = (class.name(), cell.classes[class as usize]);
                let labels = format!("segment=\"{segment}\",class=\"{name}\"");
                let _ = writeln!(text, "convoq_turns_total{{{labels}}} {count}");
            }
        }
        for (name, help, value) in [
            ("turns_asked", "Messages to be sent so far.", traffic.asked as f64),
            ("conversations", "Conversations so far.", traffic.conversations as f64),
            ("in_flight", "Messages under way.", traffic.in_flight as f64),
            ("held", "Messages that wait to be sent.", traffic.held as f64),
            ("waiting_for_people", "Contacts that wait for people.", self.waiting()),
        ] {
            let _ = writeln!(
                text,
                "# HELP convoq_{name} {help}\n# TYPE convoq_{name} gauge\nconvoq_{name} {value}"
            );
        }
        let of_answered = "Of answered turns, over the whole run.";
        for (metric, name, help) in [
            (Metric::Ttft, "convoq_ttft_seconds", of_answered),
            (Metric::TurnLatency, "convoq_turn_latency_seconds", of_answered),
            (Metric::DispatchLag, "convoq_dispatch_lag_seconds", "Over the whole run."),
        ] {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} summary");
            for q in [0.5, 0.9, 0.95, 0.99] {
                let value = self.quantile_s(metric, q);
                let _ = writeln!(text, "{name}{{quantile=\"{q}\"}} {value}");
            }
        }
        text
    }
}

impl Watch for LoadWatch<'_> {
    fn events(&mut self, events: &[Envelope], wall_us: &[Option<i64>]) {
        if let Some(sink) = &mut self.sink {
            sink.events_at(0, events, wall_us);
        }
        self.wall.see(wall_us);
        self.everything.apply_all(self.header, events);
        if let Some(fit) = &mut self.fit {
            fit.apply_all(self.header, events);
        }
        self.events += events.len() as u64;
    }

    fn glance(&mut self, bot: &Bot) -> Result<(), Doubt> {
        if self.writer.is_some_and(LogWriter::has_stopped) {
            return Err(Doubt::LogStopped);
        }
        self.usage.look();
        let Bot::Real(real) = bot else { return Ok(()) };
        if let Some(what) = real.objection() {
            return Err(what);
        }
        if self.lined.elapsed() < BETWEEN_LINES {
            return Ok(());
        }
        self.lined = Instant::now();
        let traffic = real.traffic();
        if !self.bar.is_hidden() {
            let gone_ms = self.start.elapsed().as_millis() as u64;
            self.bar.set_position(gone_ms);
            self.bar.set_message(self.line(&traffic));
        }
        self.heartbeat.beat(|| self.line(&traffic));
        if let Some(page) = &self.page {
            *page.borrow_mut() = self.counters(&traffic);
        }
        self.saturated = self.is_saturated(&traffic);
        if self.saturated {
            return Err(Doubt::Oversaturated);
        }
        Ok(())
    }
}
