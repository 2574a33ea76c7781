//! JSON over HTTP: by template, or plainly.

pub(super) mod client;
pub(super) mod server;
mod stream;

pub(super) use client::Plan;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A message of a customer, where no template says otherwise. One of the identities is enough.
#[derive(Serialize, Deserialize)]
struct Posted<'a> {
    conversation: Option<Cow<'a, str>>,
    customer: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
}
