//! A full disk, and a disk that refuses.

use std::process::Command;

use super::*;
use crate::{IndexState, Tree};

/// A small file system of its own; unmounted when dropped.
pub(super) struct Mounted(TempDir);

impl Mounted {
    /// `None`, said loudly, where this process may not mount.
    pub(super) fn tmpfs(size: &str) -> Option<Self> {
        let dir = folder();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "stile-test"])
            .arg(dir.path())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            eprintln!("SKIPPED: this process may not mount a tmpfs, so no disk can be filled");
            return None;
        }
        Some(Self(dir))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "the test's tmpfs stays mounted"
        );
    }
}

fn refusal(n: u32) -> Batch {
    Batch {
        refusal_only: true,
        ..batch(&format!("body {n}"))
    }
}

#[test]
fn full_disk_acknowledges_nothing_but_refusals_and_then_recovers() {
    let Some(disk) = Mounted::tmpfs("16m") else {
        return;
    };
    let dir = disk.path().join("store");
    let settings = || StoreConfig {
        low_space_bytes: 4 * 1024 * 1024,
        ..config(&dir, 64 * 1024)
    };
    let (store, _) = Store::open(settings()).unwrap();
    fill(&store, 0, 20);
    let filler = disk.path().join("filler");

    // Somebody else takes space until the low mark is passed.
    let mut taken = 0;
    while run(store.commit(Batch::put(Tree::Meta, "probe", Some(vec![1])))).is_ok() {
        taken += 1;
        std::fs::write(&filler, vec![1; taken * 512 * 1024]).unwrap();
    }
    assert!(matches!(
        run(store.commit(batch("body 20"))),
        Err(StoreError::DiskFull)
    ));
    run(store.commit(refusal(20))).unwrap();

    // Then all of it; refusals go on until the ballast is used up as well.
    let _ = std::fs::write(disk.path().join("rest"), vec![1; 16 * 1024 * 1024]);
    let mut count = 21;
    let error = loop {
        match run(store.commit(refusal(count))) {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert!(
        !dir.join("ballast").exists(),
        "the ballast was kept back from refusals"
    );
    assert!(count > 60, "only {count} entries fitted");
    assert!(!store.is_poisoned());
    assert_holds(&store, count);
    assert!(verified(&dir).is_sound());

    // Opening on the full disk either works or says why, and never blames the index.
    drop(store);
    match Store::open(settings()) {
        Ok((store, _)) => assert_holds(&store, count),
        Err(error) => assert!(matches!(error, StoreError::DiskFull), "{error}"),
    }
    assert!(!dir.join("set-aside").exists());

    std::fs::remove_file(&filler).unwrap();
    std::fs::remove_file(disk.path().join("rest")).unwrap();
    let (store, _) = Store::open(settings()).unwrap();
    fill(&store, count, 3);
    assert!(
        dir.join("ballast").exists(),
        "the ballast is laid down again"
    );
    drop(store);
    let (store, report) = Store::open(settings()).unwrap();
    // sled sometimes loses rows to a full disk; what finds that marks the index, and this start then
    // builds it anew by itself.
    assert!(matches!(
        report.index,
        IndexState::Current | IndexState::Rebuilt
    ));
    assert_holds(&store, count + 3);
}

#[test]
fn below_the_low_space_mark_only_refusals_are_recorded() {
    let dir = folder();
    let settings = StoreConfig {
        low_space_bytes: u64::MAX,
        ..config(dir.path(), 16 * 1024)
    };
    let (store, _) = Store::open(settings).unwrap();

    let error = run(store.commit(batch("body 0"))).unwrap_err();
    run(store.commit(refusal(0))).unwrap();

    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert!(!store.is_poisoned());
    assert_holds(&store, 1);
}

/// In the child: commits until it fails, then says what still works.
fn under_a_file_size_limit(dir: &Path) {
    let (store, _) = Store::open(config(dir, 16 * 1024)).unwrap();
    let mut count = 0;
    // The next segment cannot be made: a body larger than the limit needs one.
    let error = loop {
        let body = vec![0; 4096 << count];
        match run(store.commit(Batch::entry(permit("x"), body, None))) {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Unwritable), "{error}");
    assert!(store.is_poisoned());
    let again = run(store.commit(batch("later"))).unwrap_err();
    assert!(matches!(again, StoreError::Unwritable), "{again}");
    assert_eq!(
        store.head().size,
        count,
        "readers still see what was acknowledged"
    );
    store.body(count - 1).unwrap();
    println!("POISONED AFTER {count}");
}

#[test]
fn failed_write_is_not_acknowledged_and_poisons_the_store() {
    const CHILD: &str = "STILE_TEST_LIMITED_DIR";
    if let Ok(dir) = std::env::var(CHILD) {
        return under_a_file_size_limit(Path::new(&dir));
    }
    let dir = folder();
    let name = "tests::full::failed_write_is_not_acknowledged_and_poisons_the_store";
    // The signal of an exceeded limit is ignored, so that the write fails instead. The limit is in
    // blocks of 512 bytes, and above what the index preallocates.
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 4096; exec \"$0\" --exact \"$1\" --nocapture",
        ])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(CHILD, dir.path())
        .output()
        .unwrap();

    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("POISONED AFTER"), "{text}");
    let (store, report) = reopen(dir.path());
    assert!(report.head.size > 0);
    assert!(!store.is_poisoned());
    assert!(verified(dir.path()).is_sound());
}
