//! Bytes over loopback sockets: what a bot sends to the client, and what a client sends to
//! the bot of `convoq bot`.

use convoq::bot::{Limits, Messages, Options};
use convoq::domain::TurnClass;
use convoq::protocol::{self, Protocol, Target};
use convoq::scenario;
use convoq::target::{Customer, Message, TargetOptions, Timeouts, Turn};
use convoq::time::{SimDuration, SimTime};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The longest that one turn may take, and the longest that it may take beyond.
const TURN: Duration = Duration::from_millis(150);
const LATE: Duration = Duration::from_secs(5);
/// Parts one reply from the next.
const CUT: &[u8] = b"\n--cut--\n";

fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// What the fuzzer plays, by the first byte of the input.
#[derive(Clone, Copy)]
struct Play {
    protocol: Protocol,
    stream: bool,
    http2: bool,
    /// The input begins behind the handshake of a WebSocket.
    greeted: bool,
    template: Option<&'static str>,
}

const POLLED: &str = r#"
start: {method: POST, url: /start, extract: {id: {json: /id}}}
turn: {url: "/talk/{{vars.id}}", body: {text: "{{turn.text}}"}}
poll: {url: "/talk/{{vars.id}}", reply: {json: /reply}, until: {json: /done}, every_ms: 1}
"#;

fn plays() -> Vec<Play> {
    let play =
        |protocol| Play { protocol, stream: false, http2: false, greeted: false, template: None };
    vec![
        Play { stream: true, ..play(Protocol::Openai) },
        play(Protocol::Openai),
        Play { stream: true, http2: true, ..play(Protocol::Openai) },
        Play { stream: true, ..play(Protocol::Rasa) },
        play(Protocol::Rasa),
        play(Protocol::Directline),
        play(Protocol::Websocket),
        Play { greeted: true, ..play(Protocol::Websocket) },
        play(Protocol::Http),
        Play { template: Some(POLLED), ..play(Protocol::Http) },
    ]
}

struct Stage {
    runtime: Runtime,
    listener: TcpListener,
    targets: Vec<(Play, Target)>,
}

impl Stage {
    fn new() -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let targets = plays().into_iter().map(|play| (play, target(play, address)));
        let targets = targets.collect();
        Self { runtime, listener, targets }
    }
}

fn target(play: Play, address: SocketAddr) -> Target {
    let mut options = TargetOptions::new(&format!("http://{address}/"), play.protocol);
    options.stream = play.stream;
    options.http2 = play.http2;
    options.template = play.template.map(str::to_owned);
    options.settle = Duration::from_millis(1);
    options.poll_interval = Duration::from_millis(1);
    options.timeouts = Timeouts { connect: TURN, first_event: TURN, idle: TURN, turn: TURN };
    Target::new(options, &|_| None).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Any bytes in place of a bot's replies: the turn ends in time, in one class, which is
/// `ok` only where something was said. Several replies are parted by a line `--cut--`.
pub fn reply_bytes(input: &[u8]) {
    thread_local!(static STAGE: Stage = Stage::new());
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    STAGE.with(|stage| {
        let (play, target) = &stage.targets[usize::from(*first) % stage.targets.len()];
        let started = Instant::now();
        let turn = LocalSet::new().block_on(&stage.runtime, talk(stage, *play, target, rest));
        let took = started.elapsed();
        assert!(took < TURN + LATE, "a turn of {took:?}: {turn:?}");
        judge(&turn, rest.len());
    });
}

async fn talk(stage: &Stage, play: Play, target: &Target, bytes: &[u8]) -> Turn {
    let customer = Customer {
        id: "c-00000000000000ab".into(),
        segment: "b2c".into(),
        intent: "refund".into(),
        language: "en".into(),
    };
    let mut conversation = target.open(customer);
    let message = Message { turn: 1, text: "Where is it?".into() };
    let server = serve_bytes(&stage.listener, play, bytes);
    let turn = tokio::select! {
        biased;
        turn = conversation.ask(&message) => turn,
        () = server => unreachable!("the server goes on"),
    };
    drop(conversation);
    turn
}

/// One reply a connection; when there are no more, connections are closed.
async fn serve_bytes(listener: &TcpListener, play: Play, bytes: &[u8]) {
    let mut replies = parts(bytes).into_iter();
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            continue;
        };
        // The connection of an input before this one is closed at its first read.
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap_or_default();
        if read == 0 {
            continue;
        }
        let Some(reply) = replies.next() else {
            continue;
        };
        let mut answer = Vec::new();
        if play.greeted {
            answer = greeting(&request[..read]);
        }
        answer.extend_from_slice(reply);
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
}

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some(at) = rest.windows(CUT.len()).position(|w| w == CUT) {
        parts.push(&rest[..at]);
        rest = &rest[at + CUT.len()..];
    }
    parts.push(rest);
    parts
}

/// What a server says to the handshake of a WebSocket.
fn greeting(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    let key = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
    format!("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n").into_bytes()
}

fn judge(turn: &Turn, length: usize) {
    let reply = &turn.reply;
    let said =
        !reply.text.is_empty() || !reply.documents.is_empty() || !reply.tool_calls.is_empty();
    match turn.class {
        TurnClass::Ok => assert!(said || turn.parts > 0, "nothing was said: {turn:?}"),
        TurnClass::GeneratorLimit => panic!("no limit of this machine is met: {turn:?}"),
        TurnClass::Handoff => {}
        _ => assert!(turn.problem.is_some(), "no reason: {turn:?}"),
    }
    // Gzip makes at most 1032 bytes of one, and the limit of a reply is 16 MiB.
    let most = (length * 1032 * 3).min(64 << 20) + 1024;
    assert!(reply.text.len() <= most, "{} bytes said by {length}", reply.text.len());
    let stamps = &turn.stamps;
    let ordered = [stamps.first_content, stamps.last_content];
    assert!(ordered.iter().flatten().is_sorted(), "{stamps:?}");
}

struct Shop {
    runtime: Runtime,
    address: SocketAddr,
    asked: std::cell::Cell<u64>,
}

/// Whether the bot still answers is looked at after so many inputs.
const LOOK: u64 = 256;

impl Shop {
    fn new() -> Self {
        let runtime = runtime();
        let text = include_str!("../../tests/data/one_turn.yaml");
        let loaded = scenario::load(text, None, &[], &|_| Err(String::new()));
        let scenario = loaded.unwrap_or_else(|problems| panic!("{problems}")).scenario;
        let options = Options {
            seed: 1,
            from: SimTime::ZERO,
            faults: Vec::new(),
            idle: SimDuration::from_s(1.0),
            messages: Messages::of(&scenario),
            limits: Limits::default(),
        };
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move {
            protocol::serve(Arc::new(scenario), options, listener, std::future::pending()).await;
        });
        Self { runtime, address, asked: std::cell::Cell::new(0) }
    }

    async fn ask(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        let mut answer = Vec::new();
        let whole = async {
            // It may answer, and close, before it has read all.
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut answer).await;
        };
        timeout(LATE, whole).await.ok()?;
        Some(answer)
    }
}

/// Any bytes sent to the bot of `convoq bot`: it closes in time, and answers the next.
pub fn bot_bytes(input: &[u8]) {
    thread_local!(static SHOP: Shop = Shop::new());
    SHOP.with(|shop| {
        let answer = shop.runtime.block_on(shop.ask(input));
        assert!(answer.is_some(), "the connection is neither answered nor closed");
        let number = shop.asked.get();
        shop.asked.set(number + 1);
        if number % LOOK == 0 {
            let asked = b"GET /health HTTP/1.1\r\nhost: bot\r\nconnection: close\r\n\r\n";
            let answer = shop.runtime.block_on(shop.ask(asked)).unwrap_or_default();
            let text = String::from_utf8_lossy(&answer);
            assert!(text.starts_with("HTTP/1.1 200"), "the bot answers `{text}`");
        }
    });
}
