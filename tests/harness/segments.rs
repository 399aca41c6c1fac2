//! A network of its own for one gateway: namespaces of the kernel, a router between them that loses
//! packets, translates addresses, forgets, or goes silent. Needs root, `unshare`, `ip` and `nft`.
//!
//! ```text
//! hub, in the story's namespace ─10.77.0.0/30─ router ─10.78.0.0/30─ agency
//! ```

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::story;

/// The name under which the agency knows the hub; it stands in the hub's certificate.
pub const HUB_NAME: &str = "hub.localhost";

/// Runs `story`, an ignored test by its whole name, in a network of its own: [`Segments`] changes the
/// network that it is made in, and browsers of other tests give up what they are loading when theirs
/// changes (`net::ERR_NETWORK_CHANGED`).
pub fn in_its_own_network(story: &str) {
    if let Err(why) = run("unshare", "--net ip link set lo up") {
        eprintln!("SKIPPED: no network of its own can be made here: {why}");
        return;
    }
    let apart = "ip link set lo up && exec \"$@\"";
    story::run(story, &["unshare", "--net", "sh", "-c", apart, "sh"], &[]);
}

/// A network that stands until it is dropped.
pub struct Segments {
    router: String,
    far: String,
    hosts: PathBuf,
}

impl Segments {
    /// Makes it; or says why this machine cannot.
    ///
    /// # Errors
    ///
    /// The command that failed, and what it said.
    pub fn new() -> Result<Self, String> {
        // Every story is a process, and names of namespaces are the machine's.
        let id = std::process::id();
        let (router, far) = (format!("stile-router-{id}"), format!("stile-far-{id}"));
        let segments = Self {
            hosts: PathBuf::from(format!("/etc/netns/{far}")),
            router,
            far,
        };
        segments.lay()?;
        Ok(segments)
    }

    fn lay(&self) -> Result<(), String> {
        let Self { router, far, .. } = self;
        run("nft", "--version")?;
        run("ip", &format!("netns add {router}"))?;
        run("ip", &format!("netns add {far}"))?;
        let near = format!("link add st-outer type veth peer name st-inner netns {router}");
        run("ip", &near)?;
        let beyond = format!("-n {router} link add st-near type veth peer name st-end netns {far}");
        run("ip", &beyond)?;
        run("ip", "addr add 10.77.0.1/30 dev st-outer")?;
        run("ip", "link set st-outer up")?;
        for (space, link, address) in [
            (router, "st-inner", "10.77.0.2/30"),
            (router, "st-near", "10.78.0.1/30"),
            (far, "st-end", "10.78.0.2/30"),
        ] {
            run("ip", &format!("-n {space} addr add {address} dev {link}"))?;
            run("ip", &format!("-n {space} link set {link} up"))?;
            run("ip", &format!("-n {space} link set lo up"))?;
        }
        run("ip", &format!("-n {far} route add default via 10.78.0.1"))?;
        let forward = "sysctl -q -w net.ipv4.ip_forward=1";
        run("ip", &format!("netns exec {router} {forward}"))?;
        // Addresses are translated, so that nobody can connect to the agency at all.
        self.rules(
            "add table ip st\n\
             add chain ip st out { type nat hook postrouting priority 100 ; }\n\
             add rule ip st out masquerade\n\
             add chain ip st way { type filter hook forward priority 0 ; }\n",
        )?;
        fs::create_dir_all(&self.hosts).map_err(|error| error.to_string())?;
        let hosts = format!("127.0.0.1 localhost\n10.77.0.1 {HUB_NAME}\n");
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
