use proptest::prelude::*;
use stile_model::id::CaseId;

use super::*;
use crate::entry::{Entry, EntryKind, Leaf, Pseudonym, commitment};
use crate::note::Vkey;
use crate::tree::{Tree, consistency_proof, inclusion_proof, leaf_hash};

const KEY: [u8; 32] = [3; 32];
const PSEUDONYM: [u8; 32] = [5; 32];

fn key() -> LedgerKey {
    LedgerKey::from_seed(&KEY).unwrap()
}

fn origin() -> KeyName {
    KeyName::new("stile.example/police").unwrap()
}

fn vkey() -> Vkey {
    key().vkey(&origin())
}

fn case() -> Case {
    let number = CaseId::new("MASH-2026-00417").unwrap();
    Case {
        pseudonym: Pseudonym::of_case(&PSEUDONYM, &number),
        number,
    }
}

fn made() -> Timestamp {
    "2026-03-11T10:14:00Z".parse().unwrap()
}

fn body(n: u64) -> Vec<u8> {
    format!("{{\"about\":{n}}}").into_bytes()
}

fn salt(n: u64) -> [u8; 32] {
    [u8::try_from(n).unwrap(); 32]
}

/// A ledger of `count` entries; every second one is of the case.
fn leaves(count: u64) -> Vec<Vec<u8>> {
    let leaf = |n: u64| {
        let entry = Entry {
            case: n.is_multiple_of(2).then_some(case().pseudonym),
            ..Entry::new(EntryKind::Permit, made().plus_s(i64::try_from(n).unwrap()))
        };
        entry
            .to_leaf_bytes(&salt(n), &commitment(&salt(n), &body(n)))
            .unwrap()
    };
    (0..count).map(leaf).collect()
}

fn head(leaves: &[Vec<u8>]) -> (Checkpoint, impl Fn(u8, u64) -> Option<Digest>) {
    let (mut tree, mut nodes) = (Tree::new(), std::collections::HashMap::new());
    for leaf in leaves {
        tree.append_noting(leaf_hash(leaf), |level, at, hash| {
            nodes.insert((level, at), hash);
        });
    }
    let head = Checkpoint {
        origin: origin(),
        size: tree.size(),
        root: tree.root(),
    };
    (head, move |level, at| nodes.get(&(level, at)).copied())
}

fn contents() -> Contents {
    let leaves = leaves(11);
    let (head, node) = head(&leaves);
    let (earlier, _) = self::head(&leaves[..6]);
    let checkpoint = head.sign(&key()).unwrap();
    let exhibit = |index: u64| Exhibit {
        index,
        leaf: leaves[usize::try_from(index).unwrap()].clone(),
        receipt: Receipt {
            index,
            inclusion: inclusion_proof(index, head.size, &node).unwrap(),
            checkpoint: checkpoint.clone(),
        },
        body: match index {
            4 => Opened::Erased,
            _ => Opened::Shown {
                salt: salt(index),
                body: body(index),
            },
        },
    };
    Contents {
        case: case(),
        made: made(),
        entries: [0, 2, 4, 6, 8, 10].map(exhibit).into(),
        continuity: vec![Continuity {
            size: 6,
            checkpoint: earlier.sign(&key()).unwrap(),
            proof: consistency_proof(6, head.size, &node).unwrap(),
        }],
        keys: vec![vkey().to_string()],
        readme: "Read me.\n".to_owned(),
        summary: "<p>Summary</p>\n".to_owned(),
        checkpoint,
        head,
    }
}

/// The pack as it is sent, signed by `key`.
fn signed(contents: &Contents, key: &LedgerKey) -> Vec<File> {
    let mut files = contents.files().unwrap();
    let note = sign(key, &origin(), &files[0].bytes, contents.made).unwrap();
    files.insert(1, File::of(SIGNATURE, note));
    files
}

fn pack() -> Vec<File> {
    signed(&contents(), &key())
}

#[test]
fn accepts_a_whole_pack_and_gives_its_leaves() {
    let verified = verify(&pack(), &vkey()).unwrap();

    let indexes: Vec<_> = verified.leaves.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, [0, 2, 4, 6, 8, 10]);
    assert_eq!(verified.manifest.entries[2], (4, Body::Erased));
    assert_eq!(verified.manifest.case, case());
    assert!(
        verified
            .leaves
            .iter()
            .all(|(_, leaf): &(u64, Leaf)| leaf.entry.kind == EntryKind::Permit)
    );
}

#[test]
fn rejects_every_changed_byte_of_every_file() {
    let good = pack();
    for place in 0..good.len() {
        let length = good[place].bytes.len();
        // Every byte of what is small; a sample of what is long.
        for at in (0..length).step_by((length / 50).max(1)) {
            let mut files = good.clone();
            files[place].bytes[at] ^= 1;

            assert!(
                verify(&files, &vkey()).is_err(),
                "{} byte {at}",
                good[place].name
            );
        }
    }
}

#[test]
fn rejects_a_file_that_is_missing_added_renamed_emptied_or_moved() {
    let good = pack();
    for place in 0..good.len() {
        let mut missing = good.clone();
        missing.remove(place);
        let mut twice = good.clone();
        twice.insert(place, good[place].clone());
        let mut added = good.clone();
        added.insert(place, File::of("entries/extra", "x"));
        let mut renamed = good.clone();
        renamed[place].name.push('x');
        let mut emptied = good.clone();
        emptied[place].bytes.clear();
        let mut moved = good.clone();
        moved.swap(place, (place + 1) % good.len());

        for bad in [missing, twice, added, renamed, emptied, moved] {
            assert!(verify(&bad, &vkey()).is_err(), "{}", good[place].name);
        }
    }
}

/// A pack whose contents were changed before its own key signed it: only its proofs can tell.
fn rejected(change: impl FnOnce(&mut Contents)) -> LedgerError {
    let mut contents = contents();
    change(&mut contents);
    verify(&signed(&contents, &key()), &vkey()).unwrap_err()
}

#[test]
fn rejects_what_the_ledger_itself_signed_when_the_proofs_do_not_hold() {
    rejected(|pack| pack.entries[1].leaf = pack.entries[0].leaf.clone());
    rejected(|pack| pack.entries[1].receipt = pack.entries[0].receipt.clone());
    rejected(|pack| pack.entries[1].index = 3);
    rejected(|pack| pack.entries.swap(0, 1));
    rejected(|pack| pack.entries[0].body = pack.entries[1].body.clone());
    rejected(|pack| {
        pack.entries[0].body = Opened::Shown {
            salt: salt(1),
            body: body(0),
        };
    });
    rejected(|pack| pack.continuity[0].proof.clear());
    rejected(|pack| pack.continuity[0].size = 5);
    rejected(|pack| pack.head.size += 1);
    rejected(|pack| {
        pack.case.pseudonym = Pseudonym::from_bytes([9; 32]);
    });
    rejected(|pack| {
        let other = Checkpoint {
            size: 3,
            ..pack.head.clone()
        };
        pack.checkpoint = other.sign(&key()).unwrap();
        pack.head = other;
    });
}

#[test]
fn rejects_an_entry_of_another_case() {
    let error = rejected(|pack| {
        let leaves = leaves(11);
        let (_, node) = head(&leaves);
        let exhibit = &mut pack.entries[1];
        exhibit.index = 3;
        exhibit.leaf = leaves[3].clone();
        exhibit.receipt.index = 3;
        exhibit.receipt.inclusion = inclusion_proof(3, 11, &node).unwrap();
        exhibit.body = Opened::LeftOut;
    });

    assert!(error.to_string().contains("another case"), "{error}");
}

#[test]
fn rejects_another_key_another_origin_and_a_second_signature() {
    let other = LedgerKey::from_seed(&[4; 32]).unwrap();
    assert!(verify(&signed(&contents(), &other), &vkey()).is_err());
    assert!(verify(&pack(), &other.vkey(&origin())).is_err());
    let elsewhere = KeyName::new("stile.example/health").unwrap();
    assert!(verify(&pack(), &key().vkey(&elsewhere)).is_err());

    let mut twice = pack();
    let line = String::from_utf8(twice[1].bytes.clone()).unwrap();
    let line = line.lines().last().unwrap().to_owned() + "\n";
    twice[1].bytes.extend(line.as_bytes());
    assert!(verify(&twice, &vkey()).is_err());
}

#[test]
fn the_signed_note_is_no_checkpoint_and_a_checkpoint_is_no_such_note() {
    let files = pack();
    let note = std::str::from_utf8(&files[1].bytes).unwrap();
    assert!(Checkpoint::open(note, &vkey()).is_err());

    let mut swapped = files.clone();
    swapped[1].bytes = contents().checkpoint.into_bytes();
    assert!(verify(&swapped, &vkey()).is_err());
}

#[test]
fn the_same_contents_are_the_same_bytes() {
    let (one, two) = (archive::write(&pack()), archive::write(&pack()));

    assert_eq!(one.unwrap(), two.unwrap());
}

#[test]
fn an_independent_program_opens_the_archive_and_finds_the_same_files() {
    let bytes = archive::write(&pack()).unwrap();
    let mut judge = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();

    assert_eq!(judge.len(), pack().len());
    for (place, file) in pack().iter().enumerate() {
        let mut found = judge.by_index(place).unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut found, &mut content).unwrap();
        assert_eq!(
            (found.name().unwrap().as_ref(), &content),
            (file.name.as_str(), &file.bytes)
        );
    }
}

#[test]
fn refuses_an_archive_with_any_byte_of_its_frame_changed_added_or_cut() {
    let bytes = archive::write(&[File::of("a", "one"), File::of("b", "two")]).unwrap();
    assert_eq!(archive::read(&bytes).unwrap().len(), 2);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        // A changed byte of content with its checksum is for the manifest to find; alone it is found here.
        assert!(archive::read(&changed).is_err(), "byte {at}");
        assert!(archive::read(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert!(archive::read(&[&bytes[..], b"x"].concat()).is_err());
    assert!(archive::read(&[b"x", &bytes[..]].concat()).is_err());
}

#[test]
fn refuses_a_manifest_with_a_line_changed_repeated_moved_or_missing() {
    let text = String::from_utf8(pack()[0].bytes.clone()).unwrap();
    Manifest::parse(&text).unwrap();
    let lines: Vec<_> = text.lines().collect();
    for at in 0..lines.len() {
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let mut spaced = lines.clone();
        let double = lines[at].replacen(' ', "  ", 1) + " ";
        spaced[at] = &double;
        for bad in [twice, spaced] {
            assert!(
                Manifest::parse(&(bad.join("\n") + "\n")).is_err(),
                "line {at}"
            );
        }
    }
    for at in 0..5 {
        let mut missing = lines.clone();
        missing.remove(at);
        assert!(
            Manifest::parse(&(missing.join("\n") + "\n")).is_err(),
            "line {at}"
        );
    }
    let mut moved = lines.clone();
    moved.swap(5, 6);
    assert!(Manifest::parse(&(moved.join("\n") + "\n")).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        let _ = archive::read(&bytes);
        let _ = Manifest::parse(&text);
        let _ = verify(&[File::of(MANIFEST, bytes.clone()), File::of(SIGNATURE, bytes)], &vkey());
    }
}
