//! One store with the workers that live in it, in a folder of its own.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::shim::{Plan, Shim};

/// Longest life of a worker that nothing kills.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with a store in it.
pub struct Scene<'a> {
    shim: &'a Shim,
    folder: TempDir,
    run: u32,
}

/// What became of a worker.
pub struct Ran {
    /// Its number among the runs of this store.
    pub run: u32,
    /// What it said.
    pub said: Vec<u8>,
    /// Its exit code; `None` when it was killed.
    pub code: Option<i32>,
}

impl<'a> Scene<'a> {
    /// An empty folder.
    pub fn new(shim: &'a Shim) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("stile-faults-")
            .tempdir()
            .unwrap();
        fs::create_dir(folder.path().join("disk")).unwrap();
        Self {
            shim,
            folder,
            run: 0,
        }
    }

    /// What stands for the disk: everything below it is watched.
    pub fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// The store's folder.
    pub fn store(&self) -> PathBuf {
        self.disk().join("store")
    }

    /// A path beside the disk.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a worker to its end; it is killed from outside after `kill_after`, if given.
    pub fn run(&mut self, plan: &Plan, kill_after: Option<Duration>, more: &[&str]) -> Ran {
        let run = self.run;
        self.run += 1;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("worker")
            .arg("--dir")
            .arg(self.store())
            .args(["--run", &run.to_string()])
            .args(more)
            .envs(self.shim.environment(&self.disk(), plan))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let reading = thread::spawn(move || {
            let mut said = Vec::new();
            out.read_to_end(&mut said).unwrap();
            said
        });
        let watch = thread::spawn(move || {
            let limit = kill_after.unwrap_or(PATIENCE);
            let begun = std::time::Instant::now();
            loop {
                if let Some(status) = child.try_wait().unwrap() {
                    return status.code();
                }
                if begun.elapsed() >= limit {
                    child.kill().unwrap();
                    let status = child.wait().unwrap();
                    assert!(kill_after.is_some(), "a worker hangs");
                    return status.code();
                }
                thread::sleep(Duration::from_millis(1));
            }
        });
        let code = watch.join().unwrap();
        let said = reading.join().unwrap();
        Ran { run, said, code }
    }

    /// Replaces the disk by the folder `with`.
    pub fn replace(&mut self, with: &Path) {
        fs::remove_dir_all(self.disk()).unwrap();
        fs::rename(with, self.disk()).unwrap();
    }

    /// Keeps the folder, and says where.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
