//! Every kind of problem, with its line and its path.

use super::*;

/// The first problem of `SMALL` after one replacement.
fn first(from: &str, to: &str) -> Problem {
    assert!(SMALL.contains(from), "{from}");
    let text = SMALL.replacen(from, to, 1);
    match load_text(&text) {
        Ok(loaded) => loaded
            .warnings
            .first()
            .cloned()
            .unwrap_or_else(|| Problem::error("none", to, "no problem")),
        Err(problems) => problems.list[0].clone(),
    }
}

#[test]
fn the_small_scenario_is_right() {
    let done = load_text(SMALL).unwrap();
    assert!(done.warnings.is_empty(), "{:?}", done.warnings);
    assert_eq!(done.scenario.header.queues[0].name, "chat");
}

/// Text to replace in `SMALL`, what stands there instead, and the problem: code, path, line, a word of the help.
type Case = (&'static str, &'static str, &'static str, &'static str, u32, &'static str);

fn check(cases: &[Case]) {
    for (from, to, code, path, line, help) in cases {
        let problem = first(from, to);
        let shown = problem.render("small.yaml", &SourceLines::of(SMALL));
        assert_eq!(
            (problem.code, problem.path.as_str(), problem.line),
            (*code, *path, Some(*line)),
            "{to}\n{shown}"
        );
        assert!(problem.help.as_deref().is_some_and(|h| h.contains(help)), "{to}\n{shown}");
        assert!(!shown.contains('?'), "no questions: {shown}");
        assert!(CODES.iter().any(|(c, ..)| c == code), "{code} is not explained");
    }
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn structure() {
    check(&[
        ("channel: chat", "chanel: chat", "E0101", "demand[0].chanel", 6, "`channel`"),
        ("name: small", "name: small\ncolour: red", "E0101", "colour", 3, "description"),
        ("name: small", "name: 7", "E0102", "name", 2, "quotes"),
        ("{work: 5m}", "5", "E0102", "intents.help", 4, ""),
        ("{work: 5m}", "{}", "E0103", "intents.help", 4, "`work`"),
        ("{work: 5m}", "{work: 5m, complexity: simpel}", "E0104", "intents.help.complexity", 4, "`simple`"),
        ("{work: 5m}", "{work: 5m, bot: nevr}", "E0104", "intents.help.bot", 4, "`never`"),
        ("agents: 5", "agents: -5", "E0211", "teams.desk.agents", 9, "from 0"),
        ("agents: 5", "agents: 1.5", "E0102", "teams.desk.agents", 9, ""),
        ("convoq: 1", "convoq: 2", "E0106", "convoq", 1, "convoq: 1"),
        ("name: small", "name: small\nname: big", "E0002", "name", 3, "line 2"),
    ]);
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn values() {
    check(&[
        ("patience: 4m", "patience: 4", "E0201", "channels.chat.patience", 7, "`4s`"),
        ("patience: 4m", "patience: 4 minutes", "E0201", "channels.chat.patience", 7, "4m30s"),
        ("patience: 4m", "patience: 4m, silent_abandonment: 10", "E0202", "channels.chat.silent_abandonment", 7, "`10%`"),
        ("patience: 4m", "patience: 4m, silent_abandonment: 110%", "E0202", "channels.chat.silent_abandonment", 7, "35%"),
        ("agents: 5", "agents: 5, speed: fast", "E0203", "teams.desk.speed", 9, "150%"),
        ("agents: 5", "agents: 5, speed: 0", "E0211", "teams.desk.speed", 9, "above zero"),
        ("agents: 5", "agents: 5, wage: 14 EUR", "E0204", "teams.desk.wage", 9, "14 EUR/h"),
        ("agents: 5}", "agents: 5, wage: 14 EUR/h}\ncosts: {human_contact: 6 USD}", "E0206", "costs.human_contact", 10, "one currency"),
        ("per_day: 100", "per_day: -1", "E0211", "demand[0].per_day", 6, "from 0"),
        ("intents: {help", "bot: {rate: 50}\nintents: {help", "E0207", "bot.rate", 4, "50/s"),
        ("intents: {help", "bot: {rate: 50/year}\nintents: {help", "E0207", "bot.rate", 4, "50/s"),
        ("agents: 5}", "agents: 5}\ncosts: {bot: {amortise: soon}}", "E0208", "costs.bot.amortise", 10, "24 months"),
        ("intents: {help", "tiers: {vip: {priority: 9}}\nintents: {help", "E0211", "tiers.vip.priority", 4, "0 to 7"),
    ]);
}

#[test]
fn laws() {
    let at = "intents.help.work";
    let law = |law: &'static str, code: &str, path: &str, help: &str| {
        let problem = first("{work: 5m}", &format!("{{work: {law}}}"));
        assert_eq!(
            (problem.code, problem.path.clone(), problem.line),
            (code, format!("{at}{path}"), Some(4)),
            "{law} {problem:?}"
        );
        assert!(problem.help.as_ref().unwrap().contains(help), "{problem:?}");
    };
    law("{lognormal: {median: 4m, sigma: -1}}", "E0501", ".lognormal.sigma", "from 0");
    law("{weibull: {mean: 4m, shape: 0}}", "E0501", ".weibull.shape", "above 0");
    law("{erlang: {mean: 4m, k: 0}}", "E0501", ".erlang.k", "1");
    law("{uniform: {from: 4m, to: 3m}}", "E0501", ".uniform", "exchange");
    law("{gamma: {mean: 4m, cv: 0}}", "E0501", ".gamma.cv", "constant");
    law("{empirical: []}", "E0501", ".empirical", "one value");
    law("{lognormal: {mean: 4m, sigma: 1}}", "E0502", ".lognormal", "`median` and `sigma`");
    law("{weibull: {shape: 1}}", "E0502", ".weibull", "`mean` or `scale`");
    law("{exponential: 4m, constant: 4m}", "E0502", "", "choose one");
    law("{exponential: 0s}", "E0211", ".exponential", "above zero");
    law(
        "{hyperexponential: [{share: 30%, mean: 4m}, {share: 60%, mean: 5m}]}",
        "E0210",
        ".hyperexponential",
        "+0.1",
    );
    law("0s", "E0211", "", "above zero");
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn times() {
    check(&[
        ("days: 2", "days: 2, zone: Europe/Bukarest", "E0401", "time.zone", 3, "Europe/Bucharest"),
        ("days: 2", "days: 0", "E0211", "time.days", 3, "3660"),
        ("start: 2026-03-02", "start: 2026-03-32", "E0205", "time.start", 3, "2026-03-02"),
        ("days: 2", "days: 2, interval: 7m", "E0404", "time.interval", 3, "15m"),
        ("days: 2", "days: 2, warm_up: 2d", "E0404", "time.warm_up", 3, "shorten"),
        ("days: 2", "days: 2, open: {sun: 24h}", "E0404", "time.open", 3, "days"),
        ("days: 2", "days: 2, open: {mon: 8-22}", "E0205", "time.open.mon", 3, "08:00-22:00"),
        ("days: 2", "days: 2, open: {mno: 24h}", "E0205", "time.open.mno", 3, "mon-fri"),
        ("days: 2", "days: 2, open: {mon: \"22:00-06:00\"}", "E0205", "time.open.mon", 3, "24:00"),
        ("days: 2", "days: 30, zone: Europe/Bucharest, open: {sun: \"03:30-09:00\"}", "E0402", "time.open", 3, "clocks"),
        ("agents: 5}", "agents: 5}\nfaults: [{agents_absent: {team: desk, share: 10%, from: \"sat 09:00\", for: 1h}}]", "E0403", "faults[0].agents_absent.from", 10, "2026-03-02"),
        ("agents: 5", "shifts: [{agents: 3, from: \"22:00\", to: \"22:00\"}]", "E0305", "teams.desk.shifts[0]", 9, "24:00"),
        ("agents: 5", "shifts: [{agents: 3, from: \"8h\", to: \"16:00\"}]", "E0205", "teams.desk.shifts[0].from", 9, "08:00"),
        ("agents: 5", "shifts: [{agents: 3, from: \"08:00\", to: \"16:00\", breaks: [{at: \"17:00\", for: 1h}]}]", "E0305", "teams.desk.shifts[0]", 9, "within"),
        ("agents: 5", "shifts: [{agents: 3, from: \"08:00\", to: \"16:00\", break: 8h}]", "E0305", "teams.desk.shifts[0]", 9, "shorten"),
    ]);
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn names() {
    check(&[
        ("channel: chat, per", "channel: chat, segment: al, per", "E0301", "demand[0].segment", 6, "`all`"),
        ("channel: chat, per", "channel: caht, per", "E0301", "demand[0].channel", 6, "`chat`"),
        ("per_day: 100", "per_day: 100, intents: {hepl: 1}", "E0301", "demand[0].intents.hepl", 6, "`help`"),
        ("teams:", "queues: {q: {channels: [chat], tiers: [vip]}}\nteams:", "E0301", "queues.q.tiers[0]", 8, "standard"),
        ("agents: 5", "agents: 5, serves: [chats]", "E0301", "teams.desk.serves[0]", 9, "`chat`"),
        ("agents: 5}", "agents: 5}\nfaults: [{demand_spike: {source: webb, factor: 2, from: \"mon 09:00\", for: 1h}}]", "E0301", "faults[0].demand_spike.source", 10, "`web`"),
        ("per_day: 100}", "per_day: 100}\n  - {name: web, channel: chat, per_day: 1}", "E0302", "demand[1].name", 7, "own name"),
        ("intents: {help", "segments: {a: {}, b: {}}\nintents: {help", "E0103", "demand[0]", 7, "a, b"),
        ("{help: {work: 5m}}", "{help: {work: 5m}, more: {work: 5m}}", "E0103", "demand[0]", 6, "help, more"),
    ]);
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn demand() {
    check(&[
        ("per_day: 100", "per_day: 0", "E0601", "demand", 5, "above zero"),
        ("per_day: 100", "articles: true", "E0105", "demand[0]", 6, "per_day"),
        ("per_day: 100", "rate: {per_hour: 3}, weekday: [1]", "E0105", "demand[0]", 6, "leave them out"),
        ("per_day: 100", "per_day: 100, intents: {help: 90%}", "E0210", "demand[0].intents", 6, "+0.1"),
        ("per_day: 100", "per_day: 100, profile: {shares: [0.5, 0.4]}", "E0210", "demand[0].profile", 6, "+0.1"),
        ("per_day: 100", "per_day: 100, profile: {interval: 1h, shares: [0.5, 0.5]}", "E0602", "demand[0].profile", 6, "2 hours"),
        ("per_day: 100", "per_day: 100, profile: {csv: none.csv, column: share}", "E0603", "demand[0].profile.csv", 6, "folder"),
        ("per_day: 100", "per_day: 100, profile: {csv: profile.csv, column: shaer}", "E0604", "demand[0].profile.column", 6, "`share`"),
        ("per_day: 100", "counts: {csv: profile.csv, time: start, count: share}", "E0604", "demand[0].counts", 6, "2026"),
        ("per_day: 100", "times: [\"2026-03-09 10:00\"]", "E0403", "demand[0].times[0]", 6, "2026-03-03"),
        ("per_day: 100", "times: {csv: none, time: at}", "E0603", "demand[0].times.csv", 6, "folder"),
        ("per_day: 100", "per_day: 100, weekday: [1, 1, 1, 1, 1, 1, 1, 1]", "E0211", "demand[0].weekday", 6, "Monday"),
        ("per_day: 100", "counts: {interval: 1h, values: [0, 0]}", "E0601", "demand[0].counts", 6, "dates"),
    ]);
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn people() {
    check(&[
        ("max: 2", "max: 0", "E0308", "teams.desk.channels.chat.max", 9, "1 to"),
        ("max: 2", "max: 2, slowdown: [1]", "E0306", "teams.desk.channels.chat.slowdown", 9, "max"),
        ("max: 2", "max: 2, slowdown: [1.1, 1.7]", "E0306", "teams.desk.channels.chat.slowdown", 9, "max"),
        ("max: 2", "max: 2, slowdown: [1, -1]", "E0306", "teams.desk.channels.chat.slowdown", 9, "max"),
        ("max: 2", "max: 2, slowdown: {power: 1.5}", "E0306", "teams.desk.channels.chat.slowdown", 9, "power"),
        ("max: 2", "max: 2, slowdown: {}", "E0105", "teams.desk.channels.chat.slowdown", 9, "turns"),
        ("chat: {max: 2}", "chat: {max: 97}, email: {max: 89}", "E0307", "teams.desk.channels", 9, "divide"),
        ("agents: 5", "agents: 0", "E0304", "teams.desk", 9, "shifts"),
        (", agents: 5", "", "E0304", "teams.desk", 9, "shifts"),
        ("channels: {chat: {max: 2}}, ", "", "E0103", "teams.desk", 9, "channels"),
        ("teams:", "queues: {q: {channels: [chat], skill: tax}}\nteams:", "E0303", "queues.q.skill", 8, "skills: [tax]"),
        ("{chat: {max: 2}}", "{email: {max: 2}}", "E0303", "teams", 8, "`chat`"),
        ("teams:", "routing: {rules_cover: 50%}\nteams:", "E0105", "routing.rules_cover", 8, "triage"),
        ("agents: 5}", "agents: 5}\nfaults: [{bot_outage: {from: \"mon 09:00\", for: 1h}}]", "E0105", "faults[0]", 10, "bot"),
        ("agents: 5}", "agents: 5}\nfaults: [{}]", "E0105", "faults[0]", 10, "bot_outage"),
        ("teams:", "queues: {chat: {when_full: overflow}}\nteams:", "E0105", "queues.chat.when_full", 8, "capacity"),
        ("max: 2", "reserve: 1", "E0105", "teams.desk.channels.chat.reserve", 9, "other channels"),
        ("max: 2", "pauses: true", "E0105", "teams.desk.channels.chat.pauses", 9, "other channels"),
        ("chat: {max: 2}", "chat: {max: 2, pauses: true}, email: {}", "E0105", "teams.desk.channels.chat.pauses", 9, ".max`"),
        ("agents: 5", "agents: 200000", "E0309", "teams.desk.agents", 9, "100000"),
    ]);
}

#[test]
#[rustfmt::skip] // A table: one case a line.
fn targets_and_warnings() {
    check(&[
        ("agents: 5}", "agents: 5}\ntargets: [\"service_levle >= 80%\"]", "E0701", "targets[0]", 10, "`service_level`"),
        ("agents: 5}", "agents: 5}\ntargets: [\"service_level(queue=chatt) >= 80%\"]", "E0301", "targets[0]", 10, "`chat`"),
        ("{chat: {patience: 4m}}", "{chat: {patience: 4m}, email: {}}\nqueues: {q: {channels: [email]}}\ntargets: [\"asa_s(queue=q) <= 5s\"]", "W0701", "targets[0]", 9, "queue"),
        ("intents: {help", "segments: {a: {}, b: {}}\ntargets: [\"roar(segment=b) >= 4%\"]\nintents: {help", "E0103", "demand[0]", 8, "a, b"),
        ("patience: 4m", "silent_hold: 1m", "W0303", "channels.chat", 7, "patience"),
        ("max: 2", "max: 5", "W0302", "teams.desk.channels.chat", 9, "slowdown"),
        ("per_day: 100", "per_day: 100000", "W0201", "teams", 8, "agents"),
    ]);
    let text = SMALL.replace("channel: chat, per", "segment: a, channel: chat, per")
        + "segments: {a: {}, b: {}}\ntargets: [\"roar(segment=b) >= 4%\"]\n";
    let done = load_text(&text).unwrap();
    assert_eq!(
        (done.warnings[0].code, done.warnings[0].line),
        ("W0701", Some(11))
    );
    let alone = load_text(&SMALL[..SMALL.find("teams:").unwrap()]).unwrap();
    assert_eq!(alone.warnings[0].code, "W0301");
    assert!(alone.scenario.queues.len() == 1 && alone.scenario.agents.is_empty());
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_file() {
    let text = SMALL
        .replace("name: small", "name: small\nsede: 3")
        .replace("work: 5m", "work: 5")
        .replace("chat: {patience: 4m}", "chat: {patience: {lognormal: {median: 4m, sigma: -2}}}")
        .replace("agents: 5", "agents: 0");
    let problems = load_text(&text).unwrap_err();
    let found: Vec<(&str, Option<u32>)> = problems.list.iter().map(|p| (p.code, p.line)).collect();
    assert_eq!(
        found,
        [("E0101", Some(3)), ("E0201", Some(5)), ("E0501", Some(8)), ("E0304", Some(10))],
        "{problems}"
    );
    let shown = problems.named("small.yaml").to_string();
    assert!(
        shown
            .contains("3 | sede: 3\n  | ^\n  = at: sede\n  = help: a similar field exists: `seed`"),
        "{shown}"
    );
    assert!(shown.ends_with("4 errors, 0 warnings"), "{shown}");
    // Structural ones too: two of them are told, not one.
    let text = SMALL.replace("name: small", "name: [small]").replace("agents: 5", "agents: five");
    assert_eq!(load_text(&text).unwrap_err().list.len(), 2);
}

#[test]
fn every_code_is_explained_once() {
    let mut codes: Vec<&str> = CODES.iter().map(|(c, ..)| *c).collect();
    codes.dedup();
    assert_eq!(codes.len(), CODES.len());
    assert!(CODES.iter().all(|(_, title, text)| !title.is_empty() && text.ends_with('.')));
}
