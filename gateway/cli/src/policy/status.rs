//! `stile policy status`: what is in force, what waits, and what an officer should know.

use std::time::Duration;

use serde::Serialize;
use stile_exchange::policy::{InForce, Proposal, ProposalState, Proposals};

use super::saying::{approvals, origin, tell};
use crate::args::Connect;
use crate::output::{json, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);

/// Whose policy.
#[derive(Debug, clap::Args)]
pub struct Status {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
}

#[derive(Serialize)]
struct Standing {
    in_force: InForce,
    proposals: Vec<Proposal>,
}

/// Runs the command.
///
/// # Errors
///
/// What the gateway refuses.
pub async fn run(command: &Status) -> Result<(), Failure> {
    let desk = Desk::open(&command.connect.person)?;
    let in_force: InForce = desk.get("/api/v1/policy/in-force", SOON).await?;
    let all: Proposals = desk.get("/api/v1/policy/proposals", SOON).await?;
    let open = |proposal: &Proposal| match proposal.state {
        ProposalState::Approved { .. }
        | ProposalState::Failed { .. }
        | ProposalState::Waiting { .. } => true,
        ProposalState::InForce { .. }
        | ProposalState::Rejected { .. }
        | ProposalState::Stale
        | ProposalState::Superseded { .. } => false,
    };
    let proposals = all.proposals.into_iter().filter(open).collect();
    let standing = Standing {
        in_force,
        proposals,
    };
    if command.connect.json {
        json(&standing);
        return Ok(());
    }
    line(words(&standing.in_force));
    for notice in &standing.in_force.notices {
        line(format_args!("  note: {}", notice.message));
    }
    for proposal in &standing.proposals {
        tell(false, proposal);
    }
    Ok(())
}

fn words(in_force: &InForce) -> String {
    let until = in_force.until.map_or_else(
        || "no last day".to_owned(),
        |until| format!("last day {until}"),
    );
    let proposed = in_force.proposed.as_ref().map_or_else(String::new, |act| {
        format!("\n  proposed by {} on {}", act.by, act.at)
    });
    format!(
        "in force: version {} ({}) since {}, {until}\n  rules {}\n  bundle {}{proposed}{}",
        in_force.version,
        origin(in_force.origin),
        in_force.since,
        in_force.digests.rules,
        in_force.bundle,
        approvals(&in_force.approvals)
    )
}
