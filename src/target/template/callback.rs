//! The part of a template that says where a bot posts its messages to us.

use std::net::SocketAddr;

use serde_json::{Map, Value};

use super::Callback;
use super::read::Reader;

const LISTEN: &str = "write listen: 127.0.0.1:5034";

impl Reader<'_, '_, '_> {
    pub(crate) fn callback(&mut self, root: &Map<String, Value>) -> Option<Callback> {
        let map = self.map("callback", root.get("callback")?);
        let keys = ["listen", "public", "id", "reply", "messages", "settle_ms"];
        self.only("callback", &map, &keys);
        if root.contains_key("poll") {
            let problem = "replies are either polled for or posted to us";
            self.problem("callback", problem, "leave out poll or callback");
        }
        if root.get("turn").is_some_and(|turn| turn.get("reply").is_some()) {
            let problem = "the answer to the request is no reply where replies are posted to us";
            self.problem("turn.reply", problem, "write callback.reply instead");
        }
        let listen = self.listen(&map);
        let id = self.text_of(&map, "callback", "id");
        if id.is_none() {
            let help = "write where a message has {{conversation.id}}, as id: /recipient_id";
            self.problem("callback", "there is no `id`", help);
        }
        let reply = self.text_of(&map, "callback", "reply");
        let messages = map.get("messages").and_then(|value| {
            let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
            let number = number.filter(|n| *n > 0);
            if number.is_none() {
                let help = "write how many messages make a reply, 1 or more";
                self.problem("callback.messages", "this is no number of messages", help);
            }
            number
        });
        let settle = self.millis(&map, "callback", "settle_ms");
        Some(Callback { listen: listen?, id: id?, reply, messages, settle })
    }

    /// An address of this machine, unless the user says that others may reach it.
    fn listen(&mut self, map: &Map<String, Value>) -> Option<SocketAddr> {
        let path = "callback.listen";
        let Some(text) = map.get("listen").and_then(Value::as_str) else {
            self.problem("callback", "there is no `listen`", LISTEN);
            return None;
        };
        let Ok(address) = text.parse::<SocketAddr>() else {
            self.problem(path, &format!("`{text}` is no address with a port"), LISTEN);
            return None;
        };
        let public = map.get("public") == Some(&Value::Bool(true));
        if !address.ip().is_loopback() && !public {
            let problem = format!("others could reach {address}");
            let help =
                "write an address of this machine alone, as 127.0.0.1:5034, or add public: true";
            self.problem(path, &problem, help);
            return None;
        }
        Some(address)
    }
}
