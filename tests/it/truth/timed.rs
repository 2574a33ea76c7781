//! Cases in which time matters: varying rates, shifts, whole days.

use super::build::{Built, Read, Setup};
use super::cases::{Known, Parameters};
use super::expression::Formula;
use super::laws::{exponential, seconds};
use super::observe::{Keep, Number, Observed};
use convoq::projection::Replication;
use serde_json::Value;
use std::fmt::Write as _;

const DAY: u32 = 86_400;

fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// The longest interval that divides a day and has these times at its ends.
fn interval_of(times: impl IntoIterator<Item = u32>) -> u32 {
    times.into_iter().fold(DAY, divisor)
}

/// A time that must be whole seconds.
fn whole(name: &str, seconds: f64) -> Result<u32, String> {
    if seconds <= 0.0 || (seconds - seconds.round()).abs() > 1e-6 {
        return Err(format!("{name}: {seconds} is not a number of whole seconds above 0"));
    }
    Ok(seconds.round() as u32)
}

fn unknown(metric: &str) -> String {
    format!("the metric {metric} is unknown")
}

/// The rate as a formula; a number is a constant one.
fn formula(p: &Parameters<'_>) -> Result<Formula, String> {
    match p.value("lambda_per_s") {
        Some(Value::String(text)) => Formula::parse(text),
        Some(Value::Number(n)) => Ok(Formula::Number(n.as_f64().unwrap_or(f64::NAN))),
        _ => Err("lambda_per_s is neither a formula nor a number".to_owned()),
    }
}

/// Mean rates per hour over pieces of `step` seconds up to `end`, with zeros up to `total`.
fn rates(rate: &Formula, step: u32, end: u32, total: u32) -> String {
    let mean = |k: u32| {
        let (a, b) = (f64::from(k * step), f64::from((k + 1) * step));
        let per_hour = rate.integral(a, b) / f64::from(step) * 3600.0;
        if (k + 1) * step <= end { per_hour.max(0.0) } else { 0.0 }
    };
    let list: Vec<String> = (0..total / step).map(|k| format!("{}", mean(k))).collect();
    format!("{{interval: {step}s, per_hour: [{}]}}", list.join(", "))
}

/// Days, an interval, and a rate: the head of a scenario that starts empty.
fn head(
    id: &str,
    days: u32,
    interval: u32,
    rate: &str,
    work: &str,
    patience: Option<f64>,
) -> String {
    let patience = patience.map_or(String::new(), |m| format!("patience: {}", exponential(m).text));
    format!(
        "convoq: 1\nname: {id}\n\
         time: {{start: 2026-03-02, days: {days}, interval: {interval}s, drain: 12h}}\n\
         intents: {{contact: {{work: {work}, human_solves: 100%}}}}\n\
         channels: {{phone: {{{patience}}}}}\n\
         demand: [{{channel: phone, rate: {rate}}}]\n"
    )
}

/// The service of a case with exponential times.
fn memoryless(p: &Parameters<'_>) -> Result<String, String> {
    let law = super::laws::service(p)?;
    if law.cv2 != 1.0 {
        return Err("the times are not exponential".to_owned());
    }
    Ok(law.text)
}

/// The number behind a suffix, as 1800 in `p_wait_t1800`.
fn split(metric: &str, mark: &str) -> Option<(String, f64)> {
    let (name, number) = metric.rsplit_once(mark)?;
    Some((name.to_owned(), number.parse().ok()?))
}

/// State at the end of an interval: waiting, in service, nobody free.
fn state(r: &Replication, interval: usize) -> [f64; 3] {
    let waiting: f64 = r.queues[interval].iter().map(|q| q.waiting_at_end).sum();
    let team = &r.teams[interval][0];
    [waiting, team.in_service_at_end, team.full_at_end]
}

/// M(t)/M/c (+M) from empty: states at moments, and means over the horizon.
pub fn varying_rate(id: &str, p: &Parameters<'_>, known: &[Known]) -> Result<Built, String> {
    p.says("start", "empty")?;
    let rate = formula(p)?;
    let horizon = whole("horizon_s", p.number("horizon_s")?)?;
    let agents = p.count("agents")?;
    let patience = p.option("mean_patience_s")?;
    let mut moments: Vec<u32> = Vec::new();
    for (_, t) in known.iter().filter_map(|k| split(&k.metric, "_t")) {
        let t = whole("a moment", t)?;
        if t > horizon {
            return Err(format!("the moment {t} is beyond the horizon"));
        }
        moments.push(t);
    }
    let interval = interval_of(moments.iter().copied().chain([horizon]));
    let days = horizon.div_ceil(DAY);
    let step = divisor(interval, 60);
    let work = memoryless(p)?;
    let rate_text = rates(&rate, step, horizon, days * DAY);
    let mut text = head(id, days, interval, &rate_text, &work, patience);
    writeln!(text, "teams: {{people: {{channels: {{phone: {{max: 1}}}}, agents: {agents}}}}}")
        .expect("text");
    let contacts = (0..horizon / step)
        .map(|k| rate.integral(f64::from(k * step), f64::from((k + 1) * step)))
        .sum();
    let keep = keep_day((horizon / interval) as usize, interval, moments.clone());
    let read: Read = Box::new(move |metric, o| {
        let o = &o[0];
        if let Some((name, t)) = split(metric, "_t") {
            let found = moments.iter().position(|m| f64::from(*m) == t);
            return at_moment(&name, 4 + 3 * found.ok_or_else(|| unknown(metric))?, o);
        }
        match metric {
            "arrivals_total" => o.kept_ratio(0, None),
            "p_wait_arrival_average" => o.kept_ratio(1, Some(0)),
            "abandon_fraction_of_arrivals" => o.kept_ratio(2, Some(0)),
            "mean_wait_per_arrival_approx_s" => o.kept_ratio(3, Some(0)),
            _ => Err(unknown(metric)),
        }
    });
    let setup = Setup { text, first: 400, contacts, keep };
    Ok(Built { setups: vec![setup], read })
}

/// Of the horizon: offered, waited, abandoned, time in the queue; then the states at moments.
fn keep_day(until: usize, interval: u32, moments: Vec<u32>) -> Keep {
    Box::new(move |r| {
        let mut kept = vec![0.0; 4];
        for (k, queues) in r.queues.iter().enumerate() {
            for q in queues {
                kept[1] += q.waited;
                if k < until {
                    kept[0] += q.offered;
                    kept[2] += q.abandoned;
                    kept[3] += q.waiting_us * 1e-6;
                }
            }
        }
        let place = |t: &u32| (t / interval - 1) as usize;
        kept.extend(moments.iter().flat_map(|t| state(r, place(t))));
        kept
    })
}

/// A metric of the state whose three numbers begin at `first`.
fn at_moment(name: &str, first: usize, o: &Observed<'_>) -> Result<Number, String> {
    let number = match name {
        "mean_queue" => {
            // What is left of a peak is seldom there and then long: 1 % of so small a mean
            // would take hundreds of thousands of days.
            let mut queue = o.kept_ratio(first, None)?;
            queue.scale = 0.5 * (queue.value + o.kept_ratio(first + 1, None)?.value);
            queue
        }
        "mean_busy" | "mean_in_service" => o.kept_ratio(first + 1, None)?,
        "mean_in_system" => o.ratio(|r| (o.kept[r][first] + o.kept[r][first + 1], 1.0))?,
        "p_wait" | "p_no_free_slot" => o.kept_ratio(first + 2, None)?,
        _ => return Err(unknown(name)),
    };
    Ok(Number { trial: true, ..number })
}

/// M(t)/M/c(t)+M with a headcount curve: means over intervals.
pub fn varying_staff(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.says("start", "empty")?;
    let shift_end = p.text("shift_end").to_lowercase();
    let rule = match () {
        () if shift_end.starts_with("pre-emptive") || shift_end.contains("head of the queue") => {
            "hand_back"
        }
        () if shift_end.starts_with("exhaustive") => "first_free",
        () => return Err(format!("shift_end: {shift_end:?} is unknown")),
    };
    let length = whole("interval_s", p.number("interval_s")?)?;
    let by_interval = p.list("lambda_per_s_by_interval")?;
    let agents = p.list("agents_by_interval")?;
    let n = by_interval.len();
    if agents.len() != n {
        return Err("as many agents_by_interval as rates are needed".to_owned());
    }
    let interval = interval_of([length]);
    let days = (n as u32 * length).div_ceil(DAY);
    let mut list: Vec<String> = by_interval.iter().map(|l| format!("{}", l * 3600.0)).collect();
    list.resize((days * DAY).div_ceil(length) as usize, "0".to_owned());
    let rate = format!("{{interval: {length}s, per_hour: [{}]}}", list.join(", "));
    let patience = p.option("mean_patience_s")?;
    let mut text = head(id, days, interval, &rate, &memoryless(p)?, patience);
    let curve: Vec<String> = agents.iter().map(|a| format!("{a}")).collect();
    writeln!(
        text,
        "teams: {{people: {{channels: {{phone: {{max: 1}}}}, shift_end: {rule}, shifts: \
         [{{agents_by_interval: [{}], interval: {length}s, from: \"00:00\"}}]}}}}",
        curve.join(", ")
    )
    .expect("text");
    let contacts = by_interval.iter().sum::<f64>() * f64::from(length);
    let read: Read = Box::new(move |metric, o| of_interval(metric, &o[0], n));
    let setup = Setup { text, first: 400, contacts, keep: keep_intervals(n, length, interval) };
    Ok(Built { setups: vec![setup], read })
}

/// Of each interval: offered, waited, abandoned, mean queue, mean in service.
fn keep_intervals(n: usize, length: u32, interval: u32) -> Keep {
    let parts = (length / interval) as usize;
    let mean = move |integral_us: f64| integral_us * 1e-6 / f64::from(length);
    Box::new(move |r| {
        let mut kept = Vec::with_capacity(5 * n);
        for k in 0..n {
            let mut sums = [0.0; 5];
            for part in k * parts..(k + 1) * parts {
                for q in &r.queues[part] {
                    sums[0] += q.offered;
                    sums[1] += q.waited;
                    // The cases count who leaves after a hand back as well.
                    sums[2] += q.abandoned + q.broken_off;
                    sums[3] += mean(q.waiting_us);
                }
                sums[4] += mean(r.teams[part][0].in_service_us);
            }
            kept.extend(sums);
        }
        kept
    })
}

/// A metric of one of `n` intervals, or of all.
fn of_interval(metric: &str, o: &Observed<'_>, n: usize) -> Result<Number, String> {
    if let Some((name, k)) = split(metric, "_interval") {
        if k < 0.0 || k as usize >= n {
            return Err(unknown(metric));
        }
        let first = 5 * k as usize;
        return match name.as_str() {
            "p_wait" => o.kept_ratio(first + 1, Some(first)),
            "abandons" => o.kept_ratio(first + 2, None),
            "mean_queue" => o.kept_ratio(first + 3, None),
            "mean_busy" => o.kept_ratio(first + 4, None),
            "mean_in_system" => o.ratio(|r| (o.kept[r][first + 3] + o.kept[r][first + 4], 1.0)),
            _ => Err(unknown(metric)),
        };
    }
    let sum = |r: usize, column: usize| (0..n).map(|k| o.kept[r][5 * k + column]).sum();
    match metric {
        "abandon_fraction_day" => o.ratio(|r| (sum(r, 2), sum(r, 0))),
        _ => Err(unknown(metric)),
    }
}

/// A shift ends while agents are busy: the state some time later.
pub fn shift_end(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.says("start", "empty")?;
    p.says("rule", "finish their call and then leave")?;
    let (before, after) = (p.count("agents_before")?, p.count("agents_after")?);
    let drop = whole("drop_at_s", p.number("drop_at_s")?)?;
    let observe = whole("observe_at_s", p.number("observe_at_s")?)?;
    if after > before || observe > DAY || drop >= DAY {
        return Err("a drop of the headcount within a day is needed".to_owned());
    }
    let interval = interval_of([observe]);
    let lambda = p.number("lambda_per_s")?;
    let step = divisor(interval, 60);
    let rate = rates(&Formula::Number(lambda), step, observe, DAY);
    let patience = p.option("mean_patience_s")?;
    let mut text = head(id, 1, interval, &rate, &memoryless(p)?, patience);
    let clock = format!("{:02}:{:02}:{:02}", drop / 3600, drop / 60 % 60, drop % 60);
    let mut shifts = Vec::new();
    if after > 0 {
        shifts.push(format!("{{agents: {after}, from: \"00:00\", to: \"24:00\"}}"));
    }
    if before > after {
        let leave = before - after;
        shifts.push(format!("{{agents: {leave}, from: \"00:00\", to: \"{clock}\"}}"));
    }
    writeln!(
        text,
        "teams: {{people: {{channels: {{phone: {{max: 1}}}}, shift_end: first_free, shifts: [{}]}}}}",
        shifts.join(", ")
    )
    .expect("text");
    let place = (observe / interval - 1) as usize;
    let keep = move |r: &Replication| state(r, place).to_vec();
    let read: Read = Box::new(|metric, o| at_moment(metric, 0, &o[0]));
    let contacts = lambda * f64::from(observe);
    let setup = Setup { text, first: 400, contacts, keep: Box::new(keep) };
    Ok(Built { setups: vec![setup], read })
}

/// M(t)/G/inf in its periodic steady state: the load at phases of the period.
pub fn offered_load(id: &str, p: &Parameters<'_>, known: &[Known]) -> Result<Built, String> {
    p.says("regime", "periodic steady state")?;
    let rate = formula(p)?;
    let period = rate.period().ok_or("the rate has no period of whole seconds")?;
    let law = super::laws::service(p)?;
    let mut phases = Vec::new();
    for (_, phase) in known.iter().filter_map(|k| split(&k.metric, "_phase")) {
        phases.push((
            phase,
            whole("a phase", phase * f64::from(period) + f64::from(period))? - period,
        ));
    }
    let interval = interval_of(phases.iter().map(|f| f.1).chain([period]));
    // Loads below the mean of the longest services are complete only after those.
    let warm = (20.0 * law.mean * (1.0 + law.cv2) / f64::from(period)).ceil() as u32 + 1;
    let cycles = warm + (8 * DAY).div_ceil(period).max(20);
    let days = (cycles * period).div_ceil(DAY) + 1;
    let mean = rate.integral_over(period) / f64::from(period);
    let most = (0..200).map(|k| rate.at(f64::from(k * period) / 200.0)).fold(0.0f64, f64::max);
    let load = most * law.mean;
    let agents = (load + 10.0 * load.sqrt() + 20.0).ceil();
    let total = if DAY.is_multiple_of(period) { DAY } else { days * DAY };
    let step = divisor(interval, 60);
    let rate_text = rates(&rate, step, total, total);
    let mut text = head(id, days, interval, &rate_text, &law.text, None);
    writeln!(text, "teams: {{people: {{channels: {{phone: {{max: 1}}}}, agents: {agents}}}}}")
        .expect("text");
    let seconds_in: Vec<u32> = phases.iter().map(|f| f.1).collect();
    let keep = move |r: &Replication| -> Vec<f64> {
        let load_at = |t: u32| r.teams[(t / interval - 1) as usize][0].in_service_at_end;
        let load = |s: &u32| -> f64 { (warm..cycles).map(|m| load_at(m * period + s)).sum() };
        seconds_in.iter().map(|s| load(s) / f64::from(cycles - warm)).collect()
    };
    let read: Read = Box::new(move |metric, o| match split(metric, "_phase") {
        Some((name, phase)) if name == "offered_load" => {
            let place = phases.iter().position(|f| f.0 == phase);
            o[0].kept_ratio(place.ok_or_else(|| unknown(metric))?, None)
        }
        _ => Err(unknown(metric)),
    });
    let contacts = mean * f64::from(days * DAY);
    let setup = Setup { text, first: 40, contacts, keep: Box::new(keep) };
    Ok(Built { setups: vec![setup], read })
}

impl Formula {
    /// Its integral over a period, in pieces of a minute.
    fn integral_over(&self, period: u32) -> f64 {
        let pieces = period.div_ceil(60);
        let step = f64::from(period) / f64::from(pieces);
        (0..pieces).map(|k| self.integral(f64::from(k) * step, f64::from(k + 1) * step)).sum()
    }
}

/// Days of one run of the gamma-Poisson case.
const DAYS: u32 = 200;

/// Counts of days that share a gamma factor.
pub fn gamma_poisson(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.says("busyness", "factor per day")?;
    let means = p.list("mean_calls_per_period")?;
    let alpha = p.number("alpha")?;
    let n = means.len();
    // The longest divisor of a day of which a day has room for n.
    let slot = (1..=DAY / n as u32).rev().find(|s| DAY.is_multiple_of(*s)).unwrap_or(1);
    let mut list: Vec<String> =
        means.iter().map(|m| format!("{}", m * 3600.0 / f64::from(slot))).collect();
    list.resize((DAY / slot) as usize, "0".to_owned());
    let cv = 1.0 / alpha.sqrt();
    let text = format!(
        "convoq: 1\nname: {id}\ntime: {{start: 2026-03-02, days: {DAYS}, interval: {slot}s}}\n\
         intents: {{contact: {{work: {}, human_solves: 100%}}}}\n\
         demand: [{{channel: phone, rate: {{interval: {slot}s, per_hour: [{}]}}, busyness_cv: {cv}}}]\n\
         queues: {{line: {{channels: [phone], capacity: 0}}}}\n\
         teams: {{people: {{channels: {{phone: {{max: 1}}}}, agents: 1}}}}\n",
        seconds_text(1.0),
        list.join(", "),
    );
    let slots = (DAY / slot) as usize;
    let columns = n + n * n + 3;
    // Sums of counts, of their products, of whole days and their squares, and the number
    // of days; then the days.
    let keep = move |r: &Replication| -> Vec<f64> {
        let mut kept = vec![0.0; columns];
        for day in r.arrivals.chunks(slots) {
            let total: f64 = day[..n].iter().sum();
            for i in 0..n {
                kept[i] += day[i];
                for j in 0..n {
                    kept[n + n * i + j] += day[i] * day[j];
                }
            }
            kept[n + n * n] += total;
            kept[n + n * n + 1] += total * total;
            kept[n + n * n + 2] += 1.0;
            kept.push(total);
        }
        kept
    };
    let read: Read = Box::new(move |metric, o| day_metric(metric, &o[0], n));
    let contacts = means.iter().sum::<f64>() * f64::from(DAYS);
    let setup = Setup { text, first: 60, contacts, keep: Box::new(keep) };
    Ok(Built { setups: vec![setup], read })
}

fn seconds_text(s: f64) -> String {
    format!("{{constant: {}}}", seconds(s))
}

fn day_metric(metric: &str, o: &Observed<'_>, n: usize) -> Result<Number, String> {
    let moment = |sum: f64, days: f64| sum / days;
    let left = |s: &[f64]| s[n + n * n + 2];
    let covariance = |s: &[f64], i: usize, j: usize| {
        let d = left(s);
        let product = moment(s[n + n * i + j], d) - moment(s[i], d) * moment(s[j], d);
        product * d / (d - 1.0)
    };
    let day_mean = |s: &[f64]| moment(s[n + n * n], left(s));
    let day_var = |s: &[f64]| {
        let d = left(s);
        (moment(s[n + n * n + 1], d) - day_mean(s).powi(2)) * d / (d - 1.0)
    };
    if let Some((i, j)) = metric.strip_prefix("corr_p").and_then(|rest| rest.split_once("_p")) {
        let place = |text: &str| text.parse().ok().filter(|k: &usize| *k < n);
        let (Some(i), Some(j)) = (place(i), place(j)) else {
            return Err(unknown(metric));
        };
        return o.jackknife(|s| {
            covariance(s, i, j) / (covariance(s, i, i) * covariance(s, j, j)).sqrt()
        });
    }
    if let Some(percent) = metric.strip_prefix("day_p") {
        let percent: f64 = percent.parse().map_err(|_| unknown(metric))?;
        return Ok(day_quantile(percent / 100.0, o, n));
    }
    match metric {
        "day_mean" => o.jackknife(day_mean),
        "day_var" => o.jackknife(day_var),
        "dispersion_index_day" => o.jackknife(|s| day_var(s) / day_mean(s)),
        _ => Err(unknown(metric)),
    }
}

/// The smallest count that a share `q` of the days does not exceed.
fn day_quantile(q: f64, o: &Observed<'_>, n: usize) -> Number {
    let first = n + n * n + 3;
    let quantile = |kept: &[&Vec<f64>]| {
        let mut days: Vec<f64> = kept.iter().flat_map(|k| k[first..].iter().copied()).collect();
        days.sort_by(f64::total_cmp);
        days[((q * days.len() as f64).ceil() as usize).max(1) - 1]
    };
    let all: Vec<&Vec<f64>> = o.kept.iter().collect();
    let value = quantile(&all);
    let groups: Vec<f64> = (0..20)
        .map(|g| quantile(&all.iter().copied().skip(g).step_by(20).collect::<Vec<_>>()))
        .collect();
    let squares: f64 = groups.iter().map(|x| (x - value).powi(2)).sum();
    // Counts are whole: a value is known to half a step at best.
    let se = (squares / (20.0 * 19.0) + 1.0 / 12.0).sqrt();
    Number { value, se, scale: 0.0, trial: false }
}
