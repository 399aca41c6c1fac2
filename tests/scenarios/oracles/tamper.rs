//! Copies of an exported ledger, each changed in one way that must not pass.

use std::fs;
use std::path::{Path, PathBuf};

use stile_ledger::note::attach;
use stile_ledger::proof::Receipt;
use stile_ledger::tile::{bundle_bytes, read_bundle};
use stile_ledger::witness::AddCheckpoint;
use stile_ledger::{Checkpoint, LedgerKey};
use stile_model::digest::Digest;

use super::export::{Export, cosignature, cosigned, impostor, log_key, put, witness};

const FULL_BUNDLE: &str = "tile/entries/000";
const PARTIAL_BUNDLE: &str = "tile/entries/002.p/188";
const FULL_TILE: &str = "tile/0/000";
const PARTIAL_TILE: &str = "tile/0/002.p/188";
const UPPER_TILE: &str = "tile/1/000.p/2";

type Change = fn(&Path, &Checkpoint);

const CHANGES: &[(&str, Change)] = &[
    ("two entries swapped", |dir, _| {
        entries(dir, |all| all.swap(3, 4));
    }),
    ("an entry replaced", |dir, _| {
        entries(dir, |all| all[7] = all[8].clone());
    }),
    ("an entry removed", |dir, _| {
        entries(dir, |all| drop(all.remove(9)));
    }),
    ("an entry added", |dir, _| {
        entries(dir, |all| all.push(Vec::new()));
    }),
    ("bundle cut by a byte", |dir, _| {
        edit(dir, PARTIAL_BUNDLE, |b| b.truncate(b.len() - 1));
    }),
    ("bundle with a byte more", |dir, _| {
        edit(dir, PARTIAL_BUNDLE, |b| b.push(0));
    }),
    ("bundle emptied", |dir, _| {
        edit(dir, FULL_BUNDLE, Vec::clear)
    }),
    ("bundle missing", |dir, _| remove(dir, PARTIAL_BUNDLE)),
    ("bundles swapped", |dir, _| {
        swap(dir, FULL_BUNDLE, "tile/entries/001")
    }),
    ("tile cut by a hash", |dir, _| {
        edit(dir, FULL_TILE, |b| b.truncate(b.len() - 32));
    }),
    ("tile with a hash more", |dir, _| {
        edit(dir, PARTIAL_TILE, |b| b.extend([0; 32]));
    }),
    ("tile missing", |dir, _| remove(dir, PARTIAL_TILE)),
    ("upper tile missing", |dir, _| remove(dir, UPPER_TILE)),
    ("tiles swapped", |dir, _| swap(dir, FULL_TILE, "tile/0/001")),
    ("hashes of a tile swapped", |dir, _| {
        edit(dir, FULL_TILE, |b| b[..64].rotate_left(32));
    }),
    ("tile beyond the head", |dir, _| {
        put(dir, "tile/0/003.p/1", &[0; 32])
    }),
    ("older head put back", |dir, head| {
        let old = Checkpoint {
            size: 600,
            ..head.clone()
        };
        resign(dir, &old);
    }),
    ("another root signed by everybody", |dir, head| {
        let root = Digest::of(b"another history");
        resign(
            dir,
            &Checkpoint {
                root,
                ..head.clone()
            },
        );
    }),
    (
        "checkpoint by another key of the ledger's name",
        |dir, head| {
            let note = head
                .sign(&LedgerKey::from_seed(&[81; 32]).unwrap())
                .unwrap();
            put(dir, "checkpoint", cosigned(head, &note).as_bytes());
        },
    ),
    ("checkpoint without the ledger's line", |dir, _| {
        line_away(dir, "riverside-police ")
    }),
    ("checkpoint without a cosignature", |dir, _| {
        line_away(dir, "witness-2 ")
    }),
    (
        "cosignature by another key of the witness's name",
        |dir, head| {
            recosign(dir, &cosignature(&impostor(2), head), true);
        },
    ),
    ("cosignature over another head", |dir, head| {
        let other = Checkpoint {
            size: head.size + 1,
            ..head.clone()
        };
        recosign(dir, &cosignature(&witness(2), &other), false);
    }),
    (
        "a witness's plain signature in place of its cosignature",
        |dir, head| {
            let plain = LedgerKey::from_seed(&[2; 32]).unwrap();
            let name = witness(2).vkey().name().clone();
            recosign(
                dir,
                &plain.signature_line(&name, &head.text()).unwrap(),
                true,
            );
        },
    ),
    ("receipts swapped", |dir, _| {
        swap(dir, "receipts/0", "receipts/1")
    }),
    ("receipt of another index", |dir, _| {
        receipt(dir, |receipt| receipt.index = 257);
    }),
    ("receipt with a hash fewer", |dir, _| {
        receipt(dir, |receipt| receipt.inclusion.truncate(2));
    }),
    ("receipt with a hash more", |dir, _| {
        receipt(dir, |receipt| receipt.inclusion.push(Digest::of(b"")));
    }),
    ("receipt with hashes swapped", |dir, _| {
        receipt(dir, |receipt| receipt.inclusion.swap(0, 1));
    }),
    ("receipt under a head nobody cosigned", |dir, head| {
        receipt(dir, |receipt| {
            receipt.checkpoint = head.sign(&log_key()).unwrap()
        });
    }),
    ("consistency with a hash fewer", |dir, _| {
        consistency(dir, |request| request.proof.truncate(2));
    }),
    ("consistency with a hash more", |dir, _| {
        consistency(dir, |request| request.proof.push(Digest::of(b"")));
    }),
    ("consistency with hashes swapped", |dir, _| {
        consistency(dir, |request| request.proof.swap(0, 1));
    }),
    ("consistency from another size", |dir, _| {
        swap(dir, "consistency/255", "consistency/257");
    }),
    ("consistency from a size it does not prove", |dir, _| {
        consistency(dir, |request| request.old = 256);
    }),
];

/// One folder below `into` for every tampering: those above, and one bit flipped at the start,
/// middle and end of every file.
pub fn copies(honest: &Export, into: &Path) -> Vec<PathBuf> {
    let mut made = Vec::new();
    for (what, change) in CHANGES {
        let copy = into.join(what.replace(' ', "-"));
        copy_of(&honest.dir, &copy);
        change(&copy, &honest.head);
        made.push(copy);
    }
    for file in files(&honest.dir) {
        let name = file.strip_prefix(&honest.dir).unwrap().to_str().unwrap();
        let length = fs::read(&file).unwrap().len();
        for place in [0, length / 2, length - 1] {
            let copy = into.join(format!("bit-{place}-of-{}", name.replace('/', "-")));
            copy_of(&honest.dir, &copy);
            edit(&copy, name, |bytes| bytes[place] ^= 1);
            made.push(copy);
        }
    }
    made
}

fn resign(dir: &Path, head: &Checkpoint) {
    let note = cosigned(head, &head.sign(&log_key()).unwrap());
    put(dir, "checkpoint", note.as_bytes());
}

/// Puts a cosignature line in place of the second witness's.
fn recosign(dir: &Path, line: &str, other_key: bool) {
    if other_key {
        line_away(dir, "witness-2 ");
    }
    let note = fs::read_to_string(dir.join("checkpoint")).unwrap();
    put(dir, "checkpoint", attach(&note, line).unwrap().as_bytes());
}

fn line_away(dir: &Path, by: &str) {
    edit_text(dir, "checkpoint", |text| {
        let kept = text.split_inclusive('\n');
        let kept = kept.filter(|line| !(line.starts_with('—') && line.contains(by)));
        kept.collect()
    });
}

fn receipt(dir: &Path, change: impl FnOnce(&mut Receipt)) {
    edit_text(dir, "receipts/256", |text| {
        let mut receipt = Receipt::parse(text).unwrap();
        change(&mut receipt);
        receipt.text()
    });
}

fn consistency(dir: &Path, change: impl FnOnce(&mut AddCheckpoint)) {
    edit_text(dir, "consistency/255", |text| {
        let mut request = AddCheckpoint::parse(text).unwrap();
        change(&mut request);
        request.text()
    });
}

fn entries(dir: &Path, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    edit(dir, FULL_BUNDLE, |bytes| {
        let read = read_bundle(bytes, 256).unwrap();
        let mut entries: Vec<Vec<u8>> = read.iter().map(|entry| entry.to_vec()).collect();
        change(&mut entries);
        // Beyond 256 entries it is no bundle that we would write.
        *bytes = entries
            .chunks(256)
            .flat_map(|chunk| bundle_bytes(chunk.iter().map(Vec::as_slice)).unwrap())
            .collect();
    });
}

fn edit_text(dir: &Path, file: &str, change: impl FnOnce(&str) -> String) {
    edit(dir, file, |bytes| {
        *bytes = change(std::str::from_utf8(bytes).unwrap()).into_bytes();
    });
}

/// Changes a file, which must then differ.
fn edit(dir: &Path, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let before = fs::read(dir.join(file)).unwrap();
    let mut bytes = before.clone();
    change(&mut bytes);
    assert_ne!(bytes, before, "{file} stays as it was");
    fs::write(dir.join(file), bytes).unwrap();
}

fn swap(dir: &Path, one: &str, other: &str) {
    let bytes = fs::read(dir.join(one)).unwrap();
    fs::copy(dir.join(other), dir.join(one)).unwrap();
    edit(dir, other, |there| *there = bytes);
}

fn remove(dir: &Path, file: &str) {
    fs::remove_file(dir.join(file)).unwrap();
}

fn copy_of(from: &Path, to: &Path) {
    for file in files(from) {
        let name = file.strip_prefix(from).unwrap().to_str().unwrap();
        put(to, name, &fs::read(&file).unwrap());
    }
}

/// Every file below `dir`, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
