//! Fuzz targets: each takes any bytes, hands them to what convoq reads them with, and
//! fails (panics) where a promise is broken. `README.md` says how they are run.

pub mod deployment;
pub mod files;
pub mod logs;
pub mod replies;
pub mod scenarios;
pub mod wire;

/// The input as text, where it is text.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// Hands every target, its name and its function, to the macro of whoever runs them.
#[macro_export]
macro_rules! every_target {
    ($runner:ident) => {
        $runner! {
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
    };
}
