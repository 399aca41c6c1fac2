//! A real haproxy, run as an agency would run it: from a configuration file, as a process of its own.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// The running haproxy; it ends when dropped.
pub struct Haproxy {
    child: Child,
    log: PathBuf,
}

impl Haproxy {
    /// Checks the configuration with haproxy's own check, starts it in `folder`, and waits until it
    /// listens at `front`.
    ///
    /// # Panics
    ///
    /// With haproxy's own message, or saying that it is not installed.
    pub fn start(config: &str, front: SocketAddr, folder: &Path) -> Self {
        let (file, log) = (folder.join("haproxy.cfg"), folder.join("haproxy.log"));
        fs::write(&file, config).unwrap();
        let program = program();
        let checked = Command::new(&program)
            .arg("-c")
            .arg("-f")
            .arg(&file)
            .output();
        let checked = checked.unwrap();
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        // It counts what it only doubts as valid.
        assert!(
            checked.status.success() && !said.contains("[WARNING]"),
            "{said}"
        );
        let out = File::create(&log).unwrap();
        let child = Command::new(&program)
            .arg("-db")
            .arg("-f")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        let mut proxy = Self { child, log };
        let begun = Instant::now();
        while TcpStream::connect(front).is_err() {
            let runs = proxy.child.try_wait().unwrap().is_none();
            assert!(runs && begun.elapsed() < PATIENCE, "{}", proxy.said());
            sleep(Duration::from_millis(20));
        }
        proxy
    }

    /// Everything it has said of servers that came and went.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until what it last said of a server (`gateways/one`) is that it sends there, or that it
    /// does not. Before it says anything it sends there.
    ///
    /// # Panics
    ///
    /// When it does not say so.
    pub async fn sends_to(&self, server: &str, sends: bool) {
        let (up, down) = (format!("{server} is UP"), format!("{server} is DOWN"));
        let begun = Instant::now();
        loop {
            let said = self.said();
            let last = said
                .rfind(&down)
                .is_none_or(|down| said.rfind(&up) > Some(down));
            if last == sends {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{server}, {sends}: {said}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Debian keeps it outside the path of users.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("haproxy"))
        .find(|program| program.is_file());
    found.unwrap_or_else(|| panic!("`haproxy` is not installed; tests/run installs it"))
}
