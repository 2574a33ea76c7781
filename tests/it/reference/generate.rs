//! Small random scenarios over the whole language, as files that the program reads.
//!
//! Times are often round and laws often constant, so that things happen at one moment.

use super::dice::Dice;
use serde_json::{Map, Value, json};

/// What the names of a scenario are.
struct Names {
    days: u64,
    dates: [&'static str; 2],
    segments: Vec<&'static str>,
    tiers: Vec<&'static str>,
    languages: Vec<&'static str>,
    channels: Vec<&'static str>,
    intents: Vec<&'static str>,
    queues: Vec<&'static str>,
    teams: Vec<&'static str>,
    bot: bool,
    triage: bool,
    /// The unit of round times, minutes.
    step: u64,
}

/// The scenario of a seed.
pub fn scenario(seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    let d = &mut dice;
    let names = names(d);
    let mut file = json!({
        "convoq": 1,
        "name": format!("seed-{seed}"),
        "seed": d.below(1_000_000),
        "time": time(d, &names),
        "intents": intents(d, &names),
        "channels": channels(d, &names),
        "demand": demand(d, &names),
        "routing": routing(d, &names),
        "teams": teams(d, &names),
    });
    let map = file.as_object_mut().expect("an object");
    put(map, "segments", named(&names.segments[..], |_| json!({})));
    if !names.tiers.is_empty() {
        let tiers = named(&names.tiers, |_| tier(d));
        put(map, "tiers", tiers);
    }
    if !names.languages.is_empty() {
        put(map, "languages", json!(names.languages));
    }
    if !names.queues.is_empty() {
        let queues = queues(d, &names);
        put(map, "queues", queues);
    }
    if names.bot {
        let bot = bot(d, &names);
        put(map, "bot", bot);
    }
    if d.chance(50) {
        let returns = returns(d, &names);
        put(map, "returns", returns);
    }
    if d.chance(20) {
        let response = json!({"bot": percent(d), "human": percent(d)});
        put(map, "survey", json!({"response": response, "wait_penalty_per_min": 0.02}));
    }
    if d.chance(10) {
        let saved = json!({"addressable": "30%", "per_transfer": "1m", "per_message": "30s", "messages": 2});
        put(map, "time_saved", saved);
    }
    if d.chance(25) {
        let spiked = map["demand"][0].get("per_day").is_some();
        let faults = (0..d.between(1, 2)).map(|_| fault(d, &names, spiked));
        let faults: Vec<Value> = faults.collect();
        put(map, "faults", json!(faults));
    }
    file
}

fn put(map: &mut Map<String, Value>, key: &str, value: Value) {
    map.insert(key.to_owned(), value);
}

fn named(names: &[&str], mut each: impl FnMut(&str) -> Value) -> Value {
    let pairs = names.iter().map(|name| ((*name).to_owned(), each(name)));
    Value::Object(pairs.collect())
}

fn names(d: &mut Dice) -> Names {
    let count = |d: &mut Dice, all: &[&'static str], most: u64| {
        let n = if most == 0 { 0 } else { d.between(1, most) };
        all[..n as usize].to_vec()
    };
    let dates = d.one_of(&[
        ["2026-03-02", "2026-03-03"],
        ["2026-03-02", "2026-03-03"],
        ["2026-03-28", "2026-03-29"],
        ["2026-10-24", "2026-10-25"],
    ]);
    let some = |d: &mut Dice, percent: u64, most: u64| if d.chance(percent) { most } else { 0 };
    let (tiers, languages, queues) = (some(d, 30, 2), some(d, 20, 2), some(d, 70, 4));
    Names {
        days: if d.chance(70) { 1 } else { 2 },
        dates,
        segments: count(d, &["x", "y"], 2),
        tiers: count(d, &["vip", "trial"], tiers),
        languages: count(d, &["en", "ro"], languages),
        channels: d.some_of(&["chat", "phone", "email"], 50),
        intents: count(d, &["i", "j", "k"], 3),
        queues: count(d, &["a", "b", "c", "e"], queues),
        teams: count(d, &["t", "u", "v"], 3),
        bot: d.chance(40),
        triage: d.chance(20),
        step: d.one_of(&[1, 5, 15, 30]),
    }
}

fn percent(d: &mut Dice) -> Value {
    json!(format!("{}%", d.one_of(&[0, 20, 50, 50, 80, 100])))
}

fn seconds(s: u64) -> Value {
    json!(format!("{s}s"))
}

/// A law of about so many seconds: a constant as often as not.
fn law(d: &mut Dice, about_s: u64) -> Value {
    let about_s = (about_s * d.one_of(&[1, 1, 2, 3]) / d.one_of(&[1, 1, 2])).max(1);
    let mean = seconds(about_s);
    match d.below(16) {
        0..=7 => mean,
        8 | 9 => json!({"exponential": mean}),
        10 => json!({"lognormal": {"mean": mean, "cv": 0.8}}),
        11 => json!({"gamma": {"mean": mean, "cv": 0.5}}),
        12 => json!({"weibull": {"mean": mean, "shape": 0.8}}),
        13 => json!({"uniform": {"from": "1s", "to": seconds(2 * about_s + 1)}}),
        14 => json!({"exponential": mean, "zero": "30%"}),
        _ => json!({"hyperexponential": [
            {"share": "50%", "mean": seconds(about_s)}, {"share": "50%", "mean": seconds(3 * about_s)}
        ]}),
    }
}

/// A round time of day.
fn clock(d: &mut Dice, n: &Names, from_h: u64, to_h: u64) -> String {
    let minutes = d.between(from_h * 60 / n.step, to_h * 60 / n.step) * n.step;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn moment(d: &mut Dice, n: &Names) -> String {
    let date = n.dates[d.below(n.days) as usize];
    let (from, to) = d.one_of(&[(8, 11), (8, 11), (8, 20), (3, 23)]);
    format!("{date} {}", clock(d, n, from, to))
}

fn time(d: &mut Dice, n: &Names) -> Value {
    let mut time = json!({"start": n.dates[0], "days": n.days, "interval": "1h"});
    let map = time.as_object_mut().expect("an object");
    let zone = d.one_of(&["UTC", "Europe/Berlin", "America/New_York"]);
    put(map, "zone", json!(zone));
    let open = d.one_of(&["24h", "08:00-20:00", "09:00-17:00", "09:00-17:00"]);
    if d.chance(60) {
        put(map, "open", json!({"daily": open}));
    }
    if d.chance(20) {
        put(map, "warm_up", json!(d.one_of(&["30m", "9h"])));
    }
    if d.chance(20) {
        put(map, "drain", json!(d.one_of(&["30m", "4h", "12h"])));
    }
    time
}

fn tier(d: &mut Dice) -> Value {
    json!({
        "priority": d.below(3),
        "human_only": d.chance(20),
        "patience_factor": d.one_of(&[1.0, 2.0, 0.5]),
        "work_factor": d.one_of(&[1.0, 1.0, 1.5]),
    })
}

fn intents(d: &mut Dice, n: &Names) -> Value {
    named(&n.intents, |_| {
        let mut intent = json!({"work": law(d, 300)});
        let map = intent.as_object_mut().expect("an object");
        if d.chance(40) {
            put(map, "wrap_up", law(d, 60));
        }
        if d.chance(30) {
            put(map, "human_solves", percent(d));
        }
        if d.chance(20) {
            put(map, "patience", law(d, 200));
        }
        if d.chance(20) {
            let articles = json!({"exposure": percent(d), "solves": percent(d)});
            put(map, "articles", articles);
        }
        if n.bot && d.chance(20) {
            put(map, "bot", json!("never"));
        } else if n.bot {
            let skill = json!({
                "coverage": d.one_of(&["100%", "100%", "70%"]),
                "accuracy": percent(d),
                "bypass": d.one_of(&["0%", "0%", "20%"]),
            });
            put(map, "bot", skill);
        }
        intent
    })
}

fn channels(d: &mut Dice, n: &Names) -> Value {
    named(&n.channels, |name| {
        let mut channel = json!({});
        let map = channel.as_object_mut().expect("an object");
        if d.chance(70) {
            put(map, "patience", law(d, 300));
        }
        if d.chance(25) {
            put(map, "silent_abandonment", percent(d));
            put(map, "silent_hold", json!(d.one_of(&["1m", "2m", "5m", "7s"])));
        }
        if d.chance(15) {
            let balk = if d.chance(50) { json!("rational") } else { percent(d) };
            let announce = json!({"balk": balk, "patience_factor": d.one_of(&[1.0, 1.5])});
            put(map, "announce", announce);
        }
        if d.chance(30) {
            let after = d.one_of(&["queue", "bot_only", "turned_away"]);
            put(map, "after_hours", json!(after));
        }
        if d.chance(25) {
            let at = d.one_of(&["wait", "serve", "turned_away", "call_back"]);
            put(map, "at_closing", json!(at));
        }
        if d.chance(20) {
            let open = d.one_of(&["24h", "10:00-16:00", "08:30-19:00"]);
            put(map, "open", json!({"daily": open}));
        }
        if name == "email" && d.chance(70) || d.chance(10) {
            put(map, "clock", json!("open_hours"));
        }
        if n.bot && d.chance(30) {
            put(map, "bot", json!(d.chance(70)));
        }
        channel
    })
}

/// Shares that sum to one, of some of the names.
fn shares(d: &mut Dice, names: &[&str]) -> Value {
    let all = match names {
        [one] => json!({*one: "100%"}),
        [one, two] => json!({*one: "60%", *two: "40%"}),
        [one, two, three, ..] => json!({*one: "50%", *two: "30%", *three: "20%"}),
        [] => json!({}),
    };
    if names.len() > 1 && d.chance(30) {
        return json!({d.one_of(names): "100%"});
    }
    all
}

fn demand(d: &mut Dice, n: &Names) -> Value {
    let many = d.one_of(&[4, 10, 10, 25]);
    let sources = (0..d.between(1, 4)).map(|number| {
        let mut source = json!({
            "name": format!("s{number}"),
            "segment": d.one_of(&n.segments),
            "channel": d.one_of(&n.channels),
            "intents": shares(d, &n.intents),
        });
        let map = source.as_object_mut().expect("an object");
        match d.below(10) {
            0..=5 => {
                let mut times: Vec<String> =
                    (0..d.between(1, many)).map(|_| moment(d, n)).collect();
                times.sort();
                put(map, "times", json!(times));
            }
            6 => {
                let values: Vec<u64> = (0..d.between(1, 4)).map(|_| d.below(5)).collect();
                let counts = json!({"values": values, "from": moment(d, n), "given": d.chance(70)});
                put(map, "counts", counts);
            }
            7 => {
                let delay = law(d, 300);
                let burst = json!({"at": moment(d, n), "extra": d.between(1, 12), "delay": delay});
                put(map, "burst", burst);
            }
            8 => put(map, "per_day", json!(d.between(1, many))),
            _ => {
                let campaign = json!({"at": moment(d, n), "recipients": d.between(1, 20),
                    "contact": "50%", "delay": law(d, 600)});
                put(map, "campaign", campaign);
            }
        }
        if !n.tiers.is_empty() && d.chance(70) {
            put(map, "tiers", named(&n.tiers, |_| json!("30%")));
        }
        if !n.languages.is_empty() {
            let languages = shares(d, &n.languages);
            put(map, "languages", languages);
        }
        source
    });
    Value::Array(sources.collect())
}

fn routing(d: &mut Dice, n: &Names) -> Value {
    let mut routing = json!({});
    let map = routing.as_object_mut().expect("an object");
    if n.triage {
        let triage = json!({"team": d.one_of(&n.teams), "work": law(d, 45), "right": percent(d)});
        put(map, "triage", triage);
        put(map, "rules_cover", percent(d));
    }
    if d.chance(25) {
        put(map, "right_first_try", percent(d));
        put(map, "misroute_work", law(d, 60));
    }
    if d.chance(70) {
        let all = ["longest_idle", "least_loaded", "most_loaded", "skill_rank"];
        put(map, "agent_choice", json!(d.one_of(&all)));
    }
    if d.chance(25) {
        put(map, "sticky", json!(true));
    }
    if d.chance(30) {
        put(map, "ageing", json!(d.one_of(&["30s", "1m", "5m"])));
    }
    routing
}

fn queues(d: &mut Dice, n: &Names) -> Value {
    named(&n.queues, |name| {
        let mut queue = json!({"channels": d.some_of(&n.channels, 70)});
        let map = queue.as_object_mut().expect("an object");
        if d.chance(30) {
            let segments = d.some_of(&n.segments, 50);
            put(map, "segments", json!(segments));
        }
        if d.chance(40) {
            let intents = d.some_of(&n.intents, 50);
            put(map, "intents", json!(intents));
        }
        if !n.tiers.is_empty() && d.chance(30) {
            let tiers = d.some_of(&n.tiers, 50);
            put(map, "tiers", json!(tiers));
        }
        if !n.languages.is_empty() && d.chance(20) {
            let languages = d.some_of(&n.languages, 50);
            put(map, "languages", json!(languages));
        }
        if d.chance(40) {
            put(map, "priority", json!(d.below(4)));
        }
        if d.chance(15) {
            put(map, "skill", json!("skilled"));
        }
        let full = d.chance(40);
        if full {
            put(map, "capacity", json!(d.below(4)));
        }
        let others: Vec<&str> = n.queues.iter().copied().filter(|q| *q != name).collect();
        if !others.is_empty() && d.chance(50) {
            let mut overflow = json!({"to": d.one_of(&others)});
            if d.chance(70) {
                overflow["after"] = json!(d.one_of(&["30s", "1m", "2m", "5m"]));
            }
            put(map, "overflow", overflow);
            if full && d.chance(70) {
                put(map, "when_full", json!("overflow"));
            }
        }
        queue
    })
}

fn teams(d: &mut Dice, n: &Names) -> Value {
    named(&n.teams, |name| {
        // The first team serves everybody, so that nobody is without people.
        let all = name == n.teams[0];
        let channels = if all { n.channels.clone() } else { d.some_of(&n.channels, 70) };
        let several = channels.len() > 1;
        let channels = named(&channels, |_| team_channel(d, several));
        let mut team = json!({"channels": channels});
        let map = team.as_object_mut().expect("an object");
        if !n.queues.is_empty() && !all && d.chance(50) {
            let serves = d.some_of(&n.queues, 60);
            put(map, "serves", json!(serves));
        }
        // The first team has the skill that a queue may need.
        if all || d.chance(30) {
            put(map, "skills", json!({"skilled": d.one_of(&["100%", "150%"])}));
        }
        if d.chance(20) {
            put(map, "speed", json!(d.one_of(&["80%", "125%", "200%"])));
        }
        if d.chance(10) {
            put(map, "speed_cv", json!(0.3));
        }
        if d.chance(25) {
            put(map, "agents", json!(d.between(1, 3)));
        } else {
            let shifts: Vec<Value> = (0..d.between(1, 3)).map(|_| shift(d)).collect();
            put(map, "shifts", json!(shifts));
        }
        if d.chance(30) {
            let shrinkage = json!({
                "planned": d.one_of(&["0%", "10%", "30%"]),
                "absence": d.one_of(&["0%", "0%", "30%"]),
            });
            put(map, "shrinkage", shrinkage);
        }
        if d.chance(15) {
            let lateness = json!({"share": percent(d), "by": law(d, 600)});
            put(map, "lateness", lateness);
        }
        if d.chance(60) {
            let rule = d.one_of(&["finish", "hand_back", "hand_back", "first_free"]);
            put(map, "shift_end", json!(rule));
        }
        team
    })
}

fn team_channel(d: &mut Dice, several: bool) -> Value {
    if several && d.chance(15) {
        return json!({"max": 1, "pauses": true});
    }
    let max = d.one_of(&[1, 1, 2, 3, 4]);
    let mut channel = json!({"max": max});
    if several && d.chance(15) {
        channel["reserve"] = json!(d.between(1, 2));
    }
    if max > 1 && d.chance(60) {
        let curve = d.one_of(&[[1.0, 1.7, 2.5, 2.9], [1.0, 1.5, 2.0, 2.5], [1.0, 1.0, 1.0, 1.0]]);
        channel["slowdown"] = json!(curve[..max as usize]);
    }
    channel
}

fn shift(d: &mut Dice) -> Value {
    if d.chance(10) {
        let head: Vec<u64> =
            (0..24).map(|h| if (8..18).contains(&h) { d.below(3) } else { 0 }).collect();
        return json!({"agents_by_interval": head});
    }
    let (from, to) = d.one_of(&[
        ("08:00", "12:00"),
        ("08:00", "16:00"),
        ("12:00", "20:00"),
        ("09:00", "09:30"),
        ("09:30", "17:00"),
        ("10:00", "11:00"),
        ("20:00", "24:00"),
        ("00:00", "06:00"),
        ("22:00", "06:00"),
    ]);
    let mut shift = json!({"agents": d.between(1, 3), "from": from, "to": to, "days": "daily"});
    let map = shift.as_object_mut().expect("an object");
    if d.chance(25) {
        put(map, "break", json!(d.one_of(&["5m", "15m", "20m"])));
    } else if d.chance(25) {
        let fixed = d.one_of(&["09:00", "09:15", "10:00", "10:30", "12:00", "13:00"]);
        let inside = match (from, to) {
            ("09:00", "09:30") => fixed < "09:30",
            ("22:00", "06:00") => false,
            ("10:00", "11:00") => ("10:00".."11:00").contains(&fixed),
            _ => from <= fixed && fixed < to,
        };
        if inside {
            let breaks = json!([{"at": fixed, "for": d.one_of(&["5m", "15m"])}]);
            put(map, "breaks", breaks);
        }
    }
    shift
}

fn bot(d: &mut Dice, n: &Names) -> Value {
    let mut bot = json!({"latency": law(d, 5), "max_turns": d.between(1, 3)});
    let map = bot.as_object_mut().expect("an object");
    for field in ["accept", "leave_silently", "ask_human"] {
        if d.chance(50) {
            put(map, field, percent(d));
        }
    }
    if d.chance(40) {
        let confidence = json!({"right": percent(d), "wrong": percent(d)});
        put(map, "confidence", confidence);
    }
    if d.chance(20) {
        put(map, "accuracy_decay", json!("80%"));
    }
    if d.chance(20) {
        put(map, "human_only", json!("30%"));
    }
    if d.chance(50) {
        put(map, "think", law(d, 20));
    }
    if d.chance(40) {
        put(map, "patience", law(d, 8));
    }
    if d.chance(40) {
        put(map, "sessions", json!(d.between(1, 3)));
    }
    if d.chance(30) {
        let rate = d.one_of(&["1/s", "6/min", "2/min", "60/h"]);
        put(map, "rate", json!(rate));
        if d.chance(40) {
            put(map, "burst", json!(d.between(1, 3)));
        }
    }
    if d.chance(70) {
        let beyond = d.one_of(&["wait", "escalate", "turned_away"]);
        put(map, "beyond", json!(beyond));
    }
    if d.chance(15) {
        put(map, "hours", json!({"daily": "08:00-18:00"}));
    }
    if !n.languages.is_empty() && d.chance(40) {
        let languages = d.some_of(&n.languages, 50);
        put(map, "languages", json!(languages));
    }
    if d.chance(20) {
        put(map, "escape_hatch", json!(false));
    }
    if d.chance(30) {
        put(map, "lost_trust", percent(d));
    }
    if d.chance(10) {
        put(map, "induced", json!("50%"));
    }
    if d.chance(20) {
        put(map, "short", json!("20s"));
    }
    bot
}

fn returns(d: &mut Dice, n: &Names) -> Value {
    let mut returns = json!({"delay": law(d, 1200)});
    let map = returns.as_object_mut().expect("an object");
    for field in
        ["after_true", "after_false", "after_human", "after_human_unsolved", "after_article"]
    {
        if d.chance(40) {
            put(map, field, percent(d));
        }
    }
    if d.chance(60) {
        let mut retries = json!({"delay": law(d, 300)});
        for field in ["after_abandon", "after_balk", "after_blocked", "after_closed"] {
            if d.chance(50) {
                retries[field] = percent(d);
            }
        }
        if n.channels.len() > 1 && d.chance(30) {
            let (from, to) = (n.channels[0], n.channels[1]);
            retries["switch"] = json!({from: {to: "50%"}});
        }
        put(map, "retries", retries);
    }
    put(map, "max_contacts", json!(d.between(1, 5)));
    put(map, "through_bot", json!(d.chance(60)));
    returns
}

fn fault(d: &mut Dice, n: &Names, spiked: bool) -> Value {
    let (from, length) = (moment(d, n), d.one_of(&["5m", "30m", "1h", "2h"]));
    let kind = if n.bot { d.below(5) } else { d.below(2) };
    match kind {
        1 if spiked => {
            json!({"demand_spike": {"from": from, "for": length, "source": "s0", "factor": 2}})
        }
        0 | 1 => json!({"agents_absent": {"from": from, "for": length, "team": d.one_of(&n.teams),
            "share": percent(d)}}),
        2 => json!({"bot_outage": {"from": from, "for": length}}),
        3 => json!({"slow_bot": {"from": from, "for": length, "factor": 3}}),
        _ => json!({"accuracy_regression": {"from": from, "for": length, "factor": 0.5}}),
    }
}
