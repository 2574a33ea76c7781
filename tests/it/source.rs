//! The repository as text: its files, and Rust sources without comments and tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of the repository, relative to its root, sorted. Those that git
/// tracks; all but build output where there is no git.
pub fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let mut names: Vec<String> = match listed {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter(|name| root().join(name).is_file())
            .map(str::to_owned)
            .collect(),
        _ => walk(root())
            .iter()
            .map(|path| path.strip_prefix(root()).unwrap().display().to_string())
            .collect(),
    };
    names.sort();
    assert!(names.len() > 50, "the list of files is not complete");
    names
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .filter(|entry| !["target", "runs", ".git"].iter().any(|n| entry.file_name() == *n))
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => walk(&path),
            path => vec![path],
        })
        .collect()
}

/// A source file of the library or the binary.
pub struct Source {
    /// From the root of the repository, as `src/engine/bot.rs`.
    pub path: String,
    /// Its place in the crate, as `["engine", "bot"]`; empty for `lib.rs`.
    pub module: Vec<String>,
    /// The text before the unit tests.
    pub text: String,
}

impl Source {
    /// The module of the crate's root that the file belongs to; `lib` and `main` for themselves.
    pub fn area(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// The text without comments and without what stands in quotes.
    pub fn code(&self) -> String {
        bare(&self.text)
    }
}

/// All sources under `src/` that are not only for tests.
pub fn sources() -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    let mut only_tests: Vec<String> = Vec::new();
    for path in files() {
        if !path.starts_with("src/") || !path.ends_with(".rs") {
            continue;
        }
        let whole = read(&path);
        let folder = match path.strip_suffix("/mod.rs") {
            Some(folder) => folder.to_owned(),
            None if path == "src/lib.rs" => "src".to_owned(),
            None => path.trim_end_matches(".rs").to_owned(),
        };
        for declared in test_modules(&whole) {
            only_tests.push(format!("{folder}/{declared}"));
        }
        let module = folder.split('/').skip(1).map(str::to_owned).collect();
        let text = before_tests(&whole).to_owned();
        sources.push(Source { path, module, text });
    }
    sources.retain(|s| {
        let own = s.path.trim_end_matches(".rs").trim_end_matches("/mod");
        !only_tests.iter().any(|t| own == t || own.starts_with(&format!("{t}/")))
    });
    assert!(sources.len() > 50, "the list of sources is not complete");
    sources
}

/// Unit tests end a file: what stands before the first `#[cfg(test)]`.
pub fn before_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]").map_or(text, |end| &text[..=end])
}

/// Modules that are declared as `#[cfg(test)] mod NAME;`.
fn test_modules(text: &str) -> Vec<&str> {
    text.split("#[cfg(test)]")
        .skip(1)
        .filter_map(|after| after.trim_start().strip_prefix("mod ")?.split_once(';'))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .collect()
}

/// Rust text with comments, strings and character literals blanked; lines stay lines.
pub fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => skip_until(&chars, at, |c, i| c[i] == '\n'),
            ('/', Some('*')) => {
                skip_until(&chars, at + 2, |c, i| c[i - 1] == '*' && c[i] == '/') + 1
            }
            ('r', Some('"' | '#')) if raw_string(&chars, at).is_some() => {
                raw_string(&chars, at).unwrap()
            }
            ('"', _) => quoted(&chars, at),
            ('\'', Some('\\')) => skip_until(&chars, at + 3, |c, i| c[i] == '\'') + 1,
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => {
                out.push(chars[at]);
                at += 1;
                continue;
            }
        };
        let end = end.min(chars.len());
        out.push(' '); // keeps the words before and after apart
        out.extend(chars[at..end].iter().filter(|c| **c == '\n'));
        at = end;
    }
    out
}

fn skip_until(chars: &[char], from: usize, stop: impl Fn(&[char], usize) -> bool) -> usize {
    (from..chars.len()).find(|&i| stop(chars, i)).unwrap_or(chars.len())
}

fn quoted(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(chars: &[char], from: usize) -> Option<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if from > 0 && word(chars[from - 1]) {
        return None;
    }
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    let open = from + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |i: usize| {
        chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes
    };
    Some((open + 1..chars.len()).find(|&i| closes(i))? + 1 + hashes)
}

/// Whether a word stands in a text by itself. Where the pattern ends or begins
/// with a sign, nothing is asked of that side.
pub fn has_word(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (first, last) = (word.chars().next(), word.chars().last());
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        let inside = part(first) && part(before) || part(last) && part(after);
        !inside
    })
}

#[test]
fn comments_and_strings_are_no_code() {
    let text =
        "let a = \"x // \\\" y\"; // z\nlet b = r#\"q\"r\"#; let c = '\"'; /* w\n */ d('\\'', 'a)";
    let code = bare(text);
    assert_eq!(code.lines().count(), text.lines().count());
    for gone in ["x", "y", "z", "q", "w", "\""] {
        assert!(!code.contains(gone), "{gone} in {code}");
    }
    for kept in ["let a =", "let b =", "let c =", "d("] {
        assert!(code.contains(kept), "{kept} in {code}");
    }
}

#[test]
fn words_stand_by_themselves() {
    assert!(has_word("x: HashMap<u8>", "HashMap") && !has_word("MyHashMap", "HashMap"));
    assert!(has_word("a.unwrap()", ".unwrap()") && !has_word("unwrap_or", "unwrap"));
}

/// Compares a generated page with the file, or writes it where `UPDATE=1` asks for it.
pub fn assert_page(path: &str, made: &str) {
    if std::env::var_os("UPDATE").is_some_and(|v| v == "1") {
        fs::write(root().join(path), made).unwrap();
        return;
    }
    let found = fs::read_to_string(root().join(path)).unwrap_or_default();
    let (mut old, mut new) = (found.lines(), made.lines());
    let mut line = 1;
    loop {
        match (old.next(), new.next()) {
            (None, None) => return,
            (old, new) if old == new => line += 1,
            (old, new) => panic!(
                "{path} is not up to date: UPDATE=1 cargo test writes it\nline {line}\n  found {old:?}\n  made  {new:?}"
            ),
        }
    }
}

/// The same for one table of a page: the rows below its head.
pub fn assert_table(path: &str, head: &str, rows: &str) {
    let page = read(path);
    let start = page.find(head).unwrap_or_else(|| panic!("{path}: no {head}")) + head.len();
    let below = page[start..].split_inclusive('\n').take_while(|line| line.starts_with('|'));
    let end = start + below.map(str::len).sum::<usize>();
    assert_page(path, &[&page[..start], rows, &page[end..]].concat());
}
