//! `stile policy test`: puts the cases to a policy and says what they prove.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use stile_policy::{Cases, Depth, TestReport};

use super::files::{Written, read_text, today};
use crate::args::PolicyFiles;
use crate::output::{self, line};
use crate::run::Failure;

/// What to test.
#[derive(Debug, clap::Args)]
pub struct Test {
    /// The policy.
    #[command(flatten)]
    pub files: PolicyFiles,
    /// The cases; without it, `cases.toml` beside the rules.
    #[arg(long, value_name = "FILE")]
    pub cases: Option<PathBuf>,
    /// The member whose rules they are, where some bind only named members.
    #[arg(long)]
    pub member: Option<String>,
    /// Only cases and what they exercise, without the small changes of rules they would notice.
    #[arg(long)]
    pub quick: bool,
    /// Print only the cases to add, ready to paste. Each states what policy says today: judge it.
    #[arg(long, conflicts_with_all = ["quick", "json"])]
    pub suggest: bool,
    /// Fail unless the cases alone notice at least this share of the small changes, in per cent.
    #[arg(long, value_name = "PERCENT", conflicts_with = "quick", value_parser = percent)]
    pub at_least: Option<f64>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A share of a hundred. What is not a number would be less than nothing, and let everything pass.
fn percent(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    let share = share.filter(|share| (0.0..=100.0).contains(share));
    share.ok_or_else(|| "give a number from 0 to 100".to_owned())
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of a file with line and column; when a case fails, or too few changes are noticed.
pub fn run(test: &Test) -> Result<(), Failure> {
    let written = Written::read(&test.files)?;
    let policy = written.activate(test.member.as_deref())?;
    let path = test
        .cases
        .clone()
        .unwrap_or_else(|| test.files.rules.with_file_name("cases.toml"));
    let name = path.display().to_string();
    let cases = Cases::parse(&name, &read_text(&path)?, &written.vocabulary)?;
    let depth = if test.quick {
        Depth::Cases
    } else {
        Depth::Mutations
    };
    let report = TestReport::of(
        &policy,
        &written.vocabulary,
        &cases,
        today(),
        depth,
        &mut progress,
    );
    match &report.mutation {
        _ if test.json => output::json(&report),
        Some(mutation) if test.suggest => line(mutation.suggested().trim_end()),
        _ => line(report.plain_english().trim_end()),
    }
    verdict(&name, &report, test.at_least)
}

/// How far the work is, on the standard error where a person watches.
fn progress(done: usize, all: usize) {
    let mut to = std::io::stderr();
    if !to.is_terminal() {
        return;
    }
    let end = if done == all { "\r\x1b[K" } else { "" };
    let _ = write!(to, "\rchanging rule {done} of {all}{end}");
    let _ = to.flush();
}

fn verdict(name: &str, report: &TestReport, at_least: Option<f64>) -> Result<(), Failure> {
    let failed = report.failed();
    if failed > 0 {
        return Err(format!("`{name}`: {failed} of {} cases fail", report.cases.len()).into());
    }
    match (at_least, &report.mutation) {
        (Some(least), Some(mutation)) if mutation.by_cases() < least => Err(format!(
            "`{name}`: the cases notice {:.1} % of small changes, fewer than {least} %; add the cases proposed above",
            mutation.by_cases()
        )
        .into()),
        _ => Ok(()),
    }
}
