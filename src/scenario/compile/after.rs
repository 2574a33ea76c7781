//! Returns, surveys, prices and faults.

use crate::event::Costs;
use crate::id::{ChannelId, FaultId, TeamId};
use crate::random::hash_name;
use crate::scenario::file;
use crate::scenario::file::File;
use crate::scenario::{Arrivals, Fault, FaultKind, Mix, Piece, Returns, Source, Survey, Volume};
use crate::time::{DAY_US, SimDuration, Span};

use super::cx::{Cx, Kind};
use super::demand::{mean, mix};
use super::satisfaction;

/// Days of a mean month.
const MONTH_DAYS: f64 = 30.4375;

impl Cx<'_> {
    /// Who comes again.
    pub fn returns(&mut self, file: &File) -> Returns {
        let given = &file.returns;
        let retries = &given.retries;
        let unsolved = given.after_human_unsolved.as_ref();
        Returns {
            after_true: given.after_true.0,
            after_false: given.after_false.0,
            after_human: given.after_human.0,
            after_human_unsolved: unsolved.unwrap_or(&given.after_human).0,
            after_article: given.after_article.0,
            delay: self.law(&given.delay, "returns.delay"),
            after_abandon: retries.after_abandon.0,
            after_balk: retries.after_balk.0,
            after_blocked: retries.after_blocked.0,
            after_closed: retries.after_closed.0,
            retry_delay: self.law(&retries.delay, "returns.retries.delay"),
            max_contacts: match given.max_contacts {
                0 => u16::MAX,
                n => n,
            },
            channel_switch: self.channel_switch(retries),
            through_bot: given.through_bot,
        }
    }

    fn channel_switch(&mut self, retries: &file::Retries) -> Vec<Option<Mix<ChannelId>>> {
        let mut switch: Vec<Option<Mix<ChannelId>>> = vec![None; self.names(Kind::Channel).len()];
        for (from, targets) in &retries.switch.0 {
            let path = format!("returns.retries.switch.{from}");
            let Some(from) = self.find(Kind::Channel, from, &path) else {
                continue;
            };
            let mut shares = Vec::new();
            for (to, share) in &targets.0 {
                let at = format!("{path}.{to}");
                if let Some(to) = self.find(Kind::Channel, to, &at) {
                    shares.push((ChannelId(to as u8), share.0));
                }
            }
            let sum: f64 = shares.iter().map(|s| s.1).sum();
            if sum > 1.001 {
                let message = format!("the shares that switch sum to {sum:.4}, more than 1");
                self.error("E0210", &path, message, "what is left of 1 stays on the channel");
            }
            shares.insert(0, (ChannelId(from as u8), (1.0 - sum).max(0.0)));
            switch[from] = Some(mix(shares));
        }
        switch
    }

    /// Surveys.
    pub fn survey(&mut self, given: &file::Survey) -> Survey {
        let file::Survey { response, csat, .. } = given;
        let sd = self.not_negative(given.sd, "survey.sd");
        let means = [&csat.bot_true, &csat.bot_false, &csat.human_true, &csat.human_unsolved];
        Survey {
            response: [response.bot.0, response.human.0],
            extreme_factor: given.extreme_factor.0,
            centres: means.map(|mean| satisfaction::centre(mean.0, sd)),
            wait_penalty_per_min: self
                .not_negative(given.wait_penalty_per_min, "survey.wait_penalty_per_min"),
            sd,
        }
    }

    /// Prices; `measured` is the time that fixed prices are charged for.
    pub fn costs(&mut self, file: &File, measured: SimDuration) -> Costs {
        let given = &file.costs;
        if let Some(currency) = &given.currency {
            self.currency(&currency.to_uppercase(), "costs.currency");
        }
        let mut per_contact = vec![0.0; self.names(Kind::Channel).len()];
        for (channel, price) in &given.per_contact.0 {
            let at = format!("costs.per_contact.{channel}");
            let price = self.money(&price.0, &at);
            if let Some(id) = self.find(Kind::Channel, channel, &at) {
                per_contact[id] = price;
            }
        }
        let bot = &given.bot;
        let mut price = |value: &file::Money, path: &str| self.money(&value.0, path);
        let per_month = price(&bot.per_month, "costs.bot.per_month");
        let maintenance = price(&bot.maintenance_per_month, "costs.bot.maintenance_per_month");
        let integration = price(&bot.integration, "costs.bot.integration");
        let bot_per_resolution = price(&bot.per_resolution, "costs.bot.per_resolution");
        let bot_per_session = price(&bot.per_session, "costs.bot.per_session");
        let human_contact = price(&given.human_contact, "costs.human_contact");
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
    pub fn faults(&mut self, file: &File, sources: &mut Vec<Source>) -> (Vec<Fault>, Vec<String>) {
        let (mut faults, mut names): (Vec<Fault>, Vec<String>) = (Vec::new(), Vec::new());
        for (n, given) in file.faults.iter().enumerate() {
            let path = format!("faults[{n}]");
            let Some((word, span, kind)) = self.fault(given, file, sources, &path) else {
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
        given: &file::Fault,
        file: &File,
        sources: &mut Vec<Source>,
        path: &str,
    ) -> Option<(&'static str, Span, FaultKind)> {
        self.needs_bot(given, file, path);
        match (
            &given.bot_outage,
            &given.slow_bot,
            &given.accuracy_regression,
            &given.agents_absent,
            &given.demand_spike,
        ) {
            (Some(when), None, None, None, None) => {
                let span = self.span(&when.from, &when.length, &format!("{path}.bot_outage"))?;
                Some(("bot_outage", span, FaultKind::BotOutage))
            }
            (None, Some(fault), None, None, None) => {
                let at = format!("{path}.slow_bot");
                let span = self.span(&fault.from, &fault.length, &at)?;
                Some(("slow_bot", span, FaultKind::SlowBot(fault.factor.0)))
            }
            (None, None, Some(fault), None, None) => {
                let at = format!("{path}.accuracy_regression");
                let span = self.span(&fault.from, &fault.length, &at)?;
                Some(("accuracy_regression", span, FaultKind::AccuracyRegression(fault.factor.0)))
            }
            (None, None, None, Some(fault), None) => {
                let at = format!("{path}.agents_absent");
                let team = self.find(Kind::Team, &fault.team, &format!("{at}.team"));
                let span = self.span(&fault.from, &fault.length, &at)?;
                let (team, share) = (TeamId(team? as u8), fault.share.0);
                Some(("agents_absent", span, FaultKind::AgentsAbsent { team, share }))
            }
            (None, None, None, None, Some(fault)) => {
                let span = self.demand_spike(fault, sources, &format!("{path}.demand_spike"))?;
                Some(("demand_spike", span, FaultKind::DemandSpike))
            }
            _ => {
                let help = "give one of bot_outage, slow_bot, accuracy_regression, agents_absent, demand_spike";
                self.refuse("E0105", path, "an entry of `faults` is one fault", help)
            }
        }
    }

    fn needs_bot(&mut self, given: &file::Fault, file: &File, path: &str) {
        let about_bot = given.bot_outage.is_some()
            || given.slow_bot.is_some()
            || given.accuracy_regression.is_some();
        if about_bot && file.bot.is_none() {
            let help = "describe `bot` or leave the fault out";
            self.error("E0105", path, "a fault of the bot, and there is no bot", help);
        }
    }

    /// The additional customers are a source of their own, so that the others stay as they are.
    fn demand_spike(
        &mut self,
        fault: &file::DemandSpike,
        sources: &mut Vec<Source>,
        path: &str,
    ) -> Option<Span> {
        let factor = fault.factor.0;
        if factor < 1.0 {
            let message = format!("the factor {factor} is below 1: demand only rises here");
            self.error(
                "E0211",
                &format!("{path}.factor"),
                message,
                "to lower demand use `special_days` or another volume",
            );
        }
        let span = self.span(&fault.from, &fault.length, path);
        self.find(Kind::Source, &fault.source, &format!("{path}.source"))?;
        let span = span?;
        let key = hash_name(&fault.source);
        // A source with problems of its own is not there; those are told already.
        let source = sources.iter().find(|s| s.key == key)?;
        let Arrivals::Intervals { pieces, busyness } = &source.arrivals else {
            let help = "name a source with `per_day`, `counts` or `rate`; a `burst` adds contacts of its own";
            return self.refuse(
                "E0105",
                &format!("{path}.source"),
                "a demand spike needs demand by interval",
                help,
            );
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
    let part = end.since(start).as_s() / piece.span.end.since(piece.span.start).as_s();
    let volume = Volume::Expected(mean(piece.volume) * part * factor);
    (factor > 0.0).then_some(Piece { span: Span { start, end }, volume, ..*piece })
}
