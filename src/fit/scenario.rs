//! What was fitted, as a scenario: each number with how well it is known.

use super::calendar::{Calendar, WEEKDAYS};
use super::demand::{FittedDemand, Shape};
use super::hours::{FittedHours, Open};
use super::page::{Page, name, seconds};
use super::{Fitted, FittedStaffing, notes, people, shifts};
use crate::event::Header;
use crate::time::MOST_DAYS;
use std::ops::Range;

/// The scenario of what was fitted, played on these days of the run's calendar, which may lie
/// beyond it; of more than a scenario may have the first. `staffing` has who works; of days that it does not know, the last such weekday
/// stands in.
#[must_use]
pub fn scenario(
    header: &Header,
    fitted: &Fitted,
    staffing: &[FittedStaffing],
    days: Range<usize>,
) -> String {
    let calendar = Calendar::of(header);
    let days = days.start..days.end.min(days.start + MOST_DAYS as usize);
    let mut page = Page::default();
    head(&mut page, header, fitted, &calendar, &days);
    demand(&mut page, header, fitted, &calendar, &days);
    intents(&mut page, header, fitted);
    channels(&mut page, header, fitted);
    queues(&mut page, header, fitted);
    people::routing(&mut page, header, fitted);
    people::bot(&mut page, fitted);
    people::returns(&mut page, fitted);
    teams(&mut page, header, fitted, staffing, &calendar, &days);
    page.text
}

fn head(
    page: &mut Page,
    header: &Header,
    fitted: &Fitted,
    calendar: &Calendar,
    days: &Range<usize>,
) {
    let (first, last) = (fitted.days.start, fitted.days.end.saturating_sub(1));
    page.says(0, &format!(
        "Fitted to {} contacts of {} to {} ({} days) of \"{}\". Behind each number stand what it is from and its 95 % interval; what the log does not show is said to be assumed.",
        fitted.contacts, calendar.date(first), calendar.date(last), fitted.days.len(), header.scenario,
    ));
    page.line(0, "convoq: 1");
    let own: String = header.scenario.chars().take(60).collect();
    page.line(0, &format!("name: {}", name(&format!("{own}-fitted"))));
    page.line(0, "time:");
    page.line(1, &format!("start: {}", calendar.date(days.start)));
    page.line(1, &format!("days: {}", days.len().max(1)));
    page.line(1, &format!("zone: {}", name(&header.zone)));
    page.line(1, &format!("interval: {}", seconds(header.interval.as_s())));
    if let Some(hours) = same_hours(fitted) {
        page.line(1, &format!("open: {}", open(hours)));
    }
    page.line(
        1,
        "drain: 1h                       # assumed: after the last day contacts in progress go on",
    );
    if header.segments.len() > 1 {
        let names: Vec<String> =
            header.segments.iter().map(|s| format!("{}: {{}}", name(s))).collect();
        page.line(0, &format!("segments: {{{}}}", names.join(", ")));
    }
}

/// The hours that all channels share; none where they are always open, or differ.
fn same_hours(fitted: &Fitted) -> Option<&FittedHours> {
    let first = fitted.hours.first()?;
    let same = fitted.hours.iter().all(|hours| hours.open == first.open);
    (same && !first.is_always()).then_some(first)
}

/// Opening hours, days of the same hours together.
fn open(hours: &FittedHours) -> String {
    let clock = |m: u32| format!("{:02}:{:02}", m / 60, m % 60);
    let words = |day: &Open| match day.as_slice() {
        [] => "closed".to_owned(),
        [(0, 1440)] => "24h".to_owned(),
        [(from, to)] => format!("\"{}-{}\"", clock(*from), clock(*to)),
        list => {
            let each: Vec<String> =
                list.iter().map(|(a, b)| format!("\"{}-{}\"", clock(*a), clock(*b))).collect();
            format!("[{}]", each.join(", "))
        }
    };
    let mut parts: Vec<String> = Vec::new();
    let mut day = 0;
    while day < 7 {
        let last = (day..7).take_while(|d| hours.open[*d] == hours.open[day]).last().unwrap_or(day);
        if let Some(open) = &hours.open[day] {
            let days = match day == last {
                true => WEEKDAYS[day].to_owned(),
                false => format!("{}-{}", WEEKDAYS[day], WEEKDAYS[last]),
            };
            parts.push(format!("{days}: {}", words(open)));
        }
        day = last + 1;
    }
    format!("{{{}}}", parts.join(", "))
}

fn demand(
    page: &mut Page,
    header: &Header,
    fitted: &Fitted,
    calendar: &Calendar,
    days: &Range<usize>,
) {
    page.line(0, "");
    page.line(0, "demand:");
    for source in &fitted.demand {
        page.says(1, &notes::volume(header, source));
        let shapes: Vec<&Shape> = source.shapes.iter().collect();
        for shape in &shapes {
            let whole = shapes.len() == 1;
            let (segment, channel) =
                (&header.segments[source.segment], &header.channels[source.channel]);
            let of = if whole { String::new() } else { format!("-{}", named_days(shape)) };
            page.line(1, &format!("- name: {}", name(&format!("{segment}-{channel}{of}"))));
            if header.segments.len() > 1 {
                page.line(2, &format!("segment: {}", name(segment)));
            }
            page.line(2, &format!("channel: {}", name(channel)));
            page.line(2, &format!("per_day: {:.4}", source.per_day.value));
            page.line(2, &format!("weekday: {{{}}}", factors(source, shape)));
            let special = source
                .special
                .iter()
                .filter(|(date, _)| days.clone().any(|day| calendar.date(day) == *date));
            let special: Vec<String> =
                special.map(|(date, factor)| format!("{date}: {:.4}", factor.min(10.0))).collect();
            if !special.is_empty() {
                page.line(2, &format!("special_days: {{{}}}", special.join(", ")));
            }
            let shares: Vec<String> = shape.shares.iter().map(|s| format!("{s:.7}")).collect();
            page.list(2, "profile: {shares: ", &shares, "}");
            if let Some(cv2) = source.busyness_cv2.filter(|cv2| cv2.value > 0.0) {
                page.line(2, &format!("busyness_cv: {:.5}", libm::sqrt(cv2.value).min(10.0)));
            }
            let used = source.intents.iter().zip(&header.intents).filter(|(i, _)| i.value > 0.0);
            let shares: Vec<String> = used
                .map(|(share, intent)| format!("{}: {:.7}", name(intent), share.value))
                .collect();
            if header.intents.len() > 1 {
                page.line(2, &format!("intents: {{{}}}", shares.join(", ")));
            }
        }
    }
}

/// Words for the days of the week of a shape.
fn named_days(shape: &Shape) -> String {
    let days = WEEKDAYS.iter().zip(shape.weekdays).filter(|(_, own)| *own);
    days.map(|(day, _)| *day).collect::<Vec<_>>().join("-")
}

/// Factors by day of the week: none comes on days of another shape.
fn factors(source: &FittedDemand, shape: &Shape) -> String {
    let first = shape == &source.shapes[0];
    let factor = |(day, word): (usize, &&str)| {
        let value = match (&source.weekday[day], shape.weekdays[day]) {
            (Some(factor), true) => factor.value,
            // A weekday that was never seen is taken for an ordinary one.
            (None, _) if first => 1.0,
            _ => 0.0,
        };
        format!("{word}: {value:.5}")
    };
    WEEKDAYS.iter().enumerate().map(factor).collect::<Vec<_>>().join(", ")
}

fn intents(page: &mut Page, header: &Header, fitted: &Fitted) {
    page.line(0, "");
    page.line(0, "intents:");
    // What no agent was seen at has the mean of the others.
    let known = fitted.work.iter().flatten();
    let n: f64 = known.clone().map(|law| law.n as f64).sum();
    let mean = known.map(|law| law.law.mean_s() * law.n as f64).sum::<f64>() / n;
    let used = (0..header.intents.len())
        .filter(|intent| fitted.demand.iter().any(|source| source.intents[*intent].value > 0.0));
    for intent in used {
        page.line(1, &format!("{}:", name(&header.intents[intent])));
        match &fitted.work[intent] {
            Some(law) => {
                page.says(2, &notes::law("work", law));
                page.law(2, "work", &law.law);
            }
            None if n > 0.0 => {
                page.says(2, "work: no agent was seen to end one; assumed: the mean of all others");
                page.line(2, &format!("work: {{exponential: {}}}", seconds(mean)));
            }
            None => {
                page.says(
                    2,
                    "work: no agent was seen to end a contact; assumed, look it up elsewhere",
                );
                page.line(2, "work: {exponential: 5m}");
            }
        }
        if let Some(bot) = &fitted.bot {
            people::skill(page, bot, intent);
        }
        match &fitted.wrap_up[intent] {
            Some(law) => {
                page.says(2, &notes::law("wrap-up", law));
                page.law(2, "wrap_up", &law.law);
            }
            None if fitted.wrap_up.iter().any(Option::is_some) => {
                page.says(2, "wrap-up: none was seen");
            }
            None => page.says(2, "wrap-up: the log shows none; an export often leaves it out, so look whether waits of a simulation are as long as those seen"),
        }
    }
}

fn channels(page: &mut Page, header: &Header, fitted: &Fitted) {
    page.line(0, "");
    page.line(0, "channels:");
    let shared = same_hours(fitted).is_some();
    for (channel, called) in header.channels.iter().enumerate() {
        if !fitted.demand.iter().any(|source| source.channel == channel) {
            continue;
        }
        page.line(1, &format!("{}:", name(called)));
        let hours = &fitted.hours[channel];
        if !shared && !hours.is_always() {
            page.line(2, &format!("open: {}", open(hours)));
        }
        if hours.turned_away > hours.queued {
            page.line(2, "after_hours: turned_away");
        }
        if hours.at_closing > 0 {
            page.line(2, "at_closing: turned_away");
        }
        if !fitted.bot_on(channel) {
            page.line(2, "bot: false");
        }
        let Some(patience) = &fitted.patience[channel] else {
            page.says(2, "patience: nobody came to a queue; without limit, which is assumed");
            continue;
        };
        page.says(2, &notes::patience(patience));
        if let Some(law) = &patience.law {
            page.law(2, "patience", law);
        }
        if patience.found_empty > 0 {
            page.line(2, &format!("silent_abandonment: {:.5}", patience.silent.value));
            if let Some(hold) = &fitted.held_empty[channel] {
                page.says(
                    2,
                    &format!("silent_hold: {} contacts that agents found empty, median", hold.n),
                );
                page.line(2, &format!("silent_hold: {}", seconds(hold.value)));
            }
        }
    }
}

/// Queues with what came to each, where a queue for each channel is not what was seen.
fn queues(page: &mut Page, header: &Header, fitted: &Fitted) {
    page.line(0, "");
    page.line(0, "queues:");
    for queue in &fitted.queues {
        let facts = &header.queues[queue.queue];
        page.line(1, &format!("{}:", name(&facts.name)));
        let list = |of: &[usize], names: &[String]| {
            of.iter().map(|i| name(&names[*i])).collect::<Vec<_>>().join(", ")
        };
        page.line(2, &format!("channels: [{}]", list(&queue.channels, &header.channels)));
        if let Some(segments) = &queue.segments {
            page.line(2, &format!("segments: [{}]", list(segments, &header.segments)));
        }
        if let Some(intents) = &queue.intents {
            page.line(2, &format!("intents: [{}]", list(intents, &header.intents)));
        }
        if let Some(within) = facts.thresholds.first() {
            page.line(2, &format!("service_level: {{within: {}}}", seconds(within.as_s())));
        }
    }
}

fn teams(
    page: &mut Page,
    header: &Header,
    fitted: &Fitted,
    staffing: &[FittedStaffing],
    calendar: &Calendar,
    days: &Range<usize>,
) {
    page.line(0, "");
    page.line(0, "teams:");
    for (team, facts) in header.teams.iter().enumerate() {
        let most = &fitted.most[team];
        let Some(staffing) = staffing.iter().find(|s| s.team == team) else {
            continue;
        };
        if most.iter().all(|most| *most == 0) {
            continue;
        }
        page.line(1, &format!("{}:", name(&facts.name)));
        let slow = fitted.slowdown.iter().find(|slow| slow.team == team);
        if let Some(slow) = slow {
            page.says(2, &notes::slowdown(slow));
        }
        if fitted.is_triage(header, team) {
            shifts::write(page, staffing, fitted, calendar, days);
            continue;
        }
        page.line(2, "channels:");
        for (channel, most) in most.iter().enumerate().filter(|(_, most)| **most > 0) {
            let slowdown = slow.filter(|_| *most > 1).map(|slow| {
                let total = |k: usize| {
                    let speed = slow.speed.get(k).or(slow.speed.last()).map_or(1.0, |s| s.value);
                    // Nobody is faster for having more: what is above 1 is chance.
                    format!("{:.5}", (k + 1) as f64 * speed.min(1.0))
                };
                let list: Vec<String> = (0..usize::from(*most)).map(total).collect();
                format!(", slowdown: [{}]", list.join(", "))
            });
            page.line(
                3,
                &format!(
                    "{}: {{max: {most}{}}}",
                    name(&header.channels[channel]),
                    slowdown.unwrap_or_default()
                ),
            );
        }
        let serves: Vec<String> = fitted.serves[team]
            .iter()
            .filter(|queue| fitted.queues.iter().any(|q| q.queue == **queue))
            .map(|queue| name(&header.queues[*queue].name))
            .collect();
        page.line(2, &format!("serves: [{}]", serves.join(", ")));
        if facts.wage_per_hour > 0.0 && !header.costs.currency.is_empty() {
            let wage = format!("{:.4} {}/h", facts.wage_per_hour, header.costs.currency);
            page.line(2, &format!("wage: {}", name(&wage)));
        }
        shifts::write(page, staffing, fitted, calendar, days);
    }
}
