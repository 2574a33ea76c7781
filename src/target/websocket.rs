//! Text frames on a WebSocket: by template, or plainly.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};

use super::address::Address;
use super::deployment::Deployment;
use super::exchange::Session;
use super::options::{Reuse, TargetError, TargetOptions};
use super::progress::{Failure, Limits, Progress, Wait};
use super::request::Draft;
use super::secret::Vault;
use super::socket::{Door, Frame, Socket, closed};
use super::strays::{Strays, afterwards};
use super::template::{self, Done, Scene, SocketTemplate};
use super::{Customer, Message};
use crate::domain::TurnClass;

/// The template of those who give none.
const PLAIN: &str = r#"{"send": {"conversation": "{{conversation.id}}", "text": "{{turn.text}}"}}"#;

/// What all conversations share.
pub(super) struct Plan {
    template: SocketTemplate,
}

impl Plan {
    pub fn new(
        options: &TargetOptions,
        address: &Address,
        vault: &mut Vault<'_>,
    ) -> Result<Plan, Vec<TargetError>> {
        if options.reuse == Some(Reuse::Pooled) {
            return Err(vec![TargetError::new(
                "reuse",
                "a WebSocket belongs to one conversation",
                "write per-conversation or per-turn",
            )]);
        }
        let text = options.template.as_deref().unwrap_or(PLAIN);
        let template = template::socket(text, address, vault)?;
        Ok(Plan { template })
    }

    /// The quiet that ends a reply, where nothing else does.
    pub fn settle(&self, usual: Duration) -> Option<Duration> {
        match self.template.reply_done {
            Done::Settle(time) => Some(time.unwrap_or(usual)),
            Done::Match | Done::Frames(_) => None,
        }
    }

    /// What a first turn sends, as text.
    pub fn shown(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        let template = &self.template;
        let origin = &deployment.address.origin;
        let mut shown = Vec::new();
        let show = |draft: Result<Draft, Failure>| match draft {
            Ok(draft) => draft.show(origin),
            Err(failure) => failure.problem,
        };
        if let Some(before) = &template.before {
            shown.push(show(before.draft(&deployment.headers, scene)));
        }
        let connect = template.connect.draft(&deployment.headers, scene);
        let mut connect = show(connect.map(without_http)).replacen(
            &format!("GET {}", origin.http()),
            &format!("CONNECT {}", origin.websocket()),
            1,
        );
        if let Some(name) = &template.subprotocol {
            connect.push_str(&format!("sec-websocket-protocol: {name}\n"));
        }
        shown.push(connect);
        shown.push(format!("SEND {}\n", template.send.fill(scene)));
        shown
    }
}

/// A WebSocket is no body to be accepted or decoded.
fn without_http(mut draft: Draft) -> Draft {
    for name in [ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE] {
        draft.headers.remove(name);
    }
    draft
}

/// What is remembered of a conversation.
#[derive(Default)]
pub(super) struct Talk {
    socket: Option<Socket>,
    vars: BTreeMap<String, Value>,
    history: Vec<Value>,
    /// The names of the messages that were sent, where replies name theirs.
    named: Vec<String>,
}

impl Talk {
    pub async fn ask(
        &mut self,
        plan: &Plan,
        deployment: &Deployment,
        session: &mut Session,
        (customer, message): (&Customer, &Message),
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        self.history.push(json!({"role": "user", "content": message.text}));
        // Taken out, so that it is closed when the customer leaves midway.
        let open = self.socket.take();
        let strays = &deployment.strays;
        let still_open = |mut socket: Socket| {
            let open = socket.drain(|text| plan.count_late(text, strays));
            open.then_some(socket)
        };
        let mut socket = match open.and_then(still_open) {
            Some(socket) => {
                super::counts::Counters::up(&deployment.pool.counters.reused);
                socket
            }
            None => {
                let turn = (customer, message);
                self.connect(plan, deployment, session, turn, limits, progress).await?
            }
        };
        let text = plan.template.send.fill(&self.scene(customer, message));
        let answers = plan.template.answers.as_ref();
        let name = answers.and_then(|answers| answers.name_of(&text));
        let sent = limits.wait_turn(pin!(socket.send(text))).await??;
        progress.written = Some(sent);
        progress.departure.mark();
        let mut hearing = Hearing {
            template: &plan.template,
            done: &plan.template.reply_done,
            settle: deployment.options.settle,
            strays,
            frames: 0,
            name: name.as_deref(),
            earlier: &self.named,
        };
        hearing.listen(&mut socket, sent, limits, progress).await?;
        self.named.extend(name);
        if !progress.reply.text.is_empty() {
            let text = &progress.reply.text;
            session.remember(&deployment.pool, text)?;
            self.history.push(json!({"role": "assistant", "content": text}));
        }
        if deployment.options.reuse != Some(Reuse::PerTurn) {
            self.socket = Some(socket);
        }
        Ok(())
    }

    async fn connect(
        &mut self,
        plan: &Plan,
        deployment: &Deployment,
        session: &mut Session,
        (customer, message): (&Customer, &Message),
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Socket, Failure> {
        let template = &plan.template;
        let origin = &deployment.address.origin;
        if let Some(before) = &template.before {
            let scene = self.scene(customer, message);
            let request = before.draft(&deployment.headers, &scene)?.request();
            let mut side = Progress::new();
            let fetched = session.fetch(&deployment.pool, origin, request, limits, &mut side).await;
            progress.absorb_step(&side, fetched.is_err());
            // Its connection would be held beside the socket's.
            session.close();
            let (headers, body) = fetched?;
            before.take_vars(&headers, &body, &mut self.vars)?;
        }
        let scene = self.scene(customer, message);
        let draft = without_http(template.connect.draft(&deployment.headers, &scene)?);
        let path = draft.uri.to_string();
        let door = Door {
            origin,
            path: &path,
            headers: draft.headers,
            subprotocol: template.subprotocol.as_deref(),
            ping: template.ping,
            counted: true,
        };
        let began = Instant::now();
        let mut socket = Socket::open(&deployment.pool, door, limits, progress).await?;
        if let Some(done) = &template.greeting {
            let mut greeting = Hearing {
                template,
                done,
                settle: deployment.options.settle,
                strays: &deployment.strays,
                frames: 0,
                name: None,
                earlier: &[],
            };
            let mut side = Progress::new();
            let listening = greeting.listen(&mut socket, began, limits, &mut side);
            listening.await.map_err(|failure| {
                Failure::new(failure.class, format!("the greeting: {}", failure.problem))
            })?;
        }
        Ok(socket)
    }

    fn scene<'a>(&'a self, customer: &'a Customer, message: &'a Message) -> Scene<'a> {
        Scene {
            customer,
            message: Some(message),
            history: &self.history,
            vars: &self.vars,
            shown: false,
        }
    }

    /// Counts what still comes for a while after the last reply.
    pub async fn listen_on(&mut self, plan: &Plan, deployment: &Deployment) {
        if let Some(socket) = &mut self.socket {
            let strays = &deployment.strays;
            let usual = deployment.options.settle;
            let time = afterwards(plan.settle(usual).unwrap_or(usual));
            let counted = |text: &str| plan.count_late(text, strays);
            socket.listen_on(time, counted).await;
        }
    }

    pub async fn close(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.close().await;
        }
    }
}

/// The frames of one reply.
struct Hearing<'a> {
    template: &'a SocketTemplate,
    /// What ends it.
    done: &'a Done,
    settle: Duration,
    strays: &'a Strays,
    /// Frames that are replies.
    frames: u32,
    /// What replies call the message, where they name it.
    name: Option<&'a str>,
    /// What they call those before it.
    earlier: &'a [String],
}

impl Hearing<'_> {
    async fn listen(
        &mut self,
        socket: &mut Socket,
        sent: Instant,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let mut last = sent;
        loop {
            let settles = match self.done {
                Done::Settle(time) if self.frames > 0 => Some(time.unwrap_or(self.settle)),
                _ => None,
            };
            let wait = match progress.begun {
                true => Wait::NextEvent,
                false => Wait::FirstEvent,
            };
            let frame = pin!(socket.next());
            let next = limits.wait(wait, last, frame);
            let next = match settles {
                Some(time) => tokio::time::timeout_at((last + time).into(), next).await,
                None => Ok(next.await),
            };
            let Ok(next) = next else {
                progress.end = settles.map(|time| last + time);
                return Ok(()); // quiet for long enough
            };
            let (at, frame) = next?;
            match frame {
                Frame::Closed(code, why) => return Err(closed(code, &why, progress)),
                Frame::Wrong(failure) => return Err(failure),
                Frame::Text(text, _) if text.is_empty() => {} // a sign of life
                Frame::Text(text, _) if at < sent => {
                    let json = template::parse(&HeaderMap::new(), text.as_bytes());
                    let says = self.template.kind(&text, json.as_ref()).reply;
                    self.strays.unasked(usize::from(says));
                }
                Frame::Text(text, room) => {
                    let json = template::parse(&HeaderMap::new(), text.as_bytes());
                    if self.is_stray(&text, json.as_ref()) {
                        continue;
                    }
                    progress.begun = true;
                    let bytes = room.bytes();
                    drop(room);
                    progress.room.add(bytes)?;
                    last = at;
                    if self.hear(&text, json, at, progress)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Whether a frame is part of another reply or of none, where replies name their message.
    fn is_stray(&self, text: &str, json: Option<&Value>) -> bool {
        let (Some(answers), Some(own)) = (&self.template.answers, self.name) else {
            return false;
        };
        let named = answers.named_by(json);
        let kind = self.template.kind(text, json);
        match named {
            Some(name) if name == own => false,
            Some(name) if self.earlier.contains(&name) => {
                self.strays.late(usize::from(kind.reply));
                true
            }
            _ if kind.reply => {
                self.strays.unasked(1);
                true
            }
            _ => false, // signs of the conversation itself need no name
        }
    }

    /// Takes a frame; whether it ends the reply.
    fn hear(
        &mut self,
        text: &str,
        json: Option<Value>,
        at: Instant,
        progress: &mut Progress,
    ) -> Result<bool, Failure> {
        let kind = self.template.kind(text, json.as_ref());
        if kind.error {
            let words = format!("the bot reports an error: {text}");
            return Err(Failure::new(TurnClass::StreamErrorEvent, words));
        }
        if kind.reply {
            self.frames += 1;
            let words = words(text, json.as_ref(), self.template.text.as_deref());
            if !words.is_empty() {
                progress.message(at, Some(&words));
            }
            progress.reply.documents.extend(json);
        }
        Ok(match self.done {
            _ if kind.typing => false,
            Done::Frames(n) => self.frames >= *n,
            Done::Match | Done::Settle(_) => kind.done,
        })
    }
}

impl Plan {
    /// Counts a frame that came after the reply was over.
    fn count_late(&self, text: &str, strays: &Strays) {
        let json = template::parse(&HeaderMap::new(), text.as_bytes());
        strays.late(usize::from(self.template.kind(text, json.as_ref()).reply));
    }
}

/// What a frame says: at its place, as usual, or as it is.
fn words(text: &str, json: Option<&Value>, pointer: Option<&str>) -> String {
    match (json, pointer) {
        (Some(json), Some(pointer)) => {
            json.pointer(pointer).map_or_else(String::new, |v| template::texts(v).join("\n"))
        }
        (Some(json), None) => match template::texts(json) {
            texts if texts.is_empty() => text.to_owned(),
            texts => texts.join("\n"),
        },
        (None, _) => text.to_owned(),
    }
}
