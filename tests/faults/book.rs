//! What a store has promised, and whether a recovered store keeps it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use data_encoding::BASE64;
use stile_ledger::tree::verify_consistency;
use stile_ledger::{Checkpoint, Leaf, proof};
use stile_model::digest::Digest;
use stile_store::{IndexState, OpenReport, Store, Tree, verify_dir, verify_dir_against};

use crate::worker::{Job, settings, vkey};

/// A broken promise, in words.
pub type Broken = String;

/// Checkpoints kept for verification: the newest ones.
const KEPT: usize = 24;
/// Receipts checked each time: the newest ones.
const RECEIPTS: usize = 40;

/// Everything that callers were told, read from the worker's output.
#[derive(Debug, Clone, Default)]
pub struct Book {
    run: u32,
    /// Digests of all entries that were ever handed to the store.
    tried: HashSet<Digest>,
    /// Acknowledged entries: leaf hash, and what the leaf must be about.
    entries: BTreeMap<u64, (Digest, Job, u32)>,
    /// For every key: changes that were asked for, and the newest that was acknowledged.
    state: BTreeMap<String, Changes>,
    /// Heads that the store has shown, and receipts that it has issued.
    heads: Vec<Checkpoint>,
    receipts: Vec<(proof::Receipt, Vec<u8>)>,
    /// Answers other than an acknowledgement.
    pub errors: u64,
    /// How runs ended by themselves.
    pub ends: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Changes {
    tried: BTreeMap<u64, Job>,
    acknowledged: Option<u64>,
}

/// What a check found in a store that keeps its promises.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// A torn tail was cut.
    pub torn: bool,
    /// The index was rebuilt or made again.
    pub rebuilt: bool,
}

impl Book {
    /// Acknowledged entries.
    pub fn acknowledged(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Reads what run number `run` said; a line that was cut off does not count.
    pub fn read(&mut self, run: u32, said: &[u8]) {
        self.run = run;
        let whole = said
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let text = std::str::from_utf8(&said[..whole]).expect("the worker writes text");
        for line in text.lines() {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut words = rest.split(' ');
        let mut number = || -> u32 { words.next().unwrap().parse().unwrap() };
        match word {
            "HEAD" => self.head(rest),
            "TRY" => {
                let job = self.job(number(), number());
                self.tried.extend((0..job.entries()).map(|k| job.digest(k)));
                let changes = self.state.entry(job.key()).or_default();
                changes.tried.insert(job.order(), job);
            }
            "ACK" => {
                let job = self.job(number(), number());
                self.acknowledgement(job, words.next().unwrap());
            }
            "RCT" => self.receipt(rest),
            "ERR" => self.errors += 1,
            "END" => self.ends.push(rest.to_owned()),
            _ => panic!("the worker said `{line}`"),
        }
    }

    fn job(&self, task: u32, n: u32) -> Job {
        Job {
            run: self.run,
            task,
            n,
        }
    }

    fn head(&mut self, rest: &str) {
        let (size, root) = rest.split_once(' ').unwrap();
        let (size, root) = (size.parse().unwrap(), root.parse().unwrap());
        let origin = vkey().name().clone();
        self.heads.push(Checkpoint { origin, size, root });
    }

    fn acknowledgement(&mut self, job: Job, places: &str) {
        let places: Vec<_> = places
            .split(',')
            .filter(|place| !place.is_empty())
            .collect();
        assert_eq!(places.len() as u32, job.entries());
        for (k, place) in (0..).zip(places) {
            let (index, hash) = place.split_once(':').unwrap();
            let (index, hash) = (index.parse().unwrap(), hash.parse().unwrap());
            let before = self.entries.insert(index, (hash, job, k));
            assert!(before.is_none(), "index {index} was acknowledged twice");
        }
        let changes = self.state.entry(job.key()).or_default();
        changes.acknowledged = changes.acknowledged.max(Some(job.order()));
    }

    fn receipt(&mut self, rest: &str) {
        let (text, leaf) = rest.split_once(' ').unwrap();
        let text = String::from_utf8(BASE64.decode(text.as_bytes()).unwrap()).unwrap();
        let leaf = BASE64.decode(leaf.as_bytes()).unwrap();
        let receipt = proof::Receipt::parse(&text).expect("a receipt that was issued");
        let head = receipt
            .verify(&leaf, &vkey())
            .expect("a receipt that was issued");
        self.heads.push(head);
        self.receipts.push((receipt, leaf));
    }

    /// The newest checkpoint that somebody outside has seen.
    pub fn newest_head(&self) -> Option<&Checkpoint> {
        self.heads.iter().max_by_key(|head| head.size)
    }

    fn kept_heads(&self) -> Vec<Checkpoint> {
        let mut heads: Vec<_> = self.heads.iter().rev().take(KEPT).cloned().collect();
        heads.extend(self.newest_head().cloned());
        heads
    }

    /// Opens the store in `dir`, which repairs it, and checks every promise.
    ///
    /// # Errors
    ///
    /// Says which promise is broken.
    pub fn check(&self, dir: &Path) -> Result<Kept, Broken> {
        if dir.join("journal").exists() && has_frames(dir) {
            let before = verify_dir(dir, &vkey(), |_| ()).map_err(|error| error.to_string())?;
            if let Some(bad) = before.first_bad.filter(|bad| !bad.unfinished) {
                return Err(format!("before opening: {bad}"));
            }
        }
        let (store, report) = Store::open(settings(dir, 64 * 1024, 0))
            .map_err(|error| format!("it does not open: {error}"))?;
        self.check_open(&store)?;
        drop(store);
        self.check_bytes(dir, &report)?;
        Ok(Kept {
            torn: report.torn.is_some(),
            rebuilt: matches!(report.index, IndexState::Rebuilt | IndexState::Made),
        })
    }

    /// Checks every promise on an open store.
    ///
    /// # Errors
    ///
    /// Says which promise is broken.
    pub fn check_open(&self, store: &Store) -> Result<(), Broken> {
        self.check_entries(store)?;
        self.check_state(store)?;
        self.check_receipts(store)
    }

    /// Is every entry and body that can be read the one that was recorded?
    pub fn nothing_else_is_read(&self, store: &Store) -> bool {
        self.entries.iter().all(|(index, (hash, job, k))| {
            store
                .entry(*index)
                .map_or(true, |leaf| Digest::of(&leaf) == *hash)
                && store.body(*index).map_or(true, |body| body == job.body(*k))
        })
    }

    fn check_entries(&self, store: &Store) -> Result<(), Broken> {
        let size = store.head().size;
        if let Some((last, _)) = self.entries.last_key_value()
            && *last >= size
        {
            let lost = self.entries.range(size..).count();
            return Err(format!(
                "{lost} acknowledged entries are lost, from {size} on"
            ));
        }
        let mut seen = HashMap::new();
        for index in 0..size {
            let leaf = store
                .entry(index)
                .map_err(|error| format!("entry {index}: {error}"))?;
            let about = Leaf::parse(&leaf).map_err(|error| format!("entry {index}: {error}"))?;
            let digest = about.entry.digest.ok_or("an entry is about nothing")?;
            if !self.tried.contains(&digest) {
                return Err(format!("entry {index} was never submitted"));
            }
            if let Some(first) = seen.insert(digest, index) {
                return Err(format!("entry {index} repeats entry {first}"));
            }
            let Some((hash, job, k)) = self.entries.get(&index) else {
                continue;
            };
            if Digest::of(&leaf) != *hash || job.digest(*k) != digest {
                return Err(format!(
                    "entry {index} is not the one acknowledged ({job:?})"
                ));
            }
            let body = store
                .body(index)
                .map_err(|error| format!("body {index}: {error}"))?;
            if body != job.body(*k) {
                return Err(format!("body {index} is not the one acknowledged"));
            }
        }
        Ok(())
    }

    fn check_state(&self, store: &Store) -> Result<(), Broken> {
        for (key, changes) in &self.state {
            let found = store
                .get(Tree::Enquiries, key.as_bytes())
                .map_err(|error| format!("key {key}: {error}"))?;
            let least = changes.acknowledged.unwrap_or(0);
            let newer: BTreeSet<_> = changes
                .tried
                .range(least..)
                .map(|(order, _)| *order)
                .collect();
            let fits = match &found {
                Some(value) => Job::order_of(value).is_some_and(|order| newer.contains(&order)),
                None => {
                    let removed = |order: &u64| changes.tried[order].value().is_none();
                    changes.acknowledged.is_none() || newer.iter().any(removed)
                }
            };
            if !fits {
                let found = found.map(|value| String::from_utf8_lossy(&value).into_owned());
                return Err(format!("key {key} is {found:?}, acknowledged was {least}"));
            }
        }
        Ok(())
    }

    fn check_receipts(&self, store: &Store) -> Result<(), Broken> {
        for (receipt, leaf) in self.receipts.iter().rev().take(RECEIPTS) {
            let seen = receipt
                .verify(leaf, &vkey())
                .map_err(|error| error.to_string())?;
            let (proof, head) = store.consistency(seen.size).map_err(|error| {
                format!("no proof from the head of {} entries: {error}", seen.size)
            })?;
            verify_consistency(seen.size, &seen.root, head.size, &head.root, &proof)
                .map_err(|error| format!("receipt {}: {error}", receipt.index))?;
        }
        for seen in self.kept_heads() {
            let (proof, head) = store
                .consistency(seen.size)
                .map_err(|error| format!("a head that was shown is gone: {error}"))?;
            verify_consistency(seen.size, &seen.root, head.size, &head.root, &proof)
                .map_err(|error| format!("the head of {} entries: {error}", seen.size))?;
        }
        Ok(())
    }

    fn check_bytes(&self, dir: &Path, opened: &OpenReport) -> Result<(), Broken> {
        let report = verify_dir_against(dir, &vkey(), &self.kept_heads(), |_| ())
            .map_err(|error| error.to_string())?;
        if let Some(bad) = report.first_bad {
            return Err(format!("after opening: {bad}"));
        }
        if report.head.as_ref() != Some(&opened.head) {
            return Err("the bytes hold another head than opening reported".to_owned());
        }
        Ok(())
    }
}

fn has_frames(dir: &Path) -> bool {
    let Ok(mut list) = std::fs::read_dir(dir.join("journal")) else {
        return false;
    };
    list.next().is_some()
}
