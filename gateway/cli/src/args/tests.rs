use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::Args;

const HEAD: &str = "# Command line

Generated from the program; do not edit. `stile --help` and `stile <command> --help` print the same.

`STILE_LOG` sets the level of a gateway's log (`info` unless set), `COLUMNS` the width of a product, \
`NO_COLOR` takes its colours away. Every command ends with 0 when it did what was asked, 1 when not, \
and 2 when the command line itself is wrong; a gateway that does not start because of a hardware token's \
PIN, which a person must see to first, ends with 77. What is wrong is said on the standard error.
";

/// Every command with its help, as one page; the same on every machine.
fn reference() -> String {
    let mut page = HEAD.to_owned();
    describe(Args::command(), "", &mut page);
    page
}

fn describe(command: Command, above: &str, page: &mut String) {
    let name = format!("{above}{}", command.get_name());
    // Values of the environment are the reader's own and have no place in a document.
    let mut command = command
        .bin_name(name.clone())
        .term_width(100)
        .mut_args(|argument| argument.hide_env_values(true));
    let help = command.render_long_help().to_string();
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    let help = help.join("\n");
    // Writing into a String cannot fail.
    let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    for part in command.get_subcommands().cloned().collect::<Vec<_>>() {
        describe(part, &format!("{name} "), page);
    }
}

#[test]
fn the_generated_reference_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    let made = reference();
    if std::env::var_os("STILE_REGENERATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }

    let kept = std::fs::read_to_string(&path).unwrap_or_default();

    assert!(
        kept == made,
        "docs/reference/cli.md is not current; write it again with STILE_REGENERATE=1"
    );
}

#[test]
fn refuses_to_approve_a_request_without_its_pin_member_and_role() {
    let given = [
        ("--pin", "ab".repeat(32)),
        ("--member", "north-police".to_owned()),
        ("--role", "agency".to_owned()),
    ];
    let parsed = |left_out: &str| {
        let mut line = vec![
            "stile",
            "ca",
            "approve",
            "--person",
            "p.toml",
            "0011223344556677",
        ];
        for (name, value) in given.iter().filter(|(name, _)| *name != left_out) {
            line.extend([*name, value.as_str()]);
        }
        Args::command().try_get_matches_from(line)
    };

    parsed("nothing").unwrap();
    for (name, _) in &given {
        let said = parsed(name).unwrap_err().to_string();
        assert!(said.contains(&format!("{name} <")), "{said}");
    }
}

#[test]
fn no_two_arguments_of_a_command_collide() {
    Args::command().debug_assert();
}

#[test]
fn every_command_and_argument_says_what_it_is_for() {
    fn check(command: &Command) {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            let said = argument.get_help().is_some();
            assert!(said, "{} {}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(check);
    }

    check(&Args::command());
}
