//! Changes by `--set` and by variants.

use super::*;

fn with(set: &[(&str, &str)], variant: Option<&str>) -> Result<Loaded, Problems> {
    let set: Vec<(String, String)> =
        set.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
    load(EVERYTHING, variant, &set, &files)
}

#[test]
fn values_are_set_and_changed() {
    for (path, change, pointer, expected) in [
        ("teams.chat.shifts[0].agents", "21", "/teams/chat/shifts/0/agents", serde_json::json!(21)),
        ("teams.chat.shifts[0].agents", "+3", "/teams/chat/shifts/0/agents", serde_json::json!(21)),
        (
            "teams.chat.shifts[0].agents",
            "*1.1",
            "/teams/chat/shifts/0/agents",
            serde_json::json!(20),
        ),
        ("teams.chat.shifts[0].agents", "-18", "/teams/chat/shifts/0/agents", serde_json::json!(0)),
        ("teams.chat.wage", "*1.1", "/teams/chat/wage", serde_json::json!("15.4 EUR/h")),
        ("bot.accept", "+1 points", "/bot/accept", serde_json::json!("25%")),
        ("short_abandon", "+1m", "/short_abandon", serde_json::json!("1m06s")),
        (
            "returns.delay.lognormal.median",
            "*0.5",
            "/returns/delay/lognormal/median",
            serde_json::json!("3h"),
        ),
        ("demand[0].per_day", "*1.1", "/demand/0/per_day", serde_json::json!(1100)),
        ("teams.phone.wage", "20 EUR/h", "/teams/phone/wage", serde_json::json!("20 EUR/h")),
        (
            "intents.refund.bot.accuracy",
            "50%",
            "/intents/refund/bot/accuracy",
            serde_json::json!("50%"),
        ),
        ("bot.sessions", "{}", "/bot/sessions", serde_json::json!({})),
    ] {
        let done = with(&[(path, change)], None);
        match (done, expected.is_object()) {
            (Ok(done), false) => {
                assert_eq!(done.expanded.pointer(pointer), Some(&expected), "{path} {change}")
            }
            (Err(problems), true) => {
                assert_eq!(
                    (problems.list[0].code, problems.list[0].line),
                    ("E0102", None),
                    "{problems}"
                );
            }
            (other, _) => assert!(
                other.is_err_and(|p| {
                    eprintln!("{p}");
                    false
                }),
                "{path} {change}"
            ),
        }
    }
}

#[test]
fn every_value_can_be_set_to_itself() {
    let before = load_text(EVERYTHING).unwrap();
    let tree = before.expanded.clone();
    let mut leaves = Vec::new();
    collect(&tree, String::new(), &mut leaves);
    assert!(leaves.len() > 200, "{}", leaves.len());
    let schema = json_schema();
    for (path, value) in leaves {
        let mut changed = tree.clone();
        super::super::overrides::apply_text(&mut changed, &schema, &path, &value).unwrap();
        assert_eq!(changed, tree, "{path}={value}");
    }
}

fn collect(value: &Value, path: String, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(k, v)| collect(v, places::join(&path, k), leaves));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, v)| collect(v, format!("{path}[{n}]"), leaves));
        }
        other => leaves.push((path, other.to_string())),
    }
}

#[test]
fn variants_come_before_changes() {
    let plus = with(&[], Some("plus3")).unwrap();
    assert_eq!(plus.expanded["teams"]["chat"]["shifts"][0]["agents"], 21);
    assert!(plus.expanded.get("variants").is_none());
    let both = with(&[("teams.chat.shifts[0].agents", "+1")], Some("relative")).unwrap();
    assert_eq!(both.expanded["teams"]["chat"]["shifts"][0]["agents"], 28);
    assert_eq!(both.expanded["bot"]["accept"], "25%");
}

#[test]
fn what_leads_nowhere_is_told() {
    for (path, value, code, help) in [
        ("teams.chat.shift[0].agents", "1", "E0802", "`teams.chat.shifts`"),
        ("teams.chatt.agents", "1", "E0802", "`teams.chat`"),
        ("teams.chat.shifts[9].agents", "1", "E0802", "shifts[0]"),
        ("bot.acept", "1", "E0802", "`bot.accept`"),
        ("name", "*2", "E0803", "value itself"),
        ("bot.accept", "[1", "E0803", "scenario file"),
        ("", "1", "E0802", "teams"),
        ("name.x", "1", "E0802", "teams"),
    ] {
        let problems = with(&[(path, value)], None).unwrap_err();
        let error = problems.list.iter().find(|p| p.code == code);
        let error = error.unwrap_or_else(|| panic!("{problems}"));
        assert!(error.help.as_ref().unwrap().contains(help), "{problems}");
        assert!(error.message.contains("--set"), "{problems}");
    }
    let problems = with(&[], Some("plus")).unwrap_err();
    let error = problems.list.iter().find(|p| p.code == "E0801");
    assert_eq!(error.and_then(|p| p.help.as_deref()), Some("a similar variant exists: `plus3`"));
}
