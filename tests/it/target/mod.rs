//! Clients of real bots, against servers that say exactly what a test wants.

mod callback;
mod certificates;
mod chat;
mod classes;
mod connections;
pub mod h2_bot;
mod http2;
mod models;
mod odd_http;
mod openai;
mod options;
mod protocols;
pub mod secrets;
pub mod server;
mod sockets;
mod strays;
mod streams;

use convoq::protocol::{Protocol, Target};
use convoq::target::{Customer, Message, TargetOptions, Turn};

/// Runs a test on a runtime as the driver has it: one thread.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, future)
}

fn customer() -> Customer {
    Customer {
        id: "c-1".into(),
        segment: "b2c".into(),
        intent: "order_status".into(),
        language: "en".into(),
    }
}

fn message(turn: u16, text: &str) -> Message {
    Message { turn, text: text.into() }
}

/// A deployment without environment variables.
fn target(options: TargetOptions) -> Target {
    Target::new(options, &|_| None).unwrap()
}

fn at(url: &str, protocol: Protocol) -> Target {
    target(TargetOptions::new(url, protocol))
}

/// The first turn of a new conversation.
async fn first_turn(target: &Target) -> Turn {
    target.open(customer()).ask(&message(1, "hello")).await
}
