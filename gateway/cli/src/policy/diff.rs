//! `stile policy diff`: what a change of rules changes, in every question that can be put.

use std::path::PathBuf;

use stile_model::time::Date;
use stile_policy::diff;

use super::files::{Written, today};
use crate::args::PolicyFiles;
use crate::output::{self, line};
use crate::run::Failure;

/// What is compared.
#[derive(Debug, clap::Args)]
pub struct Diff {
    /// The rules before.
    pub old: PathBuf,
    /// The rules after.
    pub new: PathBuf,
    /// The partnership's vocabulary.
    #[arg(
        long,
        env = "STILE_VOCABULARY",
        value_name = "FILE",
        default_value = "policies/vocabulary.toml"
    )]
    pub vocabulary: PathBuf,
    /// The vocabulary of the rules before, where it was another.
    #[arg(long, value_name = "FILE")]
    pub old_vocabulary: Option<PathBuf>,
    /// The first day compared; today when left out.
    #[arg(long, value_name = "DATE")]
    pub on: Option<Date>,
    /// The member whose rules they are, where some bind only named members.
    #[arg(long)]
    pub member: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of a file with line and column.
pub fn run(asked: &Diff) -> Result<(), Failure> {
    let read = |rules: &PathBuf, vocabulary: &PathBuf| {
        Written::read(&PolicyFiles {
            rules: rules.clone(),
            vocabulary: vocabulary.clone(),
        })
    };
    let before = asked.old_vocabulary.as_ref().unwrap_or(&asked.vocabulary);
    let old = read(&asked.old, before)?;
    let new = read(&asked.new, &asked.vocabulary)?;
    let member = asked.member.as_deref();
    let found = diff(
        &old.activate(member)?,
        &new.activate(member)?,
        &new.vocabulary,
        asked.on.unwrap_or_else(today),
    );
    if asked.json {
        output::json(&found);
    } else {
        line(found.plain_english());
    }
    Ok(())
}
