//! The commands of the installation page are run, in a folder that stands for the machine's root.
//!
//! What differs from what a reader does: there is no `sudo`, absolute paths lie under the folder,
//! files belong to whoever runs the test instead of to the user `stile`, and the program is the one
//! just built for the tests. Commands that change the machine itself are listed and left out.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::fences::fences;
use crate::tree;

const PAGE: &str = "docs/guide/install.md";

/// Commands that change the machine, build the program anew, or need a running systemd.
const LEFT_OUT: &[&str] = &[
    "adduser ",
    "apt-get ",
    "cargo build ",
    "journalctl ",
    "systemctl ",
    "systemd-run ",
];

/// Every command a reader is shown, without its prompt and `sudo`.
fn commands(page: &str) -> Vec<String> {
    let blocks = fences(page)
        .into_iter()
        .filter(|fence| fence.language == "console");
    let lines = blocks.flat_map(|fence| fence.body.lines().map(str::to_owned).collect::<Vec<_>>());
    lines
        .filter_map(|line| line.strip_prefix("$ ").map(str::to_owned))
        .map(|line| line.replace("sudo -u stile ", "").replace("sudo ", ""))
        .collect()
}

/// The command as it runs under `root` by an ordinary user.
fn under(root: &Path, command: &str) -> String {
    let built = root.join("built/stile").display().to_string();
    let mut text = command.replace("target/release/stile", &built);
    for owner in ["-o root ", "-o stile ", "-g stile "] {
        text = text.replace(owner, "");
    }
    for folder in ["/usr/local", "/etc/stile", "/var/lib/stile"] {
        text = text.replace(folder, &format!("{}{folder}", root.display()));
    }
    text
}

#[test]
fn the_installation_page_installs_what_it_says() {
    let page = std::fs::read_to_string(tree::root().join(PAGE)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for made in [
        "built",
        "usr/local/bin",
        "usr/local/share",
        "etc",
        "var/lib",
    ] {
        std::fs::create_dir_all(root.join(made)).unwrap();
    }
    symlink(crate::STILE, root.join("built/stile")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}/usr/local/bin:{path}", root.display());
    let mut ran = 0;

    for command in commands(&page) {
        if LEFT_OUT
            .iter()
            .any(|left_out| command.starts_with(left_out))
        {
            continue;
        }
        let run = Command::new("sh")
            .args(["-euc", &under(root, &command)])
            .current_dir(tree::root())
            .env("PATH", &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "`{command}`: {said}");
        ran += 1;
    }

    assert_eq!(ran, 8, "commands of the page that can be run");
    assert!(
        root.join("usr/local/share/stile/policies/vocabulary.toml")
            .is_file()
    );
    for key in ["signing", "ledger", "epoch", "pseudonym"] {
        let file = root.join(format!("etc/stile/keys/{key}.key"));
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{key}");
    }
    let store = root
        .join("var/lib/stile")
        .metadata()
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(store, 0o700);
}

#[test]
fn refuses_no_command_by_accident() {
    let page =
        "```console\n$ sudo apt-get install x\n$ sudo -u stile stile --version\nprinted\n```\n";

    assert_eq!(commands(page), ["apt-get install x", "stile --version"]);
    assert_eq!(
        under(
            Path::new("/r"),
            "install -d -o root -g stile -m 750 /etc/stile /etc/stile/tls"
        ),
        "install -d -m 750 /r/etc/stile /r/etc/stile/tls"
    );
}
