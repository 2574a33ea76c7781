//! One test for each target. `cargo test` replays the corpus and tries some random inputs;
//! `fuzz/run` runs them with coverage.

use convoq_fuzz::{deployment, files, logs, replies, scenarios, wire};

macro_rules! targets {
    ($($name:ident: $function:path),* $(,)?) => {
        $(#[test]
        fn $name() {
            bolero::check!().for_each($function);
        })*
    };
}

targets! {
    scenario: scenarios::scenario_text,
    overrides: scenarios::overrides,
    tables: scenarios::tables,
    expect: scenarios::expect,
    trace: files::trace,
    messages: files::messages,
    manifest: files::manifest,
    live_log: logs::live_log,
    sealed_log: logs::sealed_log,
    sse: replies::sse,
    chat: replies::chat,
    rasa: replies::rasa,
    direct_line: replies::direct_line,
    template: deployment::template,
    options: deployment::options,
    reply_bytes: wire::reply_bytes,
    bot_bytes: wire::bot_bytes,
}
