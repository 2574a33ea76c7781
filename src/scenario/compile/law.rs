//! Laws of probability.

use std::ops::RangeInclusive;

use crate::distribution::Distribution;
use crate::scenario::file::{
    Branch, CsvColumn, EmpiricalLaw, Law, LawFields, LogNormalLaw, MeanFields, MeanLaw,
    SmallFactor, TimeUnit, WeibullLaw,
};
use crate::scenario::problem::Problem;
use crate::scenario::units;
use crate::time::{DAY_US, SimDuration};

use super::at::{At, at};
use super::calendar::Calendar;
use super::cx::Cx;

/// Largest sigma of a lognormal law: its mean is 270,000 times its median.
const MOST_SIGMA: f64 = 5.0;

/// Least coefficient of variation: what varies less does not vary, and its formulas
/// run out of digits.
const LEAST_CV: f64 = 1e-4;

/// Shapes of a Weibull law: beyond them nearly all samples are zero, or all are the same.
const SHAPES: RangeInclusive<f64> = 0.01..=1000.0;

/// A law that stands in after a problem.
const NONE: Distribution = Distribution::Constant { value_s: 0.0 };

/// The distribution of a law that stands alone, and what is wrong with it.
pub fn lone_law(law: &Law, wrong: Vec<Problem>) -> (Distribution, Vec<Problem>) {
    let none = |name: &str| Err(format!("no file `{name}` here"));
    // No law asks for the time.
    let calendar = Calendar::plain(1, SimDuration(DAY_US), SimDuration::ZERO);
    let mut cx = Cx::new(calendar, wrong, &none);
    let distribution = cx.law(At::new(law, ""));
    (distribution, cx.problems)
}

impl Cx<'_> {
    /// The distribution of a law.
    pub fn law(&mut self, law: At<Law>) -> Distribution {
        match law.value {
            Law::Constant(value) => Distribution::Constant { value_s: value.0.as_s() },
            Law::Named(fields) => self.named_law(&At::new(&**fields, &law.path)),
        }
    }

    /// The distribution of a law, where one is given.
    pub fn law_option(&mut self, law: At<Option<Law>>) -> Option<Distribution> {
        law.given().map(|law| self.law(law))
    }

    fn named_law(&mut self, fields: &At<LawFields>) -> Distribution {
        let given = [
            fields.constant.is_some(),
            fields.exponential.is_some(),
            fields.lognormal.is_some(),
            fields.gamma.is_some(),
            fields.erlang.is_some(),
            fields.weibull.is_some(),
            fields.uniform.is_some(),
            fields.hyperexponential.is_some(),
            fields.empirical.is_some(),
        ];
        let count = given.iter().filter(|g| **g).count();
        if count != 1 {
            let message = format!("a law has one name; this one has {count}");
            let help = "choose one of constant, exponential, lognormal, gamma, erlang, weibull, uniform, hyperexponential, empirical";
            self.error("E0502", &fields.path, message, help);
            return NONE;
        }
        let law = self.one_law(fields).unwrap_or(NONE);
        let zero = fields.zero.as_ref().map_or(0.0, |p| p.0);
        if zero > 0.0 { Distribution::WithZero { zero, rest: Box::new(law) } } else { law }
    }

    fn one_law(&mut self, fields: &At<LawFields>) -> Option<Distribution> {
        if let Some(value) = &fields.constant {
            return Some(Distribution::Constant { value_s: value.0.as_s() });
        }
        if let Some(law) = &fields.exponential {
            let (MeanLaw::Short(mean) | MeanLaw::Long(MeanFields { mean })) = law;
            return Some(Distribution::Exponential { mean_s: mean.0.as_s() });
        }
        if let Some(law) = at!(fields.lognormal).given() {
            return self.lognormal(&law);
        }
        if let Some(law) = at!(fields.gamma).given() {
            let cv = self.cv(&at!(law.cv))?;
            return Some(Distribution::gamma_mean_cv(law.mean.0.as_s(), cv));
        }
        if let Some(law) = &fields.erlang {
            return Some(Distribution::erlang(law.k.max(1), law.mean.0.as_s()));
        }
        if let Some(law) = at!(fields.weibull).given() {
            return self.weibull(&law);
        }
        if let Some(law) = at!(fields.uniform).given() {
            let (low_s, high_s) = (law.from.0.as_s(), law.to.0.as_s());
            if high_s < low_s {
                return self.refuse("E0501", &law.path, "`to` is below `from`", "exchange them");
            }
            return Some(Distribution::Uniform { low_s, high_s });
        }
        if let Some(branches) = at!(fields.hyperexponential).given() {
            return self.hyperexponential(&branches);
        }
        self.empirical(&at!(fields.empirical).given()?)
    }

    fn cv(&mut self, given: &At<SmallFactor>) -> Option<f64> {
        let cv = given.value.0;
        if cv >= LEAST_CV {
            return Some(cv);
        }
        let message = match cv {
            0.0 => "a coefficient of variation of zero".to_owned(),
            _ => format!("the coefficient of variation {cv:e} is too small"),
        };
        let help = format!("use `constant` for a law without variation; the least is {LEAST_CV}");
        self.refuse("E0501", &given.path, message, help)
    }

    fn lognormal(&mut self, law: &At<LogNormalLaw>) -> Option<Distribution> {
        match (&law.mean, at!(law.cv).given(), &law.median, law.sigma) {
            (Some(mean), Some(cv), None, None) => {
                Some(Distribution::lognormal_mean_cv(mean.0.as_s(), self.cv(&cv)?))
            }
            (None, None, Some(median), Some(sigma)) => {
                if !(0.0..=MOST_SIGMA).contains(&sigma) {
                    let help = format!("give sigma from 0 on, at most {MOST_SIGMA}");
                    let message = format!("sigma {sigma} is out of range");
                    return self.refuse("E0501", &at!(law.sigma).path, message, help);
                }
                Some(Distribution::lognormal_median_sigma(median.0.as_s(), sigma))
            }
            _ => {
                let help = "give `mean` and `cv`, or `median` and `sigma`";
                self.refuse("E0502", &law.path, "a lognormal law has two parameters", help)
            }
        }
    }

    fn weibull(&mut self, law: &At<WeibullLaw>) -> Option<Distribution> {
        if !SHAPES.contains(&law.shape) {
            let (least, most) = (SHAPES.start(), SHAPES.end());
            let message = format!("the shape {:e} is not from {least} to {most}", law.shape);
            let help =
                format!("give a shape above 0, from {least} to {most}; 1 is the exponential law");
            return self.refuse("E0501", &at!(law.shape).path, message, help);
        }
        match (&law.mean, &law.scale) {
            (Some(mean), None) => Some(Distribution::weibull_mean_shape(mean.0.as_s(), law.shape)),
            (None, Some(scale)) => {
                Some(Distribution::Weibull { scale_s: scale.0.as_s(), shape: law.shape })
            }
            _ => {
                let help = "give `mean` or `scale`, and `shape`";
                self.refuse("E0502", &law.path, "a Weibull law has a mean or a scale", help)
            }
        }
    }

    fn hyperexponential(&mut self, list: &At<Vec<Branch>>) -> Option<Distribution> {
        let mut branches: Vec<(f64, f64)> =
            list.iter().map(|b| (b.share.0, b.mean.0.as_s())).collect();
        let sum: f64 = branches.iter().map(|b| b.0).sum();
        self.check_sum(sum, "shares of the branches", &list.path).then_some(())?;
        branches.iter_mut().for_each(|b| b.0 /= sum);
        Some(Distribution::HyperExponential { branches })
    }

    fn empirical(&mut self, law: &At<EmpiricalLaw>) -> Option<Distribution> {
        let values = match law.value {
            EmpiricalLaw::Values(list) => list.iter().map(|v| v.0.as_s()).collect(),
            EmpiricalLaw::Csv(source) => self.measured_values(&At::new(source, &law.path))?,
        };
        if values.is_empty() {
            let message = "an empirical law without values";
            return self.refuse("E0501", &law.path, message, "give at least one value");
        }
        Some(Distribution::empirical_from_values(&values))
    }

    /// The lengths of time of a column.
    fn measured_values(&mut self, source: &At<CsvColumn>) -> Option<Vec<f64>> {
        let table = self.table(&at!(source.csv))?;
        let column = at!(source.column);
        let column = self.column(&table, Some(column.value), "values", &column.path)?;
        let unit_s = source.unit.map(TimeUnit::as_s);
        self.right(&source.path, table.read(column, |cell| units::measured_s(cell, unit_s)))
    }

    /// Shares must sum to 1, within a thousandth.
    pub fn check_sum(&mut self, sum: f64, what: &str, path: &str) -> bool {
        if (sum - 1.0).abs() <= 0.001 {
            return true;
        }
        let message = format!("the {what} sum to {:.4}, not to 1", sum);
        self.error("E0210", path, message, format!("change them by {:+.4} in all", 1.0 - sum));
        false
    }
}
