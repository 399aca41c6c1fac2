//! The published folder in another hand: tiles and heads changed, cut, removed, changed over.

use std::fs;
use std::path::{Path, PathBuf};

use stile_store::{Published, Publisher, Store};

use crate::book::Broken;
use crate::campaign::{Campaign, Row, Violation};
use crate::dice::Dice;
use crate::scene::copy;
use crate::shim::Plan;
use crate::worker::settings;

/// Publishes a ledger, changes the folder, and publishes again: the change is named, or what was
/// removed is brought back as it was.
///
/// # Errors
///
/// The first change that is published as if it were true.
pub fn run(campaign: &Campaign, rounds: u64) -> Result<Row, Violation> {
    campaign.lives(
        Row::of("published tiles and heads changed"),
        rounds,
        |scene, book, dice, row| {
            let ran = scene.run(&Plan::default(), None, &["--tasks", "6", "--batches", "90"]);
            book.read(ran.run, &ran.said);
            let (store, _) = Store::open(settings(&scene.store(), 64 * 1024, 0))
                .map_err(|error| error.to_string())?;
            let good = scene.beside("published");
            publish(&store, &good)?;
            for _ in 0..20 {
                row.rounds += 1;
                let beside = scene.beside("changed");
                fs::remove_dir_all(&beside).ok();
                copy(&good, &beside);
                let (what, restorable) = spoil(&beside, dice);
                match publish(&store, &beside) {
                    Err(_) => row.caught += 1,
                    Ok(()) if restorable => {
                        if !same(&good, &beside) {
                            return Err(format!("{what}: it is published otherwise than before"));
                        }
                        row.repaired += 1;
                    }
                    Ok(()) => return Err(format!("{what}: it is published as if it were true")),
                }
            }
            Ok(())
        },
    )
}

fn publish(store: &Store, dir: &Path) -> Result<(), Broken> {
    let published = Publisher::new(store.clone(), dir).publish(&store.signed_head(), None);
    match published {
        Ok(Published::InStep { .. }) => Ok(()),
        Ok(other) => Err(format!("{other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Changes the folder; says what it did, and whether the folder may be brought back as it was.
fn spoil(dir: &Path, dice: &mut Dice) -> (String, bool) {
    let files = files(dir);
    let file = files[dice.place(files.len())].clone();
    let name = file.strip_prefix(dir).unwrap().display().to_string();
    let mut bytes = fs::read(&file).unwrap();
    match dice.within(0..4) {
        0 => {
            fs::remove_file(&file).unwrap();
            (format!("{name} removed"), true)
        }
        1 => {
            let length = dice.place(bytes.len());
            bytes.truncate(length);
            fs::write(&file, bytes).unwrap();
            (format!("{name} cut to {length}"), false)
        }
        2 => {
            let other = &files[dice.place(files.len())];
            let instead = fs::read(other).unwrap();
            let same = instead == bytes;
            fs::write(other, &bytes).unwrap();
            fs::write(&file, instead).unwrap();
            (format!("{name} and {} changed over", other.display()), same)
        }
        _ => {
            let place = dice.place(bytes.len());
            bytes[place] ^= 1 << dice.within(0..8);
            fs::write(&file, bytes).unwrap();
            (format!("{name} flipped at {place}"), false)
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn same(one: &Path, other: &Path) -> bool {
    let read = |dir: &Path| -> Vec<_> {
        let read = |path: PathBuf| {
            (
                path.strip_prefix(dir).unwrap().to_owned(),
                fs::read(&path).unwrap(),
            )
        };
        files(dir).into_iter().map(read).collect()
    };
    read(one) == read(other)
}
