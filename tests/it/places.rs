//! "To add a thing" in `docs/architecture.md`: the places that it names for an example of each
//! kind are those in which the example is spelled, and no others.

use crate::source::{files, has_word, read, sources};
use std::collections::BTreeSet;

const PAGE: &str = "docs/architecture.md";

/// The kinds of things, and how an example of each is spelled in code.
const KINDS: &[(&str, &[&str])] = &[
    ("event", &["NAME"]),
    ("metric", &["NAME"]),
    ("policy", &["NAME"]),
    ("field", &["NAME"]),
    ("protocol", &["NAME", "name"]),
    ("command", &["Command::NAME", "NAMEArgs"]),
    (
        "dimension",
        &["Dimension::NAME", "By::NAME", "NAME =", "name: Option<N>", "pub name: Option<NAMEId>"],
    ),
];

/// A thing of the list: its kind, the example, and a line for each place.
struct Thing {
    kind: String,
    example: String,
    places: Vec<Place>,
}

/// Files of a line, and the items that it names in them.
struct Place {
    files: Vec<String>,
    items: Vec<String>,
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

fn things() -> Vec<Thing> {
    let page = read(PAGE);
    let (_, section) = page.split_once("\n## To add a thing\n").expect("has the list");
    let section = section.split("\n## ").next().unwrap_or(section);
    let thing = |text: &str| {
        let (head, places) = text.split_once('\n').expect("has places");
        let (kind, rest) = head.split_once("**").expect("has a kind");
        let place = |line: &str| {
            let (files, items): (Vec<_>, Vec<_>) =
                quoted(line).partition(|word| word.contains('/') || word.ends_with(".md"));
            Place { files, items }
        };
        Thing {
            kind: kind.rsplit(' ').next().unwrap_or(kind).to_lowercase(),
            example: quoted(rest).next().expect("has an example"),
            places: places.lines().filter(|l| l.starts_with("  - ")).map(place).collect(),
        }
    };
    section.split("\n- **").skip(1).map(thing).collect()
}

/// Files of `src` in which a name is spelled; what a folder has to itself is the folder.
fn spelled(forms: &[&str], example: &str, folders: &[&String]) -> BTreeSet<String> {
    let lower = example.to_lowercase();
    let forms: Vec<String> =
        forms.iter().map(|f| f.replace("NAME", example).replace("name", &lower)).collect();
    let names_it = |code: &str| forms.iter().any(|form| has_word(code, form));
    let files = sources().into_iter().filter(|source| names_it(&source.code()));
    let place = |path: String| {
        let folder = folders.iter().find(|folder| path.starts_with(folder.as_str()));
        folder.map_or(path.clone(), |folder| (*folder).clone())
    };
    files.map(|source| place(source.path)).collect()
}

#[test]
fn the_list_to_add_a_thing_names_each_place_and_no_other() {
    let things = things();
    let kinds: Vec<&str> = things.iter().map(|thing| thing.kind.as_str()).collect();
    assert_eq!(kinds, KINDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
    for (thing, (kind, forms)) in things.iter().zip(KINDS) {
        let named: Vec<&String> = thing.places.iter().flat_map(|place| &place.files).collect();
        let (code, other): (Vec<&String>, Vec<_>) =
            named.into_iter().partition(|path| path.starts_with("src/"));
        let folders: Vec<&String> = code.iter().copied().filter(|p| p.ends_with('/')).collect();
        let found = spelled(forms, &thing.example, &folders);
        let listed: BTreeSet<String> = code.into_iter().cloned().collect();
        assert_eq!(listed, found, "{PAGE}: where a {kind} such as {} is", thing.example);
        let plain = |text: &str| text.to_lowercase().replace('_', "");
        for path in other {
            let is_there = plain(&read(path)).contains(&plain(&thing.example));
            assert!(is_there, "{path}: no {}", thing.example);
        }
    }
}

#[test]
fn the_items_of_the_list_are_where_it_says() {
    for place in things().iter().flat_map(|thing| &thing.places) {
        let files = place.files.iter().filter(|path| !path.ends_with('/'));
        let texts: Vec<String> = files.map(|path| read(path)).collect();
        for item in &place.items {
            let is_there = texts.iter().any(|text| has_word(text, item));
            assert!(is_there, "{PAGE}: `{item}` is not in {:?}", place.files);
        }
    }
}

#[test]
fn the_page_has_every_room_in_its_order_and_no_file_that_is_gone() {
    let page = read(PAGE);
    let headings = page.lines().filter(|line| line.starts_with("### `"));
    let rooms: Vec<String> = headings.flat_map(quoted).collect();
    let lib = read("src/lib.rs");
    let declared = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(rooms, declared.collect::<Vec<_>>());
    let files = files();
    let named = page.split("```").step_by(2).flat_map(quoted);
    for path in named.filter(|word| word.ends_with(".rs") || word.ends_with('/')) {
        let part = format!("/{path}");
        let is_there = |file: &String| match path.ends_with('/') {
            true => format!("/{file}").contains(&part),
            false => format!("/{file}").ends_with(&part),
        };
        assert!(files.iter().any(is_there), "{PAGE}: `{path}` is no file");
    }
}
