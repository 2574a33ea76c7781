//! What the README shows of a run's events: lines of `log show`, and the answer of its query.

use crate::log::runs::{convoq, scenario};
use crate::source::{assert_page, read};
use arrow_schema::DataType;
use convoq::event::EventKind;
use convoq::event::{Envelope, Event};
use convoq::log::{Run, schema};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The section on events.
fn section(readme: &str) -> &str {
    let start = readme.find("## Events\n").unwrap();
    let end = readme[start..].find("## The same seed").unwrap();
    &readme[start..start + end]
}

/// The content of the code blocks of a kind.
fn blocks<'t>(text: &'t str, kind: &str) -> Vec<&'t str> {
    let open = format!("```{kind}\n");
    text.split(open.as_str()).skip(1).filter_map(|b| b.split("```").next()).collect()
}

/// The run that the README makes.
fn monday(folder: &Path) -> Run {
    let readme = read("README.md");
    let line = "convoq simulate scenarios/quickstart.yaml --log full --out monday\n";
    assert!(section(&readme).contains(line), "the README makes another run");
    let file = scenario("quickstart");
    let args = ["simulate", &file, "--log", "full", "--out", "monday", "--quiet"];
    convoq(folder, &args);
    Run::open(&folder.join("monday")).unwrap()
}

/// Puts another text in place of a block of the section on events.
fn with_block(readme: &str, number: usize, new: &str) -> String {
    let old = blocks(section(readme), "text")[number];
    assert_eq!(readme.matches(old).count(), 1);
    readme.replacen(old, new, 1)
}

#[test]
fn the_contact_that_the_readme_shows_is_the_real_one() {
    let folder = tempfile::tempdir().unwrap();
    monday(folder.path());
    let readme = read("README.md");
    let command = "log show monday --conversation 3";
    assert!(section(&readme).contains(command));
    let args: Vec<_> = command.split(' ').collect();
    let shown = String::from_utf8(convoq(folder.path(), &args).stdout).unwrap();
    assert!((5..30).contains(&shown.lines().count()), "{shown}");
    assert_page("README.md", &with_block(&readme, 0, &shown));
}

/// The number that follows a piece of the query.
fn after(query: &str, piece: &str) -> f64 {
    let rest = query.split(piece).nth(1).unwrap_or_else(|| panic!("no `{piece}`"));
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap();
    rest[..end].parse().unwrap()
}

/// The quantile that lies between two values by its distance to them.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let low = sorted[at.floor() as usize];
    low + (sorted[at.ceil() as usize] - low) * (at - at.floor())
}

/// The answer of the query, from the events.
fn answer(run: &Run, query: &str) -> Vec<(f64, usize, f64, usize)> {
    let half_hour_us = after(query, "q.t_us // ");
    let (per_hour, p) = (after(query, &format!("{half_hour_us} / ")), after(query, "/ 1e6, "));
    let queue = query.split("q.queue = '").nth(1).unwrap();
    let queue = queue.split('\'').next().unwrap();
    let queue = run.manifest.header.queues.iter().position(|q| q.name == queue).unwrap();
    let mut joined: BTreeMap<(u32, u32), (f64, usize)> = BTreeMap::new();
    let mut waits: BTreeMap<u64, (Vec<f64>, BTreeSet<u32>)> = BTreeMap::new();
    run.events(&|_| true, &mut |replication, events, _| {
        for Envelope { at, conversation, event, .. } in events {
            let contact = (replication, conversation.0);
            if let Event::Queued { queue, .. } = event {
                joined.insert(contact, (at.0 as f64, queue.index()));
            }
            if let Event::Assigned { agent, .. } = event
                && let Some((since_us, found)) = joined.get(&contact)
                && *found == queue
            {
                let half_hour = waits.entry((since_us / half_hour_us) as u64).or_default();
                half_hour.0.push((at.0 as f64 - since_us) / 1e6);
                half_hour.1.insert(agent.0);
            }
        }
    })
    .unwrap();
    let mut rows: Vec<_> = waits
        .into_iter()
        .map(|(half_hour, (mut waits, agents))| {
            waits.sort_by(f64::total_cmp);
            let hour = half_hour as f64 / per_hour;
            (hour, waits.len(), quantile(&waits, p), agents.len())
        })
        .collect();
    rows.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.total_cmp(&b.0)));
    rows.truncate(after(query, "LIMIT ") as usize);
    rows
}

#[test]
fn the_query_of_the_readme_fits_the_log_and_has_the_answer_that_it_shows() {
    let readme = read("README.md");
    let query = blocks(section(&readme), "sql")[0].replace("LIMIT 5", "LIMIT 5\n");
    let schema = schema();
    for table in ["a.", "q."] {
        for name in query.split(table).skip(1) {
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap();
            let field = schema.field_with_name(&name[..end]);
            let kind = field.unwrap_or_else(|_| panic!("the log has no column {}", &name[..end]));
            let wanted = match &name[..end] {
                "queue" => matches!(kind.data_type(), DataType::Dictionary(..)),
                _ => kind.data_type().is_integer(),
            };
            assert!(wanted, "{kind:?}");
        }
    }
    for kind in query.split("type = '").skip(1).filter_map(|k| k.split('\'').next()) {
        assert!(EventKind::named(kind).is_some(), "there is no event {kind}");
    }
    let folder = tempfile::tempdir().unwrap();
    let rows = answer(&monday(folder.path()), &query);
    assert_eq!(rows.len(), 5);
    let mut shown = String::from("hour  chats  p90_wait_s  agents\n");
    for (hour, chats, wait_s, agents) in rows {
        shown += &format!("{hour:>4.1}  {chats:>5}  {wait_s:>10.1}  {agents:>6}\n");
    }
    assert_page("README.md", &with_block(&readme, 1, &shown));
}
