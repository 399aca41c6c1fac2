//! The Debian package, the services in it, completions and manual pages.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::STILE;
use crate::tree;

/// Builds the package of the program under test in a folder, under the name that the guide uses.
pub fn build(folder: &Path) -> PathBuf {
    let built = Command::new(tree::root().join("config/debian/build"))
        .arg(STILE)
        .arg(folder)
        .env("STILE_DEB_LEVEL", "1")
        .output()
        .unwrap();
    let said = text(&built);
    assert!(built.status.success(), "{said}");
    let made = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim());
    let named = made
        .file_name()
        .unwrap()
        .to_string_lossy()
        .replace("_arm64", "_amd64");
    let package = folder.join(named);
    fs::rename(&made, &package).unwrap();
    package
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    Command::new(program).args(arguments).output().ok()
}

/// Says, so that nobody overlooks it, what was not tried.
fn loudly(what: &str) {
    eprintln!("*** {what} ***");
}

#[test]
fn the_package_holds_program_services_pages_and_samples_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let package = build(folder.path());
    let root = folder.path().join("root");
    let unpacked = run(
        "dpkg-deb",
        &[
            "-R",
            &package.display().to_string(),
            &root.display().to_string(),
        ],
    );
    assert!(unpacked.unwrap().status.success());

    let settings = fs::read_to_string(root.join("DEBIAN/conffiles")).unwrap();
    assert_eq!(settings, "/etc/logrotate.d/stile\n", "an upgrade keeps it");
    for file in [
        "etc/logrotate.d/stile",
        "usr/bin/stile",
        "usr/lib/systemd/system/stile-agency.service",
        "usr/lib/systemd/system/stile-hub.service",
        "usr/share/bash-completion/completions/stile",
        "usr/share/doc/stile/copyright",
        "usr/share/man/man1/stile.1.gz",
        "usr/share/man/man1/stile-agency.1.gz",
        "usr/share/man/man1/stile-case-open.1.gz",
        "usr/share/stile/config/agency.toml",
        "usr/share/stile/policies/vocabulary.toml",
    ] {
        assert!(root.join(file).is_file(), "{file}");
    }
    let control = fs::read_to_string(root.join("DEBIAN/control")).unwrap();
    assert!(
        !control.contains('@') || control.matches('@').count() == 1,
        "{control}"
    );
    let version = run(
        &root.join("usr/bin/stile").display().to_string(),
        &["--version"],
    );
    let version = text(&version.unwrap());
    assert!(
        control.contains(version.trim().split(' ').nth(1).unwrap()),
        "{control}"
    );
    let postinst = fs::read_to_string(root.join("DEBIAN/postinst")).unwrap();
    assert!(
        !postinst.contains(" enable") && !postinst.contains(" start "),
        "{postinst}"
    );
    for script in ["postinst", "prerm", "postrm"] {
        let path = root.join("DEBIAN").join(script).display().to_string();
        assert!(
            run("sh", &["-n", &path]).unwrap().status.success(),
            "{script}"
        );
    }
}

#[test]
fn completions_and_manual_pages_are_read_by_bash_and_man() {
    let folder = tempfile::tempdir().unwrap();
    let completions = run(STILE, &["completions", "bash"]).unwrap();
    let file = folder.path().join("stile.bash");
    fs::write(&file, &completions.stdout).unwrap();
    let bash = run("bash", &["-n", &file.display().to_string()]).unwrap();
    assert!(bash.status.success(), "{}", text(&bash));

    let dir = folder.path().join("man").display().to_string();
    assert!(run(STILE, &["man", &dir]).unwrap().status.success());
    let page = folder
        .path()
        .join("man/stile-doctor.1")
        .display()
        .to_string();
    match run("man", &["--warnings=w", "-l", "-Tascii", &page]) {
        Some(shown) if shown.status.success() => {
            assert!(text(&shown).contains("doctor"), "{}", text(&shown));
        }
        _ => loudly("man is not installed: the manual pages were NOT shown by it"),
    }
}

#[test]
fn a_package_that_is_removed_stops_its_services_and_leaves_none_enabled() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display().to_string();
    let stand_in = folder.path().join("systemctl");
    fs::write(&stand_in, "#!/bin/sh\necho \"$*\"\nexit 1\n").unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o700)).unwrap();
    let script = folder.path().join("prerm");
    let text_of_it = tree::read("config/debian/prerm").replace("/run/systemd/system", &here);
    fs::write(&script, text_of_it).unwrap();
    let when = |what: &str| {
        let path = format!("{here}:{}", std::env::var("PATH").unwrap());
        let mut prerm = Command::new("sh");
        let done = prerm.arg(&script).arg(what).env("PATH", path).output();
        let done = done.unwrap();
        assert!(done.status.success(), "{what}: {}", text(&done));
        text(&done)
    };

    let both = "stile-agency stile-hub";
    assert_eq!(when("remove"), format!("stop {both}\ndisable {both}\n"));
    assert_eq!(when("upgrade"), "");
}

#[test]
fn the_image_may_write_what_the_service_may_and_not_what_it_believes_beforehand() {
    let unit = unit("stile-agency");
    let named = |key: &str| -> Vec<String> {
        let lines = unit.lines().filter_map(|line| line.strip_prefix(key));
        let paths = lines.flat_map(str::split_whitespace);
        paths
            .map(|path| path.trim_start_matches('-').to_owned())
            .collect()
    };
    let recipe = tree::read("config/Containerfile");

    let written = named("ReadWritePaths=");
    assert!(written.len() > 2, "{written:?}");
    for path in written {
        let mounted = format!(":{path} ");
        assert!(recipe.contains(&mounted), "{path} is not mounted");
    }
    let believed = named("ReadOnlyPaths=");
    assert!(believed.len() > 2, "{believed:?}");
    for path in believed {
        assert!(recipe.contains(&format!(":{path}:ro ")), "{path}");
    }
    let left_out = tree::read(".dockerignore");
    assert!(left_out.lines().any(|line| line == "**/target"));
}

/// The settings of a unit, by key, the last one of each.
fn unit(name: &str) -> String {
    tree::read(&format!("config/systemd/{name}.service"))
}

#[test]
fn systemd_finds_the_services_well_formed_and_well_shut_in() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["stile-agency", "stile-hub"] {
        // The unit as it is, with the program where it is here.
        let there = folder.path().join(format!("{name}.service"));
        fs::write(&there, unit(name).replace("/usr/bin/stile", STILE)).unwrap();
        let there = there.display().to_string();
        let Some(verified) = run("systemd-analyze", &["verify", "--man=no", &there]) else {
            return loudly("systemd-analyze is not installed: the services were NOT verified");
        };
        assert!(verified.status.success(), "{}", text(&verified));
        let said = text(&verified);
        assert!(!said.contains(name), "{said}");

        let graded = run(
            "systemd-analyze",
            &[
                "security",
                "--offline=true",
                "--threshold=15",
                "--no-pager",
                &there,
            ],
        );
        let graded = graded.unwrap();
        assert!(
            graded.status.success(),
            "more than 1.5 of 10: {}",
            text(&graded)
        );
    }
}

#[test]
fn no_service_is_started_again_with_a_pin_that_its_token_refused() {
    for name in ["stile-agency", "stile-hub"] {
        let unit = unit(name);
        let mut lines = unit.lines();
        assert!(
            lines.any(|line| line == "RestartPreventExitStatus=77"),
            "{name}"
        );
    }
}

#[test]
fn both_services_differ_in_their_role_alone() {
    let hub = unit("stile-agency").replace("agency", "hub");

    assert_eq!(hub, unit("stile-hub"));
}

/// Installs the package over this machine in a layer of its own, which goes with the mount, uses it as
/// its user, and takes it away again. `$1` is an empty folder, `$2` the package.
const INSTALLED: &str = r#"
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root" || exit 77
root=$1/root
cp "$2" "$root/stile.deb"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
within() { chroot "$root" "$@"; }
as_stile() { chroot "$root" runuser -u stile -- "$@"; }

within dpkg -i /stile.deb
within getent passwd stile | grep -E '(nologin|false)$'
within stat -c '%n %U %a' /etc/stile /var/lib/stile
as_stile stile init --partnership northvale --member northvale-schools --kind education \
    --name 'Northvale Schools' --contact 'duty team' --endpoint https://127.0.0.1:7543 \
    --store /var/lib/stile/store --person s-1=auditor
within stat -c '%n %U %a' /etc/stile/keys /etc/stile/keys/epoch.key
as_stile stile doctor --agency /etc/stile/agency.toml || echo "doctor ended with $?"
within dpkg -r stile
within dpkg -P stile
within stat -c 'kept %n' /etc/stile/keys/epoch.key
if within sh -c 'command -v stile'; then exit 1; fi
"#;

#[test]
fn the_package_is_installed_used_by_its_user_and_removed_without_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let package = build(folder.path());
    let layer = folder.path().join("layer");
    fs::create_dir(&layer).unwrap();
    let tried = Command::new("unshare")
        .args(["-m", "sh", "-c", INSTALLED, "sh"])
        .args([&layer, &package])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output();
    let Some(tried) = tried.ok().filter(|tried| {
        let denied = text(tried).contains("unshare failed");
        !denied && tried.status.code() != Some(77)
    }) else {
        return loudly("no layer over this machine (it takes root): the package was NOT installed");
    };

    let said = text(&tried);
    assert!(tried.status.success(), "{said}");
    for line in [
        "/etc/stile stile 700",
        "/var/lib/stile stile 700",
        "laid out `northvale-schools` in /etc/stile",
        "/etc/stile/keys stile 700",
        "/etc/stile/keys/epoch.key stile 600",
        "kept /etc/stile/keys/epoch.key",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    // Nobody has issued a certificate yet, and it says so.
    assert!(said.contains("doctor ended with 1"), "{said}");
    assert!(said.contains("good     keys"), "{said}");
    assert!(said.contains("WRONG    certificate"), "{said}");
}

#[test]
fn the_list_of_parts_is_what_the_program_is_built_from_and_nothing_else() {
    let list = || {
        let made = Command::new(tree::root().join("config/debian/sbom")).output();
        let made = made.ok().filter(|made| made.status.success());
        made.map(|made| made.stdout)
    };
    let Some(bytes) = list() else {
        return loudly("python3 or cargo is not installed: the list of parts was NOT made");
    };
    assert_eq!(
        list(),
        Some(bytes.clone()),
        "the same lock file, the same bytes"
    );

    let bom: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(bom["specVersion"], "1.5");
    let components = bom["components"].as_array().unwrap();
    let names: Vec<_> = components
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    for part in ["ring", "rustls", "sled", "stile-exchange", "tokio"] {
        assert!(names.contains(&part), "{part}");
    }
    for tool in [
        "cargo_metadata",
        "proptest",
        "signed_note",
        "tlog_tiles",
        "typst",
    ] {
        assert!(!names.contains(&tool), "`{tool}` is in no program");
    }
    let lock = tree::read("Cargo.lock");
    for part in components {
        let ours = part["name"].as_str().unwrap().starts_with("stile-");
        let digest = part["hashes"][0]["content"].as_str();
        assert_eq!(ours, digest.is_none(), "{part}");
        assert!(digest.is_none_or(|digest| lock.contains(digest)), "{part}");
    }
    let known: Vec<_> = components.iter().map(|part| &part["bom-ref"]).collect();
    for one in bom["dependencies"].as_array().unwrap() {
        for needed in one["dependsOn"].as_array().unwrap() {
            assert!(known.contains(&needed), "{needed}");
        }
    }
}
