//! The REST channel of Rasa.

pub(super) mod client;
pub(super) mod server;

pub(super) use client::Plan;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A message of a customer.
#[derive(Serialize, Deserialize)]
struct Posted<'a> {
    sender: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
}
