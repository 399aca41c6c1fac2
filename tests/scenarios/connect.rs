//! The page that connects an agency is done, from top to bottom, against a real `PostgreSQL`.
//!
//! What differs from what a reader does: ports are free ones; `/etc/stile`, `/var/lib/stile` and
//! `/usr` lie under a folder; and these programs are stand-ins, because the machine is not ours:
//!
//! ```text
//! sudo       runs the command as whoever runs the test
//! apt-get    unpacks the package that was built a moment ago, and makes the folders that it makes
//! psql       the real one, led to the test's server
//! editor     opens nothing: the file that the page shows is written instead
//! systemctl  starts what the packaged unit starts, and waits until it is ready
//! ```
//!
//! The operator and the hub are there before: what they have is made by the commands and files of
//! [`FIRST`], as on that page.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use harness::databases::{Kind, Server};

use crate::fences::fences;
use crate::guide::{Shell, Step, compare, on_free_ports, script, steps};
use crate::package;
use crate::tree;

/// The page.
pub const PAGE: &str = "docs/guide/connect.md";
/// The page that shows the hub's files.
const FIRST: &str = "docs/guide/first-partnership.md";

/// What the operator and the hub did before the agency came.
const BEFORE: &str = r#"
mkdir hub
stile ca init --dir ca --partnership northvale
stile directory init --dir operator
stile keys make --dir hub
stile ca issue --dir ca --role hub --member northvale-hub --name 127.0.0.1 --out hub
stile ca issue --dir ca --role person --member northvale-hub --user h-1007 --out hub/people/h-1007
stile ca issue --dir ca --role person --member northvale-hub --user h-1002 --out hub/people/h-1002
cp "$STILE_POLICIES/vocabulary.toml" .
cat > directory.toml <<END
partnership = "northvale"
version = 1
issued = $(date -u +%Y-%m-%dT%H:%M:%SZ)
valid_until = $(date -u -d '+90 days' +%Y-%m-%dT%H:%M:%SZ)

[[member]]
id = "northvale-hub"
role = "hub"
name = "Northvale Safeguarding Hub"
endpoint = "https://127.0.0.1:7443"
contact = "hub duty desk, 01632 960101"
$(stile keys show --dir hub --origin northvale.example/northvale-hub --chain hub/chain.pem)

END
stile directory sign directory.toml --key operator/operator.key --out directory.jws
"#;

/// What the hub did when its files were there: it runs, and its door for new gateways is open.
const RUNNING: &str = r#"
sed -i 's/^people = "127.0.0.1:7444".*/&\nenrolment = "127.0.0.1:7446"/' hub/hub.toml
cat >> hub/hub.toml <<END

[[person]]
user = "h-1002"
roles = ["it_admin"]
END
cp hub/people/h-1007/person.toml hub/people/h-1002/person.toml
stile hub --config hub/hub.toml > hub/ready 2> hub/log & echo $! > hub/pid
until grep -q ready hub/ready; do sleep 1; done
"#;

/// Runs the command as whoever runs the test.
pub(crate) const SUDO: (&str, &str) = (
    "sudo",
    "#!/bin/sh\nif [ \"$1\" = -u ]; then shift 2; fi\nexec \"$@\"\n",
);

/// The stand-ins, each by its name.
const STAND_INS: &[(&str, &str)] = &[
    SUDO,
    ("editor", "#!/bin/sh\n[ -w \"$1\" ]\n"),
    (
        "apt-get",
        "#!/bin/sh\nset -eu\n[ \"$1\" = install ]\ndpkg-deb -x \"$2\" \"$MACHINE\"\n\
         mkdir -p \"$MACHINE/etc/stile\" \"$MACHINE/var/lib/stile\"\n\
         ln -sf \"$MACHINE/usr/bin/stile\" \"$PROGRAMS/stile\"\necho unpacked\n",
    ),
    (
        "systemctl",
        "#!/bin/sh\nset -eu\n[ \"$1 $2\" = 'enable --now' ]\n\
         unit=$MACHINE/usr/lib/systemd/system/$3.service\n\
         start=$(sed -n \"s|^ExecStart=||p\" \"$unit\" | sed \"s| /etc| $MACHINE/etc|; s|^/usr|$MACHINE/usr|\")\n\
         : > \"$MACHINE/ready\"\n$start > \"$MACHINE/ready\" 2> \"$MACHINE/log\" &\n\
         for _ in $(seq 300); do\n  if grep -q ready \"$MACHINE/ready\"; then exit 0; fi\n  sleep 0.1\ndone\n\
         cat \"$MACHINE/log\" >&2\nexit 1\n",
    ),
];

/// The files that another page shows, by name.
fn files_of_first(names: &[&str]) -> Vec<Step> {
    let page = tree::read(FIRST);
    let shown = fences(&page);
    names
        .iter()
        .map(|name| {
            let fence = shown
                .iter()
                .find(|fence| fence.file.as_deref() == Some(name));
            let fence = fence.unwrap_or_else(|| panic!("{FIRST} does not show `{name}`"));
            Step::Write {
                file: (*name).to_owned(),
                text: fence.body.clone(),
            }
        })
        .collect()
}

/// Commands that others gave before.
fn before_the_page(commands: &str) -> Step {
    Step::Run {
        at: "before the page".to_owned(),
        commands: commands.to_owned(),
        waits: false,
        shown: None,
    }
}

/// The live database of the schools: the tables that [`FIRST`] shows, in `PostgreSQL`'s words.
fn live_postgres() -> Server {
    let server = Server::start(Kind::Postgres);
    server.sql("postgres", "CREATE DATABASE pupils");
    let page = tree::read(FIRST);
    let shown = fences(&page);
    let tables = shown.iter().find(|fence| fence.language == "sql").unwrap();
    let mut sql = tables.body.clone();
    for days in ["30", "90", "89"] {
        sql = sql.replace(
            &format!("date('now', '-{days} days')"),
            &format!("CURRENT_DATE - {days}"),
        );
    }
    server.sql("pupils", &sql);
    server
}

/// The commands of the sections that are the agency's own, until its gateway answers; those for rules
/// that are changed apart, which the page counts by themselves.
fn agencys_commands(page: &str) -> usize {
    let own = |title: &str| !title.contains("operator") && !title.contains("Changed rules");
    let page = page.replace("\n### ", "\n## ");
    let title = |section: &&str| section.lines().next().unwrap().to_owned();
    let sections = page.split("\n## ").skip(1);
    let until_asked = sections.take_while(|section| !title(section).contains("At the hub"));
    let mut commands = 0;
    for section in until_asked.filter(|section| own(&title(section))) {
        for fence in fences(section)
            .iter()
            .filter(|fence| fence.language == "sh")
        {
            let (mut continued, mut ends_with) = (false, None::<String>);
            for line in fence.body.lines() {
                if let Some(end) = &ends_with {
                    if line == end {
                        ends_with = None;
                    }
                    continue;
                }
                commands += usize::from(!continued);
                continued = line.ends_with('\\');
                if let Some((_, end)) = line.split_once("<<") {
                    ends_with = Some(end.trim_matches(['\'', ' ']).to_owned());
                }
            }
        }
    }
    commands
}

/// Puts a stand-in into the folder of programs, which is made where it is not there.
pub(crate) fn stand_in(programs: &Path, (name, text): (&str, &str)) {
    fs::create_dir_all(programs).unwrap();
    let path = programs.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_agency_needs_ten_commands() {
    let commands = agencys_commands(&tree::read(PAGE));

    assert_eq!(commands, 10, "the page says ten");
}

#[test]
fn counts_a_command_with_its_lines_and_what_it_reads_once() {
    let page = "x\n## 1. Own\n```sh\na \\\n  b\nc <<'END'\nd\nEND\ne\n```\n### What the operator does\n```sh\nf\n```\n## 2. At the hub\n```sh\ng\n```\n## 3. Look\n```sh\nh\n```\n";

    assert_eq!(agencys_commands(page), 3);
}

#[test]
fn an_agency_is_connected_to_its_postgres_as_the_page_says() {
    let server = live_postgres();
    let folder = tempfile::tempdir().unwrap();
    let machine = folder.path().join("machine");
    fs::create_dir(&machine).unwrap();
    for one in STAND_INS {
        stand_in(&folder.path().join("programs"), *one);
    }
    package::build(folder.path());

    let page = tree::read(PAGE);
    let hub = [
        "hub/hub.toml",
        "hub/people/h-1007/person.toml",
        "case.toml",
        "enquire.toml",
    ];
    let mut joined = BEFORE.to_owned();
    for step in files_of_first(&hub) {
        let Step::Write { file, text } = step else {
            unreachable!("files alone");
        };
        write!(joined, "\u{c}{file}\u{b}{text}").unwrap();
    }
    write!(joined, "\u{c}{RUNNING}").unwrap();
    let url = server.url("stile_reader", "tidal-otter-57", "pupils");
    let database = url.split('@').nth(1).unwrap();
    // The database's port is the server's; every other is a free one, the same for hub and agency.
    let marked = page.replace("127.0.0.1:5432/pupils", "DATABASE");
    let all = on_free_ports(&format!("{joined}\u{c}{marked}"));
    let mut parts: Vec<_> = all.split('\u{c}').collect();
    let page = parts.pop().unwrap().replace("DATABASE", database);
    let page = page.replace("/etc/stile", &format!("{}/etc/stile", machine.display()));
    let page = page.replace(
        "/var/lib/stile",
        &format!("{}/var/lib/stile", machine.display()),
    );
    let mut all_steps = Vec::new();
    for part in &parts {
        all_steps.push(match part.split_once('\u{b}') {
            Some((file, text)) => Step::Write {
                file: file.to_owned(),
                text: text.to_owned(),
            },
            None => before_the_page(part),
        });
    }
    all_steps.extend(steps(PAGE, &page));

    let port = database.split([':', '/']).nth(1).unwrap().to_owned();
    let programs = folder.path().join("programs").display().to_string();
    let mut shell = Shell::start_with(
        &script(&all_steps),
        folder.path(),
        &[
            ("MACHINE", machine.display().to_string()),
            ("PROGRAMS", programs),
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", port),
            ("PGUSER", "postgres".to_owned()),
            ("PGPASSWORD", "root".to_owned()),
        ],
    );
    let well = shell.ended_well();

    let read = |name: &str| {
        let path = folder.path().join("printed").join(name);
        fs::read_to_string(path).unwrap_or_default()
    };
    assert!(
        well,
        "failed at {}{}{}",
        read("at"),
        read("problems"),
        fs::read_to_string(machine.join("log")).unwrap_or_default()
    );
    let compared = compare(&all_steps, &read);
    assert!(compared >= 6, "only {compared} outputs were compared");
    drop(shell);
}

#[test]
fn the_page_is_for_the_package_that_is_built() {
    let version = Command::new(crate::STILE)
        .arg("--version")
        .output()
        .unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let version = version.trim().split(' ').nth(1).unwrap().to_owned();

    let page = tree::read(PAGE);

    assert!(
        page.contains(&format!("stile_{version}_amd64.deb")),
        "{version}"
    );
}
