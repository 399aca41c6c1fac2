//! The shim, compiled from `shim.c`, and processes started under it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a change is hit by a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When it is done.
    After,
    /// Before it begins.
    Before,
    /// When half of a write is done.
    Half,
}

/// How a write goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Nothing is written: an input/output error.
    Error,
    /// Half is written, then an input/output error.
    Half,
    /// This many writes find the disk full.
    Full(u64),
    /// From here on every write is short; nothing fails.
    Short,
}

/// One thing that goes wrong; numbers count from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies at the Nth change.
    Kill(u64, When),
    /// The Nth flush fails.
    Sync(u64),
    /// The Nth write goes wrong.
    Write(u64, Bad),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(at, When::After) => write!(f, "kill={at}:after"),
            Self::Kill(at, When::Before) => write!(f, "kill={at}:before"),
            Self::Kill(at, When::Half) => write!(f, "kill={at}:half"),
            Self::Sync(at) => write!(f, "sync={at}:EIO"),
            Self::Write(at, Bad::Error) => write!(f, "write={at}:EIO"),
            Self::Write(at, Bad::Half) => write!(f, "write={at}:HALF"),
            Self::Write(at, Bad::Full(many)) => write!(f, "write={at}:ENOSPC:{many}"),
            Self::Write(at, Bad::Short) => write!(f, "write={at}:SHORT"),
        }
    }
}

/// What a process meets.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Count only calls on paths that contain this.
    pub only: Option<&'static str>,
    /// The wall clock jumps by up to so many seconds, every so many readings.
    pub clock: Option<(u64, u64)>,
    /// Record every change here.
    pub log: Option<PathBuf>,
}

impl Plan {
    /// One fault.
    pub fn of(fault: Fault) -> Self {
        Self {
            faults: vec![fault],
            ..Self::default()
        }
    }

    /// The same, recorded.
    pub fn logged(mut self, log: &Path) -> Self {
        self.log = Some(log.to_owned());
        self
    }

    /// The same, counting only calls on the journal.
    pub fn on_journal(mut self) -> Self {
        self.only = Some("/journal/");
        self
    }
}

/// The compiled shim.
#[derive(Debug)]
pub struct Shim(PathBuf);

impl Shim {
    /// Compiles it into `folder` with the system's C compiler.
    pub fn compile(folder: &Path) -> Self {
        let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
        fs::write(&source, include_str!("shim.c")).unwrap();
        let status = Command::new("cc")
            .args([
                "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o",
            ])
            .arg(&library)
            .arg(&source)
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("a C compiler `cc` is needed (Debian: gcc libc6-dev)");
        assert!(status.success(), "the shim does not compile");
        Self(library)
    }

    /// The environment of a process whose changes below `root` meet `plan`.
    pub fn environment(&self, root: &Path, plan: &Plan) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_str().expect("a path that is text").to_owned();
        let mut found = vec![
            ("LD_PRELOAD".to_owned(), text(&self.0)),
            ("STILE_FAULTS_ROOT".to_owned(), text(root)),
        ];
        let mut set = |name: &str, value: String| found.push((name.to_owned(), value));
        if !plan.faults.is_empty() {
            let faults: Vec<_> = plan.faults.iter().map(ToString::to_string).collect();
            set("STILE_FAULTS_PLAN", faults.join(","));
        }
        if let Some(only) = plan.only {
            set("STILE_FAULTS_ONLY", only.to_owned());
        }
        if let Some((jump_s, every)) = plan.clock {
            set("STILE_FAULTS_CLOCK", format!("{jump_s}:{every}"));
        }
        if let Some(log) = &plan.log {
            set("STILE_FAULTS_LOG", text(log));
        }
        found
    }
}
