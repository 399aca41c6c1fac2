//! The guide is run: every `sh` block of the pages below, with the files they show, in one shell and
//! one empty folder, by the program just built. What is printed must be what the page shows.
//!
//! ```text
//! ```sh               run
//! ```sh waits         run beside the next commands, and ended before what it prints is compared
//! ```toml file=NAME   written to NAME
//! ```text             after an `sh` block: what it prints; `…` stands for anything in a line, and a
//!                     line of its own for any number of lines
//! ```
//!
//! Two things differ from what a reader does: each port of 127.0.0.1 is replaced by a free one, and
//! `STILE_POLICIES` points at the policies of this tree.

use harness::PATIENCE;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::fences::{Fence, fences};
use crate::tree;

/// In the order in which a reader follows them; each goes on where the one before ended.
const PAGES: &[&str] = &[
    "docs/guide/first-partnership.md",
    "docs/guide/operate.md",
    "docs/guide/policy.md",
    "docs/guide/matching.md",
    "docs/guide/enrol.md",
    "docs/guide/outside-ca.md",
];

/// One thing a reader does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Run {
        at: String,
        commands: String,
        /// It goes on while the commands of the next are given, and ends before they are compared.
        waits: bool,
        shown: Option<String>,
    },
    Write {
        file: String,
        text: String,
    },
}

pub(crate) fn steps(page: &str, text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut may_show = false;
    for Fence {
        line,
        language,
        file,
        waits,
        body,
    } in fences(text)
    {
        let shows = may_show && language == "text";
        may_show = language == "sh";
        match (language.as_str(), file, steps.last_mut()) {
            ("sh", None, _) => steps.push(Step::Run {
                at: format!("{page}:{line}"),
                commands: body,
                waits,
                shown: None,
            }),
            (_, Some(file), _) => steps.push(Step::Write { file, text: body }),
            ("text", None, Some(Step::Run { shown, .. })) if shows => *shown = Some(body),
            _ => {}
        }
    }
    steps
}

/// Replaces every port of 127.0.0.1 by a free one, the same everywhere.
pub(crate) fn on_free_ports(text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    // No page is given the ports of another that is done at the same time.
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    // Below the range from which the system hands out ports, so that nobody else is given them.
    let first = || AtomicU16::new((20_000 + std::process::id() % 10_000).try_into().unwrap());
    let next = NEXT.get_or_init(first);
    let mut ports = BTreeMap::new();
    for (at, _) in text.match_indices(HOST) {
        let digits: String = text[at + HOST.len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        ports.entry(digits).or_insert_with(|| {
            let mut ports = std::iter::repeat_with(|| next.fetch_add(1, Ordering::SeqCst));
            let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
            free.unwrap()
        });
    }
    ports.iter().fold(text.to_owned(), |text, (old, new)| {
        text.replace(&format!("{HOST}{old}"), &format!("{HOST}{new}"))
    })
}

/// One script of all steps; what step N prints goes to `printed/N`.
pub(crate) fn script(steps: &[Step]) -> String {
    let mut script = "set -eu\nprinted=$PWD/printed\nmkdir \"$printed\"\n".to_owned();
    let mut waited_for = false;
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Run {
                at,
                commands,
                waits,
                ..
            } => {
                writeln!(script, "echo '{at}' > \"$printed/at\"").unwrap();
                let (problems, then) = if *waits {
                    ("waits", " & beside=$!")
                } else {
                    ("problems", "")
                };
                writeln!(
                    script,
                    "{{\n{commands}}} > \"$printed/{number}\" 2> \"$printed/{problems}\"{then}"
                )
                .unwrap();
                assert!(
                    !(waited_for && *waits),
                    "{at}: waits, as the step before it does"
                );
                if waited_for {
                    script.push_str("wait \"$beside\"\n");
                }
                waited_for = *waits;
            }
            Step::Write { file, text } => {
                writeln!(script, "cat > '{file}' <<'END OF FILE'\n{text}END OF FILE").unwrap();
            }
        }
    }
    assert!(
        !waited_for,
        "nothing comes after the last step, which waits"
    );
    script
}

/// A shell in a process group of its own, which ends with it.
pub(crate) struct Shell(Child);

impl Shell {
    fn start(script: &str, folder: &Path) -> Self {
        Self::start_with(script, folder, &[])
    }

    /// The same with more variables of the environment.
    pub(crate) fn start_with(script: &str, folder: &Path, more: &[(&str, String)]) -> Self {
        std::fs::write(folder.join("script"), script).unwrap();
        let programs = folder.join("programs");
        std::fs::create_dir_all(&programs).unwrap();
        symlink(crate::STILE, programs.join("stile")).unwrap();
        let mut path = programs.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let child = Command::new("sh")
            .arg("script")
            .current_dir(folder)
            .env("PATH", path)
            .env("STILE_POLICIES", tree::root().join("policies"))
            .env_remove("STILE_PERSON")
            .env_remove("STILE_VOCABULARY")
            .env_remove("COLUMNS")
            .envs(more.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Whether the script ended well and in time.
    pub(crate) fn ended_well(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let kill = Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        drop(kill);
        drop(self.0.wait());
    }
}

/// Why what was printed is not what is shown, if so.
fn difference(shown: &str, printed: &str) -> Option<String> {
    let printed: Vec<_> = printed.trim_end().lines().collect();
    let shown: Vec<_> = shown.trim_end().lines().collect();
    let mut lines = printed.iter();
    let mut skipping = false;
    for (number, pattern) in shown.iter().enumerate() {
        if *pattern == "…" {
            skipping = true;
            continue;
        }
        let rest = &shown[number..];
        if skipping && !rest.contains(&"…") {
            // What is shown last is printed last.
            lines = printed[printed
                .len()
                .saturating_sub(rest.len())
                .max(printed.len() - lines.len())..]
                .iter();
            skipping = false;
        }
        let found = if skipping {
            lines.any(|line| fits(pattern, line))
        } else {
            lines.next().is_some_and(|line| fits(pattern, line))
        };
        if !found {
            return Some(format!("`{pattern}` was not printed where it is shown"));
        }
        skipping = false;
    }
    let more = lines.next().filter(|_| !skipping)?;
    Some(format!("`{more}` was printed and is not shown"))
}

/// Whether a line is as shown; `…` stands for anything, with the spaces beside it.
fn fits(pattern: &str, line: &str) -> bool {
    let line = line.trim_end();
    let Some((head, tail)) = pattern.trim_end().split_once('…') else {
        return pattern.trim_end() == line;
    };
    let Some(mut rest) = line.strip_prefix(head.trim_end()) else {
        return false;
    };
    let mut parts: Vec<_> = tail.split('…').map(str::trim).collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn the_guide_does_what_it_says_from_top_to_bottom() {
    let folder = tempfile::tempdir().unwrap();
    let joined: Vec<_> = PAGES.iter().map(|page| tree::read(page)).collect();
    let joined = on_free_ports(&joined.join("\u{c}"));
    let steps: Vec<_> = PAGES
        .iter()
        .zip(joined.split('\u{c}'))
        .flat_map(|(page, text)| steps(page, text))
        .collect();

    let mut shell = Shell::start(&script(&steps), folder.path());
    let well = shell.ended_well();

    let read = |name: &str| {
        let path = folder.path().join("printed").join(name);
        std::fs::read_to_string(path).unwrap_or_default()
    };
    assert!(well, "failed at {}{}", read("at"), read("problems"));
    let compared = compare(&steps, &read);
    assert!(compared > 10, "only {compared} outputs were compared");
}

/// Holds what each step printed against what the page shows; how many were compared.
pub(crate) fn compare(steps: &[Step], read: &dyn Fn(&str) -> String) -> usize {
    let mut compared = 0;
    for (number, step) in steps.iter().enumerate() {
        if let Step::Run {
            at,
            shown: Some(shown),
            ..
        } = step
        {
            let printed = read(&number.to_string());
            let found = difference(shown, &printed);
            assert!(
                found.is_none(),
                "{at}: {}\n--- printed:\n{printed}",
                found.unwrap()
            );
            compared += 1;
        }
    }
    compared
}

#[test]
fn the_guide_shows_no_output_that_is_not_compared() {
    for page in PAGES
        .iter()
        .chain(&[crate::connect::PAGE, crate::replicas::PAGE])
    {
        let text = tree::read(page);
        let texts = fences(&text)
            .iter()
            .filter(|fence| fence.language == "text")
            .count();
        let compared = steps(page, &text)
            .iter()
            .filter(|step| matches!(step, Step::Run { shown: Some(_), .. }))
            .count();

        assert_eq!(texts, compared, "`{page}` has a `text` block after no `sh`");
    }
}

#[test]
fn takes_files_commands_and_what_they_print_from_a_page() {
    let page = "```text\nfirst\n```\n```toml file=a.toml\nb = 1\n```\n```sh\nls\n```\n```text\na.toml\n```\n```text\nmore\n```\n";

    let found = steps("p.md", page);

    let write = Step::Write {
        file: "a.toml".to_owned(),
        text: "b = 1\n".to_owned(),
    };
    let run = Step::Run {
        at: "p.md:8".to_owned(),
        commands: "ls\n".to_owned(),
        waits: false,
        shown: Some("a.toml\n".to_owned()),
    };
    assert_eq!(found, [write, run]);
}

#[test]
fn finds_a_line_that_is_missing_out_of_order_or_too_much() {
    assert_eq!(difference("a\n…\nc 1 … 3\n", "a\nb\nb\nc 1 22   3\n"), None);
    assert_eq!(difference("… b … d", "a b c d"), None);
    assert!(difference("a\nb\n", "a\n").is_some());
    assert!(difference("a\n", "a\nb\n").is_some());
    assert!(difference("…\nb\n…\na\n", "a\nb\n").is_some());
    assert!(difference("a … c\n", "a b\n").is_some());
}

#[test]
fn replaces_a_port_by_the_same_free_one_everywhere() {
    let text = on_free_ports("x 127.0.0.1:7443 y 127.0.0.1:7444 z 127.0.0.1:7443");

    let ports: Vec<_> = text.split("127.0.0.1:").skip(1).collect();
    assert_eq!(ports.len(), 3);
    assert!(!text.contains(":744"));
    assert_eq!(ports[0][..5], ports[2][..5]);
    assert_ne!(ports[0][..5], ports[1][..5]);
}
