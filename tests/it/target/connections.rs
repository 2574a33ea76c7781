//! What becomes of connections, and what is said of them.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use convoq::domain::TurnClass;
use convoq::target::{ConnectionFacts, Protocol, Reuse, TargetOptions};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use super::protocols::socket_options;
use super::server::{Asked, Server, Step, greet, json, reply, send};
use super::{at, customer, first_turn, message, run, target};

const HELLO: &str = r#"[{"recipient_id":"c-1","text":"hi"}]"#;

/// Two conversations of two turns: connections made and requests that reused one.
fn two_by_two(reuse: Reuse) -> (u64, u64) {
    run(async {
        let server = Server::start(|_| json(HELLO)).await;
        let mut options = TargetOptions::new(&server.url, Protocol::Rasa);
        options.reuse = Some(reuse);
        let target = target(options);
        for _ in 0..2 {
            let mut talk = target.open(customer());
            for turn in 1..=2 {
                let turn = talk.ask(&message(turn, "hello")).await;
                assert_eq!(turn.class, TurnClass::Ok);
            }
            talk.close().await;
        }
        let facts = target.connections();
        assert_eq!(facts.made as usize, server.connections());
        (facts.made, facts.reused)
    })
}

#[test]
fn connections_are_kept_for_whom_the_user_says() {
    assert_eq!(two_by_two(Reuse::Pooled), (1, 3));
    assert_eq!(two_by_two(Reuse::PerConversation), (2, 2));
    assert_eq!(two_by_two(Reuse::PerTurn), (4, 0));
}

#[test]
fn a_turn_knows_what_connections_it_needed() {
    run(async {
        let server = Server::start(|_| json(HELLO)).await;
        let target = at(&server.url, Protocol::Rasa);
        let first = first_turn(&target).await;
        assert!(first.connects == 1 && first.connect_us > 0);
        let second = first_turn(&target).await;
        assert_eq!((second.connects, second.connect_us), (0, 0));
        let expected =
            ConnectionFacts { made: 1, reused: 1, open: 1, ..ConnectionFacts::default() };
        assert_eq!(target.connections(), expected);
    });
}

#[test]
fn a_step_that_takes_the_bot_long_is_not_a_message_that_left_late() {
    run(async {
        let server = Server::start(|asked| match asked.path.rsplit('/').next() {
            Some("conversations") => {
                let wait = vec![Step::WaitMs(400)];
                [wait, json(r#"{"conversationId":"d1"}"#)].concat()
            }
            _ if asked.method == "POST" => json(r#"{"id":"a1"}"#),
            _ => json(
                r#"{"activities":[{"type":"message","from":{"id":"bot"},"text":"hi","replyToId":"a1","inputHint":"expectingInput"}],"watermark":"1"}"#,
            ),
        })
        .await;
        let bot = at(&server.url, Protocol::Directline);
        let start = Instant::now();
        let turn = first_turn(&bot).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        let since = |at: Option<Instant>| at.unwrap() - start;
        assert!(since(turn.stamps.first_written) < Duration::from_millis(300));
        assert!(since(turn.stamps.written) >= Duration::from_millis(400));
        let script =
            |asked: &Asked| vec![Step::WaitMs(400), greet(asked), Step::Hear, send(b"\x81\x02hi")];
        let server = Server::start(script).await;
        let socket = target(socket_options(&server.url, None));
        let start = Instant::now();
        let stamps = first_turn(&socket).await.stamps;
        let since = |at: Option<Instant>| at.unwrap() - start;
        assert!(since(stamps.first_written) < Duration::from_millis(300));
        assert!(since(stamps.written) >= Duration::from_millis(400));
        let server = Server::start(|_| json(HELLO)).await;
        let stamps = first_turn(&at(&server.url, Protocol::Rasa)).await.stamps;
        assert!(stamps.written.is_some() && stamps.first_written == stamps.written);
    });
}

#[test]
fn a_request_is_sent_again_only_if_nothing_of_it_left() {
    run(async {
        // Replies as if it kept the connection, and closes it.
        let server = Server::start(|_| [json(HELLO), vec![Step::Close]].concat()).await;
        let target = at(&server.url, Protocol::Rasa);
        for _ in 0..4 {
            assert_eq!(first_turn(&target).await.class, TurnClass::Ok);
        }
        let facts = target.connections();
        assert_eq!((facts.made, server.asked().len()), (4, 4));

        // Reads the second request and closes: it may have been acted on.
        let server = Server::start(|asked| match asked.number {
            1 => vec![Step::Close],
            _ => json(HELLO),
        })
        .await;
        let target = at(&server.url, Protocol::Rasa);
        assert_eq!(first_turn(&target).await.class, TurnClass::Ok);
        let lost = first_turn(&target).await;
        assert_eq!(lost.class, TurnClass::Reset);
        assert!(lost.problem.unwrap().contains("had been kept open"));
        assert_eq!(first_turn(&target).await.class, TurnClass::Ok);
        let facts = target.connections();
        assert_eq!((server.asked().len(), facts.resent), (3, 0));
        assert_eq!(facts.lost_when_reused, 1);

        // A new connection was not idle, and one with a byte of the reply was not closed
        // for that.
        let server = Server::start(|asked| match asked.number {
            0 | 3 => vec![Step::Close],
            2 => vec![send("HTTP/1.1 2"), Step::Close],
            _ => json(HELLO),
        })
        .await;
        let target = at(&server.url, Protocol::Rasa);
        for class in [TurnClass::Reset, TurnClass::Ok, TurnClass::Reset, TurnClass::Reset] {
            assert_eq!(first_turn(&target).await.class, class);
        }
        assert_eq!(target.connections().lost_when_reused, 0);
    });
}

#[test]
fn a_connection_is_not_used_after_its_announced_end() {
    run(async {
        let server = Server::start(|_| {
            reply("200 OK", "keep-alive: timeout=1\r\ncontent-type: application/json\r\n", HELLO)
        })
        .await;
        let target = at(&server.url, Protocol::Rasa);
        first_turn(&target).await;
        first_turn(&target).await;
        assert_eq!(target.connections().made, 2);
    });
}

#[test]
fn a_customer_who_leaves_midway_closes_the_connection() {
    run(async {
        let server = Server::start(|asked| match asked.number {
            0 => vec![Step::WaitMs(5_000)],
            _ => json(HELLO),
        })
        .await;
        let target = at(&server.url, Protocol::Rasa);
        let mut talk = target.open(customer());
        let hello = message(1, "hello");
        let left = tokio::time::timeout(Duration::from_millis(60), talk.ask(&hello)).await;
        assert!(left.is_err());
        assert_eq!(target.connections().open, 0);
        assert_eq!(talk.ask(&message(2, "again")).await.class, TurnClass::Ok);
        assert_eq!((target.connections().made, server.connections()), (2, 2));
    });
}

#[test]
fn no_more_connections_are_open_than_allowed() {
    run(async {
        let server = Server::start(|_| [vec![Step::WaitMs(30)], json(HELLO)].concat()).await;
        let mut options = TargetOptions::new(&server.url, Protocol::Rasa);
        options.max_connections = Some(2);
        let target = target(options);
        let turns: Vec<_> = (0..6)
            .map(|_| {
                let target = target.clone();
                tokio::task::spawn_local(async move { first_turn(&target).await })
            })
            .collect();
        for turn in turns {
            assert_eq!(turn.await.unwrap().class, TurnClass::Ok);
        }
        assert_eq!((server.connections(), target.connections().reused), (2, 4));
    });
}

#[test]
fn cookies_stay_with_their_conversation() {
    run(async {
        let server = Server::start(|asked| {
            let set = match asked.number {
                0 => "set-cookie: sid=a1; Path=/; HttpOnly\r\nset-cookie: b=2\r\n",
                1 => "set-cookie: b=; Max-Age=0\r\n",
                _ => "",
            };
            reply("200 OK", &format!("content-type: application/json\r\n{set}"), HELLO)
        })
        .await;
        let target = at(&server.url, Protocol::Rasa);
        let mut talk = target.open(customer());
        for turn in 1..=3 {
            talk.ask(&message(turn, "hello")).await;
        }
        first_turn(&target).await;
        let cookies: Vec<String> =
            server.asked().iter().map(|asked| asked.header("cookie").to_owned()).collect();
        // The longer path comes first: that of the second is the request's own.
        assert_eq!(cookies, ["", "b=2; sid=a1", "sid=a1", ""]);
    });
}

/// Where the certificates of these tests are.
pub fn pem(name: &str) -> PathBuf {
    let folder = crate::source::root().join("tests/it/target/tls");
    folder.join(name)
}

/// A server of hyper over TLS; `h2` is what it offers.
async fn tls_server(h2: bool) -> String {
    tls_server_with("cert.pem", h2, None).await
}

/// The same with another certificate of its key; with authorities it takes only clients that
/// one of them knows.
pub async fn tls_server_with(
    certificate: &str,
    h2: bool,
    clients: Option<RootCertStore>,
) -> String {
    let certificates = CertificateDer::pem_file_iter(pem(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(pem("key.pem")).unwrap();
    let provider = Arc::new(ring::default_provider());
    let asks =
        |roots| WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let clients = match clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(roots) => asks(roots).build().unwrap(),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(certificates.map(Result::unwrap).collect(), key)
        .unwrap();
    config.alpn_protocols = vec![if h2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                serve(TokioIo::new(stream), h2).await;
            });
        }
    });
    url
}

async fn serve<I>(io: I, h2: bool)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let hello = service_fn(|request: Request<Incoming>| async move {
        let version = if request.version() == Version::HTTP_2 { 2 } else { 1 };
        let body = HELLO.replace("hi", &format!("http {version} {}", request.uri().path()));
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(body))))
    });
    if h2 {
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        drop(server.serve_connection(io, hello).await);
    } else {
        let server = hyper::server::conn::http1::Builder::new();
        drop(server.serve_connection(io, hello).await);
    }
}

fn tls_options(url: &str) -> TargetOptions {
    let mut options = TargetOptions::new(url, Protocol::Rasa);
    options.ca_file = Some(pem("ca.pem"));
    options
}

#[test]
fn tls_trusts_the_given_certificate_and_no_other() {
    run(async {
        let url = tls_server(false).await;
        let trusting = target(tls_options(&url));
        let turn = first_turn(&trusting).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        first_turn(&trusting).await;
        let facts = trusting.connections();
        assert_eq!((facts.tls_handshakes, facts.reused), (1, 1));
        let wary = first_turn(&at(&url, Protocol::Rasa)).await;
        assert_eq!(wary.class, TurnClass::Tls, "{:?}", wary.problem);
        let mut options = TargetOptions::new(&url, Protocol::Rasa);
        options.insecure = true;
        assert_eq!(first_turn(&target(options)).await.class, TurnClass::Ok);
    });
}

#[test]
fn a_bot_that_asks_who_we_are_is_told_by_a_certificate() {
    run(async {
        let mut known = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(pem("client_ca.pem")).unwrap();
        known.add(authority).unwrap();
        let url = tls_server_with("cert.pem", false, Some(known)).await;
        let own = |cert: &str, key: &str| {
            let mut options = tls_options(&url);
            options.client_cert_file = Some(pem(cert));
            options.client_key_file = Some(pem(key));
            options
        };
        let turn = first_turn(&target(own("client.pem", "client_key.pem"))).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        let mut trusting = own("client.pem", "client_key.pem");
        (trusting.insecure, trusting.ca_file) = (true, None);
        assert_eq!(first_turn(&target(trusting)).await.class, TurnClass::Ok);
        for stranger in [tls_options(&url), own("cert.pem", "key.pem")] {
            let turn = first_turn(&target(stranger)).await;
            assert_eq!(turn.class, TurnClass::Tls, "{:?}", turn.problem);
        }
    });
}

#[test]
fn http_2_shares_one_connection() {
    run(async {
        for (url, text) in [
            (tls_server(true).await, "http 2 /webhooks/rest/webhook"),
            (plain_h2().await, "http 2 /webhooks/rest/webhook"),
            (tls_server(false).await, "http 1 /webhooks/rest/webhook"),
        ] {
            let mut options = tls_options(&url);
            options.http2 = true;
            let target = target(options);
            let turns: Vec<_> = (0..5)
                .map(|_| {
                    let target = target.clone();
                    tokio::task::spawn_local(async move { first_turn(&target).await })
                })
                .collect();
            for turn in turns {
                let turn = turn.await.unwrap();
                assert_eq!(turn.problem, None);
                assert_eq!(turn.reply.text, text);
                assert!(turn.stamps.written.is_some());
            }
            let facts = target.connections();
            if text.starts_with("http 2") {
                assert_eq!((facts.made, facts.reused), (1, 4));
            }
        }
    });
}

async fn plain_h2() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(TokioIo::new(stream), true));
        }
    });
    url
}

#[test]
fn a_customer_who_leaves_while_the_bot_speaks_is_seen_to_leave() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = at(&url, Protocol::Openai);
        let mut talk = target.open(customer());
        let hello = message(1, "hello");
        let bot = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            super::server::read_request(&mut stream).await.unwrap();
            let part = "data: {\"choices\":[{\"delta\":{\"content\":\"Well\"}}]}\n\n";
            let words = format!("{}{part}", super::server::SSE);
            tokio::io::AsyncWriteExt::write_all(&mut stream, words.as_bytes()).await.unwrap();
            stream
        };
        let mut stream = tokio::select! {
            turn = talk.ask(&hello) => panic!("the reply goes on: {turn:?}"),
            stream = async {
                let stream = bot.await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                stream
            } => stream,
        };
        let end = tokio::io::AsyncReadExt::read_u8(&mut stream);
        let end = tokio::time::timeout(Duration::from_secs(5), end).await;
        assert!(end.unwrap().is_err(), "the connection is still open");
        assert_eq!(target.connections().open, 0);
    });
}
