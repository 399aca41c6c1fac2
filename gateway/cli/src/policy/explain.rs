//! `stile policy explain`: why policy rules as it does on an imagined question, read from files, or
//! why a past enquiry was answered as it was, asked of the agency's gateway.

use std::path::PathBuf;

use stile_model::time::Date;
use stile_policy::{Imagined, explain};

use super::files::{Written, today};
use super::looking::{self, Look};
use crate::args::{Connect, PolicyFiles};
use crate::output::{self, line};
use crate::run::{Failure, block_on};

/// Either an imagined question, in which what is left out is not known, which counts against
/// sharing; or a past enquiry.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// A past enquiry: field by field, what the rules of its day said, and what would have changed
    /// it. Asked of the agency's gateway; the reading is on record.
    #[arg(
        long,
        value_name = "ID",
        requires = "reason",
        requires = "person",
        conflicts_with_all = [
            "rules", "member", "field", "purpose", "priority", "consent", "subject", "age", "recency",
            "requester", "hub", "on", "for_requester",
        ]
    )]
    pub enquiry: Option<String>,
    /// With `--enquiry`: why, as a code: `audit`, `complaint`, `access_request`, ….
    #[arg(long, requires = "enquiry")]
    pub reason: Option<String>,
    /// With `--enquiry`: file that says where the gateway is and which certificate to show it.
    #[arg(long, env = "STILE_PERSON", value_name = "FILE")]
    pub person: Option<PathBuf>,
    /// The agency's rules.
    #[arg(long, value_name = "FILE", required_unless_present = "enquiry")]
    pub rules: Option<PathBuf>,
    /// The partnership's vocabulary.
    #[arg(
        long,
        env = "STILE_VOCABULARY",
        value_name = "FILE",
        default_value = "policies/vocabulary.toml"
    )]
    pub vocabulary: PathBuf,
    /// The member whose rules they are, where some bind only named members.
    #[arg(long)]
    pub member: Option<String>,
    /// What is asked for, such as `police.domestic_incident.summary`.
    #[arg(long, required_unless_present = "enquiry")]
    pub field: Option<String>,
    /// The purpose of the enquiry, such as `s47_enquiry`.
    #[arg(long, required_unless_present = "enquiry")]
    pub purpose: Option<String>,
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

/// What the command line asks for.
enum Asked {
    Past(Look),
    Imagined(PolicyFiles, Imagined),
}

impl Explain {
    /// The command line makes sure that what either needs is there.
    fn asked(&self) -> Option<Asked> {
        if let Some(enquiry) = &self.enquiry {
            return Some(Asked::Past(Look {
                connect: Connect {
                    person: self.person.clone()?,
                    json: self.json,
                },
                reason: self.reason.clone()?,
                enquiry: enquiry.clone(),
            }));
        }
        let files = PolicyFiles {
            rules: self.rules.clone()?,
            vocabulary: self.vocabulary.clone(),
        };
        let imagined = Imagined {
            field: self.field.clone()?,
            purpose: self.purpose.clone()?,
            priority: self.priority.clone(),
            consent: self.consent.clone(),
            subject: self.subject.clone(),
            age: self.age.clone(),
            recency: self.recency.clone(),
            requester: self.requester.clone(),
            hub: self.hub.clone(),
        };
        Some(Asked::Imagined(files, imagined))
    }
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of a file with line and column, and every word that the vocabulary lacks; or what the
/// gateway refuses.
pub fn run(command: &Explain) -> Result<(), Failure> {
    match command.asked() {
        Some(Asked::Past(look)) => block_on(looking::explain(&look)),
        Some(Asked::Imagined(files, imagined)) => explained(command, &files, &imagined),
        None => Err(
            "give `--rules`, `--field` and `--purpose`, or `--enquiry`, `--reason` and `--person`"
                .into(),
        ),
    }
}

fn explained(command: &Explain, files: &PolicyFiles, imagined: &Imagined) -> Result<(), Failure> {
    let written = Written::read(files)?;
    let policy = written.activate(command.member.as_deref())?;
    let known = imagined.read(&written.vocabulary)?;
    let on = command.on.unwrap_or_else(today);
    let trace = explain(&policy, &written.vocabulary, &known.question(), on);
    match (command.for_requester, command.json) {
        (true, true) => output::json(&trace.requester),
        (true, false) => line(trace.requester.plain_english().trim_end()),
        (false, true) => output::json(&trace),
        (false, false) => line(trace.plain_english().trim_end()),
    }
    Ok(())
}
