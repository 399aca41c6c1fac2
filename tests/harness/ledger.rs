//! Reads a journal's entries from its files alone, as an auditor without any key would.

use std::path::Path;

use stile_ledger::frame::Record;
use stile_ledger::verify::walk;
use stile_ledger::{EntryKind, Leaf};

/// Every entry in the store's folder, oldest first.
pub fn leaves(store: &Path) -> Vec<Leaf> {
    let list = std::fs::read_dir(store.join("journal")).unwrap();
    let mut segments: Vec<_> = list.map(|file| file.unwrap().path()).collect();
    segments.sort();
    let mut leaves = Vec::new();
    for segment in segments {
        walk(&std::fs::read(segment).unwrap(), 0, |decoded, _| {
            for record in &decoded.frame.records {
                if let Record::Entry(leaf) = record {
                    leaves.push(Leaf::parse(leaf)?);
                }
            }
            Ok(())
        });
    }
    leaves
}

/// How many of these entries are of this kind.
pub fn count(leaves: &[Leaf], kind: EntryKind) -> usize {
    leaves.iter().filter(|leaf| leaf.entry.kind == kind).count()
}
