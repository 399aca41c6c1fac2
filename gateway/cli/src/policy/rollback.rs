//! `stile policy rollback`: back to the texts of an earlier version.

use std::path::PathBuf;

use stile_exchange::policy::{Proposed, RollBack};

use super::propose::LONG;
use super::saying::{reason, tell_attempt};
use crate::args::Connect;
use crate::people::Desk;
use crate::run::Failure;

/// Where to go back to.
#[derive(Debug, clap::Args)]
pub struct Rollback {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// The version whose texts come into force again.
    #[arg(long, value_name = "VERSION")]
    to: u64,
    /// A file with the reason, 10 to 500 characters; `-` reads it from the standard input.
    #[arg(long, value_name = "FILE")]
    reason: PathBuf,
}

/// Runs the command.
///
/// # Errors
///
/// What a check stops, or the gateway refuses; then what was in force stays so.
pub async fn run(command: &Rollback) -> Result<(), Failure> {
    let order = RollBack {
        to: command.to,
        reason: reason(&command.reason)?.into(),
    };
    let desk = Desk::open(&command.connect.person)?;
    let path = "/api/v1/policy/rollback";
    let proposed: Proposed = desk.post_long(path, &order, LONG).await?;
    tell_attempt(command.connect.json, &proposed)
}
