//! Turns with a real bot: how long, how late, how they ended.

use super::histogram_key::{HistogramKey, OPEN_DURATIONS, TURN_DURATIONS, TurnDuration};
use super::{Book, Durations, Projection};
use crate::domain::{EscalationReason, Meaning, TurnClass};
use crate::event::{Envelope, Event, Header, TurnLimits};
use crate::id::{SegmentId, SlotId};
use crate::time::{SimDuration, SimTime};

/// The tokens of an answer, and whether they are its pieces because the bot did not count.
#[must_use]
pub fn tokens_of(event: &Event) -> Option<(u32, bool)> {
    match *event {
        Event::TurnMeasured { tokens: Some(tokens), .. } => Some((tokens.get(), false)),
        Event::TurnMeasured { parts, .. } => Some((parts.into(), true)).filter(|_| parts > 0),
        _ => None,
    }
}

/// What a turn adds to which distributions, microseconds: its parts where it was answered,
/// else when it failed. Nothing of a message that was never sent. With `tokens` its answer is one
/// of a language model.
#[must_use]
pub fn turn_durations(event: &Event, tokens: bool) -> [Option<(TurnDuration, u64)>; 8] {
    let Event::TurnMeasured {
        class, lag_us, first_us, answer_us, latency_us, parts, pause_us, ..
    } = *event
    else {
        return [None; 8];
    };
    let some = |what, us: u32| Some((what, u64::from(us)));
    let lag = some(TurnDuration::Lag, lag_us);
    let few = |other| [lag, other, None, None, None, None, None, None];
    match class {
        TurnClass::DroppedInFlight => return [None; 8],
        TurnClass::NotSent => return few(some(TurnDuration::Unanswered, latency_us)),
        TurnClass::GeneratorLimit => return few(None),
        class if !class.is_success() => return few(some(TurnDuration::Failed, latency_us)),
        _ => {}
    }
    let first = first_us.map(|us| us.get());
    // Older logs do not tell the two apart.
    let answer = answer_us.map(|us| us.get()).or(first);
    let [per_token, per_output_token] = token_times(event).filter(|_| tokens).unwrap_or_default();
    [
        lag,
        some(TurnDuration::Latency, latency_us),
        some(TurnDuration::Service, latency_us.saturating_sub(lag_us)),
        first.and_then(|us| some(TurnDuration::ToFirst, us)),
        answer.and_then(|us| some(TurnDuration::ToAnswer, us)),
        per_token.and_then(|us| some(TurnDuration::PerToken, us)),
        per_output_token.and_then(|us| some(TurnDuration::PerOutputToken, us)),
        // A reply in one part has none.
        some(TurnDuration::Pause, pause_us).filter(|_| tokens && parts > 1),
    ]
}

/// From token to token of an answer that came in parts, and all of it shared out over its tokens.
fn token_times(event: &Event) -> Option<[Option<u32>; 2]> {
    let Event::TurnMeasured { lag_us, first_us, latency_us, parts, .. } = *event else {
        return None;
    };
    let (tokens, _) = tokens_of(event)?;
    let since_first = latency_us.saturating_sub(first_us?.get());
    let between = (parts > 1 && tokens > 1).then(|| rounded(since_first, tokens - 1));
    Some([between, Some(rounded(latency_us.saturating_sub(lag_us), tokens))])
}

fn rounded(us: u32, by: u32) -> u32 {
    (f64::from(us) / f64::from(by.max(1))).round() as u32
}

/// Whether an answer keeps within the limits; one without a number that a limit is on does not.
fn is_good(event: &Event, limits: &TurnLimits) -> bool {
    let Event::TurnMeasured { class, first_us, answer_us, latency_us, .. } = *event else {
        return false;
    };
    let first = first_us.map(|us| us.get());
    let answer = answer_us.map(|us| us.get()).or(first);
    // An answer in one token has nothing from token to token.
    let per_token = token_times(event).map(|[between, _]| between.unwrap_or(0));
    let within = |limit: Option<u32>, us: Option<u32>| {
        limit.is_none_or(|limit| us.is_some_and(|us| us <= limit))
    };
    class.is_success()
        && within(limits.latency_us, Some(latency_us))
        && within(limits.first_us, first)
        && within(limits.answer_us, answer)
        && within(limits.per_token_us, per_token)
}

/// Counters of the turns of one segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TurnCell {
    /// Messages that customers wrote to the bot.
    pub offered: u64,
    /// Of those, sent so late that the budget of the generator was exceeded.
    pub late: u64,
    /// By how they ended, in the order of `TurnClass::ALL`.
    pub classes: [u64; TurnClass::ALL.len()],
    /// By what the reply means, in the order of `Meaning::ALL`.
    pub meanings: [u64; Meaning::ALL.len()],
    /// Connections that were made.
    pub connects: u64,
    /// Time spent on making them, microseconds.
    pub connect_us: u64,
    /// Answers of a language model, as far as their tokens are known.
    pub told: u64,
    /// Of those, whose pieces were counted because the bot counts no tokens.
    pub pieces: u64,
    /// Tokens of all of them.
    pub tokens: u64,
    /// Prompts whose tokens the bot counted.
    pub prompts: u64,
    /// Tokens of these.
    pub prompt_tokens: u64,
    /// Tokens of answers that ended within the measured window.
    pub window_tokens: u64,
    /// Answers that kept within all limits.
    pub good: u64,
    /// Of all turns, answers within the measured window that did.
    pub good_answered: u64,
    /// Lag-1 sums of the latencies of answered turns in the order of their ends.
    pub latency: LagOne,
    /// Time of all turns within the measured window, time of the run, microseconds.
    pub in_flight_us: u64,
    /// Turns that were asked within the measured window.
    pub asked: u64,
    /// Of all turns, those that were answered within it.
    pub answered: u64,
    /// Whole time of the turns that were asked within the measured window, wall-clock
    /// microseconds.
    pub asked_us: u64,
}

impl TurnCell {
    /// Turns that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        let not_failed = [TurnClass::CancelledByCustomer, TurnClass::CensoredAtEnd];
        let failed = |class: &TurnClass| {
            !class.is_success() && !class.stayed_here() && !not_failed.contains(class)
        };
        let classes = TurnClass::ALL.into_iter().filter(failed);
        classes.map(|class| self.classes[class as usize]).sum()
    }
}

/// Sums for the correlation of neighbours in a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LagOne {
    n: f64,
    sum: f64,
    squares: f64,
    products: f64,
    last: Option<f64>,
}

impl LagOne {
    /// Takes the next value.
    pub fn put(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += x * x;
        self.products += self.last.map_or(0.0, |last| last * x);
        self.last = Some(x);
    }

    /// Numerator and denominator of the correlation; 0 and 0 for fewer than three values.
    #[must_use]
    pub fn correlation(&self) -> (f64, f64) {
        if self.n < 3.0 {
            return (0.0, 0.0);
        }
        let mean = self.sum / self.n;
        let covariance = self.products / (self.n - 1.0) - mean * mean;
        (covariance, self.squares / self.n - mean * mean)
    }
}

/// A conversation with the bot.
#[derive(Clone, Copy, Debug, Default)]
struct Talk {
    /// A message without a reply so far.
    open: bool,
    measured: bool,
    /// With the real bot: not one of those from before.
    real: bool,
    /// When the open message was to be sent.
    asked: SimTime,
    segment: u8,
    worst_us: u64,
    waited_us: u64,
    /// Messages that were answered, or had no answer for so long.
    counted: u32,
    /// Whether there was one without an answer.
    unanswered: bool,
}

/// The turns of one replication.
#[derive(Clone, Debug)]
pub struct Turns {
    /// What each histogram holds; nothing in a simulation.
    pub keys: Vec<HistogramKey>,
    /// The histograms, in the order of `keys`.
    pub histograms: Vec<Durations>,
    /// Counters by segment.
    pub cells: Vec<TurnCell>,
    /// Latencies of all segments together.
    pub latency: LagOne,
    talks: Vec<Talk>,
    lag_budget_us: u32,
    /// Whether replies have tokens.
    with_tokens: bool,
    limits: TurnLimits,
    from: SimTime,
    window: (SimTime, SimTime),
    speed: f64,
    /// The latest event so far.
    latest: SimTime,
}

impl Turns {
    /// Without turns.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let Some(load) = &header.load else {
            return Self {
                keys: Vec::new(),
                histograms: Vec::new(),
                cells: Vec::new(),
                latency: LagOne::default(),
                talks: Vec::new(),
                lag_budget_us: 0,
                with_tokens: false,
                limits: TurnLimits::default(),
                from: SimTime::ZERO,
                window: (SimTime::ZERO, SimTime::ZERO),
                speed: 1.0,
                latest: SimTime::ZERO,
            };
        };
        let segments = header.segments.len();
        let mut keys = Vec::new();
        let named = TURN_DURATIONS.iter().map(|(what, _)| *what);
        for what in named.chain(OPEN_DURATIONS) {
            keys.extend((0..segments).map(|s| HistogramKey::Turn(what, SegmentId(s as u8))));
        }
        Self {
            histograms: vec![Durations::default(); keys.len()],
            keys,
            cells: vec![TurnCell::default(); segments],
            latency: LagOne::default(),
            talks: Vec::new(),
            lag_budget_us: load.lag_budget_us,
            with_tokens: load.tokens,
            limits: load.limits,
            from: load.from,
            window: header.measured,
            speed: load.speed,
            latest: SimTime::ZERO,
        }
    }

    /// Length of the measured window as far as the run went, time of the run, seconds.
    #[must_use]
    pub fn window_s(&self) -> f64 {
        let (from, to) = self.window;
        self.latest.min(to).since(from.min(to)).as_s()
    }

    /// Whether a good turn has limits.
    #[must_use]
    pub fn has_limits(&self) -> bool {
        !self.limits.is_empty()
    }

    /// Time of the run to wall-clock time.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// How long the open message has waited, wall-clock microseconds.
    fn waited_us(&mut self, slot: SlotId, until: SimTime) -> u64 {
        let asked = self.talk(slot).asked;
        (until.since(asked).0 as f64 / self.speed) as u64
    }

    /// An open message ends: what it was of the messages under way. One with a measured
    /// latency was so until then, and not while it was unknown that nothing would follow.
    fn leave_flight(&mut self, slot: SlotId, until: SimTime, latency_us: Option<u32>) {
        let Talk { open: true, real: true, asked, segment, .. } = *self.talk(slot) else {
            return;
        };
        let (from, to) = self.window;
        let wall_us = self.waited_us(slot, until);
        let ended = latency_us.map_or(until, |us| {
            let after_us = f64::from(us) * self.speed;
            until.min(asked + SimDuration(after_us as u64))
        });
        let cell = &mut self.cells[usize::from(segment)];
        let inside = ended.min(to).0.saturating_sub(asked.max(from).0);
        cell.in_flight_us += inside;
        if from <= asked && asked < to {
            cell.asked += 1;
            cell.asked_us += latency_us.map_or(wall_us, u64::from);
        }
    }

    fn record(&mut self, what: TurnDuration, segment: u8, us: u64) {
        let number = what as usize * self.cells.len() + usize::from(segment);
        self.histograms[number].record(us);
    }

    fn talk(&mut self, slot: SlotId) -> &mut Talk {
        if self.talks.len() <= slot.index() {
            self.talks.resize(slot.index() + 1, Talk::default());
        }
        &mut self.talks[slot.index()]
    }

    /// An open message ends without a measured reply.
    fn end_open(&mut self, slot: SlotId, at: SimTime, class: TurnClass) {
        self.leave_flight(slot, at, None);
        let waited_us = self.waited_us(slot, at);
        let talk = self.talk(slot);
        let (open, segment) = (talk.open && talk.measured, talk.segment);
        talk.open = false;
        if open {
            // The conversation has waited at least so long.
            talk.worst_us = talk.worst_us.max(waited_us);
            talk.waited_us += waited_us;
            talk.counted += 1;
            talk.unanswered = true;
            self.cells[usize::from(segment)].classes[class as usize] += 1;
            self.record(TurnDuration::Unanswered, segment, waited_us);
        }
    }

    /// The conversation with the bot is over.
    fn end_talk(&mut self, slot: SlotId) {
        let talk = *self.talk(slot);
        if talk.measured && talk.counted > 0 {
            let (worst, waited) = match talk.unanswered {
                true => (TurnDuration::WorstOpen, TurnDuration::WaitedOpen),
                false => (TurnDuration::Worst, TurnDuration::Waited),
            };
            self.record(worst, talk.segment, talk.worst_us);
            self.record(waited, talk.segment, talk.waited_us);
        }
        *self.talk(slot) = Talk::default();
    }

    fn measured(&mut self, env: &Envelope) {
        let Event::TurnMeasured {
            class,
            meaning,
            lag_us,
            latency_us,
            connect_us,
            prompt_tokens,
            ..
        } = env.event
        else {
            return;
        };
        self.leave_flight(env.slot, env.at, Some(latency_us));
        let budget_us = self.lag_budget_us;
        let in_window = self.window.0 <= env.at && env.at < self.window.1;
        let talk = *self.talk(env.slot);
        let good = is_good(&env.event, &self.limits);
        let told = tokens_of(&env.event).filter(|_| self.with_tokens && class.is_success());
        if class.is_success() && talk.open && talk.real && in_window {
            let cell = &mut self.cells[usize::from(talk.segment)];
            cell.answered += 1;
            cell.good_answered += u64::from(good);
            cell.window_tokens += told.map_or(0, |(tokens, _)| tokens.into());
        }
        let talk = self.talk(env.slot);
        talk.open = false;
        let segment = talk.segment;
        if !talk.measured {
            return;
        }
        if class.is_success() {
            talk.worst_us = talk.worst_us.max(latency_us.into());
            talk.waited_us += u64::from(latency_us);
            talk.counted += 1;
        }
        let cell = &mut self.cells[usize::from(segment)];
        cell.classes[class as usize] += 1;
        cell.meanings[meaning as usize] += 1;
        cell.late += u64::from(lag_us > budget_us);
        cell.connects += u64::from(connect_us > 0);
        cell.connect_us += u64::from(connect_us);
        cell.good += u64::from(good);
        if let Some((tokens, pieces)) = told {
            cell.told += 1;
            cell.tokens += u64::from(tokens);
            cell.pieces += u64::from(pieces);
            cell.prompts += u64::from(prompt_tokens.is_some());
            cell.prompt_tokens += prompt_tokens.map_or(0, |tokens| tokens.get().into());
        }
        if class.is_success() {
            cell.latency.put(f64::from(latency_us));
            self.latency.put(f64::from(latency_us));
        }
        let with_tokens = self.with_tokens;
        for (what, us) in turn_durations(&env.event, with_tokens).into_iter().flatten() {
            self.record(what, segment, us);
        }
    }
}

impl Projection for Turns {
    fn apply(&mut self, _header: &Header, book: &Book, env: &Envelope) {
        self.latest = env.at;
        match env.event {
            Event::BotAsked { held, .. } => {
                let r = book.get(env.slot);
                let (measured, segment) = (r.measured, r.segment.0);
                let real = r.started >= self.from;
                let talk = self.talk(env.slot);
                (talk.open, talk.measured, talk.segment) = (true, measured, segment);
                (talk.real, talk.asked) = (real, env.at + held);
                if measured {
                    self.cells[usize::from(segment)].offered += 1;
                }
            }
            Event::TurnMeasured { .. } => self.measured(env),
            Event::BotEscalated { reason: EscalationReason::TooSlow }
            | Event::BotGivenUp { .. } => {
                self.end_open(env.slot, env.at, TurnClass::CancelledByCustomer);
                self.end_talk(env.slot);
            }
            Event::BotEscalated { .. } | Event::BotClosed { .. } => self.end_talk(env.slot),
            Event::RunEnded => {
                for slot in 0..self.talks.len() {
                    if self.talks[slot].open {
                        let slot = SlotId(slot as u32);
                        self.end_open(slot, env.at, TurnClass::CensoredAtEnd);
                        self.end_talk(slot);
                    }
                }
            }
            _ => {}
        }
    }
}
