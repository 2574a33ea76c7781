//! A bot that speaks HTTP/2 frame by frame, so that a test says when it goes away, what it
//! refuses, and how many streams it allows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// End of the stream, and the answer to settings.
const END: u8 = 1;
/// `:status: 200`, and `content-type: application/json` as a literal (RFC 7541).
const HEAD: &[u8] = b"\x88\x0f\x10\x10application/json";

/// How a bot behaves.
#[derive(Clone, Copy)]
pub struct Manners {
    /// Streams that it allows on a connection.
    pub streams: u32,
    /// How long it takes to answer.
    pub takes: Duration,
    /// Streams of a connection after which it processes no more there, if it ever does.
    pub away_after: Option<usize>,
    /// How much later it says so.
    pub away_later: Duration,
    /// Streams that it refuses, in all.
    pub refuses: usize,
}

impl Default for Manners {
    fn default() -> Self {
        Manners {
            streams: 100,
            takes: Duration::ZERO,
            away_after: None,
            away_later: Duration::ZERO,
            refuses: 0,
        }
    }
}

/// What a bot has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub connections: usize,
    pub processed: usize,
    pub not_processed: usize,
    pub refused: usize,
    /// Most streams at once on a connection.
    pub at_once: usize,
}

pub struct H2Bot {
    pub url: String,
    seen: Arc<Mutex<Seen>>,
}

impl H2Bot {
    pub async fn start(body: &'static str, manners: Manners) -> H2Bot {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot = H2Bot {
            url: format!("http://{}", listener.local_addr().unwrap()),
            seen: Arc::default(),
        };
        let seen = bot.seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().unwrap().connections += 1;
                tokio::spawn(Line::serve(stream, body, manners, seen.clone()));
            }
        });
        bot
    }

    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap()
    }
}

type Writing = Arc<tokio::sync::Mutex<OwnedWriteHalf>>;

async fn write(writing: &Writing, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = (payload.len() as u32).to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    // The other side may have gone.
    let _ = writing.lock().await.write_all(&frame).await;
}

/// Kind, flags and stream of the next frame; its payload does not matter.
async fn read(reading: &mut OwnedReadHalf) -> Option<(u8, u8, u32)> {
    let mut head = [0; 9];
    reading.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    reading.read_exact(&mut payload).await.ok()?;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Some((head[3], head[4], stream))
}

/// One connection.
struct Line {
    body: &'static str,
    manners: Manners,
    seen: Arc<Mutex<Seen>>,
    writing: Writing,
    open: Arc<Mutex<usize>>,
    processed: usize,
    last: Option<u32>,
}

impl Line {
    async fn serve(
        stream: TcpStream,
        body: &'static str,
        manners: Manners,
        seen: Arc<Mutex<Seen>>,
    ) {
        let (mut reading, writing) = stream.into_split();
        let mut line = Line {
            body,
            manners,
            seen,
            writing: Arc::new(tokio::sync::Mutex::new(writing)),
            open: Arc::default(),
            processed: 0,
            last: None,
        };
        let mut preface = [0; 24];
        reading.read_exact(&mut preface).await.unwrap();
        let most = [&[0, 3][..], &manners.streams.to_be_bytes()].concat();
        write(&line.writing, SETTINGS, 0, 0, &most).await;
        while let Some((kind, flags, stream)) = read(&mut reading).await {
            match kind {
                SETTINGS if flags & END == 0 => {
                    write(&line.writing, SETTINGS, END, 0, &[]).await;
                }
                HEADERS | DATA if flags & END != 0 => line.asked(stream).await,
                _ => {}
            }
        }
    }

    async fn asked(&mut self, stream: u32) {
        let manners = self.manners;
        {
            let mut seen = self.seen.lock().unwrap();
            if self.last.is_some_and(|last| stream > last) {
                seen.not_processed += 1;
                return;
            }
            if seen.refused < manners.refuses {
                seen.refused += 1;
            } else {
                seen.processed += 1;
                self.processed += 1;
                let mut open = self.open.lock().unwrap();
                *open += 1;
                seen.at_once = seen.at_once.max(*open);
                drop(open);
                drop(seen);
                self.answer(stream);
                return;
            }
        }
        write(&self.writing, RESET, 0, stream, &7u32.to_be_bytes()).await;
    }

    fn answer(&mut self, stream: u32) {
        let (writing, open) = (self.writing.clone(), self.open.clone());
        let (manners, body) = (self.manners, self.body);
        tokio::spawn(async move {
            sleep(manners.takes).await;
            *open.lock().unwrap() -= 1;
            write(&writing, HEADERS, 4, stream, HEAD).await;
            write(&writing, DATA, END, stream, body.as_bytes()).await;
        });
        if manners.away_after == Some(self.processed) {
            self.last = Some(stream);
            let writing = self.writing.clone();
            tokio::spawn(async move {
                sleep(manners.away_later).await;
                let last = [&stream.to_be_bytes()[..], &[0; 4]].concat();
                write(&writing, GOAWAY, 0, 0, &last).await;
            });
        }
    }
}
