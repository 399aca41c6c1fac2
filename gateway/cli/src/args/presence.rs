//! The auditor's part of presence: opening a blind request, and verifying an opening.

use std::path::PathBuf;

use clap::Subcommand;

use super::Connect;

/// For whom a blind request asked.
#[derive(Debug, Subcommand)]
pub enum PresenceAudit {
    /// Write the opening of a blind request of this hub, for whoever checks an agency's ledger.
    ///
    /// The file names the person who was asked about. The reading is recorded first.
    PresenceOpening {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, as a code: `audit`, `complaint`, `incident`, ….
        #[arg(long)]
        reason: String,
        /// The request, by its id.
        id: String,
        /// Where to write it; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Say whether a request in an agency's ledger asked for exactly the person of an opening.
    PresenceVerify {
        /// The opening, from the hub's auditor.
        #[arg(long, value_name = "FILE")]
        opening: PathBuf,
        /// The request as the agency recorded it: its compact JWS, or what `stile ledger show --open
        /// --json` wrote.
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
    },
}
