//! `stile policy approve`, `reject` and `activate`: what officers do with a proposal.

use std::path::PathBuf;

use stile_exchange::policy::{Because, Proposal};

use super::propose::LONG;
use super::saying::{reason, tell};
use crate::args::Connect;
use crate::people::Desk;
use crate::run::Failure;

/// A decision on a proposal.
#[derive(Debug, clap::Args)]
pub struct Decide {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// The proposal, by the version it is to become.
    version: u64,
    /// A file with the reason, 10 to 500 characters; `-` reads it from the standard input.
    #[arg(long, value_name = "FILE")]
    reason: PathBuf,
}

/// An approved version to bring into force now.
#[derive(Debug, clap::Args)]
pub struct Activate {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// The approved version.
    version: u64,
}

/// Approves.
///
/// # Errors
///
/// What the gateway refuses.
pub async fn approve(command: &Decide) -> Result<(), Failure> {
    decide(command, "approval").await
}

/// Rejects.
///
/// # Errors
///
/// What the gateway refuses.
pub async fn reject(command: &Decide) -> Result<(), Failure> {
    decide(command, "rejection").await
}

async fn decide(command: &Decide, step: &str) -> Result<(), Failure> {
    let because = Because {
        reason: reason(&command.reason)?.into(),
    };
    let desk = Desk::open(&command.connect.person)?;
    let path = format!("/api/v1/policy/proposals/{}/{step}", command.version);
    let proposal: Proposal = desk.post_long(&path, &because, LONG).await?;
    tell(command.connect.json, &proposal);
    Ok(())
}

/// Brings an approved version into force before its moment.
///
/// # Errors
///
/// What the gateway refuses; then what was in force stays so.
pub async fn activate(command: &Activate) -> Result<(), Failure> {
    let desk = Desk::open(&command.connect.person)?;
    let path = format!("/api/v1/policy/proposals/{}/activation", command.version);
    let proposal: Proposal = desk.post_long(&path, &(), LONG).await?;
    tell(command.connect.json, &proposal);
    Ok(())
}
