//! Parameters of a scenario from what was seen of an operation.
//!
//! [`fit`] reads [`Observed`] records, of a simulated run or of an imported one, and gives
//! each number with its interval and the number of observations behind it. [`scenario`]
//! writes them as a scenario whose comments say how far each is known, and what had to be
//! assumed. `docs/fit.md` has the methods.

mod assumed;
mod bot;
mod calendar;
mod demand;
mod family;
mod figure;
mod hours;
mod law;
mod maximum;
mod notes;
mod page;
mod patience;
mod people;
mod profile;
mod queues;
mod returns;
mod routing;
mod sample;
mod scenario;
mod shifts;
mod staffing;
#[cfg(test)]
mod tests;
mod work;

pub use bot::{ASSUMED_ACCURACY, FittedBot};
pub use calendar::{Calendar, WEEKDAYS};
pub use demand::{FittedDemand, Shape};
pub use family::Family;
pub use figure::{CONFIDENCE, Figure, Resampling};
pub use hours::{FittedHours, Open};
pub use law::{FAR, FEW, FittedLaw, Goodness, LOOKED_AT};
pub use patience::FittedPatience;
pub use queues::FittedQueue;
pub use returns::{After, FittedReturns};
pub use routing::FittedRouting;
pub use scenario::scenario;
pub use staffing::FittedStaffing;
pub use work::FittedSlowdown;

use crate::event::Header;
use crate::observed::{Contact, Observed, PartEnd};
use crate::time::SimTime;
use demand::Counted;
use std::collections::BTreeMap;
use std::ops::Range;

/// What was fitted to a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Days of the run that were looked at, from 0.
    pub days: Range<usize>,
    /// Contacts that began on them.
    pub contacts: usize,
    /// Volumes, by segment and channel.
    pub demand: Vec<FittedDemand>,
    /// Work alone, by intent; none where no agent had one.
    pub work: Vec<Option<FittedLaw>>,
    /// Work after the contact, by intent; none where none was seen.
    pub wrap_up: Vec<Option<FittedLaw>>,
    /// Patience, by channel; none where nobody came to a queue.
    pub patience: Vec<Option<FittedPatience>>,
    /// Slow-down, of the teams that had several contacts at once.
    pub slowdown: Vec<FittedSlowdown>,
    /// Most contacts that an agent of each team had at once, by channel; 0 for none.
    pub most: Vec<Vec<u16>>,
    /// Staffing, by team.
    pub staffing: Vec<FittedStaffing>,
    /// Opening hours, by channel.
    pub hours: Vec<FittedHours>,
    /// Queues that contacts came to.
    pub queues: Vec<FittedQueue>,
    /// Queues that each team took contacts from, the most first.
    pub serves: Vec<Vec<usize>>,
    /// How long an agent was held by a contact without a customer, seconds, by channel.
    pub held_empty: Vec<Option<Figure>>,
    /// The bot; none where none took a contact.
    pub bot: Option<FittedBot>,
    /// Customers who come again after they were served, and those who try again because they
    /// were not.
    pub returns: [Option<FittedReturns>; 2],
    /// How contacts found their queue.
    pub routing: FittedRouting,
}

/// Fits everything that the records of these days can show. Contacts count by the day on
/// which they began, duties by the day on which they began.
#[must_use]
pub fn fit(header: &Header, observed: &Observed, days: Range<usize>, by: Resampling) -> Fitted {
    let calendar = Calendar::of(header);
    let days = days.start.min(calendar.days())..days.end.min(calendar.days());
    let chosen = calendar.of_days(&days);
    let contacts: Vec<&Contact> =
        observed.contacts.iter().filter(|c| chosen.contains(&c.started)).collect();
    let counted = counted(header, &contacts, &calendar, &days);
    let demand = counted.iter().map(|c| demand::fitted(c, &calendar, by)).collect();
    let Works { slowdown, work, wrap_up, triage, misroute } = works(header, observed, &chosen, by);
    let patience = (0..header.channels.len()).map(|channel| {
        let stays = contacts.iter().filter(|c| c.channel.index() == channel);
        let stays: Vec<_> = stays.filter_map(|c| c.stay.as_ref()).collect();
        (!stays.is_empty()).then(|| patience::fitted(stays.into_iter()))
    });
    let hours = (0..header.channels.len())
        .map(|channel| hours::fitted(channel, header, &contacts, &calendar, &days));
    Fitted {
        hours: hours.collect(),
        bot: bot::fitted(header, observed, &contacts, by),
        returns: returns::fitted(observed, &contacts),
        routing: routing::fitted(header, observed, &chosen, triage, misroute),
        queues: queues::fitted(header, &contacts),
        serves: queues::served(header, observed, &chosen),
        held_empty: held_empty(header, observed, &chosen),
        staffing: staffing(header, observed, days.clone()),
        contacts: contacts.len(),
        demand,
        work,
        wrap_up,
        patience: patience.collect(),
        slowdown,
        most: most(header, observed, &chosen),
        days,
    }
}

/// Who was at work on these days, by team.
#[must_use]
pub fn staffing(header: &Header, observed: &Observed, days: Range<usize>) -> Vec<FittedStaffing> {
    let calendar = Calendar::of(header);
    let chosen = calendar.of_days(&days);
    let teams = 0..header.teams.len();
    teams.map(|team| staffing::fitted(team, header, observed, &calendar, &chosen)).collect()
}

/// How long agents were held by contacts that they found empty, in the middle.
fn held_empty(
    header: &Header,
    observed: &Observed,
    chosen: &Range<SimTime>,
) -> Vec<Option<Figure>> {
    let of = |channel: usize| {
        let held = observed.parts.iter().filter(|part| {
            part.end == PartEnd::FoundEmpty
                && chosen.contains(&part.assigned)
                && observed.contacts[part.contact].channel.index() == channel
        });
        let mut held_s: Vec<f64> =
            held.filter_map(|p| Some(p.ended?.since(p.assigned).as_s())).collect();
        held_s.sort_by(f64::total_cmp);
        (!held_s.is_empty()).then(|| Figure::bare(law::quantile(&held_s, 0.5), held_s.len()))
    };
    (0..header.channels.len()).map(of).collect()
}

/// First contacts by segment and channel, day and interval.
fn counted(
    header: &Header,
    contacts: &[&Contact],
    calendar: &Calendar,
    days: &Range<usize>,
) -> Vec<Counted> {
    let mut cells: BTreeMap<(usize, usize), Counted> = BTreeMap::new();
    for contact in contacts.iter().filter(|c| c.follows.is_none()) {
        let Some(day) = calendar.day(contact.started) else {
            continue;
        };
        let key = (contact.segment.index(), contact.channel.index());
        let cell = cells.entry(key).or_insert_with(|| Counted {
            segment: key.0,
            channel: key.1,
            days: days.clone().collect(),
            counts: vec![vec![0.0; calendar.bins()]; days.len()],
            intents: vec![0; header.intents.len()],
        });
        cell.counts[day - days.start][calendar.bin(contact.started)] += 1.0;
        cell.intents[contact.intent.index()] += 1;
    }
    cells.into_values().collect()
}

/// What agents' work shows.
struct Works {
    slowdown: Vec<FittedSlowdown>,
    work: Vec<Option<FittedLaw>>,
    wrap_up: Vec<Option<FittedLaw>>,
    triage: Option<FittedLaw>,
    misroute: Option<FittedLaw>,
}

/// Slow-down of the teams, and the laws of work and wrap-up by intent.
fn works(header: &Header, observed: &Observed, chosen: &Range<SimTime>, by: Resampling) -> Works {
    let pieces = work::pieces(observed);
    let team_of = |agent: usize| header.agent_teams.get(agent).map(|t| usize::from(*t));
    let intent = |part: &crate::observed::Part| observed.contacts[part.contact].intent.index();
    let slowdown: Vec<FittedSlowdown> = (0..header.teams.len())
        // Work that stands still while another contact pauses it has no level of its own.
        .filter(|team| !header.teams[*team].pauses.contains(&true))
        .filter_map(|team| {
            let own = |part: &crate::observed::Part| team_of(part.agent.index()) == Some(team);
            work::slowdown(team, &pieces, &own, &intent, observed, chosen)
        })
        .collect();
    // Works of each intent: those that are over, parts together, and those that are not.
    let mut works = vec![(Vec::new(), Vec::new()); header.intents.len()];
    let mut wrap_ups = works.clone();
    let (mut sorted, mut passed_on) = (Vec::new(), Vec::new());
    let mut earlier: BTreeMap<usize, f64> = BTreeMap::new();
    // Time at each level, by intent and of wrap-ups.
    let mut levels = vec![[[0.0; work::LEVELS]; 2]; header.intents.len()];
    for piece in &pieces {
        let part = &observed.parts[piece.part];
        let team = team_of(part.agent.index());
        let slow = slowdown.iter().find(|s| Some(s.team) == team);
        let work_s =
            slow.map_or_else(|| piece.at.iter().sum::<f64>(), |slow| slow.work_s(&piece.at));
        let own = chosen.contains(&observed.contacts[part.contact].started);
        let list = if piece.wrap_up { &mut wrap_ups } else { &mut works };
        let list = &mut list[intent(part)];
        let before_s = match piece.wrap_up {
            true => 0.0,
            false => earlier.remove(&part.contact).unwrap_or(0.0),
        };
        if own && matches!(part.end, PartEnd::Closed | PartEnd::HandedBack) {
            let sum = &mut levels[intent(part)][usize::from(piece.wrap_up)];
            sum.iter_mut().zip(&piece.at).for_each(|(sum, s)| *sum += s);
        }
        match part.end {
            PartEnd::HandedBack if !piece.wrap_up => {
                earlier.insert(part.contact, before_s + work_s);
            }
            PartEnd::Closed | PartEnd::Open if own && piece.ended => list.0.push(before_s + work_s),
            PartEnd::Closed | PartEnd::Open if own => list.1.push(before_s + work_s),
            PartEnd::PassedOn if own && header.queues[part.queue.index()].triage => {
                sorted.push(work_s);
            }
            PartEnd::PassedOn if own => passed_on.push(work_s),
            _ => {}
        }
    }
    // A contact without wrap-up has one of no length, where there are any.
    for (wrap_up, work) in wrap_ups.iter_mut().zip(&works).filter(|(w, _)| !w.0.is_empty()) {
        let without = work.0.len().saturating_sub(wrap_up.0.len() + wrap_up.1.len());
        wrap_up.0.extend(std::iter::repeat_n(0.0, without));
    }
    let laws = |works: &[(Vec<f64>, Vec<f64>)], wrap_up: usize| {
        let each = works.iter().zip(&levels).map(|((over, open), levels)| {
            let mut law = law::fitted(over, open, by)?;
            // With several teams the least known slow-down counts: never narrower than it is.
            let sums = slowdown.iter().map(|slow| slow.log_variance(&levels[wrap_up]));
            law.mean = law.mean.widened(sums.fold(0.0, f64::max));
            Some(law)
        });
        each.collect()
    };
    Works {
        work: laws(&works, 0),
        wrap_up: laws(&wrap_ups, 1),
        triage: law::fitted(&sorted, &[], by),
        misroute: law::fitted(&passed_on, &[], by),
        slowdown,
    }
}

/// Most contacts that agents of each team had at once when they took one, by channel.
fn most(header: &Header, observed: &Observed, chosen: &Range<SimTime>) -> Vec<Vec<u16>> {
    let mut most = vec![vec![0; header.channels.len()]; header.teams.len()];
    for part in observed.parts.iter().filter(|part| chosen.contains(&part.assigned)) {
        let team = header.agent_teams.get(part.agent.index()).map_or(0, |t| usize::from(*t));
        let channel = observed.contacts[part.contact].channel.index();
        if let Some(most) = most.get_mut(team).and_then(|list| list.get_mut(channel)) {
            *most = part.concurrency.max(*most);
        }
    }
    most
}
