//! A client of HTTP/1.1 and of WebSockets on a bare socket.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Nothing in these tests takes so long.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A connection that is used again.
pub struct Client {
    pub stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    /// Whether the body came to the end that the head announced.
    pub whole: bool,
    /// When each piece of a body in chunks came, and what it was.
    pub chunks: Vec<(Instant, String)>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// One request on a connection of its own.
pub fn once(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> Answer {
    let answer = Client::new(address).ask(method, path, body);
    answer.unwrap_or_else(|| panic!("{method} {path}: no answer"))
}

/// The same with a JSON body, by POST.
pub fn post(address: SocketAddr, path: &str, body: &Value) -> Answer {
    once(address, "POST", path, body.to_string().as_bytes())
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self { stream, unread: Vec::new() }
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Option<Answer> {
        self.ask("POST", path, body.to_string().as_bytes())
    }

    /// Asks; `None` when the connection ends before an answer.
    pub fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Option<Answer> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bot.test\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).ok()?;
        self.answer()
    }

    fn more(&mut self) -> Option<()> {
        let mut buffer = [0; 16 << 10];
        let read = self.stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
        self.unread.extend_from_slice(&buffer[..read]);
        Some(())
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|w| w == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).collect();
                return Some(String::from_utf8(line[..end].to_vec()).unwrap());
            }
            self.more()?;
        }
    }

    fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.unread.len() < length {
            self.more()?;
        }
        Some(self.unread.drain(..length).collect())
    }

    pub fn answer(&mut self) -> Option<Answer> {
        let first = self.line()?;
        let mut answer = Answer {
            status: first.split(' ').nth(1)?.parse().ok()?,
            head: String::new(),
            body: Vec::new(),
            whole: true,
            chunks: Vec::new(),
        };
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            answer.head += &(line + "\n");
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.whole = self.chunks(&mut answer).is_some();
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            match self.exactly(length) {
                Some(body) => answer.body = body,
                None => {
                    answer.body = std::mem::take(&mut self.unread);
                    answer.whole = false;
                }
            }
        }
        Some(answer)
    }

    fn chunks(&mut self, answer: &mut Answer) -> Option<()> {
        loop {
            let length = usize::from_str_radix(&self.line()?, 16).unwrap();
            let chunk = self.exactly(length)?;
            self.line()?;
            if length == 0 {
                return Some(());
            }
            let text = String::from_utf8(chunk.clone()).unwrap();
            answer.chunks.push((Instant::now(), text));
            answer.body.extend_from_slice(&chunk);
        }
    }

    /// Turns the connection into a WebSocket, with the key of RFC 6455's example.
    pub fn upgrade(&mut self, path: &str) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: bot.test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        let answer = self.answer().unwrap();
        assert_eq!(answer.status, 101, "{}", answer.head);
        let accepted = answer.header("sec-websocket-accept");
        assert_eq!(accepted, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    /// Sends a text message, masked with zeros.
    pub fn say(&mut self, text: &str) {
        let mut frame = vec![0x81];
        match text.len() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            long => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&u16::try_from(long).unwrap().to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.stream.write_all(&frame).unwrap();
    }

    /// The next frame: its kind (1 text, 8 close) and what is in it.
    pub fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = self.exactly(2)?;
        let length = match head[1] {
            126 => u16::from_be_bytes(self.exactly(2)?.try_into().unwrap()).into(),
            short => usize::from(short),
        };
        Some((head[0] & 0x0F, self.exactly(length)?))
    }

    pub fn heard(&mut self) -> Value {
        let (kind, text) = self.frame().expect("a frame");
        assert_eq!(kind, 1);
        serde_json::from_slice(&text).unwrap()
    }
}
