//! How many replications: a sequential rule on the widths of intervals.
//!
//! Looking after each replication and stopping at the first narrow interval
//! would stop where the spread happens to be small, so the rule looks seldom,
//! and all numbers it looks at share one risk of error.

use super::{
    HalfWidth, MetricRow, Pool, PrecisionReached, Series, TargetRow, rows, targets, wilson,
};
use crate::doubt::Doubt;
use crate::metric::{Metric, Unit, Which};
use crate::scenario::target::{self, Comparison, Target};
use std::fmt;
use std::str::FromStr;

/// Replications before the first look: fewer give no spread worth the name (Law, *Simulation Modeling and Analysis*, 9.4).
const FIRST_LOOK: u32 = 20;

/// Most replications where nobody says how many.
pub const MOST_REPLICATIONS: u32 = 10_000;

/// How well numbers are to be known: half-widths of their intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// For times, counts, costs and scores: percent of the value, above 0 and below 100.
    relative_pct: Option<f64>,
    /// For shares: percentage points, above 0 and below 50.
    points: Option<f64>,
}

impl FromStr for Precision {
    type Err = String;

    /// Reads `1%`, `0.5pt` or `2%,1pt`. A percentage alone asks for shares to as many points.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut read = Self { relative_pct: None, points: None };
        for part in text.split(',').map(str::trim) {
            let (number, place, most) = if let Some(number) = part.strip_suffix("pt") {
                (number, &mut read.points, 50.0)
            } else if let Some(number) = part.strip_suffix('%') {
                (number, &mut read.relative_pct, 100.0)
            } else {
                return Err(format!(
                    "`{part}` has no unit: write `1%` (of a value; points of a share), `1pt` (points of a share) or `2%,1pt`"
                ));
            };
            let value = number.trim().parse::<f64>().ok();
            let Some(value) = value.filter(|v| *v > 0.0 && *v < most) else {
                return Err(format!(
                    "`{part}` is no precision: write a number above 0 and below {most}, as in `1%` or `0.5pt`"
                ));
            };
            if place.replace(value).is_some() {
                return Err(format!(
                    "`{part}` says it twice: write one percentage and one number of points at most"
                ));
            }
        }
        Ok(read)
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.relative_pct, self.points) {
            (Some(r), Some(p)) => write!(f, "{r}%,{p}pt"),
            (Some(r), None) => write!(f, "{r}%"),
            (None, p) => write!(f, "{}pt", p.unwrap_or_default()),
        }
    }
}

impl Precision {
    /// The half-width that is wanted of a value; `None` where nothing is asked of its kind.
    ///
    /// A relative error `g` of the truth needs a half-width of `g / (1 + g)` of
    /// the estimate (Law 9.4.1): the estimate may itself lie `g` too high.
    #[must_use]
    pub fn wanted(&self, value: f64, unit: &str) -> Option<f64> {
        if unit == Unit::Ratio.name() {
            return self.points.or(self.relative_pct).map(|p| p / 100.0);
        }
        let g = self.relative_pct? / 100.0;
        Some(g / (1.0 + g) * value.abs())
    }

    /// The numbers of replications at which the rule looks: 20 and half as many
    /// again each time, up to the most that there may be, which is the last.
    pub fn looks(most: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(FIRST_LOOK), |n| n.checked_mul(3).map(|three| three.div_ceil(2)))
            .take_while(move |n| *n < most)
            .chain(std::iter::once(most))
    }
}

impl PrecisionReached {
    /// Whether more replications are of no use: they are enough, or there is nothing to look at.
    fn ends(&self) -> bool {
        self.reached || self.metrics.is_empty()
    }

    /// What a report says on top where the precision is not reached.
    #[must_use]
    pub fn warning(&self) -> Option<Doubt> {
        let (asked, replications) = (self.asked.clone(), self.replications);
        match self.metrics.first() {
            _ if self.reached => None,
            Some(_) => Some(Doubt::ImpreciseStill { asked, replications }),
            None => Some(Doubt::NothingToBePrecise { asked }),
        }
    }

    /// About how many replications it takes: widths shrink with the root of their
    /// number, and the rule looks at some numbers only. At most `most`.
    #[must_use]
    pub fn needed(&self, most: u32) -> u32 {
        let excess = self.metrics.first().map_or(1.0, HalfWidth::excess);
        let about = f64::from(self.replications) * excess * excess;
        Precision::looks(most).find(|look| f64::from(*look) >= about).unwrap_or(most)
    }
}

impl Pool<'_> {
    /// How well the numbers that the targets name are known; without targets the
    /// service level of each queue, abandonment, speed of answer and ROAR.
    ///
    /// With `m` of them each interval has confidence `1 - (1 - confidence) / m`.
    #[must_use]
    pub fn precision(&self, precision: &Precision, confidence: f64) -> PrecisionReached {
        let subjects = self.subjects();
        // One pass to see which of them there are, one at the level that their number asks for.
        let there = self.half_widths(&subjects, precision, confidence).len();
        let alpha = (1.0 - confidence) / there.max(1) as f64;
        let mut metrics = self.half_widths(&subjects, precision, 1.0 - alpha);
        metrics.sort_by(|a, b| b.excess().total_cmp(&a.excess()));
        PrecisionReached {
            asked: precision.to_string(),
            reached: metrics.first().is_some_and(|m| m.half_width <= m.wanted),
            replications: self.replications,
            confidence,
            metrics,
        }
    }

    /// Whether the rule stops here: at one of its looks, with everything known well enough.
    #[must_use]
    pub fn is_precise(&self, precision: &Precision, confidence: f64) -> bool {
        let n = self.replications;
        let mut looks = Precision::looks(u32::MAX).take_while(|look| *look <= n);
        looks.any(|look| look == n) && self.precision(precision, confidence).ends()
    }

    /// What the rule looks at: each number that the targets name, once.
    fn subjects(&self) -> Vec<Target> {
        let mut subjects: Vec<Target> = Vec::new();
        for target in self.header.targets.iter().filter_map(|t| target::parse(t).ok()) {
            if !subjects.iter().any(|s| same_number(s, &target)) {
                subjects.push(target);
            }
        }
        if subjects.is_empty() {
            let queues = self.header.queues.iter().filter(|q| !q.triage);
            subjects = queues.map(|q| plain(Metric::ServiceLevel, Some(&q.name))).collect();
            subjects.push(plain(Metric::AbandonmentRate, None));
            subjects.push(plain(Metric::Asa, None));
            if self.header.has_bot {
                subjects.push(plain(Metric::Roar, None));
            }
        }
        subjects
    }

    fn half_widths(
        &self,
        subjects: &[Target],
        precision: &Precision,
        confidence: f64,
    ) -> Vec<HalfWidth> {
        let rows = rows::metric_rows(self, self.header, confidence);
        let pairs = self.target_pairs();
        let series = Series::default(); // the worst interval of a target plays no part
        let judge = |subject: &Target| {
            let row = targets::judge(subject, self.header, &rows, &series, &pairs, confidence);
            let value = row.value?;
            Some(HalfWidth {
                metric: number_of(&subject.text).to_owned(),
                value,
                half_width: half_width(&row, value, targets::row_of(subject, &rows), confidence),
                wanted: precision.wanted(value, row.unit)?,
                unit: row.unit,
            })
        };
        subjects.iter().filter_map(judge).collect()
    }
}

/// Half the width of an interval, before it was cut to the values that there can be.
fn half_width(judged: &TargetRow, value: f64, row: Option<&MetricRow>, confidence: f64) -> f64 {
    let Some([low, high]) = judged.ci else {
        return f64::INFINITY;
    };
    let half = (high - value).max(value - low);
    let sums = row.and_then(|r| Some((r.numerator?, r.denominator?)));
    match sums {
        // Replications that agree exactly (nobody left, ever) are not certainty: what they have in
        // common is counted as independent contacts.
        Some((part, whole)) if half == 0.0 && judged.unit == Unit::Ratio.name() => {
            let [low, high] = wilson(part, whole, confidence);
            (high - value).max(value - low)
        }
        _ => half,
    }
}

/// What stands before the last comparison of a target: the number that it is about.
fn number_of(text: &str) -> &str {
    text.rfind(['<', '>']).map_or(text, |at| &text[..at]).trim_end()
}

fn same_number(a: &Target, b: &Target) -> bool {
    let outer = |t: &Target| t.probability.is_some();
    let inner = |t: &Target| t.probability.map(|_| (t.comparison, t.value.to_bits()));
    outer(a) == outer(b) && inner(a) == inner(b) && a.which == b.which
}

/// A number over everything, or of one queue.
fn plain(metric: Metric, queue: Option<&str>) -> Target {
    Target {
        text: queue
            .map_or_else(|| metric.name().to_owned(), |q| format!("{}(queue={q})", metric.name())),
        probability: None,
        which: Which { queue: queue.map(str::to_owned), ..Which::of(metric) },
        comparison: Comparison::AtLeast,
        value: 0.0,
        currency: None,
    }
}
