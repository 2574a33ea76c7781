//! The search for a roster: cover a requirement, scale it until the simulated
//! goals are met, then take away what is not needed.
//!
//! Simulation is the caller's, by a function from roster and periods to what each
//! goal measured. The same periods meet every roster (common random numbers), and
//! those that were hardest come first, so that most rosters that fail do so after
//! a few periods. Most that hold do so there too: steps are tried on the hardest
//! periods alone, and where they lead is tried on all.

use super::{Catalogue, Cover, Goal, Period, Standing, Uncovered, cover};
use std::collections::BTreeMap;

/// Steps at most in each direction of the scale of the requirement, and between two of them.
const SCALINGS: u32 = 8;
/// Ratio of one scale of the requirement to the next, until goals turn.
const STRIDE: f64 = 1.15;
/// Agents at most that a repair adds.
const REPAIRS: u32 = 40;
/// Exchanges of a shift for a cheaper one that are tried on a roster, the most promising ones.
const EXCHANGES: usize = 12;

/// Simulates a roster in some periods; `None` when it was stopped.
pub type Simulate<'a> = dyn FnMut(&[u32], &[u32]) -> Option<Vec<Period>> + 'a;

/// What is asked of a search.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The shifts.
    pub catalogue: &'a Catalogue,
    /// What must be reached.
    pub goals: &'a [Goal],
    /// Agents on the queue that each interval needs by formula: `needs[group][slot]`.
    pub needs: &'a [Vec<f64>],
    /// Contacts expected by interval, as `needs`: where an agent is worth most.
    pub arrivals: &'a [Vec<f64>],
    /// Agents at most.
    pub most: Option<u32>,
    /// Numbers of the periods to search on.
    pub sample: Vec<u32>,
    /// Periods that are simulated at once.
    pub batch: usize,
}

/// Why there is no roster.
#[derive(Clone, PartialEq, Debug)]
pub enum NoRoster {
    /// No shift reaches an interval that needs agents.
    Uncovered(Uncovered),
    /// The largest number of agents is not enough for the requirement.
    TooFewAgents,
    /// A goal is missed however many agents there are: its place, and how it stands with the most that were tried.
    OutOfReach(usize, Standing, Vec<u32>),
    /// Nothing was measured of a goal: its place.
    Nothing(usize),
    /// It was stopped.
    Stopped,
}

/// A roster that meets all goals on its sample.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// Agents by shift of the catalogue.
    pub counts: Vec<u32>,
    /// The covering of the requirement as the formula gives it.
    pub formula: Cover,
    /// Scale of the requirement whose covering was the start.
    pub scale: f64,
    /// The covering at that scale.
    pub start: Cover,
}

/// A roster that met the goals on a sample of so many periods.
struct Best {
    counts: Vec<u32>,
    sample: usize,
}

/// A search with what it has simulated.
pub struct Search<'a> {
    question: Question<'a>,
    simulate: &'a mut Simulate<'a>,
    known: BTreeMap<Vec<u32>, BTreeMap<u32, Period>>,
    /// The formula's covering, and the cheapest roster that meets the goals so far.
    formula: Option<Cover>,
    best: Option<Best>,
    /// So many of the hardest periods must not lose a goal for a step to be taken.
    screen: usize,
    /// Periods that were simulated.
    pub simulated: u64,
}

impl<'a> Search<'a> {
    /// Before anything is simulated.
    pub fn new(question: Question<'a>, simulate: &'a mut Simulate<'a>) -> Self {
        let known = BTreeMap::new();
        Self { question, simulate, known, formula: None, best: None, screen: 0, simulated: 0 }
    }

    /// The periods of the search.
    #[must_use]
    pub fn sample(&self) -> &[u32] {
        &self.question.sample
    }

    /// Finds the cheapest roster it can.
    ///
    /// # Errors
    /// Why there is none.
    pub fn find(&mut self) -> Result<Found, NoRoster> {
        let formula = self.covering(1.0)?;
        self.formula = Some(formula.clone());
        // All periods: which are the hardest ones is known from here on.
        self.meets(&formula.counts)?;
        self.screened(|search| {
            let mut found = search.scale(&formula)?;
            found.counts = search.reduce(found.counts)?;
            Ok((found.counts.clone(), found))
        })
    }

    /// Takes more periods into the sample, adds agents until the goals hold there
    /// too, and takes away what is then not needed.
    ///
    /// # Errors
    /// Why there is no such roster.
    pub fn widen(&mut self, counts: Vec<u32>, periods: &[u32]) -> Result<Vec<u32>, NoRoster> {
        self.question.sample.extend_from_slice(periods);
        self.screened(|search| {
            let enough = search.repair(counts.clone())?;
            let reduced = search.reduce(enough)?;
            Ok((reduced.clone(), reduced))
        })
    }

    /// What `find` finds by steps that only the hardest periods have tried. Where it leads to a
    /// roster that misses on the sample it is done again with twice as many of them; what was
    /// simulated is known then.
    fn screened<T>(
        &mut self,
        find: impl Fn(&mut Self) -> Result<(Vec<u32>, T), NoRoster>,
    ) -> Result<T, NoRoster> {
        let total = self.question.sample.len();
        let losing = self.question.goals.iter().map(|goal| goal.lost_after(total)).max();
        self.screen = (2 * losing.unwrap_or(total)).max(self.question.batch);
        loop {
            let (counts, found) = find(self)?;
            if self.meets(&counts)? || self.screen >= total {
                return Ok(found);
            }
            self.screen *= 2;
        }
    }

    /// Adds agents until the goals hold.
    fn repair(&mut self, mut counts: Vec<u32>) -> Result<Vec<u32>, NoRoster> {
        let mut left = REPAIRS;
        while !self.passes(&counts)? {
            let room = |n: &u32| counts.iter().sum::<u32>() < *n;
            if left == 0 || !self.question.most.as_ref().is_none_or(room) {
                return Err(self.out_of_reach(&counts)?);
            }
            left -= 1;
            let Some(best) = self.best_addition(&counts) else {
                return Err(self.out_of_reach(&counts)?);
            };
            counts[best] += 1;
        }
        Ok(counts)
    }

    /// The cheapest roster so far that meets all goals on the sample, where the search
    /// was stopped before its end, and how the goals stand with it.
    #[must_use]
    pub fn so_far(&self) -> Option<(Found, Vec<Standing>)> {
        let (best, formula) = (self.best.as_ref()?, self.formula.clone()?);
        let sample = &self.question.sample[..best.sample];
        let standings = self.known_standings(&best.counts, sample);
        let found =
            Found { counts: best.counts.clone(), scale: 1.0, start: formula.clone(), formula };
        Some((found, standings))
    }

    /// How each goal stands with a roster in some periods.
    ///
    /// # Errors
    /// When it was stopped.
    pub fn standings(
        &mut self,
        counts: &[u32],
        periods: &[u32],
    ) -> Result<Vec<Standing>, NoRoster> {
        self.simulate(counts, periods)?;
        Ok(self.known_standings(counts, periods))
    }

    /// Of the rosters with one agent fewer the one that held out longest when it was
    /// tried: the shift that loses the agent, and the roster.
    #[must_use]
    pub fn nearest_below(&self, counts: &[u32]) -> Option<(usize, Vec<u32>)> {
        let mut best: Option<((u32, f64), usize, Vec<u32>)> = None;
        for column in (0..counts.len()).filter(|c| counts[*c] > 0) {
            let mut fewer = counts.to_vec();
            fewer[column] -= 1;
            let tried = self.known.get(&fewer).into_iter().flatten();
            let goals = &self.question.goals;
            let ease = tried.map(|(_, period)| {
                let each = goals.iter().zip(period).map(|(g, v)| g.ease(*v));
                each.fold(f64::INFINITY, f64::min)
            });
            let (count, sum) = ease.fold((0, 0.0), |(n, s), e| (n + 1, s + e));
            let held = (count, sum / f64::from(count.max(1)));
            if best.as_ref().is_none_or(|(b, ..)| held > *b) {
                best = Some((held, column, fewer));
            }
        }
        best.map(|(_, column, fewer)| (column, fewer))
    }

    /// The requirement scaled until the goals are just met.
    fn scale(&mut self, formula: &Cover) -> Result<Found, NoRoster> {
        let met = self.passes(&formula.counts)?;
        let (mut low, mut high) = (None, None);
        let set = |met, scale, cover| {
            if met { (None, Some((scale, cover))) } else { (Some(scale), None) }
        };
        (low, high) = match set(met, 1.0, formula.clone()) {
            (None, h) => (low, h),
            (l, _) => (l, high),
        };
        let mut scale = 1.0;
        for _ in 0..SCALINGS {
            if low.is_some() && high.is_some() {
                break;
            }
            scale = if met { scale / STRIDE } else { scale * STRIDE };
            let cover = self.covering(scale)?;
            match self.passes(&cover.counts)? {
                true => high = Some((scale, cover)),
                false => low = Some(scale),
            }
        }
        let Some((mut top, mut start)) = high else {
            let most = self.covering(scale)?;
            return Err(self.out_of_reach(&most.counts)?);
        };
        let mut bottom = low.unwrap_or(scale);
        for _ in 0..SCALINGS {
            if top / bottom < 1.01 {
                break;
            }
            let middle = (top * bottom).sqrt();
            let cover = self.covering(middle)?;
            if cover.counts == start.counts || self.passes(&cover.counts)? {
                (top, start) = (middle, cover);
            } else {
                bottom = middle;
            }
        }
        Ok(Found { counts: start.counts.clone(), formula: formula.clone(), scale: top, start })
    }

    fn covering(&self, scale: f64) -> Result<Cover, NoRoster> {
        let q = &self.question;
        let scaled = |slots: &Vec<f64>| slots.iter().map(|n| n * scale).collect();
        let needs: Vec<Vec<f64>> = q.needs.iter().map(scaled).collect();
        cover(q.catalogue, &needs, q.most).map_err(|why| match why {
            Some(interval) => NoRoster::Uncovered(interval),
            None => NoRoster::TooFewAgents,
        })
    }

    /// Takes agents away, and puts cheaper shifts in place of dearer ones, until
    /// every such step misses a goal.
    fn reduce(&mut self, counts: Vec<u32>) -> Result<Vec<u32>, NoRoster> {
        let mut counts = counts;
        'again: loop {
            for step in self.steps(&counts) {
                let mut fewer = counts.clone();
                fewer[step.0] -= 1;
                if let Some(instead) = step.1 {
                    fewer[instead] += 1;
                }
                if self.passes(&fewer)? {
                    counts = fewer;
                    continue 'again;
                }
            }
            return Ok(counts);
        }
    }

    /// Steps to a cheaper roster, the most promising first: agents that go, all of
    /// them, and the best exchanges.
    fn steps(&self, counts: &[u32]) -> Vec<(usize, Option<usize>)> {
        let catalogue = self.question.catalogue;
        let worth = self.worth(counts);
        let used = (0..counts.len()).filter(|c| counts[*c] > 0);
        let mut drops = Vec::new();
        let mut exchanges = Vec::new();
        for column in used {
            let (cost, value) = (catalogue.cost(column), worth[column]);
            drops.push((value / cost, column, None));
            for (other, instead) in worth.iter().enumerate() {
                let saved = cost - catalogue.cost(other);
                let same = catalogue.columns[other].group == catalogue.columns[column].group;
                if same && saved > 1e-9 && catalogue.has_room(counts, other) {
                    exchanges.push(((value - instead) / saved, column, Some(other)));
                }
            }
        }
        drops.sort_by(|a, b| a.0.total_cmp(&b.0));
        exchanges.sort_by(|a, b| a.0.total_cmp(&b.0));
        exchanges.truncate(EXCHANGES);
        let all = drops.into_iter().chain(exchanges);
        all.map(|(_, column, other)| (column, other)).collect()
    }

    /// `None` where no shift has room.
    fn best_addition(&self, counts: &[u32]) -> Option<usize> {
        let worth = self.worth(counts);
        let by_cost = |c: &usize| worth[*c] / self.question.catalogue.cost(*c).max(1e-9);
        let room = |c: &usize| self.question.catalogue.has_room(counts, *c);
        let columns = (0..counts.len()).filter(room);
        columns.max_by(|a, b| by_cost(a).total_cmp(&by_cost(b)))
    }

    /// What one agent of each shift is worth: contacts of its intervals, the more
    /// the fewer agents there are against the requirement. Orders trials only.
    fn worth(&self, counts: &[u32]) -> Vec<f64> {
        let q = &self.question;
        let mut of_slot: Vec<Vec<f64>> = Vec::new();
        for (group, slots) in q.needs.iter().enumerate() {
            let one = |(slot, need): (usize, &f64)| {
                let spare = q.catalogue.on_duty(counts, group, slot) - need;
                q.arrivals[group][slot] * libm::exp(-spare / need.max(1.0).sqrt()) / need.max(1.0)
            };
            of_slot.push(slots.iter().enumerate().map(one).collect());
        }
        let column = |c: usize| {
            let groups = of_slot.iter().enumerate();
            let groups = groups.filter(|(g, _)| q.catalogue.meets(c, *g));
            let each = groups.flat_map(|(g, worths)| {
                let slots = worths.iter().enumerate();
                slots.map(move |(slot, worth)| worth * q.catalogue.coverage(c, g, slot))
            });
            each.sum()
        };
        (0..counts.len()).map(column).collect()
    }

    /// Whether the hardest periods leave it open that a roster meets all goals.
    fn passes(&mut self, counts: &[u32]) -> Result<bool, NoRoster> {
        self.tried(counts, self.screen)
    }

    /// Whether a roster meets all goals on the sample.
    fn meets(&mut self, counts: &[u32]) -> Result<bool, NoRoster> {
        self.tried(counts, usize::MAX)
    }

    /// Whether so many of the hardest periods lose no goal, and all of them together meet each;
    /// stops where one is lost.
    fn tried(&mut self, counts: &[u32], most: usize) -> Result<bool, NoRoster> {
        let order = self.hardest_first();
        let total = order.len();
        let upto = most.min(total);
        let early = self.question.goals.iter().any(|g| g.share.is_some());
        let batch = if early { self.question.batch.max(1) } else { total };
        let mut done = 0;
        while done < upto {
            done = (done + batch).min(upto);
            self.simulate(counts, &order[..done])?;
            let standings = self.known_standings(counts, &order[..done]);
            let goals = self.question.goals.iter().zip(&standings);
            if goals.clone().any(|(goal, s)| goal.lost(s, total)) {
                return Ok(false);
            }
        }
        if upto < total {
            return Ok(true);
        }
        let standings = self.known_standings(counts, &order);
        if let Some(goal) = standings.iter().position(|s| s.periods == 0) {
            return Err(NoRoster::Nothing(goal));
        }
        let met = standings.iter().all(|s| s.met);
        if met {
            self.keep(counts);
        }
        Ok(met)
    }

    /// Keeps a roster that meets the goals, where it is cheaper or met them on more.
    fn keep(&mut self, counts: &[u32]) {
        let sample = self.question.sample.len();
        let cost = |counts: &[u32]| self.question.catalogue.cost_of(counts);
        let better = |best: &Best| best.sample < sample || cost(counts) < cost(&best.counts);
        if self.best.as_ref().is_none_or(better) {
            let counts = counts.to_vec();
            self.best = Some(Best { counts, sample });
        }
    }

    /// The sample, in the order of how near each period is to missing a goal with
    /// the rosters that were simulated in it.
    fn hardest_first(&self) -> Vec<u32> {
        let goals = &self.question.goals;
        let mut order: Vec<(f64, u32)> = Vec::new();
        for number in &self.question.sample {
            let (mut sum, mut count) = (0.0, 0.0);
            for period in self.known.values().filter_map(|of| of.get(number)) {
                let ease = goals.iter().zip(period).map(|(g, v)| g.ease(*v));
                sum += ease.fold(f64::INFINITY, f64::min);
                count += 1.0;
            }
            let mean: f64 = if count > 0.0 { sum / count } else { 0.0 };
            order.push((mean, *number));
        }
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        order.into_iter().map(|(_, number)| number).collect()
    }

    fn simulate(&mut self, counts: &[u32], periods: &[u32]) -> Result<(), NoRoster> {
        let known = self.known.entry(counts.to_vec()).or_default();
        let new: Vec<u32> = periods.iter().filter(|p| !known.contains_key(p)).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let results = (self.simulate)(counts, &new).ok_or(NoRoster::Stopped)?;
        self.simulated += new.len() as u64;
        known.extend(new.into_iter().zip(results));
        Ok(())
    }

    /// How the goals stand with a roster in those of some periods that were simulated.
    #[must_use]
    pub fn known_standings(&self, counts: &[u32], periods: &[u32]) -> Vec<Standing> {
        let of_roster = self.known.get(counts);
        let goals = self.question.goals.iter().enumerate();
        goals
            .map(|(place, goal)| {
                let of = |p: &u32| of_roster.and_then(|known| known.get(p)?.get(place).copied());
                goal.standing(periods.iter().filter_map(of))
            })
            .collect()
    }

    fn out_of_reach(&mut self, counts: &[u32]) -> Result<NoRoster, NoRoster> {
        let sample = self.question.sample.clone();
        let standings = self.standings(counts, &sample)?;
        let goal = standings.iter().position(|s| !s.met).unwrap_or(0);
        Ok(NoRoster::OutOfReach(goal, standings[goal], counts.to_vec()))
    }
}
