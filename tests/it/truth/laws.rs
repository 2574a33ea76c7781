//! Laws of probability: from the words of a case to those of a scenario.

use super::cases::Parameters;
use serde_json::Value;

/// A law as a scenario file writes it.
#[derive(Clone, Debug)]
pub struct Law {
    /// Its text.
    pub text: String,
    /// Its mean, seconds.
    pub mean: f64,
    /// Its squared coefficient of variation.
    pub cv2: f64,
}

/// A length of time as a scenario file writes it, exact to the microsecond.
pub fn seconds(s: f64) -> String {
    format!("{}us", (s * 1e6).round() as u64)
}

/// The exponential law.
pub fn exponential(mean: f64) -> Law {
    Law { text: format!("{{exponential: {}}}", seconds(mean)), mean, cv2: 1.0 }
}

/// A law of given mean by the first two moments, where only they matter.
pub fn by_moments(mean: f64, cv2: f64) -> Law {
    match cv2 {
        0.0 => Law { text: format!("{{constant: {}}}", seconds(mean)), mean, cv2 },
        1.0 => exponential(mean),
        _ => {
            let text = format!("{{lognormal: {{mean: {}, cv: {}}}}}", seconds(mean), cv2.sqrt());
            Law { text, mean, cv2 }
        }
    }
}

/// What a law needs beside its name.
pub struct Moments<'a> {
    /// The mean, where the law has no other scale.
    pub mean: Option<f64>,
    /// The object that has the other parameters.
    pub fields: &'a Parameters<'a>,
}

/// The words of a law: its name, `-k` behind it, `key=value` after it.
struct Words<'a> {
    text: &'a str,
    name: String,
    stages: Option<f64>,
    inline: Vec<(String, f64)>,
    given: &'a Moments<'a>,
}

impl<'a> Words<'a> {
    fn parse(text: &'a str, given: &'a Moments<'a>) -> Result<Self, String> {
        let bad = || format!("the law {text:?} is unknown");
        let lower = text.to_lowercase();
        let mut parts = lower.split([' ', ',', ';', '(', ')']).filter(|p| !p.is_empty());
        let first = parts.next().unwrap_or("exponential");
        let (name, stages) = match first.rsplit_once('-') {
            Some((name, k)) if k.parse::<u32>().is_ok() => (name, k.parse().ok()),
            _ => (first, None),
        };
        let mut inline = Vec::new();
        for part in parts {
            let (key, value) = part.split_once('=').ok_or_else(bad)?;
            inline.push((key.to_owned(), value.parse().map_err(|_| bad())?));
        }
        Ok(Self { text, name: name.to_owned(), stages, inline, given })
    }

    /// A parameter under the first of its names that is there.
    fn option(&self, names: &[&str]) -> Result<Option<f64>, String> {
        for name in names {
            if let Some((_, v)) = self.inline.iter().find(|(key, _)| key == name) {
                return Ok(Some(*v));
            }
            if let Some(v) = self.given.fields.option(name)? {
                return Ok(Some(v));
            }
        }
        Ok(None)
    }

    fn need(&self, names: &[&str]) -> Result<f64, String> {
        let lacks = || format!("the law {:?} lacks {}", self.text, names.join(" or "));
        self.option(names)?.ok_or_else(lacks)
    }

    fn mean(&self) -> Result<f64, String> {
        self.given.mean.map_or_else(|| self.need(&["mean", "mean_s"]), Ok)
    }

    fn gamma(&self) -> Result<Law, String> {
        if let Some(cv2) = self.option(&["cv2"])? {
            return by_cv("gamma", self.mean()?, cv2);
        }
        let shape = self.need(&["shape", "k"])?;
        let mean = match self.option(&["scale", "theta"])? {
            Some(scale) => scale * shape,
            None => self.mean()?,
        };
        by_cv("gamma", mean, 1.0 / shape)
    }

    fn erlang(&self) -> Result<Law, String> {
        let k = self.stages.map_or_else(|| self.need(&["k", "stages", "shape"]), Ok)?;
        let mean = self.mean()?;
        let text = format!("{{erlang: {{mean: {}, k: {k}}}}}", seconds(mean));
        Ok(Law { text, mean, cv2: 1.0 / k })
    }

    fn uniform(&self) -> Result<Law, String> {
        let low = self.option(&["low", "a", "from", "min"])?.unwrap_or(0.0);
        let high = self.need(&["high", "b", "to", "max"])?;
        let text = format!("{{uniform: {{from: {}, to: {}}}}}", seconds(low), seconds(high));
        let mean = (low + high) / 2.0;
        Ok(Law { text, mean, cv2: (high - low).powi(2) / 12.0 / mean.powi(2) })
    }

    fn weibull(&self) -> Result<Law, String> {
        let shape = self.need(&["shape", "k"])?;
        let gamma = statrs::function::gamma::gamma;
        let (one, two) = (gamma(1.0 + 1.0 / shape), gamma(1.0 + 2.0 / shape));
        let scale = match self.option(&["scale", "lambda"])? {
            Some(scale) => scale,
            None => self.mean()? / one,
        };
        let text = format!("{{weibull: {{scale: {}, shape: {shape}}}}}", seconds(scale));
        Ok(Law { text, mean: scale * one, cv2: two / (one * one) - 1.0 })
    }

    fn hyperexponential(&self) -> Result<Law, String> {
        let fields = self.given.fields;
        if ["p", "prob", "probs"].iter().all(|f| fields.value(f).is_none()) {
            return balanced(self.mean()?, self.need(&["cv2"])?);
        }
        let law = branches(fields)?;
        match self.given.mean {
            Some(mean) if (mean / law.mean - 1.0).abs() > 1e-6 => {
                Err(format!("the branches have the mean {}, not {mean}", law.mean))
            }
            _ => Ok(law),
        }
    }
}

/// A law by its name: `exponential`, `lognormal cv2=1.4`, `erlang-2`, ...
pub fn named(text: &str, given: &Moments<'_>) -> Result<Law, String> {
    let words = Words::parse(text, given)?;
    let law = match words.name.as_str() {
        "exponential" | "exp" | "m" => exponential(words.mean()?),
        "deterministic" | "constant" | "d" => by_moments(words.mean()?, 0.0),
        "lognormal" => by_cv("lognormal", words.mean()?, words.need(&["cv2"])?)?,
        "gamma" => words.gamma()?,
        "erlang" => words.erlang()?,
        "weibull" => words.weibull()?,
        "uniform" => words.uniform()?,
        "hyperexp" | "hyperexponential" | "h2" => words.hyperexponential()?,
        _ => return Err(format!("the law {text:?} is unknown")),
    };
    agree(law, words.option(&["cv2"])?)
}

fn by_cv(name: &str, mean: f64, cv2: f64) -> Result<Law, String> {
    if cv2 <= 0.0 {
        return Ok(by_moments(mean, 0.0));
    }
    let text = format!("{{{name}: {{mean: {}, cv: {}}}}}", seconds(mean), cv2.sqrt());
    Ok(Law { text, mean, cv2 })
}

/// Two branches that bring equal parts of the mean, as usual where only moments are given.
fn balanced(mean: f64, cv2: f64) -> Result<Law, String> {
    if cv2 <= 1.0 {
        return Err(format!("a hyperexponential law has a cv2 above 1, not {cv2}"));
    }
    let p = 0.5 * (1.0 + ((cv2 - 1.0) / (cv2 + 1.0)).sqrt());
    let branch = |p: f64| format!("{{share: {p}, mean: {}}}", seconds(mean / (2.0 * p)));
    let text = format!("{{hyperexponential: [{}, {}]}}", branch(p), branch(1.0 - p));
    Ok(Law { text, mean, cv2 })
}

/// Branches as `prob` and `means_s`, or as `p`, `m1`, `m2`.
fn branches(fields: &Parameters<'_>) -> Result<Law, String> {
    let (shares, means) = match fields.option("p")? {
        Some(p) => (vec![p, 1.0 - p], vec![fields.number("m1")?, fields.number("m2")?]),
        None => {
            let named = |a: &str, b: &str| match fields.value(a) {
                Some(_) => fields.list(a),
                None => fields.list(b),
            };
            (named("prob", "probs")?, named("means_s", "means")?)
        }
    };
    if shares.len() != means.len() {
        return Err("as many shares as means make a hyperexponential law".to_owned());
    }
    let list: Vec<String> = shares
        .iter()
        .zip(&means)
        .map(|(p, m)| format!("{{share: {p}, mean: {}}}", seconds(*m)))
        .collect();
    let mean: f64 = shares.iter().zip(&means).map(|(p, m)| p * m).sum();
    let square: f64 = shares.iter().zip(&means).map(|(p, m)| 2.0 * p * m * m).sum();
    let text = format!("{{hyperexponential: [{}]}}", list.join(", "));
    Ok(Law { text, mean, cv2: square / (mean * mean) - 1.0 })
}

/// The law, if its variation is the one that is written beside it.
fn agree(law: Law, cv2: Option<f64>) -> Result<Law, String> {
    match cv2 {
        Some(cv2) if (cv2 - law.cv2).abs() > 1e-6 => {
            Err(format!("the law has a cv2 of {}, not {cv2}", law.cv2))
        }
        _ => Ok(law),
    }
}

/// The law of service of a case: `service`, with `aht_s` or `mean_s` and what the law needs.
pub fn service(p: &Parameters<'_>) -> Result<Law, String> {
    let (aht, mean) = (p.option("aht_s")?, p.option("mean_s")?);
    if let (Some(aht), Some(mean)) = (aht, mean)
        && (aht / mean - 1.0).abs() > 1e-6
    {
        return Err(format!("aht_s {aht} and mean_s {mean} disagree"));
    }
    let mean = aht.or(mean);
    match (p.value("service"), p.option("cv2")?, mean) {
        (Some(value), _, _) => law_of(value, mean, p),
        (None, Some(cv2), Some(mean)) => Ok(by_moments(mean, cv2)),
        (None, None, Some(mean)) => Ok(exponential(mean)),
        (None, _, None) => Err("the parameter aht_s is missing".to_owned()),
    }
}

/// The law of patience of a case: an object, a name, a mean, or nothing.
pub fn patience(p: &Parameters<'_>) -> Result<Option<Law>, String> {
    let mean = p.option("mean_patience_s")?;
    match p.value("patience") {
        Some(value) => law_of(value, mean, p).map(Some),
        None => Ok(mean.map(exponential)),
    }
}

/// A law as a name, a mean, an object with `law`, or a list of name, mean and perhaps cv2.
fn law_of(value: &Value, mean: Option<f64>, p: &Parameters<'_>) -> Result<Law, String> {
    let bad = || format!("{value} is no law");
    match value {
        Value::String(words) => named(words, &Moments { mean, fields: p }),
        Value::Number(n) => n.as_f64().map(exponential).ok_or_else(bad),
        Value::Object(map) => {
            let fields = Parameters::new(map);
            let law = named(fields.text("law"), &Moments { mean: None, fields: &fields })?;
            fields.option("mean")?;
            fields.all_read()?;
            Ok(law)
        }
        Value::Array(parts) => {
            let name = parts.first().and_then(Value::as_str).ok_or_else(bad)?;
            let numbers: Vec<f64> = parts[1..].iter().filter_map(Value::as_f64).collect();
            if numbers.len() + 1 != parts.len() || numbers.len() > 2 {
                return Err(bad());
            }
            let cv2 = numbers.get(1).map_or(String::new(), |c| format!(" cv2={c}"));
            let mean = numbers.first().copied();
            named(&format!("{name}{cv2}"), &Moments { mean, fields: p })
        }
        Value::Bool(_) | Value::Null => Err(bad()),
    }
}
