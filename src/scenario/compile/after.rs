//! Returns, surveys, prices and faults.

use crate::event::Costs;
use crate::id::{ChannelId, FaultId, SourceId};
use crate::random::hash_name;
use crate::scenario::file::{self, File};
use crate::scenario::{Arrivals, Fault, FaultKind, Mix, Piece, Returns, Source, Survey, Volume};
use crate::time::{DAY_US, SimDuration, Span};

use super::at::{At, at};
use super::cx::{Cx, Kind};
use super::demand::{mean, mix};
use super::satisfaction;

/// Days of a mean month.
const MONTH_DAYS: f64 = 30.4375;

impl Cx<'_> {
    /// Who comes again.
    pub fn returns(&mut self, file: &At<File>) -> Returns {
        let given = at!(file.returns);
        let retries = at!(given.retries);
        let unsolved = given.after_human_unsolved.as_ref();
        Returns {
            after_true: given.after_true.0,
            after_false: given.after_false.0,
            after_human: given.after_human.0,
            after_human_unsolved: unsolved.unwrap_or(&given.after_human).0,
            after_article: given.after_article.0,
            delay: self.law(at!(given.delay)),
            after_abandon: retries.after_abandon.0,
            after_balk: retries.after_balk.0,
            after_blocked: retries.after_blocked.0,
            after_closed: retries.after_closed.0,
            retry_delay: self.law(at!(retries.delay)),
            max_contacts: match given.max_contacts {
                0 => u16::MAX,
                n => n,
            },
            channel_switch: self.channel_switch(&retries),
            through_bot: given.through_bot,
        }
    }

    fn channel_switch(&mut self, retries: &At<file::Retries>) -> Vec<Option<Mix<ChannelId>>> {
        let mut switch: Vec<Option<Mix<ChannelId>>> = vec![None; self.names(Kind::Channel).len()];
        for (from, targets) in at!(retries.switch).each() {
            let Some(from) = self.find::<ChannelId>(&from) else {
                continue;
            };
            let mut shares = self.named_shares(&targets);
            let stays =
                self.left_of_one(&shares, "that switch", "stays on the channel", &targets.path);
            shares.insert(0, (from, stays));
            switch[from.index()] = Some(mix(shares));
        }
        switch
    }

    /// Surveys.
    pub fn survey(&mut self, given: &At<file::Survey>) -> Survey {
        let file::Survey { response, csat, .. } = given.value;
        let sd = self.not_negative(&at!(given.sd));
        let means = [&csat.bot_true, &csat.bot_false, &csat.human_true, &csat.human_unsolved];
        Survey {
            response: [response.bot.0, response.human.0],
            extreme_factor: given.extreme_factor.0,
            centres: means.map(|mean| satisfaction::centre(mean.0, sd)),
            wait_penalty_per_min: self.not_negative(&at!(given.wait_penalty_per_min)),
            sd,
        }
    }

    /// Prices; `measured` is the time that fixed prices are charged for.
    pub fn costs(&mut self, given: &At<file::Costs>, measured: SimDuration) -> Costs {
        if let Some(currency) = at!(given.currency).given() {
            self.currency(&currency.to_uppercase(), &currency.path);
        }
        let mut per_contact = vec![0.0; self.names(Kind::Channel).len()];
        for (channel, price) in at!(given.per_contact).each() {
            let price = self.money(&price.value.0, &price.path);
            if let Some(id) = self.find::<ChannelId>(&channel) {
                per_contact[id.index()] = price;
            }
        }
        let bot = at!(given.bot);
        let mut price = |of: At<file::Money>| self.money(&of.value.0, &of.path);
        let per_month = price(at!(bot.per_month));
        let maintenance = price(at!(bot.maintenance_per_month));
        let integration = price(at!(bot.integration));
        let bot_per_resolution = price(at!(bot.per_resolution));
        let bot_per_session = price(at!(bot.per_session));
        let human_contact = price(at!(given.human_contact));
        let per_month = per_month + maintenance + integration / bot.amortise.0;
        Costs {
            currency: self.currency.as_ref().map_or_else(|| "EUR".to_owned(), |(c, _)| c.clone()),
            per_contact,
            bot_per_resolution,
            bot_per_session,
            bot_fixed: per_month * (measured.0 as f64 / DAY_US as f64) / MONTH_DAYS,
            human_contact,
        }
    }

    /// Faults and their names. A demand spike adds a source.
    pub fn faults(
        &mut self,
        file: &At<File>,
        sources: &mut Vec<Source>,
    ) -> (Vec<Fault>, Vec<String>) {
        let (mut faults, mut names): (Vec<Fault>, Vec<String>) = (Vec::new(), Vec::new());
        for given in at!(file.faults).each() {
            self.needs_bot(&given, file);
            let Some((word, span, kind)) = self.fault(&given, sources) else {
                continue;
            };
            let same = names.iter().filter(|name| name.split('-').next() == Some(word)).count();
            names.push(if same == 0 { word.to_owned() } else { format!("{word}-{}", same + 1) });
            faults.push(Fault { id: FaultId(faults.len() as u8), span, kind });
        }
        (faults, names)
    }

    fn fault(
        &mut self,
        given: &At<file::Fault>,
        sources: &mut Vec<Source>,
    ) -> Option<(&'static str, Span, FaultKind)> {
        match (
            at!(given.bot_outage).given(),
            at!(given.slow_bot).given(),
            at!(given.accuracy_regression).given(),
            at!(given.agents_absent).given(),
            at!(given.demand_spike).given(),
        ) {
            (Some(when), None, None, None, None) => {
                let span = self.span(&at!(when.from), &when.length)?;
                Some(("bot_outage", span, FaultKind::BotOutage))
            }
            (None, Some(fault), None, None, None) => {
                let span = self.span(&at!(fault.from), &fault.length)?;
                Some(("slow_bot", span, FaultKind::SlowBot(fault.factor.0)))
            }
            (None, None, Some(fault), None, None) => {
                let span = self.span(&at!(fault.from), &fault.length)?;
                Some(("accuracy_regression", span, FaultKind::AccuracyRegression(fault.factor.0)))
            }
            (None, None, None, Some(fault), None) => {
                let team = self.find(&at!(fault.team));
                let span = self.span(&at!(fault.from), &fault.length)?;
                let (team, share) = (team?, fault.share.0);
                Some(("agents_absent", span, FaultKind::AgentsAbsent { team, share }))
            }
            (None, None, None, None, Some(fault)) => {
                let span = self.demand_spike(&fault, sources)?;
                Some(("demand_spike", span, FaultKind::DemandSpike))
            }
            _ => {
                let help = "give one of bot_outage, slow_bot, accuracy_regression, agents_absent, demand_spike";
                self.refuse("E0105", &given.path, "an entry of `faults` is one fault", help)
            }
        }
    }

    fn needs_bot(&mut self, given: &At<file::Fault>, file: &File) {
        let about_bot = given.bot_outage.is_some()
            || given.slow_bot.is_some()
            || given.accuracy_regression.is_some();
        if about_bot && file.bot.is_none() {
            let help = "describe `bot` or leave the fault out";
            self.error("E0105", &given.path, "a fault of the bot, and there is no bot", help);
        }
    }

    /// The additional customers are a source of their own, so that the others stay as they are.
    fn demand_spike(
        &mut self,
        fault: &At<file::DemandSpike>,
        sources: &mut Vec<Source>,
    ) -> Option<Span> {
        let factor = fault.factor.0;
        if factor < 1.0 {
            let message = format!("the factor {factor} is below 1: demand only rises here");
            let help = "to lower demand use `special_days` or another volume";
            self.error("E0211", &at!(fault.factor).path, message, help);
        }
        let span = self.span(&at!(fault.from), &fault.length);
        self.find::<SourceId>(&at!(fault.source))?;
        let span = span?;
        let key = hash_name(&fault.source);
        // A source with problems of its own is not there; those are told already.
        let source = sources.iter().find(|s| s.key == key)?;
        let Arrivals::Intervals { pieces, busyness } = &source.arrivals else {
            let message = "a demand spike needs demand by interval";
            let help = "name a source with `per_day`, `counts` or `rate`; a `burst` adds contacts of its own";
            return self.refuse("E0105", &at!(fault.source).path, message, help);
        };
        let pieces = pieces.iter().filter_map(|p| cut(p, span, factor - 1.0)).collect();
        let arrivals = Arrivals::Intervals { pieces, busyness: *busyness };
        let mut spike = Source { arrivals, ..source.clone() };
        let mut name = format!("{}#spike", fault.source);
        let same = self.names(Kind::Source).iter().filter(|s| s.starts_with(&name)).count();
        if same > 0 {
            name = format!("{name}{}", same + 1);
        }
        spike.key = hash_name(&name);
        self.add(Kind::Source, &name);
        sources.push(spike);
        Some(span)
    }
}

/// The part of an interval within a span, at a multiple of its volume.
fn cut(piece: &Piece, span: Span, factor: f64) -> Option<Piece> {
    let start = piece.span.start.max(span.start);
    let end = piece.span.end.min(span.end);
    if start >= end {
        return None;
    }
    let part = end.since(start).as_s() / piece.span.length().as_s();
    let volume = Volume::Expected(mean(piece.volume) * part * factor);
    (factor > 0.0).then_some(Piece { span: Span { start, end }, volume, ..*piece })
}
