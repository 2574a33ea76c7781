//! Metrics of turns with a real bot, in load tests.

use super::{Collector, Dims};
use crate::domain::{Meaning, TurnClass};
use crate::event::Header;
use crate::id::SegmentId;
use crate::metric::{Definition, Metric};
use crate::projection::{TurnCell, Turns};

/// Of all turns, and by segment where there are several.
pub(super) fn turn_measures(c: &mut Collector, header: &Header, turns: &Turns) {
    c.key.dims = Dims::ALL;
    let mut all = TurnCell::default();
    turns.cells.iter().for_each(|cell| add(&mut all, cell));
    all.latency = turns.latency;
    cell_measures(c, &all);
    rates(c, turns, &all);
    if header.segments.len() > 1 {
        for (number, cell) in turns.cells.iter().enumerate() {
            c.key.dims = Dims { segment: Some(SegmentId(number as u8)), ..Dims::ALL };
            cell_measures(c, cell);
            rates(c, turns, cell);
        }
    }
    c.key.dims = Dims::ALL;
}

fn add(sum: &mut TurnCell, cell: &TurnCell) {
    sum.offered += cell.offered;
    sum.late += cell.late;
    let classes = sum.classes.iter_mut().zip(&cell.classes);
    classes.for_each(|(a, b)| *a += b);
    let meanings = sum.meanings.iter_mut().zip(&cell.meanings);
    meanings.for_each(|(a, b)| *a += b);
    sum.connects += cell.connects;
    sum.connect_us += cell.connect_us;
    sum.in_flight_us += cell.in_flight_us;
    sum.asked_us += cell.asked_us;
    sum.asked += cell.asked;
    sum.answered += cell.answered;
    sum.told += cell.told;
    sum.pieces += cell.pieces;
    sum.tokens += cell.tokens;
    sum.prompts += cell.prompts;
    sum.prompt_tokens += cell.prompt_tokens;
    sum.window_tokens += cell.window_tokens;
    sum.good += cell.good;
    sum.good_answered += cell.good_answered;
}

/// The rate of the turns. Little, "A Proof for the Queuing Formula: L = lambda W", Operations Research 9 (1961):
/// the mean number under way is the rate times the mean time, whatever the laws. The two
/// sides are counted apart: one as far as messages lie in the window, one whole.
fn rates(c: &mut Collector, turns: &Turns, cell: &TurnCell) {
    let under_way_s = cell.in_flight_us as f64 * 1e-6;
    let asked_s = cell.asked_us as f64 * 1e-6;
    let window_s = turns.window_s();
    c.quotient(Metric::TurnsInFlight, None, under_way_s, window_s);
    // Latencies are on the wall clock.
    let (window_s, under_way_s) = (window_s / turns.speed(), under_way_s / turns.speed());
    for (name, number) in [(Definition::Offered, cell.asked), (Definition::Answered, cell.answered)]
    {
        let number = number as f64;
        c.quotient(Metric::TurnsPerS, Some(name), number, window_s);
    }
    if cell.told > 0 {
        c.quotient(Metric::TokensPerS, None, cell.window_tokens as f64, window_s);
        c.quotient(Metric::TokensPerAnswer, None, cell.tokens as f64, cell.told as f64);
        c.quotient(Metric::TokensPerPrompt, None, cell.prompt_tokens as f64, cell.prompts as f64);
        c.share(Metric::UncountedTokens, cell.pieces, cell.told);
    }
    if turns.has_limits() {
        // What this machine could not send is no failure of the bot's.
        let kept = cell.classes[TurnClass::NotSent as usize]
            + cell.classes[TurnClass::GeneratorLimit as usize];
        c.share(Metric::Goodput, cell.good, cell.offered - kept);
        let good = cell.good_answered as f64;
        c.quotient(Metric::TurnsPerS, Some(Definition::Good), good, window_s);
    }
    c.quotient(Metric::RateTimesLatency, None, asked_s, window_s);
    c.quotient(Metric::LittlesLawGap, None, asked_s - under_way_s, under_way_s);
}

fn cell_measures(c: &mut Collector, cell: &TurnCell) {
    let of = |class: TurnClass| cell.classes[class as usize];
    let unfinished = of(TurnClass::CensoredAtEnd) + of(TurnClass::CancelledByCustomer);
    let dropped = of(TurnClass::DroppedInFlight);
    let not_sent = of(TurnClass::NotSent) + of(TurnClass::GeneratorLimit);
    let finished = cell.offered.saturating_sub(unfinished + dropped + not_sent);
    let named = [
        (Definition::Offered, cell.offered),
        (Definition::Sent, cell.offered.saturating_sub(dropped + not_sent)),
        (Definition::Finished, finished),
        (Definition::Late, cell.late),
    ];
    let mut count = |name, number: u64| c.total(Metric::Turns, Some(name), number as f64);
    named.into_iter().for_each(|(name, n)| count(name, n));
    for class in TurnClass::ALL {
        count(Definition::Turn(class), of(class));
    }
    let good = TurnClass::ALL.into_iter().filter(|c| c.is_success());
    let good: u64 = good.map(of).sum();
    let meaning = |m: Meaning| cell.meanings[m as usize];
    // What was not answered failed, whoever knows by now.
    c.share(Metric::AnsweredRate, good, cell.offered);
    // What this machine could not send is no failure of the bot's.
    let asked = cell.offered - not_sent;
    c.share(Metric::ErrorRate, asked.saturating_sub(good), asked);
    c.share(Metric::HandoffRate, meaning(Meaning::Handoff), finished);
    c.share(Metric::FallbackRate, meaning(Meaning::Fallback), finished);
    c.share(Metric::LateRate, cell.late, finished + not_sent);
    c.share(Metric::CancelledRate, of(TurnClass::CancelledByCustomer), cell.offered);
    c.share(Metric::ReconnectRate, cell.connects, finished);
    c.quotient(Metric::ConnectTime, None, cell.connect_us as f64 * 1e-6, cell.connects as f64);
    let (top, bottom) = cell.latency.correlation();
    c.quotient(Metric::LatencyAutocorrelation, None, top, bottom);
}
