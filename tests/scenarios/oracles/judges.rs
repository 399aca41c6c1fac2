//! Building and calling the judges.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Sources of Debian's Go packages.
const GO_PATH: &str = "/usr/share/gocode";
/// Kept in the build folder, so that it is made once.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// A program that judges exported ledgers.
pub struct Judge {
    command: Vec<PathBuf>,
}

impl Judge {
    /// The judge over Go's reference implementation; `None`, said loudly, where Go is not installed.
    pub fn go() -> Option<Self> {
        let sources = Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb/tlog");
        if Command::new("go").arg("version").output().is_err() || !sources.is_dir() {
            return skipped(
                "Go's judge",
                "apt-get install golang-go golang-golang-x-mod-dev",
            );
        }
        let program = Path::new(SCRATCH).join("go-judge");
        let built = Command::new("go")
            .args(["build", "-o"])
            .arg(&program)
            .arg(source("go/main.go"))
            .current_dir(SCRATCH)
            .env("GO111MODULE", "off")
            .env("GOPATH", GO_PATH)
            .env("GOFLAGS", "")
            .env("GOCACHE", Path::new(SCRATCH).join("go-cache"))
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", said(&built));
        Some(Self {
            command: vec![program],
        })
    }

    /// The judge over a Python implementation, in an environment of its own; `None`, said loudly,
    /// where Python or its packages cannot be had.
    pub fn python() -> Option<Self> {
        let wanted = std::fs::read_to_string(source("python/requirements.txt")).unwrap();
        let home = Path::new(SCRATCH).join("python-judge");
        let python = home.join("bin/python3");
        let mark = home.join("installed");
        if std::fs::read_to_string(&mark).is_ok_and(|have| have == wanted) {
            return Some(Self::of_python(python));
        }
        let made = Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&home)
            .output();
        if !made.as_ref().is_ok_and(|made| made.status.success()) {
            return skipped("Python's judge", "apt-get install python3-venv");
        }
        let installed = Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--ignore-requires-python",
                "-r",
            ])
            .arg(source("python/requirements.txt"))
            .output()
            .unwrap();
        if !installed.status.success() {
            return skipped("Python's judge", &said(&installed));
        }
        std::fs::write(mark, wanted).unwrap();
        Some(Self::of_python(python))
    }

    fn of_python(python: PathBuf) -> Self {
        Self {
            command: vec![python, source("python/judge.py")],
        }
    }

    /// What it says about each folder, in their order; an error is its reason for refusing.
    pub fn verdicts(
        &self,
        policy: &Path,
        folders: &[PathBuf],
    ) -> Vec<(PathBuf, Result<(), String>)> {
        let output = Command::new(&self.command[0])
            .args(&self.command[1..])
            .arg(policy)
            .args(folders)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let verdicts: Vec<_> = text.lines().map(verdict).collect();
        let judged: Vec<_> = verdicts.iter().map(|(folder, _)| folder.clone()).collect();
        assert_eq!(judged, folders, "not every folder was judged");
        verdicts
    }
}

fn verdict(line: &str) -> (PathBuf, Result<(), String>) {
    let mut parts = line.splitn(3, '\t');
    let (word, folder) = (parts.next().unwrap(), parts.next().unwrap());
    let verdict = match word {
        "accepted" => Ok(()),
        "refused" => Err(parts.next().unwrap().to_owned()),
        other => panic!("`{other}` is no verdict"),
    };
    (PathBuf::from(folder), verdict)
}

fn source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("oracles")
        .join(file)
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.trim_end().to_owned()
}

/// Said past the test runner, which shows nothing of a test that passes.
fn skipped(what: &str, why: &str) -> Option<Judge> {
    let said = format!("\nSKIPPED: {what} did NOT run: {why}\n");
    std::io::stderr().write_all(said.as_bytes()).unwrap();
    None
}
