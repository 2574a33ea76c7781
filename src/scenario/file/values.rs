//! Lists, maps and laws, as they are written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::quantity::{Dur, PositiveDur, Prob, SmallFactor};

/// A map that keeps the order of the file: the order of queues and sources has a meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named(Vec::new())
    }
}

impl<T> Named<T> {
    /// The names, in the order of the file.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Named<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Named(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("NamedOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, T>::json_schema(generator)
    }
}

/// One value or a list of them.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A list.
    Many(Vec<T>),
    /// One value.
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// The values, one or many.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::Many(values) => values,
            OneOrMany::One(value) => std::slice::from_ref(value),
        }
    }
}

fields! {
    /// A law of probability for a length of time: a bare duration is a constant.
    #[derive(Serialize)]
    either Law {
        /// Always the same.
        Constant(Dur),
        /// A named law.
        Named(Box<LawFields>),
    }

    /// A named law: exactly one of its fields besides `zero`.
    #[derive(Serialize)]
    LawFields {
        /// Always the same length.
        constant: Option<Dur>;
        /// Exponential, by its mean: `{exponential: 4m}` or `{exponential: {mean: 4m}}`.
        exponential: Option<MeanLaw>;
        /// Lognormal, by `mean` and `cv` or by `median` and `sigma`.
        lognormal: Option<LogNormalLaw>;
        /// Gamma, by its mean and coefficient of variation.
        gamma: Option<GammaLaw>;
        /// Erlang: the sum of `k` equal exponential stages, by its mean.
        erlang: Option<ErlangLaw>;
        /// Weibull, by `mean` or `scale`, and shape.
        weibull: Option<WeibullLaw>;
        /// Uniform between two lengths.
        uniform: Option<UniformLaw>;
        /// A mixture of exponentials; the shares sum to 1.
        hyperexponential: Option<Vec<Branch>>;
        /// Observed values, inline (`[90s, 4m30s]`) or from a CSV file.
        empirical: Option<EmpiricalLaw>;
        /// Share of zeros beside the law; default 0.
        zero: Option<Prob>;
    }

    /// A law given by its mean alone.
    #[derive(Serialize)]
    either MeanLaw {
        /// The mean.
        Short(PositiveDur),
        /// The mean, named.
        Long(MeanFields),
    }

    /// The mean of a law.
    #[derive(Serialize)]
    all MeanFields {
        /// Mean.
        mean: PositiveDur;
    }

    /// Parameters of a lognormal law.
    #[derive(Serialize)]
    LogNormalLaw {
        /// Mean; goes with `cv`.
        mean: Option<PositiveDur>;
        /// Coefficient of variation: standard deviation / mean. From 0.0001 to 10.
        cv: Option<SmallFactor>;
        /// Median; goes with `sigma`.
        median: Option<PositiveDur>;
        /// Standard deviation of the logarithm. At most 5.
        sigma: Option<f64>;
    }

    /// Parameters of a gamma law.
    #[derive(Serialize)]
    all GammaLaw {
        /// Mean.
        mean: PositiveDur;
        /// Coefficient of variation: standard deviation / mean. From 0.0001 to 10.
        cv: SmallFactor;
    }

    /// Parameters of an Erlang law.
    #[derive(Serialize)]
    all ErlangLaw {
        /// Mean of the whole.
        mean: PositiveDur;
        /// Number of stages.
        #[schemars(range(min = 1), extend("x-wrong" = "an Erlang law has at least 1 stage", "x-help" = "give k from 1 on", "x-code" = "E0501"))]
        k: u32;
    }

    /// Parameters of a Weibull law.
    #[derive(Serialize)]
    all WeibullLaw {
        /// Mean; instead of `scale`.
        #[serde(default)]
        mean: Option<PositiveDur>;
        /// Scale; instead of `mean`.
        #[serde(default)]
        scale: Option<PositiveDur>;
        /// Shape, from 0.01 to 1000: below 1 many leave early, above 1 few do.
        shape: f64;
    }

    /// Bounds of a uniform law.
    #[derive(Serialize)]
    all UniformLaw {
        /// Shortest.
        from: Dur;
        /// Longest.
        to: Dur;
    }

    /// One exponential of a mixture.
    #[derive(Serialize)]
    all Branch {
        /// Its share.
        share: Prob;
        /// Its mean.
        mean: PositiveDur;
    }

    /// Observed values.
    #[derive(Serialize)]
    either EmpiricalLaw {
        /// The values.
        Values(Vec<Dur>),
        /// A column of a CSV file.
        Csv(CsvColumn),
    }

    /// A column of lengths of time in a CSV file.
    #[derive(Serialize)]
    all CsvColumn {
        /// Path of the file, from the folder of the scenario; `.gz` is allowed.
        csv: String;
        /// Name of the column: lengths of time as `4m30s` or `0:04:30`, or numbers in `unit`.
        column: String;
        /// What plain numbers are. Required where there are any.
        #[serde(default)]
        unit: Option<TimeUnit>;
    }

    /// What plain numbers are.
    words TimeUnit {
        /// Seconds.
        S,
        /// Minutes.
        Min,
        /// Hours.
        H,
    }
}

impl Default for Law {
    fn default() -> Self {
        Law::Constant(Dur::default())
    }
}

impl Law {
    /// An exponential law, by its mean.
    #[must_use]
    pub fn exponential(mean: PositiveDur) -> Self {
        let exponential = Some(MeanLaw::Short(mean));
        Law::Named(Box::new(LawFields { exponential, ..LawFields::default() }))
    }

    /// A lognormal law, by its median and the standard deviation of its logarithm.
    #[must_use]
    pub fn lognormal(median: PositiveDur, sigma: f64) -> Self {
        let (median, sigma) = (Some(median), Some(sigma));
        let lognormal = Some(LogNormalLaw { median, sigma, ..LogNormalLaw::default() });
        Law::Named(Box::new(LawFields { lognormal, ..LawFields::default() }))
    }
}

impl TimeUnit {
    /// The unit in seconds.
    #[must_use]
    pub fn as_s(self) -> f64 {
        match self {
            TimeUnit::S => 1.0,
            TimeUnit::Min => 60.0,
            TimeUnit::H => 3600.0,
        }
    }
}
