//! Work of agents: how long it takes, and what several contacts at once do to it.
//!
//! A contact's work is the time that it would take alone. While its agent has `k` contacts
//! it is done at the speed `s(k)`, so what is seen of a contact is how long it stayed at
//! each level, `E_k`, and its work is the sum of `s(k) E_k`. The likelihood of that work is
//! its density times the speed at the level at which it ended: without that factor the
//! slowest speeds would always be likeliest.

use super::family::{Family, Member};
use super::figure::Figure;
use super::maximum::{covariance, maximum};
use super::sample::Sample;
use crate::observed::{Observed, Part, PartEnd};
use crate::time::SimTime;
use std::ops::Range;

/// Levels are told apart up to this one; what is above counts as it.
pub(super) const LEVELS: usize = 12;
/// Fewer contacts that ended at a level say nothing about it.
const FEW_ENDS: usize = 20;

/// Time at each level, from one contact on, seconds.
pub(super) type Levels = [f64; LEVELS];

/// A piece of work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Place of its part among those observed.
    pub part: usize,
    /// Whether it is a wrap-up.
    pub wrap_up: bool,
    /// Time at each level.
    pub at: Levels,
    /// Level at its end.
    pub level: usize,
    /// Whether it was seen to its end.
    pub ended: bool,
}

/// The speed of an agent by the number of contacts.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSlowdown {
    /// Index of the team in the header.
    pub team: usize,
    /// Speed of each contact while there are 1, 2, ... relative to one alone.
    pub speed: Vec<Figure>,
    /// Covariance of the logarithms of these speeds, from two contacts on; none where they
    /// cannot be told apart.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// The same from ends and time at each level alone: exact for exponential work.
    pub by_exposure: Vec<f64>,
    /// Families of the laws of work that were taken, one for each intent.
    pub families: Vec<Family>,
    /// Contacts that were looked at.
    pub n: usize,
    /// Contacts left out because they were open at the end.
    pub open: usize,
}

impl FittedSlowdown {
    /// The work in a piece, seconds alone.
    pub(super) fn work_s(&self, levels: &Levels) -> f64 {
        work_s(levels, &|k| self.speed_at(k))
    }

    fn speed_at(&self, k: usize) -> f64 {
        self.speed.get(k).or(self.speed.last()).map_or(1.0, |speed| speed.value)
    }

    /// The variance of the logarithm of a mean work because the speeds are estimates: what
    /// was done at each level moves with its speed.
    pub(super) fn log_variance(&self, sum: &Levels) -> f64 {
        let all = self.work_s(sum);
        let top = self.speed.len();
        let mut part = vec![0.0; top];
        for (k, s) in sum.iter().enumerate() {
            part[k.min(top - 1)] += self.speed_at(k) * s / all;
        }
        let rows = self.covariance.iter().flatten().zip(&part[1..]);
        let sums =
            rows.map(|(row, a)| row.iter().zip(&part[1..]).map(|(c, b)| a * b * c).sum::<f64>());
        let variance = sums.sum::<f64>();
        if variance.is_finite() { variance } else { 0.0 }
    }
}

fn work_s(levels: &Levels, speed: &dyn Fn(usize) -> f64) -> f64 {
    levels.iter().enumerate().filter(|(_, s)| **s > 0.0).map(|(k, s)| speed(k) * s).sum()
}

/// All pieces of work that were seen, with their time at each level.
pub(super) fn pieces(observed: &Observed) -> Vec<Piece> {
    let mut pieces: Vec<(Piece, SimTime, SimTime)> = Vec::new();
    let mut agents: Vec<Vec<usize>> = Vec::new();
    let until = observed.until;
    for (number, part) in observed.parts.iter().enumerate() {
        // An agent who waits for an empty contact to be noticed works at the others as before.
        if part.end == PartEnd::FoundEmpty {
            continue;
        }
        let mut add = |wrap_up, from: SimTime, to: Option<SimTime>| {
            let piece =
                Piece { part: number, wrap_up, at: [0.0; LEVELS], level: 0, ended: to.is_some() };
            if agents.len() <= part.agent.index() {
                agents.resize(part.agent.index() + 1, Vec::new());
            }
            agents[part.agent.index()].push(pieces.len());
            pieces.push((piece, from, to.unwrap_or(until)));
        };
        add(false, part.assigned, part.ended);
        if let (true, Some(ended)) = (part.wraps_up, part.ended) {
            add(true, ended, part.wrapped_up);
        }
    }
    for own in &agents {
        spread(&mut pieces, own);
    }
    pieces.into_iter().map(|(piece, ..)| piece).collect()
}

/// Divides the time of one agent's pieces among levels.
fn spread(pieces: &mut [(Piece, SimTime, SimTime)], own: &[usize]) {
    let mut turns: Vec<(SimTime, bool, usize)> = Vec::with_capacity(own.len() * 2);
    for &number in own {
        let (_, from, to) = pieces[number];
        turns.push((from, true, number));
        turns.push((to, false, number));
    }
    // What ends at a moment ends before what begins.
    turns.sort_by_key(|(at, begins, number)| (*at, *begins, *number));
    let mut active: Vec<usize> = Vec::new();
    let mut since = SimTime::ZERO;
    for (at, begins, number) in turns {
        let passed_s = at.since(since).as_s();
        if passed_s > 0.0 && !active.is_empty() {
            let level = active.len().min(LEVELS) - 1;
            active.iter().for_each(|n| pieces[*n].0.at[level] += passed_s);
        }
        since = at;
        if begins {
            active.push(number);
        } else if let Some(place) = active.iter().position(|n| *n == number) {
            pieces[number].0.level = active.len().min(LEVELS) - 1;
            active.swap_remove(place);
        }
    }
}

/// Groups of works that share a law, each with the works that ended in it.
type Groups<'p> = Vec<Vec<&'p Piece>>;

/// What several contacts at once do to the agents of a team. None where they never had more
/// than one, or too few contacts ended at each level.
pub(super) fn slowdown(
    team: usize,
    pieces: &[Piece],
    of_team: &dyn Fn(&Part) -> bool,
    group: &dyn Fn(&Part) -> usize,
    observed: &Observed,
    chosen: &Range<SimTime>,
) -> Option<FittedSlowdown> {
    let mut groups: Groups<'_> = Vec::new();
    let (mut ends, mut time_s, mut open, mut n) = ([0_usize; LEVELS], [0.0; LEVELS], 0, 0);
    for piece in pieces {
        let part = &observed.parts[piece.part];
        let whole = part.end == PartEnd::Closed || part.end == PartEnd::Open;
        if !of_team(part) || !chosen.contains(&part.assigned) || !whole {
            continue;
        }
        time_s.iter_mut().zip(&piece.at).for_each(|(sum, s)| *sum += s);
        if !piece.ended {
            open += usize::from(!piece.wrap_up);
            continue;
        }
        ends[piece.level] += 1;
        if piece.wrap_up || piece.at.iter().sum::<f64>() <= 0.0 {
            continue;
        }
        n += 1;
        let place = group(part);
        if groups.len() <= place {
            groups.resize(place + 1, Vec::new());
        }
        groups[place].push(piece);
    }
    groups.retain(|group| group.len() >= FEW_ENDS);
    let top = (0..LEVELS).take_while(|k| ends[*k] >= FEW_ENDS && time_s[*k] > 0.0).count();
    if top < 2 || groups.is_empty() {
        return None;
    }
    let rate = |k: usize| ends[k] as f64 / time_s[k];
    let by_exposure: Vec<f64> = (0..top).map(|k| rate(k) / rate(0)).collect();
    let start: Vec<f64> = by_exposure[1..].iter().map(|s| libm::log(s.clamp(0.05, 20.0))).collect();
    let families: Vec<Family> = groups.iter().map(|group| likeliest(group, &start)).collect();
    let value = |at: &[f64]| -> f64 {
        let each = groups.iter().zip(&families);
        each.map(|(group, family)| likelihood(group, *family, at)).sum()
    };
    let at = maximum(&value, &start, 0.05);
    let spread = covariance(&value, &at);
    let figure = |k: usize| match k {
        0 => Figure { value: 1.0, interval: Some([1.0, 1.0]), n: ends[0] },
        k => {
            let se = spread.as_ref().map_or(f64::NAN, |c| libm::sqrt(c[k - 1][k - 1]));
            Figure::of_log(libm::exp(at[k - 1]), se, ends[k])
        }
    };
    let speed = (0..top).map(figure).collect();
    Some(FittedSlowdown { team, speed, covariance: spread, by_exposure, families, n, open })
}

/// The family under which the works of a group are likeliest.
fn likeliest(group: &[&Piece], at: &[f64]) -> Family {
    let families = Family::ALL[..4].iter().copied();
    let score = |family: &Family| likelihood(group, *family, at) - family.parameters() as f64;
    families.max_by(|a, b| score(a).total_cmp(&score(b))).unwrap_or(Family::Exponential)
}

/// The greatest log-likelihood of a group's works under speeds whose logarithms are given,
/// from two contacts on.
fn likelihood(group: &[&Piece], family: Family, at: &[f64]) -> f64 {
    let log_speed = |k: usize| match k.min(at.len()) {
        0 => 0.0,
        k => at[k - 1],
    };
    let speeds: Vec<f64> = (0..LEVELS).map(|k| libm::exp(log_speed(k))).collect();
    let works = group.iter().map(|piece| work_s(&piece.at, &|k| speeds[k]).max(1e-6));
    let mut sample = Sample::default();
    sample.exact.extend(works.map(|w| (w, 1.0)));
    let law = family.best(&sample).map_or(f64::NEG_INFINITY, |m: Member| m.log_likelihood);
    law + group.iter().map(|piece| log_speed(piece.level)).sum::<f64>()
}
