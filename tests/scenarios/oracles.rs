//! Independent judges: what we publish is read by programs that share no code with us, which accept
//! the honest ledger and refuse every tampered copy (`tests/oracles`).

mod export;
mod judges;
mod tamper;

use std::path::{Path, PathBuf};

use export::Export;
use judges::Judge;

/// Enough for two full level-0 tiles and a partial one at each of two levels.
const SMALL: u64 = 700;
/// Enough for a full level-1 tile and three levels, as in the example of C2SP tlog-tiles.
const LARGE: u64 = 70_000;

#[test]
fn go_judge_accepts_our_ledgers_and_refuses_every_tampered_copy() {
    if let Some(judge) = Judge::go() {
        is_right(&judge);
    }
}

#[test]
fn python_judge_accepts_our_ledgers_and_refuses_every_tampered_copy() {
    if let Some(judge) = Judge::python() {
        is_right(&judge);
    }
}

fn is_right(judge: &Judge) {
    let dir = tempfile::tempdir().unwrap();
    let small = Export::of_store(&dir.path().join("small"), SMALL);
    let large = Export::in_memory(&dir.path().join("large"), LARGE);
    let policy = dir.path().join("policy");
    std::fs::write(&policy, export::policy()).unwrap();
    let honest = [small.dir.clone(), large.dir.clone()];

    for (folder, verdict) in judge.verdicts(&policy, &honest) {
        assert_eq!(verdict, Ok(()), "{}", folder.display());
    }

    let copies = tamper::copies(&small, &dir.path().join("copies"));
    assert!(copies.len() > 50, "{}", copies.len());
    for (folder, verdict) in judge.verdicts(&policy, &copies) {
        assert!(verdict.is_err(), "accepted: {}", name(&folder));
    }

    let other = dir.path().join("other-policy");
    std::fs::write(&other, export::policy_of_others()).unwrap();
    for (folder, verdict) in judge.verdicts(&other, &honest) {
        assert!(verdict.is_err(), "other keys: {}", folder.display());
    }
}

fn name(folder: &Path) -> String {
    PathBuf::from(folder.file_name().unwrap())
        .display()
        .to_string()
}
