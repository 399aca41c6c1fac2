//! `stile policy export`: the rules as a table for a spreadsheet.

use std::path::PathBuf;

use stile_policy::export_rules;

use super::files::{Written, replace};
use crate::args::PolicyFiles;
use crate::output::line;
use crate::run::Failure;

/// What to export.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// The policy.
    #[command(flatten)]
    pub files: PolicyFiles,
    /// The table to write: comma-separated values that Excel and `LibreOffice` open.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of the rules; or when the table cannot be written.
pub fn run(export: &Export) -> Result<(), Failure> {
    let written = Written::read(&export.files)?;
    let table = export_rules(&written.name, &written.text, &written.vocabulary)?;
    replace(&export.to, table.as_bytes())?;
    line(format_args!(
        "{}: written; comments stay in {}, which `stile policy import --into` merges with",
        export.to.display(),
        written.name
    ));
    Ok(())
}
