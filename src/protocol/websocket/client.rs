//! Text frames on a WebSocket: by template, or plainly.

use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::domain::TurnClass;
use crate::protocol::client::{Client, Doing, Talk};
use crate::target::deployment::{Deployment, Setup};
use crate::target::exchange::Exchange;
use crate::target::failure::Failure;
use crate::target::progress::{Progress, Wait};
use crate::target::request::Draft;
use crate::target::socket::{Door, Frame, Socket, closed};
use crate::target::strays::{Strays, afterwards};
use crate::target::template::{self, Done, Scene, SocketTemplate};
use crate::target::{Reuse, TargetError};

/// The template of those who give none.
const PLAIN: &str = r#"{"send": {"conversation": "{{conversation.id}}", "text": "{{turn.text}}"}}"#;

/// What all conversations share.
pub(crate) struct Plan {
    template: SocketTemplate,
}

impl Plan {
    pub fn new(setup: &mut Setup<'_, '_>) -> Result<Plan, Vec<TargetError>> {
        setup.reuse = Reuse::PerConversation;
        let text = setup.template.take().unwrap_or(PLAIN);
        if setup.options.reuse == Some(Reuse::Pooled) {
            let problem = "a WebSocket belongs to one conversation";
            let help = "write per-conversation or per-turn";
            return Err(TargetError::new("reuse", problem, help).into());
        }
        Ok(Plan { template: template::socket(text, setup.address, setup.vault)? })
    }
}

impl Client for Plan {
    fn open(self: Rc<Self>) -> Box<dyn Talk> {
        Box::new(Conversation {
            plan: self,
            socket: None,
            vars: BTreeMap::new(),
            history: Vec::new(),
            named: Vec::new(),
        })
    }

    fn settle(&self, usual: Duration) -> Option<Duration> {
        match self.template.reply_done {
            Done::Settle(time) => Some(time.unwrap_or(usual)),
            Done::Match | Done::Frames(_) => None,
        }
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        let template = &self.template;
        let origin = &deployment.address.origin;
        let mut shown = Vec::new();
        if let Some(before) = &template.before {
            shown.push(deployment.show(before.draft(&deployment.headers, scene)));
        }
        let connect = template.connect.draft(&deployment.headers, scene);
        let mut connect = deployment.show(connect.map(without_http)).replacen(
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

/// A conversation.
struct Conversation {
    plan: Rc<Plan>,
    socket: Option<Socket>,
    vars: BTreeMap<String, Value>,
    history: Vec<Value>,
    /// The names of the messages that were sent, where replies name theirs.
    named: Vec<String>,
}

impl Talk for Conversation {
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>> {
        Box::pin(async {
            let plan = Rc::clone(&self.plan);
            let (template, deployment) = (&plan.template, exchange.deployment);
            self.history.push(json!({"role": "user", "content": exchange.text()}));
            // Taken out, so that it is closed when the customer leaves midway.
            let still_open = self.socket.take().and_then(|mut socket| {
                let open = socket.drain(|text| plan.count_late(text, &deployment.strays));
                open.then_some(socket)
            });
            let mut socket = match still_open {
                Some(socket) => {
                    deployment.pool.counters.up(|facts| &mut facts.reused);
                    socket
                }
                None => self.connect(template, exchange).await?,
            };
            let text = template.send.fill(&exchange.scene(&self.history, &self.vars));
            let name = template.answers.as_ref().and_then(|answers| answers.name_of(&text));
            let sent = exchange.limits.wait_turn(pin!(socket.send(text))).await??;
            exchange.progress.written = Some(sent);
            exchange.progress.departure.mark();
            let hearing = Hearing {
                template,
                done: &template.reply_done,
                frames: 0,
                name: name.as_deref(),
                earlier: &self.named,
            };
            hearing.listen(&mut socket, sent, exchange).await?;
            self.named.extend(name);
            let said = exchange.remembered()?;
            self.history.extend(said.map(|text| json!({"role": "assistant", "content": text})));
            if deployment.options.reuse != Some(Reuse::PerTurn) {
                self.socket = Some(socket);
            }
            Ok(())
        })
    }

    fn has_end(&self) -> bool {
        true
    }

    fn listen_on<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(async {
            if let Some(socket) = &mut self.socket {
                let Deployment { strays, options, .. } = exchange.deployment;
                let time = afterwards(self.plan.settle(options.settle).unwrap_or(options.settle));
                socket.listen_on(time, |text| self.plan.count_late(text, strays)).await;
            }
        })
    }

    fn close<'a>(&'a mut self, _: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(async {
            if let Some(socket) = self.socket.take() {
                socket.close().await;
            }
        })
    }
}

impl Conversation {
    async fn connect(
        &mut self,
        template: &SocketTemplate,
        exchange: &mut Exchange<'_>,
    ) -> Result<Socket, Failure> {
        let Deployment { address, headers, .. } = exchange.deployment;
        if let Some(before) = &template.before {
            let draft = before.draft(headers, &exchange.scene(&self.history, &self.vars))?;
            let fetched = exchange.aside(async |side| side.fetch(draft).await).await;
            // Its connection would be held beside the socket's.
            exchange.session.close();
            let (headers, body) = fetched?;
            before.take_vars(&headers, &body, &mut self.vars)?;
        }
        let scene = exchange.scene(&self.history, &self.vars);
        let draft = without_http(template.connect.draft(headers, &scene)?);
        let path = draft.uri.to_string();
        let door = Door {
            origin: &address.origin,
            path: &path,
            headers: draft.headers,
            subprotocol: template.subprotocol.as_deref(),
            ping: template.ping,
            counted: true,
        };
        let began = Instant::now();
        let mut socket = Socket::open(door, exchange).await?;
        if let Some(done) = &template.greeting {
            let greeting = Hearing { template, done, frames: 0, name: None, earlier: &[] };
            let mut side = Progress::default();
            let mut step = exchange.step(&mut side);
            greeting.listen(&mut socket, began, &mut step).await.map_err(|failure| {
                Failure::new(failure.class, format!("the greeting: {}", failure.problem))
            })?;
        }
        Ok(socket)
    }
}

/// The frames of one reply.
struct Hearing<'a> {
    template: &'a SocketTemplate,
    /// What ends it.
    done: &'a Done,
    /// Frames that are replies.
    frames: u32,
    /// What replies call the message, where they name it.
    name: Option<&'a str>,
    /// What they call those before it.
    earlier: &'a [String],
}

impl Hearing<'_> {
    async fn listen(
        mut self,
        socket: &mut Socket,
        sent: Instant,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        let Deployment { strays, options, .. } = exchange.deployment;
        let (limits, progress) = (exchange.limits, &mut *exchange.progress);
        let mut last = sent;
        loop {
            let settles = match self.done {
                Done::Settle(time) if self.frames > 0 => Some(time.unwrap_or(options.settle)),
                _ => None,
            };
            let wait = match progress.begun {
                true => Wait::NextEvent,
                false => Wait::FirstEvent,
            };
            let quiet_at = settles.map(|time| last + time);
            let next = limits.wait_or_quiet((wait, last), quiet_at, pin!(socket.next())).await?;
            let Some((at, frame)) = next else {
                progress.end = quiet_at;
                return Ok(()); // quiet for long enough
            };
            match frame {
                Frame::Closed(code, why) => return Err(closed(code, &why, progress)),
                Frame::Wrong(failure) => return Err(failure),
                Frame::Text(text, _) if text.is_empty() => {} // a sign of life
                Frame::Text(text, _) if at < sent => {
                    let json = template::parse(&HeaderMap::new(), text.as_bytes());
                    let says = self.template.kind(&text, json.as_ref()).reply;
                    strays.unasked(usize::from(says));
                }
                Frame::Text(text, room) => {
                    let json = template::parse(&HeaderMap::new(), text.as_bytes());
                    if self.is_stray(&text, json.as_ref(), strays) {
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
    fn is_stray(&self, text: &str, json: Option<&Value>, strays: &Strays) -> bool {
        let (Some(answers), Some(own)) = (&self.template.answers, self.name) else {
            return false;
        };
        let named = answers.named_by(json);
        let kind = self.template.kind(text, json);
        match named {
            Some(name) if name == own => false,
            Some(name) if self.earlier.contains(&name) => {
                strays.late(usize::from(kind.reply));
                true
            }
            _ if kind.reply => {
                strays.unasked(1);
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
