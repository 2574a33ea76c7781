//! The shifts of a team in a scenario: as they were, or as on the last such weekday.

use super::calendar::{Calendar, WEEKDAYS};
use super::page::{Page, number};
use super::staffing::{FittedStaffing, STEP_MIN};
use super::{Fitted, notes};
use std::collections::BTreeMap;
use std::ops::Range;

/// Writes them for these days, the same shift of several days in one line.
pub(super) fn write(
    page: &mut Page,
    staffing: &FittedStaffing,
    fitted: &Fitted,
    calendar: &Calendar,
    days: &Range<usize>,
) {
    page.says(2, &notes::staffing(staffing, STEP_MIN));
    let mut counts: BTreeMap<(u32, u32), BTreeMap<usize, u32>> = BTreeMap::new();
    let mut stand_ins = 0;
    for day in days.clone() {
        let known = staffing.shifts.get(&day).or_else(|| {
            // Of a day that was looked at it is known that nobody was there.
            let past = staffing.shifts.range(..day).rev().chain(staffing.shifts.range(day..));
            let weekday = calendar.weekday(day);
            let mut same = past.filter(|(d, _)| calendar.weekday(**d) == weekday);
            let seen = fitted.days.contains(&day);
            let stand_in = same.next().filter(|_| !seen);
            stand_ins += usize::from(stand_in.is_some());
            stand_in.map(|(_, list)| list)
        });
        for (from, to, agents) in known.into_iter().flatten() {
            counts.entry((*from, *to)).or_default().insert(day, *agents);
        }
    }
    if stand_ins > 0 {
        let text = format!(
            "{stand_ins} of the days were not seen: each has the shifts of the last such weekday"
        );
        page.says(2, &text);
    }
    page.line(2, if counts.is_empty() { "shifts: []" } else { "shifts:" });
    for ((from, to), agents) in &counts {
        // `24:00` ends a day; what is later ends on the next.
        let to = if *to > 1440 { *to - 1440 } else { *to };
        for (agents, own) in layers(agents) {
            let on = named(&own, calendar, days);
            let (from, to) = (clock(*from), clock(to));
            page.line(3, &format!("- {{agents: {agents}, from: {from}, to: {to}, days: {on}}}"));
        }
    }
    if staffing.off > 0.0 {
        page.says(
            2,
            &format!(
                "{} % of the time at work was spent off the queue",
                number(100.0 * staffing.off)
            ),
        );
        page.line(2, &format!("shrinkage: {:.4}", staffing.off.min(0.95)));
    }
}

fn clock(minute: u32) -> String {
    format!("\"{:02}:{:02}\"", minute / 60, minute % 60)
}

/// Agents who have the same days: those of whom there are always so many come first.
fn layers(agents: &BTreeMap<usize, u32>) -> Vec<(u32, Vec<usize>)> {
    let mut layers: Vec<(u32, Vec<usize>)> = Vec::new();
    for level in 1..=agents.values().copied().max().unwrap_or(0) {
        let own: Vec<usize> =
            agents.iter().filter(|(_, count)| **count >= level).map(|(day, _)| *day).collect();
        match layers.last_mut() {
            Some((count, days)) if *days == own => *count += 1,
            _ => layers.push((1, own)),
        }
    }
    layers
}

/// Days as words where they are all days of some weekdays, else as dates.
fn named(own: &[usize], calendar: &Calendar, days: &Range<usize>) -> String {
    let weekdays: Vec<usize> =
        (0..7).filter(|w| own.iter().any(|day| calendar.weekday(*day) == *w)).collect();
    let all = days.clone().filter(|day| weekdays.contains(&calendar.weekday(*day))).count();
    if all == own.len() {
        let words: Vec<&str> = weekdays.iter().map(|w| WEEKDAYS[*w]).collect();
        return format!("[{}]", words.join(", "));
    }
    let dates: Vec<String> = own.iter().map(|day| calendar.date(*day).to_string()).collect();
    format!("[{}]", dates.join(", "))
}
