//! No circle of files inside a room: whoever reads one file can read what it uses first.
//!
//! A room's head (`mod.rs`) declares its files and hands on what they offer, and its files
//! have the room's common words from it: between a head and its own files both ways are open.

use crate::layers::{inline_paths, uses_in};
use crate::source::{Source, has_word, sources};
use std::collections::{BTreeMap, BTreeSet};

/// A module of the crate, as `["engine", "bot"]`.
type Path = Vec<String>;

/// What `use` lines and paths say of the crate's files.
#[derive(Default)]
struct Files {
    /// The code of each.
    code: BTreeMap<Path, String>,
    /// What each names.
    names: BTreeMap<Path, Vec<Path>>,
    /// What each hands on from elsewhere.
    hands_on: BTreeMap<Path, Vec<Path>>,
}

impl Files {
    fn read() -> Self {
        let sources = sources();
        let known: BTreeSet<Path> = sources.iter().map(own).collect();
        let mut files = Self::default();
        for source in &sources {
            let (module, code) = (own(source), source.code());
            // A statement that begins with `pub` hands on, the others use.
            let statements = code.split_inclusive(';').filter(|text| text.contains("use "));
            let (public, private): (Vec<&str>, Vec<&str>) = statements.partition(|s| is_public(s));
            let renamed = |path: &String| {
                let last = path.rsplit("::").next().unwrap_or(path);
                public.iter().any(|text| has_word(text, &format!("{last} as ")))
            };
            let absolute = |path: String| absolute(&module, &path, &known);
            let offered = public.iter().flat_map(|text| uses_in(text)).filter(|p| !renamed(p));
            files.hands_on.insert(module.clone(), offered.filter_map(absolute).collect());
            let used = private.iter().flat_map(|text| uses_in(text)).chain(inline_paths(&code));
            files.names.insert(module.clone(), used.filter_map(absolute).collect());
            files.code.insert(module, code);
        }
        files
    }

    /// The file in which what a path means is written.
    fn home(&self, path: &[String]) -> Path {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let is_file = |n: &usize| self.code.contains_key(&path[..*n]);
            let length = (0..=path.len()).rev().find(is_file).unwrap_or_default();
            let (module, rest) = path.split_at(length);
            let Some(first) = rest.first() else {
                return path;
            };
            let Some(there) = self.hands_on[module].iter().find_map(|p| self.offers(p, first))
            else {
                return module.to_vec();
            };
            path = [&there[..], &rest[1..]].concat();
        }
        path
    }

    /// Where a name comes from, if a path that is handed on has it.
    fn offers(&self, path: &[String], name: &str) -> Option<Path> {
        let (last, above) = path.split_last()?;
        let declares =
            |kind: &str| has_word(self.code.get(above)?, &format!("{kind} {name}")).then_some(());
        let kinds = ["struct", "enum", "fn", "const", "type", "trait"];
        let declared = || kinds.iter().find_map(|kind| declares(kind)).is_some();
        match last.as_str() {
            "*" if declared() => Some([above, &[name.to_owned()]].concat()),
            _ => (last == name).then(|| path.to_vec()),
        }
    }

    /// Which file of its room each file uses, ways between a head and its files aside.
    fn ways(&self) -> BTreeMap<Path, BTreeSet<Path>> {
        let of = |(from, names): (&Path, &Vec<Path>)| {
            let homes = names.iter().map(|path| self.home(path));
            let beside = homes.filter(|to| {
                let (short, long) = if to.len() < from.len() { (to, from) } else { (from, to) };
                to.first() == from.first() && !long.starts_with(short)
            });
            (from.clone(), beside.collect())
        };
        self.names.iter().map(of).collect()
    }
}

fn own(source: &Source) -> Path {
    if source.module == ["main"] { vec!["main".to_owned()] } else { source.module.clone() }
}

fn is_public(statement: &str) -> bool {
    let start = statement.rfind("use ").unwrap_or_default();
    let line = statement[..start].rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with("pub")
}

/// A path from the root of the crate, if it leads into the crate.
fn absolute(module: &[String], path: &str, known: &BTreeSet<Path>) -> Option<Path> {
    let parts: Vec<String> = path.split("::").filter(|p| *p != "self").map(str::to_owned).collect();
    let ups = parts.iter().take_while(|p| *p == "super").count();
    if parts.first().is_some_and(|p| p == "crate") {
        return Some(parts[1..].to_vec());
    }
    let base = &module[..module.len().checked_sub(ups)?];
    let whole = [base, &parts[ups..]].concat();
    let leads = ups > 0 || path.starts_with("self") || known.contains(&whole[..=module.len()]);
    leads.then_some(whole)
}

/// Files that lead to each other, each circle once.
fn circles(ways: &BTreeMap<Path, BTreeSet<Path>>) -> Vec<BTreeSet<Path>> {
    let reached = |from: &Path| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(at) = open.pop() {
            for to in ways.get(&at).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&Path, BTreeSet<Path>> = ways.keys().map(|p| (p, reached(p))).collect();
    let mut circles: Vec<BTreeSet<Path>> = Vec::new();
    for (from, to) in &all {
        let circle: BTreeSet<Path> =
            to.iter().filter(|p| all.get(p).is_some_and(|t| t.contains(*from))).cloned().collect();
        if !circle.is_empty() && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

#[test]
fn no_files_of_a_room_lead_in_a_circle() {
    let ways = Files::read().ways();
    assert!(ways.values().map(BTreeSet::len).sum::<usize>() > 200, "the ways are not complete");
    let found = circles(&ways);
    assert!(found.is_empty(), "circles: {found:#?}");
}

#[test]
fn a_circle_is_found() {
    let path = |name: &str| vec!["a".to_owned(), name.to_owned()];
    let way = |from: &str, to: &[&str]| (path(from), to.iter().map(|t| path(t)).collect());
    let ways = BTreeMap::from([way("x", &["y"]), way("y", &["z"]), way("z", &["y"])]);
    assert_eq!(circles(&ways), [BTreeSet::from([path("y"), path("z")])]);
}
