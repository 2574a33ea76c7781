//! Requests to the scenario's bot: their bodies, and who answers them.

use super::Protocol;
use super::server::{Asked, Memory, Place, health, only_get};
use crate::bot::answer::{Answer, Instead, Voice, answer, common_error, json_answer, not_found};
use crate::bot::counters::Handled;
use crate::bot::link::Link;
use crate::bot::paced::Paced;
use crate::bot::server::Server;
use crate::bot::{Options, Reset, Served, attend_all};
use crate::scenario::Scenario;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONNECTION, EXPECT, HeaderValue};
use hyper::{Request, Response, StatusCode, Version};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Largest body that is read, bytes.
const LARGEST_BODY: usize = 512 << 10;
/// So much of a larger one is read and dropped: a client that still writes would
/// see a reset instead of the answer.
const LARGEST_DROPPED: usize = 16 << 20;

/// Serves the scenario's bot until `shutdown` is there. A scenario without a bot
/// is served as one whose bot always fails.
pub async fn serve(
    scenario: Arc<Scenario>,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Served {
    let memory = Arc::new(Memory::new(&options));
    let server = Arc::new(Server::new(scenario, options));
    let asked = Arc::clone(&server);
    let respond =
        move |link, request| respond(Arc::clone(&asked), Arc::clone(&memory), link, request);
    attend_all(server, listener, shutdown, respond).await
}

/// Answers a request. Its body is read before anything else, whatever is asked: a connection
/// with an unread body would have to be closed.
async fn respond(
    server: Arc<Server>,
    memory: Arc<Memory>,
    link: Arc<Link>,
    request: Request<Incoming>,
) -> Result<Response<Paced>, Reset> {
    let in_service = link.serve();
    server.freezes.request_came();
    let version = request.version();
    let answer = match receive(&server, request).await {
        Ok(request) => route(Asked { server, memory, link: Arc::clone(&link), request }).await,
        Err(refused) => Ok(refused),
    };
    match answer {
        Ok(answer) => Ok(answer.map(|body| body.answering(in_service))),
        Err(Instead::Answer(answer)) => Ok(answer.map(|body| body.answering(in_service))),
        Err(Instead::Reset) => {
            if version != Version::HTTP_2 {
                // In HTTP/2 the stream alone is reset.
                link.reset();
            }
            Err(Reset)
        }
    }
}

macro_rules! routes {
    ($($name:ident: $room:ident,)*) => {
        /// What is served, protocol by protocol: method, path and what is spoken there.
        pub const ENDPOINTS: [&str; Protocol::COUNT] = [$(super::$room::server::ENDPOINT,)*];

        /// The protocol of a path, if messages are posted there.
        fn voice_of(path: &str) -> Option<Voice> {
            $(if super::$room::server::place(path) == Some(Place::Messages) {
                return Some(super::$room::server::VOICE);
            })*
            None
        }

        async fn route(asked: Asked) -> Answer {
            $(if super::$room::server::place(asked.request.uri().path()).is_some() {
                return super::$room::server::respond(asked).await;
            })*
            match asked.request.uri().path().trim_end_matches('/') {
                "" | "/health" => health(&asked.request),
                "/metrics" => {
                    only_get(&asked.request)?;
                    let text = asked.server.metrics().into();
                    Ok(answer(StatusCode::OK, "text/plain; version=0.0.4", Paced::whole(text)))
                }
                other => Ok(not_found(other)),
            }
        }
    };
}

each_protocol!(routes);

/// Why a body is not read to its end.
type Unread = (StatusCode, String);

fn too_large() -> Unread {
    (StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {LARGEST_BODY} bytes"))
}

/// Reads the body. A connection of which a part of it was not read is closed, and says so.
async fn receive(
    server: &Server,
    request: Request<Incoming>,
) -> Result<Request<Bytes>, Response<Paced>> {
    let voice = voice_of(request.uri().path());
    // Who asks first whether a body is welcome hears before it is sent.
    let asks_first = request.headers().contains_key(EXPECT);
    let (head, body) = request.into_parts();
    let limits = server.options.limits;
    let read = async {
        if asks_first && body.size_hint().lower() > LARGEST_BODY as u64 {
            return Err(too_large());
        }
        whole(body).await
    };
    let read = tokio::time::timeout(limits.body, read).await;
    let too_slow = |_| {
        let message = format!("the body took more than {} s", limits.body.as_secs_f64());
        Err((StatusCode::REQUEST_TIMEOUT, message))
    };
    let (status, message) = match read.unwrap_or_else(too_slow) {
        Ok(bytes) => return Ok(Request::from_parts(head, bytes)),
        Err(unread) => unread,
    };
    if let Some(voice) = voice {
        server.counters.count(voice.protocol, Handled::BadRequest);
    }
    let error = voice.map_or(common_error as fn(_, &_) -> _, |voice| voice.error);
    let mut answer = json_answer(status, &error(status, &message));
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    Err(answer)
}

/// All of a body.
async fn whole(mut body: Incoming) -> Result<Bytes, Unread> {
    let broken = "the body breaks off or is not framed as HTTP says";
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| (StatusCode::BAD_REQUEST, broken.to_owned()))?.into_data()
        else {
            continue; // trailers
        };
        length += data.len();
        if length <= LARGEST_BODY {
            bytes.extend_from_slice(&data);
        } else if length > LARGEST_DROPPED {
            break;
        }
    }
    if length > LARGEST_BODY {
        return Err(too_large());
    }
    Ok(bytes.into())
}
