//! Opening hours and what happened outside them.

use super::calendar::Calendar;
use crate::domain::Outcome;
use crate::event::Header;
use crate::observed::{Contact, StayEnd};
use std::collections::BTreeMap;
use std::ops::Range;

/// Spans of a day in minutes, from and to.
pub type Open = Vec<(u32, u32)>;

/// When a channel is open, and what becomes of those who come or wait outside.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FittedHours {
    /// Opening hours of each day of the week, from Monday; none for one that was not seen.
    pub open: [Option<Open>; 7],
    /// Days whose hours differ from most of their weekday.
    pub odd_days: usize,
    /// Contacts outside hours that were turned away.
    pub turned_away: usize,
    /// Contacts outside hours that came to a queue.
    pub queued: usize,
    /// Customers who were turned away at closing while they waited.
    pub at_closing: usize,
}

impl FittedHours {
    /// Whether it is always open, as far as was seen.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.open.iter().flatten().all(|day| *day == [(0, 1440)])
    }
}

/// What a channel's hours are on chosen days, by the run's own calendar.
pub(super) fn fitted(
    channel: usize,
    header: &Header,
    contacts: &[&Contact],
    calendar: &Calendar,
    days: &Range<usize>,
) -> FittedHours {
    let hours = header.channel_hours.get(channel).map_or(&[][..], |hours| &hours.0);
    let open_on = |day: usize| -> Open {
        let span = calendar.span(day);
        let within = hours.iter().filter(|s| s.start < span.end && span.start < s.end);
        let clock = within.map(|s| {
            let from = if s.start <= span.start { 0.0 } else { calendar.minute(s.start) };
            let to = if s.end >= span.end { 1440.0 } else { calendar.minute(s.end) };
            (from.round() as u32, to.round() as u32)
        });
        clock.filter(|(from, to)| from < to).collect()
    };
    let mut found = FittedHours::default();
    for weekday in 0..7 {
        let mut counts: BTreeMap<Open, usize> = BTreeMap::new();
        for day in days.clone().filter(|day| calendar.weekday(*day) == weekday) {
            *counts.entry(open_on(day)).or_default() += 1;
        }
        let all: usize = counts.values().sum();
        if let Some((open, count)) = counts.into_iter().max_by_key(|(_, count)| *count) {
            found.odd_days += all - count;
            found.open[weekday] = Some(open);
        }
    }
    for contact in contacts.iter().filter(|c| c.channel.index() == channel) {
        let away = matches!(contact.ended, Some((_, Outcome::TurnedAway)));
        let end = contact.stay.map(|stay| stay.end);
        let outside = !header.channel_hours[channel].contains(contact.started);
        match end {
            Some(StayEnd::TurnedAway) => found.at_closing += 1,
            None if away => found.turned_away += 1,
            Some(_) if outside => found.queued += 1,
            _ => {}
        }
    }
    found
}
