//! A network of its own for one gateway: namespaces of the kernel, a router between them that loses
//! packets, translates addresses, forgets, or goes silent. Needs root, `ip` and `nft`.
//!
//! ```text
//! hub, in the machine's own namespace ─10.77.N.0/30─ router ─10.78.N.0/30─ agency
//! ```

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The name under which the agency knows the hub; it stands in the hub's certificate.
pub const HUB_NAME: &str = "hub.localhost";

/// A network that stands until it is dropped.
pub struct Segments {
    router: String,
    far: String,
    outer: String,
    hosts: PathBuf,
}

impl Segments {
    /// Makes it; or says why this machine cannot.
    ///
    /// # Errors
    ///
    /// The command that failed, and what it said.
    pub fn new() -> Result<Self, String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        // Tests of one process, and of several, each have their own.
        let id = std::process::id().wrapping_mul(7) + MADE.fetch_add(1, Ordering::Relaxed);
        // Link names are at most 15 bytes; the numbers of a subnet at most 255.
        let (short, subnet) = (id % 100_000, id % 250 + 1);
        let (router, far) = (format!("st-r{short}"), format!("st-f{short}"));
        let outer = format!("st-o{short}");
        let segments = Self {
            hosts: PathBuf::from(format!("/etc/netns/{far}")),
            router,
            far,
            outer,
        };
        segments.lay(subnet)?;
        Ok(segments)
    }

    fn lay(&self, subnet: u32) -> Result<(), String> {
        let Self {
            router, far, outer, ..
        } = self;
        let (inner, near, end) = (
            format!("{outer}r"),
            format!("{outer}n"),
            format!("{outer}e"),
        );
        run("nft", "--version")?;
        run("ip", &format!("netns add {router}"))?;
        run("ip", &format!("netns add {far}"))?;
        run(
            "ip",
            &format!("link add {outer} type veth peer name {inner} netns {router}"),
        )?;
        run(
            "ip",
            &format!("-n {router} link add {near} type veth peer name {end} netns {far}"),
        )?;
        run("ip", &format!("addr add 10.77.{subnet}.1/30 dev {outer}"))?;
        run("ip", &format!("link set {outer} up"))?;
        for (space, link, address) in [
            (router, &inner, format!("10.77.{subnet}.2/30")),
            (router, &near, format!("10.78.{subnet}.1/30")),
            (far, &end, format!("10.78.{subnet}.2/30")),
        ] {
            run("ip", &format!("-n {space} addr add {address} dev {link}"))?;
            run("ip", &format!("-n {space} link set {link} up"))?;
            run("ip", &format!("-n {space} link set lo up"))?;
        }
        run(
            "ip",
            &format!("-n {far} route add default via 10.78.{subnet}.1"),
        )?;
        run(
            "ip",
            &format!("netns exec {router} sysctl -q -w net.ipv4.ip_forward=1"),
        )?;
        // Addresses are translated, so that nobody can connect to the agency at all.
        self.rules(
            "add table ip st\n\
             add chain ip st out { type nat hook postrouting priority 100 ; }\n\
             add rule ip st out masquerade\n\
             add chain ip st way { type filter hook forward priority 0 ; }\n",
        )?;
        fs::create_dir_all(&self.hosts).map_err(|error| error.to_string())?;
        let hosts = format!("127.0.0.1 localhost\n10.77.{subnet}.1 {HUB_NAME}\n");
        fs::write(self.hosts.join("hosts"), hosts).map_err(|error| error.to_string())
    }

    /// What goes before a command that is to run in the agency's network.
    pub fn inside(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.far].map(str::to_owned).into()
    }

    /// Loses so many packets in a hundred, at random, in both directions.
    pub fn lose_percent(&self, percent: u32) {
        self.way(&format!("numgen random mod 100 < {percent} drop"));
    }

    /// Loses every packet, and tells nobody.
    pub fn go_silent(&self) {
        self.way("drop");
    }

    /// Hands everything on again.
    pub fn mend(&self) {
        self.rules("flush chain ip st way\n").unwrap();
    }

    /// Forgets a connection on which nothing happened for so many seconds, and drops what comes on it
    /// then.
    pub fn forget_after_s(&self, seconds: u32) {
        let set = |key: &str, value: u32| {
            run(
                "ip",
                &format!(
                    "netns exec {} sysctl -q -w net.netfilter.nf_conntrack_{key}={value}",
                    self.router
                ),
            )
            .unwrap();
        };
        set("tcp_timeout_established", seconds);
        // A packet in the middle of a connection that is not known begins none.
        set("tcp_loose", 0);
        self.way("ct state invalid drop");
    }

    fn way(&self, rule: &str) {
        self.rules(&format!("add rule ip st way {rule}\n")).unwrap();
    }

    fn rules(&self, text: &str) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        fs::write(file.path(), text).map_err(|error| error.to_string())?;
        run(
            "ip",
            &format!(
                "netns exec {} nft -f {}",
                self.router,
                file.path().display()
            ),
        )
    }
}

impl Drop for Segments {
    fn drop(&mut self) {
        run("ip", &format!("link del {}", self.outer)).ok();
        run("ip", &format!("netns del {}", self.far)).ok();
        run("ip", &format!("netns del {}", self.router)).ok();
        fs::remove_dir_all(&self.hosts).ok();
    }
}

fn run(program: &str, words: &str) -> Result<(), String> {
    let done = Command::new(program).args(words.split(' ')).output();
    let done = done.map_err(|error| format!("`{program}`: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("`{program} {words}`: {}", said.trim()))
}
