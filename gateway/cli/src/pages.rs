//! Manual pages and completions, made from the command line itself so that they cannot differ from it.

use std::fs;

use clap::CommandFactory;

use crate::args::{Args, Completions, Man};
use crate::keys::named;
use crate::run::Failure;

/// Prints completions for a shell.
///
/// # Errors
///
/// Never; a closed pipe is not an error.
pub fn complete(asked: &Completions) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(asked.shell, &mut Args::command(), "stile", &mut text);
    crate::output::line(String::from_utf8_lossy(&text).trim_end());
    Ok(())
}

/// Writes a page for the program and one for each of its commands: `stile-case-open.1`.
///
/// # Errors
///
/// When a file cannot be written.
pub fn man(asked: &Man) -> Result<(), Failure> {
    let dir = &asked.dir;
    fs::create_dir_all(dir).map_err(|error| named(dir, &error))?;
    // Values of the environment are the builder's own and have no place in a document.
    let command = Args::command().mut_args(|argument| argument.hide_env_values(true));
    clap_mangen::generate_to(command, dir).map_err(|error| named(dir, &error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Command;

    use super::*;

    /// The page of each command, by the names above it.
    fn pages(command: &Command, above: &str, found: &mut BTreeSet<String>) {
        let name = format!("{above}{}", command.get_name());
        found.insert(format!("{name}.1"));
        for part in command.get_subcommands() {
            pages(part, &format!("{name}-"), found);
        }
    }

    #[test]
    fn every_command_has_a_page_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("man1");

        man(&Man { dir: dir.clone() }).unwrap();

        let mut wanted = BTreeSet::new();
        pages(&Args::command(), "", &mut wanted);
        assert!(wanted.len() > 40, "{wanted:?}");
        for page in wanted {
            let text = fs::read_to_string(dir.join(&page)).unwrap_or_default();
            assert!(text.contains(".SH NAME"), "{page}: {text}");
        }
    }

    #[test]
    fn every_shell_completes_every_command() {
        for shell in [
            clap_complete::Shell::Bash,
            clap_complete::Shell::Fish,
            clap_complete::Shell::Zsh,
        ] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "stile", &mut text);
            let text = String::from_utf8(text).unwrap();
            for command in Args::command().get_subcommands() {
                assert!(
                    text.contains(command.get_name()),
                    "{shell}: {}",
                    command.get_name()
                );
            }
        }
    }
}
