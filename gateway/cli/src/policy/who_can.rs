//! `stile policy who-can`: everybody to whom a field can go.

use stile_model::code::Rung;
use stile_model::id::FieldId;
use stile_model::time::Date;
use stile_policy::who_can;

use super::files::{Written, today};
use crate::args::PolicyFiles;
use crate::output::{self, line};
use crate::run::Failure;

/// What is asked.
#[derive(Debug, clap::Args)]
pub struct WhoCan {
    /// The field, such as `police.domestic_incident.summary`.
    pub field: FieldId,
    /// The policy.
    #[command(flatten)]
    pub files: PolicyFiles,
    /// The least that counts: known, headline, summary or detail.
    #[arg(long, value_name = "RUNG", default_value = "known")]
    pub at_least: Rung,
    /// The day asked about; today when left out.
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
/// Every mistake of a file with line and column, and a field that is not this agency's.
pub fn run(asked: &WhoCan) -> Result<(), Failure> {
    let written = Written::read(&asked.files)?;
    let policy = written.activate(asked.member.as_deref())?;
    let on = asked.on.unwrap_or_else(today);
    let vocabulary = &written.vocabulary;
    let Some(who) = who_can(&policy, vocabulary, &asked.field, asked.at_least, on) else {
        return Err(format!(
            "`{}` is no field of `{}`; `stile policy check --explain` lists the fields",
            asked.field,
            policy.rules().agency
        )
        .into());
    };
    if asked.json {
        output::json(&who);
    } else {
        line(who.plain_english());
    }
    Ok(())
}
