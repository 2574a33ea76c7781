//! What a reply means: each kind of rule on replies that fit it and that just do not.

use convoq::domain::Meaning;
use convoq::load::Judge;
use convoq::target::Reply;
use serde_json::{Value, json};

fn text(text: &str) -> Reply {
    Reply { text: text.into(), ..Reply::default() }
}

fn document(document: Value) -> Reply {
    Reply { documents: vec![json!({"other": 1}), document], ..Reply::default() }
}

fn activity(name: &str) -> Reply {
    Reply { activities: vec!["typing".into(), name.into()], ..Reply::default() }
}

fn tool(name: &str) -> Reply {
    Reply { tool_calls: vec!["look_up".into(), name.into()], ..Reply::default() }
}

fn judge(handoff: &[&str], failed: &[&str]) -> Judge {
    let owned = |rules: &[&str]| -> Vec<String> { rules.iter().map(|r| (*r).to_owned()).collect() };
    Judge::new(&owned(handoff), &owned(failed), &[], &[]).unwrap()
}

#[test]
fn each_kind_of_rule_fits_what_it_says_and_nothing_else() {
    for (rule, fitting, others) in [
        (
            "text:please (hold|wait)",
            vec![text("One moment, PLEASE HOLD."), text("please wait")],
            vec![text("please"), text("")],
        ),
        (
            "json:/a/b",
            [json!({"a": {"b": true}}), json!({"a": {"b": 0}})].map(document).into(),
            [json!({"a": {"b": false}}), json!({"a": {"b": null}}), json!({"b": 1})]
                .map(document)
                .into(),
        ),
        (
            "json:/state=closed",
            vec![document(json!({"state": "closed"}))],
            vec![document(json!({"state": "open"})), document(json!({"closed": 1}))],
        ),
        (
            "json:/code=7",
            vec![document(json!({"code": 7}))],
            vec![document(json!({"code": "7"})), document(json!({"code": 70}))],
        ),
        (
            "tool:escalate_now",
            vec![tool("escalate_now")],
            vec![tool("escalate"), tool("escalate_now_please")],
        ),
        (
            "activity:handoff*",
            vec![activity("handoff"), activity("handoff.initiate")],
            vec![activity("no handoff"), activity("hand")],
        ),
        ("activity:handoff", vec![activity("handoff")], vec![activity("handoff.initiate")]),
    ] {
        let judge = judge(&[rule], &[]);
        for reply in fitting {
            assert_eq!(judge.meaning(&reply), Meaning::Handoff, "{rule} {reply:?}");
        }
        for reply in others {
            assert_eq!(judge.meaning(&reply), Meaning::Answered, "{rule} {reply:?}");
        }
    }
}

#[test]
fn the_first_meaning_that_shows_decides() {
    let judge = judge(&[], &["json:/broken"]);
    let mut reply = document(json!({"resolved": true}));
    assert_eq!(judge.meaning(&reply), Meaning::Resolved);
    reply.text = "Sorry, I did not understand.".into();
    assert_eq!(judge.meaning(&reply), Meaning::Fallback);
    reply.documents.push(json!({"broken": "yes"}));
    assert_eq!(judge.meaning(&reply), Meaning::Failed);
    reply.tool_calls.push("transfer_to_human".into());
    assert_eq!(judge.meaning(&reply), Meaning::Handoff);
}

#[test]
fn given_rules_take_the_place_of_the_usual_ones_of_their_meaning_only() {
    let usual = judge(&[], &[]);
    let words = "Let me connect you with a colleague.";
    assert_eq!(usual.meaning(&text(words)), Meaning::Handoff);
    let own = judge(&["tool:human"], &[]);
    assert_eq!(own.meaning(&text(words)), Meaning::Answered);
    assert_eq!(own.meaning(&tool("human")), Meaning::Handoff);
    let unclear = text("Could you rephrase that?");
    assert_eq!(own.meaning(&unclear), Meaning::Fallback);
}
