//! Stories: ignored tests that another test runs as a program of their own, since what they need (an
//! environment, a network) must not be that of the tests beside them.

use std::ffi::OsStr;
use std::process::Command;

/// Runs `story`, an ignored test by its whole name: the same test program, started again with these
/// settings in its environment and, where `through` is not empty, by that command.
pub fn run(story: &str, through: &[&str], settings: &[(&str, &OsStr)]) {
    let program = std::env::current_exe().unwrap();
    let mut words = through
        .iter()
        .map(OsStr::new)
        .chain([program.as_os_str()])
        .chain(["--exact", "--ignored", "--nocapture", story].map(OsStr::new));
    let ran = Command::new(words.next().unwrap())
        .args(words)
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let wrong = String::from_utf8_lossy(&ran.stderr);
    println!("{said}");
    eprintln!("{wrong}");
    assert!(ran.status.success(), "`{story}` failed: {}", ran.status);
    assert!(said.contains("1 passed"), "the story did not run: {said}");
}
