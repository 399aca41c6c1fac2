//! Every gateway as a process of its own: how long it takes to be ready, and what it holds when idle.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;

use super::Gateway;
use super::figures::{self, head, mebibytes, millis, row};
use super::ground::{Ground, seat};
use crate::demo::Partnership;
use crate::demo::partnership::{HUB, member};
use crate::demo::world::Kind;
use crate::output::line;
use crate::run::Failure;

const READY_WITHIN: Duration = Duration::from_mins(5);

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or a gateway that did not start.
pub(super) async fn run(bench: &Gateway) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let program = std::env::current_exe()?;
    let idle = Duration::from_secs(bench.idle_s);
    for people in &bench.people {
        let dir = set_up(&ground, *people).await?;
        let columns = [
            "role",
            "people",
            "start to ready ms",
            "again ms",
            "idle MiB",
            "most MiB",
        ];
        line("");
        head(&columns);
        let mut members = vec![("hub", HUB.to_owned())];
        for kind in Kind::ALL {
            members.push(("agency", member(kind)?.to_string()));
        }
        for (role, member) in members {
            let config = dir.join(&member).join(format!("{role}.toml"));
            let first = Started::of(&program, role, &config)?.read_after(Duration::ZERO)?;
            // The second start finds a store that holds something, and the files in memory.
            let again = Started::of(&program, role, &config)?.read_after(idle)?;
            row(&[
                member,
                people.to_string(),
                millis(first.ready),
                millis(again.ready),
                mebibytes(again.idle_kib),
                mebibytes(again.most_kib),
            ]);
        }
        line("");
    }
    figures::load("after");
    Ok(())
}

/// Sets a partnership up and lets go of its ports, so that each gateway can be started by itself.
async fn set_up(ground: &Ground, people: usize) -> Result<PathBuf, Failure> {
    let databases = ground.people(&Kind::ALL, people)?;
    let dir = ground.folder(&format!("partnership-{people}"))?;
    let mut seats = Vec::new();
    for (kind, backend) in &databases {
        seats.push(seat(member(*kind)?.as_str(), *kind, backend)?);
    }
    drop(Partnership::set_up_seats(&dir, &seats, &Clock::system()).await?);
    Ok(dir)
}

/// What one start showed.
struct Reading {
    ready: Duration,
    idle_kib: u32,
    most_kib: u32,
}

/// A gateway's process that said it is ready; ended when dropped.
struct Started {
    child: Child,
    ready: Duration,
}

impl Started {
    fn of(program: &Path, role: &str, config: &Path) -> Result<Self, Failure> {
        let start = Instant::now();
        let child = Command::new(program)
            .arg(role)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut started = Self {
            child,
            ready: Duration::ZERO,
        };
        let said = started.child.stdout.take().ok_or("no standard output")?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(said).lines().map_while(Result::ok);
            if lines.any(|line| line.ends_with("is ready")) {
                let _ = tell.send(Instant::now());
            }
        });
        let ready = told
            .recv_timeout(READY_WITHIN)
            .map_err(|_| format!("the {role} did not become ready; run `stile {role}` by hand"))?;
        started.ready = ready.duration_since(start);
        Ok(started)
    }

    fn read_after(self, idle: Duration) -> Result<Reading, Failure> {
        std::thread::sleep(idle);
        let status = format!("/proc/{}/status", self.child.id());
        Ok(Reading {
            ready: self.ready,
            idle_kib: kib(&status, "VmRSS")?,
            most_kib: kib(&status, "VmHWM")?,
        })
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Killing is safe at any moment: that is what the journal is for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kib(file: &str, name: &str) -> Result<u32, Failure> {
    let text = figures::first(file, name).ok_or("this system does not say what a process holds")?;
    Ok(text.trim_end_matches(" kB").trim().parse()?)
}
