//! What was measured before: numerators and denominators of replications, by all
//! that decides them.
//!
//! One file for each scenario, seed, program and choice of metrics; it holds the
//! replications from 0 on, so that asking for more computes only the rest. A file is
//! used only when its checksum holds and it says itself what it is of.

use crate::disk::{self, Refused};
use crate::projection::Measure;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The first word of a file. Raised when the files change.
const FORMAT: &str = "convoq.cache/1";

/// What one replication measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// One for each metric; nothing over nothing where it is not measured.
    pub measures: Vec<Measure>,
    /// Violations of the audit.
    pub violations: u64,
}

/// A folder of files.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    program: String,
    seed: u64,
    metrics: Vec<String>,
}

/// What a cache says of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// Nothing.
    Missing,
    /// A file is there and cannot be used.
    Damaged,
    /// The samples of replications 0, 1, ...
    Found(Vec<Sample>),
}

impl Cache {
    /// A cache for one seed and these metrics. `program` tells builds apart whose
    /// numbers may differ.
    #[must_use]
    pub fn new(folder: &Path, program: &str, seed: u64, metrics: &[String]) -> Self {
        Self {
            folder: folder.to_owned(),
            program: program.to_owned(),
            seed,
            metrics: metrics.to_vec(),
        }
    }

    /// What decides the numbers, in lines.
    fn key(&self, sha256: &str) -> String {
        let (program, seed) = (&self.program, self.seed);
        let mut key = format!("program {program}\nscenario {sha256}\nseed {seed}\n");
        for metric in &self.metrics {
            let _ = writeln!(key, "metric {metric}"); // into a String: cannot fail
        }
        key
    }

    /// The file of a scenario.
    fn path(&self, key: &str) -> PathBuf {
        let name = blake3::hash(key.as_bytes()).to_hex();
        self.folder.join(&name[..2]).join(&name[2..32])
    }

    /// The samples that are there of the scenario with this hash.
    #[must_use]
    pub fn get(&self, sha256: &str) -> Lookup {
        let key = self.key(sha256);
        let mut file = match disk::open(&self.path(&key)) {
            Err(Refused::Missing) => return Lookup::Missing,
            Err(_) => return Lookup::Damaged,
            Ok(file) => file,
        };
        let mut bytes = Vec::new();
        let read = file.read_to_end(&mut bytes).ok();
        let found = read.and_then(|_| self.read(&key, &bytes));
        found.map_or(Lookup::Damaged, Lookup::Found)
    }

    fn read(&self, key: &str, bytes: &[u8]) -> Option<Vec<Sample>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once('\n')?;
        let sum = blake3::hash(body.as_bytes()).to_hex();
        if head != format!("{FORMAT} {sum}") {
            return None;
        }
        let rows = body.strip_prefix(key)?;
        rows.lines().map(|line| self.row(line)).collect()
    }

    fn row(&self, line: &str) -> Option<Sample> {
        let mut words = line.split(' ');
        let violations = words.next()?.parse().ok()?;
        let numbers: Option<Vec<f64>> = words.map(|w| w.parse().ok()).collect();
        let numbers = numbers.filter(|n| n.len() == 2 * self.metrics.len())?;
        let pairs = numbers.chunks(2);
        let measures = pairs.map(|p| Measure { num: p[0], den: p[1] });
        Some(Sample { measures: measures.collect(), violations })
    }

    /// Keeps the samples of replications 0, 1, ... of the scenario with this hash.
    ///
    /// # Errors
    /// When the file cannot be written; what was there before is still there then.
    pub fn put(&self, sha256: &str, samples: &[Sample]) -> io::Result<()> {
        let key = self.key(sha256);
        let path = self.path(&key);
        let mut body = key;
        for sample in samples {
            let _ = write!(body, "{}", sample.violations);
            for m in &sample.measures {
                // The shortest digits that give the same number back.
                let _ = write!(body, " {} {}", m.num, m.den);
            }
            body.push('\n');
        }
        let sum = blake3::hash(body.as_bytes()).to_hex();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Another process may write the same: each has its own file until it is whole. What
        // a power cut takes is computed again.
        let part = path.with_extension(format!("part-{}", std::process::id()));
        let mut file = disk::fresh(&part)?;
        file.write_all(format!("{FORMAT} {sum}\n{body}").as_bytes())?;
        fs::rename(&part, &path)
    }
}
