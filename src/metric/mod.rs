//! The catalogue of metrics: what each is called, means, can be and is measured of.
//!
//! A metric is declared once, by its row in `table.rs`. Targets, reports, comparisons,
//! `convoq explain` and `docs/metrics.md` read it there.

mod definition;
mod row;
mod table;
mod which;

pub use definition::Definition;
pub use table::Metric;
pub use which::Which;

use crate::domain::{Dimension, words};
use serde::{Serialize, Serializer};

/// What the values of a metric can be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scale {
    /// A share, 0 to 1.
    Share,
    /// A share of something that can be exceeded, as of the time that was paid.
    OpenShare,
    /// A ratio between two ends, which may be infinite: as a return on money.
    Ratio(f64, f64),
    /// A number from 0 on.
    Count,
    /// A mean number per contact, from 0 on.
    PerContact,
    /// A length of time, seconds.
    Time,
    /// An amount of money from 0 on.
    Money,
    /// A score between two ends.
    Score(f64, f64),
}

impl Scale {
    /// The least and the greatest value that there can be.
    #[must_use]
    pub fn range(self) -> [f64; 2] {
        match self {
            Scale::Share => [0.0, 1.0],
            Scale::Ratio(low, high) | Scale::Score(low, high) => [low, high],
            _ => [0.0, f64::INFINITY],
        }
    }
}

words! {
    /// Unit of a metric.
    Unit {
        /// A share or a quotient without unit.
        Ratio = "ratio",
        /// Seconds.
        Seconds = "s",
        /// A mean count per replication.
        Count = "count",
        /// Money.
        Currency = "currency",
        /// A survey score.
        Score = "score",
        /// A mean number per contact.
        PerContact = "per_contact",
    }

    /// A statistic of a distribution.
    Stat {
        /// The mean.
        Mean = "mean",
        /// The median.
        P50 = "p50",
        /// Nine in ten have no more.
        P90 = "p90",
        /// 95 in a hundred have no more.
        P95 = "p95",
        /// 99 in a hundred have no more.
        P99 = "p99",
        /// 999 in a thousand have no more: of turns with a real bot alone, which are many, and
        /// services are sold by it.
        P999 = "p99.9",
        /// The greatest.
        Max = "max",
    }
}

/// Which direction of a metric is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// More is better.
    More,
    /// Less is better.
    Less,
    /// Neither, or it depends.
    Neither,
}

/// What a metric is measured of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Along {
    /// What it can be narrowed to.
    pub by: &'static [Dimension],
    /// One of these has to be named. Empty where it is measured of everything as well.
    pub of: &'static [Dimension],
    /// Whether it is counted within a threshold.
    pub within: bool,
}

impl Along {
    /// Of everything, and narrowed to these.
    const fn of(by: &'static [Dimension]) -> Self {
        Self { by, of: &[], within: false }
    }

    /// What it can be narrowed to, by the names of the arguments of targets.
    #[must_use]
    pub fn arguments(&self) -> Vec<&'static str> {
        let names = self.by.iter().map(|by| by.name());
        names.chain(self.within.then_some("within")).collect()
    }
}

/// What is known of a metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Facts {
    /// Its name in JSON, CSV and targets.
    pub name: &'static str,
    /// Its name in words.
    pub title: &'static str,
    /// The chapter of `docs/metrics.md`.
    pub chapter: &'static str,
    /// What its values can be.
    pub scale: Scale,
    /// Which direction is wanted.
    pub better: Better,
    /// What it is measured of.
    pub along: Along,
    /// The definition that the bare name means; `None` for the one without a name.
    pub default: Option<Definition>,
    /// Its definitions that have a name.
    pub definitions: &'static [Definition],
    /// Where the definition comes from.
    pub source: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// How it is computed.
    pub formula: &'static str,
}

/// The chapter of what only a load test of a real bot measures.
const LOAD: &str = "The bot under load";

impl Metric {
    /// What is known of it.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        &table::FACTS[self as usize]
    }

    /// The name in JSON, CSV and targets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The unit of its values.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self.facts().scale {
            Scale::Share | Scale::OpenShare | Scale::Ratio(..) => Unit::Ratio,
            Scale::Count => Unit::Count,
            Scale::PerContact => Unit::PerContact,
            Scale::Time => Unit::Seconds,
            Scale::Money => Unit::Currency,
            Scale::Score(..) => Unit::Score,
        }
    }

    /// Whether only a load test of a real bot measures it.
    #[must_use]
    pub fn is_of_load(self) -> bool {
        self.facts().chapter == LOAD
    }

    /// The metric of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|m| m.name() == name)
    }

    /// Its definition of this name.
    #[must_use]
    pub fn definition(self, name: &str) -> Option<Definition> {
        self.facts().definitions.iter().copied().find(|d| d.name() == name)
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Stat {
    /// Which share has no more; `None` for the mean.
    #[must_use]
    pub const fn quantile(self) -> Option<f64> {
        match self {
            Stat::Mean => None,
            Stat::P50 => Some(0.5),
            Stat::P90 => Some(0.9),
            Stat::P95 => Some(0.95),
            Stat::P99 => Some(0.99),
            Stat::P999 => Some(0.999),
            Stat::Max => Some(1.0),
        }
    }
}
