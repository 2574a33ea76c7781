//! Who comes to a queue: rates by intent, their work and their patience.

use crate::analytic::RatePiece;
use crate::distribution::Distribution;
use crate::id::{ChannelId, IntentId, QueueId};
use crate::scenario::{
    AfterHours, Arrivals, BurstSize, Scenario, Source, expected_of_interval, expected_volume,
    reaches_people, shares,
};

/// Contacts of one source and one intent at a queue.
#[derive(Clone, Debug)]
pub struct Part {
    /// Solo work with wrap-up.
    pub work: Distribution,
    /// When they come, by their begin.
    pub pieces: Vec<RatePiece>,
    /// Length of the longest piece, seconds.
    longest_s: f64,
    patience: Option<Distribution>,
    channel: ChannelId,
    volume: f64,
}

/// All first contacts that come to a queue by the rules of routing.
#[derive(Clone, Debug)]
pub struct Flow {
    /// By source and intent.
    pub parts: Vec<Part>,
    /// Mean solo work with wrap-up, seconds; 0 without contacts.
    pub work_s: f64,
    /// Patience of the most numerous part.
    pub patience: Option<Distribution>,
    /// Channel of the most numerous part.
    pub channel: ChannelId,
    /// Whether parts differ in patience or channel, so that one stands for all.
    pub mixed: bool,
}

impl Flow {
    /// Contacts expected between two moments, in seconds of the run.
    #[must_use]
    pub fn arrivals(&self, from_s: f64, to_s: f64) -> f64 {
        let inside = |p: &RatePiece| {
            let length = p.end_s.min(to_s) - p.start_s.max(from_s);
            p.rate * length.max(0.0)
        };
        let near = self.parts.iter().flat_map(|p| p.between(from_s, to_s));
        near.map(inside).sum()
    }
}

impl Part {
    /// The pieces that can reach into a span of time.
    #[must_use]
    pub fn between(&self, from_s: f64, to_s: f64) -> &[RatePiece] {
        let before = |p: &RatePiece| p.start_s < from_s - self.longest_s;
        let first = self.pieces.partition_point(before);
        let rest = &self.pieces[first..];
        &rest[..rest.partition_point(|p| p.start_s < to_s)]
    }
}

/// The contacts that a queue is meant for. Returns, retrials, wrong turns,
/// overflow and triage are left out, and so is the time with the bot.
#[must_use]
pub fn flow(scenario: &Scenario, queue: QueueId) -> Flow {
    let mut parts = Vec::new();
    for source in &scenario.sources {
        for (intent, share) in shares(&source.intents) {
            let reached = routed(scenario, source, intent, queue);
            let to_people = share * reaches_people(scenario, source, intent) * reached;
            if to_people > 0.0 {
                parts.extend(part(scenario, source, intent, to_people));
            }
        }
    }
    let volume: f64 = parts.iter().map(|p| p.volume).sum();
    let work: f64 = parts.iter().map(|p| p.volume * p.work.mean_s()).sum();
    let largest = parts.iter().max_by(|a, b| a.volume.total_cmp(&b.volume));
    let patience = largest.and_then(|p| p.patience.clone());
    let channel = largest.map_or(ChannelId(0), |p| p.channel);
    let same = |p: &Part| p.patience == patience && p.channel == channel;
    Flow {
        mixed: !parts.iter().all(same),
        work_s: if volume > 0.0 { work / volume } else { 0.0 },
        patience,
        channel,
        parts,
    }
}

fn part(scenario: &Scenario, source: &Source, intent: IntentId, share: f64) -> Option<Part> {
    let intent = scenario.intents.get(intent.index())?;
    let channel = &scenario.channels[source.channel.index()];
    let factors = shares(&source.tiers);
    let factor: f64 = factors.map(|(t, s)| s * scenario.tiers[t.index()].work_factor).sum();
    let work = both(&intent.work, intent.wrap_up.as_ref()).scaled(factor);
    let pieces = in_minutes(pieces(scenario, source, share));
    let lengths = pieces.iter().map(|p| p.end_s - p.start_s);
    let longest_s = lengths.fold(0.0, f64::max);
    let volume = pieces.iter().map(|p| p.rate * (p.end_s - p.start_s)).sum();
    Some(Part {
        work,
        volume,
        pieces,
        longest_s,
        patience: intent.patience.clone().or_else(|| channel.patience.clone()),
        channel: source.channel,
    })
}

/// Work and wrap-up together: the lognormal law of their mean and variance.
fn both(work: &Distribution, wrap_up: Option<&Distribution>) -> Distribution {
    let Some(wrap_up) = wrap_up else {
        return work.clone();
    };
    let (a, b) = (work.mean_s(), wrap_up.mean_s());
    let variance = work.cv2() * a * a + wrap_up.cv2() * b * b;
    Distribution::lognormal_mean_cv(a + b, libm::sqrt(variance) / (a + b).max(1e-9))
}

/// The rates of a source, times the share that comes to the queue.
fn pieces(scenario: &Scenario, source: &Source, share: f64) -> Vec<RatePiece> {
    let channel = &scenario.channels[source.channel.index()];
    let piece = |start_s: f64, end_s: f64, count: f64| RatePiece {
        start_s,
        end_s,
        rate: count * share / (end_s - start_s).max(1e-6),
    };
    match &source.arrivals {
        Arrivals::Intervals { pieces, .. } => {
            let open = |p: &&crate::scenario::Piece| {
                let span = p.span;
                let length = span.end.since(span.start).as_s().max(1e-6);
                match channel.after_hours {
                    AfterHours::Queue => 1.0,
                    _ => channel.open.open_between(span.start, span.end).as_s() / length,
                }
            };
            let one = |p: &crate::scenario::Piece| {
                let count = expected_of_interval(p.volume) * open(&p);
                piece(p.span.start.as_s(), p.span.end.as_s(), count)
            };
            pieces.iter().map(one).filter(|p| p.rate > 0.0).collect()
        }
        Arrivals::Burst { at, delay, size } => {
            let count = match size {
                BurstSize::Expected(mean) => *mean,
                BurstSize::Recipients { .. } => expected_volume(source),
            };
            // As many steps of equal probability as draw the delay well enough.
            let edge =
                |k: u32| at.as_s() + delay.quantile((f64::from(k) / 40.0).clamp(1e-4, 0.999));
            (0..40).map(|k| piece(edge(k), edge(k + 1).max(edge(k) + 1.0), count / 40.0)).collect()
        }
        Arrivals::Recorded { times, .. } => {
            let step = scenario.header.interval.0.max(1);
            let mut counts = std::collections::BTreeMap::new();
            for time in times {
                *counts.entry(time.0 / step).or_insert(0.0) += 1.0;
            }
            let s = |k: u64| (k * step) as f64 * 1e-6;
            counts.into_iter().map(|(k, count)| piece(s(k), s(k + 1), count)).collect()
        }
    }
}

/// Shortest piece that a load can tell from its neighbours, seconds.
const FINE_S: f64 = 60.0;

/// Pieces by their begin; those of seconds that follow each other become one of a minute.
fn in_minutes(mut pieces: Vec<RatePiece>) -> Vec<RatePiece> {
    pieces.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let mut merged: Vec<RatePiece> = Vec::new();
    for piece in pieces {
        match merged.last_mut() {
            Some(last) if last.end_s == piece.start_s && piece.end_s - last.start_s <= FINE_S => {
                let count = last.rate * (last.end_s - last.start_s)
                    + piece.rate * (piece.end_s - piece.start_s);
                last.end_s = piece.end_s;
                last.rate = count / (last.end_s - last.start_s);
            }
            _ => merged.push(piece),
        }
    }
    merged
}

/// The share of a source's contacts with an intent that the queue is the first to take.
fn routed(scenario: &Scenario, source: &Source, intent: IntentId, queue: QueueId) -> f64 {
    let mut share = 0.0;
    for (tier, of_tier) in shares(&source.tiers) {
        for (language, of_language) in shares(&source.languages) {
            let first = scenario.queues.iter().position(|q| {
                let by_customer = q.takes.source(source) && q.takes.tier(tier);
                by_customer && q.takes.intent(intent) && q.takes.language(language)
            });
            if first.unwrap_or(0) == queue.index() {
                share += of_tier * of_language;
            }
        }
    }
    share
}
