//! No circle of files inside a room: whoever reads one file can read what it uses first.
//!
//! A room's head (`mod.rs`) declares its files and hands on what they offer, and its files
//! have the room's common words from it: between a head and its own files both ways are open.

use crate::layers::{inline_paths, uses_in};
use crate::source::{Source, sources};
use std::collections::{BTreeMap, BTreeSet};

/// Circles that there are, by their files. One that is gone is an error too.
const KNOWN: &[&[&str]] = &[];

/// A module of the crate, as `["engine", "bot"]`.
type Path = Vec<String>;

/// What `use` lines and paths say of the crate's files.
struct Files {
    /// What each names.
    names: BTreeMap<Path, Vec<Path>>,
    /// What each hands on under a name of its own, and where that is.
    hands_on: BTreeMap<Path, BTreeMap<String, Path>>,
}

impl Files {
    fn read() -> Self {
        let sources = sources();
        let known: BTreeSet<Path> = sources.iter().map(own).collect();
        let (mut names, mut hands_on) = (BTreeMap::new(), BTreeMap::new());
        for source in &sources {
            let (module, code) = (own(source), source.code());
            let absolute = |path: String| absolute(&module, &path, &known);
            // A statement that begins with `pub` hands on, the others use.
            let (public, private): (Vec<&str>, Vec<&str>) = code
                .split_inclusive(';')
                .filter(|line| line.contains("use "))
                .partition(|line| is_public(line));
            let of = |lines: Vec<&str>| lines.into_iter().flat_map(uses_in).collect::<Vec<_>>();
            let mut used = of(private);
            used.extend(inline_paths(&code));
            let offered = of(public).into_iter().filter_map(absolute);
            let named = |path: Path| Some((path.last()?.clone(), path));
            hands_on.insert(module.clone(), offered.filter_map(named).collect());
            names.insert(module.clone(), used.into_iter().filter_map(absolute).collect());
        }
        Self { names, hands_on }
    }

    /// The file in which what a path means is written.
    fn home(&self, path: &[String]) -> Path {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let length = (0..=path.len()).rev().find(|n| self.names.contains_key(&path[..*n]));
            let (module, rest) = path.split_at(length.unwrap_or_default());
            let Some(first) = rest.first() else {
                return path;
            };
            let offered = &self.hands_on[module];
            match (offered.get(first), offered.get("*")) {
                (Some(there), _) => path = [there, &rest[1..]].concat(),
                (None, Some(all)) => path = [&all[..all.len() - 1], rest].concat(),
                (None, None) => return module.to_vec(),
            }
        }
        path
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
    let name = |path: &Path| path.join("::");
    let found: Vec<Vec<String>> =
        circles(&ways).iter().map(|circle| circle.iter().map(name).collect()).collect();
    for circle in &found {
        assert!(KNOWN.iter().any(|known| circle == known), "a circle: {circle:?}");
    }
    for known in KNOWN {
        assert!(found.iter().any(|circle| circle == known), "{known:?} is open: take it off KNOWN");
    }
}

#[test]
fn a_circle_is_found() {
    let path = |name: &str| vec!["a".to_owned(), name.to_owned()];
    let way = |from: &str, to: &[&str]| (path(from), to.iter().map(|t| path(t)).collect());
    let ways = BTreeMap::from([way("x", &["y"]), way("y", &["z"]), way("z", &["y"])]);
    assert_eq!(circles(&ways), [BTreeSet::from([path("y"), path("z")])]);
}
