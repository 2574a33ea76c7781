//! The fuzz targets, on what they begin with and what they once found: `fuzz/run` tries new
//! inputs.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use crate::every_target;
use std::path::Path;
use targets::{deployment, files, logs, replies, scenarios, wire};

/// Replays the corpus of a target, and the files of the repository that it begins with.
fn replay(name: &str, target: fn(&[u8])) {
    let fuzz = crate::source::root().join("fuzz");
    let seeds = std::fs::read_to_string(fuzz.join("seeds")).unwrap();
    let of_it = seeds.lines().filter_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
    let corpus = fuzz.join(format!("tests/__fuzz__/{name}/corpus"));
    let mut count = 0;
    for folder in of_it.flat_map(str::split_whitespace) {
        replay_all(&fuzz.join(folder), target, &mut count);
    }
    if corpus.is_dir() {
        replay_all(&corpus, target, &mut count);
    }
    assert!(count > 0, "{name} begins with nothing");
}

fn replay_all(path: &Path, target: fn(&[u8]), count: &mut u32) {
    if path.is_file() {
        // What fails says which it was.
        println!("{}", path.display());
        target(&std::fs::read(path).unwrap());
        *count += 1;
        return;
    }
    for entry in std::fs::read_dir(path).unwrap() {
        replay_all(&entry.unwrap().path(), target, count);
    }
}

macro_rules! tests {
    ($($name:ident: $function:path,)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name), $function);
        })*
    };
}

every_target!(tests);
