//! What users write of deployments: addresses, expectations, headers, templates.

use super::text;
use convoq::bot::InjectedFault;
use convoq::target::{
    Customer, Expectation, Message, Protocol, Target, TargetError, TargetOptions, reading,
};

const ADDRESS: &str = "http://127.0.0.1:9/bot";
/// An input that holds its beginning itself says nothing about who told it.
const SECRET: &str = "s3cr3t-of-the-bot";
const BEGINNING: &str = "s3cr3t";

fn env(name: &str) -> Option<String> {
    (name == "KEY").then(|| SECRET.to_owned())
}

/// A template, for WebSockets and for HTTP: refused with places, or requests that can be
/// shown without their secrets.
pub fn template(input: &[u8]) {
    let Some(text) = text(input).filter(|t| !t.contains(BEGINNING)) else {
        return;
    };
    for protocol in [Protocol::Websocket, Protocol::Http] {
        match reading::template(protocol, ADDRESS, text, &env) {
            Ok(()) if text.contains("callback") => {} // would listen at a port
            Ok(()) => {
                let mut options = TargetOptions::new(ADDRESS, protocol);
                options.template = Some(text.to_owned());
                show(options);
            }
            Err(problems) => told(&problems),
        }
    }
}

/// Lines: an address, an expectation, a header, a fault to inject.
pub fn options(input: &[u8]) {
    let Some(text) = text(input).filter(|t| !t.contains(BEGINNING)) else {
        return;
    };
    let mut lines = text.lines();
    let url = lines.next().unwrap_or_default();
    let mut options = TargetOptions::new(url, Protocol::Openai);
    for line in lines {
        match line.parse::<Expectation>() {
            Ok(expectation) => options.hard.push(expectation),
            Err(problem) => told(&[problem]),
        }
        if let Some((name, value)) = line.split_once('=') {
            options.headers.push((name.to_owned(), value.to_owned()));
        }
        match line.parse::<InjectedFault>() {
            Ok(fault) => assert!((0.0..=1.0).contains(&fault.share) && fault.from <= fault.to),
            Err(words) => assert!(!words.is_empty()),
        }
    }
    show(options);
}

fn show(options: TargetOptions) {
    match Target::new(options, &env) {
        Ok(target) => {
            let customer = Customer {
                id: "c-00000000000000ab".into(),
                segment: "b2c".into(),
                intent: "refund".into(),
                language: "en".into(),
            };
            let message = Message { turn: 1, text: "Where is \"it\"?\n".into() };
            let shown = target.dry_run(&customer, &message);
            assert!(!shown.contains(SECRET), "a secret is shown: {shown}");
        }
        Err(problems) => told(&problems),
    }
}

fn told(problems: &[TargetError]) {
    assert!(!problems.is_empty(), "refused without a reason");
    for problem in problems {
        assert!(!problem.place.is_empty() && !problem.problem.is_empty(), "{problem:?}");
        assert!(!problem.to_string().contains(SECRET), "a secret is told: {problem}");
    }
}
