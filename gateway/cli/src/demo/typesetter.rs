//! The program that makes PDFs, `stile-pdf`: a package of its own, which `cargo run` does not build.
//!
//! Whoever started the demonstration by `cargo run` has cargo, its sources and its leave to build: then
//! it is built beside this program while the pages are used already. Everybody else is told how.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::partnership::{HUB, Running};
use crate::config::HubConfig;
use crate::output::line;
use crate::run::Failure;

/// How often somebody who waits is told how far it is.
const TOLD_EVERY: Duration = Duration::from_mins(1);
const LOOKED_EVERY: Duration = Duration::from_millis(250);

/// Whether copies can be made as PDF, and what is done about it.
pub(super) struct Typesetter {
    building: Option<Building>,
    program: PathBuf,
}

impl Typesetter {
    /// Looks whether the typesetter is there, begins to build it where that can be done, and says so.
    ///
    /// # Errors
    ///
    /// When the hub's configuration cannot be read.
    pub(super) fn look(running: &Running) -> Result<Self, Failure> {
        let hub = HubConfig::read(&running.dir.join(HUB).join("hub.toml"))?;
        let program = hub.settings.documents.typesetter;
        if program.exists() {
            let building = None;
            return Ok(Self { building, program });
        }
        let recipe = Recipe::new(&std::env::current_exe()?, |name| std::env::var_os(name));
        let building = recipe.and_then(|recipe| recipe.start().ok());
        if building.is_some() {
            line("  PDF         being built by cargo; this says when copies can be made as PDF");
        } else {
            tell_how();
        }
        Ok(Self { building, program })
    }

    /// Says how far it is, and when it is done; never ends, so that others can be waited for beside it.
    pub(super) async fn come(&mut self) {
        if let Some(building) = self.building.take() {
            let built = building.end().await;
            if built.is_some() && self.program.exists() {
                let minutes = built.unwrap_or_default().as_secs() / 60;
                line(format_args!(
                    "  PDF         ready after {minutes} min: copies can be made as PDF"
                ));
            } else {
                tell_how();
            }
        }
        std::future::pending::<()>().await;
    }
}

/// It is looked for each time that a copy is made, so building it later is early enough.
fn tell_how() {
    line("  no PDF yet  beside this program there must be `stile-pdf`; build it with");
    line("              cargo build --release --locked -p stile-pdf");
}

/// What cargo is asked to do.
#[derive(Debug, PartialEq, Eq)]
struct Recipe {
    cargo: OsString,
    /// Where the package `stile-cli` is: cargo finds the workspace from there.
    at: PathBuf,
    arguments: Vec<OsString>,
}

impl Recipe {
    /// Builds into the folder of `program`, with its profile; `None` unless cargo runs this program from
    /// its sources.
    ///
    /// What cargo tells a program that it runs: The Cargo Book, "Environment variables Cargo sets for
    /// crates".
    fn new(program: &Path, told: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        if told("CARGO_PKG_NAME")? != "stile-cli" {
            return None;
        }
        let folder = program.parent()?;
        let profile = match folder.file_name()? {
            name if name == "debug" => OsString::from("dev"),
            name => name.to_owned(),
        };
        let mut arguments: Vec<_> = ["build", "--locked", "--package", "stile-pdf"]
            .map(OsString::from)
            .into();
        arguments.extend(["--profile".into(), profile]);
        arguments.extend(["--target-dir".into(), folder.parent()?.into()]);
        Some(Self {
            cargo: told("CARGO")?,
            at: told("CARGO_MANIFEST_DIR")?.into(),
            arguments,
        })
    }

    /// Starts cargo in a process group of its own, which ends with what is given.
    fn start(&self) -> io::Result<Building> {
        let mut child = Command::new(&self.cargo)
            .args(&self.arguments)
            .current_dir(&self.at)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let packages = Arc::<AtomicUsize>::default();
        if let Some(said) = child.stderr.take() {
            let packages = Arc::clone(&packages);
            thread::spawn(move || {
                let lines = BufReader::new(said).lines().map_while(Result::ok);
                let compiled = lines.filter(|line| line.trim_start().starts_with("Compiling "));
                compiled.for_each(|_| {
                    packages.fetch_add(1, Ordering::Relaxed);
                });
            });
        }
        Ok(Building {
            child,
            packages,
            begun: Instant::now(),
        })
    }
}

/// Cargo at work; killed with everything it started when this is dropped.
struct Building {
    child: Child,
    packages: Arc<AtomicUsize>,
    begun: Instant,
}

impl Building {
    /// Waits until cargo has ended; how long it took where it built what it was asked for.
    async fn end(mut self) -> Option<Duration> {
        let mut told = self.begun;
        loop {
            if let Some(status) = self.child.try_wait().ok()? {
                return status.success().then(|| self.begun.elapsed());
            }
            if told.elapsed() >= TOLD_EVERY {
                told = Instant::now();
                let packages = self.packages.load(Ordering::Relaxed);
                let minutes = self.begun.elapsed().as_secs() / 60;
                line(format_args!(
                    "  PDF         being built: {packages} packages begun in {minutes} min"
                ));
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            // Cargo alone would leave its compilers at work.
            let _ = group.map(|group| kill_process_group(group, Signal::TERM));
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn told_by_cargo(package: &'static str) -> impl Fn(&str) -> Option<OsString> {
        move |name| match name {
            "CARGO" => Some("/bin/cargo".into()),
            "CARGO_MANIFEST_DIR" => Some("/stile/gateway/cli".into()),
            "CARGO_PKG_NAME" => Some(package.into()),
            _ => None,
        }
    }

    /// A program in place of cargo that runs these commands.
    fn in_place_of_cargo(folder: &Path, commands: &str) -> Recipe {
        let cargo = folder.join("cargo");
        std::fs::write(&cargo, format!("#!/bin/sh\n{commands}\n")).unwrap();
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
        Recipe {
            cargo: cargo.into(),
            at: folder.to_owned(),
            arguments: vec!["build".into()],
        }
    }

    #[test]
    fn builds_beside_the_program_with_its_profile() {
        for (folder, profile) in [("debug", "dev"), ("release", "release"), ("fast", "fast")] {
            let program = Path::new("/out").join(folder).join("stile");

            let recipe = Recipe::new(&program, told_by_cargo("stile-cli")).unwrap();

            assert_eq!(recipe.cargo, "/bin/cargo");
            assert_eq!(recipe.at, Path::new("/stile/gateway/cli"));
            let line = recipe.arguments.join(" ".as_ref()).into_string().unwrap();
            assert_eq!(
                line,
                format!("build --locked --package stile-pdf --profile {profile} --target-dir /out")
            );
        }
    }

    #[test]
    fn builds_nothing_unless_cargo_runs_this_program() {
        let program = Path::new("/usr/bin/stile");

        assert_eq!(Recipe::new(program, |_| None), None);
        // As in a test of another package.
        assert_eq!(Recipe::new(program, told_by_cargo("tests")), None);
    }

    #[tokio::test]
    async fn says_whether_cargo_built_it_and_counts_what_it_compiled() {
        let folder = tempfile::tempdir().unwrap();
        let says = "echo '   Compiling a v1.0.0' >&2; echo ' Fresh b' >&2; test \"$1\" = build";
        let built = in_place_of_cargo(folder.path(), says).start().unwrap();
        let packages = Arc::clone(&built.packages);
        assert!(built.end().await.is_some());
        let until = Instant::now() + Duration::from_secs(5);
        while packages.load(Ordering::Relaxed) == 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(packages.load(Ordering::Relaxed), 1);

        let failed = in_place_of_cargo(folder.path(), "exit 101");
        assert!(failed.start().unwrap().end().await.is_none());
        let missing = Recipe {
            cargo: "/nowhere/cargo".into(),
            ..failed
        };
        assert!(missing.start().is_err());
    }

    #[test]
    fn leaves_nothing_at_work_when_the_demonstration_ends() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = in_place_of_cargo(folder.path(), "sleep 600 & echo $! > compiler; wait");
        let building = recipe.start().unwrap();
        let note = folder.path().join("compiler");
        let compiler = loop {
            let text = std::fs::read_to_string(&note).unwrap_or_default();
            if let Ok(id) = text.trim().parse::<u32>() {
                break id;
            }
            thread::sleep(Duration::from_millis(5));
        };

        drop(building);

        let until = Instant::now() + Duration::from_secs(5);
        let works = || {
            let text = std::fs::read_to_string(format!("/proc/{compiler}/stat"));
            text.is_ok_and(|text| !text.contains(") Z "))
        };
        while works() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!works(), "the compiler goes on");
    }
}
