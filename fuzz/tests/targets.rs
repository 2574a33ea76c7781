//! One test for each target. `cargo test` replays the corpus and tries some random inputs;
//! `fuzz/run` runs them with coverage.

use convoq_fuzz::{deployment, files, logs, replies, scenarios, wire};

macro_rules! tests {
    ($($name:ident: $function:path,)*) => {
        $(#[test]
        fn $name() {
            bolero::check!().for_each($function);
        })*
    };
}

convoq_fuzz::every_target!(tests);
