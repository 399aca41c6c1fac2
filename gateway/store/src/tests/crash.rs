//! Killed at random, and the order of effects as the kernel saw it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use super::*;

const CHILD: &str = "STILE_TEST_CRASH_DIR";
const ROUNDS: &str = "STILE_KILL_ROUNDS";

/// In the child: eight callers commit for ever; every acknowledged index goes to the pipe.
fn commit_for_ever(dir: &Path) {
    let (store, _) = Store::open(config(dir, 32 * 1024)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    for _ in 0..8 {
        let store = store.clone();
        runtime.spawn(async move {
            loop {
                let done = store.commit(batch("acknowledged")).await.unwrap();
                let receipt = &done.receipts[0];
                let hash = Digest::of(receipt.leaf());
                let line = format!("ACK {} {hash}\n", receipt.index());
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    runtime.block_on(std::future::pending::<()>());
}

fn spawn(command: &mut Command, test: &str, dir: &Path) -> Child {
    command
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whole acknowledgement lines; the last may be cut by the kill.
fn acknowledged(child: &mut Child) -> Vec<(u64, Digest)> {
    let lines = BufReader::new(child.stdout.take().unwrap()).split(b'\n');
    let lines = lines
        .map_while(Result::ok)
        .filter_map(|line| String::from_utf8(line).ok());
    let whole = |line: String| {
        let (index, hash) = line.strip_prefix("ACK ")?.split_once(' ')?;
        Some((index.parse().ok()?, hash.parse().ok()?))
    };
    lines.filter_map(whole).collect()
}

#[test]
fn killed_at_random_moments_no_acknowledged_entry_is_lost() {
    if let Ok(dir) = std::env::var(CHILD) {
        return commit_for_ever(Path::new(&dir));
    }
    let rounds = std::env::var(ROUNDS).map_or(20, |rounds| rounds.parse().unwrap());
    let name = "tests::crash::killed_at_random_moments_no_acknowledged_entry_is_lost";
    let (dir, random) = (folder(), SystemRandom::new());
    let mut total = 0;
    for round in 0..rounds {
        let mut child = spawn(
            &mut Command::new(std::env::current_exe().unwrap()),
            name,
            dir.path(),
        );
        let mut byte = [0];
        random.fill(&mut byte).unwrap();
        // Not a wait for something: the random moment of the kill.
        thread::sleep(Duration::from_millis(u64::from(byte[0]) + 5));
        child.kill().unwrap();
        let acks = acknowledged(&mut child);
        child.wait().unwrap();

        let (store, _) = Store::open(config(dir.path(), 32 * 1024)).unwrap();
        for (index, hash) in &acks {
            let leaf = store.entry(*index).unwrap();
            assert_eq!(Digest::of(&leaf), *hash, "round {round}, entry {index}");
        }
        let report = verified(dir.path());
        assert!(report.is_sound(), "round {round}: {report:?}");
        assert_eq!(report.head, Some(store.head()));
        total += acks.len();
    }
    println!("{total} acknowledged entries in {rounds} rounds, none lost");
    assert!(
        total > 0,
        "no round lived long enough to acknowledge anything"
    );
}

/// In the child: three commits, each followed by a line.
fn commit_thrice(dir: &Path) {
    let (store, _) = Store::open(config(dir, 1024 * 1024)).unwrap();
    for n in 0..3 {
        run(store.commit(batch("traced"))).unwrap();
        std::io::stdout()
            .lock()
            .write_all(format!("ACK {n}\n").as_bytes())
            .unwrap();
    }
}

#[test]
fn kernel_sees_write_then_flush_then_acknowledgement() {
    if let Ok(dir) = std::env::var(CHILD) {
        return commit_thrice(Path::new(&dir));
    }
    let (dir, trace) = (folder(), folder());
    let log = trace.path().join("trace");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-e", "trace=pwrite64,fdatasync,write", "-o"])
        .arg(&log);
    let able = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status();
    if !able.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: strace is missing or may not trace, so the order is not observed");
        return;
    }
    strace.arg(std::env::current_exe().unwrap());
    let name = "tests::crash::kernel_sees_write_then_flush_then_acknowledgement";

    let mut child = spawn(&mut strace, name, dir.path());
    assert_eq!(acknowledgement_lines(&mut child), 3);
    assert!(child.wait().unwrap().success());

    let trace = std::fs::read_to_string(log).unwrap();
    let effects: Vec<&str> = trace
        .lines()
        .filter_map(|line| {
            let segment = line.contains("/journal/") && line.contains(".seg>");
            if line.contains("pwrite64(") && segment {
                Some("write")
            } else if line.contains("fdatasync(") && segment {
                Some("flush")
            } else if line.contains("write(1<") && line.contains("\"ACK ") {
                Some("ack")
            } else {
                None
            }
        })
        .collect();
    let genesis = ["write", "flush"];
    let commit = ["write", "flush", "ack"];
    assert_eq!(
        effects,
        [genesis.as_slice(), &commit, &commit, &commit].concat()
    );
}

fn acknowledgement_lines(child: &mut Child) -> usize {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .filter(|line| line.starts_with("ACK "))
        .count()
}
