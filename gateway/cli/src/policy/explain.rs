//! `stile policy explain`: why policy rules as it does on an imagined question.

use stile_model::time::Date;
use stile_policy::{Imagined, explain};

use super::files::{Written, today};
use crate::args::PolicyFiles;
use crate::output::{self, line};
use crate::run::Failure;

/// The question. What is left out is not known, which counts against sharing.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// The policy.
    #[command(flatten)]
    pub files: PolicyFiles,
    /// The member whose rules they are, where some bind only named members.
    #[arg(long)]
    pub member: Option<String>,
    /// What is asked for, such as `police.domestic_incident.summary`.
    #[arg(long)]
    pub field: String,
    /// The purpose of the enquiry, such as `s47_enquiry`.
    #[arg(long)]
    pub purpose: String,
    /// The rating of the case: red, amber, green or blue.
    #[arg(long)]
    pub priority: Option<String>,
    /// What was said about consent.
    #[arg(long)]
    pub consent: Option<String>,
    /// The person's role in the case, such as `child`.
    #[arg(long)]
    pub subject: Option<String>,
    /// The person's age, such as `age_5_to_9`.
    #[arg(long)]
    pub age: Option<String>,
    /// How long ago the event was, such as `to_6m`.
    #[arg(long)]
    pub recency: Option<String>,
    /// The role of the officer who asks, such as `researcher`.
    #[arg(long)]
    pub requester: Option<String>,
    /// The hub that asks.
    #[arg(long)]
    pub hub: Option<String>,
    /// The day of the question; today when left out.
    #[arg(long, value_name = "DATE")]
    pub on: Option<Date>,
    /// Print only what the requester may be told.
    #[arg(long)]
    pub for_requester: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of a file with line and column, and every word that the vocabulary lacks.
pub fn run(asked: &Explain) -> Result<(), Failure> {
    let written = Written::read(&asked.files)?;
    let policy = written.activate(asked.member.as_deref())?;
    let imagined = Imagined {
        field: asked.field.clone(),
        purpose: asked.purpose.clone(),
        priority: asked.priority.clone(),
        consent: asked.consent.clone(),
        subject: asked.subject.clone(),
        age: asked.age.clone(),
        recency: asked.recency.clone(),
        requester: asked.requester.clone(),
        hub: asked.hub.clone(),
    };
    let known = imagined.read(&written.vocabulary)?;
    let on = asked.on.unwrap_or_else(today);
    let trace = explain(&policy, &written.vocabulary, &known.question(), on);
    match (asked.for_requester, asked.json) {
        (true, true) => output::json(&trace.requester),
        (true, false) => line(trace.requester.plain_english().trim_end()),
        (false, true) => output::json(&trace),
        (false, false) => line(trace.plain_english().trim_end()),
    }
    Ok(())
}
