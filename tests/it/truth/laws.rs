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
    Law {
        text: format!("{{exponential: {}}}", seconds(mean)),
        mean,
        cv2: 1.0,
    }
}

/// A law of given mean by the first two moments, where only they matter.
pub fn by_moments(mean: f64, cv2: f64) -> Law {
    match cv2 {
        0.0 => Law {
            text: format!("{{constant: {}}}", seconds(mean)),
            mean,
            cv2,
        },
        1.0 => exponential(mean),
        _ => {
            let text = format!(
                "{{lognormal: {{mean: {}, cv: {}}}}}",
                seconds(mean),
                cv2.sqrt()
            );
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

/// A law by its name: `exponential`, `lognormal cv2=1.4`, `erlang-2`, ...
pub fn named(words: &str, given: &Moments<'_>) -> Result<Law, String> {
    let lower = words.to_lowercase();
    let mut parts = lower
        .split([' ', ',', ';', '(', ')'])
        .filter(|p| !p.is_empty());
    let name = parts.next().unwrap_or("exponential").to_owned();
    let mut inline = Vec::new();
    for part in parts {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| format!("the law {words:?}"))?;
        let value: f64 = value.parse().map_err(|_| format!("the law {words:?}"))?;
        inline.push((key.to_owned(), value));
    }
    let field = |names: &[&str]| -> Result<Option<f64>, String> {
        for name in names {
            if let Some((_, v)) = inline.iter().find(|(key, _)| key == name) {
                return Ok(Some(*v));
            }
            if let Some(v) = given.fields.option(name)? {
                return Ok(Some(v));
            }
        }
        Ok(None)
    };
    let need = |names: &[&str]| {
        field(names)?.ok_or_else(|| format!("the law {words:?} lacks {}", names.join(" or ")))
    };
    let mean = || given.mean.map_or_else(|| need(&["mean", "mean_s"]), Ok);
    let (name, stages) = match name.rsplit_once('-') {
        Some((name, k)) if k.parse::<u32>().is_ok() => (name.to_owned(), k.parse().ok()),
        _ => (name, None),
    };
    match name.as_str() {
        "exponential" | "exp" | "m" => agree(exponential(mean()?), field(&["cv2"])?),
        "deterministic" | "constant" | "d" => agree(by_moments(mean()?, 0.0), field(&["cv2"])?),
        "lognormal" => by_cv("lognormal", mean()?, need(&["cv2"])?),
        "gamma" => match (field(&["cv2"])?, field(&["shape", "k"])?) {
            (Some(cv2), _) => by_cv("gamma", mean()?, cv2),
            (None, Some(shape)) => {
                let scale = field(&["scale", "theta"])?;
                let mean = scale.map_or_else(mean, |s| Ok(s * shape))?;
                by_cv("gamma", mean, 1.0 / shape)
            }
            _ => Err(format!("the law {words:?} lacks cv2 or shape")),
        },
        "erlang" => {
            let k: f64 = stages.map_or_else(|| need(&["k", "stages", "shape"]), Ok)?;
            let text = format!("{{erlang: {{mean: {}, k: {k}}}}}", seconds(mean()?));
            agree(
                Law {
                    text,
                    mean: mean()?,
                    cv2: 1.0 / k,
                },
                field(&["cv2"])?,
            )
        }
        "weibull" => weibull(need(&["shape", "k"])?, field(&["scale", "lambda"])?, mean),
        "uniform" => {
            let low = field(&["low", "a", "from", "min"])?.unwrap_or(0.0);
            let high = need(&["high", "b", "to", "max"])?;
            let text = format!(
                "{{uniform: {{from: {}, to: {}}}}}",
                seconds(low),
                seconds(high)
            );
            let mean = (low + high) / 2.0;
            Ok(Law {
                text,
                mean,
                cv2: (high - low).powi(2) / 12.0 / mean.powi(2),
            })
        }
        "hyperexp" | "hyperexponential" | "h2" => {
            let branches = ["p", "prob", "probs"]
                .iter()
                .any(|f| given.fields.value(f).is_some());
            if !branches {
                return balanced(mean()?, need(&["cv2"])?);
            }
            let law = hyperexponential(given.fields)?;
            match given.mean {
                Some(mean) if (mean / law.mean - 1.0).abs() > 1e-6 => Err(format!(
                    "the branches have the mean {}, not {mean}",
                    law.mean
                )),
                _ => agree(law, field(&["cv2"])?),
            }
        }
        _ => Err(format!("the law {words:?} is unknown")),
    }
}

fn by_cv(name: &str, mean: f64, cv2: f64) -> Result<Law, String> {
    if cv2 <= 0.0 {
        return Ok(by_moments(mean, 0.0));
    }
    let text = format!(
        "{{{name}: {{mean: {}, cv: {}}}}}",
        seconds(mean),
        cv2.sqrt()
    );
    Ok(Law { text, mean, cv2 })
}

fn weibull(
    shape: f64,
    scale: Option<f64>,
    mean: impl Fn() -> Result<f64, String>,
) -> Result<Law, String> {
    let gamma = statrs::function::gamma::gamma;
    let (one, two) = (gamma(1.0 + 1.0 / shape), gamma(1.0 + 2.0 / shape));
    let scale = match scale {
        Some(scale) => scale,
        None => mean()? / one,
    };
    let text = format!("{{weibull: {{scale: {}, shape: {shape}}}}}", seconds(scale));
    Ok(Law {
        text,
        mean: scale * one,
        cv2: two / (one * one) - 1.0,
    })
}

/// Two branches that bring equal parts of the mean, as usual where only moments are given.
fn balanced(mean: f64, cv2: f64) -> Result<Law, String> {
    if cv2 <= 1.0 {
        return Err(format!(
            "a hyperexponential law has a cv2 above 1, not {cv2}"
        ));
    }
    let p = 0.5 * (1.0 + ((cv2 - 1.0) / (cv2 + 1.0)).sqrt());
    let branch = |p: f64| format!("{{share: {p}, mean: {}}}", seconds(mean / (2.0 * p)));
    let text = format!("{{hyperexponential: [{}, {}]}}", branch(p), branch(1.0 - p));
    Ok(Law { text, mean, cv2 })
}

/// Branches as `prob` and `means_s`, or as `p`, `m1`, `m2`.
fn hyperexponential(fields: &Parameters<'_>) -> Result<Law, String> {
    let (shares, means) = match fields.option("p")? {
        Some(p) => (
            vec![p, 1.0 - p],
            vec![fields.number("m1")?, fields.number("m2")?],
        ),
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
    let branches: Vec<String> = shares
        .iter()
        .zip(&means)
        .map(|(p, m)| format!("{{share: {p}, mean: {}}}", seconds(*m)))
        .collect();
    let mean: f64 = shares.iter().zip(&means).map(|(p, m)| p * m).sum();
    let square: f64 = shares
        .iter()
        .zip(&means)
        .map(|(p, m)| 2.0 * p * m * m)
        .sum();
    let text = format!("{{hyperexponential: [{}]}}", branches.join(", "));
    Ok(Law {
        text,
        mean,
        cv2: square / (mean * mean) - 1.0,
    })
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
            let law = named(
                fields.text("law"),
                &Moments {
                    mean: None,
                    fields: &fields,
                },
            )?;
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
            let cv2 = numbers
                .get(1)
                .map_or(String::new(), |c| format!(" cv2={c}"));
            let mean = numbers.first().copied();
            named(&format!("{name}{cv2}"), &Moments { mean, fields: p })
        }
        Value::Bool(_) | Value::Null => Err(bad()),
    }
}
