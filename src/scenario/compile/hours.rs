//! Opening hours.

use crate::scenario::file::{ClockSpan, OneOrMany, Open};
use crate::time::{Hours, SimTime, Span};

use super::at::At;
use super::calendar::weekdays;
use super::cx::Cx;

impl Cx<'_> {
    /// Opening hours; all time when none are given.
    pub fn hours(&mut self, open: At<Open>) -> Hours {
        if open.0.is_empty() {
            return Hours(vec![Span { start: SimTime::ZERO, end: self.calendar.end }]);
        }
        let days = self.calendar.days();
        let mut by_day: Vec<Vec<(u32, u32)>> = vec![Vec::new(); days as usize];
        let is_date = |name: &str| name.parse::<jiff::civil::Date>().is_ok();
        // Only dates are named: they are exceptions to days that are open all the time.
        if open.0.iter().all(|(name, _)| is_date(name)) {
            by_day.iter_mut().for_each(|d| d.push((0, 86_400)));
        }
        let (dates, weeks): (Vec<_>, Vec<_>) = open.each().partition(|(name, _)| is_date(name));
        for (name, spans) in weeks.into_iter().chain(dates) {
            let spans = self.clock_spans(&spans);
            // Dates outside the run are no mistake here: one calendar serves many runs.
            let chosen: Result<Vec<u32>, _> = match name.parse::<jiff::civil::Date>() {
                Ok(date) => Ok(self.calendar.day_of_date(date).into_iter().collect()),
                Err(_) => weekdays(&name)
                    .map(|set| (0..days).filter(|d| set[self.calendar.weekday(*d)]).collect()),
            };
            for day in self.right(&name.path, chosen).into_iter().flatten() {
                by_day[day as usize].clone_from(&spans);
            }
        }
        self.join_hours(&by_day, &open.path)
    }

    fn clock_spans(&mut self, spans: &At<OneOrMany<ClockSpan>>) -> Vec<(u32, u32)> {
        let mut list: Vec<(u32, u32)> = spans.as_slice().iter().filter_map(|s| s.0).collect();
        list.sort_unstable();
        if list.windows(2).any(|w| w[0].1 > w[1].0) {
            let help = "write each part of the day once";
            self.error("E0205", &spans.path, "hours that overlap", help);
            list.truncate(1);
        }
        list
    }

    /// Local hours of each day as spans of the run; hours that touch become one.
    fn join_hours(&mut self, by_day: &[Vec<(u32, u32)>], path: &str) -> Hours {
        let mut joined: Vec<Span> = Vec::new();
        for (day, spans) in (0..).zip(by_day) {
            for (from, to) in spans {
                let local = |at: u32| self.calendar.local(day, at);
                let span = local(*from).and_then(|start| Ok((start, local(*to)?)));
                let Some((start, end)) = self.right(path, span) else {
                    continue;
                };
                match joined.last_mut() {
                    Some(last) if last.end == start => last.end = end,
                    _ if start < end => joined.push(Span { start, end }),
                    _ => {}
                }
            }
        }
        // What is open at the end of the last day stays open for the contacts in progress.
        if let Some(last) = joined.last_mut().filter(|s| s.end == self.calendar.horizon) {
            last.end = self.calendar.end;
        }
        Hours(joined)
    }
}
