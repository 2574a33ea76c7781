//! The protocols: one folder each, with what goes over the wire, the client of real bots and
//! the server of the scenario's bot.
//!
//! Both ends dispatch by the one list below: [`Target`] and [`Conversation`] on the side of
//! the client, [`serve`] on that of the server. `client` and `server` say what a protocol has
//! to bring. Those of language models share `completion`. What all clients need is in `target`, what all servers need is in `bot`, and
//! neither knows a protocol.

/// Every protocol and its folder. Whoever deals with all of them is a macro that takes the list.
macro_rules! each_protocol {
    ($then:ident) => {
        $then! {
            Openai: openai,
            Responses: responses,
            Anthropic: anthropic,
            Rasa: rasa,
            Directline: directline,
            Websocket: websocket,
            Http: http,
        }
    };
}

mod anthropic;
mod client;
mod completion;
mod conversation;
mod directline;
mod http;
mod openai;
mod rasa;
mod responses;
mod route;
mod server;
mod target;
mod websocket;

pub mod reading;

pub use crate::target::Protocol;
pub use conversation::Conversation;
pub use route::{ENDPOINTS, serve};
pub use target::Target;
