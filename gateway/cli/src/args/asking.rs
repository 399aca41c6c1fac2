//! The command line of questions to the ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Connect;

/// Questions to the ledger; each is recorded in it before it is answered.
#[derive(Debug, Subcommand)]
pub enum Asking {
    /// Leave a disclosure out of what its subject is told, or put it back.
    Defer {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The entry of the disclosure.
        index: u64,
        /// The provision relied on: `crime`, `child_abuse_data`, `social_work_harm`, ….
        #[arg(long)]
        ground: String,
        /// The last day it is left out, at most 366 days ahead: `2027-03-31`.
        #[arg(long, required_unless_present = "lift", conflicts_with = "lift")]
        until: Option<String>,
        /// Put it back now.
        #[arg(long)]
        lift: bool,
    },
    /// Write entries to a file for other tools.
    Export {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code: `audit`, `complaint`, `inspection`, ….
        #[arg(long)]
        reason: String,
        /// Which entries.
        #[command(flatten)]
        fits: Box<Fits>,
        /// The form.
        #[arg(long, value_enum, default_value = "csv")]
        format: Form,
        /// The file; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write everything about a case to one archive that proves itself.
    Pack {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code: `inspection`, `court_order`, ….
        #[arg(long)]
        reason: String,
        /// The case.
        #[arg(long)]
        case: String,
        /// The file; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Leave the opened bodies out: proofs, and no personal data.
        #[arg(long)]
        without_bodies: bool,
        /// A head kept from earlier: prove that the ledger only grew since; repeat for more.
        #[arg(long = "earlier", value_name = "FILE")]
        earlier: Vec<PathBuf>,
    },
    /// Prove that an entry is in the ledger.
    Prove {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code.
        #[arg(long)]
        reason: String,
        /// The entry.
        index: u64,
        /// The ledger's public key, as in the directory: check the proof here and now.
        #[arg(long)]
        vkey: Option<String>,
        /// A head kept from earlier: prove that the ledger only grew since.
        #[arg(long, value_name = "FILE", requires = "vkey")]
        earlier: Option<PathBuf>,
    },
    /// Search the ledger, newest entries first.
    Search {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code: `audit`, `complaint`, `incident`, ….
        #[arg(long)]
        reason: String,
        /// Which entries.
        #[command(flatten)]
        fits: Box<Fits>,
        /// Only entries before this index: the next page.
        #[arg(long)]
        before: Option<u64>,
        /// How many at most, 1 to 1000.
        #[arg(long, default_value_t = 50)]
        limit: u16,
    },
    /// Show one entry.
    Show {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code.
        #[arg(long)]
        reason: String,
        /// The entry.
        index: u64,
        /// Open the sealed body, too.
        #[arg(long)]
        open: bool,
    },
    /// List what was disclosed about one person, and write the letter that tells them.
    Subject {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code; usually `access_request`.
        #[arg(long, default_value = "access_request")]
        reason: String,
        /// Who: a JSON file with `nhs_number`, or `forenames`, `surname` and `born`; `-` reads it
        /// from the standard input. Nothing of a person ever stands in a command line.
        #[arg(long, value_name = "FILE")]
        about: PathBuf,
        /// Write the letter to this file; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        letter: Option<PathBuf>,
    },
}

/// Which entries; every part that is given must fit.
#[derive(Debug, Args)]
pub struct Fits {
    /// Of this case.
    #[arg(long)]
    pub case: Option<String>,
    /// About this person: a JSON file as for `subject`; `-` reads the standard input.
    #[arg(long, value_name = "FILE")]
    pub about: Option<PathBuf>,
    /// Done by this officer.
    #[arg(long)]
    pub officer: Option<String>,
    /// Decided by this rule.
    #[arg(long)]
    pub rule: Option<String>,
    /// Of this kind: `permit`, `refusal`, …; repeat for more.
    #[arg(long = "kind")]
    pub kinds: Vec<String>,
    /// With this member: who asked, was asked, or received.
    #[arg(long)]
    pub member: Option<String>,
    /// With this coded reason.
    #[arg(long)]
    pub entry_reason: Option<String>,
    /// Not before this instant or day: `2026-03-11T10:14:00Z`, `2026-03-11`.
    #[arg(long)]
    pub from: Option<String>,
    /// Before this instant or day.
    #[arg(long)]
    pub until: Option<String>,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Form {
    /// For spreadsheets.
    Csv,
    /// One JSON object a line.
    Jsonl,
}
