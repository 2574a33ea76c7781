//! Responses of OpenAI and messages of Anthropic: what is asked, and what is heard.

use convoq::domain::TurnClass;
use convoq::protocol::Protocol;
use convoq::protocol::reading::{ChatEvent, Why, streamed, whole};
use convoq::target::TargetOptions;
use serde_json::{Value, json};

use super::server::{SSE, Server, Step, json as document, reply, send};
use super::{at, customer, first_turn, message, run, target};

/// Events of a stream, each under the name of its type.
fn events(events: &[Value]) -> String {
    let one = |e: &Value| format!("event: {}\ndata: {e}\n\n", e["type"].as_str().unwrap());
    events.iter().map(one).collect()
}

const FINISHED: ChatEvent = ChatEvent::Finished(Why::Said);

fn part(text: &str) -> ChatEvent {
    ChatEvent::Part { text: text.into(), answer: true, tools: Vec::new() }
}

fn call(tool: &str) -> ChatEvent {
    ChatEvent::Part { text: String::new(), answer: true, tools: vec![tool.into()] }
}

const THOUGHT: ChatEvent =
    ChatEvent::Part { text: String::new(), answer: false, tools: Vec::new() };

/// A stream as Anthropic's page of streaming has it: thoughts, a text, a tool.
fn anthropic_stream() -> String {
    let block = |index: u32, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta = |index: u32, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    events(&[
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m", "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 25, "output_tokens": 1}}}),
        block(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        json!({"type": "ping"}),
        delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        delta(0, json!({"type": "signature_delta", "signature": "Eq"})),
        json!({"type": "content_block_stop", "index": 0}),
        block(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "Your order"})),
        delta(1, json!({"type": "text_delta", "text": " is here"})),
        json!({"type": "content_block_stop", "index": 1}),
        block(2, json!({"type": "tool_use", "id": "toolu_1", "name": "transfer", "input": {}})),
        delta(2, json!({"type": "input_json_delta", "partial_json": "{\"to\":"})),
        json!({"type": "content_block_stop", "index": 2}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 15}}),
        json!({"type": "message_stop"}),
    ])
}

/// A stream as OpenAI's reference of streaming events has it.
fn responses_stream() -> String {
    let begun = json!({"id": "resp_1", "object": "response", "status": "in_progress", "output": [], "usage": null, "error": null});
    let message = |status: &str, content: Value| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content});
    let text = json!([{"type": "output_text", "text": "Your order is here", "annotations": []}]);
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "transfer", "arguments": ""});
    let mut done = begun.clone();
    done["status"] = json!("completed");
    done["output"] = json!([message("completed", text.clone()), call]);
    done["usage"] = json!({"input_tokens": 25, "output_tokens": 15, "total_tokens": 40});
    events(&[
        json!({"type": "response.created", "response": begun}),
        json!({"type": "response.in_progress", "response": begun}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": []}}),
        json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "delta": "hm"}),
        json!({"type": "response.output_item.added", "output_index": 1, "item": message("in_progress", json!([]))}),
        json!({"type": "response.content_part.added", "item_id": "msg_1", "part": {"type": "output_text", "text": "", "annotations": []}}),
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Your order"}),
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": " is here"}),
        json!({"type": "response.output_text.done", "item_id": "msg_1", "text": "Your order is here"}),
        json!({"type": "response.content_part.done", "item_id": "msg_1", "part": text[0]}),
        json!({"type": "response.output_item.done", "output_index": 1, "item": message("completed", text)}),
        json!({"type": "response.output_item.added", "output_index": 2, "item": call}),
        json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": "{}"}),
        json!({"type": "response.output_item.done", "output_index": 2, "item": call}),
        json!({"type": "response.completed", "response": done}),
    ])
}

#[test]
fn streams_say_the_same_however_they_are_cut() {
    use ChatEvent::{Done, Named, PromptTokens, Tokens};
    let said = [THOUGHT, part("Your order"), part(" is here"), call("transfer")];
    let anthropic = [&[PromptTokens(25)], &said[..], &[Tokens(15), FINISHED, Done]].concat();
    let end = [PromptTokens(25), Tokens(15), Named("resp_1".into()), FINISHED, Done];
    let responses = [&said[..], &end].concat();
    for (protocol, text, expected) in [
        (Protocol::Anthropic, anthropic_stream(), anthropic),
        (Protocol::Responses, responses_stream(), responses),
    ] {
        assert_eq!(streamed(protocol, &[text.as_bytes()]), expected);
        for at in 0..text.len() {
            let (head, tail) = text.as_bytes().split_at(at);
            assert_eq!(streamed(protocol, &[head, tail]), expected, "{protocol:?} cut at {at}");
        }
    }
}

#[test]
fn whole_replies_say_what_streamed_ones_do() {
    use ChatEvent::{Failed, Named, PromptTokens, Tokens};
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [
        {"type": "thinking", "thinking": "hm", "signature": "E"},
        {"type": "text", "text": "Your order"},
        {"type": "tool_use", "id": "t", "name": "transfer", "input": {}},
    ], "stop_reason": "tool_use", "usage": {"input_tokens": 9, "output_tokens": 15}});
    let heard = |protocol, document: &Value| whole(protocol, document.to_string().as_bytes());
    let said = [THOUGHT, part("Your order"), call("transfer"), PromptTokens(9), Tokens(15)];
    assert_eq!(heard(Protocol::Anthropic, &message), [&said[..], &[FINISHED]].concat());
    let response = json!({"id": "resp_1", "object": "response", "status": "completed", "error": null, "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Your order", "annotations": []}]},
        {"type": "function_call", "name": "transfer", "arguments": "{}"},
    ], "usage": {"input_tokens": 9, "output_tokens": 15}});
    let expected = [&said[..], &[Named("resp_1".into()), FINISHED]].concat();
    assert_eq!(heard(Protocol::Responses, &response), expected);
    let refused = json!({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "I will not"}]}]});
    assert_eq!(heard(Protocol::Responses, &refused), [part("I will not"), FINISHED]);
    let error =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    assert_eq!(heard(Protocol::Anthropic, &error), [Failed("Overloaded".into())]);
    let failed = json!({"id": "resp_1", "status": "failed", "error": {"code": "server_error", "message": "no"}, "output": []});
    assert_eq!(heard(Protocol::Responses, &failed), [Failed("no".into())]);
    for protocol in [Protocol::Anthropic, Protocol::Responses] {
        assert!(matches!(whole(protocol, b"<html>")[..], [ChatEvent::Malformed(_)]));
        assert!(matches!(whole(protocol, b"[1]")[..], [ChatEvent::Strange(_)]));
    }
}

#[test]
fn a_streamed_turn_ends_with_its_last_event() {
    run(async {
        for (protocol, stream) in
            [(Protocol::Anthropic, anthropic_stream()), (Protocol::Responses, responses_stream())]
        {
            let server =
                Server::start(move |_| vec![send(format!("{SSE}{stream}")), Step::WaitMs(2000)])
                    .await;
            let turn = first_turn(&at(&server.url, protocol)).await;
            assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
            assert_eq!(turn.reply.text, "Your order is here");
            assert_eq!((turn.parts, turn.tokens, turn.prompt_tokens), (4, Some(15), Some(25)));
            assert_eq!(turn.reply.tool_calls, ["transfer"]);
            assert_eq!(server.asked()[0].json()["stream"], true, "it is asked for");
        }
    });
}

#[test]
fn a_stream_that_breaks_off_or_reports_an_error_is_no_reply() {
    run(async {
        for (protocol, whole, error) in [
            (
                Protocol::Anthropic,
                anthropic_stream(),
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
            ),
            (
                Protocol::Responses,
                responses_stream(),
                json!({"type": "error", "code": "server_error", "message": "Overloaded"}),
            ),
        ] {
            let middle = whole.find(" is here").unwrap();
            let cut = whole[..middle].to_owned();
            let server =
                Server::start(move |_| vec![send(format!("{SSE}{cut}")), Step::Close]).await;
            let turn = first_turn(&at(&server.url, protocol)).await;
            assert_eq!(turn.class, TurnClass::StreamTruncated);
            let told = events(&[error]);
            let server =
                Server::start(move |_| vec![send(format!("{SSE}{told}")), Step::Close]).await;
            let turn = first_turn(&at(&server.url, protocol)).await;
            assert_eq!(turn.class, TurnClass::StreamErrorEvent);
            assert_eq!(turn.problem.as_deref(), Some("the bot reports an error: Overloaded"));
        }
    });
}

#[test]
fn a_conversation_of_messages_carries_its_history_and_key() {
    run(async {
        let answer = r#"{"type": "message", "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"}"#;
        let server = Server::start(move |_| document(answer)).await;
        let mut options = TargetOptions::new(&server.url, Protocol::Anthropic);
        options.stream = false;
        options.system = Some("Be brief".into());
        options.bearer = Some("sk-1".into());
        options.max_history = Some(2);
        options.body = vec![("max_tokens".into(), json!(9)), ("temperature".into(), json!(0.5))];
        let mut talk = target(options).open(customer());
        for turn in 1..=2 {
            assert_eq!(talk.ask(&message(turn, "hi")).await.class, TurnClass::Ok);
        }
        let [first, second] = &server.asked()[..] else { panic!("two requests") };
        assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/v1/messages"));
        assert_eq!(first.header("x-api-key"), "sk-1");
        assert_eq!(first.header("authorization"), "");
        assert_eq!(first.header("anthropic-version"), "2023-06-01");
        let hi = json!({"role": "user", "content": "hi"});
        let expected = json!({"model": "default", "max_tokens": 9, "stream": false, "system": "Be brief", "temperature": 0.5, "metadata": {"user_id": customer().id}, "messages": [hi]});
        assert_eq!(first.json(), expected);
        // The two newest begin with a reply, which may not stand first.
        assert_eq!(second.json()["messages"], json!([hi]));
    });
}

#[test]
fn a_conversation_of_responses_goes_on_from_the_last_one() {
    run(async {
        let server = Server::start(|asked| match asked.number {
            1 => reply("500 Internal Server Error", "", "{}"),
            n => document(&format!(r#"{{"id": "resp_{n}", "output": [{{"type": "message", "content": [{{"type": "output_text", "text": "Hello"}}]}}]}}"#)),
        })
        .await;
        let mut options = TargetOptions::new(&server.url, Protocol::Responses);
        options.stream = false;
        options.system = Some("Be brief".into());
        let mut talk = target(options).open(customer());
        let mut classes = Vec::new();
        for turn in 1..=4 {
            classes.push(talk.ask(&message(turn, &format!("hi {turn}"))).await.class);
        }
        assert_eq!(classes, [TurnClass::Ok, TurnClass::Http5xx, TurnClass::Ok, TurnClass::Ok]);
        let asked: Vec<Value> = server.asked().iter().map(|a| a.json()).collect();
        assert_eq!(server.asked()[0].path, "/v1/responses");
        let hi = |n: u32| json!([{"role": "user", "content": format!("hi {n}")}]);
        let expected = json!({"model": "default", "stream": false, "instructions": "Be brief", "user": customer().id, "input": hi(1)});
        assert_eq!(asked[0], expected);
        // A reply that failed is not gone on from.
        for (number, previous) in [(1, "resp_0"), (2, "resp_0"), (3, "resp_2")] {
            assert_eq!(asked[number]["previous_response_id"], previous);
            assert_eq!(asked[number]["input"], hi(number as u32 + 1));
        }
    });
}

#[test]
fn an_answer_that_was_cut_off_or_kept_back_says_so() {
    let chat = |reason: &str| json!({"choices": [{"message": {"content": "Your"}, "finish_reason": reason}]});
    let message = |reason: &str| json!({"type": "message", "content": [{"type": "text", "text": "Your"}], "stop_reason": reason});
    let response = |reason: &str| json!({"status": "incomplete", "incomplete_details": {"reason": reason}, "output": [{"type": "message", "content": [{"type": "output_text", "text": "Your"}]}]});
    run(async {
        for (protocol, body, class) in [
            (Protocol::Openai, chat("length"), TurnClass::OkCut),
            (Protocol::Openai, chat("content_filter"), TurnClass::ContentFilter),
            (Protocol::Openai, chat("stop"), TurnClass::Ok),
            (Protocol::Anthropic, message("max_tokens"), TurnClass::OkCut),
            (Protocol::Anthropic, message("refusal"), TurnClass::ContentFilter),
            (Protocol::Anthropic, message("end_turn"), TurnClass::Ok),
            (Protocol::Responses, response("max_output_tokens"), TurnClass::OkCut),
            (Protocol::Responses, response("content_filter"), TurnClass::ContentFilter),
        ] {
            let body = body.to_string();
            let server = Server::start(move |_| document(&body)).await;
            let turn = first_turn(&at(&server.url, protocol)).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (class, "Your"), "{protocol:?}");
        }
    });
}

#[test]
fn fields_that_conversations_fill_cannot_be_set() {
    let problems = |protocol, field: &str| {
        let mut options = TargetOptions::new("http://127.0.0.1:9", protocol);
        options.body = vec![(field.into(), json!(1))];
        let refused = convoq::protocol::Target::new(options, &|_| None).err();
        refused.unwrap_or_default().into_iter().map(|p| p.problem).collect::<Vec<_>>()
    };
    run(async {
        for (protocol, field) in [
            (Protocol::Openai, "messages"),
            (Protocol::Responses, "input"),
            (Protocol::Anthropic, "metadata"),
            (Protocol::Openai, "stream"),
        ] {
            assert_eq!(problems(protocol, field), [format!("`{field}` is not for you to set")]);
            assert!(problems(protocol, "seed").is_empty());
        }
        assert_eq!(problems(Protocol::Rasa, "seed"), ["the protocol rasa has no fields to set"]);
    });
}
