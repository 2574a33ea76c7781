//! Contacts that are there only because a channel or the bot is: sources of their own,
//! so that the customers who would have come anyway stay as they are.

use std::collections::BTreeMap;

use crate::random::hash_name;
use crate::scenario::file::{File, Prob};
use crate::scenario::{Arrivals, BurstSize, Channel, Piece, Source, Volume};
use crate::time::{SimTime, Span};

use super::at::{At, at};
use super::cx::{Cx, Kind};
use super::demand::mean;

/// Ends the name of the source of induced contacts.
const MARK: &str = "#induced";

/// The induced sources, by number.
pub fn numbers(sources: &[Source]) -> Vec<u16> {
    let numbered = sources.iter().zip(0_u16..);
    numbered.filter(|(s, _)| s.induced).map(|(_, n)| n).collect()
}

impl Cx<'_> {
    /// Adds a source of induced contacts to each source that has them. A share `s` of all
    /// contacts is `s / (1 - s)` of those that would have come anyway.
    pub(super) fn induced_sources(
        &mut self,
        file: &At<File>,
        channels: &[Channel],
        sources: &mut Vec<Source>,
    ) {
        let by_bot = at!(file.bot).given().and_then(|bot| at!(bot.induced).given());
        let by_bot = self.share_below_one(by_bot);
        let named: Vec<(String, u64)> =
            self.names(Kind::Source).iter().map(|name| (name.clone(), hash_name(name))).collect();
        let keys = sources.iter().map(|s| s.key);
        let places: BTreeMap<u64, usize> = keys.zip(0..).collect();
        for (demand, (name, key)) in at!(file.demand).each().zip(named) {
            let own = self.share_below_one(at!(demand.induced).given());
            // A source with problems of its own is not there; those are told already.
            let Some(source) = places.get(&key).and_then(|at| sources.get(*at)) else {
                continue;
            };
            let served = channels.get(source.channel.index()).is_some_and(|c| c.bot);
            let share = own.or(by_bot.filter(|_| served)).unwrap_or(0.0);
            if share <= 0.0 {
                continue;
            }
            let name = format!("{name}{MARK}");
            let more = Source {
                key: hash_name(&name),
                arrivals: self.more(&source.arrivals, share / (1.0 - share)),
                induced: true,
                ..source.clone()
            };
            self.add(Kind::Source, &name);
            sources.push(more);
        }
    }

    /// A share that leaves something over.
    fn share_below_one(&mut self, given: Option<At<Prob>>) -> Option<f64> {
        let given = given?;
        let share = given.value.0;
        if share < 1.0 {
            return Some(share);
        }
        let help = "give a share below 100%: the rest are the contacts of `demand`";
        self.refuse("E0202", &given.path, "nobody would have come anyway", help)
    }

    /// Arrivals at a multiple of the volume, as random counts.
    fn more(&self, arrivals: &Arrivals, factor: f64) -> Arrivals {
        match arrivals {
            Arrivals::Intervals { pieces, busyness } => Arrivals::Intervals {
                pieces: pieces
                    .iter()
                    .map(|p| Piece { volume: Volume::Expected(mean(p.volume) * factor), ..*p })
                    .collect(),
                busyness: *busyness,
            },
            Arrivals::Burst { at, size, delay } => {
                let all = match *size {
                    BurstSize::Expected(mean) => mean,
                    BurstSize::Recipients { recipients, contact } => {
                        f64::from(recipients) * contact
                    }
                };
                Arrivals::Burst {
                    at: *at,
                    size: BurstSize::Expected(all * factor),
                    delay: delay.clone(),
                }
            }
            Arrivals::Recorded { times, .. } => Arrivals::Intervals {
                pieces: self.spread_over_intervals(times, factor),
                busyness: None,
            },
        }
    }

    /// Recorded times as rates by interval.
    fn spread_over_intervals(&self, times: &[SimTime], factor: f64) -> Vec<Piece> {
        let length = self.calendar.interval;
        let mut pieces: Vec<Piece> = Vec::new();
        for at in times {
            let number = at.0 / length.0.max(1);
            let start = SimTime(number * length.0);
            match pieces.last_mut().filter(|p| p.span.start == start) {
                Some(piece) => piece.volume = Volume::Expected(mean(piece.volume) + factor),
                None => pieces.push(Piece {
                    span: Span { start, end: (start + length).min(self.calendar.horizon) },
                    number: number as u32,
                    day: self.calendar.day_of(*at),
                    volume: Volume::Expected(factor),
                }),
            }
        }
        pieces
    }
}
