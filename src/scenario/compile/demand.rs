//! Sources of demand.

use std::collections::BTreeMap;

use crate::id::{ChannelId, IntentId, SegmentId, TierId};
use crate::random::hash_name;
use crate::safe_text::listed;
use crate::scenario::file::{Demand, File, Named, Prob};
use crate::scenario::{Arrivals, BurstSize, Busyness, Channel, Mix, Source, Volume};

use super::at::{At, at};
use super::cx::{Cx, Id, Kind};

/// Expected number of contacts of a source.
pub fn volume(source: &Source) -> f64 {
    match &source.arrivals {
        Arrivals::Intervals { pieces, .. } => pieces.iter().map(|p| mean(p.volume)).sum(),
        Arrivals::Burst { size: BurstSize::Expected(mean), .. } => *mean,
        Arrivals::Burst { size: BurstSize::Recipients { recipients, contact }, .. } => {
            f64::from(*recipients) * contact
        }
        Arrivals::Recorded { times, .. } => times.len() as f64,
    }
}

/// Expected number of contacts of an interval.
pub fn mean(volume: Volume) -> f64 {
    match volume {
        Volume::Expected(mean) => mean,
        Volume::Given(count) => f64::from(count),
    }
}

/// A choice by weights, from shares that sum to 1.
pub fn mix<T>(shares: Vec<(T, f64)>) -> Mix<T> {
    let sum: f64 = shares.iter().map(|s| s.1).sum();
    let (mut values, mut cumulative) = (Vec::new(), Vec::new());
    let mut so_far = 0.0;
    for (value, share) in shares {
        so_far += share / sum.max(f64::MIN_POSITIVE);
        values.push(value);
        cumulative.push(so_far.min(1.0));
    }
    if let Some(last) = cumulative.last_mut() {
        *last = 1.0;
    }
    Mix { values, cumulative }
}

/// The shares of a mix.
pub fn shares<T: Copy>(mix: &Mix<T>) -> impl Iterator<Item = (T, f64)> + '_ {
    let before = std::iter::once(0.0).chain(mix.cumulative.iter().copied());
    mix.values.iter().zip(before).zip(&mix.cumulative).map(|((v, a), b)| (*v, b - a))
}

impl Cx<'_> {
    /// Gives each source its name; before that the file's order decides.
    pub fn name_sources(&mut self, file: &File) {
        // How many share the beginning of a name that nobody gave.
        let mut alike: BTreeMap<String, u32> = BTreeMap::new();
        for (n, demand) in file.demand.iter().enumerate() {
            let name = match &demand.name {
                Some(name) => name.clone(),
                None => self.free_source_name(demand, &mut alike),
            };
            if self.lookup(Kind::Source, &name).is_some() {
                let message = format!("two sources of demand are called `{name}`");
                let help = "give each source its own name";
                self.error("E0302", &format!("demand[{n}].name"), message, help);
            }
            self.add(Kind::Source, &name);
        }
    }

    fn free_source_name(&self, demand: &Demand, alike: &mut BTreeMap<String, u32>) -> String {
        let only = self.names(Kind::Segment).first().cloned().unwrap_or_default();
        let segment = demand.segment.as_ref().unwrap_or(&only);
        let base = format!("{segment}-{}", demand.channel);
        let n = alike.entry(base.clone()).or_insert(0);
        loop {
            *n += 1;
            let name = match *n {
                1 => base.clone(),
                n => format!("{base}-{n}"),
            };
            if self.lookup(Kind::Source, &name).is_none() {
                return name;
            }
        }
    }

    /// All sources of the file.
    pub fn sources(&mut self, file: &At<File>, channels: &[Channel]) -> Vec<Source> {
        let mut sources = Vec::new();
        for (n, demand) in at!(file.demand).each().enumerate() {
            let key = hash_name(&self.names(Kind::Source)[n]);
            sources.extend(self.source(&demand, key, channels));
        }
        self.induced_sources(file, channels, &mut sources);
        if sources.iter().map(volume).sum::<f64>() <= 0.0 && self.clean("") {
            let help = "give at least one source a volume above zero";
            self.error("E0601", "demand", "nobody comes: the demand is empty", help);
        }
        sources
    }

    fn source(&mut self, demand: &At<Demand>, key: u64, channels: &[Channel]) -> Option<Source> {
        let segment = match at!(demand.segment).given() {
            Some(name) => self.find(&name),
            None => {
                let only = self.only_one(Kind::Segment, "segment", "name one of", &demand.path);
                only.map(|()| SegmentId(0))
            }
        };
        let channel: Option<ChannelId> = self.find(&at!(demand.channel));
        let intents = self.intent_mix(demand);
        let tiers = self.tier_mix(&at!(demand.tiers));
        let languages = self.whole_mix(&at!(demand.languages));
        let arrivals = self.arrivals(demand, channel.and_then(|c| channels.get(c.index())));
        Some(Source {
            key,
            segment: segment?,
            channel: channel?,
            arrivals: arrivals?,
            intents,
            tiers,
            languages,
            articles: demand.articles,
            induced: false,
        })
    }

    /// A field that names one of a kind may be left out only where there is one.
    fn only_one(&mut self, kind: Kind, field: &str, ask: &str, path: &str) -> Option<()> {
        let names = self.names(kind);
        if names.len() <= 1 {
            return Some(());
        }
        let help = format!("{ask}: {}", listed(names.iter().map(String::as_str)));
        let message = format!("the field `{field}` is missing: there are several");
        self.refuse("E0103", path, message, help)
    }

    fn arrivals(&mut self, demand: &At<Demand>, channel: Option<&Channel>) -> Option<Arrivals> {
        let given = [
            demand.per_day.is_some(),
            demand.counts.is_some(),
            demand.rate.is_some(),
            demand.times.is_some(),
            demand.campaign.is_some(),
            demand.burst.is_some(),
        ];
        let count = given.iter().filter(|g| **g).count();
        if count != 1 {
            let message = format!("{count} fields say when the customers come");
            let help =
                "give exactly one of `per_day`, `counts`, `rate`, `times`, `campaign`, `burst`";
            return self.refuse("E0105", &demand.path, message, help);
        }
        let of_days = demand.profile.is_some()
            || demand.weekday.is_some()
            || !demand.special_days.0.is_empty();
        if demand.per_day.is_none() && of_days {
            let message = "`profile`, `weekday` and `special_days` have no effect here";
            let help = "they go with `per_day`; leave them out";
            self.error("E0105", &demand.path, message, help);
        }
        if let Some(campaign) = at!(demand.campaign).given() {
            let (recipients, contact) = (campaign.recipients, campaign.contact.0);
            let delay = self.law(at!(campaign.delay));
            let at = self.moment(&at!(campaign.at))?;
            let size = BurstSize::Recipients { recipients, contact };
            return Some(Arrivals::Burst { at, size, delay });
        }
        if let Some(burst) = at!(demand.burst).given() {
            let size = BurstSize::Expected(self.not_negative(&at!(burst.extra)));
            let delay = self.law(at!(burst.delay));
            let at = self.moment(&at!(burst.at))?;
            return Some(Arrivals::Burst { at, size, delay });
        }
        if let Some(times) = at!(demand.times).given() {
            let (times, contacts) = self.recorded(&times);
            return Some(Arrivals::Recorded { times, contacts });
        }
        let pieces = if let Some(counts) = at!(demand.counts).given() {
            self.counts(&counts)
        } else if let Some(rate) = at!(demand.rate).given() {
            self.rate(&rate)
        } else {
            self.per_day(demand, &channel?.open)
        };
        let (cv, correlation) = (demand.busyness_cv.0, demand.busyness_correlation.0);
        let busyness = (cv > 0.0).then_some(Busyness { cv, correlation });
        Some(Arrivals::Intervals { pieces, busyness })
    }

    /// Shares by name, without checking their sum; those that are wrong are left out.
    pub fn named_shares<I: Id>(&mut self, given: &At<Named<Prob>>) -> Vec<(I, f64)> {
        let mut list = Vec::new();
        for (name, share) in given.each() {
            if let Some(id) = self.find(&name)
                && self.clean(&name.path)
            {
                list.push((id, share.0));
            }
        }
        list
    }

    fn intent_mix(&mut self, demand: &At<Demand>) -> Mix<IntentId> {
        if demand.intents.0.is_empty() {
            self.only_one(Kind::Intent, "intents", "give the shares of", &demand.path);
        }
        self.whole_mix(&at!(demand.intents))
    }

    /// Shares that must sum to 1, the first of a kind where none are given; where one of them
    /// is wrong already, the sum says nothing new.
    fn whole_mix<I: Id>(&mut self, given: &At<Named<Prob>>) -> Mix<I> {
        let list = self.named_shares(given);
        if !list.is_empty() && list.len() == given.0.len() {
            let sum = list.iter().map(|s| s.1).sum();
            self.check_sum(sum, &format!("shares of the {}s", I::KIND.word()), &given.path);
        }
        mix(if list.is_empty() { vec![(I::number(0), 1.0)] } else { list })
    }

    fn tier_mix(&mut self, given: &At<Named<Prob>>) -> Mix<TierId> {
        let mut list = self.named_shares(given);
        let rest = self.left_of_one(&list, "of the tiers", "is `standard`", &given.path);
        if !list.iter().any(|(id, _)| *id == TierId(0)) {
            list.insert(0, (TierId(0), rest));
        }
        mix(list)
    }

    /// What shares that may sum to less than 1 leave of it.
    pub fn left_of_one<I>(&mut self, list: &[(I, f64)], what: &str, rest: &str, path: &str) -> f64 {
        let sum: f64 = list.iter().map(|s| s.1).sum();
        if sum > 1.001 {
            let message = format!("the shares {what} sum to {sum:.4}, more than 1");
            self.error("E0210", path, message, format!("what is left of 1 {rest}"));
        }
        (1.0 - sum).max(0.0)
    }
}
