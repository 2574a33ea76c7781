//! Chat completions end to end.

use std::time::{Duration, Instant};

use convoq::domain::TurnClass;
use convoq::protocol::Protocol;
use convoq::target::TargetOptions;

use super::server::{SSE, Server, Step, json, send};
use super::{at, customer, first_turn, message, run, target};

fn chunk(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

#[test]
fn a_streamed_reply_is_timed_by_what_it_says() {
    run(async {
        let server = Server::start(|_| {
            vec![
                send(format!("{SSE}{ROLE}: wait\n\n")),
                Step::WaitMs(60),
                send("data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}\n\n"),
                Step::WaitMs(60),
                send(chunk("Your order")),
                Step::WaitMs(120),
                send(chunk(" is here")),
                Step::WaitMs(60),
                send(format!("{STOP}data: {{\"choices\":[],\"usage\":{{\"completion_tokens\":7}}}}\n\ndata: [DONE]\n\n")),
                Step::Close,
            ]
        })
        .await;
        let began = Instant::now();
        let turn = first_turn(&at(&server.url, Protocol::Openai)).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        assert_eq!(turn.reply.text, "Your order is here");
        assert_eq!((turn.parts, turn.tokens, turn.status), (3, Some(7), Some(200)));
        let stamps = turn.stamps;
        let order = [
            Some(began),
            stamps.written,
            stamps.headers,
            stamps.first_content,
            stamps.first_answer,
            stamps.last_content,
            Some(stamps.end),
        ]
        .map(Option::unwrap);
        assert!(order.is_sorted(), "{stamps:?}");
        let at_least = |from: Instant, to: Instant, ms: u64| {
            assert!(to - from >= Duration::from_millis(ms - 5), "{stamps:?}");
        };
        at_least(order[2], order[3], 60); // neither the role nor the comment is content
        at_least(order[3], order[4], 60);
        at_least(order[4], order[5], 120);
        at_least(order[5], order[6], 60);
        let gap = Duration::from_micros(turn.longest_gap_us);
        assert!(
            gap >= Duration::from_millis(115)
                && gap <= order[5] - order[4] + Duration::from_millis(1)
        );
        assert!(turn.connect_us > 0 && turn.connects == 1);
    });
}

#[test]
fn a_conversation_sends_what_was_said_before() {
    run(async {
        let server = Server::start(|asked| {
            let text = format!("reply {}", asked.number);
            json(&format!(
                r#"{{"choices":[{{"message":{{"content":"{text}"}},"finish_reason":"stop"}}]}}"#
            ))
        })
        .await;
        let mut options = TargetOptions::new(&server.url, Protocol::Openai);
        options.stream = false;
        options.system = Some("Be \"kind\"".into());
        options.model = Some("support".into());
        options.max_history = Some(3);
        let target = target(options);
        let mut talk = target.open(customer());
        for turn in 1..=3 {
            let turn = talk.ask(&message(turn, &format!("question {turn}"))).await;
            assert_eq!(turn.class, TurnClass::Ok);
            let moment = turn.stamps.first_content;
            assert!(moment.is_some() && moment == turn.stamps.last_content);
            assert_eq!(turn.reply.documents.len(), 1);
        }
        let asked = server.asked();
        assert_eq!(asked[0].path, "/v1/chat/completions");
        assert_eq!(asked[0].header("content-type"), "application/json");
        let expected = serde_json::json!({
        "model": "support", "stream": false, "user": "c-1",
        "messages": [
            {"role": "system", "content": "Be \"kind\""},
            {"role": "user", "content": "question 1"},
        ]});
        assert_eq!(asked[0].json(), expected);
        let last = serde_json::json!([
            {"role": "system", "content": "Be \"kind\""},
            {"role": "user", "content": "question 2"},
            {"role": "assistant", "content": "reply 1"},
            {"role": "user", "content": "question 3"},
        ]);
        assert_eq!(asked[2].json()["messages"], last);
    });
}
