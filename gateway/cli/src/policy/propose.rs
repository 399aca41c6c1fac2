//! `stile policy propose`: an officer proposes rules and cases.

use std::path::PathBuf;
use std::time::Duration;

use stile_exchange::policy::{Propose as Order, Proposed};

use super::files::read_text;
use super::saying::{reason, tell_attempt};
use crate::args::Connect;
use crate::people::Desk;
use crate::run::Failure;

/// All guards, and the comparison over every question.
pub(super) const LONG: Duration = Duration::from_mins(2);

/// What to propose.
#[derive(Debug, clap::Args)]
pub struct Propose {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// The rules.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// Their cases.
    #[arg(long, value_name = "FILE")]
    cases: PathBuf,
    /// A file with the reason, 10 to 500 characters; `-` reads it from the standard input.
    #[arg(long, value_name = "FILE")]
    reason: PathBuf,
    /// Not in force before this instant, once approved: `2027-04-01T00:00:00Z`.
    #[arg(long, value_name = "INSTANT")]
    active_from: Option<String>,
}

/// Runs the command.
///
/// # Errors
///
/// What a check stops, or the gateway refuses.
pub async fn run(command: &Propose) -> Result<(), Failure> {
    let order = Order {
        rules: read_text(&command.rules)?,
        cases: read_text(&command.cases)?,
        reason: reason(&command.reason)?.into(),
        active_from: command.active_from.as_deref().map(str::parse).transpose()?,
    };
    let desk = Desk::open(&command.connect.person)?;
    let path = "/api/v1/policy/proposals";
    let proposed: Proposed = desk.post_long(path, &order, LONG).await?;
    tell_attempt(command.connect.json, &proposed)
}
