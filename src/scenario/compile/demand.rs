//! Sources of demand.

use std::collections::BTreeMap;

use crate::id::{ChannelId, IntentId, LanguageId, SegmentId, TierId};
use crate::random::hash_name;
use crate::safe_text::listed;
use crate::scenario::file::{Burst, Campaign, Demand, File, Named, Prob};
use crate::scenario::{Arrivals, BurstSize, Busyness, Channel, Mix, Source, Volume};

use super::cx::{Cx, Kind};

/// Expected number of contacts of a source.
pub fn volume(source: &Source) -> f64 {
    match &source.arrivals {
        Arrivals::Intervals { pieces, .. } => pieces.iter().map(|p| mean(p.volume)).sum(),
        Arrivals::Burst { size: BurstSize::Expected(mean), .. } => *mean,
        Arrivals::Burst { size: BurstSize::Recipients { recipients, contact }, .. } => {
            f64::from(*recipients) * contact
        }
        Arrivals::Recorded { times } => times.len() as f64,
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
                Some(name) => {
                    if self.lookup(Kind::Source, name).is_some() {
                        let path = format!("demand[{n}].name");
                        self.error(
                            "E0302",
                            &path,
                            format!("two sources of demand are called `{name}`"),
                            "give each source its own name",
                        );
                    }
                    name.clone()
                }
                None => self.free_source_name(demand, &mut alike),
            };
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
    pub fn sources(&mut self, file: &File, channels: &[Channel]) -> Vec<Source> {
        let mut sources = Vec::new();
        for (n, demand) in file.demand.iter().enumerate() {
            let path = format!("demand[{n}]");
            let key = hash_name(&self.names(Kind::Source)[n]);
            sources.extend(self.source(demand, key, channels, &path));
        }
        self.induced_sources(file, channels, &mut sources);
        if sources.iter().map(volume).sum::<f64>() <= 0.0 && self.clean("") {
            self.error(
                "E0601",
                "demand",
                "nobody comes: the demand is empty",
                "give at least one source a volume above zero",
            );
        }
        sources
    }

    fn source(
        &mut self,
        demand: &Demand,
        key: u64,
        channels: &[Channel],
        path: &str,
    ) -> Option<Source> {
        let segment = match &demand.segment {
            Some(name) => self.find(Kind::Segment, name, &format!("{path}.segment")),
            None if self.names(Kind::Segment).len() > 1 => {
                let help = format!(
                    "name one of: {}",
                    listed(self.names(Kind::Segment).iter().map(String::as_str))
                );
                self.refuse(
                    "E0103",
                    path,
                    "the field `segment` is missing: there are several",
                    help,
                )
            }
            None => Some(0),
        };
        let channel = self.find(Kind::Channel, &demand.channel, &format!("{path}.channel"));
        let intents = self.intent_mix(&demand.intents, path);
        let tiers = self.tier_mix(&demand.tiers, &format!("{path}.tiers"));
        let languages = self.language_mix(&demand.languages, &format!("{path}.languages"));
        let arrivals = self.arrivals(demand, channel.and_then(|c| channels.get(c)), path);
        Some(Source {
            key,
            segment: SegmentId(segment? as u8),
            channel: ChannelId(channel? as u8),
            arrivals: arrivals?,
            intents,
            tiers,
            languages,
            articles: demand.articles,
            induced: false,
        })
    }

    fn arrivals(
        &mut self,
        demand: &Demand,
        channel: Option<&Channel>,
        path: &str,
    ) -> Option<Arrivals> {
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
            let help =
                "give exactly one of `per_day`, `counts`, `rate`, `times`, `campaign`, `burst`";
            return self.refuse(
                "E0105",
                path,
                format!("{count} fields say when the customers come"),
                help,
            );
        }
        if demand.per_day.is_none()
            && (demand.profile.is_some()
                || demand.weekday.is_some()
                || !demand.special_days.0.is_empty())
        {
            let help = "they go with `per_day`; leave them out";
            self.error(
                "E0105",
                path,
                "`profile`, `weekday` and `special_days` have no effect here",
                help,
            );
        }
        if let Some(campaign) = &demand.campaign {
            return self.campaign(campaign, &format!("{path}.campaign"));
        }
        if let Some(burst) = &demand.burst {
            return self.burst(burst, &format!("{path}.burst"));
        }
        if let Some(times) = &demand.times {
            return Some(Arrivals::Recorded {
                times: self.recorded(times, &format!("{path}.times")),
            });
        }
        let pieces = match (&demand.counts, &demand.rate, demand.per_day) {
            (Some(counts), ..) => self.counts(counts, &format!("{path}.counts")),
            (_, Some(rate), _) => self.rate(rate, &format!("{path}.rate")),
            (.., Some(per_day)) => self.per_day(demand, per_day, &channel?.open, path),
            _ => return None,
        };
        let (cv, correlation) = (demand.busyness_cv.0, demand.busyness_correlation.0);
        let busyness = (cv > 0.0).then_some(Busyness { cv, correlation });
        Some(Arrivals::Intervals { pieces, busyness })
    }

    fn campaign(&mut self, campaign: &Campaign, path: &str) -> Option<Arrivals> {
        let contact = campaign.contact.0;
        let delay = self.law(&campaign.delay, &format!("{path}.delay"));
        let at = self.moment(&campaign.at, &format!("{path}.at"))?;
        let size = BurstSize::Recipients { recipients: campaign.recipients, contact };
        Some(Arrivals::Burst { at, size, delay })
    }

    fn burst(&mut self, burst: &Burst, path: &str) -> Option<Arrivals> {
        let extra = self.not_negative(burst.extra, &format!("{path}.extra"));
        let delay = self.law(&burst.delay, &format!("{path}.delay"));
        let at = self.moment(&burst.at, &format!("{path}.at"))?;
        Some(Arrivals::Burst { at, size: BurstSize::Expected(extra), delay })
    }

    /// Shares by name: ids and shares, without checking their sum.
    fn named_shares(&mut self, kind: Kind, given: &Named<Prob>, path: &str) -> Vec<(usize, f64)> {
        let mut list = Vec::new();
        for (name, share) in &given.0 {
            let at = format!("{path}.{name}");
            if let Some(id) = self.find(kind, name, &at)
                && self.clean(&at)
            {
                list.push((id, share.0));
            }
        }
        list
    }

    fn intent_mix(&mut self, given: &Named<Prob>, path: &str) -> Mix<IntentId> {
        if given.0.is_empty() {
            if self.names(Kind::Intent).len() > 1 {
                let help = format!(
                    "give the shares of: {}",
                    listed(self.names(Kind::Intent).iter().map(String::as_str))
                );
                self.error(
                    "E0103",
                    path,
                    "the field `intents` is missing: there are several",
                    help,
                );
            }
            return mix(vec![(IntentId(0), 1.0)]);
        }
        let path = format!("{path}.intents");
        let list = self.whole_mix(Kind::Intent, given, &path);
        mix(list.into_iter().map(|(id, s)| (IntentId(id as u16), s)).collect())
    }

    /// Shares that must sum to 1; where one of them is wrong already, the sum says nothing new.
    fn whole_mix(&mut self, kind: Kind, given: &Named<Prob>, path: &str) -> Vec<(usize, f64)> {
        let list = self.named_shares(kind, given, path);
        if list.len() == given.0.len() {
            let sum = list.iter().map(|s| s.1).sum();
            self.check_sum(sum, &format!("shares of the {}s", kind.word()), path);
        }
        if list.is_empty() { vec![(0, 1.0)] } else { list }
    }

    fn tier_mix(&mut self, given: &Named<Prob>, path: &str) -> Mix<TierId> {
        let mut list = self.named_shares(Kind::Tier, given, path);
        let sum: f64 = list.iter().map(|s| s.1).sum();
        if sum > 1.001 {
            let message = format!("the shares of the tiers sum to {sum:.4}, more than 1");
            self.error("E0210", path, message, "what is left of 1 is `standard`");
        }
        if !list.iter().any(|(id, _)| *id == 0) {
            list.insert(0, (0, (1.0 - sum).max(0.0)));
        }
        mix(list.into_iter().map(|(id, s)| (TierId(id as u8), s)).collect())
    }

    fn language_mix(&mut self, given: &Named<Prob>, path: &str) -> Mix<LanguageId> {
        if given.0.is_empty() {
            return mix(vec![(LanguageId(0), 1.0)]);
        }
        let list = self.whole_mix(Kind::Language, given, path);
        mix(list.into_iter().map(|(id, s)| (LanguageId(id as u8), s)).collect())
    }
}
