//! Replies of templates that come in parts.

use std::time::Duration;

use convoq::domain::TurnClass;
use convoq::protocol::Protocol;
use convoq::target::{TargetOptions, Turn};

use super::server::{SSE, Server, Step, send};
use super::{customer, message, run, target};

const LINES: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n";
const OLLAMA: &str = include_str!("../../../targets/ollama.yaml");

async fn turn(template: &str, steps: Vec<Step>) -> (Turn, serde_json::Value) {
    let server = Server::start(move |_| steps.clone()).await;
    let mut options = TargetOptions::new(&server.url, Protocol::Http);
    options.template = Some(template.into());
    let target = target(options);
    assert_eq!(target.has_tokens(), template.contains("tokens:"));
    let turn = target.open(customer()).ask(&message(1, "hello")).await;
    (turn, server.asked()[0].json())
}

fn said(text: &str) -> String {
    format!(
        "{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",\"content\":\"{text}\"}},\"done\":false}}\n"
    )
}

const DONE: &str = "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":26,\"eval_count\":7}\n";

#[test]
fn lines_of_json_are_the_parts_of_a_reply() {
    run(async {
        let head = format!("{LINES}{}", said("Your"));
        let (cut, rest) = DONE.split_at(30);
        let steps = vec![
            send(head),
            Step::WaitMs(80),
            send(said(" order") + cut),
            Step::WaitMs(40),
            send(rest),
            Step::WaitMs(3000),
        ];
        let (turn, asked) = turn(OLLAMA, steps).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        assert_eq!(turn.reply.text, "Your order");
        assert_eq!((turn.parts, turn.tokens, turn.prompt_tokens), (2, Some(7), Some(26)));
        let stamps = turn.stamps;
        let between = stamps.last_content.unwrap() - stamps.first_content.unwrap();
        assert!(between >= Duration::from_millis(75), "{stamps:?}");
        assert!(stamps.end - stamps.last_content.unwrap() < Duration::from_secs(2), "{stamps:?}");
        assert_eq!(asked["messages"][0]["content"], "hello");
    });
}

#[test]
fn events_are_the_parts_of_a_reply() {
    run(async {
        let template =
            "turn: {url: /a, body: {t: '{{turn.text}}'}, stream: sse, reply: {json: /delta}}";
        let parts = "event: x\ndata: {\"delta\": \"Your\"}\n\ndata: {\"delta\": \" order\"}\n\ndata: [DONE]\n\n";
        for end in [vec![Step::Close], vec![Step::WaitMs(3000)]] {
            let steps = [vec![send(format!("{SSE}{parts}"))], end].concat();
            let (turn, _) = turn(template, steps).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "Your order"));
            assert_eq!((turn.parts, turn.tokens), (2, None));
        }
    });
}

#[test]
fn a_stream_of_a_template_may_break_off_fail_or_be_something_else() {
    run(async {
        for (body, class) in [
            (said("Your"), TurnClass::StreamTruncated),
            (said("Your") + "{\"error\":\"model not loaded\"}\n", TurnClass::StreamErrorEvent),
            (said("Your") + "<html>\n", TurnClass::MalformedJson),
            (DONE.to_owned(), TurnClass::EmptyReply),
        ] {
            let steps = vec![send(format!("{LINES}{body}")), Step::Close];
            assert_eq!(turn(OLLAMA, steps).await.0.class, class, "{body}");
        }
    });
}

#[test]
fn a_template_with_a_wrong_stream_is_refused() {
    run(async {
        let problems = |text: &str| {
            let mut options = TargetOptions::new("http://127.0.0.1:9", Protocol::Http);
            options.template = Some(text.into());
            convoq::protocol::Target::new(options, &|_| None).err().unwrap_or_default()
        };
        let told = |text: &str| problems(text)[0].to_string();
        assert!(told("turn: {url: /a, stream: xml}").contains("sse, lines"));
        assert!(told("turn: {url: /a, tokens: {json: /n}}").contains("nothing is called `tokens`"));
        let both = "turn: {url: /a, stream: sse}\npoll: {url: /b}\n";
        assert!(told(both).contains("comes in parts"));
    });
}
