//! The summary of a pool: rows, targets, and what makes them doubtful.

use super::summary::{HARDLY, MOST_AT_LIMIT, PERCENTILE_ROUNDING};
use super::{
    About, MetricRow, Pool, SUMMARY_SCHEMA, ScenarioRef, Series, Summary, TargetRow, Verdict, rows,
    targets,
};
use crate::domain::TurnClass;
use crate::doubt::Doubt;
use crate::event::Header;
use crate::metric::{Definition, Metric, Stat};
use crate::time::DAY_US;

impl Pool<'_> {
    /// What the replications say together.
    #[must_use]
    pub fn summary(&self, seed: u64, confidence: f64, reproduce: String) -> Summary {
        let header = self.header;
        let mut metrics = rows::metric_rows(self, header, confidence);
        let series = self.series.finish(header);
        self.put_batch_means(&mut metrics, &series, confidence);
        let targets =
            targets::evaluate(header, &metrics, &series, &self.target_pairs(), confidence);
        let warnings = self.warnings(&metrics, &series, &targets);
        Summary {
            schema: SUMMARY_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            scenario: ScenarioRef { name: header.scenario.clone(), sha256: header.sha256.clone() },
            seed,
            replications: self.replications,
            confidence,
            percentile_rounding: PERCENTILE_ROUNDING,
            metrics,
            targets,
            warnings,
            precision: None,
            analytic: Vec::new(),
            generator: None,
            series,
            grid: None,
            about: about(header, reproduce),
        }
    }

    fn warnings(
        &self,
        metrics: &[MetricRow],
        series: &Series,
        targets: &[TargetRow],
    ) -> Vec<Doubt> {
        let mut warnings = Vec::new();
        if self.violation_count > 0 {
            let first = self.violations.first().cloned().unwrap_or_default();
            warnings.push(Doubt::AuditFailed { violations: self.violation_count, first });
        }
        warnings.extend(self.late_generator(metrics));
        warnings.extend(self.hardly_answered(metrics));
        if self.header.imported {
            // What happened, happened once: its own doubt says what it is.
        } else if self.header.load.is_some() {
            warnings.push(Doubt::RightUnseen);
        } else if self.replications < 2 {
            let batched = metrics.iter().any(|m| m.note == Some(super::BATCH_MEANS));
            warnings.push(match batched {
                true => Doubt::OneReplicationInBatches,
                false => Doubt::OneReplication,
            });
        } else if self.replications < 10 {
            warnings.push(Doubt::FewReplications { replications: self.replications });
        }
        if targets.iter().any(|t| t.verdict == Verdict::NotMeasured) {
            warnings.push(Doubt::TargetNotMeasured);
        }
        if targets.iter().any(|t| t.verdict == Verdict::Undecided) {
            warnings.push(Doubt::Undecided);
        }
        warnings.extend(self.unstable(metrics, series));
        warnings.extend(self.warm_up(series));
        warnings
    }

    /// A load generator that was late itself measures nothing of the bot.
    fn late_generator(&self, metrics: &[MetricRow]) -> Option<Doubt> {
        let budget_s = f64::from(self.header.load.as_ref()?.lag_budget_us) * 1e-6;
        if let Some(told) = self.at_own_limit(metrics) {
            return Some(told);
        }
        let lag_s = |stat: Stat| {
            let mut lags = metrics.iter().filter(|m| m.which.metric == Metric::DispatchLag);
            lags.find(|m| m.which.stat == Some(stat) && m.which.segment.is_none())
                .map(|m| m.value)
                .filter(|v| v.is_finite())
        };
        // Of few turns the 99th percentile is the longest, and reports do not name it.
        let (stat, lag_s) =
            [Stat::P99, Stat::Max].into_iter().find_map(|stat| Some((stat, lag_s(stat)?)))?;
        let (lag_ms, budget_ms) = (lag_s * 1e3, budget_s * 1e3);
        let stat = stat.name();
        (lag_s > budget_s).then_some(Doubt::GeneratorLate { stat, lag_ms, budget_ms })
    }

    /// Messages for which this machine had no room, where there are more than one in a
    /// hundred: what the bot would have done with them nobody knows.
    fn at_own_limit(&self, metrics: &[MetricRow]) -> Option<Doubt> {
        let turns = |definition: Definition| {
            let mut rows = metrics.iter().filter(|m| m.which.metric == Metric::Turns);
            rows.find(|m| m.which.segment.is_none() && m.which.definition == Some(definition))
                .map(|m| m.value)
        };
        let (kept, offered) =
            (turns(Definition::Turn(TurnClass::GeneratorLimit))?, turns(Definition::Offered)?);
        (kept > MOST_AT_LIMIT * offered).then_some(Doubt::AtOwnLimit { kept, offered })
    }

    /// A bot that answers next to nothing has not passed, whatever was asked of it.
    fn hardly_answered(&self, metrics: &[MetricRow]) -> Option<Doubt> {
        self.header.load.as_ref()?;
        let whole =
            |m: &&MetricRow| m.which.metric == Metric::AnsweredRate && m.which.segment.is_none();
        let row = metrics.iter().find(whole)?;
        let (answered, offered) = (row.numerator?, row.denominator?);
        (offered > 0.0 && row.value < HARDLY).then_some(Doubt::NotAnswered { answered, offered })
    }

    /// Contacts that wait when the run ends have no result yet, and numbers without
    /// them look better than they are. A queue that holds many, and more than at the
    /// same time of the day before, does not keep up.
    fn unstable(&self, metrics: &[MetricRow], series: &Series) -> Vec<Doubt> {
        let per_day = (DAY_US / self.header.interval.0.max(1)) as usize;
        let of = |metric: Metric, queue: &str| {
            let whole = |r: &&MetricRow| r.which.metric == metric && r.which.segment.is_none();
            let mut rows = metrics.iter().filter(whole);
            rows.find(|r| r.which.queue.as_deref() == Some(queue)).map(|r| r.value)
        };
        let mut warnings = Vec::new();
        for queue in &series.queues {
            let name = &queue.queue;
            let (Some(left), Some(offered)) =
                (of(Metric::Backlog, name), of(Metric::Offered, name))
            else {
                continue;
            };
            if left <= 0.0 {
                continue;
            }
            let levels = &queue.waiting_at_end;
            let before = levels.len().checked_sub(1 + per_day).map_or(0.0, |i| levels[i].mean);
            let end = levels.last().map_or(0.0, |p| p.mean);
            let share = left / offered.max(left);
            let grows = end > 20.0 && share > 0.02 && end > 1.15 * before + 5.0;
            let queue = name.clone();
            warnings.push(match grows {
                true => Doubt::Unstable { queue, left, share },
                false => Doubt::StillWaiting { queue, left, share },
            });
        }
        warnings
    }
}

fn about(header: &Header, reproduce: String) -> About {
    About {
        start_date: header.start_date.clone(),
        days: header.day_starts.len().saturating_sub(1),
        zone: header.zone.clone(),
        currency: header.costs.currency.clone(),
        reproduce,
        segments: header.segments.clone(),
        queues: header.queues.iter().map(|q| q.name.clone()).collect(),
        teams: header.teams.iter().map(|t| t.name.clone()).collect(),
        channels: header.channels.clone(),
        intents: header.intents.clone(),
        load: header.load.clone(),
    }
}
