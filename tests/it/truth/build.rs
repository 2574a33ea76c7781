//! From a model and its parameters to ordinary scenarios.

use super::cases::{Case, Parameters};
use super::laws::{Law, Moments, exponential, named, patience, seconds, service};
use super::observe::{Keep, Number, Observed, quotient};
use super::steady::Steady;
use super::timed;
use std::fmt::Write as _;

/// A scenario to simulate.
pub struct Setup {
    /// Text of the scenario file.
    pub text: String,
    /// Replications to begin with.
    pub first: u32,
    /// Contacts that one replication has, about.
    pub contacts: f64,
    /// What to keep of each replication beside its metrics.
    pub keep: Keep,
}

/// How the metrics of a case are read from what was simulated.
pub type Read = Box<dyn Fn(&str, &[Observed<'_>]) -> Result<Number, String>>;

/// What a case becomes.
pub struct Built {
    /// Its scenarios; nearly always one.
    pub setups: Vec<Setup>,
    /// How its metrics are read.
    pub read: Read,
}

/// Models that are no simulation: idealisations and approximations.
pub const ANALYTIC: [&str; 4] =
    ["erlang_c_staffing", "chat_balanced", "mgc_approx", "erlang_x_fixed_point"];

/// Builds the scenarios of a case.
///
/// # Errors
/// When the model, a parameter or a law is unknown.
pub fn build(case: &Case) -> Result<Built, String> {
    let p = Parameters::new(&case.parameters);
    p.notes(&["note", "notes", "definitions", "source", "comment"]);
    let id = case.id.as_str();
    let built = match case.model.as_str() {
        "erlang_c" | "erlang_b" | "mmck" | "erlang_a" | "mmn_g" | "mg1" | "mdc" | "mh2c"
        | "mekc" | "erlang_x_redial" | "redial_reconnect" => queue(id, &p)?,
        "chat_least_loaded" | "chat_most_loaded" => chat(id, &case.model, &p)?,
        "mmc_priority_np" | "mg1_priority_np" => priorities(id, &p)?,
        "bot_mginf_then_erlang_a" => bot_then_people(id, &p)?,
        "jackson_bot_human" => jackson(id, &p)?,
        "pooling" => pooling(id, &p)?,
        "arrivals_gamma_poisson" => timed::gamma_poisson(id, &p)?,
        "mt_m_c" => timed::varying_rate(id, &p, &case.known)?,
        "mt_m_ct_abandon" => timed::varying_staff(id, &p)?,
        "mt_g_inf_offered_load" => timed::offered_load(id, &p, &case.known)?,
        "shift_end_exhaustive" => timed::shift_end(id, &p)?,
        model => return Err(format!("the model {model} is unknown")),
    };
    p.all_read()?;
    Ok(built)
}

/// A system in steady state: how long to run, from what it is.
pub struct Size {
    /// Contacts per second.
    pub lambda: f64,
    /// Mean time of one contact, all stages.
    pub time: f64,
    /// Time in which the system forgets its state, about.
    pub memory: f64,
}

impl Size {
    /// The memory of a queue for `agents` without abandonment is long at high load:
    /// the relaxation time of M/M/c, stretched by the variation of service.
    pub fn new(lambda: f64, law: &Law, agents: f64, leaves: bool) -> Self {
        let time = law.mean;
        let load = (lambda * time / agents).min(0.995);
        let memory = if leaves {
            2.0 * time
        } else {
            time * (1.0 + law.cv2) / 2.0 / (agents * (1.0 - load.sqrt()).powi(2))
        };
        Self { lambda, time, memory: memory.max(time) }
    }

    /// Warm-up in seconds, days in all, and the drain.
    fn days(&self) -> (f64, u32, String) {
        let day = 86_400.0;
        let warm_up = (15.0 * self.memory).max(7200.0).min(60.0 * day).ceil();
        let measured = (30_000.0 / self.lambda).max(300.0 * self.memory);
        let days = ((warm_up + measured) / day).ceil().min(200.0);
        let drain = day + 15.0 * self.memory + 30.0 * self.time;
        (warm_up, days as u32, seconds(drain))
    }
}

/// The head of a scenario in steady state, the time measured, and its contacts.
pub fn steady_head(id: &str, size: &Size) -> (String, f64, f64) {
    let (warm_up, days, drain) = size.days();
    let head = format!(
        "convoq: 1\nname: {id}\ntime: {{start: 2026-03-02, days: {days}, interval: 24h, \
         warm_up: {}, drain: {drain}}}\n",
        seconds(warm_up)
    );
    let all = f64::from(days) * 86_400.0;
    (head, all - warm_up, all * size.lambda)
}

/// Contacts per second as a number per hour, without an exponent.
pub fn per_hour(lambda: f64) -> String {
    format!("{}", lambda * 3600.0)
}

fn built(text: String, contacts: f64, steady: Steady) -> Built {
    let setup = Setup { text, first: 50, contacts, keep: Box::new(|_| Vec::new()) };
    let read: Read = Box::new(move |metric, observed| steady.read(metric, &observed[0]));
    Built { setups: vec![setup], read }
}

/// Contacts per second, however they are given.
pub fn lambda(p: &Parameters<'_>, aht: f64) -> Result<f64, String> {
    let mut given = Vec::new();
    given.extend(p.option("lambda_per_s")?);
    if let (Some(arrivals), Some(per)) = (p.option("arrivals")?, p.option("per_s")?) {
        given.push(arrivals / per);
    }
    given.extend(p.option("offered_erlangs")?.map(|load| load / aht));
    let first = *given.first().ok_or("no lambda_per_s")?;
    if given.iter().any(|l| (l / first - 1.0).abs() > 1e-6) {
        return Err(format!("the rates of arrival disagree: {given:?}"));
    }
    Ok(first)
}

/// One queue and one team: Erlang B, C, A and their relatives, with returns.
fn queue(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    let law = service(p)?;
    let (lambda, agents) = (lambda(p, law.mean)?, p.count("agents")?);
    let patience = patience(p)?;
    let room = match (p.option("queue")?, p.option("max_in_system")?) {
        (Some(queue), None) => Some(queue),
        (None, Some(most)) => Some(most - f64::from(agents)),
        (None, None) => None,
        _ => return Err("queue and max_in_system at once".to_owned()),
    };
    let threshold = p.option("threshold_s")?;
    let leaves = patience.is_some() || room.is_some();
    let mut size = Size::new(lambda, &law, f64::from(agents), leaves);
    if leaves {
        let mean = patience.as_ref().map_or(0.0, |l| l.mean);
        size.memory = size.memory.max(mean);
    }
    let returns = returns(p, &mut size)?;
    let (mut text, window, contacts) = steady_head(id, &size);
    let patience = patience.map_or(String::new(), |l| format!("patience: {}", l.text));
    let room = room.map_or(String::new(), |r| format!("capacity: {r}, "));
    let within = seconds(threshold.unwrap_or(20.0));
    write!(
        text,
        "intents: {{contact: {{work: {}, human_solves: 100%}}}}\n\
         channels: {{phone: {{{patience}}}}}\n\
         demand: [{{channel: phone, rate: {{per_hour: {}}}}}]\n\
         queues: {{line: {{channels: [phone], {room}service_level: {{within: {within}}}}}}}\n\
         teams: {{people: {{channels: {{phone: {{max: 1}}}}, agents: {agents}}}}}\n{returns}",
        law.text,
        per_hour(lambda),
    )
    .expect("a String takes all");
    Ok(built(text, contacts, Steady { threshold, window, bot: false }))
}

/// Customers who come again: after giving up, and after having been served.
fn returns(p: &Parameters<'_>, size: &mut Size) -> Result<String, String> {
    p.says("redials", "unlimited")?;
    let delays = p.text("delays");
    let mut part = |delay: &str, law: &str| -> Result<String, String> {
        let mean = p.number(delay)?;
        size.memory = size.memory.max(mean);
        let words = if p.text(law).is_empty() { delays } else { p.text(law) };
        Ok(named(words, &Moments { mean: Some(mean), fields: p })?.text)
    };
    let mut parts = Vec::new();
    if let Some(probability) = p.option("redial_prob")? {
        let law = part("redial_delay_s", "redial_delay")?;
        parts.push(format!("retries: {{after_abandon: {probability}, delay: {law}}}"));
    }
    if let Some(probability) = p.option("reconnect_prob_after_service")? {
        let law = part("reconnect_delay_s", "reconnect_delay")?;
        parts.push(format!("after_human: {probability}, delay: {law}"));
    }
    if parts.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("returns: {{max_contacts: 0, {}}}\n", parts.join(", ")))
}

/// Chats at once, which slow each other down.
fn chat(id: &str, model: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.notes(&["work"]);
    let choice = if model == "chat_most_loaded" { "most_loaded" } else { "least_loaded" };
    p.says("routing", &choice.replace('_', "-"))?;
    let times = p.list("aht_by_level_s")?;
    let (most, agents) = (p.count("max_concurrent")?, p.count("agents")?);
    if times.len() != most as usize {
        return Err("aht_by_level_s has another length than max_concurrent".to_owned());
    }
    let (first, last) = (times[0], times[times.len() - 1]);
    let (lambda, patience) = (lambda(p, first)?, patience(p)?);
    let threshold = p.option("threshold_s")?;
    let slots = f64::from(most * agents);
    let mut size = Size::new(lambda, &exponential(last), slots, patience.is_some());
    size.memory = size.memory.max(2.0 * last);
    let (mut text, window, contacts) = steady_head(id, &size);
    let levels: Vec<String> = times.iter().map(|t| seconds(*t)).collect();
    let patience = patience.map_or(String::new(), |l| format!("patience: {}", l.text));
    write!(
        text,
        "intents: {{contact: {{work: {}, human_solves: 100%}}}}\n\
         channels: {{chat: {{{patience}}}}}\n\
         demand: [{{channel: chat, rate: {{per_hour: {}}}}}]\n\
         queues: {{line: {{channels: [chat], service_level: {{within: {}}}}}}}\n\
         routing: {{agent_choice: {choice}}}\n\
         teams: {{people: {{channels: {{chat: {{max: {most}, slowdown: {{handle_time: [{}]}}}}}}, \
         agents: {agents}}}}}\n",
        exponential(first).text,
        per_hour(lambda),
        seconds(threshold.unwrap_or(20.0)),
        levels.join(", "),
    )
    .expect("a String takes all");
    Ok(built(text, contacts, Steady { threshold, window, bot: false }))
}

/// Classes of customers, index 0 first, each with its queue, one team for all.
fn priorities(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.says("classes", "index 0 served first")?;
    let rates = p.list("lambda_per_s")?;
    let widen = |list: Vec<f64>| match list[..] {
        [only] => vec![only; rates.len()],
        _ => list,
    };
    let times = widen(p.list("aht_s")?);
    let cv2 = widen(p.value("cv2").map_or(Ok(vec![1.0]), |_| p.list("cv2"))?);
    let (agents, threshold) = (p.count("agents")?, p.option("threshold_s")?);
    let n = rates.len();
    if n > 8 || times.len() != n || cv2.len() != n {
        return Err("one to eight classes, each with its time and variation".to_owned());
    }
    let lambda: f64 = rates.iter().sum();
    let together = Law {
        text: String::new(),
        mean: rates.iter().zip(&times).map(|(l, t)| l * t).sum::<f64>() / lambda,
        cv2: cv2.iter().fold(1.0, |m: f64, c| m.max(*c)),
    };
    let size = Size::new(lambda, &together, f64::from(agents), false);
    let (mut text, window, contacts) = steady_head(id, &size);
    let within = seconds(threshold.unwrap_or(20.0));
    let (mut intents, mut segments, mut demand, mut queues) =
        (String::new(), Vec::new(), String::new(), String::new());
    for class in 0..n {
        let law = super::laws::by_moments(times[class], cv2[class]).text;
        segments.push(format!("class{class}: {{label: Class {class}}}"));
        writeln!(intents, "  work{class}: {{work: {law}, human_solves: 100%}}").expect("text");
        writeln!(
            demand,
            "  - {{segment: class{class}, channel: phone, rate: {{per_hour: {}}}, \
             intents: {{work{class}: 100%}}}}",
            per_hour(rates[class])
        )
        .expect("text");
        writeln!(
            queues,
            "  class{class}: {{channels: [phone], segments: [class{class}], priority: {}, \
             service_level: {{within: {within}}}}}",
            n - 1 - class
        )
        .expect("text");
    }
    write!(
        text,
        "segments: {{{}}}\nintents:\n{intents}demand:\n{demand}queues:\n{queues}\
         teams: {{people: {{channels: {{phone: {{max: 1}}}}, agents: {agents}}}}}\n",
        segments.join(", ")
    )
    .expect("text");
    Ok(built(text, contacts, Steady { threshold, window, bot: false }))
}

/// What the two models with a bot have in common.
struct Stages {
    lambda: f64,
    bot_law: Law,
    sessions: Option<u32>,
    escalated: f64,
    agents: u32,
    human: Law,
    patience: Option<Law>,
    back: f64,
    threshold: Option<f64>,
}

/// A bot that answers once, then people.
fn stages(id: &str, s: &Stages) -> Built {
    let to_people = s.lambda * s.escalated / (1.0 - s.escalated * s.back);
    let mut size = Size::new(to_people, &s.human, f64::from(s.agents), s.patience.is_some());
    size.lambda = s.lambda;
    size.time += s.bot_law.mean;
    size.memory = size.memory.max(4.0 * s.bot_law.mean);
    let (mut text, window, contacts) = steady_head(id, &size);
    let patience = s.patience.as_ref().map_or(String::new(), |l| format!("patience: {}, ", l.text));
    let sessions = s.sessions.map_or(String::new(), |n| format!("sessions: {n}, beyond: wait, "));
    write!(
        text,
        "intents: {{contact: {{work: {}, human_solves: 100%, bot: {{accuracy: 100%}}}}}}\n\
         channels: {{chat: {{{patience}bot: true}}}}\n\
         demand: [{{channel: chat, rate: {{per_hour: {}}}}}]\n\
         bot: {{max_turns: 1, accept: {}, ask_human: 100%, {sessions}latency: {}}}\n\
         queues: {{line: {{channels: [chat], service_level: {{within: {}}}}}}}\n\
         teams: {{people: {{channels: {{chat: {{max: 1}}}}, agents: {}}}}}\n",
        s.human.text,
        per_hour(s.lambda),
        1.0 - s.escalated,
        s.bot_law.text,
        seconds(s.threshold.unwrap_or(20.0)),
        s.agents,
    )
    .expect("a String takes all");
    if s.back > 0.0 {
        let back = s.back;
        writeln!(
            text,
            "returns: {{max_contacts: 0, after_human: {back}, delay: {{constant: 0s}}}}"
        )
        .expect("text");
    }
    built(text, contacts, Steady { threshold: s.threshold, window, bot: true })
}

fn bot_then_people(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.says("bot_concurrency", "unlimited")?;
    let mean = p.number("bot_time_mean_s")?;
    let words = p.text("bot_time_law").to_lowercase();
    let bot_law = if words.is_empty() || words.starts_with("any") {
        super::laws::by_moments(mean, 1.5)
    } else {
        named(&words, &Moments { mean: Some(mean), fields: p })?
    };
    let s = Stages {
        lambda: p.number("lambda_per_s")?,
        bot_law,
        sessions: None,
        escalated: p.number("escalation_prob")?,
        agents: p.count("human_agents")?,
        human: exponential(p.number("human_aht_s")?),
        patience: patience(p)?,
        back: 0.0,
        threshold: p.option("threshold_s")?,
    };
    Ok(stages(id, &s))
}

fn jackson(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    p.says("times", "all exponential")?;
    let s = Stages {
        lambda: p.number("lambda_per_s")?,
        bot_law: exponential(p.number("bot_time_s")?),
        sessions: Some(p.count("bot_slots")?),
        escalated: p.number("escalation_prob")?,
        agents: p.count("human_agents")?,
        human: exponential(p.number("human_aht_s")?),
        patience: None,
        back: p.option("return_to_bot_prob_after_human")?.unwrap_or(0.0),
        threshold: p.option("threshold_s")?,
    };
    Ok(stages(id, &s))
}

/// Two teams with a queue each, against one team with one queue.
fn pooling(id: &str, p: &Parameters<'_>) -> Result<Built, String> {
    let law = service(p)?;
    let (lambda, agents) = (p.number("lambda_each_per_s")?, p.count("agents_each")?);
    let size = Size::new(lambda, &law, f64::from(agents), false);
    let setup = |name: &str, groups: u32| {
        let (mut text, _, contacts) = steady_head(&format!("{id}-{name}"), &size);
        writeln!(text, "intents: {{contact: {{work: {}, human_solves: 100%}}}}", law.text)
            .expect("text");
        let (mut demand, mut queues, mut teams) = (String::new(), String::new(), String::new());
        let mut segments = Vec::new();
        for g in 1..=groups {
            segments.push(format!("group{g}: {{label: Group {g}}}"));
            let rate = per_hour(lambda * 2.0 / f64::from(groups));
            let each = agents * 2 / groups;
            writeln!(
                demand,
                "  - {{segment: group{g}, channel: phone, rate: {{per_hour: {rate}}}}}"
            )
            .expect("text");
            writeln!(queues, "  line{g}: {{channels: [phone], segments: [group{g}]}}")
                .expect("text");
            writeln!(
                teams,
                "  people{g}: {{channels: {{phone: {{max: 1}}}}, serves: [line{g}], agents: {each}}}"
            )
            .expect("text");
        }
        let segments = segments.join(", ");
        write!(text, "segments: {{{segments}}}\ndemand:\n{demand}queues:\n{queues}teams:\n{teams}")
            .expect("text");
        Setup { text, first: 50, contacts: 2.0 * contacts, keep: Box::new(|_| Vec::new()) }
    };
    let setups = vec![setup("split", 2), setup("pooled", 1)];
    let read: Read = Box::new(|metric, observed| {
        let row = super::observe::Row::of("asa_s");
        match metric {
            "asa_split_s" => observed[0].row(row),
            "asa_pooled_s" => observed[1].row(row),
            "ratio" => Ok(quotient(observed[1].row(row)?, observed[0].row(row)?)),
            _ => Err(format!("the metric {metric} is unknown")),
        }
    });
    Ok(Built { setups, read })
}
