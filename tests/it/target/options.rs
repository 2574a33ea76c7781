//! What is said about options before anything is sent: problems, requests, no secrets.

use convoq::domain::TurnClass;
use convoq::protocol::{Protocol, Target};
use convoq::target::{Expectation, Reuse, TargetOptions};

use super::server::{Server, json};
use super::{customer, message, run, target};

fn problems(options: TargetOptions) -> Vec<String> {
    let problems = Target::new(options, &|name| (name == "KEY").then(|| "s3cret".into()));
    problems.unwrap_err().iter().map(ToString::to_string).collect()
}

/// Whether each text is in the problem at its place.
fn tells(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "`{found}` lacks `{expected}`");
    }
}

#[test]
fn a_client_certificate_needs_its_key_and_files_that_hold_them() {
    let folder = "tests/it/target/tls/";
    let of = |cert: &str, key: &str| {
        let path = |name: &str| (!name.is_empty()).then(|| format!("{folder}{name}").into());
        let mut options = TargetOptions::new("https://localhost", Protocol::Http);
        (options.client_cert_file, options.client_key_file) = (path(cert), path(key));
        problems(options)
    };
    for (cert, key, expected) in [
        ("client.pem", "", "client_cert: its key is missing; give both"),
        ("", "client_key.pem", "client_key: its certificate is missing; give both"),
        ("none.pem", "client_key.pem", "client_cert: cannot read tests/it/target/tls/none.pem"),
        ("client.pem", "none.pem", "client_key: cannot read tests/it/target/tls/none.pem"),
        ("client_key.pem", "client_key.pem", "client_key.pem holds no certificate"),
        ("client.pem", "client.pem", "client.pem holds no private key; give a PEM file with a key"),
        ("client.pem", "key.pem", "client_key: keys may not be consistent"),
    ] {
        tells(&of(cert, key), &[expected]);
    }
}

#[test]
fn all_problems_of_the_options_are_told_at_once() {
    let mut options = TargetOptions::new("ftp://bot.example.com", Protocol::Openai);
    options.bearer = Some("${env:NOPE}".into());
    options.headers = vec![("x y".into(), "1".into()), ("x-a".into(), "${file:/x}".into())];
    options.ca_file = Some("no-such-file.pem".into());
    options.hard = vec![Expectation::Matches("(".into())];
    let expected = [
        "reply-must: `(` is not a regular expression",
        "url: `ftp` is not a scheme",
        "ca_file: cannot read no-such-file.pem",
        "bearer: the environment variable NOPE is not set; set it: export NOPE=...",
        "header x y: this is not the name of a header",
        "header x-a: `${file:/x}` refers to nothing",
    ];
    tells(&problems(options), &expected);
    let of = |url: &str| problems(TargetOptions::new(url, Protocol::Rasa));
    tells(&of("bot.example.com"), &["has no scheme"]);
    tells(&of("http://u:p@bot.example.com"), &["holds a user or a password"]);
    let mut pooled = TargetOptions::new("ws://localhost", Protocol::Websocket);
    pooled.reuse = Some(Reuse::Pooled);
    tells(&problems(pooled), &["belongs to one conversation"]);
    for name in ["per-turn", "per_turn"] {
        assert_eq!(name.parse(), Ok(Reuse::PerTurn));
    }
    let unknown = "smoke".parse::<Protocol>().unwrap_err().to_string();
    let names = Protocol::ALL.map(Protocol::name).join(", ");
    assert!(unknown.ends_with(&format!("write one of {names}")));
}

#[test]
fn problems_of_a_template_have_their_lines() {
    let of = |template: &str| {
        let mut options = TargetOptions::new("http://localhost:1", Protocol::Http);
        options.template = Some(template.into());
        problems(options)
    };
    let template = "turn:\n  url: /chat\n  body: {text: \"{{turn.txt}}\"}\n  extra: 1\nstop: {url: /x}\npoll:\n  url: /p/{{vars.ticket}}\n  reply: {jsn: /x}\n  until: {json: done}\n  headers:\n    x-key: ${env:NOPE}\n";
    let expected = [
        "template line 5 (stop): nothing is called `stop`",
        "template line 4 (turn.extra): nothing is called `extra`",
        "template line 3 (turn.body): nothing is called {{turn.txt}}",
        "template line 11 (poll.headers.x-key): the environment variable NOPE is not set",
        "template line 8 (poll.reply): this says not where to find it",
        "template line 9 (poll.until): `done` is not a JSON pointer; begin it with a slash: /done",
        "template line 6 (poll): no step extracts `ticket`",
    ];
    tells(&of(template), &expected);
    tells(&of("turn: {url: 'https://elsewhere.example.com/x'}"), &["another host"]);
    tells(&of("end: {url: /x}"), &["there is no `turn`"]);
    tells(&of("turn: [1\n"), &["this is not YAML"]);
    tells(
        &of("turn: {url: /x}\nturn: {url: /y}\n"),
        &["template line 2: the key `turn` is written twice"],
    );
    let mut openai = TargetOptions::new("http://localhost:1", Protocol::Openai);
    openai.template = Some("turn: {url: /x}".into());
    tells(&problems(openai), &["openai takes no template"]);
}

/// A deployment with a secret in every place that may hold one.
fn secretive(protocol: Protocol, template: Option<&str>) -> Target {
    let mut options = TargetOptions::new("https://bot.example.com/a?token=${env:TOKEN}", protocol);
    options.bearer = Some("${env:KEY}".into());
    options.headers = vec![("x-tenant".into(), "acme-${env:TENANT}".into())];
    options.template = template.map(str::to_owned);
    let env = |name: &str| {
        Some(
            format!("s3cret-\"{}", name.to_lowercase())
                .replace(['"', '-'], if name == "BODY" { "\"" } else { "-" }),
        )
    };
    Target::new(options, &env).unwrap()
}

const HTTP: &str = r#"
start: {url: /s, extract: {id: {json: /id}}}
turn: {url: "/t/{{vars.id}}", body: {text: "{{turn.text}}", key: "{{env.BODY}}", at: "{{now_ms}}", id: "{{uuid}}"}}
"#;
const SOCKET: &str = r#"{"connect": {"url": "/ws", "subprotocol": "chat.v1"}, "send": "{{env.BODY}} {{turn.text}}"}"#;

#[test]
fn a_dry_run_shows_the_requests_and_no_secret() {
    let shown: Vec<String> = [
        (Protocol::Openai, None),
        (Protocol::Rasa, None),
        (Protocol::Directline, None),
        (Protocol::Http, Some(HTTP)),
        (Protocol::Websocket, Some(SOCKET)),
    ]
    .iter()
    .map(|(protocol, template)| {
        let target = secretive(*protocol, *template);
        assert!(!format!("{target:?}{:?}", target.open(customer())).contains("s3cret"));
        let text = target.dry_run(&customer(), &message(1, "where is my \"order\"?"));
        format!("# {}\n\n{text}", protocol.name())
    })
    .collect();
    let shown = shown.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert!(!shown.contains("s3cret"), "{shown}");
    let golden = crate::source::root().join("tests/it/target/dry_run.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(golden).unwrap());
}

#[test]
fn a_secret_that_comes_back_is_struck_out() {
    run(async {
        // The bot repeats what it was sent, in its reply and in its errors.
        let server = Server::start(|asked| {
            let key = asked.header("authorization");
            match asked.number {
                0 => json(&format!(r#"[{{"recipient_id":"c-1","text":"you are {key}"}}]"#)),
                _ => super::server::reply("401 No", "", format!("bad key {key}")),
            }
        })
        .await;
        let mut options = TargetOptions::new(&server.url, Protocol::Rasa);
        options.bearer = Some("${env:KEY}".into());
        let target = Target::new(options, &|_| Some("s3cret".into())).unwrap();
        let mut talk = target.open(customer());
        let first = talk.ask(&message(1, "hello")).await;
        assert_eq!(first.reply.text, "you are Bearer ***");
        let second = talk.ask(&message(2, "hello")).await;
        assert_eq!(second.class, TurnClass::Http4xx);
        assert!(!format!("{first:?}{second:?}").contains("s3cret"));
        assert_eq!(server.asked()[0].header("authorization"), "Bearer s3cret");
    });
}

#[test]
fn a_target_knows_whether_it_is_this_machine() {
    let host = |url: &str| {
        let target = target(TargetOptions::new(url, Protocol::Rasa));
        (target.host().to_owned(), target.is_loopback())
    };
    assert_eq!(host("http://localhost:5005"), ("localhost".into(), true));
    assert_eq!(host("http://127.3.2.1/x"), ("127.3.2.1".into(), true));
    assert_eq!(host("http://[::1]:80"), ("::1".into(), true));
    assert_eq!(host("https://bot.example.com"), ("bot.example.com".into(), false));
    assert!(!host("http://localhost.example.com").1);
}
