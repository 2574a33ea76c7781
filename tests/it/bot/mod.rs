//! The bot as a server: what it answers over each protocol, when, and what
//! injected faults do to it. Requests are written by hand, byte by byte.

mod client;
mod command;
mod injected;
mod limits;
mod messages;
mod moments;
mod protocols;

use crate::common;
use convoq::bot::{Limits, Messages, Options, Served};
use convoq::engine::{self, BotReply, BotRequest};
use convoq::id::{ConversationId, IntentId, SlotId};
use convoq::protocol::serve;
use convoq::random::Streams;
use convoq::scenario::Scenario;
use convoq::time::{SimDuration, SimTime};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Two questions, of which the bot knows one well; it answers at once.
const SCENARIO: &str = "
convoq: 1
name: served
seed: 7
time: {start: 2026-03-02, days: 1, zone: UTC, open: {daily: \"00:00-24:00\"}}
intents:
  order_status: {work: {constant: 60s}, bot: {coverage: 70%, accuracy: 60%}}
  warranty: {work: {constant: 60s}, bot: {coverage: 50%, accuracy: 50%}}
  legal: {work: {constant: 60s}, bot: never}
demand: [{channel: chat, per_day: 100, intents: {order_status: 50%, warranty: 40%, legal: 10%}}]
channels: {chat: {patience: {constant: 1h}}}
bot: {max_turns: 3, confidence: {right: 80%, wrong: 40%}, latency: {constant: 0s}}
teams: {chat: {channels: {chat: {max: 1}}, wage: 14 EUR/h, agents: 4}}
";

const SEED: u64 = 7;

/// A server in this process.
struct Bot {
    address: SocketAddr,
    scenario: Arc<Scenario>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Served>,
}

impl Bot {
    fn start(set: &[(&str, &str)], faults: &[&str]) -> Self {
        Self::start_with(set, faults, |_| {})
    }

    fn start_with(
        set: &[(&str, &str)],
        faults: &[&str],
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let scenario = Arc::new(common::load(SCENARIO, set));
        let mut options = Options {
            seed: SEED,
            from: SimTime::ZERO,
            faults: faults.iter().map(|f| f.parse().unwrap()).collect(),
            idle: SimDuration::from_s(120.0),
            messages: Messages::of(&scenario),
            limits: Limits::default(),
        };
        change(&mut options);
        let (stop, stopped) = oneshot::channel();
        let (told, address) = std::sync::mpsc::channel();
        let served = Arc::clone(&scenario);
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                serve(served, options, listener, stopped).await
            })
        });
        Self { address: address.recv().unwrap(), scenario, stop, thread }
    }

    fn stop(self) -> Served {
        let _ = self.stop.send(());
        self.thread.join().unwrap()
    }

    /// What the simulated bot says to the same message.
    fn simulated(&self, key: u64, intent: u16, turn: u16) -> BotReply {
        simulated(&self.scenario, key, intent, turn).1
    }
}

fn simulated(scenario: &Scenario, key: u64, intent: u16, turn: u16) -> (SimTime, BotReply) {
    simulated_under(scenario, SEED, key, intent, turn)
}

fn simulated_under(
    scenario: &Scenario,
    seed: u64,
    key: u64,
    intent: u16,
    turn: u16,
) -> (SimTime, BotReply) {
    let request = BotRequest {
        conversation: ConversationId::NONE,
        slot: SlotId::NONE,
        key,
        intent: IntentId(intent),
        turn,
        at: SimTime::ZERO,
        elapsed: SimDuration::ZERO,
        latency_factor: 1.0,
        accuracy_factor: 1.0,
        down: false,
    };
    engine::answer(scenario, Streams::new(seed, 0), &request)
}

/// The identity of the conversation of a customer with this key.
fn identity(key: u64) -> String {
    format!("c-{key:016x}")
}
