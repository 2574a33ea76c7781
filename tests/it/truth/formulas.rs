//! The same cases by the product's formulas: no simulation, no standard errors.

use super::build::lambda;
use super::cases::{self, Case, Known, Parameters};
use super::expression::Formula;
use super::laws::{self, Law};
use crate::formulas::{
    BusyDay, Transient, bot_then_people, priorities, priorities_single, two_stages,
};
use convoq::analytic::{
    Agents, Attempts, RatePiece, Redial, Spread, Waiting, erlang_a, erlang_b, erlang_c,
    finite_room, lee_longton, mgc, offered_load, requirement,
};
use convoq::distribution::Distribution;
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by the names of the truth set.
pub type Values = BTreeMap<String, f64>;

/// Relative difference that a formula may have.
const EXACT: f64 = 1e-6;

fn distribution(law: &Law) -> Distribution {
    convoq::scenario::law(&law.text).expect("a law of a case is a law of scenarios")
}

fn named<const N: usize>(values: [(&str, f64); N]) -> Values {
    values.map(|(name, v)| (name.to_owned(), v)).into()
}

/// Every metric of a queue that `Waiting` describes.
fn of_waiting(w: &Waiting<'_>, threshold: Option<f64>, rate: f64) -> Values {
    let mut values = named([
        ("p_wait", w.p_wait),
        ("p_abandon", w.p_abandon),
        ("asa_s", w.wait_served_s),
        ("mean_wait_all_s", w.wait_all_s),
        ("mean_wait_served_s", w.wait_served_s),
        ("mean_wait_abandoned_s", w.wait_abandoned_s),
        ("asa_given_wait_s", w.wait_all_s / w.p_wait),
        ("mean_queue_len", w.queue_length),
    ]);
    for percent in 1..100 {
        if [50, 75, 80, 90, 95, 99].contains(&percent) {
            let q = f64::from(percent) / 100.0;
            values.insert(format!("wait_p{percent}_s"), w.wait_quantile_s(q));
        }
    }
    if let Some(t) = threshold {
        let sl = w.service(t);
        values.extend(named([
            ("service_level", sl.offered),
            ("sl_offered", sl.offered),
            ("sl_answered", sl.answered),
            ("sl_virtual", sl.virtually),
            ("sl_excl_short_abandon", sl.without_short),
            ("p_abandon_within_T", sl.abandoned_within),
        ]));
    }
    values.insert("served_rate".to_owned(), rate * (1.0 - w.p_abandon));
    values
}

fn queue(model: &str, p: &Parameters<'_>) -> Result<Values, String> {
    let law = laws::service(p)?;
    let (rate, agents) = (lambda(p, law.mean)?, p.count("agents")?);
    let patience = laws::patience(p)?.map(|l| distribution(&l));
    let threshold = p.option("threshold_s")?;
    let work = distribution(&law);
    let mut values = match (model, &patience) {
        ("erlang_b", _) => named([("p_block", erlang_b(agents, rate * law.mean))]),
        ("mmck", _) => {
            let f = finite_room(rate, law.mean, agents, p.count("max_in_system")? - agents);
            return Ok(named([
                ("p_block", f.p_block),
                ("mean_queue_len", f.queue_length),
                ("mean_wait_accepted_s", f.wait_accepted_s),
                ("p_wait_accepted", f.p_wait_accepted),
                ("occupancy", f.occupancy),
                ("mean_in_system", f.in_system),
            ]));
        }
        ("mg1" | "mdc" | "mh2c" | "mekc", _) => {
            let q = mgc(rate, &work, agents).map_err(text)?;
            assert!(q.exact, "{law:?} is computed exactly");
            return Ok(named([
                ("asa_s", q.wait_s),
                ("p_wait", q.p_wait),
                ("mean_queue_len", q.wait_s * rate),
            ]));
        }
        (_, Some(patience)) => {
            let w = erlang_a(rate, law.mean, agents, patience).map_err(text)?;
            of_waiting(&w, threshold, rate)
        }
        (_, None) => {
            let w = erlang_c(rate, law.mean, agents).map_err(text)?;
            of_waiting(&w, threshold, rate)
        }
    };
    let lost = values.get("p_block").or(values.get("p_abandon")).copied();
    let busy = rate * (1.0 - lost.unwrap_or(0.0)) * law.mean;
    values.insert("occupancy".to_owned(), busy / f64::from(agents));
    let waiting = values.get("mean_queue_len").copied().unwrap_or(0.0);
    values.insert("mean_in_system".to_owned(), waiting + busy);
    Ok(values)
}

/// The approximation asks of the law its first two moments only.
fn two_moments(p: &Parameters<'_>) -> Result<Values, String> {
    let (rate, aht_s) = (p.number("lambda_per_s")?, p.number("aht_s")?);
    let queue = erlang_c(rate, aht_s, p.count("agents")?).map_err(text)?;
    let wait = lee_longton(queue.wait_all_s, p.number("cv2")?);
    Ok(named([("asa_s", wait)]))
}

fn text(e: impl std::fmt::Debug) -> String {
    format!("{e:?}")
}

fn staffing(p: &Parameters<'_>) -> Result<Values, String> {
    let aht = p.number("aht_s")?;
    let (rate, target) = (lambda(p, aht)?, p.number("target_sl")?);
    let within = p.number("threshold_s")?;
    let level =
        |agents: u32| erlang_c(rate, aht, agents).map_or(0.0, |w| w.service(within).offered);
    let agents = requirement(1, 100_000, |n| level(n) >= target).ok_or("no number of agents")?;
    let scheduled = f64::from(agents) / (1.0 - p.option("shrinkage")?.unwrap_or(0.0));
    Ok(named([
        ("min_agents", f64::from(agents)),
        ("scheduled_agents", scheduled),
        ("service_level_at_min", level(agents)),
        ("service_level_one_less", level(agents - 1)),
    ]))
}

fn redial(model: &str, p: &Parameters<'_>) -> Result<Values, String> {
    let team = Redial {
        rate: p.number("lambda_per_s")?,
        aht_s: p.number("aht_s")?,
        agents: p.count("agents")?,
        patience_s: p.number("mean_patience_s")?,
        redial: p.option("redial_prob")?.unwrap_or(0.0),
        redial_delay_s: p.option("redial_delay_s")?.unwrap_or(1.0),
        reconnect: p.option("reconnect_prob_after_service")?.unwrap_or(0.0),
        reconnect_delay_s: p.option("reconnect_delay_s")?.unwrap_or(1.0),
    };
    let a: Attempts = match model {
        "erlang_x_fixed_point" => team.fixed_point().map_err(text)?,
        _ => team.exact(60_000_000).map_err(text)?.ok_or("the chain is too large")?,
    };
    Ok(named([
        ("total_rate_per_s", a.rate),
        ("p_wait", a.p_wait),
        ("p_abandon_per_attempt", a.p_abandon),
        ("mean_wait_all_s", a.wait_all_s),
        ("mean_orbit", a.orbit),
        ("occupancy", a.occupancy),
        ("p_first_customers_lost", a.lost),
    ]))
}

fn chat(p: &Parameters<'_>, spread: Spread) -> Result<Values, String> {
    let times = p.list("aht_by_level_s")?;
    let rate = lambda(p, times[0])?;
    let patience = laws::patience(p)?.map(|l| distribution(&l));
    let agents = Agents::by_handle_time(p.count("agents")?, &times);
    let team = agents.steady(rate, spread, patience.as_ref()).map_err(text)?;
    let mut values = of_waiting(&team.waiting, p.option("threshold_s")?, rate);
    values.extend(named([
        ("mean_chats_in_service", team.in_service),
        ("mean_handle_time_s", team.handle_time_s),
        ("mean_concurrency_per_agent", team.concurrency),
        ("p_agent_busy", team.busy),
    ]));
    Ok(values)
}

fn classes(model: &str, p: &Parameters<'_>) -> Result<Values, String> {
    let rates = p.list("lambda_per_s")?;
    let mut values = Values::new();
    let waits = if model == "mg1_priority_np" {
        let (times, cv2) = (p.list("aht_s")?, p.list("cv2")?);
        let all = (0..rates.len()).map(|k| (rates[k], times[k], cv2[k]));
        priorities_single(&all.collect::<Vec<_>>()).map_err(text)?
    } else {
        let (aht, agents) = (p.number("aht_s")?, p.count("agents")?);
        let together = erlang_c(rates.iter().sum(), aht, agents).map_err(text)?;
        values.insert("p_wait".to_owned(), together.p_wait);
        priorities(&rates, aht, agents).map_err(text)?
    };
    for (k, wait) in waits.iter().enumerate() {
        values.insert(format!("asa_class{k}_s"), *wait);
    }
    Ok(values)
}

fn bot(p: &Parameters<'_>) -> Result<Values, String> {
    let patience = laws::patience(p)?.map(|l| distribution(&l));
    let patience = patience.ok_or("no patience")?;
    let people = (p.count("human_agents")?, p.number("human_aht_s")?);
    let (rate, escalated) = (p.number("lambda_per_s")?, p.number("escalation_prob")?);
    let b = bot_then_people(rate, p.number("bot_time_mean_s")?, escalated, people, &patience)
        .map_err(text)?;
    let mut values: Values = of_waiting(&b.people, p.option("threshold_s")?, b.to_people)
        .into_iter()
        .map(|(name, v)| (format!("human_{name}"), v))
        .collect();
    values.extend(named([
        ("escalation_rate_per_s", b.to_people),
        ("mean_chats_in_bot", b.in_bot),
        ("deflection_rate", 1.0 - escalated),
        ("human_occupancy", b.occupancy),
        ("mean_total_time_escalated_served_s", b.whole_time_s),
    ]));
    Ok(values)
}

fn jackson(p: &Parameters<'_>) -> Result<Values, String> {
    let (slots, agents) = (p.count("bot_slots")?, p.count("human_agents")?);
    let (bot_s, aht_s) = (p.number("bot_time_s")?, p.number("human_aht_s")?);
    let back = p.option("return_to_bot_prob_after_human")?.unwrap_or(0.0);
    let share = (p.number("escalation_prob")?, back);
    let s = two_stages(p.number("lambda_per_s")?, (slots, bot_s), (agents, aht_s), share)
        .map_err(text)?;
    Ok(named([
        ("bot_arrival_rate", s.bot_rate),
        ("human_arrival_rate", s.people_rate),
        ("bot_asa_s", s.bot.wait_all_s),
        ("bot_p_wait", s.bot.p_wait),
        ("human_asa_s", s.people.wait_all_s),
        ("human_p_wait", s.people.p_wait),
        ("bot_occupancy", s.bot_rate * bot_s / f64::from(slots)),
        ("human_occupancy", s.people_rate * aht_s / f64::from(agents)),
        ("mean_sojourn_s", s.whole_time_s),
        ("mean_bot_visits", s.visits),
    ]))
}

fn pooling(p: &Parameters<'_>) -> Result<Values, String> {
    let (rate, aht) = (p.number("lambda_each_per_s")?, p.number("aht_s")?);
    let agents = p.count("agents_each")?;
    let wait = |k: u32| {
        let w = erlang_c(f64::from(k) * rate, aht, k * agents).map_err(text)?;
        Ok::<f64, String>(w.wait_all_s)
    };
    let (split, pooled) = (wait(1)?, wait(2)?);
    Ok(named([("asa_split_s", split), ("asa_pooled_s", pooled), ("ratio", pooled / split)]))
}

fn busy_day(p: &Parameters<'_>) -> Result<Values, String> {
    let day = BusyDay { means: p.list("mean_calls_per_period")?, shape: p.number("alpha")? };
    let mut values = named([
        ("day_mean", day.mean()),
        ("day_var", day.variance()),
        ("dispersion_index_day", day.variance() / day.mean()),
    ]);
    for i in 0..day.means.len() {
        for j in 0..day.means.len() {
            values.insert(format!("corr_p{i}_p{j}"), day.correlation(i, j));
        }
    }
    for percent in 1..100 {
        let q = day.quantile(f64::from(percent) / 100.0) as f64;
        values.insert(format!("day_p{percent:02}"), q);
    }
    Ok(values)
}

/// Moments or intervals at which something is known, from the names of the metrics.
fn marks(known: &[Known], mark: &str) -> Vec<f64> {
    let after = |k: &Known| k.metric.rsplit_once(mark)?.1.parse().ok();
    let mut all: Vec<f64> = known.iter().filter_map(after).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn formula(p: &Parameters<'_>) -> Result<Formula, String> {
    match p.value("lambda_per_s") {
        Some(Value::String(text)) => Formula::parse(text),
        Some(Value::Number(n)) => Ok(Formula::Number(n.as_f64().unwrap_or(f64::NAN))),
        _ => Err("lambda_per_s is neither a formula nor a number".to_owned()),
    }
}

/// Beyond this many in the system hardly any probability lies in these cases.
fn top(agents: u32, rate: f64, horizon: f64, leaves: bool) -> usize {
    let c = agents as usize;
    if leaves { 3 * c + 100 } else { c + 150 + (rate * horizon * 0.3) as usize }
}

fn varying_rate(p: &Parameters<'_>, known: &[Known]) -> Result<Values, String> {
    let rate = formula(p)?;
    let (horizon, agents) = (p.number("horizon_s")?, p.count("agents")?);
    let patience = p.option("mean_patience_s")?;
    let c = agents as usize;
    let top = top(agents, rate.at(0.0), horizon, patience.is_some());
    let chain = Transient::queue(p.number("aht_s")?, agents, patience, top);
    let mut state = vec![0.0; top + 1];
    state[0] = 1.0;
    let mut values = Values::new();
    // Arrivals, those who wait, and time in the queue.
    let mut sums = [0.0; 3];
    let queue = |p: &[f64]| -> f64 {
        p.iter().zip(0..).map(|(p, n): (_, usize)| p * n.saturating_sub(c) as f64).sum()
    };
    let mut ends = marks(known, "_t");
    ends.retain(|t| *t < horizon);
    ends.push(horizon);
    let mut from = 0.0;
    for to in ends {
        chain.follow(
            &mut state,
            (from, to),
            |t| rate.at(t),
            |t, weight, p| {
                let arrivals = weight * rate.at(t);
                sums[0] += arrivals;
                sums[1] += arrivals * p[c..].iter().sum::<f64>();
                sums[2] += weight * queue(p);
            },
        );
        let all: f64 = state.iter().zip(0..).map(|(p, n)| p * f64::from(n)).sum();
        values.insert(format!("mean_in_system_t{to}"), all);
        values.insert(format!("p_wait_t{to}"), state[c..].iter().sum());
        values.insert(format!("mean_queue_t{to}"), queue(&state));
        from = to;
    }
    assert!(state[top] < 1e-9, "the chain is cut where somebody is");
    values.extend(named([
        ("arrivals_total", sums[0]),
        ("p_wait_arrival_average", sums[1] / sums[0]),
        ("mean_wait_per_arrival_approx_s", sums[2] / sums[0]),
        ("abandon_fraction_of_arrivals", patience.map_or(0.0, |m| sums[2] / m / sums[0])),
    ]));
    Ok(values)
}

fn varying_staff(p: &Parameters<'_>) -> Result<Values, String> {
    if !p.text("shift_end").starts_with("pre-emptive") {
        return Err("only pre-emptive ends of shifts have a formula here".to_owned());
    }
    let (rates, length) = (p.list("lambda_per_s_by_interval")?, p.number("interval_s")?);
    let agents = p.list("agents_by_interval")?;
    let (aht, patience) = (p.number("aht_s")?, p.number("mean_patience_s")?);
    let most = agents.iter().fold(0.0f64, |m, a| m.max(*a)) as usize;
    let mut state = vec![0.0; 3 * most + 101];
    state[0] = 1.0;
    let (mut values, mut left, mut all) = (Values::new(), 0.0, 0.0);
    for (k, (rate, agents)) in rates.iter().zip(&agents).enumerate() {
        let c = *agents as usize;
        let chain = Transient::queue(aht, c as u32, Some(patience), state.len() - 1);
        let mut sums = [0.0; 3];
        let span = (k as f64 * length, (k + 1) as f64 * length);
        chain.follow(
            &mut state,
            span,
            |_| *rate,
            |_, weight, p| {
                for (n, p) in p.iter().enumerate() {
                    sums[0] += weight * p * f64::from(u8::from(n >= c));
                    sums[1] += weight * p * n.saturating_sub(c) as f64;
                    sums[2] += weight * p * n.min(c) as f64;
                }
            },
        );
        left += sums[1] / patience;
        all += rate * length;
        let names = ["p_wait", "mean_queue", "mean_busy"];
        for (name, sum) in names.iter().zip(sums) {
            values.insert(format!("{name}_interval{k}"), sum / length);
        }
        values.insert(format!("abandons_interval{k}"), sums[1] / patience);
    }
    values.insert("abandon_fraction_day".to_owned(), left / all);
    Ok(values)
}

fn shift_end(p: &Parameters<'_>) -> Result<Values, String> {
    let (before, after) = (p.count("agents_before")?, p.count("agents_after")?);
    let (drop, observe) = (p.number("drop_at_s")?, p.number("observe_at_s")?);
    let (rate, aht) = (p.number("lambda_per_s")?, p.number("aht_s")?);
    let patience = p.option("mean_patience_s")?;
    let (b, c) = (before as usize, after as usize);
    let places = 3 * b;
    let mut state = vec![0.0; b + places];
    state[0] = 1.0;
    let day = Transient::queue(aht, before, patience, state.len() - 1);
    day.follow(&mut state, (0.0, drop), |_| rate, |_, _, _| ());
    let extra = b - c;
    let mut late = vec![0.0; places * (extra + 1) + c];
    for (n, p) in state.iter().enumerate() {
        let busy = n.min(b);
        let at =
            if busy < c { places * (extra + 1) + busy } else { (n - busy) + places * (busy - c) };
        late[at] += p;
    }
    let evening = Transient::closing_shift(aht, (before, after), patience, places);
    evening.follow(&mut late, (drop, observe), |_| rate, |_, _, _| ());
    let (mut queue, mut system, mut full) = (0.0, 0.0, 0.0);
    for (at, p) in late.iter().enumerate() {
        let (waiting, busy) = match at.checked_sub(places * (extra + 1)) {
            Some(busy) => (0, busy),
            None => (at % places, c + at / places),
        };
        queue += p * waiting as f64;
        system += p * (waiting + busy) as f64;
        full += p * f64::from(u8::from(busy >= c));
    }
    Ok(named([("mean_queue", queue), ("mean_in_system", system), ("p_no_free_slot", full)]))
}

fn load(p: &Parameters<'_>, known: &[Known]) -> Result<Values, String> {
    let rate = formula(p)?;
    let period = rate.period().ok_or("the rate has no period")?;
    let work = distribution(&laws::service(p)?);
    // As many periods as the longest works last.
    let cycles = (60.0 * work.mean_s() / f64::from(period)).ceil() as u32 + 1;
    let piece = |s: u32| {
        let (start_s, end_s) = (f64::from(s), f64::from(s + 1));
        let rate = rate.integral(start_s, end_s);
        RatePiece { start_s, end_s, rate }
    };
    let pieces: Vec<RatePiece> = (0..(cycles + 1) * period).map(piece).collect();
    let mut values = Values::new();
    for phase in marks(known, "_phase") {
        let at = f64::from(cycles * period) + phase * f64::from(period);
        values.insert(
            format!("offered_load_phase{phase}"),
            offered_load(&pieces, |x| work.limited_mean_s(x), at),
        );
    }
    Ok(values)
}

pub fn values(case: &Case) -> Result<Values, String> {
    let p = Parameters::new(&case.parameters);
    match case.model.as_str() {
        "erlang_c_staffing" => staffing(&p),
        "erlang_x_redial" | "erlang_x_fixed_point" | "redial_reconnect" => redial(&case.model, &p),
        "chat_least_loaded" => chat(&p, Spread::LeastLoaded),
        "chat_most_loaded" => chat(&p, Spread::MostLoaded),
        "chat_balanced" => chat(&p, Spread::Even),
        "mmc_priority_np" | "mg1_priority_np" => classes(&case.model, &p),
        "bot_mginf_then_erlang_a" => bot(&p),
        "jackson_bot_human" => jackson(&p),
        "mgc_approx" => two_moments(&p),
        "pooling" => pooling(&p),
        "arrivals_gamma_poisson" => busy_day(&p),
        "mt_m_c" => varying_rate(&p, &case.known),
        "mt_m_ct_abandon" => varying_staff(&p),
        "shift_end_exhaustive" => shift_end(&p),
        "mt_g_inf_offered_load" => load(&p, &case.known),
        model => queue(model, &p),
    }
}

/// What is wrong with a case: every metric that is not within `tolerance`.
pub fn differences(case: &Case, values: &Values, tolerance: f64) -> Vec<String> {
    let wrong = |k: &Known| match values.get(&k.metric) {
        None => Some(format!("{}: {} has no formula", case.id, k.metric)),
        Some(v) if (v - k.value).abs() <= tolerance * k.value.abs().max(1e-4) => None,
        Some(v) => {
            let error = v / k.value - 1.0;
            let name = &k.metric;
            Some(format!("{}: {name} is {v}, known {} ({error:.1e})", case.id, k.value))
        }
    };
    case.known.iter().filter_map(wrong).collect()
}

/// VT-40 and every other row of the truth set.
#[test]
fn every_row_of_the_truth_set_has_its_formula() {
    let (file, _) = super::cases_file();
    let only = std::env::var("CONVOQ_TRUTH_CASE").unwrap_or_default();
    let mut wrong = Vec::new();
    for case in cases::read(&file) {
        if !super::chosen(&case.id, &only) {
            continue;
        }
        let started = std::time::Instant::now();
        match values(&case) {
            Ok(values) => wrong.extend(differences(&case, &values, tolerance(&case))),
            Err(problem) => wrong.push(format!("{}: {problem}", case.id)),
        }
        println!("{} {:.3} s", case.id, started.elapsed().as_secs_f64());
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

/// The chains of the set are cut: what lies beyond is known of the larger one.
fn tolerance(case: &Case) -> f64 {
    match case.model.as_str() {
        "redial_reconnect" => 2e-6,
        _ => EXACT,
    }
}
