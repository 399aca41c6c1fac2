//! What people state about the record themselves, and comparing it with the other side's.

use std::path::PathBuf;

use clap::Subcommand;

use super::Connect;

/// Corrections, and reconciliation.
#[derive(Debug, Subcommand)]
pub enum Stating {
    /// Mark an entry as wrong. Nothing is changed: a new entry says what is wrong with the old one.
    Correct {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The entry's index, from 0.
        index: u64,
        /// `incomplete`, `out_of_date`, `recorded_in_error`, `should_not_have_been_shared`,
        /// `wrong_fact` or `wrong_person`.
        #[arg(long)]
        reason: String,
        /// What is right, 10 to 2000 characters, kept sealed: a text file; `-` reads the standard
        /// input. Nothing of a person ever stands in a command line.
        #[arg(long, value_name = "FILE")]
        note: PathBuf,
        /// The case of the entry, when it has one.
        #[arg(long)]
        case: Option<String>,
    },
    /// Compare the record with the agencies', and chase what was not acknowledged.
    ///
    /// At an agency, and with `--last`, shows how the last comparisons came out.
    Reconcile {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Only with this agency.
        #[arg(long, value_name = "MEMBER", conflicts_with = "last")]
        with: Option<String>,
        /// Compare nothing now.
        #[arg(long)]
        last: bool,
    },
}

/// What was told by word of mouth.
#[derive(Debug, clap::Args)]
pub struct Verbal {
    /// Which gateway, and as whom.
    #[command(flatten)]
    pub connect: Connect,
    /// File that says who told whom what, when, under which purpose and on what ground.
    pub file: PathBuf,
}
