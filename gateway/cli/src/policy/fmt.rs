//! `stile policy fmt`: rewrites rules and cases in the one canonical form.

use std::path::PathBuf;

use serde::Serialize;
use stile_policy::{format_cases, format_rules, is_cases};

use super::files::{read_text, replace};
use crate::output::{json, line};
use crate::run::Failure;

/// What to rewrite.
#[derive(Debug, clap::Args)]
pub struct Fmt {
    /// Files of rules or of cases.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Change nothing; fail when a file is not in the canonical form.
    #[arg(long)]
    pub check: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Canonical,
    Differs,
    Refused,
    Rewritten,
}

#[derive(Debug, Serialize)]
struct Formatted {
    file: String,
    state: State,
    /// Why the file was left as it is, one line each.
    problems: Vec<String>,
}

/// Runs the command. A file that cannot be read is left as it is, and the others are still done.
///
/// # Errors
///
/// Every mistake of the files; with `--check`, the files that are not in the canonical form.
pub fn run(fmt: &Fmt) -> Result<(), Failure> {
    let formatted: Vec<Formatted> = fmt
        .files
        .iter()
        .map(|file| match one(file, fmt.check) {
            Ok(state) => Formatted {
                file: file.display().to_string(),
                state,
                problems: Vec::new(),
            },
            Err(failure) => Formatted {
                file: file.display().to_string(),
                state: State::Refused,
                problems: failure.to_string().lines().map(str::to_owned).collect(),
            },
        })
        .collect();
    if fmt.json {
        json(&formatted);
    } else {
        for file in &formatted {
            match file.state {
                State::Canonical => {}
                State::Differs => line(format_args!(
                    "{}: not in the canonical form; run `stile policy fmt` on it",
                    file.file
                )),
                State::Refused => line(file.problems.join("\n")),
                State::Rewritten => line(format_args!("{}: rewritten", file.file)),
            }
        }
    }
    let wrong = formatted
        .iter()
        .filter(|file| matches!(file.state, State::Differs | State::Refused))
        .count();
    match wrong {
        0 => Ok(()),
        wrong => Err(format!("{wrong} of {} files left as they are", formatted.len()).into()),
    }
}

fn one(file: &std::path::Path, check: bool) -> Result<State, Failure> {
    let text = read_text(file)?;
    let name = file.display().to_string();
    let canonical = if is_cases(&text) {
        format_cases(&name, &text)?
    } else {
        format_rules(&name, &text)?
    };
    if canonical == text {
        return Ok(State::Canonical);
    }
    if check {
        return Ok(State::Differs);
    }
    replace(file, canonical.as_bytes())?;
    Ok(State::Rewritten)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn run_on(text: &str, check: bool) -> (Result<(), Failure>, String) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rules.toml");
        fs::write(&file, text).unwrap();
        let fmt = Fmt {
            files: vec![file.clone()],
            check,
            json: false,
        };
        (run(&fmt), fs::read_to_string(file).unwrap())
    }

    #[test]
    fn rewrites_a_file_that_is_not_canonical_and_then_leaves_it() {
        let (result, text) = run_on("agency='police' # kind", false);

        assert!(result.is_ok());
        assert_eq!(text, "agency = \"police\" # kind\n");
        assert_eq!(run_on(&text, true).1, text);
        assert!(run_on(&text, true).0.is_ok());
    }

    #[test]
    fn with_check_nothing_is_written_and_the_command_fails() {
        let (result, text) = run_on("agency='police'", true);

        assert!(result.is_err());
        assert_eq!(text, "agency='police'");
    }

    #[test]
    fn leaves_a_file_that_it_cannot_read() {
        let (result, text) = run_on("agency = police", false);

        assert!(result.is_err());
        assert_eq!(text, "agency = police");
    }
}
