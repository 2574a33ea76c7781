//! A server that speaks raw bytes by a script.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Number of its connection, from 0.
    pub connection: usize,
    /// Number of the request among all, from 0.
    pub number: usize,
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What a server does next.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    WaitMs(u64),
    /// Waits until the client says more.
    Hear,
    Close,
    /// Closes so that the other side gets a reset.
    Reset,
}

pub fn send(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Send(bytes.into())
}

/// A whole reply.
pub fn reply(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    vec![send([head.as_bytes(), body].concat())]
}

pub fn json(body: &str) -> Vec<Step> {
    reply("200 OK", "content-type: application/json\r\n", body)
}

/// Takes a WebSocket.
pub fn greet(asked: &Asked) -> Step {
    let key = derive_accept_key(asked.header("sec-websocket-key").as_bytes());
    send(format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {key}\r\n\r\n"
    ))
}

/// The head of an event stream that ends with its connection.
pub const SSE: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

pub type Script = dyn Fn(&Asked) -> Vec<Step> + Send + Sync;

pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    /// A server that does what the script says to each request.
    pub async fn start(script: impl Fn(&Asked) -> Vec<Step> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            connections: Arc::default(),
        };
        let (asked, connections) = (server.asked.clone(), server.connections.clone());
        let script: Arc<Script> = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = next(&connections);
                tokio::spawn(serve(stream, number, script.clone(), asked.clone()));
            }
        });
        server
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

fn next(counter: &Mutex<usize>) -> usize {
    let mut counter = counter.lock().unwrap();
    *counter += 1;
    *counter - 1
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    while let Some(mut request) = read_request(&mut stream).await {
        request.connection = connection;
        {
            let mut asked = asked.lock().unwrap();
            request.number = asked.len();
            asked.push(request.clone());
        }
        for step in script(&request) {
            match step {
                Step::Send(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Step::WaitMs(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                Step::Hear => drop(stream.read(&mut [0; 4096]).await),
                Step::Close => return,
                Step::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
            }
        }
    }
}

/// Reads a request with its body; `None` at the end of the connection.
pub async fn read_request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |l| l.parse().unwrap());
    let mut body = bytes[head_end..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Asked { method: first.next()?, path: first.next()?, headers, body, ..Asked::default() })
}
